//! The form of a task file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::TaskError;
use crate::judge::Choice;
use crate::model::Generation;
use crate::own::Fields;

/// Origin of a task's items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Samples of a store, or of an exported file.
    Samples,
    /// Comments about one run, made of a store's samples, one of them false.
    Claims,
    /// `cruxeval.jsonl`; the input is asked for.
    CruxevalInput,
    /// `cruxeval.jsonl`; the output is asked for.
    CruxevalOutput,
    /// LiveCodeBench's execution file.
    Livecodebench,
    /// Rows of the user's own: one JSON object a line, or one array of objects.
    Jsonl,
    /// Comma-separated values with a line of names.
    Csv,
    /// A Parquet file.
    Parquet,
    /// A folder with a file, or several, for each part of the split, as on the Hub.
    Folder,
    /// A track, which makes them by `[items] make`.
    Track,
}

impl Source {
    /// True if items come from a store rather than from a file.
    #[must_use]
    pub fn is_store(self) -> bool {
        matches!(self, Self::Samples | Self::Claims)
    }

    /// True if items are made of rows by the task's own map of fields.
    #[must_use]
    pub fn is_own(self) -> bool {
        matches!(self, Self::Jsonl | Self::Csv | Self::Parquet | Self::Folder)
    }
}

/// Selection of a task's items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Items {
    /// Origin of the items.
    pub source: Source,
    /// Of a store, only these kinds.
    #[serde(default)]
    pub kinds: Vec<tracestone_record::SampleKind>,
    /// The file or folder with rows, from the task file's own folder on; `--data` takes its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The part of a folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
    /// The track that makes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<String>,
    /// Settings of the track; the task's parameters stand over them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub make: BTreeMap<String, Value>,
    /// The map from a row's fields to the parts of an item.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub fields: Fields,
}

/// The prompt: a template in a file, or here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Prompt {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) template: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
    #[serde(default)]
    pub(super) system: Option<String>,
}

/// An example conversation that comes before the question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shot {
    pub(super) user: String,
    pub(super) assistant: String,
}

/// Examples of a file: the first rows of it, asked as the items are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShotRows {
    /// The file, from the task file's own folder on.
    pub path: String,
    /// Number of examples.
    pub count: usize,
    /// Template of an example's answer; it sees `answer` and the row.
    #[serde(default = "marked_answer")]
    pub assistant: String,
}

fn marked_answer() -> String {
    "[ANSWER]{{ answer }}[/ANSWER]".to_owned()
}

/// Examples before the question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Shots {
    /// Written in the task file.
    Written(Vec<Shot>),
    /// Of a file.
    Rows(ShotRows),
}

impl Default for Shots {
    fn default() -> Self {
        Self::Written(Vec::new())
    }
}

/// A parameter's value, or that with the values that it can have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Parameter {
    /// A text of any kind.
    Free(String),
    /// One of some.
    OneOf {
        /// The value where `-T` gives none.
        default: String,
        /// All that can be given.
        values: Vec<String>,
    },
}

impl Parameter {
    pub(super) fn default(&self) -> &str {
        match self {
            Self::Free(value) | Self::OneOf { default: value, .. } => value,
        }
    }

    /// The values that can be given; none where any can.
    pub(super) fn values(&self) -> Option<&[String]> {
        match self {
            Self::Free(_) => None,
            Self::OneOf { values, .. } => Some(values),
        }
    }
}

/// The judge: its name, or a table with `name` and settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum JudgeWord {
    Name(String),
    Table(BTreeMap<String, Value>),
}

impl JudgeWord {
    pub(super) fn choice(&self) -> Result<Choice, TaskError> {
        let table = match self {
            Self::Name(name) => {
                return Ok(Choice {
                    name: name.clone(),
                    settings: BTreeMap::new(),
                });
            }
            Self::Table(table) => table,
        };
        let mut settings = table.clone();
        match settings.remove("name") {
            Some(Value::String(name)) => Ok(Choice { name, settings }),
            _ => Err(TaskError::Form(
                "[judge] has no `name`, such as name = \"exact\"".to_owned(),
            )),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TaskFile {
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: String,
    pub(super) judge: JudgeWord,
    #[serde(default)]
    pub(super) slices: Vec<String>,
    pub(super) items: Items,
    pub(super) prompt: Prompt,
    #[serde(default)]
    pub(super) parameters: BTreeMap<String, Parameter>,
    #[serde(default)]
    pub(super) generation: Generation,
    #[serde(default)]
    pub(super) few_shot: Shots,
    /// The course of items that take several requests: its name and settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) episode: Option<BTreeMap<String, Value>>,
}

impl TaskFile {
    /// Refuses parts that do not fit each other.
    pub(super) fn check(&self) -> Result<(), TaskError> {
        let wrong = |what: String| Err(TaskError::Form(what));
        match (&self.prompt.template, &self.prompt.text) {
            (None, None) => {
                return wrong(
                    "[prompt] has neither `text`, the prompt itself, nor `template`, a file with it"
                        .to_owned(),
                );
            }
            (Some(_), Some(_)) => {
                return wrong("[prompt] has both `text` and `template`: leave one out".to_owned());
            }
            _ => {}
        }
        let items = &self.items;
        let is_track = items.source == Source::Track;
        if is_track != items.track.is_some() || (!is_track && !items.make.is_empty()) {
            return wrong(
                "[items] source = \"track\" needs `track`, the track's name; `track` and `make` are for it alone"
                    .to_owned(),
            );
        }
        if !items.source.is_own() && !items.fields.is_empty() {
            return wrong(
                "[items] `fields` is for the sources jsonl, csv, parquet and folder".to_owned(),
            );
        }
        if !items.source.is_own() && !is_track && items.path.is_some() {
            return wrong(
                "[items] `path` is for the sources jsonl, csv, parquet, folder and track"
                    .to_owned(),
            );
        }
        if !items.source.is_store() && !items.kinds.is_empty() {
            return wrong("[items] `kinds` is for the sources samples and claims".to_owned());
        }
        if items.split.is_some() && items.source != Source::Folder {
            return wrong("[items] `split` is for the source folder".to_owned());
        }
        for (name, parameter) in &self.parameters {
            if let Some(values) = parameter.values()
                && !values.iter().any(|value| value == parameter.default())
            {
                return wrong(format!(
                    "[parameters] the default of `{name}`, {}, is none of its values",
                    parameter.default()
                ));
            }
        }
        if matches!(self.few_shot, Shots::Rows(_)) && !items.source.is_own() {
            return wrong(
                "[few_shot] rows of a file are for the sources jsonl, csv, parquet and folder"
                    .to_owned(),
            );
        }
        Ok(())
    }
}
