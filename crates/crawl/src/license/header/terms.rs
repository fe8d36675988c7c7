//! Sentences of a header about terms that are none of the project's: `subject to the Example EULA`.

use super::super::statement;
use super::addresses::license_at;
use super::mentions::address;
use super::phrases::{has_row, is_thing, speaks_of_this};
use super::reserved::Token;

/// Rows of words before the terms that something is under.
const UNDER: &[&[&str]] = &[
    &["subject", "to"],
    &["governed", "by"],
    &["bound", "by"],
    &["according", "to"],
    &["accordance", "with"],
    &["agree", "to"],
    &["agreed", "to"],
    &["agreeing", "to"],
    &["accept"],
    &["accepting"],
    &["under"],
];

/// Maximal number of words between these and the word for terms.
const MAX_BETWEEN: usize = 12;

/// Words of the terms of permissive licences, and of those that contributors agree to.
const OTHERS: &[&str] = &[
    "apache",
    "beopen",
    "boost",
    "bsd",
    "cnri",
    "contribution",
    "contributor",
    "contributors",
    "expat",
    "isc",
    "mit",
    "psf",
    "python",
    "unlicense",
    "zlib",
    "zope",
];

/// True for a sentence of this kind. Prose is about anything, also about agreements of others.
pub(super) fn is_elsewhere(sentence: &[Token], words: &[&str], prose: bool) -> bool {
    !prose && (is_under(sentence) || is_field(sentence) || is_own(words) || is_left_out(words))
}

/// `Use is subject to the Example EULA`, `governed by the Example Terms of Service`.
fn is_under(sentence: &[Token]) -> bool {
    let words: Vec<&str> = sentence.iter().map(|token| token.text.as_str()).collect();
    let starts = (0..words.len()).filter_map(|at| {
        let row = UNDER.iter().find(|row| words[at..].starts_with(row))?;
        Some(at + row.len())
    });
    starts.into_iter().any(|start| {
        let end = words.len().min(start + MAX_BETWEEN);
        let near = &words[start..end];
        let terms = (0..near.len()).find(|at| is_terms(&sentence[start..end], *at));
        terms.is_some_and(|at| !near[..=at].iter().any(|word| OTHERS.contains(word)))
    })
}

/// True where the words are for terms of a company or a service: `EULA`, `Terms of Service`, `Example license`.
fn is_terms(near: &[Token], at: usize) -> bool {
    let word = |at: usize| near.get(at).map_or("", |token| token.text.as_str());
    let named = |at: usize| {
        let before = near[..at].iter().rev();
        let name = before.take(4).take_while(|token| token.cased);
        name.count() > 0 && !is_known(&near[..at])
    };
    match word(at) {
        "eula" | "eulas" | "nda" => true,
        "terms" => {
            let service =
                word(at + 1) == "of" && matches!(word(at + 2), "service" | "use" | "sale");
            let conditions = word(at + 1) == "and" && word(at + 2) == "conditions";
            service || ((conditions || word(at + 1) != "of") && named(at))
        }
        "agreement" => named(at),
        // With a capital it is a title, which is read as such.
        "license" | "licence" => !near[at].cased && named(at),
        word => word.contains("://") && (word.contains("/terms") || word.contains("eula")),
    }
}

/// True for words that name a known licence, which is read as such.
fn is_known(before: &[Token]) -> bool {
    let text: Vec<&str> = before.iter().map(|token| token.text.as_str()).collect();
    let key = statement::key(&text.join(" "));
    let key: Vec<&str> = key.split(' ').collect();
    (0..key.len()).any(|from| statement::leading(&key[from..]).is_some())
}

/// `Terms: https://example.com/license`, a line with the address of terms that are not known.
fn is_field(sentence: &[Token]) -> bool {
    let mut lines = sentence.chunk_by(|word, next| word.line == next.line);
    lines.any(|line| {
        let at = line.iter().position(|token| token.text.contains("://"));
        let Some(at) = at.filter(|at| (1..=3).contains(at) && at + 1 == line.len()) else {
            return false;
        };
        let text = line[at].text.as_str();
        let is_name = |token: &Token| {
            matches!(
                token.text.as_str(),
                "eula"
                    | "legal"
                    | "licence"
                    | "license"
                    | "licensing"
                    | "of"
                    | "service"
                    | "terms"
                    | "use"
                    | "conditions"
                    | "see"
            )
        };
        let said = line[..at].iter().all(is_name);
        let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
        let named = line[..at]
            .iter()
            .any(|token| matches!(token.text.as_str(), "terms" | "eula"));
        let of_terms = has(&["terms", "eula", "tos"])
            || (named && has(&["agreement", "conditions", "legal", "licen", "policy"]));
        said && of_terms && license_at(text).is_none() && address(text).flatten().is_none()
    })
}

/// `This file has its own license`, `different license! see the header of foo.c`.
fn is_own(words: &[&str]) -> bool {
    const OWN: &[&str] = &["another", "different", "separate", "special"];
    let is_license = |word: &str| matches!(word, "license" | "licence" | "licensing" | "licenses");
    words.windows(2).enumerate().any(|(at, two)| {
        if !is_license(two[1]) {
            return false;
        }
        let before = &words[..at];
        let of_this = before.contains(&"this") && before.iter().any(|word| is_thing(word));
        match two[0] {
            "own" => of_this && before.last() == Some(&"its"),
            "other" => of_this && has_row(before, &["under", "some"]),
            word => OWN.contains(&word) && (of_this || at == 0),
        }
    })
}

/// `License does not cover this file`, `the license of the project does not extend to this code`.
fn is_left_out(words: &[&str]) -> bool {
    let Some(at) = words.iter().position(|word| word.starts_with("licen")) else {
        return false;
    };
    let rest = &words[at + 1..];
    let not = rest.windows(2).position(|two| {
        matches!(two[0], "not" | "doesnt" | "never")
            && matches!(two[1], "apply" | "cover" | "extend" | "hold" | "include")
    });
    not.is_some_and(|not| speaks_of_this(&rest[not..]))
}

#[cfg(test)]
mod tests {
    use super::super::conditions::conditional;
    use super::super::reserved::tokens;

    #[test]
    fn terms_that_are_none_of_the_project() {
        for text in [
            "Use is subject to the Example EULA.",
            "Use of this file is governed by the Example Terms of Service.",
            "Copyright Example, Inc. Use subject to Example license.",
            "This AWS Content is provided subject to the terms of the AWS Customer Agreement",
            "By using this file you agree to https://example.com/terms",
            "Terms: https://example.com/license",
            "See https://example.com/eula",
            "This file has its own license, see docs/foo-license.txt",
            "Different license! See the header of foo.c",
            "This module comes under a separate license.",
            "License does not cover this file.",
            "The license of the project does not extend to this code.",
        ] {
            assert!(conditional(&tokens(text), false).is_some(), "{text}");
        }
    }

    #[test]
    fn terms_of_permissive_licences_and_other_things() {
        for text in [
            "Use of this source code is governed by the MIT License.",
            "Subject to the terms of the Apache License, Version 2.0.",
            "This file is subject to the New BSD License.",
            "Licensed to PSF under a Contributor Agreement.",
            "Licensed to the ASF under one or more contributor license agreements.",
            "Use of this source code is governed by a BSD-style license that can be found in the LICENSE file.",
            "Under the Example policy only admins may write.",
            "Every distribution has its own license.",
            "Source: https://example.com/license",
            "Terms: https://example.com/wiki/Series",
            "See https://opensource.org/licenses/MIT",
            "Sorted according to the terms of the polynomial.",
        ] {
            assert_eq!(conditional(&tokens(text), false), None, "{text}");
        }
    }
}
