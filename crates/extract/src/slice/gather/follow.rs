//! Names followed through imports, members and star imports to their definitions.

use super::*;

impl<'i, 'm, 't> Gatherer<'i, 'm, 't> {
    pub(super) fn meet_inner_import(
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

    /// Definition of a name that a star import brings from another module of the source.
    pub(super) fn take_from(
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
    pub(super) fn unbound(&mut self, module: usize, name: NameId) -> Result<Meaning, Failure> {
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

    /// Follows an import to the definition of the name.
    pub(super) fn follow_import(
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
        let as_object = || used_as_object(import);
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
            .filter(|_| self.module(target).binds(member))
            .filter(|_| !self.index.is_own_submodule(target, member));
        let Some(bound) = bound else {
            if self.index.submodule(place, member).is_some() {
                return Err(as_object());
            }
            return Err(not_in(self.module(target), text));
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
    pub(super) fn take_fallback(
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
}

/// The failure of a module of the same source that is not only a place of names.
fn used_as_object(import: &ImportBinding<'_>) -> Failure {
    // `from . import core` names no module but what it takes.
    let named = match import.module {
        "" => import.member.unwrap_or_default(),
        module => module,
    };
    let detail = format!("{named} (of the same source, used as an object)");
    Failure::new(Reason::NeedsPackage, detail)
}

/// The failure of a name that a module does not bind.
fn not_in(module: &Module<'_>, text: &str) -> Failure {
    match module.stars.first() {
        Some(star) => Failure::new(Reason::StarImport, format!("{text}, perhaps from {star}")),
        None => Failure::new(
            Reason::NameUnresolved,
            format!("{text}, not in {}", module.path),
        ),
    }
}
