//! Changes of an input that show what a function does with unusual arguments.

use tracestone_curate::arguments;
use tracestone_record::{Integer, Literal};

/// Elements of a list that is made long.
const LONG: usize = 4;

/// Argument lists that differ from this one in one argument, and ones in which all arguments of a type are the same.
pub(super) fn variations(input: &str) -> Vec<String> {
    let Some(own) = arguments(input) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (place, argument) in own.iter().enumerate() {
        for other in others(argument) {
            let mut all = own.clone();
            all[place] = other;
            found.push(all);
        }
    }
    for (place, argument) in own.iter().enumerate().skip(1) {
        if same_type(argument, &own[0]) {
            for value in [own[0].clone(), repeated(&own[0])] {
                let mut all = own.clone();
                all[0] = value.clone();
                all[place] = value;
                found.push(all);
            }
        }
    }
    found.iter().map(|all| text(all)).collect()
}

fn text(arguments: &[Literal]) -> String {
    let texts: Vec<String> = arguments.iter().map(Literal::python_repr).collect();
    texts.join(", ")
}

fn same_type(one: &Literal, other: &Literal) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

/// The value several times in a row, where that has a meaning.
fn repeated(value: &Literal) -> Literal {
    match value {
        Literal::Str(text) => Literal::Str(text.repeat(LONG)),
        Literal::List(items) => Literal::List(long(items)),
        other => other.clone(),
    }
}

fn long(items: &[Literal]) -> Vec<Literal> {
    [items; LONG].concat()
}

/// Values of the same type.
fn others(value: &Literal) -> Vec<Literal> {
    match value {
        Literal::Str(text) => {
            let reversed: String = text.chars().rev().collect();
            let words = [
                format!("{text}\u{e9}"),
                text.to_uppercase(),
                text.to_lowercase(),
                "2024".to_owned(),
                "a1 B2, c3".to_owned(),
                reversed,
                text.repeat(LONG),
            ];
            words.map(Literal::Str).into()
        }
        Literal::List(items) => {
            let reversed = items.iter().rev().cloned().collect();
            let short = items.iter().take(1).cloned().collect();
            [reversed, short, long(items)].map(Literal::List).into()
        }
        Literal::Dict(entries) => {
            let reversed = entries.iter().rev().cloned().collect();
            let short = entries.iter().take(1).cloned().collect();
            [reversed, short].map(Literal::Dict).into()
        }
        Literal::Int(number) => match number.to_i64() {
            Some(number) if number.abs() < 1 << 20 => {
                let numbers = [number + 1, -number - 1, number * 3 + 10];
                numbers
                    .map(|number| Literal::Int(Integer::from(number)))
                    .into()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_argument_changes_or_all_become_the_same() {
        let made = variations("'ab', [1, 2], [3]");
        for expected in [
            "'2024', [1, 2], [3]",
            "'ab\u{e9}', [1, 2], [3]",
            "'ab', [2, 1], [3]",
            "'ab', [1, 2], [3, 3, 3, 3]",
        ] {
            assert!(
                made.iter().any(|one| one == expected),
                "{expected}: {made:?}"
            );
        }
        assert!(variations("[1], [2]").contains(&"[1, 1, 1, 1], [1, 1, 1, 1]".to_owned()));
        assert!(variations("g()").is_empty());
    }
}
