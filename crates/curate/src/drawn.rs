//! Values of secrets, told from names, addresses, hashes and what stands for others.

use std::collections::BTreeSet;

use crate::secret::{is_password, is_sequence};

/// Names of tokens that lead from page to page.
const PAGES: &[&str] = &[
    "next",
    "page",
    "cursor",
    "continue",
    "continuation",
    "sync",
    "resume",
];

/// Words of values that stand for others.
const PLACEHOLDERS: &[&str] = &[
    "example",
    "sample",
    "dummy",
    "your",
    "test",
    "xxxx",
    "abcdef",
    "123456",
    "changeme",
    "passw",
    "secret",
    "foobar",
    "insert",
    "replace",
    "redact",
    "fake",
    "mock",
    "placeholder",
];

/// Signs between the words of names and lists.
const SEPARATORS: &[char] = &['_', '-', '.', '/', ',', ';', ':', '|', '?'];

/// Words that short passwords are made of which everybody knows, with letters in the place of signs and figures.
const KNOWN: &[&str] = &[
    "pass", "word", "secret", "admin", "login", "welcome", "hello", "user", "qwert", "troub",
];

/// True for the value of a secret. What is only called a token has to show more: the name means other things too.
pub(crate) fn is_secret(value: &str, name: &str, is_token: bool) -> bool {
    // Django's key of a new project.
    let value = value.strip_prefix("django-insecure-").unwrap_or(value);
    let name = name.to_ascii_lowercase();
    if is_of_other_things(value) || is_placeholder(value) || is_sequence(value) {
        return false;
    }
    if is_token && is_hexadecimal_key(value, &name) {
        return true;
    }
    if value.len() < 16 {
        let is_password = name.contains("pass") || name.contains("pwd");
        return is_password && !is_token && is_strong(value);
    }
    let leads_on = PAGES.iter().any(|word| name.contains(word));
    is_random(value) && (!is_token || (value.len() >= 20 && is_mixed(value) && !leads_on))
}

/// True for a password beside the name of its user: it has letters and figures, and stands for nothing.
pub(crate) fn is_given_password(text: &str) -> bool {
    text.len() >= 8
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
        && is_password(text)
        && !is_placeholder(text)
        && !is_sequence(text)
}

/// True for addresses, paths, and texts with places for something else.
fn is_of_other_things(value: &str) -> bool {
    let has_place = |open: char, close: char| {
        let rest = value.split_once(open).map(|(_, rest)| rest);
        let inner = rest.and_then(|rest| rest.split_once(close));
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.!:".contains(&byte);
        inner.is_some_and(|(inner, _)| inner.bytes().all(is_name))
    };
    value.contains("://")
        || value.starts_with(['/', '.'])
        || has_place('{', '}')
        || (has_place('<', '>') && !value.bytes().any(|byte| byte.is_ascii_digit()))
        || value.contains("%(")
}

/// True for a key of Ethereum's form, or a token of 40 hexadecimal digits, as services had them.
fn is_hexadecimal_key(value: &str, name: &str) -> bool {
    let (digits, length, word) = match value.strip_prefix("0x") {
        Some(digits) => (digits, 64, "private"),
        None => (value, 40, "token"),
    };
    let kinds: BTreeSet<u8> = digits.bytes().collect();
    name.contains(word)
        && digits.len() == length
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        && kinds.len() >= 10
}

/// True for a short password with all four kinds of characters, out of which no word can be read.
fn is_strong(value: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| value.as_bytes().iter().any(kind);
    let read = |c: char| match c {
        '@' | '4' => 'a',
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '5' | '$' => 's',
        '7' => 't',
        other => other.to_ascii_lowercase(),
    };
    let plain: String = value.chars().map(read).collect();
    value.len() >= 10
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_punctuation)
        && is_mixed(value)
        && !KNOWN.iter().any(|word| plain.contains(word))
}

/// True for values that stand for others. Of a long value that is drawn by chance, four letters may be such a word.
fn is_placeholder(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let is_long = text.len() >= 20 && is_mixed(text);
    let is_inside = |at: Option<usize>| {
        at.and_then(|at| lower.as_bytes().get(at))
            .is_some_and(u8::is_ascii_alphanumeric)
    };
    PLACEHOLDERS.iter().any(|word| {
        lower.match_indices(word).any(|(at, _)| {
            let surrounded = is_inside(at.checked_sub(1)) && is_inside(Some(at + word.len()));
            !(is_long && word.len() <= 4 && surrounded)
        })
    })
}

/// True for texts that look drawn by chance: letters and digits mixed, no words, much entropy.
fn is_random(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    let kinds: BTreeSet<u8> = text.bytes().collect();
    letters >= 4
        && kinds.len() >= 10
        && !is_words(text)
        && match digits {
            0 => has_scattered_capitals(text),
            1 => is_mixed(text) && entropy(text) >= 3.2,
            _ => entropy(text) >= if is_mixed(text) { 3.2 } else { 3.4 },
        }
}

/// True for a long text of letters whose capitals follow no order, as they do in names.
fn has_scattered_capitals(text: &str) -> bool {
    let capitals: Vec<bool> = text.bytes().map(|byte| byte.is_ascii_uppercase()).collect();
    let changes = capitals
        .windows(2)
        .filter(|pair| pair[0] != pair[1])
        .count();
    text.len() >= 24
        && text.bytes().all(|byte| byte.is_ascii_alphabetic())
        && changes * 5 >= text.len() * 2
        && entropy(text) >= 3.8
}

/// True if capitals, small letters and digits follow each other without order, as they do not in names.
pub(crate) fn is_mixed(text: &str) -> bool {
    let kind = |byte: u8| match byte {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 3,
    };
    let kinds: Vec<u8> = text.bytes().map(kind).collect();
    let changes = kinds.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let runs = kinds.split(|kind| *kind != 1).map(<[u8]>::len);
    let in_words: usize = runs.filter(|length| *length >= 3).sum();
    (0..3).all(|kind| kinds.contains(&kind))
        && changes * 5 >= kinds.len() * 2
        && in_words * 20 < kinds.len() * 9
}

/// True if at least half of the parts between signs are words, as in names of variables.
fn is_words(text: &str) -> bool {
    let parts: Vec<&str> = text.split(SEPARATORS).collect();
    let is_word = |part: &&&str| {
        let capitals = part.bytes().skip(1).filter(u8::is_ascii_uppercase).count();
        part.len() >= 2
            && part.bytes().all(|byte| byte.is_ascii_alphabetic())
            && (capitals == 0 || capitals + 1 == part.len())
    };
    parts.len() > 1 && parts.iter().filter(is_word).count() * 2 >= parts.len()
}

/// Bits for each character, by how often each occurs.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let all = text.len() as f64;
    let bits = |count: &u32| {
        let share = f64::from(*count) / all;
        -share * share.log2()
    };
    counts.iter().filter(|count| **count > 0).map(bits).sum()
}
