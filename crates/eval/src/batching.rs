//! Questions asked in batches: submitted, awaited and collected, by one process or by several after each other.
//!
//! Batches and the questions in them are on disk before they are waited for, in the run's `batches.json`.

#![expect(
    clippy::disallowed_methods,
    reason = "the errors of this module name the path"
)]

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::log::{AnswerLog, Entry, Reply};
use crate::model::{BatchRequest, BatchState, Batches, CallError};
use crate::run::{Run, RunError};
use crate::schedule::Question;

/// Requests of one batch: OpenAI takes 50,000.
const REQUESTS: usize = 50_000;
/// Bytes of messages of one batch: OpenAI takes files of 200 MB.
const BYTES: usize = 100 << 20;

/// A batch that was handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Submitted {
    /// The server's name for it.
    pub id: String,
    /// The time of submission, in UTC.
    pub at: String,
    /// The keys of its questions.
    pub keys: Vec<String>,
    /// True once its responses are in the log.
    pub collected: bool,
}

/// The batches of a run.
pub(crate) struct Ledger<'r> {
    run: &'r Run,
    batches: Vec<Submitted>,
}

/// Progress of the open batches: responses so far, of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// Requests that are done.
    pub done: u64,
    /// The number of all requests.
    pub all: u64,
    /// Batches that are not collected yet.
    pub open: usize,
    /// Responses that were collected just now.
    pub answered: u64,
    /// Failures that were collected just now.
    pub failed: u64,
}

/// An error on the way.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// An error of the run's files.
    #[error(transparent)]
    Run(#[from] RunError),
    /// An error of the server.
    #[error("{0}")]
    Server(CallError),
}

/// The file in a run's folder.
const FILE: &str = "batches.json";

impl<'r> Ledger<'r> {
    /// Reads what earlier commands have submitted.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub(crate) fn open(run: &'r Run) -> Result<Self, RunError> {
        let path = run.path(FILE);
        let batches = match std::fs::read(&path) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map_err(|source| RunError::Form { path, source })?
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(RunError::Io { path, source }),
        };
        Ok(Self { run, batches })
    }

    /// Submits the questions that are in no open batch. Gives how many were submitted, and how many wait already.
    ///
    /// # Errors
    /// The server takes no batch, or the file cannot be written.
    pub(crate) fn submit(
        &mut self,
        server: &dyn Batches,
        questions: &[Question],
        at: &str,
    ) -> Result<(usize, usize), BatchError> {
        let open = self.batches.iter().filter(|batch| !batch.collected);
        let waiting: HashSet<String> = open.flat_map(|batch| batch.keys.iter().cloned()).collect();
        let fresh: Vec<&Question> = questions
            .iter()
            .filter(|question| !waiting.contains(question.key.as_str()))
            .collect();
        let mut rest = &fresh[..];
        while !rest.is_empty() {
            let (part, more) = rest.split_at(part_of(rest));
            rest = more;
            let requests: Vec<BatchRequest<'_>> = part
                .iter()
                .map(|question| BatchRequest {
                    name: question.key.as_str(),
                    messages: &question.messages,
                    repeat: question.repeat,
                })
                .collect();
            let id = server.submit(&requests).map_err(BatchError::Server)?;
            self.batches.push(Submitted {
                id,
                at: at.to_owned(),
                keys: part.iter().map(|one| one.key.as_str().to_owned()).collect(),
                collected: false,
            });
            self.write()?;
        }
        Ok((fresh.len(), questions.len() - fresh.len()))
    }

    /// Looks once at every open batch, and logs the responses of those that have ended.
    ///
    /// # Errors
    /// The server does not say, or a file cannot be written.
    pub(crate) fn collect(
        &mut self,
        server: &dyn Batches,
        questions: &[Question],
        log: &AnswerLog,
        at: &str,
    ) -> Result<Waiting, BatchError> {
        let mut waiting = Waiting::default();
        let by_key: HashMap<&str, &Question> = questions
            .iter()
            .map(|question| (question.key.as_str(), question))
            .collect();
        for number in 0..self.batches.len() {
            let batch = &self.batches[number];
            if batch.collected {
                continue;
            }
            match server.state(&batch.id).map_err(BatchError::Server)? {
                BatchState::Running { done, all } => {
                    waiting.done += done;
                    waiting.all += all.max(batch.keys.len() as u64);
                    waiting.open += 1;
                }
                BatchState::Ended(results) => {
                    for (name, result) in results {
                        let Some(question) = by_key.get(name.as_str()) else {
                            continue;
                        };
                        let reply = match result {
                            Ok(response) => Reply::Response(response),
                            Err(error) => Reply::Error(error),
                        };
                        match &reply {
                            Reply::Response(_) => waiting.answered += 1,
                            Reply::Error(_) => waiting.failed += 1,
                        }
                        log.append(&Entry {
                            key: question.key.clone(),
                            item: question.item.clone(),
                            repeat: question.repeat,
                            at: at.to_owned(),
                            seconds: 0.0,
                            attempts: 1,
                            reply,
                            steps: Vec::new(),
                        })
                        .map_err(RunError::from)?;
                    }
                    log.sync().map_err(RunError::from)?;
                    self.batches[number].collected = true;
                    self.write()?;
                }
            }
        }
        Ok(waiting)
    }

    fn write(&self) -> Result<(), RunError> {
        self.run.write(FILE, |out| {
            serde_json::to_writer_pretty(out, &self.batches)?;
            Ok(())
        })
    }
}

/// The number of questions that fit into one batch.
fn part_of(questions: &[&Question]) -> usize {
    let mut bytes = 0;
    let fits = questions.iter().take(REQUESTS).take_while(|question| {
        bytes += question
            .messages
            .iter()
            .map(|one| one.content.len() + 200)
            .sum::<usize>();
        bytes <= BYTES
    });
    fits.count().max(1)
}
