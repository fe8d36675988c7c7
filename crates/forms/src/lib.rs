//! Runs as reasoning in several forms, and the readers that check them.
//!
//! A rationale may be prose, a table of states, comments in the program, the text of Code World Model, or a
//! session with a debugger. All but prose are written here from a run's moments ([`write()`]) and read back by
//! [`check`], which shares no code with the writers and compares every claim with the moments of a run: those
//! of the recorder or those of an independent witness.
//!
//! Invariant: no IO.
//!
//! ```
//! use tracestone_forms::{Form, check, moments, write};
//! use tracestone_record::{Sample, Trace};
//!
//! /// A table of states, if what it says is so in another recorder's trace of the same run.
//! fn table(sample: &Sample, trace: &Trace, witness: &Trace) -> Result<String, String> {
//!     let text = write(Form::States, sample, trace)?;
//!     let sample = Sample { rationale: text.clone(), ..sample.clone() };
//!     check(Form::States, &sample, &moments(witness))?;
//!     Ok(text)
//! }
//! ```

mod comments;
pub mod cwm;
pub mod debugger;
mod moment;
mod read;
mod table;
mod text;

pub use moment::{Moment, moments, until};
pub use read::{check, check_row};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tracestone_record::{EventKind, Sample, SampleKind, Trace};

/// A form of reasoning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Sentences: the rationales of a store.
    #[default]
    Prose,
    /// A table of events with the variables that changed.
    States,
    /// The program with what happened behind its lines.
    Comments,
    /// The text of Code World Model.
    Cwm,
    /// Commands of a debugger and the states that they lead to.
    Debugger,
}

impl Form {
    /// All forms, the prose first.
    pub const ALL: [Self; 5] = [
        Self::Prose,
        Self::States,
        Self::Comments,
        Self::Cwm,
        Self::Debugger,
    ];

    /// Name in records and commands.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Prose => "prose",
            Self::States => "states",
            Self::Comments => "comments",
            Self::Cwm => "cwm",
            Self::Debugger => "debugger",
        }
    }

    /// The form with a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }
}

/// Refuses runs that another recorder may see in another way, which `trace` questions leave out too.
///
/// # Errors
/// A paused generator was closed, a comprehension has several lines, or a message is not exact.
pub fn fits(trace: &Trace) -> Result<(), &'static str> {
    let mut comprehensions = BTreeMap::new();
    for event in &trace.events {
        match &event.kind {
            EventKind::Raise { exception } if exception.type_name == "GeneratorExit" => {
                return Err("a generator was closed");
            }
            EventKind::Raise { exception } if !exception.exact => {
                return Err("an exception has no exact message");
            }
            EventKind::Call { function, .. } => {
                let name = function.rsplit('.').next().unwrap_or(function);
                if name.starts_with('<') && name != "<lambda>" {
                    comprehensions.insert(event.frame, event.line);
                }
            }
            EventKind::Line => match comprehensions.get(&event.frame) {
                Some(line) if *line != event.line => {
                    return Err("a comprehension has several lines");
                }
                _ => {}
            },
            _ => {}
        }
    }
    Ok(())
}

/// A sample's rationale in a form, or why there is none.
///
/// # Errors
/// The form has no place for this run.
pub fn write(form: Form, sample: &Sample, trace: &Trace) -> Result<String, &'static str> {
    if sample.rationale.trim().is_empty() {
        return Err("no rationale");
    }
    if form == Form::Prose {
        return Ok(sample.rationale.clone());
    }
    if !sample.language.is_python() {
        return Err("not Python");
    }
    fits(trace)?;
    let all = moments(trace);
    let end = until(sample, &all).ok_or("the asked moment is not in the trace")?;
    let backward = matches!(sample.kind, SampleKind::Input | SampleKind::Reach);
    let source: Vec<&str> = sample.program.lines().collect();
    let told = &all[..=end];
    let steps = match form {
        Form::Prose => String::new(),
        Form::States => table::write(told, backward),
        Form::Comments => comments::write(&source, told),
        Form::Cwm => cwm::text(&sample.program, trace)?,
        Form::Debugger => debugger::session(&source, told, backward)?,
    };
    // The last sentence derives the answer.
    let last = sample.rationale.lines().last().unwrap_or_default();
    Ok(format!("{}\n{last}", steps.trim_end()))
}
