//! The numbers and strings in a program's text: inputs near them reach branches that others miss.

use std::collections::BTreeSet;

/// More constants than this dilute each other.
const MAX_CONSTANTS: usize = 24;

/// Constants in a program's text.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Constants {
    pub(crate) numbers: Vec<i64>,
    pub(crate) texts: Vec<String>,
}

impl Constants {
    /// Reads a program's text line by line. Comments and strings over several lines are left out.
    pub(crate) fn of(text: &str) -> Self {
        let mut numbers = BTreeSet::new();
        let mut texts = BTreeSet::new();
        let mut inside = None;
        for line in text.lines() {
            if let Some(quotes) = inside {
                if line.contains(quotes) {
                    inside = None;
                }
                continue;
            }
            let triple = ["\"\"\"", "'''"]
                .into_iter()
                .find(|quotes| line.contains(quotes));
            if let Some(quotes) = triple {
                if line.matches(quotes).count() % 2 == 1 {
                    inside = Some(quotes);
                }
                continue;
            }
            scan(line, &mut numbers, &mut texts);
        }
        Self {
            numbers: numbers.into_iter().take(MAX_CONSTANTS).collect(),
            texts: texts.into_iter().take(MAX_CONSTANTS).collect(),
        }
    }
}

fn scan(line: &str, numbers: &mut BTreeSet<i64>, texts: &mut BTreeSet<String>) {
    let bytes = line.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &line[at..];
        match bytes[at] {
            b'#' => return,
            quote @ (b'"' | b'\'') => {
                let Some(length) = rest[1..].find(char::from(quote)) else {
                    return;
                };
                let content = &rest[1..=length];
                if (1..=20).contains(&content.len()) && !content.contains(['\\', '{', '%']) {
                    texts.insert(content.to_owned());
                }
                at += length + 2;
            }
            byte if byte.is_ascii_digit() => {
                let length = rest.bytes().take_while(u8::is_ascii_digit).count();
                numbers.extend(rest[..length].parse::<i64>());
                at += length;
            }
            byte if byte.is_ascii_alphabetic() || byte == b'_' => {
                at += rest
                    .bytes()
                    .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                    .count();
            }
            _ => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_found() {
        let text = "def f(x1):\n    \"\"\"Take 5.\"\"\"\n    if x1 > 42 or x1 == 'up':  # 9\n        return 7.5\n";
        let found = Constants::of(text);
        assert_eq!(found.numbers, [5, 7, 42]);
        assert_eq!(found.texts, ["up"]);
    }
}
