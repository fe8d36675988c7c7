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

/// Evidence about a parameter in the body.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Guess {
    /// The type that most uses suggest, written as an annotation.
    pub(super) guess: Option<&'static str>,
    /// The types that it asks for, in the order in which it does.
    pub(super) wishes: Vec<String>,
}

/// Guesses for parameters of a function by name.
pub(super) fn guesses<'t>(
    tree: &Tree<'t>,
    function: NodeId,
    wanted: &[&str],
) -> BTreeMap<&'t str, Guess> {
    let Some(body) = tree.child(function, FieldName::Body) else {
        return BTreeMap::new();
    };
    let mut votes = Votes {
        tree,
        wanted,
        elements: BTreeMap::new(),
        counts: BTreeMap::new(),
        wishes: BTreeMap::new(),
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
    let mut found: BTreeMap<&str, Guess> = BTreeMap::new();
    for (name, (_, kind)) in best {
        found.entry(name).or_default().guess = Some(kind);
    }
    for (name, wishes) in votes.wishes {
        found.entry(name).or_default().wishes = wishes;
    }
    found
}

struct Votes<'a, 't> {
    tree: &'a Tree<'t>,
    wanted: &'a [&'a str],
    /// The parameters over whose elements a loop's variable goes.
    elements: BTreeMap<&'t str, &'t str>,
    counts: BTreeMap<(&'t str, &'static str), u32>,
    wishes: BTreeMap<&'t str, Vec<String>>,
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
                let variable = tree.child(id, FieldName::Left);
                if let (Some(name), Some(variable)) = (name, variable)
                    && tree.kind(variable) == Kind::Identifier
                {
                    self.elements.insert(tree.text_of(variable), name);
                }
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
                if let [left, right] = sides[..]
                    && self.type_check(id, left, right)
                {
                    return;
                }
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
            if let (Some(first), Some(kind)) = (first, arguments.next()) {
                self.wish(first, kind);
            }
            return;
        }
        self.called(function, call);
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

    /// A parameter that is called takes as many arguments as it is given.
    fn called(&mut self, function: NodeId, call: NodeId) {
        let tree = self.tree;
        let name = self.parameter(Some(function));
        let Some(arguments) = tree
            .child(call, FieldName::Arguments)
            .filter(|_| name.is_some())
        else {
            return;
        };
        let plain = tree.code_children(arguments).all(|argument| {
            !matches!(
                tree.kind(argument),
                Kind::ListSplat | Kind::DictionarySplat | Kind::KeywordArgument
            )
        });
        let kind = match tree.code_children(arguments).count() {
            0 if plain => "Callable[[], Any]",
            1 if plain => "Callable[[Any], Any]",
            2 if plain => "Callable[[Any, Any], Any]",
            3 if plain => "Callable[[Any, Any, Any], Any]",
            _ => "Callable",
        };
        self.vote(name, kind, 2 * STRONG);
    }

    /// `type(x) is T`, `type(x) == T` and `type(x) in (T, U)`.
    fn type_check(&mut self, comparison: NodeId, left: NodeId, right: NodeId) -> bool {
        let tree = self.tree;
        let operator = tree
            .children(comparison)
            .find(|&child| tree.kind(child) == Kind::Operator)
            .map_or("", |operator| tree.text_of(operator));
        let function = tree.child(left, FieldName::Function);
        let arguments = tree.child(left, FieldName::Arguments);
        let (Kind::Call, Some(function), Some(arguments)) = (tree.kind(left), function, arguments)
        else {
            return false;
        };
        let mut arguments = tree.code_children(arguments);
        let (Some(value), None) = (arguments.next(), arguments.next()) else {
            return false;
        };
        let checks = tree.text_of(function) == "type"
            && matches!(operator, "is" | "==" | "in" | "!=" | "is not" | "not in");
        if checks {
            self.wish(value, right);
        }
        checks
    }

    /// Notes the types that a value is compared with: a parameter, or an element of one.
    fn wish(&mut self, value: NodeId, kinds: NodeId) {
        let tree = self.tree;
        if tree.kind(value) != Kind::Identifier {
            return;
        }
        let variable = tree.text_of(value);
        let own = self.parameter(Some(value));
        let is_element = own.is_none();
        let Some(name) = own.or_else(|| self.elements.get(variable).copied()) else {
            return;
        };
        let named = |id| matches!(tree.kind(id), Kind::Identifier | Kind::Attribute);
        let kinds: Vec<NodeId> = match tree.kind(kinds) {
            Kind::Tuple => tree.code_children(kinds).collect(),
            Kind::BinaryOperator => tree
                .code_children(kinds)
                .filter(|&part| tree.kind(part) != Kind::Operator)
                .collect(),
            _ => vec![kinds],
        };
        let wishes = self.wishes.entry(name).or_default();
        for kind in kinds.into_iter().filter(|&kind| named(kind)) {
            let kind = tree.text_of(kind);
            let wish = match is_element {
                true => format!("list[{kind} | int]"),
                false => kind.to_owned(),
            };
            if !wishes.contains(&wish) {
                wishes.push(wish);
            }
        }
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
