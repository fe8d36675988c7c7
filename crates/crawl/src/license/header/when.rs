//! Lines beside the text of a licence that say when, or to what, it applies: `From 2030 on`, `Third-party parts:`.

use super::reserved::{Token, tokens};

/// Maximal length in words of a line that introduces the licence of something else.
const MAX_TITLE: usize = 10;

/// True for a sentence that limits a text to a time or to versions: `from 2030 on`, `as of version 2.0`.
pub(super) fn is_timed(sentence: &[Token]) -> bool {
    let word = |at: usize| sentence.get(at).map_or("", |token| token.text.as_str());
    let is_point = |at: usize| {
        matches!(
            word(at),
            "release" | "releases" | "version" | "versions" | "v"
        ) || word(at)
            .trim_start_matches('v')
            .starts_with(|c: char| c.is_ascii_digit())
            || MONTHS.iter().any(|month| word(at).starts_with(month))
    };
    (0..sentence.len()).any(|at| {
        let next = match (word(at), word(at + 1)) {
            ("as", "of" | "from")
            | ("prior", "to")
            | ("up", "to")
            | ("starting" | "beginning", "with" | "from" | "in") => at + 2,
            ("from" | "since" | "after" | "before" | "till" | "through" | "effective", _) => at + 1,
            _ => return false,
        };
        let next = next + usize::from(matches!(word(next), "the"));
        is_point(next)
    })
}

/// Beginnings of the names of months.
const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// True for a line that says of the text below it that it is about something else, such as bundled parts.
pub(in super::super) fn introduces_other(line: &str) -> bool {
    const PARTS: &[&str] = &[
        "class",
        "code",
        "component",
        "font",
        "fonts",
        "function",
        "library",
        "module",
        "package",
        "parser",
        "parts",
    ];
    let words = tokens(line);
    let words: Vec<_> = words.iter().map(|word| word.text.as_str()).collect();
    if words.is_empty() || words.len() > MAX_TITLE {
        return false;
    }
    let third = words
        .iter()
        .any(|word| word.starts_with("third-part") || word.starts_with("3rd-part"))
        || words
            .windows(2)
            .any(|two| matches!(two[0], "third" | "3rd") && matches!(two[1], "party" | "parties"));
    let of_part = words.iter().enumerate().any(|(at, word)| {
        let is_license = matches!(*word, "license" | "licence");
        let named = words
            .get(at + 1)
            .is_some_and(|next| matches!(*next, "of" | "for"))
            && words.get(at + 2) == Some(&"the");
        is_license
            && named
            && words.len() > at + 4
            && words.last().is_some_and(|last| PARTS.contains(last))
    });
    third || of_part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_versions() {
        for text in [
            "From 2030 on:",
            "As of version 2.0:",
            "Since v1.2",
            "Effective January 2030",
            "Before the release 2",
        ] {
            assert!(is_timed(&tokens(text)), "{text}");
        }
        for text in ["Parts from numpy", "As of now", "Adapted from the module"] {
            assert!(!is_timed(&tokens(text)), "{text}");
        }
    }

    #[test]
    fn lines_about_other_parts() {
        for text in [
            "Third-party parts:",
            "Third party licenses",
            "This is the license of the Foo library:",
        ] {
            assert!(introduces_other(text), "{text}");
        }
        for text in [
            "License of the project",
            "This is the license of Foo:",
            "The MIT License (MIT)",
        ] {
            assert!(!introduces_other(text), "{text}");
        }
    }
}
