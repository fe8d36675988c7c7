//! Calls that tests made when they ran: those whose arguments could be written anew, and the questions of tests
//! that reach a function by way of others.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use tracestone_record::{
    Arguments, Call, CallId, InputKind, InputOrigin, Line, ProgramId, TestReport,
};

use crate::Settings;
use crate::index::Index;
use crate::slice::{Sliced, entries};

use super::attach::{Attacher, Question};
use super::sighted::Sighted;
use super::steps::Steps;
use super::{Script, StepImport};

/// Recorded calls of one program.
const MOST_RECORDED: usize = 6;
/// Questions of one file of tests about a program that is reached by way of others.
const MOST_REACHED: usize = 2;

/// Programs by the places of their units.
pub(super) struct Places<'a> {
    /// By path: first and last line of each unit, and the position of its program.
    by_path: HashMap<&'a str, Vec<(Line, Line, usize)>>,
}

impl<'a> Places<'a> {
    pub(super) fn new(index: &'a Index<'_, '_>, sliced: &[Sliced]) -> Self {
        let programs: HashMap<_, usize> = sliced
            .iter()
            .enumerate()
            .map(|(position, sliced)| ((sliced.module, sliced.entry), position))
            .collect();
        let mut by_path: HashMap<&str, Vec<(Line, Line, usize)>> = HashMap::new();
        for (number, module) in index.modules.iter().enumerate() {
            for (item, unit) in entries(module) {
                let found = &module.units[unit];
                let program = module.names.get(&found.name);
                let Some(&program) = program.and_then(|name| programs.get(&(number, name))) else {
                    continue;
                };
                let item = &module.items[item];
                let (first, last) = match item.is_definition() {
                    true => (item.lead, item.lines.last),
                    // Without its decorators, of which a line before belongs to nothing else.
                    false => (found.lines.first, found.lines.last),
                };
                by_path
                    .entry(module.path)
                    .or_default()
                    .push((first, last, program));
            }
        }
        Self { by_path }
    }

    /// The program whose unit a line of a file is a part of.
    fn at(&self, path: &str, line: Line) -> Option<usize> {
        let mut units = self.by_path.get(path)?.iter();
        units
            .find(|(first, last, _)| (*first..=*last).contains(&line))
            .map(|(_, _, program)| *program)
    }
}

/// The recorded calls as calls of programs.
pub(super) fn recorded(
    tests: &TestReport,
    sliced: &[Sliced],
    places: &Places<'_>,
    settings: &Settings,
) -> Vec<Sighted> {
    let mut calls: BTreeMap<usize, Vec<Sighted>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for recorded in &tests.calls {
        let Some(position) = places.at(&recorded.path, recorded.line) else {
            continue;
        };
        let sliced = &sliced[position];
        let program = &sliced.program;
        let fits = match &program.package {
            Some(package) => package.module == recorded.module,
            // A text has no other names than its own.
            None => {
                let mut reads = recorded.reads.iter();
                recorded.setup.is_empty() && reads.all(|name| sliced.globals.contains_key(name))
            }
        };
        let size = recorded.setup.len() + recorded.call.len();
        if !fits || recorded.call.contains('\n') || size > settings.max_call_bytes {
            continue;
        }
        let parts = [&recorded.setup, &recorded.call].map(|text| text.as_bytes());
        let id = CallId::of(&[program.id.as_bytes(), parts[0], parts[1]]);
        let own = calls.entry(position).or_default();
        if own.len() >= MOST_RECORDED || !seen.insert(id) {
            continue;
        }
        own.push(Sighted {
            call: Call {
                id,
                program: program.id,
                arguments: arguments(&recorded.call, &program.entry, recorded.literal),
                setup: recorded.setup.clone(),
                call: recorded.call.clone(),
                origin: InputOrigin {
                    kind: InputKind::Recorded,
                    path: Some(recorded.test.clone()),
                    line: Some(recorded.at),
                },
            },
            aside: false,
        });
    }
    calls.into_values().flatten().collect()
}

/// The parts of a call of the entry with literal arguments.
fn arguments(call: &str, entry: &str, literal: bool) -> Option<Arguments> {
    let text = call
        .strip_prefix(entry)?
        .strip_prefix('(')?
        .strip_suffix(')')?;
    literal.then(|| Arguments {
        callee: entry.to_owned(),
        text: text.to_owned(),
        literal: true,
    })
}

/// Programs that have no call, by the lines of tests that reach them.
pub(super) struct Reached {
    /// By module of the test and line.
    by_line: HashMap<usize, BTreeMap<Line, Vec<usize>>>,
}

impl Reached {
    pub(super) fn new(
        index: &Index<'_, '_>,
        tests: &TestReport,
        sliced: &[Sliced],
        places: &Places<'_>,
        has_calls: &dyn Fn(ProgramId) -> bool,
    ) -> Self {
        let mut by_line: HashMap<usize, BTreeMap<Line, Vec<usize>>> = HashMap::new();
        for (path, lines) in &tests.reached {
            let Some(module) = index.module_at(path) else {
                continue;
            };
            for (line, reached) in lines {
                let programs: BTreeSet<usize> = reached
                    .iter()
                    .filter_map(|(path, line)| places.at(path, *line))
                    .filter(|&program| {
                        let program = &sliced[program].program;
                        program.package.is_some() && !has_calls(program.id)
                    })
                    .collect();
                if !programs.is_empty() {
                    let lines = by_line.entry(module).or_default();
                    lines.insert(*line, programs.into_iter().collect());
                }
            }
        }
        Self { by_line }
    }
}

impl Attacher<'_, '_, '_> {
    /// Attaches the questions of a file's tests to programs that they reach by way of others.
    pub(super) fn attach_reached(&mut self, reached: &Reached) {
        let Some(lines) = reached.by_line.get(&self.module) else {
            return;
        };
        let index = self.index;
        let mut count = HashMap::new();
        for script in &index.modules[self.module].scripts {
            self.attach_reached_by(script, lines, &mut count);
        }
    }

    fn attach_reached_by(
        &mut self,
        script: &Script,
        lines: &BTreeMap<Line, Vec<usize>>,
        count: &mut HashMap<usize, usize>,
    ) {
        let asks: Vec<_> = script
            .asks
            .iter()
            .filter_map(|ask| {
                let height = ask.fragment.text.matches('\n').count();
                let last = Line(ask.line.0 + u32::try_from(height).unwrap_or(0));
                let programs: BTreeSet<usize> = lines
                    .range(ask.line..=last)
                    .flat_map(|(_, found)| found)
                    .copied()
                    .collect();
                (!programs.is_empty()).then_some((ask, programs))
            })
            .collect();
        if asks.is_empty() {
            return;
        }
        let imports: HashMap<&str, &StepImport> = script
            .steps
            .iter()
            .flat_map(|step| &step.imports)
            .map(|import| (import.name.as_str(), import))
            .collect();
        let steps = Steps::of(script, &self.stateful_steps(script, &imports));
        for (ask, programs) in asks {
            let modules = self.modules_of(script, &imports, ask);
            for row in &script.rows {
                let Ok(steps) = steps.needed(ask, row, &modules) else {
                    break;
                };
                let question = Question {
                    script,
                    ask,
                    row,
                    steps,
                    found: RefCell::default(),
                };
                for &program in &programs {
                    let count = count.entry(program).or_default();
                    if *count < MOST_REACHED
                        && let Ok(call) = self.build(&question, &self.sliced[program])
                    {
                        *count += 1;
                        self.calls.push(Sighted { call, aside: false });
                    }
                }
            }
        }
    }
}
