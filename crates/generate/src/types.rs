//! Types as far as values of them can be made: read from annotations, defaults and guesses.

use tracestone_record::{Literal, LiteralLimits, Parameter};

/// A type of which values can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Type {
    Int,
    Float,
    Complex,
    Bool,
    Str,
    Bytes,
    None,
    Any,
    List(Box<Type>),
    Set(Box<Type>),
    /// One type for each element.
    Tuple(Vec<Type>),
    /// Any number of elements of one type.
    Tuples(Box<Type>),
    Dict(Box<Type>, Box<Type>),
    OneOf(Vec<Type>),
    /// These values and no others.
    Values(Vec<Literal>),
    /// A class, perhaps of the program.
    Named(String),
}

impl Type {
    /// Type of a parameter, from its annotation, default or guess.
    pub(crate) fn of_parameter(parameter: &Parameter) -> Option<Self> {
        if let Some(annotation) = &parameter.annotation {
            return parse(annotation);
        }
        let default = parameter
            .default
            .as_ref()
            .and_then(|text| Literal::parse(text, LiteralLimits::default()).ok())
            .filter(|default| *default != Literal::None);
        match (default, &parameter.guess) {
            (Some(default), _) => Some(of_value(&default)),
            (None, Some(guess)) => parse(guess),
            (None, None) => None,
        }
    }
}

/// Words in the names of parameters that are usually strings.
const TEXTS: &[&str] = &[
    "char", "key", "label", "line", "message", "msg", "name", "path", "pattern", "prefix", "s",
    "sentence", "str", "string", "suffix", "text", "title", "token", "url", "word",
];
/// Words in the names of parameters that are usually integers.
const NUMBERS: &[&str] = &[
    "count", "depth", "end", "i", "idx", "index", "j", "k", "length", "level", "limit", "m", "max",
    "min", "n", "num", "number", "size", "start", "step", "width", "x", "y",
];
/// Words in the names of parameters that are usually sequences.
const LISTS: &[&str] = &[
    "arr", "array", "elements", "iterable", "items", "list", "lst", "numbers", "nums", "seq",
    "sequence", "src", "values",
];
/// Words in the names of parameters that are usually dictionaries.
const DICTIONARIES: &[&str] = &["dct", "dict", "mapping"];

/// Types to try for a parameter that has only a name.
pub(crate) fn of_name(name: &str) -> Type {
    // The last word says what it is: `max_name` is a name.
    let known = name.rsplit('_').find_map(|word| {
        if TEXTS.contains(&word) {
            Some(Type::Str)
        } else if NUMBERS.contains(&word) {
            Some(Type::Int)
        } else if LISTS.contains(&word) {
            Some(Type::List(Box::new(Type::Int)))
        } else if DICTIONARIES.contains(&word) {
            Some(Type::Dict(Box::new(Type::Str), Box::new(Type::Int)))
        } else {
            None
        }
    });
    known.unwrap_or(Type::Any)
}

/// The type of a value, elements by the first of them.
pub(crate) fn of_value(value: &Literal) -> Type {
    let first = |items: &[Literal]| Box::new(items.first().map_or(Type::Int, of_value));
    match value {
        Literal::None => Type::None,
        Literal::Bool(_) => Type::Bool,
        Literal::Int(_) => Type::Int,
        Literal::Float(_) => Type::Float,
        Literal::Complex { .. } => Type::Complex,
        Literal::Str(_) => Type::Str,
        Literal::Bytes(_) => Type::Bytes,
        Literal::List(items) => Type::List(first(items)),
        Literal::Set(items) => Type::Set(first(items)),
        Literal::Tuple(items) => Type::Tuple(items.iter().map(of_value).collect()),
        Literal::Dict(entries) => {
            let (key, value) = entries
                .first()
                .map_or((Type::Str, Type::Int), |(key, value)| {
                    (of_value(key), of_value(value))
                });
            Type::Dict(Box::new(key), Box::new(value))
        }
        Literal::Ellipsis => Type::Any,
    }
}

/// Reads an annotation; `None` for what no value can be made for.
pub(crate) fn parse(text: &str) -> Option<Type> {
    let text = text.trim().trim_matches(['"', '\'']).trim();
    let alternatives = split(text, '|');
    if alternatives.len() > 1 {
        return one_of(alternatives);
    }
    let (name, inner) = match text.split_once('[') {
        Some((name, rest)) => (name.trim(), Some(rest.strip_suffix(']')?.trim())),
        None => (text, None),
    };
    let name = name.rsplit('.').next().unwrap_or(name);
    let parts: Vec<&str> = inner.map_or_else(Vec::new, |inner| split(inner, ','));
    let element = |position: usize, otherwise: Type| match parts.get(position) {
        Some(part) => parse(part).map(Box::new),
        None => Some(Box::new(otherwise)),
    };
    Some(match name {
        "int" | "Integral" | "SupportsIndex" => Type::Int,
        "float" | "Number" | "Real" | "Rational" => Type::Float,
        "complex" => Type::Complex,
        "bool" => Type::Bool,
        "str" | "AnyStr" | "Text" | "LiteralString" => Type::Str,
        "bytes" | "bytearray" => Type::Bytes,
        "None" | "NoneType" => Type::None,
        "Any" | "object" | "T" | "_T" | "Hashable" | "Comparable" => Type::Any,
        "list" | "List" | "Sequence" | "MutableSequence" | "Iterable" | "Collection"
        | "Container" | "Reversible" | "Sized" => Type::List(element(0, Type::Int)?),
        "set" | "Set" | "frozenset" | "FrozenSet" | "AbstractSet" | "MutableSet" => {
            Type::Set(element(0, Type::Int)?)
        }
        "tuple" | "Tuple" if parts.is_empty() => Type::Tuples(Box::new(Type::Int)),
        "tuple" | "Tuple" if parts.get(1) == Some(&"...") => Type::Tuples(element(0, Type::Int)?),
        "tuple" | "Tuple" => Type::Tuple(
            parts
                .iter()
                .map(|part| parse(part))
                .collect::<Option<_>>()?,
        ),
        "dict" | "Dict" | "Mapping" | "MutableMapping" => {
            Type::Dict(element(0, Type::Str)?, element(1, Type::Int)?)
        }
        "Optional" => Type::OneOf(vec![parse(parts.first()?)?, Type::None]),
        "Union" => one_of(parts)?,
        "Annotated" | "Final" => parse(parts.first()?)?,
        "Literal" => Type::Values(
            parts
                .iter()
                .filter_map(|part| Literal::parse(part, LiteralLimits::default()).ok())
                .collect(),
        ),
        _ if inner.is_none() && name.starts_with(|c: char| c.is_ascii_uppercase()) => {
            Type::Named(name.to_owned())
        }
        _ => return None,
    })
}

/// The alternatives that values can be made for.
fn one_of(parts: Vec<&str>) -> Option<Type> {
    let known: Vec<Type> = parts.into_iter().filter_map(parse).collect();
    (!known.is_empty()).then_some(Type::OneOf(known))
}

/// Splits where no bracket is open.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut depth = 0_u32;
    let mut start = 0;
    for (at, c) in text.char_indices() {
        match c {
            '[' | '(' => depth += 1,
            ']' | ')' => depth = depth.saturating_sub(1),
            _ if c == separator && depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_usually_given() {
        assert_eq!(of_name("file_name"), Type::Str);
        assert_eq!(of_name("max_size"), Type::Int);
        assert_eq!(of_name("items"), Type::List(Box::new(Type::Int)));
        assert_eq!(of_name("whatever"), Type::Any);
    }

    #[test]
    fn annotations_are_read() {
        assert_eq!(
            parse("list[list[int]]"),
            Some(Type::List(Box::new(Type::List(Box::new(Type::Int)))))
        );
        assert_eq!(
            parse("'int | None'"),
            Some(Type::OneOf(vec![Type::Int, Type::None]))
        );
        assert_eq!(
            parse("typing.Optional[str]"),
            Some(Type::OneOf(vec![Type::Str, Type::None]))
        );
        assert_eq!(
            parse("dict[str, tuple[int, float]]"),
            Some(Type::Dict(
                Box::new(Type::Str),
                Box::new(Type::Tuple(vec![Type::Int, Type::Float]))
            ))
        );
        assert_eq!(parse("Node"), Some(Type::Named("Node".to_owned())));
        assert_eq!(parse("Callable[[int], int]"), None);
        assert_eq!(parse("np.ndarray"), None);
    }
}
