//! Calls of programs that run in their own package: names are as in the example, and imported ones are
//! imported in the setup.

use tracestone_record::Reason;

use crate::index::Place;
use crate::module::Shape;
use crate::names::is_builtin;
use crate::slice::{Failure, Meaning};

use super::builder::{Builder, rest_after};
use super::fragment::{Fragment, Mention};
use super::meaning::Found;

/// An import of a name, by any statement.
struct Wanted<'a> {
    /// The module that makes it.
    from: usize,
    level: u32,
    module: &'a str,
    member: Option<&'a str>,
    aliased: bool,
}

impl Builder<'_, '_, '_, '_> {
    /// Rewrites a mention that no row of a table gives a value.
    pub(super) fn rewrite_in_package(
        &mut self,
        fragment: &Fragment,
        mention: Mention,
    ) -> Result<Option<(u32, u32, String)>, Failure> {
        let question = self.question;
        let name = fragment.name(mention);
        let mut imports = question
            .steps
            .iter()
            .flat_map(|&step| &question.script.steps[step].imports);
        let import = imports.find(|import| import.name == name);
        if import.is_none() && question.bound_by_step(name) {
            return Ok(None);
        }
        if let Some(rewritten) = self.own_name(fragment, mention) {
            return Ok(rewritten);
        }
        if let Some(import) = import {
            let wanted = Wanted {
                from: self.attacher.module,
                level: import.level,
                module: &import.module,
                member: import.member.as_deref(),
                aliased: import.aliased,
            };
            return self.need(name, &wanted).map(|()| None);
        }
        if question.script.locals.contains(name) {
            return Err(Failure::new(Reason::CallNotLiteral, name));
        }
        self.name_of_script(name).map(|()| None)
    }

    /// A name of the program's own module, by which name so ever the example reaches it.
    fn own_name(
        &self,
        fragment: &Fragment,
        mention: Mention,
    ) -> Option<Option<(u32, u32, String)>> {
        let Found { meaning, parts } = self.attacher.found(self.question, fragment, mention)?;
        let Meaning::Defined { module, name } = meaning else {
            return None;
        };
        let original = self.attacher.index.modules[module].names.text(name);
        if module != self.sliced.module
            || !self.sliced.globals.contains_key(original)
            || self.question.bound_by_step(original)
        {
            return None;
        }
        let chain = fragment.chain(mention);
        let text = format!("{original}{}", rest_after(&chain, parts));
        Some((chain != text).then_some((mention.start, mention.end, text)))
    }

    /// Makes sure that a name that the example's file binds is there.
    fn name_of_script(&mut self, name: &str) -> Result<(), Failure> {
        let (index, script) = (self.attacher.index, self.attacher.module);
        let source = &index.modules[script];
        let id = source.names.get(name);
        let item = id.and_then(|id| {
            source.bound_by(id).rfind(|&item| {
                !matches!(
                    source.items[item].shape,
                    Shape::Main | Shape::Ignored | Shape::Error
                )
            })
        });
        if script == self.sliced.module && (item.is_some() || !source.stars.is_empty()) {
            return Ok(());
        }
        let Some(item) = item else {
            if let Some((module, _)) = index.through_stars(script, name) {
                return self.need_member(name, module);
            }
            return match is_builtin(name) {
                true if self.sliced.globals.contains_key(name) => {
                    Err(Failure::new(Reason::NameClash, name))
                }
                true => Ok(()),
                false => Err(Failure::new(Reason::CallNotLiteral, name)),
            };
        };
        let imports = &source.items[item].effects.imports;
        match imports.iter().find(|import| Some(import.name) == id) {
            Some(import) => self.need(
                name,
                &Wanted {
                    from: script,
                    level: import.level,
                    module: import.module,
                    member: import.member,
                    aliased: import.aliased,
                },
            ),
            None => self.need_member(name, script),
        }
    }

    /// Imports a name that another module of the source defines.
    fn need_member(&mut self, name: &str, module: usize) -> Result<(), Failure> {
        let from = self.module_name(module)?;
        self.bind(name, format!("from {from} import {name}"))
    }

    fn module_name(&self, module: usize) -> Result<String, Failure> {
        match self.attacher.packages {
            Some(packages) => packages.name(module).map(str::to_owned),
            None => Err(Failure::new(Reason::NotImportable, "")),
        }
    }

    fn need(&mut self, name: &str, wanted: &Wanted<'_>) -> Result<(), Failure> {
        let statement = self.statement(name, wanted)?;
        self.bind(name, statement)
    }

    /// An import that binds `name` to the wanted definition.
    fn statement(&self, name: &str, wanted: &Wanted<'_>) -> Result<String, Failure> {
        let index = self.attacher.index;
        let module = match index.place(wanted.from, wanted.level, wanted.module) {
            Place::Standard => wanted.module.to_owned(),
            Place::Module(module) => self.module_name(module)?,
            Place::Folder(_) if wanted.level == 0 => wanted.module.to_owned(),
            Place::Package => {
                let top = wanted.module.split('.').next().unwrap_or("");
                let packages = self.attacher.packages;
                if !packages.is_some_and(|packages| packages.is_available(top)) {
                    return Err(Failure::new(Reason::NeedsPackage, top));
                }
                wanted.module.to_owned()
            }
            Place::Above | Place::Missing | Place::Folder(_) => {
                return Err(Failure::new(Reason::CallNotLiteral, name));
            }
        };
        Ok(match wanted.member {
            Some(member) if member == name => format!("from {module} import {member}"),
            Some(member) => format!("from {module} import {member} as {name}"),
            None if wanted.aliased => format!("import {module} as {name}"),
            None => format!("import {module}"),
        })
    }

    /// Has the setup bind a name, unless the module binds it in the same way. It must not take the place of
    /// another thing that the module means by it.
    fn bind(&mut self, name: &str, statement: String) -> Result<(), Failure> {
        if !self.sliced.globals.contains_key(name) {
            self.imports.insert(statement);
            return Ok(());
        }
        let (index, module) = (self.attacher.index, self.sliced.module);
        let source = &index.modules[module];
        let id = source.names.get(name);
        let bound = id.into_iter().flat_map(|id| source.bound_by(id));
        let own = bound
            .flat_map(|item| &source.items[item].effects.imports)
            .filter(|import| Some(import.name) == id)
            .map(|import| Wanted {
                from: module,
                level: import.level,
                module: import.module,
                member: import.member,
                aliased: import.aliased,
            });
        let same = own
            .map(|own| self.statement(name, &own))
            .any(|own| own.as_ref() == Ok(&statement));
        match same {
            true => Ok(()),
            false => Err(Failure::new(Reason::NameClash, name)),
        }
    }
}
