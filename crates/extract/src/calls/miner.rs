//! Cuts the statements of a test into steps and questions.
//!
//! The set-up of an assertion is all that stands before it: the statements of the test, those of fixtures
//! and of `setUp`, and the arguments of a helper. An instance of a test's class is a plain namespace here, so
//! that `self.stack = Stack()` can stand as its author wrote it.

use std::collections::{HashMap, HashSet};

use tracestone_record::{Dropped, InputKind, Line, Reason};

use crate::module::Names;
use crate::syntax::{FieldName, Kind, NodeId, Tree};

use super::ask::{Cutter, acts, arguments, asked, callee, has_call, is_literal, unexpected};
use super::suite::{Function, Suite, assigned, is_table, undecorated};
use super::tables::{Row, Tables, product};
use super::{Ask, Fragment, MineFrom, Mined, Script, Step, StepImport};

/// Loops and helpers inside each other.
const MAX_DEPTH: u32 = 4;
/// Statements before a loop or helper; what stands after more of them is not asked about.
const MAX_STEPS: usize = 200;
/// Methods that set up what a test finds, in their order.
const SET_UPS: &[&str] = &[
    "setUpClass",
    "setup_class",
    "setUp",
    "setup_method",
    "setup",
];
/// Methods of `unittest.TestCase` that are nothing to a question.
const OF_UNITTEST: &[&str] = &[
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

/// Form of an assertion method of `unittest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Assertion {
    /// One of two arguments is expected.
    Pair,
    /// The first argument holds.
    One,
    /// Exception types, perhaps a pattern, then a function and its arguments.
    Raises(usize),
}

fn assertion(callee: &str) -> Option<Assertion> {
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

fn is_raises(tree: &Tree<'_>, call: NodeId) -> bool {
    let callee = callee(tree, call);
    let last = callee.rsplit('.').next().unwrap_or(callee);
    matches!(
        last,
        "raises" | "assertRaises" | "assertRaisesRegex" | "assertRaisesRegexp" | "assert_raises"
    )
}

/// True for a context manager whose block runs as if there were no `with`.
fn is_transparent(tree: &Tree<'_>, call: NodeId) -> bool {
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
fn helper(
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

pub(super) struct Miner<'a, 'b, 't> {
    from: &'a MineFrom<'a, 't>,
    suite: &'a Suite<'a, 't>,
    cutter: Cutter<'a, 'b, 't>,
    script: Script,
    dropped: Vec<Dropped>,
    /// Scripts of loops and helpers.
    further: Vec<Script>,
    place: Place,
    class: Option<&'t str>,
    depth: u32,
    /// Names that stand for tables.
    tables: HashMap<&'t str, NodeId>,
    /// For names that were given the value of a call, the question about that call.
    values: HashMap<&'t str, usize>,
    /// Line of the call of a helper, from which its questions come.
    called_at: Option<Line>,
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

    /// Prepares what a test finds: the values of its tables, its fixtures, and `self`.
    pub(super) fn begin(&mut self, function: NodeId, class: Option<&'t str>, rows: Vec<Row>) {
        let tree = self.from.tree;
        self.script.rows = rows;
        self.add_locals(function);
        let parameters = parameters(tree, function);
        if let Some(class) = class
            && parameters.first() == Some(&"self")
        {
            self.class = Some(class);
            self.set_up(class);
        }
        let row: HashSet<String> = match self.script.rows.first() {
            Some(row) => row.iter().map(|(name, _)| name.clone()).collect(),
            None => HashSet::new(),
        };
        let mut known = HashSet::new();
        for name in parameters {
            if !row.contains(name) {
                self.fixture(name, &mut known);
            }
        }
    }

    /// Names that stand for nothing outside a function are unknown until a step binds them.
    fn add_locals(&mut self, function: NodeId) {
        let bodies = self.from.body_names;
        if let Ok(index) = bodies.binary_search_by_key(&function, |body| body.node) {
            let names = bodies[index].names.iter();
            let names = names.map(|&name| self.cutter.names.text(name).to_owned());
            self.script.locals.extend(names);
        }
    }

    /// Makes `self` a namespace with what its class and the methods that set it up put there.
    fn set_up(&mut self, class: &'t str) {
        self.script.steps.push(Step {
            fragment: Fragment::made("from types import SimpleNamespace", &[]),
            binds: vec!["SimpleNamespace".to_owned()],
            imports: vec![StepImport {
                name: "SimpleNamespace".to_owned(),
                level: 0,
                module: "types".to_owned(),
                member: Some("SimpleNamespace".to_owned()),
                aliased: false,
            }],
            touches: Vec::new(),
            pure: false,
        });
        self.script
            .steps
            .push(bound_to("self", "SimpleNamespace", "()"));
        for attribute in self.suite.attributes(class) {
            let mut step = self.cutter.step(attribute);
            step.fragment = step.fragment.prefixed("self.", Some(4));
            step.binds.clear();
            self.script.steps.push(step);
        }
        let methods = self.suite.methods(class).map(str::to_owned);
        self.script.hidden.extend(methods);
        let of_unittest = OF_UNITTEST.iter().map(|name| (*name).to_owned());
        self.script.hidden.extend(of_unittest);
        for name in SET_UPS {
            for class in self.suite.lineage(class).into_iter().rev() {
                if let Some(function) = self.suite.method(class, name)
                    && self.defines(class, function)
                {
                    self.run_set_up(function.node);
                }
            }
        }
    }

    /// True for a method that stands in the class itself.
    fn defines(&self, class: &str, function: Function) -> bool {
        let tree = self.from.tree;
        tree.code_children(Tree::ROOT).any(|statement| {
            let (node, _) = undecorated(tree, statement);
            tree.kind(node) == Kind::ClassDefinition
                && tree.subtree(node).contains(&function.node)
                && tree
                    .child(node, FieldName::Name)
                    .is_some_and(|name| tree.text_of(name) == class)
        })
    }

    fn run_set_up(&mut self, function: NodeId) {
        let tree = self.from.tree;
        self.add_locals(function);
        let receiver = parameters(tree, function).first().copied();
        let of_class = receiver.filter(|name| *name != "self");
        if let Some(name) = of_class {
            self.script.steps.push(bound_to(name, "self", ""));
        }
        let Some(body) = tree.child(function, FieldName::Body) else {
            return;
        };
        let place = std::mem::replace(&mut self.place, Place::SetUp);
        for statement in tree.code_children(body) {
            let before = self.script.steps.len();
            self.statement(statement);
            if of_class.is_some() {
                for step in &mut self.script.steps[before..] {
                    step.touches.push("self".to_owned());
                }
            }
        }
        self.place = place;
    }

    /// Runs the statements of a fixture and gives its name what it returns or yields.
    fn fixture(&mut self, name: &'t str, known: &mut HashSet<&'t str>) {
        let tree = self.from.tree;
        let Some(function) = self.suite.fixture(self.class, name).map(|found| found.node) else {
            return;
        };
        let Some(body) = tree.child(function, FieldName::Body) else {
            return;
        };
        if !known.insert(name) || known.len() > 2 * MAX_DEPTH as usize {
            return;
        }
        let statements: Vec<NodeId> = tree.code_children(body).collect();
        let given = statements
            .iter()
            .position(|&statement| gives(tree, statement).is_some());
        let Some((given, value)) = given.and_then(|at| Some((at, gives(tree, statements[at])?)))
        else {
            return;
        };
        // What returns early, or is asked for its parameters, takes more than its statements.
        let leaves = statements[..given].iter().any(|&statement| {
            tree.subtree(statement)
                .any(|id| matches!(tree.kind(id), Kind::ReturnStatement | Kind::Yield))
                && !matches!(
                    tree.kind(undecorated(tree, statement).0),
                    Kind::FunctionDefinition | Kind::ClassDefinition
                )
        });
        let parameters = parameters(tree, function);
        if leaves || parameters.contains(&"request") {
            return;
        }
        for parameter in parameters {
            self.fixture(parameter, known);
        }
        self.add_locals(function);
        let place = std::mem::replace(&mut self.place, Place::SetUp);
        for &statement in &statements[..given] {
            self.statement(statement);
        }
        self.place = place;
        let mut step = self.cutter.step(value);
        step.fragment = step.fragment.prefixed(&format!("{name} = "), None);
        step.binds = vec![name.to_owned()];
        step.pure = false;
        self.script.steps.push(step);
    }

    pub(super) fn block(&mut self, block: NodeId) {
        for statement in self.from.tree.code_children(block) {
            self.statement(statement);
        }
    }

    fn line(&self, node: NodeId) -> Line {
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
    fn give_up(&mut self, statement: NodeId) {
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

    fn expression(&mut self, statement: NodeId) {
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
    fn call(&mut self, call: NodeId) -> bool {
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
    fn ask_aside(&mut self, statement: NodeId, expression: NodeId) {
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
            aside: false,
        });
    }

    fn ask_about(&mut self, expression: NodeId) {
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

    fn make_ask(&mut self, node: NodeId, kind: InputKind) -> Ask {
        let line = self.line(node);
        self.cutter.ask(node, self.script.steps.len(), kind, line)
    }

    /// Asks about expressions; what they do to their objects counts for what follows.
    fn push_asks(&mut self, nodes: &[NodeId], kind: InputKind) {
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
    fn with(&mut self, statement: NodeId) {
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

    fn with_raises(&mut self, body: NodeId) {
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

    /// A loop over a table is a table of tests.
    fn for_loop(&mut self, statement: NodeId) {
        let tree = self.from.tree;
        let body = tree.child(statement, FieldName::Body).filter(|&body| {
            self.place != Place::SetUp && has_question(tree, self.suite, self.class, body)
        });
        let known = self.tables.clone();
        let suite = self.suite;
        let rows = body.and_then(|body| {
            let mut tables = Tables {
                cutter: &mut self.cutter,
                named: &|name| known.get(name).copied().or_else(|| suite.table(name)),
            };
            Some((body, tables.of_loop(statement)?))
        });
        let rows = rows.filter(|(_, rows)| self.may_go_deeper() && !self.rebinds(rows));
        let Some((body, rows)) = rows else {
            self.give_up(statement);
            return;
        };
        self.deeper(&rows, |inner| inner.block(body));
        // What the loop changes is there after it; one that only asserts changes nothing.
        let only_asserts = tree
            .code_children(body)
            .all(|statement| self.only_asserts(statement));
        if !only_asserts {
            self.script.steps.push(self.cutter.step(statement));
        }
    }

    fn only_asserts(&self, statement: NodeId) -> bool {
        let tree = self.from.tree;
        let inner = tree.code_children(statement).next();
        match (tree.kind(statement), inner) {
            (Kind::AssertStatement, _) => true,
            (Kind::ExpressionStatement, Some(call)) if tree.kind(call) == Kind::Call => {
                assertion(callee(tree, call)).is_some()
                    || helper(tree, self.suite, self.class, call).is_some()
            }
            (Kind::WithStatement, _) => tree
                .child(statement, FieldName::Body)
                .is_some_and(|body| tree.code_children(body).all(|one| self.only_asserts(one))),
            _ => false,
        }
    }

    /// True for rows with a name that has another value before: a step may mean either.
    fn rebinds(&self, rows: &[Row]) -> bool {
        let names = rows.first().into_iter().flatten();
        let mut names = names.map(|(name, _)| name);
        let outer = self.script.rows.first();
        names.any(|name| {
            let of_steps = self.script.steps.iter();
            let mut of_steps = of_steps.flat_map(|step| &step.binds);
            of_steps.any(|bound| bound == name)
                || outer.is_some_and(|row| row.iter().any(|(other, _)| other == name))
        })
    }

    fn may_go_deeper(&self) -> bool {
        self.depth < MAX_DEPTH && self.script.steps.len() <= MAX_STEPS
    }

    /// Mines a part that runs after the steps so far, once for each of some rows of values.
    fn deeper(&mut self, rows: &[Row], mine: impl FnOnce(&mut Miner<'a, '_, 't>)) {
        let (rows, _) = product(&self.script.rows, rows);
        let is_parametrized = self.script.rows.iter().any(|row| !row.is_empty());
        let mut inner = Miner {
            from: self.from,
            suite: self.suite,
            place: self.place,
            class: self.class,
            called_at: self.called_at,
            cutter: Cutter::new(self.from.tree, self.cutter.names),
            script: Script {
                owner: None,
                steps: self.script.steps.clone(),
                asks: Vec::new(),
                rows,
                locals: self.script.locals.clone(),
                hidden: self.script.hidden.clone(),
            },
            dropped: Vec::new(),
            further: Vec::new(),
            depth: self.depth + 1,
            tables: self.tables.clone(),
            values: HashMap::new(),
        };
        mine(&mut inner);
        let Miner {
            mut script,
            dropped,
            further,
            ..
        } = inner;
        for ask in &mut script.asks {
            if !ask.aside && !is_parametrized {
                ask.kind = InputKind::Assertion;
            }
        }
        self.dropped.extend(dropped);
        self.further.extend(further);
        if !script.asks.is_empty() {
            self.further.push(script);
        }
    }

    /// `self.check(f(1), 2)`: the body of a helper that asserts, with its parameters' values. Of a
    /// helper that is not known, what it is given is asked about.
    fn help(&mut self, call: NodeId) -> bool {
        let tree = self.from.tree;
        let Some(function) = helper(tree, self.suite, self.class, call) else {
            let callee = callee(tree, call);
            let asserts = callee
                .strip_prefix("self.")
                .is_some_and(|name| name.starts_with("assert") || name.starts_with("check"));
            if asserts && self.place == Place::Test {
                for argument in arguments(tree, call) {
                    if has_call(tree, argument) && tree.kind(argument) != Kind::Lambda {
                        self.ask_about(tree.child(argument, FieldName::Value).unwrap_or(argument));
                    }
                }
            }
            return asserts;
        };
        let row = self.given(function.node, call);
        let body = tree.child(function.node, FieldName::Body);
        let rows = row.map(|row| vec![row]);
        let rows = rows.filter(|rows| self.may_go_deeper() && !self.rebinds(rows));
        let (Some(rows), Some(body)) = (rows, body) else {
            return true;
        };
        let line = self.line(call);
        self.deeper(&rows, |inner| {
            inner.add_locals(function.node);
            inner.called_at = Some(line);
            inner.block(body);
        });
        true
    }

    /// The values of a helper's parameters; `None` where the call does not say them one by one.
    fn given(&mut self, function: NodeId, call: NodeId) -> Option<Row> {
        let tree = self.from.tree;
        let list = tree.child(function, FieldName::Parameters)?;
        let mut row = Row::new();
        let given = arguments(tree, call);
        let mut positional = given
            .iter()
            .copied()
            .filter(|&argument| tree.kind(argument) != Kind::KeywordArgument);
        for parameter in tree.code_children(list) {
            let (name, default) = match tree.kind(parameter) {
                Kind::Identifier => (parameter, None),
                Kind::TypedParameter => (tree.code_children(parameter).next()?, None),
                Kind::DefaultParameter | Kind::TypedDefaultParameter => (
                    tree.child(parameter, FieldName::Name)?,
                    tree.child(parameter, FieldName::Value),
                ),
                Kind::KeywordSeparator | Kind::PositionalSeparator => continue,
                _ => return None,
            };
            let name = tree.text_of(name);
            if name == "self" {
                continue;
            }
            let by_keyword = given.iter().find_map(|&argument| {
                let keyword = tree.child(argument, FieldName::Name)?;
                (tree.kind(argument) == Kind::KeywordArgument && tree.text_of(keyword) == name)
                    .then(|| tree.child(argument, FieldName::Value))
                    .flatten()
            });
            let value = by_keyword.or_else(|| positional.next()).or(default)?;
            if matches!(tree.kind(value), Kind::ListSplat | Kind::DictionarySplat) {
                return None;
            }
            row.push((name.to_owned(), self.cutter.fragment(value)));
        }
        positional.next().is_none().then_some(row)
    }
}

/// The step `name = value`, where the value mentions one name.
fn bound_to(name: &str, value: &str, rest: &str) -> Step {
    let start = u32::try_from(name.len() + 3).unwrap_or(0);
    let end = start + u32::try_from(value.len()).unwrap_or(0);
    Step {
        fragment: Fragment::made(&format!("{name} = {value}{rest}"), &[(start, end)]),
        binds: vec![name.to_owned()],
        imports: Vec::new(),
        touches: Vec::new(),
        pure: false,
    }
}

/// The names of a function's parameters.
fn parameters<'t>(tree: &Tree<'t>, function: NodeId) -> Vec<&'t str> {
    let Some(list) = tree.child(function, FieldName::Parameters) else {
        return Vec::new();
    };
    tree.code_children(list)
        .filter_map(|parameter| match tree.kind(parameter) {
            Kind::Identifier => Some(parameter),
            Kind::TypedParameter => tree.code_children(parameter).next(),
            Kind::DefaultParameter | Kind::TypedDefaultParameter => {
                tree.child(parameter, FieldName::Name)
            }
            _ => None,
        })
        .map(|name| tree.text_of(name))
        .collect()
}

/// Expression that a statement returns or yields.
fn gives(tree: &Tree<'_>, statement: NodeId) -> Option<NodeId> {
    let inner = tree.code_children(statement).next()?;
    match tree.kind(statement) {
        Kind::ReturnStatement => Some(inner),
        Kind::ExpressionStatement if tree.kind(inner) == Kind::Yield => {
            tree.code_children(inner).next()
        }
        _ => None,
    }
}
