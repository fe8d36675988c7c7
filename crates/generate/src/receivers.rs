//! Receivers of methods: instances made from arguments or by statements before the call, and linked to
//! others.

use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use tracestone_record::{Definition, Program, UnitKind};

use crate::definitions::{Access, access, bases, definition, is_async, is_generator, lineage};
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

    /// The expression that calls a method: `stack.push(1)`, `len(stack)`, `stack.size` for a property.
    pub(crate) fn method_call(
        &mut self,
        method: &Definition,
        class: &str,
        on: &str,
    ) -> Option<String> {
        let name = method.name.strip_prefix(class)?.strip_prefix('.')?;
        let access = access(self.program, method);
        if access == Access::Property {
            return Some(format!("{on}.{name}"));
        }
        let (arguments, _) = self.arguments_for(method, 0)?;
        if matches!(access, Access::Static | Access::Class) {
            return Some(format!("{class}.{name}({arguments})"));
        }
        if is_async(self.program, method) {
            if is_generator(self.program, method) {
                return None;
            }
            self.need_asyncio();
            return Some(format!("asyncio.run({on}.{name}({arguments}))"));
        }
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

    /// `Name(arguments)` for a class of the program, or a member where it is an enumeration.
    pub(crate) fn instance(&mut self, class: &str, depth: u32) -> Option<String> {
        let program = self.program;
        if depth > MAX_INSTANCE_DEPTH {
            return None;
        }
        let line = lineage(program, class);
        let own = *line.first()?;
        let inherits = |names: &[&str]| {
            line.iter().any(|class| {
                let bases = bases(program, class);
                bases
                    .iter()
                    .any(|base| names.contains(&base.rsplit('.').next().unwrap_or(base)))
            })
        };
        if inherits(&["Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"]) {
            let members = own.locals.iter().filter(|name| !name.starts_with('_'));
            let member = members.collect::<Vec<_>>();
            let member = member.choose(&mut self.random)?;
            return Some(format!("{class}.{member}"));
        }
        if is_abstract(program, own) || inherits(&["Protocol"]) {
            let subclass = subclass(program, class)?;
            return self.instance(&subclass, depth + 1);
        }
        let constructor = line.iter().find_map(|class| {
            ["__init__", "__new__"]
                .iter()
                .find_map(|name| definition(program, &format!("{}.{name}", class.name)))
        });
        let arguments = match constructor {
            Some(constructor) => self.arguments_for(constructor, depth + 1)?.0,
            None => {
                let fields: Vec<_> = line
                    .iter()
                    .rev()
                    .flat_map(|class| fields::of(program, class))
                    .collect();
                match fields.is_empty() && inherits_exception(program, &line) {
                    true => "'wrong'".to_owned(),
                    false => self.values_for(class, &fields, depth + 1)?.0,
                }
            }
        };
        Some(format!("{class}({arguments})"))
    }

    /// Makes sure that the module `asyncio` is there under its name.
    pub(crate) fn need_asyncio(&mut self) {
        let import = "import asyncio".to_owned();
        if !self.before.contains(&import) {
            self.before.insert(0, import);
        }
    }
}

/// True for a class with methods that its subclasses have to define.
fn is_abstract(program: &Program, class: &Definition) -> bool {
    let (first, last) = (class.lines.first.index(), class.lines.last.index());
    let mut lines = program.text.lines().skip(first).take(last + 1 - first);
    lines.any(|line| {
        let line = line.trim();
        line.starts_with('@') && line.contains("abstract")
    })
}

/// The first class of the program that inherits from another one.
fn subclass(program: &Program, class: &str) -> Option<String> {
    let classes = program.definitions.iter();
    let mut classes = classes.filter(|one| one.kind == UnitKind::Class && one.name != class);
    let found = classes.find(|one| bases(program, one).iter().any(|base| base == class))?;
    Some(found.name.clone())
}

/// True for an exception class, as far as the names of its bases tell.
fn inherits_exception(program: &Program, line: &[&Definition]) -> bool {
    let mut bases = line.iter().flat_map(|class| bases(program, class));
    bases.any(|base| {
        ["Error", "Exception", "Warning"]
            .iter()
            .any(|word| base.ends_with(word))
    })
}
