//! The names that a program's text gives to types: `Square: TypeAlias = int`, `Bits = int`,
//! `UserId = NewType("UserId", int)`, `type Row = list[int]`, type variables and parameters.

use std::collections::BTreeMap;

use crate::annotations::{Reader, split};
use crate::types::Type;

/// Lines that one definition of a type may take.
const MAX_LINES: usize = 30;

/// Meaning of a name that stands for a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Alias {
    /// An annotation's text.
    Type(String),
    /// A type variable: its constraints, or its bound, or nothing.
    Variable(Vec<String>),
}

impl Alias {
    /// The type that it stands for.
    pub(crate) fn read(&self, reader: Reader<'_>) -> Option<Type> {
        match self {
            Self::Type(text) => reader.annotation(text),
            Self::Variable(kinds) if kinds.is_empty() => Some(Type::Any),
            Self::Variable(kinds) => {
                Type::one_of(kinds.iter().filter_map(|kind| reader.annotation(kind)))
            }
        }
    }
}

/// Names that stand for types.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Aliases {
    named: BTreeMap<String, Alias>,
}

impl Aliases {
    /// Reads the statements at the margin of a text.
    pub(crate) fn of(text: &str) -> Self {
        let mut aliases = Self::default();
        let lines: Vec<&str> = text.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            if let Some(parameters) = type_parameters(line) {
                aliases.add_parameters(parameters);
            }
            if line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && let Some((name, value)) = definition(line)
            {
                let value = whole(value, &lines[index + 1..]);
                aliases.add(name, &value);
            }
        }
        aliases
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Alias> {
        self.named.get(name)
    }

    fn add(&mut self, name: &str, value: &str) {
        let value = value.trim();
        let alias = match call(value) {
            Some(("NewType", arguments)) => match arguments.get(1) {
                Some(kind) => Alias::Type((*kind).to_owned()),
                None => return,
            },
            Some(("TypeVar", arguments)) => {
                let kinds = arguments.iter().skip(1);
                let kinds = kinds.filter_map(|kind| match kind.split_once('=') {
                    Some((keyword, bound)) => (keyword.trim() == "bound").then_some(bound.trim()),
                    None => Some(*kind),
                });
                Alias::Variable(kinds.map(str::to_owned).collect())
            }
            // Any other value is no type, and an instance of a class is none either.
            Some(_) => return,
            // A name that stands for itself would stand for nothing.
            None if value == name => return,
            None => Alias::Type(value.to_owned()),
        };
        self.named.insert(name.to_owned(), alias);
    }

    /// `T: (int, str), U: int = 3, *Ts`.
    fn add_parameters(&mut self, list: &str) {
        for parameter in split(list, ',') {
            let parameter = parameter.split('=').next().unwrap_or(parameter);
            let (name, bound) = match parameter.split_once(':') {
                Some((name, bound)) => (name.trim(), Some(bound.trim())),
                None => (parameter.trim(), None),
            };
            let kinds = match bound {
                Some(bound) => {
                    let inner = bound
                        .strip_prefix('(')
                        .and_then(|rest| rest.strip_suffix(')'));
                    inner.map_or_else(|| vec![bound], |inner| split(inner, ','))
                }
                None => Vec::new(),
            };
            let kinds = kinds.into_iter().filter(|kind| !kind.is_empty());
            let variable = Alias::Variable(kinds.map(str::to_owned).collect());
            let name = name.trim_start_matches('*');
            self.named.entry(name.to_owned()).or_insert(variable);
        }
    }
}

/// The name and the beginning of the value of `name = value`, `name: TypeAlias = value` and
/// `type name[T] = value`.
fn definition(line: &str) -> Option<(&str, &str)> {
    let (target, value) = line.split_once('=')?;
    if value.starts_with('=') {
        return None;
    }
    let target = target.trim();
    let name = if let Some(name) = target.strip_prefix("type ") {
        name.split('[').next()?.trim()
    } else if let Some((name, annotation)) = target.split_once(':') {
        let annotation = annotation.trim();
        let is_alias = annotation == "TypeAlias" || annotation.ends_with(".TypeAlias");
        is_alias.then_some(name.trim())?
    } else {
        target
    };
    let is_name = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name.then_some((name, value))
}

/// A value that goes on in the next lines while a bracket is open, without comments.
fn whole(first: &str, rest: &[&str]) -> String {
    let mut value = uncommented(first).to_owned();
    for line in rest.iter().take(MAX_LINES) {
        let open = value.matches(['(', '[', '{']).count();
        if open <= value.matches([')', ']', '}']).count() {
            break;
        }
        value.push(' ');
        value.push_str(uncommented(line).trim());
    }
    let value = value.trim();
    let inner = value
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'));
    // `( int | str )`, and a comma before the last bracket.
    let value = inner.unwrap_or(value);
    value.replace(", ]", "]").replace(",]", "]")
}

fn uncommented(line: &str) -> &str {
    line.split(" #").next().unwrap_or(line)
}

/// The last part of what is called, and the arguments of a call.
fn call(value: &str) -> Option<(&str, Vec<&str>)> {
    let (callee, rest) = value.split_once('(')?;
    if callee.contains('[') {
        return None;
    }
    let arguments = rest.trim_end().strip_suffix(')')?;
    let name = callee.trim().rsplit('.').next()?;
    Some((name, split(arguments, ',')))
}

/// Text between the brackets of `def f[T](..)`, `class C[T]:` and `type X[T] = ..`.
fn type_parameters(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = line.strip_prefix("async ").unwrap_or(line);
    let rest = ["def ", "class ", "type "]
        .iter()
        .find_map(|word| line.strip_prefix(word))?;
    let open = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ' ')?;
    let inner = rest[open..].strip_prefix('[')?;
    let mut depth = 1_u32;
    for (at, c) in inner.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(&inner[..at]);
        }
    }
    None
}
