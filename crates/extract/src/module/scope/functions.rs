//! Scopes of functions, classes and type parameters.

use super::*;

impl<'a, 't> Analyzer<'a, 't> {
    pub(super) fn visit_function(&mut self, node: NodeId) {
        let tree = self.tree;
        if let Some(name) = tree.child(node, FieldName::Name) {
            self.bind_node(name);
        }
        let generic = self.open_type_parameters(node);
        if let Some(parameters) = tree.child(node, FieldName::Parameters) {
            self.visit_defaults(parameters);
        }
        if let Some(returns) = tree.child(node, FieldName::ReturnType) {
            self.visit(returns);
        }
        self.open(ScopeKind::Function);
        if let Some(parameters) = tree.child(node, FieldName::Parameters) {
            self.bind_parameters(parameters);
        }
        if let Some(body) = tree.child(node, FieldName::Body) {
            self.visit(body);
        }
        let names = self.close();
        self.bodies.push(BodyNames { node, names });
        if generic {
            self.close();
        }
    }

    pub(super) fn visit_class(&mut self, node: NodeId) {
        let tree = self.tree;
        let generic = self.open_type_parameters(node);
        if let Some(bases) = tree.child(node, FieldName::Superclasses) {
            self.visit(bases);
        }
        self.open(ScopeKind::Class);
        if let Some(body) = tree.child(node, FieldName::Body) {
            self.visit(body);
        }
        let names = self.close();
        self.bodies.push(BodyNames { node, names });
        if generic {
            self.close();
        }
        if let Some(name) = tree.child(node, FieldName::Name) {
            self.bind_node(name);
        }
    }

    /// Opens the scope of `[T, *Ts]` behind a function's or class's name, if there is one.
    fn open_type_parameters(&mut self, node: NodeId) -> bool {
        let Some(parameters) = self.tree.child(node, FieldName::TypeParameters) else {
            return false;
        };
        self.open(ScopeKind::Function);
        self.bind_type_parameters(parameters);
        true
    }

    /// Binds `T`, `*Ts` and `T: bound`; bounds are evaluated lazily.
    fn bind_type_parameters(&mut self, parameters: NodeId) {
        let tree = self.tree;
        let mut last_end = tree.node(parameters).start;
        for id in tree.subtree(parameters) {
            if tree.kind(id) == Kind::Identifier {
                let start = tree.node(id).start;
                if tree.slice(last_end, start).contains(':') {
                    self.softly(true, |this| this.visit(id));
                } else {
                    self.bind_node(id);
                }
                last_end = tree.node(id).end;
            }
        }
    }

    pub(super) fn visit_type_alias(&mut self, node: NodeId) {
        let tree = self.tree;
        if let Some(left) = tree.child(node, FieldName::Left)
            && let Some(name) = tree
                .subtree(left)
                .find(|&id| tree.kind(id) == Kind::Identifier)
        {
            self.bind_node(name);
        }
        if let Some(right) = tree.child(node, FieldName::Right) {
            self.softly(true, |this| this.visit(right));
        }
    }

    fn visit_defaults(&mut self, parameters: NodeId) {
        let tree = self.tree;
        for parameter in tree.children(parameters) {
            for part in tree.children(parameter) {
                if matches!(tree.node(part).field, FieldName::Type | FieldName::Value) {
                    self.visit(part);
                }
            }
        }
    }

    fn bind_parameters(&mut self, parameters: NodeId) {
        let tree = self.tree;
        for parameter in tree.children(parameters) {
            match tree.kind(parameter) {
                Kind::Identifier => self.bind_node(parameter),
                Kind::DefaultParameter | Kind::TypedDefaultParameter => {
                    if let Some(name) = tree.child(parameter, FieldName::Name) {
                        self.bind_target(name);
                    }
                }
                Kind::TypedParameter => {
                    if let Some(name) = tree.children(parameter).next() {
                        self.bind_target(name);
                    }
                }
                Kind::Comment | Kind::KeywordSeparator | Kind::PositionalSeparator => {}
                _ => self.bind_target(parameter),
            }
        }
    }

    pub(super) fn visit_lambda(&mut self, node: NodeId) {
        let tree = self.tree;
        let parameters = tree.child(node, FieldName::Parameters);
        if let Some(parameters) = parameters {
            self.visit_defaults(parameters);
        }
        self.open(ScopeKind::Function);
        if let Some(parameters) = parameters {
            self.bind_parameters(parameters);
        }
        if let Some(body) = tree.child(node, FieldName::Body) {
            self.visit(body);
        }
        self.close();
    }
}
