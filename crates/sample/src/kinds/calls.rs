//! `calls`: which functions of the program are called, in order?
//!
//! Every decision on the way to a call has to be followed, over functions. Not asked where the expression calls
//! one function and that calls no other.

use tracestone_record::{AnswerType, EventKind, Literal, Question, Reason, SampleKind};

use crate::maker::{Asked, Draft, Drafts};

pub(crate) fn drafts(asked: &Asked<'_>) -> Drafts {
    let names: Vec<&str> = asked
        .view
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Call { function, .. } => bare_name(function),
            _ => None,
        })
        .collect();
    if names.len() < 2 {
        return Err(Reason::Trivial);
    }
    if asked.view.ends_unbegun {
        return Err(Reason::Ambiguous);
    }
    if names.len() > asked.settings.max_path {
        return Err(Reason::ValueTooLarge);
    }
    let list = names.iter().map(|name| Literal::Str((*name).to_owned()));
    Ok(vec![Draft {
        kind: SampleKind::Calls,
        question: Question::default(),
        ask: ASK.to_owned(),
        answer: Literal::List(list.collect()).python_repr(),
        other_answers: Vec::new(),
        answer_type: AnswerType::Literal,
        tell_until: None,
        trivial: Vec::new(),
        many_inputs: None,
    }])
}

const ASK: &str = "Which functions of the program are called while the expression is evaluated, in the order in \
which the calls start? Answer with a Python list of their names as strings, such as `['main', 'step', 'step']`: a \
function that is called several times is listed each time. Methods count, by their bare names (`__init__` too), and \
so do functions defined inside others and `class` statements that run; lambdas, comprehensions and generator \
expressions do not. \
The call of a generator function or coroutine starts when its first line is about to run.";

/// The name of a function without what it is defined in; nothing for a lambda or comprehension.
fn bare_name(qualified: &str) -> Option<&str> {
    let name = qualified.rsplit('.').next().unwrap_or(qualified);
    (!name.starts_with('<')).then_some(name)
}
