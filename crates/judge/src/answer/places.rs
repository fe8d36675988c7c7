//! Places of an answer in a response.

use super::{Form, Found};

/// The marks that prompts ask for, and those that some models write instead.
const MARKS: [(&str, &str); 2] = [("[answer]", "[/answer]"), ("<answer>", "</answer>")];

/// Words before an answer that is called one.
const NAMED: [&str; 4] = ["answer is:", "answer is", "answer:", "answer**:"];

/// Words before an answer in a last line that says it in a sentence.
const TOLD: [&str; 16] = [
    "output is:",
    "output is",
    "output:",
    "result is:",
    "result is",
    "result:",
    "input is:",
    "input is",
    "input:",
    "value is:",
    "value is",
    "it is",
    "returns:",
    "returns",
    "return:",
    "evaluates to",
];

/// Words before a value in a sentence that say of what type it is.
const TYPES: [&str; 9] = [
    "the string ",
    "the list ",
    "the tuple ",
    "the set ",
    "the dictionary ",
    "the integer ",
    "the number ",
    "the float ",
    "the value ",
];

/// A place that may hold the answer.
pub(super) struct Place<'a> {
    pub(super) start: usize,
    pub(super) text: &'a str,
    pub(super) found: Found<'a>,
}

/// True if the position is inside a quoted literal of one line. Quotes count only where code has them, so
/// that apostrophes do not.
pub(super) fn in_literal(text: &str, at: usize) -> bool {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
    let line = &text[start..end];
    let place = at - start;
    let opens = |at: usize| {
        line[..at]
            .chars()
            .next_back()
            .is_none_or(|c| c.is_whitespace() || "([{,:=`]rRbBuU*".contains(c))
    };
    let closes = |at: usize| {
        line[at..]
            .chars()
            .next()
            .is_none_or(|c| c.is_whitespace() || ")]},:.`[;*".contains(c))
    };
    let mut open: Option<(usize, char)> = None;
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        match open {
            None if (c == '"' || c == '\'') && opens(at) => open = Some((at, c)),
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some((from, quote)) if c == quote && closes(at + 1) => {
                if from < place && place < at {
                    return true;
                }
                open = None;
            }
            _ => {}
        }
    }
    false
}

/// The last text between marks, or behind the last opening one, or before one that closes alone.
pub(super) fn marked(said: &str) -> Option<Found<'_>> {
    MARKS
        .into_iter()
        .find_map(|(open, close)| between(said, open, close))
}

fn between<'s>(said: &'s str, open_mark: &str, close_mark: &str) -> Option<Found<'s>> {
    let lower = said.to_ascii_lowercase();
    let places = |mark: &str| -> Vec<usize> {
        let found = lower.match_indices(mark).map(|(at, _)| at);
        found.filter(|at| !in_literal(said, *at)).collect()
    };
    let (opens, closes) = (places(open_mark), places(close_mark));
    let spans = opens.iter().rev().filter_map(|open| {
        let end = closes.iter().find(|end| *end > open)?;
        Some(&said[open + open_mark.len()..*end])
    });
    let spans: Vec<&str> = spans.collect();
    let span = spans.iter().find(|inside| !is_mention(inside));
    // Where the marks are only named, such as in a repeated prompt, nothing else is taken for an answer.
    if let Some(inside) = span.or(spans.first()) {
        return Some(Found {
            text: unquoted(inside, false),
            rule: "marks",
            closed: true,
        });
    }
    match (opens.last(), closes.first()) {
        (Some(open), None) => Some(Found {
            text: unquoted(&said[open + open_mark.len()..], false),
            rule: "opening mark",
            closed: false,
        }),
        // The prompt, or the server, has opened the answer.
        (None, Some(close)) => Some(Found {
            text: unquoted(&said[..*close], false),
            rule: "closing mark",
            closed: true,
        }),
        (Some(open), Some(_)) => Some(Found {
            text: unquoted(&said[open + open_mark.len()..], false),
            rule: "opening mark",
            closed: false,
        }),
        _ => None,
    }
}

/// True if the text between two marks only joins their names in a sentence.
fn is_mention(inside: &str) -> bool {
    let words = inside.trim_matches(|c: char| c.is_whitespace() || "`*,".contains(c));
    ["", "and", "or", "..", "...", "/", "\u{2026}"].contains(&words.to_ascii_lowercase().as_str())
}

/// All places of a text without marks.
pub(super) fn unmarked<'a>(said: &'a str, form: &dyn Form) -> Vec<Place<'a>> {
    let mut places = Vec::new();
    let mut add = |start: usize, text: &'a str, rule: &'static str, sentence: bool| {
        let text = unquoted(text, sentence);
        if !text.is_empty() {
            places.push(Place {
                start,
                text,
                found: Found {
                    text,
                    rule,
                    closed: false,
                },
            });
        }
    };
    if let Some((start, text)) = fenced(said) {
        add(start, text, "fence", false);
    }
    if let Some((start, text)) = boxed(said) {
        add(start, text, "box", false);
    }
    if let Some((start, text)) = after_words(said, &NAMED) {
        add(start, text, "words", true);
    }
    let block = form.block(said);
    if let Some(range) = &block {
        add(range.start, &said[range.clone()], "block", false);
    }
    let body = said.trim_end();
    let line = body.rfind('\n').map_or(0, |end| end + 1);
    let last = &body[line..];
    let told = block.is_some_and(|block| block.contains(&line));
    if !told && !last.trim_start().starts_with("```") {
        // What is called the answer comes before what is only said last.
        let named = after_words(said, &NAMED).is_some() || boxed(said).is_some();
        add(if named { 0 } else { line }, last, "last line", false);
        if let Some((start, text)) = after_words(last, &TOLD) {
            let start = if named { 0 } else { line + start };
            add(start, text, "last sentence", true);
        }
    }
    places
}

/// The last fenced block, without the name of a language.
fn fenced(said: &str) -> Option<(usize, &str)> {
    let end = said.rfind("```")?;
    let start = said[..end].rfind("```")? + 3;
    let block = &said[start..end];
    let is_language = |word: &str| word.chars().all(char::is_alphanumeric);
    let text = match block.split_once('\n') {
        Some((first, rest)) if is_language(first.trim()) => rest,
        Some(_) => block,
        // On one line, only the names of the language can be told from an answer.
        None => ["python ", "py ", "text "]
            .iter()
            .find_map(|word| block.strip_prefix(word))
            .unwrap_or(block),
    };
    Some((start, text))
}

/// Content of the last `\boxed{..}`.
fn boxed(said: &str) -> Option<(usize, &str)> {
    const BOX: &str = "\\boxed{";
    let start = said.rfind(BOX)? + BOX.len();
    let mut depth = 1;
    for (at, c) in said[start..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((start, &said[start..start + at]));
        }
    }
    None
}

/// The rest of the line behind the last of some words.
fn after_words<'s>(said: &'s str, words: &[&str]) -> Option<(usize, &'s str)> {
    let lower = said.to_ascii_lowercase();
    let start = words
        .iter()
        .filter_map(|words| lower.rfind(words).map(|at| at + words.len()))
        .max()?;
    let line = said[start..].lines().next().unwrap_or_default();
    // A colon may stand within or behind emphasis.
    let text = line.trim_start_matches(|c: char| c == ':' || c.is_whitespace());
    let text = match text.strip_prefix("**") {
        Some(rest) if !rest.contains("**") => rest.trim_start(),
        _ => text,
    };
    let typed = TYPES.iter().find_map(|name| text.strip_prefix(name));
    Some((start, typed.unwrap_or(text)))
}

/// The text without white space, without a fence, backticks or asterisks around it, and without a full
/// stop behind it that is no part of a number, or of none where it ends a sentence.
fn unquoted(text: &str, sentence: bool) -> &str {
    let text = text.trim();
    if text.starts_with("```") && text.len() > 6 && text.ends_with("```") {
        return fenced(text).map_or(text, |(_, text)| text).trim();
    }
    for mark in ["**", "`", "$"] {
        let inner = text
            .strip_prefix(mark)
            .and_then(|rest| rest.strip_suffix(mark));
        if let Some(inner) = inner.filter(|inner| !inner.contains(mark)) {
            return unquoted(inner, false);
        }
    }
    match text.strip_suffix('.') {
        Some(rest) if is_over(rest, sentence) => unquoted(rest, false),
        _ => text,
    }
}

/// True if a full stop after the text ends a sentence.
fn is_over(rest: &str, sentence: bool) -> bool {
    match rest.chars().next_back() {
        None | Some('.') => false,
        Some(c) if c.is_ascii_digit() || c == '_' => sentence,
        Some(c) => sentence || "'\"`)]}*".contains(c),
    }
}
