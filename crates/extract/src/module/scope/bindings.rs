//! Statements that bind names: assignments, loops and imports.

use super::*;

impl<'a, 't> Analyzer<'a, 't> {
    pub(super) fn visit_assignment(&mut self, node: NodeId) {
        let tree = self.tree;
        let left = tree.child(node, FieldName::Left);
        for child in tree.children(node) {
            match tree.node(child).field {
                FieldName::Left => {}
                // The annotation of a local variable is never evaluated.
                FieldName::Type => {
                    let local = self
                        .scopes
                        .last()
                        .is_some_and(|scope| scope.kind == ScopeKind::Function);
                    self.softly(local, |this| this.visit(child));
                }
                _ => self.visit(child),
            }
        }
        if let Some(left) = left {
            self.bind_target(left);
        }
    }

    pub(super) fn visit_augmented(&mut self, node: NodeId) {
        self.visit_children(node);
        if let Some(left) = self.tree.child(node, FieldName::Left)
            && self.tree.kind(left) == Kind::Identifier
        {
            self.bind_node(left);
        }
    }

    pub(super) fn visit_for(&mut self, node: NodeId) {
        let tree = self.tree;
        if let Some(right) = tree.child(node, FieldName::Right) {
            self.visit(right);
        }
        for child in tree.children(node) {
            match tree.node(child).field {
                FieldName::Left => self.bind_target(child),
                FieldName::Right => {}
                _ => self.visit(child),
            }
        }
    }

    /// Binds the names of an assignment's target; `x[i]` and `x.a` read `x`.
    pub(super) fn bind_target(&mut self, node: NodeId) {
        let tree = self.tree;
        match tree.kind(node) {
            Kind::Identifier => self.bind_node(node),
            Kind::Attribute | Kind::Subscript | Kind::Call => self.visit(node),
            Kind::Comment => {}
            _ => {
                for child in tree.children(node) {
                    self.bind_target(child);
                }
            }
        }
    }

    pub(super) fn visit_import(&mut self, node: NodeId) {
        let inner = self.in_function();
        let found = read_import(self.tree, node, self.names);
        if let Some(module) = found.star {
            self.effects.stars.push(module);
        }
        for import in found.bindings {
            self.bind(import.name);
            if inner {
                if let Some(scope) = self.scopes.last_mut() {
                    scope.imports.push((import.name, import.target(self.names)));
                }
                self.effects.inner_imports.push(import);
            } else {
                self.effects.imports.push(import);
            }
        }
    }
}
