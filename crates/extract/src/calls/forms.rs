//! Forms of assertions, and helpers that assert.

use crate::syntax::{FieldName, Kind, NodeId, Tree};

use super::ask::callee;
use super::suite::{Function, Suite};

/// Form of an assertion method of `unittest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Assertion {
    /// One of two arguments is expected.
    Pair,
    /// The first argument holds.
    One,
    /// Exception types, perhaps a pattern, then a function and its arguments.
    Raises(usize),
}

pub(super) fn assertion(callee: &str) -> Option<Assertion> {
    let (name, dotted) = match callee.rsplit_once('.') {
        Some((_, name)) => (name, true),
        None => (callee, false),
    };
    match name {
        "eq_" => return Some(Assertion::Pair),
        "ok_" => return Some(Assertion::One),
        _ => {}
    }
    let what = name.strip_prefix("assert")?;
    // `assert_equal` may be a function of its own; `assertEqual` is a method.
    if !dotted && !what.starts_with('_') {
        return None;
    }
    Some(match what.trim_start_matches('_') {
        "Equal" | "Equals" | "NotEqual" | "NotEquals" | "AlmostEqual" | "AlmostEquals"
        | "NotAlmostEqual" | "ListEqual" | "DictEqual" | "SetEqual" | "TupleEqual"
        | "SequenceEqual" | "CountEqual" | "MultiLineEqual" | "Is" | "IsNot" | "ItemsEqual"
        | "In" | "NotIn" | "Greater" | "GreaterEqual" | "Less" | "LessEqual"
        | "DictContainsSubset" | "almost_equal" | "equal" | "equals" | "not_equal"
        | "array_equal" | "allclose" | "is" | "in" => Assertion::Pair,
        "True" | "False" | "IsNone" | "IsNotNone" | "IsInstance" | "NotIsInstance" | "Regex"
        | "NotRegex" | "RegexpMatches" | "true" | "false" | "is_none" | "is_instance" => {
            Assertion::One
        }
        "Raises" | "raises" | "Warns" => Assertion::Raises(1),
        "RaisesRegex" | "RaisesRegexp" | "WarnsRegex" => Assertion::Raises(2),
        _ => return None,
    })
}

pub(super) fn is_raises(tree: &Tree<'_>, call: NodeId) -> bool {
    let callee = callee(tree, call);
    let last = callee.rsplit('.').next().unwrap_or(callee);
    matches!(
        last,
        "raises" | "assertRaises" | "assertRaisesRegex" | "assertRaisesRegexp" | "assert_raises"
    )
}

/// True for a context manager whose block runs as if there were no `with`.
pub(super) fn is_transparent(tree: &Tree<'_>, call: NodeId) -> bool {
    let callee = callee(tree, call);
    let last = callee.rsplit('.').next().unwrap_or(callee);
    matches!(
        last,
        "warns"
            | "assertWarns"
            | "assertWarnsRegex"
            | "assertLogs"
            | "assertNoLogs"
            | "subTest"
            | "catch_warnings"
            | "deprecated_call"
            | "nullcontext"
            | "does_not_raise"
    )
}

/// True for a block that asserts something, itself or through a helper of the file.
pub(super) fn has_question(
    tree: &Tree<'_>,
    suite: &Suite<'_, '_>,
    class: Option<&str>,
    block: NodeId,
) -> bool {
    tree.subtree(block).any(|id| match tree.kind(id) {
        Kind::AssertStatement => true,
        Kind::Call => {
            assertion(callee(tree, id)).is_some()
                || is_raises(tree, id)
                || helper(tree, suite, class, id).is_some()
        }
        _ => false,
    })
}

/// The function of the file that a call calls, if it asserts something itself.
pub(super) fn helper(
    tree: &Tree<'_>,
    suite: &Suite<'_, '_>,
    class: Option<&str>,
    call: NodeId,
) -> Option<Function> {
    let callee = callee(tree, call);
    let function = match callee.strip_prefix("self.") {
        Some(name) => suite.method(class?, name)?,
        None => suite.function(callee)?,
    };
    let body = tree.child(function.node, FieldName::Body)?;
    let asserts = tree.subtree(body).any(|id| match tree.kind(id) {
        Kind::AssertStatement => true,
        Kind::Call => assertion(self::callee(tree, id)).is_some() || is_raises(tree, id),
        _ => false,
    });
    (asserts && function.decorated.is_none()).then_some(function)
}
