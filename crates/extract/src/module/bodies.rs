//! Functions, methods and classes: units with places in the file, and the facts about their bodies
//! that programs carry on.

use tracestone_record::{
    Comment, Definition, Docstring, FileId, Line, LineRange, Parameter, Span, Unit, UnitId,
    UnitKind, UnitSignals,
};

use crate::docstring::read_docstring;
use crate::strings::string_value;
use crate::syntax::{FieldName, Kind, LineTable, NodeId, Tree};

use super::names::{Names, normal};
use super::redact::BareString;
use super::scope::BodyNames;
use super::signature;

/// Everything found in a file's functions and classes.
#[derive(Debug, Default)]
pub(super) struct Bodies {
    pub(super) units: Vec<Unit>,
    /// One per unit, in the same order.
    pub(super) definitions: Vec<Definition>,
    /// For each unit, whether its region has syntax errors.
    pub(super) broken: Vec<bool>,
    /// String statements, in order.
    pub(super) strings: Vec<BareString>,
}

/// Context of the walk: the file and its tree.
pub(super) struct BodyReader<'a, 't> {
    pub(super) tree: &'a Tree<'t>,
    pub(super) lines: &'a LineTable,
    pub(super) names: &'a Names<'t>,
    pub(super) file: FileId,
    pub(super) comments: &'a [Comment],
    /// For each comment node in order, its block.
    pub(super) block_of: &'a [usize],
    /// Sorted by node.
    pub(super) body_names: &'a [BodyNames],
}

struct Open {
    definition: usize,
    end: NodeId,
    is_function: bool,
}

impl BodyReader<'_, '_> {
    /// Walks the whole file once, in order.
    pub(super) fn read(&self) -> Bodies {
        let mut bodies = Bodies::default();
        let mut open: Vec<Open> = Vec::new();
        let mut comment_nodes = 0;
        let mut decorated = None;
        let mut only_statement = None;
        for node in self.tree.subtree(Tree::ROOT) {
            while open.last().is_some_and(|open| open.end <= node) {
                open.pop();
            }
            match self.tree.kind(node) {
                Kind::DecoratedDefinition => decorated = Some(node),
                Kind::FunctionDefinition | Kind::ClassDefinition => {
                    let is_decorated =
                        self.tree.node(node).field == FieldName::Definition && decorated.is_some();
                    let outer = is_decorated.then(|| decorated.take()).flatten();
                    self.enter(node, outer, &mut open, &mut bodies);
                }
                Kind::Comment => {
                    let block = self.block_of.get(comment_nodes).copied();
                    comment_nodes += 1;
                    self.add_comment(block, &open, &mut bodies);
                }
                Kind::Block => {
                    self.add_statements(node, &open, &mut bodies);
                    let mut statements = self.tree.code_children(node);
                    only_statement = statements.next().filter(|_| statements.next().is_none());
                }
                Kind::ExpressionStatement => {
                    self.add_string(node, only_statement == Some(node), &mut bodies);
                }
                kind => self.add_branch(node, kind, &open, &mut bodies),
            }
        }
        self.add_signals(&mut bodies);
        bodies
    }

    fn enter(
        &self,
        node: NodeId,
        decorated: Option<NodeId>,
        open: &mut Vec<Open>,
        bodies: &mut Bodies,
    ) {
        let tree = self.tree;
        let is_function = tree.kind(node) == Kind::FunctionDefinition;
        let outer = decorated.unwrap_or(node);
        let own = tree.child(node, FieldName::Name);
        let own = normal(own.map_or("", |name| tree.text_of(name)));
        let around = open.last();
        let name = match around {
            Some(around) => format!("{}.{own}", bodies.units[around.definition].name),
            None => own.clone().into_owned(),
        };
        let kind = kind_of(is_function, around);
        let (start, end) = (tree.node(outer).start, tree.node(outer).end);
        let span = Span { start, end };
        let lines = self.lines.range(span.start, span.end);
        let docstring = self.docstring(node);
        let mut parameters = match is_function {
            true => signature::parameters(tree, node),
            false => Vec::new(),
        };
        // What a constructor takes is often described where its class is.
        let of_class = around.filter(|_| own == "__init__");
        let of_class = of_class.and_then(|class| bodies.units[class.definition].docstring.as_ref());
        for docstring in [of_class, docstring.as_ref()].into_iter().flatten() {
            signature::document(&mut parameters, docstring);
        }
        let unit = Unit {
            id: self.unit_id(span, &name),
            file: self.file,
            kind,
            name,
            nested: open.iter().any(|open| open.is_function),
            is_async: self.is_async(node),
            decorators: decorated
                .map(|decorated| signature::decorators(tree, decorated))
                .unwrap_or_default(),
            returns: self.returns(node),
            bases: signature::bases(tree, node),
            parameters,
            span,
            lines,
            docstring,
            comments: Vec::new(),
            signals: UnitSignals::default(),
        };
        bodies.definitions.push(self.definition(node, &unit));
        bodies.units.push(unit);
        bodies.broken.push(tree.node(outer).error);
        open.push(Open {
            definition: bodies.definitions.len() - 1,
            end: tree.subtree(node).end,
            is_function,
        });
    }

    fn is_async(&self, node: NodeId) -> bool {
        let mut children = self.tree.children(node);
        children.any(|child| self.tree.kind(child) == Kind::Async)
    }

    /// The annotation of what a function returns.
    fn returns(&self, node: NodeId) -> Option<String> {
        let returns = self.tree.child(node, FieldName::ReturnType)?;
        Some(self.tree.text_of(returns).to_owned())
    }

    /// The definition of a unit, as far as its header tells.
    fn definition(&self, node: NodeId, unit: &Unit) -> Definition {
        let docstring = unit.docstring.as_ref();
        Definition {
            name: unit.name.clone(),
            kind: unit.kind,
            lines: unit.lines,
            header: self.lines.line(self.tree.node(node).start),
            docstring: docstring.map(|found| found.lines),
            prose: docstring.map(|found| found.prose.clone()),
            parameters: unit.parameters.clone(),
            locals: self.locals(node),
            loops: Vec::new(),
            branches: Vec::new(),
            statements: Vec::new(),
        }
    }

    fn unit_id(&self, span: Span, name: &str) -> UnitId {
        let mut place = [0; 8];
        place[..4].copy_from_slice(&span.start.to_le_bytes());
        place[4..].copy_from_slice(&span.end.to_le_bytes());
        UnitId::of(&[self.file.as_bytes(), &place, name.as_bytes()])
    }

    fn locals(&self, node: NodeId) -> Vec<String> {
        let found = self
            .body_names
            .binary_search_by_key(&node, |body| body.node);
        found
            .map(|index| {
                let names = &self.body_names[index].names;
                names
                    .iter()
                    .map(|&id| self.names.text(id).to_owned())
                    .collect()
            })
            .unwrap_or_default()
    }

    fn docstring(&self, node: NodeId) -> Option<Docstring> {
        let tree = self.tree;
        let body = tree.child(node, FieldName::Body)?;
        let string = bare_string(tree, tree.code_children(body).next()?)?;
        let value = string_value(tree.text_of(string))?;
        let place = tree.node(string);
        let span = Span {
            start: place.start,
            end: place.end,
        };
        Some(read_docstring(
            &value,
            span,
            self.lines.range(place.start, place.end),
        ))
    }

    fn add_comment(&self, block: Option<usize>, open: &[Open], bodies: &mut Bodies) {
        let (Some(block), Some(around)) = (block, open.last()) else {
            return;
        };
        let comment = &self.comments[block];
        let comments = &mut bodies.units[around.definition].comments;
        if comments.last().map(|last| last.span) != Some(comment.span) {
            comments.push(comment.clone());
        }
    }

    fn add_string(&self, node: NodeId, only: bool, bodies: &mut Bodies) {
        let (place, plain) = match bare_string(self.tree, node) {
            Some(string) => (self.tree.node(string), true),
            None if is_composed_string(self.tree, node) => (self.tree.node(node), false),
            None => return,
        };
        bodies.strings.push(BareString {
            start: place.start,
            end: place.end,
            plain,
            only,
        });
    }

    fn add_branch(&self, node: NodeId, kind: Kind, open: &[Open], bodies: &mut Bodies) {
        let is_loop = matches!(kind, Kind::ForStatement | Kind::WhileStatement);
        let is_branch = is_loop
            || matches!(
                kind,
                Kind::IfStatement
                    | Kind::ElifClause
                    | Kind::MatchStatement
                    | Kind::ConditionalExpression
            );
        let (true, Some(around)) = (is_branch, open.last()) else {
            return;
        };
        let place = self.tree.node(node);
        let definition = &mut bodies.definitions[around.definition];
        if is_loop {
            definition
                .loops
                .push(self.lines.range(place.start, place.end));
        }
        let line = self.lines.line(place.start);
        if !definition.branches.contains(&line) {
            definition.branches.push(line);
        }
    }

    /// Notes the lines of a block's statements. Docstrings and declarations are no code, and a
    /// `try:` does nothing of its own.
    fn add_statements(&self, block: NodeId, open: &[Open], bodies: &mut Bodies) {
        let Some(around) = open.last().filter(|around| around.is_function) else {
            return;
        };
        let tree = self.tree;
        let statements = &mut bodies.definitions[around.definition].statements;
        for statement in tree.code_children(block) {
            let silent = matches!(
                tree.kind(statement),
                Kind::GlobalStatement | Kind::NonlocalStatement | Kind::TryStatement | Kind::Error
            );
            if silent || bare_string(tree, statement).is_some() {
                continue;
            }
            let line = self.lines.line(tree.node(statement).start);
            if let Err(at) = statements.binary_search(&line) {
                statements.insert(at, line);
            }
        }
    }

    fn add_signals(&self, bodies: &mut Bodies) {
        for unit in &mut bodies.units {
            let docstring_lines = unit
                .docstring
                .as_ref()
                .map_or(0, |docstring| height(docstring.lines));
            let (mut code, mut commented) = (0, 0);
            for line in unit.lines.first.0..=unit.lines.last.0 {
                let text = self.lines.text(self.tree.text, Line(line)).trim_start();
                commented += u32::from(text.starts_with('#'));
                code += u32::from(!text.is_empty() && !text.starts_with('#'));
            }
            let trailing = unit
                .comments
                .iter()
                .filter(|comment| comment.trailing)
                .count();
            unit.signals = UnitSignals {
                code_lines: code.saturating_sub(docstring_lines),
                comment_lines: commented + u32::try_from(trailing).unwrap_or(0),
                docstring_lines,
                annotated_percent: share(&unit.parameters, |parameter| {
                    parameter.annotation.is_some()
                }),
                documented_percent: share(&unit.parameters, |parameter| {
                    unit.docstring.as_ref().is_some_and(|docstring| {
                        docstring
                            .parameters
                            .iter()
                            .any(|documented| documented.name == parameter.name)
                    })
                }),
            };
        }
    }
}

fn height(range: LineRange) -> u32 {
    range.last.0 - range.first.0 + 1
}

/// The share in percent of the parameters but `self` and `cls`; 100 of none.
fn share(parameters: &[Parameter], holds: impl Fn(&Parameter) -> bool) -> u8 {
    let counted: Vec<&Parameter> = parameters
        .iter()
        .filter(|parameter| parameter.name != "self" && parameter.name != "cls")
        .collect();
    let holding = counted.iter().filter(|parameter| holds(parameter)).count();
    if counted.is_empty() {
        return 100;
    }
    u8::try_from(holding * 100 / counted.len()).unwrap_or(100)
}

/// The string that is all of an expression statement.
pub(super) fn bare_string(tree: &Tree<'_>, statement: NodeId) -> Option<NodeId> {
    if tree.kind(statement) != Kind::ExpressionStatement {
        return None;
    }
    let mut children = tree.code_children(statement);
    let string = children.next()?;
    (tree.kind(string) == Kind::String && children.next().is_none()).then_some(string)
}

/// True if an expression statement is a string in parentheses or in several pieces.
fn is_composed_string(tree: &Tree<'_>, statement: NodeId) -> bool {
    let composed = |id| {
        matches!(
            tree.kind(id),
            Kind::ParenthesizedExpression | Kind::ConcatenatedString
        )
    };
    tree.code_children(statement).next().is_some_and(composed)
        && tree
            .subtree(statement)
            .any(|id| tree.kind(id) == Kind::String)
        && tree
            .subtree(statement)
            .all(|id| !matches!(tree.kind(id), Kind::Call | Kind::Identifier))
}

fn kind_of(is_function: bool, around: Option<&Open>) -> UnitKind {
    match (is_function, around) {
        (false, _) => UnitKind::Class,
        (true, Some(around)) if !around.is_function => UnitKind::Method,
        (true, _) => UnitKind::Function,
    }
}
