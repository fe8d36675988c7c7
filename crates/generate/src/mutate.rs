//! Small changes to argument lists that work: the values around them often take other branches.

use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;
use tracestone_record::Literal;

use crate::arguments::Argument;
use crate::constants::Constants;
use crate::types::of_value;
use crate::values::{Values, distinct};

/// A changed copy of an argument list. `pool` holds the arguments of all mined calls.
pub(crate) fn arguments(
    arguments: &[Argument],
    pool: &[Argument],
    constants: &Constants,
    random: &mut ChaCha8Rng,
) -> Vec<Argument> {
    let mut changed = arguments.to_vec();
    let times = if random.random_range(0..4) == 0 { 2 } else { 1 };
    for _ in 0..times {
        let at = random.random_range(0..changed.len());
        let old = &changed[at].value;
        let alike: Vec<&Literal> = pool
            .iter()
            .map(|argument| &argument.value)
            .filter(|other| other.type_name() == old.type_name() && *other != old)
            .collect();
        let new = match alike.choose(random) {
            // What another call passes is a value that makes sense.
            Some(other) if random.random_range(0..4) == 0 => (*other).clone(),
            _ => value(old, constants, random),
        };
        changed[at].value = new;
    }
    changed
}

fn value(old: &Literal, constants: &Constants, random: &mut ChaCha8Rng) -> Literal {
    match old {
        Literal::Bool(value) => Literal::Bool(!value),
        Literal::Int(value) => match value.to_i64() {
            Some(value) => Literal::from(integer(value, constants, random)),
            None => old.clone(),
        },
        Literal::Float(value) => Literal::Float(float(*value, random)),
        Literal::Str(text) => Literal::Str(changed_text(text, constants, random)),
        Literal::List(items) => Literal::List(changed_items(items, constants, random)),
        Literal::Tuple(items) => match items.len() {
            0 => old.clone(),
            // A tuple's length often has a meaning.
            length => {
                let mut items = items.clone();
                let at = random.random_range(0..length);
                items[at] = value(&items[at], constants, random);
                Literal::Tuple(items)
            }
        },
        Literal::Set(items) => Literal::Set(distinct(changed_items(items, constants, random))),
        Literal::Dict(entries) => changed_entries(entries, constants, random),
        _ => {
            let mut values = Values { random, constants };
            values
                .value(&of_value(old), 0)
                .unwrap_or_else(|| old.clone())
        }
    }
}

fn integer(value: i64, constants: &Constants, random: &mut ChaCha8Rng) -> i64 {
    match random.random_range(0..8) {
        0 => value.saturating_add(1),
        1 => value.saturating_sub(1),
        2 => value.saturating_neg(),
        3 => 0,
        4 => value / 2,
        5 => value.saturating_mul(2).min(1_000_000.max(value)),
        6 => constants.numbers.choose(random).copied().unwrap_or(1),
        _ => random.random_range(-3..30),
    }
}

fn float(value: f64, random: &mut ChaCha8Rng) -> f64 {
    let changed = match random.random_range(0..6) {
        0 => value + 1.0,
        1 => -value,
        2 => 0.0,
        3 => value / 2.0,
        4 => value.round(),
        _ => value * 2.0,
    };
    if changed.is_finite() { changed } else { value }
}

fn changed_text(text: &str, constants: &Constants, random: &mut ChaCha8Rng) -> String {
    let characters: Vec<char> = text.chars().collect();
    let at = random.random_range(0..=characters.len());
    let mut changed = characters.clone();
    match random.random_range(0..8) {
        0 if !changed.is_empty() => {
            changed.remove(at.min(characters.len() - 1));
        }
        1 if !changed.is_empty() => {
            let twice = characters[at.min(characters.len() - 1)];
            changed.insert(at, twice);
        }
        2 => changed.reverse(),
        3 => return text.to_uppercase(),
        4 => return text.chars().take(at).collect(),
        5 => return constants.texts.choose(random).cloned().unwrap_or_default(),
        6 if !changed.is_empty() => {
            let near = u32::from(characters[at.min(characters.len() - 1)]).saturating_add(1);
            let index = at.min(characters.len() - 1);
            changed[index] = char::from_u32(near)
                .filter(|c| !c.is_control())
                .unwrap_or('z');
        }
        _ => {
            let other = ['a', 'z', '0', '9', ' ', '-', 'A'].choose(random);
            changed.insert(at, other.copied().unwrap_or('a'));
        }
    }
    changed.into_iter().collect()
}

fn changed_items(
    items: &[Literal],
    constants: &Constants,
    random: &mut ChaCha8Rng,
) -> Vec<Literal> {
    let mut changed = items.to_vec();
    let Some(last) = items.len().checked_sub(1) else {
        return vec![Literal::from(random.random_range(0..10))];
    };
    let at = random.random_range(0..=last);
    match random.random_range(0..7) {
        0 => {
            changed.remove(at);
        }
        1 => changed.insert(at, items[at].clone()),
        2 => changed.reverse(),
        3 => changed.truncate(at),
        4 => changed.swap(at, last),
        _ => changed[at] = value(&items[at], constants, random),
    }
    changed
}

fn changed_entries(
    entries: &[(Literal, Literal)],
    constants: &Constants,
    random: &mut ChaCha8Rng,
) -> Literal {
    let mut changed = entries.to_vec();
    if !changed.is_empty() {
        let at = random.random_range(0..changed.len());
        match random.random_range(0..3) {
            0 => {
                changed.remove(at);
            }
            1 => changed.reverse(),
            _ => changed[at].1 = value(&entries[at].1, constants, random),
        }
    }
    Literal::Dict(changed)
}
