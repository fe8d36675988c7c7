//! Statements in lines beside the text of a licence: another licence, a price, a term.

use super::super::permissive::is_permissive;
use super::super::statement::Stated;
use super::acronyms;
use super::conditions::{conditional, sentences};
use super::mentions::{Scope, mentioned, named_at};
use super::reserved::{Token, tokens};
use super::same;
use super::titles;
use super::when;

/// Maximal number of words that are read as the name of a licence.
const MAX_NAME: usize = 10;

/// Words of companies and others whose names begin like licences: `PolyForm Project`.
const ORGANIZATIONS: &[&str] = &[
    "ag",
    "authors",
    "contributors",
    "corp",
    "corporation",
    "developers",
    "foundation",
    "gmbh",
    "group",
    "inc",
    "institute",
    "lab",
    "labs",
    "limited",
    "llc",
    "ltd",
    "plc",
    "project",
    "team",
];

/// The words of a sentence beside a licence that name another one or, in a line of holders, set a condition, if any.
pub(in super::super) fn beside(text: &str, holders: bool) -> Option<String> {
    let tokens = tokens(text);
    let said = sentences(&tokens).find(|sentence| {
        (0..sentence.len()).any(|at| names_other(sentence, at))
            || !same::shared(sentence, false).is_empty()
            || (!holders && when::is_timed(sentence))
            || (holders && (has_terms(sentence) || conditional(sentence, false).is_some()))
    })?;
    let words = said.iter().take(12).map(|token| token.text.as_str());
    Some(words.collect::<Vec<_>>().join(" "))
}

/// True for a short text that names a licence that is not permissive, or one that is not known.
pub(in super::super) fn has_title(text: &str) -> bool {
    !mentioned(&tokens(text), Scope::Header).is_empty()
}

/// True for a word at which the name of a licence that is not permissive begins, or its title ends.
fn names_other(sentence: &[Token], at: usize) -> bool {
    if titles::beside(sentence, at) || acronyms::named_alone(sentence, at).is_some() {
        return true;
    }
    let words = &sentence[at..sentence.len().min(at + MAX_NAME)];
    let named = named_at(words, Scope::Header);
    let is_other = match &named {
        Some(Stated::License(id)) => !is_permissive(id),
        Some(_) => true,
        None => false,
    };
    is_other
        && !words
            .iter()
            .skip(1)
            .take(2)
            .any(|word| ORGANIZATIONS.contains(&word.text.as_str()))
}

/// `Valid for 30 days`, `price: 100 dollar`, `for research`; but not `Jane Price` or `2020 Euro Labs`.
fn has_terms(sentence: &[Token]) -> bool {
    const UNITS: &[&str] = &[
        "day", "days", "dollar", "dollars", "eur", "euro", "euros", "gbp", "month", "months",
        "pounds", "usd", "week", "weeks",
    ];
    const PURPOSES: &[&str] = &[
        "education",
        "educational",
        "individuals",
        "military",
        "private",
        "research",
        "teaching",
        "training",
    ];
    let words: Vec<_> = sentence.iter().map(|token| token.text.as_str()).collect();
    let is_number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    let is_year =
        |word: &str| word.len() >= 4 && (word.starts_with("19") || word.starts_with("20"));
    let for_purpose = |two: &[&str]| two[0] == "for" && PURPOSES.contains(&two[1]);
    words.windows(2).any(|two| {
        (two[0] == "valid" && matches!(two[1], "for" | "from" | "through" | "till" | "until"))
            || (is_number(two[0]) && !is_year(two[0]) && UNITS.contains(&two[1]))
            || (matches!(two[0], "price" | "cost" | "costs")
                && (two[1] == "is" || (is_number(two[1]) && !is_year(two[1]))))
            || (two[0] == "free" && matches!(two[1], "for" | "to"))
    }) || words.first_chunk::<2>().is_some_and(|two| for_purpose(two))
        || words.windows(3).any(|three| {
            for_purpose(&three[..2]) && matches!(three[2], "only" | "purposes" | "use")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_licences_and_terms_beside_a_text() {
        for text in [
            "Copyright (c) 2020 A. Eclipse Public License 2.0",
            "Copyright (c) 2020 A under OSL 3.0",
            "Copyright (c) 2020 A. Elastic License 2.0",
            "Copyright (c) 2020 A. Mozilla Public License",
            "Copyright (c) 2020 A. Commons Clause",
            "Copyright (c) 2020 A. Valid for 30 days.",
            "Copyright (c) 2020 A. Price: 100 dollar.",
            "Copyright (c) 2020 A. Free for research.",
            "Plus Business Source License.",
            "Sleepycat License.",
            "Also under the Parity License.",
            "Also under the terms of the Frobnicator License.",
        ] {
            assert!(beside(text, true).is_some(), "{text}");
        }
        for text in [
            "Copyright (c) 2020 Mozilla Foundation",
            "Copyright (c) 2020 Eclipse Foundation. All rights reserved.",
            "Copyright (c) 2020 PolyForm Project",
            "Copyright (c) 2020 Jane Price, 2021 Euro Labs",
            "Copyright 2020 Center for Research",
            "The MIT License (MIT)",
            "Frobnicator License",
            "Modified BSD License",
            "Apache License",
            "Apache License 2.0 and zlib License",
        ] {
            assert_eq!(beside(text, true), None, "{text}");
        }
    }
}
