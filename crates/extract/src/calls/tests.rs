//! Test functions, and the blocks under `if __name__ == "__main__":`: straight-line code with
//! assertions in it.

use std::collections::HashSet;

use tracestone_record::{Dropped, InputKind, Line, Reason};

use crate::module::{Names, Shape};
use crate::syntax::{FieldName, Kind, NodeId, Tree};

use super::ask::{Cutter, arguments, asked, callee, has_call, is_literal};
use super::parametrize::{loop_rows, rows};
use super::{Ask, MineFrom, Mined, Script};

/// Mines all tests of a file.
pub(super) fn mine<'t>(from: &MineFrom<'_, 't>, names: &mut Names<'t>, mined: &mut Mined) {
    let tree = from.tree;
    let mut decorated = None;
    for node in tree.subtree(Tree::ROOT) {
        match tree.kind(node) {
            Kind::DecoratedDefinition => decorated = Some(node),
            Kind::FunctionDefinition if is_test(tree, node) => {
                let around = decorated.filter(|_| tree.node(node).field == FieldName::Definition);
                mine_function(from, names, node, around, mined);
            }
            _ => {}
        }
    }
    for (statement, item) in tree.code_children(Tree::ROOT).zip(from.items) {
        if item.shape == Shape::Main
            && let Some(block) = tree.child(statement, FieldName::Consequence)
        {
            let mut miner = Miner::new(from, names, HashSet::new(), vec![Vec::new()]);
            miner.main = true;
            miner.block(block);
            miner.finish(mined);
        }
    }
    let mut miner = Miner::new(from, names, HashSet::new(), vec![Vec::new()]);
    for statement in tree.code_children(Tree::ROOT) {
        if tree.kind(statement) == Kind::AssertStatement {
            miner.statement(statement);
        }
    }
    miner.finish(mined);
}

fn is_test(tree: &Tree<'_>, function: NodeId) -> bool {
    let name = tree
        .child(function, FieldName::Name)
        .map_or("", |name| tree.text_of(name));
    name.starts_with("test") || name.ends_with("_test") || name == "tests"
}

fn mine_function<'t>(
    from: &MineFrom<'_, 't>,
    names: &mut Names<'t>,
    function: NodeId,
    decorated: Option<NodeId>,
    mined: &mut Mined,
) {
    let tree = from.tree;
    let Some(body) = tree.child(function, FieldName::Body) else {
        return;
    };
    let has_question = tree.subtree(body).any(|id| match tree.kind(id) {
        Kind::AssertStatement => true,
        Kind::Call => assertion(callee(tree, id)).is_some() || is_raises(tree, id),
        _ => false,
    });
    if !has_question {
        return;
    }
    let locals = from
        .body_names
        .binary_search_by_key(&function, |body| body.node)
        .map(|index| {
            let own = &from.body_names[index].names;
            own.iter()
                .map(|&name| names.text(name).to_owned())
                .collect()
        })
        .unwrap_or_default();
    let rows = match decorated {
        Some(decorated) => {
            let table = rows(&mut Cutter::new(tree, names), decorated);
            let line = from.lines.line(tree.node(decorated).start);
            let mut left_out = |count: usize, reason: Reason, what: &str| {
                if count > 0 {
                    let subject = format!("{}:{line}", from.path);
                    let detail = format!("{count} rows of a table {what}");
                    mined.dropped.push(Dropped::new(reason, subject, detail));
                }
            };
            left_out(
                table.odd,
                Reason::CallNotLiteral,
                "that are no plain tuples",
            );
            left_out(table.beyond, Reason::CallLimit, "above the limit");
            table.rows
        }
        None => vec![Vec::new()],
    };
    let mut miner = Miner::new(from, names, locals, rows);
    miner.block(body);
    miner.finish(mined);
}

/// Interpretation of an assertion method of `unittest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Assertion {
    /// One of two arguments is expected.
    Pair,
    /// The first argument holds.
    One,
    /// An exception type, a function and its arguments.
    Raises,
}

fn assertion(callee: &str) -> Option<Assertion> {
    let name = callee.rsplit('.').next()?;
    let what = name
        .strip_prefix("assert")
        .filter(|_| callee.contains('.'))?;
    Some(match what.trim_start_matches('_') {
        "Equal" | "Equals" | "NotEqual" | "AlmostEqual" | "NotAlmostEqual" | "ListEqual"
        | "DictEqual" | "SetEqual" | "TupleEqual" | "SequenceEqual" | "CountEqual"
        | "MultiLineEqual" | "Is" | "IsNot" | "ItemsEqual" | "almost_equal" | "equal"
        | "array_equal" | "allclose" => Assertion::Pair,
        "True" | "False" | "IsNone" | "IsNotNone" | "IsInstance" => Assertion::One,
        "Raises" => Assertion::Raises,
        _ => return None,
    })
}

fn is_raises(tree: &Tree<'_>, call: NodeId) -> bool {
    let callee = callee(tree, call);
    callee == "pytest.raises"
        || callee == "raises"
        || callee.ends_with(".assertRaises")
        || callee.ends_with(".assertRaisesRegex")
}

struct Miner<'a, 'b, 't> {
    from: &'a MineFrom<'a, 't>,
    cutter: Cutter<'a, 'b, 't>,
    script: Script,
    dropped: Vec<Dropped>,
    /// Scripts of loops over literal tables.
    loops: Vec<Script>,
    /// True for a main block, whose plain calls are questions too.
    main: bool,
}

impl<'a, 'b, 't> Miner<'a, 'b, 't> {
    fn new(
        from: &'a MineFrom<'a, 't>,
        names: &'b mut Names<'t>,
        locals: HashSet<String>,
        rows: Vec<Vec<(String, super::Fragment)>>,
    ) -> Self {
        Self {
            from,
            cutter: Cutter::new(from.tree, names),
            script: Script {
                owner: None,
                steps: Vec::new(),
                asks: Vec::new(),
                rows,
                locals,
            },
            dropped: Vec::new(),
            loops: Vec::new(),
            main: false,
        }
    }

    fn finish(self, mined: &mut Mined) {
        if !self.script.asks.is_empty() {
            mined.scripts.push(self.script);
        }
        mined.scripts.extend(self.loops);
        mined.dropped.extend(self.dropped);
    }

    fn block(&mut self, block: NodeId) {
        for statement in self.from.tree.code_children(block) {
            self.statement(statement);
        }
    }

    fn line(&self, node: NodeId) -> Line {
        self.from.lines.line(self.from.tree.node(node).start)
    }

    fn statement(&mut self, statement: NodeId) {
        let tree = self.from.tree;
        match tree.kind(statement) {
            Kind::AssertStatement => {
                if let Some(condition) = tree.code_children(statement).next() {
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
    fn give_up(&mut self, statement: NodeId) {
        let tree = self.from.tree;
        self.script.steps.push(self.cutter.step(statement));
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

    fn expression(&mut self, statement: NodeId) {
        let tree = self.from.tree;
        let Some(inner) = tree.code_children(statement).next() else {
            return;
        };
        if tree.kind(inner) == Kind::Call {
            if let Some(assertion) = assertion(callee(tree, inner)) {
                self.assertion(inner, assertion);
                return;
            }
            if self.main && self.calls_something(inner) {
                self.push_asks(asked(tree, inner, false), InputKind::CallSite);
                return;
            }
        }
        if self.main
            && tree.kind(inner) == Kind::Assignment
            && let Some(right) = tree.child(inner, FieldName::Right)
            && tree.kind(right) == Kind::Call
            && self.calls_something(right)
        {
            let ask = self.make_ask(right, InputKind::CallSite);
            self.script.asks.push(ask);
        }
        self.script.steps.push(self.cutter.step(statement));
    }

    /// True if an expression calls a name that the module binds.
    fn calls_something(&mut self, expression: NodeId) -> bool {
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

    fn assertion(&mut self, call: NodeId, assertion: Assertion) {
        let tree = self.from.tree;
        let arguments = arguments(tree, call);
        match (assertion, &arguments[..]) {
            (Assertion::Pair, &[left, right, ..]) => {
                let expected_first =
                    is_literal(tree, left) || !has_call(tree, left) && has_call(tree, right);
                self.ask_about(if expected_first { right } else { left });
            }
            (Assertion::One, &[first, ..]) => self.ask_about(first),
            (Assertion::Raises, &[_, function, ..]) => self.raises(call, function, &arguments[2..]),
            _ => {}
        }
    }

    /// `f(1)` of `self.assertRaises(ValueError, f, 1)`.
    fn raises(&mut self, call: NodeId, function: NodeId, rest: &[NodeId]) {
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
        });
    }

    fn ask_about(&mut self, expression: NodeId) {
        let tree = self.from.tree;
        let kind = if self.script.rows.iter().any(|row| !row.is_empty()) {
            InputKind::Parametrize
        } else {
            InputKind::Assertion
        };
        let asks = asked(tree, expression, true);
        self.push_asks(asks, kind);
    }

    fn make_ask(&mut self, node: NodeId, kind: InputKind) -> Ask {
        let line = self.line(node);
        self.cutter.ask(node, self.script.steps.len(), kind, line)
    }

    /// Asks about expressions; what they do to their objects counts for what follows.
    fn push_asks(&mut self, nodes: Vec<NodeId>, kind: InputKind) {
        for node in nodes {
            if has_call(self.from.tree, node) {
                let ask = self.make_ask(node, kind);
                self.script.asks.push(ask);
                let mut step = self.cutter.step(node);
                step.binds.clear();
                self.script.steps.push(step);
            }
        }
    }

    /// `with pytest.raises(..): f(1)` asks about the last statement of its block.
    fn with(&mut self, statement: NodeId) {
        let tree = self.from.tree;
        let head = tree
            .children(statement)
            .find(|&child| tree.kind(child) == Kind::WithClause);
        let raises = head.is_some_and(|head| {
            tree.subtree(head)
                .any(|id| tree.kind(id) == Kind::Call && is_raises(tree, id))
        });
        let Some(body) = tree.child(statement, FieldName::Body).filter(|_| raises) else {
            self.give_up(statement);
            return;
        };
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
            && has_call(tree, expression)
        {
            let ask = self.make_ask(expression, InputKind::Assertion);
            self.script.asks.push(ask);
        }
    }

    /// A loop over a literal table is a table of tests.
    fn for_loop(&mut self, statement: NodeId) {
        let tree = self.from.tree;
        let asserts = tree
            .subtree(statement)
            .any(|id| tree.kind(id) == Kind::AssertStatement);
        let body = tree.child(statement, FieldName::Body);
        let (true, true, Some(body)) = (asserts, self.script.steps.is_empty(), body) else {
            self.give_up(statement);
            return;
        };
        let Some(rows) = loop_rows(&mut self.cutter, statement) else {
            self.give_up(statement);
            return;
        };
        let locals = self.script.locals.clone();
        let mut inner = Miner::new(self.from, self.cutter.names, locals, rows);
        inner.block(body);
        let Miner {
            mut script,
            dropped,
            loops,
            ..
        } = inner;
        for ask in &mut script.asks {
            ask.kind = InputKind::Assertion;
        }
        self.dropped.extend(dropped);
        self.loops.extend(loops);
        if !script.asks.is_empty() {
            self.loops.push(script);
        }
    }
}
