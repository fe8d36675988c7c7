//! First and last sentences of a rationale: the question, and the answer's derivation from the steps. An
//! answer that no step shows is said to be shown by none.

use tracestone_record::{AnswerType, EventKind, Literal, Outcome, SampleKind, Stream, Value};

use crate::maker::{Asked, Draft};
use crate::reading;
use crate::trace_text::exception_text;

/// Maximal distance from the end of a step that shows the answer.
const NEAR: usize = 12;

/// The steps with what leads to them and what follows from them.
pub(crate) fn framed(asked: &Asked<'_>, draft: &Draft, steps: String) -> String {
    let mut told = steps;
    if draft.kind == SampleKind::Input {
        let output = draft.question.output.as_deref().unwrap_or_default();
        told.insert_str(
            0,
            &format!(
                "The call has to have the value `{output}`. This is a run that has it, told from its end to its \
                 beginning:\n"
            ),
        );
    }
    if draft.kind == SampleKind::Reach
        && let Some(line) = draft.question.line
    {
        told.insert_str(
            0,
            &format!(
                "Line {line} has to run. This is a run in which it does, told from its end to its beginning:\n"
            ),
        );
    }
    if let Some(sentence) = missing_step(asked, draft) {
        told.push('\n');
        told.push_str(&sentence);
    }
    told.push_str("\nSo the answer is ");
    told.push_str(&match draft.answer_type {
        AnswerType::Trace => "the list of these events.".to_owned(),
        AnswerType::Count => format!("{}, the number of times this line ran.", draft.answer),
        _ => format!("`{}`.", draft.answer),
    });
    told
}

/// A sentence for what leads from the steps to the answer where no step does.
fn missing_step(asked: &Asked<'_>, draft: &Draft) -> Option<String> {
    match draft.kind {
        SampleKind::Output if draft.question.stream == Some(Stream::Stdout) => Some(
            "What is printed on the way does not show in these steps; put together, it is the answer."
                .to_owned(),
        ),
        SampleKind::Output => unseen_value(asked, &draft.answer),
        SampleKind::Input => match &asked.run.outcome {
            Outcome::Returned { value } if !is_shown(asked, &value.text) => Some(format!(
                "What is made of these steps outside of the program's lines has the value {}.",
                value.text
            )),
            _ => None,
        },
        SampleKind::Exception => {
            let left = asked.view.events.iter().any(|event| {
                matches!(&event.kind, EventKind::Raise { exception }
                    if exception_text(exception) == draft.answer)
            });
            (!left).then(|| {
                format!(
                    "No line of the program raises the exception; `{}` does, with what these steps gave it.",
                    asked.call.call
                )
            })
        }
        SampleKind::Count => {
            let line = draft.question.line?;
            let times = match draft.answer.as_str() {
                "0" => return Some(format!("In all, line {line} never ran.")),
                "1" => "once".to_owned(),
                number => format!("{number} times"),
            };
            Some(format!("In all, line {line} ran {times}."))
        }
        SampleKind::Calls => Some(format!(
            "In all, {} calls started.",
            asked.view.events.iter().filter(|event| is_named(&event.kind)).count()
        )),
        _ => None,
    }
}

/// True if a function with a name of its own starts.
fn is_named(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Call { function, .. }
        if !function.rsplit('.').next().unwrap_or(function).starts_with('<'))
}

fn unseen_value(asked: &Asked<'_>, answer: &str) -> Option<String> {
    if is_shown(asked, answer) {
        return None;
    }
    let call = &asked.call.call;
    if let Some(frame) = collected(asked, answer) {
        return Some(format!(
            "`{call}` collects what frame {frame} yields, in this order."
        ));
    }
    Some(format!(
        "None of these steps shows the value of `{call}`: it is made of what they gave, outside of the program's \
         lines."
    ))
}

/// True if one of the last steps yields or returns the value.
fn is_shown(asked: &Asked<'_>, answer: &str) -> bool {
    let last = asked.view.events.iter().rev().take(NEAR);
    let mut values = last.filter_map(|event| match &event.kind {
        EventKind::Return { value } | EventKind::Yield { value } => Some(value),
        _ => None,
    });
    values.any(|value| value.exact && value.text == answer)
}

/// The frame that yields exactly the elements of a list or tuple, in order.
fn collected(asked: &Asked<'_>, answer: &str) -> Option<u32> {
    let (Literal::List(elements) | Literal::Tuple(elements)) = reading::literal(answer).ok()?
    else {
        return None;
    };
    let frame = asked.view.events.first()?.frame;
    let yields: Vec<&Value> = asked
        .view
        .events
        .iter()
        .filter(|event| event.frame == frame)
        .filter_map(|event| match &event.kind {
            EventKind::Yield { value } => Some(value),
            _ => None,
        })
        .collect();
    let same = yields.len() == elements.len()
        && yields
            .iter()
            .zip(&elements)
            .all(|(value, element)| reading::literal(&value.text).is_ok_and(|v| v == *element));
    (same && !elements.is_empty()).then_some(frame)
}
