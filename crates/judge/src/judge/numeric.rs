//! Numbers, within a tolerance.

use serde::Deserialize;

use super::{Judge, Judgement, Verdict, accepted};
use crate::answer::Form;
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
}

impl Judge for Numeric {
    fn name(&self) -> &'static str {
        "numeric"
    }

    fn version(&self) -> u32 {
        1
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
            if found.is_some() {
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
        .is_some_and(|c| c.is_alphanumeric() || c == '_')
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
