//! Names in comprehensions and in patterns of `match`.

use super::*;

impl<'a, 't> Analyzer<'a, 't> {
    pub(super) fn visit_comprehension(&mut self, node: NodeId) {
        let tree = self.tree;
        let first = tree
            .children(node)
            .find(|&child| tree.kind(child) == Kind::ForInClause);
        // The first iterable is evaluated in the scope around.
        if let Some(first) = first {
            self.visit_iterables(first);
        }
        self.open(ScopeKind::Comprehension);
        for child in tree.children(node) {
            if tree.kind(child) == Kind::ForInClause {
                for part in tree.children(child) {
                    if tree.node(part).field == FieldName::Left {
                        self.bind_target(part);
                    }
                }
                if Some(child) != first {
                    self.visit_iterables(child);
                }
            } else {
                self.visit(child);
            }
        }
        self.close();
    }

    fn visit_iterables(&mut self, clause: NodeId) {
        let tree = self.tree;
        for part in tree.children(clause) {
            if tree.node(part).field != FieldName::Left {
                self.visit(part);
            }
        }
    }

    /// Binds the captures of a `case` clause and reads its class and value names.
    pub(super) fn visit_case(&mut self, node: NodeId) {
        let tree = self.tree;
        for child in tree.children(node) {
            if tree.kind(child) == Kind::CasePattern {
                self.visit_pattern(child);
            } else {
                self.visit(child);
            }
        }
    }

    fn visit_pattern(&mut self, node: NodeId) {
        let tree = self.tree;
        match tree.kind(node) {
            Kind::DottedName => {
                let text = tree.text_of(node);
                if text.contains('.') {
                    self.read_dotted(node);
                } else if text != "_" {
                    self.bind_node(node);
                }
            }
            Kind::ClassPattern => {
                for (position, child) in tree.code_children(node).enumerate() {
                    if position == 0 {
                        self.read_dotted(child);
                    } else {
                        self.visit_pattern(child);
                    }
                }
            }
            Kind::KeywordPattern => {
                for child in tree.code_children(node).skip(1) {
                    self.visit_pattern(child);
                }
            }
            Kind::Identifier => {
                if tree.text_of(node) != "_" {
                    self.bind_node(node);
                }
            }
            _ => {
                for child in tree.children(node) {
                    self.visit_pattern(child);
                }
            }
        }
    }

    fn read_dotted(&mut self, node: NodeId) {
        let tree = self.tree;
        if let Some(root) = tree
            .subtree(node)
            .find(|&id| tree.kind(id) == Kind::Identifier)
        {
            let name = self.names.intern(tree.text_of(root));
            let place = tree.node(root);
            self.read(name, place.start, place.end, tree.node(node).end);
        }
    }
}
