//! Checks what a child reports and turns it into typed rows.
//!
//! A child runs untrusted code and can write anything. A report is accepted only if it is possible for the
//! program: its lines are lines of code, names occur in it, exact texts are literals of their type, types
//! have names, frames start, pause and end in an order that nesting allows, nothing is larger than its cap.

use serde::Deserialize;
use tracestone_record::{
    Change, Event, EventKind, EventType, Exception, Line, Outcome, Program, Trace, Value,
};

use crate::frame::RawReport;
use crate::possible::{Possible, is_type};
use crate::replay::{ReplayEvent, ReplayOutcome};
use crate::settings::Limits;
use crate::shared::{
    CALLS_ELSEWHERE, DEPTH, EVENT_CALL, EVENT_LINE, EVENT_RAISE, EVENT_RESUME, EVENT_RETURN,
    EVENT_YIELD, EXACT, INEXACT, INVALID, NOT_EXACT, OUT_OF_MEMORY, OVER_BUDGET, PROGRAM_FAILED,
    RAISED, REFUSED, RETURNED, SETUP_FAILED, STEPS, TRACE_BYTES, TRUNCATED, UNORDERED,
};

/// A report that has passed all checks.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) outcome: Outcome,
    pub(crate) stdout: String,
    pub(crate) stdout_truncated: bool,
    /// Present where the outcome is returned or raised.
    pub(crate) trace: Option<Trace>,
}

/// Result of trying an input, after all checks.
#[derive(Debug)]
pub(crate) struct Tried {
    pub(crate) outcome: Outcome,
    /// From which line to which it went; the first step comes from line 0.
    pub(crate) steps: Vec<(Line, Line)>,
}

impl Tried {
    /// The result that a traced run would have had as a tried one.
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

/// Properties of a program that the checks need.
pub(crate) struct Checker<'a> {
    possible: Possible<'a>,
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

impl<'a> Checker<'a> {
    pub(crate) fn new(program: &'a Program, limits: &'a Limits) -> Self {
        Self::of(&program.text, limits)
    }

    /// The checks for a program's text.
    pub(crate) fn of(program: &'a str, limits: &'a Limits) -> Self {
        Self {
            possible: Possible::of(program),
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

    /// Result of trying an input, or the defect of the report.
    pub(crate) fn check_tried(&self, raw: &RawReport) -> Result<Tried, String> {
        let outcome = self.outcome(&raw.outcome)?;
        let steps: Vec<(Line, Line)> =
            serde_json::from_slice(&raw.events).map_err(|_| "its steps are malformed")?;
        if steps.iter().any(|&(from, to)| {
            from != Line(0) && !self.possible.is_line(from) || !self.possible.is_line(to)
        }) {
            return Err("a step has a line without code".to_owned());
        }
        Ok(Tried { outcome, steps })
    }

    /// Checks that an expression that was executed again can have ended like this and printed this.
    pub(crate) fn check_ending(&self, outcome: &ReplayOutcome, stdout: &str) -> Result<(), String> {
        let too_large = match outcome {
            ReplayOutcome::Returned { text } => text.len() > self.limits.value_bytes as usize,
            ReplayOutcome::Raised { type_name, .. } if is_type(type_name) => false,
            ReplayOutcome::Raised { .. } => {
                return Err("an exception's type has a name that is no identifier".to_owned());
            }
        };
        if too_large || stdout.len() > self.limits.stdout_bytes as usize {
            return Err("what it gives is larger than the limit".to_owned());
        }
        Ok(())
    }

    /// Checks that these can be the events of an expression that was executed again.
    pub(crate) fn check_replayed(&self, events: &[ReplayEvent]) -> Result<(), String> {
        let mut frames = Frames::default();
        let mut steps = 0;
        for event in events {
            if !self.possible.is_line(event.line) {
                return Err("an event has a line without code".to_owned());
            }
            frames.step(event.frame, Step::of(event.kind))?;
            steps += u32::from(event.kind == EventType::Line);
            for change in &event.changes {
                if !self.possible.is_variable(&change.name) {
                    return Err(
                        "a changed local has a name that the program does not have".to_owned()
                    );
                }
                let text = change.text.as_deref().unwrap_or_default();
                if text.len() > self.limits.value_bytes as usize {
                    return Err("a value is larger than the limit".to_owned());
                }
            }
        }
        if steps > self.limits.max_steps {
            return Err("it has more steps than the budget".to_owned());
        }
        match frames.active.is_empty() {
            true => Ok(()),
            false => Err("a frame never ends".to_owned()),
        }
    }

    fn outcome(&self, json: &[u8]) -> Result<Outcome, String> {
        let raw: RawOutcome =
            serde_json::from_slice(json).map_err(|_| "its outcome is malformed")?;
        Ok(match raw {
            RawOutcome::Value(kind, value) if kind == RETURNED => Outcome::Returned {
                value: self.value(value)?,
            },
            RawOutcome::Exception(kind, exception) => {
                let exception = self.exception(exception)?;
                match kind.as_str() {
                    RAISED => Outcome::Raised { exception },
                    PROGRAM_FAILED => Outcome::ProgramFailed { exception },
                    SETUP_FAILED => Outcome::SetupFailed { exception },
                    _ => return Err("its outcome is malformed".to_owned()),
                }
            }
            RawOutcome::Text(kind, text) => match (kind.as_str(), text.as_str()) {
                (OVER_BUDGET, STEPS | DEPTH | CALLS_ELSEWHERE | TRACE_BYTES) => {
                    Outcome::OverBudget { budget: text }
                }
                (REFUSED, _) if text.len() <= 100 => Outcome::Refused { what: text },
                (INVALID, _) if text.len() <= 200 => Outcome::Invalid { why: text },
                _ => return Err("its outcome is malformed".to_owned()),
            },
            RawOutcome::Plain((kind,)) if kind == OUT_OF_MEMORY => Outcome::OutOfMemory,
            _ => return Err("its outcome is malformed".to_owned()),
        })
    }

    fn trace(&self, json: &[u8]) -> Result<Trace, String> {
        let raw: Vec<RawEvent> =
            serde_json::from_slice(json).map_err(|_| "its events are malformed")?;
        let mut frames = Frames::default();
        let mut steps = 0;
        let mut room = self.limits.trace_bytes as usize;
        let events = raw
            .into_iter()
            .map(|(frame, kind, line, changes, value, mut texts)| {
                if !self.possible.is_line(line) {
                    return Err("an event has a line without code".to_owned());
                }
                let own = match kind {
                    EVENT_CALL => 1,
                    EVENT_RAISE => 3,
                    _ => 0,
                };
                let pairs = texts.split_off(own.min(texts.len()));
                let kind = self.event_kind(kind, value, texts, frames.active.len())?;
                frames.step(frame, Step::of(kind.event_type()))?;
                steps += u32::from(kind == EventKind::Line);
                if steps > self.limits.max_steps {
                    return Err("it has more steps than the budget".to_owned());
                }
                let mut changes = changes
                    .into_iter()
                    .map(|change| self.change(change))
                    .collect::<Result<Vec<_>, _>>()?;
                self.name_same_objects(&mut changes, &pairs)?;
                room = room
                    .checked_sub(least_size(&kind, &changes))
                    .ok_or("its trace is larger than the budget")?;
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
            (EVENT_CALL, None) => {
                let [function]: [String; 1] = texts.try_into().map_err(|_| malformed)?;
                if !self.possible.is_function(&function) {
                    return Err("a function has a name that the program does not have".to_owned());
                }
                let depth = u32::try_from(depth).map_err(|_| malformed)?;
                if depth >= self.limits.max_depth {
                    return Err("it is deeper than the budget".to_owned());
                }
                EventKind::Call { function, depth }
            }
            (EVENT_RESUME, None) => EventKind::Resume,
            (EVENT_LINE, None) => EventKind::Line,
            (EVENT_RETURN, Some(value)) => EventKind::Return {
                value: self.value(value)?,
            },
            (EVENT_YIELD, Some(value)) => EventKind::Yield {
                value: self.value(value)?,
            },
            (EVENT_RAISE, None) => {
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
        if !self.possible.is_variable(&name) {
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
            let change = change.filter(|_| name != other && self.possible.is_variable(other));
            change.ok_or_else(malformed)?.same_as = Some(other.clone());
        }
        Ok(())
    }

    fn value(&self, (text, flags, type_name): RawValue) -> Result<Value, String> {
        let too_large = text.len() > self.limits.value_bytes as usize;
        if too_large || flags > INEXACT | UNORDERED | TRUNCATED {
            return Err("a value is larger than the limit or malformed".to_owned());
        }
        if !is_type(&type_name) {
            return Err("a type's name is no identifier".to_owned());
        }
        let exact = flags & INEXACT == 0;
        if exact && !self.possible.is_literal(&text, &type_name) {
            return Err("a value that is said to be exact is no literal".to_owned());
        }
        Ok(Value {
            text,
            exact,
            unordered: flags & UNORDERED != 0,
            truncated: flags & TRUNCATED != 0,
            type_name,
        })
    }

    fn exception(&self, (type_name, message, exact): RawException) -> Result<Exception, String> {
        if message.len() > self.limits.value_bytes as usize {
            return Err("an exception is larger than the limit".to_owned());
        }
        if !is_type(&type_name) {
            return Err("an exception's type has a name that is no identifier".to_owned());
        }
        let exact = match exact.as_str() {
            EXACT => true,
            NOT_EXACT => false,
            _ => return Err("an exception is malformed".to_owned()),
        };
        Ok(Exception {
            type_name,
            message,
            exact,
        })
    }
}

/// Minimal share of the budget for a trace that an event uses, in bytes.
fn least_size(kind: &EventKind, changes: &[Change]) -> usize {
    let value = match kind {
        EventKind::Return { value } | EventKind::Yield { value } => value.text.chars().count(),
        _ => 0,
    };
    let change = |change: &Change| {
        let text = change.value.as_ref().map_or("", |value| &value.text);
        change.name.chars().count() + text.chars().count()
    };
    value + changes.iter().map(change).sum::<usize>()
}

/// Effect of an event on its frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Start,
    Resume,
    Line,
    Pause,
    End,
}

impl Step {
    fn of(kind: EventType) -> Self {
        match kind {
            EventType::Call => Self::Start,
            EventType::Resume => Self::Resume,
            EventType::Line => Self::Line,
            EventType::Yield => Self::Pause,
            EventType::Return | EventType::Raise => Self::End,
        }
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
    fn step(&mut self, frame: u32, step: Step) -> Result<(), String> {
        let index = frame as usize;
        let is_top = self.active.last() == Some(&frame);
        let (possible, next) = match step {
            Step::Start => {
                let possible = index == self.states.len();
                if possible {
                    self.states.push(FrameState::Active);
                }
                (possible, FrameState::Active)
            }
            Step::Resume => {
                // A generator that the set-up has started goes on without having started here.
                let is_new = index == self.states.len();
                if is_new {
                    self.states.push(FrameState::Paused);
                }
                let paused = self.states.get(index) == Some(&FrameState::Paused);
                (paused, FrameState::Active)
            }
            Step::Line => (is_top, FrameState::Active),
            Step::Pause => (is_top, FrameState::Paused),
            Step::End => (is_top, FrameState::Ended),
        };
        if !possible {
            return Err("its events are in an impossible order".to_owned());
        }
        self.states[index] = next;
        match step {
            Step::Start | Step::Resume => self.active.push(frame),
            Step::Line => {}
            Step::Pause | Step::End => drop(self.active.pop()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::ReplayChange;

    const TEXT: &str = "def f(x):\n    # nothing\n    return x\n";

    fn event(frame: u32, kind: EventType, line: u32, name: &str, text: &str) -> ReplayEvent {
        let change = ReplayChange {
            name: name.to_owned(),
            text: Some(text.to_owned()),
        };
        ReplayEvent {
            frame,
            kind,
            line: Line(line),
            changes: vec![change],
            payload: None,
        }
    }

    #[test]
    fn what_is_executed_again_must_be_possible() {
        use EventType::{Call, Line, Return, Yield};
        let limits = Limits {
            max_steps: 2,
            value_bytes: 10,
            ..Limits::default()
        };
        let checker = Checker::of(TEXT, &limits);
        let start = || event(0, Call, 1, "x", "1");
        let end = || event(0, Return, 3, "x", "1");
        let line = |at, name, text| event(0, Line, at, name, text);
        assert_eq!(
            checker.check_replayed(&[start(), line(3, "x", "2"), end()]),
            Ok(())
        );
        let wrong = [
            vec![start()],
            vec![end()],
            vec![start(), line(2, "x", "1"), end()],
            vec![start(), line(4, "x", "1"), end()],
            vec![start(), line(3, "y", "1"), end()],
            vec![start(), line(3, "x", "[1, 2, 3, 4]"), end()],
            vec![start(), event(1, Line, 3, "x", "1"), end()],
            vec![
                start(),
                event(0, Yield, 3, "x", "1"),
                line(3, "x", "1"),
                end(),
            ],
            vec![
                start(),
                line(3, "x", "1"),
                line(3, "x", "2"),
                line(3, "x", "3"),
                end(),
            ],
        ];
        for events in wrong {
            assert!(checker.check_replayed(&events).is_err(), "{events:?}");
        }
    }

    #[test]
    fn what_an_expression_gives_has_a_size_and_a_type() {
        let limits = Limits {
            value_bytes: 3,
            stdout_bytes: 2,
            ..Limits::default()
        };
        let checker = Checker::of(TEXT, &limits);
        let returned = |text: &str| ReplayOutcome::Returned {
            text: text.to_owned(),
        };
        let raised = |name: &str| ReplayOutcome::Raised {
            type_name: name.to_owned(),
            message: String::new(),
        };
        assert_eq!(checker.check_ending(&returned("123"), "12"), Ok(()));
        assert_eq!(checker.check_ending(&raised("KeyError"), ""), Ok(()));
        assert!(checker.check_ending(&returned("1234"), "").is_err());
        assert!(checker.check_ending(&returned("1"), "123").is_err());
        assert!(checker.check_ending(&raised("<b>"), "").is_err());
    }
}
