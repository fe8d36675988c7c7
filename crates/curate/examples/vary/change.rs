//! Changes of a function's text that leave what it does as it is.

use std::collections::{BTreeSet, HashMap};

use tracestone_curate::Tokens;

/// A change of a text, in one of its versions.
type Change = fn(&str, usize) -> String;

/// The changes, with their names.
pub(crate) const CHANGES: [(&str, Change); 4] = [
    ("renamed", renamed),
    ("reformatted", reformatted),
    ("recommented", recommented),
    ("all three", |text, round| {
        recommented(&reformatted(&renamed(text, round), round), round)
    }),
];

/// Words that are never renamed: keywords, and names that calls pass arguments by.
const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield", "_", "self", "cls",
];

fn words(text: &str) -> Vec<(usize, usize)> {
    Tokens::of(text).collect()
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_') && !KEYWORDS.contains(&word)
}

/// The function, its parameters and its simple variables have other names.
pub(crate) fn renamed(text: &str, round: usize) -> String {
    let places = words(text);
    let word = |at: usize| {
        places
            .get(at)
            .map_or("", |(start, end)| &text[*start..*end])
    };
    let mut bound = BTreeSet::new();
    let mut keywords = BTreeSet::new();
    let mut depth = 0;
    for at in 0..places.len() {
        match word(at) {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        let name = word(at);
        let before = if at == 0 { "" } else { word(at - 1) };
        if !is_name(name) || before == "." {
            continue;
        }
        let starts = at == 0 || text[places[at - 1].1..places[at].0].contains('\n') && depth == 0;
        match word(at + 1) {
            "=" if depth > 0 && matches!(before, "(" | ",") => {
                keywords.insert(name);
            }
            "=" if starts => {
                bound.insert(name);
            }
            "in" if before == "for" => {
                bound.insert(name);
            }
            "(" if before == "def" => {
                bound.insert(name);
            }
            _ => {}
        }
    }
    let outside = |name: &str| {
        // Names in f-strings and in statements that this does not follow stay as they are.
        keywords.contains(name)
            || text.contains("global ")
            || text.contains("nonlocal ")
            || text.contains("locals()")
            || ["f\"", "f'"].iter().any(|quote| text.contains(quote))
    };
    let names: HashMap<&str, String> = bound
        .iter()
        .filter(|name| !outside(name))
        .enumerate()
        .map(|(number, name)| (*name, format!("v{round}_{number}")))
        .collect();
    let mut out = String::new();
    let mut last = 0;
    for (at, (start, end)) in places.iter().copied().enumerate() {
        out.push_str(&text[last..start]);
        let dotted = at > 0 && word(at - 1) == ".";
        match names.get(word(at)).filter(|_| !dotted) {
            Some(name) => out.push_str(name),
            None => out.push_str(word(at)),
        }
        last = end;
    }
    out.push_str(&text[last..]);
    out
}

/// Lines are broken after commas in brackets, or joined, and quotes are others.
pub(crate) fn reformatted(text: &str, round: usize) -> String {
    let mut out = String::new();
    let mut last = 0;
    let mut depth = 0_usize;
    for (start, end) in words(text) {
        let gap = &text[last..start];
        // Outside of brackets the gap holds line ends and docstrings.
        if depth == 0 || gap.contains('#') || gap.contains('\\') {
            out.push_str(gap);
        } else if !gap.is_empty() {
            out.push(' ');
        }
        let word = &text[start..end];
        match word {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        let plain = word.len() > 2 && !word[1..word.len() - 1].contains(['"', '\'', '\\', '\n']);
        if word.starts_with('\'') && plain && word.ends_with('\'') {
            out.push_str(&format!("\"{}\"", &word[1..word.len() - 1]));
        } else {
            out.push_str(word);
        }
        if word == "," && depth > 0 {
            out.push_str(&format!("\n{}", " ".repeat(12 + round % 5)));
        }
        last = end;
    }
    out.push_str(&text[last..]);
    out
}

/// Comments and docstrings are gone, and there are others.
pub(crate) fn recommented(text: &str, round: usize) -> String {
    let mut out = String::new();
    let mut last = 0;
    let mut depth = 0_usize;
    for (start, end) in words(text) {
        let gap = &text[last..start];
        let broken = gap.contains('\n');
        if !broken {
            out.push_str(gap);
        } else {
            let indentation = &gap[gap.rfind('\n').map_or(0, |at| at + 1)..];
            // A backslash at the end of a line goes on with it.
            let joined = depth > 0 || gap.trim_start_matches(' ').starts_with('\\');
            match joined {
                true if depth > 0 => out.push_str(&format!("\n{indentation}")),
                true => out.push(' '),
                false => out.push_str(&format!("  # step {round}\n{indentation}")),
            }
        }
        let word = &text[start..end];
        match word {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        out.push_str(word);
        last = end;
    }
    out.push('\n');
    out
}
