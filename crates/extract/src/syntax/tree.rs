//! The flat tree.

use tree_sitter::TreeCursor;

use super::kind::{FieldName, Grammar, Kind};

/// The position of a node in its [`Tree`].
pub(crate) type NodeId = u32;

/// One node. Sixteen bytes, so that a whole file's tree stays in the cache.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    /// Offset of the first byte.
    pub(crate) start: u32,
    /// Offset after the last byte.
    pub(crate) end: u32,
    /// The node after this node's subtree.
    pub(crate) next: NodeId,
    pub(crate) kind: Kind,
    pub(crate) field: FieldName,
    /// True if the subtree contains a syntax error.
    pub(crate) error: bool,
    /// True if an `except` clause has a comma: `except A, b:`.
    pub(crate) comma: bool,
}

/// A syntax tree in preorder, with the text it was made from.
#[derive(Debug)]
pub(crate) struct Tree<'t> {
    pub(crate) text: &'t str,
    nodes: Vec<Node>,
}

/// The tree is nested more deeply than allowed.
#[derive(Debug)]
pub(super) struct TooDeep;

impl<'t> Tree<'t> {
    pub(super) fn build(
        text: &'t str,
        tree: &tree_sitter::Tree,
        comments: Vec<(u32, u32)>,
        max_depth: u32,
        mut nodes: Vec<Node>,
    ) -> Result<Self, TooDeep> {
        nodes.clear();
        nodes.reserve(text.len() / 6 + 8);
        let root = tree.root_node();
        let mut builder = Builder {
            text,
            grammar: Grammar::get(),
            cursor: tree.walk(),
            look_for_errors: root.has_error(),
            comments: comments.into_iter().peekable(),
            nodes,
            open: Vec::with_capacity(64),
            max_depth: max_depth as usize,
        };
        builder.run()?;
        Ok(Self {
            text,
            nodes: builder.nodes,
        })
    }

    pub(super) fn into_nodes(self) -> Vec<Node> {
        self.nodes
    }

    /// The module node.
    pub(crate) const ROOT: NodeId = 0;

    pub(crate) fn node(&self, id: NodeId) -> Node {
        self.nodes[id as usize]
    }

    pub(crate) fn kind(&self, id: NodeId) -> Kind {
        self.nodes[id as usize].kind
    }

    /// The whole text.
    pub(crate) fn text(&self) -> &'t str {
        self.text
    }

    /// The node's text.
    pub(crate) fn text_of(&self, id: NodeId) -> &'t str {
        let node = self.nodes[id as usize];
        self.slice(node.start, node.end)
    }

    pub(crate) fn slice(&self, start: u32, end: u32) -> &'t str {
        self.text.get(start as usize..end as usize).unwrap_or("")
    }

    /// The node's children, comments included.
    pub(crate) fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let end = self.nodes[id as usize].next;
        let mut next = id + 1;
        std::iter::from_fn(move || {
            (next < end).then(|| {
                let child = next;
                next = self.nodes[child as usize].next;
                child
            })
        })
    }

    /// The node's children that are not comments.
    pub(crate) fn code_children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.children(id)
            .filter(|&child| self.kind(child) != Kind::Comment)
    }

    /// The first child with this role.
    pub(crate) fn child(&self, id: NodeId, field: FieldName) -> Option<NodeId> {
        self.children(id)
            .find(|&child| self.nodes[child as usize].field == field)
    }

    /// True if the node uses syntax that only Python 2 allows. `except A, e:` counts if `e` looks like a
    /// variable: Python 3.14 allows `except A, B:` for two types.
    pub(crate) fn is_python2(&self, id: NodeId) -> bool {
        match self.kind(id) {
            Kind::PrintStatement | Kind::ExecStatement => true,
            Kind::ExceptClause if self.node(id).comma => self
                .children(id)
                .filter(|&child| self.nodes[child as usize].field == FieldName::Value)
                .nth(1)
                .is_some_and(|second| self.text_of(second).starts_with(char::is_lowercase)),
            _ => false,
        }
    }

    /// The node and everything below it, in order.
    pub(crate) fn subtree(&self, id: NodeId) -> std::ops::Range<NodeId> {
        id..self.nodes[id as usize].next
    }
}

struct Builder<'g, 'c> {
    text: &'g str,
    grammar: &'g Grammar,
    cursor: TreeCursor<'c>,
    look_for_errors: bool,
    /// Comments that the parser did not see, in order.
    comments: std::iter::Peekable<std::vec::IntoIter<(u32, u32)>>,
    nodes: Vec<Node>,
    /// The nodes whose subtrees are not finished.
    open: Vec<NodeId>,
    max_depth: usize,
}

impl Builder<'_, '_> {
    /// Walks the whole tree without recursion.
    fn run(&mut self) -> Result<(), TooDeep> {
        loop {
            if self.enter()? && self.cursor.goto_first_child() {
                continue;
            }
            loop {
                self.leave();
                if self.cursor.goto_next_sibling() {
                    break;
                }
                if !self.cursor.goto_parent() {
                    return Ok(());
                }
            }
        }
    }

    /// Records the cursor's node; returns whether to visit its children.
    fn enter(&mut self) -> Result<bool, TooDeep> {
        let node = self.cursor.node();
        let field = self.grammar.field(self.cursor.field_id());
        let mut kind = self.grammar.kind(node.kind_id());
        if kind == Kind::Skipped {
            if matches!(field, FieldName::Operator | FieldName::Operators) {
                kind = Kind::Operator;
            } else if self.grammar.is_comma(node.kind_id()) {
                self.mark_comma();
            }
        }
        let error = self.look_for_errors && node.has_error();
        if error && (kind == Kind::Skipped || node.is_missing()) {
            self.mark_error();
        }
        self.add_comments(index(node.start_byte()));
        let id = index(self.nodes.len());
        self.open.push(id);
        if self.open.len() > self.max_depth {
            return Err(TooDeep);
        }
        if kind == Kind::Skipped {
            return Ok(false);
        }
        self.nodes.push(Node {
            start: index(node.start_byte()),
            end: index(node.end_byte()),
            next: id + 1,
            kind,
            field,
            error,
            comma: false,
        });
        Ok(match kind {
            // Only f-strings and their like have parts that matter.
            Kind::String => self.text.as_bytes()[node.start_byte()..]
                .iter()
                .take_while(|byte| byte.is_ascii_alphabetic())
                .any(|byte| matches!(byte, b'f' | b'F' | b't' | b'T')),
            Kind::Identifier | Kind::Comment | Kind::Integer | Kind::Float => false,
            _ => true,
        })
    }

    /// Inserts comments that the parser did not see, before whatever starts after them.
    fn add_comments(&mut self, before: u32) {
        while let Some((start, end)) = self.comments.next_if(|&(start, _)| start < before) {
            let next = index(self.nodes.len()) + 1;
            self.nodes.push(Node {
                start,
                end,
                next,
                kind: Kind::Comment,
                field: FieldName::None,
                error: false,
                comma: false,
            });
        }
    }

    fn leave(&mut self) {
        if self.comments.peek().is_some() {
            self.add_comments(index(self.cursor.node().end_byte()));
        }
        let end = index(self.nodes.len());
        if let Some(id) = self.open.pop()
            && let Some(node) = self.nodes.get_mut(id as usize)
        {
            node.next = end;
        }
    }

    fn mark_comma(&mut self) {
        if let Some(node) = self.parent() {
            node.comma = true;
        }
    }

    /// An error in a node that is left out belongs to its parent.
    fn mark_error(&mut self) {
        if let Some(node) = self.parent() {
            node.error = true;
        }
    }

    fn parent(&mut self) -> Option<&mut Node> {
        let &id = self.open.last()?;
        self.nodes.get_mut(id as usize)
    }
}

/// Texts of 4 GiB and more are refused before they are parsed.
fn index(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
