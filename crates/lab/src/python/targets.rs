//! Typed targets: what probes are asked about executed values and lines.

use std::collections::BTreeMap;

use tracestone_record::{EventType, Literal, LiteralLimits};
use tracestone_sample::trace_text::TextEvent;

/// Classes by the target's name.
pub(super) type Targets = BTreeMap<&'static str, String>;

/// All targets with what they say.
pub(super) const ALL: [(&str, &str); 10] = [
    (
        "branch",
        "whether the branch of the line that is about to run is taken",
    ),
    (
        "equals_previous",
        "whether the variable assigned by the line that has just run keeps its value",
    ),
    ("exception", "whether the run ends with an exception"),
    ("is_none", "whether the value is None"),
    (
        "iteration",
        "how many times the line has run in its frame, this time included",
    ),
    (
        "length",
        "the length of a string, bytes object or container, in powers of two",
    ),
    (
        "next_line",
        "where the frame goes on after the line that is about to run",
    ),
    ("parity", "whether an integer is even"),
    ("sign", "the sign of a number"),
    ("type", "the type of the value"),
];

fn yes(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}

/// Adds what is true of a value, given as a Python literal; nothing if it is none.
pub(super) fn of_value(text: &str, targets: &mut Targets) {
    let Ok(value) = Literal::parse(text, LiteralLimits::default()) else {
        return;
    };
    targets.insert("is_none", yes(matches!(value, Literal::None)));
    targets.insert("type", type_name(&value).to_owned());
    if let Some(sign) = sign(&value) {
        targets.insert("sign", sign.to_owned());
    }
    if let Literal::Int(number) = &value {
        let even = number.as_str().ends_with(['0', '2', '4', '6', '8']);
        targets.insert("parity", if even { "even" } else { "odd" }.to_owned());
    }
    if let Some(length) = length(&value) {
        targets.insert("length", bucket(length).to_owned());
    }
}

fn type_name(value: &Literal) -> &'static str {
    match value {
        Literal::None => "NoneType",
        Literal::Bool(_) => "bool",
        Literal::Int(_) => "int",
        Literal::Float(_) => "float",
        Literal::Complex { .. } => "complex",
        Literal::Str(_) => "str",
        Literal::Bytes(_) => "bytes",
        Literal::List(_) => "list",
        Literal::Tuple(_) => "tuple",
        Literal::Set(_) => "set",
        Literal::Dict(_) => "dict",
        Literal::Ellipsis => "ellipsis",
    }
}

fn sign(value: &Literal) -> Option<&'static str> {
    let (negative, zero) = match value {
        Literal::Int(number) => (number.as_str().starts_with('-'), number.as_str() == "0"),
        Literal::Float(number) => (*number < 0.0, *number == 0.0),
        _ => return None,
    };
    Some(match (negative, zero) {
        (_, true) => "zero",
        (true, _) => "negative",
        _ => "positive",
    })
}

fn length(value: &Literal) -> Option<usize> {
    match value {
        Literal::Str(text) => Some(text.chars().count()),
        Literal::Bytes(bytes) => Some(bytes.len()),
        Literal::List(items) | Literal::Tuple(items) | Literal::Set(items) => Some(items.len()),
        Literal::Dict(items) => Some(items.len()),
        _ => None,
    }
}

/// The class of a number of things.
pub(super) fn bucket(count: usize) -> &'static str {
    match count {
        0 => "0",
        1 => "1",
        2..=3 => "2-3",
        4..=7 => "4-7",
        8..=15 => "8-15",
        _ => "16+",
    }
}

/// Class of the next event of a frame after a line.
pub(super) fn next_line(line: u32, next: &TextEvent) -> &'static str {
    match next.word {
        EventType::Return => "return",
        EventType::Raise => "raise",
        EventType::Yield => "yield",
        _ if next.line.0 == line + 1 => "following",
        _ if next.line.0 > line => "later",
        _ if next.line.0 == line => "same",
        _ => "earlier",
    }
}

/// Class of a line that is the head of a branch whose body begins on a line of its own: taken or not.
pub(super) fn branch(lines: &[&str], line: u32, next: &TextEvent) -> Option<String> {
    let at = usize::try_from(line).ok()?.checked_sub(1)?;
    let head = *lines.get(at)?;
    let text = head.trim_start();
    let words = ["if ", "if(", "elif ", "elif(", "while ", "while(", "for "];
    let is_head = words.iter().any(|word| text.starts_with(word));
    // A head of several lines, or with its body behind it, does not show where the body begins.
    if !is_head || !text.trim_end().ends_with(':') {
        return None;
    }
    let indent = head.len() - text.len();
    let code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let body = (at + 1..lines.len()).find(|line| code(&lines[*line]))?;
    let deeper = lines[body].len() - lines[body].trim_start().len() > indent;
    let first = u32::try_from(body + 1).ok()?;
    deeper.then(|| yes(next.word == EventType::Line && next.line.0 == first))
}

/// The variable that a line assigns, where its text shows one: `x = ..`, `x += ..`, `x: int = ..`, `for x in ..`.
pub(super) fn assigned(line: &str) -> Option<&str> {
    let text = line.trim_start();
    let text = text.strip_prefix("for ").unwrap_or(text);
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    let (name, rest) = text.split_at(end);
    let starts = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let rest = rest.trim_start();
    let looped = line.trim_start().starts_with("for ") && rest.starts_with("in ");
    let annotated = rest.starts_with(':') && rest.contains(" = ");
    let operators = [
        "+=", "-=", "*=", "/=", "%=", "//=", "**=", "&=", "|=", "^=", ">>=", "<<=",
    ];
    let changed = operators.iter().any(|operator| rest.starts_with(operator));
    let plain = rest.starts_with('=') && !rest.starts_with("==");
    (starts && (looped || annotated || changed || plain)).then_some(name)
}

/// The class of whether something keeps its value.
pub(super) fn kept(kept: bool) -> String {
    yes(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<(&'static str, String)> {
        let mut targets = Targets::new();
        of_value(text, &mut targets);
        targets.into_iter().collect()
    }

    #[test]
    fn values_have_the_targets_of_their_type() {
        let pairs = |text: &str| -> Vec<String> {
            let all = of(text).into_iter();
            all.map(|(name, class)| format!("{name}={class}")).collect()
        };
        assert_eq!(
            pairs("-12"),
            ["is_none=no", "parity=even", "sign=negative", "type=int"]
        );
        assert_eq!(pairs("None"), ["is_none=yes", "type=NoneType"]);
        assert_eq!(
            pairs("[1, 2, 3]"),
            ["is_none=no", "length=2-3", "type=list"]
        );
        assert_eq!(pairs("'äöü1'"), ["is_none=no", "length=4-7", "type=str"]);
        assert_eq!(pairs("True"), ["is_none=no", "type=bool"]);
        assert_eq!(pairs("-0.0"), ["is_none=no", "sign=zero", "type=float"]);
        assert!(of("<object>").is_empty());
    }

    #[test]
    fn assignments_are_read_from_lines() {
        for (line, name) in [
            ("    x = 1", Some("x")),
            ("x += f(y)", Some("x")),
            ("for item in items:", Some("item")),
            ("total: int = 0", Some("total")),
            ("if x == 1:", None),
            ("x == 1", None),
            ("a.b = 1", None),
            ("a, b = b, a", None),
            ("return x", None),
            ("f(x=1)", None),
        ] {
            assert_eq!(assigned(line), name, "{line}");
        }
    }

    #[test]
    fn branches_are_taken_where_their_body_runs_next() {
        let lines = [
            "def f(x):",
            "    if x:  # why",
            "        return 1",
            "    for y in x:",
            "",
            "        z = y",
        ];
        let next = |line| TextEvent {
            word: EventType::Line,
            frame: 0,
            line: tracestone_record::Line(line),
            payload: None,
            changes: Vec::new(),
        };
        // The comment hides the colon.
        assert_eq!(branch(&lines, 2, &next(3)), None);
        assert_eq!(branch(&lines, 4, &next(6)).as_deref(), Some("yes"));
        assert_eq!(branch(&lines, 4, &next(2)).as_deref(), Some("no"));
        assert_eq!(branch(&lines, 3, &next(4)), None);
    }
}
