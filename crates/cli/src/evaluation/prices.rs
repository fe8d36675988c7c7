//! What tokens cost, by a table that the user keeps.

use std::collections::BTreeMap;

use serde::Deserialize;
use tracestone_eval::score::Score;

use crate::args::ModelArgs;
use crate::failure::{Failure, Hint as _};

/// The prices of a million tokens.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Prices {
    input: f64,
    output: f64,
    /// Of prompts that the server had in its cache; as `input` where it is left out.
    cached: Option<f64>,
}

/// The typed model's prices.
pub(crate) fn load(args: &ModelArgs) -> Result<Option<Prices>, Failure> {
    let Some(path) = &args.prices else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    let mut table: BTreeMap<String, Prices> = toml::from_str(&text).hint(
        "a price table is TOML: [\"openai/NAME\"] with input = .. and output = .., for a million tokens",
    )?;
    match table.remove(args.model.as_str()) {
        Some(prices) => Ok(Some(prices)),
        None => Err(Failure::new(format!(
            "{} has no prices for {}",
            path.display(),
            args.model
        ))),
    }
}

impl Prices {
    /// The cost of a score's tokens, where they were counted.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub(crate) fn cost(self, score: &Score) -> Option<f64> {
        let usage = score.usage?;
        let fresh = usage.input_tokens.saturating_sub(usage.cached_tokens) as f64;
        let cached = usage.cached_tokens as f64 * self.cached.unwrap_or(self.input);
        let output = usage.output_tokens as f64 * self.output;
        Some((fresh * self.input + cached + output) / 1e6)
    }
}
