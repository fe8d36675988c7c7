//! Debugger sessions: commands, and the states that they lead to.
//!
//! A session starts at a moment of a run and follows commands forward, or backward with their inverses, which
//! ask for what precedes:
//!
//! | command | leads to |
//! |---|---|
//! | `step_into` | the next moment, in whatever frame |
//! | `step_over` | the next moment of the same frame; the next moment at all if the frame has ended |
//! | `step_return` | the next `return`, `yield` or `raise` of the same frame |
//! | `breakpoint N` | the next moment at which line N is about to run |
//! | `continue` | the last moment of the run |
//! | `inv_step_into` | the moment before, in whatever frame |
//! | `inv_step_over` | the moment before in the same frame; the moment before at all if the frame starts here |
//! | `inv_step_call` | the moment at which the frame started |
//! | `inv_breakpoint N` | the last moment before at which line N was about to run |
//! | `inv_continue` | the first moment of the run |
//!
//! A command that leads nowhere is not given.

mod row;
mod walk;

pub use row::{Row, Session, State, Step, row, row_schema};

use std::collections::BTreeMap;

use tracestone_record::Line;

use crate::Moment;
use crate::text::{changes, what};
use walk::{along, route};

/// A command of a debugger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// To the next moment.
    StepInto,
    /// To the next moment of the frame.
    StepOver,
    /// To the end of the frame.
    StepReturn,
    /// To a line.
    Breakpoint(Line),
    /// To the end of the run.
    Continue,
    /// To the moment before.
    InvStepInto,
    /// To the moment before in the frame.
    InvStepOver,
    /// To the start of the frame.
    InvStepCall,
    /// Back to a line.
    InvBreakpoint(Line),
    /// To the start of the run.
    InvContinue,
}

impl Command {
    /// The command's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::StepInto => "step_into",
            Self::StepOver => "step_over",
            Self::StepReturn => "step_return",
            Self::Breakpoint(_) => "breakpoint",
            Self::Continue => "continue",
            Self::InvStepInto => "inv_step_into",
            Self::InvStepOver => "inv_step_over",
            Self::InvStepCall => "inv_step_call",
            Self::InvBreakpoint(_) => "inv_breakpoint",
            Self::InvContinue => "inv_continue",
        }
    }

    /// The line of a breakpoint.
    #[must_use]
    pub fn line(self) -> Option<Line> {
        match self {
            Self::Breakpoint(line) | Self::InvBreakpoint(line) => Some(line),
            _ => None,
        }
    }
}

impl std::fmt::Display for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line() {
            Some(line) => write!(f, "{} {line}", self.name()),
            None => f.write_str(self.name()),
        }
    }
}

/// The locals of each frame at each moment.
pub(crate) fn locals(moments: &[Moment]) -> Vec<BTreeMap<&str, &str>> {
    let mut frames: BTreeMap<u32, BTreeMap<&str, &str>> = BTreeMap::new();
    let mut all = Vec::with_capacity(moments.len());
    for moment in moments {
        let locals = frames.entry(moment.frame).or_default();
        for (name, value) in &moment.changes {
            match value {
                Some(value) => locals.insert(name, value),
                None => locals.remove(name.as_str()),
            };
        }
        all.push(locals.clone());
    }
    all
}

/// A session as a text: states, and between them the commands.
///
/// ```text
/// frame 0 line 4 `def gcd(first, second):` call gcd
///   first = 12; second = 18
/// > step_into
/// frame 0 line 5 `while second != 0:` line
/// ```
///
/// Below a state are the locals that are not as the frame's last state in the session showed them.
///
/// # Errors
/// The run is too long for a session that says what leads to its end.
pub(crate) fn session(
    source: &[&str],
    moments: &[Moment],
    backward: bool,
) -> Result<String, &'static str> {
    let route = route(moments, backward).ok_or("debugger: the run is too long")?;
    let start = if backward { moments.len() - 1 } else { 0 };
    let mut text = String::new();
    let mut shown: BTreeMap<u32, BTreeMap<&str, &str>> = BTreeMap::new();
    let locals = locals(moments);
    for (command, at) in [(None, start)].into_iter().chain(along(&route)) {
        if let Some(command) = command {
            text.push_str(&format!("> {command}\n"));
        }
        let moment = &moments[at];
        let line = source
            .get(moment.line.index())
            .map_or("", |line| line.trim());
        text.push_str(&format!(
            "frame {} line {} `{line}` {}\n",
            moment.frame,
            moment.line,
            what(moment)
        ));
        let now = &locals[at];
        let before = shown.insert(moment.frame, now.clone()).unwrap_or_default();
        let new = now
            .iter()
            .filter(|(name, value)| before.get(*name) != Some(*value));
        let gone = before.keys().filter(|name| !now.contains_key(*name));
        let new = new.map(|(name, value)| (*name, Some(*value)));
        let differing = changes(new.chain(gone.map(|name| (*name, None))));
        if !differing.is_empty() {
            text.push_str(&format!("  {differing}\n"));
        }
    }
    Ok(text)
}
