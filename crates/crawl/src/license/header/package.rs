//! Statements of a package's own module about all of its files: `This package is licensed under the GPL v3.`

use super::super::python::Source;
use super::conditions::{sentences, words_of};
use super::phrases::has_row;
use super::reserved::tokens;
use super::{LicenseRule, Said, has_variable, statements};

/// Things whose files a module named after them speaks for.
const WHOLE: &[&str] = &[
    "directory",
    "distribution",
    "folder",
    "library",
    "package",
    "project",
    "subpackage",
];

/// Words without which a module says nothing of a licence.
const HINTS: &[&str] = &["commercial", "confidential", "gpl", "licen", "propriet"];

/// True if a module may state the licence of its package.
pub(crate) fn may_speak(content: &[u8]) -> bool {
    let lower = String::from_utf8_lossy(content).to_lowercase();
    has_variable(content)
        || (HINTS.iter().any(|hint| lower.contains(hint))
            && WHOLE.iter().any(|word| lower.contains(word)))
}

/// Restricting statements of a module whose sentences are about the package, with their lines.
pub(in super::super) fn of_package(text: &str) -> Vec<Said> {
    let mut said = statements(text.as_bytes());
    said.retain(|said| {
        let of_words = matches!(said.rule, LicenseRule::Notice | LicenseRule::RightsReserved);
        said.whole && of_words && !said.is_permissive()
    });
    if said.is_empty() {
        return said;
    }
    let source = Source::of(text);
    let mut spoken: Vec<(usize, usize)> = Vec::new();
    for block in source.blocks.iter().filter(|block| block.leading) {
        let words = tokens(&block.text);
        let mut goes_on = false;
        for sentence in sentences(&words) {
            // `This library is free software; you can redistribute it under ..`
            let says_you = sentence.first().is_some_and(|token| token.text == "you");
            goes_on = is_of_package(&words_of(sentence)) || (goes_on && says_you);
            let (Some(first), Some(last)) = (sentence.first(), sentence.last()) else {
                continue;
            };
            if goes_on {
                spoken.push((block.line + first.line, block.line + last.line));
            }
        }
    }
    said.retain(|said| {
        let mut spoken = spoken.iter();
        spoken.any(|(first, last)| (*first..=*last).contains(&said.line))
    });
    said
}

/// `This package`, `all files in this folder`, `everything below`.
fn is_of_package(words: &[&str]) -> bool {
    let whole = words
        .windows(2)
        .any(|two| matches!(two[0], "this" | "the" | "our") && WHOLE.contains(&two[1]));
    let files = words.windows(2).any(|two| {
        matches!(two[0], "all" | "every" | "these")
            && matches!(
                two[1],
                "code" | "file" | "files" | "module" | "modules" | "sources"
            )
    });
    let inside = has_row(words, &["everything", "in"]) || has_row(words, &["everything", "below"]);
    let this = words
        .windows(2)
        .any(|two| two[0] == "this" && WHOLE.contains(&two[1]));
    (whole && this) || files || inside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_about_a_package() {
        for text in [
            "\"\"\"Foo.\n\nThis package is licensed under the GPL v3.\n\"\"\"\n",
            "# All files in this package are confidential to Acme and may not be distributed.\n",
            "# This library is free software; you can redistribute it and/or modify it\n# under the terms of the GNU Lesser General Public License.\n",
            "# Everything in this folder is for non-commercial use only.\n",
        ] {
            assert_eq!(of_package(text).len(), 1, "{text}");
            assert!(may_speak(text.as_bytes()), "{text}");
        }
        for text in [
            "\"\"\"Foo.\n\nThis package is licensed under the MIT License.\n\"\"\"\n",
            "# This file is under the GPL v3.\n",
            "\"\"\"Foo. This package parses licenses.\"\"\"\n",
            "x = 1\n# This package is GPL.\n",
        ] {
            assert!(of_package(text).is_empty(), "{text}");
        }
    }
}
