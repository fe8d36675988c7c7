//! Python literals: values that can be written as text.
//!
//! [`Literal::parse`] reads what `ast.literal_eval` reads, with bounds, and never evaluates anything;
//! [`Literal::python_repr`] writes what CPython's `repr` writes. Equality is stricter than Python's: `True`,
//! `1` and `1.0` are three different literals, and so are `0.0` and `-0.0`. The order of set elements and of
//! dictionary entries does not matter.

mod parse;
mod repr;

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A value of one of the types that Python has displays for.
#[derive(Debug, Clone)]
pub enum Literal {
    /// The singleton `None`.
    None,
    /// `True` or `False`
    Bool(bool),
    /// An integer of any size.
    Int(Integer),
    /// A finite floating-point number; infinities and not-a-number have no literal.
    Float(f64),
    /// A complex number, both parts finite.
    Complex {
        /// The real part.
        real: f64,
        /// The imaginary part.
        imaginary: f64,
    },
    /// A string without surrogates.
    Str(String),
    /// A bytes object.
    Bytes(Vec<u8>),
    /// A list, in order.
    List(Vec<Literal>),
    /// A tuple, in order.
    Tuple(Vec<Literal>),
    /// A set, in the order in which it was written; the parser leaves duplicates out.
    Set(Vec<Literal>),
    /// A dictionary, in insertion order; the parser lets later entries replace earlier ones.
    Dict(Vec<(Literal, Literal)>),
    /// Python's `Ellipsis`, written `...`.
    Ellipsis,
}

impl Literal {
    /// The equal literal whose complex numbers have no -0.0. `repr` loses these signs, in CPython too: `-2j` is printed as
    /// `(-0-2j)`, which reads as `0-2j`.
    #[must_use]
    pub fn without_zero_signs(self) -> Self {
        let all = |items: Vec<Self>| items.into_iter().map(Self::without_zero_signs).collect();
        match self {
            // Adding 0.0 turns -0.0 into 0.0 and changes nothing else.
            Self::Complex { real, imaginary } => Self::Complex {
                real: real + 0.0,
                imaginary: imaginary + 0.0,
            },
            Self::List(items) => Self::List(all(items)),
            Self::Tuple(items) => Self::Tuple(all(items)),
            Self::Set(items) => Self::Set(all(items)),
            Self::Dict(entries) => {
                let entries = entries.into_iter();
                let both = |(key, value): (Self, Self)| {
                    (key.without_zero_signs(), value.without_zero_signs())
                };
                Self::Dict(entries.map(both).collect())
            }
            other => other,
        }
    }
}

/// An integer of any size, as canonical decimal text: no leading zeros, no `+`, no `-0`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Integer(String);

impl Integer {
    /// The decimal text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value, where it fits.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// The integer with these decimal digits (ASCII digits only; leading zeros are dropped).
    fn from_digits(negative: bool, digits: &str) -> Self {
        match digits.trim_start_matches('0') {
            "" => Self("0".to_owned()),
            rest if negative => Self(format!("-{rest}")),
            rest => Self(rest.to_owned()),
        }
    }

    fn negated(&self) -> Self {
        match self.0.strip_prefix('-') {
            Some(digits) => Self(digits.to_owned()),
            None => Self::from_digits(true, &self.0),
        }
    }
}

impl From<i64> for Integer {
    fn from(value: i64) -> Self {
        Self(value.to_string())
    }
}

impl From<i64> for Literal {
    fn from(value: i64) -> Self {
        Self::Int(value.into())
    }
}

/// Limits of the parser: length, nesting, number of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiteralLimits {
    /// Bytes of text.
    pub max_bytes: usize,
    /// Brackets inside brackets.
    pub max_depth: u32,
    /// Decimal digits of one integer; CPython itself prints no more than 4300.
    pub max_digits: usize,
}

impl Default for LiteralLimits {
    fn default() -> Self {
        Self {
            max_bytes: 1 << 20,
            max_depth: 100,
            max_digits: 4300,
        }
    }
}

/// Error of a text that is not a literal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a Python literal: {what} (at byte {at})")]
pub struct LiteralError {
    /// Offset of the byte at which reading stopped.
    pub at: usize,
    /// Description of the error at that place.
    pub what: String,
}

impl Literal {
    /// Reads one literal, with white space around it.
    ///
    /// Accepted is what `ast.literal_eval` accepts: displays of the types of [`Literal`], `set()`,
    /// signed numbers, `1+2j`, strings with every prefix but `f`, implicit concatenation, tuples
    /// without parentheses, comments and line breaks inside brackets. Not accepted are `\N{..}` (it
    /// needs Unicode's table of names), surrogates, and numbers that overflow to infinity.
    ///
    /// # Errors
    /// Where the text is anything else, or exceeds the limits.
    pub fn parse(text: &str, limits: LiteralLimits) -> Result<Self, LiteralError> {
        parse::parse(text, limits)
    }

    /// The text that CPython's `repr` gives. Sets are written in the order in which they are stored.
    ///
    /// Which characters are printable depends on the Unicode version; that of the Rust toolchain may be newer
    /// than the interpreter's.
    #[must_use]
    pub fn python_repr(&self) -> String {
        let mut out = String::new();
        repr::write(self, &mut out);
        out
    }

    /// The name of the value's type in Python.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::None => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Complex { .. } => "complex",
            Self::Str(_) => "str",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Tuple(_) => "tuple",
            Self::Set(_) => "set",
            Self::Dict(_) => "dict",
            Self::Ellipsis => "ellipsis",
        }
    }

    /// True if the value can be an element of a set or a key of a dictionary.
    #[must_use]
    pub fn is_hashable(&self) -> bool {
        match self {
            Self::List(_) | Self::Set(_) | Self::Dict(_) => false,
            Self::Tuple(items) => items.iter().all(Self::is_hashable),
            _ => true,
        }
    }

    /// A text that two literals share exactly if they are equal as `exactness` says.
    fn key(&self, exactness: Exactness, out: &mut String) {
        use fmt::Write as _;
        let python = exactness == Exactness::AsPython;
        // Writing to a string cannot fail.
        let mut put = |args: fmt::Arguments<'_>| out.write_fmt(args).unwrap_or_default();
        match self {
            Self::None => put(format_args!("N")),
            Self::Ellipsis => put(format_args!("E")),
            Self::Bool(value) if python => put(format_args!("i{}", u8::from(*value))),
            Self::Bool(value) => put(format_args!("b{value}")),
            Self::Int(value) => put(format_args!("i{}", value.as_str())),
            Self::Float(value) if python => real_key(*value, out),
            Self::Float(value) => put(format_args!("f{:016x}", exactness.bits(*value))),
            Self::Complex { real, imaginary } if python && *imaginary == 0.0 => {
                real_key(*real, out);
            }
            Self::Complex { real, imaginary } if python => {
                out.push('c');
                real_key(*real, out);
                real_key(*imaginary, out);
            }
            Self::Complex { real, imaginary } => {
                put(format_args!(
                    "c{:016x}{:016x}",
                    exactness.bits(*real),
                    exactness.bits(*imaginary)
                ));
            }
            Self::Str(text) => put(format_args!("s{}:{text}", text.len())),
            Self::Bytes(bytes) => put(format_args!("y{}:{}", bytes.len(), bytes.escape_ascii())),
            Self::List(items) => keys('[', items.iter(), exactness, out),
            Self::Tuple(items) => keys('(', items.iter(), exactness, out),
            Self::Set(items) => {
                unordered_keys('{', items.iter().map(|item| [item]), exactness, out)
            }
            Self::Dict(entries) => {
                unordered_keys('<', entries.iter().map(|(k, v)| [k, v]), exactness, out);
            }
        }
        out.push(',');
    }

    /// Equality of type and value: like `==` of [`Literal`], but `0.0` and `-0.0` are the same value.
    #[must_use]
    pub fn same_value(&self, other: &Self) -> bool {
        let key = |literal: &Self| {
            let mut key = String::new();
            literal.key(Exactness::Values, &mut key);
            key
        };
        self == other || key(self) == key(other)
    }

    fn exact_key(&self) -> String {
        let mut key = String::new();
        self.key(Exactness::Types, &mut key);
        key
    }

    fn python_key(&self) -> String {
        let mut key = String::new();
        self.key(Exactness::AsPython, &mut key);
        key
    }
}

/// Strictness of a comparison.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Exactness {
    /// Those of types and of the sign of zero too.
    Types,
    /// Those of types, and those that Python's `==` sees.
    Values,
    /// Those that Python's `==` sees.
    AsPython,
}

impl Exactness {
    /// The bits of a number that make a difference.
    fn bits(self, value: f64) -> u64 {
        if self == Self::Values && value == 0.0 {
            0.0_f64.to_bits()
        } else {
            value.to_bits()
        }
    }
}

/// Floating-point numbers with an integral value equal that integer in Python.
fn real_key(value: f64, out: &mut String) {
    if value == 0.0 {
        out.push_str("i0");
    } else if value.fract() == 0.0 {
        out.push_str(&format!("i{value:.0}"));
    } else {
        out.push_str(&format!("f{:016x}", value.to_bits()));
    }
}

fn keys<'a>(
    open: char,
    items: impl Iterator<Item = &'a Literal>,
    exactness: Exactness,
    out: &mut String,
) {
    out.push(open);
    items.for_each(|item| item.key(exactness, out));
    out.push(')');
}

fn unordered_keys<'a, const N: usize>(
    open: char,
    items: impl Iterator<Item = [&'a Literal; N]>,
    exactness: Exactness,
    out: &mut String,
) {
    let mut all: Vec<String> = items
        .map(|parts| {
            let mut key = String::new();
            parts.iter().for_each(|part| part.key(exactness, &mut key));
            key
        })
        .collect();
    all.sort_unstable();
    out.push(open);
    all.iter().for_each(|key| out.push_str(key));
    out.push(')');
}

impl PartialEq for Literal {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Str(a), Self::Str(b)) => a == b,
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::List(a), Self::List(b)) | (Self::Tuple(a), Self::Tuple(b)) => a == b,
            _ => {
                std::mem::discriminant(self) == std::mem::discriminant(other)
                    && self.exact_key() == other.exact_key()
            }
        }
    }
}

impl Eq for Literal {}

impl Hash for Literal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.exact_key().hash(state);
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.python_repr())
    }
}

/// Leaves out elements that Python takes for equal to an earlier one.
fn distinct(items: Vec<Literal>) -> Vec<Literal> {
    let mut seen = std::collections::BTreeSet::new();
    items
        .into_iter()
        .filter(|item| seen.insert(item.python_key()))
        .collect()
}

/// A later entry replaces the value of an earlier one with an equal key, and keeps its place and key.
fn merged(entries: Vec<(Literal, Literal)>) -> Vec<(Literal, Literal)> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut kept: Vec<(Literal, Literal)> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let place = *places.entry(key.python_key()).or_insert(kept.len());
        match kept.get_mut(place) {
            Some(entry) => entry.1 = value,
            None => kept.push((key, value)),
        }
    }
    kept
}

#[cfg(test)]
mod tests;
