//! Selections of samples: conditions on facts, largest numbers and shares, and the default mix of an export.
//!
//! Pure and deterministic: a selection depends on the samples, the rules and the seed, never on the order of work.
//! Every sample that is left out has a [`Rule`] that did it.
//!
//! ```
//! use tracestone_mix::{Choice, Where};
//!
//! let condition: Where = "steps=10..200".parse()?;
//! let choice = Choice { conditions: vec![condition], ..Choice::good() };
//! assert!(!choice.takes_all());
//! # Ok::<(), tracestone_mix::RangeError>(())
//! ```

pub mod bias;
mod choice;
pub mod difficulty;
mod fact;
mod file;
pub mod fit;
mod limits;
mod range;
mod select;
mod sentences;
mod share;
mod shares;
pub mod tokens;

pub use choice::{Band, Choice, DEFAULT_MIX, Limits, Per, Rule, Shares, Trivial};
pub use fact::{FACTS, Fact, Narrow, Sign, Signs};
pub use file::{MixError, parse};
pub use range::{Interval, RangeError, Where};
pub use select::{Candidate, Selected, Selector};
pub use share::{Share, ShareError};
