//! Items that take several requests: windows of a series, samples of an answer, rounds of feedback.
//!
//! An episode is a function of an item and of what was replied so far. The harness asks what it wants, keeps every
//! reply in the log under a key of its own, and asks the episode again; so a run that was killed asks for the rest
//! only. What the episode makes of all replies becomes the item's response, which is judged, counted and compared as
//! any other.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use crate::item::Item;
use crate::log::{AnswerKey, Entry, Reply};
use crate::model::{CallError, Message, Response, Usage};
use crate::run::{Asked, Run};
use crate::task::{Task, TaskError};

/// The course of an item that takes several requests. Pure: the same replies lead to the same requests.
pub trait Episode: Send + Sync {
    /// Name in task files: `[episode] name = ".."`.
    fn name(&self) -> &'static str;

    /// The next requests, or the end. `so_far` has every request that was made, in order, with its reply.
    fn next(&self, item: &Item, so_far: &[Turn]) -> Next;
}

/// An episode that can be shared.
pub type SharedEpisode = Arc<dyn Episode>;

/// Course of an item from here on.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Requests that do not depend on each other; at least one.
    Ask(Vec<Request>),
    /// The text that is judged as the item's response.
    Done(String),
}

/// One request of an episode.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Request {
    /// Fields over those of the item, with which the task's template is filled.
    pub fields: BTreeMap<String, Value>,
    /// Messages after those of the template: a former answer, and what is said about it.
    pub then: Vec<Message>,
    /// The number of the sample of the same messages, from 0.
    pub draw: u16,
}

/// A request that was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// The request as it was made.
    pub request: Request,
    /// The response; `None` if there was none after all attempts, which counts as an answer without content.
    pub reply: Option<Response>,
}

/// The first messages of an item: what a report shows as its prompt.
pub(crate) fn first_messages(
    task: &Task,
    episode: &dyn Episode,
    item: &Item,
) -> Result<Vec<Message>, TaskError> {
    let request = match episode.next(item, &[]) {
        Next::Ask(requests) => requests.into_iter().next().unwrap_or_default(),
        // An item that takes no request at all, such as a series too short for a window.
        Next::Done(_) => return Ok(Vec::new()),
    };
    messages(task, item, &request)
}

fn messages(task: &Task, item: &Item, request: &Request) -> Result<Vec<Message>, TaskError> {
    let mut shown = item.clone();
    shown.fields.extend(request.fields.clone());
    let mut messages = task.messages(&shown)?;
    messages.extend(request.then.iter().cloned());
    Ok(messages)
}

/// A request that has to be sent.
#[derive(Debug)]
pub(crate) struct Due {
    pub(crate) key: AnswerKey,
    /// Repeat and draw in one number, with which seeds and keys differ.
    pub(crate) repeat: u32,
    pub(crate) messages: Vec<Message>,
}

/// Place of an item in its episode.
pub(crate) enum Place {
    /// These requests have no reply yet.
    Waiting(Vec<Due>),
    /// It has ended.
    Ended(Box<Entry>),
}

/// Replies of a run by key, and which keys were tried by this process without a response.
pub(crate) struct Replies<'a> {
    pub(crate) entries: &'a HashMap<AnswerKey, Entry>,
    pub(crate) tried: &'a HashSet<AnswerKey>,
}

/// Requests that an item may take. More are a fault of the episode, which would not end.
const MOST: usize = 1 << 20;

/// Follows an item's episode through the replies that there are.
pub(crate) fn follow(
    task: &Task,
    episode: &dyn Episode,
    run: &Run,
    (asked, repeat): (&Asked, u32),
    replies: &Replies<'_>,
) -> Result<Place, TaskError> {
    let mut turns: Vec<Turn> = Vec::new();
    let mut sum = Sum::default();
    loop {
        let requests = match episode.next(&asked.item, &turns) {
            Next::Ask(requests) if !requests.is_empty() && turns.len() < MOST => requests,
            Next::Ask(_) => {
                return Ok(Place::Ended(Box::new(sum.entry(
                    run,
                    asked,
                    repeat,
                    String::new(),
                ))));
            }
            Next::Done(text) => {
                return Ok(Place::Ended(Box::new(sum.entry(run, asked, repeat, text))));
            }
        };
        let mut waiting = Vec::new();
        for request in requests {
            let messages = messages(task, &asked.item, &request)?;
            // Epochs and draws are counted apart: a run with more epochs asks for the new ones only.
            let number = (repeat << 16) | u32::from(request.draw);
            let key = run.step_key(&asked.item, &messages, number);
            let entry = replies.entries.get(&key);
            let reply = match entry.map(|entry| &entry.reply) {
                Some(Reply::Response(response)) => Some(response.clone()),
                _ if replies.tried.contains(&key) => None,
                _ => {
                    waiting.push(Due {
                        key,
                        repeat: number,
                        messages,
                    });
                    continue;
                }
            };
            sum.add(key, entry);
            turns.push(Turn { request, reply });
        }
        if !waiting.is_empty() {
            return Ok(Place::Waiting(waiting));
        }
    }
}

/// All steps of an item together.
#[derive(Default)]
struct Sum {
    steps: Vec<AnswerKey>,
    at: String,
    seconds: f64,
    attempts: u32,
    usage: Option<Usage>,
    answered: bool,
    error: Option<CallError>,
}

impl Sum {
    fn add(&mut self, key: AnswerKey, entry: Option<&Entry>) {
        // Two requests with the same messages and number are one.
        if self.steps.contains(&key) {
            return;
        }
        self.steps.push(key);
        let Some(entry) = entry else {
            return;
        };
        self.seconds += entry.seconds;
        self.attempts += entry.attempts;
        if entry.at > self.at {
            self.at.clone_from(&entry.at);
        }
        match &entry.reply {
            Reply::Response(response) => {
                self.answered = true;
                if let Some(usage) = response.usage {
                    *self.usage.get_or_insert_with(Usage::default) += usage;
                }
            }
            Reply::Error(error) => self.error = Some(error.clone()),
        }
    }

    /// The item's line in the log. Where no request had a response, there is none.
    fn entry(self, run: &Run, asked: &Asked, repeat: u32, text: String) -> Entry {
        let reply = match self.error {
            Some(error) if !self.answered => Reply::Error(error),
            _ => Reply::Response(Response {
                usage: self.usage,
                ..Response::plain(text)
            }),
        };
        Entry {
            key: run.key(asked, repeat),
            item: asked.item.id.clone(),
            repeat,
            at: self.at,
            seconds: self.seconds,
            attempts: self.attempts,
            reply,
            steps: self.steps,
        }
    }
}
