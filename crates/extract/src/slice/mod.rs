//! Slices: the statements a unit needs, across the files of its source.

mod gather;
mod globals;
mod layout;
mod package;
mod rebound;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use tracestone_record::{Definition, Dropped, Line, Program, ProgramId, Reason};

use crate::Settings;
use crate::index::Index;
use crate::module::{Module, NameId, Shape};
use crate::names::is_builtin;
use crate::packages::Packages;

use gather::Gatherer;
use globals::Fixed;
pub(crate) use globals::Globals;

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

    /// Reason for a unit without a program of either form: why it cannot run in its package, unless its
    /// file cannot be imported at all.
    fn or_inside(self, inside: Self) -> Self {
        if inside.reason == Reason::NotImportable {
            return self;
        }
        Self {
            detail: format!(
                "{} (as a text: {}{}{})",
                inside.detail,
                self.reason.code(),
                if self.detail.is_empty() { "" } else { ", " },
                self.detail
            ),
            ..inside
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
    pub(crate) globals: Globals,
    /// Builtins the program uses.
    pub(crate) builtins: Fixed<String>,
    /// The statements in the program, by file and position.
    pub(crate) items: Fixed<(usize, usize)>,
}

/// The outcome for one top-level function or class.
pub(crate) type Outcome = Result<Sliced, Dropped>;

/// Makes the programs of one file. What cannot be a self-contained text is tried as a part of its own
/// package, where there are `packages`.
pub(crate) fn programs(
    index: &Index<'_, '_>,
    packages: Option<&Packages<'_>>,
    module: usize,
    settings: &Settings,
) -> Vec<Outcome> {
    let source = &index.modules[module];
    let mut outcomes = Vec::new();
    for (item, unit) in entries(source) {
        if packages.is_none() && !source.items[item].is_definition() {
            continue;
        }
        let found = &source.units[unit];
        let Some(name) = source.names.get(&found.name) else {
            continue;
        };
        let place = Unit {
            module,
            item,
            unit,
            name,
        };
        let outcome = place.program(index, packages, settings).map_err(|failure| {
            let subject = format!("{}:{} {}", source.path, found.lines.first, found.name);
            Dropped::new(failure.reason, subject, failure.detail)
        });
        outcomes.push(outcome);
    }
    outcomes
}

/// A text's unit as a part of its own package.
///
/// # Errors
/// The unit cannot run there.
pub(crate) fn in_package(
    index: &Index<'_, '_>,
    packages: &Packages<'_>,
    text: &Sliced,
    settings: &Settings,
) -> Result<Sliced, Failure> {
    let source = &index.modules[text.module];
    let entry = entries(source)
        .find(|&(_, unit)| source.names.get(&source.units[unit].name) == Some(text.entry));
    let (item, unit) =
        entry.ok_or_else(|| Failure::new(Reason::NameUnresolved, text.program.entry.as_str()))?;
    package::package(
        index,
        packages,
        text.module,
        item,
        unit,
        text.entry,
        settings,
    )
}

/// The functions and classes of a module that programs are made for, with the statements they stand in:
/// those at its top level, conditional ones among them, of which each name counts once.
pub(crate) fn entries<'a>(source: &'a Module<'_>) -> impl Iterator<Item = (usize, usize)> + 'a {
    source
        .items
        .iter()
        .enumerate()
        .flat_map(|(position, item)| {
            let mut seen = BTreeSet::new();
            let units: Vec<usize> = match item.shape {
                Shape::Definition | Shape::Decorated => item.unit.into_iter().collect(),
                Shape::Condition | Shape::Compound | Shape::Fallback => item
                    .definitions
                    .clone()
                    .filter(|&unit| {
                        let name = &source.units[unit].name;
                        !name.contains('.') && seen.insert(name)
                    })
                    .collect(),
                _ => Vec::new(),
            };
            units.into_iter().map(move |unit| (position, unit))
        })
}

/// A unit that a program is made for.
struct Unit {
    module: usize,
    /// The statement that it stands in, or is.
    item: usize,
    unit: usize,
    name: NameId,
}

impl Unit {
    fn program(
        &self,
        index: &Index<'_, '_>,
        packages: Option<&Packages<'_>>,
        settings: &Settings,
    ) -> Result<Sliced, Failure> {
        let &Self {
            module,
            item,
            unit,
            name,
        } = self;
        let found = &index.modules[module].items[item];
        if found.error {
            return Err(Failure::new(Reason::UnitHasErrors, "the unit itself"));
        }
        let as_text = match found.is_definition() {
            true => gather_for(index, module, item, name, settings).and_then(|gathered| {
                layout::lay_out(index, module, unit, name, gathered, settings)
            }),
            false => Err(Failure::new(
                Reason::ConditionalDefinition,
                "the unit itself",
            )),
        };
        match (as_text, packages) {
            (Ok(sliced), _) => Ok(sliced),
            (Err(failure), None) => Err(failure),
            (Err(failure), Some(packages)) => {
                package::package(index, packages, module, item, unit, name, settings)
                    .map_err(|inside| failure.or_inside(inside))
            }
        }
    }
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
    rebound::refuse_by_namespace(source, item, name)?;
    let gathered = Gatherer::new(index, settings).gather(module, item, name)?;
    rebound::refuse_earlier_meanings(index, &gathered.items)?;
    Ok(gathered)
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
            None => sliced.builtins.contains(name.as_str()),
        };
        if clashes {
            return Err(Failure::new(Reason::NameClash, name));
        }
    }
    let mut builtins: Vec<&String> = gathered.builtins.iter().collect();
    builtins.sort_unstable();
    if let Some(name) = builtins
        .iter()
        .find(|name| sliced.globals.contains_key(name))
    {
        return Err(Failure::new(Reason::NameClash, name.as_str()));
    }
    Ok(layout::lay_out_beside(index, sliced, gathered))
}

/// The identifier of a program.
fn program_id(text: &str, entry: &str) -> ProgramId {
    ProgramId::of(&[text.as_bytes(), entry.as_bytes()])
}
