//! The judges of evaluations: those of `tracestone-judge`, the one that asks a model, and those of tracks.

mod model;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracestone_judge::judge as judges;

use crate::track::Tracks;

pub use judges::*;
pub use model::{Agreement, Labelled};

/// The names of all judges.
#[must_use]
pub fn names() -> Vec<&'static str> {
    let mut names = judges::names();
    names.push("model");
    names.sort_unstable();
    names
}

/// A judge as a task file names it, with its settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The judge's name.
    pub name: String,
    /// Its settings, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, Value>,
}

/// Error of choosing a judge.
#[derive(Debug, thiserror::Error)]
pub enum ChoiceError {
    /// No judge has that name.
    #[error("there is no judge `{name}`; judges are {known}")]
    Unknown {
        /// The given name.
        name: String,
        /// The names of all judges.
        known: String,
    },
    /// It has no such setting, or not with that value.
    #[error("the judge `{name}`: {why}")]
    Setting {
        /// Name of the judge.
        name: String,
        /// Error in the setting.
        why: String,
    },
}

impl Choice {
    /// The judge, of this crate or of one of the tracks.
    ///
    /// # Errors
    /// There is none, or not with these settings.
    pub fn build(&self, tracks: Tracks) -> Result<SharedJudge, ChoiceError> {
        if let Some(judge) = tracks.judge(&self.name, &self.settings) {
            return judge.map_err(|why| self.refused(why));
        }
        if self.name == "model" {
            return judges::with::<model::ModelJudge>(&self.settings)
                .map_err(|why| self.refused(why));
        }
        let judge = judges::with_settings(&self.name, &self.settings);
        judge
            .ok_or_else(|| self.unknown(tracks))?
            .map_err(|why| self.refused(why))
    }

    fn unknown(&self, tracks: Tracks) -> ChoiceError {
        let mut known = names();
        known.extend(tracks.judges());
        known.sort_unstable();
        ChoiceError::Unknown {
            name: self.name.clone(),
            known: known.join(", "),
        }
    }

    fn refused(&self, why: impl ToString) -> ChoiceError {
        ChoiceError::Setting {
            name: self.name.clone(),
            why: why.to_string(),
        }
    }
}
