//! Features taken away from the stream or exchanged for others, judged by an interpreter: the answer that would be right
//! had the world, or the input, been another.

mod karel;
mod python;

use serde::Serialize;
use tracestone_interp::directory::Model;
use tracestone_interp::model::Site;
use tracestone_record::watch::{Event, Watch};
use tracestone_sae::Dictionary;

pub use karel::KarelSteering;
pub use python::{FeatureEffect, PythonSteering};

use super::states::{Parts, StateReport};
use crate::dataset::Dataset;
use crate::error::Error;
use crate::patching::PatchSettings;

/// The effects of changing features.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Steering {
    /// Of the facing, in texts about Karel.
    Karel(KarelSteering),
    /// Of all variables, in texts about Python.
    Python(PythonSteering),
}

impl Steering {
    /// The effects of the facing's features, in texts about Karel.
    #[must_use]
    pub fn karel(&self) -> Option<&KarelSteering> {
        match self {
            Self::Karel(steering) => Some(steering),
            Self::Python(_) => None,
        }
    }
}

/// Changes features at a site and measures the effects; nothing, and a note that says why, if the data has nothing to
/// exchange them for.
pub(super) fn steer(
    (model, data): (&Model, &Dataset),
    (dictionary, parts): (&Dictionary, &Parts),
    (site, reports): (Site, &[StateReport]),
    plan: &PatchSettings,
    watch: &dyn Watch,
) -> Result<Option<Steering>, Error> {
    let found = match data.python() {
        Some(_) => python::steer((model, data), dictionary, (site, reports), plan, watch)
            .map(|found| Some(Steering::Python(found))),
        None => karel::steer(
            (model, data),
            (dictionary, parts),
            (site, reports),
            plan,
            watch,
        )
        .map(|found| found.map(Steering::Karel)),
    };
    let why = match found {
        Ok(Some(found)) => return Ok(Some(found)),
        Ok(None) => "the report has no feature for each of the four facings".to_owned(),
        Err(error @ (Error::CannotPatch | Error::NoPairs)) => error.to_string(),
        Err(error) => return Err(error),
    };
    watch.event(Event::Note {
        stage: Some("steer"),
        text: &format!("no features are exchanged: {why}"),
    });
    Ok(None)
}
