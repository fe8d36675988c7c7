//! Interpretation of answers. The judge of `eval` and the check of `verify` both read answers here, so that
//! they agree: differences that a prompt leaves open (spaces, quotes, the order of a set) are ignored, and
//! those that it defines are compared.

use tracestone_record::{Line, Literal, LiteralError, LiteralLimits};

/// Successor of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Successor {
    /// Another line of the same function call.
    Line(Line),
    /// The call returns.
    Return,
    /// An exception leaves the call.
    Raise,
}

/// An exception as an answer names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named<'a> {
    /// Name of its class after the last dot, without module or enclosing class.
    pub type_name: &'a str,
    /// The message, without white space at its ends.
    pub message: &'a str,
}

/// A value.
///
/// # Errors
/// The text is no Python literal.
pub fn literal(text: &str) -> Result<Literal, LiteralError> {
    Literal::parse(text, LiteralLimits::default())
}

/// True if two texts are literals of the same value and type. The order of sets and dictionaries, the sign of
/// a zero and the spelling of a value make no difference.
#[must_use]
pub fn same_value(one: &str, other: &str) -> bool {
    match (literal(one), literal(other)) {
        (Ok(one), Ok(other)) => one.same_value(&other),
        _ => false,
    }
}

/// A number that counts something; a full stop or `times` may follow.
#[must_use]
pub fn count(text: &str) -> Option<u64> {
    let text = without_stop(text);
    let text = text.strip_suffix("times").unwrap_or(text).trim_end();
    match literal(text).ok()? {
        Literal::Int(number) => number.as_str().parse().ok(),
        _ => None,
    }
}

/// `return`, `raise` or a line's number, after `line` or alone; a full stop may follow.
#[must_use]
pub fn successor(text: &str) -> Option<Successor> {
    let lower = without_stop(text).to_ascii_lowercase();
    let text = lower.strip_prefix("line").unwrap_or(&lower).trim();
    match text {
        "return" => Some(Successor::Return),
        "raise" => Some(Successor::Raise),
        _ => line_number(&literal(text).ok()?).map(|number| Successor::Line(Line(number))),
    }
}

/// A list of lines in square brackets.
#[must_use]
pub fn lines(text: &str) -> Option<Vec<u32>> {
    let Literal::List(elements) = literal(without_stop(text)).ok()? else {
        return None;
    };
    elements.iter().map(line_number).collect()
}

/// `Type: message`, or `Type` alone.
#[must_use]
pub fn exception(text: &str) -> Option<Named<'_>> {
    let (head, message) = text.split_once(':').unwrap_or((text, ""));
    let head = head.trim();
    let is_name = |part: &str| {
        part.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    let named = head
        .split('.')
        .all(|part| is_name(part) || part == "<locals>");
    let type_name = head.rsplit('.').next().filter(|_| named)?;
    Some(Named {
        type_name,
        message: message.trim(),
    })
}

fn line_number(value: &Literal) -> Option<u32> {
    match value {
        Literal::Int(number) => number.as_str().parse().ok(),
        _ => None,
    }
}

fn without_stop(text: &str) -> &str {
    let text = text.trim();
    text.strip_suffix('.').unwrap_or(text).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_compared_by_type_and_value() {
        for (one, other) in [
            ("{-1, 9, 10, 3}", "{3, 9, 10, -1,}"),
            ("'it\\'s'", "\"it's\""),
            ("[1_000,0x10]", "[ 1000, 16 ]"),
            ("-0", "0"),
            ("-0.0", "0.0"),
            ("{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}"),
            ("(1, 2)", "1, 2"),
        ] {
            assert!(same_value(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("1", "1.0"),
            ("1", "True"),
            ("[1]", "(1,)"),
            ("'1'", "1"),
            ("{1}", "{1: 1}"),
            ("{1, 2}", "{1, 3}"),
            ("x", "x"),
        ] {
            assert!(!same_value(one, other), "{one} {other}");
        }
    }

    #[test]
    fn numbers_and_lines_are_read_as_people_write_them() {
        assert_eq!(count("1_000"), Some(1000));
        assert_eq!(count(" 3 times. "), Some(3));
        assert_eq!(count("3.0"), None);
        assert_eq!(count("-3"), None);
        assert_eq!(successor("Line 12."), Some(Successor::Line(Line(12))));
        assert_eq!(successor("RETURN"), Some(Successor::Return));
        assert_eq!(successor("returns 3"), None);
        assert_eq!(lines("[2,3 , 3,]"), Some(vec![2, 3, 3]));
        assert_eq!(lines("(2, 3)"), None);
        assert_eq!(lines("[2, 3.0]"), None);
    }

    #[test]
    fn exceptions_are_named_with_or_without_their_module() {
        let named = exception(" json.decoder.JSONDecodeError: Expecting value: line 1 ");
        assert_eq!(
            named,
            Some(Named {
                type_name: "JSONDecodeError",
                message: "Expecting value: line 1"
            })
        );
        assert_eq!(exception("KeyError").map(|named| named.message), Some(""));
        assert_eq!(exception("it raises ValueError: x"), None);
    }
}
