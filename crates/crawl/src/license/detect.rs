//! Detection of the licences in a text.

use std::collections::BTreeMap;
use std::ops::Range;

use super::compare::{self, Comparison, Deviation};
use super::header;
use super::known::{INDEX, Known};
use super::permissive::is_permissive;
use super::words::{self, Word};

/// Minimal fraction of a licence's words that a text must contain to be identified with it, changed or not.
const MIN_SHARED: f64 = 0.8;
/// Number of words beyond which a text is not compared, because that would take too long.
const MAX_WORDS: usize = 60_000;
/// Maximal number of licences to find in one text.
const MAX_PARTS: usize = 12;

/// Classification of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// A licence, by its SPDX identifier, and nothing that could change it.
    Known(String),
    /// A licence with additions or omissions.
    Modified {
        /// SPDX identifier of the most similar licence.
        nearest: String,
        /// The first differing words.
        words: String,
    },
    /// No known licence.
    Unknown,
    /// Nothing at all, or only whose the work is.
    Silent,
}

/// One finding in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Classification of the text.
    pub(super) what: What,
    /// Line of its beginning, or for a modified text the line of the first differing words, counted from 0.
    pub(super) line: usize,
    /// Of the comparison with the nearest licence, in percent.
    pub(super) confidence: u8,
}

impl Found {
    fn is_known(&self) -> bool {
        matches!(self.what, What::Known(_))
    }
}

/// Recognises texts, and each distinct text once: repositories with many packages repeat them.
#[derive(Default)]
pub(crate) struct Detector {
    known: BTreeMap<String, Vec<Found>>,
}

impl Detector {
    /// True for a text that says nothing, or only whose the work is.
    pub(super) fn is_silent(&mut self, text: &str) -> bool {
        let found = self.recognize(text);
        found.iter().all(|found| found.what == What::Silent)
    }

    /// True for a text of permissive licences, and of nothing else.
    pub(super) fn is_licence(&mut self, text: &str) -> bool {
        let known = |found: &Found| matches!(&found.what, What::Known(id) if is_permissive(id));
        self.recognize(text).iter().all(known)
    }

    /// The licences of a text, at least one finding.
    pub(super) fn recognize(&mut self, text: &str) -> Vec<Found> {
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        let found = recognize(text);
        self.known.insert(text.to_owned(), found.clone());
        found
    }
}

/// The licences of a text. A text that says more than its licences is one finding, because what else it
/// says could be about each of them.
pub(super) fn recognize(text: &str) -> Vec<Found> {
    let words = words::words(text);
    let found = |what, line| {
        vec![Found {
            what,
            line,
            confidence: 0,
        }]
    };
    if words.len() > MAX_WORDS {
        return found(What::Unknown, 0);
    }
    let numbers = INDEX.numbers(&words);
    let lines: Vec<_> = text.lines().collect();
    let part = Part {
        lines: &lines,
        words: &words,
        numbers: &numbers,
    };
    if let Some(mut found) = part.examine(MAX_PARTS) {
        if !found.iter().all(Found::is_known)
            && let Some(apart) = part.between_rules()
        {
            found = apart;
        }
        return about_others(&lines, found);
    }
    let is_silent = words.iter().all(|word| word.holder) && compare::is_harmless(&words);
    if is_silent && header::beside(text, true).is_none() {
        return found(What::Silent, 0);
    }
    found(What::Unknown, words.first().map_or(0, |word| word.line))
}

/// The findings, or that of a modified licence where all of the text is about something else: a line above the
/// first licence says so, or one anywhere beside the only one.
fn about_others(lines: &[&str], found: Vec<Found>) -> Vec<Found> {
    let blank = |line: Option<&&str>| line.is_none_or(|line| !line.contains(char::is_alphanumeric));
    let line = (0..lines.len()).find(|at| {
        let before = at.checked_sub(1).and_then(|before| lines.get(before));
        let alone = blank(before) && blank(lines.get(at + 1));
        (alone || lines[*at].trim_end().ends_with(':')) && header::introduces_other(lines[*at])
    });
    let (Some(line), Some(first)) = (line, found.first()) else {
        return found;
    };
    let What::Known(nearest) = &first.what else {
        return found;
    };
    let below = found.len() > 1 && line > first.line;
    if below || !is_permissive(nearest) {
        return found;
    }
    let what = What::Modified {
        nearest: nearest.clone(),
        words: lines[line].trim().to_owned(),
    };
    let confidence = first.confidence;
    vec![Found {
        what,
        line,
        confidence,
    }]
}

/// True for a paragraph in small letters that says from which project code came, as what it is licensed, and nothing
/// else: besides a name behind `from` and paths, it has words of these only.
fn says_origin(text: &str) -> bool {
    const WORDS: &str = "the patches submodules submodule modules module files file code parts some of in under directory \
        folder that which was were are is and directly taken copied derived adapted ported borrowed from project \
        package library licensed as follows";
    let is_plain = |word: &str| WORDS.split_whitespace().any(|one| one == word);
    let words = text.split_whitespace();
    let words: Vec<&str> = words
        .map(|word| word.trim_matches(['(', ')', ',', ':']))
        .collect();
    let is_name = |at: usize| {
        let before = words[..at].iter().rev();
        before.copied().find(|word| *word != "the") == Some("from")
    };
    let mut places = words.iter().enumerate();
    words.contains(&"from")
        && (text.ends_with("licensed as:") || text.ends_with("licensed as follows:"))
        && places.all(|(at, word)| is_plain(word) || word.contains('/') || is_name(at))
}

/// A part of a text.
#[derive(Clone, Copy)]
struct Part<'a> {
    /// All lines of the text.
    lines: &'a [&'a str],
    words: &'a [Word],
    numbers: &'a [u32],
}

impl<'a> Part<'a> {
    fn of(self, range: &Range<usize>) -> Self {
        Self {
            lines: self.lines,
            words: &self.words[range.clone()],
            numbers: &self.numbers[range.clone()],
        }
    }

    /// The licences between lines that are rules, if there are such lines and all between them is known licences. As a
    /// whole, several licences of one family are closest to one that repeats itself, as Sleepycat's does.
    fn between_rules(self) -> Option<Vec<Found>> {
        let is_rule = |line: &str| {
            let line = line.trim();
            line.len() >= 10 && line.chars().all(|c| "-=*_#~".contains(c))
        };
        let rules: Vec<usize> = (0..self.lines.len())
            .filter(|at| is_rule(self.lines[*at]))
            .collect();
        let mut found = Vec::new();
        let mut start = 0;
        for end in rules.iter().copied().chain([self.lines.len()]) {
            let until = self.words.partition_point(|word| word.line < end);
            let introduced = self.introduction(&(start..until));
            let between = self.of(&(introduced..until));
            start = until;
            if !between.words.is_empty() {
                found.extend(between.examine(MAX_PARTS)?);
            }
        }
        (!rules.is_empty() && found.iter().all(Found::is_known)).then_some(found)
    }

    /// The word behind a paragraph that says of the licence below it where its code came from; the first word where
    /// there is none.
    fn introduction(self, range: &Range<usize>) -> usize {
        let words = &self.words[range.clone()];
        let Some(first) = words.first() else {
            return range.start;
        };
        let lines = self.lines[first.line..].iter();
        let paragraph: Vec<&str> = lines
            .map(|line| line.trim())
            .take_while(|line| !line.is_empty())
            .collect();
        let text = paragraph.join(" ").to_lowercase();
        let is_one = range.start > 0 && paragraph.len() <= 4 && says_origin(&text);
        if !is_one {
            return range.start;
        }
        let end = first.line + paragraph.len();
        range.start + words.partition_point(|word| word.line < end)
    }

    /// The licences of the part; `None` if it contains none. `parts` limits their number.
    fn examine(self, parts: usize) -> Option<Vec<Found>> {
        let candidates = INDEX.candidates(self.numbers);
        let compared = |known: &&'static Known| compare::compare(self.words, self.numbers, known);
        let mut comparisons: Vec<Comparison<'static>> = candidates.iter().map(compared).collect();
        comparisons
            .retain(|found| found.shared as f64 >= found.known.words.len() as f64 * MIN_SHARED);
        comparisons.sort_by_key(|found| (-found.score(), found.known.name.len()));
        // A licence that is far from the text can't make it one, however little the text says beside it.
        let best = comparisons.first().map_or(0, Comparison::score);
        comparisons.retain(|found| found.score() * 10 >= best * 9);
        let mut nearest = None;
        for comparison in &comparisons {
            match self.conclude(comparison, parts) {
                Ok(found) => return Some(found),
                Err(deviation) => {
                    nearest.get_or_insert((comparison, deviation));
                }
            }
        }
        let (comparison, deviation) = nearest?;
        Some(vec![Found {
            what: What::Modified {
                nearest: comparison.known.name.clone(),
                words: deviation.words,
            },
            line: deviation.line,
            confidence: confidence(comparison),
        }])
    }

    /// The licence and those that the rest of the part is, or where the part says something else.
    fn conclude(self, comparison: &Comparison<'_>, parts: usize) -> Result<Vec<Found>, Deviation> {
        if let Some(deviation) = &comparison.deviation {
            return Err(deviation.clone());
        }
        if is_permissive(&comparison.known.name)
            && let Some(deviation) = self.says_beside(&comparison.added)
        {
            return Err(deviation);
        }
        let mut found = vec![Found {
            what: What::Known(comparison.known.name.clone()),
            line: self.first_line(comparison),
            confidence: confidence(comparison),
        }];
        for range in &comparison.rest {
            let rest = self.of(range);
            if compare::is_harmless(rest.words) {
                // Words of a long list of holders are those of lines, too.
                if let Some(deviation) = self.says_beside(std::slice::from_ref(range)) {
                    return Err(deviation);
                }
                continue;
            }
            let other = parts.checked_sub(1).and_then(|parts| rest.examine(parts));
            let other = other.ok_or_else(|| Deviation::of(rest.words))?;
            for other in other {
                if let What::Modified { words, .. } = other.what {
                    return Err(Deviation {
                        line: other.line,
                        words,
                    });
                }
                found.push(other);
            }
        }
        found.sort_by_key(|found| found.line);
        Ok(found)
    }

    /// Statements of another licence, or of a condition, in lines with words that are not the licence's.
    fn says_beside(self, added: &[Range<usize>]) -> Option<Deviation> {
        let words = added.iter().flat_map(|range| &self.words[range.clone()]);
        let mut numbers: Vec<_> = words.map(|word| (word.line, word.holder)).collect();
        numbers.dedup();
        // Lines below one another are read together; those of holders by themselves.
        let runs = numbers.chunk_by(|(line, holder), (next, other)| {
            holder == other && (!holder || line == next) && *next <= line + 1
        });
        runs.into_iter().find_map(|run| {
            let (first, holder) = *run.first()?;
            let (last, _) = *run.last()?;
            let text = self.lines.get(first..=last)?.join("\n");
            let words = header::beside(&text, holder)?;
            Some(Deviation { line: first, words })
        })
    }

    /// The line in which a licence begins.
    fn first_line(self, comparison: &Comparison<'_>) -> usize {
        let skipped = comparison.rest.first().filter(|rest| rest.start == 0);
        let first = self.words.get(skipped.map_or(0, |rest| rest.end));
        first.map_or(0, |word| word.line)
    }
}

/// Percentage of a licence that was found.
fn confidence(comparison: &Comparison<'_>) -> u8 {
    let percent = comparison.shared * 100 / comparison.known.words.len().max(1);
    u8::try_from(percent).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIT: &str = include_str!("../../../../LICENSE-MIT");
    const APACHE: &str = include_str!("../../../../LICENSE-APACHE");

    fn names(text: &str) -> Vec<String> {
        let found = recognize(text).into_iter();
        let name = |found: Found| match found.what {
            What::Known(name) => name,
            What::Modified { nearest, .. } => format!("{nearest}, modified"),
            What::Unknown => "unknown".to_owned(),
            What::Silent => "silent".to_owned(),
        };
        found.map(name).collect()
    }

    #[test]
    fn texts_are_recognized_alone_and_in_one_file() {
        assert_eq!(names(MIT), ["MIT"]);
        assert_eq!(names(APACHE), ["Apache-2.0"]);
        let both = format!("{MIT}\n----------\nThe parser is by others:\n----------\n{APACHE}");
        assert_eq!(names(&both), ["MIT", "Apache-2.0"]);
        assert_eq!(names(&format!("{APACHE}\n\n{MIT}")), ["Apache-2.0", "MIT"]);
    }

    #[test]
    fn licences_of_one_family_are_told_apart_between_rules() {
        const BSD: &str = "Copyright (c) 2020 A\n\nRedistribution and use in source and binary forms, with or without\nmodification, are permitted provided that the following conditions are met:\n\n  a. Redistributions of source code must retain the above copyright notice,\n     this list of conditions and the following disclaimer.\n  b. Redistributions in binary form must reproduce the above copyright\n     notice, this list of conditions and the following disclaimer in the\n     documentation and/or other materials provided with the distribution.\n  c. Neither the name of A nor the names of its contributors\n     may be used to endorse or promote products derived from this software\n     without specific prior written permission.\n\nTHIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS \"AS IS\"\nAND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE\nIMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE\nARE DISCLAIMED. IN NO EVENT SHALL THE REGENTS OR CONTRIBUTORS BE LIABLE FOR\nANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL\nDAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR\nSERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER\nCAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT\nLIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY\nOUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH\nDAMAGE.\n";
        let rule = "-".repeat(80);
        let between =
            "Patches that were taken from the Quux project (https://example.org) are licensed as:";
        let three = format!("{BSD}\n{rule}\n\n{between}\n\n{BSD}\n{rule}\n\n{between}\n\n{BSD}");
        assert_eq!(names(&three), ["BSD-3-Clause"; 3]);
        let limited = three.replace(
            "that were taken",
            "for non-commercial use only that were taken",
        );
        assert_ne!(names(&limited), ["BSD-3-Clause"; 3]);
        // What is no licence between two rules still counts.
        for more in ["Commercial use is not permitted.", "For academic use only."] {
            let text = format!("{three}\n{rule}\n\n{more}\n");
            assert_ne!(names(&text), ["BSD-3-Clause"; 3], "{more}");
            let text = format!("{three}\n{more}\n");
            assert_ne!(names(&text), ["BSD-3-Clause"; 3], "{more}");
        }
    }

    #[test]
    fn an_unknown_text_is_not_taken_for_a_licence() {
        assert_eq!(names("Ask before you copy."), ["unknown"]);
        assert_eq!(
            names("Copyright 2020 A. Eclipse Public License 2.0"),
            ["unknown"]
        );
        assert_eq!(names(""), ["silent"]);
        assert_eq!(names("Copyright 2020 A\nAll rights reserved."), ["silent"]);
    }

    #[test]
    fn a_sentence_more_is_a_modified_licence_wherever_it_stands() {
        for sentence in [
            "Commercial use is not permitted.",
            "The Software may not be used, in whole or in part, for any commercial purpose.",
            "For academic use only.",
            "Students only.",
            "You must send the author a postcard.",
            "No military use.",
            "The Software shall be used for Good.",
            "This licence ends on 31 December 2020.",
            "Price: 100 EUR.",
            "Price: $100",
            "Postcards welcome.",
            "Works up to version 3.",
            "This licence is for Germany.",
            "Licensed to Example Inc.",
            "Plus EUPL 1.2.",
            "Plus Business Source License.",
            "Sleepycat License.",
            "Also under the Parity License.",
            "Shareware",
            "Commercieel gebruik is verboden.",
            "Kaupallinen käyttö on kielletty.",
            "Απαγορεύεται η εμπορική χρήση.",
            "Ticari kullanım yasaktır.",
            "상업적 사용을 금지합니다.",
            "Комерційне використання заборонено.",
            "يمنع الاستخدام التجاري.",
            "Kommersiell bruk er forbudt.",
            "UŻYCIE KOMERCYJNE ZABRONIONE",
            "商用利用はできません。",
            "From 2030 on:",
            "As of version 2.0:",
            "Old license:",
            "Formerly:",
            "Superseded",
            "Deprecated",
            "Withdrawn",
            "Expired 2020-01-01.",
            "QPL",
            "Valid for Germany, Austria, Switzerland, Liechtenstein, and Luxembourg.",
        ] {
            let title = format!("{sentence}\n\n{MIT}");
            let end = format!("{APACHE}\n\n{sentence}\n");
            let rule = format!("{MIT}\n=========\n{sentence}\n=========\n");
            let middle = MIT.replace("The above", &format!("{sentence}\n\nThe above"));
            let line = MIT.replace("(c) 2026", &format!("(c) 2026 A. {sentence}"));
            for text in [title, rule, middle] {
                assert_eq!(names(&text), ["MIT, modified"], "{sentence}");
            }
            assert_eq!(names(&end), ["Apache-2.0, modified"], "{sentence}");
            // In a line of names those of other languages and places can be names.
            if in_english(sentence) {
                assert_eq!(names(&line), ["MIT, modified"], "{sentence}");
            }
        }
    }

    /// True for sentences with an English word that counts in a copyright line, too.
    fn in_english(sentence: &str) -> bool {
        let first = sentence.split(' ').next().unwrap_or_default();
        [
            "Commercial",
            "The",
            "For",
            "Students",
            "You",
            "No",
            "Price:",
        ]
        .contains(&first)
    }

    #[test]
    fn a_ban_in_a_copyright_line_is_one_in_other_languages_too() {
        for (line, expected) in [
            ("Kaupallinen käyttö kielletty.", "MIT, modified"),
            ("商用禁止", "MIT, modified"),
            ("Banca Commerciale", "MIT"),
            ("J. Kun and V. Solo", "MIT"),
            ("Eclipse Public License 2.0", "MIT, modified"),
            ("under OSL 3.0", "MIT, modified"),
            ("Elastic License 2.0", "MIT, modified"),
            ("Commons Clause", "MIT, modified"),
            ("Valid for 30 days.", "MIT, modified"),
            ("Price: 100 dollar.", "MIT, modified"),
            ("Mozilla Foundation", "MIT"),
            ("Jane Price", "MIT"),
            ("Old Dominion University", "MIT"),
            ("Foo Inc. (formerly Bar Inc.)", "MIT"),
            ("株式会社サンプル", "MIT"),
        ] {
            let text = MIT.replace("(c) 2026", &format!("(c) 2026 A. {line}"));
            assert_eq!(names(&text), [expected], "{line}");
        }
    }

    #[test]
    fn a_text_about_other_parts_is_none_of_the_whole() {
        for line in [
            "Third-party parts:",
            "This is the license of the Foo library:",
        ] {
            for text in [format!("{line}\n\n{MIT}"), format!("{MIT}\n{line}\n")] {
                assert_eq!(names(&text), ["MIT, modified"], "{line}");
            }
            let both = format!("{MIT}\n{line}\n\n{APACHE}");
            assert_eq!(names(&both), ["MIT", "Apache-2.0"], "{line}");
        }
    }

    #[test]
    fn words_within_a_sentence_of_the_licence_are_a_modified_licence() {
        for (from, to) in [
            (
                "following conditions:",
                "following conditions, and to the same licence for derived works:",
            ),
            (
                "following conditions:",
                "following conditions and all of those in the file:",
            ),
            (
                "OR OTHER DEALINGS IN THE\nSOFTWARE.",
                "OR OTHER DEALINGS IN THE\nSOFTWARE and in all works of it.",
            ),
        ] {
            let text = MIT.replace(from, to);
            assert_ne!(text, MIT, "{from}");
            assert_eq!(names(&text), ["MIT, modified"], "{to}");
        }
    }

    #[test]
    fn harmless_sentences_beside_a_licence_change_nothing() {
        for sentence in [
            "Parts of this software are from Frobnicator, under the MIT licence.",
            "Parts of this software are from numpy, under the MIT license.",
            "The parser is by others.",
            "The \"frobnicator\" project is licensed under the terms of the MIT license.",
            "frobnicator-tools",
            "See https://example.org/ and AUTHORS.rst for the authors.",
            "This file is part of `frob`.",
            "----------",
        ] {
            for text in [
                format!("{sentence}\n\n{MIT}"),
                format!("{MIT}\n\n{sentence}\n"),
            ] {
                assert_eq!(names(&text), ["MIT"], "{sentence}");
            }
        }
        let wayland = MIT.replace(
            "permission notice shall",
            "permission notice (including the next\nparagraph) shall",
        );
        assert_ne!(wayland, MIT);
        assert_eq!(names(&wayland), ["MIT"]);
    }

    #[test]
    fn a_changed_word_that_matters_is_a_modified_licence() {
        for (from, to) in [
            ("is hereby granted", "is not granted"),
            ("free of charge, ", ""),
            (", sublicense, and/or sell", ""),
            ("any person", "any natural person, but no company,"),
            ("and/or sell\ncopies", "and/or give away copies"),
        ] {
            let text = MIT.replace(from, to);
            assert_ne!(text, MIT, "{from}");
            assert_eq!(names(&text), ["MIT, modified"], "{from}");
        }
    }

    #[test]
    fn names_titles_and_layout_change_nothing() {
        let title = format!("The Frobnicator\n===============\n\nThe MIT License (MIT)\n\n{MIT}");
        assert_eq!(names(&title), ["MIT"]);
        let intro = format!("Frobnicator is distributed under the MIT license:\n\n{MIT}");
        assert_eq!(names(&intro), ["MIT"]);
        let comment = MIT
            .lines()
            .map(|line| format!("# {line}\n"))
            .collect::<String>();
        assert_eq!(names(&comment), ["MIT"]);
        let one_line = MIT
            .replace("\n\n", "@")
            .replace('\n', " ")
            .replace('@', "\n\n");
        assert_eq!(names(&one_line), ["MIT"]);
        let holders = MIT.replace(
            "Copyright (c) 2026",
            "Copyright (c) 2026\n  Aric Frobisher <aric@example.org>\n  Dan Quux\nCopyright 2020",
        );
        assert_eq!(names(&holders), ["MIT"]);
    }
}
