//! The answers of a run: one JSON object a line, appended before anything counts.
//!
//! An answer's key is a hash of everything that it depends on, so a log is also a cache. A process that is
//! killed leaves at most one torn line, which the next one cuts off.

#![expect(
    clippy::disallowed_methods,
    reason = "the errors of this module name the path"
)]

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::item::Item;
use crate::model::{CallError, Generation, Message, Response};

/// Hash of everything that an answer depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AnswerKey(String);

impl AnswerKey {
    /// The key of one question: the item's name, messages (and with them the template and all that is
    /// shown of the item), settings, model with its address, and the number of the repeat.
    #[must_use]
    pub fn new(
        item: &Item,
        messages: &[Message],
        generation: &Generation,
        model: (&str, &str),
        repeat: u32,
    ) -> Self {
        // `model` is its name and what tells it from others of that name: its address, or a hash of answers.
        let parts = (&item.id, messages, generation, model, repeat);
        // Plain data: writing it cannot fail.
        let text = serde_json::to_vec(&parts).unwrap_or_default();
        Self(blake3::hash(&text).to_hex()[..32].to_owned())
    }

    /// The key of what several answers make together: that of the question, and what decides how it is asked.
    #[must_use]
    pub fn of_steps(question: &Self, course: &impl Serialize) -> Self {
        // Plain data: writing it cannot fail.
        let text = serde_json::to_vec(&(question, course)).unwrap_or_default();
        Self(blake3::hash(&text).to_hex()[..32].to_owned())
    }

    /// The key in hexadecimal.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Key of the question.
    pub key: AnswerKey,
    /// The item's name, for people who read the log.
    pub item: String,
    /// The number of the repeat, from 0.
    pub repeat: u32,
    /// Time of arrival, in UTC.
    pub at: String,
    /// Duration of the last attempt in seconds.
    pub seconds: f64,
    /// Number of attempts.
    pub attempts: u32,
    /// The response or failure.
    #[serde(flatten)]
    pub reply: Reply,
    /// Keys of the answers that this one is made of, of an item that takes several requests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<AnswerKey>,
}

/// Result of a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// A response of the model.
    Response(Response),
    /// None, after all attempts.
    Error(CallError),
}

/// A log that can be written to. Only one process at a time has it.
pub struct AnswerLog {
    path: PathBuf,
    file: Mutex<File>,
    written: AtomicU64,
}

/// Error of opening or writing a log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// Another process writes to it.
    #[error("another run is writing to {}", .0.display())]
    Locked(PathBuf),
    /// It could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Path of the log.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
}

impl AnswerLog {
    /// Opens or creates a log, cuts off a torn last line, and reads what is there.
    ///
    /// # Errors
    /// Another process has it, or it cannot be read or written.
    pub fn open(path: &Path) -> Result<(Self, HashMap<AnswerKey, Entry>), LogError> {
        let io = |source| LogError::Io {
            path: path.to_owned(),
            source,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(LogError::Locked(path.to_owned()));
            }
            Err(std::fs::TryLockError::Error(source)) => return Err(io(source)),
        }
        cut_torn_line(&mut file).map_err(io)?;
        let entries = read(path)?;
        let log = Self {
            path: path.to_owned(),
            file: Mutex::new(file),
            written: AtomicU64::new(0),
        };
        Ok((log, entries))
    }

    /// Appends an entry with one write.
    ///
    /// # Errors
    /// It could not be written whole.
    pub fn append(&self, entry: &Entry) -> Result<(), LogError> {
        let io = |source| LogError::Io {
            path: self.path.clone(),
            source,
        };
        let mut line = serde_json::to_vec(entry).map_err(|error| io(error.into()))?;
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&line).map_err(io)?;
        self.written.fetch_add(1, Ordering::Release);
        Ok(())
    }

    /// Waits until everything appended so far is on the disk; returns how many entries that were.
    ///
    /// # Errors
    /// The disk says no.
    pub fn sync(&self) -> Result<u64, LogError> {
        let written = self.written.load(Ordering::Acquire);
        let file = self
            .file
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .try_clone();
        file.and_then(|file| file.sync_data())
            .map_err(|source| LogError::Io {
                path: self.path.clone(),
                source,
            })?;
        Ok(written)
    }
}

/// Reads a log. Of several entries with one key a response counts more than an error, and a later
/// one more than an earlier one. Lines that are no entries, as a crash of the machine may leave, are
/// passed over: what they held is asked again.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn read(path: &Path) -> Result<HashMap<AnswerKey, Entry>, LogError> {
    let io = |source| LogError::Io {
        path: path.to_owned(),
        source,
    };
    let mut entries: HashMap<AnswerKey, Entry> = HashMap::new();
    let mut reader = BufReader::new(File::open(path).map_err(io)?);
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(io)? == 0 {
            return Ok(entries);
        }
        let Ok(entry) = serde_json::from_slice::<Entry>(&line) else {
            continue;
        };
        let answered = matches!(entry.reply, Reply::Response(_));
        let known = entries.get(&entry.key);
        if answered || known.is_none_or(|known| matches!(known.reply, Reply::Error(_))) {
            entries.insert(entry.key.clone(), entry);
        }
    }
}

fn cut_torn_line(file: &mut File) -> io::Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut end = length;
    // Entries are far smaller than this; a longer tail without an end of line is read in steps.
    const STEP: u64 = 1 << 16;
    while end > 0 {
        let start = end.saturating_sub(STEP);
        let mut block = vec![0; usize::try_from(end - start).unwrap_or(0)];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut block)?;
        if let Some(at) = block.iter().rposition(|byte| *byte == b'\n') {
            end = start + at as u64 + 1;
            break;
        }
        end = start;
    }
    if end < length {
        file.set_len(end)?;
    }
    file.seek(SeekFrom::End(0)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, text: Option<&str>) -> Entry {
        Entry {
            key: AnswerKey(key.to_owned()),
            item: "item".to_owned(),
            repeat: 0,
            at: String::new(),
            seconds: 0.5,
            attempts: 1,
            reply: match text {
                Some(text) => Reply::Response(Response::plain(text.to_owned())),
                None => Reply::Error(CallError {
                    kind: crate::model::CallErrorKind::Server,
                    status: Some(500),
                    message: "x".to_owned(),
                    retry_after: None,
                }),
            },
            steps: Vec::new(),
        }
    }

    #[test]
    fn a_torn_line_is_cut_off_and_nothing_else_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers.jsonl");
        let (log, _) = AnswerLog::open(&path).unwrap();
        log.append(&entry("a", Some("1"))).unwrap();
        log.append(&entry("b", None)).unwrap();
        assert_eq!(log.sync().unwrap(), 2);
        assert!(matches!(AnswerLog::open(&path), Err(LogError::Locked(_))));
        drop(log);
        let whole = std::fs::read(&path).unwrap();
        let mut torn = whole.clone();
        torn.extend_from_slice(b"{\"key\":\"c\",\"it");
        std::fs::write(&path, torn).unwrap();
        let (log, entries) = AnswerLog::open(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), whole);
        assert_eq!(entries.len(), 2);
        log.append(&entry("b", Some("2"))).unwrap();
        log.append(&entry("b", None)).unwrap();
        drop(log);
        let entries = read(&path).unwrap();
        let key = AnswerKey("b".to_owned());
        assert_eq!(entries[&key].reply, entry("b", Some("2")).reply);
    }
}
