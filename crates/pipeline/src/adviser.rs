//! The model that a judge asks. Its opinions are kept beside the run, so that judging again costs nothing.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tracestone_eval::model::{CallErrorKind, Message, Model, open_judge};
use tracestone_files as files;
use tracestone_record::watch::Watch;

/// Questions at once.
const CONNECTIONS: usize = 16;
/// Attempts for a question, and the wait before the second one, which then doubles.
const ATTEMPTS: u32 = 5;
const WAIT: Duration = Duration::from_millis(500);
/// Time limit of an attempt.
const ATTEMPT: Duration = Duration::from_secs(300);

/// Opinions that are there already, and the file that they are kept in.
pub(crate) struct Adviser {
    /// The model that is asked in the place of a task's own.
    model: Option<String>,
    file: Option<PathBuf>,
    known: HashMap<String, String>,
}

impl Adviser {
    /// One that has asked nothing yet.
    pub(crate) fn new(model: Option<String>) -> Self {
        Self {
            model,
            file: None,
            known: HashMap::new(),
        }
    }

    /// Keeps opinions in a file, and knows those that are in it.
    pub(crate) fn keep_in(&mut self, file: &Path) {
        self.file = Some(file.to_owned());
        // Without the file, or a line of it, an opinion is asked for again.
        let text = files::read_text(file).unwrap_or_default();
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).unwrap_or_default();
            if let (Some(key), Some(said)) = (line["key"].as_str(), line["opinion"].as_str()) {
                self.known.insert(key.to_owned(), said.to_owned());
            }
        }
    }

    /// The opinions of a model.
    pub(crate) fn ask(
        &mut self,
        model: &str,
        questions: &[Vec<Message>],
        watch: &dyn Watch,
    ) -> Result<Vec<Result<String, String>>, String> {
        let named = self.model.clone();
        let model = named.as_deref().unwrap_or(model);
        if model.is_empty() {
            return Err(
                "the judge asks a model, and none is named: give --judge-model, or `model` in [judge]"
                    .to_owned(),
            );
        }
        let keys: Vec<String> = questions.iter().map(|one| key(model, one)).collect();
        let mut fresh: Vec<usize> = (0..questions.len())
            .filter(|at| !self.known.contains_key(&keys[*at]))
            .collect();
        fresh.dedup_by_key(|at| keys[*at].clone());
        let mut failures: HashMap<String, String> = HashMap::new();
        if !fresh.is_empty() {
            let asked = Asked {
                model: open_judge(model)?,
                watch,
                file: Mutex::new(self.open_file()?),
                next: AtomicUsize::new(0),
                answers: Mutex::new(Vec::new()),
            };
            std::thread::scope(|scope| {
                for _ in 0..CONNECTIONS.min(fresh.len()) {
                    scope.spawn(|| asked.work(&fresh, &keys, questions));
                }
            });
            let answers = asked.answers.into_inner();
            for (at, answer) in answers.unwrap_or_else(PoisonError::into_inner) {
                match answer {
                    Ok(said) => drop(self.known.insert(keys[at].clone(), said)),
                    Err(why) => drop(failures.insert(keys[at].clone(), why)),
                }
            }
        }
        let opinion = |key: &String| match (self.known.get(key), failures.get(key)) {
            (Some(said), _) => Ok(said.clone()),
            (None, Some(why)) => Err(why.clone()),
            (None, None) => Err("it was not asked".to_owned()),
        };
        Ok(keys.iter().map(opinion).collect())
    }

    fn open_file(&self) -> Result<Option<File>, String> {
        let Some(path) = &self.file else {
            return Ok(None);
        };
        let file = OpenOptions::new().create(true).append(true).open(path);
        let file = file.map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Some(file))
    }
}

/// Questions being asked by several threads.
struct Asked<'w> {
    watch: &'w dyn Watch,
    model: Box<dyn Model>,
    file: Mutex<Option<File>>,
    next: AtomicUsize,
    answers: Mutex<Vec<(usize, Result<String, String>)>>,
}

impl Asked<'_> {
    fn work(&self, fresh: &[usize], keys: &[String], questions: &[Vec<Message>]) {
        while let Some(at) = fresh.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            if self.watch.stop() {
                return;
            }
            let answer = self.one(&questions[*at]);
            if let Ok(said) = &answer {
                let line = json!({ "key": keys[*at], "opinion": said });
                let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
                // What cannot be kept is asked for again another time.
                drop(file.as_mut().map(|file| writeln!(file, "{line}")));
            }
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.push((*at, answer));
        }
    }

    fn one(&self, messages: &[Message]) -> Result<String, String> {
        let mut wait = WAIT;
        for attempt in 1.. {
            match self.model.ask(messages, 0) {
                Ok(response) => return Ok(response.text),
                Err(error) => {
                    let final_ =
                        matches!(error.kind, CallErrorKind::Rejected | CallErrorKind::Denied);
                    if final_ || attempt >= ATTEMPTS || self.watch.stop() {
                        return Err(error.to_string());
                    }
                    let asked = error.retry_after.unwrap_or_default();
                    std::thread::sleep(asked.max(wait).min(ATTEMPT));
                    wait *= 2;
                }
            }
        }
        Err("it was not asked".to_owned())
    }
}

fn key(model: &str, messages: &[Message]) -> String {
    // Plain data: writing it cannot fail.
    let text = serde_json::to_vec(&(model, messages)).unwrap_or_default();
    blake3::hash(&text).to_hex()[..32].to_owned()
}
