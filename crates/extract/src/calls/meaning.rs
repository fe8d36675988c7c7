//! Resolution of the names in a script.

use crate::index::{Index, Place};
use crate::module::{ImportBinding, Shape};
use crate::slice::Meaning;

use super::StepImport;

/// Import chains longer than this lead in a circle.
const MAX_IMPORT_CHAIN: usize = 32;

/// Definition that a name, or the start of a dotted name, refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) meaning: Meaning,
    /// Number of parts of the dotted name that it covers: 2 for `m.f` where `m` is a module.
    pub(super) parts: usize,
}

impl Found {
    fn one(meaning: Meaning) -> Option<Self> {
        Some(Self { meaning, parts: 1 })
    }
}

/// Definition of a dotted name at the top level of a module; `None` if unknown.
pub(super) fn find(index: &Index<'_, '_>, module: usize, chain: &str) -> Option<Found> {
    let root = chain.split('.').next()?;
    let source = &index.modules[module];
    let name = source.names.get(root)?;
    let item = source.bound_by(name).rfind(|&item| {
        !matches!(
            source.items[item].shape,
            Shape::Main | Shape::Ignored | Shape::Error
        )
    });
    let Some(item) = item else {
        let (module, name) = index
            .behind_star(module, name)
            .or_else(|| index.through_stars(module, root))?;
        let own = index.modules[module].bound_by(name).next_back()?;
        let imported = &index.modules[module].items[own].effects.imports;
        return match imported.is_empty() {
            true => Found::one(Meaning::Defined { module, name }),
            false => None,
        };
    };
    let found = &source.items[item];
    let imports: Vec<&ImportBinding<'_>> = found
        .effects
        .imports
        .iter()
        .filter(|import| import.name == name)
        .collect();
    if imports.is_empty() {
        return Found::one(Meaning::Defined { module, name });
    }
    imports.iter().find_map(|import| {
        let binding = Binding {
            level: import.level,
            module: import.module,
            member: import.member,
            aliased: import.aliased,
            target: import.target(&source.names),
        };
        follow(index, module, &binding, chain)
    })
}

/// Definition of a dotted name that a script's own import binds.
pub(super) fn find_imported(
    index: &Index<'_, '_>,
    module: usize,
    import: &StepImport,
    chain: &str,
) -> Option<Found> {
    let target = match &import.member {
        Some(member) => format!("{}.{member}", import.module),
        None if import.aliased => import.module.clone(),
        None => import.name.clone(),
    };
    let binding = Binding {
        level: import.level,
        module: &import.module,
        member: import.member.as_deref(),
        aliased: import.aliased,
        target,
    };
    follow(index, module, &binding, chain)
}

struct Binding<'a> {
    level: u32,
    module: &'a str,
    member: Option<&'a str>,
    aliased: bool,
    /// Full name, if it is in the standard library.
    target: String,
}

fn follow(index: &Index<'_, '_>, from: usize, binding: &Binding<'_>, chain: &str) -> Option<Found> {
    let place = index.place(from, binding.level, binding.module);
    if place == Place::Standard {
        return Found::one(Meaning::Standard(binding.target.clone()));
    }
    let parts: Vec<&str> = chain.split('.').collect();
    let (place, used) = match binding.member {
        Some(member) => {
            if let Place::Module(module) = place
                && let Some((module, member)) = bound_in(index, module, member, 0)
                && !index.is_own_submodule(module, member)
            {
                return Found::one(defined(index, module, member, 0)?);
            }
            match (index.submodule(&place, member), place) {
                (Some(inner), _) => (inner, 1),
                (None, Place::Module(module)) => {
                    return Found::one(defined(index, module, member, 0)?);
                }
                (None, _) => return None,
            }
        }
        None if binding.aliased => (place, 1),
        None => {
            let path: Vec<&str> = binding.module.split('.').collect();
            if !parts.starts_with(&path) {
                return None;
            }
            (place, path.len())
        }
    };
    let Place::Module(module) = place else {
        return None;
    };
    let meaning = defined(index, module, parts.get(used)?, 0)?;
    Some(Found {
        meaning,
        parts: used + 1,
    })
}

/// Definition of a module's member.
fn defined(index: &Index<'_, '_>, module: usize, member: &str, depth: usize) -> Option<Meaning> {
    if depth > MAX_IMPORT_CHAIN {
        return None;
    }
    let (module, member) = bound_in(index, module, member, 0)?;
    let source = &index.modules[module];
    let bound = source.names.get(member).and_then(|name| {
        let item = source.bound_by(name).next_back()?;
        Some((name, item))
    });
    let Some((name, item)) = bound else {
        let (next, _) = index.through_stars(module, member)?;
        return defined(index, next, member, depth + 1);
    };
    let import = source.items[item]
        .effects
        .imports
        .iter()
        .find(|import| import.name == name);
    let Some(import) = import else {
        return Some(Meaning::Defined { module, name });
    };
    match index.place(module, import.level, import.module) {
        Place::Standard => Some(Meaning::Standard(import.target(&source.names))),
        Place::Module(next) => defined(index, next, import.member?, depth + 1),
        _ => None,
    }
}

/// The module that binds a member of a module: itself, or the one that its star imports take it from.
/// `None` where that is not sure, since a star import after it leads elsewhere.
fn bound_in<'n>(
    index: &Index<'_, '_>,
    module: usize,
    member: &'n str,
    depth: usize,
) -> Option<(usize, &'n str)> {
    if depth > MAX_IMPORT_CHAIN {
        return None;
    }
    let source = &index.modules[module];
    if source.binds(member) {
        return Some((module, member));
    }
    for star in source.stars.iter().rev() {
        let path = star.trim_start_matches(['.', ' ', '\t']);
        let level = star[..star.len() - path.len()].matches('.').count();
        let Place::Module(target) = index.place(module, u32::try_from(level).ok()?, path) else {
            return None;
        };
        let exports = &index.modules[target];
        let found = match exports.exported(member) {
            Some(_) => Some((target, member)),
            // A list of what a star takes closes the way to further ones.
            None if exports.binds("__all__") || member.starts_with('_') => None,
            None => bound_in(index, target, member, depth + 1),
        };
        if found.is_some() {
            return found;
        }
        if !exports.stars.is_empty() && !exports.binds("__all__") && leads_out(index, target, depth)
        {
            return None;
        }
    }
    None
}

/// True for a module with a star import from outside the source.
fn leads_out(index: &Index<'_, '_>, module: usize, depth: usize) -> bool {
    let source = &index.modules[module];
    source.stars.iter().any(|star| {
        let path = star.trim_start_matches(['.', ' ', '\t']);
        let level = star[..star.len() - path.len()].matches('.').count();
        let level = u32::try_from(level).unwrap_or(u32::MAX);
        match index.place(module, level, path) {
            Place::Module(target) => {
                depth > MAX_IMPORT_CHAIN || leads_out(index, target, depth + 1)
            }
            _ => true,
        }
    })
}
