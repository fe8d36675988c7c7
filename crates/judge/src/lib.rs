//! Judges: whether a response to an item is right.
//!
//! An answer is found in a response ([`answer`]), read as text, and never evaluated here. A judge ([`judge`])
//! decides about it, or says what has to be executed for the verdict, which the caller does.

pub mod answer;
pub mod call;
pub mod figure;
pub mod gold;
pub mod item;
pub mod judge;
pub mod look;
pub mod message;
pub mod probes;
mod reach;
pub mod text;
