//! `reach`: arguments for which a line runs.
//!
//! The conditions on the way to the line have to be met by choice of the arguments. Any arguments for which the
//! line runs are right, so the answer is judged by running it. Asked about lines that some runs of a function reach
//! and others do not, the rarest first.

use std::collections::BTreeSet;

use tracestone_record::{AnswerType, Arguments, Call, Line, Question, Reason, SampleKind};

use crate::kinds::input::MAX_OTHERS;
use crate::maker::{Asked, Draft, Drafts};
use crate::{SameResults, prompt};

pub(crate) fn drafts(asked: &Asked<'_>) -> Drafts {
    // A judge has the program's text alone, which is not what runs.
    if asked.program.package.is_some() {
        return Err(Reason::NoRunToAskAbout);
    }
    let Some(arguments) = plain_arguments(asked.call) else {
        return Err(Reason::NoRunToAskAbout);
    };
    let runs: Vec<(&Call, &Arguments, &BTreeSet<Line>)> = asked
        .others
        .iter()
        .zip(asked.reached)
        .filter_map(|((call, _), lines)| Some((*call, plain_arguments(call)?, lines)))
        .filter(|(_, other, lines)| other.callee == arguments.callee && !lines.is_empty())
        .collect();
    let own = runs.iter().find(|(call, ..)| call.id == asked.call.id);
    let Some((.., own)) = own else {
        return Err(Reason::NoRunToAskAbout);
    };
    let inner = asked.view.inner_lines();
    let mut candidates = Vec::new();
    for line in own.iter().filter(|line| !inner.contains(line)) {
        let mut right: Vec<_> = runs.iter().filter(|run| run.2.contains(line)).collect();
        if right.len() == runs.len() {
            continue;
        }
        right.sort_by_key(|(call, other, _)| {
            (call.origin.kind.is_made(), other.text.len(), call.id)
        });
        // Calls that reach the line are one question; the first of them asks it.
        if right[0].0.id == asked.call.id {
            let texts: Vec<&str> = right
                .iter()
                .map(|(_, other, _)| other.text.as_str())
                .collect();
            candidates.push((*line, texts));
        }
    }
    if candidates.is_empty() {
        return Err(Reason::Trivial);
    }
    let chosen = asked.choose(
        SampleKind::Reach,
        candidates,
        1,
        |(_, right)| crate::facts::number(right.len()),
        |(line, _)| *line,
    );
    let drafts = chosen
        .iter()
        .map(|(line, right)| draft(asked, arguments, *line, right));
    Ok(drafts.collect())
}

/// The arguments of a call that an answer can state.
fn plain_arguments(call: &Call) -> Option<&Arguments> {
    call.arguments.as_ref().filter(|arguments| {
        arguments.literal && !arguments.text.trim().is_empty() && call.setup.is_empty()
    })
}

fn draft(asked: &Asked<'_>, arguments: &Arguments, line: Line, right: &[&str]) -> Draft {
    let mut other_answers: Vec<String> = Vec::new();
    for text in &right[1..] {
        if *text != arguments.text && !other_answers.iter().any(|other| other == text) {
            other_answers.push((*text).to_owned());
        }
    }
    let many = !other_answers.is_empty();
    match asked.settings.same_results {
        SameResults::All => other_answers.truncate(MAX_OTHERS),
        SameResults::One => other_answers.clear(),
    }
    let callee = &arguments.callee;
    Draft {
        kind: SampleKind::Reach,
        question: Question {
            line: Some(line),
            callee: Some(callee.clone()),
            ..Question::default()
        },
        ask: format!(
            "{}\n\nFind arguments for which {} runs at least once while the call `{callee}(...)` is evaluated; it \
             does not matter what the call returns or raises. Answer with the argument list alone, as it would stand \
             between the parentheses, made of Python literals. Any arguments for which the line runs are right.",
            prompt::lines(&asked.view),
            prompt::line(&asked.view, line),
        ),
        answer: arguments.text.clone(),
        other_answers,
        answer_type: AnswerType::Arguments,
        tell_until: None,
        trivial: Vec::new(),
        many_inputs: Some(many),
    }
}
