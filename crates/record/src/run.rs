//! Runs: the results of `trace`.

use serde::{Deserialize, Serialize};

use crate::{CallId, Line, ProgramId, Reason, RunId};

/// A program and a call, executed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Depends on the call, the Python version, the tracer's version and the budgets.
    pub id: RunId,
    /// The executed call.
    pub call: CallId,
    /// The call's program.
    pub program: ProgramId,
    /// Result of the execution.
    pub outcome: Outcome,
    /// Standard output during the call, up to the cap.
    pub stdout: String,
    /// True if `stdout` was cut at the cap.
    pub stdout_truncated: bool,
    /// Events in order; `None` if the run did not end normally.
    pub trace: Option<Trace>,
    /// Result of the comparison with the second interpreter.
    pub verdict: Verdict,
    /// Interpreter, settings and sandbox of the run.
    pub evidence: RunEvidence,
}

/// Result of an execution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Outcome {
    /// The call returned.
    Returned {
        /// The returned value.
        value: Value,
    },
    /// An exception left the call.
    Raised {
        /// The raised exception.
        exception: Exception,
    },
    /// CPU or wall-clock time ran out; depends on the machine.
    TimedOut,
    /// The memory limit was hit.
    OutOfMemory,
    /// More steps, depth or trace than the budget; does not depend on the machine.
    OverBudget {
        /// The exceeded budget: `steps`, `depth`, `trace_bytes`.
        budget: String,
    },
    /// Tried what the sandbox does not allow: opened a file, a socket, started a process or thread.
    Refused {
        /// The refused operation.
        what: String,
    },
    /// The program's own text raised when executed.
    ProgramFailed {
        /// The exception that the program's text raised.
        exception: Exception,
    },
    /// The setup raised.
    SetupFailed {
        /// The exception that the setup raised.
        exception: Exception,
    },
    /// It waited for something that can never happen.
    Blocked {
        /// The wait: `a lock`, or `time` for a sleep without end.
        on: String,
    },
    /// The interpreter itself crashed, again when the call ran alone.
    Crashed {
        /// The signal's name: `SIGSEGV`.
        signal: String,
    },
    /// The report of the interpreter did not hold up to checks.
    Invalid {
        /// Description of the defect.
        why: String,
    },
}

impl Outcome {
    /// Name in the store and in exports.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Returned { .. } => "returned",
            Self::Raised { .. } => "raised",
            Self::TimedOut => "timed_out",
            Self::OutOfMemory => "out_of_memory",
            Self::OverBudget { .. } => "over_budget",
            Self::Refused { .. } => "refused",
            Self::ProgramFailed { .. } => "program_failed",
            Self::SetupFailed { .. } => "setup_failed",
            Self::Blocked { .. } => "blocked",
            Self::Crashed { .. } => "crashed",
            Self::Invalid { .. } => "invalid",
        }
    }

    /// The reason why no question can be asked about this outcome; `None` for returned and raised.
    #[must_use]
    pub fn drop_reason(&self) -> Option<Reason> {
        match self {
            Self::Returned { .. } | Self::Raised { .. } => None,
            Self::TimedOut => Some(Reason::TimedOut),
            Self::OutOfMemory => Some(Reason::OutOfMemory),
            Self::OverBudget { .. } => Some(Reason::OverBudget),
            Self::Refused { .. } => Some(Reason::Refused),
            Self::ProgramFailed { .. } => Some(Reason::ProgramFailed),
            Self::SetupFailed { .. } => Some(Reason::SetupFailed),
            Self::Blocked { .. } => Some(Reason::Blocked),
            Self::Crashed { .. } => Some(Reason::Crashed),
            Self::Invalid { .. } => Some(Reason::Invalid),
        }
    }
}

/// An exception, as the last line of a traceback shows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Exception {
    /// The class's name without its module.
    #[serde(rename = "type")]
    pub type_name: String,
    /// `str()` of the exception where that is known, else its arguments; capped.
    pub message: String,
    /// True if `message` is the text that `str()` gives.
    pub exact: bool,
}

/// The longest text of a value that is recorded whole, in bytes of UTF-8; prompts name it.
pub const VALUE_BYTES: u32 = 1024;

/// A Python value as text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Value {
    /// For an exact value, what Python's `repr` gives, but with sets sorted. Else a description.
    pub text: String,
    /// True if `text` is a Python literal that evaluates to an equal value of the same types, and is the text
    /// that `repr` gives. Sets are exact in the first sense only and have `unordered` set.
    pub exact: bool,
    /// True if the value contains a set with more than one element, so that the order of `repr` is not
    /// defined.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unordered: bool,
    /// True if `text` was cut.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// The name of the value's type.
    #[serde(rename = "type")]
    pub type_name: String,
}

/// The sequence of events of a call, in the frames of its program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The events in time order.
    pub events: Vec<Event>,
}

/// One event.
///
/// `changes` are the locals of the frame whose value differs from what the frame's previous event
/// showed: at a call the arguments, later the effect of the line before, and of what other names
/// for the same object did meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The number of the frame, counted from 0 in order of creation. A generator keeps its number.
    pub frame: u32,
    /// Type of the event, with its data.
    #[serde(flatten)]
    pub kind: EventKind,
    /// The line in the program: of the `def` (or first decorator) for a call as CPython reports it,
    /// the line about to run for a line event, the line that ended the frame otherwise.
    pub line: Line,
    /// Locals that changed, in order of their first appearance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

/// Type of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum EventKind {
    /// A frame starts.
    Call {
        /// Qualified name of the code if the interpreter reports it, else its name: `Stack.push`,
        /// `<listcomp>`.
        function: String,
        /// Frames of the program below this one at the start.
        depth: u32,
    },
    /// A generator or coroutine resumes.
    Resume,
    /// A line is about to run.
    Line,
    /// The frame returns.
    Return {
        /// The returned value.
        value: Value,
    },
    /// A generator or coroutine hands out a value and pauses.
    Yield {
        /// The yielded value.
        value: Value,
    },
    /// An exception leaves the frame.
    Raise {
        /// The exception in flight.
        exception: Exception,
    },
}

/// A local variable's new state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Name of the variable.
    pub name: String,
    /// Its value now; `None` where it was deleted.
    pub value: Option<Value>,
    /// Another variable of the same function call that is the same mutable object, so that a change
    /// through one of them changes both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
}

impl Trace {
    /// The ordered list of executed lines: the line events of all frames.
    pub fn path(&self) -> impl Iterator<Item = Line> + '_ {
        self.events
            .iter()
            .filter(|event| matches!(event.kind, EventKind::Line))
            .map(|event| event.line)
    }

    /// The number of line events.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.path().count()
    }

    /// The largest number of frames of the program that were active at once (nesting as given by
    /// call events); 0 for an empty trace.
    #[must_use]
    pub fn depth(&self) -> u32 {
        self.events
            .iter()
            .filter_map(|event| match event.kind {
                EventKind::Call { depth, .. } => Some(depth + 1),
                _ => None,
            })
            .max()
            .unwrap_or(0)
    }
}

/// Result of the comparison with a second interpreter process that has another hash seed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// Outcome, output and trace were the same.
    Verified,
    /// They were not.
    Nondeterministic {
        /// The first difference: `outcome`, `stdout`, `path`, `values`.
        differed: String,
        /// The probable cause: `clock`, `chance`, `clock_or_chance`, or `hash_or_address` if the run used
        /// neither.
        #[serde(default)]
        cause: String,
    },
    /// The run was not the same when it was watched in another way, or not at all.
    Observed {
        /// The difference: `outcome` (with the output), `path`, `effects` (values that the program assigned
        /// to its own variables).
        differed: String,
    },
    /// It read the process's environment: arguments, variables, streams, the machine.
    Environment,
    /// Not run again, since the first outcome does not qualify.
    NotQualified,
}

/// Conditions of an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEvidence {
    /// The interpreter: `CPython 3.11.2`.
    pub python: String,
    /// The hash seeds of the two interpreters that each call runs in. Those that see an order of a set run in further ones,
    /// which are not named: whether a call does is known only with the native recorder, and both give the same records.
    pub hash_seeds: Vec<u32>,
    /// The sandbox's level and what it consists of.
    pub sandbox: String,
    /// This tool's version.
    pub tool: String,
}
