//! Candidate inputs for programs, made without running anything.
//!
//! Two ways: mutation of the literal arguments of mined calls, and generation from what is known of
//! the parameters: annotations, defaults, guesses from how the body uses them, and the constants in
//! the program's text. Methods are called on instances that are built from generated arguments.
//! Which candidates are worth keeping is decided where they run.
//!
//! Everything is drawn from a generator seeded by the program, so that a program has the same
//! candidates on every machine.

mod arguments;
mod constants;
mod fields;
mod harvest;
mod mutate;
mod types;
mod values;

use std::collections::BTreeSet;

use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tracestone_record::{
    Arguments, Call, CallId, Definition, InputKind, InputOrigin, Parameter, ParameterKind, Program,
    UnitKind,
};

use arguments::Argument;
use constants::Constants;
use harvest::Harvest;
use types::Type;
use values::Values;

/// Goes up whenever the same program could get other candidates than before.
pub const VERSION: u32 = 3;

/// Longer calls make no good question.
const MAX_CALL_BYTES: usize = 500;
/// Instances inside instances.
const MAX_INSTANCE_DEPTH: u32 = 2;
/// Methods of a class that get calls.
const MAX_METHODS: usize = 24;
/// Calls for each method of a class, where its methods are many.
const CALLS_PER_METHOD: usize = 5;
/// Calls for a class.
const MAX_FOR_CLASS: usize = 60;

/// Calls on an instance before the one that is asked about.
const MAX_STEPS: usize = 4;
/// Values that are taken from a generator.
const MAX_YIELDED: usize = 8;
/// Methods with two underscores that something else calls.
const SPECIAL_METHODS: &[&str] = &[
    "__abs__",
    "__add__",
    "__bool__",
    "__call__",
    "__contains__",
    "__eq__",
    "__getitem__",
    "__gt__",
    "__hash__",
    "__iter__",
    "__len__",
    "__lt__",
    "__mul__",
    "__neg__",
    "__pow__",
    "__repr__",
    "__str__",
    "__sub__",
    "__truediv__",
];
/// Methods that an operator calls.
const OPERATORS: &[(&str, &str)] = &[
    ("__add__", "+"),
    ("__eq__", "=="),
    ("__gt__", ">"),
    ("__lt__", "<"),
    ("__mul__", "*"),
    ("__pow__", "**"),
    ("__sub__", "-"),
    ("__truediv__", "/"),
];

/// How many candidates to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Mutations of mined calls, in each round.
    pub mutated: usize,
    /// Calls from types, in each round.
    pub generated: usize,
    /// Rounds: those after the first are for programs in which statements were not reached yet.
    pub rounds: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            mutated: 16,
            generated: 20,
            rounds: 8,
        }
    }
}

/// Calls worth trying on a program, other than the mined ones, in rounds. None is known to make sense.
#[must_use]
pub fn candidates(program: &Program, mined: &[Call], bounds: Bounds) -> Vec<Vec<Call>> {
    if is_test(&program.entry) {
        return Vec::new();
    }
    let mut maker = Maker {
        program,
        random: ChaCha8Rng::from_seed(seed(program)),
        constants: Constants::of(&program.text),
        harvest: Harvest::of(mined),
        seen: mined.iter().map(|call| call.id).collect(),
        calls: Vec::new(),
    };
    let rounds = (0..bounds.rounds).map(|_| {
        maker.mutate(mined, bounds.mutated);
        maker.generate(bounds.generated);
        std::mem::take(&mut maker.calls)
    });
    rounds.filter(|round| !round.is_empty()).collect()
}

/// What a test calls is of interest, not the test.
fn is_test(entry: &str) -> bool {
    let lower = entry.to_ascii_lowercase();
    lower.starts_with("test") || lower.ends_with("test") || lower.ends_with("tests")
}

fn seed(program: &Program) -> [u8; 32] {
    let mut seed = [0; 32];
    seed[..16].copy_from_slice(program.id.as_bytes());
    seed[16] = VERSION.to_le_bytes()[0];
    seed
}

struct Maker<'a> {
    program: &'a Program,
    random: ChaCha8Rng,
    constants: Constants,
    harvest: Harvest,
    seen: BTreeSet<CallId>,
    calls: Vec<Call>,
}

impl Maker<'_> {
    /// Adds a plain call of something the program defines.
    fn push(&mut self, kind: InputKind, setup: &str, callee: &str, arguments: &str, literal: bool) {
        let parts = Arguments {
            callee: callee.to_owned(),
            text: arguments.to_owned(),
            literal,
        };
        self.push_call(kind, setup, format!("{callee}({arguments})"), Some(parts));
    }

    /// Adds any other expression.
    fn push_text(&mut self, setup: &str, call: String) {
        self.push_call(InputKind::Generated, setup, call, None);
    }

    /// Adds a call unless it is there already.
    fn push_call(
        &mut self,
        kind: InputKind,
        setup: &str,
        call: String,
        arguments: Option<Arguments>,
    ) {
        if call.len() + setup.len() > MAX_CALL_BYTES {
            return;
        }
        let program = self.program.id;
        let id = CallId::of(&[program.as_bytes(), setup.as_bytes(), call.as_bytes()]);
        if !self.seen.insert(id) {
            return;
        }
        self.calls.push(Call {
            id,
            program,
            setup: setup.to_owned(),
            call,
            arguments,
            origin: InputOrigin {
                kind,
                path: None,
                line: None,
            },
        });
    }

    fn mutate(&mut self, mined: &[Call], count: usize) {
        let seeds: Vec<(&Call, &Arguments, Vec<Argument>)> = mined
            .iter()
            .filter_map(|call| {
                let arguments = call.arguments.as_ref().filter(|found| found.literal)?;
                let parsed = arguments::split(&arguments.text)?;
                (!parsed.is_empty()).then_some((call, arguments, parsed))
            })
            .collect();
        let pool: Vec<Argument> = seeds
            .iter()
            .flat_map(|(_, _, parsed)| parsed.iter().cloned())
            .collect();
        let before = self.calls.len();
        // Small values have few mutations, so that some attempts give what is there already.
        for _ in 0..count * 3 {
            if self.calls.len() - before >= count {
                return;
            }
            let Some((call, arguments, parsed)) = seeds.choose(&mut self.random) else {
                return;
            };
            let mutated = mutate::arguments(parsed, &pool, &self.constants, &mut self.random);
            let text = arguments::join(&mutated);
            self.push(
                InputKind::Mutated,
                &call.setup,
                &arguments.callee,
                &text,
                true,
            );
        }
    }

    fn generate(&mut self, count: usize) {
        let program = self.program;
        let Some(target) = definition(program, &program.entry) else {
            return;
        };
        if target.kind == UnitKind::Class {
            return self.generate_for_class(&program.entry, 2 * count);
        }
        let before = self.calls.len();
        let yields = is_generator(program, target);
        for _ in 0..count * 2 {
            if self.calls.len() - before >= count {
                return;
            }
            let Some((arguments, literal)) = self.arguments_for(target, 0) else {
                continue;
            };
            let entry = &program.entry;
            if yields {
                // Nothing of a generator runs before somebody asks for its values.
                let call = format!("list(zip(range({MAX_YIELDED}), {entry}({arguments})))");
                self.push_text("", call);
            } else {
                self.push(InputKind::Generated, "", entry, &arguments, literal);
            }
        }
    }

    /// Calls of methods, half of them on instances that other methods have been called on.
    fn generate_for_class(&mut self, class: &str, count: usize) {
        let methods: Vec<&Definition> = methods(self.program, class).take(MAX_METHODS).collect();
        if methods.is_empty() || count == 0 {
            return;
        }
        let count = count
            .max(methods.len() * CALLS_PER_METHOD)
            .min(MAX_FOR_CLASS);
        let before = self.calls.len();
        for attempt in 0..count * 2 {
            if self.calls.len() - before >= count {
                return;
            }
            let Some((setup, on)) = self.receiver(class, &methods, attempt / methods.len()) else {
                continue;
            };
            let method = methods[attempt % methods.len()];
            if let Some(call) = self.method_call(method, class, &on) {
                self.push_text(&setup, call);
            }
        }
    }

    /// An instance to call a method on, and the statements that lead to it.
    fn receiver(
        &mut self,
        class: &str,
        methods: &[&Definition],
        round: usize,
    ) -> Option<(String, String)> {
        if round.is_multiple_of(3)
            && let Some(base) = self.harvest.bases.choose(&mut self.random)
        {
            return Some((base.setup.clone(), base.name.clone()));
        }
        let instance = self.instance(class, 0)?;
        if round % 3 == 1 {
            return Some((String::new(), instance));
        }
        let name = variable(class, &self.program.text);
        let mut setup = vec![format!("{name} = {instance}")];
        for _ in 0..self.random.random_range(1..=MAX_STEPS) {
            let method = methods.choose(&mut self.random).copied();
            setup.extend(method.and_then(|method| self.method_call(method, class, &name)));
        }
        Some((setup.join("\n"), name))
    }

    /// The expression that calls a method: `stack.push(1)`, `len(stack)`.
    fn method_call(&mut self, method: &Definition, class: &str, on: &str) -> Option<String> {
        let name = method.name.strip_prefix(class)?.strip_prefix('.')?;
        let (arguments, _) = self.arguments_for(method, 0)?;
        let operator = OPERATORS.iter().find(|(method, _)| *method == name);
        if let Some((_, operator)) = operator {
            return Some(format!("{on} {operator} {arguments}"));
        }
        Some(match (name, arguments.as_str()) {
            ("__len__", "") => format!("len({on})"),
            ("__str__", "") => format!("str({on})"),
            ("__repr__", "") => format!("repr({on})"),
            ("__bool__", "") => format!("bool({on})"),
            ("__iter__", "") => format!("list({on})"),
            ("__neg__", "") => format!("-{on}"),
            ("__abs__", "") => format!("abs({on})"),
            ("__hash__", "") => format!("hash({on}) == hash({on})"),
            ("__contains__", item) => format!("{item} in {on}"),
            ("__getitem__", item) => format!("{on}[{item}]"),
            ("__call__", arguments) => format!("{on}({arguments})"),
            (name, arguments) => format!("{on}.{name}({arguments})"),
        })
    }

    /// `Name(arguments)` for a class of the program.
    fn instance(&mut self, class: &str, depth: u32) -> Option<String> {
        let program = self.program;
        if depth > MAX_INSTANCE_DEPTH || definition(program, class)?.kind != UnitKind::Class {
            return None;
        }
        let arguments = match definition(program, &format!("{class}.__init__")) {
            Some(init) => self.arguments_for(init, depth + 1)?.0,
            None => {
                let fields = fields::of(program, definition(program, class)?);
                self.values_for(class, &fields, depth + 1)?.0
            }
        };
        Some(format!("{class}({arguments})"))
    }

    /// An argument list for a function, and whether it is made of literals.
    fn arguments_for(&mut self, definition: &Definition, depth: u32) -> Option<(String, bool)> {
        let is_method = definition.kind == UnitKind::Method;
        if let Some(seen) = self.seen_arguments(definition) {
            return Some((seen, true));
        }
        let parameters = definition.parameters.get(usize::from(is_method)..);
        self.values_for(&definition.name, parameters.unwrap_or_default(), depth)
    }

    /// Values for the parameters of a function or the fields of a class.
    fn values_for(
        &mut self,
        name: &str,
        parameters: &[Parameter],
        depth: u32,
    ) -> Option<(String, bool)> {
        let mut parts = Vec::new();
        let mut literal = true;
        for parameter in parameters {
            let optional = parameter.default.is_some();
            match parameter.kind {
                ParameterKind::VarPositional | ParameterKind::VarKeyword => continue,
                // Half of what may be left out is left out.
                _ if optional && Values::coin(&mut self.random) => {
                    if parameter.kind == ParameterKind::KeywordOnly {
                        continue;
                    }
                    break;
                }
                _ => {}
            }
            let wanted = match Type::of_parameter(parameter) {
                // By custom, what an operator or comparison takes is an instance, too.
                None if parameter.name == "other" => Type::Named("Self".to_owned()),
                None => self.seen_type(name, parts.len())?,
                Some(wanted) => wanted,
            };
            let text = match &wanted {
                Type::Named(class) => {
                    literal = false;
                    let class = match class.as_str() {
                        "Self" => name.split('.').next().unwrap_or(class),
                        class => class,
                    };
                    self.instance(class, depth + 1)?
                }
                wanted => {
                    let mut values = Values {
                        random: &mut self.random,
                        constants: &self.constants,
                    };
                    values.value(wanted, 0)?.python_repr()
                }
            };
            parts.push(match parameter.kind {
                ParameterKind::KeywordOnly => format!("{}={text}", parameter.name),
                _ => text,
            });
        }
        Some((parts.join(", "), literal))
    }

    /// What mined calls pass to a method or constructor: as it is, or changed a little.
    fn seen_arguments(&mut self, definition: &Definition) -> Option<String> {
        if definition.kind != UnitKind::Method || Values::coin(&mut self.random) {
            return None;
        }
        let lists = self.harvest.arguments.get(called_by(&definition.name))?;
        let list = lists.choose(&mut self.random)?;
        let changed = match list.is_empty() || Values::coin(&mut self.random) {
            true => list.clone(),
            false => mutate::arguments(list, list, &self.constants, &mut self.random),
        };
        Some(arguments::join(&changed))
    }

    /// The type of what mined calls pass at a place.
    fn seen_type(&self, name: &str, position: usize) -> Option<Type> {
        let lists = self.harvest.arguments.get(called_by(name))?;
        let argument = lists.iter().find_map(|list| list.get(position))?;
        argument
            .keyword
            .is_none()
            .then(|| types::of_value(&argument.value))
    }
}

/// The name by which calls name a function, a method or, for `__init__`, its class.
fn called_by(name: &str) -> &str {
    let mut parts = name.rsplit('.');
    match (parts.next(), parts.next()) {
        (Some("__init__"), Some(class)) => class,
        (Some(name), _) => name,
        (None, _) => "",
    }
}

/// Whether a function's text says `yield`.
fn is_generator(program: &Program, function: &Definition) -> bool {
    let lines = program.text.lines();
    let first = function.lines.first.index();
    let count = function.lines.last.index() + 1 - first;
    lines.skip(first).take(count).any(|line| {
        let text = line.trim_start();
        text.starts_with("yield") || text.contains("= yield") || text.contains("(yield")
    })
}

fn definition<'p>(program: &'p Program, name: &str) -> Option<&'p Definition> {
    let definitions = &program.definitions;
    definitions
        .iter()
        .rfind(|definition| definition.name == name)
}

/// The methods of a class that can be called from outside.
fn methods<'p>(program: &'p Program, class: &str) -> impl Iterator<Item = &'p Definition> {
    program.definitions.iter().filter(move |definition| {
        definition.kind == UnitKind::Method
            && definition
                .name
                .strip_prefix(class)
                .and_then(|rest| rest.strip_prefix('.'))
                .is_some_and(|method| {
                    let special = SPECIAL_METHODS.contains(&method);
                    !method.contains('.') && (special || !method.starts_with('_'))
                })
    })
}

/// A name for an instance that the program's text does not use: `linked_list` for `LinkedList`.
fn variable(class: &str, text: &str) -> String {
    let mut name = String::new();
    for (at, c) in class.char_indices() {
        if c.is_ascii_uppercase() && at > 0 && !name.ends_with('_') {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    while text
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| word == name)
    {
        name.push('_');
    }
    name
}
