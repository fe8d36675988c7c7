//! Candidate calls of a program. Receivers of methods are made in `receivers`, arguments in `parameters`.

use std::collections::BTreeSet;

use rand::SeedableRng as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;
use tracestone_record::{
    Arguments, Call, CallId, Definition, InputKind, InputOrigin, Program, UnitKind,
};

use crate::aliases::Aliases;
use crate::arguments::{self, Argument};
use crate::constants::Constants;
use crate::definitions::{bases, definition, is_async, is_generator, lineage, methods};
use crate::harvest::Harvest;
use crate::mutate;

/// Longer calls make no good question.
const MAX_CALL_BYTES: usize = 500;
/// Methods of a class that get calls.
const MAX_METHODS: usize = 24;
/// Calls for each method of a class, where its methods are many.
const CALLS_PER_METHOD: usize = 5;
/// Calls for a class.
const MAX_FOR_CLASS: usize = 60;
/// Calls for a class that has nothing but a constructor.
const MAX_CONSTRUCTED: usize = 6;
/// Values that are taken from a generator.
const MAX_YIELDED: usize = 8;

/// Makes the candidates of one program.
pub(crate) struct Maker<'a> {
    pub(crate) program: &'a Program,
    pub(crate) random: ChaCha8Rng,
    pub(crate) constants: Constants,
    pub(crate) aliases: Aliases,
    pub(crate) harvest: Harvest,
    seen: BTreeSet<CallId>,
    /// Statements that the candidate in the making needs before its call.
    pub(crate) before: Vec<String>,
    /// The names that these bind.
    pub(crate) names: Vec<String>,
    pub(crate) calls: Vec<Call>,
}

impl<'a> Maker<'a> {
    /// With no candidates yet; none will be one of the mined calls.
    pub(crate) fn new(program: &'a Program, mined: &[Call], seed: [u8; 32]) -> Self {
        Self {
            program,
            random: ChaCha8Rng::from_seed(seed),
            constants: Constants::of(&program.text),
            aliases: Aliases::of(&program.text),
            harvest: Harvest::of(mined),
            seen: mined.iter().map(|call| call.id).collect(),
            before: Vec::new(),
            names: Vec::new(),
            calls: Vec::new(),
        }
    }

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
    fn push_text(&mut self, call: String) {
        let setup = self.before.join("\n");
        self.push_call(InputKind::Generated, &setup, call, None);
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

    pub(crate) fn mutate(&mut self, mined: &[Call], count: usize) {
        let seeds: Vec<(&Call, &Arguments, Vec<Argument>)> = mined
            .iter()
            .filter_map(|call| {
                let arguments = call.arguments.as_ref().filter(|found| found.literal)?;
                let parsed = arguments::split(&arguments.text)?;
                // A test of what happens with wrong types is no start for calls with right ones.
                let callee = definition(self.program, &arguments.callee);
                let fits = callee.is_none_or(|callee| self.fit(callee, &parsed));
                (fits && !parsed.is_empty()).then_some((call, arguments, parsed))
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
            let callee = definition(self.program, &arguments.callee);
            if callee.is_some_and(|callee| !self.fit(callee, &mutated)) {
                continue;
            }
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

    pub(crate) fn generate(&mut self, count: usize) {
        let program = self.program;
        let Some(target) = definition(program, &program.entry) else {
            return;
        };
        if target.kind == UnitKind::Class {
            return self.generate_for_class(&program.entry, 2 * count);
        }
        let before = self.calls.len();
        let yields = is_generator(program, target);
        let waits = is_async(program, target);
        for _ in 0..count * 2 {
            if self.calls.len() - before >= count {
                return;
            }
            self.start_anew();
            let Some((arguments, literal)) = self.arguments_for(target, 0) else {
                continue;
            };
            let entry = &program.entry;
            match (yields, waits) {
                // Nothing of a generator runs before somebody asks for its values.
                (true, false) => {
                    let call = format!("list(zip(range({MAX_YIELDED}), {entry}({arguments})))");
                    self.push_text(call);
                }
                // Nothing of a coroutine runs before somebody waits for it.
                (false, true) => {
                    self.need_asyncio();
                    self.push_text(format!("asyncio.run({entry}({arguments}))"));
                }
                (true, true) => return,
                (false, false) => {
                    let setup = self.before.join("\n");
                    self.push(InputKind::Generated, &setup, entry, &arguments, literal);
                }
            }
        }
    }

    /// The calls of a test that needs nothing from outside: those of a test function without
    /// parameters, or of the tests of a class.
    pub(crate) fn run_tests(&mut self) {
        let program = self.program;
        let Some(target) = definition(program, &program.entry) else {
            return;
        };
        self.start_anew();
        let entry = &program.entry;
        if target.kind != UnitKind::Class {
            let plain = target.parameters.is_empty() && !is_generator(program, target);
            if plain && is_async(program, target) {
                self.need_asyncio();
                self.push_text(format!("asyncio.run({entry}())"));
            } else if plain {
                self.push(InputKind::Generated, "", entry, "", true);
            }
            return;
        }
        let has = |method: &str| definition(program, &format!("{entry}.{method}")).is_some();
        let of_unittest = lineage(program, entry).iter().any(|class| {
            let bases = bases(program, class);
            bases.iter().any(|base| base.ends_with("TestCase"))
        });
        // Only the library knows how to set up what the class itself does not.
        if !of_unittest
            && ["__init__", "setup_method", "setup", "setup_class"]
                .iter()
                .any(|&name| has(name))
        {
            return;
        }
        let tests: Vec<&Definition> = methods(program, entry)
            .filter(|method| {
                let name = method.name.strip_prefix(entry.as_str()).unwrap_or("");
                name.starts_with(".test") && method.parameters.len() == 1
            })
            .take(MAX_FOR_CLASS)
            .collect();
        for test in tests {
            if is_async(program, test) || is_generator(program, test) {
                continue;
            }
            self.start_anew();
            let name = test.name.rsplit('.').next().unwrap_or(&test.name);
            if of_unittest {
                if has("setUpClass") {
                    self.before.push(format!("{entry}.setUpClass()"));
                }
                self.push_text(format!("{entry}('{name}').debug()"));
            } else {
                self.push_text(format!("{entry}().{name}()"));
            }
        }
    }

    /// Calls of methods, half of them on instances that other methods have been called on.
    fn generate_for_class(&mut self, class: &str, count: usize) {
        let methods: Vec<&Definition> = methods(self.program, class).take(MAX_METHODS).collect();
        if methods.is_empty() {
            return self.construct(class, count);
        }
        if count == 0 {
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
                self.push_text(call);
            }
        }
    }

    /// Calls of the constructor, for a class whose own code is not reached otherwise.
    fn construct(&mut self, class: &str, count: usize) {
        let written = ["__init__", "__new__", "__post_init__"]
            .iter()
            .any(|name| definition(self.program, &format!("{class}.{name}")).is_some());
        if !written {
            return;
        }
        for _ in 0..count.min(MAX_CONSTRUCTED) {
            self.start_anew();
            if let Some(instance) = self.instance(class, 0) {
                self.push_text(instance);
            }
        }
    }

    /// Forgets the statements of the candidate before.
    fn start_anew(&mut self) {
        self.before.clear();
        self.names.clear();
    }

    /// A name for an instance that neither the program nor the candidate uses.
    pub(crate) fn name_for(&mut self, class: &str) -> String {
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
