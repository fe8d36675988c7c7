//! Guessed types of parameters without annotation, from their uses in the body.
//!
//! Every use votes for a type; the type with the most votes wins. A method that only one type has counts more
//! than an operator that many types have.

use std::collections::BTreeMap;

use crate::syntax::{FieldName, Kind, NodeId, Tree};

/// Votes of a use that nearly settles the matter.
const STRONG: u32 = 4;
/// Votes of a use that other types allow, too.
const WEAK: u32 = 1;

/// Guesses for parameters of a function by name, written as annotations.
pub(super) fn guesses<'t>(
    tree: &Tree<'t>,
    function: NodeId,
    wanted: &[&str],
) -> BTreeMap<&'t str, &'static str> {
    let Some(body) = tree.child(function, FieldName::Body) else {
        return BTreeMap::new();
    };
    let mut votes = Votes {
        tree,
        wanted,
        counts: BTreeMap::new(),
    };
    for id in tree.subtree(body) {
        votes.look_at(id);
    }
    let mut best: BTreeMap<&str, (u32, &'static str)> = BTreeMap::new();
    for ((name, kind), count) in votes.counts {
        let entry = best.entry(name).or_insert((count, kind));
        if count > entry.0 {
            *entry = (count, kind);
        }
    }
    best.into_iter()
        .map(|(name, (_, kind))| (name, kind))
        .collect()
}

struct Votes<'a, 't> {
    tree: &'a Tree<'t>,
    wanted: &'a [&'a str],
    counts: BTreeMap<(&'t str, &'static str), u32>,
}

impl<'t> Votes<'_, 't> {
    fn parameter(&self, node: Option<NodeId>) -> Option<&'t str> {
        let node = node.filter(|&node| self.tree.kind(node) == Kind::Identifier)?;
        let name = self.tree.text_of(node);
        self.wanted.contains(&name).then_some(name)
    }

    fn vote(&mut self, name: Option<&'t str>, kind: &'static str, weight: u32) {
        if let Some(name) = name {
            *self.counts.entry((name, kind)).or_default() += weight;
        }
    }

    fn look_at(&mut self, id: NodeId) {
        let tree = self.tree;
        match tree.kind(id) {
            Kind::Call => self.call(id),
            Kind::Subscript => self.subscript(id),
            Kind::ForStatement | Kind::ForInClause => {
                let name = self.parameter(tree.child(id, FieldName::Right));
                self.vote(name, "list[int]", WEAK);
            }
            Kind::BinaryOperator | Kind::AugmentedAssignment => {
                let left = tree.child(id, FieldName::Left);
                let right = tree.child(id, FieldName::Right);
                self.operands(left, right);
            }
            Kind::ComparisonOperator => {
                let sides: Vec<NodeId> = tree
                    .code_children(id)
                    .filter(|&side| tree.kind(side) != Kind::Operator)
                    .collect();
                for pair in sides.windows(2) {
                    self.operands(Some(pair[0]), Some(pair[1]));
                }
            }
            _ => {}
        }
    }

    fn call(&mut self, call: NodeId) {
        let tree = self.tree;
        let Some(function) = tree.child(call, FieldName::Function) else {
            return;
        };
        if tree.kind(function) == Kind::Attribute {
            let name = self.parameter(tree.child(function, FieldName::Object));
            let method = tree
                .child(function, FieldName::Attribute)
                .map_or("", |method| tree.text_of(method));
            if let Some(kind) = owner_of(method) {
                self.vote(name, kind, STRONG);
            }
        }
        let Some(arguments) = tree.child(call, FieldName::Arguments) else {
            return;
        };
        let callee = tree.text_of(function);
        let mut arguments = tree.code_children(arguments);
        let first = arguments.next();
        let name = self.parameter(first);
        if callee == "isinstance" {
            let kind = arguments.next().map_or("", |kind| tree.text_of(kind));
            if let Some(kind) = plain_type(kind) {
                self.vote(name, kind, STRONG);
            }
            return;
        }
        let (kind, weight) = match callee {
            "range" | "chr" | "bin" | "hex" | "math.factorial" | "math.isqrt" => ("int", STRONG),
            "ord" => ("str", STRONG),
            "math.sqrt" | "math.sin" | "math.cos" | "math.log" | "math.exp" => ("float", STRONG),
            "abs" | "round" | "float" | "divmod" | "math.floor" | "math.ceil" => ("float", WEAK),
            "str" => ("int", WEAK),
            "sum" | "max" | "min" | "sorted" => ("list[int]", STRONG),
            "len" | "enumerate" | "list" | "set" | "tuple" | "reversed" | "zip" | "iter" => {
                ("list[int]", WEAK)
            }
            _ => return,
        };
        self.vote(name, kind, weight);
    }

    fn subscript(&mut self, id: NodeId) {
        let tree = self.tree;
        let value = tree.child(id, FieldName::Value);
        let index = tree.child(id, FieldName::Subscript);
        let by_text = index.is_some_and(|index| tree.kind(index) == Kind::String);
        let kind = if by_text {
            "dict[str, int]"
        } else {
            "list[int]"
        };
        let name = self.parameter(value);
        self.vote(name, kind, 2 * WEAK);
        let inner = value.filter(|&value| tree.kind(value) == Kind::Subscript);
        if let Some(inner) = inner {
            let name = self.parameter(tree.child(inner, FieldName::Value));
            self.vote(name, "list[list[int]]", STRONG);
        }
        // What indexes something is an integer, most of the time.
        let name = self.parameter(index);
        self.vote(name, "int", WEAK);
    }

    fn operands(&mut self, left: Option<NodeId>, right: Option<NodeId>) {
        for (one, other) in [(left, right), (right, left)] {
            let name = self.parameter(one);
            let Some(other) = other.filter(|_| name.is_some()) else {
                continue;
            };
            let (kind, weight) = match self.tree.kind(other) {
                Kind::Integer => ("int", 2 * WEAK),
                Kind::Float => ("float", STRONG),
                Kind::String => ("str", STRONG),
                Kind::List => ("list[int]", STRONG),
                Kind::None => continue,
                _ => ("int", WEAK),
            };
            self.vote(name, kind, weight);
        }
    }
}

/// The built-in type that alone, or most likely, has a method.
fn owner_of(method: &str) -> Option<&'static str> {
    Some(match method {
        "lower" | "upper" | "strip" | "split" | "replace" | "startswith" | "endswith"
        | "isdigit" | "isalpha" | "isalnum" | "isupper" | "islower" | "isspace" | "find"
        | "encode" | "format" | "rstrip" | "lstrip" | "title" | "capitalize" | "splitlines"
        | "partition" | "join" | "swapcase" | "zfill" | "casefold" | "rsplit" | "isnumeric"
        | "rfind" => "str",
        "append" | "extend" | "insert" | "sort" | "reverse" | "index" => "list[int]",
        "items" | "keys" | "values" | "get" | "setdefault" => "dict[str, int]",
        "add" | "discard" | "union" | "intersection" | "difference" | "issubset" => "set[int]",
        "bit_length" => "int",
        "is_integer" => "float",
        "decode" | "hex" => "bytes",
        _ => return None,
    })
}

fn plain_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "int" => "int",
        "float" | "(int, float)" | "(float, int)" => "float",
        "str" => "str",
        "bytes" => "bytes",
        "bool" => "bool",
        "list" | "(list, tuple)" | "(tuple, list)" => "list[int]",
        "tuple" => "tuple[int, ...]",
        "dict" => "dict[str, int]",
        "set" => "set[int]",
        _ => return None,
    })
}
