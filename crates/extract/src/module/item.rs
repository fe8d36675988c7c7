//! Top-level statements and their classification.

use tracestone_record::{Line, LineRange};

use crate::names::is_builtin;
use crate::syntax::{FieldName, Kind, NodeId, Tree};

use super::names::{NameId, Names};
use super::scope::Effects;

/// Type of a top-level statement, as far as slicing distinguishes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `import` or `from .. import ..`.
    Import,
    /// `from __future__ import ..`.
    Future,
    /// A function or class without decorators.
    Definition,
    /// A function or class with decorators.
    Decorated,
    /// An assignment to names.
    Assignment,
    /// A simple statement that changes something: `x[0] = 1`, `x += 1`, `x.append(1)`.
    Change,
    /// `try: import a` with an `except` that makes up for it.
    Fallback,
    /// A block `if TYPE_CHECKING:`.
    TypeChecking,
    /// `for` or `while`.
    Loop,
    /// Any other `if`.
    Condition,
    /// Any other compound statement.
    Compound,
    /// `if __name__ == "__main__":`.
    Main,
    /// A `del` statement.
    Delete,
    /// Of no use to a program: assertions, strings, `pass`.
    Ignored,
    /// A region the parser could not make sense of.
    Error,
}

/// A top-level statement and what it needs.
#[derive(Debug)]
pub(crate) struct Item<'t> {
    pub(crate) shape: Shape,
    /// First byte and offset after the last one.
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Lines of the statement.
    pub(crate) lines: LineRange,
    /// The first line of the comment right above it that explains it, else its first line.
    pub(crate) lead: Line,
    /// True if its lines contain no other statement.
    pub(crate) alone: bool,
    /// Uses by name, each name and chain once.
    pub(crate) effects: Effects<'t>,
    /// Names whose values it may change without binding them.
    pub(crate) changes: Vec<NameId>,
    pub(crate) error: bool,
    /// True if it gives answers away in a way that no edit of lines removes.
    pub(crate) leaks: bool,
    /// Lines that a program leaves out (`None`) or shows in a changed form, sorted.
    pub(crate) edits: Vec<(Line, Option<String>)>,
    /// Its functions, methods and classes: a range of the module's definitions.
    pub(crate) definitions: std::ops::Range<usize>,
    /// Its comments: a range of the module's comments.
    pub(crate) comments: std::ops::Range<usize>,
    /// The unit it defines: an index into the module's units.
    pub(crate) unit: Option<usize>,
}

impl Item<'_> {
    /// Number of lines it takes in a program.
    pub(crate) fn height(&self) -> u32 {
        let removed = self.edits.iter().filter(|(_, text)| text.is_none()).count();
        let lines = self.lines.last.0 + 1 - self.lead.0;
        lines.saturating_sub(u32::try_from(removed).unwrap_or(0))
    }

    pub(crate) fn is_definition(&self) -> bool {
        matches!(self.shape, Shape::Definition | Shape::Decorated)
    }
}

/// Classifies a statement.
pub(super) fn shape(tree: &Tree<'_>, node: NodeId) -> Shape {
    match tree.kind(node) {
        Kind::ImportStatement | Kind::ImportFromStatement => Shape::Import,
        Kind::FutureImportStatement => Shape::Future,
        Kind::FunctionDefinition | Kind::ClassDefinition => Shape::Definition,
        Kind::DecoratedDefinition => Shape::Decorated,
        Kind::TypeAliasStatement => Shape::Assignment,
        Kind::ExpressionStatement => expression_shape(tree, node),
        Kind::IfStatement => condition_shape(tree, node),
        Kind::TryStatement if is_import_fallback(tree, node) => Shape::Fallback,
        Kind::ForStatement | Kind::WhileStatement => Shape::Loop,
        Kind::TryStatement | Kind::WithStatement | Kind::MatchStatement => Shape::Compound,
        Kind::DeleteStatement => Shape::Delete,
        Kind::Error => Shape::Error,
        _ => Shape::Ignored,
    }
}

fn expression_shape(tree: &Tree<'_>, node: NodeId) -> Shape {
    let Some(inner) = tree.code_children(node).next() else {
        return Shape::Ignored;
    };
    match tree.kind(inner) {
        Kind::Assignment if binds_names_only(tree, inner) => Shape::Assignment,
        Kind::Assignment | Kind::AugmentedAssignment => Shape::Change,
        _ => {
            let acts = |id| matches!(tree.kind(id), Kind::Call | Kind::NamedExpression);
            if tree.subtree(inner).any(acts) {
                Shape::Change
            } else {
                Shape::Ignored
            }
        }
    }
}

fn binds_names_only(tree: &Tree<'_>, assignment: NodeId) -> bool {
    let mut at = assignment;
    loop {
        let Some(left) = tree.child(at, FieldName::Left) else {
            return false;
        };
        let named = tree
            .subtree(left)
            .all(|id| !matches!(tree.kind(id), Kind::Attribute | Kind::Subscript));
        if !named {
            return false;
        }
        match tree.child(at, FieldName::Right) {
            Some(right) if tree.kind(right) == Kind::Assignment => at = right,
            _ => return true,
        }
    }
}

fn condition_shape(tree: &Tree<'_>, node: NodeId) -> Shape {
    let condition = tree
        .child(node, FieldName::Condition)
        .map_or("", |condition| tree.text_of(condition));
    let alternative = tree.child(node, FieldName::Alternative).is_some();
    if alternative {
        Shape::Condition
    } else if condition.contains("__name__") && condition.contains("==") {
        Shape::Main
    } else if matches!(
        condition,
        "TYPE_CHECKING" | "typing.TYPE_CHECKING" | "t.TYPE_CHECKING"
    ) {
        Shape::TypeChecking
    } else {
        Shape::Condition
    }
}

/// True if a `try` statement contains nothing but imports, `pass` and assignments of literals and builtins,
/// with an import in the tried block. Such a statement can be placed among the imports.
fn is_import_fallback(tree: &Tree<'_>, node: NodeId) -> bool {
    let imports = |id: NodeId| {
        matches!(
            tree.kind(id),
            Kind::ImportStatement | Kind::ImportFromStatement
        )
    };
    let tried = tree.child(node, FieldName::Body);
    if !tried.is_some_and(|block| tree.children(block).any(imports)) {
        return false;
    }
    tree.subtree(node)
        .filter(|&id| tree.kind(id) == Kind::Block)
        .flat_map(|block| tree.code_children(block))
        .all(|statement| {
            imports(statement)
                || tree.kind(statement) == Kind::PassStatement
                || shape(tree, statement) == Shape::Assignment && is_constant(tree, statement)
        })
}

/// True if an assignment reads nothing that the file defines.
fn is_constant(tree: &Tree<'_>, statement: NodeId) -> bool {
    let value = tree
        .code_children(statement)
        .next()
        .and_then(|assignment| tree.child(assignment, FieldName::Right));
    value.is_some_and(|value| {
        tree.subtree(value).all(|id| match tree.kind(id) {
            Kind::Call | Kind::Assignment => false,
            Kind::Identifier => is_builtin(tree.text_of(id)),
            _ => true,
        })
    })
}

/// Methods that change what they are called on.
pub(super) const MUTATORS: &[&str] = &[
    "__delitem__",
    "__setattr__",
    "__setitem__",
    "add",
    "append",
    "appendleft",
    "clear",
    "difference_update",
    "discard",
    "extend",
    "extendleft",
    "insert",
    "intersection_update",
    "pop",
    "popitem",
    "popleft",
    "register",
    "remove",
    "reverse",
    "rotate",
    "seed",
    "send",
    "setdefault",
    "shuffle",
    "sort",
    "subtract",
    "symmetric_difference_update",
    "update",
    "write",
];

/// Functions that change their first argument.
const ARGUMENT_MUTATORS: &[&str] = &[
    "delattr",
    "heapify",
    "heappop",
    "heappush",
    "heappushpop",
    "heapreplace",
    "insort",
    "insort_left",
    "insort_right",
    "next",
    "setattr",
    "shuffle",
];

/// The names whose values a statement may change: receivers of methods, arguments of calls made for
/// their effect, and what is assigned through an index or attribute.
pub(super) fn changes<'t>(tree: &Tree<'t>, node: NodeId, names: &mut Names<'t>) -> Vec<NameId> {
    let mut found = Vec::new();
    for id in tree.subtree(node) {
        match tree.kind(id) {
            Kind::Assignment | Kind::AugmentedAssignment => {
                if let Some(left) = tree.child(id, FieldName::Left) {
                    add_roots(tree, left, names, &mut found);
                }
            }
            Kind::Call => add_mutation(tree, id, names, &mut found),
            Kind::ExpressionStatement => {
                let call = tree.code_children(id).next();
                if let Some(call) = call.filter(|&call| tree.kind(call) == Kind::Call) {
                    add_call(tree, call, names, &mut found);
                }
            }
            Kind::DeleteStatement => {
                for target in tree.code_children(id) {
                    add_roots(tree, target, names, &mut found);
                }
            }
            _ => {}
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The roots of decorators such as `@show.register`, which may note the definition somewhere.
pub(super) fn registries<'t>(tree: &Tree<'t>, node: NodeId, names: &mut Names<'t>) -> Vec<NameId> {
    let mut found = Vec::new();
    for decorator in tree.children(node) {
        if tree.kind(decorator) == Kind::Decorator
            && let Some(expression) = tree.code_children(decorator).next()
            && tree.kind(expression) != Kind::Identifier
            && let Some(root) = root(tree, expression)
        {
            found.push(names.intern(tree.text_of(root)));
        }
    }
    found
}

/// A call that changes a value in any position: `last = items.pop()`.
fn add_mutation<'t>(tree: &Tree<'t>, call: NodeId, names: &mut Names<'t>, found: &mut Vec<NameId>) {
    let Some(function) = tree.child(call, FieldName::Function) else {
        return;
    };
    let callee = tree.text_of(function);
    let last = callee.rsplit('.').next().unwrap_or(callee);
    if tree.kind(function) == Kind::Attribute
        && MUTATORS.contains(&last)
        && let Some(root) = root(tree, function)
    {
        found.push(names.intern(tree.text_of(root)));
    }
    if ARGUMENT_MUTATORS.contains(&last)
        && let Some(arguments) = tree.child(call, FieldName::Arguments)
        && let Some(first) = tree.code_children(arguments).next()
        && let Some(root) = root(tree, first)
    {
        found.push(names.intern(tree.text_of(root)));
    }
}

fn add_roots<'t>(tree: &Tree<'t>, target: NodeId, names: &mut Names<'t>, found: &mut Vec<NameId>) {
    match tree.kind(target) {
        Kind::Attribute | Kind::Subscript => {
            if let Some(root) = root(tree, target) {
                found.push(names.intern(tree.text_of(root)));
            }
        }
        Kind::Identifier => {}
        _ => {
            for child in tree.code_children(target) {
                add_roots(tree, child, names, found);
            }
        }
    }
}

fn add_call<'t>(tree: &Tree<'t>, call: NodeId, names: &mut Names<'t>, found: &mut Vec<NameId>) {
    let function = tree.child(call, FieldName::Function);
    let callee = function.map_or("", |function| tree.text_of(function));
    if callee == "print" {
        return;
    }
    if let Some(function) = function
        && tree.kind(function) != Kind::Identifier
        && let Some(root) = root(tree, function)
    {
        found.push(names.intern(tree.text_of(root)));
    }
    if let Some(arguments) = tree.child(call, FieldName::Arguments) {
        for argument in tree.code_children(arguments) {
            if tree.kind(argument) == Kind::Identifier {
                found.push(names.intern(tree.text_of(argument)));
            }
        }
    }
}

/// The identifier at the start of `a.b[0].c()`.
pub(crate) fn root(tree: &Tree<'_>, node: NodeId) -> Option<NodeId> {
    let mut at = node;
    loop {
        at = match tree.kind(at) {
            Kind::Identifier => return Some(at),
            Kind::Attribute => tree.child(at, FieldName::Object)?,
            Kind::Subscript => tree.child(at, FieldName::Value)?,
            Kind::Call => tree.child(at, FieldName::Function)?,
            _ => return None,
        };
    }
}
