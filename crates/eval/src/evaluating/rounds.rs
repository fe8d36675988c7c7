//! Asking items that take several requests: all that is due is asked together, until nothing is.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tracestone_record::words::counted;

use super::{Asker, Evaluation, EvaluationError, note};
use crate::episode::{Episode, Place, Replies, follow};
use crate::live::{Live, View};
use crate::log::{AnswerKey, AnswerLog, Entry, Reply};
use crate::run::Run;
use crate::schedule::{Halt, Question};

/// Items in the middle of their episodes.
pub(super) struct Rounds<'a> {
    pub(super) evaluation: &'a Evaluation<'a>,
    pub(super) run: &'a Run,
    pub(super) episode: &'a dyn Episode,
    pub(super) log: Arc<AnswerLog>,
    pub(super) entries: HashMap<AnswerKey, Entry>,
    /// Answers of other runs of the same model, by key.
    pub(super) others: HashMap<AnswerKey, Entry>,
    /// Requests that this process has made.
    pub(super) tried: HashSet<AnswerKey>,
}

impl Rounds<'_> {
    /// Asks round after round, until every item has ended or the asker stops.
    pub(super) fn make(
        mut self,
        asker: &mut Asker,
        live: &Arc<Live>,
        view: &dyn View,
    ) -> Result<Option<Halt>, EvaluationError> {
        let mut first = true;
        loop {
            let (questions, kept, copied) = self.due()?;
            if first && kept > 0 {
                let all = counted((kept + questions.len()) as u64, "request");
                note(
                    view,
                    &format!("{kept} of {all} already answered ({copied} of them in other runs)"),
                );
            }
            if first {
                let kept = self.entries.values().filter(|entry| entry.steps.is_empty());
                kept.filter(|entry| matches!(entry.reply, Reply::Response(_)))
                    .for_each(|entry| live.take(entry));
            }
            first = false;
            if questions.is_empty() {
                self.tell_failures(view);
                return Ok(None);
            }
            self.tried
                .extend(questions.iter().map(|question| question.key.clone()));
            let halt = asker.ask(self.run, &self.log, questions, live, view)?;
            self.entries = self.run.answers()?;
            if halt.is_some() || asker.stopped {
                // What ended before counts; the rest is asked by the next run.
                self.tried.retain(|key| self.entries.contains_key(key));
                self.end_what_can()?;
                return Ok(halt);
            }
        }
    }

    /// Says how many requests have no response: no item is missing for it, so that nothing else would.
    fn tell_failures(&self, view: &dyn View) {
        let failed = self.entries.values().filter(|entry| {
            self.tried.contains(&entry.key) && matches!(entry.reply, Reply::Error(_))
        });
        let failed = failed.count();
        if failed > 0 {
            let requests = counted(failed as u64, "request");
            note(
                view,
                &format!(
                    "{requests} without a response; they count as answers without content, and the same command tries them again"
                ),
            );
        }
    }

    /// Requests without a reply, with the numbers of those that have one and of those taken from other runs. Items
    /// that have ended are logged.
    fn due(&mut self) -> Result<(Vec<Question>, usize, usize), EvaluationError> {
        let mut copied = 0;
        loop {
            let mut questions: Vec<Question> = Vec::new();
            let mut seen = HashSet::new();
            let mut found = Vec::new();
            self.places(|asked, place| match place {
                Place::Ended(entry) => found.push(*entry),
                Place::Waiting(waiting) => {
                    let new = waiting
                        .into_iter()
                        .filter(|due| seen.insert(due.key.clone()));
                    questions.extend(new.map(|due| Question {
                        key: due.key,
                        item: asked.to_owned(),
                        repeat: due.repeat,
                        messages: due.messages,
                    }));
                }
            })?;
            let known: Vec<Entry> = questions
                .iter()
                .filter_map(|question| self.others.get(&question.key).cloned())
                .collect();
            if known.is_empty() {
                for entry in found {
                    self.keep(entry)?;
                }
                let kept = self.entries.values().filter(|entry| entry.steps.is_empty());
                let kept = kept
                    .filter(|entry| matches!(entry.reply, Reply::Response(_)))
                    .count();
                return Ok((questions, kept, copied));
            }
            // What other runs have may be enough for requests that come after it.
            copied += known.len();
            for entry in known {
                self.log.append(&entry)?;
                self.entries.insert(entry.key.clone(), entry);
            }
        }
    }

    fn places(&self, mut each: impl FnMut(&str, Place)) -> Result<(), EvaluationError> {
        let replies = Replies {
            entries: &self.entries,
            tried: &self.tried,
        };
        for repeat in 0..self.run.header.epochs {
            for asked in &self.run.asked {
                let task = self.evaluation.task;
                let place = follow(task, self.episode, self.run, (asked, repeat), &replies)?;
                each(&asked.item.id, place);
            }
        }
        Ok(())
    }

    fn end_what_can(&mut self) -> Result<(), EvaluationError> {
        let mut found = Vec::new();
        self.places(|_, place| {
            if let Place::Ended(entry) = place {
                found.push(*entry);
            }
        })?;
        for entry in found {
            self.keep(entry)?;
        }
        Ok(())
    }

    /// Logs the response that an item's replies make, unless it is there already.
    fn keep(&mut self, entry: Entry) -> Result<(), EvaluationError> {
        let same = self
            .entries
            .get(&entry.key)
            .is_some_and(|old| old.reply == entry.reply && old.steps == entry.steps);
        if !same {
            self.log.append(&entry)?;
            self.entries.insert(entry.key.clone(), entry);
        }
        Ok(())
    }
}
