//! Texts for training and evaluation: a prompt and its completion, as token ids.

use std::io::{BufRead as _, BufReader};
use std::path::Path;

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;
use tracestone_files::{self as files, FileError};

use crate::activations::Spot;
use crate::error::{InterpError, Result};
use crate::vocabulary::Vocabulary;

/// A line of a `.jsonl` file: prompt and completion as text, or as ids from a model's own tokenizer.
#[derive(Deserialize)]
struct Line {
    id: String,
    #[serde(default)]
    prompt: String,
    #[serde(default)]
    completion: String,
    #[serde(default)]
    ids: Option<Vec<u32>>,
    /// Number of ids of the prompt, those before the text included; all, if this is left out.
    #[serde(default)]
    prompt_tokens: Option<usize>,
    /// Number of ids before the text, such as `<bos>`.
    #[serde(default)]
    leading: usize,
}

/// Texts, stored in one row.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    names: Vec<String>,
    words: Vec<u32>,
    /// Offset of each text in the tokens; one more at the end.
    starts: Vec<usize>,
    /// Number of prompt tokens of each text, `<bos>` included.
    prompts: Vec<usize>,
    /// Number of tokens before each text, such as `<bos>`.
    leading: Vec<usize>,
}

impl Texts {
    /// Reads a `.jsonl` file. Texts become `<bos> prompt completion <eos>`; lists of ids are used unchanged.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or a line is not a text of this vocabulary.
    pub fn read(
        path: &Path,
        vocabulary: Option<&Vocabulary>,
        limit: Option<usize>,
    ) -> Result<Self> {
        let file = files::open(path)?;
        let mut texts = Self::default();
        let lines = BufReader::new(file).lines().enumerate();
        for (number, line) in lines.take(limit.unwrap_or(usize::MAX)) {
            let line = line.map_err(FileError::at("read", path))?;
            let at = |why: &dyn std::fmt::Display| {
                InterpError::format(path, format!("line {}: {why}", number + 1))
            };
            let line: Line = serde_json::from_str(&line).map_err(|e| at(&e))?;
            match (line.ids, vocabulary) {
                (Some(ids), _) => {
                    let prompt = line.prompt_tokens.unwrap_or(ids.len());
                    if ids.is_empty() || prompt == 0 || prompt > ids.len() || line.leading > prompt
                    {
                        return Err(at(&format!(
                            "{} ids cannot have {prompt} of a prompt and {} before the text",
                            ids.len(),
                            line.leading
                        )));
                    }
                    texts.push_led(line.id, &ids, prompt, line.leading);
                }
                (None, Some(vocabulary)) => {
                    let mut ids = vec![vocabulary.begin];
                    ids.extend(vocabulary.encode(&line.prompt).map_err(|e| at(&e))?);
                    let prompt = ids.len();
                    ids.extend(vocabulary.encode(&line.completion).map_err(|e| at(&e))?);
                    ids.push(vocabulary.end);
                    texts.push(line.id, &ids, prompt);
                }
                (None, None) => {
                    return Err(at(
                        &"the model's tokenizer is not word-level, so the text must be given as \"ids\"",
                    ));
                }
            }
        }
        if texts.is_empty() {
            return Err(InterpError::format(path, "it holds no text"));
        }
        Ok(texts)
    }

    /// Adds a text whose first `prompt` tokens are the prompt.
    pub fn push(&mut self, name: String, ids: &[u32], prompt: usize) {
        self.push_led(name, ids, prompt, 1);
    }

    /// Adds a text with `leading` tokens before it, which belong to the prompt.
    fn push_led(&mut self, name: String, ids: &[u32], prompt: usize, leading: usize) {
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        self.names.push(name);
        self.words.extend_from_slice(ids);
        self.starts.push(self.words.len());
        self.prompts.push(prompt);
        self.leading.push(leading);
    }

    /// The number of texts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// True if there are no texts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// A text's name.
    #[must_use]
    pub fn name(&self, text: usize) -> &str {
        &self.names[text]
    }

    /// Token ids of a text.
    #[must_use]
    pub fn words(&self, text: usize) -> &[u32] {
        &self.words[self.starts[text]..self.starts[text + 1]]
    }

    /// Number of prompt tokens of a text.
    #[must_use]
    pub fn prompt(&self, text: usize) -> usize {
        self.prompts[text]
    }

    /// Number of tokens before a text, such as `<bos>`.
    #[must_use]
    pub fn leading(&self, text: usize) -> usize {
        self.leading[text]
    }

    /// Every token of every text, without those before it.
    #[must_use]
    pub fn spots(&self) -> Vec<Spot> {
        let each = (0..self.len()).flat_map(|text| {
            let positions = self.leading(text)..self.words(text).len();
            positions.map(move |position| Spot { text, position })
        });
        each.collect()
    }

    /// The length of the longest text.
    #[must_use]
    pub fn longest(&self) -> usize {
        (0..self.len())
            .map(|text| self.words(text).len())
            .max()
            .unwrap_or(0)
    }

    /// Some of the texts as one batch, filled up with `pad` at the end.
    #[must_use]
    pub fn batch(&self, texts: &[usize], pad: u32) -> Batch {
        let longest = texts.iter().map(|text| self.words(*text).len()).max();
        let mut batch = Batch {
            time: longest.unwrap_or(1).max(1),
            ..Batch::default()
        };
        for (row, text) in texts.iter().enumerate() {
            let words = self.words(*text);
            batch.ids.extend_from_slice(words);
            batch.ids.resize((row + 1) * batch.time, pad);
            // The last given word predicts the first word of the completion, and so on.
            for (at, word) in words.iter().enumerate().skip(self.prompts[*text]) {
                batch.rows.push(row * batch.time + at - 1);
                batch.targets.push(*word);
                batch.owners.push(row);
            }
        }
        batch
    }
}

/// Texts as a model reads them.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// The ids, text after text.
    pub ids: Vec<u32>,
    /// The length of every text.
    pub time: usize,
    /// Rows whose next token belongs to a completion.
    pub rows: Vec<usize>,
    /// Id of that next token.
    pub targets: Vec<u32>,
    /// Index within the batch of the text of each such row.
    pub owners: Vec<usize>,
}

/// The order in which texts are trained on: every text once in each round, shuffled by the seed and the
/// round's number, so that any step's texts can be found without the steps before.
#[derive(Debug)]
pub struct Order {
    seed: u64,
    count: usize,
    round: Option<(usize, Vec<usize>)>,
}

impl Order {
    /// The order of `count` texts.
    #[must_use]
    pub fn new(count: usize, seed: u64) -> Self {
        Self {
            seed,
            count,
            round: None,
        }
    }

    /// The texts from place `start` on.
    pub fn texts(&mut self, start: usize, size: usize) -> Vec<usize> {
        (start..start + size)
            .map(|place| {
                let (round, at) = (place / self.count, place % self.count);
                self.round(round)[at]
            })
            .collect()
    }

    fn round(&mut self, round: usize) -> &[usize] {
        if self.round.as_ref().is_none_or(|(known, _)| *known != round) {
            let mut random = ChaCha8Rng::seed_from_u64(self.seed);
            random.set_stream(round as u64 + 1);
            let mut order: Vec<usize> = (0..self.count).collect();
            order.shuffle(&mut random);
            self.round = Some((round, order));
        }
        self.round.as_ref().map_or(&[], |(_, order)| order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_asks_for_the_words_of_the_completion() {
        let mut texts = Texts::default();
        texts.push("a".to_owned(), &[1, 5, 6, 7, 2], 3);
        texts.push("b".to_owned(), &[1, 5, 2], 2);
        let batch = texts.batch(&[0, 1], 0);
        assert_eq!(batch.ids, [1, 5, 6, 7, 2, 1, 5, 2, 0, 0]);
        assert_eq!(batch.rows, [2, 3, 6]);
        assert_eq!(batch.targets, [7, 2, 2]);
        assert_eq!(batch.owners, [0, 0, 1]);
    }

    #[test]
    fn every_round_has_every_text_once_and_can_be_entered_anywhere() {
        let mut order = Order::new(7, 3);
        let all = order.texts(0, 21);
        for round in all.chunks(7) {
            let mut sorted = round.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 4, 5, 6]);
        }
        assert_eq!(Order::new(7, 3).texts(5, 9), all[5..14]);
        assert_ne!(Order::new(7, 4).texts(0, 21), all);
    }
}
