//! Tasks: which items, which prompt, which judge. One TOML file each, with its template beside it.

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::item::Item;
use crate::judge::{self, Judge};
use crate::model::{Generation, Message, Role};

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
}

impl Source {
    /// True if items come from a store rather than from a benchmark's file.
    #[must_use]
    pub fn is_store(self) -> bool {
        matches!(self, Self::Samples | Self::Claims)
    }
}

/// Selection of a task's items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Items {
    /// Origin of the items.
    pub source: Source,
    /// Of a store, only these kinds.
    #[serde(default)]
    pub kinds: Vec<tracestone_record::SampleKind>,
}

/// Template of the prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Prompt {
    template: String,
    #[serde(default)]
    system: Option<String>,
}

/// An example conversation that comes before the question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shot {
    user: String,
    assistant: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TaskFile {
    name: String,
    description: String,
    judge: String,
    #[serde(default)]
    slices: Vec<String>,
    items: Items,
    prompt: Prompt,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    #[serde(default)]
    generation: Generation,
    #[serde(default)]
    few_shot: Vec<Shot>,
}

/// A task, ready to ask.
pub struct Task {
    file: TaskFile,
    template: String,
    judge: &'static dyn Judge,
    environment: Environment<'static>,
}

/// Error of finding or reading a task.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// The file is not a task.
    #[error("the task file is not valid: {0}")]
    Toml(#[from] toml::de::Error),
    /// No judge has that name.
    #[error("the task wants the judge `{0}`; judges are {known}", known = judges())]
    Judge(String),
    /// No template has that name.
    #[error("the task's template `{name}` could not be read: {why}")]
    Template {
        /// The template's file name.
        name: String,
        /// Description of the error.
        why: String,
    },
    /// A parameter that the task does not have.
    #[error("the task {task} has no parameter `{name}`; its parameters are: {known}")]
    Parameter {
        /// Name of the task.
        task: String,
        /// The unknown name.
        name: String,
        /// The known names.
        known: String,
    },
    /// The template does not fit the item.
    #[error("the template of {task} does not fit item {item}: {source}")]
    Render {
        /// Name of the task.
        task: String,
        /// Identifier of the item.
        item: String,
        /// The template engine's error.
        source: minijinja::Error,
    },
}

fn judges() -> String {
    judge::JUDGES.map(Judge::name).join(", ")
}

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../evals/", $name, ".toml")))),*]
    };
}

/// The tasks inside the binary.
const TASKS: &[(&str, &str)] = embedded![
    "output",
    "exception",
    "input",
    "state",
    "next_line",
    "path",
    "coverage",
    "count",
    "trace",
    "annotated",
    "cruxeval-output",
    "cruxeval-input",
    "livecodebench-execution",
];

const TEMPLATES: &[(&str, &str)] = &[
    (
        "sample.j2",
        include_str!("../../../evals/templates/sample.j2"),
    ),
    (
        "claims.j2",
        include_str!("../../../evals/templates/claims.j2"),
    ),
    (
        "call-output.j2",
        include_str!("../../../evals/templates/call-output.j2"),
    ),
    (
        "call-input.j2",
        include_str!("../../../evals/templates/call-input.j2"),
    ),
];

impl Task {
    /// The names of the tasks inside the binary, each with its description.
    #[must_use]
    pub fn known() -> Vec<(String, String)> {
        TASKS
            .iter()
            .filter_map(|(name, text)| {
                let file: TaskFile = toml::from_str(text).ok()?;
                Some(((*name).to_owned(), file.description))
            })
            .collect()
    }

    /// A task of the binary.
    ///
    /// # Errors
    /// Its file is broken, which a test rules out.
    pub fn embedded(name: &str) -> Option<Result<Self, TaskError>> {
        let (_, text) = TASKS.iter().find(|(known, _)| *known == name)?;
        Some(Self::parse(text, |template| {
            Err(format!("no template `{template}` is inside the binary"))
        }))
    }

    /// Reads a task file. `read` gets the template's text; templates of the binary need no file.
    ///
    /// # Errors
    /// The file is not a task, or names what is not there.
    pub fn parse(
        text: &str,
        read: impl Fn(&str) -> Result<String, String>,
    ) -> Result<Self, TaskError> {
        let file: TaskFile = toml::from_str(text)?;
        let judge =
            judge::by_name(&file.judge).ok_or_else(|| TaskError::Judge(file.judge.clone()))?;
        let name = &file.prompt.template;
        let template = match read(name) {
            Ok(text) => text,
            Err(why) => TEMPLATES
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, text)| (*text).to_owned())
                .ok_or_else(|| TaskError::Template {
                    name: name.clone(),
                    why,
                })?,
        };
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        // A block tag takes no line of its own in the prompt.
        if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).build() {
            environment.set_syntax(syntax);
        }
        Ok(Self {
            file,
            template,
            judge,
            environment,
        })
    }

    /// Sets parameters, as `-T name=value` gives them.
    ///
    /// # Errors
    /// The task has no such parameter.
    pub fn set_parameters(&mut self, given: &[(String, String)]) -> Result<(), TaskError> {
        for (name, value) in given {
            let Some(slot) = self.file.parameters.get_mut(name) else {
                let known: Vec<_> = self.file.parameters.keys().map(String::as_str).collect();
                return Err(TaskError::Parameter {
                    task: self.file.name.clone(),
                    name: name.clone(),
                    known: known.join(", "),
                });
            };
            slot.clone_from(value);
        }
        Ok(())
    }

    /// Replaces the system message.
    pub fn set_system(&mut self, message: String) {
        self.file.prompt.system = Some(message);
    }

    /// Name of the task.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.file.name
    }

    /// Description of the task, one sentence.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.file.description
    }

    /// Selection of its items.
    #[must_use]
    pub fn items(&self) -> &Items {
        &self.file.items
    }

    /// Judge of the task.
    #[must_use]
    pub fn judge(&self) -> &'static dyn Judge {
        self.judge
    }

    /// The facts by which its score is sliced.
    #[must_use]
    pub fn slices(&self) -> &[String] {
        &self.file.slices
    }

    /// The parameters' values.
    #[must_use]
    pub fn parameters(&self) -> &BTreeMap<String, String> {
        &self.file.parameters
    }

    /// Default sampling settings.
    #[must_use]
    pub fn generation(&self) -> &Generation {
        &self.file.generation
    }

    /// Changes whenever the prompt of an item could.
    #[must_use]
    pub fn hash(&self) -> String {
        let file = serde_json::to_string(&self.file).unwrap_or_default();
        let mut hasher = blake3::Hasher::new();
        hasher.update(file.as_bytes());
        hasher.update(self.template.as_bytes());
        hasher.finalize().to_hex()[..16].to_owned()
    }

    /// The messages that ask an item.
    ///
    /// # Errors
    /// The template uses what the item does not have.
    pub fn render(&self, item: &Item) -> Result<Vec<Message>, TaskError> {
        let parameters = self.file.parameters.iter();
        let mut context: BTreeMap<&str, Value> = parameters
            .map(|(name, value)| (name.as_str(), Value::from(value.as_str())))
            .collect();
        let fields = item.fields.iter();
        context.extend(fields.map(|(name, value)| (name.as_str(), value.clone())));
        let question = self
            .environment
            .render_str(&self.template, Serde(context))
            .map_err(|source| TaskError::Render {
                task: self.file.name.clone(),
                item: item.id.clone(),
                source,
            })?;
        let message = |role, content: &str| Message {
            role,
            content: content.to_owned(),
        };
        let mut messages = Vec::new();
        if let Some(system) = &self.file.prompt.system {
            messages.push(message(Role::System, system));
        }
        for shot in &self.file.few_shot {
            messages.push(message(Role::User, &shot.user));
            messages.push(message(Role::Assistant, &shot.assistant));
        }
        messages.push(message(Role::User, &question));
        Ok(messages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_of_the_binary_can_be_read() {
        for (name, _) in TASKS {
            let task = Task::embedded(name).unwrap().unwrap();
            assert_eq!(task.name(), *name);
        }
    }
}
