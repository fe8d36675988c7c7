//! Names that a statement reads from outside itself and names that it binds, by Python's scope rules.
//!
//! One walk per top-level statement. A scope gathers what it reads and what it binds; when it closes, reads
//! of names it binds are local and the others move to the scope around it. What is left at the end is what
//! the statement needs from its module. The walk recurses along the tree, whose depth the parser bounds.

mod bindings;
mod functions;
mod patterns;

use std::collections::BTreeSet;

use crate::hazards::is_harmless;
use crate::syntax::{FieldName, Kind, NodeId, Tree};

use super::import::{ImportBinding, read_import};
use super::names::{NameId, Names, normal};

/// A name read from outside a statement, with the attributes asked of it: `a` or `a.b.c`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) name: NameId,
    /// First byte of the name.
    pub(crate) start: u32,
    /// Offset after the name.
    pub(crate) name_end: u32,
    /// Offset after the last attribute.
    pub(crate) end: u32,
    /// True if the program also runs without the name, because it occurs in an annotation that is not
    /// evaluated.
    pub(crate) soft: bool,
}

/// Effects of a statement on its namespace.
#[derive(Debug, Default)]
pub(crate) struct Effects<'t> {
    /// Names read and not bound inside, in the order of reading; may repeat.
    pub(crate) uses: Vec<Use>,
    /// Names bound in the statement's own namespace, in order, each once.
    pub(crate) binds: Vec<NameId>,
    /// Names that functions in the statement bind through `global`.
    pub(crate) global_binds: Vec<NameId>,
    /// Imports that bind names in the statement's own namespace.
    pub(crate) imports: Vec<ImportBinding<'t>>,
    /// Imports inside functions and classes.
    pub(crate) inner_imports: Vec<ImportBinding<'t>>,
    /// Dotted names reached through imports inside functions: `time.perf_counter`.
    pub(crate) inner_uses: Vec<String>,
    /// Modules of star imports.
    pub(crate) stars: Vec<&'t str>,
}

impl Effects<'_> {
    /// Gives back memory for elements that did not come.
    pub(super) fn shrink(&mut self) {
        self.uses.shrink_to_fit();
        self.binds.shrink_to_fit();
        self.global_binds.shrink_to_fit();
        self.imports.shrink_to_fit();
        self.inner_imports.shrink_to_fit();
        self.inner_uses.shrink_to_fit();
    }
}

/// The names bound in a function or class body itself.
#[derive(Debug)]
pub(crate) struct BodyNames {
    pub(crate) node: NodeId,
    pub(crate) names: Vec<NameId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ScopeKind {
    Statement,
    Function,
    Class,
    Comprehension,
}

#[derive(Debug)]
struct Scope {
    kind: ScopeKind,
    reads: Vec<Use>,
    /// For a class: reads from scopes inside it, which do not see the class's own names.
    passed: Vec<Use>,
    binds: Vec<NameId>,
    /// For a class: what it binds, so that reads find it at once.
    bound: BTreeSet<NameId>,
    globals: BTreeSet<NameId>,
    nonlocals: BTreeSet<NameId>,
    /// Names bound by imports inside a function, with their targets.
    imports: Vec<(NameId, String)>,
}

impl Scope {
    fn bind(&mut self, name: NameId) {
        self.binds.push(name);
        if self.kind == ScopeKind::Class {
            self.bound.insert(name);
        }
    }
}

/// Analyses the statements of one text.
pub(crate) struct Analyzer<'a, 't> {
    tree: &'a Tree<'t>,
    names: &'a mut Names<'t>,
    /// True if `from __future__ import annotations` applies.
    lazy_annotations: bool,
    scopes: Vec<Scope>,
    effects: Effects<'t>,
    scratch: Scratch,
    soft: bool,
    in_annotation: bool,
    bodies: Vec<BodyNames>,
}

/// Memory that analysers of the same text use one after the other.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// Closed scopes, emptied.
    spare: Vec<Scope>,
    /// For each name, the last scope (by serial number) that was found to bind it.
    marks: Vec<u32>,
    serial: u32,
}

impl<'a, 't> Analyzer<'a, 't> {
    pub(crate) fn new(
        tree: &'a Tree<'t>,
        names: &'a mut Names<'t>,
        lazy_annotations: bool,
    ) -> Self {
        Self::with(tree, names, lazy_annotations, Scratch::default())
    }

    /// An analyser that reuses the memory of an earlier one.
    pub(crate) fn with(
        tree: &'a Tree<'t>,
        names: &'a mut Names<'t>,
        lazy_annotations: bool,
        scratch: Scratch,
    ) -> Self {
        Self {
            tree,
            names,
            lazy_annotations,
            scopes: Vec::new(),
            effects: Effects::default(),
            scratch,
            soft: false,
            in_annotation: false,
            bodies: Vec::new(),
        }
    }

    /// The effects of a statement or expression.
    pub(crate) fn effects(&mut self, node: NodeId) -> Effects<'t> {
        self.open(ScopeKind::Statement);
        self.visit(node);
        self.close();
        std::mem::take(&mut self.effects)
    }

    /// The memory, for another analyser of the same text.
    pub(crate) fn into_scratch(self) -> Scratch {
        self.scratch
    }

    /// The functions' and classes' own names, in the order in which their bodies end.
    pub(crate) fn into_bodies(self) -> Vec<BodyNames> {
        self.bodies
    }

    fn open(&mut self, kind: ScopeKind) {
        let mut scope = self.scratch.spare.pop().unwrap_or_else(|| Scope {
            kind,
            reads: Vec::new(),
            passed: Vec::new(),
            binds: Vec::new(),
            bound: BTreeSet::new(),
            globals: BTreeSet::new(),
            nonlocals: BTreeSet::new(),
            imports: Vec::new(),
        });
        scope.kind = kind;
        self.scopes.push(scope);
    }

    fn close(&mut self) -> Vec<NameId> {
        let Some(mut scope) = self.scopes.pop() else {
            return Vec::new();
        };
        scope
            .binds
            .retain(|name| !scope.globals.contains(name) && !scope.nonlocals.contains(name));
        self.mark(&scope.binds);
        let mut own = Vec::with_capacity(scope.binds.len());
        for &name in &scope.binds {
            // The first mark is cleared so that a name is listed once.
            if self.scratch.marks[name as usize] == self.scratch.serial {
                self.scratch.marks[name as usize] = 0;
                own.push(name);
            }
        }
        self.mark(&own);
        match scope.kind {
            ScopeKind::Statement => {
                self.effects.uses.append(&mut scope.reads);
                self.effects.binds.clone_from(&own);
            }
            ScopeKind::Class => {
                for read in scope.reads.drain(..).chain(scope.passed.drain(..)) {
                    self.hand_over(read, &scope.globals);
                }
            }
            ScopeKind::Function | ScopeKind::Comprehension => {
                for read in scope.reads.drain(..) {
                    if self.scratch.marks[read.name as usize] != self.scratch.serial {
                        self.hand_over(read, &scope.globals);
                    } else if let Some((_, target)) =
                        scope.imports.iter().find(|(name, _)| *name == read.name)
                    {
                        let rest = self.tree.slice(read.name_end, read.end);
                        let rest: String = rest.split_whitespace().collect();
                        let dotted = format!("{target}{}", normal(&rest));
                        if !is_harmless(&dotted, self.tree.text(), read.start, read.end) {
                            self.effects.inner_uses.push(dotted);
                        }
                    }
                }
            }
        }
        scope.binds.clear();
        scope.bound.clear();
        scope.globals.clear();
        scope.nonlocals.clear();
        scope.imports.clear();
        self.scratch.spare.push(scope);
        own
    }

    fn mark(&mut self, names: &[NameId]) {
        let scratch = &mut self.scratch;
        scratch.serial += 1;
        if scratch.marks.len() < self.names.len() {
            scratch.marks.resize(self.names.len() + 64, 0);
        }
        for &name in names {
            scratch.marks[name as usize] = scratch.serial;
        }
    }

    /// Moves a read to the scope around the one that closes.
    fn hand_over(&mut self, read: Use, globals: &BTreeSet<NameId>) {
        if globals.contains(&read.name) {
            self.effects.uses.push(read);
            return;
        }
        if let Some(parent) = self.scopes.last_mut() {
            if parent.kind == ScopeKind::Class {
                parent.passed.push(read);
            } else {
                parent.reads.push(read);
            }
        }
    }

    fn read(&mut self, name: NameId, start: u32, name_end: u32, end: u32) {
        let soft = self.soft;
        if let Some(scope) = self.scopes.last_mut() {
            // A class body runs top to bottom: a name is its own from the moment it is bound.
            if scope.kind == ScopeKind::Class
                && scope.bound.contains(&name)
                && !scope.globals.contains(&name)
            {
                return;
            }
            scope.reads.push(Use {
                name,
                start,
                name_end,
                end,
                soft,
            });
        }
    }

    fn bind(&mut self, name: NameId) {
        if let Some(scope) = self.scopes.last_mut() {
            if scope.globals.contains(&name) {
                self.effects.global_binds.push(name);
            } else {
                scope.bind(name);
            }
        }
    }

    fn bind_node(&mut self, node: NodeId) {
        let name = self.names.intern(self.tree.text_of(node));
        self.bind(name);
    }

    /// Binds around comprehensions, as `:=` does.
    fn bind_outside_comprehensions(&mut self, node: NodeId) {
        let name = self.names.intern(self.tree.text_of(node));
        let scope = self
            .scopes
            .iter_mut()
            .rev()
            .find(|scope| scope.kind != ScopeKind::Comprehension);
        if let Some(scope) = scope {
            if scope.globals.contains(&name) {
                self.effects.global_binds.push(name);
            } else {
                scope.bind(name);
            }
        }
    }

    fn in_function(&self) -> bool {
        self.scopes
            .iter()
            .any(|scope| matches!(scope.kind, ScopeKind::Function | ScopeKind::Class))
    }

    fn visit_children(&mut self, node: NodeId) {
        let tree = self.tree;
        for child in tree.children(node) {
            self.visit(child);
        }
    }

    fn visit(&mut self, node: NodeId) {
        let tree = self.tree;
        match tree.kind(node) {
            Kind::Comment | Kind::Operator | Kind::Async | Kind::Integer | Kind::Float => {}
            Kind::Identifier => {
                let place = tree.node(node);
                let name = self.names.intern(tree.text_of(node));
                self.read(name, place.start, place.end, place.end);
            }
            Kind::Attribute => self.visit_attribute(node),
            Kind::Assignment => self.visit_assignment(node),
            Kind::AugmentedAssignment => self.visit_augmented(node),
            Kind::NamedExpression => {
                self.visit_binding(node, FieldName::Name, Self::bind_outside_comprehensions);
            }
            Kind::ForStatement => self.visit_for(node),
            Kind::AsPattern | Kind::ExceptClause | Kind::ExceptGroupClause => {
                self.visit_binding(node, FieldName::Alias, Self::bind_target);
            }
            Kind::ImportStatement | Kind::ImportFromStatement | Kind::FutureImportStatement => {
                self.visit_import(node);
            }
            Kind::FunctionDefinition => self.visit_function(node),
            Kind::ClassDefinition => self.visit_class(node),
            Kind::Lambda => self.visit_lambda(node),
            Kind::ListComprehension
            | Kind::SetComprehension
            | Kind::DictionaryComprehension
            | Kind::GeneratorExpression => self.visit_comprehension(node),
            Kind::GlobalStatement => self.declare(node, true),
            Kind::NonlocalStatement => self.declare(node, false),
            Kind::CaseClause => self.visit_case(node),
            Kind::KeywordArgument => {
                if let Some(value) = tree.child(node, FieldName::Value) {
                    self.visit(value);
                }
            }
            Kind::DeleteStatement => {
                self.visit_children(node);
                for child in tree.children(node) {
                    if tree.kind(child) == Kind::Identifier {
                        self.bind_node(child);
                    }
                }
            }
            Kind::Type => self.visit_annotation(node),
            Kind::MemberType => {
                if let Some(first) = tree.children(node).next() {
                    self.visit(first);
                }
            }
            Kind::TypeAliasStatement => self.visit_type_alias(node),
            Kind::String if self.in_annotation => self.visit_quoted_annotation(node),
            _ => self.visit_children(node),
        }
    }

    /// Visits the children of a node; those in a field are bound instead.
    fn visit_binding(&mut self, node: NodeId, field: FieldName, bind: fn(&mut Self, NodeId)) {
        let tree = self.tree;
        for child in tree.children(node) {
            if tree.node(child).field == field {
                bind(self, child);
            } else {
                self.visit(child);
            }
        }
    }

    /// Reads `a.b.c` as one use of `a`.
    fn visit_attribute(&mut self, node: NodeId) {
        let tree = self.tree;
        let end = tree.node(node).end;
        let mut at = node;
        while tree.kind(at) == Kind::Attribute {
            match tree.child(at, FieldName::Object) {
                Some(object) => at = object,
                None => return,
            }
        }
        if tree.kind(at) == Kind::Identifier {
            let name = self.names.intern(tree.text_of(at));
            self.read(name, tree.node(at).start, tree.node(at).end, end);
        } else {
            self.visit(at);
        }
    }

    fn declare(&mut self, node: NodeId, global: bool) {
        let tree = self.tree;
        for child in tree.children(node) {
            if tree.kind(child) != Kind::Identifier {
                continue;
            }
            let name = self.names.intern(tree.text_of(child));
            let at_module_level = self.scopes.len() == 1;
            if let Some(scope) = self.scopes.last_mut() {
                if !global {
                    scope.nonlocals.insert(name);
                } else if !at_module_level {
                    scope.globals.insert(name);
                }
            }
        }
    }

    fn visit_annotation(&mut self, node: NodeId) {
        let before = std::mem::replace(&mut self.in_annotation, true);
        let lazy = self.lazy_annotations;
        self.softly(lazy, |this| this.visit_children(node));
        self.in_annotation = before;
    }

    /// Reads the names in a quoted annotation such as `"list[Node]"`, softly.
    fn visit_quoted_annotation(&mut self, node: NodeId) {
        let tree = self.tree;
        let place = tree.node(node);
        let text = tree.text_of(node);
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let mut rest = 0;
        while let Some(found) = text[rest..].find(is_name) {
            let start = rest + found;
            let length = text[start..]
                .find(|c| !is_name(c))
                .unwrap_or(text.len() - start);
            let word = &text[start..start + length];
            let attribute = text[..start].ends_with('.');
            if !attribute && !word.starts_with(|c: char| c.is_ascii_digit()) {
                let name = self.names.intern(word);
                let at = place.start + u32::try_from(start).unwrap_or(0);
                let end = at + u32::try_from(length).unwrap_or(0);
                self.softly(true, |this| this.read(name, at, end, end));
            }
            rest = start + length;
        }
    }

    fn softly(&mut self, soft: bool, visit: impl FnOnce(&mut Self)) {
        let before = self.soft;
        self.soft |= soft;
        visit(self);
        self.soft = before;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::SyntaxParser;

    /// The free names and the bound names of a text's only statement.
    fn effects(text: &str) -> (String, String) {
        let tree = SyntaxParser::new(200).parse(text).unwrap();
        let mut names = Names::default();
        let statement = tree.children(Tree::ROOT).next().unwrap();
        let effects = Analyzer::new(&tree, &mut names, false).effects(statement);
        let mut free: Vec<&str> = effects
            .uses
            .iter()
            .map(|found| tree.slice(found.start, found.end))
            .collect();
        free.sort_unstable();
        free.dedup();
        let bound: Vec<&str> = effects.binds.iter().map(|&id| names.text(id)).collect();
        (free.join(" "), bound.join(" "))
    }

    #[test]
    fn functions_hide_their_locals() {
        let text = "def f(a, *b, c: T = d, **e) -> R:\n    x = a + y\n    for i in b: x += i\n    return x, z.w\n";
        assert_eq!(effects(text), ("R T d y z.w".into(), "f".into()));
    }

    #[test]
    fn closures_see_the_functions_around_them() {
        let text = "def f(a):\n    def g():\n        nonlocal a\n        a = b\n        return h(a)\n    def h(x): return x\n    return g\n";
        assert_eq!(effects(text), ("b".into(), "f".into()));
    }

    #[test]
    fn class_names_are_not_seen_by_methods() {
        let text = "class A(B):\n    x = 1\n    y = x\n    def m(self): return x\n";
        assert_eq!(effects(text), ("B x".into(), "A".into()));
    }

    #[test]
    fn a_class_body_runs_top_to_bottom() {
        assert_eq!(effects("class A:\n    y = x\n    x = 1\n").0, "x");
    }

    #[test]
    fn comprehensions_and_walrus() {
        assert_eq!(
            effects("r = [(y := f(x)) for x in xs if x > lo for z in x]"),
            ("f lo xs".into(), "y r".into())
        );
    }

    #[test]
    fn patterns_bind_and_read() {
        let text = "def f(v):\n    match v:\n        case Point(x=0, y=q) if q: return q\n        case [1, *rest] as all: return rest, all\n        case Color.RED | 'a': return other\n        case {'k': k, **more}: return k, more\n        case _: return k2\n";
        assert_eq!(
            effects(text),
            ("Color.RED Point k2 other".into(), "f".into())
        );
    }

    #[test]
    fn except_with_lambda_and_star_targets() {
        let text = "def f():\n    with open(p) as (a, b):\n        try: pass\n        except E as e: print(e, a, b)\n    g = lambda u, v=w: u + v\n    first, *others = g\n    return others\n";
        assert_eq!(effects(text), ("E open p print w".into(), "f".into()));
    }

    #[test]
    fn globals_are_read_from_the_module() {
        let text = "def f():\n    global count\n    count += 1\n    return count\n";
        assert_eq!(effects(text), ("count".into(), "f".into()));
    }

    #[test]
    fn type_parameters_are_local() {
        assert_eq!(
            effects("def f[T](x: T) -> list[T]:\n    return [x]\n").0,
            "list"
        );
        assert_eq!(effects("def f[T: int](x: T):\n    return x\n").0, "int");
    }

    #[test]
    fn f_strings_and_keywords() {
        assert_eq!(effects("s = f'{a!r:>{w}} {b.c}' + g(k=v)").0, "a b.c g v w");
    }
}
