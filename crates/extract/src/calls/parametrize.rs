//! The tables of `pytest.mark.parametrize`.

use crate::strings::string_value;
use crate::syntax::{FieldName, Kind, NodeId, Tree};

use super::Fragment;
use super::ask::{Cutter, arguments, callee};

/// Tables of stacked decorators are multiplied up to this many rows.
const MAX_ROWS: usize = 256;

type Row = Vec<(String, Fragment)>;

/// The rows of values that a test runs with, and what was left out of them.
pub(super) struct Rows {
    /// One empty row if the test has no table.
    pub(super) rows: Vec<Row>,
    /// Rows of another width than the table's names, or rows that are no tuples.
    pub(super) odd: usize,
    /// Rows above the limit.
    pub(super) beyond: usize,
}

/// The rows of values that a decorated test runs with.
pub(super) fn rows(cutter: &mut Cutter<'_, '_, '_>, decorated: NodeId) -> Rows {
    let tree = cutter.tree;
    let mut all: Vec<Row> = vec![Vec::new()];
    let (mut odd, mut beyond) = (0, 0);
    for decorator in tree.children(decorated) {
        if tree.kind(decorator) != Kind::Decorator {
            continue;
        }
        let call = tree.code_children(decorator).next();
        let Some(call) = call.filter(|&call| {
            tree.kind(call) == Kind::Call && callee(tree, call).ends_with("parametrize")
        }) else {
            continue;
        };
        let Some((table, skipped)) = table(cutter, call) else {
            continue;
        };
        odd += skipped;
        beyond += (all.len() * table.len()).saturating_sub(MAX_ROWS);
        let mut product = Vec::new();
        for row in &all {
            for more in &table {
                if product.len() < MAX_ROWS {
                    product.push(row.iter().chain(more).cloned().collect());
                }
            }
        }
        all = product;
    }
    Rows {
        rows: all,
        odd,
        beyond,
    }
}

/// The rows of one table, and how many were of another width.
fn table(cutter: &mut Cutter<'_, '_, '_>, call: NodeId) -> Option<(Vec<Row>, usize)> {
    let tree = cutter.tree;
    let positional: Vec<NodeId> = arguments(tree, call)
        .into_iter()
        .filter(|&argument| tree.kind(argument) != Kind::KeywordArgument)
        .collect();
    let [names, values, ..] = positional[..] else {
        return None;
    };
    let names = parameter_names(tree, names)?;
    if !matches!(tree.kind(values), Kind::List | Kind::Tuple) {
        return None;
    }
    let mut rows = Vec::new();
    let mut odd = 0;
    for value in tree.code_children(values) {
        let cells = match tree.kind(value) {
            Kind::Call if callee(tree, value).ends_with("param") => arguments(tree, value)
                .into_iter()
                .filter(|&argument| tree.kind(argument) != Kind::KeywordArgument)
                .collect(),
            _ if names.len() == 1 => vec![value],
            Kind::Tuple | Kind::List => tree.code_children(value).collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        if cells.len() == names.len() {
            let row = names
                .iter()
                .zip(cells)
                .map(|(name, cell)| (name.clone(), cutter.fragment(cell)))
                .collect();
            rows.push(row);
        } else {
            odd += 1;
        }
    }
    Some((rows, odd))
}

fn parameter_names(tree: &Tree<'_>, node: NodeId) -> Option<Vec<String>> {
    let split = |text: String| -> Vec<String> {
        text.split(',').map(|name| name.trim().to_owned()).collect()
    };
    match tree.kind(node) {
        Kind::String => string_value(tree.text_of(node)).map(split),
        Kind::List | Kind::Tuple => tree
            .code_children(node)
            .map(|name| string_value(tree.text_of(name)))
            .collect(),
        _ => None,
    }
    .filter(|names| !names.is_empty())
}

/// The rows of `for a, b in [(1, 2), (3, 4)]:`, if the loop runs over a literal table.
pub(super) fn loop_rows(cutter: &mut Cutter<'_, '_, '_>, statement: NodeId) -> Option<Vec<Row>> {
    let tree = cutter.tree;
    let left = tree.child(statement, FieldName::Left)?;
    let right = tree.child(statement, FieldName::Right)?;
    if !matches!(tree.kind(right), Kind::List | Kind::Tuple) {
        return None;
    }
    let names: Vec<NodeId> = match tree.kind(left) {
        Kind::Identifier => vec![left],
        Kind::PatternList | Kind::TuplePattern => tree.code_children(left).collect(),
        _ => return None,
    };
    if names
        .iter()
        .any(|&name| tree.kind(name) != Kind::Identifier)
    {
        return None;
    }
    let mut rows = Vec::new();
    for value in tree.code_children(right).take(MAX_ROWS) {
        let cells: Vec<NodeId> = match tree.kind(value) {
            _ if tree.kind(left) == Kind::Identifier => vec![value],
            Kind::Tuple | Kind::List => tree.code_children(value).collect(),
            _ => return None,
        };
        if cells.len() != names.len() {
            return None;
        }
        let row = names
            .iter()
            .zip(cells)
            .map(|(&name, cell)| (tree.text_of(name).to_owned(), cutter.fragment(cell)))
            .collect();
        rows.push(row);
    }
    Some(rows)
}
