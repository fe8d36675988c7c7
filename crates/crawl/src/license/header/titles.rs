//! Titles of licences: `Open Software License 3.0`, `Functional Source License, Version 1.1`.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::super::permissive::is_permissive;
use super::super::statement::{self, Family, Stated};
use super::mentions::{Scope, is_under};
use super::reserved::Token;

/// Maximal number of words of a title before `License`.
const MAX_TITLE: usize = 8;

/// Maximal number of words of those that are compared with titles.
const MAX_WORDS: usize = 12;

/// Words before `License` that are no part of a title.
const BEFORE: &[&str] = &[
    "a", "add", "also", "an", "and", "any", "begin", "by", "check", "end", "for", "get", "is",
    "its", "of", "or", "our", "read", "see", "set", "show", "start", "that", "the", "their",
    "this", "to", "under", "with", "your",
];

/// Words that make no title of their own.
const GENERAL: &[&str] = &[
    "additional",
    "author",
    "code",
    "contents",
    "copyright",
    "documentation",
    "dual",
    "file",
    "free",
    "full",
    "library",
    "main",
    "module",
    "open",
    "original",
    "package",
    "program",
    "project",
    "software",
    "source",
    "standard",
    "upstream",
];

/// Titles of the SPDX list without their versions, in words.
struct Titles {
    permissive: HashSet<String>,
    others: HashSet<String>,
    /// Those others without words that many titles have: `parity`, `sleepycat`.
    distinct: HashSet<String>,
}

static TITLES: LazyLock<Titles> = LazyLock::new(|| {
    let mut titles = Titles {
        permissive: HashSet::new(),
        others: HashSet::new(),
        distinct: HashSet::new(),
    };
    for license in spdx::identifiers::LICENSES {
        let set = match is_permissive(license.name) {
            true => &mut titles.permissive,
            false => &mut titles.others,
        };
        let lower = license.full_name.to_lowercase();
        let words: Vec<_> = lower
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        if let Some(end) = words.iter().position(|word| *word == "license") {
            set.insert(words[..end].join(" "));
        }
    }
    let distinct = |titles: &HashSet<String>| -> HashSet<String> {
        let titles = titles.iter();
        let titles = titles.map(|title| distinct(title.split(' ')).join(" "));
        titles.filter(|title| !title.is_empty()).collect()
    };
    let permissive = distinct(&titles.permissive);
    titles.distinct = &distinct(&titles.others) - &permissive;
    titles
});

/// Words of a title without those that many titles have.
fn distinct<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    const COMMON: &[&str] = &["community", "general", "public", "the"];
    words
        .filter(|word| !COMMON.contains(word) && !GENERAL.contains(word))
        .collect()
}

/// True for the last word of the title of another licence, in a line beside the text of one. A title of no listed
/// licence is there the text's own, unless something is under it or it comes in addition.
pub(super) fn beside(sentence: &[Token], at: usize) -> bool {
    let is_license = |token: &Token| matches!(token.text.as_str(), "license" | "licence");
    if !is_license(&sentence[at]) || at == 0 {
        return false;
    }
    let words = last_words(&sentence[..at]);
    let ends = |titles: &HashSet<String>, words: &[&str], least: usize| {
        (0..(words.len() + 1).saturating_sub(least))
            .any(|from| titles.contains(&words[from..].join(" ")))
    };
    if ends(&TITLES.permissive, &words, 1) {
        return false;
    }
    let named = ends(&TITLES.distinct, &distinct(words.iter().copied()), 1);
    if ends(&TITLES.others, &words, 2) || (named && sentence[at].cased && sentence[at - 1].cased) {
        return true;
    }
    let before = sentence[..at].iter().rev().take(MAX_TITLE);
    let adds = before
        .clone()
        .any(|token| matches!(token.text.as_str(), "under" | "plus"));
    adds && titled(sentence, at, Scope::Header).is_some()
}

/// The licence whose title ends in a word of a sentence: one of the SPDX list that is not permissive, or a row of
/// words with capitals that is the name of no known one.
pub(super) fn titled(sentence: &[Token], at: usize, scope: Scope) -> Option<Stated> {
    let is_license = |token: &Token| matches!(token.text.as_str(), "license" | "licence");
    if !is_license(&sentence[at]) {
        return None;
    }
    let words = last_words(&sentence[..at]);
    let listed = |titles: &HashSet<String>| {
        (0..words.len().saturating_sub(1)).any(|from| titles.contains(&words[from..].join(" ")))
    };
    if listed(&TITLES.permissive) {
        return None;
    }
    if listed(&TITLES.others) {
        return Some(Stated::Unclear);
    }
    unknown(sentence, at, scope)
}

/// Words before a place that can be a title; a token with hyphens is several.
fn last_words(before: &[Token]) -> Vec<&str> {
    let tokens = before.iter().rev().take(MAX_TITLE);
    let words = tokens.flat_map(|token| token.text.rsplit(|c: char| !c.is_alphanumeric()));
    let mut words: Vec<_> = words
        .filter(|word| !word.is_empty())
        .take(MAX_WORDS)
        .collect();
    words.reverse();
    words
}

/// A title in capitals that names no known licence.
fn unknown(sentence: &[Token], at: usize, scope: Scope) -> Option<Stated> {
    // `Driver License Number` is none.
    let goes_on = sentence.get(at + 1).is_some_and(|next| {
        next.cased && !matches!(next.text.as_str(), "agreement" | "v" | "version")
    });
    if !sentence[at].cased || goes_on {
        return None;
    }
    let before = sentence[..at].iter().rev().take(MAX_TITLE);
    let capitals = before.take_while(|token| token.cased && !BEFORE.contains(&token.text.as_str()));
    let count = capitals.count();
    let title = &sentence[at - count..at];
    // Elsewhere than in a notice `Driver License` is one of a driver.
    let (line, start) = (sentence[at].line, at - count);
    let alone = (start == 0 || sentence[start - 1].line < line)
        && sentence
            .get(at + 1)
            .is_none_or(|next| next.line > line || next.text == "agreement");
    if scope != Scope::Header && !is_under(&sentence[..start]) && !alone {
        return None;
    }
    if title
        .iter()
        .all(|token| GENERAL.contains(&token.text.as_str()))
    {
        return None;
    }
    let end = sentence.len().min(at + 6);
    let text: Vec<_> = sentence[at - count..end]
        .iter()
        .map(|token| token.text.as_str())
        .collect();
    let key = statement::key(&text.join(" "));
    let key: Vec<_> = key.split(' ').take(2 * MAX_WORDS).collect();
    let known = (0..key.len()).find_map(|from| statement::leading(&key[from..]));
    match known {
        Some((Stated::License(id), _)) if is_permissive(&id) => None,
        Some((Stated::Family(family), _)) if !matches!(family, Family::Gnu | Family::Mozilla) => {
            None
        }
        Some((stated, _)) => Some(stated),
        None => Some(Stated::Unclear),
    }
}

#[cfg(test)]
mod tests {
    use super::super::reserved::tokens;
    use super::*;

    fn is_titled(text: &str) -> bool {
        let tokens = tokens(text);
        (0..tokens.len()).any(|at| titled(&tokens, at, Scope::Header).is_some())
    }

    #[test]
    fn titles_of_licences_that_are_not_permissive_or_unknown() {
        for text in [
            "Open Software License 3.0",
            "under the open software licence",
            "Functional Source License, Version 1.1, ALv2 Future License",
            "Eclipse Public License",
            "Acme Community License Agreement",
            "The Frobnicator Licence",
        ] {
            assert!(is_titled(text), "{text}");
        }
    }

    #[test]
    fn titles_of_permissive_licences_and_other_words() {
        for text in [
            "MIT License",
            "The MIT License (MIT)",
            "Apache License, Version 2.0",
            "Apache Software License",
            "Modified BSD License",
            "BSD 3-Clause License",
            "Python Software Foundation License Version 2",
            "Boost Software License, Version 1.0",
            "Zope Public License, Version 2.1",
            "See License for details",
            "Software License",
            "Driver License Number",
            "checks the license of a Driver",
        ] {
            assert!(!is_titled(text), "{text}");
        }
    }
}
