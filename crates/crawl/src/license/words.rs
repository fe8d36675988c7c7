//! Words of licence texts, normalised against layout, and their significance.

mod languages;
mod lists;

use lists::{AFTER_COPYRIGHT, CHARGED, GRANTS, IN_NAMES, NEUTRAL};

/// A normalised word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// In lower case, without punctuation.
    pub(super) text: String,
    /// Its line, counted from 0.
    pub(super) line: usize,
    /// True for words of a copyright line, or of the lines of names after one.
    pub(super) holder: bool,
}

/// Maximal length in words of a line of names after a copyright line.
const MAX_HOLDER_WORDS: usize = 10;

/// Significance of a word that belongs to no licence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// It can change what is allowed.
    Charged,
    /// It changes nothing.
    Neutral,
    /// Unknown: a name, or anything else.
    Unknown,
}

/// Significance of a word; in a copyright line it is part of a name if it can be one.
pub(super) fn weight(word: &Word) -> Weight {
    let Word { text, holder, .. } = word;
    let word = text.as_str();
    if *holder && IN_NAMES.contains(&word) {
        Weight::Neutral
    } else if CHARGED.contains(&word) || (!*holder && languages::is_charged(word)) {
        Weight::Charged
    } else if NEUTRAL.contains(&word) {
        Weight::Neutral
    } else {
        Weight::Unknown
    }
}

/// True if a licence without this word grants less.
pub(super) fn is_grant(word: &str) -> bool {
    GRANTS.contains(&word)
}

/// Normalised words of a text. Numbers and single letters are left out, because licences and postal addresses
/// use them in many ways.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    let mut names_may_follow = false;
    for (line, text) in text.lines().enumerate() {
        let first = found.len();
        let copyright = is_copyright_line(text);
        push_words(text, line, &mut found);
        let count = found.len() - first;
        let has_address = text.contains('@') && count <= MAX_HOLDER_WORDS;
        if has_address && count == 0 {
            // The names are in the line before.
            let line_before = found
                .iter_mut()
                .rev()
                .take_while(|word| word.line + 1 == line);
            line_before
                .take(MAX_HOLDER_WORDS)
                .for_each(|word| word.holder = true);
        }
        let holder = copyright || has_address || (names_may_follow && count <= MAX_HOLDER_WORDS);
        for word in &mut found[first..] {
            word.holder = holder;
        }
        names_may_follow = holder && text.chars().any(char::is_alphanumeric);
    }
    found
}

fn push_words(text: &str, line: usize, found: &mut Vec<Word>) {
    for chunk in text.split_whitespace() {
        let bare = chunk.trim_start_matches(|c: char| !c.is_alphanumeric());
        let lower = bare.to_lowercase();
        if lower.starts_with("http://") || lower.starts_with("https://") {
            for word in ["http", "blackboxed", "url"] {
                push(word.to_owned(), line, found);
            }
        } else if !bare.contains('@') {
            let plain = lower.replace(['\'', '\u{2019}', '`'], "");
            for word in plain.split(|c: char| !c.is_alphanumeric()) {
                push(word.to_owned(), line, found);
            }
        }
    }
}

fn push(word: String, line: usize, found: &mut Vec<Word>) {
    let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
    if is_number || word.chars().count() < 2 {
        return;
    }
    let word = match word.strip_prefix("licenc") {
        Some(rest) => format!("licens{rest}"),
        None => word,
    };
    // `non-infringement` and `sub-license` are written in one word as well.
    if let Some(last) = found.last_mut()
        && matches!(
            (last.text.as_str(), word.as_str()),
            ("non", "infringement" | "commercial") | ("sub", "license") | ("royalty", "free")
        )
    {
        last.text.push_str(&word);
        return;
    }
    found.push(Word {
        text: word,
        line,
        holder: false,
    });
}

/// True if a line names the holder of the rights. `COPYRIGHT HOLDERS BE LIABLE` is a line of a licence.
pub(super) fn is_copyright_line(line: &str) -> bool {
    let line =
        line.trim_start_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '(' | '\u{a9}'));
    let lower = line.to_lowercase();
    let lower = lower
        .strip_prefix("portions ")
        .unwrap_or(&lower)
        .trim_start();
    if lower.starts_with('\u{a9}') {
        return true;
    }
    // `(c) You must retain` is a clause of a licence.
    if let Some(rest) = lower.strip_prefix("(c)") {
        let is_short = rest.split_whitespace().count() <= MAX_HOLDER_WORDS;
        return rest.trim_start().starts_with("copyright") || (is_short && has_year(rest));
    }
    if lower.starts_with("all rights reserved") || lower.starts_with("some rights reserved") {
        return true;
    }
    let Some(rest) = lower.strip_prefix("copyright") else {
        return false;
    };
    if rest.starts_with(|c: char| c.is_alphanumeric()) {
        return false;
    }
    let rest = rest.trim_start_matches([' ', '\t', ':', ',', '-', '&', ';']);
    if rest.starts_with(|c: char| !c.is_alphabetic()) {
        return true;
    }
    let next = rest
        .split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default();
    !AFTER_COPYRIGHT.contains(&next)
}

fn has_year(text: &str) -> bool {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit());
    numbers
        .any(|number| number.len() == 4 && (number.starts_with("19") || number.starts_with("20")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_licences_are_told_from_copyright_lines() {
        for line in [
            "Copyright (c) 2026 A",
            "# Copyright 2020 B",
            "(C) C 2000",
            "Copyright The authors",
            "Portions copyright \u{a9} D",
            " * All rights reserved.",
        ] {
            assert!(is_copyright_line(line), "{line}");
        }
        for line in [
            "COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM",
            "copyright notice and this permission notice",
            "copyrighted work",
            "The above copyright",
            "(c) You must retain, in the Source form",
        ] {
            assert!(!is_copyright_line(line), "{line}");
        }
    }

    #[test]
    fn no_word_has_two_weights() {
        for word in CHARGED {
            assert!(!NEUTRAL.contains(word), "{word}");
        }
    }
}
