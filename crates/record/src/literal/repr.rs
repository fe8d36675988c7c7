//! CPython's `repr` of literals.

use super::Literal;

pub(super) fn write(value: &Literal, out: &mut String) {
    match value {
        Literal::None => out.push_str("None"),
        Literal::Ellipsis => out.push_str("Ellipsis"),
        Literal::Bool(true) => out.push_str("True"),
        Literal::Bool(false) => out.push_str("False"),
        Literal::Int(value) => out.push_str(value.as_str()),
        Literal::Float(value) => out.push_str(&float(*value, ".0")),
        Literal::Complex { real, imaginary } => write_complex(*real, *imaginary, out),
        Literal::Str(text) => write_str(text, out),
        Literal::Bytes(bytes) => write_bytes(bytes, out),
        Literal::List(items) => write_items("[", items, "]", out),
        Literal::Tuple(items) if items.len() == 1 => write_items("(", items, ",)", out),
        Literal::Tuple(items) => write_items("(", items, ")", out),
        Literal::Set(items) if items.is_empty() => out.push_str("set()"),
        Literal::Set(items) => write_items("{", items, "}", out),
        Literal::Dict(entries) => write_entries(entries, out),
    }
}

fn write_items(open: &str, items: &[Literal], close: &str, out: &mut String) {
    out.push_str(open);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write(item, out);
    }
    out.push_str(close);
}

fn write_entries(entries: &[(Literal, Literal)], out: &mut String) {
    out.push('{');
    for (index, (key, value)) in entries.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write(key, out);
        out.push_str(": ");
        write(value, out);
    }
    out.push('}');
}

/// The shortest digits that read back as the same number, in positional notation for exponents from
/// -4 to 15. `integral` is appended to numbers that would otherwise look like integers.
fn float(value: f64, integral: &str) -> String {
    // Infinities and not-a-number cannot be parsed, but can be put into a `Literal` by hand.
    if value.is_nan() {
        return "nan".to_owned();
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value.is_infinite() {
        return format!("{sign}inf");
    }
    let scientific = shortest(value.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits = mantissa.replace('.', "");
    if !(-4..16).contains(&exponent) {
        let exponent_sign = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{mantissa}e{exponent_sign}{:02}", exponent.abs());
    }
    if exponent < 0 {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        return format!("{sign}0.{zeros}{digits}");
    }
    let whole = exponent.unsigned_abs() as usize + 1;
    if digits.len() <= whole {
        let zeros = "0".repeat(whole - digits.len());
        return format!("{sign}{digits}{zeros}{integral}");
    }
    let (before, after) = digits.split_at(whole);
    format!("{sign}{before}.{after}")
}

/// The shortest digits in exponent form, `1.25e-5`. Where several numbers with that few digits read back
/// as the value, Rust may take another than the nearest with ties to even, which CPython takes.
fn shortest(value: f64) -> String {
    let any = format!("{value:e}");
    let digits = any
        .bytes()
        .take_while(|&b| b != b'e')
        .filter(u8::is_ascii_digit)
        .count();
    let nearest = format!("{value:.*e}", digits - 1);
    if nearest.parse() == Ok(value) {
        nearest
    } else {
        any
    }
}

fn write_complex(real: f64, imaginary: f64, out: &mut String) {
    let imaginary_text = float(imaginary, "");
    if real == 0.0 && real.is_sign_positive() {
        out.push_str(&imaginary_text);
        out.push('j');
        return;
    }
    let plus = if imaginary_text.starts_with('-') {
        ""
    } else {
        "+"
    };
    out.push_str(&format!("({}{plus}{imaginary_text}j)", float(real, "")));
}

fn quote_for(has_single: bool, has_double: bool) -> char {
    if has_single && !has_double { '"' } else { '\'' }
}

fn write_str(text: &str, out: &mut String) {
    let quote = quote_for(text.contains('\''), text.contains('"'));
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if c == quote => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            _ if is_printable(c) => out.push(c),
            _ => match u32::from(c) {
                code @ 0..=0xff => out.push_str(&format!("\\x{code:02x}")),
                code @ 0x100..=0xffff => out.push_str(&format!("\\u{code:04x}")),
                code => out.push_str(&format!("\\U{code:08x}")),
            },
        }
    }
    out.push(quote);
}

/// Python's `str.isprintable` for one character. Rust's `Debug` uses the same rule (categories `C*`, `Zl`,
/// `Zp` and `Zs` are not printable). The letter in front keeps it from escaping combining marks, which it
/// does only at the start of a text.
fn is_printable(c: char) -> bool {
    let mut buffer = [0; 5];
    buffer[0] = b'a';
    let length = 1 + c.encode_utf8(&mut buffer[1..]).len();
    std::str::from_utf8(&buffer[..length]).is_ok_and(|text| text.escape_debug().nth(1) == Some(c))
}

fn write_bytes(bytes: &[u8], out: &mut String) {
    let quote = quote_for(bytes.contains(&b'\''), bytes.contains(&b'"'));
    out.push('b');
    out.push(quote);
    for &byte in bytes {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ if char::from(byte) == quote => out.extend(['\\', quote]),
            b' '..=b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push(quote);
}
