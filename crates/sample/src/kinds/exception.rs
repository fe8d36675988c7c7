//! `exception`: which exception does the call raise?
//!
//! The run has to be followed to the check that fails, and messages have to be put together.

use tracestone_record::{AnswerType, Outcome, Question, Reason, SampleKind};

use crate::maker::{Asked, Draft, Drafts};
use crate::trace_text::exception_text;

pub(crate) fn drafts(asked: &Asked<'_>) -> Drafts {
    let Outcome::Raised { exception } = &asked.run.outcome else {
        return Err(Reason::NoRunToAskAbout);
    };
    if !exception.exact {
        return Err(Reason::ValueNotLiteral);
    }
    // Half a surrogate pair is written as an escape, which is another message.
    if has_surrogate(&exception.message) {
        return Err(Reason::ValueNotLiteral);
    }
    // A class's own `__str__` is never called while tracing, and a message over several lines has no
    // place in a one-line answer.
    if asked.program.text.contains("__str__") || exception.message.contains(['\n', '\r']) {
        return Err(Reason::Ambiguous);
    }
    let answer = exception_text(exception);
    Ok(vec![Draft {
        kind: SampleKind::Exception,
        question: Question::default(),
        ask: "An exception leaves the expression. Which one? Answer as `Type: message`, where Type is the \
              name of its class without module, and message what `str()` gives for the exception; with \
              `Type` alone where that is empty."
            .to_owned(),
        answer,
        other_answers: Vec::new(),
        answer_type: AnswerType::Exception,
        tell_until: None,
        trivial: Vec::new(),
        many_inputs: None,
    }])
}

/// True if the text contains half a surrogate pair, which reports write as an escape such as `\ud83d`.
pub(super) fn has_surrogate(text: &str) -> bool {
    text.match_indices("\\ud").any(|(at, escape)| {
        let digits = &text.as_bytes()[at + escape.len()..];
        matches!(digits, [b'8'..=b'9' | b'a'..=b'f', second, third, ..]
            if second.is_ascii_hexdigit() && third.is_ascii_hexdigit())
    })
}
