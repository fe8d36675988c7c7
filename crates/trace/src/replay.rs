//! Execution of exported text: by the witness for `verify`, or by the worker, without events, for judges.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tracestone_record::{EventType, Line, words};

use crate::children::{CallEnd, CallText, Slot};
use crate::error::TraceError;
use crate::frame::RawReport;
use crate::report::Checker;
use crate::shared::{FAILED_TO_RUN, RAISED, RETURNED};
use crate::tree::{InTree, Subject};

/// Expressions to be evaluated, each after the program and the setup in a fresh namespace.
#[derive(Debug, Clone)]
pub struct ReplayJob {
    /// The caller's name for the job.
    pub key: u64,
    /// The program's text.
    pub program: String,
    /// The package that the program runs in, if it does.
    pub package: Option<InTree>,
    /// Statements executed after it.
    pub setup: String,
    /// Expressions to evaluate.
    pub expressions: Vec<String>,
    /// Evaluates with another order of sets: the number of one of the further interpreters, each with a
    /// hash seed of its own. Without it, the worker's own interpreter evaluates.
    pub order: Option<usize>,
    /// Questions to the witness about each expression. Without them, expressions are evaluated once, by the
    /// worker; much longer evaluations are then within the budget, and one that ends with `timed_out` is for
    /// the caller to try again alone.
    pub asked: Option<Vec<Asked>>,
}

/// Question to the witness about an expression, besides its end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// True to record the lines that run.
    pub lines: bool,
    /// True to record changed values at each event, and returned or yielded ones.
    pub values: bool,
    /// The values of variables after a line has run for the K-th time.
    pub states: Vec<(Line, u32, String)>,
}

/// Result of a replay.
#[derive(Debug)]
pub struct ReplayResult {
    /// Key of the job.
    pub key: u64,
    /// For each expression, in order, what happened or why nothing can be said.
    pub replays: Vec<Result<Replay, String>>,
}

/// One expression, evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// End without a tracer.
    pub outcome: ReplayOutcome,
    /// Standard output, up to the cap.
    pub stdout: String,
    /// Recorded events if requested, or the reason that they are unavailable.
    pub testimony: Option<Result<Testimony, String>>,
}

/// Recorded events in frames of the program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Testimony {
    /// Events in order of time.
    pub events: Vec<ReplayEvent>,
    /// The states that were asked for: what [`Asked::states`] names, with the text as in
    /// [`ReplayOutcome::Returned`], or nothing where there was no such variable. A moment that never came
    /// is not among them.
    pub states: BTreeMap<(Line, u32, String), Option<String>>,
}

/// End of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplayOutcome {
    /// It gave a value.
    Returned {
        /// The value's `repr`, with sets sorted by type name and text; `<type>` if the value is not a tree of
        /// built-in types or is larger than the cap.
        text: String,
    },
    /// It raised an exception.
    Raised {
        /// The class's name without its module.
        type_name: String,
        /// `str()` of the exception; of its arguments where the class has its own `__str__`.
        message: String,
    },
}

impl ReplayOutcome {
    /// The text of the value; `Type: message`, or `Type` alone, of an exception.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Returned { text } => text.clone(),
            Self::Raised { type_name, message } => words::exception(type_name, message),
        }
    }
}

/// An event of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayEvent {
    /// Number of the frame in order of first appearance.
    pub frame: u32,
    /// Type of the event.
    pub kind: EventType,
    /// Line of the event.
    pub line: Line,
    /// Locals whose text differs from the frame's previous event, where values were asked for.
    pub changes: Vec<ReplayChange>,
    /// The name of what starts; and, where values were asked for, the text of what is returned or handed
    /// out, and type and message of what is raised, if they are known.
    pub payload: Option<String>,
}

/// A local's new text; `None` where it was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayChange {
    /// Name of the variable.
    pub name: String,
    /// Its text, as in [`ReplayOutcome::Returned`].
    pub text: Option<String>,
}

impl Testimony {
    /// The line events of all frames, in time order.
    pub fn path(&self) -> impl Iterator<Item = Line> + '_ {
        self.events
            .iter()
            .filter(|event| event.kind == EventType::Line)
            .map(|event| event.line)
    }

    /// The position of the event at which line `line` has executed for the `occurrence`-th time
    /// (from 1): the next event of the same frame.
    #[must_use]
    pub fn after(&self, line: Line, occurrence: usize) -> Option<usize> {
        let at = self
            .events
            .iter()
            .enumerate()
            .filter(|(_, event)| event.kind == EventType::Line && event.line == line)
            .nth(occurrence.checked_sub(1)?)?
            .0;
        let frame = self.events[at].frame;
        let later = self.events[at + 1..]
            .iter()
            .position(|event| event.frame == frame)?;
        Some(at + 1 + later)
    }

    /// All locals of the frame of the event at `position`, at that moment.
    #[must_use]
    pub fn locals_at(&self, position: usize) -> BTreeMap<&str, &str> {
        let mut locals = BTreeMap::new();
        let Some(event) = self.events.get(position) else {
            return locals;
        };
        let of_frame = self.events[..=position]
            .iter()
            .filter(|one| one.frame == event.frame);
        for change in of_frame.flat_map(|one| &one.changes) {
            match &change.text {
                Some(text) => drop(locals.insert(change.name.as_str(), text.as_str())),
                None => drop(locals.remove(change.name.as_str())),
            }
        }
        locals
    }
}

/// Runs a job; `None` where the work was stopped.
pub(crate) fn run_replay(
    job: &ReplayJob,
    worker: &mut Slot,
    witness: &mut Slot,
) -> Result<Option<ReplayResult>, TraceError> {
    let calls: Vec<(usize, CallText<'_>)> = job
        .expressions
        .iter()
        .enumerate()
        .map(|(number, expression)| {
            let asked = job.asked.as_ref().and_then(|asked| asked.get(number));
            let text = CallText {
                setup: &job.setup,
                expression,
                asked,
            };
            (number, text)
        })
        .collect();
    let subject = Subject {
        text: &job.program,
        package: job.package.as_ref(),
        fresh: false,
        seed: "",
        half: None,
    };
    let mut ends = if job.asked.is_some() {
        witness.testify(subject, &calls)?
    } else {
        worker.evaluate(subject, &calls)?
    };
    if ends.cancelled {
        return Ok(None);
    }
    let checker = Checker::of(&job.program, worker.limits());
    let replays = (0..calls.len()).map(|number| match ends.calls.remove(&number) {
        Some(CallEnd::Reported(raw)) => decode(&raw).and_then(|replay| {
            checker.check_ending(&replay.outcome, &replay.stdout)?;
            if let Some(Ok(testimony)) = &replay.testimony {
                checker.check_replayed(&testimony.events)?;
            }
            Ok(replay)
        }),
        Some(CallEnd::Ended(outcome)) => Err(outcome.name().to_owned()),
        None => Err("it was never reported".to_owned()),
    });
    Ok(Some(ReplayResult {
        key: job.key,
        replays: replays.collect(),
    }))
}

/// `[frame, kind, line, [[name, text or null], ..], payload or null]`.
type RawEvent = (
    u32,
    EventType,
    Line,
    Vec<(String, Option<String>)>,
    Option<String>,
);

/// Undecoded events of a witness.
#[derive(Deserialize)]
#[serde(untagged)]
enum RawTestimony {
    Failed {
        failed: String,
    },
    Seen {
        events: Vec<RawEvent>,
        states: Vec<(Line, u32, String, Option<String>)>,
    },
}

/// Decodes a child's report; the error is the reason that there is none.
pub(crate) fn decode(raw: &RawReport) -> Result<Replay, String> {
    let malformed = |_| "its report is malformed".to_owned();
    let outcome: Vec<String> = serde_json::from_slice(&raw.outcome).map_err(malformed)?;
    let outcome = match outcome.as_slice() {
        [kind, text] if kind == RETURNED => ReplayOutcome::Returned { text: text.clone() },
        [kind, type_name, message] if kind == RAISED => ReplayOutcome::Raised {
            type_name: type_name.clone(),
            message: message.clone(),
        },
        [kind, why] if kind == FAILED_TO_RUN => return Err(why.clone()),
        _ => return Err("its report is malformed".to_owned()),
    };
    let told: Option<RawTestimony> = serde_json::from_slice(&raw.events).map_err(malformed)?;
    Ok(Replay {
        outcome,
        stdout: serde_json::from_slice(&raw.stdout).map_err(malformed)?,
        testimony: told.map(testimony),
    })
}

fn testimony(raw: RawTestimony) -> Result<Testimony, String> {
    let (events, states) = match raw {
        RawTestimony::Failed { failed } => return Err(failed),
        RawTestimony::Seen { events, states } => (events, states),
    };
    let event = |(frame, kind, line, changes, payload): RawEvent| ReplayEvent {
        frame,
        kind,
        line,
        changes: changes
            .into_iter()
            .map(|(name, text)| ReplayChange { name, text })
            .collect(),
        payload,
    };
    let state = |(line, occurrence, name, text)| ((line, occurrence, name), text);
    Ok(Testimony {
        events: events.into_iter().map(event).collect(),
        states: states.into_iter().map(state).collect(),
    })
}
