//! Selection of the call in an expression or assertion: the part that remains without the expected side.

use tracestone_record::{InputKind, Line};

use crate::module::{Analyzer, Effects, Names, Scratch};
use crate::syntax::{FieldName, Kind, NodeId, Tree};

use super::{Ask, Fragment, Step, StepImport};

/// The expressions asked about, with the expected sides left out. `assert a == 1 and b == 2` asks two.
pub(super) fn asked(tree: &Tree<'_>, expression: NodeId, asserted: bool) -> Vec<NodeId> {
    match tree.kind(expression) {
        Kind::BooleanOperator if asserted => operands(tree, expression)
            .into_iter()
            .flat_map(|operand| asked(tree, operand, asserted))
            .collect(),
        Kind::NotOperator if asserted => operands(tree, expression)
            .into_iter()
            .flat_map(|operand| asked(tree, operand, asserted))
            .collect(),
        Kind::ParenthesizedExpression => operands(tree, expression)
            .into_iter()
            .take(1)
            .flat_map(|inner| asked(tree, inner, asserted))
            .collect(),
        Kind::ComparisonOperator => compared(tree, expression)
            .map_or_else(|| vec![expression], |side| asked(tree, side, asserted)),
        Kind::Call => printed(tree, expression)
            .or_else(|| close(tree, expression))
            .map_or_else(|| vec![expression], |inner| asked(tree, inner, asserted)),
        _ => vec![expression],
    }
}

fn operands(tree: &Tree<'_>, node: NodeId) -> Vec<NodeId> {
    tree.code_children(node)
        .filter(|&child| tree.kind(child) != Kind::Operator)
        .collect()
}

/// The side of `f(x) == 3`, `3 == f(x)`, `f(x) is None`, `abs(f(x) - 3) < 1e-9` that is not expected.
fn compared(tree: &Tree<'_>, comparison: NodeId) -> Option<NodeId> {
    let sides = operands(tree, comparison);
    let [left, right] = sides[..] else {
        return None;
    };
    let operator = tree
        .children(comparison)
        .find(|&child| tree.kind(child) == Kind::Operator)
        .map_or("", |operator| tree.text_of(operator));
    match operator {
        "==" | "!=" | "is" => Some(unexpected(tree, left, right)),
        "<" | "<=" if has_call(tree, left) && is_literal(tree, right) => difference(tree, left),
        "in" if has_call(tree, left) && is_literal(tree, right) => Some(left),
        _ if operator.starts_with("is") => Some(unexpected(tree, left, right)),
        _ => None,
    }
}

/// The side that holds a call, the left one if both do.
fn unexpected(tree: &Tree<'_>, left: NodeId, right: NodeId) -> NodeId {
    if !has_call(tree, left) && has_call(tree, right) || is_literal(tree, left) {
        right
    } else {
        left
    }
}

/// `f(x)` of `abs(f(x) - 3.14)`.
fn difference(tree: &Tree<'_>, absolute: NodeId) -> Option<NodeId> {
    if tree.kind(absolute) != Kind::Call || callee(tree, absolute) != "abs" {
        return None;
    }
    let [argument] = arguments(tree, absolute)[..] else {
        return None;
    };
    if tree.kind(argument) != Kind::BinaryOperator {
        return None;
    }
    let left = tree.child(argument, FieldName::Left)?;
    let right = tree.child(argument, FieldName::Right)?;
    Some(unexpected(tree, left, right))
}

/// `f(x)` of `print(f(x))`.
fn printed(tree: &Tree<'_>, call: NodeId) -> Option<NodeId> {
    if callee(tree, call) != "print" {
        return None;
    }
    match arguments(tree, call)[..] {
        [argument] if tree.kind(argument) == Kind::Call => {
            let function = tree.child(argument, FieldName::Function)?;
            // `"..".format(f(x))` is a way of printing, not what is printed.
            let formats = crate::module::root(tree, function).is_none();
            (!formats).then_some(argument)
        }
        _ => None,
    }
}

/// `f(x)` of `math.isclose(f(x), 3.14)`.
fn close(tree: &Tree<'_>, call: NodeId) -> Option<NodeId> {
    let callee = callee(tree, call);
    let last = callee.rsplit('.').next().unwrap_or(callee);
    if !matches!(last, "isclose" | "allclose" | "array_equal") {
        return None;
    }
    match arguments(tree, call)[..] {
        [left, right, ..] if has_call(tree, left) || has_call(tree, right) => {
            Some(unexpected(tree, left, right))
        }
        _ => None,
    }
}

pub(super) fn callee<'t>(tree: &Tree<'t>, call: NodeId) -> &'t str {
    tree.child(call, FieldName::Function)
        .map_or("", |function| tree.text_of(function))
}

pub(super) fn arguments(tree: &Tree<'_>, call: NodeId) -> Vec<NodeId> {
    tree.child(call, FieldName::Arguments)
        .filter(|&list| tree.kind(list) == Kind::ArgumentList)
        .map(|list| tree.code_children(list).collect())
        .unwrap_or_default()
}

pub(super) fn has_call(tree: &Tree<'_>, node: NodeId) -> bool {
    tree.subtree(node).any(|id| tree.kind(id) == Kind::Call)
}

/// True if an expression is a literal, arithmetic on numbers included.
pub(super) fn is_literal(tree: &Tree<'_>, node: NodeId) -> bool {
    tree.subtree(node).all(|id| {
        matches!(
            tree.kind(id),
            Kind::Integer
                | Kind::Float
                | Kind::String
                | Kind::ConcatenatedString
                | Kind::True
                | Kind::False
                | Kind::None
                | Kind::Ellipsis
                | Kind::List
                | Kind::Tuple
                | Kind::Set
                | Kind::Dictionary
                | Kind::Pair
                | Kind::UnaryOperator
                | Kind::BinaryOperator
                | Kind::ParenthesizedExpression
                | Kind::Operator
                | Kind::Comment
        )
    })
}

/// Cuts statements and asks out of a tree.
pub(super) struct Cutter<'a, 'b, 't> {
    pub(super) tree: &'a Tree<'t>,
    pub(super) names: &'b mut Names<'t>,
    scratch: Scratch,
}

impl<'a, 'b, 't> Cutter<'a, 'b, 't> {
    pub(super) fn new(tree: &'a Tree<'t>, names: &'b mut Names<'t>) -> Self {
        Self {
            tree,
            names,
            scratch: Scratch::default(),
        }
    }

    fn effects(&mut self, node: NodeId) -> Effects<'t> {
        let scratch = std::mem::take(&mut self.scratch);
        let mut analyzer = Analyzer::with(self.tree, self.names, false, scratch);
        let effects = analyzer.effects(node);
        self.scratch = analyzer.into_scratch();
        effects
    }

    /// An expression as a fragment.
    pub(super) fn fragment(&mut self, node: NodeId) -> Fragment {
        let effects = self.effects(node);
        Fragment::of(self.tree, node, &effects.uses)
    }

    /// A range of an expression as a fragment.
    pub(super) fn fragment_of_range(&mut self, node: NodeId, start: u32, end: u32) -> Fragment {
        let effects = self.effects(node);
        Fragment::of_range(self.tree, node, start, end, &effects.uses)
    }

    /// A question about an expression.
    pub(super) fn ask(&mut self, node: NodeId, after: usize, kind: InputKind, line: Line) -> Ask {
        let tree = self.tree;
        let plain = (tree.kind(node) == Kind::Call)
            .then(|| tree.child(node, FieldName::Function))
            .flatten()
            .filter(|&function| {
                let named = |id| matches!(tree.kind(id), Kind::Identifier | Kind::Attribute);
                tree.subtree(function).all(named)
            })
            .map(|function| {
                let literal = arguments(tree, node).into_iter().all(|argument| {
                    let value = tree.child(argument, FieldName::Value).unwrap_or(argument);
                    is_literal(tree, value)
                });
                (tree.node(function).end - tree.node(node).start, literal)
            });
        Ask {
            after,
            fragment: self.fragment(node),
            plain,
            kind,
            line,
        }
    }

    /// A statement that later ones may build on.
    pub(super) fn step(&mut self, node: NodeId) -> Step {
        let effects = self.effects(node);
        let names = &*self.names;
        let fragment = Fragment::of(self.tree, node, &effects.uses);
        let imports = effects
            .imports
            .iter()
            .map(|import| StepImport {
                name: names.text(import.name).to_owned(),
                level: import.level,
                module: import.module.to_owned(),
                member: import.member.map(str::to_owned),
                aliased: import.aliased,
            })
            .collect();
        Step {
            fragment,
            binds: effects
                .binds
                .iter()
                .map(|&name| names.text(name).to_owned())
                .collect(),
            imports,
            pure: is_pure(self.tree, node),
        }
    }
}

/// True if a statement has no side effects that are visible in its text.
fn is_pure(tree: &Tree<'_>, node: NodeId) -> bool {
    tree.subtree(node).all(|id| match tree.kind(id) {
        Kind::Call => matches!(
            callee(tree, id),
            "len" | "print" | "str" | "repr" | "type" | "isinstance" | "bool"
        ),
        Kind::Assignment
        | Kind::AugmentedAssignment
        | Kind::NamedExpression
        | Kind::DeleteStatement
        | Kind::ImportStatement
        | Kind::ImportFromStatement
        | Kind::FunctionDefinition
        | Kind::ClassDefinition
        | Kind::ForStatement
        | Kind::WithStatement => false,
        _ => true,
    })
}
