//! A run's folder: what was asked (`run.json`, `items.jsonl`), what came (`answers.jsonl`), and what it
//! is worth (`verdicts.jsonl`, `score.json`).
//!
//! The folder's name is made of everything that decides what is asked, so that the same command finds
//! its own unfinished run.

#![expect(
    clippy::disallowed_methods,
    reason = "the errors of this module name the path"
)]

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tracestone_files as files;

use crate::answer::Extraction;
use crate::compat::Compat;
use crate::item::Item;
use crate::judge::{Agreement, Choice, ChoiceError, Measure, SharedJudge, Verdict};
use crate::judging::Replies;
use crate::log::{self, AnswerKey, Entry, LogError, Reply};
use crate::model::{Generation, Message};
use crate::score::Score;
use crate::task::Source;
use crate::track::Tracks;

mod list;
mod logs;

pub use list::{Listed, list};

/// The layout's number.
const LAYOUT: u32 = 1;

/// Settings that decide what a run asks, and the judge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The number of the layout.
    pub layout: u32,
    /// The task's name.
    pub task: String,
    /// The hash of the task's file and template.
    pub task_hash: String,
    /// Parameters set by `-T`, and the task's own.
    pub parameters: BTreeMap<String, String>,
    /// The judge's name.
    pub judge: String,
    /// The judge's settings.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub judge_settings: BTreeMap<String, serde_json::Value>,
    /// The course of items that take several requests, with its settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub episode: Option<Choice>,
    /// The facts by which the score is sliced.
    pub slices: Vec<String>,
    /// The model, as given on the command line.
    pub model: String,
    /// Address of the model without credentials; empty if there is none. Another address counts as another
    /// model, whatever its name.
    pub endpoint: String,
    /// The name under which answers are found again, whatever the address: `--model-id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_id: Option<String>,
    /// The hash of responses that were there before the run; empty where a model was asked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub given: String,
    /// Settings of generation.
    pub generation: Generation,
    /// Responses for each item.
    pub epochs: u32,
    /// Way of finding answers in responses.
    pub extraction: Extraction,
    /// The number of items.
    pub items: usize,
    /// The hash of all items.
    pub items_hash: String,
    /// Type of the items.
    pub source: Source,
    /// Path of the store or file with the items.
    pub data: String,
    /// Time of the run's start, in UTC.
    pub created: String,
    /// The tool's version.
    pub tool: String,
}

impl Header {
    /// The number of the layout that this version writes.
    #[must_use]
    pub fn layout() -> u32 {
        LAYOUT
    }

    /// The model's name in keys of answers: its name and its address, or the hash of its responses. A
    /// `--model-id` is both.
    #[must_use]
    pub fn identity(&self) -> (&str, &str) {
        match &self.model_id {
            Some(id) => (id, ""),
            None if self.given.is_empty() => (&self.model, &self.endpoint),
            None => (&self.model, &self.given),
        }
    }

    /// The name of the run's folder.
    #[must_use]
    pub fn folder(&self) -> String {
        let (model, endpoint) = self.identity();
        let identity = serde_json::to_vec(&(
            &self.task_hash,
            &self.parameters,
            model,
            endpoint,
            &self.generation,
            self.epochs,
            &self.items_hash,
        ))
        // Plain data: writing it cannot fail.
        .unwrap_or_default();
        let hash = blake3::hash(&identity).to_hex();
        let model: String = self
            .model
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || "._-".contains(c) {
                    c
                } else {
                    '-'
                }
            })
            .take(60)
            .collect();
        format!("{}_{model}_{}", self.task, &hash[..10])
    }
}

/// An item with the messages that ask it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// The item, with its answer.
    pub item: Item,
    /// Messages to send.
    pub messages: Vec<Message>,
}

/// Error of a run's folder.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Path of the file.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{} is not what a run writes: {source}", path.display())]
    Form {
        /// Path of the file.
        path: PathBuf,
        /// Error in the file's content.
        source: serde_json::Error,
    },
    /// The folder holds no run.
    #[error("{} is not the folder of a run: it has no run.json", .0.display())]
    NoRun(PathBuf),
    /// The log of answers failed.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// Error of opening a run for its verdicts.
#[derive(Debug, thiserror::Error)]
pub enum JudgedError {
    /// The folder holds no run.
    #[error(transparent)]
    Run(RunError),
    /// The run has no verdicts.
    #[error("{error}")]
    NotJudged {
        /// Path of the run's folder.
        folder: PathBuf,
        /// Error of reading them.
        error: RunError,
    },
}

/// The verdicts of a run: for each item a row.
pub type Verdicts = Vec<Vec<Verdict>>;

/// Requests of a run without a response.
pub struct Failures {
    /// Number of all.
    pub all: u64,
    /// Number of those that ended with the commonest failure.
    pub count: u64,
    /// The commonest failure.
    pub why: String,
}

/// A run on the disk.
pub struct Run {
    folder: PathBuf,
    /// Settings that decide what is asked.
    pub header: Header,
    /// Items with their messages.
    pub asked: Vec<Asked>,
}

impl Run {
    /// Creates the folder, or finds the one that an earlier run with the same questions began.
    ///
    /// # Errors
    /// It could not be written.
    pub fn create(log_dir: &Path, header: Header, asked: Vec<Asked>) -> Result<Self, RunError> {
        let folder = log_dir.join(header.folder());
        fs::create_dir_all(&folder).map_err(|source| RunError::Io {
            path: folder.clone(),
            source,
        })?;
        let mut run = Self {
            folder,
            header,
            asked,
        };
        // The identity is in the folder's name, so what is there is the same but for the time.
        match fs::read(run.path("run.json")) {
            Ok(bytes) => {
                if let Ok(earlier) = serde_json::from_slice::<Header>(&bytes) {
                    run.header.created = earlier.created;
                }
            }
            Err(_) => {
                run.write("items.jsonl", |out| lines(out, &run.asked))?;
            }
        }
        run.write("run.json", |out| {
            serde_json::to_writer_pretty(&mut *out, &run.header)?;
            out.write_all(b"\n")
        })?;
        Ok(run)
    }

    /// Opens a run's folder.
    ///
    /// # Errors
    /// It is none, or could not be read.
    pub fn open(folder: &Path) -> Result<Self, RunError> {
        let path = folder.join("run.json");
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(RunError::NoRun(folder.to_owned()));
            }
            Err(source) => return Err(RunError::Io { path, source }),
        };
        let header =
            serde_json::from_slice(&bytes).map_err(|source| RunError::Form { path, source })?;
        Ok(Self {
            folder: folder.to_owned(),
            header,
            asked: read_lines(&folder.join("items.jsonl"))?,
        })
    }

    /// The run's judge, with its settings.
    ///
    /// # Errors
    /// It is not known, or not with these settings.
    pub fn judge(&self, tracks: Tracks) -> Result<SharedJudge, ChoiceError> {
        let choice = Choice {
            name: self.header.judge.clone(),
            settings: self.header.judge_settings.clone(),
        };
        choice.build(tracks)
    }

    /// Path of the run's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A file of the folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The items alone.
    #[must_use]
    pub fn items(&self) -> Vec<Item> {
        self.asked.iter().map(|one| one.item.clone()).collect()
    }

    /// The key of one answer.
    #[must_use]
    pub fn key(&self, asked: &Asked, repeat: u32) -> AnswerKey {
        Self::key_of(&self.header, asked, repeat)
    }

    /// The key of one answer of a run with this header.
    #[must_use]
    pub fn key_of(header: &Header, asked: &Asked, repeat: u32) -> AnswerKey {
        let key = Self::key_of_messages(header, &asked.item, &asked.messages, repeat);
        match &header.episode {
            None => key,
            // The first of its requests may have the same messages.
            Some(episode) => AnswerKey::of_steps(&key, episode),
        }
    }

    /// The key of one request of an item that takes several.
    pub(crate) fn step_key(&self, item: &Item, messages: &[Message], number: u32) -> AnswerKey {
        Self::key_of_messages(&self.header, item, messages, number)
    }

    fn key_of_messages(
        header: &Header,
        item: &Item,
        messages: &[Message],
        number: u32,
    ) -> AnswerKey {
        AnswerKey::new(
            item,
            messages,
            &header.generation,
            header.identity(),
            number,
        )
    }

    /// The logged answers.
    ///
    /// # Errors
    /// The log could not be read.
    pub fn answers(&self) -> Result<HashMap<AnswerKey, Entry>, RunError> {
        Ok(log::read(&self.path("answers.jsonl"))?)
    }

    /// The number of the run's questions that are answered.
    ///
    /// # Errors
    /// The log could not be read.
    pub fn answered(&self) -> Result<usize, RunError> {
        if !self.path("answers.jsonl").exists() {
            return Ok(0);
        }
        let entries = self.answers()?;
        let keys = self
            .asked
            .iter()
            .flat_map(|asked| (0..self.header.epochs).map(|repeat| self.key(asked, repeat)));
        Ok(keys.filter(|key| is_answered(entries.get(key))).count())
    }

    /// The failure that most requests ended with; `None` if none failed.
    ///
    /// # Errors
    /// The log could not be read.
    pub fn commonest_failure(&self) -> Result<Option<Failures>, RunError> {
        let mut failures: BTreeMap<String, u64> = BTreeMap::new();
        for entry in self.answers()?.into_values() {
            if let Reply::Error(error) = entry.reply {
                *failures.entry(error.to_string()).or_default() += 1;
            }
        }
        // Of equally frequent ones the first by name, so that the same run says the same.
        let most = failures.values().max().copied();
        let all = failures.values().sum();
        let found = failures.into_iter().find(|(_, count)| Some(*count) == most);
        Ok(found.map(|(why, count)| Failures { all, count, why }))
    }

    /// For each item, the reply to each repeat.
    #[must_use]
    pub fn replies(&self, entries: &HashMap<AnswerKey, Entry>) -> Vec<Replies> {
        self.asked
            .iter()
            .map(|asked| {
                (0..self.header.epochs)
                    .map(|repeat| entries.get(&self.key(asked, repeat)))
                    .map(|entry| entry.map(|entry| entry.reply.clone()))
                    .collect()
            })
            .collect()
    }

    /// Writes verdicts, a line for each item and repeat, and the score.
    ///
    /// # Errors
    /// They could not be written.
    pub(crate) fn write_score(
        &self,
        verdicts: &[Vec<Verdict>],
        scored: &Scored,
    ) -> Result<(), RunError> {
        let rows = self.asked.iter().zip(verdicts).flat_map(|(asked, row)| {
            row.iter().enumerate().map(|(repeat, verdict)| ItemVerdict {
                item: asked.item.id.clone(),
                hash: asked.item.hash(),
                repeat,
                verdict: verdict.clone(),
            })
        });
        let rows: Vec<_> = rows.collect();
        self.write("verdicts.jsonl", |out| lines(out, &rows))?;
        self.write("score.json", |out| {
            serde_json::to_writer_pretty(&mut *out, scored)?;
            out.write_all(b"\n")
        })
    }

    /// Opens a run whose answers have verdicts.
    ///
    /// # Errors
    /// The folder holds no run, or the run was not judged.
    pub fn judged(folder: &Path) -> Result<(Self, Verdicts), JudgedError> {
        let run = Self::open(folder).map_err(JudgedError::Run)?;
        let verdicts = run.verdicts();
        let verdicts = verdicts.map_err(|error| JudgedError::NotJudged {
            folder: folder.to_owned(),
            error,
        })?;
        Ok((run, verdicts))
    }

    /// The verdicts, as they were written: for each item a row.
    ///
    /// # Errors
    /// They are not there or could not be read.
    pub fn verdicts(&self) -> Result<Verdicts, RunError> {
        let rows: Vec<ItemVerdict> = read_lines(&self.path("verdicts.jsonl"))?;
        let mut by_item: HashMap<String, Vec<Verdict>> = HashMap::new();
        for row in rows {
            by_item.entry(row.item).or_default().push(row.verdict);
        }
        Ok(self
            .asked
            .iter()
            .map(|asked| by_item.remove(&asked.item.id).unwrap_or_default())
            .collect())
    }

    /// The score, as it was written.
    ///
    /// # Errors
    /// It is not there or could not be read.
    pub fn scored(&self) -> Result<Scored, RunError> {
        let path = self.path("score.json");
        let bytes = fs::read(&path).map_err(|source| RunError::Io {
            path: path.clone(),
            source,
        })?;
        serde_json::from_slice(&bytes).map_err(|source| RunError::Form { path, source })
    }

    /// Writes a file of the folder whole, or leaves the old one.
    ///
    /// # Errors
    /// It could not be written.
    pub fn write(
        &self,
        name: &str,
        content: impl FnOnce(&mut BufWriter<fs::File>) -> io::Result<()>,
    ) -> Result<(), RunError> {
        let path = self.path(name);
        files::replace_with(&path, content).map_err(|error| RunError::Io {
            path,
            source: error.source,
        })
    }
}

/// The folders of runs in a folder, in the order of their names; none where it is not there.
///
/// # Errors
/// The folder cannot be read.
fn folders(log_dir: &Path) -> Result<Vec<PathBuf>, RunError> {
    let entries = match fs::read_dir(log_dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => {
            return Err(RunError::Io {
                path: log_dir.to_owned(),
                source,
            });
        }
    };
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.join("run.json").is_file())
        .collect();
    found.sort();
    Ok(found)
}

fn is_answered(entry: Option<&Entry>) -> bool {
    entry.is_some_and(|entry| matches!(entry.reply, Reply::Response(_)))
}

/// A line of `verdicts.jsonl`.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct ItemVerdict {
    item: String,
    hash: String,
    repeat: usize,
    #[serde(flatten)]
    verdict: Verdict,
}

/// A score with its author, references and cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    /// The judge's name and version.
    pub judge: (String, u32),
    /// Score of the model.
    pub score: Score,
    /// Scores of references without a model on the same items.
    pub references: BTreeMap<String, f64>,
    /// Differences from what was asked for, such as parameters that the server refuses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The cost of the tokens, given a price table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// Agreement of the judge's model with labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<Agreement>,
    /// The numbers of the original benchmark's own scorer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compat: Option<Compat>,
    /// Numbers of the judge's own beside the headline.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<Measured>,
}

/// A number of a judge, for the model and for references without one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The model's own score.
    #[serde(flatten)]
    pub measure: Measure,
    /// The same number of each reference.
    pub without_model: BTreeMap<String, f64>,
}

fn lines<T: Serialize>(out: &mut BufWriter<fs::File>, rows: &[T]) -> io::Result<()> {
    for row in rows {
        serde_json::to_writer(&mut *out, row)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn read_lines<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Vec<T>, RunError> {
    let io = |source| RunError::Io {
        path: path.to_owned(),
        source,
    };
    let mut rows = Vec::new();
    for line in BufReader::new(fs::File::open(path).map_err(io)?).lines() {
        let line = line.map_err(io)?;
        rows.push(
            serde_json::from_str(&line).map_err(|source| RunError::Form {
                path: path.to_owned(),
                source,
            })?,
        );
    }
    Ok(rows)
}
