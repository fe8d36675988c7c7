//! From scripts to calls: which program a question belongs to, which earlier statements it needs,
//! and what its names are called in the program.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;
use tracestone_record::{
    Arguments, Call, CallId, Dropped, InputKind, InputOrigin, ProgramId, Reason,
};

use crate::Settings;
use crate::index::Index;
use crate::module::{NameId, normal};
use crate::packages::Packages;
use crate::slice::{Failure, Meaning, Sliced};

use super::builder::Builder;
use super::fragment::{Fragment, Mention};
use super::meaning::{Found, find, find_imported};
use super::recorded::{Places, Reached, recorded};
use super::sighted::{Sighted, add, tidy};
use super::steps::Steps;
use super::{Ask, Script, StepImport};

/// The calls of all programs.
#[derive(Debug, Default)]
pub(crate) struct Attached {
    /// By program; sorted by origin.
    pub(crate) calls: BTreeMap<ProgramId, Vec<Call>>,
    pub(crate) dropped: Vec<Dropped>,
}

impl Attached {
    /// Takes out the records of calls that were left out at first: one expression for each of these calls,
    /// by its line.
    pub(crate) fn no_longer_dropped(&mut self, calls: &[Call]) {
        for call in calls {
            let origin = &call.origin;
            let line = origin.line.map_or(0, |line| line.0);
            let subject = format!("{}:{line}", origin.path.as_deref().unwrap_or_default());
            let mut dropped = self.dropped.iter();
            if let Some(position) = dropped.position(|dropped| dropped.subject == subject) {
                // A test and a call site may have left out the same expression.
                let found = self.dropped.remove(position);
                self.dropped.retain(|dropped| *dropped != found);
            }
        }
    }

    /// Takes the calls of each program up to its limit.
    fn keep(
        &mut self,
        by_program: BTreeMap<ProgramId, Vec<Sighted>>,
        sliced: &[Sliced],
        settings: &Settings,
    ) {
        // Each call of a package takes several imports of it.
        let in_packages: BTreeSet<ProgramId> = sliced
            .iter()
            .map(|sliced| &sliced.program)
            .filter(|program| program.package.is_some())
            .map(|program| program.id)
            .collect();
        for (program, calls) in by_program {
            let limit = match in_packages.contains(&program) {
                true => settings.max_package_calls,
                false => settings.max_calls,
            };
            let calls = tidy(calls, limit, &mut self.dropped);
            self.calls.insert(program, calls);
        }
    }
}

/// Attaches the scripts of all modules to the programs.
pub(crate) fn attach(
    index: &Index<'_, '_>,
    packages: Option<&Packages<'_>>,
    sliced: &[Sliced],
    settings: &Settings,
) -> Attached {
    let by_entry: HashMap<(usize, NameId), usize> = sliced
        .iter()
        .enumerate()
        .map(|(position, sliced)| ((sliced.module, sliced.entry), position))
        .collect();
    let attacher = |module| Attacher {
        index,
        packages,
        sliced,
        by_entry: &by_entry,
        settings,
        module,
        calls: Vec::new(),
        dropped: Vec::new(),
    };
    let modules = || (0..index.modules.len()).into_par_iter();
    let found: Vec<(Vec<Sighted>, Vec<Dropped>)> = modules()
        .map(|module| {
            let mut attacher = attacher(module);
            for script in &index.modules[module].scripts {
                attacher.attach_script(script);
            }
            (attacher.calls, attacher.dropped)
        })
        .collect();
    let mut attached = Attached::default();
    let mut by_program: BTreeMap<ProgramId, Vec<Sighted>> = BTreeMap::new();
    for (calls, dropped) in found {
        add(&mut by_program, calls);
        attached.dropped.extend(dropped);
    }
    if let Some(packages) = packages {
        let places = Places::new(index, sliced);
        let by_tests = recorded(packages.tests(), sliced, &places, settings);
        add(&mut by_program, by_tests);
        let reached = Reached::new(index, packages.tests(), sliced, &places, &|program| {
            by_program.contains_key(&program)
        });
        let calls: Vec<Vec<Sighted>> = modules()
            .map(|module| {
                let mut attacher = attacher(module);
                attacher.attach_reached(&reached);
                attacher.calls
            })
            .collect();
        for calls in calls {
            add(&mut by_program, calls);
        }
    }
    attached.keep(by_program, sliced, settings);
    attached
}

pub(super) struct Attacher<'a, 'm, 't> {
    pub(super) index: &'a Index<'m, 't>,
    pub(super) packages: Option<&'a Packages<'a>>,
    pub(super) sliced: &'a [Sliced],
    by_entry: &'a HashMap<(usize, NameId), usize>,
    pub(super) settings: &'a Settings,
    pub(super) module: usize,
    pub(super) calls: Vec<Sighted>,
    dropped: Vec<Dropped>,
}

/// A question with the statements it needs.
pub(super) struct Question<'s> {
    pub(super) script: &'s Script,
    pub(super) ask: &'s Ask,
    /// Values of the parameters.
    pub(super) row: &'s [(String, Fragment)],
    /// Positions of the steps it needs.
    pub(super) steps: BTreeSet<usize>,
    /// Definitions that the mentioned names refer to outside the script, as far as they were looked up.
    pub(super) found: RefCell<HashMap<String, Option<Found>>>,
}

impl<'s> Question<'s> {
    fn fragments(&self) -> impl Iterator<Item = &'s Fragment> + '_ {
        let steps = self
            .steps
            .iter()
            .map(|&step| &self.script.steps[step].fragment);
        [&self.ask.fragment].into_iter().chain(steps)
    }

    pub(super) fn value(&self, name: &str) -> Option<&'s Fragment> {
        self.row
            .iter()
            .find(|(parameter, _)| parameter == name)
            .map(|(_, value)| value)
    }

    pub(super) fn bound_by_step(&self, name: &str) -> bool {
        self.steps.iter().any(|&step| {
            let step = &self.script.steps[step];
            step.binds.iter().any(|bound| bound == name)
        })
    }
}

impl Attacher<'_, '_, '_> {
    fn attach_script(&mut self, script: &Script) {
        // The last import of a name counts.
        let imports: HashMap<&str, &StepImport> = script
            .steps
            .iter()
            .flat_map(|step| &step.imports)
            .map(|import| (import.name.as_str(), import))
            .collect();
        let steps = Steps::of(script, &self.stateful_steps(script, &imports));
        for row in &script.rows {
            for ask in &script.asks {
                let call = steps
                    .needed(ask, row, &self.modules_of(script, &imports, ask))
                    .and_then(|steps| {
                        self.attach_question(&Question {
                            script,
                            ask,
                            row,
                            steps,
                            found: RefCell::default(),
                        })
                    });
                match call {
                    Ok(call) => self.calls.push(Sighted {
                        call,
                        aside: ask.aside,
                    }),
                    // Any call in a source is a call site; only those of programs are worth a word.
                    Err(failure)
                        if ask.kind == InputKind::CallSite
                            && failure.reason == Reason::CallIsNotOfProgram => {}
                    Err(failure) => {
                        let path = self.index.modules[self.module].path;
                        let detail = match failure.detail.as_str() {
                            "" => ask.fragment.rewritten(&[]),
                            detail => format!("{detail}: {}", ask.fragment.rewritten(&[])),
                        };
                        self.dropped.push(Dropped::new(
                            failure.reason,
                            format!("{path}:{}", ask.line),
                            detail,
                        ));
                    }
                }
            }
        }
    }

    /// The steps that may change variables of modules when they run, with those modules.
    pub(super) fn stateful_steps(
        &self,
        script: &Script,
        imports: &HashMap<&str, &StepImport>,
    ) -> Vec<(usize, usize)> {
        let steps = script.steps.iter().enumerate();
        steps
            .filter(|(_, step)| !step.pure && step.imports.is_empty())
            .flat_map(|(position, step)| {
                let defined = self.defined_in(imports, &step.fragment).into_iter();
                defined
                    .filter(|&(module, name)| self.index.modules[module].is_stateful(name))
                    .map(move |(module, _)| (position, module))
            })
            .collect()
    }

    /// The modules whose definitions a question mentions; none where no step matters for that.
    pub(super) fn modules_of(
        &self,
        script: &Script,
        imports: &HashMap<&str, &StepImport>,
        ask: &Ask,
    ) -> BTreeSet<usize> {
        if script.steps.is_empty() {
            return BTreeSet::new();
        }
        let defined = self.defined_in(imports, &ask.fragment).into_iter();
        defined.map(|(module, _)| module).collect()
    }

    /// Definitions that a fragment mentions, unless a step rebinds their names.
    fn defined_in(
        &self,
        imports: &HashMap<&str, &StepImport>,
        fragment: &Fragment,
    ) -> Vec<(usize, NameId)> {
        let mentioned = fragment.mentions.iter().filter_map(|&mention| {
            let name = fragment.name(mention);
            let chain = fragment.chain(mention);
            let found = match imports.get(name) {
                Some(import) => find_imported(self.index, self.module, import, &chain),
                None => find(self.index, self.module, &chain),
            };
            match found?.meaning {
                Meaning::Defined { module, name } => Some((module, name)),
                _ => None,
            }
        });
        mentioned.collect()
    }

    fn attach_question(&self, question: &Question<'_>) -> Result<Call, Failure> {
        let candidates = self.candidates(question);
        let mut first_failure = None;
        for candidate in candidates {
            match self.build(question, &self.sliced[candidate]) {
                Ok(call) => return Ok(call),
                Err(failure) => first_failure = first_failure.or(Some(failure)),
            }
        }
        Err(first_failure.unwrap_or_else(|| Failure::new(Reason::CallIsNotOfProgram, "")))
    }

    /// The programs a question may belong to: that of the docstring's own unit if the question uses
    /// it, then those it calls, in order.
    fn candidates(&self, question: &Question<'_>) -> Vec<usize> {
        let mut mentioned = Vec::new();
        for fragment in question.fragments() {
            for &mention in &fragment.mentions {
                if let Some(Found {
                    meaning: Meaning::Defined { module, name },
                    ..
                }) = self.found(question, fragment, mention)
                    && let Some(&program) = self.by_entry.get(&(module, name))
                    && !mentioned.contains(&program)
                {
                    mentioned.push(program);
                }
            }
        }
        let own = question.script.owner.and_then(|item| {
            let source = &self.index.modules[self.module];
            let unit = &source.units[source.items[item].unit?];
            let name = source.names.get(&unit.name)?;
            self.by_entry.get(&(self.module, name)).copied()
        });
        if let Some(own) = own
            && let Some(position) = mentioned.iter().position(|&program| program == own)
        {
            mentioned.remove(position);
            mentioned.insert(0, own);
        }
        mentioned
    }

    /// Definition that a mention refers to outside the script.
    pub(super) fn found(
        &self,
        question: &Question<'_>,
        fragment: &Fragment,
        mention: Mention,
    ) -> Option<Found> {
        let chain = fragment.chain(mention);
        if let Some(found) = question.found.borrow().get(&chain) {
            return found.clone();
        }
        let found = self.look_up(question, fragment.name(mention), &chain);
        question.found.borrow_mut().insert(chain, found.clone());
        found
    }

    fn look_up(&self, question: &Question<'_>, name: &str, chain: &str) -> Option<Found> {
        let import = question
            .steps
            .iter()
            .flat_map(|&step| &question.script.steps[step].imports)
            .find(|import| import.name == name);
        if let Some(import) = import {
            return find_imported(self.index, self.module, import, chain);
        }
        if question.value(name).is_some()
            || question.bound_by_step(name)
            || question.script.locals.contains(name)
        {
            return None;
        }
        find(self.index, self.module, chain)
    }

    pub(super) fn build(&self, question: &Question<'_>, sliced: &Sliced) -> Result<Call, Failure> {
        let mut builder = Builder {
            attacher: self,
            question,
            sliced,
            imports: BTreeSet::new(),
            beside: BTreeSet::new(),
            replaced: Vec::new(),
        };
        let mut setup: Vec<String> = Vec::new();
        for &step in &question.steps {
            let step = &question.script.steps[step];
            if step.imports.is_empty() {
                builder.check_binds(&step.binds)?;
                setup.push(builder.text(&step.fragment)?);
            }
        }
        let ask = question.ask;
        let call = builder.text(&ask.fragment)?;
        if !ask.fragment.one_line || call.contains('\n') {
            return Err(Failure::new(
                Reason::CallNotLiteral,
                "a string in it spans lines",
            ));
        }
        if begins_with_word(&call, "await") || begins_with_word(&call, "yield") {
            return Err(Failure::new(
                Reason::CallNotLiteral,
                "only valid inside a function",
            ));
        }
        let mut lines: Vec<String> = builder.imports.iter().cloned().collect();
        lines.extend(builder.beside_text()?);
        lines.append(&mut setup);
        let setup = lines.join("\n");
        if call.len() + setup.len() > self.settings.max_call_bytes {
            let detail = format!("{} bytes with its setup", call.len() + setup.len());
            return Err(Failure::new(Reason::CallTooLarge, detail));
        }
        let program = sliced.program.id;
        Ok(Call {
            id: CallId::of(&[program.as_bytes(), setup.as_bytes(), call.as_bytes()]),
            program,
            arguments: arguments(question, sliced, &call),
            setup,
            call,
            origin: InputOrigin {
                kind: ask.kind,
                path: Some(self.index.modules[self.module].path.to_owned()),
                line: Some(ask.line),
            },
        })
    }
}

/// True if a text begins with a keyword, not with a name that begins like it.
fn begins_with_word(text: &str, word: &str) -> bool {
    let rest = text.trim_start_matches('(').trim_start().strip_prefix(word);
    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// The parts of a plain call of something the program defines.
fn arguments(question: &Question<'_>, sliced: &Sliced, call: &str) -> Option<Arguments> {
    let (_, literal) = question.ask.plain?;
    let (callee, rest) = call.split_once('(')?;
    let root = callee.split('.').next()?;
    let meaning = sliced.globals.get(&normal(root));
    let defined = matches!(meaning, Some(Meaning::Defined { .. }));
    let text = rest.strip_suffix(')').filter(|_| defined)?;
    // Values from a table count as if they stood in the call.
    let values_only = question
        .ask
        .fragment
        .mentions
        .iter()
        .skip(1)
        .all(|&mention| {
            let name = question.ask.fragment.name(mention);
            question
                .value(name)
                .is_some_and(|value| value.mentions.is_empty())
        });
    Some(Arguments {
        callee: callee.to_owned(),
        text: text.to_owned(),
        literal: literal || values_only,
    })
}
