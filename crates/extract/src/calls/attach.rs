//! Which program a mined call belongs to, and what it needs before it.
//!
//! Names are looked up where they were written: in the script's own earlier statements, in a row of the
//! test's table, then in the module. The call is then put in the program's words.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tracestone_record::{
    Arguments, Call, CallId, Dropped, InputKind, InputOrigin, Literal, LiteralLimits, Reason,
};

use crate::Settings;
use crate::hazards::hazard;
use crate::index::{Index, Place};
use crate::module::{ImportBinding, NameId, Shape};
use crate::names::is_builtin;
use crate::slice::{Meaning, Sliced};

use super::{Ask, Fragment, Script, StepImport};

/// Import chains longer than this lead in a circle.
const MAX_CHAIN: usize = 16;

/// The calls of a source's programs.
#[derive(Debug, Default)]
pub(crate) struct Attached {
    pub(crate) calls: Vec<Call>,
    pub(crate) dropped: Vec<Dropped>,
}

/// The programs of a source, by what they define.
pub(crate) struct Programs<'s> {
    sliced: &'s [Sliced],
    by_entry: HashMap<(usize, NameId), usize>,
    /// For each program the global name of each definition in it.
    defines: Vec<HashMap<(usize, NameId), &'s str>>,
}

impl<'s> Programs<'s> {
    pub(crate) fn new(sliced: &'s [Sliced]) -> Self {
        let by_entry = sliced
            .iter()
            .enumerate()
            .map(|(number, program)| ((program.module, program.entry), number))
            .collect();
        let defines = sliced
            .iter()
            .map(|program| {
                // Two names may stand for one definition; the smaller one is taken, always the same.
                let sorted: BTreeMap<_, _> = program.globals.iter().collect();
                let mut defines = HashMap::new();
                for (name, meaning) in sorted {
                    if let Meaning::Defined { module, name: id } = meaning {
                        defines.entry((*module, *id)).or_insert(name.as_str());
                    }
                }
                defines
            })
            .collect();
        Self {
            sliced,
            by_entry,
            defines,
        }
    }
}

/// Attaches the scripts of one module.
pub(crate) fn attach(
    index: &Index<'_, '_>,
    programs: &Programs<'_>,
    module: usize,
    settings: &Settings,
) -> Attached {
    let mut attached = Attached::default();
    for script in &index.modules[module].scripts {
        let attacher = Attacher {
            index,
            programs,
            module,
            script,
            settings,
        };
        for row in &script.rows {
            for ask in &script.asks {
                match attacher.call(ask, row) {
                    Ok(call) => attached.calls.push(call),
                    Err(refusal) => attached.dropped.extend(attacher.dropped(ask, refusal)),
                }
            }
        }
    }
    attached
}

/// Why a call cannot be made.
struct Refusal {
    reason: Reason,
    detail: String,
}

impl Refusal {
    fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
        }
    }
}

/// What a name in a script stands for.
#[derive(Debug, Clone)]
enum Found {
    /// A value bound by an earlier statement of the script.
    Local,
    /// A literal of the table's row.
    Row(String),
    Builtin,
    /// A name of the standard library: its dotted name and the import that binds it.
    Standard {
        target: String,
        import: String,
    },
    /// A definition of the source.
    Defined {
        module: usize,
        name: NameId,
    },
    /// A module of the source.
    Module(usize),
}

/// A name in a fragment with its place and meaning.
struct Mentioned {
    start: u32,
    name_end: u32,
    end: u32,
    name: String,
    chain: String,
    found: Found,
}

type Row = [(String, Fragment)];

struct Attacher<'a, 'm, 't> {
    index: &'a Index<'m, 't>,
    programs: &'a Programs<'a>,
    module: usize,
    script: &'a Script,
    settings: &'a Settings,
}

impl Attacher<'_, '_, '_> {
    fn dropped(&self, ask: &Ask, refusal: Refusal) -> Option<Dropped> {
        // Any call in a source is a call site; only those of programs are worth a word.
        let silent = ask.kind == InputKind::CallSite && !self.is_of_program(ask);
        (!silent).then(|| {
            let path = self.index.modules[self.module].path;
            let subject = format!("{path}:{} {}", ask.line, shortened(&ask.fragment.text));
            Dropped::new(refusal.reason, subject, refusal.detail)
        })
    }

    /// Whether a call begins with something that has a program.
    fn is_of_program(&self, ask: &Ask) -> bool {
        let first = ask.fragment.mentions.first();
        let name = first.map_or("", |&mention| ask.fragment.name(mention));
        match self.module_name(self.module, name, 0) {
            Some(Found::Defined { module, name }) => {
                self.programs.by_entry.contains_key(&(module, name))
            }
            _ => false,
        }
    }

    fn call(&self, ask: &Ask, row: &Row) -> Result<Call, Refusal> {
        if !ask.fragment.one_line {
            let detail = "does not fit on one line";
            return Err(Refusal::new(Reason::CallNotLiteral, detail));
        }
        let question = self.mentions(&ask.fragment, ask.after, row)?;
        let steps = self.needed_steps(ask, &question, row)?;
        let number = self.choose(&question, &steps)?;
        let mut imports = BTreeSet::new();
        let call = self.render(&ask.fragment, &question, number, &mut imports)?;
        let mut setup = Vec::new();
        for (step, mentions) in &steps {
            let step = &self.script.steps[*step];
            for name in &step.binds {
                if self.programs.sliced[number].globals.contains_key(name) {
                    let detail = format!("binds {name}, which the program defines");
                    return Err(Refusal::new(Reason::CallNotLiteral, detail));
                }
            }
            setup.push(self.render(&step.fragment, mentions, number, &mut imports)?);
        }
        let mut lines: Vec<String> = imports.into_iter().collect();
        lines.extend(setup);
        let setup = lines.join("\n");
        if setup.len() + call.len() > self.settings.max_call_bytes {
            let detail = format!("{} bytes", setup.len() + call.len());
            return Err(Refusal::new(Reason::CallTooLarge, detail));
        }
        let program = &self.programs.sliced[number].program;
        let arguments = ask
            .plain
            .and_then(|(_, literal)| self.arguments(&call, literal, number));
        Ok(Call {
            id: CallId::of(&[program.id.as_bytes(), setup.as_bytes(), call.as_bytes()]),
            program: program.id,
            setup,
            call,
            arguments,
            origin: InputOrigin {
                kind: ask.kind,
                path: Some(self.index.modules[self.module].path.to_owned()),
                line: Some(ask.line),
            },
        })
    }

    /// The names of a fragment, with what they mean after the first `after` statements.
    fn mentions(
        &self,
        fragment: &Fragment,
        after: usize,
        row: &Row,
    ) -> Result<Vec<Mentioned>, Refusal> {
        fragment
            .mentions
            .iter()
            .map(|&mention| {
                let name = fragment.name(mention).to_owned();
                Ok(Mentioned {
                    start: mention.start,
                    name_end: mention.name_end,
                    end: mention.end,
                    chain: fragment.chain(mention),
                    found: self.look_up(&name, after, row)?,
                    name,
                })
            })
            .collect()
    }

    fn look_up(&self, name: &str, after: usize, row: &Row) -> Result<Found, Refusal> {
        let binding = self.script.steps[..after]
            .iter()
            .rev()
            .find(|step| step.binds.iter().any(|bound| bound == name));
        if let Some(step) = binding {
            return match step.imports.iter().find(|import| import.name == name) {
                Some(import) => self.step_import(import),
                None => Ok(Found::Local),
            };
        }
        if let Some((_, value)) = row.iter().find(|(parameter, _)| parameter == name) {
            if value.mentions.is_empty() && value.one_line {
                return Ok(Found::Row(value.rewritten(&[])));
            }
            let detail = format!("the table's value for {name} is not a literal");
            return Err(Refusal::new(Reason::CallNotLiteral, detail));
        }
        if self.script.locals.iter().any(|local| local == name) {
            let detail = format!("{name} is not bound by a plain statement before it");
            return Err(Refusal::new(Reason::CallNotLiteral, detail));
        }
        self.module_name(self.module, name, 0)
            .ok_or_else(|| Refusal::new(Reason::CallNotLiteral, format!("{name} is not known")))
    }

    /// What a name of a module stands for, through imports.
    fn module_name(&self, module: usize, name: &str, chain: usize) -> Option<Found> {
        if chain > MAX_CHAIN {
            return None;
        }
        let source = &self.index.modules[module];
        let bound = source.names.get(name).and_then(|id| {
            let item = source.bound_by(id).rfind(|&item| {
                !matches!(source.items[item].shape, Shape::Main | Shape::TypeChecking)
            })?;
            Some((id, item))
        });
        let Some((id, item)) = bound else {
            return is_builtin(name).then_some(Found::Builtin);
        };
        let imports = &source.items[item].effects.imports;
        match imports.iter().find(|import| import.name == id) {
            Some(import) => self.module_import(module, import, name, chain),
            None => Some(Found::Defined { module, name: id }),
        }
    }

    fn module_import(
        &self,
        module: usize,
        import: &ImportBinding<'_>,
        name: &str,
        chain: usize,
    ) -> Option<Found> {
        let names = &self.index.modules[module].names;
        let place = self.index.place(module, import.level, import.module);
        if place == Place::Standard {
            let member = import.member.map(str::to_owned);
            return Some(Found::Standard {
                target: import.target(names),
                import: import_statement(import.module, member.as_deref(), name, import.aliased),
            });
        }
        self.inside(place, import.member, chain)
    }

    fn step_import(&self, import: &StepImport) -> Result<Found, Refusal> {
        let place = self.index.place(self.module, import.level, &import.module);
        let member = import.member.as_deref();
        if place == Place::Standard {
            let module = import.module.as_str();
            return Ok(Found::Standard {
                target: member
                    .map_or_else(|| module.to_owned(), |member| format!("{module}.{member}")),
                import: import_statement(module, member, &import.name, import.aliased),
            });
        }
        self.inside(place, member, 0).ok_or_else(|| {
            let detail = format!("{} comes from elsewhere", import.module);
            Refusal::new(Reason::CallNotLiteral, detail)
        })
    }

    /// A module of the source or a member of it.
    fn inside(&self, place: Place, member: Option<&str>, chain: usize) -> Option<Found> {
        let Some(member) = member else {
            return match place {
                Place::Module(module) => Some(Found::Module(module)),
                _ => None,
            };
        };
        if let Place::Module(module) = place
            && self.index.modules[module].binds(member)
        {
            return self.module_name(module, member, chain + 1);
        }
        match self.index.submodule(&place, member)? {
            Place::Module(module) => Some(Found::Module(module)),
            _ => None,
        }
    }

    /// The earlier statements that bind or change what the question mentions, in order.
    fn needed_steps(
        &self,
        ask: &Ask,
        question: &[Mentioned],
        row: &Row,
    ) -> Result<Vec<(usize, Vec<Mentioned>)>, Refusal> {
        let mut wanted: BTreeSet<String> = locals_of(question).collect();
        let mut needed = Vec::new();
        for number in (0..ask.after).rev() {
            if wanted.is_empty() {
                break;
            }
            let step = &self.script.steps[number];
            let binds =
                step.imports.is_empty() && step.binds.iter().any(|name| wanted.contains(name));
            let changes = !step.pure
                && step
                    .fragment
                    .mentions
                    .iter()
                    .any(|&mention| wanted.contains(step.fragment.name(mention)));
            if !binds && !changes {
                continue;
            }
            // A name that the statement binds for itself, such as a loop's variable, is local to it.
            let mut mentions = Vec::new();
            for &mention in &step.fragment.mentions {
                let name = step.fragment.name(mention);
                let found = match self.look_up(name, number, row) {
                    Err(_) if step.binds.iter().any(|bound| bound == name) => Found::Local,
                    found => found?,
                };
                mentions.push(Mentioned {
                    start: mention.start,
                    name_end: mention.name_end,
                    end: mention.end,
                    name: name.to_owned(),
                    chain: step.fragment.chain(mention),
                    found,
                });
            }
            wanted.extend(locals_of(&mentions));
            needed.push((number, mentions));
        }
        needed.reverse();
        Ok(needed)
    }

    /// The program that defines everything mentioned.
    fn choose(
        &self,
        question: &[Mentioned],
        steps: &[(usize, Vec<Mentioned>)],
    ) -> Result<usize, Refusal> {
        let in_steps = steps.iter().rev().flat_map(|(_, mentions)| mentions);
        let mut needs = Vec::new();
        for mentioned in question.iter().chain(in_steps) {
            if let Some(definition) = self.definition(mentioned)
                && !needs.contains(&definition)
            {
                needs.push(definition);
            }
        }
        if needs.is_empty() {
            let detail = "uses no definition of the source";
            return Err(Refusal::new(Reason::CallIsNotOfProgram, detail));
        }
        let own = self.owner();
        let candidates = needs
            .iter()
            .copied()
            .chain(own)
            .filter_map(|definition| self.programs.by_entry.get(&definition).copied());
        let mut missing = None;
        for number in candidates {
            let defines = &self.programs.defines[number];
            match needs.iter().find(|need| !defines.contains_key(need)) {
                None => return Ok(number),
                Some(need) => missing = Some((number, *need)),
            }
        }
        Err(match missing {
            Some((number, (module, name))) => {
                let lacking = self.index.modules[module].names.text(name);
                let entry = &self.programs.sliced[number].program.entry;
                let detail = format!("needs {lacking}, which the program of {entry} lacks");
                Refusal::new(Reason::CallNotLiteral, detail)
            }
            None => {
                let (module, name) = needs[0];
                let name = self.index.modules[module].names.text(name);
                let detail = format!("there is no program for {name}");
                Refusal::new(Reason::CallIsNotOfProgram, detail)
            }
        })
    }

    /// The definition in whose docstring the script stands.
    fn owner(&self) -> Option<(usize, NameId)> {
        let source = &self.index.modules[self.module];
        let unit = source.items[self.script.owner?].unit?;
        let name = source.names.get(&source.units[unit].name)?;
        Some((self.module, name))
    }

    /// The definition a mention leads to; for `m.f` with a module `m`, the definition `f`.
    fn definition(&self, mentioned: &Mentioned) -> Option<(usize, NameId)> {
        match mentioned.found {
            Found::Defined { module, name } => Some((module, name)),
            Found::Module(module) => {
                let member = mentioned.chain.split('.').nth(1)?;
                match self.module_name(module, member, 0)? {
                    Found::Defined { module, name } => Some((module, name)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// A fragment in the program's words.
    fn render(
        &self,
        fragment: &Fragment,
        mentions: &[Mentioned],
        number: usize,
        imports: &mut BTreeSet<String>,
    ) -> Result<String, Refusal> {
        let program = &self.programs.sliced[number];
        let mut rewrites = Vec::new();
        for mentioned in mentions {
            let taken = program.globals.get(&mentioned.name);
            let refuse = |detail: String| Err(Refusal::new(Reason::CallNotLiteral, detail));
            match &mentioned.found {
                Found::Row(text) => {
                    rewrites.push((mentioned.start, mentioned.name_end, text.clone()));
                }
                Found::Local | Found::Builtin if taken.is_some() => {
                    let name = &mentioned.name;
                    return refuse(format!("{name} means something else in the program"));
                }
                Found::Local | Found::Builtin => {}
                Found::Standard { target, import } => {
                    let rest = mentioned.chain.get(mentioned.name.len()..).unwrap_or("");
                    if let Some(reason) = hazard(&format!("{target}{rest}")) {
                        return Err(Refusal::new(reason, format!("{target}{rest}")));
                    }
                    match taken {
                        Some(Meaning::Standard(own)) if own == target => {}
                        Some(_) => {
                            let name = &mentioned.name;
                            return refuse(format!("{name} means something else in the program"));
                        }
                        None => drop(imports.insert(import.clone())),
                    }
                }
                Found::Defined { .. } | Found::Module(_) => {
                    let global = self
                        .definition(mentioned)
                        .and_then(|definition| self.programs.defines[number].get(&definition));
                    let Some(global) = global else {
                        return refuse(format!("{} is not in the program", mentioned.chain));
                    };
                    let end = match mentioned.found {
                        // `m.f` becomes `f`; what follows stays.
                        Found::Module(_) => member_end(fragment, mentioned),
                        _ => mentioned.name_end,
                    };
                    rewrites.push((mentioned.start, end, (*global).to_owned()));
                }
            }
        }
        Ok(fragment.rewritten(&rewrites))
    }

    /// The parts of a plain call of something that the program defines.
    fn arguments(&self, call: &str, literal: bool, number: usize) -> Option<Arguments> {
        let open = call.find('(')?;
        let callee = call[..open].trim();
        let text = call[open + 1..].strip_suffix(')')?;
        let root = callee.split('.').next().unwrap_or(callee);
        let meaning = self.programs.sliced[number].globals.get(root)?;
        if !matches!(meaning, Meaning::Defined { .. }) {
            return None;
        }
        // A table's values make arguments literal that were names in the test.
        let values = || Literal::parse(&format!("({text},)"), LiteralLimits::default()).is_ok();
        Some(Arguments {
            callee: callee.to_owned(),
            text: text.to_owned(),
            literal: literal || (!text.trim().is_empty() && values()),
        })
    }
}

/// The offset after the member in `m.member.rest`.
fn member_end(fragment: &Fragment, mentioned: &Mentioned) -> u32 {
    let text = fragment
        .text
        .get(mentioned.name_end as usize..mentioned.end as usize)
        .unwrap_or("");
    let after_dot = text.find('.').map_or(text.len(), |dot| dot + 1);
    let member = text[after_dot..].trim_start();
    let start = text.len() - member.len();
    let length = member
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(member.len());
    mentioned.name_end + u32::try_from(start + length).unwrap_or(0)
}

fn locals_of(mentions: &[Mentioned]) -> impl Iterator<Item = String> + '_ {
    mentions
        .iter()
        .filter(|mentioned| matches!(mentioned.found, Found::Local))
        .map(|mentioned| mentioned.name.clone())
}

fn import_statement(module: &str, member: Option<&str>, name: &str, aliased: bool) -> String {
    let alias = if aliased {
        format!(" as {name}")
    } else {
        String::new()
    };
    match member {
        Some(member) => format!("from {module} import {member}{alias}"),
        None => format!("import {module}{alias}"),
    }
}

/// The beginning of a text, on one line.
fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    if line.chars().count() > 60 {
        let start: String = line.chars().take(57).collect();
        format!("{start}...")
    } else {
        line.to_owned()
    }
}
