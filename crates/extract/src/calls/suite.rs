//! Everything beside the tests of a file: classes with their set-up, fixtures, helpers that assert, and
//! tables of values.

use std::collections::HashMap;

use crate::syntax::{FieldName, Kind, NodeId, Tree};

/// Classes between a test class and one that it inherits from.
const MAX_BASES: usize = 6;

/// A function and, where it has decorators, the statement that holds both.
#[derive(Debug, Clone, Copy)]
pub(super) struct Function {
    pub(super) node: NodeId,
    pub(super) decorated: Option<NodeId>,
}

/// A class at the top level.
#[derive(Debug, Default)]
struct Class<'t> {
    decorated: Option<NodeId>,
    bases: Vec<&'t str>,
    methods: HashMap<&'t str, Function>,
    /// Its assignments to one name, in order.
    attributes: Vec<NodeId>,
}

/// The classes, functions and tables of a file.
pub(super) struct Suite<'a, 't> {
    tree: &'a Tree<'t>,
    functions: HashMap<&'t str, Function>,
    classes: HashMap<&'t str, Class<'t>>,
    tables: HashMap<&'t str, NodeId>,
}

impl<'a, 't> Suite<'a, 't> {
    pub(super) fn of(tree: &'a Tree<'t>) -> Self {
        let mut suite = Self {
            tree,
            functions: HashMap::new(),
            classes: HashMap::new(),
            tables: HashMap::new(),
        };
        for statement in tree.code_children(Tree::ROOT) {
            let (node, decorated) = undecorated(tree, statement);
            let name = named(tree, node);
            match tree.kind(node) {
                Kind::FunctionDefinition => {
                    suite.functions.insert(name, Function { node, decorated });
                }
                Kind::ClassDefinition => {
                    suite.classes.insert(name, class(tree, node, decorated));
                }
                _ => {
                    if let Some((name, value)) = assigned(tree, statement) {
                        match is_table(tree, value) {
                            true => suite.tables.insert(name, value),
                            false => suite.tables.remove(name),
                        };
                    }
                }
            }
        }
        suite
    }

    /// A function at the top level.
    pub(super) fn function(&self, name: &str) -> Option<Function> {
        self.functions.get(name).copied()
    }

    /// The decorators of a class.
    pub(super) fn decorated(&self, class: &str) -> Option<NodeId> {
        self.classes.get(class)?.decorated
    }

    /// The names of a class and of those that it inherits from, as far as the file defines them; the
    /// class itself comes first.
    pub(super) fn lineage(&self, class: &str) -> Vec<&'t str> {
        let mut found: Vec<&'t str> = Vec::new();
        let mut wanted: Vec<&str> = vec![class];
        while let Some(name) = wanted.pop() {
            if found.len() < MAX_BASES
                && let Some((&name, class)) = self.classes.get_key_value(name)
                && !found.contains(&name)
            {
                found.push(name);
                wanted.extend(class.bases.iter().rev());
            }
        }
        found
    }

    /// A method of a class, its own or an inherited one.
    pub(super) fn method(&self, class: &str, name: &str) -> Option<Function> {
        let lineage = self.lineage(class).into_iter();
        lineage
            .filter_map(|class| self.classes.get(class))
            .find_map(|class| class.methods.get(name).copied())
    }

    /// The names of all methods that an instance has.
    pub(super) fn methods(&self, class: &str) -> impl Iterator<Item = &'t str> + '_ {
        let lineage = self.lineage(class).into_iter();
        let classes = lineage.filter_map(|class| self.classes.get(class));
        classes.flat_map(|class| class.methods.keys().copied())
    }

    /// The assignments in the bodies of a class and its bases, the bases' first.
    pub(super) fn attributes(&self, class: &str) -> Vec<NodeId> {
        let lineage = self.lineage(class).into_iter().rev();
        let classes = lineage.filter_map(|class| self.classes.get(class));
        classes.flat_map(|class| class.attributes.clone()).collect()
    }

    /// The fixture of a name, that of a class before that of the file.
    pub(super) fn fixture(&self, class: Option<&str>, name: &str) -> Option<Function> {
        let is_fixture = |function: &Function| {
            let decorators = function.decorated.into_iter();
            let mut decorators = decorators.flat_map(|node| self.tree.children(node));
            decorators.any(|child| {
                self.tree.kind(child) == Kind::Decorator
                    && self.tree.text_of(child).contains("fixture")
            })
        };
        let of_class = class.and_then(|class| self.method(class, name));
        let of_file = self.function(name);
        [of_class, of_file].into_iter().flatten().find(is_fixture)
    }

    /// The table that a name of the file stands for.
    pub(super) fn table(&self, name: &str) -> Option<NodeId> {
        self.tables.get(name).copied()
    }
}

/// Definition below decorators, and the statement with the decorators.
pub(super) fn undecorated(tree: &Tree<'_>, statement: NodeId) -> (NodeId, Option<NodeId>) {
    let inner = (tree.kind(statement) == Kind::DecoratedDefinition)
        .then(|| tree.child(statement, FieldName::Definition))
        .flatten();
    match inner {
        Some(inner) => (inner, Some(statement)),
        None => (statement, None),
    }
}

fn named<'t>(tree: &Tree<'t>, node: NodeId) -> &'t str {
    tree.child(node, FieldName::Name)
        .map_or("", |name| tree.text_of(name))
}

fn class<'t>(tree: &Tree<'t>, node: NodeId, decorated: Option<NodeId>) -> Class<'t> {
    let mut class = Class {
        decorated,
        ..Class::default()
    };
    if let Some(bases) = tree.child(node, FieldName::Superclasses) {
        class.bases = tree
            .code_children(bases)
            .map(|base| tree.text_of(base))
            .collect();
    }
    let Some(body) = tree.child(node, FieldName::Body) else {
        return class;
    };
    for statement in tree.code_children(body) {
        let (node, decorated) = undecorated(tree, statement);
        if tree.kind(node) == Kind::FunctionDefinition {
            let function = Function { node, decorated };
            class.methods.insert(named(tree, node), function);
        } else if assigned(tree, statement).is_some() {
            class.attributes.push(statement);
        }
    }
    class
}

/// The name and the value of a plain assignment statement.
pub(super) fn assigned<'t>(tree: &Tree<'t>, statement: NodeId) -> Option<(&'t str, NodeId)> {
    if tree.kind(statement) != Kind::ExpressionStatement {
        return None;
    }
    let inner = tree.code_children(statement).next()?;
    if tree.kind(inner) != Kind::Assignment {
        return None;
    }
    let left = tree.child(inner, FieldName::Left)?;
    let right = tree.child(inner, FieldName::Right)?;
    (tree.kind(left) == Kind::Identifier).then_some((tree.text_of(left), right))
}

/// True for an expression whose elements can be read without running anything.
pub(super) fn is_table(tree: &Tree<'_>, value: NodeId) -> bool {
    matches!(
        tree.kind(value),
        Kind::List
            | Kind::Tuple
            | Kind::Set
            | Kind::Dictionary
            | Kind::BinaryOperator
            | Kind::ParenthesizedExpression
    )
}
