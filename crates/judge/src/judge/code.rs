//! Answers that code says: a session, a call with its result in a comment, an assertion at the end.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;
use tracestone_sample::reading;

use super::sum;
use crate::answer::doubt;
use crate::call::{split_top_level, without_comment};
use crate::large;

/// Names of variables for what is asked for.
const NAMES: [&str; 7] = [
    "result",
    "answer",
    "output",
    "res",
    "ans",
    "return_value",
    "returned",
];

/// Words between a call and its result.
static SAYS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\s*(?:#+|=>|->|\x{2192})?\s*(?:(?:it )?(?:returns|prints|gives|outputs|output|result)\b\s*(?:is\b)?\s*:?|=>|->|\x{2192}|==)?\s*")
        .expect("a pattern of this file, which a test compiles")
});

/// Words before a claim that only join it to what was said.
static JOINS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:(?:so|therefore|hence|thus|then|finally|consequently)\b[,\x{ff0c}:]?\s*|(?:\x{2234}|\x{56e0}\x{6b64}|\x{6240}\x{4ee5}|\x{3057}\x{305f}\x{304c}\x{3063}\x{3066}|\x{3088}\x{3063}\x{3066}|\x{b530}\x{b77c}\x{c11c})[,\x{ff0c}\x{3001}:]?\s*)?(?:(?:we (?:get|have|see)|it follows)(?: that)?|that|the (?:function )?call)?\s*`?")
        .expect("a pattern of this file, which a test compiles")
});

fn bare(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && *c != '`')
        .collect()
}

/// True if the text is the call, or prints it.
fn is_call(text: &str, call: &str) -> bool {
    let (text, call) = (bare(text.trim_end_matches(';')), bare(call));
    text == call || text == format!("print({call})")
}

/// The text of the value that code, or a sentence about the call in question, says.
pub(super) fn value(text: &str, call: Option<&str>) -> Option<String> {
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.trim().trim_start_matches(">>> ").trim())
        .filter(|line| !line.is_empty())
        .collect();
    if let [line] = lines[..]
        && let Some(value) = assigned(line)
    {
        return Some(value.to_owned());
    }
    // A value of several lines.
    if let Some(value) = assigned(text.trim()).filter(|value| reading::literal(value).is_ok()) {
        return Some(value.to_owned());
    }
    let call = call?;
    match lines[..] {
        [line] => sentence(line, call)
            .or_else(|| commented(line, call))
            .or_else(|| reversed(line, call)),
        [first, second] if is_call(first, call) => {
            let said = SAYS.replace(second, "");
            Some(without_comment(&said).trim().to_owned())
        }
        _ => {
            let mut claims = lines.iter().filter(|line| line.starts_with("assert "));
            let (claim, None) = (claims.next()?, claims.next()) else {
                return None;
            };
            let claim = without_comment(claim).strip_prefix("assert ")?;
            let (left, right) = without_message(claim).split_once("==")?;
            is_call(left, call).then(|| right.trim().to_owned())
        }
    }
}

/// The value of `result = 5`.
fn assigned(line: &str) -> Option<&str> {
    let (name, value) = line.split_once('=')?;
    let value = without_comment(value.trim());
    (NAMES.contains(&name.trim()) && !value.starts_with('=')).then_some(value)
}

/// The value in `So f(3) == 5`.
fn sentence(line: &str, call: &str) -> Option<String> {
    let rest = &line[JOINS.find(line).map_or(0, |found| found.end())..];
    let rest = rest
        .strip_prefix(call)?
        .trim_start_matches('`')
        .trim_start();
    let signs = [
        "==",
        "=",
        "->",
        "=>",
        "\u{2192}",
        "returns",
        "will return",
        "gives",
        "yields",
        "equals",
        "evaluates to",
        "results in",
        "\u{7684}\u{8fd4}\u{56de}\u{503c}\u{662f}",
        "\u{8fd4}\u{56de}",
    ];
    if let Some(value) = rest.strip_prefix('\u{306f}') {
        let value = value.trim().trim_end_matches('\u{3002}');
        let value = value.strip_suffix("\u{3092}\u{8fd4}\u{3057}\u{307e}\u{3059}")?;
        return Some(undressed(value).to_owned());
    }
    let value = signs.iter().find_map(|sign| rest.strip_prefix(sign))?;
    Some(undressed(sum::equated(value).unwrap_or(value)).to_owned())
}

/// A text in quotes, with or without a letter before it.
static MESSAGE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?is)^\s*\(?\s*(?:[rfbu]|rf|fr)?(?:".*"|'.*')\s*\)?\s*$"#)
        .expect("a pattern of this file, which a test compiles")
});

/// The claim of an assertion, without parentheses around it and the message behind it.
pub(super) fn asserted(text: &str) -> Option<&str> {
    let claim = text.strip_prefix("assert")?;
    let claim = claim.starts_with([' ', '(']).then(|| claim.trim())?;
    let claim = without_message(without_comment(claim));
    let inside = claim
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'));
    let whole = closing(claim) == Some(claim.len());
    Some(
        inside
            .filter(|inside| whole && inside.contains("=="))
            .unwrap_or(claim),
    )
}

/// The claim of an assertion without the message behind it.
pub(super) fn without_message(claim: &str) -> &str {
    match split_top_level(claim)[..] {
        [claim, message] if MESSAGE.is_match(message) => claim.trim(),
        _ => claim,
    }
}

/// The value in `assert 5 == f(3)`.
fn reversed(line: &str, call: &str) -> Option<String> {
    let claim = line
        .strip_prefix("assert ")
        .map_or(line, |claim| without_message(without_comment(claim)));
    let (left, right) = claim.split_once("==")?;
    (is_call(right, call) && !left.contains(" or ")).then(|| left.trim().to_owned())
}

/// The value in `f(3)  # returns 5`.
fn commented(line: &str, call: &str) -> Option<String> {
    let code = without_comment(line);
    if code.len() == line.len() {
        // Other signs than that of a comment.
        let (left, right) = ["\u{2192}", "=>", "->"]
            .iter()
            .find_map(|sign| line.split_once(sign))?;
        return is_call(left, call).then(|| right.trim().to_owned());
    }
    let comment = &line[code.len()..];
    let said = SAYS.replace(comment.trim_start(), "");
    is_call(code, call).then(|| undressed(&said).to_owned())
}

fn undressed(value: &str) -> &str {
    let value = value.trim();
    let value = value.strip_suffix(['.', '\u{3002}']).unwrap_or(value);
    value.trim_matches(['`', '$']).trim_matches('*')
}

/// Data of JSON as Python writes it.
pub(super) fn python(value: &Value) -> String {
    if let Some(digits) = large::digits(value) {
        return digits.to_owned();
    }
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => tracestone_record::Literal::Str(text.clone()).python_repr(),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(python).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| {
                let name = tracestone_record::Literal::Str(name.clone()).python_repr();
                format!("{name}: {}", python(value))
            };
            let members: Vec<String> = members.iter().map(member).collect();
            format!("{{{}}}", members.join(", "))
        }
    }
}

/// The call of a function in a text that adds nothing to it but a session's prompt, `print`, a variable, or
/// what comes out.
pub(super) fn call(text: &str, callee: &str) -> Option<String> {
    let text = text.trim();
    let session = text.strip_prefix(">>> ");
    let text = session.unwrap_or(text);
    let at = text.find(&format!("{callee}("))?;
    let (before, from) = (text[..at].trim(), &text[at..]);
    let end = callee.len() + closing(&from[callee.len()..])?;
    let (call, after) = (&from[..end], from[end..].trim());
    let name = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == '_');
    let assigned = before
        .strip_suffix('=')
        .is_some_and(|left| name(left.trim()));
    let joined = JOINS
        .find(before)
        .is_some_and(|found| found.end() == before.len());
    let after = match before {
        "print(" => after.strip_prefix(')')?,
        _ if before.is_empty() || assigned || joined => after,
        _ => return None,
    };
    let after = after.trim_start_matches([';', '`']).trim();
    // What a session shows, or a sentence says, is what comes out.
    let equals = after.starts_with("= ");
    let says = session.is_some() || equals || SAYS.find(after).is_some_and(|found| found.end() > 0);
    let denies = [" or ", " not ", " but ", " if "]
        .iter()
        .any(|word| after.contains(word));
    (after.is_empty() || says && !denies).then(|| call.to_owned())
}

/// Words right before a call by which a sentence proposes it.
static PROPOSES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:call|calling|use|using|try|choose|pick|is|be|with|ist|es|est)\s*:?\s*`?$|[:\x{662f}]\s*`?$")
        .expect("a pattern of this file, which a test compiles")
});

/// The only call of the function in a sentence that proposes it: ``To get `'x'`, call `f(3)`.``
pub(super) fn only_call(text: &str, callee: &str) -> Option<String> {
    let text = text.trim();
    let name = format!("{callee}(");
    let at = text.find(&name)?;
    if callee.is_empty() || text.contains('\n') || text.matches(&name).nth(1).is_some() {
        return None;
    }
    let (before, from) = text.split_at(at);
    let end = callee.len() + closing(&from[callee.len()..])?;
    let after = from[end..].trim_start_matches('`').trim();
    let ends = after.is_empty()
        || [".", "\u{3002}", "!"].contains(&after)
        || [", which gives ", ", which returns ", ", which yields "]
            .iter()
            .any(|word| after.starts_with(word));
    (ends && PROPOSES.is_match(before) && !doubt::denied(before, false))
        .then(|| from[..end].to_owned())
}

/// Position behind the parenthesis that closes the first one.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (0_u32, None, false);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(end), c) if c == end => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_says_one_value_of_the_call_in_question() {
        for (text, is) in [
            (">>> f(3)\n5", Some("5")),
            ("f(3)  # returns 5", Some("5")),
            ("print(f(3))  # 5", Some("5")),
            ("f(3)\n=> 5", Some("5")),
            ("def f(x):\n    return x\n\nassert f(3) == 5", Some("5")),
            ("result = 5", Some("5")),
            ("So f(3) == 5.", Some("5")),
            ("f(4)  # 5", None),
            ("x = 5", None),
            ("assert f(3) == 5\nassert f(3) == 6", None),
        ] {
            assert_eq!(value(text, Some("f(3)")).as_deref(), is, "{text}");
        }
    }

    #[test]
    fn a_call_is_found_with_what_people_put_around_it() {
        for text in [
            "f('a)', 2)",
            ">>> f('a)', 2)\n'x'",
            "print(f('a)', 2))",
            "result = f('a)', 2)",
            "f('a)', 2);",
            "f('a)', 2) -> 'x'",
            "f('a)', 2) returns 'x'",
            "f('a)', 2)\n# returns 'x'",
        ] {
            assert_eq!(call(text, "f").as_deref(), Some("f('a)', 2)"), "{text}");
        }
        for text in [
            "f(1) or f(2)",
            "not f(1)",
            "f(1) does not work",
            "g(f(1))",
            "f(1) if x else f(2)",
            "f(1",
        ] {
            assert_eq!(call(text, "f"), None, "{text}");
        }
    }
}
