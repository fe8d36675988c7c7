//! Tasks: a selection of items, a prompt and a judge. One TOML file each, with its template in it or next to it.

mod create;
mod file;
mod starter;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde_json::Value;

use crate::episode::{SharedEpisode, first_messages};
use crate::item::Item;
use crate::judge::{Choice, ChoiceError, Judge, SharedJudge};
use crate::model::{Generation, Message, Role};
use crate::track::{Recipe, Tracks};

pub use create::{CreateError, Created, create};
pub use file::{Items, Source};
use file::{Shot, Shots, TaskFile};

/// A task, ready to ask.
pub struct Task {
    file: TaskFile,
    template: String,
    judge: SharedJudge,
    choice: Choice,
    tracks: Tracks,
    episode: Option<SharedEpisode>,
    environment: Environment<'static>,
    /// The parameters' values.
    parameters: BTreeMap<String, String>,
    /// Folder of the task's file, if it has one.
    folder: Option<PathBuf>,
    /// Examples of a file.
    shots: Vec<Shot>,
}

/// Error of finding or reading a task.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// The file is not a task.
    #[error("the task file is not valid: {0}")]
    Toml(#[from] toml::de::Error),
    /// Parts of the file do not fit each other.
    #[error("the task file is not valid: {0}")]
    Form(String),
    /// There is no such judge.
    #[error("the task file is not valid: {0}")]
    Judge(#[from] ChoiceError),
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
    /// A value that a parameter cannot have.
    #[error("the parameter `{name}` of the task {task} cannot be `{value}`; it can be: {known}")]
    Value {
        /// Name of the task.
        task: String,
        /// Name of the parameter.
        name: String,
        /// The given value or name.
        value: String,
        /// The values that can be given.
        known: String,
    },
    /// The template uses fields that the item does not have.
    #[error(
        "the template of {task} uses `{names}`, which item {item} does not have; there are: {known}"
    )]
    Field {
        /// Name of the task.
        task: String,
        /// Name of the item.
        item: String,
        /// Fields that the template uses and the item lacks.
        names: String,
        /// The known names.
        known: String,
    },
    /// The score is to be sliced by what no item has.
    #[error("no item of the task {task} has the fact `{name}`; there are: {known}")]
    Slice {
        /// Name of the task.
        task: String,
        /// The unknown fact.
        name: String,
        /// The known names.
        known: String,
    },
    /// The course of items that take several requests is not known, or not with these settings.
    #[error("the task {task}: [episode] `{name}`: {why}")]
    Episode {
        /// Name of the task.
        task: String,
        /// Name of the course.
        name: String,
        /// Error in the settings.
        why: String,
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
    "reach",
    "state",
    "next_line",
    "path",
    "coverage",
    "count",
    "calls",
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
    pub fn known(tracks: Tracks) -> Vec<(String, String)> {
        TASKS
            .iter()
            .chain(tracks.tasks())
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
    pub fn embedded(name: &str, tracks: Tracks) -> Option<Result<Self, TaskError>> {
        let mut tasks = TASKS.iter().chain(tracks.tasks());
        let (_, text) = tasks.find(|(known, _)| *known == name)?;
        Some(Self::parse(text, tracks, |template| {
            Err(format!("no template `{template}` is inside the binary"))
        }))
    }

    /// Reads a task file. `read` gets the template's text; templates of the binary need no file.
    ///
    /// # Errors
    /// The file is not a task, or names what is not there.
    pub fn parse(
        text: &str,
        tracks: Tracks,
        read: impl Fn(&str) -> Result<String, String>,
    ) -> Result<Self, TaskError> {
        let file: TaskFile = toml::from_str(text)?;
        file.check()?;
        let choice = file.judge.choice()?;
        let judge = choice.build(tracks)?;
        let template = match (&file.prompt.text, &file.prompt.template) {
            (Some(text), _) => text.clone(),
            (None, name) => template(name.as_deref().unwrap_or_default(), tracks, read)?,
        };
        let parameters = file.parameters.iter();
        let parameters = parameters
            .map(|(name, parameter)| (name.clone(), parameter.default().to_owned()))
            .collect();
        let mut task = Self {
            environment: environment(),
            file,
            template,
            judge,
            choice,
            tracks,
            episode: None,
            parameters,
            folder: None,
            shots: Vec::new(),
        };
        task.episode = task.make_episode()?;
        Ok(task)
    }

    /// Says in which folder the task's file is; what it names is looked for there.
    pub(crate) fn set_folder(&mut self, folder: &Path) {
        self.folder = Some(folder.to_owned());
    }

    /// A path that the task's file names.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        match &self.folder {
            Some(folder) => folder.join(name),
            None => PathBuf::from(name),
        }
    }

    /// Sets parameters, as `-T name=value` gives them.
    ///
    /// # Errors
    /// The task has no such parameter.
    pub fn set_parameters(&mut self, given: &[(String, String)]) -> Result<(), TaskError> {
        for (name, value) in given {
            let Some(parameter) = self.file.parameters.get(name) else {
                let known: Vec<_> = self.file.parameters.keys().map(String::as_str).collect();
                return Err(TaskError::Parameter {
                    task: self.file.name.clone(),
                    name: name.clone(),
                    known: listed(&known),
                });
            };
            if let Some(values) = parameter.values()
                && !values.contains(value)
            {
                return Err(TaskError::Value {
                    task: self.file.name.clone(),
                    name: name.clone(),
                    value: value.clone(),
                    known: values.join(", "),
                });
            }
            self.parameters.insert(name.clone(), value.clone());
        }
        self.episode = self.make_episode()?;
        Ok(())
    }

    /// The course of an item, where it takes several requests.
    #[must_use]
    pub fn episode(&self) -> Option<&SharedEpisode> {
        self.episode.as_ref()
    }

    /// The course by its name and settings, those that are parameters with their values.
    #[must_use]
    pub(crate) fn episode_choice(&self) -> Option<Choice> {
        let mut settings = self.file.episode.clone()?;
        let name = settings.remove("name");
        for (name, value) in &mut settings {
            if let Some(given) = self.parameters.get(name) {
                *value = crate::track::setting(given);
            }
        }
        Some(Choice {
            name: name
                .as_ref()
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            settings,
        })
    }

    fn make_episode(&self) -> Result<Option<SharedEpisode>, TaskError> {
        let Some(choice) = self.episode_choice() else {
            return Ok(None);
        };
        let wrong = |why: String| TaskError::Episode {
            task: self.file.name.clone(),
            name: choice.name.clone(),
            why,
        };
        match self.tracks.episode(&choice.name, &choice.settings) {
            None => Err(wrong("no track of this program has it".to_owned())),
            Some(made) => made.map(Some).map_err(wrong),
        }
    }

    /// Replaces the system message.
    pub(crate) fn set_system(&mut self, message: String) {
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
    pub fn judge(&self) -> &dyn Judge {
        &*self.judge
    }

    /// The tracks that the task was read with.
    #[must_use]
    pub fn tracks(&self) -> Tracks {
        self.tracks
    }

    /// The task's settings for its track: the file's table with the parameters' values over it.
    #[must_use]
    pub fn recipe(&self) -> Recipe {
        Recipe::new(&self.file.items.make, &self.parameters)
    }

    /// Judge of the task, as the file says it.
    #[must_use]
    pub(crate) fn judge_choice(&self) -> &Choice {
        &self.choice
    }

    /// The rows of a file that are asked and answered before the question.
    #[must_use]
    pub(crate) fn shot_rows(&self) -> Option<&file::ShotRows> {
        match &self.file.few_shot {
            Shots::Rows(rows) => Some(rows),
            Shots::Written(_) => None,
        }
    }

    /// Asks and answers these items before the question.
    ///
    /// # Errors
    /// A template does not fit an item.
    pub(crate) fn set_shots(&mut self, items: &[Item]) -> Result<(), TaskError> {
        let Some(rows) = self.shot_rows() else {
            return Ok(());
        };
        let mut shots = Vec::with_capacity(items.len());
        for item in items {
            let mut answered = item.clone();
            let answer = Value::from(item.answer.as_str());
            answered.fields.insert("answer".to_owned(), answer);
            shots.push(Shot {
                user: self.fill(&self.template, item)?,
                assistant: self.fill(&rows.assistant, &answered)?,
            });
        }
        self.shots = shots;
        Ok(())
    }

    /// Checks that items have the facts by which their score is to be sliced.
    ///
    /// # Errors
    /// No item has one of them.
    pub fn check_slices(&self, items: &[Item], slices: &[String]) -> Result<(), TaskError> {
        check_slices(&self.file.name, items, slices)
    }

    /// The facts by which its score is sliced.
    #[must_use]
    pub fn slices(&self) -> &[String] {
        &self.file.slices
    }

    /// The parameters' values.
    #[must_use]
    pub fn parameters(&self) -> &BTreeMap<String, String> {
        &self.parameters
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
        for shot in &self.shots {
            for text in [&shot.user, &shot.assistant] {
                hasher.update(&(text.len() as u64).to_le_bytes());
                hasher.update(text.as_bytes());
            }
        }
        hasher.finalize().to_hex()[..16].to_owned()
    }

    /// The messages that ask an item; where it takes several requests, those of the first.
    ///
    /// # Errors
    /// The template uses what the item does not have.
    pub fn render(&self, item: &Item) -> Result<Vec<Message>, TaskError> {
        match &self.episode {
            None => self.messages(item),
            Some(episode) => first_messages(self, &**episode, item),
        }
    }

    /// The messages of an item's fields, in one request.
    pub(crate) fn messages(&self, item: &Item) -> Result<Vec<Message>, TaskError> {
        let question = self.fill(&self.template, item)?;
        let message = |role, content: &str| Message {
            role,
            content: content.to_owned(),
        };
        let mut messages = Vec::new();
        if let Some(system) = self.system_of(item) {
            messages.push(message(Role::System, &system));
        }
        let written = match &self.file.few_shot {
            Shots::Written(shots) => shots.as_slice(),
            Shots::Rows(_) => &self.shots,
        };
        for shot in written {
            messages.push(message(Role::User, &shot.user));
            messages.push(message(Role::Assistant, &shot.assistant));
        }
        messages.push(message(Role::User, &question));
        Ok(messages)
    }

    /// The task's system message, and the definitions that a sample's prompt leaves to one.
    fn system_of(&self, item: &Item) -> Option<String> {
        let own = self.file.prompt.system.clone();
        let of_sample = self.file.items.source.is_store();
        let definitions = item.fields.get("system").filter(|_| of_sample);
        match (own, definitions.and_then(Value::as_str)) {
            (Some(own), Some(definitions)) => Some(format!("{own}\n\n{definitions}")),
            (own, definitions) => own.or_else(|| definitions.map(str::to_owned)),
        }
    }

    /// A template with an item's fields and the parameters.
    fn fill(&self, template: &str, item: &Item) -> Result<String, TaskError> {
        let parameters = self.parameters.iter();
        let mut context: BTreeMap<&str, Value> = parameters
            .map(|(name, value)| (name.as_str(), Value::from(value.as_str())))
            .collect();
        let fields = item.fields.iter();
        context.extend(fields.map(|(name, value)| (name.as_str(), value.clone())));
        let known: Vec<String> = context.keys().map(|name| (*name).to_owned()).collect();
        self.environment
            .render_str(template, Serde(context))
            .map_err(|source| self.unfit(template, item, &known, source))
    }

    /// Error of a template that does not fit an item.
    fn unfit(
        &self,
        template: &str,
        item: &Item,
        known: &[String],
        source: minijinja::Error,
    ) -> TaskError {
        let (task, item) = (self.file.name.clone(), item.id.clone());
        let used = self.environment.template_from_str(template);
        let used = used.map(|template| template.undeclared_variables(false));
        let mut missing: Vec<String> = used
            .unwrap_or_default()
            .into_iter()
            .filter(|name| !known.contains(name) && !GLOBALS.contains(&name.as_str()))
            .collect();
        missing.sort();
        if source.kind() != minijinja::ErrorKind::UndefinedError || missing.is_empty() {
            return TaskError::Render { task, item, source };
        }
        TaskError::Field {
            task,
            item,
            names: missing.join("`, `"),
            known: known.join(", "),
        }
    }
}

/// As [`Task::check_slices`], for the items of a task of which only the name is known.
///
/// # Errors
/// No item has one of the facts.
pub fn check_slices(task: &str, items: &[Item], slices: &[String]) -> Result<(), TaskError> {
    let mut known: BTreeSet<&str> = ["kind", "date"].into();
    let facts = items.iter().flat_map(|item| item.facts.keys());
    known.extend(facts.map(String::as_str));
    match slices.iter().find(|name| !known.contains(name.as_str())) {
        None => Ok(()),
        Some(name) => Err(TaskError::Slice {
            task: task.to_owned(),
            name: name.clone(),
            known: listed(&known.into_iter().collect::<Vec<_>>()),
        }),
    }
}

/// Functions that every template has.
const GLOBALS: [&str; 4] = ["range", "dict", "namespace", "debug"];

fn listed(names: &[&str]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_fuel(Some(crate::TEMPLATE_STEPS));
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // A block tag takes no line of its own in the prompt.
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    environment
}

/// The text of a template: of a file, or of the binary.
fn template(
    name: &str,
    tracks: Tracks,
    read: impl Fn(&str) -> Result<String, String>,
) -> Result<String, TaskError> {
    read(name).or_else(|why| {
        let known = TEMPLATES.iter().find(|(known, _)| *known == name);
        known
            .map(|(_, text)| *text)
            .or_else(|| tracks.template(name))
            .map(str::to_owned)
            .ok_or_else(|| TaskError::Template {
                name: name.to_owned(),
                why,
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_of_the_binary_can_be_read() {
        for (name, _) in TASKS {
            let task = Task::embedded(name, Tracks::NONE).unwrap().unwrap();
            assert_eq!(task.name(), *name);
        }
    }
}
