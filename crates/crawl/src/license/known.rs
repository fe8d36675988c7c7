//! The known licence texts: those of the SPDX list, and a few common variants of them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use spdx::detection::Store;

use super::words::{self, Word};

/// Minimal length in words of a text that can be identified.
const MIN_WORDS: usize = 12;
/// Minimal fraction of a licence's word groups that a text must contain to be compared word by word.
const MIN_SHARED: f64 = 0.6;
/// Maximal number of licences compared word by word.
const MAX_CANDIDATES: usize = 8;
/// Number that represents every word that no known licence has.
const UNKNOWN: u32 = u32::MAX >> 12;

/// A variant of a licence's text: the licence, and the replacements of its words.
type Variant = (&'static str, &'static [(&'static str, &'static str)]);

/// Variants that are in wide use and that tools such as ScanCode give the same name.
const VARIANTS: &[Variant] = &[
    (
        "BSD-3-Clause",
        &[(
            "neither the name of the copyright holder nor the names of its contributors may be",
            "the name of the author may not be",
        )],
    ),
    (
        "BSD-3-Clause",
        &[(
            "neither the name of the copyright holder nor the names of its contributors may be",
            "the names of its contributors may not be",
        )],
    ),
    // Of X.Org and Wayland.
    (
        "MIT",
        &[(
            "copyright notice and this permission notice shall",
            "copyright notice and this permission notice including the next paragraph shall",
        )],
    ),
    // Of the Apache Software Foundation, and of Elasticsearch.
    (
        "Apache-2.0",
        &[(
            "licensed under the apache license version the license you may",
            "licensed to the apache software foundation asf under one or more contributor license agreements see the notice file distributed with this work for additional information regarding copyright ownership the asf licenses this file to you under the apache license version the license you may",
        )],
    ),
    // Of Flask and many projects around it, before 2018.
    (
        "BSD-3-Clause",
        &[
            (
                "source and binary forms with",
                "source and binary forms of the software as well as documentation with",
            ),
            (
                "neither the name of the copyright holder nor the names of its contributors may be",
                "the names of the contributors may not be",
            ),
            (
                "this software is provided",
                "this software and documentation is provided",
            ),
            (
                "use of this software even",
                "use of this software and documentation even",
            ),
        ],
    ),
];

/// One known text.
pub(super) struct Known {
    /// SPDX identifier of the licence.
    pub(super) name: String,
    /// Its words, by their numbers.
    pub(super) words: Vec<u32>,
    /// Index at which its terms end and the advice on its use begins.
    pub(super) end: usize,
}

/// Line between the terms of a licence and the advice on its use.
const END: [&str; 4] = ["end", "of", "terms", "and"];

/// All known texts.
pub(super) struct Index {
    numbers: HashMap<String, u32>,
    spelled: Vec<String>,
    texts: Vec<Known>,
    /// For each group of words, the texts that contain it, sorted, one entry per occurrence.
    grams: Vec<(u64, u32)>,
}

/// The texts of the SPDX list, which the crate brings along.
pub(super) static INDEX: LazyLock<Index> = LazyLock::new(Index::load);

impl Index {
    fn load() -> Self {
        let store = Store::load_inline().unwrap_or_default();
        // The crate's order is random.
        let entries: BTreeMap<_, _> = store.iter().collect();
        let mut index = Self {
            numbers: HashMap::new(),
            spelled: Vec::new(),
            texts: Vec::new(),
            grams: Vec::new(),
        };
        for (name, entry) in entries {
            // A licence's notice stands for the licence.
            let texts = std::iter::once(&entry.original).chain(&entry.alternates);
            for text in texts.chain(&entry.headers) {
                let words = own_words(&text.lines().join("\n"));
                index.add(name, &words);
                for (_, changes) in VARIANTS.iter().filter(|(of, _)| of == name) {
                    index.add(name, &varied(&words, changes));
                }
            }
        }
        let texts = (0..).zip(&index.texts);
        let grams = texts.flat_map(|(number, known)| {
            known
                .words
                .windows(3)
                .map(move |words| (gram(words), number))
        });
        index.grams = grams.collect();
        index.grams.sort_unstable();
        index
    }

    fn add(&mut self, name: &str, words: &[String]) {
        if words.len() < MIN_WORDS {
            return;
        }
        let end = words.windows(END.len()).position(|words| words == END);
        let numbers = words.iter().map(|word| self.intern(word)).collect();
        self.texts.push(Known {
            name: name.to_owned(),
            end: end.unwrap_or(words.len()),
            words: numbers,
        });
    }

    fn intern(&mut self, word: &str) -> u32 {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        let number = u32::try_from(self.spelled.len()).unwrap_or(UNKNOWN);
        self.numbers.insert(word.to_owned(), number);
        self.spelled.push(word.to_owned());
        number
    }

    /// Spelling of a numbered word.
    pub(super) fn spelled(&self, number: u32) -> &str {
        self.spelled.get(number as usize).map_or("", String::as_str)
    }

    /// Numbers of a text's words; all words that no licence has share one.
    pub(super) fn numbers(&self, words: &[Word]) -> Vec<u32> {
        let number = |word: &Word| self.numbers.get(&word.text).copied().unwrap_or(UNKNOWN);
        words.iter().map(number).collect()
    }

    /// The licences that a text most likely holds, the likeliest first.
    pub(super) fn candidates(&self, text: &[u32]) -> Vec<&Known> {
        let grams: HashSet<u64> = text.windows(3).map(gram).collect();
        let mut counts = vec![0_usize; self.texts.len()];
        for gram in grams {
            let first = self.grams.partition_point(|(other, _)| *other < gram);
            let same = self.grams[first..]
                .iter()
                .take_while(|(other, _)| *other == gram);
            same.for_each(|(_, text)| counts[*text as usize] += 1);
        }
        let mut likely: Vec<(i64, &Known)> = Vec::new();
        for (known, shared) in self.texts.iter().zip(counts) {
            let total = known.words.len().saturating_sub(2);
            if shared as f64 >= total as f64 * MIN_SHARED {
                likely.push((2 * shared as i64 - total as i64, known));
            }
        }
        let order = |(score, known): &(i64, &Known)| (-score, known.name.len(), known.name.clone());
        likely.sort_by_key(order);
        likely.truncate(MAX_CANDIDATES);
        likely.into_iter().map(|(_, known)| known).collect()
    }
}

/// Hash of three words.
fn gram(words: &[u32]) -> u64 {
    words
        .iter()
        .fold(0, |gram, word| gram << 21 | u64::from(*word))
}

/// Words of a known text, without its copyright lines.
fn own_words(text: &str) -> Vec<String> {
    let mut kept = String::new();
    for line in text.lines() {
        if !words::is_copyright_line(line) {
            kept.push_str(line);
        }
        kept.push('\n');
    }
    words::words(&kept)
        .into_iter()
        .map(|word| word.text)
        .collect()
}

fn varied(words: &[String], changes: &[(&str, &str)]) -> Vec<String> {
    let text = format!(" {} ", words.join(" "));
    let text = changes.iter().fold(text, |text, (from, to)| {
        text.replace(&format!(" {from} "), &format!(" {to} "))
    });
    text.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_differs_from_its_licence_in_each_of_its_changes() {
        for (name, changes) in VARIANTS {
            let known = INDEX
                .texts
                .iter()
                .find(|known| known.name == *name)
                .unwrap();
            let words: Vec<_> = known
                .words
                .iter()
                .map(|word| INDEX.spelled(*word))
                .collect();
            let text = format!(" {} ", words.join(" "));
            for (from, _) in *changes {
                assert!(text.contains(&format!(" {from} ")), "{name}: {from}");
            }
        }
    }
}
