//! The description of a dataset of Python texts: the file `corpus.json` in its folder.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tracestone_record::Split;

/// Name of the states of the same program on another input: right for the form of a text, wrong for its run.
pub(crate) const OTHER_INPUT: &str = "another input";

/// A dataset's description.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PythonCorpus {
    /// The language of the programs: always `python`.
    pub language: String,
    /// The program that wrote the dataset.
    pub tool: String,
    /// Hash of the `tokenizer.json` that the ids are of.
    pub tokenizer: String,
    /// Number of token ids.
    pub vocabulary: usize,
    /// True if texts are conversations in the model's chat template.
    pub chat: bool,
    /// Style of the prompts.
    pub prompt: String,
    /// Kinds of the samples.
    pub kinds: Vec<String>,
    /// Number of places of a text at most.
    pub places: usize,
    /// Shares of the groups in each part of the split, where the store's own split was not kept.
    pub shares: Option<[u32; 3]>,
    /// Texts by part of the split.
    pub texts: BTreeMap<Split, u64>,
    /// Pairs of runs for patches.
    pub cases: u64,
    /// Rows of all ledgers.
    pub ledger_rows: u64,
    /// Length of the longest text in tokens.
    pub longest: usize,
    /// Number of tokens in all texts.
    pub tokens: u64,
    /// Tokens that the tokenizer puts before a text.
    pub leading: usize,
    /// Number of texts, places and cases that were left out, by reason.
    pub left_out: BTreeMap<String, u64>,
    /// The semantics of the ledgers: the run of the text, and the same program on another input.
    pub semantics: Vec<String>,
    /// The variables of the ledgers, each with its explanation.
    pub variables: BTreeMap<String, String>,
    /// Entropy of each variable's labels in bits, by semantics, over the places that have both.
    pub entropies: BTreeMap<String, BTreeMap<String, f64>>,
}
