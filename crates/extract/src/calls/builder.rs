//! The setup and call of a question in the names of a program.

use std::collections::BTreeSet;

use tracestone_record::Reason;

use crate::hazards::hazard;
use crate::module::NameId;
use crate::names::is_builtin;
use crate::slice::{Failure, Meaning, Sliced, beside};

use super::attach::{Attacher, Question};
use super::fragment::{Fragment, Mention};
use super::meaning::Found;

/// Rewrites fragments with the names of a program.
pub(super) struct Builder<'a, 'q, 'm, 't> {
    pub(super) attacher: &'a Attacher<'a, 'm, 't>,
    pub(super) question: &'q Question<'q>,
    pub(super) sliced: &'a Sliced,
    /// Import statements the setup needs.
    pub(super) imports: BTreeSet<String>,
    /// Definitions the setup needs that the program lacks.
    pub(super) beside: BTreeSet<(usize, NameId)>,
    /// Names that are being replaced by their values. In a value they mean something else: `parametrize("x", [x])`.
    pub(super) replaced: Vec<String>,
}

impl Builder<'_, '_, '_, '_> {
    pub(super) fn text(&mut self, fragment: &Fragment) -> Result<String, Failure> {
        let mut rewrites = Vec::new();
        for &mention in &fragment.mentions {
            if let Some(rewrite) = self.rewrite(fragment, mention)? {
                rewrites.push(rewrite);
            }
        }
        Ok(fragment.rewritten(&rewrites))
    }

    /// Names bound by the setup must not replace what the program uses.
    pub(super) fn check_binds(&self, binds: &[String]) -> Result<(), Failure> {
        let taken = binds.iter().find(|name| {
            self.sliced.globals.contains_key(name) || self.sliced.builtins.contains(*name)
        });
        match taken {
            Some(name) => Err(Failure::new(Reason::NameClash, name.as_str())),
            None => Ok(()),
        }
    }

    /// The statements to execute after the program for what it lacks.
    pub(super) fn beside_text(&self) -> Result<Option<String>, Failure> {
        if self.beside.is_empty() {
            return Ok(None);
        }
        let taken = self.beside.iter().find_map(|&(module, name)| {
            let name = self.attacher.index.modules[module].names.text(name);
            self.question.bound_by_step(name).then_some(name)
        });
        if let Some(name) = taken {
            return Err(Failure::new(Reason::NameClash, name));
        }
        let attacher = self.attacher;
        let text = beside(attacher.index, self.sliced, &self.beside, attacher.settings)?;
        if text.contains(">>>") {
            return Err(Failure::new(
                Reason::CallNotLiteral,
                "its setup holds examples",
            ));
        }
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    fn rewrite(
        &mut self,
        fragment: &Fragment,
        mention: Mention,
    ) -> Result<Option<(u32, u32, String)>, Failure> {
        let question = self.question;
        let name = fragment.name(mention);
        if let Some(value) = question.value(name).filter(|_| {
            !question.bound_by_step(name) && !self.replaced.iter().any(|one| one == name)
        }) {
            self.replaced.push(name.to_owned());
            let text = self.text(value);
            self.replaced.pop();
            let text = text?;
            if fragment.is_in_string(mention) && text.contains(['"', '\'', '\\', '{']) {
                return Err(Failure::new(Reason::CallNotLiteral, name));
            }
            let word = text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            let fits = match mention.end == mention.name_end {
                true => word || fragment.is_argument(mention),
                false => word && !text.starts_with(|c: char| c.is_ascii_digit()),
            };
            let text = if fits && !text.starts_with('-') {
                text
            } else {
                format!("({text})")
            };
            return Ok(Some((mention.start, mention.name_end, text)));
        }
        if name == "self" {
            let chain = fragment.chain(mention);
            let attribute = chain.split('.').nth(1).unwrap_or("");
            let hidden = &question.script.hidden;
            if hidden.contains(attribute) || attribute.starts_with("assert") {
                return Err(Failure::new(Reason::CallNotLiteral, chain));
            }
        }
        if self.sliced.program.package.is_some() {
            return self.rewrite_in_package(fragment, mention);
        }
        let found = self.attacher.found(question, fragment, mention);
        match found {
            Some(found) => self.rewrite_found(fragment, mention, &found),
            None if question.bound_by_step(name) => {
                // An import that leads nowhere known binds nothing.
                let imported = question.steps.iter().any(|&step| {
                    let imports = &question.script.steps[step].imports;
                    imports.iter().any(|import| import.name == name)
                });
                if imported {
                    return Err(Failure::new(Reason::CallNotLiteral, name));
                }
                Ok(None)
            }
            None if question.script.locals.contains(name) => {
                Err(Failure::new(Reason::CallNotLiteral, name))
            }
            None if is_builtin(name) => {
                if self.sliced.globals.contains_key(name) {
                    return Err(Failure::new(Reason::NameClash, name));
                }
                check(name)?;
                Ok(None)
            }
            None => Err(Failure::new(Reason::CallNotLiteral, name)),
        }
    }

    fn rewrite_found(
        &mut self,
        fragment: &Fragment,
        mention: Mention,
        found: &Found,
    ) -> Result<Option<(u32, u32, String)>, Failure> {
        let name = fragment.name(mention);
        let chain = fragment.chain(mention);
        let rest = rest_after(&chain, found.parts);
        match &found.meaning {
            Meaning::Standard(target) => {
                check(&format!("{target}{rest}"))?;
                self.need_standard(name, target, found)?;
                Ok(None)
            }
            meaning @ Meaning::Defined { module, name: id } => {
                let original = self.attacher.index.modules[*module].names.text(*id);
                if self.sliced.globals.get(original) != Some(meaning) {
                    self.beside.insert((*module, *id));
                }
                if chain == format!("{original}{rest}") {
                    return Ok(None);
                }
                Ok(Some((
                    mention.start,
                    mention.end,
                    format!("{original}{rest}"),
                )))
            }
            Meaning::Builtin | Meaning::Nothing => Ok(None),
        }
    }

    /// Makes sure that a name of the standard library is there under the name the example uses.
    fn need_standard(&mut self, name: &str, target: &str, found: &Found) -> Result<(), Failure> {
        match self.sliced.globals.get(name) {
            Some(meaning) if *meaning == found.meaning => return Ok(()),
            Some(_) => return Err(Failure::new(Reason::NameClash, name)),
            None if self.sliced.builtins.contains(name) => {
                return Err(Failure::new(Reason::NameClash, name));
            }
            None => {}
        }
        if found.parts > 1 {
            return Err(Failure::new(Reason::CallNotLiteral, name));
        }
        self.imports.insert(import_statement(name, target));
        if name == target {
            self.imports.extend(self.submodules(name));
        }
        Ok(())
    }

    /// `import xml.dom.minidom` binds `xml` and makes more than that ready.
    fn submodules(&self, name: &str) -> Vec<String> {
        let steps = self.question.steps.iter();
        let steps = steps.flat_map(|&step| &self.question.script.steps[step].imports);
        let in_steps = steps
            .filter(|import| import.name == name && import.member.is_none() && !import.aliased)
            .map(|import| import.module.as_str());
        let module = &self.attacher.index.modules[self.attacher.module];
        let id = module.names.get(name);
        let items = id.into_iter().flat_map(|id| module.bound_by(id));
        let in_file = items
            .flat_map(|item| &module.items[item].effects.imports)
            .filter(|import| Some(import.name) == id)
            .filter(|import| import.member.is_none() && !import.aliased)
            .map(|import| import.module);
        in_steps
            .chain(in_file)
            .filter(|path| path.contains('.'))
            .map(|path| format!("import {path}"))
            .collect()
    }
}

/// `from math import gcd` for `gcd` and `math.gcd`.
fn import_statement(name: &str, target: &str) -> String {
    match target.rsplit_once('.') {
        None if name == target => format!("import {target}"),
        None => format!("import {target} as {name}"),
        Some((module, member)) if member == name => format!("from {module} import {member}"),
        Some((module, member)) => format!("from {module} import {member} as {name}"),
    }
}

/// Remainder of a dotted name after its first parts, dot included.
pub(super) fn rest_after(chain: &str, parts: usize) -> &str {
    chain
        .match_indices('.')
        .nth(parts - 1)
        .map_or("", |(at, _)| &chain[at..])
}

fn check(dotted: &str) -> Result<(), Failure> {
    match hazard(dotted) {
        Some(reason) => Err(Failure::new(reason, dotted)),
        None => Ok(()),
    }
}
