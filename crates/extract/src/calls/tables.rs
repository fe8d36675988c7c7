//! Tables of values: the rows of `pytest.mark.parametrize`, and what a loop over a literal table runs
//! through.

use crate::strings::string_value;
use crate::syntax::{FieldName, Kind, NodeId, Tree};

use super::Fragment;
use super::ask::{Cutter, arguments, callee};

/// Tables are multiplied up to this many rows.
const MAX_ROWS: usize = 256;
/// Numbers of a `range` that a loop runs through.
const MAX_NUMBERS: i64 = 32;
/// Names that stand for tables that are made of tables.
const MAX_DEPTH: usize = 6;

/// Values for names.
pub(super) type Row = Vec<(String, Fragment)>;

/// The rows of values that a test runs with, and what was left out of them.
pub(super) struct Rows {
    /// One empty row if the test has no table.
    pub(super) rows: Vec<Row>,
    /// Rows of another width than the table's names, or rows that are no tuples.
    pub(super) odd: usize,
    /// Rows above the limit.
    pub(super) beyond: usize,
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            rows: vec![Vec::new()],
            odd: 0,
            beyond: 0,
        }
    }
}

/// The rows of one table under each row of another, up to the limit; and how many were above it.
pub(super) fn product(outer: &[Row], inner: &[Row]) -> (Vec<Row>, usize) {
    let rows = outer
        .iter()
        .flat_map(|row| inner.iter().map(move |more| (row, more)));
    let rows = rows
        .take(MAX_ROWS)
        .map(|(row, more)| row.iter().chain(more).cloned().collect());
    let beyond = (outer.len() * inner.len()).saturating_sub(MAX_ROWS);
    (rows.collect(), beyond)
}

/// Reads tables. `named` finds the table that a name stands for.
pub(super) struct Tables<'c, 'a, 'b, 't> {
    pub(super) cutter: &'c mut Cutter<'a, 'b, 't>,
    pub(super) named: &'c dyn Fn(&str) -> Option<NodeId>,
}

/// A value of a row: a part of the file, or a number that counts.
#[derive(Debug, Clone, Copy)]
enum Cell {
    Node(NodeId),
    Number(i64),
}

impl Tables<'_, '_, '_, '_> {
    /// Adds the tables of a decorated test or class.
    pub(super) fn parametrized(&mut self, decorated: NodeId, all: &mut Rows) {
        let tree = self.cutter.tree;
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
            let Some((table, skipped)) = self.table(call) else {
                continue;
            };
            all.odd += skipped;
            let (rows, beyond) = product(&all.rows, &table);
            all.rows = rows;
            all.beyond += beyond;
        }
    }

    /// The rows of one table, and how many were of another width.
    fn table(&mut self, call: NodeId) -> Option<(Vec<Row>, usize)> {
        let tree = self.cutter.tree;
        let arguments = arguments(tree, call);
        let named = |wanted: &str| {
            let argument = arguments.iter().find(|&&argument| {
                tree.kind(argument) == Kind::KeywordArgument
                    && tree
                        .child(argument, FieldName::Name)
                        .is_some_and(|name| tree.text_of(name) == wanted)
            });
            argument.and_then(|&argument| tree.child(argument, FieldName::Value))
        };
        let mut positional = arguments
            .iter()
            .copied()
            .filter(|&argument| tree.kind(argument) != Kind::KeywordArgument);
        let names = positional.next().or_else(|| named("argnames"))?;
        let values = positional.next().or_else(|| named("argvalues"))?;
        let names = parameter_names(tree, names)?;
        let mut rows = Vec::new();
        let mut odd = 0;
        for value in self.elements(values, 0)? {
            let cells = match tree.kind(value) {
                Kind::Call if callee(tree, value).ends_with("param") => {
                    super::ask::arguments(tree, value)
                        .into_iter()
                        .filter(|&argument| tree.kind(argument) != Kind::KeywordArgument)
                        .collect()
                }
                _ if names.len() == 1 => vec![value],
                Kind::Tuple | Kind::List => tree.code_children(value).collect::<Vec<_>>(),
                _ => Vec::new(),
            };
            if cells.len() == names.len() {
                let row = names
                    .iter()
                    .zip(cells)
                    .map(|(name, cell)| (name.clone(), self.cutter.fragment(cell)))
                    .collect();
                rows.push(row);
            } else {
                odd += 1;
            }
        }
        Some((rows, odd))
    }

    /// The elements of a list, a tuple or a name for one, and of several that are added up.
    fn elements(&self, node: NodeId, depth: usize) -> Option<Vec<NodeId>> {
        let tree = self.cutter.tree;
        if depth > MAX_DEPTH {
            return None;
        }
        match tree.kind(node) {
            Kind::List | Kind::Tuple | Kind::Set => {
                let mut found = Vec::new();
                for element in tree.code_children(node) {
                    match tree.kind(element) {
                        Kind::ListSplat => {
                            let inner = tree.code_children(element).next()?;
                            found.extend(self.elements(inner, depth + 1)?);
                        }
                        _ => found.push(element),
                    }
                }
                Some(found)
            }
            Kind::Dictionary => Some(
                tree.code_children(node)
                    .map(|pair| tree.code_children(pair).next())
                    .collect::<Option<_>>()?,
            ),
            Kind::ParenthesizedExpression => {
                self.elements(tree.code_children(node).next()?, depth + 1)
            }
            Kind::Identifier => self.elements((self.named)(tree.text_of(node))?, depth + 1),
            Kind::BinaryOperator => {
                let operator = tree
                    .children(node)
                    .find(|&child| tree.kind(child) == Kind::Operator)?;
                if tree.text_of(operator) != "+" {
                    return None;
                }
                let mut found = self.elements(tree.child(node, FieldName::Left)?, depth + 1)?;
                found.extend(self.elements(tree.child(node, FieldName::Right)?, depth + 1)?);
                Some(found)
            }
            Kind::Call if matches!(callee(tree, node), "list" | "tuple" | "iter") => {
                let [inner] = arguments(tree, node)[..] else {
                    return None;
                };
                self.elements(inner, depth + 1)
            }
            _ => None,
        }
    }

    /// The rows of `for a, b in [(1, 2), (3, 4)]:`, where what the loop runs through is in the file.
    pub(super) fn of_loop(&mut self, statement: NodeId) -> Option<Vec<Row>> {
        let tree = self.cutter.tree;
        let left = tree.child(statement, FieldName::Left)?;
        let right = tree.child(statement, FieldName::Right)?;
        let mut rows = Vec::new();
        for cells in self.cells(right)?.into_iter().take(MAX_ROWS) {
            let mut row = Row::new();
            match cells[..] {
                [cell] => self.bind(left, cell, &mut row)?,
                _ => self.bind_all(left, &cells, &mut row)?,
            }
            rows.push(row);
        }
        Some(rows)
    }

    /// Values of the rounds of a loop.
    fn cells(&self, node: NodeId) -> Option<Vec<Vec<Cell>>> {
        let tree = self.cutter.tree;
        if tree.kind(node) == Kind::Call {
            let arguments = arguments(tree, node);
            let function = tree.child(node, FieldName::Function)?;
            if tree.kind(function) == Kind::Attribute {
                let object = tree.child(function, FieldName::Object)?;
                return self.entries(object, callee(tree, node).rsplit('.').next()?);
            }
            return match (tree.text_of(function), &arguments[..]) {
                ("enumerate", &[table]) => {
                    let rows = self.elements(table, 0)?.into_iter().zip(0..);
                    Some(
                        rows.map(|(node, number)| vec![Cell::Number(number), Cell::Node(node)])
                            .collect(),
                    )
                }
                ("zip", &[first, second]) => {
                    let pairs = self.elements(first, 0)?.into_iter();
                    let pairs = pairs.zip(self.elements(second, 0)?);
                    Some(
                        pairs
                            .map(|(a, b)| vec![Cell::Node(a), Cell::Node(b)])
                            .collect(),
                    )
                }
                ("range", bounds) => {
                    let bounds: Option<Vec<i64>> = bounds
                        .iter()
                        .map(|&bound| tree.text_of(bound).parse().ok())
                        .collect();
                    let (from, to) = match bounds?[..] {
                        [to] => (0, to),
                        [from, to] => (from, to),
                        _ => return None,
                    };
                    (to.saturating_sub(from) <= MAX_NUMBERS).then(|| {
                        (from..to)
                            .map(|number| vec![Cell::Number(number)])
                            .collect()
                    })
                }
                ("list" | "tuple" | "iter", &[table]) => self.cells(table),
                _ => None,
            };
        }
        let elements = self.elements(node, 0)?.into_iter();
        Some(elements.map(|node| vec![Cell::Node(node)]).collect())
    }

    /// Rows of `table.items()`, `table.keys()` or `table.values()` for a dictionary in the file.
    fn entries(&self, table: NodeId, what: &str) -> Option<Vec<Vec<Cell>>> {
        let tree = self.cutter.tree;
        let table = match tree.kind(table) {
            Kind::Identifier => (self.named)(tree.text_of(table))?,
            _ => table,
        };
        if tree.kind(table) != Kind::Dictionary {
            return None;
        }
        tree.code_children(table)
            .map(|pair| {
                let parts: Vec<NodeId> = tree.code_children(pair).collect();
                match (tree.kind(pair), &parts[..], what) {
                    (Kind::Pair, &[key, value], "items") => {
                        Some(vec![Cell::Node(key), Cell::Node(value)])
                    }
                    (Kind::Pair, &[key, _], "keys") => Some(vec![Cell::Node(key)]),
                    (Kind::Pair, &[_, value], "values") => Some(vec![Cell::Node(value)]),
                    _ => None,
                }
            })
            .collect()
    }

    /// Gives the names of a loop's target their values; `None` where it takes running the loop.
    fn bind(&mut self, target: NodeId, cell: Cell, row: &mut Row) -> Option<()> {
        let tree = self.cutter.tree;
        match (tree.kind(target), cell) {
            (Kind::Identifier, Cell::Node(node)) => {
                let value = self.cutter.fragment(node);
                row.push((tree.text_of(target).to_owned(), value));
                Some(())
            }
            (Kind::Identifier, Cell::Number(number)) => {
                let value = Fragment::made(&number.to_string(), &[]);
                row.push((tree.text_of(target).to_owned(), value));
                Some(())
            }
            (Kind::PatternList | Kind::TuplePattern | Kind::ListPattern, Cell::Node(node))
                if matches!(tree.kind(node), Kind::Tuple | Kind::List) =>
            {
                let cells: Vec<Cell> = tree.code_children(node).map(Cell::Node).collect();
                self.bind_all(target, &cells, row)
            }
            _ => None,
        }
    }

    fn bind_all(&mut self, target: NodeId, cells: &[Cell], row: &mut Row) -> Option<()> {
        let tree = self.cutter.tree;
        let targets: Vec<NodeId> = match tree.kind(target) {
            Kind::PatternList | Kind::TuplePattern | Kind::ListPattern => {
                tree.code_children(target).collect()
            }
            _ => return None,
        };
        if targets.len() != cells.len() {
            return None;
        }
        let mut pairs = targets.into_iter().zip(cells);
        pairs.try_for_each(|(target, &cell)| self.bind(target, cell, row))
    }
}

fn parameter_names(tree: &Tree<'_>, node: NodeId) -> Option<Vec<String>> {
    let split = |text: String| -> Vec<String> {
        let names = text.split(',').map(|name| name.trim().to_owned());
        names.filter(|name| !name.is_empty()).collect()
    };
    match tree.kind(node) {
        Kind::String => string_value(tree.text_of(node)).map(split),
        Kind::ParenthesizedExpression => parameter_names(tree, tree.code_children(node).next()?),
        Kind::List | Kind::Tuple => tree
            .code_children(node)
            .map(|name| string_value(tree.text_of(name)))
            .collect(),
        _ => None,
    }
    .filter(|names| !names.is_empty())
}
