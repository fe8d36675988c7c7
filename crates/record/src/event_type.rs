//! The types of events and their words, which texts, reports and questions share.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::run::EventKind;

/// Type of an event, without its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventType {
    /// A frame starts.
    Call,
    /// A generator or coroutine goes on.
    Resume,
    /// A line is about to run.
    Line,
    /// The frame returns.
    Return,
    /// A generator or coroutine hands out a value and pauses.
    Yield,
    /// An exception leaves the frame.
    Raise,
}

impl EventType {
    /// All types of events, in the order of their codes.
    pub const ALL: [Self; 6] = [
        Self::Call,
        Self::Resume,
        Self::Line,
        Self::Return,
        Self::Yield,
        Self::Raise,
    ];

    /// The word for it in texts.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Resume => "resume",
            Self::Line => "line",
            Self::Return => "return",
            Self::Yield => "yield",
            Self::Raise => "raise",
        }
    }

    /// The type of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl EventKind {
    /// The type of the event.
    #[must_use]
    pub fn event_type(&self) -> EventType {
        match self {
            Self::Call { .. } => EventType::Call,
            Self::Resume => EventType::Resume,
            Self::Line => EventType::Line,
            Self::Return { .. } => EventType::Return,
            Self::Yield { .. } => EventType::Yield,
            Self::Raise { .. } => EventType::Raise,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_json() {
        for one in EventType::ALL {
            assert_eq!(serde_json::to_value(one).unwrap(), one.word());
            assert_eq!(EventType::from_word(one.word()), Some(one));
        }
        let line = serde_json::to_value(EventKind::Line).unwrap();
        assert_eq!(line["event"], EventType::Line.word());
        assert_eq!(EventType::from_word("jump"), None);
    }
}
