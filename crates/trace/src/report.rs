//! Checks what a child reports and turns it into typed rows.
//!
//! A child runs strangers' code and can write anything. What is accepted here is possible for the
//! program at hand: its lines exist, names could be its locals, frames start, pause and end in an
//! order that nesting allows, nothing is larger than its cap.

use std::collections::HashSet;

use serde::Deserialize;
use tracestone_record::{
    Change, Event, EventKind, Exception, Line, Outcome, Program, Trace, Value,
};

use crate::frame::RawReport;
use crate::settings::Limits;

/// A report that has passed all checks.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) outcome: Outcome,
    pub(crate) stdout: String,
    pub(crate) stdout_truncated: bool,
    /// Present where the outcome is returned or raised.
    pub(crate) trace: Option<Trace>,
}

/// What came of trying an input, after all checks.
#[derive(Debug)]
pub(crate) struct Tried {
    pub(crate) outcome: Outcome,
    /// From which line to which it went; the first step comes from line 0.
    pub(crate) steps: Vec<(Line, Line)>,
}

impl Tried {
    /// What a traced run would have given as a tried one.
    pub(crate) fn of(report: &Report) -> Self {
        let path: Vec<Line> = match &report.trace {
            Some(trace) => trace.path().collect(),
            None => Vec::new(),
        };
        let from = std::iter::once(Line(0)).chain(path.iter().copied());
        Self {
            outcome: report.outcome.clone(),
            steps: from.zip(path.iter().copied()).collect(),
        }
    }
}

/// What of a program the checks need.
pub(crate) struct Checker<'a> {
    lines: Line,
    words: HashSet<&'a str>,
    limits: &'a Limits,
}

/// `[text, flags, type]`.
type RawValue = (String, u8, String);
/// `[name, value or null]`.
type RawChange = (String, Option<RawValue>);
/// `[frame, kind, line, changes, value or null, further texts]`. The texts end with pairs of names: a
/// changed variable and another one that is the same object.
type RawEvent = (u32, u8, Line, Vec<RawChange>, Option<RawValue>, Vec<String>);

/// `[type, message, "exact" or "inexact"]`.
type RawException = (String, String, String);

#[derive(Deserialize)]
#[serde(untagged)]
enum RawOutcome {
    Value(String, RawValue),
    Exception(String, RawException),
    Text(String, String),
    Plain((String,)),
}

/// Bytes of a name.
const MAX_NAME: usize = 1000;

const INEXACT: u8 = 1;
const UNORDERED: u8 = 2;
const TRUNCATED: u8 = 4;

impl<'a> Checker<'a> {
    pub(crate) fn new(program: &'a Program, limits: &'a Limits) -> Self {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        Self {
            lines: Line(u32::try_from(program.text.lines().count()).unwrap_or(u32::MAX)),
            words: program.text.split(|c| !is_word(c)).collect(),
            limits,
        }
    }

    /// The report, or what is wrong with it.
    pub(crate) fn check(&self, raw: &RawReport) -> Result<Report, String> {
        let outcome = self.outcome(&raw.outcome)?;
        let (stdout, stdout_truncated): (String, bool) =
            serde_json::from_slice(&raw.stdout).map_err(|_| "its output is malformed")?;
        if stdout.len() > self.limits.stdout_bytes as usize {
            return Err("its output is larger than the limit".to_owned());
        }
        let qualifies = matches!(outcome, Outcome::Returned { .. } | Outcome::Raised { .. });
        let trace = match qualifies {
            true => Some(self.trace(&raw.events)?),
            false => None,
        };
        Ok(Report {
            outcome,
            stdout,
            stdout_truncated,
            trace,
        })
    }

    /// What came of trying an input, or what is wrong with the report.
    pub(crate) fn check_tried(&self, raw: &RawReport) -> Result<Tried, String> {
        let outcome = self.outcome(&raw.outcome)?;
        let steps: Vec<(Line, Line)> =
            serde_json::from_slice(&raw.events).map_err(|_| "its steps are malformed")?;
        if steps
            .iter()
            .any(|&(from, to)| from > self.lines || to > self.lines || to == Line(0))
        {
            return Err("a step has a line that the program does not have".to_owned());
        }
        Ok(Tried { outcome, steps })
    }

    fn outcome(&self, json: &[u8]) -> Result<Outcome, String> {
        let raw: RawOutcome =
            serde_json::from_slice(json).map_err(|_| "its outcome is malformed")?;
        Ok(match raw {
            RawOutcome::Value(kind, value) if kind == "returned" => Outcome::Returned {
                value: self.value(value)?,
            },
            RawOutcome::Exception(kind, exception) => {
                let exception = self.exception(exception)?;
                match kind.as_str() {
                    "raised" => Outcome::Raised { exception },
                    "program_failed" => Outcome::ProgramFailed { exception },
                    "setup_failed" => Outcome::SetupFailed { exception },
                    _ => return Err("its outcome is malformed".to_owned()),
                }
            }
            RawOutcome::Text(kind, text) => match (kind.as_str(), text.as_str()) {
                ("over_budget", "steps" | "depth" | "trace_bytes") => {
                    Outcome::OverBudget { budget: text }
                }
                ("refused", _) if text.len() <= 100 => Outcome::Refused { what: text },
                ("invalid", _) if text.len() <= 200 => Outcome::Invalid { why: text },
                _ => return Err("its outcome is malformed".to_owned()),
            },
            RawOutcome::Plain((kind,)) if kind == "out_of_memory" => Outcome::OutOfMemory,
            _ => return Err("its outcome is malformed".to_owned()),
        })
    }

    fn trace(&self, json: &[u8]) -> Result<Trace, String> {
        let raw: Vec<RawEvent> =
            serde_json::from_slice(json).map_err(|_| "its events are malformed")?;
        let mut frames = Frames::default();
        let mut steps = 0;
        let events = raw
            .into_iter()
            .map(|(frame, kind, line, changes, value, mut texts)| {
                if line == Line(0) || line > self.lines {
                    return Err("an event has a line that the program does not have".to_owned());
                }
                let own = match kind {
                    0 => 1,
                    5 => 3,
                    _ => 0,
                };
                let pairs = texts.split_off(own.min(texts.len()));
                let kind = self.event_kind(kind, value, texts, frames.active.len())?;
                frames.step(frame, &kind)?;
                steps += u32::from(kind == EventKind::Line);
                if steps > self.limits.max_steps {
                    return Err("it has more steps than the budget".to_owned());
                }
                let mut changes = changes
                    .into_iter()
                    .map(|change| self.change(change))
                    .collect::<Result<Vec<_>, _>>()?;
                self.name_same_objects(&mut changes, &pairs)?;
                Ok(Event {
                    frame,
                    kind,
                    line,
                    changes,
                })
            })
            .collect::<Result<_, String>>()?;
        if !frames.active.is_empty() {
            return Err("a frame never ends".to_owned());
        }
        Ok(Trace { events })
    }

    fn event_kind(
        &self,
        kind: u8,
        value: Option<RawValue>,
        texts: Vec<String>,
        depth: usize,
    ) -> Result<EventKind, String> {
        let malformed = "an event is malformed";
        Ok(match (kind, value) {
            (0, None) => {
                let [function]: [String; 1] = texts.try_into().map_err(|_| malformed)?;
                if function.is_empty() || function.len() > 1000 {
                    return Err(malformed.to_owned());
                }
                let depth = u32::try_from(depth).map_err(|_| malformed)?;
                if depth >= self.limits.max_depth {
                    return Err("it is deeper than the budget".to_owned());
                }
                EventKind::Call { function, depth }
            }
            (1, None) => EventKind::Resume,
            (2, None) => EventKind::Line,
            (3, Some(value)) => EventKind::Return {
                value: self.value(value)?,
            },
            (4, Some(value)) => EventKind::Yield {
                value: self.value(value)?,
            },
            (5, None) => {
                let [type_name, message, exact]: [String; 3] =
                    texts.try_into().map_err(|_| malformed)?;
                EventKind::Raise {
                    exception: self.exception((type_name, message, exact))?,
                }
            }
            _ => return Err(malformed.to_owned()),
        })
    }

    fn change(&self, (name, value): RawChange) -> Result<Change, String> {
        if !self.could_be_local(&name) {
            return Err("a changed local has a name that the program does not have".to_owned());
        }
        Ok(Change {
            name,
            value: value.map(|value| self.value(value)).transpose()?,
            same_as: None,
        })
    }

    /// Notes which changed variables are the same object as another one. The pairs are in the order of
    /// the changes, so that one walk over these finds all.
    fn name_same_objects(&self, changes: &mut [Change], pairs: &[String]) -> Result<(), String> {
        let malformed = || "a pair of names is malformed".to_owned();
        let mut changes = changes.iter_mut();
        for pair in pairs.chunks(2) {
            let [name, other] = pair else {
                return Err(malformed());
            };
            let change = changes.find(|change| change.name == *name);
            let change = change.filter(|_| name != other && self.could_be_local(other));
            change.ok_or_else(malformed)?.same_as = Some(other.clone());
        }
        Ok(())
    }

    /// Whether the name occurs in the program, as it is or with a class's name put before it, as
    /// Python does with names that start with two underscores. Python also normalises names that are
    /// not ASCII, so of those only the form is checked.
    fn could_be_local(&self, name: &str) -> bool {
        // A name with ten thousands of underscores would take as many look-ups of long texts.
        if name.len() > MAX_NAME {
            return false;
        }
        let mut letters = name.chars();
        let starts = letters
            .next()
            .is_some_and(|c| c.is_alphabetic() || c == '_' || !c.is_ascii());
        if !starts || !letters.all(|c| c.is_alphanumeric() || c == '_' || !c.is_ascii()) {
            return false;
        }
        let mangled = || {
            name.starts_with('_')
                && name
                    .match_indices("__")
                    .any(|(at, _)| self.words.contains(&name[at..]))
        };
        !name.is_ascii() || self.words.contains(name) || mangled()
    }

    fn value(&self, (text, flags, type_name): RawValue) -> Result<Value, String> {
        let too_large = text.len() > self.limits.value_bytes as usize || type_name.len() > 1000;
        if too_large || flags > INEXACT | UNORDERED | TRUNCATED {
            return Err("a value is larger than the limit or malformed".to_owned());
        }
        Ok(Value {
            text,
            exact: flags & INEXACT == 0,
            unordered: flags & UNORDERED != 0,
            truncated: flags & TRUNCATED != 0,
            type_name,
        })
    }

    fn exception(&self, (type_name, message, exact): RawException) -> Result<Exception, String> {
        if message.len() > self.limits.value_bytes as usize || type_name.len() > 1000 {
            return Err("an exception is larger than the limit".to_owned());
        }
        let exact = match exact.as_str() {
            "exact" => true,
            "inexact" => false,
            _ => return Err("an exception is malformed".to_owned()),
        };
        Ok(Exception {
            type_name,
            message,
            exact,
        })
    }
}

/// The frames of a trace so far.
#[derive(Default)]
struct Frames {
    /// By number of the frame.
    states: Vec<FrameState>,
    /// The frames that are active, outermost first.
    active: Vec<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FrameState {
    Active,
    Paused,
    Ended,
}

impl Frames {
    /// Lets an event happen, if it can.
    fn step(&mut self, frame: u32, kind: &EventKind) -> Result<(), String> {
        let index = frame as usize;
        let is_top = self.active.last() == Some(&frame);
        let (possible, next) = match kind {
            EventKind::Call { .. } => {
                let possible = index == self.states.len();
                if possible {
                    self.states.push(FrameState::Active);
                }
                (possible, FrameState::Active)
            }
            EventKind::Resume => {
                // A generator that the set-up has started goes on without having started here.
                let is_new = index == self.states.len();
                if is_new {
                    self.states.push(FrameState::Paused);
                }
                let paused = self.states.get(index) == Some(&FrameState::Paused);
                (paused, FrameState::Active)
            }
            EventKind::Line => (is_top, FrameState::Active),
            EventKind::Yield { .. } => (is_top, FrameState::Paused),
            EventKind::Return { .. } | EventKind::Raise { .. } => (is_top, FrameState::Ended),
        };
        if !possible {
            return Err("its events are in an impossible order".to_owned());
        }
        self.states[index] = next;
        match kind {
            EventKind::Call { .. } | EventKind::Resume => self.active.push(frame),
            EventKind::Line => {}
            _ => drop(self.active.pop()),
        }
        Ok(())
    }
}
