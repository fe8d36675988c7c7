//! `input`: which arguments give this result?
//!
//! The program has to be followed backwards. Any arguments that give the result are right, so the answer
//! is judged by running it; `many_inputs` says whether others are known to.

use tracestone_record::{AnswerType, Question, Reason, SampleKind};

use crate::kinds::output::leaks;
use crate::maker::{Asked, Draft, Drafts, returned};

pub(crate) fn drafts(asked: &Asked<'_>) -> Drafts {
    let Ok(value) = returned(asked.run) else {
        return Err(Reason::NoRunToAskAbout);
    };
    let plain = asked.call.arguments.as_ref().filter(|arguments| {
        arguments.literal && !arguments.text.trim().is_empty() && asked.call.setup.is_empty()
    });
    let Some(arguments) = plain else {
        return Err(Reason::NoRunToAskAbout);
    };
    if leaks(asked, &value.text) {
        return Err(Reason::AnswerLeaks);
    }
    let mut trivial = Vec::new();
    if value.text == "None" {
        trivial.push("returns_none");
    }
    if arguments.text.contains(&value.text) && value.text.len() > 3 {
        trivial.push("result_in_arguments");
    }
    let others: Vec<_> = asked
        .others
        .iter()
        .filter_map(|(call, run)| {
            let other = call.arguments.as_ref()?;
            let comparable = other.callee == arguments.callee && other.text != arguments.text;
            comparable.then(|| returned(run).ok()).flatten()
        })
        .collect();
    let many = others.iter().any(|other| other.text == value.text);
    if others.len() > 1 && others.iter().all(|other| other.text == value.text) {
        trivial.push("constant_result");
    }
    let callee = &arguments.callee;
    Ok(vec![Draft {
        kind: SampleKind::Input,
        question: Question {
            callee: Some(callee.clone()),
            output: Some(value.text.clone()),
            ..Question::default()
        },
        ask: format!(
            "Find arguments for which the call `{callee}(...)` has this value:\n\n```python\n{}\n```\n\n\
             Answer with the argument list alone, as it would stand between the parentheses, made of \
             Python literals. Any arguments that give this value are right.",
            value.text
        ),
        answer: arguments.text.clone(),
        answer_type: AnswerType::Arguments,
        tell_until: None,
        trivial,
        many_inputs: Some(many),
    }])
}
