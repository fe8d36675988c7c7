//! Arguments for parameters: values of the types suggested by annotations, defaults, mined calls, uses and
//! names.

use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use tracestone_record::{Definition, Literal, LiteralLimits, Parameter, ParameterKind};

use crate::annotations::Reader;
use crate::arguments::{self, Argument};
use crate::definitions::{Access, access, called_by, definition};
use crate::documented::Documented;
use crate::maker::Maker;
use crate::types::{self, Type};
use crate::values::Values;
use crate::{instances, mutate};

/// Elements of a container of instances.
const MAX_INSTANCES: usize = 4;
/// Mined calls whose values say what type a parameter has.
const MAX_SEEN: usize = 8;

impl Maker<'_> {
    /// An argument list for a function, and whether it is made of literals.
    pub(crate) fn arguments_for(
        &mut self,
        definition: &Definition,
        depth: u32,
    ) -> Option<(String, bool)> {
        if let Some(seen) = self.seen_arguments(definition) {
            return Some((seen, true));
        }
        self.values_for(&definition.name, self.passed(definition), depth)
    }

    /// The parameters that a call of a function passes: all but `self` and `cls`.
    fn passed<'d>(&self, definition: &'d Definition) -> &'d [Parameter] {
        let bound = access(self.program, definition) != Access::Static;
        let parameters = definition.parameters.get(usize::from(bound)..);
        parameters.unwrap_or_default()
    }

    /// Values for the parameters of a function or the fields of a class.
    pub(crate) fn values_for(
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
            let wanted = self.wanted(name, parts.len(), parameter)?;
            let text = if wanted.is_literal() {
                self.literal(&wanted, 0)?
            } else {
                literal = false;
                self.expression(&wanted, name, depth)?
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

    fn of_class(&mut self, class: &str, owner: &str, depth: u32) -> Option<String> {
        let class = match class {
            "Self" => owner.split('.').next().unwrap_or(class),
            class => class,
        };
        if depth == 0
            && Values::coin(&mut self.random)
            && let Some(name) = self.linked_instance(class)
        {
            return Some(name);
        }
        self.instance(class, depth + 1)
    }

    /// An expression for a type that has instances of classes in it. `owner` is whose parameter it is for.
    fn expression(&mut self, wanted: &Type, owner: &str, depth: u32) -> Option<String> {
        let few = |maker: &mut Self| maker.random.random_range(0..=MAX_INSTANCES);
        Some(match wanted {
            Type::Named(class) => self.of_class(class, owner, depth)?,
            Type::OneOf(kinds) => {
                // One after the other from a random one on, since some cannot be made.
                let first = self.random.random_range(0..kinds.len());
                let mut kinds = kinds.iter().cycle().skip(first).take(kinds.len());
                kinds.find_map(|kind| self.expression(kind, owner, depth))?
            }
            Type::List(element) | Type::Tuples(element) | Type::Set(element)
                if !element.is_literal() =>
            {
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
            Type::Iterator(element) => {
                let items = Type::List(element.clone());
                format!("iter({})", self.expression(&items, owner, depth.max(1))?)
            }
            Type::Function(takes, gives) => self.function(takes.as_deref(), gives)?,
            Type::Texts(texts) => texts.choose(&mut self.random)?.clone(),
            plain => self.literal(plain, depth.min(1))?,
        })
    }

    /// The type of what a parameter is given; `None` where no value is known to be of it. In this order:
    /// what the author wrote, what mined calls pass, what the body asks for and how it uses it, the name.
    fn wanted(&self, name: &str, position: usize, parameter: &Parameter) -> Option<Type> {
        match self.stated(parameter) {
            Stated::Type(Type::Any) => Some(
                self.seen_type(name, position)
                    .or_else(|| self.asked(parameter))
                    .unwrap_or(Type::Any),
            ),
            Stated::Type(stated) => Some(stated),
            Stated::Foreign => self.seen_type(name, position),
            Stated::Nothing => {
                let seen = self.seen_type(name, position);
                Some(seen.unwrap_or_else(|| self.guessed_type(name, parameter)))
            }
        }
    }

    /// The type that annotation or docstring state.
    pub(crate) fn stated(&self, parameter: &Parameter) -> Stated {
        let reader = Reader::new(&self.aliases);
        if let Some(annotation) = &parameter.annotation {
            return match reader.annotation(annotation) {
                Some(stated) => Stated::Type(stated),
                None => Stated::Foreign,
            };
        }
        let documented = parameter.documented.as_ref();
        match documented.map(|text| reader.documented(text)) {
            Some(Documented::Type(stated)) => {
                // What is left out when it is `None` may be `None`.
                let none = parameter.default.as_deref() == Some("None");
                let none = none.then_some(Type::None);
                let stated = Type::one_of([Some(stated), none].into_iter().flatten());
                stated.map_or(Stated::Nothing, Stated::Type)
            }
            Some(Documented::Foreign) => Stated::Foreign,
            Some(Documented::Prose) | None => Stated::Nothing,
        }
    }

    /// Type that the body asks for with `isinstance` and the like, as far as values can be made for it.
    fn asked(&self, parameter: &Parameter) -> Option<Type> {
        let reader = Reader::new(&self.aliases);
        let makeable = |wish: &String| {
            let wish = reader.annotation(wish)?;
            let known = match &wish {
                Type::Named(class) => definition(self.program, class).is_some(),
                _ => true,
            };
            known.then_some(wish)
        };
        Type::one_of(parameter.wishes.iter().filter_map(makeable))
    }

    /// A type for a parameter that states none: what the body asks for and how it uses it, the default,
    /// the class whose attributes the function asks it for, or what its name suggests.
    fn guessed_type(&self, name: &str, parameter: &Parameter) -> Type {
        let asked = self.asked(parameter);
        // By custom, what an operator or comparison takes is an instance, too.
        if parameter.name == "other" && definition(self.program, name).is_some() {
            let own = name.contains('.').then(|| Type::Named("Self".to_owned()));
            if let Some(both) = Type::one_of([own, asked.clone()].into_iter().flatten()) {
                return both;
            }
        }
        let default = parameter
            .default
            .as_ref()
            .and_then(|text| Literal::parse(text, LiteralLimits::default()).ok())
            .filter(|default| *default != Literal::None)
            .map(|default| types::of_value(&default));
        let reader = Reader::new(&self.aliases);
        let used = default.or_else(|| reader.annotation(parameter.guess.as_ref()?));
        Type::one_of([asked, used].into_iter().flatten())
            .or_else(|| {
                let function = definition(self.program, name)?;
                let class = instances::class_of_parameter(self.program, function, &parameter.name);
                class.map(Type::Named)
            })
            .unwrap_or_else(|| types::of_name(&parameter.name))
    }

    /// True for an argument list that contradicts no stated type.
    pub(crate) fn fit(&self, definition: &Definition, list: &[Argument]) -> bool {
        let passed = self.passed(definition);
        list.iter().enumerate().all(|(position, argument)| {
            let parameter = match &argument.keyword {
                Some(keyword) => passed.iter().find(|one| one.name == *keyword),
                None => passed
                    .get(position)
                    .filter(|one| !matches!(one.kind, ParameterKind::VarPositional)),
            };
            match parameter.map(|parameter| self.stated(parameter)) {
                Some(Stated::Type(stated)) => {
                    mentions_class(&stated) || stated.fits(&argument.value)
                }
                _ => true,
            }
        })
    }

    /// Arguments that mined calls pass to a method or constructor, as they are or slightly changed.
    fn seen_arguments(&mut self, definition: &Definition) -> Option<String> {
        if !definition.name.contains('.') || Values::coin(&mut self.random) {
            return None;
        }
        let lists = self.harvest.arguments.get(called_by(&definition.name))?;
        let list = lists.choose(&mut self.random)?;
        let changed = match list.is_empty() || Values::coin(&mut self.random) {
            true => list.clone(),
            false => mutate::arguments(list, list, &self.constants, &mut self.random),
        };
        self.fit(definition, &changed)
            .then(|| arguments::join(&changed))
    }

    /// The types of what mined calls pass at a place.
    fn seen_type(&self, name: &str, position: usize) -> Option<Type> {
        let lists = self.harvest.arguments.get(called_by(name))?;
        let arguments = lists.iter().filter_map(|list| list.get(position));
        let arguments = arguments.filter(|argument| argument.keyword.is_none());
        Type::one_of(
            arguments
                .take(MAX_SEEN)
                .map(|argument| types::of_value(&argument.value)),
        )
    }
}

/// Statement of an author about a parameter's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stated {
    /// A type of which values can be made.
    Type(Type),
    /// A type of which none can be made.
    Foreign,
    /// No use was found.
    Nothing,
}

/// True for a type with values that no literal stands for.
fn mentions_class(wanted: &Type) -> bool {
    match wanted {
        Type::Named(_) => true,
        Type::List(inner) | Type::Set(inner) | Type::Tuples(inner) => mentions_class(inner),
        Type::Dict(key, value) => mentions_class(key) || mentions_class(value),
        Type::Tuple(kinds) | Type::OneOf(kinds) => kinds.iter().any(mentions_class),
        Type::Iterator(_) | Type::Function(..) | Type::Texts(_) => true,
        _ => false,
    }
}
