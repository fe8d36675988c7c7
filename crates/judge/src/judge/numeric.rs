//! Numbers, within a tolerance.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde::Deserialize;

use super::change::{self, Change};
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

    fn is_number(&self) -> bool {
        true
    }

    fn is_alone(&self, text: &str) -> bool {
        text.split_whitespace().count() <= 2 && self.reads(text)
    }

    fn respelled(&self, text: &str) -> Option<String> {
        // `72 (not 73)`
        let text = NOT_OTHER
            .find(text)
            .map_or(text, |other| &text[..other.start()]);
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

/// Another number behind one, which is named to be none.
static NOT_OTHER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\s*\((?:and )?not [^()]{1,40}\)\.?$")
        .expect("a pattern of this file, which a test compiles")
});

/// A power of ten whose exponent is written above the line.
static POWER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(^|[^\d.,])10([\x{207a}\x{207b}]?[\x{2070}\x{b9}\x{b2}\x{b3}\x{2074}-\x{2079}]+)")
        .expect("a pattern of this file, which a test compiles")
});

/// Signs above the line, and those on it.
const RAISED: &str = "\u{2070}\u{b9}\u{b2}\u{b3}\u{2074}\u{2075}\u{2076}\u{2077}\u{2078}\u{2079}";

/// The text with exponents of ten on the line: `10^-3`.
fn lowered(text: &str) -> String {
    let lower = |c: char| match c {
        '\u{207b}' => Some('-'),
        '\u{207a}' => None,
        c => {
            let at = RAISED.chars().position(|raised| raised == c)?;
            char::from_digit(u32::try_from(at).ok()?, 10)
        }
    };
    let power = |found: &Captures<'_>| {
        let exponent: String = found[2].chars().filter_map(lower).collect();
        format!("{}10^{exponent}", &found[1])
    };
    POWER.replace_all(text, power).into_owned()
}

/// Parts of formulas, and the plain notation of each.
static FORMULAS: LazyLock<[(Regex, &str); 9]> = LazyLock::new(|| {
    [
        // `2\frac{1}{2}`
        (r"(\d)\s*\\[cdt]?frac\s*\{(\d+)\}\s*\{(\d+)\}", "$1 $2/$3"),
        (r"(\d)\s*\\[cdt]?frac\s*(\d)\s*(\d)", "$1 $2/$3"),
        (r"\\[cdt]?frac\s*\{([^{}]+)\}\s*\{([^{}]+)\}", "$1/$2"),
        (r"\\[cdt]?frac\s*(\d)\s*(\d)", "$1/$2"),
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
    let mut text = lowered(text);
    for (from, to) in FORMULAS.iter() {
        // Groups of three overlap: each pass takes every second one.
        for _ in 0..3 {
            text = from.replace_all(&text, *to).into_owned();
        }
    }
    unfractioned(&text)
}

/// Signs of fractions, and their spelling.
const FRACTIONS: [(char, &str); 10] = [
    ('\u{bd}', "1/2"),
    ('\u{bc}', "1/4"),
    ('\u{be}', "3/4"),
    ('\u{2153}', "1/3"),
    ('\u{2154}', "2/3"),
    ('\u{2155}', "1/5"),
    ('\u{215b}', "1/8"),
    ('\u{215c}', "3/8"),
    ('\u{215d}', "5/8"),
    ('\u{215e}', "7/8"),
];

/// The text without signs of fractions: `3 1/2` for three and a half.
fn unfractioned(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let Some((_, plain)) = FRACTIONS.iter().find(|(sign, _)| *sign == c) else {
            out.push(c);
            continue;
        };
        if out.ends_with(|c: char| c.is_ascii_digit()) {
            out.push(' ');
        }
        out.push_str(plain);
    }
    out
}

impl Judge for Numeric {
    fn name(&self) -> &'static str {
        "numeric"
    }

    fn version(&self) -> u32 {
        7
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
            // Of `- 5` nobody knows the sign: it may be a point of a list.
            if around.0.trim() == "-" {
                return None;
            }
            if NEGATIVE.is_match(around.0) {
                value = -value;
                digits = format!("-{digits}");
            }
            match change::of(around.0, around.1) {
                Change::None => {}
                Change::Times(factor) => {
                    value *= factor;
                    digits = format!("{value}");
                }
                Change::Plus(part) => {
                    value += part.copysign(value);
                    digits = format!("{value}");
                }
                Change::Other => return None,
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
    while digit(end) || end > whole && bytes.get(end) == Some(&b'_') && digit(end + 1) {
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
    let digits = text[..end].replace([',', '_'], "");
    let digits = unpadded(&digits);
    let value: f64 = digits.parse().ok()?;
    if bytes.get(end) == Some(&b'/') && digit(end + 1) {
        let (below, other, length) = read(&text[end + 1..])?;
        if below != 0.0 {
            return Some((value / below, format!("{digits}/{other}"), end + 1 + length));
        }
    }
    // `2 1/2`
    if text[..end].bytes().all(|c| c.is_ascii_digit() || c == b'-')
        && let Some((part, other)) = fraction(&text[end..])
    {
        let value = value + part.copysign(value);
        return Some((value, format!("{digits}{other}"), end + other.len()));
    }
    Some((value, digits, end))
}

/// The proper fraction behind a blank that a text starts with, and how it is written.
fn fraction(text: &str) -> Option<(f64, &str)> {
    let figures = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_digit());
        end.unwrap_or(text.len())
    };
    let above = text.strip_prefix(' ')?;
    let above = &above[..figures(above)];
    let below = text[1 + above.len()..].strip_prefix('/')?;
    let below = &below[..figures(below)];
    let (one, other): (f64, f64) = (above.parse().ok()?, below.parse().ok()?);
    (one < other).then(|| (one / other, &text[..2 + above.len() + below.len()]))
}

/// The digits of a whole number without zeros before them, nor a sign before zero.
fn unpadded(digits: &str) -> String {
    let (sign, figures) = match digits.strip_prefix('-') {
        Some(figures) => ("-", figures),
        None => ("", digits),
    };
    if !figures.bytes().all(|c| c.is_ascii_digit()) {
        return digits.to_owned();
    }
    match figures.trim_start_matches('0') {
        "" => "0".to_owned(),
        figures => format!("{sign}{figures}"),
    }
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
            ("2 1/2", Some(2.5)),
            ("-2 1/2", Some(-2.5)),
            ("1_234", Some(1234.0)),
            ("5 hundred", Some(500.0)),
            ("5M", Some(5e6)),
            ("5 Mio.", Some(5e6)),
            ("5 dozen eggs", Some(60.0)),
            ("5\u{4ebf}", Some(5e8)),
            ("5 and a half", Some(5.5)),
            ("5 hours and a half", Some(5.5)),
            ("5 m", Some(5.0)),
            ("5 times", Some(5.0)),
            ("5kg", Some(5.0)),
            ("5 more than Tom", Some(5.0)),
            ("5 apples a day", Some(5.0)),
            ("It has 5 layers", Some(5.0)),
            ("2e-3", Some(0.002)),
            (".5", Some(0.5)),
            ("5 or 6", None),
            ("1,2", None),
            ("none", None),
            ("3-4", None),
            ("- 5", None),
            ("[3]", None),
            ("'3'", None),
        ] {
            assert_eq!(number(text).map(|(value, _)| value), value, "{text}");
        }
    }

    #[test]
    fn what_makes_another_number_of_one_counts() {
        for text in [
            "5\u{b2}",
            "5\u{207b}\u{b9}",
            "5 squared",
            "\u{221a}5",
            "\\sqrt{5}",
            "5\u{3c0}",
            "5\\pi",
            "5 pi",
            "log 5",
            "log(5)",
            "5i",
            "5x",
            "5 times x",
            "5 \\times x",
            "5 + x",
            "half of 5",
            "twice 5",
            "5 less than x",
            "under 5",
            "over 5",
            "5 at least",
            "5 dollars at least",
            "5+",
            "5 \u{bd}",
            "5 thousandths",
            "0x10",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
        for (text, value) in [
            ("2\u{d7}10\u{207b}\u{b3}", 0.002),
            ("10\u{b2}", 100.0),
            ("1.5 \u{d7} 10\u{b9}\u{2070}", 1.5e10),
            ("$2\\frac{1}{2}$", 2.5),
            ("\\tfrac{1}{2}", 0.5),
            ("3\u{bd}", 3.5),
            ("3 \u{bd}", 3.5),
            ("\u{bd}", 0.5),
        ] {
            let plain = formulas(text);
            let found = number(&plain).map(|(value, _)| value);
            assert_eq!(found, Some(value), "{text}");
        }
        assert_eq!(number("-0").map(|(_, digits)| digits), Some("0".to_owned()));
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
