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
mod instances;
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
pub const VERSION: u32 = 4;

/// Longer calls make no good question.
const MAX_CALL_BYTES: usize = 500;
/// Instances inside instances.
const MAX_INSTANCE_DEPTH: u32 = 2;
/// Instances that follow each other from one that a call is given.
const MAX_LINKED: usize = 5;
/// Elements of a container of instances.
const MAX_INSTANCES: usize = 4;
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
        before: Vec::new(),
        names: Vec::new(),
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
    /// Statements that the candidate in the making needs before its call.
    before: Vec<String>,
    /// The names that these bind.
    names: Vec<String>,
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
            self.start_anew();
            let Some((arguments, literal)) = self.arguments_for(target, 0) else {
                continue;
            };
            let (entry, setup) = (&program.entry, self.before.join("\n"));
            if yields {
                // Nothing of a generator runs before somebody asks for its values.
                let call = format!("list(zip(range({MAX_YIELDED}), {entry}({arguments})))");
                self.push_text(&setup, call);
            } else {
                self.push(InputKind::Generated, &setup, entry, &arguments, literal);
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
            self.start_anew();
            let Some(on) = self.receiver(class, &methods, attempt / methods.len()) else {
                continue;
            };
            let method = methods[attempt % methods.len()];
            if let Some(call) = self.method_call(method, class, &on) {
                let setup = self.before.join("\n");
                self.push_text(&setup, call);
            }
        }
    }

    /// Forgets the statements of the candidate before.
    fn start_anew(&mut self) {
        self.before.clear();
        self.names.clear();
    }

    /// A name for an instance that neither the program nor the candidate uses.
    fn name_for(&mut self, class: &str) -> String {
        let plain = variable(class, &self.program.text);
        let mut name = plain.clone();
        let mut number = 1;
        let taken = |name: &String| {
            self.names.contains(name) || self.before.iter().any(|text| text.contains(name))
        };
        while taken(&name) {
            number += 1;
            name = format!("{plain}{number}");
        }
        self.names.push(name.clone());
        name
    }

    /// An instance to call a method on; the statements that lead to it go before.
    fn receiver(&mut self, class: &str, methods: &[&Definition], round: usize) -> Option<String> {
        if round.is_multiple_of(3)
            && let Some(base) = self.harvest.bases.choose(&mut self.random)
        {
            self.before.push(base.setup.clone());
            self.names.push(base.name.clone());
            return Some(base.name.clone());
        }
        if round % 3 == 1 {
            return self.instance(class, 0);
        }
        let name = self.named_instance(class)?;
        for _ in 0..self.random.random_range(1..=MAX_STEPS) {
            let method = methods.choose(&mut self.random).copied();
            let step = method.and_then(|method| self.method_call(method, class, &name));
            self.before.extend(step);
        }
        Some(name)
    }

    /// The name of an instance that a statement makes.
    fn named_instance(&mut self, class: &str) -> Option<String> {
        let instance = self.instance(class, 0)?;
        let name = self.name_for(class);
        self.before.push(format!("{name} = {instance}"));
        Some(name)
    }

    /// The name of an instance from which others are reached: a tree, a chain. `None` where instances
    /// of the class lead to no other, or only by what their constructor is given.
    fn linked_instance(&mut self, class: &str) -> Option<String> {
        if instances::links(self.program, class).is_empty() {
            return None;
        }
        let name = self.named_instance(class)?;
        let mut ends = vec![(name.clone(), class.to_owned())];
        for _ in 0..self.random.random_range(1..=MAX_LINKED) {
            let (from, of) = ends.choose(&mut self.random)?.clone();
            let links = instances::links(self.program, &of);
            let Some(link) = links.choose(&mut self.random) else {
                continue;
            };
            let place = format!("{from}.{}", link.attribute);
            if ends.iter().any(|(taken, _)| *taken == place) {
                continue;
            }
            let instance = self.instance(&link.class, 1)?;
            self.before.push(format!("{place} = {instance}"));
            ends.push((place, link.class.clone()));
        }
        Some(name)
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
                None if parameter.annotation.is_some() => self.seen_type(name, parts.len())?,
                None => self.guessed_type(name, parts.len(), parameter),
                Some(wanted) => wanted,
            };
            let text = if mentions_class(&wanted) {
                literal = false;
                self.expression(&wanted, name, depth)?
            } else {
                self.literal(&wanted, 0)?
            };
            parts.push(match parameter.kind {
                ParameterKind::KeywordOnly => format!("{}={text}", parameter.name),
                _ => text,
            });
        }
        Some((parts.join(", "), literal))
    }

    fn literal(&mut self, wanted: &Type, depth: u32) -> Option<String> {
        let mut values = Values {
            random: &mut self.random,
            constants: &self.constants,
        };
        Some(values.value(wanted, depth)?.python_repr())
    }

    /// An expression for a type that has instances of classes in it. `owner` is whose parameter it is for.
    fn expression(&mut self, wanted: &Type, owner: &str, depth: u32) -> Option<String> {
        let few = |maker: &mut Self| maker.random.random_range(0..=MAX_INSTANCES);
        Some(match wanted {
            Type::Named(class) => {
                let class = match class.as_str() {
                    "Self" => owner.split('.').next().unwrap_or(class),
                    class => class,
                };
                if depth == 0
                    && Values::coin(&mut self.random)
                    && let Some(name) = self.linked_instance(class)
                {
                    return Some(name);
                }
                self.instance(class, depth + 1)?
            }
            Type::OneOf(kinds) => {
                // One after the other from a random one on, since some cannot be made.
                let first = self.random.random_range(0..kinds.len());
                let mut kinds = kinds.iter().cycle().skip(first).take(kinds.len());
                kinds.find_map(|kind| self.expression(kind, owner, depth))?
            }
            Type::List(element) | Type::Tuples(element) | Type::Set(element) => {
                let count = few(self);
                let items: Option<Vec<String>> = (0..count)
                    .map(|_| self.expression(element, owner, depth.max(1)))
                    .collect();
                let items = items?.join(", ");
                match wanted {
                    Type::List(_) => format!("[{items}]"),
                    Type::Tuples(_) => format!("tuple([{items}])"),
                    _ => format!("set([{items}])"),
                }
            }
            Type::Tuple(elements) => {
                let items: Option<Vec<String>> = elements
                    .iter()
                    .map(|element| self.expression(element, owner, depth.max(1)))
                    .collect();
                format!("tuple([{}])", items?.join(", "))
            }
            Type::Dict(key, value) => {
                let count = few(self);
                let entries: Option<Vec<String>> = (0..count)
                    .map(|_| {
                        let key = self.expression(key, owner, depth.max(1))?;
                        let value = self.expression(value, owner, depth.max(1))?;
                        Some(format!("{key}: {value}"))
                    })
                    .collect();
                format!("{{{}}}", entries?.join(", "))
            }
            plain => self.literal(plain, depth.min(1))?,
        })
    }

    /// A type for a parameter that says none: that of what mined calls pass, the class whose attributes
    /// the function asks it for, or what its name suggests.
    fn guessed_type(&self, name: &str, position: usize, parameter: &Parameter) -> Type {
        let seen = self.seen_type(name, position);
        seen.or_else(|| {
            let function = definition(self.program, name)?;
            instances::class_of_parameter(self.program, function, &parameter.name).map(Type::Named)
        })
        .unwrap_or_else(|| types::of_name(&parameter.name))
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

/// Whether instances of a class are in values of the type.
fn mentions_class(wanted: &Type) -> bool {
    match wanted {
        Type::Named(_) => true,
        Type::List(inner) | Type::Set(inner) | Type::Tuples(inner) => mentions_class(inner),
        Type::Dict(key, value) => mentions_class(key) || mentions_class(value),
        Type::Tuple(kinds) | Type::OneOf(kinds) => kinds.iter().any(mentions_class),
        _ => false,
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
