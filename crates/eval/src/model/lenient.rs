//! JSON and lines of events as servers write them: with `NaN`, and with any sign at the end of a line.

use std::io::{self, BufRead, ErrorKind};

use serde_json::Value;

use crate::text::without_surrogates;

/// Numbers that Python's `json` writes and that JSON does not have.
const NUMBERS: [&str; 3] = ["-Infinity", "Infinity", "NaN"];

/// The value of a text, with `null` in the place of numbers that JSON does not have.
pub(crate) fn json(text: &str) -> Result<Value, serde_json::Error> {
    let text = without_surrogates(text);
    serde_json::from_str(&text).or_else(|error| {
        let finite = NUMBERS.iter().any(|number| text.contains(number));
        match finite {
            true => serde_json::from_str(&without_numbers(&text)),
            false => Err(error),
        }
    })
}

/// The text with `null` for each of these numbers outside of strings.
fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let number = NUMBERS.iter().find(|number| rest.starts_with(**number));
        if let Some(number) = number.filter(|_| !in_string) {
            out.push_str("null");
            rest = &rest[number.len()..];
            continue;
        }
        if c == '"' && !escaped {
            in_string = !in_string;
        }
        escaped = in_string && c == '\\' && !escaped;
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// Lines that end in LF, CR LF or CR alone, as those of events may.
pub(super) struct Lines<R> {
    reader: R,
    /// Set where the last line ended in CR, so that an LF behind it belongs to it.
    after_cr: bool,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            after_cr: false,
        }
    }

    /// Puts the next line, without its end, behind the bytes; the number of bytes read, 0 at the end of all.
    /// It never waits for what may follow a CR.
    pub(super) fn next(&mut self, line: &mut Vec<u8>) -> io::Result<usize> {
        let mut count = 0;
        loop {
            let bytes = match self.reader.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if bytes.is_empty() {
                return Ok(count);
            }
            if std::mem::take(&mut self.after_cr) && bytes[0] == b'\n' {
                self.reader.consume(1);
                continue;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let used = end.map_or(bytes.len(), |end| end + 1);
            line.extend_from_slice(&bytes[..end.unwrap_or(bytes.len())]);
            self.after_cr = end.is_some_and(|end| bytes[end] == b'\r');
            self.reader.consume(used);
            count += used;
            if end.is_some() {
                return Ok(count);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_json_does_not_have_are_null() {
        let value = json(r#"{"a": [-Infinity, NaN, 1], "b": "NaN \" Infinity", "c": Infinity}"#);
        let value = value.unwrap();
        assert_eq!(value["a"], serde_json::json!([null, null, 1]));
        assert_eq!(value["b"], "NaN \" Infinity");
        assert!(value["c"].is_null());
        assert!(json("{\"a\": Nano}").is_err());
    }

    #[test]
    fn lines_end_in_any_way() {
        for text in ["a\n\nb\n", "a\r\rb\r", "a\r\n\r\nb\r\n", "a\r\r\nb"] {
            // One byte at a time, so that each end is cut in two.
            let mut lines = Lines::new(io::BufReader::with_capacity(1, text.as_bytes()));
            let mut found = Vec::new();
            loop {
                let mut line = Vec::new();
                if lines.next(&mut line).unwrap() == 0 {
                    break;
                }
                found.push(String::from_utf8(line).unwrap());
            }
            assert_eq!(found, ["a", "", "b"], "{text:?}");
        }
    }
}
