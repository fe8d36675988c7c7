//! Set-up of a test: its fixtures, and `self` as its class prepares it.

use std::collections::HashSet;

use crate::syntax::{FieldName, Kind, NodeId, Tree};

use super::miner::{MAX_DEPTH, Miner, OF_UNITTEST, Place};
use super::suite::{Function, undecorated};
use super::tables::Row;
use super::{Fragment, Step, StepImport};

/// Methods that set up what a test finds, in their order.
const SET_UPS: &[&str] = &[
    "setUpClass",
    "setup_class",
    "setUp",
    "setup_method",
    "setup",
];

impl<'t> Miner<'_, '_, 't> {
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
    pub(super) fn add_locals(&mut self, function: NodeId) {
        let bodies = self.from.body_names;
        if let Ok(index) = bodies.binary_search_by_key(&function, |body| body.node) {
            let names = bodies[index].names.iter();
            let names = names.map(|&name| self.cutter.names.text(name).to_owned());
            self.script.locals.extend(names);
        }
    }

    /// Makes `self` a namespace with what its class and the methods that set it up put there.
    pub(super) fn set_up(&mut self, class: &'t str) {
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
    pub(super) fn defines(&self, class: &str, function: Function) -> bool {
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

    pub(super) fn run_set_up(&mut self, function: NodeId) {
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
    pub(super) fn fixture(&mut self, name: &'t str, known: &mut HashSet<&'t str>) {
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
pub(super) fn parameters<'t>(tree: &Tree<'t>, function: NodeId) -> Vec<&'t str> {
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
