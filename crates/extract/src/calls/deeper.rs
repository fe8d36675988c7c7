//! Parts of a test that run once for each of some rows of values: loops over tables, and helpers that
//! assert.

use std::collections::HashMap;

use tracestone_record::InputKind;

use crate::syntax::{FieldName, Kind, NodeId};

use super::Script;
use super::ask::{Cutter, arguments, callee, has_call};
use super::forms::{assertion, has_question, helper};
use super::miner::{MAX_DEPTH, Miner, Place};
use super::tables::{Row, Tables, product};

/// Statements before a loop or helper; what stands after more of them is not asked about.
const MAX_STEPS: usize = 200;

impl<'a, 't> Miner<'a, '_, 't> {
    /// A loop over a table is a table of tests.
    pub(super) fn for_loop(&mut self, statement: NodeId) {
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

    pub(super) fn only_asserts(&self, statement: NodeId) -> bool {
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
    pub(super) fn rebinds(&self, rows: &[Row]) -> bool {
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

    pub(super) fn may_go_deeper(&self) -> bool {
        self.depth < MAX_DEPTH && self.script.steps.len() <= MAX_STEPS
    }

    /// Mines a part that runs after the steps so far, once for each of some rows of values.
    pub(super) fn deeper(&mut self, rows: &[Row], mine: impl FnOnce(&mut Miner<'a, '_, 't>)) {
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
    pub(super) fn help(&mut self, call: NodeId) -> bool {
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
    pub(super) fn given(&mut self, function: NodeId, call: NodeId) -> Option<Row> {
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
