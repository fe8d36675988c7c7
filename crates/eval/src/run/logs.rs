//! The log of a run's answers, and what other runs with the same model have for it.

#![expect(
    clippy::disallowed_methods,
    reason = "the errors of this module name the path"
)]

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use super::{Header, Run, RunError, is_answered};
use crate::log::{self, AnswerKey, AnswerLog, Entry};

/// Entries of logs by their keys.
pub(crate) type Entries = HashMap<AnswerKey, Entry>;

impl Run {
    /// Opens the log of answers for writing. Answers to the same questions that other runs of the folder
    /// above have are copied, so that nothing is paid for twice. Returns their number.
    ///
    /// # Errors
    /// Another process has the log, or it could not be read or written.
    pub(crate) fn open_log(
        &self,
    ) -> Result<(AnswerLog, HashMap<AnswerKey, Entry>, usize), RunError> {
        let (log, mut entries) = AnswerLog::open(&self.path("answers.jsonl"))?;
        let mut copied = 0;
        let wanted: Vec<AnswerKey> = self
            .asked
            .iter()
            .flat_map(|asked| (0..self.header.epochs).map(|repeat| self.key(asked, repeat)))
            .filter(|key| !is_answered(entries.get(key)))
            .collect();
        if wanted.is_empty() {
            return Ok((log, entries, 0));
        }
        for other in self.siblings() {
            // A run that is being written, or is broken, has nothing to give.
            let Ok(answers) = log::read(&other) else {
                continue;
            };
            for key in &wanted {
                if let Some(entry) = answers.get(key)
                    && is_answered(Some(entry))
                    && !is_answered(entries.get(key))
                {
                    log.append(entry)?;
                    entries.insert(key.clone(), entry.clone());
                    copied += 1;
                }
            }
        }
        Ok((log, entries, copied))
    }

    /// Opens the log for writing, and reads the responses that other runs with the same model have: which of them
    /// are needed is known on the way only, where an item takes several requests.
    ///
    /// # Errors
    /// Another process has the log, or it could not be read or written.
    pub(crate) fn open_log_beside_others(&self) -> Result<(AnswerLog, Entries, Entries), RunError> {
        let (log, entries) = AnswerLog::open(&self.path("answers.jsonl"))?;
        let mut others = HashMap::new();
        for other in self.siblings() {
            // A run that is being written, or is broken, has nothing to give.
            let answers = log::read(&other).unwrap_or_default().into_iter();
            others.extend(answers.filter(|(key, entry)| {
                entry.steps.is_empty() && is_answered(Some(entry)) && !is_answered(entries.get(key))
            }));
        }
        Ok((log, entries, others))
    }

    /// The answers of other runs with the same model.
    fn siblings(&self) -> Vec<PathBuf> {
        let Some(parent) = self.folder.parent() else {
            return Vec::new();
        };
        let folders = fs::read_dir(parent).into_iter().flatten().flatten();
        let mut found: Vec<PathBuf> = folders
            .map(|entry| entry.path())
            .filter(|path| *path != self.folder)
            .filter(|path| {
                fs::read(path.join("run.json"))
                    .ok()
                    .and_then(|bytes| serde_json::from_slice::<Header>(&bytes).ok())
                    .is_some_and(|header| header.identity().0 == self.header.identity().0)
            })
            .map(|path| path.join("answers.jsonl"))
            .collect();
        found.sort();
        found
    }
}
