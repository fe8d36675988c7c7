//! Values of a type: mostly small, now and then at an edge.

use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;
use tracestone_record::Literal;

use crate::constants::Constants;
use crate::types::{Type, reaches};

/// Containers inside containers.
const MAX_DEPTH: u32 = 4;

const INTEGERS: &[i64] = &[
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 16, 20, 25, 31, 50, 64, 100, -1, -2, -3, -7,
];
const FLOATS: &[f64] = &[
    0.0, 0.5, 1.0, 1.5, 2.0, 2.25, 3.0, 4.0, 9.0, 10.0, 100.0, -0.5, -1.0, -2.5,
];
const WORDS: &[&str] = &[
    "",
    "a",
    "b",
    "ab",
    "abc",
    "aba",
    "hello",
    "Hello World",
    "level",
    "banana",
    "Tracestone",
    "a b c",
    "123",
    "42",
    "-7",
    "3.5",
    "x1y2",
    "UPPER",
    "(a)",
    "[]{}",
    "a,b,c",
    "  pad  ",
    "aaa",
    "zebra",
];

/// Generator of random values.
pub(crate) struct Values<'a> {
    pub(crate) random: &'a mut ChaCha8Rng,
    pub(crate) constants: &'a Constants,
}

impl Values<'_> {
    pub(crate) fn coin(random: &mut ChaCha8Rng) -> bool {
        random.random_range(0..2) == 0
    }

    /// A value of the type; `None` where none can be made of literals.
    pub(crate) fn value(&mut self, wanted: &Type, depth: u32) -> Option<Literal> {
        if depth > MAX_DEPTH {
            return None;
        }
        Some(match wanted {
            Type::Int => Literal::from(self.integer()),
            Type::Float => Literal::Float(self.float()),
            Type::Complex => Literal::Complex {
                real: self.float(),
                imaginary: 1.0,
            },
            Type::Bool => Literal::Bool(Self::coin(self.random)),
            Type::Str => Literal::Str(self.text()),
            Type::Bytes => Literal::Bytes(self.text().into_bytes()),
            Type::None => Literal::None,
            Type::Any => {
                let kinds = [Type::Int, Type::Str, Type::List(Box::new(Type::Int))];
                let kind = kinds.choose(self.random)?;
                self.value(kind, depth)?
            }
            Type::List(element) => Literal::List(self.items(element, depth)?),
            Type::Tuples(element) => Literal::Tuple(self.items(element, depth)?),
            Type::Set(element) => Literal::Set(distinct(self.items(element, depth)?)),
            Type::Tuple(elements) => {
                let items = elements
                    .iter()
                    .map(|element| self.value(element, depth + 1));
                Literal::Tuple(items.collect::<Option<_>>()?)
            }
            Type::Dict(key, value) => {
                let keys = distinct(self.items(key, depth)?);
                let entries = keys
                    .into_iter()
                    .map(|key| Some((key, self.value(value, depth + 1)?)));
                Literal::Dict(entries.collect::<Option<_>>()?)
            }
            Type::OneOf(kinds) => {
                let kind = kinds.choose(self.random)?;
                self.value(kind, depth)?
            }
            Type::Values(values) => values.choose(self.random)?.clone(),
            Type::AtLeast(kind, bound) => {
                let value = self.value(kind, depth)?;
                match (&value, reaches(&value, *bound)) {
                    (_, true) => value,
                    (Literal::Float(value), false) if -value >= *bound as f64 => {
                        Literal::Float(-value)
                    }
                    (Literal::Float(_), false) => Literal::Float(*bound as f64 + 0.5),
                    (_, false) => {
                        let more = self.integer().unsigned_abs() % 20;
                        Literal::from(bound.saturating_add_unsigned(more))
                    }
                }
            }
            Type::Named(_) | Type::Iterator(_) | Type::Function(..) | Type::Texts(_) => {
                return None;
            }
        })
    }

    /// Elements of a container; their number decreases with depth.
    fn items(&mut self, element: &Type, depth: u32) -> Option<Vec<Literal>> {
        // Elements of which nothing is known are of one kind, as they are in most programs.
        let kinds = [Type::Int, Type::Str];
        let element = match element {
            Type::Any => kinds.choose(self.random)?,
            element => element,
        };
        let most = if depth == 0 { 7 } else { 4 };
        let mut count = self.random.random_range(0..most);
        let nested = matches!(element, Type::List(_) | Type::Tuples(_));
        if nested {
            count = count.max(2);
        }
        // A table's rows have one length, or it is no table.
        let width = nested.then_some(count);
        (0..count)
            .map(|_| {
                let item = self.value(element, depth + 1)?;
                Some(match (item, width) {
                    (Literal::List(items), Some(width)) => {
                        Literal::List(self.filled(items, element, width, depth)?)
                    }
                    (item, _) => item,
                })
            })
            .collect()
    }

    fn filled(
        &mut self,
        mut items: Vec<Literal>,
        element: &Type,
        width: usize,
        depth: u32,
    ) -> Option<Vec<Literal>> {
        let Type::List(inner) = element else {
            return Some(items);
        };
        items.truncate(width);
        while items.len() < width {
            items.push(self.value(inner, depth + 2)?);
        }
        Some(items)
    }

    fn integer(&mut self) -> i64 {
        if !self.constants.numbers.is_empty() && self.random.random_range(0..4) == 0 {
            let near = self.constants.numbers.choose(self.random).copied();
            return near
                .unwrap_or_default()
                .saturating_add(self.random.random_range(-1..=1));
        }
        INTEGERS.choose(self.random).copied().unwrap_or_default()
    }

    fn float(&mut self) -> f64 {
        FLOATS.choose(self.random).copied().unwrap_or_default()
    }

    fn text(&mut self) -> String {
        if !self.constants.texts.is_empty() && self.random.random_range(0..3) == 0 {
            let near = self.constants.texts.choose(self.random);
            return near.cloned().unwrap_or_default();
        }
        WORDS
            .choose(self.random)
            .map_or_else(String::new, |word| (*word).to_owned())
    }
}

/// Hashable elements, each once.
pub(crate) fn distinct(items: Vec<Literal>) -> Vec<Literal> {
    let mut kept: Vec<Literal> = Vec::with_capacity(items.len());
    for item in items {
        if item.is_hashable() && !kept.contains(&item) {
            kept.push(item);
        }
    }
    kept
}
