//! Texts that a program puts together: strings behind each other, comments of several lines, Base64.

use std::sync::LazyLock;

use regex::Regex;

/// The end of a string and the beginning of the next one, with what may stand between them.
const BETWEEN: &str = r#"(?:\\n)?["'][\s,+\\()]{0,80}[bruBRU]{0,2}["']"#;

/// Base64, perhaps over several lines.
const ENCODED: &str = r"[A-Za-z0-9+/]{24,}(?:(?:\\n|[\s#])+[A-Za-z0-9+/]{16,})*";

static PATTERNS: LazyLock<Option<(Regex, Regex)>> = LazyLock::new(|| {
    // A test compiles each of them.
    Some((Regex::new(BETWEEN).ok()?, Regex::new(ENCODED).ok()?))
});

/// A text without the quotes between strings that follow each other, and the places of its parts.
pub(crate) struct Joined {
    pub(crate) text: String,
    /// Offsets in the joined text and in the original, of the beginning of each part.
    parts: Vec<(usize, usize)>,
}

impl Joined {
    /// The text with its strings joined; `None` where no string follows another one.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let (between, _) = PATTERNS.as_ref()?;
        let mut joined = Self {
            text: String::new(),
            parts: Vec::new(),
        };
        let mut from = 0;
        for gap in between.find_iter(text) {
            joined.push(text, from, gap.start());
            from = gap.end();
        }
        if from == 0 {
            return None;
        }
        joined.push(text, from, text.len());
        Some(joined)
    }

    fn push(&mut self, text: &str, start: usize, end: usize) {
        self.parts.push((self.text.len(), start));
        self.text.push_str(&text[start..end]);
    }

    /// The offset in the original text.
    pub(crate) fn place(&self, at: usize) -> usize {
        let part = self.parts.partition_point(|(start, _)| *start <= at);
        let (start, original) = self.parts[part.saturating_sub(1)];
        original + (at - start)
    }
}

/// The texts that are written in Base64, with the range of each.
pub(crate) fn decoded(text: &str) -> Vec<(std::ops::Range<usize>, String)> {
    let Some((_, encoded)) = PATTERNS.as_ref() else {
        return Vec::new();
    };
    let runs = encoded.find_iter(text);
    runs.filter_map(|run| Some((run.range(), decode(run.as_str())?)))
        .collect()
}

/// The text that Base64 stands for, up to the last whole group; `None` if it is no text.
pub(crate) fn decode(run: &str) -> Option<String> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let plain = run.replace("\\n", "");
    let values: Vec<u8> = plain.bytes().filter_map(value).collect();
    let mut out = String::with_capacity(values.len());
    for group in values.chunks(4) {
        let mut bits = 0_u32;
        for at in 0..4 {
            bits = bits << 6 | u32::from(group.get(at).copied().unwrap_or(0));
        }
        for at in 0..group.len().saturating_sub(1) {
            let byte = bits.to_be_bytes()[at + 1];
            let is_text = matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
            if !is_text {
                return None;
            }
            out.push(char::from(byte));
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_joined_and_keep_their_places() {
        let text = "x = ('ab' 'cd' +\n     b\"ef\")";
        let joined = Joined::of(text).unwrap();
        assert_eq!(joined.text, "x = ('abcdef\")");
        for (at, c) in [(6, 'a'), (8, 'c'), (10, 'e')] {
            assert_eq!(text[joined.place(at)..].chars().next(), Some(c));
        }
        assert!(Joined::of("x = 'ab'").is_none());
    }

    #[test]
    fn base64_is_decoded_where_it_is_text() {
        let found = decoded("x = 'SGVsbG8gV29ybGQhIFRoaXMgaXMgdGV4dA=='");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].1, "Hello World! This is text");
        assert_eq!(decoded("x = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB'"), []);
    }
}
