//! Answers in other forms that prompts permit, and answers with another content.

#![allow(dead_code, reason = "each test binary needs a part of it")]

use tracestone_record::{Integer, Literal, LiteralLimits};

/// Choices that follow from a seed.
pub(crate) struct Choices(u64);

impl Choices {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A number below `count`.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % count.max(1)
    }

    pub(crate) fn shuffled<T>(&mut self, mut items: Vec<T>) -> Vec<T> {
        for at in (1..items.len()).rev() {
            let other = self.below(at + 1);
            items.swap(at, other);
        }
        items
    }
}

pub(crate) fn read(text: &str) -> Literal {
    Literal::parse(text, LiteralLimits::default()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A literal of any type, `depth` containers deep.
pub(crate) fn any_literal(choices: &mut Choices, depth: usize) -> Literal {
    let scalars = 6;
    let kinds = if depth == 0 { scalars } else { scalars + 4 };
    let items = |choices: &mut Choices| -> Vec<Literal> {
        (0..choices.below(4))
            .map(|_| any_literal(choices, depth - 1))
            .collect()
    };
    match choices.below(kinds) {
        0 => Literal::None,
        1 => Literal::Bool(choices.below(2) == 0),
        2 => Literal::from(choices.below(20_000) as i64 - 10_000),
        3 => Literal::Float((choices.below(2_000) as f64 - 1_000.0) / 8.0),
        4 => {
            let letters = [
                "",
                "it's",
                "a\"b",
                "x: y = 3",
                "\n\t\\",
                "caf\u{e9}",
                "# no",
                "[1,",
            ];
            Literal::Str(letters[choices.below(letters.len())].to_owned())
        }
        5 => Literal::Bytes(b"a'\"\xff\n"[choices.below(4)..].to_vec()),
        6 => Literal::List(items(choices)),
        7 => Literal::Tuple(items(choices)),
        8 => {
            let elements = (0..1 + choices.below(4)).map(|_| any_literal(choices, 0));
            read(&Literal::Set(elements.collect()).python_repr())
        }
        _ => {
            let entries = (0..choices.below(4))
                .map(|_| (any_literal(choices, 0), any_literal(choices, depth - 1)));
            read(&Literal::Dict(entries.collect()).python_repr())
        }
    }
}

/// The same value in another way of writing; on one line if `one_line` holds.
pub(crate) fn rewritten(value: &Literal, choices: &mut Choices, one_line: bool) -> String {
    let spaces = ["", " ", "  "];
    let wide = ["", " ", "\n ", " # so\n"];
    let space = |choices: &mut Choices| -> &'static str {
        if one_line {
            spaces[choices.below(spaces.len())]
        } else {
            wide[choices.below(wide.len())]
        }
    };
    let joined = |choices: &mut Choices, parts: Vec<String>, needs_comma: bool| -> String {
        let mut text = String::from(space(choices));
        let count = parts.len();
        for (index, part) in parts.into_iter().enumerate() {
            text.push_str(&part);
            text.push_str(space(choices));
            if index + 1 < count || needs_comma || choices.below(3) == 0 {
                text.push(',');
                text.push_str(space(choices));
            }
        }
        text
    };
    let all = |choices: &mut Choices, items: &[Literal]| -> Vec<String> {
        items
            .iter()
            .map(|item| rewritten(item, choices, one_line))
            .collect()
    };
    match value {
        Literal::Int(number) => integer(number, choices),
        Literal::Float(number) if *number == 0.0 => {
            ["0.0", "-0.0", "0e5", ".0"][choices.below(4)].to_owned()
        }
        Literal::Float(number) => {
            let plain = value.python_repr();
            match choices.below(3) {
                0 => format!("{number:e}"),
                1 if !plain.contains('e') => format!("{plain}00"),
                _ => plain,
            }
        }
        Literal::Str(text) => string(text, choices),
        Literal::List(items) => {
            let parts = all(choices, items);
            format!("[{}]", joined(choices, parts, false))
        }
        Literal::Tuple(items) => {
            let parts = all(choices, items);
            format!("({})", joined(choices, parts, items.len() == 1))
        }
        Literal::Set(items) if !items.is_empty() => {
            let parts = all(choices, items);
            let parts = choices.shuffled(parts);
            format!("{{{}}}", joined(choices, parts, false))
        }
        Literal::Dict(entries) => {
            let parts = entries
                .iter()
                .map(|(key, item)| {
                    let key = rewritten(key, choices, one_line);
                    format!("{key} : {}", rewritten(item, choices, one_line))
                })
                .collect();
            let parts = choices.shuffled(parts);
            format!("{{{}}}", joined(choices, parts, false))
        }
        other => other.python_repr(),
    }
}

fn integer(number: &Integer, choices: &mut Choices) -> String {
    let text = number.as_str();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None if text == "0" => (["", "-", "+"][choices.below(3)], "0"),
        None => (["", "+"][choices.below(2)], text),
    };
    match (choices.below(3), digits.parse::<u64>()) {
        (0, _) if digits.len() > 3 => {
            let at = digits.len() - 3;
            format!("{sign}{}_{}", &digits[..at], &digits[at..])
        }
        (1, Ok(value)) => format!("{sign}{value:#x}"),
        _ => format!("{sign}{digits}"),
    }
}

fn string(text: &str, choices: &mut Choices) -> String {
    let quotes = ["'", "\"", "'''", "\"\"\""];
    let quote = quotes[choices.below(quotes.len())];
    let escaped: String = text
        .chars()
        .map(|c| match c {
            '\\' => "\\\\".to_owned(),
            '\n' => "\\n".to_owned(),
            '\t' if choices.below(2) == 0 => "\\t".to_owned(),
            '\'' | '"' => format!("\\{c}"),
            c if !c.is_ascii() && choices.below(2) == 0 => format!("\\u{:04x}", u32::from(c)),
            c => c.to_string(),
        })
        .collect();
    format!("{quote}{escaped}{quote}")
}

/// A value that Python's reader would not take for this one.
pub(crate) fn changed(value: &Literal, choices: &mut Choices) -> Literal {
    let one_of = |choices: &mut Choices, items: &[Literal]| -> Vec<Literal> {
        let mut items = items.to_vec();
        match choices.below(3) {
            0 => items.push(Literal::Str("one more".to_owned())),
            1 if !items.is_empty() => {
                items.remove(choices.below(items.len()));
            }
            _ if !items.is_empty() => {
                let at = choices.below(items.len());
                items[at] = changed(&items[at].clone(), choices);
            }
            _ => items.push(Literal::None),
        }
        items
    };
    match value {
        Literal::None => Literal::Bool(false),
        Literal::Bool(truth) if choices.below(2) == 0 => Literal::from(i64::from(*truth)),
        Literal::Bool(truth) => Literal::Bool(!truth),
        Literal::Int(number) => match (choices.below(3), number.to_i64()) {
            (0, Some(value)) => Literal::from(value + 1),
            (1, Some(value)) => Literal::Float(value as f64),
            _ => Literal::Str(number.as_str().to_owned()),
        },
        Literal::Float(number) => Literal::Float(number + 0.5),
        Literal::Str(text) if choices.below(2) == 0 => Literal::Bytes(text.clone().into_bytes()),
        Literal::Str(text) => Literal::Str(format!("{text} ")),
        Literal::Bytes(bytes) => Literal::Bytes([bytes.as_slice(), b"x"].concat()),
        Literal::List(items) if choices.below(3) == 0 => Literal::Tuple(items.clone()),
        Literal::List(items) => Literal::List(one_of(choices, items)),
        Literal::Tuple(items) if choices.below(3) == 0 => Literal::List(items.clone()),
        Literal::Tuple(items) => Literal::Tuple(one_of(choices, items)),
        Literal::Set(items) => {
            let mut items = items.clone();
            items.push(Literal::Str("one more".to_owned()));
            Literal::Set(items)
        }
        Literal::Dict(entries) => {
            let mut entries = entries.clone();
            match entries.first_mut() {
                Some(entry) => entry.1 = changed(&entry.1.clone(), choices),
                None => entries.push((Literal::None, Literal::None)),
            }
            Literal::Dict(entries)
        }
        other => Literal::List(vec![other.clone()]),
    }
}

/// An equivalent trace text: other spaces, order of changes, and spelling of values.
pub(crate) fn rewritten_trace(text: &str, choices: &mut Choices) -> String {
    let mut out = String::new();
    let mut changes: Vec<String> = Vec::new();
    let value = |text: &str, choices: &mut Choices| rewritten(&read(text), choices, true);
    for line in text.lines() {
        if let Some((name, old)) = line
            .strip_prefix("  ")
            .and_then(|line| line.split_once(" = "))
        {
            let equals = [" = ", "=", "  = "][choices.below(3)];
            changes.push(format!("  {name}{equals}{}", value(old, choices)));
        } else if line.starts_with("  ") {
            changes.push(line.to_owned());
        } else {
            flush(&mut out, &mut changes, choices);
            match line.split_once(" = ") {
                Some((head, old)) if line.starts_with("return") || line.starts_with("yield") => {
                    out.push_str(&format!("{head} = {}", value(old, choices)));
                }
                _ => out.push_str(line),
            }
            out.push_str(["\n", " \n", "\n\n"][choices.below(3)]);
        }
    }
    flush(&mut out, &mut changes, choices);
    out
}

fn flush(out: &mut String, changes: &mut Vec<String>, choices: &mut Choices) {
    for change in choices.shuffled(std::mem::take(changes)) {
        out.push_str(&change);
        out.push('\n');
    }
}

/// A trace text with another content, and a description of the change.
pub(crate) fn changed_trace(text: &str, choices: &mut Choices) -> (String, String) {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = choices.below(lines.len());
    let line = lines[at].clone();
    match (line.split_once(" = "), choices.below(4)) {
        (Some((head, value)), 0 | 1) if !line.starts_with("raise") => {
            lines[at] = format!("{head} = {}", changed(&read(value), choices).python_repr());
        }
        (_, 2) if line.starts_with("line ") => lines[at].push('7'),
        (_, 3) if line.starts_with("  ") => lines[at] = format!("  other_{}", line.trim_start()),
        _ => {
            lines.remove(at);
        }
    }
    (lines.join("\n"), line)
}
