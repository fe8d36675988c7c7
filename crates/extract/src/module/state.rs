//! Definitions that change the module's variables when they run, and the statements that run them.

use std::collections::{BTreeMap, BTreeSet};

use crate::syntax::{FieldName, Kind, NodeId, Tree};

use super::item::{Item, MUTATORS, Shape, changes, registries, root};
use super::names::{NameId, Names};

/// A definition that changes more variables than this is taken to change only the first ones.
const MAX_TOUCHED: usize = 64;

/// Expressions by which a method reaches its class.
const OWN_CLASS: &[&str] = &["cls.", "self.__class__.", "type(self)."];

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
    let shared = shared_variables(tree, statements, items, names);
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
        add_shared(item, &shared);
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
        let text = tree.text_of(node);
        let of_class = OWN_CLASS.iter().any(|start| text.contains(start));
        if of_class || used.iter().any(|name| definitions.contains(name)) {
            let attributes = changed_attributes(tree, node, own, names).into_iter();
            direct.extend(attributes.filter(|name| definitions.contains(name)));
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
    noting: &BTreeMap<&'t str, BTreeSet<&'t str>>,
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
        for &name in noting.get(tree.text_of(base)).into_iter().flatten() {
            item.changes.push(names.intern(name));
        }
    }
}

/// The classes that note their subclasses, and those that inherit from them, each with all that take note of a
/// subclass.
fn noting_classes<'t>(tree: &Tree<'t>) -> BTreeMap<&'t str, BTreeSet<&'t str>> {
    let mut noting: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    if !tree.text.contains("__init_subclass__") {
        return noting;
    }
    for statement in tree.code_children(Tree::ROOT) {
        let class = match tree.kind(statement) {
            Kind::DecoratedDefinition => tree.child(statement, FieldName::Definition),
            _ => Some(statement),
        };
        let Some(class) = class.filter(|&class| tree.kind(class) == Kind::ClassDefinition) else {
            continue;
        };
        let Some(name) = tree.child(class, FieldName::Name) else {
            continue;
        };
        let mut found: BTreeSet<&str> = BTreeSet::new();
        if tree.text_of(class).contains("__init_subclass__") {
            found.insert(tree.text_of(name));
        }
        let bases = tree.child(class, FieldName::Superclasses);
        for base in bases
            .into_iter()
            .flat_map(|bases| tree.code_children(bases))
        {
            found.extend(noting.get(tree.text_of(base)).into_iter().flatten());
        }
        if !found.is_empty() {
            noting.insert(tree.text_of(name), found);
        }
    }
    noting
}

/// Variables of a module that stand for one object, by each of them: `a = b = []`, `c = a`.
fn shared_variables<'t>(
    tree: &Tree<'t>,
    statements: &[NodeId],
    items: &[Item<'t>],
    names: &mut Names<'t>,
) -> BTreeMap<NameId, BTreeSet<NameId>> {
    let mut groups: BTreeMap<NameId, BTreeSet<NameId>> = BTreeMap::new();
    let assignments = items.iter().zip(statements);
    let assignments = assignments.filter(|(item, _)| item.shape == Shape::Assignment);
    for (_, &node) in assignments.clone() {
        let mut own: BTreeSet<NameId> = BTreeSet::new();
        let mut at = tree.code_children(node).next();
        while let Some(part) = at {
            let side = match tree.kind(part) {
                Kind::Assignment => tree.child(part, FieldName::Left),
                _ => Some(part),
            };
            let side = side.filter(|&side| tree.kind(side) == Kind::Identifier);
            own.extend(side.map(|side| names.intern(tree.text_of(side))));
            at = (tree.kind(part) == Kind::Assignment)
                .then(|| tree.child(part, FieldName::Right))
                .flatten();
        }
        if own.len() < 2 || own.len() > MAX_TOUCHED {
            continue;
        }
        let known = own.iter().filter_map(|name| groups.get(name));
        let known: BTreeSet<NameId> = known.flatten().copied().collect();
        own.extend(known.into_iter().take(MAX_TOUCHED));
        for &name in &own {
            groups.insert(name, own.clone());
        }
    }
    let bound: BTreeSet<NameId> = assignments
        .flat_map(|(item, _)| item.effects.binds.clone())
        .collect();
    for group in groups.values_mut() {
        group.retain(|name| bound.contains(name));
    }
    groups
}

/// Adds the variables that stand for the same objects as those that a statement changes.
fn add_shared(item: &mut Item<'_>, shared: &BTreeMap<NameId, BTreeSet<NameId>>) {
    let others = item.changes.iter().filter_map(|name| shared.get(name));
    let others: Vec<NameId> = others.flatten().copied().collect();
    item.changes.extend(others);
}

/// The classes and functions whose attributes a definition changes: `Node.all.append(self)`, `cls.count += 1`.
fn changed_attributes<'t>(
    tree: &Tree<'t>,
    node: NodeId,
    own: NameId,
    names: &Names<'t>,
) -> BTreeSet<NameId> {
    let mut found = BTreeSet::new();
    for id in tree.subtree(node) {
        let object = match tree.kind(id) {
            Kind::Assignment | Kind::AugmentedAssignment => tree.child(id, FieldName::Left),
            Kind::Call => tree
                .child(id, FieldName::Function)
                .filter(|&function| tree.kind(function) == Kind::Attribute)
                .filter(|&function| {
                    let last = tree.text_of(function).rsplit('.').next();
                    last.is_some_and(|last| MUTATORS.contains(&last))
                })
                .and_then(|function| tree.child(function, FieldName::Object)),
            _ => None,
        };
        let object =
            object.filter(|&object| matches!(tree.kind(object), Kind::Attribute | Kind::Subscript));
        let Some(object) = object else {
            continue;
        };
        let written = tree.text_of(object);
        if OWN_CLASS.iter().any(|start| written.starts_with(start)) {
            found.insert(own);
        } else if let Some(root) = root(tree, object) {
            found.extend(names.get(tree.text_of(root)));
        }
    }
    found
}
