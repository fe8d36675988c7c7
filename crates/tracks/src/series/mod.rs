//! Anomalies of time series: items of generated series or of a benchmark's files, the papers' ways of asking, and
//! the judge of what was found.

mod answer;
mod detail;
mod figure;
mod files;
mod forecast;
mod items;
mod judge;
mod measures;
mod program;
mod seen;
mod windows;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};
use tracestone_eval::episode::SharedEpisode;
use tracestone_eval::item::Item;
use tracestone_eval::judge::SharedJudge;
use tracestone_eval::track::{Files, Recipe, Track, TrackError};

/// The track of time series.
pub(crate) struct SeriesTrack;

macro_rules! embedded {
    ($folder:literal, $end:literal, $($name:literal),* $(,)?) => {
        &[$((concat!($name, $end), include_str!(concat!("../../../../evals/", $folder, $name, $end)))),*]
    };
}

/// Texts of the tasks by file name.
const TASKS: &[(&str, &str)] = &[
    (
        "series-prompter",
        include_str!("../../../../evals/series-prompter.toml"),
    ),
    (
        "series-indices",
        include_str!("../../../../evals/series-indices.toml"),
    ),
    (
        "series-detector",
        include_str!("../../../../evals/series-detector.toml"),
    ),
    (
        "series-program",
        include_str!("../../../../evals/series-program.toml"),
    ),
];

impl Track for SeriesTrack {
    fn name(&self) -> &'static str {
        "series"
    }

    fn tasks(&self) -> &'static [(&'static str, &'static str)] {
        TASKS
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        embedded!(
            "templates/",
            ".j2",
            "series-prompter",
            "series-indices",
            "series-detector",
            "series-program"
        )
    }

    fn items(&self, recipe: &Recipe, files: Option<&dyn Files>) -> Result<Vec<Item>, TrackError> {
        items::make(recipe, files)
    }

    fn judge(
        &self,
        name: &str,
        settings: &BTreeMap<String, Value>,
    ) -> Option<Result<SharedJudge, String>> {
        match name {
            judge::NAME => Some(
                read::<judge::SeriesJudge>(settings).map(|judge| Arc::new(judge) as SharedJudge),
            ),
            program::NAME => Some(
                read::<program::ProgramJudge>(settings).map(|judge| Arc::new(judge) as SharedJudge),
            ),
            _ => None,
        }
    }

    fn judges(&self) -> &'static [&'static str] {
        &[judge::NAME, program::NAME]
    }

    fn episode(
        &self,
        name: &str,
        settings: &BTreeMap<String, Value>,
    ) -> Option<Result<SharedEpisode, String>> {
        match name {
            windows::NAME => Some(
                read::<windows::Windows>(settings)
                    .map(|episode| Arc::new(episode) as SharedEpisode),
            ),
            forecast::NAME => Some(
                read::<forecast::Forecast>(settings)
                    .map(|episode| Arc::new(episode) as SharedEpisode),
            ),
            _ => None,
        }
    }
}

/// Settings of a task file as the type that they are for.
fn read<T: serde::de::DeserializeOwned>(settings: &BTreeMap<String, Value>) -> Result<T, String> {
    let settings: Map<String, Value> = settings.clone().into_iter().collect();
    serde_json::from_value(Value::Object(settings)).map_err(|error| error.to_string())
}
