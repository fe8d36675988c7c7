//! Argument lists made of literals: `1, [2], key="x"`.

use tracestone_record::{Literal, LiteralLimits};

/// An argument of a call, with its keyword if it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Argument {
    /// The keyword it is passed by.
    pub(crate) keyword: Option<String>,
    pub(crate) value: Literal,
}

/// Takes an argument list apart; `None` if something in it is no literal.
pub(crate) fn split(text: &str) -> Option<Vec<Argument>> {
    let limits = LiteralLimits {
        max_bytes: 4096,
        ..LiteralLimits::default()
    };
    let mut arguments = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        // The shortest start that ends before a comma, or at the end, and is a literal.
        let ends = rest
            .match_indices(',')
            .map(|(at, _)| at)
            .chain([rest.len()]);
        let (end, argument) = ends.take(200).find_map(|end| {
            let part = rest[..end].trim();
            let (keyword, value) = match part.split_once('=') {
                Some((name, value)) if is_name(name.trim()) => {
                    (Some(name.trim().to_owned()), value)
                }
                _ => (None, part),
            };
            let value = Literal::parse(value, limits).ok()?;
            Some((end, Argument { keyword, value }))
        })?;
        arguments.push(argument);
        rest = rest.get(end + 1..).unwrap_or("").trim_start();
    }
    Some(arguments)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
}

/// Writes an argument list.
pub(crate) fn join(arguments: &[Argument]) -> String {
    let parts: Vec<String> = arguments
        .iter()
        .map(|argument| match &argument.keyword {
            Some(keyword) => format!("{keyword}={}", argument.value.python_repr()),
            None => argument.value.python_repr(),
        })
        .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_taken_apart_and_put_together() {
        for text in [
            "",
            "1",
            "[1, 2], 'a, b'",
            "-1.5, key={'a': (1,)}",
            "(1, 2), set()",
        ] {
            let arguments = split(text).expect(text);
            assert_eq!(join(&arguments), text);
        }
        assert_eq!(split("x"), None);
        assert_eq!(split("*[1]"), None);
        assert_eq!(split("1 == 2"), None);
    }
}
