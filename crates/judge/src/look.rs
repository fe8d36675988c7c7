//! The first look at a response: a verdict, or what has to be done for one.

use crate::answer::{Extraction, is_unsettled};
use crate::item::Item;
use crate::judge::{Exam, Job, Judge, Judgement, Script, Status, Verdict};
use crate::message::{Message, Stop};

/// Result of the first look at a response.
#[derive(Debug, Clone, PartialEq)]
pub enum Look {
    /// The verdict, where text decides.
    Decided(Verdict),
    /// An expression has to be evaluated after the item's program.
    Execute {
        /// Text of the answer.
        answer: String,
        /// The expression to be evaluated.
        expression: String,
        /// The answer as it was understood.
        parsed: String,
    },
    /// Tests have to be run on the answer, which is a program.
    Examine(String, Box<Exam>),
    /// Scripts have to be run for the answer.
    Perform(String, Vec<Script>),
    /// Another model has to be asked about the answer.
    Ask(String, Vec<Message>),
}

/// Looks at a response that ended for this reason.
#[must_use]
pub fn look(
    judge: &dyn Judge,
    item: &Item,
    response: &str,
    stop: Stop,
    extraction: Extraction,
) -> Look {
    if stop == Stop::Refusal {
        return Look::Decided(Verdict::none(Status::Refused, "declined"));
    }
    let truncated = stop == Stop::Length;
    let Some(found) = judge.find(item, response, extraction) else {
        let (status, reason) = if truncated {
            (Status::Truncated, "no_answer")
        } else {
            (Status::Unparsable, "empty")
        };
        return Look::Decided(Verdict::none(status, reason));
    };
    // Of a response that was cut, only an answer that was closed is one: `[1, 2` may have been
    // going to be anything.
    let reason = match found.closed {
        false => Some("answer_not_closed"),
        // A cut thought whose opening tag stood in the prompt may name an answer that it goes on to weigh.
        true => (extraction == Extraction::Marked && truncated && is_unsettled(response))
            .then_some("answer_not_settled"),
    };
    if let Some(reason) = reason.filter(|_| truncated) {
        let mut verdict = Verdict::none(Status::Truncated, reason);
        verdict.answer = Some(found.text.into_owned());
        return Look::Decided(verdict);
    }
    let answer = found.text.into_owned();
    match judge.judge(item, &answer) {
        Judgement::Decided(mut verdict) => {
            verdict.answer = Some(answer);
            Look::Decided(verdict)
        }
        Judgement::Execute { expression, parsed } => Look::Execute {
            answer,
            expression,
            parsed,
        },
        Judgement::Examine(exam) => Look::Examine(answer, exam),
        Judgement::Perform(scripts) => Look::Perform(answer, scripts),
        Judgement::Ask(messages) => Look::Ask(answer, messages),
    }
}

/// The job that evaluates expressions after an item's program; `None` if the item has none.
#[must_use]
pub fn job_of(item: &Item, expressions: Vec<String>) -> Option<Job> {
    let execution = item.execution.as_ref()?;
    Some(Job {
        language: execution.language,
        program: execution.program.clone(),
        setup: execution.setup.clone(),
        expressions,
    })
}
