//! Judges: whether a response to an item is right.
//!
//! An answer is found in a response ([`answer`]), read as text, and never evaluated here. A judge ([`judge`])
//! decides about it, or says what has to be executed for the verdict, which the caller does.
//!
//! ```
//! use tracestone_judge::gold::{Gold, Step};
//! use tracestone_judge::message::Stop;
//!
//! let row = r#"{"kind": "state", "answer": "{1, 2}"}"#;
//! let gold: Gold = serde_json::from_str(row)?;
//! let Step::Decided(verdict) = gold.look("It is then **{2, 1}**.", Stop::Stop)? else {
//!     unreachable!("a literal is decided without execution");
//! };
//! assert_eq!(verdict.credit, 1.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod answer;
pub mod call;
pub mod figure;
pub mod gold;
pub mod item;
pub mod judge;
mod large;
pub mod look;
pub mod message;
pub mod probes;
mod reach;
pub mod seen;
pub mod text;
