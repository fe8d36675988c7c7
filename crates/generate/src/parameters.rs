//! Arguments for parameters: values of the types suggested by annotations, defaults, mined calls, uses and
//! names.

use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use tracestone_record::{Definition, Parameter, ParameterKind, UnitKind};

use crate::definitions::{called_by, definition};
use crate::maker::Maker;
use crate::types::{self, Type};
use crate::values::Values;
use crate::{arguments, instances, mutate};

/// Elements of a container of instances.
const MAX_INSTANCES: usize = 4;

impl Maker<'_> {
    /// An argument list for a function, and whether it is made of literals.
    pub(crate) fn arguments_for(
        &mut self,
        definition: &Definition,
        depth: u32,
    ) -> Option<(String, bool)> {
        let is_method = definition.kind == UnitKind::Method;
        if let Some(seen) = self.seen_arguments(definition) {
            return Some((seen, true));
        }
        let parameters = definition.parameters.get(usize::from(is_method)..);
        self.values_for(&definition.name, parameters.unwrap_or_default(), depth)
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

    /// Arguments that mined calls pass to a method or constructor, as they are or slightly changed.
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

/// True if values of the type contain instances of a class.
fn mentions_class(wanted: &Type) -> bool {
    match wanted {
        Type::Named(_) => true,
        Type::List(inner) | Type::Set(inner) | Type::Tuples(inner) => mentions_class(inner),
        Type::Dict(key, value) => mentions_class(key) || mentions_class(value),
        Type::Tuple(kinds) | Type::OneOf(kinds) => kinds.iter().any(mentions_class),
        _ => false,
    }
}
