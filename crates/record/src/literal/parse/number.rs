//! Numbers of Python literals.

use super::*;

impl Parser<'_> {
    pub(super) fn number(&mut self) -> Parsed<(Literal, Form)> {
        let start = self.at;
        let length = number_length(self.rest());
        let text = &self.text[start..start + length];
        let value = read_number(text, self.limits.max_digits).map_err(|what| self.error(what))?;
        self.at += length;
        self.skip();
        Ok((value, Form::Number))
    }
}

pub(super) fn negate(value: Literal) -> Literal {
    match value {
        Literal::Int(value) => Literal::Int(value.negated()),
        Literal::Float(value) => Literal::Float(-value),
        Literal::Complex { real, imaginary } => Literal::Complex {
            real: -real,
            imaginary: -imaginary,
        },
        other => other,
    }
}

/// The length of the longest text that could be a number: letters, digits, `_`, `.`, and a sign
/// after the `e` of a decimal exponent.
fn number_length(text: &str) -> usize {
    let hexadecimal = text.get(..2).is_some_and(|p| p.eq_ignore_ascii_case("0x"));
    let mut previous = ' ';
    for (at, c) in text.char_indices() {
        let exponent_sign = matches!(c, '+' | '-') && matches!(previous, 'e' | 'E') && !hexadecimal;
        if !(c.is_alphanumeric() || c == '_' || c == '.' || exponent_sign) {
            return at;
        }
        previous = c;
    }
    text.len()
}

fn read_number(text: &str, max_digits: usize) -> Result<Literal, String> {
    let lower = text.to_ascii_lowercase();
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = lower.strip_prefix(prefix) {
            // One underscore may stand between prefix and digits.
            let digits = plain_digits(digits.strip_prefix('_').unwrap_or(digits), radix)
                .ok_or_else(|| format!("`{text}` is not a number"))?;
            return from_radix(&digits, radix, max_digits).map(Literal::Int);
        }
    }
    if let Some(digits) = plain_digits(&lower, 10) {
        if digits.len() > max_digits {
            return Err(format!("an integer of more than {max_digits} digits"));
        }
        if digits.starts_with('0') && digits.bytes().any(|b| b != b'0') {
            return Err(format!("`{text}` has a leading zero"));
        }
        return Ok(Literal::Int(Integer::from_digits(false, &digits)));
    }
    match lower.strip_suffix('j') {
        Some(rest) => Ok(Literal::Complex {
            real: 0.0,
            imaginary: read_float(rest, text)?,
        }),
        None => read_float(&lower, text).map(Literal::Float),
    }
}

/// The digits without underscores, which are allowed only between digits; `None` for anything else.
fn plain_digits(text: &str, radix: u32) -> Option<String> {
    let groups_are_digits = text
        .split('_')
        .all(|group| !group.is_empty() && group.chars().all(|c| c.is_ascii() && c.is_digit(radix)));
    groups_are_digits.then(|| text.replace('_', ""))
}

/// `digits [. digits] [e [sign] digits]` with digits on at least one side of the point.
fn read_float(text: &str, shown: &str) -> Result<f64, String> {
    let wrong = || format!("`{shown}` is not a number");
    let (mantissa, exponent) = match text.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| match part {
        "" => Some(String::new()),
        _ => plain_digits(part, 10),
    };
    let (whole, fraction) = (
        digits(whole).ok_or_else(wrong)?,
        digits(fraction).ok_or_else(wrong)?,
    );
    if whole.is_empty() && fraction.is_empty() {
        return Err(wrong());
    }
    let exponent = match exponent {
        None => String::new(),
        Some(text) => {
            let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
            let digits = plain_digits(unsigned, 10).ok_or_else(wrong)?;
            format!("e{}{digits}", if text.starts_with('-') { "-" } else { "" })
        }
    };
    let value: f64 = format!("{whole}.{fraction}0{exponent}")
        .parse()
        .map_err(|_| wrong())?;
    if value.is_finite() {
        Ok(value)
    } else {
        Err(format!(
            "`{shown}` is too large for a floating-point number"
        ))
    }
}

/// Converts digits of another base to decimal, nine decimal digits at a time.
fn from_radix(digits: &str, radix: u32, max_digits: usize) -> Result<Integer, String> {
    const BASE: u64 = 1_000_000_000;
    let mut limbs: Vec<u64> = Vec::new();
    for c in digits.trim_start_matches('0').chars() {
        let mut carry = u64::from(c.to_digit(radix).unwrap_or(0));
        for limb in &mut limbs {
            let value = *limb * u64::from(radix) + carry;
            *limb = value % BASE;
            carry = value / BASE;
        }
        if carry > 0 {
            limbs.push(carry);
        }
        if limbs.len() > max_digits / 9 + 1 {
            return Err(format!("an integer of more than {max_digits} digits"));
        }
    }
    let decimal: String = limbs
        .iter()
        .rev()
        .map(|limb| format!("{limb:09}"))
        .collect();
    if decimal.trim_start_matches('0').len() > max_digits {
        return Err(format!("an integer of more than {max_digits} digits"));
    }
    Ok(Integer::from_digits(false, &decimal))
}
