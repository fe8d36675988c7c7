//! Byte offsets to lines and back.

use tracestone_record::{Line, LineRange};

/// Offsets of the starts of a text's lines.
#[derive(Debug)]
pub(crate) struct LineTable {
    starts: Vec<u32>,
    end: u32,
}

impl LineTable {
    pub(crate) fn new(text: &str) -> Self {
        let mut starts = Vec::with_capacity(text.len() / 32 + 1);
        starts.push(0);
        for (offset, byte) in text.bytes().enumerate() {
            if byte == b'\n' {
                starts.push(offset_of(offset + 1));
            }
        }
        let end = offset_of(text.len());
        if starts.last() == Some(&end) && starts.len() > 1 {
            starts.pop();
        }
        Self { starts, end }
    }

    /// Number of lines; a final newline starts no further line.
    pub(crate) fn count(&self) -> u32 {
        offset_of(self.starts.len())
    }

    /// The line that holds this byte.
    pub(crate) fn line(&self, offset: u32) -> Line {
        Line::from_index(self.starts.partition_point(|&start| start <= offset).max(1) - 1)
    }

    /// The lines that `start..end` touches; an empty range touches the line that contains it.
    pub(crate) fn range(&self, start: u32, end: u32) -> LineRange {
        LineRange {
            first: self.line(start),
            last: self.line(end.saturating_sub(1).max(start)),
        }
    }

    /// Offset of the line's first byte.
    pub(crate) fn start(&self, line: Line) -> u32 {
        self.starts.get(line.index()).copied().unwrap_or(self.end)
    }

    /// The line's text, without the newline.
    pub(crate) fn text<'t>(&self, text: &'t str, line: Line) -> &'t str {
        let start = self.start(line) as usize;
        let end = self
            .starts
            .get(line.index() + 1)
            .map_or(self.end, |&next| next) as usize;
        text.get(start..end).unwrap_or("").trim_end_matches('\n')
    }
}

/// Offsets fit 32 bits: longer texts are refused before they are parsed.
fn offset_of(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found() {
        let text = "a\n\nbc\n";
        let lines = LineTable::new(text);
        assert_eq!(lines.count(), 3);
        assert_eq!(lines.line(0), Line(1));
        assert_eq!(lines.line(2), Line(2));
        assert_eq!(lines.line(5), Line(3));
        assert_eq!(lines.text(text, Line(3)), "bc");
        assert_eq!(lines.text(text, Line(2)), "");
        assert_eq!(lines.text(text, Line(9)), "");
        assert_eq!(LineTable::new("").count(), 1);
    }
}
