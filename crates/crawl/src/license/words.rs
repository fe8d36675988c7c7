//! Words of licence texts, normalised against layout, and their significance.

pub(super) mod languages;
mod lists;
mod persons;

use lists::{CHARGED, GRANTS, NEUTRAL};
use persons::{AFTER_COPYRIGHT, IN_NAMES};

/// A normalised word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// In lower case, without punctuation.
    pub(super) text: String,
    /// Its line, counted from 0.
    pub(super) line: usize,
    /// True for words of a copyright line, or of the lines of names after one.
    pub(super) holder: bool,
    /// True if it can be a name: by its capital, as a part of a path, or by its place in a sentence.
    pub(super) named: bool,
    /// True for the first word of a sentence or paragraph.
    pub(super) starts: bool,
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

/// True for an English word that can change what a licence allows.
pub(super) fn is_charged(word: &str) -> bool {
    CHARGED.contains(&word)
}

/// True if a licence without this word grants less.
pub(super) fn is_grant(word: &str) -> bool {
    GRANTS.contains(&word)
}

/// Normalised words of a text. Numbers and single letters are left out, because licences and postal addresses
/// use them in many ways.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut reader = Reader {
        found: Vec::new(),
        starts: true,
    };
    let mut names_may_follow = false;
    for (line, text) in text.lines().enumerate() {
        let first = reader.found.len();
        let copyright = is_copyright_line(text) && !restricts(text);
        reader.push_line(text, line);
        let found = &mut reader.found;
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
        reader.starts |= holder;
        names_may_follow = holder && text.chars().any(char::is_alphanumeric);
    }
    reader.found
}

/// True if a line forbids or reserves something in another language, beside the name in it.
fn restricts(line: &str) -> bool {
    let lower = line.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric());
    languages::restricts(&words.collect::<Vec<_>>())
}

/// Words of a text, as far as it is read.
struct Reader {
    found: Vec<Word>,
    /// True where a sentence or paragraph can begin.
    starts: bool,
}

impl Reader {
    fn push_line(&mut self, text: &str, line: usize) {
        self.starts |= !text.contains(char::is_alphanumeric);
        for chunk in text.split_whitespace() {
            let bare = chunk.trim_start_matches(|c: char| !c.is_alphanumeric());
            let lower = bare.to_lowercase();
            if chunk.contains(CURRENCIES) && chunk.contains(|c: char| c.is_ascii_digit()) {
                self.push("eur".to_owned(), line, false);
            }
            if lower.starts_with("http://") || lower.starts_with("https://") {
                for word in ["http", "blackboxed", "url"] {
                    self.push(word.to_owned(), line, true);
                }
            } else if !bare.contains('@') {
                let named = self.can_be_name(chunk, bare);
                let plain = lower.replace(['\'', '\u{2019}', '`'], "");
                for word in plain.split(|c: char| !c.is_alphanumeric()) {
                    self.push(word.to_owned(), line, named);
                }
            }
            // A bullet or a number begins a sentence, too.
            let marks = !chunk.contains(|c: char| c.is_alphabetic());
            self.starts |= marks || chunk.ends_with(ENDS);
        }
    }

    /// True if a chunk of text without spaces can be a name, or consist of parts of one.
    fn can_be_name(&self, chunk: &str, bare: &str) -> bool {
        let inner = bare.trim_end_matches(|c: char| !c.is_alphanumeric());
        let before = self.found.last().map_or("", |word| word.text.as_str());
        let placed = self.starts || matches!(before, "by" | "from" | "of");
        let looks = bare.starts_with(char::is_uppercase)
            || chunk.starts_with('`')
            || (chunk.starts_with('"') && chunk.ends_with('"'))
            || inner.contains(['.', '_', '/', '-'])
            || inner.contains(|c: char| c.is_ascii_digit());
        (placed || looks) && !languages::is_caseless(bare)
    }

    fn push(&mut self, word: String, line: usize, named: bool) {
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        if is_number || word.chars().count() < 2 {
            return;
        }
        // `All Rights Reserve.`
        let after_rights = self.found.last().is_some_and(|last| last.text == "rights");
        let word = match word.as_str() {
            "reserve" if after_rights => "reserved".to_owned(),
            _ => word,
        };
        let word = match word.strip_prefix("licenc") {
            Some(rest) => format!("licens{rest}"),
            None => word,
        };
        // `non-infringement` and `sub-license` are written in one word as well.
        if let Some(last) = self.found.last_mut()
            && matches!(
                (last.text.as_str(), word.as_str()),
                ("non", "infringement" | "commercial") | ("sub", "license") | ("royalty", "free")
            )
        {
            last.text.push_str(&word);
            return;
        }
        self.found.push(Word {
            text: word,
            line,
            holder: false,
            named,
            starts: std::mem::take(&mut self.starts),
        });
    }
}

/// Signs before or behind a sum of money.
const CURRENCIES: [char; 5] = ['$', '\u{20ac}', '\u{a3}', '\u{a5}', '\u{20b9}'];
/// Characters after which a sentence or a list begins.
const ENDS: [char; 9] = [
    '.', ':', ';', '!', '?', '\u{3002}', '\u{ff01}', '\u{ff1a}', ')',
];

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
