//! Normal forms: syntax trees without what renaming, formatting and commenting change.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use tracestone_record::NormalForm;

use crate::syntax::{FieldName, Kind, LineTable, NodeId, SyntaxParser, Tree};

/// Texts whose syntax is nested more deeply have no forms.
const MAX_DEPTH: u32 = 200;

/// Makes normal forms of texts, one after the other.
pub struct Normalizer {
    parser: SyntaxParser,
}

impl Default for Normalizer {
    fn default() -> Self {
        Self {
            parser: SyntaxParser::new(MAX_DEPTH),
        }
    }
}

impl Normalizer {
    /// The form of the whole text, and then those of its functions in order. Nothing for a text that cannot be
    /// parsed without errors.
    pub fn forms(&mut self, text: &str) -> Vec<NormalForm> {
        let Ok(tree) = self.parser.parse(text) else {
            return Vec::new();
        };
        let forms = match tree.node(Tree::ROOT).error {
            true => Vec::new(),
            false => forms(&tree),
        };
        self.parser.recycle(tree);
        forms
    }
}

fn forms(tree: &Tree<'_>) -> Vec<NormalForm> {
    let mut scopes = Scopes::default();
    scopes.open(tree, Tree::ROOT, None);
    let lines = LineTable::new(tree.text);
    let mut found = vec![form(tree, &scopes, &lines, Tree::ROOT, String::new())];
    let mut pending: Vec<(NodeId, String)> = vec![(Tree::ROOT, String::new())];
    let mut functions = Vec::new();
    while let Some((id, prefix)) = pending.pop() {
        let mut inside = prefix.clone();
        if matches!(
            tree.kind(id),
            Kind::FunctionDefinition | Kind::ClassDefinition
        ) {
            let name = tree
                .child(id, FieldName::Name)
                .map_or("", |name| tree.text_of(name));
            inside = match prefix.is_empty() {
                true => name.to_owned(),
                false => format!("{prefix}.{name}"),
            };
            if tree.kind(id) == Kind::FunctionDefinition {
                functions.push((id, inside.clone()));
            }
        }
        pending.extend(tree.code_children(id).map(|child| (child, inside.clone())));
    }
    functions.sort_unstable();
    let functions = functions.into_iter();
    found.extend(functions.map(|(id, name)| form(tree, &scopes, &lines, id, name)));
    found
}

fn form(
    tree: &Tree<'_>,
    scopes: &Scopes<'_>,
    lines: &LineTable,
    root: NodeId,
    name: String,
) -> NormalForm {
    let scope = scopes.around.get(&root).copied().unwrap_or(0);
    let mut writer = Writer {
        tree,
        scopes,
        names: HashMap::new(),
        members: HashMap::new(),
        exact: String::new(),
        shape: String::new(),
        tokens: 0,
    };
    let start = match root {
        Tree::ROOT => 0,
        _ => scope,
    };
    writer.node(root, start);
    let node = tree.node(root);
    let method = scopes.list.get(scope).is_some_and(|scope| scope.is_class);
    NormalForm {
        name,
        lines: lines.range(node.start, node.end),
        tokens: writer.tokens,
        arguments: (root != Tree::ROOT && !method)
            .then(|| arguments(tree, root))
            .flatten(),
        exact: writer.exact,
        shape: writer.shape,
    }
}

/// The least and the largest number of arguments by position; `None` where keywords are needed.
fn arguments(tree: &Tree<'_>, function: NodeId) -> Option<(u32, u32)> {
    let parameters = tree.child(function, FieldName::Parameters)?;
    let (mut least, mut most) = (0, 0);
    let mut keywords = false;
    for parameter in tree.code_children(parameters) {
        let mut kind = tree.kind(parameter);
        if kind == Kind::TypedParameter {
            kind = tree
                .code_children(parameter)
                .next()
                .map_or(kind, |child| tree.kind(child));
        }
        match kind {
            Kind::PositionalSeparator | Kind::DictionarySplatPattern => {}
            Kind::KeywordSeparator => keywords = true,
            Kind::ListSplatPattern => {
                most = u32::MAX;
                keywords = true;
            }
            Kind::DefaultParameter | Kind::TypedDefaultParameter if keywords => {}
            Kind::DefaultParameter | Kind::TypedDefaultParameter => {
                most = most.max(most.saturating_add(1))
            }
            _ if keywords => return None,
            _ => {
                least += 1;
                most += 1;
            }
        }
    }
    Some((least, most))
}

/// A module, class or function, with the names that it binds.
#[derive(Debug, Default)]
struct Scope<'t> {
    parent: Option<usize>,
    is_class: bool,
    bound: HashSet<&'t str>,
    /// Names that `global` and `nonlocal` give away.
    foreign: HashSet<&'t str>,
    /// Full names of imported names.
    imported: HashMap<&'t str, String>,
}

/// All scopes of a text.
#[derive(Debug, Default)]
struct Scopes<'t> {
    list: Vec<Scope<'t>>,
    /// The scope of each function and class.
    inside: HashMap<NodeId, usize>,
    /// The scope around each of them.
    around: HashMap<NodeId, usize>,
    /// Attributes that the text assigns, methods, and parameters.
    members: HashSet<&'t str>,
}

impl<'t> Scopes<'t> {
    fn open(&mut self, tree: &Tree<'t>, root: NodeId, parent: Option<usize>) {
        let number = self.list.len();
        self.list.push(Scope {
            parent,
            is_class: tree.kind(root) == Kind::ClassDefinition,
            ..Scope::default()
        });
        self.inside.insert(root, number);
        if let Some(parent) = parent {
            self.around.insert(root, parent);
        }
        for child in tree.children(root) {
            self.read(tree, child, number);
        }
    }

    fn read(&mut self, tree: &Tree<'t>, id: NodeId, scope: usize) {
        match tree.kind(id) {
            Kind::FunctionDefinition | Kind::ClassDefinition => {
                if let Some(name) = tree.child(id, FieldName::Name) {
                    self.bind(tree.text_of(name), scope);
                }
                self.open(tree, id, Some(scope));
                return;
            }
            Kind::Parameters | Kind::LambdaParameters => {
                for parameter in tree.code_children(id) {
                    self.parameter(tree, parameter, scope);
                }
            }
            Kind::Assignment
            | Kind::AugmentedAssignment
            | Kind::ForStatement
            | Kind::ForInClause => {
                if let Some(left) = tree.child(id, FieldName::Left) {
                    self.target(tree, left, scope);
                }
            }
            Kind::NamedExpression => {
                if let Some(name) = tree.child(id, FieldName::Name) {
                    self.target(tree, name, scope);
                }
            }
            Kind::AsPatternTarget => {
                for child in tree.code_children(id) {
                    self.target(tree, child, scope);
                }
            }
            Kind::CasePattern => self.pattern(tree, id, scope),
            Kind::GlobalStatement | Kind::NonlocalStatement => {
                let names = tree.code_children(id).map(|name| tree.text_of(name));
                self.list[scope].foreign.extend(names);
            }
            Kind::ImportStatement | Kind::ImportFromStatement => self.import(tree, id, scope),
            _ => {}
        }
        for child in tree.code_children(id) {
            self.read(tree, child, scope);
        }
    }

    fn bind(&mut self, name: &'t str, scope: usize) {
        self.list[scope].bound.insert(name);
        if self.list[scope].is_class {
            self.members.insert(name);
        }
    }

    fn parameter(&mut self, tree: &Tree<'t>, id: NodeId, scope: usize) {
        let name = match tree.kind(id) {
            Kind::Identifier => Some(id),
            Kind::DefaultParameter | Kind::TypedDefaultParameter => tree.child(id, FieldName::Name),
            _ => tree.code_children(id).next(),
        };
        let Some(name) = name else { return };
        match tree.kind(name) {
            Kind::Identifier => {
                self.members.insert(tree.text_of(name));
                self.bind(tree.text_of(name), scope);
            }
            _ if name != id => self.parameter(tree, name, scope),
            _ => {}
        }
    }

    fn target(&mut self, tree: &Tree<'t>, id: NodeId, scope: usize) {
        match tree.kind(id) {
            Kind::Identifier => self.bind(tree.text_of(id), scope),
            Kind::Attribute => {
                if let Some(name) = tree.child(id, FieldName::Attribute) {
                    self.members.insert(tree.text_of(name));
                }
            }
            Kind::Subscript | Kind::Call => {}
            _ => {
                for child in tree.code_children(id) {
                    self.target(tree, child, scope);
                }
            }
        }
    }

    /// Binds the names that a pattern captures: all but those that are called or dotted.
    fn pattern(&mut self, tree: &Tree<'t>, id: NodeId, scope: usize) {
        for child in tree.code_children(id) {
            match tree.kind(child) {
                Kind::DottedName => {
                    let mut parts = tree.code_children(child);
                    if let (Some(only), None) = (parts.next(), parts.next())
                        && tree.kind(id) != Kind::ClassPattern
                    {
                        self.bind(tree.text_of(only), scope);
                    }
                }
                Kind::Identifier if tree.kind(id) != Kind::KeywordPattern => {
                    self.bind(tree.text_of(child), scope);
                }
                _ => self.pattern(tree, child, scope),
            }
        }
    }

    fn import(&mut self, tree: &Tree<'t>, id: NodeId, scope: usize) {
        let module = tree
            .child(id, FieldName::ModuleName)
            .map(|module| tree.text_of(module));
        let named = |name: &str| match module {
            Some(module) => format!("{module}.{name}"),
            None => name.to_owned(),
        };
        for child in tree.code_children(id) {
            if tree.node(child).field != FieldName::Name {
                continue;
            }
            let (name, alias) = match tree.kind(child) {
                Kind::AliasedImport => {
                    let name = tree
                        .child(child, FieldName::Name)
                        .map_or("", |name| tree.text_of(name));
                    let alias = tree
                        .child(child, FieldName::Alias)
                        .map_or("", |name| tree.text_of(name));
                    (name, alias)
                }
                _ => {
                    let name = tree.text_of(child);
                    // `import a.b` binds `a`.
                    let top = name.split('.').next().unwrap_or(name);
                    if module.is_none() {
                        self.list[scope].imported.insert(top, top.to_owned());
                        continue;
                    }
                    (name, name)
                }
            };
            self.list[scope].imported.insert(alias, named(name));
        }
    }

    /// The scope that binds a name which is used in `scope`; the imported name, if that is what it is.
    fn find(&self, name: &str, scope: usize) -> Found<'_> {
        let mut at = Some(scope);
        while let Some(number) = at {
            let here = &self.list[number];
            let visible = number == scope || !here.is_class;
            if visible && !here.foreign.contains(name) {
                if let Some(imported) = here.imported.get(name) {
                    return Found::Imported(imported);
                }
                if here.bound.contains(name) {
                    return Found::Bound(number);
                }
            }
            at = here.parent;
        }
        Found::Free
    }
}

/// Meaning of a name at a place.
enum Found<'a> {
    Bound(usize),
    Imported(&'a str),
    Free,
}

/// Writes the form of a subtree, with its literals and without.
struct Writer<'a, 't> {
    tree: &'a Tree<'t>,
    scopes: &'a Scopes<'t>,
    /// Numbers of names, by the scope that binds them, in the order in which they appear.
    names: HashMap<(usize, &'t str), usize>,
    /// Numbers of attributes and keywords.
    members: HashMap<&'t str, usize>,
    exact: String,
    shape: String,
    tokens: u32,
}

impl Writer<'_, '_> {
    fn put(&mut self, text: &str) {
        self.exact.push_str(text);
        self.shape.push_str(text);
    }

    fn leaf(&mut self, exact: &str, shape: &str) {
        self.tokens += 1;
        self.exact.push(' ');
        self.exact.push_str(exact);
        self.shape.push(' ');
        self.shape.push_str(shape);
    }

    fn node(&mut self, id: NodeId, scope: usize) {
        let node = self.tree.node(id);
        let text = self.tree.text_of(id);
        match node.kind {
            Kind::Comment | Kind::Type | Kind::GlobalStatement | Kind::NonlocalStatement => return,
            _ if matches!(node.field, FieldName::Type | FieldName::ReturnType) => return,
            Kind::ExpressionStatement if self.is_docstring(id) => return,
            Kind::Identifier => return self.name(id, scope),
            Kind::Integer | Kind::Float => return self.leaf(text, "number"),
            Kind::String if self.tree.children(id).next().is_none() => {
                return self.leaf(&unquoted(text), "text");
            }
            Kind::ConcatenatedString => {
                let parts = self.tree.code_children(id);
                let parts: Vec<String> = parts
                    .map(|part| unquoted(self.tree.text_of(part)))
                    .collect();
                return self.leaf(&parts.concat(), "text");
            }
            Kind::Operator => {
                let words: Vec<&str> = text.split_whitespace().collect();
                let words = words.join(" ");
                return self.leaf(&words, &words);
            }
            Kind::True | Kind::False | Kind::None | Kind::Ellipsis => return self.leaf(text, text),
            Kind::PassStatement | Kind::BreakStatement | Kind::ContinueStatement => {
                return self.leaf(text, text);
            }
            Kind::ParenthesizedExpression | Kind::TypedParameter | Kind::ExpressionStatement => {
                return self.children(id, scope);
            }
            _ => {}
        }
        let inside = self.scopes.inside.get(&id).copied().unwrap_or(scope);
        let kind = match node.kind {
            Kind::TypedDefaultParameter => Kind::DefaultParameter,
            kind => kind,
        };
        let _ = write!(self.exact, " ({kind:?}");
        let _ = write!(self.shape, " ({kind:?}");
        if matches!(kind, Kind::Other | Kind::Yield) {
            self.gaps(id);
        }
        self.children_between(id, scope, inside);
        self.put(")");
    }

    fn children(&mut self, id: NodeId, scope: usize) {
        self.children_between(id, scope, scope);
    }

    /// The children; the name and the decorators of a definition are in the scope around it.
    fn children_between(&mut self, id: NodeId, around: usize, inside: usize) {
        for child in self.tree.children(id) {
            let scope = match self.tree.node(child).field {
                FieldName::Name | FieldName::Superclasses => around,
                _ => inside,
            };
            self.node(child, scope);
        }
    }

    fn is_docstring(&self, id: NodeId) -> bool {
        let mut children = self.tree.code_children(id);
        let only = children.next().map(|child| self.tree.kind(child));
        matches!(only, Some(Kind::String | Kind::ConcatenatedString)) && children.next().is_none()
    }

    /// Text between the children, where the kind alone does not say it: the colons of a slice.
    fn gaps(&mut self, id: NodeId) {
        let node = self.tree.node(id);
        let mut at = node.start;
        let mut gaps = String::new();
        for child in self.tree.children(id) {
            let child = self.tree.node(child);
            gaps.push_str(self.tree.slice(at, child.start));
            gaps.push('_');
            at = child.end;
        }
        gaps.push_str(self.tree.slice(at, node.end));
        gaps.retain(|c| !c.is_whitespace() && !matches!(c, ',' | '\\' | '(' | ')'));
        self.put("`");
        self.put(&gaps);
    }

    fn name(&mut self, id: NodeId, scope: usize) {
        let text = self.tree.text_of(id);
        let field = self.tree.node(id).field;
        let label = if field == FieldName::Attribute || self.is_keyword(id) {
            self.member(text)
        } else {
            match self.scopes.find(text, scope) {
                Found::Free => text.to_owned(),
                Found::Imported(name) => format!("import:{name}"),
                Found::Bound(scope) if self.scopes.list[scope].is_class => self.member(text),
                Found::Bound(scope) => {
                    let next = self.names.len();
                    format!("${}", self.names.entry((scope, text)).or_insert(next))
                }
            }
        };
        self.leaf(&label, &label);
    }

    /// A member of a class that the text defines, or a name that stays.
    fn member(&mut self, text: &str) -> String {
        // Methods with two underscores at each end are Python's own.
        match self.scopes.members.get(text) {
            Some(name) if !text.starts_with("__") => {
                let next = self.members.len();
                format!(".{}", self.members.entry(name).or_insert(next))
            }
            _ => text.to_owned(),
        }
    }

    /// True for the name of an argument in a call.
    fn is_keyword(&self, id: NodeId) -> bool {
        // A name has its parent directly before it in the preorder, where it is its first child.
        id > 0
            && self.tree.kind(id - 1) == Kind::KeywordArgument
            && self.tree.node(id).field == FieldName::Name
    }
}

/// A string without its quotes, and its prefix in lower case.
fn unquoted(text: &str) -> String {
    let start = text.find(['"', '\'']).unwrap_or(0);
    let (prefix, rest) = text.split_at(start);
    let quotes = match rest.starts_with("\"\"\"") || rest.starts_with("'''") {
        true => 3,
        false => 1,
    };
    let content = rest
        .get(quotes..rest.len().saturating_sub(quotes))
        .unwrap_or(rest);
    let prefix = prefix.to_ascii_lowercase();
    format!("{}'{content}'", prefix.trim_matches('u'))
}
