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
        Kind::ComparisonOperator => match compared(tree, expression) {
            Some(sides) => sides
                .into_iter()
                .flat_map(|side| match side == expression {
                    true => vec![expression],
                    false => asked(tree, side, asserted),
                })
                .take(if asserted { usize::MAX } else { 1 })
                .collect(),
            None => vec![expression],
        },
        Kind::Call => printed(tree, expression)
            .or_else(|| close(tree, expression))
            .or_else(|| raising(tree, expression).filter(|_| asserted))
            .map_or_else(|| vec![expression], |inner| asked(tree, inner, asserted)),
        _ => vec![expression],
    }
}

fn operands(tree: &Tree<'_>, node: NodeId) -> Vec<NodeId> {
    tree.code_children(node)
        .filter(|&child| tree.kind(child) != Kind::Operator)
        .collect()
}

/// The sides of `f(x) == 3`, `3 == f(x)`, `f(x) is None`, `abs(f(x) - 3) < 1e-9` that are not expected;
/// the comparison itself where both sides do something.
fn compared(tree: &Tree<'_>, comparison: NodeId) -> Option<Vec<NodeId>> {
    let sides = operands(tree, comparison);
    let [left, right] = sides[..] else {
        return None;
    };
    let operator = tree
        .children(comparison)
        .find(|&child| tree.kind(child) == Kind::Operator)
        .map_or("", |operator| tree.text_of(operator));
    match operator {
        "==" | "!=" => {
            let mut found = unexpected(tree, left, right);
            let compares = has_call(tree, right) && (has_call(tree, left) || operates(tree, left));
            if is_made(tree, right) && !has_call(tree, left) {
                // What is made to be compared with is what is expected.
                found.retain(|&side| side != right);
            }
            if compares || found.is_empty() {
                found.push(comparison);
            }
            Some(found)
        }
        "<" | "<=" if has_call(tree, left) && is_literal(tree, right) => {
            difference(tree, left).map(|side| vec![side])
        }
        "in" if has_call(tree, left) && is_literal(tree, right) => Some(vec![left]),
        _ if operator.starts_with("is") => {
            let found = unexpected(tree, left, right);
            (!found.is_empty()).then_some(found)
        }
        _ => None,
    }
}

/// The sides that are not what is expected: the one that calls something, the left one if both do, and
/// one that operates on a named value.
pub(super) fn unexpected(tree: &Tree<'_>, left: NodeId, right: NodeId) -> Vec<NodeId> {
    if is_literal(tree, left) {
        return vec![right];
    }
    if has_call(tree, left) || is_literal(tree, right) {
        return vec![left];
    }
    let (left_operates, right_operates) = (operates(tree, left), operates(tree, right));
    match has_call(tree, right) {
        true if left_operates => vec![left, right],
        true => vec![right],
        false if left_operates || acts(tree, left) => vec![left],
        false if right_operates || acts(tree, right) => vec![right],
        false => Vec::new(),
    }
}

/// Tells a call of a class, as far as its name shows it: `Point(1, 2)`.
fn is_made(tree: &Tree<'_>, node: NodeId) -> bool {
    let callee = callee(tree, node);
    let name = callee.rsplit('.').next().unwrap_or(callee);
    tree.kind(node) == Kind::Call && name.starts_with(|c: char| c.is_ascii_uppercase())
}

/// True for an expression with an operator or an index on a named value.
fn operates(tree: &Tree<'_>, node: NodeId) -> bool {
    tree.subtree(node).any(|id| {
        let operator = matches!(
            tree.kind(id),
            Kind::BinaryOperator | Kind::UnaryOperator | Kind::Subscript
        );
        operator && mentions(tree, id)
    })
}

fn mentions(tree: &Tree<'_>, node: NodeId) -> bool {
    tree.subtree(node)
        .any(|inner| tree.kind(inner) == Kind::Identifier)
}

/// True for an expression whose evaluation may run code of a program: a call, or an operator, an index or
/// an attribute of a named value.
pub(super) fn acts(tree: &Tree<'_>, node: NodeId) -> bool {
    tree.subtree(node).any(|id| match tree.kind(id) {
        Kind::Call => true,
        Kind::BinaryOperator
        | Kind::UnaryOperator
        | Kind::NotOperator
        | Kind::ComparisonOperator
        | Kind::Subscript
        | Kind::Attribute => mentions(tree, id),
        _ => false,
    })
}

/// `f(x)` of `raises(TypeError, lambda: f(x))`.
fn raising(tree: &Tree<'_>, call: NodeId) -> Option<NodeId> {
    let callee = callee(tree, call);
    let last = callee.rsplit('.').next().unwrap_or(callee);
    let [_, function] = arguments(tree, call)[..] else {
        return None;
    };
    (matches!(last, "raises" | "assert_raises") && tree.kind(function) == Kind::Lambda)
        .then(|| tree.child(function, FieldName::Body))
        .flatten()
        .filter(|&body| has_call(tree, body))
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
    unexpected(tree, left, right).first().copied()
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
            unexpected(tree, left, right).first().copied()
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
            aside: false,
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
            touches: Vec::new(),
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
