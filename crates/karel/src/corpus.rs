//! The description of a dataset: the file `corpus.json` in its folder.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracestone_record::Split;

use crate::draw::Settings;
use crate::fairness::Comparison;
use crate::parts::Unseen;
use crate::scm::Scm;
use crate::semantics::Semantics;
use crate::text::{Mode, Output};
use crate::world::Action;

/// The version of this layout.
pub const SCHEMA: u32 = 1;

/// A dataset's description.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Corpus {
    /// The version of this layout.
    pub schema: u32,
    /// The program that wrote the dataset.
    pub tool: String,
    /// The version of the generator.
    pub generator: u32,
    /// The task that a text sets.
    pub mode: Mode,
    /// The form of a final world.
    pub end: Output,
    /// The settings that programs and worlds were drawn with.
    pub settings: Settings,
    /// The most steps of a run.
    pub max_steps: u32,
    /// The texts of each part of the split.
    pub texts: BTreeMap<Split, u64>,
    /// The parts that have a ledger.
    pub ledgers: Vec<Split>,
    /// The rows of all ledgers.
    pub ledger_rows: u64,
    /// The programs that were drawn and not written.
    pub left_out: LeftOut,
    /// Length of the longest text in tokens.
    pub longest: usize,
    /// Number of tokens in all texts.
    pub words_total: u64,
    /// The vocabulary, in the order of its ids.
    pub words: Vec<String>,
    /// Name of the semantics under which the texts were executed.
    pub written_under: String,
    /// The semantics of the ledgers, starting with the one above.
    pub semantics: Vec<Meaning>,
    /// The variables of the ledgers, each with its explanation.
    pub variables: BTreeMap<String, String>,
    /// Entropy of each variable's labels in bits, by semantics.
    pub entropies: BTreeMap<String, BTreeMap<String, f64>>,
    /// Programs of the parts, and what they have in common.
    #[serde(default)]
    pub unseen: Unseen,
    /// The comparison of these entropies.
    pub fairness: FairnessReport,
    /// The structural causal model of the data.
    pub scm: Scm,
}

/// The numbers of programs that were left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// Programs that had been drawn before.
    pub duplicates: u64,
    /// Programs whose run was not over in time.
    pub out_of_steps: u64,
}

/// Semantics, with the action of each instruction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Meaning {
    /// Name of the semantics.
    pub id: String,
    /// The action of each instruction; an instruction that is not listed does what it says.
    pub meaning: BTreeMap<Action, Action>,
}

/// The comparison of how hard labels are to guess.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FairnessReport {
    /// The number of programs whose labels were counted.
    pub programs: usize,
    /// A comparison for each variable and each of the other semantics.
    pub comparisons: Vec<Comparison>,
    /// True if the dataset was written although a comparison is unequal.
    pub forced: bool,
}

impl Corpus {
    /// The file's text: keys in alphabetical order, with a final newline.
    ///
    /// # Errors
    /// A number has no form in JSON, which those of a drawn dataset have.
    pub fn to_text(&self) -> serde_json::Result<String> {
        let mut text = serde_json::to_string_pretty(&serde_json::to_value(self)?)?;
        text.push('\n');
        Ok(text)
    }
}

impl From<&Semantics> for Meaning {
    fn from(semantics: &Semantics) -> Self {
        Self {
            id: semantics.id.clone(),
            meaning: Action::ALL
                .into_iter()
                .map(|word| (word, semantics.of(word)))
                .collect(),
        }
    }
}

impl From<&Meaning> for Semantics {
    fn from(meaning: &Meaning) -> Self {
        let done = |word: Action| meaning.meaning.get(&word).copied().unwrap_or(word);
        Self::new(&meaning.id, Action::ALL.map(done))
    }
}

/// The JSON Schema of the file, pretty-printed, with a final newline.
#[must_use]
pub fn corpus_schema() -> String {
    let schema = schemars::schema_for!(Corpus);
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meanings_come_back_as_they_were_written() {
        for name in ["original", "paper-3", "paper-11", "mine:move=turn_left"] {
            let semantics = Semantics::from_name(name).unwrap();
            let text = serde_json::to_string(&Meaning::from(&semantics)).unwrap();
            let meaning: Meaning = serde_json::from_str(&text).unwrap();
            assert_eq!(Semantics::from(&meaning), semantics, "{text}");
        }
        let partial = r#"{"id":"swapped","meaning":{"move":"turn_left"}}"#;
        let meaning: Meaning = serde_json::from_str(partial).unwrap();
        let semantics = Semantics::from(&meaning);
        assert_eq!(semantics.of(Action::Move), Action::TurnLeft);
        assert_eq!(semantics.of(Action::TurnRight), Action::TurnRight);
    }
}
