//! `trace`: what happens, event by event?
//!
//! Everything at once: path, values, calls and results, in a text that can be read back.

use tracestone_record::{AnswerType, EventKind, Question, Reason, SampleKind};

use crate::maker::{Asked, Draft, Drafts};
use crate::prompt;
use crate::trace_text::{GRAMMAR, TraceText};
use crate::view::Comprehensions;

pub(crate) fn drafts(asked: &Asked<'_>) -> Drafts {
    let events = asked.view.events;
    if events.len() > asked.settings.max_trace_events {
        return Err(Reason::ValueTooLarge);
    }
    if asked.view.closes_generator || asked.view.comprehensions == Comprehensions::SeveralLines {
        return Err(Reason::Ambiguous);
    }
    let vague = events.iter().any(|event| match &event.kind {
        EventKind::Raise { exception } => !exception.exact,
        _ => false,
    });
    if vague {
        return Err(Reason::ValueNotLiteral);
    }
    let text = TraceText::of(events);
    let answer = text.to_string();
    // A value with a line break inside could not be told from the next line of the text.
    if TraceText::parse(&answer) != Ok(text) {
        return Err(Reason::Ambiguous);
    }
    Ok(vec![Draft {
        kind: SampleKind::Trace,
        question: Question::default(),
        ask: format!("{}\n\n{GRAMMAR}", prompt::lines(&asked.view)),
        answer: answer.trim_end().to_owned(),
        answer_type: AnswerType::Trace,
        tell_until: None,
        trivial: Vec::new(),
        many_inputs: None,
    }])
}
