//! The latent ledger: what is true inside a run at each place of a text about it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Role of a variable in the causal model of the data.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LatentKind {
    /// Chosen before anything runs: the start.
    Exogenous,
    /// A state that the run goes through and the text does not show.
    Latent,
    /// Written in the text.
    Observed,
}

impl LatentKind {
    /// All kinds, in order.
    pub const ALL: [Self; 3] = [Self::Exogenous, Self::Latent, Self::Observed];

    /// Name in ledgers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exogenous => "exogenous",
            Self::Latent => "latent",
            Self::Observed => "observed",
        }
    }

    /// Kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One row: after this place of a text has been read, the variable has this value.
///
/// Rows of a ledger are sorted by [`LedgerRow::place`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LedgerRow {
    /// The text: the `id` of a line of the dataset, or of a sample.
    pub sample: String,
    /// The token that was just read, counted from 0 over prompt and completion. Left out where the text has
    /// no tokens of its own, as for Python.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<u32>,
    /// The offset in bytes at which that place ends: in prompt, a separator and completion.
    pub byte: u32,
    /// Steps of the run that are done then; 0 at the start.
    pub step: i32,
    /// Name of the variable.
    pub variable: String,
    /// Its value as text.
    pub value: String,
    /// Role of the variable in the causal model.
    pub kind: LatentKind,
    /// Semantics of the run: `original`, the name of other semantics, or `python`.
    pub semantics: String,
}

impl LedgerRow {
    /// Sort key of ledgers: sample, token, byte, step, variable, semantics.
    #[must_use]
    pub fn place(&self) -> (&str, Option<u32>, u32, i32, &str, &str) {
        (
            &self.sample,
            self.token,
            self.byte,
            self.step,
            &self.variable,
            &self.semantics,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_words() {
        for kind in LatentKind::ALL {
            assert_eq!(LatentKind::from_name(kind.name()), Some(kind));
            assert_eq!(serde_json::json!(kind), kind.name());
        }
    }
}
