//! Import statements and the names they bind.

use crate::syntax::{FieldName, Kind, NodeId, Tree};

use super::names::{NameId, Names, normal};

/// One name that an import statement binds.
#[derive(Debug, Clone)]
pub(crate) struct ImportBinding<'t> {
    /// The name it binds.
    pub(crate) name: NameId,
    /// Number of leading dots.
    pub(crate) level: u32,
    /// The module, dotted, without leading dots; may be empty for `from . import x`.
    pub(crate) module: &'t str,
    /// The imported member; `None` for `import module`.
    pub(crate) member: Option<&'t str>,
    /// True if the import has an `as`.
    pub(crate) aliased: bool,
    /// The place of `name` or `name as alias` in the statement.
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl ImportBinding<'_> {
    /// The dotted name that the bound name refers to: `os.path` for `import os.path as p`, `os` for `import
    /// os.path`, `math.gcd` for `from math import gcd`. Relative imports keep their dots.
    pub(crate) fn target(&self, names: &Names<'_>) -> String {
        let dots = ".".repeat(self.level as usize);
        let target = match self.member {
            Some(member) if self.module.is_empty() => format!("{dots}{member}"),
            Some(member) => format!("{dots}{}.{member}", self.module),
            None if self.aliased => self.module.to_owned(),
            None => names.text(self.name).to_owned(),
        };
        normal(&target).into_owned()
    }

    /// The first part of the module's name.
    pub(crate) fn top(&self) -> &str {
        self.module.split('.').next().unwrap_or("")
    }
}

/// Content of an import statement.
#[derive(Debug, Default)]
pub(super) struct Imported<'t> {
    pub(super) bindings: Vec<ImportBinding<'t>>,
    /// The module of a star import, with leading dots.
    pub(super) star: Option<&'t str>,
}

/// Reads an import statement. `from __future__` imports bind nothing of interest.
pub(super) fn read_import<'t>(
    tree: &Tree<'t>,
    node: NodeId,
    names: &mut Names<'t>,
) -> Imported<'t> {
    let mut imported = Imported::default();
    match tree.kind(node) {
        Kind::ImportStatement => {
            for child in tree.code_children(node) {
                imported.bindings.extend(binding(tree, child, names, None));
            }
        }
        Kind::ImportFromStatement => {
            let Some(module) = tree.child(node, FieldName::ModuleName) else {
                return imported;
            };
            let text = tree.text_of(module);
            let path = text.trim_start_matches(['.', ' ', '\t']);
            let level = text[..text.len() - path.len()].matches('.').count();
            let level = u32::try_from(level).unwrap_or(u32::MAX);
            for child in tree.code_children(node) {
                if tree.kind(child) == Kind::WildcardImport {
                    imported.star = Some(text);
                } else if tree.node(child).field == FieldName::Name {
                    let found = binding(tree, child, names, Some((level, path)));
                    imported.bindings.extend(found);
                }
            }
        }
        _ => {}
    }
    imported
}

fn binding<'t>(
    tree: &Tree<'t>,
    node: NodeId,
    names: &mut Names<'t>,
    from: Option<(u32, &'t str)>,
) -> Option<ImportBinding<'t>> {
    let place = tree.node(node);
    let (dotted, alias) = match tree.kind(node) {
        Kind::AliasedImport => (
            tree.child(node, FieldName::Name)?,
            tree.child(node, FieldName::Alias),
        ),
        Kind::DottedName => (node, None),
        _ => return None,
    };
    let dotted = tree.text_of(dotted);
    let (level, module, member) = match from {
        Some((level, module)) => (level, module, Some(dotted)),
        None => (0, dotted, None),
    };
    let bound = match alias {
        Some(alias) => tree.text_of(alias),
        None => dotted.split('.').next().unwrap_or(dotted),
    };
    Some(ImportBinding {
        name: names.intern(bound),
        level,
        module,
        member,
        aliased: alias.is_some(),
        start: place.start,
        end: place.end,
    })
}
