//! A bracketed text as JSON would have it.

use std::iter::Peekable;
use std::str::CharIndices;

/// The text from an opening bracket to the one that closes it, as JSON: without comments and trailing commas, tuples as
/// lists, strings in double quotes, Python's words as JSON's, and numbers that JSON does not have as strings. Also the
/// length of what was read. `None` where the bracket does not close, or the budget is spent.
pub(crate) fn relaxed(text: &str, budget: &mut usize) -> Option<(usize, String)> {
    let mut rest = text.char_indices().peekable();
    let mut out = String::new();
    let mut closing: Vec<char> = Vec::new();
    while let Some((at, character)) = rest.next() {
        *budget = budget.checked_sub(1)?;
        match character {
            '[' | '(' | '{' => {
                closing.push(if character == '{' { '}' } else { ']' });
                out.push(if character == '(' { '[' } else { character });
            }
            ']' | ')' | '}' => {
                let close = if character == ')' { ']' } else { character };
                if closing.pop()? != close {
                    return None;
                }
                let kept = out.trim_end().trim_end_matches(',').len();
                out.truncate(kept);
                out.push(close);
                if closing.is_empty() {
                    return Some((at + character.len_utf8(), out));
                }
            }
            '"' | '\'' => string(character, &mut rest, &mut out, budget)?,
            '#' => line(&mut rest, budget)?,
            '/' => comment(&mut rest, budget)?,
            _ if character.is_alphanumeric() || "+-._".contains(character) => {
                word(character, &mut rest, &mut out);
            }
            _ => out.push(character),
        }
    }
    None
}

type Rest<'a> = Peekable<CharIndices<'a>>;

/// A string up to its closing quote.
fn string(quote: char, rest: &mut Rest<'_>, out: &mut String, budget: &mut usize) -> Option<()> {
    out.push('"');
    while let Some((_, character)) = rest.next() {
        *budget = budget.checked_sub(1)?;
        match character {
            '\\' => {
                let (_, next) = rest.next()?;
                // JSON escapes no single quote.
                if next != '\'' {
                    out.push('\\');
                }
                out.push(next);
            }
            '"' if quote == '\'' => out.push_str("\\\""),
            '\n' => return None,
            _ if character == quote => {
                out.push('"');
                return Some(());
            }
            _ => out.push(character),
        }
    }
    None
}

/// A comment up to the end of the line.
fn line(rest: &mut Rest<'_>, budget: &mut usize) -> Option<()> {
    while rest.next_if(|(_, character)| *character != '\n').is_some() {
        *budget = budget.checked_sub(1)?;
    }
    Some(())
}

/// A comment after its first slash.
fn comment(rest: &mut Rest<'_>, budget: &mut usize) -> Option<()> {
    match rest.next()?.1 {
        '/' => line(rest, budget),
        '*' => {
            let mut before = ' ';
            loop {
                *budget = budget.checked_sub(1)?;
                let (_, character) = rest.next()?;
                if before == '*' && character == '/' {
                    return Some(());
                }
                before = character;
            }
        }
        _ => None,
    }
}

/// A number or a word outside of strings.
fn word(first: char, rest: &mut Rest<'_>, out: &mut String) {
    let mut word = String::from(first);
    let is_inside = |character: char| character.is_alphanumeric() || "+-._".contains(character);
    while let Some((_, next)) = rest.next_if(|(_, character)| is_inside(*character)) {
        word.push(next);
    }
    let bare = word.trim_start_matches(['+', '-']);
    match bare.to_ascii_lowercase().as_str() {
        "true" => out.push_str("true"),
        "false" => out.push_str("false"),
        "none" | "null" => out.push_str("null"),
        "nan" | "inf" | "infinity" => {
            out.push('"');
            out.push_str(&word);
            out.push('"');
        }
        _ if is_name(&word, rest) => {
            out.push('"');
            out.push_str(&word);
            out.push('"');
        }
        _ => out.push_str(&number(&word)),
    }
}

/// True for a key without quotes, and for a name such as `C2`, which is no word of a sentence.
fn is_name(word: &str, rest: &Rest<'_>) -> bool {
    let begins = word.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let next = rest
        .clone()
        .map(|(_, next)| next)
        .find(|next| !next.is_whitespace());
    begins && (next == Some(':') || word.contains(|c: char| c.is_ascii_digit()))
}

/// A number as JSON has it: no plus before it, a digit on both sides of the point.
fn number(word: &str) -> String {
    let plain = word.strip_prefix('+').unwrap_or(word);
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", plain),
    };
    let (before, after) = (
        if digits.starts_with('.') { "0" } else { "" },
        if digits.ends_with('.') { "0" } else { "" },
    );
    format!("{sign}{before}{digits}{after}")
}
