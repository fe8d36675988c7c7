//! Calls with literal arguments anywhere in a file.

use std::collections::HashSet;

use tracestone_record::InputKind;

use crate::module::{BodyNames, NameId, Names};
use crate::names::is_builtin;
use crate::syntax::{FieldName, Kind, NodeId, Tree};

use super::ask::{Cutter, arguments, is_literal};
use super::{MineFrom, Mined, Script};

/// Mines all call sites of a file.
pub(super) fn mine<'t>(from: &MineFrom<'_, 't>, names: &mut Names<'t>, mined: &mut Mined) {
    let tree = from.tree;
    let mut seen: HashSet<&str> = HashSet::new();
    let mut sites: Vec<NodeId> = Vec::new();
    let mut around: Vec<Around<'t>> = Vec::new();
    for node in tree.subtree(Tree::ROOT) {
        while around.last().is_some_and(|around| around.end <= node) {
            around.pop();
        }
        match tree.kind(node) {
            Kind::FunctionDefinition | Kind::ClassDefinition => {
                let found = from
                    .body_names
                    .binary_search_by_key(&node, |body| body.node);
                around.push(Around {
                    end: tree.subtree(node).end,
                    body: found
                        .map_or_else(|_| Vec::new(), |index| sorted(&from.body_names[index])),
                    targets: Vec::new(),
                });
            }
            Kind::ListComprehension
            | Kind::SetComprehension
            | Kind::DictionaryComprehension
            | Kind::GeneratorExpression
            | Kind::Lambda => around.push(Around {
                end: tree.subtree(node).end,
                body: Vec::new(),
                targets: targets(tree, node),
            }),
            Kind::Call => {
                let site = Site {
                    from,
                    names,
                    around: &around,
                };
                if site.qualifies(node) && seen.insert(tree.text_of(node)) {
                    sites.push(node);
                }
            }
            _ => {}
        }
    }
    let mut cutter = Cutter::new(tree, names);
    for call in sites {
        let line = from.lines.line(tree.node(call).start);
        let mut script = Script::new(None);
        script
            .asks
            .push(cutter.ask(call, 0, InputKind::CallSite, line));
        mined.scripts.push(script);
    }
}

/// A construct around a call that binds names.
struct Around<'t> {
    end: NodeId,
    /// The names of a function or class, sorted.
    body: Vec<NameId>,
    /// The variables of a comprehension or `lambda`.
    targets: Vec<&'t str>,
}

fn sorted(body: &BodyNames) -> Vec<NameId> {
    let mut names = body.names.clone();
    names.sort_unstable();
    names
}

/// The names that a comprehension or `lambda` binds.
fn targets<'t>(tree: &Tree<'t>, node: NodeId) -> Vec<&'t str> {
    let mut found = Vec::new();
    for child in tree.children(node) {
        let bound = match tree.kind(child) {
            Kind::ForInClause => tree.child(child, FieldName::Left),
            Kind::LambdaParameters => Some(child),
            _ => None,
        };
        let identifiers = bound.into_iter().flat_map(|bound| tree.subtree(bound));
        let identifiers = identifiers.filter(|&id| tree.kind(id) == Kind::Identifier);
        found.extend(identifiers.map(|id| tree.text_of(id)));
    }
    found
}

struct Site<'a, 't> {
    from: &'a MineFrom<'a, 't>,
    names: &'a Names<'t>,
    /// Constructs around the call, the outermost first.
    around: &'a [Around<'t>],
}

impl Site<'_, '_> {
    /// True if the callee is a name of the module and everything in the call is known without running
    /// anything.
    fn qualifies(&self, call: NodeId) -> bool {
        let tree = self.from.tree;
        let Some(function) = tree.child(call, FieldName::Function) else {
            return false;
        };
        let Some(root) = crate::module::root(tree, function) else {
            return false;
        };
        let text = tree.text_of(root);
        if !self.is_module_name(text) || text == "main" || text.starts_with("test") {
            return false;
        }
        let arguments = arguments(tree, call);
        // A class called without arguments, or a bare `main()`-like call, asks nothing.
        if arguments.is_empty() && text.starts_with(char::is_uppercase) && root == function {
            return false;
        }
        self.is_closed(function)
            && arguments
                .into_iter()
                .all(|argument| self.is_closed(argument))
    }

    fn is_module_name(&self, name: &str) -> bool {
        self.names
            .get(name)
            .is_some_and(|id| (self.from.is_bound)(id) && !self.is_local(id))
    }

    fn is_local(&self, name: NameId) -> bool {
        self.around.iter().any(|around| {
            around.body.binary_search(&name).is_ok()
                || around.targets.contains(&self.names.text(name))
        })
    }

    /// Literals, names of the module, builtins and calls of them; nothing that binds names.
    fn is_closed(&self, node: NodeId) -> bool {
        let tree = self.from.tree;
        if is_literal(tree, node) {
            return true;
        }
        match tree.kind(node) {
            Kind::Identifier => {
                let text = tree.text_of(node);
                self.is_module_name(text)
                    || is_builtin(text) && self.names.get(text).is_none_or(|id| !self.is_local(id))
            }
            Kind::Attribute => tree
                .child(node, FieldName::Object)
                .is_some_and(|object| self.is_closed(object)),
            Kind::KeywordArgument => tree
                .child(node, FieldName::Value)
                .is_some_and(|value| self.is_closed(value)),
            Kind::Operator | Kind::Comment | Kind::Integer | Kind::Float => true,
            Kind::Call
            | Kind::ArgumentList
            | Kind::List
            | Kind::Tuple
            | Kind::Set
            | Kind::Dictionary
            | Kind::Pair
            | Kind::UnaryOperator
            | Kind::BinaryOperator
            | Kind::ParenthesizedExpression
            | Kind::Subscript => tree.children(node).all(|child| self.is_closed(child)),
            _ => false,
        }
    }
}
