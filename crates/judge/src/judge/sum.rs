//! Calculations in an answer, such as `2 + 3 = 5`, and their values.

/// The last side of a calculation, `5` of `2 + 3 = 5` and of `f(2) + f(1) = 2 + 3 = 5`. Each side before it is a
/// calculation that comes to it, or one with calls, which nothing here knows; `99 = 5` says two numbers.
pub(super) fn equated(text: &str) -> Option<&str> {
    let (before, last) = text.rsplit_once(['=', '\u{2248}'])?;
    if before.ends_with(['=', '!', '<', '>']) {
        return None;
    }
    let last = last.trim();
    let about = text[before.len()..].starts_with('\u{2248}');
    let result = plain(last.split_whitespace().next()?.trim_end_matches('.'));
    let result = value(&result)?;
    let mut known = false;
    for side in before.split(['=', '\u{2248}']) {
        let side = plain(side);
        if has_calls(&side) {
            continue;
        }
        let of_side = value(&side)?;
        let most = if about { 0.05 } else { 1e-9 } * result.abs().max(1.0);
        if (of_side - result).abs() > most {
            return None;
        }
        known |= side.trim().parse::<f64>().is_err();
    }
    known.then_some(last)
}

/// A calculation with plain signs.
fn plain(text: &str) -> String {
    let signs = [
        ("\\times", "*"),
        ("\\cdot", "*"),
        ("\\div", "/"),
        ("\u{d7}", "*"),
        ("\u{b7}", "*"),
        ("\u{f7}", "/"),
        ("\u{2212}", "-"),
        ("\\$", ""),
        ("$", ""),
        (",", ""),
    ];
    signs
        .iter()
        .fold(text.trim().to_owned(), |text, (sign, plain)| {
            text.replace(sign, plain)
        })
}

/// True if a side has calls with figures, such as a recursion makes: `f(2) + f(1)`.
fn has_calls(side: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphabetic() || c == '_';
    side.contains(is_name)
        && side.chars().all(|c| {
            is_name(c) || c.is_ascii_digit() || c.is_whitespace() || "().+-*/%".contains(c)
        })
        && side
            .match_indices('(')
            .any(|(at, _)| side[..at].ends_with(|c: char| is_name(c) || c.is_ascii_digit()))
}

/// Bytes of a calculation that is worked out.
const MOST: usize = 400;

/// Parentheses within each other.
const DEEPEST: usize = 20;

/// The value of a calculation of `+ - * / ( )`; none where something else is in it.
fn value(text: &str) -> Option<f64> {
    let mut rest = Rest {
        text: (text.len() <= MOST).then_some(text)?,
        depth: 0,
    };
    let value = rest.sum()?;
    (rest.text.trim().is_empty() && value.is_finite()).then_some(value)
}

/// The part of a calculation that is not read yet.
struct Rest<'t> {
    text: &'t str,
    depth: usize,
}

impl Rest<'_> {
    /// True if the sign is next, which is then behind.
    fn takes(&mut self, sign: char) -> bool {
        let rest = self.text.trim_start().strip_prefix(sign);
        self.text = rest.unwrap_or(self.text);
        rest.is_some()
    }

    fn sum(&mut self) -> Option<f64> {
        let mut value = self.product()?;
        loop {
            if self.takes('+') {
                value += self.product()?;
            } else if self.takes('-') {
                value -= self.product()?;
            } else {
                return Some(value);
            }
        }
    }

    fn product(&mut self) -> Option<f64> {
        let mut value = self.factor()?;
        loop {
            if self.takes('*') {
                value *= self.factor()?;
            } else if self.takes('/') {
                value /= self.factor()?;
            } else {
                return Some(value);
            }
        }
    }

    fn factor(&mut self) -> Option<f64> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let value = if self.takes('-') {
            -self.factor()?
        } else if self.takes('(') {
            let value = self.sum()?;
            self.takes(')').then_some(value)?
        } else {
            let text = self.text.trim_start();
            let end = text
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .unwrap_or(text.len());
            self.text = &text[end..];
            text[..end].parse().ok()?
        };
        self.depth -= 1;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_calculation_comes_to_is_told_from_two_numbers() {
        for (text, is) in [
            ("2 + 3 = 5", Some("5")),
            ("48/2 = 24", Some("24")),
            ("2 * (3 - 1) = 4 clips", Some("4 clips")),
            ("f(2) + f(1) = 3 + 2 = 5", Some("5")),
            ("$1,200 \\times 2 = 2,400", Some("2,400")),
            ("10 / 3 \u{2248} 3.33", Some("3.33")),
            ("99 = 5", None),
            ("99 + 0 = 5", None),
            ("2 + 2 = 3", None),
            ("f(99) = 5", None),
            ("5 = 5", None),
            ("x = 2 + 3 = 5", None),
            ("2 + 3 == 5", None),
            ("((((((((((((((((((((((1))))))))))))))))))))))) = 1", None),
        ] {
            assert_eq!(equated(text), is, "{text}");
        }
    }
}
