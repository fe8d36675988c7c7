//! `input`: arguments that give a stated result.
//!
//! The program has to be followed backwards. Any arguments that give the result are right, so the answer is
//! judged by running it. Calls with the same result are one question: `many_inputs` says whether there are
//! several, and its further answers are in `other_answers`.

use tracestone_record::{
    AnswerType, Arguments, Call, CallId, Question, Reason, Run, SampleKind, Value,
};

use crate::kinds::output::leaks;
use crate::maker::{Asked, Draft, Drafts, returned};
use crate::{SameResults, reading};

pub(crate) fn drafts(asked: &Asked<'_>) -> Drafts {
    // A judge has the program's text alone, which is not what runs.
    if asked.program.package.is_some() {
        return Err(Reason::NoRunToAskAbout);
    }
    let wanted = wanted(asked.call, asked.run)?;
    if leaks(asked.program, wanted.arguments, &wanted.value.text) {
        return Err(Reason::AnswerLeaks);
    }
    let right = right_answers(asked, &wanted);
    // Calls with the same result give one question; the first of them asks it.
    if right.first().is_none_or(|first| first.id != asked.call.id) {
        return Err(Reason::DuplicateSample);
    }
    let Wanted { arguments, value } = wanted;
    let mut trivial = Vec::new();
    if value.text == "None" {
        trivial.push("returns_none");
    }
    if arguments.text.contains(&value.text) && value.text.len() > 3 {
        trivial.push("result_in_arguments");
    }
    if is_constant(asked, &value.text) {
        trivial.push("constant_result");
    }
    let mut other_answers: Vec<String> = Vec::new();
    for answer in &right[1..] {
        if *answer.text != arguments.text && !other_answers.contains(answer.text) {
            other_answers.push(answer.text.clone());
        }
    }
    let many = !other_answers.is_empty();
    match asked.settings.same_results {
        SameResults::All => other_answers.truncate(MAX_OTHERS),
        SameResults::One => other_answers.clear(),
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
            "Find arguments for which the call `{callee}(...)` has this value, of the same type:\n\n\
             ```python\n{}\n```\n\n\
             Answer with the argument list alone, as it would stand between the parentheses, made of \
             Python literals. Any arguments that give this value are right.",
            value.text
        ),
        answer: arguments.text.clone(),
        other_answers,
        answer_type: AnswerType::Arguments,
        tell_until: None,
        trivial,
        many_inputs: Some(many),
    }])
}

/// More right answers are not listed.
pub(super) const MAX_OTHERS: usize = 16;

/// The question about a run's input.
struct Wanted<'a> {
    arguments: &'a Arguments,
    value: &'a Value,
}

/// The question about a run's input, or the reason that none is asked.
fn wanted<'a>(call: &'a Call, run: &'a Run) -> Result<Wanted<'a>, Reason> {
    let Ok(value) = returned(run) else {
        return Err(Reason::NoRunToAskAbout);
    };
    let plain = call.arguments.as_ref().filter(|arguments| {
        arguments.literal && !arguments.text.trim().is_empty() && call.setup.is_empty()
    });
    let Some(arguments) = plain else {
        return Err(Reason::NoRunToAskAbout);
    };
    reading::literal(&value.text).map_err(|_| Reason::ValueNotLiteral)?;
    Ok(Wanted { arguments, value })
}

/// A right answer and the call that has it.
struct Right<'a> {
    id: CallId,
    text: &'a String,
}

/// The arguments of all runs with the same callee and result, best first: mined ones before made ones,
/// short ones before long ones.
fn right_answers<'a>(asked: &Asked<'a>, same: &Wanted<'_>) -> Vec<Right<'a>> {
    let entered = |run: &Run| {
        let steps = run.trace.as_ref().map(tracestone_record::Trace::steps);
        steps.is_some_and(|steps| steps > 0)
    };
    let mut right: Vec<_> = asked
        .others
        .iter()
        .filter_map(|(call, run)| Some((*call, *run, wanted(call, run).ok()?)))
        .filter(|(_, run, other)| {
            other.arguments.callee == same.arguments.callee
                && other.value.text == same.value.text
                && entered(run)
                && other.arguments.text.len() <= asked.settings.max_answer_bytes
                && !leaks(asked.program, other.arguments, &other.value.text)
        })
        .map(|(call, _, other)| (call, &other.arguments.text))
        .collect();
    right.sort_by_key(|(call, text)| (call.origin.kind.is_made(), text.len(), call.id));
    right
        .into_iter()
        .map(|(call, text)| Right { id: call.id, text })
        .collect()
}

/// True if there are several runs with other arguments and all have this result.
fn is_constant(asked: &Asked<'_>, result: &str) -> bool {
    let arguments = asked.call.arguments.as_ref();
    let results: Vec<_> = asked
        .others
        .iter()
        .filter_map(|(call, run)| {
            let (own, other) = (arguments?, call.arguments.as_ref()?);
            let comparable = other.callee == own.callee && other.text != own.text;
            comparable.then(|| returned(run).ok()).flatten()
        })
        .collect();
    results.len() > 1 && results.iter().all(|other| other.text == result)
}
