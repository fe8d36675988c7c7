//! Summary of a file, read once from its tree: statements and their dependencies, units, comments, and the
//! raw material for calls.

mod bodies;
mod guess;
mod import;
mod item;
mod library;
mod names;
mod read;
mod redact;
mod scope;
mod signature;
mod state;

use std::collections::BTreeSet;

use tracestone_record::{Comment, Definition, Dropped, FileId, Unit};

use crate::calls::Script;
use crate::syntax::LineTable;

pub(crate) use import::ImportBinding;
pub(crate) use item::{Item, Shape, root};
pub(crate) use library::LibraryChange;
pub(crate) use names::{NameId, Names, normal};
pub(crate) use read::{NAMESPACES, Reader};
pub(crate) use scope::{Analyzer, BodyNames, Effects, Scratch, Use};

/// A file's summary. Nothing of the tree is kept.
#[derive(Debug)]
pub(crate) struct Module<'t> {
    pub(crate) file: FileId,
    pub(crate) path: &'t str,
    pub(crate) text: &'t str,
    pub(crate) lines: LineTable,
    pub(crate) names: Names<'t>,
    /// The top-level statements, in order.
    pub(crate) items: Vec<Item<'t>>,
    /// Its `from __future__` imports.
    pub(crate) futures: Vec<usize>,
    /// Statements that bind a name, sorted.
    pub(crate) bindings: Vec<(NameId, usize)>,
    /// Statements that may change the value of a name without binding it, sorted.
    pub(crate) changed_by: Vec<(NameId, usize)>,
    /// The definitions that change variables of the module when they run, sorted.
    pub(crate) stateful: Vec<NameId>,
    /// Changes of what imports bring, in the order of their statements.
    pub(crate) library: Vec<LibraryChange>,
    /// Statements that run with the file and look at its namespace, in order.
    pub(crate) by_namespace: Vec<usize>,
    /// The modules of star imports.
    pub(crate) stars: Vec<&'t str>,
    pub(crate) units: Vec<Unit>,
    /// For each unit, whether its region has syntax errors.
    pub(crate) broken: Vec<bool>,
    /// Functions, methods and classes with places in the file; each item has a range of them.
    pub(crate) definitions: Vec<Definition>,
    /// The file's comments; each item has a range of them.
    pub(crate) comments: Vec<Comment>,
    /// Examples, tests and call sites.
    pub(crate) scripts: Vec<Script>,
    pub(crate) had_errors: bool,
    pub(crate) dropped: Vec<Dropped>,
}

impl<'t> Module<'t> {
    /// The statements that bind a name, in order.
    pub(crate) fn bound_by(&self, name: NameId) -> impl DoubleEndedIterator<Item = usize> + '_ {
        listed(&self.bindings, name)
    }

    /// The statements that may change a name's value, in order.
    pub(crate) fn changed_by(&self, name: NameId) -> impl DoubleEndedIterator<Item = usize> + '_ {
        listed(&self.changed_by, name)
    }

    /// True if running the definition of a name may change variables of the module.
    pub(crate) fn is_stateful(&self, name: NameId) -> bool {
        self.stateful.binary_search(&name).is_ok()
    }

    /// True if the module binds the name.
    pub(crate) fn binds(&self, name: &str) -> bool {
        self.names
            .get(name)
            .is_some_and(|name| self.bound_by(name).next().is_some())
    }

    /// The number of a name that a star import of the module brings.
    pub(crate) fn exported(&self, name: &str) -> Option<NameId> {
        let id = self.names.get(name)?;
        self.bound_by(id).next()?;
        let Some(list) = self
            .names
            .get("__all__")
            .filter(|&list| self.bound_by(list).next().is_some())
        else {
            return (!name.starts_with('_')).then_some(id);
        };
        let quoted = [format!("'{name}'"), format!("\"{name}\"")];
        let listed = self
            .bound_by(list)
            .chain(self.changed_by(list))
            .any(|item| {
                let item = &self.items[item];
                let text = self
                    .text
                    .get(item.start as usize..item.end as usize)
                    .unwrap_or("");
                quoted.iter().any(|name| text.contains(name))
            });
        listed.then_some(id)
    }

    /// The statements that may change what some used dotted names give.
    pub(crate) fn changing_library<'a>(
        &'a self,
        used: &'a BTreeSet<String>,
    ) -> impl Iterator<Item = &'a LibraryChange> {
        let changes = self.library.iter();
        changes.filter(|change| used.iter().any(|used| change.concerns(used)))
    }

    /// Gives back the memory that its vectors hold for more elements than they have: the summaries of all
    /// files of a source are in memory at once, and most of their vectors have one or two elements.
    fn shrink(&mut self) {
        for item in &mut self.items {
            item.effects.shrink();
            item.changes.shrink_to_fit();
        }
        self.items.shrink_to_fit();
        self.library.shrink_to_fit();
        self.names.close();
        for unit in &mut self.units {
            unit.parameters.shrink_to_fit();
        }
        self.units.shrink_to_fit();
        self.broken.shrink_to_fit();
        for definition in &mut self.definitions {
            definition.shrink_to_fit();
        }
        self.definitions.shrink_to_fit();
        self.comments.shrink_to_fit();
        for script in &mut self.scripts {
            script.steps.shrink_to_fit();
            script.asks.shrink_to_fit();
        }
        self.scripts.shrink_to_fit();
        self.dropped.shrink_to_fit();
    }

    /// The text of a use: `a.b.c`, without white space, with its names in their normal form.
    pub(crate) fn chain(&self, found: Use) -> std::borrow::Cow<'t, str> {
        let text = self
            .text
            .get(found.start as usize..found.end as usize)
            .unwrap_or("");
        if text.contains(|c: char| c.is_whitespace() || c == '\\' || c == '#') {
            let dense: String = text
                .split(|c: char| c.is_whitespace() || c == '\\')
                .collect();
            normal(&dense).into_owned().into()
        } else {
            normal(text)
        }
    }

    /// True if the first argument of a call begins with a name that an import binds. It may be a module, whose
    /// namespace others add to.
    pub(crate) fn is_given_an_import(&self, callee: Use) -> bool {
        let behind = self.text.get(callee.end as usize..).unwrap_or("");
        let argument = behind.trim_start().strip_prefix('(').unwrap_or("");
        let argument = argument.trim_start();
        let end = argument.find(|c: char| !c.is_alphanumeric() && c != '_');
        let (name, after) = argument.split_at(end.unwrap_or(argument.len()));
        !name.is_empty() && !after.starts_with('(') && self.imports(name)
    }

    /// True if any import of the file binds a name.
    fn imports(&self, name: &str) -> bool {
        let effects = self.items.iter().map(|item| &item.effects);
        let mut imports =
            effects.flat_map(|effects| effects.imports.iter().chain(&effects.inner_imports));
        imports.any(|import| self.names.text(import.name) == name)
    }
}

fn listed(sorted: &[(NameId, usize)], name: NameId) -> impl DoubleEndedIterator<Item = usize> + '_ {
    let start = sorted.partition_point(|&(listed, _)| listed < name);
    let end = sorted.partition_point(|&(listed, _)| listed <= name);
    sorted[start..end].iter().map(|&(_, item)| item)
}
