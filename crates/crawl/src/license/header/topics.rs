//! Sentences that speak about licences, and state none: `parse licence names such as GPL-3.0`.

use std::ops::Range;

use super::super::brief;
use super::super::permissive::is_permissive;
use super::super::statement;
use super::reserved::Token;

/// Beginnings of verbs of programs that deal with licences, and of nouns for such programs.
const VERBS: &[&str] = &[
    "add", "ask", "checker", "check", "classif", "collect", "compar", "convert", "count", "decid",
    "detect", "determin", "example", "extract", "find", "function", "generat", "get", "guess",
    "helper", "identif", "insert", "list", "look", "map", "match", "normali", "pars", "print",
    "read", "recogni", "remov", "render", "replac", "report", "return", "rule", "scan", "search",
    "script", "show", "strip", "test", "tell", "tool", "translat", "util", "validat", "verif",
    "warn", "write", "true",
];

/// Words of what they deal with.
const OBJECTS: &[&str] = &[
    "classifier",
    "classifiers",
    "compatibility",
    "expression",
    "expressions",
    "header",
    "headers",
    "id",
    "identifier",
    "identifiers",
    "ids",
    "licences",
    "licenses",
    "dependency",
    "dependencies",
    "if",
    "metadata",
    "name",
    "names",
    "notice",
    "notices",
    "spdx",
    "text",
    "texts",
    "whether",
];

/// True where a name in a sentence is one that a program deals with. One that begins its line or stands in brackets is
/// said of the file.
pub(super) fn is_about(sentence: &[Token], at: usize) -> bool {
    let word = |at: usize| sentence.get(at).map_or("", |token| token.text.as_str());
    let starts = at == 0 || sentence[at - 1].line < sentence[at].line;
    let of_this = sentence.iter().any(|token| {
        matches!(
            token.text.as_str(),
            "this" | "license:" | "author" | "copyright"
        )
    });
    let is_version = |token: &Token| {
        let text = token.text.trim_start_matches('v');
        text.is_empty() || text == "ersion" || text.starts_with(|c: char| c.is_ascii_digit())
    };
    let ends = sentence[at + 1..].iter().all(is_version);
    let listed = matches!(
        word(at.wrapping_sub(1)),
        "and" | "or" | "as" | "e.g" | "eg" | "including" | "like" | "than"
    );
    let first = word(usize::from(matches!(word(0), "a" | "an" | "the")));
    let listed = listed || at > 0 && statement::named(word(at - 1)).is_some();
    let verb = VERBS.iter().any(|verb| first.starts_with(verb));
    let asks = sentence[..at]
        .iter()
        .any(|token| matches!(token.text.as_str(), "if" | "that" | "whether"));
    let object = sentence.iter().any(|token| {
        let text = token.text.as_str();
        OBJECTS.contains(&text)
    });
    let of_names = (0..at).any(|before| {
        matches!(word(before), "license" | "licence") && OBJECTS.contains(&word(before + 1))
    });
    verb && (object || of_names || asks) && !starts && !of_this && (!ends || listed || asks)
}

/// The words of a sentence that offer a choice with a permissive licence: `licensed under MIT or GPL-2.0`.
pub(super) fn offered(sentence: &[Token]) -> Option<Range<usize>> {
    let start = sentence
        .iter()
        .position(|token| matches!(token.text.as_str(), "under" | "license:"))?;
    let rest = &sentence[start + 1..];
    let line = rest.first()?.line;
    let count = match sentence[start].text.as_str() {
        "under" => rest.len(),
        _ => rest.iter().take_while(|token| token.line == line).count(),
    };
    let words: Vec<&str> = rest[..count]
        .iter()
        .map(|token| token.text.as_str())
        .collect();
    let choice = brief::choice(&words)?;
    is_permissive(&choice).then_some(start..start + 1 + count)
}

#[cfg(test)]
mod tests {
    use super::super::super::statement::Stated;
    use super::super::statements;

    fn said(text: &str) -> Vec<Stated> {
        let said = statements(text.as_bytes()).into_iter();
        said.map(|said| said.stated).collect()
    }

    #[test]
    fn sentences_about_licences_state_none() {
        for text in [
            "\"\"\"Parse licence names such as GPL-3.0 from metadata.\"\"\"\n",
            "\"\"\"Tools for GPL and LGPL headers.\"\"\"\n",
            "\"\"\"Checks whether a package is GPL licensed.\"\"\"\n",
            "\"\"\"Checks if a package is under the GPL.\"\"\"\n",
            "\"\"\"Validate that no dependency is GPL licensed.\"\"\"\n",
            "\"\"\"Checks that no GPL code is bundled.\"\"\"\n",
            "\"\"\"A list of licenses: MIT, BSD, GPL.\"\"\"\n",
            "\"\"\"A parser for GPL-3.0 license headers.\"\"\"\n",
            "\"\"\"Detects licenses like AGPL or SSPL in texts.\"\"\"\n",
        ] {
            assert_eq!(said(text), [], "{text}");
        }
        for text in [
            "\"\"\"Tools for headers.\n\nGPL-3.0\n\"\"\"\n",
            "\"\"\"Tools for headers (GPL v3).\"\"\"\n",
            "\"\"\"Parse names. This module is GPL.\"\"\"\n",
            "\"\"\"Test names, license GPL.\"\"\"\n",
        ] {
            assert_eq!(said(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn a_choice_with_a_permissive_licence_is_one() {
        for text in [
            "# Licensed under MIT or GPL-2.0, at your option.\n",
            "# License: MIT or GPL-2.0\n",
        ] {
            let expected = Stated::License("MIT OR GPL-2.0-only".to_owned());
            assert_eq!(said(text), [expected], "{text}");
        }
        let text = "# License: MIT or GPL-2.0\n# parts: AGPL\n";
        assert_eq!(said(text).len(), 2);
    }
}
