//! Types as far as values of them can be made.

use tracestone_record::Literal;

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
    /// Values one after the other, each once.
    Iterator(Box<Type>),
    /// One of these expressions.
    Texts(Vec<String>),
    /// Something to call: what it takes, where that is known, and what it gives.
    Function(Option<Vec<Type>>, Box<Type>),
    /// These values and no others.
    Values(Vec<Literal>),
    /// Numbers of a type from a bound on.
    AtLeast(Box<Type>, i64),
    /// A class, perhaps of the program.
    Named(String),
}

impl Type {
    /// One of some types; the type itself where there is one.
    pub(crate) fn one_of(kinds: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut distinct: Vec<Self> = Vec::new();
        for kind in kinds {
            match kind {
                Self::OneOf(kinds) => {
                    for kind in kinds {
                        add(kind, &mut distinct);
                    }
                }
                kind => add(kind, &mut distinct),
            }
        }
        match distinct.len() {
            0 => None,
            1 => distinct.pop(),
            _ => Some(Self::OneOf(distinct)),
        }
    }

    /// True for a type whose values are all literals.
    pub(crate) fn is_literal(&self) -> bool {
        match self {
            Self::Named(_) | Self::Iterator(_) | Self::Function(..) | Self::Texts(_) => false,
            Self::List(inner) | Self::Set(inner) | Self::Tuples(inner) => inner.is_literal(),
            Self::Dict(key, value) => key.is_literal() && value.is_literal(),
            Self::Tuple(kinds) | Self::OneOf(kinds) => kinds.iter().all(Self::is_literal),
            _ => true,
        }
    }

    /// True for a value that may be of the type. Numbers and sequences stand for each other as far as
    /// annotations let them.
    pub(crate) fn fits(&self, value: &Literal) -> bool {
        let all = |kind: &Self, items: &[Literal]| items.iter().all(|item| kind.fits(item));
        match (self, value) {
            (Self::Any, _)
            | (Self::Int, Literal::Int(_) | Literal::Bool(_))
            | (Self::Float, Literal::Float(_) | Literal::Int(_) | Literal::Bool(_))
            | (Self::Bool, Literal::Bool(_))
            | (Self::Str, Literal::Str(_))
            | (Self::Bytes, Literal::Bytes(_))
            | (Self::None, Literal::None)
            | (
                Self::Complex,
                Literal::Complex { .. } | Literal::Float(_) | Literal::Int(_) | Literal::Bool(_),
            ) => true,
            (
                Self::List(kind) | Self::Tuples(kind) | Self::Set(kind) | Self::Iterator(kind),
                Literal::List(items) | Literal::Tuple(items) | Literal::Set(items),
            ) => all(kind, items),
            (Self::List(kind) | Self::Iterator(kind), Literal::Str(_)) => {
                matches!(**kind, Self::Str | Self::Any)
            }
            (Self::List(kind) | Self::Iterator(kind), Literal::Bytes(_)) => {
                matches!(**kind, Self::Int | Self::Any)
            }
            (Self::List(kind) | Self::Iterator(kind), Literal::Dict(entries)) => {
                entries.iter().all(|(key, _)| kind.fits(key))
            }
            (Self::Tuple(kinds), Literal::Tuple(items) | Literal::List(items)) => {
                kinds.len() == items.len()
                    && kinds.iter().zip(items).all(|(kind, item)| kind.fits(item))
            }
            (Self::Dict(of_key, of_value), Literal::Dict(entries)) => entries
                .iter()
                .all(|(key, value)| of_key.fits(key) && of_value.fits(value)),
            (Self::OneOf(kinds), value) => kinds.iter().any(|kind| kind.fits(value)),
            (Self::Values(values), value) => values.contains(value),
            (Self::AtLeast(kind, bound), value) => kind.fits(value) && reaches(value, *bound),
            _ => false,
        }
    }
}

/// True for a number that is not below a bound, as far as that can be told.
pub(crate) fn reaches(value: &Literal, bound: i64) -> bool {
    match value {
        Literal::Float(value) => *value >= bound as f64,
        Literal::Int(_) => {
            let text = value.python_repr();
            match text.parse::<i64>() {
                Ok(value) => value >= bound,
                Err(_) => !text.starts_with('-'),
            }
        }
        _ => true,
    }
}

fn add(kind: Type, kinds: &mut Vec<Type>) {
    if !kinds.contains(&kind) {
        kinds.push(kind);
    }
}

/// Words in the names of parameters that are usually given a text.
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

#[cfg(test)]
mod tests {
    use tracestone_record::LiteralLimits;

    use super::*;

    #[test]
    fn names_say_what_is_usually_given() {
        assert_eq!(of_name("file_name"), Type::Str);
        assert_eq!(of_name("max_size"), Type::Int);
        assert_eq!(of_name("items"), Type::List(Box::new(Type::Int)));
        assert_eq!(of_name("whatever"), Type::Any);
    }

    #[test]
    fn values_fit_types_or_not() {
        let literal = |text| Literal::parse(text, LiteralLimits::default()).expect("a literal");
        let texts = Type::List(Box::new(Type::Str));
        for (wanted, value, fits) in [
            (Type::Str, "7", false),
            (Type::Str, "'7'", true),
            (Type::Float, "7", true),
            (Type::Int, "7.0", false),
            (texts.clone(), "['a', 'b']", true),
            (texts.clone(), "('a',)", true),
            (texts.clone(), "'ab'", true),
            (texts.clone(), "[7]", false),
            (Type::OneOf(vec![texts, Type::None]), "None", true),
            (Type::Values(vec![literal("'r'")]), "'w'", false),
        ] {
            assert_eq!(wanted.fits(&literal(value)), fits, "{wanted:?} {value}");
        }
    }
}
