//! The fields that programs judge, behind the harness' own interfaces.
//!
//! Each track is a pure crate that knows no harness, and a module here that makes its questions items, its verdicts
//! verdicts of a judge, and its baselines answers.

mod series;
mod structure;

use tracestone_eval::track::Track;

/// Every track, in order of their names.
pub const ALL: &[&dyn Track] = &[&series::SeriesTrack, &structure::Structure];
