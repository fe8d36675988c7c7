//! A trace as text that a model can write and a program can read back.
//!
//! One line per event, `EVENT FRAME LINE` and what belongs to it; indented lines below it name the
//! locals whose value differs from what the frame's previous event showed:
//!
//! ```text
//! call 0 1 total
//!   values = [1, 2]
//! line 0 2
//! line 0 3
//!   result = 0
//! return 0 5 = 3
//! ```
//!
//! Only values that are plain Python literals are written. Two texts are the same trace where
//! [`TextEvent::same_as`] holds for all events: values count as literals, not as texts.

use std::fmt;

use tracestone_record::{Event, EventKind, EventType, Exception, Line, VALUE_BYTES, Value, words};

use crate::reading;

/// Definition of the format in prompts: everything that [`TextEvent::same_as`] compares.
pub(crate) fn grammar() -> String {
    format!(
        "\
Write the whole trace, one event per line:
- `call FRAME LINE NAME` when a function of the program starts. LINE is where its definition starts, decorators \
included. NAME is the function's qualified name, as `__qualname__` gives it: `Counter.step` for the method `step` of \
the class `Counter`, `outer.<locals>.inner` for a function defined in the function `outer`, `<lambda>`, `<listcomp>`, \
`<genexpr>` and the like for functions without a name. A `class` statement that runs counts as a function.
- `line FRAME LINE` when a line is about to run.
- `return FRAME LINE = VALUE` and `yield FRAME LINE = VALUE` when the frame returns or hands out a value at that \
line, `resume FRAME LINE` when a generator or coroutine goes on.
- `raise FRAME LINE TYPE: MESSAGE` when an exception leaves the frame; `TYPE` alone where `str()` of the exception is \
empty. Line breaks in MESSAGE are written as `\\n`.
Frames are numbered from 0 in the order in which they first appear in the trace.
Under an event, indented by two spaces and in any order, write `NAME = VALUE` for each local variable of the frame \
whose value, as Python's `repr` writes it, is not what it was at the frame's previous event (at the frame's first \
event: for each that has a value, such as the parameters), and `del NAME` for each that is gone. Variables of \
enclosing functions and names that start and end with two underscores are left out.
VALUE is a Python literal: `None`, a truth value, a finite number, a string, a bytes object, or a list, tuple, set or \
dictionary of these; sets in any order. A value that has no such literal, or whose literal takes more than \
{VALUE_BYTES} bytes, is left out: its `NAME = VALUE` is not written, and `return FRAME LINE` stands alone."
    )
}

/// A trace in the text's terms.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TraceText {
    /// Events in order of time.
    pub events: Vec<TextEvent>,
}

/// An event of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextEvent {
    /// `call`, `line`, `return`, `yield`, `resume` or `raise`.
    pub word: EventType,
    /// Number of the frame, counted from 0.
    pub frame: u32,
    /// Line of the event.
    pub line: Line,
    /// The function of a call, the value of a return or yield, `Type: message` of a raise.
    pub payload: Option<String>,
    /// Locals that changed; `None` for one that is gone.
    pub changes: Vec<(String, Option<String>)>,
}

/// A text that is no trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceTextError {
    /// The line of the text, counted from 1.
    pub line: usize,
    /// Description of the syntax error.
    pub what: &'static str,
}

impl fmt::Display for TraceTextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of the trace: {}", self.line, self.what)
    }
}

impl std::error::Error for TraceTextError {}

impl TraceText {
    /// The text's view of recorded events.
    #[must_use]
    pub fn of(events: &[Event]) -> Self {
        Self {
            events: events.iter().map(text_event).collect(),
        }
    }

    /// Reads a text.
    ///
    /// # Errors
    /// A line is neither an event nor a change.
    pub fn parse(text: &str) -> Result<Self, TraceTextError> {
        let mut events: Vec<TextEvent> = Vec::new();
        let first = text.lines().find(|line| !line.trim().is_empty());
        let first = first.unwrap_or_default();
        let margin = &first[..first.len() - first.trim_start().len()];
        for (index, line) in text.lines().enumerate() {
            let error = |what| TraceTextError {
                line: index + 1,
                what,
            };
            if line.trim().is_empty() {
                continue;
            }
            // The indentation makes a trace readable; what a line is shows without it, but for a
            // variable with the name of an event.
            let indented = line.strip_prefix(margin).unwrap_or(line) != line.trim_start();
            let event = parse_event(line).filter(|_| !indented);
            match (event, parse_change(line), events.last_mut()) {
                (Some(event), _, _) => events.push(event),
                (None, Some(change), Some(event)) => event.changes.push(change),
                (None, Some(_), None) => return Err(error("a change before any event")),
                (None, None, _) if indented => return Err(error("not `NAME = VALUE`")),
                (None, None, _) => return Err(error("not `EVENT FRAME LINE`")),
            }
        }
        Ok(Self { events })
    }
}

impl fmt::Display for TraceText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for event in &self.events {
            write!(f, "{} {} {}", event.word, event.frame, event.line)?;
            match (&event.payload, event.word) {
                (Some(value), EventType::Return | EventType::Yield) => write!(f, " = {value}")?,
                (Some(text), _) => write!(f, " {text}")?,
                (None, _) => {}
            }
            f.write_str("\n")?;
            for (name, value) in &event.changes {
                match value {
                    Some(value) => writeln!(f, "  {name} = {value}")?,
                    None => writeln!(f, "  del {name}")?,
                }
            }
        }
        Ok(())
    }
}

fn parse_event(line: &str) -> Option<TextEvent> {
    let (word, rest) = next_word(line);
    let word = EventType::from_word(word)?;
    let (frame, rest) = next_word(rest);
    let (number, rest) = next_word(rest);
    let payload = match (word, rest) {
        (_, "") => None,
        (EventType::Return | EventType::Yield, rest) => {
            Some(rest.strip_prefix('=')?.trim_start().to_owned())
        }
        (EventType::Line | EventType::Resume, _) => return None,
        (_, rest) => Some(rest.to_owned()),
    };
    Some(TextEvent {
        word,
        frame: frame.parse().ok()?,
        line: Line(number.parse().ok()?),
        payload,
        changes: Vec::new(),
    })
}

/// The first word, and the rest without surrounding white space.
fn next_word(text: &str) -> (&str, &str) {
    let text = text.trim();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim_start())
}

fn parse_change(text: &str) -> Option<(String, Option<String>)> {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    if let ("del", name) = next_word(text)
        && is_name(name)
    {
        return Some((name.to_owned(), None));
    }
    let (name, value) = text.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    (is_name(name) && !value.is_empty()).then(|| (name.to_owned(), Some(value.to_owned())))
}

impl TextEvent {
    /// Equality of two events by the prompt's definition: values are compared as literals, and the order of
    /// changes is ignored.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        let head = |event: &Self| (event.word, event.frame, event.line);
        let payload = match (&self.payload, &other.payload) {
            (None, None) => true,
            (Some(one), Some(other)) => match self.word {
                EventType::Return | EventType::Yield => reading::same_value(one, other),
                EventType::Raise => match (reading::exception(one), reading::exception(other)) {
                    (Some(one), Some(other)) => one == other,
                    _ => one == other,
                },
                _ => one == other,
            },
            _ => false,
        };
        payload && head(self) == head(other) && same_changes(&self.changes, &other.changes)
    }

    /// True if this event has this change.
    #[must_use]
    pub fn has_change(&self, change: &(String, Option<String>)) -> bool {
        self.changes.iter().any(|other| same_change(other, change))
    }
}

fn same_changes(one: &[(String, Option<String>)], other: &[(String, Option<String>)]) -> bool {
    // Names are distinct in what was recorded, so that equal lengths and inclusion are equality.
    let distinct: std::collections::BTreeSet<_> = one.iter().map(|(name, _)| name).collect();
    one.len() == other.len()
        && distinct.len() == one.len()
        && one
            .iter()
            .all(|change| other.iter().any(|found| same_change(found, change)))
}

fn same_change(one: &(String, Option<String>), other: &(String, Option<String>)) -> bool {
    one.0 == other.0
        && match (&one.1, &other.1) {
            (None, None) => true,
            (Some(one), Some(other)) => reading::same_value(one, other),
            _ => false,
        }
}

fn text_event(event: &Event) -> TextEvent {
    let payload = match &event.kind {
        EventKind::Call { function, .. } => Some(function.clone()),
        EventKind::Resume | EventKind::Line => None,
        EventKind::Return { value } | EventKind::Yield { value } => literal(value),
        EventKind::Raise { exception } => Some(exception_text(exception)),
    };
    TextEvent {
        word: event.kind.event_type(),
        frame: event.frame,
        line: event.line,
        payload,
        changes: event
            .changes
            .iter()
            .filter_map(|change| match &change.value {
                None => Some((change.name.clone(), None)),
                Some(value) => Some((change.name.clone(), Some(literal(value)?))),
            })
            .collect(),
    }
}

fn literal(value: &Value) -> Option<String> {
    (value.exact && !value.truncated).then(|| value.text.clone())
}

/// An exception as `Type: message` on one line; `Type` alone where the message is empty.
pub(crate) fn exception_text(exception: &Exception) -> String {
    words::exception(
        &exception.type_name,
        &exception.message.replace('\n', "\\n"),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event() -> impl Strategy<Value = TextEvent> {
        let change = (
            "[a-z]{1,4}",
            proptest::option::of("[!-~]([ -~]{0,10}[!-~])?"),
        );
        let payload = |word: EventType, pattern: &'static str| {
            proptest::option::of(pattern).prop_map(move |payload| (word, payload))
        };
        let word = prop_oneof![
            payload(EventType::Call, "[a-z.<>]{1,9}"),
            Just((EventType::Line, None)),
            payload(EventType::Return, "[!-~]([ -~]{0,9}[!-~])?"),
            payload(EventType::Raise, "[A-Z]([ -~]{0,9}[!-~])?"),
        ];
        (
            word,
            0..9_u32,
            1..99_u32,
            proptest::collection::vec(change, 0..3),
        )
            .prop_map(|((word, payload), frame, line, changes)| TextEvent {
                word,
                frame,
                line: Line(line),
                payload,
                changes,
            })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(events in proptest::collection::vec(event(), 0..12)) {
            let trace = TraceText { events };
            prop_assert_eq!(TraceText::parse(&trace.to_string()), Ok(trace));
        }
    }

    #[test]
    fn wrong_lines_are_named() {
        assert_eq!(TraceText::parse("line 0 1\nnonsense").unwrap_err().line, 2);
        assert_eq!(TraceText::parse("  x = 1").unwrap_err().line, 1);
        assert_eq!(TraceText::parse("line 0 1\n  = 1").unwrap_err().line, 2);
        assert_eq!(TraceText::parse("line 0 1 x").unwrap_err().line, 1);
    }

    fn same(one: &str, other: &str) -> bool {
        let read = |text| TraceText::parse(text).unwrap().events;
        let (one, other) = (read(one), read(other));
        one.len() == other.len() && one.iter().zip(&other).all(|(a, b)| a.same_as(b))
    }

    #[test]
    fn what_the_prompt_leaves_open_makes_no_difference() {
        let gold = "call 0 5 Counter.step\n  n = 3\n  values = {-1, 10, 3, 9}\nreturn 0 7 = 'a'\n";
        for answer in [
            "call 0 5 Counter.step\n\tvalues={9, 10, 3, -1,}\n\tn = 0x3\n\nreturn  0 7 = \"a\"",
            "  call 0 5 Counter.step\n    n = 3\n    values = {-1, 10, 3, 9}\n  return 0 7 = 'a'",
            "call 0 5 Counter.step\nn = 3\nvalues = {-1, 10, 3, 9}\nreturn 0 7 ='a'",
        ] {
            assert!(same(gold, answer), "{answer}");
        }
        for answer in [
            "call 0 5 step\n  n = 3\n  values = {-1, 10, 3, 9}\nreturn 0 7 = 'a'",
            "call 0 5 Counter.step\n  n = 3\n  values = {-1, 10, 3}\nreturn 0 7 = 'a'",
            "call 0 5 Counter.step\n  n = 3\n  values = [-1, 10, 3, 9]\nreturn 0 7 = 'a'",
            "call 0 5 Counter.step\n  n = 3\n  n = 3\nreturn 0 7 = 'a'",
            "call 0 5 Counter.step\n  n = 3\n  values = {-1, 10, 3, 9}\nreturn 0 7",
            "call 0 5 Counter.step\n  n = 3\n  del values\nreturn 0 7 = 'a'",
            "call 0 5 Counter.step\n  n = 3\n  values = {-1, 10, 3, 9}\nyield 0 7 = 'a'",
        ] {
            assert!(!same(gold, answer), "{answer}");
        }
    }
}
