//! Text to tree, within limits.

use std::ops::ControlFlow;

use tree_sitter::{ParseOptions, ParseState, Parser};

use super::kind::Grammar;
use super::respell::{Respelled, respelled};
use super::tree::{Node, Tree};

/// Reason that there is no tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParseFailure {
    /// Nested more deeply than the limit.
    TooDeep,
    /// Recovery from syntax errors took more steps than the text's length justifies.
    TooCostly,
}

/// A parser to be used for many texts, one after the other.
pub(crate) struct SyntaxParser {
    parser: Parser,
    max_depth: u32,
    /// The memory of a tree that is no longer needed.
    spare: Vec<Node>,
}

/// Tree-sitter reports progress once per this many parse operations; the bound below is in reports.
/// Valid Python needs about one report per hundred bytes, so this leaves a factor of a hundred for
/// error recovery and still ends hostile input after time linear in its length. A count of
/// operations, unlike a time limit, cuts off at the same place on every machine.
const REPORTS_PER_BYTE: usize = 1;
const REPORTS_AT_LEAST: usize = 10_000;

impl SyntaxParser {
    pub(crate) fn new(max_depth: u32) -> Self {
        let mut parser = Parser::new();
        parser
            .set_language(&Grammar::get().language)
            .expect("the grammar and the library are built together");
        Self {
            parser,
            max_depth,
            spare: Vec::new(),
        }
    }

    /// Takes a tree's memory for the next one.
    pub(crate) fn recycle(&mut self, tree: Tree<'_>) {
        let nodes = tree.into_nodes();
        if nodes.capacity() > self.spare.capacity() {
            self.spare = nodes;
        }
    }

    /// Parses a text shorter than 4 GiB. Where tree-sitter finds errors that another spelling does not
    /// have, the tree is that spelling's; its places are the same.
    pub(crate) fn parse<'t>(&mut self, text: &'t str) -> Result<Tree<'t>, ParseFailure> {
        if bracket_depth(text) > self.max_depth as usize {
            return Err(ParseFailure::TooDeep);
        }
        let first = self.parse_bytes(text.as_bytes());
        let troubled = first
            .as_ref()
            .map_or(true, |tree| tree.root_node().has_error());
        let second = troubled.then(|| respelled(text)).flatten();
        let second = second.and_then(|Respelled { text, comments }| {
            Some((self.parse_bytes(text.as_bytes()).ok()?, comments))
        });
        let (tree, comments) = match (first, second) {
            (Ok(first), Some((second, _))) if damage(&first) <= damage(&second) => {
                (first, Vec::new())
            }
            (_, Some(second)) => second,
            (first, None) => (first?, Vec::new()),
        };
        let spare = std::mem::take(&mut self.spare);
        Tree::build(text, &tree, comments, self.max_depth, spare).map_err(|_| ParseFailure::TooDeep)
    }

    fn parse_bytes(&mut self, bytes: &[u8]) -> Result<tree_sitter::Tree, ParseFailure> {
        let allowed = REPORTS_AT_LEAST + bytes.len() * REPORTS_PER_BYTE;
        let mut reports = 0_usize;
        let mut watch = |_: &ParseState| {
            reports += 1;
            if reports > allowed {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let parsed = self.parser.parse_with_options(
            &mut |offset, _| bytes.get(offset..).unwrap_or_default(),
            None,
            Some(ParseOptions::new().progress_callback(&mut watch)),
        );
        parsed.ok_or_else(|| {
            self.parser.reset();
            ParseFailure::TooCostly
        })
    }
}

/// Number of bytes in regions that could not be parsed; a missing token counts as one.
fn damage(tree: &tree_sitter::Tree) -> usize {
    let mut cursor = tree.walk();
    let mut total = 0;
    loop {
        let node = cursor.node();
        if node.is_error() || node.is_missing() {
            total += 1 + node.end_byte() - node.start_byte();
        } else if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return total;
            }
        }
    }
}

/// Approximate maximal depth of nested brackets outside strings and comments. It is cheap, and keeps the
/// parser away from texts that consist of opening brackets.
fn bracket_depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut quote = None;
    let mut comment = false;
    let mut escaped = false;
    for byte in text.bytes() {
        match (byte, quote) {
            // Single-quoted strings end with their line; a triple-quoted one looks like an empty
            // string, a string and an empty string, which is as good.
            (b'\n', _) => {
                quote = None;
                comment = false;
                escaped = false;
            }
            _ if comment => {}
            (_, Some(_)) if escaped => escaped = false,
            (b'\\', Some(_)) => escaped = true,
            (b'"' | b'\'', None) => quote = Some(byte),
            (_, Some(open)) if byte == open => quote = None,
            (_, Some(_)) => {}
            (b'#', None) => comment = true,
            (b'(' | b'[' | b'{', None) => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            (b')' | b']' | b'}', None) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Kind;

    #[test]
    fn a_subtree_is_a_range() {
        let mut parser = SyntaxParser::new(200);
        let tree = parser.parse("def f(x):\n    return x\n").unwrap();
        let function = tree.children(Tree::ROOT).next().unwrap();
        assert_eq!(tree.kind(function), Kind::FunctionDefinition);
        assert_eq!(tree.text_of(function), "def f(x):\n    return x");
        assert_eq!(tree.subtree(Tree::ROOT).end, tree.subtree(function).end);
    }

    #[test]
    fn deep_nesting_is_refused() {
        let mut parser = SyntaxParser::new(200);
        for text in [
            "(".repeat(100_000),
            format!("x = {}1{}", "[".repeat(100_000), "]".repeat(100_000)),
            format!("x = {}1", "-".repeat(100_000)),
            format!("x = {}1", "not ".repeat(100_000)),
            format!("x = 1{}", " + 1".repeat(100_000)),
            format!("x{}", ".y".repeat(100_000)),
            format!("x{}", "()".repeat(100_000)),
        ] {
            assert!(parser.parse(&text).is_err(), "{}", &text[..20]);
        }
        assert!(parser.parse("x = 1\n").is_ok());
    }

    #[test]
    fn valid_python_that_the_grammar_refuses_is_respelled() {
        let mut parser = SyntaxParser::new(200);
        for text in [
            "if x:\n    r = l[i+\n1]\n    s\n",
            "def f():\n    return {\n1: # c\n2,\n}\n",
            "def f():\n    x = (a)(\nb)[\n0 \\\n]\n",
            "def f():\n    from a import (\nb,\nc)\n",
            "x = f'{num:=.2Uf}' f\"{n:=^{w}}\"\n",
            "class A:\n    @a\n# c\n    @b # d\n  # e\n    def f(self): pass\n",
            "class A[T: int = str]: pass\ntype X[*Ts = *tuple[int]] = A[T]\n",
        ] {
            let tree = parser.parse(text).unwrap();
            assert!(!tree.node(Tree::ROOT).error, "{text}");
            let comments = tree
                .subtree(Tree::ROOT)
                .filter(|&id| tree.kind(id) == Kind::Comment);
            let comments: Vec<&str> = comments.map(|id| tree.text_of(id)).collect();
            let hashes: Vec<&str> = text
                .lines()
                .filter_map(|line| line.find('#').map(|at| &line[at..]))
                .collect();
            assert_eq!(comments, hashes, "{text}");
        }
        assert!(
            parser
                .parse("def f(:\n    x[\n1]\n")
                .unwrap()
                .node(Tree::ROOT)
                .error
        );
    }

    #[test]
    fn python_2_is_noticed() {
        let mut parser = SyntaxParser::new(200);
        let mut noticed = |text: &str| {
            let tree = parser.parse(text).unwrap();
            tree.subtree(Tree::ROOT).any(|id| tree.is_python2(id))
        };
        assert!(noticed("print 'x'\n"));
        assert!(noticed("try:\n    pass\nexcept ValueError, e:\n    pass\n"));
        assert!(!noticed(
            "try:\n    pass\nexcept ValueError, TypeError:\n    pass\n"
        ));
        assert!(!noticed("print('x')\n"));
    }
}
