//! Costs of tokens, from a table that the user maintains.

#![expect(
    clippy::disallowed_methods,
    reason = "the errors of this module name the path"
)]

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::model::Usage;
use crate::score::Score;

/// The prices of a million tokens.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    input: f64,
    output: f64,
    /// Of prompts that the server had in its cache; as `input` where it is left out.
    cached: Option<f64>,
}

/// Error of a price table.
#[derive(Debug, thiserror::Error)]
pub enum PricesError {
    /// The table cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// Path of the table.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// The file is not a table of prices.
    #[error("{}: {source}", path.display())]
    Form {
        /// Path of the table.
        path: PathBuf,
        /// Error in the table's content.
        source: toml::de::Error,
    },
    /// The table does not name the model.
    #[error("{} has no prices for {model}", path.display())]
    Unknown {
        /// Path of the table.
        path: PathBuf,
        /// Name of the model.
        model: String,
    },
}

impl Prices {
    /// A model's prices in a table.
    ///
    /// # Errors
    /// The file cannot be read, is not a table of prices, or does not name the model.
    pub fn load(path: &Path, model: &str) -> Result<Self, PricesError> {
        let owned = || path.to_owned();
        let text = std::fs::read_to_string(path).map_err(|source| PricesError::Read {
            path: owned(),
            source,
        })?;
        let mut table: BTreeMap<String, Self> =
            toml::from_str(&text).map_err(|source| PricesError::Form {
                path: owned(),
                source,
            })?;
        table.remove(model).ok_or_else(|| PricesError::Unknown {
            path: owned(),
            model: model.to_owned(),
        })
    }

    /// The cost of a score's tokens, where they were counted.
    #[must_use]
    pub fn cost(self, score: &Score) -> Option<f64> {
        score.usage.map(|usage| self.of(usage))
    }

    /// The cost of tokens.
    #[must_use]
    pub fn of(self, usage: Usage) -> f64 {
        let fresh = usage.input_tokens.saturating_sub(usage.cached_tokens) as f64;
        let cached = usage.cached_tokens as f64 * self.cached.unwrap_or(self.input);
        let output = usage.output_tokens as f64 * self.output;
        (fresh * self.input + cached + output) / 1e6
    }
}
