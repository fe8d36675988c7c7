//! Types that docstrings name.

use tracestone_record::{Literal, LiteralLimits};

use crate::annotations::{Reader, is_dotted, split};
use crate::types::Type;

/// Bytes of a text that names a type. Longer ones describe, and each word could be a container of the next.
const MOST_BYTES: usize = 300;

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

impl Reader<'_> {
    /// Reads the type that a docstring gives a parameter: an annotation, or words such as
    /// `list of str, optional`.
    pub(crate) fn documented(self, text: &str) -> Documented {
        if text.len() > MOST_BYTES {
            return Documented::Prose;
        }
        let text = with_square_brackets(&plain(text));
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
        let word = self.word(text);
        if let Some(kind) = &word
            && *kind != Documented::Foreign
        {
            return kind.clone();
        }
        if let Some((name, inner)) = applied(text)
            && let Some(kind) = self.applied(name, inner)
        {
            return kind;
        }
        if let Some(foreign) = word {
            return foreign;
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        let from = words
            .iter()
            .position(|word| !is_qualifier(word))
            .unwrap_or(words.len());
        let (qualifiers, words) = words.split_at(from);
        let read = self.words(words);
        match bound(qualifiers, words) {
            Some(bound) => at_least(read, bound),
            None => read,
        }
    }

    /// Type that the words of an alternative name, without those that say more of it.
    fn words(self, words: &[&str]) -> Documented {
        match words {
            [] => Documented::Prose,
            [word] => self.word(word).unwrap_or(Documented::Prose),
            [container, "of" | "containing" | "with", element @ ..] => {
                let element = element.join(" ");
                match container.to_ascii_lowercase().trim_end_matches('s') {
                    "list" | "sequence" | "array" | "iterable" | "collection" | "array_like"
                    | "array-like" | "arraylike" => self.container(&element, Type::List),
                    "tuple" => self.container(&element, Type::Tuples),
                    "set" | "frozenset" => self.container(&element, Type::Set),
                    "iterator" | "generator" => self.container(&element, Type::Iterator),
                    "dict" | "dictionary" | "mapping" => self.dictionary(&element),
                    _ => self.beginning(container),
                }
            }
            ["dictionary" | "dict" | "mapping", "from", rest @ ..] => {
                self.dictionary(&rest.join(" "))
            }
            [first, ..] => self.beginning(first),
        }
    }

    /// A container with what is in its brackets: `list(str)`, `dict(str -> int)`, `tuple(int, str)`, `Optional(str)`.
    fn applied(self, name: &str, inner: &str) -> Option<Documented> {
        let name = name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase();
        Some(match name.as_str() {
            "list" | "sequence" | "array" | "iterable" | "collection" => {
                self.container(inner, Type::List)
            }
            "tuple" => match split(inner, ',').as_slice() {
                [all] | [all, "..."] => self.container(all, Type::Tuples),
                each => {
                    let each = each.iter().map(|part| self.or_any(part));
                    Documented::Type(Type::Tuple(each.collect()))
                }
            },
            "set" | "frozenset" => self.container(inner, Type::Set),
            "iterator" | "generator" => self.container(inner, Type::Iterator),
            "dict" | "dictionary" | "mapping" | "defaultdict" => self.dictionary(inner),
            "optional" => match self.documented(inner) {
                Documented::Type(kind) => Documented::Type(Type::one_of([kind, Type::None])?),
                other => other,
            },
            "union" => self.documented(inner),
            _ => return None,
        })
    }

    /// Words that begin with the name that a type has in Python: `str of letters`, `int between 0 and 9`. Of what is in
    /// a container they say something that is not understood.
    fn beginning(self, word: &str) -> Documented {
        let any = || Box::new(Type::Any);
        match word.trim_end_matches([',', ':', ';']) {
            "list" => Documented::Type(Type::List(any())),
            "tuple" => Documented::Type(Type::Tuples(any())),
            "dict" => Documented::Type(Type::Dict(Box::new(Type::Str), any())),
            word @ ("str" | "int" | "float" | "bool" | "bytes" | "complex" | "string"
            | "integer" | "boolean") => self.word(word).unwrap_or(Documented::Prose),
            _ => Documented::Prose,
        }
    }

    fn or_any(self, text: &str) -> Type {
        match self.phrase(text) {
            Documented::Type(kind) => kind,
            _ => Type::Any,
        }
    }

    fn container(self, element: &str, of: fn(Box<Type>) -> Type) -> Documented {
        match self.documented(element) {
            Documented::Type(kind) => Documented::Type(of(Box::new(kind))),
            Documented::Foreign => Documented::Foreign,
            // A list it is all the same.
            Documented::Prose => Documented::Type(of(Box::new(Type::Any))),
        }
    }

    /// `str to int`, `{str: int}`, `str -> int`, `str, int`.
    fn dictionary(self, text: &str) -> Documented {
        let text = text.trim_matches(['{', '}']);
        let pair = ["->", " to ", ":", ","]
            .iter()
            .find_map(|separator| text.split_once(separator));
        Documented::Type(match pair {
            Some((key, value)) => {
                Type::Dict(Box::new(self.or_any(key)), Box::new(self.or_any(value)))
            }
            None => Type::Dict(Box::new(Type::Str), Box::new(self.or_any(text))),
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

/// A documented type without markup: `:class:`Node`` and `C{Node}` are `Node`.
fn plain(text: &str) -> String {
    let text = &without_epytext(text);
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.trim();
    while let Some(at) = rest.find('`') {
        let (before, after) = rest.split_at(at);
        // The role before the backtick goes with it.
        let role = |c: char| c.is_whitespace() || "([,|".contains(c);
        let word = before.rfind(role).map_or(0, |at| {
            at + before[at..].chars().next().map_or(0, char::len_utf8)
        });
        let before = match before[word..].starts_with(':') {
            true => &before[..word],
            false => before,
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

/// A text without the markup of epytext: a capital and braces, as in `C{int}` or `L{Node}`.
fn without_epytext(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let (mut opened, mut before) = (Vec::new(), ' ');
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        let is_markup = sign.is_ascii_uppercase() && !before.is_alphanumeric();
        if is_markup && signs.next_if_eq(&'{').is_some() {
            opened.push(true);
        } else if sign == '}' && opened.pop() == Some(true) {
            // It closes what is left out.
        } else {
            if sign == '{' {
                opened.push(false);
            }
            plain.push(sign);
        }
        before = sign;
    }
    plain
}

/// Square brackets in the place of angle brackets: `list<str>`.
fn with_square_brackets(text: &str) -> String {
    let opens = text.matches('<').count();
    if opens == 0 || opens != text.replace("->", "").matches('>').count() {
        return text.to_owned();
    }
    let arrow = "\0";
    let text = text.replace("->", arrow).replace('<', "[");
    text.replace('>', "]").replace(arrow, "->")
}

/// A word and what is in the brackets behind it, up to the end.
fn applied(text: &str) -> Option<(&str, &str)> {
    let open = text.find(['(', '[', '{'])?;
    let (name, rest) = text.split_at(open);
    let close = match rest.as_bytes().first()? {
        b'(' => ')',
        b'[' => ']',
        _ => '}',
    };
    let inner = rest.get(1..)?.strip_suffix(close)?;
    is_dotted(name.trim()).then_some((name.trim(), inner.trim()))
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

/// The least number that words allow: `positive int`, `int >= 2`, `int > 0`.
fn bound(qualifiers: &[&str], words: &[&str]) -> Option<i64> {
    let said = qualifiers
        .iter()
        .find_map(|word| match word.to_ascii_lowercase().as_str() {
            "positive" => Some(1),
            "non-negative" | "nonnegative" | "unsigned" => Some(0),
            _ => None,
        });
    let compared = || {
        let [_, rest @ ..] = words else { return None };
        let rest = rest.concat();
        let rest = rest.trim_matches(['(', ')']).strip_prefix('>')?;
        match rest.strip_prefix('=') {
            Some(number) => number.parse().ok(),
            None => rest.parse::<i64>().ok()?.checked_add(1),
        }
    };
    said.or_else(compared)
}

/// The same type, but its numbers from a bound on alone.
fn at_least(read: Documented, bound: i64) -> Documented {
    match read {
        Documented::Type(kind @ (Type::Int | Type::Float)) => {
            Documented::Type(Type::AtLeast(Box::new(kind), bound))
        }
        other => other,
    }
}

/// Splits `int or None, optional` into its parts.
fn alternatives(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for part in split(text, ',')
        .into_iter()
        .flat_map(|part| split(part, '/'))
    {
        for part in split(part, '|') {
            let mut rest = part;
            while let Some((first, more)) = rest.split_once(" or ") {
                // Inside brackets an `or` joins nothing of this level.
                if first.matches(['[', '(']).count() != first.matches([']', ')']).count() {
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
    if lower.starts_with("optional(") {
        return false;
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aliases::Aliases;

    fn list(kind: Type) -> Type {
        Type::List(Box::new(kind))
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
        assert_eq!(
            kind("a positive integer"),
            Type::AtLeast(Box::new(Type::Int), 1)
        );
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
        assert_eq!(kind("list(str)"), list(Type::Str));
        assert_eq!(kind("List<string>"), list(Type::Str));
        assert_eq!(kind("list[string]"), list(Type::Str));
        assert_eq!(
            kind("tuple(int, str)"),
            Type::Tuple(vec![Type::Int, Type::Str])
        );
        let counts = Type::Dict(Box::new(Type::Str), Box::new(Type::Int));
        for text in ["dict(str -> int)", "dict(str: int)", "dict<string, int>"] {
            assert_eq!(kind(text), counts, "{text}");
        }
        assert_eq!(kind(":obj:`list` of :obj:`str`"), list(Type::Str));
        assert_eq!(kind("str of letters"), Type::Str);
        assert_eq!(kind("int between 1 and 9"), Type::Int);
        assert_eq!(kind("list whose items are rows"), list(Type::Any));
        assert_eq!(kind("int/str"), Type::OneOf(vec![Type::Int, Type::Str]));
        assert_eq!(kind("Optional(str)"), kind("str or None"));
        assert_eq!(kind("list of\u{a0}:class:`int`"), list(Type::Int));
        assert_eq!(kind("C{str}"), Type::Str);
        assert_eq!(kind("C{list} of C{int}"), list(Type::Int));
        assert_eq!(kind("L{Node} or C{None}"), kind("Node or None"));
        assert_eq!(kind("array_like of int, shape (n,)"), list(Type::Int));
        for (text, bound) in [("int >= 2", 2), ("int > 0", 1), ("non-negative integer", 0)] {
            assert_eq!(
                kind(text),
                Type::AtLeast(Box::new(Type::Int), bound),
                "{text}"
            );
        }
        assert!(!kind("positive float").fits(&Literal::Float(-0.5)));
        for prose in ["list of ".repeat(20_000), "list(".repeat(20_000)] {
            let read = Reader::new(&Aliases::default()).documented(&prose);
            assert_eq!(read, Documented::Prose);
        }
        for foreign in ["np.ndarray", "ndarray", "file-like", "Queue[int]"] {
            assert_eq!(read(foreign), Documented::Foreign, "{foreign}");
        }
        for prose in ["what to look for", "the name of the file", ""] {
            assert_eq!(read(prose), Documented::Prose, "{prose}");
        }
    }
}
