//! Numbers, within a tolerance.

use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use super::text::is_unspaced;
use super::{Judge, Judgement, Verdict, accepted, sum};
use crate::answer::{Form, doubt};
use crate::item::Item;

/// A number that is as near to the right one as asked; without a tolerance, that is the same number.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Numeric {
    /// The largest difference.
    tolerance: f64,
    /// The largest difference as a share of the right number; the larger of both counts.
    relative: f64,
}

impl Form for Numeric {
    fn reads(&self, text: &str) -> bool {
        number(text).is_some()
    }

    fn is_alone(&self, text: &str) -> bool {
        text.split_whitespace().count() <= 2 && self.reads(text)
    }

    fn respelled(&self, text: &str) -> Option<String> {
        let plain = formulas(text);
        if number(&plain).is_some() {
            return Some(plain);
        }
        // `48 + 24 = 72 clips`, with words before it that say no other number.
        let sum = plain.trim();
        let sum = sum
            .rsplit_once([',', ':', ';'])
            .map_or(sum, |(_, last)| last.trim());
        let sum = sum
            .find(|c: char| c.is_ascii_digit() || "($-".contains(c))
            .map(|at| sum.split_at(at));
        let (before, sum) = sum?;
        let right = sum::equated(sum)?;
        let settled =
            !doubt::denied(before, false) && !BOUND.is_match(before) && number(right).is_some();
        settled.then(|| right.to_owned())
    }
}

/// Parts of formulas, and the plain notation of each.
static FORMULAS: LazyLock<[(Regex, &str); 7]> = LazyLock::new(|| {
    [
        (r"\\d?frac\s*\{([^{}]+)\}\s*\{([^{}]+)\}", "$1/$2"),
        (r"\\d?frac\s*(\d)\s*(\d)", "$1/$2"),
        // Space and apostrophes between thousands.
        (
            r"(\d)(?:\\[,;! ]|\{,\}|[\x{a0}\x{202f}\x{2009}\x{2019}' ])(\d{3})\b",
            "$1$2",
        ),
        (
            r"\s*(?:\\times|\\cdot|\x{d7})\s*10\s*\^\s*\{?\s*([-\x{2212}]?\d+)\s*\}?",
            "e$1",
        ),
        (r"\b10\s*\^\s*\{?\s*([-\x{2212}]?\d+)\s*\}?", "1e$1"),
        // A unit's power.
        (r"([A-Za-z])\s*\^\s*\{?-?\d+\}?", "$1"),
        (r"\\(?:text|mathrm|approx)\b", " "),
    ]
    .map(|(from, to)| {
        (
            Regex::new(from).expect("a pattern of this file, which a test compiles"),
            to,
        )
    })
});

/// A number of a formula in plain notation.
fn formulas(text: &str) -> String {
    let mut text = text.to_owned();
    for (from, to) in FORMULAS.iter() {
        // Groups of three overlap: each pass takes every second one.
        for _ in 0..3 {
            text = from.replace_all(&text, *to).into_owned();
        }
    }
    text.replace('\u{bd}', "1/2")
        .replace('\u{bc}', "1/4")
        .replace('\u{be}', "3/4")
}

impl Judge for Numeric {
    fn name(&self) -> &'static str {
        "numeric"
    }

    fn version(&self) -> u32 {
        5
    }

    fn form(&self) -> &dyn Form {
        self
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        let Some((given, digits)) = number(answer) else {
            let why = "there is no number in it, or more than one";
            return Judgement::Decided(Verdict::unparsable("not_a_number", why));
        };
        let near = |right: &str| {
            number(right).is_some_and(|(right, own)| {
                let allowed = self.tolerance.max(self.relative * right.abs());
                // Large whole numbers are compared as they are written, since `f64` has no room for them.
                let whole = |digits: &str| digits.bytes().all(|c| c.is_ascii_digit() || c == b'-');
                if allowed == 0.0 && whole(&own) && whole(&digits) {
                    own == digits
                } else {
                    (given - right).abs() <= allowed
                }
            })
        };
        let equal = accepted(item).any(near);
        Judgement::Decided(Verdict::equal(equal, digits))
    }
}

/// A sign before a number by which it is only a bound.
static BOUND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|\s)[<>\x{2264}\x{2265}]=?\s*$")
        .expect("a pattern of this file, which a test compiles")
});

/// A word before a number that is its sign.
static NEGATIVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:^|[^\w\s]\s*|\b(?:is|be|equals|of)\s+)(?:minus|negative)\s+\$?$")
        .expect("a pattern of this file, which a test compiles")
});

/// Words behind a number that multiply it.
const SCALES: [(&str, f64); 5] = [
    ("thousand", 1e3),
    ("million", 1e6),
    ("billion", 1e9),
    ("trillion", 1e12),
    ("\u{4e07}", 1e4),
];

/// The only number in a text, with its digits: `1,234.50 metres`, `-5`, `x = 3`, `$4`, `1/2`, `2e-3`.
fn number(text: &str) -> Option<(f64, String)> {
    // A list or a text with a number in it is no number.
    if text.contains(['[', '{', '"', '\'']) {
        return None;
    }
    let text = text.replace(['\u{2212}', '\u{2013}'], "-");
    let mut found: Option<(f64, String)> = None;
    let mut at = 0;
    while let Some(next) = text[at..].find(|c: char| c.is_ascii_digit()) {
        let mut start = at + next;
        // `.5`
        if text[..start].ends_with('.') && !ends_with_word(&text[..start - 1]) {
            start -= 1;
        }
        let word = ends_with_word(&text[..start]);
        if text[..start].ends_with('-') && !ends_with_word(&text[..start - 1]) {
            start -= 1;
        }
        let (value, digits, end) = read(&text[start..])?;
        // A name such as `x2` is no number.
        if !word {
            // A bound or a denial says no number.
            let around = (&text[..start], &text[start + end..]);
            let bound = BOUND.is_match(around.0) || doubt::denied(around.0, false);
            let (mut value, mut digits) = (value, digits);
            if NEGATIVE.is_match(around.0) {
                value = -value;
                digits = format!("-{digits}");
            }
            let behind = around.1.strip_prefix('k');
            if behind.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)) {
                value *= 1e3;
                digits = format!("{value}");
            }
            if let Some(scale) = SCALES
                .iter()
                .find(|(word, _)| starts_with_word(around.1.trim_start(), word))
            {
                value *= scale.1;
                digits = format!("{value}");
            }
            if found.is_some() || bound || doubt::withdrawn(around.1) {
                return None;
            }
            found = Some((value, digits));
        }
        at = start + end;
    }
    found
}

fn starts_with_word(text: &str, word: &str) -> bool {
    text.get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word))
}

fn ends_with_word(text: &str) -> bool {
    text.chars()
        .next_back()
        .is_some_and(|c| c.is_alphanumeric() && !is_unspaced(c) || c == '_')
}

/// The number that a text starts with, its digits, and where it ends.
fn read(text: &str) -> Option<(f64, String, usize)> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut end = usize::from(bytes.first() == Some(&b'-'));
    let whole = end;
    while digit(end) {
        end += 1;
    }
    // Thousands come in groups of three.
    if (1..=3).contains(&(end - whole)) {
        let group = |at: usize| {
            bytes.get(at) == Some(&b',') && (1..=3).all(|next| digit(at + next)) && !digit(at + 4)
        };
        while group(end) {
            end += 4;
        }
    }
    if bytes.get(end) == Some(&b'.') && digit(end + 1) {
        end += 1;
        while digit(end) {
            end += 1;
        }
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'-' | b'+')));
        if digit(end + 1 + sign) {
            end += 1 + sign;
            while digit(end) {
                end += 1;
            }
        }
    }
    let digits = text[..end].replace(',', "");
    let value: f64 = digits.parse().ok()?;
    if bytes.get(end) == Some(&b'/') && digit(end + 1) {
        let (below, other, length) = read(&text[end + 1..])?;
        if below != 0.0 {
            return Some((value / below, format!("{digits}/{other}"), end + 1 + length));
        }
    }
    Some((value, digits, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_is_read_however_it_is_written() {
        for (text, value) in [
            ("5", Some(5.0)),
            ("-5.", Some(-5.0)),
            ("\u{2212}5", Some(-5.0)),
            ("$1,234.50", Some(1234.5)),
            ("12,345,678", Some(12_345_678.0)),
            ("x2 = 7 metres", Some(7.0)),
            ("50%", Some(50.0)),
            ("1/2", Some(0.5)),
            ("2e-3", Some(0.002)),
            (".5", Some(0.5)),
            ("5 or 6", None),
            ("1,2", None),
            ("none", None),
            ("3-4", None),
            ("[3]", None),
            ("'3'", None),
        ] {
            assert_eq!(number(text).map(|(value, _)| value), value, "{text}");
        }
    }

    #[test]
    fn large_numbers_are_not_rounded() {
        let judge = Numeric::default();
        let item = Item {
            answer: "9007199254740993".to_owned(),
            ..Item::plain("one", "")
        };
        let is_right = |answer| {
            let Judgement::Decided(verdict) = judge.judge(&item, answer) else {
                return false;
            };
            verdict.status == super::super::Status::Correct
        };
        assert!(is_right("9,007,199,254,740,993"));
        assert!(!is_right("9007199254740992"));
    }
}
