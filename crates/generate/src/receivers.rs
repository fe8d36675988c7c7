//! Receivers of methods: instances made from arguments or by statements before the call, and linked to
//! others.

use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use tracestone_record::{Definition, UnitKind};

use crate::definitions::definition;
use crate::maker::Maker;
use crate::{fields, instances};

/// Instances inside instances.
const MAX_INSTANCE_DEPTH: u32 = 2;
/// Instances that follow each other from one that a call is given.
const MAX_LINKED: usize = 5;
/// Calls on an instance before the one that is asked about.
const MAX_STEPS: usize = 4;
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

impl Maker<'_> {
    /// An instance to call a method on; the statements that lead to it go before.
    pub(crate) fn receiver(
        &mut self,
        class: &str,
        methods: &[&Definition],
        round: usize,
    ) -> Option<String> {
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
    pub(crate) fn linked_instance(&mut self, class: &str) -> Option<String> {
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
    pub(crate) fn method_call(
        &mut self,
        method: &Definition,
        class: &str,
        on: &str,
    ) -> Option<String> {
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
    pub(crate) fn instance(&mut self, class: &str, depth: u32) -> Option<String> {
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
}
