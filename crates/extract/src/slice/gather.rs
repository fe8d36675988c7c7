//! Statements that a unit needs: a work list over (file, name) pairs.

mod checks;
mod follow;
mod library;

use std::collections::VecDeque;

use super::*;
use crate::hazards::{hazard, is_harmless};
use crate::index::Place;
use crate::module::{Effects, ImportBinding, Item, Use};
use checks::{check_hazard, check_use, choose, prints};

/// Import chains longer than this lead in a circle.
const MAX_IMPORT_CHAIN: usize = 32;

/// Content of a slice.
#[derive(Debug, Clone, Default)]
pub(super) struct Gathered {
    /// Statements, imports left out, by file and position.
    pub(super) items: BTreeSet<(usize, usize)>,
    /// Import statements with the names taken from them.
    pub(super) imports: BTreeMap<(usize, usize), BTreeSet<NameId>>,
    /// `g = f` for `from x import f as g`: the importing statement, `g`, `f`.
    pub(super) aliases: BTreeSet<(usize, usize, String, String)>,
    /// Dependencies between files.
    pub(super) edges: BTreeMap<usize, BTreeSet<usize>>,
    /// Global names of the program.
    pub(super) globals: HashMap<String, Meaning>,
    pub(super) builtins: HashSet<String>,
    /// Variables that a file takes from another one. They keep the value they had then.
    snapshots: BTreeSet<(usize, NameId)>,
    /// Modules imported inside functions.
    pub(super) inner_imports: BTreeSet<String>,
    lines: u32,
    meanings: HashMap<(usize, NameId), Meaning>,
    /// Names that no statement binds; a function may bind them through `global`.
    pending: BTreeSet<(usize, NameId)>,
    /// Names in annotations that are not evaluated.
    soft: BTreeSet<(usize, NameId)>,
    queue: VecDeque<(usize, usize)>,
}

/// Gathers what a unit needs.
pub(super) struct Gatherer<'i, 'm, 't> {
    index: &'i Index<'m, 't>,
    settings: &'i Settings,
    gathered: Gathered,
}

impl<'i, 'm, 't> Gatherer<'i, 'm, 't> {
    pub(super) fn new(index: &'i Index<'m, 't>, settings: &'i Settings) -> Self {
        Self {
            index,
            settings,
            gathered: Gathered::default(),
        }
    }

    /// Gathers everything that a top-level definition needs.
    pub(super) fn gather(
        mut self,
        module: usize,
        item: usize,
        name: NameId,
    ) -> Result<Gathered, Failure> {
        self.gathered.edges.entry(module).or_default();
        self.include(module, item)?;
        self.resolve(module, name, 0)?;
        self.finish()
    }

    /// Gathers everything that some names need.
    pub(super) fn gather_names(
        mut self,
        names: &BTreeSet<(usize, NameId)>,
    ) -> Result<Gathered, Failure> {
        for &(module, name) in names {
            self.gathered.edges.entry(module).or_default();
            self.resolve(module, name, 0)?;
        }
        self.finish()
    }

    fn finish(mut self) -> Result<Gathered, Failure> {
        self.drain()?;
        self.add_library_changes()?;
        self.add_soft();
        self.check_pending()?;
        self.check_clashes()?;
        Ok(self.gathered)
    }

    fn module(&self, module: usize) -> &'m Module<'t> {
        &self.index.modules[module]
    }

    /// Works through the statements whose needs are not yet met.
    fn drain(&mut self) -> Result<(), Failure> {
        while let Some((module, item)) = self.gathered.queue.pop_front() {
            self.meet_needs(module, item)?;
        }
        Ok(())
    }

    /// Takes in, one by one, what annotations that are never evaluated mention, where that leads to
    /// no trouble.
    fn add_soft(&mut self) {
        let mut tried = BTreeSet::new();
        loop {
            let next = self
                .gathered
                .soft
                .iter()
                .find(|soft| !tried.contains(*soft))
                .copied();
            let Some((module, name)) = next else {
                return;
            };
            tried.insert((module, name));
            let bound = self.module(module).bound_by(name).next().is_some();
            if !bound || self.gathered.meanings.contains_key(&(module, name)) {
                continue;
            }
            let before = self.gathered.clone();
            let added = self
                .resolve(module, name, 0)
                .and_then(|_| self.drain())
                .and_then(|()| self.check_pending());
            if added.is_err() || self.check_clashes().is_err() {
                self.gathered = before;
            }
        }
    }

    fn include(&mut self, module: usize, item: usize) -> Result<(), Failure> {
        if !self.gathered.items.insert((module, item)) {
            return Ok(());
        }
        let source = self.module(module);
        let found = &source.items[item];
        self.gathered.lines += found.height();
        if self.gathered.lines > self.settings.max_program_lines {
            let detail = format!("more than {} lines", self.settings.max_program_lines);
            return Err(Failure::new(Reason::ProgramTooLarge, detail));
        }
        if found.error {
            let detail = format!("{}:{}", source.path, found.lines.first);
            return Err(Failure::new(Reason::UnitHasErrors, detail));
        }
        if found.leaks {
            let detail = format!("{}:{}", source.path, found.lines.first);
            return Err(Failure::new(Reason::ExampleInProgram, detail));
        }
        for &name in found
            .effects
            .binds
            .iter()
            .chain(&found.effects.global_binds)
        {
            self.claim(source.names.text(name), Meaning::Defined { module, name })?;
        }
        self.gathered.queue.push_back((module, item));
        Ok(())
    }

    /// Binds a global name of the program to a definition; two definitions of one name clash.
    fn claim(&mut self, name: &str, meaning: Meaning) -> Result<(), Failure> {
        match self.gathered.globals.get(name) {
            Some(claimed) if *claimed != meaning => Err(Failure::new(Reason::NameClash, name)),
            Some(_) => Ok(()),
            None => {
                self.gathered.globals.insert(name.to_owned(), meaning);
                Ok(())
            }
        }
    }

    fn meet_needs(&mut self, module: usize, item: usize) -> Result<(), Failure> {
        let source = self.module(module);
        let found = &source.items[item];
        let effects = &found.effects;
        if let Some(star) = effects.stars.first() {
            return Err(Failure::new(Reason::StarImport, *star));
        }
        for import in &effects.inner_imports {
            self.meet_inner_import(module, import)?;
        }
        for dotted in &effects.inner_uses {
            check_hazard(dotted)?;
        }
        for &found_use in &effects.uses {
            if found_use.soft {
                self.gathered.soft.insert((module, found_use.name));
                continue;
            }
            // What a statement binds for itself, such as a loop's variable, is there.
            let meaning = self.resolve(module, found_use.name, 0)?;
            let name = source.names.text(found_use.name);
            match meaning {
                Meaning::Standard(target) => {
                    let chain = source.chain(found_use);
                    let rest = chain.get(name.len()..).unwrap_or("");
                    check_use(source, found_use, &format!("{target}{rest}"))?;
                }
                Meaning::Builtin => check_use(source, found_use, &source.chain(found_use))?,
                Meaning::Defined { .. } | Meaning::Nothing => {}
            }
        }
        Ok(())
    }

    /// Definition of a name in a module. Adds the statements that define it to the slice.
    fn resolve(&mut self, module: usize, name: NameId, chain: usize) -> Result<Meaning, Failure> {
        if let Some(known) = self.gathered.meanings.get(&(module, name)) {
            return Ok(known.clone());
        }
        let source = self.module(module);
        let skipped = |shape: Shape| {
            use Shape::{Error, Ignored, Main, TypeChecking};
            matches!(shape, Main | TypeChecking | Ignored | Error)
        };
        let bound = source.bound_by(name);
        let bound: Vec<usize> = bound
            .filter(|&item| !skipped(source.items[item].shape))
            .collect();
        let chosen = choose(source, name, &bound);
        if let [.., last] = chosen[..]
            && source.items[last].shape == Shape::Assignment
            && bound.len() > chosen.len()
            && reads(&source.items[last], name)
        {
            // `sqrt = cached(sqrt)` after `from math import sqrt`.
            let detail = format!("{}, imported and then rebound", source.names.text(name));
            return Err(Failure::new(Reason::NameClash, detail));
        }
        let Some((&last, _)) = chosen.split_last() else {
            let meaning = match self.index.behind_star(module, name) {
                Some((target, bound)) if chain <= MAX_IMPORT_CHAIN => {
                    self.take_from(module, name, target, bound, chain)?
                }
                _ => self.unbound(module, name)?,
            };
            self.gathered
                .meanings
                .insert((module, name), meaning.clone());
            return Ok(meaning);
        };
        let shape = source.items[last].shape;
        if shape == Shape::Import {
            let meaning = self.follow_import(module, &chosen, name, chain)?;
            self.gathered
                .meanings
                .insert((module, name), meaning.clone());
            return Ok(meaning);
        }
        if shape == Shape::Fallback {
            return self.take_fallback(module, last, name, chain);
        }
        let meaning = Meaning::Defined { module, name };
        self.gathered
            .meanings
            .insert((module, name), meaning.clone());
        for item in chosen {
            self.include_checked(module, item, name)?;
        }
        self.include_changes(module, name)?;
        Ok(meaning)
    }

    /// Adds a statement other than an import, if it is allowed in a program.
    fn include_checked(&mut self, module: usize, item: usize, name: NameId) -> Result<(), Failure> {
        let source = self.module(module);
        let text = source.names.text(name);
        let found = &source.items[item];
        let line = found.lines.first;
        match found.shape {
            Shape::Condition => Err(Failure::new(
                Reason::ConditionalDefinition,
                format!("{text} in line {line}"),
            )),
            Shape::Compound | Shape::Delete => Err(Failure::new(
                Reason::SideEffects,
                format!("{text} in line {line}"),
            )),
            Shape::Loop | Shape::Change if prints(source, found) => Err(Failure::new(
                Reason::SideEffects,
                format!("{text} in line {line}"),
            )),
            _ => self.include(module, item),
        }
    }

    /// Takes in the statements that change a variable after its definition.
    fn include_changes(&mut self, module: usize, name: NameId) -> Result<(), Failure> {
        let source = self.module(module);
        for item in source.changed_by(name) {
            self.include_checked(module, item, name)?;
        }
        Ok(())
    }
}

/// True if a statement uses a name.
fn reads(item: &Item<'_>, name: NameId) -> bool {
    item.effects.uses.iter().any(|found| found.name == name)
}
