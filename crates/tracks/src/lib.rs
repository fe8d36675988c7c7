//! The fields that programs judge, behind the harness' own interfaces.
//!
//! Each track is a pure crate that knows no harness, and a module here that makes its questions items, its verdicts
//! verdicts of a judge, and its baselines answers.
//!
//! ```
//! use tracestone_eval::task::Task;
//! use tracestone_eval::track::Tracks;
//!
//! let tracks = Tracks::new(tracestone_tracks::ALL);
//! let task = Task::embedded("structure-residue", tracks).expect("a task of a track")?;
//! assert_eq!(task.name(), "structure-residue");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod series;
mod structure;

use tracestone_eval::track::Track;

/// Every track, in order of their names.
pub const ALL: &[&dyn Track] = &[&series::SeriesTrack, &structure::Structure];
