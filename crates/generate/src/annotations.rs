//! Types that annotations state.

use tracestone_record::{Literal, LiteralLimits};

use crate::aliases::Aliases;
use crate::types::Type;

/// Names that stand for names that stand for names.
const MAX_ALIASES: u32 = 6;

/// Reads an annotation that mentions no name of the program; `None` for what no value can be made for.
pub(crate) fn parse(text: &str) -> Option<Type> {
    Reader::new(&Aliases::default()).annotation(text)
}

/// Reads types by the names that a program gives them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    aliases: &'a Aliases,
    depth: u32,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(aliases: &'a Aliases) -> Self {
        Self { aliases, depth: 0 }
    }

    /// Reads an annotation; `None` for what no value can be made for.
    pub(crate) fn annotation(self, text: &str) -> Option<Type> {
        let text = unquoted(text.trim());
        let alternatives = split(text, '|');
        if alternatives.len() > 1 {
            return self.one_of(&alternatives);
        }
        let (name, inner) = match text.split_once('[') {
            Some((name, rest)) => (name.trim(), Some(rest.strip_suffix(']')?.trim())),
            None => (text, None),
        };
        if !is_dotted(name) {
            return None;
        }
        if let Some(alias) = self.aliases.get(name) {
            let deeper = Self {
                depth: self.depth + 1,
                ..self
            };
            return (deeper.depth <= MAX_ALIASES)
                .then(|| alias.read(deeper))
                .flatten();
        }
        let name = name.rsplit('.').next().unwrap_or(name);
        let parts: Vec<&str> = inner.map_or_else(Vec::new, |inner| split(inner, ','));
        self.named(name, &parts, inner.is_some())
    }

    fn named(self, name: &str, parts: &[&str], has_parts: bool) -> Option<Type> {
        let element = |position: usize, otherwise: Type| match parts.get(position) {
            Some(part) => self.annotation(part).map(Box::new),
            None => Some(Box::new(otherwise)),
        };
        Some(match name {
            "int" | "Integral" | "SupportsIndex" | "SupportsInt" => Type::Int,
            "float" | "Number" | "Real" | "Rational" | "SupportsFloat" | "SupportsAbs" => {
                Type::Float
            }
            "complex" => Type::Complex,
            "bool" => Type::Bool,
            "str" | "AnyStr" | "Text" | "LiteralString" => Type::Str,
            "bytes" | "bytearray" | "ByteString" | "Buffer" => Type::Bytes,
            "None" | "NoneType" => Type::None,
            "Any" | "object" | "T" | "_T" | "Hashable" | "Comparable" => Type::Any,
            "list" | "List" | "Sequence" | "MutableSequence" | "Iterable" | "Collection"
            | "Container" | "Reversible" | "Sized" => Type::List(element(0, Type::Int)?),
            "Iterator" | "Generator" => Type::Iterator(element(0, Type::Int)?),
            "Callable" => self.function(parts)?,
            "type" | "Type" => Type::Texts(self.classes(parts)?),
            "set" | "Set" | "frozenset" | "FrozenSet" | "AbstractSet" | "MutableSet" => {
                Type::Set(element(0, Type::Int)?)
            }
            "tuple" | "Tuple" if parts.is_empty() => Type::Tuples(Box::new(Type::Int)),
            "tuple" | "Tuple" if parts.get(1) == Some(&"...") => {
                Type::Tuples(element(0, Type::Int)?)
            }
            "tuple" | "Tuple" if parts == ["()"] => Type::Tuple(Vec::new()),
            "tuple" | "Tuple" => {
                let kinds = parts.iter().map(|part| self.annotation(part));
                Type::Tuple(kinds.collect::<Option<_>>()?)
            }
            "dict" | "Dict" | "Mapping" | "MutableMapping" => {
                Type::Dict(element(0, Type::Str)?, element(1, Type::Int)?)
            }
            "Optional" => Type::one_of([self.annotation(parts.first()?)?, Type::None])?,
            "Union" => self.one_of(parts)?,
            "Annotated" | "Final" | "Required" | "NotRequired" | "ReadOnly" | "ClassVar" => {
                self.annotation(parts.first()?)?
            }
            "Literal" => Type::Values(
                parts
                    .iter()
                    .filter_map(|part| Literal::parse(part, LiteralLimits::default()).ok())
                    .collect(),
            ),
            _ if !has_parts && name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_') => {
                Type::Named(name.to_owned())
            }
            _ => return None,
        })
    }

    /// The names of builtin classes that `type[..]` allows.
    fn classes(self, parts: &[&str]) -> Option<Vec<String>> {
        let wanted = match parts.first() {
            Some(part) => self.annotation(part)?,
            None => Type::Any,
        };
        let names: &[&str] = match wanted {
            Type::Any => &["int", "str", "list", "dict"],
            Type::Int => &["int", "bool"],
            Type::Float => &["float", "int"],
            Type::Str => &["str"],
            Type::Bytes => &["bytes"],
            Type::Bool => &["bool"],
            Type::List(_) => &["list"],
            Type::Dict(..) => &["dict"],
            Type::Named(name) => return Some(vec![name]),
            _ => return None,
        };
        Some(names.iter().map(|name| (*name).to_owned()).collect())
    }

    /// `Callable`, `Callable[..., int]`, `Callable[[int], bool]`.
    fn function(self, parts: &[&str]) -> Option<Type> {
        let result = match parts.get(1) {
            Some(result) => self.annotation(result).unwrap_or(Type::Any),
            None => Type::Any,
        };
        let takes = parts.first().and_then(|takes| {
            let inner = takes.strip_prefix('[')?.strip_suffix(']')?.trim();
            let takes = split(inner, ',')
                .into_iter()
                .filter(|part| !part.is_empty());
            Some(
                takes
                    .map(|part| self.annotation(part).unwrap_or(Type::Any))
                    .collect(),
            )
        });
        Some(Type::Function(takes, Box::new(result)))
    }

    /// The alternatives that values can be made for.
    fn one_of(self, parts: &[&str]) -> Option<Type> {
        Type::one_of(parts.iter().filter_map(|part| self.annotation(part)))
    }
}

/// Without the quotes around all of it.
fn unquoted(text: &str) -> &str {
    for quote in ['"', '\''] {
        let inner = text
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner.filter(|inner| !inner.contains(quote)) {
            return inner.trim();
        }
    }
    text
}

pub(crate) fn is_dotted(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
}

/// Splits where no bracket is open and no string.
pub(crate) fn split(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut depth = 0_u32;
    let mut start = 0;
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            (_, Some(_)) => {}
            ('"' | '\'', None) => quote = Some(c),
            ('[' | '(' | '{', None) => depth += 1,
            (']' | ')' | '}', None) => depth = depth.saturating_sub(1),
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

    fn list(kind: Type) -> Type {
        Type::List(Box::new(kind))
    }

    #[test]
    fn annotations_are_read() {
        assert_eq!(parse("list[list[int]]"), Some(list(list(Type::Int))));
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
        assert_eq!(
            parse("List['Node']"),
            Some(list(Type::Named("Node".to_owned())))
        );
        assert_eq!(
            parse("Literal['a', \"b,c\"]"),
            Some(Type::Values(vec![
                Literal::Str("a".to_owned()),
                Literal::Str("b,c".to_owned())
            ]))
        );
        assert_eq!(parse("Node"), Some(Type::Named("Node".to_owned())));
        assert_eq!(
            parse("Callable[[int], bool]"),
            Some(Type::Function(Some(vec![Type::Int]), Box::new(Type::Bool)))
        );
        assert_eq!(parse("np.ndarray"), None);
    }

    #[test]
    fn names_of_the_program_stand_for_types() {
        let aliases = Aliases::of(
            "Square: TypeAlias = int\n\
             Bits = int\n\
             Row = list[Square]\n\
             UserId = NewType('UserId', int)\n\
             Json = Union[None, str, List['Json']]\n\
             Key = TypeVar('Key', int, str)\n\
             type Pair[A] = tuple[A, Bits]\n\
             Mode = Literal[\n    'r',\n    'w',\n]\n\
             def first[Item: (int, str)](items: list[Item]) -> Item: ...\n\
             def hide():\n    Hidden = int\n",
        );
        let read = |text| Reader::new(&aliases).annotation(text);
        assert_eq!(read("Square"), Some(Type::Int));
        assert_eq!(read("Bits"), Some(Type::Int));
        assert_eq!(read("'Row'"), Some(list(Type::Int)));
        assert_eq!(
            read("UserId | None"),
            Some(Type::OneOf(vec![Type::Int, Type::None]))
        );
        assert_eq!(read("Key"), Some(Type::OneOf(vec![Type::Int, Type::Str])));
        assert_eq!(
            read("Pair[str]"),
            Some(Type::Tuple(vec![Type::Any, Type::Int]))
        );
        assert_eq!(
            read("list[Item]"),
            Some(list(Type::OneOf(vec![Type::Int, Type::Str])))
        );
        assert_eq!(
            read("Mode"),
            Some(Type::Values(vec![
                Literal::Str("r".to_owned()),
                Literal::Str("w".to_owned())
            ]))
        );
        assert!(matches!(read("Json"), Some(Type::OneOf(_))));
        assert_eq!(read("Hidden"), Some(Type::Named("Hidden".to_owned())));
    }
}
