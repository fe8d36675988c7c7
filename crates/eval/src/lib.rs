//! Scores language models on questions whose answers were executed.
//!
//! A [`task::Task`] says which [`item::Item`]s are asked with which prompt, and which
//! [`judge::Judge`] decides. [`schedule`] asks a [`model::Model`] and appends every answer to the
//! run's [`log`] before it counts. [`judging`] turns answers into verdicts, [`stats`] verdicts into
//! numbers with intervals, and [`report`] numbers into files and pages. Asking and judging are apart:
//! a run is judged again without asking again.

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
pub mod stats;
pub mod task;
