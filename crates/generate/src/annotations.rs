//! Reading annotations, and the types that docstrings name.

use tracestone_record::{Literal, LiteralLimits};

use crate::aliases::Aliases;
use crate::types::Type;

/// Names that stand for names that stand for names.
const MAX_ALIASES: u32 = 6;

/// Statement of a docstring about a parameter's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Documented {
    /// A type of which values can be made.
    Type(Type),
    /// A type of which none can be made, so that every made value would contradict it.
    Foreign,
    /// Words that name no type.
    Prose,
}

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

    /// Reads the type that a docstring gives a parameter: an annotation, or words such as
    /// `list of str, optional`.
    pub(crate) fn documented(self, text: &str) -> Documented {
        let text = plain(text);
        let text = text.as_str();
        if let Some(values) = listed_values(text) {
            return Documented::Type(Type::Values(values));
        }
        let mut kinds = Vec::new();
        let mut foreign = false;
        for part in alternatives(text) {
            if is_remark(part) {
                continue;
            }
            match self.phrase(part) {
                Documented::Type(kind) => kinds.push(kind),
                Documented::Foreign => foreign = true,
                // `int, the number of rows` begins with the type.
                Documented::Prose if !kinds.is_empty() => break,
                Documented::Prose => return Documented::Prose,
            }
        }
        match Type::one_of(kinds) {
            Some(kind) => Documented::Type(kind),
            None if foreign => Documented::Foreign,
            None => Documented::Prose,
        }
    }

    /// One alternative: `int`, `a list of strings`, `List[int]`, `str[]`.
    fn phrase(self, text: &str) -> Documented {
        let text = text.trim().trim_end_matches('.');
        if let Some(element) = text.strip_suffix("[]") {
            return self.container(element, Type::List);
        }
        if let Some(element) = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            return self.container(element, Type::List);
        }
        if let Some(kind) = self.word(text) {
            return kind;
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        let from = words
            .iter()
            .position(|word| !is_qualifier(word))
            .unwrap_or(words.len());
        let words = &words[from..];
        match words {
            [] => Documented::Prose,
            [word] => self.word(word).unwrap_or(Documented::Prose),
            [container, "of" | "containing" | "with", element @ ..] => {
                let element = element.join(" ");
                match container.to_ascii_lowercase().trim_end_matches('s') {
                    "list" | "sequence" | "array" | "iterable" | "collection" => {
                        self.container(&element, Type::List)
                    }
                    "tuple" => self.container(&element, Type::Tuples),
                    "set" | "frozenset" => self.container(&element, Type::Set),
                    "iterator" | "generator" => self.container(&element, Type::Iterator),
                    "dict" | "dictionary" | "mapping" => self.dictionary(&element),
                    _ => Documented::Prose,
                }
            }
            ["dictionary" | "dict" | "mapping", "from", rest @ ..] => {
                self.dictionary(&rest.join(" "))
            }
            _ => Documented::Prose,
        }
    }

    fn container(self, element: &str, of: fn(Box<Type>) -> Type) -> Documented {
        match self.phrase(element) {
            Documented::Type(kind) => Documented::Type(of(Box::new(kind))),
            Documented::Foreign => Documented::Foreign,
            // A list it is all the same.
            Documented::Prose => Documented::Type(of(Box::new(Type::Any))),
        }
    }

    /// `str to int`, `{str: int}`.
    fn dictionary(self, text: &str) -> Documented {
        let text = text.trim_matches(['{', '}']);
        let pair = [" to ", ":", " -> "]
            .iter()
            .find_map(|separator| text.split_once(separator));
        let of = |text: &str| match self.phrase(text) {
            Documented::Type(kind) => kind,
            _ => Type::Any,
        };
        Documented::Type(match pair {
            Some((key, value)) => Type::Dict(Box::new(of(key)), Box::new(of(value))),
            None => Type::Dict(Box::new(Type::Str), Box::new(of(text))),
        })
    }

    /// Type that one word or annotation names; `None` for other text.
    fn word(self, text: &str) -> Option<Documented> {
        let lower = text.to_ascii_lowercase();
        let singular = lower.strip_suffix('s').unwrap_or(&lower);
        let ints = || Box::new(Type::Int);
        let known = match lower.as_str() {
            "none" | "null" | "nil" => Some(Type::None),
            "any" | "anything" | "object" => Some(Type::Any),
            "iterables" | "lists" | "arrays" => Some(Type::List(Box::new(Type::List(ints())))),
            "array_like" | "array-like" | "arraylike" | "array" | "iterable" | "sequence"
            | "collection" => Some(Type::List(ints())),
            "iterator" | "generator" => Some(Type::Iterator(ints())),
            "callable" | "function" | "func" | "lambda" => {
                Some(Type::Function(None, Box::new(Type::Any)))
            }
            _ => match singular {
                "integer" | "int" | "long" => Some(Type::Int),
                "string" | "str" | "text" | "char" | "character" | "unicode" => Some(Type::Str),
                "boolean" | "bool" => Some(Type::Bool),
                "number" | "numeric" | "float" | "double" | "real" | "scalar" => Some(Type::Float),
                "byte" => Some(Type::Bytes),
                "dictionary" | "mapping" => Some(Type::Dict(Box::new(Type::Str), ints())),
                "dictionarie" => {
                    let one = Type::Dict(Box::new(Type::Str), ints());
                    Some(Type::List(Box::new(one)))
                }
                _ => None,
            },
        };
        // A name of the program comes first: `Number = int`.
        let read = self.annotation(text);
        if let Some(kind) = read.clone().filter(|kind| !matches!(kind, Type::Named(_))) {
            return Some(Documented::Type(kind));
        }
        if let Some(kind) = known.or(read) {
            return Some(Documented::Type(kind));
        }
        // `ndarray`, `np.ndarray`, `file-like`: a type, but none that can be made. A bracket is part of
        // no word of English.
        let bare = text.split('[').next().unwrap_or(text);
        let is_name = !bare.is_empty()
            && bare
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'));
        is_name.then_some(Documented::Foreign)
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

fn is_dotted(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
}

/// A documented type without markup: `:class:`Node`` is `Node`.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.trim();
    while let Some(at) = rest.find('`') {
        let (before, after) = rest.split_at(at);
        // The role before the backtick goes with it.
        let before = match before.rfind(|c: char| c.is_whitespace() || "([,|".contains(c)) {
            Some(end) if before[end + 1..].starts_with(':') => &before[..=end],
            None if before.starts_with(':') => "",
            _ => before,
        };
        plain.push_str(before);
        rest = after.trim_start_matches(['`', '~']);
    }
    plain.push_str(rest);
    let mut text = plain.trim();
    for start in ["(", "<"] {
        if let Some(inner) = text.strip_prefix(start) {
            text = inner.trim_end_matches([')', '>']);
        }
    }
    text.to_owned()
}

/// NumPy's `{'a', 'b'}`: these values and no others.
fn listed_values(text: &str) -> Option<Vec<Literal>> {
    let end = text.find('}')?;
    let inner = text.strip_prefix('{')?.get(..end - 1)?;
    let values: Option<Vec<Literal>> = split(inner, ',')
        .into_iter()
        .filter(|part| !part.is_empty() && *part != "...")
        .map(|part| Literal::parse(part, LiteralLimits::default()).ok())
        .collect();
    values.filter(|values| !values.is_empty())
}

/// Splits `int or None, optional` into its parts.
fn alternatives(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for part in split(text, ',') {
        for part in split(part, '|') {
            let mut rest = part;
            while let Some((first, more)) = rest.split_once(" or ") {
                // Inside brackets an `or` joins nothing of this level.
                if first.matches('[').count() != first.matches(']').count() {
                    break;
                }
                parts.push(first.trim());
                rest = more;
            }
            parts.push(rest.trim());
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// True for a part that says nothing of the type: `optional`, `default 3`, `shape (n, m)`.
fn is_remark(part: &str) -> bool {
    let lower = part.to_ascii_lowercase();
    let first = lower
        .split(|c: char| c.is_whitespace() || matches!(c, ':' | '=' | '('))
        .next()
        .unwrap_or("");
    matches!(
        first,
        "optional" | "default" | "defaults" | "required" | "keyword" | "shape" | "inclusive"
    )
}

/// A word before the word that names the type.
fn is_qualifier(word: &str) -> bool {
    matches!(
        word.to_ascii_lowercase().as_str(),
        "a" | "an"
            | "the"
            | "any"
            | "positive"
            | "non-negative"
            | "nonnegative"
            | "negative"
            | "odd"
            | "even"
            | "unsigned"
            | "sorted"
            | "optional"
            | "ascii"
            | "unicode"
            | "non-empty"
            | "nonempty"
    )
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

    #[test]
    fn documented_types_are_read() {
        let read = |text| Reader::new(&Aliases::default()).documented(text);
        let kind = |text| match read(text) {
            Documented::Type(kind) => kind,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(kind("str"), Type::Str);
        assert_eq!(kind("List[List[int]]"), list(list(Type::Int)));
        assert_eq!(kind("list of str, optional"), list(Type::Str));
        assert_eq!(kind("int, optional (default=3)"), Type::Int);
        assert_eq!(kind("a positive integer"), Type::Int);
        assert_eq!(
            kind("str or None"),
            Type::OneOf(vec![Type::Str, Type::None])
        );
        assert_eq!(
            kind("{'left', 'right'}, optional"),
            kind("{'left', 'right'}")
        );
        assert_eq!(kind("``int``"), Type::Int);
        assert_eq!(kind(":class:`~shop.Node`"), kind(":class:`Node`"));
        assert_eq!(kind(":class:`Node`"), Type::Named("Node".to_owned()));
        assert_eq!(kind("int[]"), list(Type::Int));
        assert_eq!(kind("list of lists"), list(list(list(Type::Int))));
        assert_eq!(
            kind("dict of str to float"),
            Type::Dict(Box::new(Type::Str), Box::new(Type::Float))
        );
        assert_eq!(kind("callable"), Type::Function(None, Box::new(Type::Any)));
        for foreign in ["np.ndarray", "ndarray", "file-like", "Queue[int]"] {
            assert_eq!(read(foreign), Documented::Foreign, "{foreign}");
        }
        for prose in ["what to look for", "the name of the file", ""] {
            assert_eq!(read(prose), Documented::Prose, "{prose}");
        }
    }
}
