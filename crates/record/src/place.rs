//! Places in texts: lines and byte spans.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A line number; lines count from 1.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Line(pub u32);

impl Line {
    /// The position of this line in a list of lines.
    #[must_use]
    pub fn index(self) -> usize {
        (self.0 as usize).saturating_sub(1)
    }

    /// The line at a position in a list of lines.
    #[must_use]
    pub fn from_index(index: usize) -> Self {
        Self(u32::try_from(index + 1).unwrap_or(u32::MAX))
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// First and last line of something, both included.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct LineRange {
    /// The first line.
    pub first: Line,
    /// The last line; never before `first`.
    pub last: Line,
}

impl LineRange {
    /// True if the line is in the range.
    #[must_use]
    pub fn contains(self, line: Line) -> bool {
        self.first <= line && line <= self.last
    }
}

/// A half-open range of bytes, `start..end`, on UTF-8 character boundaries.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl Span {
    /// The text of the span; empty where the span does not fit the text.
    #[must_use]
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize)
            .unwrap_or("")
    }

    /// The length in bytes.
    #[must_use]
    pub fn len(self) -> usize {
        (self.end as usize).saturating_sub(self.start as usize)
    }

    /// True if the span is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}
