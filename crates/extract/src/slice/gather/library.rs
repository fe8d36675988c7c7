//! Statements that change modules of the standard library which a slice uses.

use super::*;
use crate::module::LibraryChange;

impl Gatherer<'_, '_, '_> {
    /// Takes in the statements that change the state of what the slice uses of the standard library, until no
    /// more of them matter.
    pub(super) fn add_library_changes(&mut self) -> Result<(), Failure> {
        loop {
            let files = self.gathered.edges.keys().copied();
            let files: Vec<usize> = files
                .filter(|&file| !self.module(file).library.is_empty())
                .collect();
            if files.is_empty() {
                return Ok(());
            }
            let used = self.used_of_library();
            let mut added = false;
            for file in files {
                for change in self.module(file).changing_library(&used) {
                    if !self.gathered.items.contains(&(file, change.item)) {
                        self.include_change(file, change)?;
                        added = true;
                    }
                }
            }
            if !added {
                return Ok(());
            }
            self.drain()?;
        }
    }

    /// The dotted names that the slice uses of the standard library, and builtins.
    fn used_of_library(&self) -> BTreeSet<String> {
        let mut used = BTreeSet::new();
        for &(module, item) in &self.gathered.items {
            let source = self.module(module);
            let effects = &source.items[item].effects;
            used.extend(effects.inner_uses.iter().cloned());
            for &found in &effects.uses {
                let name = source.names.text(found.name);
                match self.gathered.meanings.get(&(module, found.name)) {
                    Some(Meaning::Standard(target)) => {
                        let chain = source.chain(found);
                        let rest = chain.get(name.len()..).unwrap_or("");
                        used.insert(format!("{target}{rest}"));
                    }
                    Some(Meaning::Builtin) => {
                        used.insert(name.to_owned());
                    }
                    _ => {}
                }
            }
        }
        used
    }

    fn include_change(&mut self, file: usize, change: &LibraryChange) -> Result<(), Failure> {
        let source = self.module(file);
        let found = &source.items[change.item];
        let detail = || format!("{} in line {}", change.target, found.lines.first);
        let reason = match found.shape {
            Shape::Condition => Reason::ConditionalDefinition,
            Shape::Assignment | Shape::Change | Shape::Loop if !prints(source, found) => {
                if self.is_imported_after(file, change) {
                    return Err(Failure::new(Reason::NameClash, detail()));
                }
                return self.include(file, change.item);
            }
            _ => Reason::SideEffects,
        };
        Err(Failure::new(reason, detail()))
    }

    /// True for `from math import tau` behind `math.tau = 3`: a slice has its imports first.
    fn is_imported_after(&self, file: usize, change: &LibraryChange) -> bool {
        let source = self.module(file);
        let imports = self
            .gathered
            .imports
            .range((file, change.item)..(file + 1, 0));
        imports.into_iter().any(|(&(_, item), names)| {
            let imports = source.items[item].effects.imports.iter();
            let mut taken = imports.filter(|import| names.contains(&import.name));
            taken.any(|import| import.target(&source.names) == change.target)
        })
    }
}
