//! Checks of what was gathered: nothing is pending, no two definitions share a name, nothing hazardous is imported.

use super::*;

impl<'i, 'm, 't> Gatherer<'i, 'm, 't> {
    /// Names that nothing binds must at least be bound through `global` by something in the slice.
    pub(super) fn check_pending(&self) -> Result<(), Failure> {
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
    pub(super) fn check_clashes(&self) -> Result<(), Failure> {
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
pub(super) fn choose(source: &Module<'_>, name: NameId, bound: &[usize]) -> Vec<usize> {
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
pub(super) fn prints(source: &Module<'_>, item: &Item<'_>) -> bool {
    item.effects.uses.iter().any(|found| {
        matches!(
            source.names.text(found.name),
            "print" | "input" | "exit" | "quit"
        )
    })
}

/// Checks the use of a name of the standard library or a builtin.
pub(super) fn check_use(source: &Module<'_>, found: Use, dotted: &str) -> Result<(), Failure> {
    match is_harmless(dotted, source.text, found.start, found.end) {
        true if !source.is_given_an_import(found) => Ok(()),
        _ => check_hazard(dotted),
    }
}

pub(super) fn check_hazard(dotted: &str) -> Result<(), Failure> {
    match hazard(dotted) {
        Some(reason) => Err(Failure::new(reason, dotted)),
        None => Ok(()),
    }
}
