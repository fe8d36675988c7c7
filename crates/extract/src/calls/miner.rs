//! Cuts the statements of a test into steps and questions.
//!
//! The set-up of an assertion is all that stands before it: the statements of the test, those of fixtures
//! and of `setUp`, and the arguments of a helper. An instance of a test's class is a plain namespace here, so
//! that `self.stack = Stack()` can stand as its author wrote it.

use std::collections::HashMap;

use tracestone_record::{Dropped, InputKind, Line, Reason};

use crate::module::Names;
use crate::syntax::{FieldName, Kind, NodeId, Tree};

use super::ask::{Cutter, acts, arguments, asked, callee, has_call, is_literal, unexpected};
use super::forms::{Assertion, assertion, is_raises, is_transparent};
use super::suite::{Suite, assigned, is_table};
use super::{Ask, MineFrom, Mined, Script};

/// Loops and helpers inside each other.
pub(super) const MAX_DEPTH: u32 = 4;
/// Methods of `unittest.TestCase` that are nothing to a question.
pub(super) const OF_UNITTEST: &[&str] = &[
    "addCleanup",
    "addClassCleanup",
    "addTypeEqualityFunc",
    "doCleanups",
    "enterContext",
    "fail",
    "id",
    "maxDiff",
    "longMessage",
    "shortDescription",
    "skipTest",
    "subTest",
];

/// Kind of the text that is mined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A block under `if __name__ == "__main__":`, whose plain calls are questions too.
    Main,
    /// Assertions at the top level.
    Module,
    /// A test function.
    Test,
    /// Set-up of a test: nothing in it is asked about.
    SetUp,
}

pub(super) struct Miner<'a, 'b, 't> {
    pub(super) from: &'a MineFrom<'a, 't>,
    pub(super) suite: &'a Suite<'a, 't>,
    pub(super) cutter: Cutter<'a, 'b, 't>,
    pub(super) script: Script,
    pub(super) dropped: Vec<Dropped>,
    /// Scripts of loops and helpers.
    pub(super) further: Vec<Script>,
    pub(super) place: Place,
    pub(super) class: Option<&'t str>,
    pub(super) depth: u32,
    /// Names that stand for tables.
    pub(super) tables: HashMap<&'t str, NodeId>,
    /// For names that were given the value of a call, the question about that call.
    pub(super) values: HashMap<&'t str, usize>,
    /// Line of the call of a helper, from which its questions come.
    pub(super) called_at: Option<Line>,
}

impl<'a, 'b, 't> Miner<'a, 'b, 't> {
    pub(super) fn new(
        from: &'a MineFrom<'a, 't>,
        suite: &'a Suite<'a, 't>,
        names: &'b mut Names<'t>,
        place: Place,
    ) -> Self {
        Self {
            from,
            suite,
            cutter: Cutter::new(from.tree, names),
            script: Script::new(None),
            dropped: Vec::new(),
            further: Vec::new(),
            place,
            class: None,
            depth: 0,
            tables: HashMap::new(),
            values: HashMap::new(),
            called_at: None,
        }
    }

    pub(super) fn finish(self, mined: &mut Mined) {
        if !self.script.asks.is_empty() {
            mined.scripts.push(self.script);
        }
        mined.scripts.extend(self.further);
        mined.dropped.extend(self.dropped);
    }

    pub(super) fn block(&mut self, block: NodeId) {
        for statement in self.from.tree.code_children(block) {
            self.statement(statement);
        }
    }

    pub(super) fn line(&self, node: NodeId) -> Line {
        let own = self.from.lines.line(self.from.tree.node(node).start);
        self.called_at.unwrap_or(own)
    }

    pub(super) fn statement(&mut self, statement: NodeId) {
        let tree = self.from.tree;
        match tree.kind(statement) {
            Kind::AssertStatement => {
                let condition = tree.code_children(statement).next();
                if let Some(condition) = condition.filter(|_| self.place != Place::SetUp) {
                    self.ask_about(condition);
                }
            }
            Kind::ExpressionStatement => self.expression(statement),
            Kind::WithStatement => self.with(statement),
            Kind::ForStatement => self.for_loop(statement),
            Kind::ImportStatement
            | Kind::ImportFromStatement
            | Kind::DeleteStatement
            | Kind::FunctionDefinition
            | Kind::ClassDefinition => self.script.steps.push(self.cutter.step(statement)),
            Kind::IfStatement
            | Kind::WhileStatement
            | Kind::TryStatement
            | Kind::MatchStatement
            | Kind::DecoratedDefinition => self.give_up(statement),
            _ => {}
        }
    }

    /// Records the assertions inside a statement whose course is not known. What it does to the names
    /// of the test still counts for what follows.
    pub(super) fn give_up(&mut self, statement: NodeId) {
        let tree = self.from.tree;
        self.script.steps.push(self.cutter.step(statement));
        if self.place == Place::SetUp {
            return;
        }
        for id in tree.subtree(statement) {
            let asserts = match tree.kind(id) {
                Kind::AssertStatement => true,
                Kind::Call => assertion(callee(tree, id)).is_some(),
                _ => false,
            };
            if asserts {
                let subject = format!("{}:{}", self.from.path, self.line(id));
                let detail = "the assertion stands in a block that may run never or often";
                self.dropped
                    .push(Dropped::new(Reason::CallNotLiteral, subject, detail));
            }
        }
    }

    pub(super) fn expression(&mut self, statement: NodeId) {
        let tree = self.from.tree;
        let Some(inner) = tree.code_children(statement).next() else {
            return;
        };
        if tree.kind(inner) == Kind::Call && self.call(inner) {
            return;
        }
        let right = (tree.kind(inner) == Kind::Assignment)
            .then(|| tree.child(inner, FieldName::Right))
            .flatten();
        match self.place {
            Place::Main => {
                let called = right.filter(|&right| tree.kind(right) == Kind::Call);
                if let Some(right) = called
                    && self.calls_something(right)
                {
                    let ask = self.make_ask(right, InputKind::CallSite);
                    self.script.asks.push(ask);
                }
            }
            Place::Test => self.ask_aside(statement, right.unwrap_or(inner)),
            Place::Module | Place::SetUp => {}
        }
        if let Some((name, value)) = assigned(tree, statement) {
            match is_table(tree, value) {
                true => self.tables.insert(name, value),
                false => self.tables.remove(name),
            };
        }
        self.script.steps.push(self.cutter.step(statement));
    }

    /// Reads a call that stands as a statement; `false` where it is a step like any other.
    pub(super) fn call(&mut self, call: NodeId) -> bool {
        let tree = self.from.tree;
        let callee = callee(tree, call);
        // The bases' set-up has run already, and `self` is none of their instances.
        if callee.starts_with("super(") {
            return true;
        }
        let of_unittest = callee
            .strip_prefix("self.")
            .is_some_and(|name| OF_UNITTEST.contains(&name));
        if of_unittest {
            return true;
        }
        if self.place == Place::SetUp {
            return assertion(callee).is_some();
        }
        if let Some(assertion) = assertion(callee) {
            self.assertion(call, assertion);
            return true;
        }
        if is_raises(tree, call) {
            self.assertion(call, Assertion::Raises(1));
            return true;
        }
        if self.place == Place::Main && self.calls_something(call) {
            self.push_asks(&asked(tree, call, false), InputKind::CallSite);
            return true;
        }
        self.help(call)
    }

    /// Asks what prepares an assertion: `stack.push(1)`, `total = add(1, 2)`.
    pub(super) fn ask_aside(&mut self, statement: NodeId, expression: NodeId) {
        let tree = self.from.tree;
        let target = assigned(tree, statement).map(|(name, _)| name);
        if let Some(name) = target {
            self.values.remove(name);
        }
        let lambda = tree.kind(expression) == Kind::Lambda;
        if lambda || !has_call(tree, expression) || callee(tree, expression) == "print" {
            return;
        }
        let mut ask = self.make_ask(expression, InputKind::CallSite);
        ask.aside = true;
        if let Some(name) = target {
            self.values.insert(name, self.script.asks.len());
        }
        self.script.asks.push(ask);
    }

    /// True for an expression that calls something that the module binds.
    pub(super) fn calls_something(&mut self, expression: NodeId) -> bool {
        let tree = self.from.tree;
        tree.subtree(expression).any(|id| {
            tree.kind(id) == Kind::Call
                && tree
                    .child(id, FieldName::Function)
                    .and_then(|function| crate::module::root(tree, function))
                    .is_some_and(|root| {
                        let name = self.cutter.names.get(tree.text_of(root));
                        name.is_some_and(|name| (self.from.is_bound)(name))
                    })
        })
    }

    pub(super) fn assertion(&mut self, call: NodeId, assertion: Assertion) {
        let tree = self.from.tree;
        let arguments = arguments(tree, call);
        match (assertion, &arguments[..]) {
            (Assertion::Pair, &[left, right, ..]) => {
                for side in unexpected(tree, left, right) {
                    self.ask_about(side);
                }
            }
            (Assertion::One, &[first, ..]) => self.ask_about(first),
            (Assertion::Raises(at), arguments) => {
                let plain = |&argument: &NodeId| {
                    !matches!(
                        tree.kind(argument),
                        Kind::KeywordArgument | Kind::String | Kind::ConcatenatedString
                    )
                };
                if let Some(&function) = arguments.get(at).filter(|argument| plain(argument)) {
                    self.raises(call, function, &arguments[at + 1..]);
                }
            }
            _ => {}
        }
    }

    /// `f(1)` of `self.assertRaises(ValueError, f, 1)`.
    pub(super) fn raises(&mut self, call: NodeId, function: NodeId, rest: &[NodeId]) {
        let tree = self.from.tree;
        if tree.kind(function) == Kind::Lambda {
            let body = tree.child(function, FieldName::Body);
            if let Some(body) = body.filter(|&body| rest.is_empty() && has_call(tree, body)) {
                let ask = self.make_ask(body, InputKind::Assertion);
                self.script.asks.push(ask);
            }
            return;
        }
        let start = tree.node(function).start;
        let function_end = tree.node(function).end;
        let (end, edit, suffix) = match (rest.first(), rest.last()) {
            (Some(&first), Some(&last)) => (
                tree.node(last).end,
                Some((function_end - start, tree.node(first).start - start, "(")),
                ")",
            ),
            _ => (function_end, None, "()"),
        };
        let literal = rest.iter().all(|&argument| {
            let value = tree.child(argument, FieldName::Value).unwrap_or(argument);
            is_literal(tree, value)
        });
        let fragment = self
            .cutter
            .fragment_of_range(call, start, end)
            .with(edit, suffix);
        self.script.asks.push(Ask {
            after: self.script.steps.len(),
            fragment,
            plain: Some((function_end - start, literal)),
            kind: InputKind::Assertion,
            line: self.line(call),
            aside: false,
        });
    }

    pub(super) fn ask_about(&mut self, expression: NodeId) {
        let tree = self.from.tree;
        let kind = if self.script.rows.iter().any(|row| !row.is_empty()) {
            InputKind::Parametrize
        } else {
            InputKind::Assertion
        };
        // What an assertion says of a name, it says of the call that gave the name its value.
        for id in tree.subtree(expression) {
            let name = (tree.kind(id) == Kind::Identifier).then(|| tree.text_of(id));
            if let Some(&ask) = name.and_then(|name| self.values.get(name)) {
                let ask = &mut self.script.asks[ask];
                ask.kind = kind;
                ask.aside = false;
            }
        }
        let asks = asked(tree, expression, true);
        self.push_asks(&asks, kind);
    }

    pub(super) fn make_ask(&mut self, node: NodeId, kind: InputKind) -> Ask {
        let line = self.line(node);
        self.cutter.ask(node, self.script.steps.len(), kind, line)
    }

    /// Asks about expressions; what they do to their objects counts for what follows.
    pub(super) fn push_asks(&mut self, nodes: &[NodeId], kind: InputKind) {
        let tree = self.from.tree;
        for (number, &node) in nodes.iter().enumerate() {
            let asks = has_call(tree, node) || self.place == Place::Test && acts(tree, node);
            if !asks {
                continue;
            }
            let ask = self.make_ask(node, kind);
            self.script.asks.push(ask);
            // What is a part of the next question runs once, with that one.
            let is_part = |&whole: &NodeId| tree.subtree(whole).contains(&node);
            if nodes[number + 1..].iter().any(is_part) {
                continue;
            }
            let mut step = self.cutter.step(node);
            step.binds.clear();
            self.script.steps.push(step);
        }
    }

    /// `with pytest.raises(..): f(1)` asks about the last statement of its block.
    pub(super) fn with(&mut self, statement: NodeId) {
        let tree = self.from.tree;
        let head = tree
            .children(statement)
            .find(|&child| tree.kind(child) == Kind::WithClause);
        let calls = |holds: fn(&Tree<'_>, NodeId) -> bool| {
            head.is_some_and(|head| {
                tree.subtree(head)
                    .any(|id| tree.kind(id) == Kind::Call && holds(tree, id))
            })
        };
        let body = tree
            .child(statement, FieldName::Body)
            .filter(|_| self.place != Place::SetUp);
        match body {
            Some(body) if calls(is_raises) => self.with_raises(body),
            Some(body) if calls(is_transparent) => self.block(body),
            _ => self.give_up(statement),
        }
    }

    pub(super) fn with_raises(&mut self, body: NodeId) {
        let tree = self.from.tree;
        let statements: Vec<NodeId> = tree.code_children(body).collect();
        let Some((&last, before)) = statements.split_last() else {
            return;
        };
        for &statement in before {
            self.script.steps.push(self.cutter.step(statement));
        }
        let mut expression = tree.code_children(last).next();
        if let Some(inner) = expression
            && tree.kind(inner) == Kind::Assignment
        {
            expression = tree.child(inner, FieldName::Right);
        }
        if tree.kind(last) == Kind::ExpressionStatement
            && let Some(expression) = expression
            && acts(tree, expression)
        {
            let ask = self.make_ask(expression, InputKind::Assertion);
            self.script.asks.push(ask);
        }
    }
}
