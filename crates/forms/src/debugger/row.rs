//! Rows of the export `debugger`: one run, a session forward and one backward.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracestone_record::{EventType, Line, Provenance, Sample, SampleId, Split, Trace};

use super::walk::{Choices, Move, wander};
use super::{Command, locals};
use crate::{Moment, moments};

/// Commands of a session.
const MOST: usize = 16;

/// A run with a session through it in each direction. Both are chosen by the row's identifier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The sample about the result of the same run.
    pub id: SampleId,
    /// The number of this row's schema.
    pub schema: u32,
    /// The program's text; lines count from 1 in it.
    pub program: String,
    /// The module that the program is a part of, if it runs in its own package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// Statements executed before the call; may be empty.
    pub setup: String,
    /// The expression that was evaluated.
    pub call: String,
    /// The interpreter: `CPython 3.11.2`.
    pub python: String,
    /// Number of moments in the run.
    pub moments: u32,
    /// A session from the first moment to the last.
    pub forward: Session,
    /// A session from the last moment to the first: each state precedes the one before it.
    pub inverse: Session,
    /// Origin, commit, path and licence of the program.
    pub provenance: Provenance,
    /// Key that splits keep together.
    pub group: String,
    /// The part of the split.
    pub split: Split,
}

/// A session: a state, and commands with the states that they lead to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// The state at the beginning.
    pub start: State,
    /// The commands in order.
    pub steps: Vec<Step>,
}

/// A command and the state that it leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The command: `step_into`, `step_over`, `step_return`, `breakpoint`, `continue`, or with `inv_` an inverse:
    /// `inv_step_into`, `inv_step_over`, `inv_step_call`, `inv_breakpoint`, `inv_continue`.
    pub command: String,
    /// The line of a breakpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<Line>,
    /// The state after the command.
    pub state: State,
}

/// A state: a moment of the run with the locals of its frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The position of the moment in the run, counted from 0.
    pub moment: u32,
    /// The type of the moment: `call`, `line` (about to run), `return`, `yield`, `resume` or `raise`.
    pub event: String,
    /// Number of the frame, counted from 0 in order of appearance.
    pub frame: u32,
    /// Number of the program's frames that are active.
    pub depth: u32,
    /// The line that runs next.
    pub line: Line,
    /// The text of the line, without indentation.
    pub source: String,
    /// The function that starts, the value that is handed out, or `Type: message` of the exception.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// All locals of the frame as Python literals; the name of a type in angle brackets for a value without one.
    pub locals: BTreeMap<String, String>,
}

/// The row of a sample's run; `None` for a run without moments.
#[must_use]
pub fn row(sample: &Sample, trace: &Trace) -> Option<Row> {
    let moments = moments(trace);
    let last = moments.len().checked_sub(1)?;
    let source: Vec<&str> = sample.program.lines().collect();
    let states = States {
        source: &source,
        moments: &moments,
        locals: locals(&moments),
        depths: depths(&moments),
    };
    let mut choices = Choices::new(sample.id.as_bytes());
    let forward = wander(&moments, false, MOST, &mut choices);
    let inverse = wander(&moments, true, MOST, &mut choices);
    Some(Row {
        id: sample.id,
        schema: 1,
        program: sample.program.clone(),
        module: sample
            .package
            .as_ref()
            .map(|package| package.module.clone()),
        setup: sample.setup.clone(),
        call: sample.call.clone(),
        python: sample.evidence.python.clone(),
        moments: u32::try_from(moments.len()).unwrap_or(u32::MAX),
        forward: states.session(0, &forward),
        inverse: states.session(last, &inverse),
        provenance: sample.provenance.clone(),
        group: sample.group.clone(),
        split: sample.split,
    })
}

/// The JSON Schema of a row, pretty-printed, with a final newline.
#[must_use]
pub fn row_schema() -> String {
    let mut text = serde_json::to_string_pretty(&schemars::schema_for!(Row)).unwrap_or_default();
    text.push('\n');
    text
}

/// Active frames at each moment: those that have started or gone on and neither ended nor paused.
fn depths(moments: &[Moment]) -> Vec<u32> {
    let mut active: Vec<u32> = Vec::new();
    let mut depths = Vec::with_capacity(moments.len());
    for moment in moments {
        if !active.contains(&moment.frame) {
            active.push(moment.frame);
        }
        depths.push(u32::try_from(active.len()).unwrap_or(u32::MAX));
        if matches!(
            moment.word,
            EventType::Return | EventType::Yield | EventType::Raise
        ) {
            active.retain(|frame| *frame != moment.frame);
        }
    }
    depths
}

struct States<'a> {
    source: &'a [&'a str],
    moments: &'a [Moment],
    locals: Vec<BTreeMap<&'a str, &'a str>>,
    depths: Vec<u32>,
}

impl States<'_> {
    fn session(&self, start: usize, moves: &[Move]) -> Session {
        let step = |(command, at): &(Command, usize)| Step {
            command: command.name().to_owned(),
            line: command.line(),
            state: self.state(*at),
        };
        Session {
            start: self.state(start),
            steps: moves.iter().map(step).collect(),
        }
    }

    fn state(&self, at: usize) -> State {
        let moment = &self.moments[at];
        let line = self.source.get(moment.line.index());
        let locals = self.locals[at].iter();
        State {
            moment: u32::try_from(at).unwrap_or(u32::MAX),
            event: moment.word.to_string(),
            frame: moment.frame,
            depth: self.depths[at],
            line: moment.line,
            source: line.map_or(String::new(), |line| line.trim().to_owned()),
            value: moment.payload.clone(),
            locals: locals
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }
}
