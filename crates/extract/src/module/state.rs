//! Definitions that change the module's variables when they run, and the statements that run them.

use std::collections::{BTreeMap, BTreeSet};

use crate::syntax::{FieldName, Kind, NodeId, Tree};

use super::item::{Item, Shape, changes, registries, root};
use super::names::{NameId, Names};

/// A definition that changes more variables than this is taken to change only the first ones.
const MAX_TOUCHED: usize = 64;

/// Definitions by name, each with the module's variables that running it may change.
pub(super) type Touched = BTreeMap<NameId, BTreeSet<NameId>>;

/// Fills in what the statements change, themselves and through the functions they call. Gives the
/// definitions that change something.
pub(super) fn settle_changes<'t>(
    tree: &Tree<'t>,
    statements: &[NodeId],
    items: &mut [Item<'t>],
    names: &mut Names<'t>,
) -> Touched {
    let touched = touched(tree, statements, items, names);
    let noting = noting_classes(tree);
    for (item, &node) in items.iter_mut().zip(statements) {
        item.changes = match item.shape {
            Shape::Change
            | Shape::Loop
            | Shape::Condition
            | Shape::Compound
            | Shape::Delete
            | Shape::Assignment => changes(tree, node, names),
            Shape::Decorated => registries(tree, node, names),
            _ => Vec::new(),
        };
        if !touched.is_empty() {
            add_called(tree, node, item, names, &touched);
        }
        if item.shape == Shape::Definition || item.shape == Shape::Decorated {
            add_registering_bases(tree, node, item, names, &noting);
        }
        item.changes.sort_unstable();
        item.changes.dedup();
    }
    touched
}

/// Variables that each definition changes, directly and through others it uses.
fn touched<'t>(
    tree: &Tree<'t>,
    statements: &[NodeId],
    items: &[Item<'t>],
    names: &mut Names<'t>,
) -> Touched {
    let mut variables: BTreeSet<NameId> = BTreeSet::new();
    let mut definitions: BTreeSet<NameId> = BTreeSet::new();
    for item in items {
        match item.shape {
            Shape::Import | Shape::Future | Shape::Fallback => {}
            Shape::Definition | Shape::Decorated => definitions.extend(&item.effects.binds),
            _ => variables.extend(&item.effects.binds),
        }
    }
    let mut touched = Touched::new();
    let mut users: BTreeMap<NameId, BTreeSet<NameId>> = BTreeMap::new();
    for (item, &node) in items.iter().zip(statements) {
        let (true, Some(&own)) = (item.is_definition(), item.effects.binds.first()) else {
            continue;
        };
        let used: BTreeSet<NameId> = item.effects.uses.iter().map(|found| found.name).collect();
        let mut direct: BTreeSet<NameId> = item.effects.global_binds.iter().copied().collect();
        if used.iter().any(|name| variables.contains(name)) {
            let inside = changes(tree, node, names).into_iter();
            direct.extend(inside.filter(|name| used.contains(name) && variables.contains(name)));
        }
        if !direct.is_empty() {
            touched
                .entry(own)
                .or_default()
                .extend(direct.into_iter().take(MAX_TOUCHED));
        }
        for name in used.into_iter().filter(|name| definitions.contains(name)) {
            users.entry(name).or_default().insert(own);
        }
    }
    let mut queue: Vec<NameId> = touched.keys().copied().collect();
    while let Some(changed) = queue.pop() {
        let reached = touched.get(&changed).cloned().unwrap_or_default();
        for &user in users.get(&changed).into_iter().flatten() {
            let own = touched.entry(user).or_default();
            let before = own.len();
            let room = MAX_TOUCHED.saturating_sub(before);
            let new: Vec<NameId> = reached.difference(own).take(room).copied().collect();
            own.extend(new);
            if own.len() > before {
                queue.push(user);
            }
        }
    }
    touched
}

/// Adds what the definitions change that a statement runs: those it mentions, or, for a decorated
/// definition, its decorators.
fn add_called<'t>(
    tree: &Tree<'t>,
    node: NodeId,
    item: &mut Item<'t>,
    names: &mut Names<'t>,
    touched: &Touched,
) {
    match item.shape {
        Shape::Change | Shape::Loop | Shape::Condition | Shape::Compound | Shape::Assignment => {
            for found in &item.effects.uses {
                item.changes
                    .extend(touched.get(&found.name).into_iter().flatten());
            }
        }
        Shape::Decorated => {
            for decorator in tree.children(node) {
                if tree.kind(decorator) == Kind::Decorator
                    && let Some(expression) = tree.code_children(decorator).next()
                    && let Some(root) = root(tree, expression)
                    && let Some(name) = names.get(tree.text_of(root))
                {
                    item.changes
                        .extend(touched.get(&name).into_iter().flatten());
                }
            }
        }
        _ => {}
    }
}

/// A class whose base notes its subclasses changes the base.
fn add_registering_bases<'t>(
    tree: &Tree<'t>,
    node: NodeId,
    item: &mut Item<'t>,
    names: &mut Names<'t>,
    noting: &BTreeSet<&str>,
) {
    let class = match tree.kind(node) {
        Kind::DecoratedDefinition => tree.child(node, FieldName::Definition),
        _ => Some(node),
    };
    let bases = class
        .filter(|&class| tree.kind(class) == Kind::ClassDefinition)
        .and_then(|class| tree.child(class, FieldName::Superclasses));
    let Some(bases) = bases else {
        return;
    };
    for base in tree.code_children(bases) {
        if tree.kind(base) != Kind::Identifier {
            continue;
        }
        let name = tree.text_of(base);
        if noting.contains(name) {
            item.changes.push(names.intern(name));
        }
    }
}

/// The classes that note their subclasses.
fn noting_classes<'t>(tree: &Tree<'t>) -> BTreeSet<&'t str> {
    if !tree.text.contains("__init_subclass__") {
        return BTreeSet::new();
    }
    tree.code_children(Tree::ROOT)
        .filter(|&node| tree.kind(node) == Kind::ClassDefinition)
        .filter(|&node| tree.text_of(node).contains("__init_subclass__"))
        .filter_map(|node| tree.child(node, FieldName::Name))
        .map(|name| tree.text_of(name))
        .collect()
}
