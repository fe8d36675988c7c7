//! Files that describe a mix.

use std::collections::BTreeMap;

use serde::Deserialize;
use tracestone_record::{InputKind, SampleKind};

use crate::Fact;
use crate::choice::{Band, Choice, DEFAULT_MIX, Limits, Per, Shares, Trivial};
use crate::range::{Interval, RangeError, Where};
use crate::share::Share;

/// Error in a file that describes a mix.
#[derive(Debug, thiserror::Error)]
pub enum MixError {
    /// The text is no TOML, or has an unknown or missing field.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// A limit is unknown or no share.
    #[error("[limits]: {0}")]
    Limits(toml::de::Error),
    /// The limits are neither a table nor a known name.
    #[error("limits = {0} is not known; write limits = \"default\", or a table [limits]")]
    Named(String),
    /// A condition has a bad name or range.
    #[error("[where]: {0}")]
    Where(#[from] RangeError),
    /// The shares are more than the whole.
    #[error("the shares of {what} add up to {sum}, which is more than 1")]
    Sum {
        /// `kinds` or `difficulty`.
        what: &'static str,
        /// Sum of the shares.
        sum: f64,
    },
    /// The shares are less than the whole, so that nobody could tell what the rest is.
    #[error(
        "the shares of {what} add up to {sum}; they must add up to 1, since what is not named is left out"
    )]
    Less {
        /// `kinds` or `difficulty`.
        what: &'static str,
        /// Sum of the shares.
        sum: f64,
    },
    /// Two bands of difficulty share a value.
    #[error("the bands {0} and {1} of [[difficulty]] overlap")]
    Overlap(Interval, Interval),
}

/// The file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    seed: u64,
    rows: Option<u64>,
    #[serde(default)]
    kinds: BTreeMap<SampleKind, Share>,
    #[serde(default)]
    difficulty: Vec<Band>,
    /// A table, or `default` for those of the default mix.
    limits: Option<toml::Value>,
    #[serde(default)]
    max_per: BTreeMap<Per, u64>,
    #[serde(default, rename = "where")]
    conditions: BTreeMap<String, String>,
    #[serde(default)]
    origin: Vec<InputKind>,
    #[serde(default)]
    trivial: Trivial,
}

/// Reads the text of a file; `name` is what cards call the mix.
///
/// # Errors
/// The text is not a valid mix.
pub fn parse(name: &str, text: &str) -> Result<Choice, MixError> {
    let file: File = toml::from_str(text)?;
    whole("kinds", file.kinds.values().copied())?;
    whole("difficulty", file.difficulty.iter().map(|band| band.share))?;
    for (index, band) in file.difficulty.iter().enumerate() {
        let overlaps = |other: &&Band| {
            let (one, two) = (band.range, other.range);
            one.from <= two.to.unwrap_or(u32::MAX) && two.from <= one.to.unwrap_or(u32::MAX)
        };
        if let Some(other) = file.difficulty[index + 1..].iter().find(overlaps) {
            return Err(MixError::Overlap(band.range, other.range));
        }
    }
    let conditions = file.conditions.iter().map(|(fact, interval)| {
        Ok(Where {
            fact: Fact::from_name(fact).ok_or_else(|| RangeError::Fact(fact.clone()))?,
            interval: interval.parse()?,
        })
    });
    let conditions = conditions.collect::<Result<Vec<_>, RangeError>>()?;
    let has_shares = !file.kinds.is_empty() || !file.difficulty.is_empty() || file.rows.is_some();
    Ok(Choice {
        difficulty: None,
        mix: Some(name.to_owned()),
        seed: file.seed,
        origins: file.origin,
        trivial: file.trivial,
        conditions,
        max_per: file.max_per,
        limits: file.limits.map(limits).transpose()?,
        shares: has_shares.then_some(Shares {
            kinds: file.kinds,
            difficulty: file.difficulty,
            rows: file.rows,
        }),
    })
}

fn limits(value: toml::Value) -> Result<Limits, MixError> {
    match value {
        toml::Value::String(name) if name == DEFAULT_MIX => Ok(Limits::good()),
        toml::Value::Table(table) => table.try_into().map_err(MixError::Limits),
        other => Err(MixError::Named(other.to_string())),
    }
}

/// Checks that shares add up to 1, give or take what three digits of each lose.
fn whole(what: &'static str, shares: impl Iterator<Item = Share>) -> Result<(), MixError> {
    let (mut sum, mut count) = (0.0, 0.0);
    for share in shares {
        sum += f64::from(share);
        count += 1.0;
    }
    let slack = 0.001 * count;
    if sum > 1.0 + slack {
        Err(MixError::Sum { what, sum })
    } else if count > 0.0 && sum < 1.0 - slack {
        Err(MixError::Less { what, sum })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read() {
        let text = r#"
            seed = 7
            rows = 1000
            origin = ["doctest", "assertion"]
            trivial = "drop"
            limits = "default"
            [kinds]
            state = 0.5
            output = 0.5
            [[difficulty]]
            range = "0..40"
            share = 0.25
            [[difficulty]]
            range = "41..100"
            share = 0.75
            [max_per]
            program = 20
            [where]
            steps = "10..200"
        "#;
        let choice = parse("m.toml", text).unwrap();
        assert_eq!(choice.mix.as_deref(), Some("m.toml"));
        assert_eq!(choice.limits, Some(Limits::good()));
        assert_eq!(choice.conditions[0].to_string(), "steps=10..200");
        assert_eq!(choice.max_per[&Per::Program], 20);
        assert_eq!(choice.shares.unwrap().difficulty.len(), 2);
    }

    #[test]
    fn errors_say_what_is_wrong() {
        for (text, part) in [
            ("[kinds]\nstate = 0.7\noutput = 0.5", "add up to 1.2"),
            (
                "[kinds]\nstate = 0.7",
                "add up to 0.7; they must add up to 1",
            ),
            ("[kinds]\nstat = 1.0", "unknown variant `stat`"),
            ("[where]\nstops = \"1..\"", "no fact is called `stops`"),
            ("[where]\nsteps = \"a..\"", "`a..` is not a range"),
            ("sed = 1", "unknown field `sed`"),
            ("limits = { trivial = 2.0 }", "[limits]: 2 is not a share"),
            ("limits = \"good\"", "limits = \"good\" is not known"),
            (
                "[[difficulty]]\nrange = \"0..50\"\nshare = 0.5\n[[difficulty]]\nrange = \"50..\"\nshare = 0.5",
                "0..50 and 50.. of [[difficulty]] overlap",
            ),
        ] {
            let error = parse("m.toml", text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn limits_can_be_a_table() {
        let choice = parse("m", "[limits]\ntrivial = 0.1\nat_least = 0").unwrap();
        let limits = choice.limits.unwrap();
        assert_eq!(limits.trivial, Some(Share::percent(10)));
        assert_eq!(limits.at_least, 0);
        assert_eq!(limits.answer, None);
    }
}
