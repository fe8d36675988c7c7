//! Whole numbers of JSON that have no room in 64 bits, with every digit.

use serde_json::Value;

/// The sign before the digits of such a number, which is kept as a text; texts with that sign are left alone.
const SIGN: char = '\u{f8ff}';

/// The value of a text; large whole numbers in it are texts that [`digits`] knows.
pub(crate) fn json(text: &str) -> Result<Value, serde_json::Error> {
    let signed = text.contains(SIGN) || text.to_ascii_lowercase().contains("\\uf8ff");
    match signed {
        true => serde_json::from_str(text),
        false => serde_json::from_str(&marked(text).unwrap_or_else(|| text.to_owned())),
    }
}

/// The text with large whole numbers as texts; `None` if it has none.
fn marked(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = String::new();
    let (mut at, mut copied) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = string_end(bytes, at),
            b'-' | b'0'..=b'9' => {
                let is_part = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
                let length = bytes[at..].iter().take_while(|byte| is_part(byte)).count();
                let number = &text[at..at + length];
                if is_large(number) {
                    out.push_str(&text[copied..at]);
                    out.extend(['"', SIGN]);
                    out.push_str(number);
                    out.push('"');
                    copied = at + length;
                }
                at += length;
            }
            _ => at += 1,
        }
    }
    (copied > 0).then(|| out + &text[copied..])
}

/// Position behind the text that begins at a quote.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

/// True for a whole number as JSON writes it that has no room in 64 bits.
fn is_large(number: &str) -> bool {
    let figures = number.strip_prefix('-').unwrap_or(number);
    figures.len() > 18
        && !figures.starts_with('0')
        && figures.bytes().all(|byte| byte.is_ascii_digit())
        && number.parse::<i64>().is_err()
        && number.parse::<u64>().is_err()
}

/// The digits of a large whole number; `None` for any other value.
pub(crate) fn digits(value: &Value) -> Option<&str> {
    value.as_str()?.strip_prefix(SIGN)
}

/// The text of a value in JSON, with large whole numbers as such.
pub(crate) fn written(value: &Value) -> String {
    let text = value.to_string();
    if !text.contains(SIGN) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find(['"', SIGN]) {
        let quoted = &rest[at..];
        let number = quoted
            .strip_prefix('"')
            .and_then(|text| text.strip_prefix(SIGN));
        if let Some((digits, after)) = number.and_then(|number| number.split_once('"')) {
            out.push_str(&rest[..at]);
            out.push_str(digits);
            rest = after;
        } else {
            let end = match quoted.starts_with('"') {
                true => string_end(quoted.as_bytes(), 0),
                false => SIGN.len_utf8(),
            };
            out.push_str(&rest[..at + end]);
            rest = &rest[at + end..];
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_whole_numbers_keep_their_digits() {
        let text = r#"{"a":[10000000000000000000001,-99999999999999999999,18446744073709551615,1e30],"b":"10000000000000000000001"}"#;
        let value = json(text).unwrap();
        assert_eq!(digits(&value["a"][0]), Some("10000000000000000000001"));
        assert_eq!(digits(&value["a"][1]), Some("-99999999999999999999"));
        assert_eq!(value["a"][2], 18_446_744_073_709_551_615_u64);
        assert!(value["a"][3].is_number());
        assert_eq!(digits(&value["b"]), None);
        assert_eq!(written(&value), text.replace("1e30", "1e+30"));
        assert!(json("010000000000000000000000").is_err());
        assert_eq!(digits(&json("\"\\uf8ff1\"").unwrap()), Some("1"));
    }
}
