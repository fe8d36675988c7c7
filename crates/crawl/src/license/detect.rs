//! Which licence a text is.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use spdx::detection::{Store, TextData};

/// A text that resembles a licence less than this is not taken for it.
const MIN_SCORE: f32 = 0.85;
/// A text with this many words more than the licence says something else as well, however small a part
/// of a long licence that is: it could be the condition that takes back what the licence grants.
const MAX_EXTRA_WORDS: usize = 100;
/// A licence file is not longer; what follows would be lists of third parties.
const MAX_TEXT_BYTES: usize = 60_000;
/// A part of a file that is shorter says whom the next part is about, and grants nothing.
const MIN_PART_BYTES: usize = 250;
/// A line of at least this many equal characters separates two licences in one file.
const MIN_RULE_LENGTH: usize = 8;

/// The texts of the SPDX list, which the crate brings along.
static TEXTS: LazyLock<Store> = LazyLock::new(|| Store::load_inline().unwrap_or_default());

/// What was recognised in a text: the licence, and how sure the comparison is, in percent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recognized {
    /// SPDX identifier; `None` for a text that is no known licence.
    pub(super) license: Option<String>,
    /// Of the comparison with the nearest licence.
    pub(super) confidence: u8,
}

/// Recognises texts, and each distinct text once: repositories with many packages repeat them.
#[derive(Default)]
pub(crate) struct Detector {
    known: BTreeMap<String, Vec<Recognized>>,
}

impl Detector {
    /// The licences of a text, one for each part of it. Where the text as a whole is not recognised, its
    /// parts between rules (`-----`) are looked at; a part that is no known licence is in the result too,
    /// because it may take back what the others grant.
    pub(super) fn recognize(&mut self, text: &str) -> Vec<Recognized> {
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        let found = recognize(text);
        self.known.insert(text.to_owned(), found.clone());
        found
    }
}

fn recognize(text: &str) -> Vec<Recognized> {
    let whole = nearest(text);
    if whole.license.is_some() {
        return vec![whole];
    }
    let parts: Vec<_> = parts(text)
        .into_iter()
        .filter(|part| part.trim().len() >= MIN_PART_BYTES)
        .collect();
    if parts.len() < 2 {
        return vec![whole];
    }
    parts.iter().map(|part| nearest(part)).collect()
}

/// The texts between lines that are nothing but a rule.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for line in text.lines() {
        let rule = line.trim();
        let mark = rule.chars().next();
        let is_rule = rule.len() >= MIN_RULE_LENGTH
            && mark.is_some_and(|mark| "-=*#_~".contains(mark) && rule.chars().all(|c| c == mark));
        if is_rule {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push_str(line);
            part.push('\n');
        }
    }
    parts
}

/// The licence that a text resembles most. Ties go to the shorter name, since the order of the crate's
/// texts is random.
fn nearest(text: &str) -> Recognized {
    let cut = text.floor_char_boundary(MAX_TEXT_BYTES);
    let data = TextData::new(&text[..cut]);
    let mut best: (f32, &str, Option<&TextData>) = (0.0, "", None);
    for (name, entry) in TEXTS.iter() {
        for candidate in std::iter::once(&entry.original).chain(&entry.alternates) {
            let score = candidate.match_score(&data);
            let shorter = || (name.len(), name.as_str()) < (best.1.len(), best.1);
            if score > best.0 || (score == best.0 && shorter()) {
                best = (score, name, Some(candidate));
            }
        }
    }
    let (score, name, candidate) = best;
    let expected = candidate.map_or(0, words);
    let recognized = score >= MIN_SCORE && words(&data) <= expected + MAX_EXTRA_WORDS;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a score lies between 0 and 1"
    )]
    let confidence = (score * 100.0) as u8;
    Recognized {
        license: recognized.then(|| name.to_owned()),
        confidence,
    }
}

/// The number of words of a text, copyright lines left out.
fn words(text: &TextData) -> usize {
    let lines = text.lines().iter();
    lines.map(|line| line.split_whitespace().count()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIT: &str = include_str!("../../../../LICENSE-MIT");
    const APACHE: &str = include_str!("../../../../LICENSE-APACHE");

    fn names(text: &str) -> Vec<Option<String>> {
        let found = Detector::default().recognize(text);
        found.into_iter().map(|found| found.license).collect()
    }

    #[test]
    fn texts_are_recognized_alone_and_in_one_file() {
        assert_eq!(names(MIT), [Some("MIT".to_owned())]);
        assert_eq!(names(APACHE), [Some("Apache-2.0".to_owned())]);
        let both = format!("{MIT}\n----------\nThe parser is by others:\n----------\n{APACHE}");
        let expected = [Some("MIT".to_owned()), Some("Apache-2.0".to_owned())];
        assert_eq!(names(&both), expected);
    }

    #[test]
    fn an_unknown_text_is_not_taken_for_a_licence() {
        assert_eq!(names("All rights reserved. Ask before you copy."), [None]);
        assert_eq!(names(""), [None]);
    }

    #[test]
    fn a_long_licence_does_not_hide_a_condition_at_its_end() {
        let condition = "You may not sell this software to anybody who pays for it. ".repeat(12);
        assert_eq!(names(&format!("{APACHE}\n\n{condition}")), [None]);
    }

    #[test]
    fn an_unknown_part_is_not_passed_over() {
        let condition = "This software must not be sold. ".repeat(12);
        let text = format!("{MIT}\n==========\n{condition}");
        assert_eq!(names(&text), [Some("MIT".to_owned()), None]);
    }
}
