//! Usage of a program in its mined calls: instances, arguments of methods, and statements that lead to an
//! instance.

use std::collections::BTreeMap;

use tracestone_record::Call;

use crate::arguments::{Argument, split};

/// Statements that make an instance, and the instance's name in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Base {
    pub(crate) setup: String,
    pub(crate) name: String,
}

/// Usage found in the mined calls of a program.
#[derive(Debug, Default)]
pub(crate) struct Harvest {
    /// Literal argument lists by the last part of what is called.
    pub(crate) arguments: BTreeMap<String, Vec<Vec<Argument>>>,
    pub(crate) bases: Vec<Base>,
}

impl Harvest {
    pub(crate) fn of(mined: &[Call]) -> Self {
        let mut harvest = Self::default();
        for call in mined {
            for text in [&call.setup, &call.call] {
                for (name, arguments) in calls_in(text) {
                    let Some(parsed) = split(arguments) else {
                        continue;
                    };
                    let lists = harvest.arguments.entry(name.to_owned()).or_default();
                    if !lists.contains(&parsed) {
                        lists.push(parsed);
                    }
                }
            }
            let receiver = call.call.split(['.', '[', '(']).next().unwrap_or("");
            let bound = call.setup.lines().any(|line| {
                line.strip_prefix(receiver)
                    .is_some_and(|rest| rest.trim_start().starts_with('='))
            });
            let base = Base {
                setup: call.setup.clone(),
                name: receiver.to_owned(),
            };
            if bound
                && call.call.contains(&format!("{receiver}."))
                && !harvest.bases.contains(&base)
            {
                harvest.bases.push(base);
            }
        }
        harvest
    }
}

/// The calls in a text: the last part of what is called, and the text between the parentheses.
fn calls_in(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for (open, _) in text.match_indices('(') {
        let head = &text[..open];
        let start = head
            .rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .map_or(0, |at| at + 1);
        let name = head.get(start..).unwrap_or("");
        if name.is_empty() {
            continue;
        }
        if let Some(length) = closing(&text[open + 1..]) {
            found.push((name, &text[open + 1..open + 1 + length]));
        }
    }
    found
}

/// Position at which the bracket that is open at the start of a text is closed.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match (c, quote) {
            _ if escaped => escaped = false,
            ('\\', Some(_)) => escaped = true,
            (c, Some(open)) if c == open => quote = None,
            (_, Some(_)) => {}
            ('"' | '\'', None) => quote = Some(c),
            ('(' | '[' | '{', None) => depth += 1,
            (')' | ']' | '}', None) => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return Some(at),
            },
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_found_inside_each_other() {
        let found = calls_in("f(g('a)', 1), [2]).h()");
        assert_eq!(
            found,
            [("f", "g('a)', 1), [2]"), ("g", "'a)', 1"), ("h", "")]
        );
    }
}
