//! Reading calls whose arguments are literals, without evaluating anything.

use tracestone_record::{Literal, LiteralError, LiteralLimits};

/// Literal arguments of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Arguments {
    /// Positional arguments, in order.
    pub positional: Vec<Literal>,
    /// `name=value`, in order of writing.
    pub keyword: Vec<(String, Literal)>,
}

impl Arguments {
    /// Parses the argument list between the parentheses of a call.
    ///
    /// # Errors
    /// An argument is not a literal (with its own error), a name is given twice, or a positional
    /// argument follows a keyword.
    pub fn parse(text: &str) -> Result<Self, LiteralError> {
        let mut arguments = Self {
            positional: Vec::new(),
            keyword: Vec::new(),
        };
        let mut at = 0;
        let parts = split_top_level(text);
        let count = parts.len();
        for (index, part) in parts.into_iter().enumerate() {
            let start = at;
            at += part.len() + 1;
            if part.trim().is_empty() && (index + 1 == count) {
                break;
            }
            let (name, value) = keyword(part);
            let literal =
                Literal::parse(value, LiteralLimits::default()).map_err(|mut error| {
                    error.at += start + (part.len() - value.len());
                    error
                })?;
            let refuse = |what: &str| LiteralError {
                at: start,
                what: what.to_owned(),
            };
            match name {
                Some(name) if arguments.keyword.iter().any(|(other, _)| other == name) => {
                    return Err(refuse("a keyword is given twice"));
                }
                Some(name) => arguments.keyword.push((name.to_owned(), literal)),
                None if !arguments.keyword.is_empty() => {
                    return Err(refuse("a positional argument follows a keyword"));
                }
                None => arguments.positional.push(literal),
            }
        }
        Ok(arguments)
    }

    /// Reads `callee(...)` or, where the callee is not there, the argument list alone.
    ///
    /// # Errors
    /// As [`Arguments::parse`].
    pub fn parse_call(text: &str, callee: &str) -> Result<Self, LiteralError> {
        let text = text.trim();
        let inner = text
            .strip_prefix(callee)
            .map(str::trim_start)
            .and_then(|rest| rest.strip_prefix('('))
            .and_then(|rest| rest.strip_suffix(')'));
        Self::parse(inner.unwrap_or(text))
    }

    /// The argument list as Python writes it.
    #[must_use]
    pub fn python(&self) -> String {
        let positional = self.positional.iter().map(Literal::python_repr);
        let keyword = self
            .keyword
            .iter()
            .map(|(name, value)| format!("{name}={}", value.python_repr()));
        positional.chain(keyword).collect::<Vec<_>>().join(", ")
    }
}

fn keyword(part: &str) -> (Option<&str>, &str) {
    let Some((name, value)) = part.split_once('=') else {
        return (None, part);
    };
    let name = name.trim();
    let identifier = name
        .chars()
        .enumerate()
        .all(|(index, c)| c == '_' || c.is_alphabetic() || (index > 0 && c.is_alphanumeric()));
    if identifier && !name.is_empty() && !value.starts_with('=') {
        (Some(name), value)
    } else {
        (None, part)
    }
}

/// The text without a comment at its end.
#[must_use]
pub(crate) fn without_comment(text: &str) -> &str {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'"' | b'\'') => at = string_end(bytes, at, quote, false),
            b'#' if !text[at..].contains('\n') => return text[..at].trim_end(),
            _ => {}
        }
        at += 1;
    }
    text
}

/// The text without comments, wherever they stand.
#[must_use]
pub(crate) fn without_comments(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut kept = String::with_capacity(text.len());
    let (mut from, mut at) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'"' | b'\'') => at = string_end(bytes, at, quote, false),
            b'#' => {
                kept.push_str(text[from..at].trim_end_matches([' ', '\t']));
                let end = text[at..].find('\n');
                from = end.map_or(text.len(), |length| at + length);
                at = from;
            }
            _ => {}
        }
        at += 1;
    }
    kept.push_str(&text[from..]);
    kept
}

/// The parts between commas outside of brackets and strings.
#[must_use]
pub fn split_top_level(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut parts = Vec::new();
    let (mut start, mut depth, mut at) = (0, 0_i32, 0);
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'"' | b'\'') => at = string_end(bytes, at, quote, false),
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            b',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    parts.push(&text[start.min(text.len())..]);
    parts
}

/// Position of the last quote of the string that starts at `at`; the end of the text if it is not closed. With
/// `within_line` one that has a single quote ends at the latest before the end of its line.
pub(crate) fn string_end(bytes: &[u8], at: usize, quote: u8, within_line: bool) -> usize {
    let triple = bytes[at..].starts_with(&[quote; 3]);
    let mut end = at + if triple { 3 } else { 1 };
    while end < bytes.len() {
        match bytes[end] {
            b'\\' => end += 1,
            b'\n' if within_line && !triple => return end - 1,
            byte if byte == quote && !triple => return end,
            byte if byte == quote && bytes[end..].starts_with(&[quote; 3]) => return end + 2,
            _ => {}
        }
        end += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_read_as_literals() {
        let read = Arguments::parse_call("f('a, b', [1, (2)], key={'x': ')'})", "f").unwrap();
        assert_eq!(read.python(), "'a, b', [1, 2], key={'x': ')'}");
        let bare = Arguments::parse_call("1, 2,", "f").unwrap();
        assert_eq!(bare.python(), "1, 2");
        assert_eq!(Arguments::parse_call("f()", "f").unwrap().python(), "");
    }

    #[test]
    fn comments_at_the_end_are_left_out() {
        assert_eq!(without_comment("f('#', 2)  # doubles"), "f('#', 2)");
        assert_eq!(without_comment("f('#')"), "f('#')");
        assert_eq!(without_comments("[1,  # it's\n '#']# e"), "[1,\n '#']");
    }

    #[test]
    fn code_is_not_read() {
        for text in [
            "f(g(1))",
            "f(1 + 1)",
            "f(*[1])",
            "f(x)",
            "f(a=1, 2)",
            "f(a=1, a=2)",
            "f(1) == 2",
            "f(,)",
        ] {
            assert!(Arguments::parse_call(text, "f").is_err(), "{text}");
        }
    }
}
