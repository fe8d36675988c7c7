//! Statements that change the state of modules they import: `random.seed(1)`, `getcontext().prec = 5`,
//! `math.tau = 3`, and calls of the file's own functions that do so.

use std::collections::{BTreeMap, BTreeSet};

use crate::syntax::{FieldName, Kind, NodeId, Tree};

use super::item::{Item, MUTATORS, Shape};
use super::names::{NameId, Names};

/// Functions that set what other functions of their module do from then on.
const SETTERS: &[&str] = &[
    "calendar.setfirstweekday",
    "codecs.register",
    "codecs.register_error",
    "copyreg.pickle",
    "csv.field_size_limit",
    "csv.register_dialect",
    "csv.unregister_dialect",
    "decimal.setcontext",
    "locale.setlocale",
    "sys.set_int_max_str_digits",
    "sys.setrecursionlimit",
    "warnings.filterwarnings",
    "warnings.resetwarnings",
    "warnings.simplefilter",
    "xml.etree.ElementTree.register_namespace",
];
/// Functions that give the object in which their module keeps its state.
const HANDLES: &[&str] = &["decimal.getcontext"];
/// Managers of contexts that put a module's state back at the end of their block.
const RESTORING: &[&str] = &["localcontext", "catch_warnings"];
/// Changes that one definition stands for at most.
const MAX_CHANGES: usize = 64;

/// Reach of a change of a module's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// Everything in the module: a setter was called.
    Module,
    /// An attribute of the module, and what else there may read it.
    Attribute,
    /// One object in the module, such as a list.
    Object,
}

/// Change of what an import brings, by one top-level statement when it runs.
#[derive(Debug)]
pub(crate) struct LibraryChange {
    /// Position of the statement.
    pub(crate) item: usize,
    /// Dotted name of what changes or is called: `math.tau`, `random.seed`.
    pub(crate) target: String,
    reach: Reach,
}

impl LibraryChange {
    /// True if the value or the work of a used dotted name may depend on the change.
    pub(crate) fn concerns(&self, used: &str) -> bool {
        let (target, module) = (self.target.as_str(), top(&self.target));
        let related = is_within(used, target) || used != module && is_within(target, used);
        match (self.reach, module) {
            (Reach::Module, "sys") => concerns_interpreter(target, used),
            (Reach::Module, "locale") => {
                matches!(top(used), "calendar" | "datetime" | "locale" | "time")
            }
            (Reach::Module, "copyreg") => matches!(top(used), "copy" | "copyreg" | "pickle"),
            (Reach::Module, "random") => top(used) == module && !used.ends_with("Random"),
            (Reach::Attribute, "builtins") => {
                related
                    || target
                        .strip_prefix("builtins.")
                        .is_some_and(|name| is_within(used, name))
            }
            // What is written there is what a run records.
            (Reach::Attribute, "sys") if target.starts_with("sys.std") => false,
            (Reach::Attribute, "sys" | "os" | "logging") | (Reach::Object, _) => related,
            _ => top(used) == module,
        }
    }

    /// True if it decides which random numbers follow.
    fn seeds(&self) -> bool {
        matches!(self.target.as_str(), "random.seed" | "random.setstate")
    }
}

/// True if a setting of the interpreter is read by a used name.
fn concerns_interpreter(target: &str, used: &str) -> bool {
    match target {
        "sys.setrecursionlimit" => used == "sys.getrecursionlimit",
        _ => {
            used == "sys.get_int_max_str_digits"
                || matches!(used, "str" | "int" | "repr" | "print" | "format")
        }
    }
}

fn top(dotted: &str) -> &str {
    dotted.split('.').next().unwrap_or(dotted)
}

/// True if a dotted name is another one, or a part of what that one names.
fn is_within(inner: &str, outer: &str) -> bool {
    let rest = inner.strip_prefix(outer);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Targets of changes with their reaches.
type Changes = BTreeSet<(String, Reach)>;

/// The changes of imported modules' state that the statements of a file make, in their order.
pub(super) fn library_changes<'t>(
    tree: &Tree<'t>,
    items: &[Item<'t>],
    names: &Names<'t>,
) -> Vec<LibraryChange> {
    let statements: Vec<NodeId> = tree.code_children(Tree::ROOT).collect();
    let mut scan = Scan {
        tree,
        names,
        meant: BTreeMap::new(),
        local: BTreeMap::new(),
    };
    scan.add_imports(items.iter().flat_map(|item| &item.effects.imports));
    for (item, &node) in items.iter().zip(&statements) {
        if item.shape == Shape::Assignment {
            scan.add_aliases(node);
        }
    }
    scan.meant = std::mem::take(&mut scan.local);
    let made = by_definition(&mut scan, &statements, items);
    scan.local.clear();
    let mut found = Vec::new();
    for (position, (item, &node)) in items.iter().zip(&statements).enumerate() {
        if !matches!(
            item.shape,
            Shape::Assignment
                | Shape::Change
                | Shape::Loop
                | Shape::Condition
                | Shape::Compound
                | Shape::Delete
        ) {
            continue;
        }
        let mut changes = scan.changes(node, false);
        if !made.is_empty() && tree.subtree(node).any(|id| tree.kind(id) == Kind::Call) {
            for found_use in &item.effects.uses {
                changes.extend(made.get(&found_use.name).into_iter().flatten().cloned());
            }
        }
        found.extend(changes.into_iter().map(|(target, reach)| LibraryChange {
            item: position,
            target,
            reach,
        }));
    }
    // A number that is drawn before any seed is another one each time.
    let seeded = found
        .iter()
        .find(|change| change.seeds())
        .map(|change| change.item);
    found.retain(|change| {
        top(&change.target) != "random"
            || change.reach != Reach::Module
            || seeded.is_some_and(|seeded| seeded <= change.item)
    });
    found
}

/// The changes that running each definition makes, directly and through others that it mentions.
fn by_definition<'t>(
    scan: &mut Scan<'_, 't>,
    statements: &[NodeId],
    items: &[Item<'t>],
) -> BTreeMap<NameId, Changes> {
    let mut made: BTreeMap<NameId, Changes> = BTreeMap::new();
    let mut users: BTreeMap<NameId, BTreeSet<NameId>> = BTreeMap::new();
    for (item, &node) in items.iter().zip(statements) {
        let (true, Some(&own)) = (item.is_definition(), item.effects.binds.first()) else {
            continue;
        };
        scan.local.clear();
        scan.add_imports(item.effects.inner_imports.iter());
        scan.add_aliases(node);
        let changes = scan.changes(node, true);
        if !changes.is_empty() {
            made.entry(own)
                .or_default()
                .extend(changes.into_iter().take(MAX_CHANGES));
        }
        for found in &item.effects.uses {
            users.entry(found.name).or_default().insert(own);
        }
    }
    let mut queue: Vec<NameId> = made.keys().copied().collect();
    while let Some(changed) = queue.pop() {
        let reached = made.get(&changed).cloned().unwrap_or_default();
        for &user in users.get(&changed).into_iter().flatten() {
            let own = made.entry(user).or_default();
            let before = own.len();
            let room = MAX_CHANGES.saturating_sub(before);
            let new: Vec<_> = reached.difference(own).take(room).cloned().collect();
            own.extend(new);
            if own.len() > before {
                queue.push(user);
            }
        }
    }
    made
}

/// A reader of statements that knows which names are imported.
struct Scan<'a, 't> {
    tree: &'a Tree<'t>,
    names: &'a Names<'t>,
    /// Dotted names of what names stand for.
    meant: BTreeMap<NameId, String>,
    /// Those of the definition that is read.
    local: BTreeMap<NameId, String>,
}

impl<'t> Scan<'_, 't> {
    fn add_imports<'i>(&mut self, imports: impl Iterator<Item = &'i super::ImportBinding<'t>>)
    where
        't: 'i,
    {
        for import in imports.filter(|import| import.level == 0) {
            self.local.insert(import.name, import.target(self.names));
        }
    }

    /// Notes names that stand for what an import brings: `context = getcontext()`, `seed = random.seed`.
    fn add_aliases(&mut self, node: NodeId) {
        let tree = self.tree;
        for id in tree.subtree(node) {
            if tree.kind(id) == Kind::Assignment
                && let Some(left) = tree.child(id, FieldName::Left)
                && tree.kind(left) == Kind::Identifier
                && let Some(name) = self.names.get(tree.text_of(left))
                && let Some(right) = tree.child(id, FieldName::Right)
                && let Some(dotted) = self.dotted(right)
            {
                self.local.insert(name, dotted);
            }
        }
    }

    /// The dotted name of what an expression gives, if an import brings it.
    fn dotted(&self, node: NodeId) -> Option<String> {
        let tree = self.tree;
        match tree.kind(node) {
            Kind::Identifier => {
                let name = self.names.get(tree.text_of(node))?;
                let meant = self.local.get(&name).or_else(|| self.meant.get(&name));
                meant.cloned()
            }
            Kind::Attribute => {
                let object = tree.child(node, FieldName::Object)?;
                let rest = tree.slice(tree.node(object).end, tree.node(node).end);
                let rest: String = rest.split_whitespace().collect();
                Some(format!("{}{rest}", self.dotted(object)?))
            }
            Kind::Call => {
                let called = self.dotted(tree.child(node, FieldName::Function)?)?;
                HANDLES.contains(&called.as_str()).then_some(called)
            }
            Kind::ParenthesizedExpression => self.dotted(tree.code_children(node).next()?),
            _ => None,
        }
    }

    /// The changes that a statement makes; bodies of functions count where they are asked for.
    fn changes(&self, node: NodeId, bodies: bool) -> Changes {
        let tree = self.tree;
        let mut found = Changes::new();
        let mut next = node;
        for id in tree.subtree(node) {
            if id < next {
                continue;
            }
            match tree.kind(id) {
                Kind::FunctionDefinition | Kind::Lambda if !bodies => next = tree.node(id).next,
                Kind::WithStatement if self.restores(id) => next = tree.node(id).next,
                Kind::Assignment | Kind::AugmentedAssignment => {
                    if let Some(left) = tree.child(id, FieldName::Left) {
                        self.add_targets(left, &mut found);
                    }
                }
                Kind::DeleteStatement => self.add_targets(id, &mut found),
                Kind::Call => self.add_call(id, &mut found),
                _ => {}
            }
        }
        found
    }

    fn restores(&self, statement: NodeId) -> bool {
        let tree = self.tree;
        let head = tree
            .children(statement)
            .find(|&child| tree.kind(child) == Kind::WithClause);
        let head = head.map_or("", |head| tree.text_of(head));
        RESTORING.iter().any(|name| head.contains(name))
    }

    fn add_targets(&self, target: NodeId, found: &mut Changes) {
        let tree = self.tree;
        match tree.kind(target) {
            Kind::Attribute => self.add_assigned(self.dotted(target), found),
            Kind::Subscript => {
                let value = tree.child(target, FieldName::Value);
                self.add_assigned(value.and_then(|value| self.dotted(value)), found);
            }
            Kind::Identifier => {}
            _ => {
                for child in tree.code_children(target) {
                    self.add_targets(child, found);
                }
            }
        }
    }

    fn add_assigned(&self, target: Option<String>, found: &mut Changes) {
        let Some(target) = target.filter(|target| target.contains('.')) else {
            return;
        };
        let reach = match HANDLES.iter().any(|handle| is_within(&target, handle)) {
            true => Reach::Module,
            false => Reach::Attribute,
        };
        found.insert((target, reach));
    }

    fn add_call(&self, call: NodeId, found: &mut Changes) {
        let tree = self.tree;
        let Some(function) = tree.child(call, FieldName::Function) else {
            return;
        };
        if matches!(tree.text_of(function), "setattr" | "delattr") {
            return self.add_assigned(self.set_by_name(call), found);
        }
        let Some(called) = self.dotted(function) else {
            return;
        };
        let (object, last) = called.rsplit_once('.').unwrap_or(("", &called));
        let of_handle = HANDLES.iter().any(|handle| is_within(object, handle));
        let draws = object == "random" && last.starts_with(|c: char| c.is_ascii_lowercase());
        if of_handle || draws || SETTERS.contains(&called.as_str()) {
            found.insert((called, Reach::Module));
        } else if object.contains('.') && MUTATORS.contains(&last) {
            found.insert((object.to_owned(), Reach::Object));
        }
    }

    /// `math.tau` of `setattr(math, "tau", 3)`.
    fn set_by_name(&self, call: NodeId) -> Option<String> {
        let tree = self.tree;
        let list = tree.child(call, FieldName::Arguments)?;
        let mut arguments = tree.code_children(list);
        let object = self.dotted(arguments.next()?)?;
        let name = tree.text_of(arguments.next()?);
        Some(format!("{object}.{}", name.trim_matches(['\'', '"'])))
    }
}
