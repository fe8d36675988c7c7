//! Names that later statements bind anew, and statements that still mean an earlier definition.

use super::*;
use crate::module::{Item, NAMESPACES, Use};

/// The later statements that bind a unit's name anew or change what it names, in order; those that bind come with
/// `true`.
pub(super) fn later(source: &Module<'_>, item: usize, name: NameId) -> BTreeMap<usize, bool> {
    let runs = |&later: &usize| {
        later > item
            && !matches!(
                source.items[later].shape,
                Shape::Main | Shape::TypeChecking | Shape::Ignored | Shape::Error
            )
    };
    let changed = source.changed_by(name).filter(runs).map(|at| (at, false));
    let bound = source.bound_by(name).filter(runs).map(|at| (at, true));
    changed.chain(bound).collect()
}

/// Refuses a name that a later statement binds through the namespace of its module: `globals()["f"] = g`.
pub(super) fn refuse_by_namespace(
    source: &Module<'_>,
    item: usize,
    name: NameId,
) -> Result<(), Failure> {
    let text = source.names.text(name);
    let later = source.by_namespace.iter().filter(|&&later| later > item);
    let later = later.map(|&later| &source.items[later]);
    let mut later = later.filter(|later| writes_namespace(written(source, later), text));
    match later.next() {
        Some(later) => {
            let line = later.lines.first;
            let detail = format!("{text} may be bound again in line {line}, by its text");
            Err(Failure::new(Reason::NameClash, detail))
        }
        None => Ok(()),
    }
}

fn written<'m>(source: &'m Module<'_>, item: &Item<'_>) -> &'m str {
    source
        .text
        .get(item.start as usize..item.end as usize)
        .unwrap_or("")
}

/// True if a statement writes into its module's namespace and may write this name: it mentions the name, or takes
/// names from a list of all.
fn writes_namespace(statement: &str, name: &str) -> bool {
    let namespace = NAMESPACES.iter().any(|namespace| {
        statement.match_indices(namespace).any(|(at, _)| {
            let rest = statement[at + namespace.len()..].trim_start();
            let before = statement[..at].trim_end();
            let by_key = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
            let sets = by_key.is_some_and(|(_, rest)| {
                let rest = rest.trim_start();
                rest.starts_with('=') && !rest.starts_with("==")
            });
            sets || [".update(", ".__setitem__(", ".pop(", "|="]
                .iter()
                .any(|way| rest.starts_with(way))
                || before.ends_with("setattr(")
                || before.ends_with("delattr(")
                || before.ends_with("del")
        })
    });
    namespace
        && (mentions(statement, name)
            || mentions(statement, "__all__")
            || statement.contains("globals().items(")
            || statement.contains("vars().items(")
            || statement.contains("dir()")
            || statement.contains("in globals()")
            || statement.contains("(globals())"))
}

/// True if a name stands in a text as a whole word.
fn mentions(text: &str, name: &str) -> bool {
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        !before.is_some_and(is_of_name) && !after.is_some_and(is_of_name)
    })
}

/// Refuses statements that run while a name still means an earlier definition than the one that a text shows:
/// `old = size` between two definitions of `size`.
pub(super) fn refuse_earlier_meanings(
    index: &Index<'_, '_>,
    items: &BTreeSet<(usize, usize)>,
) -> Result<(), Failure> {
    let files: BTreeSet<usize> = items.iter().map(|&(module, _)| module).collect();
    for module in files {
        let source = &index.modules[module];
        let own: Vec<usize> = items
            .range((module, 0)..(module + 1, 0))
            .map(|&(_, item)| item)
            .collect();
        for (name, first, last) in redefined(source, &own) {
            let between = own.iter().filter(|&&item| first < item && item < last);
            for &item in between {
                if reaches(source, &own, item, name) {
                    let line = source.items[last].lines.first;
                    let text = source.names.text(name);
                    let detail = format!("{text} is defined again in line {line}");
                    return Err(Failure::new(Reason::NameClash, detail));
                }
            }
        }
    }
    Ok(())
}

/// Names that the last definition in a text does not bind first, with their first and last statements.
fn redefined(source: &Module<'_>, own: &[usize]) -> Vec<(NameId, usize, usize)> {
    let definitions = own
        .iter()
        .filter(|&&item| source.items[item].is_definition());
    let found = definitions.filter_map(|&last| {
        let name = *source.items[last].effects.binds.first()?;
        let first = source.bound_by(name).find(|&item| {
            let shape = source.items[item].shape;
            !matches!(shape, Shape::Main | Shape::TypeChecking | Shape::Ignored)
        })?;
        (first < last && !own.contains(&first)).then_some((name, first, last))
    });
    found.collect()
}

/// True if running a statement reads a name, by itself or in a definition that it uses.
fn reaches(source: &Module<'_>, own: &[usize], item: usize, name: NameId) -> bool {
    let mut met = BTreeSet::from([item]);
    let mut queue = vec![item];
    while let Some(at) = queue.pop() {
        let found = &source.items[at];
        let read = found.effects.uses.iter();
        let read =
            read.filter(|read| !read.soft && (at != item || is_immediate(source, found, **read)));
        for read in read {
            if read.name == name {
                return true;
            }
            let defined = source.bound_by(read.name);
            let defined =
                defined.filter(|at| own.contains(at) && source.items[*at].is_definition());
            queue.extend(defined.filter(|&at| at < item && met.insert(at)));
        }
    }
    false
}

/// True for what a statement reads when it runs: not inside a function that it defines.
fn is_immediate(source: &Module<'_>, item: &Item<'_>, read: Use) -> bool {
    let line = source.lines.line(read.start);
    let definitions = source.definitions[item.definitions.clone()].iter();
    let mut functions =
        definitions.filter(|definition| definition.kind != tracestone_record::UnitKind::Class);
    !functions.any(|function| {
        let body = function
            .statements
            .iter()
            .copied()
            .chain(function.docstring.map(|at| at.first));
        let body = body.min().unwrap_or(function.header);
        line >= body && line <= function.lines.last
    })
}
