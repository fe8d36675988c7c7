//! The examples of docstrings. The examples of one docstring are one script.

use tracestone_record::{Docstring, Dropped, InputKind, Line, Reason};

use crate::doctest::{Example, examples};
use crate::module::Names;
use crate::strings::string_value;
use crate::syntax::{Kind, NodeId, SyntaxParser, Tree};

use super::ask::{Cutter, asked, callee};
use super::{MineFrom, Mined, Script, Step};

/// Mines all docstrings of a file.
pub(super) fn mine(from: &MineFrom<'_, '_>, parser: &mut SyntaxParser, mined: &mut Mined) {
    for (index, item) in from.items.iter().enumerate() {
        for unit in &from.units[item.definitions.clone()] {
            if let Some(docstring) = unit.docstring.as_ref().filter(|found| found.examples > 0) {
                mine_docstring(from, parser, index, docstring, mined);
            }
        }
    }
}

fn mine_docstring(
    from: &MineFrom<'_, '_>,
    parser: &mut SyntaxParser,
    owner: usize,
    docstring: &Docstring,
    mined: &mut Mined,
) {
    let source = docstring.span.of(from.tree.text);
    let Some(value) = string_value(source) else {
        return;
    };
    let line = |example: &Example| {
        let offset = u32::try_from(example.line).unwrap_or(0);
        Line((docstring.lines.first.0 + offset).min(docstring.lines.last.0))
    };
    let mut usable = Vec::new();
    for example in examples(&value) {
        if example.skip {
            let subject = format!("{}:{}", from.path, line(&example));
            mined
                .dropped
                .push(Dropped::new(Reason::CallSkipped, subject, example.source));
        } else {
            usable.push(example);
        }
    }
    let mut joined = join(&usable);
    let mut tree = parser.parse(&joined);
    if tree
        .as_ref()
        .map_or(true, |tree| tree.node(Tree::ROOT).error)
    {
        usable.retain(|example| {
            let parsed = parser.parse(&example.source);
            let valid = parsed.is_ok_and(|tree| !tree.node(Tree::ROOT).error);
            if !valid {
                let subject = format!("{}:{}", from.path, line(example));
                let detail = example.source.clone();
                mined
                    .dropped
                    .push(Dropped::new(Reason::CallBroken, subject, detail));
            }
            valid
        });
        joined = join(&usable);
        tree = parser.parse(&joined);
    }
    if let Ok(tree) = tree {
        let own: Vec<&str> = from.units[from.items[owner].definitions.clone()]
            .iter()
            .map(|unit| unit.name.rsplit('.').next().unwrap_or(&unit.name))
            .collect();
        let script = cut(&tree, &usable, (owner, &own), &line);
        mined.scripts.push(script);
        parser.recycle(tree);
    }
}

fn join(examples: &[Example]) -> String {
    let sources: Vec<&str> = examples
        .iter()
        .map(|example| example.source.as_str())
        .collect();
    sources.join("\n")
}

fn cut(
    tree: &Tree<'_>,
    examples: &[Example],
    (owner, names_of_owner): (usize, &[&str]),
    line: &dyn Fn(&Example) -> Line,
) -> Script {
    let mut names = Names::default();
    let mut cutter = Cutter::new(tree, &mut names);
    let mut script = Script::new(Some(owner));
    let mut statements = tree.code_children(Tree::ROOT).peekable();
    let mut end = 0_usize;
    for example in examples {
        end += example.source.len() + 1;
        let mut own = Vec::new();
        while let Some(statement) =
            statements.next_if(|&statement| (tree.node(statement).start as usize) < end)
        {
            own.push(statement);
        }
        for &statement in &own {
            let inner = tree.code_children(statement).next();
            let expression = match (tree.kind(statement), inner) {
                (Kind::ExpressionStatement, Some(inner))
                    if !matches!(
                        tree.kind(inner),
                        Kind::Assignment | Kind::AugmentedAssignment | Kind::Yield
                    ) && example.expects =>
                {
                    Some((inner, false))
                }
                (Kind::AssertStatement, Some(inner)) => Some((inner, true)),
                _ => None,
            };
            if let Some((expression, asserted)) = expression.filter(|_| own.len() == 1) {
                for node in asked(tree, expression, asserted) {
                    let after = script.steps.len();
                    let ask = cutter.ask(node, after, InputKind::Doctest, line(example));
                    script.asks.push(ask);
                }
            }
            // `f(1)` without a result below it: it returns `None`, which doctest checks.
            if let (false, 1, Some(call)) = (example.expects, own.len(), inner)
                && tree.kind(statement) == Kind::ExpressionStatement
                && calls_one_of(tree, call, names_of_owner)
            {
                let after = script.steps.len();
                let mut ask = cutter.ask(call, after, InputKind::Doctest, line(example));
                ask.aside = true;
                script.asks.push(ask);
            }
            let step = cutter.step(statement);
            script.steps.push(match example.raises {
                true => caught(tree, statement, step),
                false => step,
            });
        }
    }
    script
}

/// True for a call of a function, or of a method on whatever object, that has one of these names.
fn calls_one_of(tree: &Tree<'_>, node: NodeId, names: &[&str]) -> bool {
    let callee = callee(tree, node);
    let last = callee.rsplit('.').next().unwrap_or(callee);
    tree.kind(node) == Kind::Call && names.contains(&last)
}

/// The step of an example that is to raise an exception: later ones find what it did until then.
fn caught(tree: &Tree<'_>, statement: NodeId, mut step: Step) -> Step {
    if !step.imports.is_empty() {
        return step;
    }
    let block = tree
        .subtree(statement)
        .any(|id| tree.kind(id) == Kind::Block);
    if !block {
        // What it would have bound has its value of before.
        step.binds.clear();
    }
    step.fragment = step.fragment.caught(block);
    step
}
