//! Statements that a unit needs: a work list over (file, name) pairs.

use std::collections::VecDeque;

use super::*;
use crate::hazards::hazard;
use crate::index::Place;
use crate::module::{Effects, ImportBinding, Item};

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
                    check_hazard(&format!("{target}{rest}"))?;
                }
                Meaning::Builtin => check_hazard(name)?,
                Meaning::Defined { .. } | Meaning::Nothing => {}
            }
        }
        Ok(())
    }

    fn meet_inner_import(
        &mut self,
        module: usize,
        import: &ImportBinding<'t>,
    ) -> Result<(), Failure> {
        match self.index.place(module, import.level, import.module) {
            Place::Standard => {
                self.gathered.inner_imports.insert(import.module.to_owned());
                Ok(())
            }
            Place::Package => Err(Failure::new(Reason::NeedsPackage, import.top())),
            Place::Above => Err(Failure::new(Reason::RelativeImportOutside, import.module)),
            Place::Module(_) | Place::Folder(_) | Place::Missing => Err(Failure::new(
                Reason::NeedsPackage,
                format!(
                    "{} (of the same source, imported inside a function)",
                    import.module
                ),
            )),
        }
    }

    /// Definition of a name in a module. Adds the statements that define it to the slice.
    fn resolve(&mut self, module: usize, name: NameId, chain: usize) -> Result<Meaning, Failure> {
        if let Some(known) = self.gathered.meanings.get(&(module, name)) {
            return Ok(known.clone());
        }
        let source = self.module(module);
        let bound: Vec<usize> = source
            .bound_by(name)
            .filter(|&item| {
                !matches!(
                    source.items[item].shape,
                    Shape::Main | Shape::TypeChecking | Shape::Ignored | Shape::Error
                )
            })
            .collect();
        let chosen = choose(source, name, &bound);
        if let [.., last] = chosen[..]
            && source.items[last].shape == Shape::Assignment
            && bound.len() > chosen.len()
            && source.items[last]
                .effects
                .uses
                .iter()
                .any(|found| found.name == name)
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
            self.add_seeding(module, name, &meaning)?;
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

    /// Definition of a name that a star import brings from another module of the source.
    fn take_from(
        &mut self,
        module: usize,
        name: NameId,
        target: usize,
        bound: NameId,
        chain: usize,
    ) -> Result<Meaning, Failure> {
        self.gathered
            .edges
            .entry(module)
            .or_default()
            .insert(target);
        self.gathered.edges.entry(target).or_default();
        let meaning = self.resolve(target, bound, chain + 1)?;
        let text = self.module(module).names.text(name);
        match &meaning {
            Meaning::Defined { module, name } if self.module(*module).names.text(*name) == text => {
                self.gathered.snapshots.insert((*module, *name));
            }
            // An alias would have to stand where the star import stands.
            _ => {
                let star = self
                    .module(module)
                    .stars
                    .first()
                    .copied()
                    .unwrap_or_default();
                return Err(Failure::new(
                    Reason::StarImport,
                    format!("{text}, from {star}"),
                ));
            }
        }
        self.claim(text, meaning.clone())?;
        Ok(meaning)
    }

    /// Definition of a name that no usable statement of its module binds.
    fn unbound(&mut self, module: usize, name: NameId) -> Result<Meaning, Failure> {
        let source = self.module(module);
        let text = source.names.text(name);
        let shapes: Vec<Shape> = source
            .bound_by(name)
            .map(|item| source.items[item].shape)
            .collect();
        if shapes.contains(&Shape::Error) {
            return Err(Failure::new(Reason::UnitHasErrors, text));
        }
        if is_builtin(text) {
            if let Some(star) = self.star_with(module, text) {
                let detail = format!("{text}, perhaps from {star}");
                return Err(Failure::new(Reason::StarImport, detail));
            }
            self.gathered.builtins.insert(text.to_owned());
            return Ok(Meaning::Builtin);
        }
        if text == "__file__" {
            return Err(Failure::new(Reason::ReadsEnvironment, text));
        }
        if shapes.contains(&Shape::Main) {
            let detail = format!("{text}, bound in the main block only");
            return Err(Failure::new(Reason::ConditionalDefinition, detail));
        }
        if shapes.contains(&Shape::TypeChecking) {
            let detail = format!("{text}, bound for type checkers only");
            return Err(Failure::new(Reason::NameUnresolved, detail));
        }
        if let Some(star) = source.stars.first() {
            return Err(Failure::new(
                Reason::StarImport,
                format!("{text}, perhaps from {star}"),
            ));
        }
        self.gathered.pending.insert((module, name));
        Ok(Meaning::Nothing)
    }

    /// The star import of a module that may bring a name of its own in a builtin's place.
    fn star_with(&self, module: usize, builtin: &str) -> Option<&'t str> {
        let source = self.module(module);
        source.stars.iter().find_map(|&star| {
            let level = u32::try_from(star.len() - star.trim_start_matches('.').len()).ok()?;
            let shadows = match self
                .index
                .place(module, level, star.trim_start_matches('.'))
            {
                Place::Standard => match star {
                    "math" => builtin == "pow",
                    "codecs" | "gzip" | "bz2" | "lzma" | "io" | "os" => builtin == "open",
                    "operator" => matches!(builtin, "abs" | "pow"),
                    "asyncio" => matches!(builtin, "TimeoutError"),
                    _ => false,
                },
                Place::Module(target) => {
                    let target = self.module(target);
                    target.binds(builtin) || !target.stars.is_empty()
                }
                // What packages of arrays and plots bring; others rarely hide builtins.
                _ => matches!(
                    builtin,
                    "abs" | "all" | "any" | "max" | "min" | "open" | "pow" | "round" | "sum"
                ),
            };
            shadows.then_some(star)
        })
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

    /// `random.seed(1)` at module level belongs to whatever uses `random`.
    fn add_seeding(
        &mut self,
        module: usize,
        name: NameId,
        meaning: &Meaning,
    ) -> Result<(), Failure> {
        let Meaning::Standard(target) = meaning else {
            return Ok(());
        };
        if target != "random" && target != "decimal" && !target.starts_with("decimal.getcontext") {
            return Ok(());
        }
        let source = self.module(module);
        for item in source.changed_by(name) {
            let found = &source.items[item];
            let text = source
                .text
                .get(found.start as usize..found.end as usize)
                .unwrap_or("");
            if found.shape == Shape::Change
                && (text.contains("seed(") || text.contains("getcontext()"))
            {
                self.include(module, item)?;
            }
        }
        Ok(())
    }

    /// Follows an import to the definition of the name.
    fn follow_import(
        &mut self,
        module: usize,
        items: &[usize],
        name: NameId,
        chain: usize,
    ) -> Result<Meaning, Failure> {
        let source = self.module(module);
        let text = source.names.text(name);
        let mut meaning = Meaning::Nothing;
        for &item in items {
            let effects: &Effects<'t> = &source.items[item].effects;
            for import in effects.imports.iter().filter(|import| import.name == name) {
                meaning = self.follow_binding(module, item, import, text, chain)?;
            }
        }
        Ok(meaning)
    }

    fn follow_binding(
        &mut self,
        module: usize,
        item: usize,
        import: &ImportBinding<'t>,
        text: &str,
        chain: usize,
    ) -> Result<Meaning, Failure> {
        let source = self.module(module);
        match self.index.place(module, import.level, import.module) {
            Place::Standard => {
                let meaning = Meaning::Standard(import.target(&source.names));
                self.claim(text, meaning.clone())?;
                let taken = self.gathered.imports.entry((module, item)).or_default();
                taken.insert(import.name);
                Ok(meaning)
            }
            Place::Package => Err(Failure::new(Reason::NeedsPackage, import.top())),
            Place::Above => Err(Failure::new(
                Reason::RelativeImportOutside,
                format!("{}{}", ".".repeat(import.level as usize), import.module),
            )),
            Place::Missing => Err(Failure::new(
                Reason::NameUnresolved,
                format!("{text}, from the missing module {}", import.module),
            )),
            place => self.follow_member(module, item, import, text, &place, chain),
        }
    }

    /// Follows `from module import member` inside the source.
    fn follow_member(
        &mut self,
        module: usize,
        item: usize,
        import: &ImportBinding<'t>,
        text: &str,
        place: &Place,
        chain: usize,
    ) -> Result<Meaning, Failure> {
        let as_object = || {
            Failure::new(
                Reason::NeedsPackage,
                format!("{} (of the same source, used as an object)", import.module),
            )
        };
        let member = import.member.ok_or_else(as_object)?;
        let Place::Module(target) = *place else {
            return Err(as_object());
        };
        if chain > MAX_IMPORT_CHAIN {
            return Err(Failure::new(
                Reason::NameUnresolved,
                format!("{text}, imported in a circle"),
            ));
        }
        let bound = self
            .module(target)
            .names
            .get(member)
            .filter(|_| self.module(target).binds(member));
        let Some(bound) = bound else {
            if self.index.submodule(place, member).is_some() {
                return Err(as_object());
            }
            return Err(match self.module(target).stars.first() {
                Some(star) => {
                    Failure::new(Reason::StarImport, format!("{text}, perhaps from {star}"))
                }
                None => Failure::new(
                    Reason::NameUnresolved,
                    format!("{text}, not in {}", self.module(target).path),
                ),
            });
        };
        self.gathered
            .edges
            .entry(module)
            .or_default()
            .insert(target);
        self.gathered.edges.entry(target).or_default();
        let meaning = self.resolve(target, bound, chain + 1)?;
        let original = match &meaning {
            Meaning::Defined { module, name } => {
                self.gathered.snapshots.insert((*module, *name));
                self.module(*module).names.text(*name)
            }
            // A name that the other module itself imports from the standard library.
            _ => member,
        };
        self.claim(text, meaning.clone())?;
        if original != text {
            self.gathered
                .aliases
                .insert((module, item, text.to_owned(), original.to_owned()));
        }
        Ok(meaning)
    }

    /// Takes `try: import a` as a whole if it needs the standard library only; follows its first
    /// import if that leads into the source.
    fn take_fallback(
        &mut self,
        module: usize,
        item: usize,
        name: NameId,
        chain: usize,
    ) -> Result<Meaning, Failure> {
        let source = self.module(module);
        let effects = &source.items[item].effects;
        let text = source.names.text(name);
        for import in &effects.imports {
            match self.index.place(module, import.level, import.module) {
                Place::Standard => {}
                Place::Module(_) if import.name == name => {
                    let meaning = self.follow_binding(module, item, import, text, chain)?;
                    self.gathered
                        .meanings
                        .insert((module, name), meaning.clone());
                    return Ok(meaning);
                }
                _ => return Err(Failure::new(Reason::NeedsPackage, import.top())),
            }
        }
        let target = effects
            .imports
            .iter()
            .find(|import| import.name == name)
            .map(|import| Meaning::Standard(import.target(&source.names)));
        let meaning = target.unwrap_or(Meaning::Defined { module, name });
        self.gathered
            .meanings
            .insert((module, name), meaning.clone());
        self.include(module, item)?;
        Ok(meaning)
    }

    /// Names that nothing binds must at least be bound through `global` by something in the slice.
    fn check_pending(&self) -> Result<(), Failure> {
        for &(module, name) in &self.gathered.pending {
            let source = self.module(module);
            let bound = self.gathered.items.iter().any(|&(owner, item)| {
                owner == module && source.items[item].effects.global_binds.contains(&name)
            });
            if !bound {
                return Err(Failure::new(
                    Reason::NameUnresolved,
                    source.names.text(name),
                ));
            }
        }
        Ok(())
    }

    /// Refuses clashes: a file's own definition in place of a builtin that another file uses, and a variable
    /// with new values in place of the first value that another file imported.
    fn check_clashes(&self) -> Result<(), Failure> {
        for &(owner, item) in &self.gathered.items {
            let source = self.module(owner);
            for &name in &source.items[item].effects.global_binds {
                if self.gathered.snapshots.contains(&(owner, name)) {
                    let detail = format!("{}, rebound in its file", source.names.text(name));
                    return Err(Failure::new(Reason::NameClash, detail));
                }
            }
        }
        let mut clashing: Vec<&String> = self
            .gathered
            .builtins
            .iter()
            .filter(|name| self.gathered.globals.contains_key(*name))
            .collect();
        clashing.sort_unstable();
        match clashing.first() {
            Some(name) => Err(Failure::new(Reason::NameClash, name.as_str())),
            None => Ok(()),
        }
    }
}

/// The statements that decide on a name: the last binding if it stands alone, all if later ones may build on
/// earlier ones.
fn choose(source: &Module<'_>, name: NameId, bound: &[usize]) -> Vec<usize> {
    let Some((&last, before)) = bound.split_last() else {
        return Vec::new();
    };
    match source.items[last].shape {
        Shape::Definition => vec![last],
        Shape::Import | Shape::Fallback => {
            // `import os` and `import os.path` both bind `os` and add up.
            let adds_up =
                |item: usize| {
                    source.items[item].effects.imports.iter().any(|import| {
                        import.name == name && import.member.is_none() && !import.aliased
                    })
                };
            if adds_up(last) && before.iter().all(|&item| adds_up(item)) {
                bound.to_vec()
            } else {
                vec![last]
            }
        }
        _ => {
            // An import that a later assignment replaces is not what the name means.
            let is_import =
                |item: usize| matches!(source.items[item].shape, Shape::Import | Shape::Fallback);
            bound
                .iter()
                .copied()
                .filter(|&item| !is_import(item))
                .collect()
        }
    }
}

/// True if a statement prints or asks for input.
fn prints(source: &Module<'_>, item: &Item<'_>) -> bool {
    item.effects.uses.iter().any(|found| {
        matches!(
            source.names.text(found.name),
            "print" | "input" | "exit" | "quit"
        )
    })
}

fn check_hazard(dotted: &str) -> Result<(), Failure> {
    match hazard(dotted) {
        Some(reason) => Err(Failure::new(reason, dotted)),
        None => Ok(()),
    }
}
