//! Test functions, and the blocks under `if __name__ == "__main__":`: straight-line code with
//! assertions in it.

use tracestone_record::{Dropped, Reason};

use crate::module::{Names, Shape};
use crate::syntax::{FieldName, Kind, NodeId, Tree};

use super::ask::Cutter;
use super::forms::has_question;
use super::miner::{Miner, Place};
use super::suite::{Function, Suite};
use super::tables::{Rows, Tables};
use super::{MineFrom, Mined};

/// Mines all tests of a file.
pub(super) fn mine<'t>(from: &MineFrom<'_, 't>, names: &mut Names<'t>, mined: &mut Mined) {
    let tree = from.tree;
    let suite = Suite::of(tree);
    let mut decorated = None;
    let mut classes: Vec<(NodeId, &str)> = Vec::new();
    for node in tree.subtree(Tree::ROOT) {
        while classes.last().is_some_and(|&(end, _)| end <= node) {
            classes.pop();
        }
        match tree.kind(node) {
            Kind::DecoratedDefinition => decorated = Some(node),
            Kind::ClassDefinition => {
                let name = tree.child(node, FieldName::Name);
                let name = name.map_or("", |name| tree.text_of(name));
                classes.push((tree.subtree(node).end, name));
            }
            Kind::FunctionDefinition if is_test(tree, node) => {
                let test = Function {
                    node,
                    decorated: decorated.filter(|_| tree.node(node).field == FieldName::Definition),
                };
                let class = classes.last().map(|&(_, name)| name);
                mine_function(from, &suite, names, test, class, mined);
            }
            _ => {}
        }
    }
    for (statement, item) in tree.code_children(Tree::ROOT).zip(from.items) {
        if item.shape == Shape::Main
            && let Some(block) = tree.child(statement, FieldName::Consequence)
        {
            let mut miner = Miner::new(from, &suite, names, Place::Main);
            miner.block(block);
            miner.finish(mined);
        }
    }
    let mut miner = Miner::new(from, &suite, names, Place::Module);
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
    suite: &Suite<'_, 't>,
    names: &mut Names<'t>,
    test: Function,
    class: Option<&'t str>,
    mined: &mut Mined,
) {
    let tree = from.tree;
    let Some(body) = tree.child(test.node, FieldName::Body) else {
        return;
    };
    if !has_question(tree, suite, class, body) {
        return;
    }
    let of_class = class.and_then(|class| suite.decorated(class));
    let mut rows = Rows::default();
    let mut cutter = Cutter::new(tree, names);
    let mut tables = Tables {
        cutter: &mut cutter,
        named: &|name| suite.table(name),
    };
    for decorated in [of_class, test.decorated].into_iter().flatten() {
        tables.parametrized(decorated, &mut rows);
    }
    if let Some(decorated) = test.decorated {
        let line = from.lines.line(tree.node(decorated).start);
        let mut left_out = |count: usize, reason: Reason, what: &str| {
            if count > 0 {
                let subject = format!("{}:{line}", from.path);
                let detail = format!("{count} rows of a table {what}");
                mined.dropped.push(Dropped::new(reason, subject, detail));
            }
        };
        left_out(rows.odd, Reason::CallNotLiteral, "that are no plain tuples");
        left_out(rows.beyond, Reason::CallLimit, "above the limit");
    }
    let mut miner = Miner::new(from, suite, names, Place::Test);
    miner.begin(test.node, class, rows.rows);
    miner.block(body);
    miner.finish(mined);
}
