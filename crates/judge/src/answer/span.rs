//! Brackets and texts in three quotes that go over several lines.

use std::ops::Range;

use crate::call::string_end;

/// Ranges of the outermost ones in a text, in order; none for a bracket that is not closed.
pub(super) struct Spans(Vec<Range<usize>>);

/// State of the search for them.
#[derive(Default)]
struct Reader {
    /// Positions and signs of the brackets that are open.
    open: Vec<(usize, u8)>,
    found: Vec<Range<usize>>,
    /// Positions of the breaks of lines.
    breaks: Vec<usize>,
}

impl Reader {
    fn close(&mut self, at: usize, sign: u8) {
        let fits = |open: u8| matches!((open, sign), (b'(', b')') | (b'[', b']') | (b'{', b'}'));
        match self.open.pop() {
            Some((start, open)) if fits(open) => self.add(start..at + 1),
            // Prose: `in [0, 3)`.
            _ => self.open.clear(),
        }
    }

    fn add(&mut self, range: Range<usize>) {
        while self
            .found
            .last()
            .is_some_and(|inner| inner.start >= range.start)
        {
            self.found.pop();
        }
        let next = self.breaks.partition_point(|at| *at < range.start);
        if self.breaks.get(next).is_some_and(|at| *at < range.end) {
            self.found.push(range);
        }
    }
}

impl Spans {
    pub(super) const NONE: Self = Self(Vec::new());

    pub(super) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let breaks = text.match_indices('\n').map(|(at, _)| at);
        let mut reader = Reader {
            breaks: breaks.collect(),
            ..Reader::default()
        };
        let mut at = 0;
        while at < bytes.len() {
            let before = at.checked_sub(1).map_or(b' ', |at| bytes[at]);
            match bytes[at] {
                quote @ (b'"' | b'\'') if opens(before) => {
                    let end = (string_end(bytes, at, quote, true) + 1).min(bytes.len());
                    if bytes[at..].starts_with(&[quote; 3]) {
                        reader.add(at..end);
                    }
                    at = end - 1;
                }
                b'#' if before.is_ascii_whitespace() && !reader.open.is_empty() => {
                    at = line_end(bytes, at) - 1;
                }
                sign @ (b'(' | b'[' | b'{') => reader.open.push((at, sign)),
                sign @ (b')' | b']' | b'}') => reader.close(at, sign),
                _ => {}
            }
            at += 1;
        }
        Self(reader.found)
    }

    /// The end of the line that begins at a position, or of the last one of a span that begins in it.
    pub(super) fn line_end(&self, text: &str, start: usize) -> usize {
        let mut end = line_end(text.as_bytes(), start);
        let first = self.0.partition_point(|span| span.start < start);
        for span in &self.0[first..] {
            if span.start >= end {
                break;
            }
            end = line_end(text.as_bytes(), span.end.max(end));
        }
        end
    }

    /// The beginning of the last line of a text, or of the first one of a span that ends in it.
    pub(super) fn last_line(&self, text: &str) -> usize {
        let begin = |end: usize| text[..end].rfind('\n').map_or(0, |end| end + 1);
        let mut start = begin(text.len());
        let within = self.0.partition_point(|span| span.end <= text.len());
        for span in self.0[..within].iter().rev() {
            if span.end <= start {
                break;
            }
            start = begin(span.start).min(start);
        }
        start
    }
}

/// True if a quote behind the sign begins a text of code.
fn opens(before: u8) -> bool {
    before.is_ascii_whitespace() || b"([{,:=`rRbBuUfF".contains(&before)
}

/// Position of the end of the line.
fn line_end(bytes: &[u8], at: usize) -> usize {
    let line = bytes[at..].iter().position(|byte| *byte == b'\n');
    line.map_or(bytes.len(), |length| at + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_in_brackets_are_one() {
        for (text, start) in [
            ("It is\n[1,\n 2]", 6),
            ("a (b\n\n[1,\n 2]", 6),
            ("in [0, 3)\n{'a': ')\\'',  # it's (\n 'b': 2}", 10),
            ("f(\n  '(', 5,\n)", 0),
            ("it's\n[[1],\n [2]]", 5),
            ("x\n'''a\nb'''", 2),
            ("[1,\n 2]\n3", 8),
            ("[1,\n 2", 4),
        ] {
            let spans = Spans::of(text);
            assert_eq!(spans.last_line(text), start, "{text}");
            let end = spans.line_end(text, start);
            assert_eq!(end, text.len(), "{text}");
        }
    }

    #[test]
    fn deep_brackets_take_no_longer_than_their_length() {
        // With a look at each of them from its beginning to its end, hours.
        let (open, close) = ("[".repeat(1 << 20), "]".repeat(1 << 20));
        assert!(Spans::of(&format!("{open}{close}")).0.is_empty());
        assert_eq!(Spans::of(&format!("{open}\n{close}")).0.len(), 1);
    }
}
