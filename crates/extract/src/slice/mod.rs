//! Slices: the statements a unit needs, across the files of its source.

mod gather;
mod layout;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use tracestone_record::{Definition, Dropped, Line, Program, ProgramId, Reason};

use crate::Settings;
use crate::index::Index;
use crate::module::{Module, NameId, Shape};
use crate::names::is_builtin;

use gather::Gatherer;

/// Reason that there is no program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) reason: Reason,
    pub(crate) detail: String,
}

impl Failure {
    pub(crate) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
        }
    }
}

/// Definition that a name of a module refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meaning {
    Builtin,
    /// A name of the standard library, dotted.
    Standard(String),
    /// A definition or variable of a module of the source.
    Defined {
        module: usize,
        name: NameId,
    },
    /// Nothing that has to be there.
    Nothing,
}

/// A program and what is needed to attach calls to it.
#[derive(Debug)]
pub(crate) struct Sliced {
    pub(crate) program: Program,
    /// The module and name of the entry.
    pub(crate) module: usize,
    pub(crate) entry: NameId,
    /// Definitions of the program's global names.
    pub(crate) globals: HashMap<String, Meaning>,
    /// Builtins the program uses.
    pub(crate) builtins: HashSet<String>,
    /// The statements in the program, by file and position.
    pub(crate) items: BTreeSet<(usize, usize)>,
}

/// The outcome for one top-level function or class.
pub(crate) type Outcome = Result<Sliced, Dropped>;

/// Makes the programs of one file.
pub(crate) fn programs(index: &Index<'_, '_>, module: usize, settings: &Settings) -> Vec<Outcome> {
    let source = &index.modules[module];
    let mut outcomes = Vec::new();
    for (item_index, item) in source.items.iter().enumerate() {
        let Some(unit_index) = item.unit.filter(|_| item.is_definition()) else {
            continue;
        };
        let unit = &source.units[unit_index];
        let subject = format!("{}:{} {}", source.path, unit.lines.first, unit.name);
        let dropped = |failure: Failure| Dropped::new(failure.reason, &subject, failure.detail);
        if item.error {
            let failure = Failure::new(Reason::UnitHasErrors, "the unit itself");
            outcomes.push(Err(dropped(failure)));
            continue;
        }
        let Some(name) = source.names.get(&unit.name) else {
            continue;
        };
        let outcome = gather_for(index, module, item_index, name, settings)
            .and_then(|gathered| {
                layout::lay_out(index, module, unit_index, name, gathered, settings)
            })
            .map_err(dropped);
        outcomes.push(outcome);
    }
    outcomes
}

fn gather_for(
    index: &Index<'_, '_>,
    module: usize,
    item: usize,
    name: NameId,
    settings: &Settings,
) -> Result<gather::Gathered, Failure> {
    let source = &index.modules[module];
    let later = source
        .bound_by(name)
        .rfind(|&bound| !matches!(source.items[bound].shape, Shape::Main | Shape::TypeChecking));
    if let Some(later) = later.filter(|&later| later > item)
        && source.items[later].is_definition()
    {
        let line = source.items[later].lines.first;
        let detail = format!(
            "{} is defined again in line {line}",
            source.names.text(name)
        );
        return Err(Failure::new(Reason::NameClash, detail));
    }
    Gatherer::new(index, settings).gather(module, item, name)
}

/// Definitions that a call needs in addition to a program, as statements to execute after it.
///
/// # Errors
///
/// They conflict with the program.
pub(crate) fn beside(
    index: &Index<'_, '_>,
    sliced: &Sliced,
    wanted: &BTreeSet<(usize, NameId)>,
    settings: &Settings,
) -> Result<String, Failure> {
    let gathered = Gatherer::new(index, settings).gather_names(wanted)?;
    let mut names: Vec<(&String, &Meaning)> = gathered.globals.iter().collect();
    names.sort_by_key(|(name, _)| *name);
    for (name, meaning) in names {
        let clashes = match sliced.globals.get(name) {
            Some(own) => own != meaning,
            None => sliced.builtins.contains(name),
        };
        if clashes {
            return Err(Failure::new(Reason::NameClash, name));
        }
    }
    let mut builtins: Vec<&String> = gathered.builtins.iter().collect();
    builtins.sort_unstable();
    if let Some(name) = builtins
        .iter()
        .find(|name| sliced.globals.contains_key(**name))
    {
        return Err(Failure::new(Reason::NameClash, name.as_str()));
    }
    Ok(layout::lay_out_beside(index, sliced, gathered))
}

/// The identifier of a program.
fn program_id(text: &str, entry: &str) -> ProgramId {
    ProgramId::of(&[text.as_bytes(), entry.as_bytes()])
}
