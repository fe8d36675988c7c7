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
//! Only values that are plain Python literals are written.

use std::fmt;

use tracestone_record::{Event, EventKind, Line, Value};

/// What the prompt says about the format.
pub(crate) const GRAMMAR: &str = "\
Write the whole trace, one event per line:
- `call FRAME LINE NAME` when a function of the program starts (frames are numbered from 0 in the order in which they start; LINE is where its definition starts);
- `line FRAME LINE` when a line is about to run;
- `return FRAME LINE = VALUE` and `yield FRAME LINE = VALUE` when the frame returns or hands out a value at that line, `resume FRAME LINE` when a generator goes on;
- `raise FRAME LINE TYPE: MESSAGE` when an exception leaves the frame.
Under an event, indented by two spaces, write `NAME = VALUE` for each local variable whose value is not what it was at the frame's previous event, in the order in which the variables first appeared, and `del NAME` for each that is gone. Values are written as Python's `repr` gives them, sets sorted; a variable or value that is not a plain literal is left out (`return FRAME LINE` alone).";

/// A trace in the text's terms.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TraceText {
    /// The events.
    pub events: Vec<TextEvent>,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextEvent {
    /// `call`, `line`, `return`, `yield`, `resume` or `raise`.
    pub word: String,
    /// The frame.
    pub frame: u32,
    /// The line.
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
    /// What is wrong.
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
        for (index, line) in text.lines().enumerate() {
            let error = |what| TraceTextError {
                line: index + 1,
                what,
            };
            if let Some(change) = line.strip_prefix("  ") {
                let event = events
                    .last_mut()
                    .ok_or_else(|| error("a change before any event"))?;
                event
                    .changes
                    .push(parse_change(change).ok_or_else(|| error("not `NAME = VALUE`"))?);
            } else if !line.trim().is_empty() {
                events.push(parse_event(line).ok_or_else(|| error("not `EVENT FRAME LINE`"))?);
            }
        }
        Ok(Self { events })
    }
}

impl fmt::Display for TraceText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for event in &self.events {
            write!(f, "{} {} {}", event.word, event.frame, event.line)?;
            match (&event.payload, event.word.as_str()) {
                (Some(value), "return" | "yield") => write!(f, " = {value}")?,
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
    let mut parts = line.splitn(4, ' ');
    let word = parts.next()?;
    if !["call", "line", "return", "yield", "resume", "raise"].contains(&word) {
        return None;
    }
    let frame = parts.next()?.parse().ok()?;
    let number = parts.next()?.parse().ok()?;
    let rest = parts.next();
    let payload = match word {
        "return" | "yield" => rest
            .map(|rest| rest.strip_prefix("= "))
            .map_or(Some(None), |v| v.map(Some))?,
        _ => rest,
    };
    Some(TextEvent {
        word: word.to_owned(),
        frame,
        line: Line(number),
        payload: payload.map(str::to_owned),
        changes: Vec::new(),
    })
}

fn parse_change(text: &str) -> Option<(String, Option<String>)> {
    if let Some(name) = text.strip_prefix("del ") {
        return Some((name.to_owned(), None));
    }
    let (name, value) = text.split_once(" = ")?;
    Some((name.to_owned(), Some(value.to_owned())))
}

fn text_event(event: &Event) -> TextEvent {
    let (word, payload) = match &event.kind {
        EventKind::Call { function, .. } => ("call", Some(function.clone())),
        EventKind::Resume => ("resume", None),
        EventKind::Line => ("line", None),
        EventKind::Return { value } => ("return", literal(value)),
        EventKind::Yield { value } => ("yield", literal(value)),
        EventKind::Raise { exception } => ("raise", Some(exception_text(exception))),
    };
    TextEvent {
        word: word.to_owned(),
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

/// An exception as the last line of a traceback shows it, on one line.
pub(crate) fn exception_text(exception: &tracestone_record::Exception) -> String {
    if exception.message.is_empty() {
        exception.type_name.clone()
    } else {
        let message = exception.message.replace('\n', "\\n");
        format!("{}: {message}", exception.type_name)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event() -> impl Strategy<Value = TextEvent> {
        let change = ("[a-z]{1,4}", proptest::option::of("[ -~]{1,12}"));
        let payload = |word: &'static str, pattern: &'static str| {
            proptest::option::of(pattern).prop_map(move |payload| (word.to_owned(), payload))
        };
        let word = prop_oneof![
            payload("call", "[a-z.<>]{1,9}"),
            Just((String::from("line"), None)),
            payload("return", "[!-~][ -~]{0,9}"),
            payload("raise", "[A-Z][ -~]{0,9}"),
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
    }
}
