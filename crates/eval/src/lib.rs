//! Scores language models on questions whose answers were executed.
//!
//! A [`task::Task`] says which [`item::Item`]s are asked with which prompt, and which
//! [`judge::Judge`] decides. [`schedule`] asks a [`model::Model`] and appends every answer to the
//! run's [`log`] before it counts. [`judging`] turns answers into verdicts, [`stats`] verdicts into
//! numbers with intervals, and [`report`] numbers into files and pages. Asking and judging are apart:
//! a run is judged again without asking again.
//!
//! ```
//! use tracestone_eval::item::{Side, from_cruxeval};
//! use tracestone_eval::judge::{Judgement, by_name};
//!
//! let row = r#"{"id": "sample_0", "code": "def f(x):\n    return [x]", "input": "1", "output": "[1]"}"#;
//! let item = &from_cruxeval(row, Side::Output)?[0];
//! let judge = by_name("literal").expect("a judge of literals");
//! let Judgement::Decided(verdict) = judge.judge(item, "[ 1 ]") else {
//!     unreachable!("a literal is decided without execution");
//! };
//! assert_eq!(verdict.credit, 1.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod answer;
pub mod batching;
pub mod call;
pub mod claims;
pub mod compat;
pub mod gather;
pub mod item;
pub mod judge;
pub mod judging;
pub mod log;
pub mod model;
pub mod own;
pub mod prices;
pub mod probe;
pub mod references;
pub mod report;
pub mod responses;
pub mod run;
pub mod schedule;
pub mod score;
pub mod task;

pub use tracestone_stats as stats;
