//! `trace`: what happens, event by event?
//!
//! Everything at once: path, values, calls and results, in a text that can be read back.

use tracestone_record::{AnswerType, EventKind, Question, Reason, SampleKind, Value};

use crate::maker::{Asked, Draft, Drafts};
use crate::trace_text::{TraceText, grammar};
use crate::view::Comprehensions;
use crate::{prompt, reading};

use super::exception::has_surrogate;

pub(crate) fn drafts(asked: &Asked<'_>) -> Drafts {
    let events = asked.view.events;
    if events.len() > asked.settings.max_trace_events {
        return Err(Reason::ValueTooLarge);
    }
    if asked.view.closes_generator
        || asked.view.ends_unbegun
        || asked.view.comprehensions == Comprehensions::SeveralLines
    {
        return Err(Reason::Ambiguous);
    }
    let vague = events.iter().any(|event| match &event.kind {
        EventKind::Raise { exception } => !exception.exact || has_surrogate(&exception.message),
        EventKind::Return { value } | EventKind::Yield { value } => unreadable(value),
        _ => false,
    });
    let changes = events.iter().flat_map(|event| &event.changes);
    let values = changes.filter_map(|change| change.value.as_ref());
    // A string with half a surrogate pair is a literal to Python, but no text that could be judged.
    if vague || values.into_iter().any(unreadable) {
        return Err(Reason::ValueNotLiteral);
    }
    let text = TraceText::of(events);
    let answer = text.to_string();
    // A carriage return in a message could not be told from the end of a line.
    let read = TraceText::parse(&answer).unwrap_or_default();
    let same = read.events.len() == text.events.len()
        && read
            .events
            .iter()
            .zip(&text.events)
            .all(|(a, b)| a.same_as(b));
    // Nor could white space at the end of the last one be told from what ends an answer.
    let answer = answer.trim_end_matches('\n');
    if !same || answer.contains('\r') || answer.ends_with(char::is_whitespace) {
        return Err(Reason::Ambiguous);
    }
    Ok(vec![Draft {
        kind: SampleKind::Trace,
        question: Question::default(),
        ask: format!("{}\n\n{}", prompt::lines(&asked.view), grammar()),
        answer: answer.to_owned(),
        other_answers: Vec::new(),
        answer_type: AnswerType::Trace,
        tell_until: None,
        trivial: Vec::new(),
        many_inputs: None,
    }])
}

/// True if a value in the text could not be parsed back from it.
fn unreadable(value: &Value) -> bool {
    value.exact && !value.truncated && reading::literal(&value.text).is_err()
}
