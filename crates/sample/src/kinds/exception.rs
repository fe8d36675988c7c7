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
    // A class's own `__str__` is never called while tracing, and a message over several lines has no
    // place in a one-line answer.
    if asked.program.text.contains("__str__") || exception.message.contains(['\n', '\r']) {
        return Err(Reason::Ambiguous);
    }
    let answer = exception_text(exception);
    Ok(vec![Draft {
        kind: SampleKind::Exception,
        question: Question::default(),
        ask: "An exception leaves the expression. Which one? Answer as the last line of a traceback shows \
              it, without the module's name: `Type: message`, or `Type` alone where there is no message."
            .to_owned(),
        answer,
        answer_type: AnswerType::Exception,
        tell_until: None,
        trivial: Vec::new(),
        many_inputs: None,
    }])
}
