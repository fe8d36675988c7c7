//! Words and signs around a number that make another one of it.

use std::sync::LazyLock;

use regex::Regex;

/// Effect of the words and signs around a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Change {
    /// No effect on it.
    None,
    /// It is multiplied.
    Times(f64),
    /// A part is added to it.
    Plus(f64),
    /// Another number comes of it, or none that is known.
    Other,
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of this file, which a test compiles")
}

/// Words behind a number that multiply it.
const SCALES: [(&str, f64); 22] = [
    ("hundred", 1e2),
    ("thousand", 1e3),
    ("millionen", 1e6),
    ("millones", 1e6),
    ("million", 1e6),
    ("mio", 1e6),
    ("milliarden", 1e9),
    ("mrd", 1e9),
    ("billion", 1e9),
    ("bn", 1e9),
    ("trillion", 1e12),
    ("dozen", 12.0),
    ("lakh", 1e5),
    ("crore", 1e7),
    ("\u{5341}", 1e1),
    ("\u{767e}", 1e2),
    ("\u{5343}", 1e3),
    ("\u{4e07}", 1e4),
    ("\u{842c}", 1e4),
    ("\u{4ebf}", 1e8),
    ("\u{5104}", 1e8),
    ("\u{5146}", 1e12),
];

/// Letters that do so right behind it.
const LETTERS: [(char, f64); 4] = [('k', 1e3), ('K', 1e3), ('M', 1e6), ('B', 1e9)];

/// A part behind a number: `5 and a half`, `5 hours and a half`.
static PART: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\A\s*(?:[a-z]+\s+)?and (?:(?:a|one)[ -])?(?:(half)|(quarter|fourth)|(?:[a-z]+[ -])?(?:thirds?|quarters|fourths|fifths?|eighths?|tenths?|hundredths?))\b",
    )
});

/// Words and signs behind a number with which another one comes of it.
static BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    let signs = r"[\x{2070}-\x{207f}\x{b2}\x{b3}\x{b9}\x{bc}-\x{be}\x{2150}-\x{215e}\x{221a}\x{221e}]|\s*[\x{bc}-\x{be}\x{2150}-\x{215e}]";
    let powers = r"\s*(?:squared|cubed|factorial)\b|\s+to the (?:power\b|\w+ power\b)";
    let factors = r"\s*(?:\x{3c0}|\x{3b8}|\x{3bb}|\x{3c6}|\\(?:pi|theta|lambda|varphi|phi|sqrt|infty)\b|pi\b|\([a-z]\b)|(?:\*?[abeijnpqrxyz]|\s+[xyzn])(?:[^a-zA-Z]|\z)";
    let operators = r"\s*(?:[-\x{2212}+*\x{b7}\x{d7}\x{f7}]|\\(?:times|cdot|div)\b|\b(?:plus|minus|times|divided by|multiplied by)\b)\s*\$?[b-z](?:[^a-zA-Z]|\z)|\s*/\s*[xyzn](?:[^a-zA-Z]|\z)|\s+times (?:as|the)\b";
    let than = r"\s+(?:\w+\s+)?(?:less|more|fewer|greater|smaller|larger) than\s+\$?(?:[b-z]|\w+\([^()]*\))(?:[^a-zA-Z]|\z)";
    let bounds = r"\s*\+(?:\s*\z|\s+[a-z]{2})|\s+(?:[a-z]+\s+)?(?:at (?:the )?(?:least|most)\b|or (?:more|less|fewer|so|above|below)\b|and (?:up|above|more)\b|(?:minimum|maximum|min|max)\b\.?\s*\z)|\s*(?:\x{4ee5}\x{4e0a}|\x{4ee5}\x{4e0b}|\x{591a}\x{4e2a}?\z)";
    let scales = r"\s*(?:hundredth|thousandth|millionth|billionth|trillionth|tenth)s?\b|x\d";
    pattern(&format!(
        r"\A(?:{signs}|(?i:{powers})|{factors}|{operators}|{than}|(?i:{bounds})|{scales})"
    ))
});

/// Words and signs before a number, likewise.
static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    let functions = r"(?:[\x{221a}\x{221b}\x{221c}]|\b(?:sqrt|cbrt|log|ln|lg|exp|sin|cos|tan|arcsin|arccos|arctan|factorial)(?:_?\{?\d*\}?))[\s({$]*";
    let parts = r"\b(?:half|third|quarter|quarters|thirds|fifth|tenth|root|square|cube|factorial|reciprocal|inverse|logarithm|power|multiple|percent|%) of\s+\$?|\b(?:half|twice|double|triple|thrice)\s+\$?";
    let bounds = r"\b(?:under|over|above|below|beyond|exceed(?:s|ing)|past)\s+\$?|(?:\x{8d85}\x{8fc7}|\x{591a}\x{4e8e}|\x{5c11}\x{4e8e}|\x{5927}\x{4e8e}|\x{5c0f}\x{4e8e}|\x{9ad8}\x{4e8e}|\x{4f4e}\x{4e8e})\s*";
    pattern(&format!(r"(?i)(?:{functions}|{parts}|{bounds})\z"))
});

/// Bytes around a number that are looked at.
const MOST: usize = 200;

/// Effect of the words and signs before and behind a number.
pub(super) fn of(before: &str, behind: &str) -> Change {
    let before = &before[before.floor_char_boundary(before.len().saturating_sub(MOST))..];
    let behind = &behind[..behind.floor_char_boundary(MOST)];
    if BEFORE.is_match(before) || BEHIND.is_match(behind) {
        return Change::Other;
    }
    let mut signs = behind.chars();
    let first = signs.next();
    let ends = |rest: &str| !rest.starts_with(char::is_alphanumeric);
    if let Some((_, factor)) = LETTERS.iter().find(|(letter, _)| first == Some(*letter))
        && ends(signs.as_str())
    {
        return Change::Times(*factor);
    }
    let word = behind.trim_start();
    for (name, factor) in SCALES {
        let start = word.get(..name.len());
        if start.is_some_and(|start| start.eq_ignore_ascii_case(name)) {
            let rest = &word[name.len()..];
            let whole = !name.is_ascii() || ends(rest.strip_prefix('s').unwrap_or(rest));
            if whole {
                return Change::Times(factor);
            }
        }
    }
    match PART.captures(behind) {
        Some(part) if part.get(1).is_some() => Change::Plus(0.5),
        Some(part) if part.get(2).is_some() => Change::Plus(0.25),
        Some(_) => Change::Other,
        None => Change::None,
    }
}
