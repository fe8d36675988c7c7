//! From a file's text to its [`Module`].

use std::collections::HashSet;

use tracestone_record::{Comment, Dropped, FileId, Line, Reason, Unit};

use crate::calls::{MineFrom, mine};
use crate::comments::comment_blocks;
use crate::syntax::{Kind, LineTable, NodeId, ParseFailure, SyntaxParser, Tree};

use super::Module;
use super::bodies::{Bodies, BodyReader};
use super::item::{Item, Shape, shape};
use super::library::library_changes;
use super::names::{NameId, Names};
use super::redact::Redactor;
use super::scope::{Analyzer, BodyNames, Effects, Use};
use super::state::settle_changes;

/// Expressions that give a module's namespace.
pub(crate) const NAMESPACES: &[&str] = &[
    "globals()",
    "locals()",
    "vars()",
    "sys.modules[__name__]",
    "import_module(__name__)",
    "__import__(__name__)",
];

/// Reason that a file has no summary.
#[derive(Debug)]
pub(crate) struct Rejected(pub(crate) Dropped);

/// Reads files, one after the other.
pub(crate) struct Reader {
    parser: SyntaxParser,
}

impl Reader {
    pub(crate) fn new(max_depth: u32) -> Self {
        Self {
            parser: SyntaxParser::new(max_depth),
        }
    }

    /// Summarises one file.
    pub(crate) fn read<'t>(
        &mut self,
        file: FileId,
        path: &'t str,
        text: &'t str,
    ) -> Result<Module<'t>, Rejected> {
        let tree = self.parse(path, text)?;
        let lines = LineTable::new(text);
        let mut names = Names::default();
        let (mut items, body_names, stateful) = read_items(&tree, &lines, &mut names);
        let (comments, block_of) = comment_blocks(text, &lines, &comment_places(&tree));
        let bodies = BodyReader {
            tree: &tree,
            lines: &lines,
            names: &names,
            file,
            comments: &comments,
            block_of: &block_of,
            body_names: &body_names,
        }
        .read();
        settle_items(&tree, &lines, &mut items, &comments, &bodies);
        let bindings = bindings(&items);
        let from = MineFrom {
            tree: &tree,
            lines: &lines,
            path,
            items: &items,
            units: &bodies.units,
            body_names: &body_names,
            is_bound: &|name| bindings.binary_search_by_key(&name, |one| one.0).is_ok(),
        };
        let scripts = mine(&from, &mut names, &mut self.parser);
        let mut module = Module {
            futures: futures(&items),
            library: library_changes(&tree, &items, &names),
            file,
            path,
            text,
            lines,
            names,
            changed_by: changed_by(&items),
            bindings,
            stars: stars(&items),
            by_namespace: by_namespace(text, &items),
            items,
            stateful,
            units: Vec::new(),
            broken: Vec::new(),
            definitions: bodies.definitions,
            comments,
            scripts: scripts.scripts,
            had_errors: tree.node(Tree::ROOT).error,
            dropped: scripts.dropped,
        };
        record_issues(&mut module, &tree);
        take_units(&mut module, bodies.units, bodies.broken);
        self.parser.recycle(tree);
        Ok(module)
    }

    fn parse<'t>(&mut self, path: &str, text: &'t str) -> Result<Tree<'t>, Rejected> {
        let rejected = |detail: &str| Rejected(Dropped::new(Reason::TooDeep, path, detail));
        if u32::try_from(text.len()).is_err() {
            return Err(rejected("texts of 4 GiB and more are not parsed"));
        }
        self.parser.parse(text).map_err(|failure| {
            rejected(match failure {
                ParseFailure::TooDeep => "nested more deeply than the limit",
                ParseFailure::TooCostly => "too many syntax errors to recover from",
            })
        })
    }
}

/// Positions of the `from __future__` imports.
fn futures(items: &[Item<'_>]) -> Vec<usize> {
    let numbered = items.iter().enumerate();
    let found = numbered.filter(|(_, item)| item.shape == Shape::Future);
    found.map(|(position, _)| position).collect()
}

/// Statements that run with the file and look at its namespace.
fn by_namespace(text: &str, items: &[Item<'_>]) -> Vec<usize> {
    if !NAMESPACES.iter().any(|namespace| text.contains(namespace)) {
        return Vec::new();
    }
    let looks = |item: &Item<'_>| {
        let written = text.get(item.start as usize..item.end as usize);
        let written = written.unwrap_or("");
        NAMESPACES
            .iter()
            .any(|namespace| written.contains(namespace))
    };
    let numbered = items.iter().enumerate();
    let found = numbered.filter(|(_, item)| {
        !item.is_definition() && !matches!(item.shape, Shape::Main | Shape::Import) && looks(item)
    });
    found.map(|(position, _)| position).collect()
}

/// The modules of star imports.
fn stars<'t>(items: &[Item<'t>]) -> Vec<&'t str> {
    let stars = items.iter().flat_map(|item| item.effects.stars.iter());
    stars.copied().collect()
}

/// Puts units into their module, which then is complete, and records those that do not parse.
fn take_units(module: &mut Module<'_>, units: Vec<Unit>, broken: Vec<bool>) {
    for (unit, broken) in units.into_iter().zip(broken) {
        if broken {
            module.dropped.push(Dropped::new(
                Reason::UnitHasErrors,
                format!("{}:{} {}", module.path, unit.lines.first, unit.name),
                "",
            ));
        }
        module.broken.push(broken);
        module.units.push(unit);
    }
    module.shrink();
}

fn read_items<'t>(
    tree: &Tree<'t>,
    lines: &LineTable,
    names: &mut Names<'t>,
) -> (Vec<Item<'t>>, Vec<BodyNames>, Vec<NameId>) {
    let statements: Vec<NodeId> = tree.code_children(Tree::ROOT).collect();
    let lazy_annotations = statements.iter().any(|&node| {
        tree.kind(node) == Kind::FutureImportStatement && tree.text_of(node).contains("annotations")
    });
    let mut items: Vec<Item<'t>> = Vec::with_capacity(statements.len());
    let mut analyzer = Analyzer::new(tree, names, lazy_annotations);
    for &node in &statements {
        let place = tree.node(node);
        let range = lines.range(place.start, place.end);
        items.push(Item {
            shape: shape(tree, node),
            start: place.start,
            end: place.end,
            lines: range,
            lead: range.first,
            alone: true,
            effects: analyzer.effects(node),
            changes: Vec::new(),
            error: place.error,
            leaks: false,
            edits: Vec::new(),
            definitions: 0..0,
            comments: 0..0,
            unit: None,
        });
    }
    let mut body_names = analyzer.into_bodies();
    body_names.sort_by_key(|body| body.node);
    for (item, &node) in items.iter_mut().zip(&statements) {
        condense(tree, &mut item.effects);
        let python2 = tree.subtree(node).any(|id| tree.is_python2(id));
        item.error |= python2;
    }
    // What stands right before an error may have lost its end to it.
    for index in 1..items.len() {
        if items[index].shape == Shape::Error {
            items[index - 1].error = true;
        }
    }
    let touched = settle_changes(tree, &statements, &mut items, names);
    (items, body_names, touched.into_keys().collect())
}

/// Keeps each use once; a name that is needed somewhere is not soft elsewhere.
fn condense(tree: &Tree<'_>, effects: &mut Effects<'_>) {
    let text = |found: &Use| tree.slice(found.start, found.end);
    effects
        .uses
        .sort_by(|a, b| (a.name, text(a), a.soft).cmp(&(b.name, text(b), b.soft)));
    effects
        .uses
        .dedup_by(|b, a| a.name == b.name && text(a) == text(b));
}

fn comment_places(tree: &Tree<'_>) -> Vec<crate::comments::CommentPlace> {
    tree.subtree(Tree::ROOT)
        .filter(|&id| tree.kind(id) == Kind::Comment)
        .map(|id| {
            let node = tree.node(id);
            crate::comments::CommentPlace {
                start: node.start,
                end: node.end,
            }
        })
        .collect()
}

/// Fills in what needs the whole file: neighbours, comments, definitions, edits.
fn settle_items(
    tree: &Tree<'_>,
    lines: &LineTable,
    items: &mut [Item<'_>],
    comments: &[Comment],
    bodies: &Bodies,
) {
    let text = tree.text;
    let defined: HashSet<&str> = bodies
        .units
        .iter()
        .map(|unit| unit.name.rsplit('.').next().unwrap_or(&unit.name))
        .collect();
    let redactor = Redactor {
        text,
        lines,
        defined: &|name| defined.contains(name),
    };
    for item in items.iter_mut() {
        let line_start = lines.start(item.lines.first) as usize;
        let before = text.get(line_start..item.start as usize).unwrap_or("");
        let line_end = lines.start(Line(item.lines.last.0 + 1)) as usize;
        let after = text.get(item.end as usize..line_end).unwrap_or("").trim();
        // A statement that goes on in a blank line ends there.
        let next = lines.text(text, Line(item.lines.last.0 + 1)).trim();
        let ends = after.is_empty() || after.starts_with('#') || after == "\\" && next.is_empty();
        item.alone = before.trim().is_empty() && ends;
        if item.alone {
            item.lead = lead(comments, item.lines.first);
        }
        let first = comments.partition_point(|comment| comment.lines.first < item.lead);
        let last = comments.partition_point(|comment| comment.lines.first <= item.lines.last);
        item.comments = first..last.max(first);
        let (start, end) = (item.start, item.end);
        let from = bodies.units.partition_point(|unit| unit.span.start < start);
        let to = bodies.units.partition_point(|unit| unit.span.start < end);
        item.definitions = from..to;
        if item.is_definition() && from < to {
            item.unit = Some(from);
        }
        let strings_from = bodies
            .strings
            .partition_point(|string| string.start < start);
        let strings_to = bodies.strings.partition_point(|string| string.start < end);
        (item.edits, item.leaks) = redactor.edits(
            &bodies.strings[strings_from..strings_to],
            &comments[item.comments.clone()],
        );
    }
}

/// First line of the comment directly above a line that belongs to it.
fn lead(comments: &[Comment], first: Line) -> Line {
    let before = comments.partition_point(|comment| comment.lines.first < first);
    let Some(comment) = before.checked_sub(1).map(|index| &comments[index]) else {
        return first;
    };
    let signals = &comment.signals;
    let belongs = comment.lines.last.0 + 1 == first.0
        && !comment.trailing
        && !(signals.code || signals.license || signals.directive || signals.result);
    if belongs { comment.lines.first } else { first }
}

fn bindings(items: &[Item<'_>]) -> Vec<(NameId, usize)> {
    let mut bindings: Vec<(NameId, usize)> = items
        .iter()
        .enumerate()
        .flat_map(|(index, item)| item.effects.binds.iter().map(move |&name| (name, index)))
        .collect();
    bindings.sort_unstable();
    bindings
}

fn changed_by(items: &[Item<'_>]) -> Vec<(NameId, usize)> {
    let mut changed: Vec<(NameId, usize)> = items
        .iter()
        .enumerate()
        .flat_map(|(index, item)| item.changes.iter().map(move |&name| (name, index)))
        .collect();
    changed.sort_unstable();
    changed
}

fn record_issues(module: &mut Module<'_>, tree: &Tree<'_>) {
    let python2 = tree
        .subtree(Tree::ROOT)
        .find(|&id| tree.is_python2(id))
        .map(|id| module.lines.line(tree.node(id).start));
    if let Some(line) = python2 {
        let detail = format!("line {line}");
        module
            .dropped
            .push(Dropped::new(Reason::Python2, module.path, detail));
    }
    if module.had_errors {
        let first = tree
            .subtree(Tree::ROOT)
            .rfind(|&id| tree.node(id).error)
            .map_or(Line(1), |id| module.lines.line(tree.node(id).start));
        let detail = format!(
            "tree-sitter cannot parse it near line {first}; statements without errors are used"
        );
        module
            .dropped
            .push(Dropped::new(Reason::SyntaxErrors, module.path, detail));
    }
}
