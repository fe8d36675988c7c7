//! `state`: what is the value of a variable after a line has run for the K-th time?
//!
//! A line in a loop has many values, so the question names the execution. Trivial where the line assigns
//! a constant, or the variable has one value only. Preferred are values that a later execution of the line or an
//! alias gave, and such as are not 0, 1, `None`, a bool or empty.

use tracestone_record::{AnswerType, Question, Reason, SampleKind, Value, words};

use crate::maker::{Asked, Draft, Drafts, TRIVIAL_RANK};
use crate::view::Step;
use crate::{prompt, reading};

/// Values that a guess without reading the program often hits.
const PLAIN: [&str; 12] = [
    "0", "1", "0.0", "1.0", "None", "True", "False", "''", "[]", "()", "{}", "set()",
];

struct Candidate<'a> {
    step: Step,
    variable: &'a str,
    value: &'a Value,
    trivial: Vec<&'static str>,
    /// True if another variable is the same object, or the line that ran does not name this one.
    is_alias: bool,
}

impl Candidate<'_> {
    /// Small for telling questions.
    fn rank(&self) -> u32 {
        let plain = PLAIN.contains(&self.value.text.as_str());
        let first = self.step.occurrence == 1 && !self.is_alias;
        TRIVIAL_RANK * u32::from(!self.trivial.is_empty()) + 2 * u32::from(plain) + u32::from(first)
    }
}

pub(crate) fn drafts(asked: &Asked<'_>) -> Drafts {
    let distinct = asked.view.distinct_values();
    let mut candidates = Vec::new();
    for step in asked.view.plain_steps() {
        let frame = asked.view.events[step.event].frame;
        for (change, value) in asked.view.effects(step) {
            let variable = change.name.as_str();
            let mut trivial = Vec::new();
            if distinct.get(&(frame, variable)) == Some(&1) {
                trivial.push("assigned_once");
            }
            if asked.view.text(step.line) == format!("{variable} = {}", value.text) {
                trivial.push("assigned_constant");
            }
            candidates.push(Candidate {
                step: *step,
                variable,
                value,
                trivial,
                is_alias: change.same_as.is_some()
                    || !asked.view.text(step.line).contains(variable),
            });
        }
    }
    candidates.retain(|candidate| readable(candidate.value));
    if candidates.is_empty() {
        return Err(Reason::NoRunToAskAbout);
    }
    let count = asked.settings.per_run.state;
    let chosen = asked.choose(
        SampleKind::State,
        candidates,
        count,
        Candidate::rank,
        |candidate| (candidate.step.line, candidate.variable),
    );
    Ok(chosen
        .into_iter()
        .map(|candidate| draft(asked, &candidate))
        .collect())
}

fn readable(value: &Value) -> bool {
    reading::literal(&value.text).is_ok()
}

fn draft(asked: &Asked<'_>, candidate: &Candidate<'_>) -> Draft {
    let Candidate {
        step,
        variable,
        value,
        trivial,
        is_alias: _,
    } = candidate;
    let place = prompt::line(&asked.view, step.line);
    let ask = format!(
        "{}\n\n{}\n\nWhat is the value of `{variable}` after {place} has run for the {} time? {}",
        prompt::lines(&asked.view),
        prompt::after(&asked.view),
        words::ordinal(step.occurrence),
        prompt::LITERAL
    );
    Draft {
        kind: SampleKind::State,
        question: Question {
            line: Some(step.line),
            occurrence: Some(step.occurrence),
            variable: Some((*variable).to_owned()),
            ..Question::default()
        },
        ask,
        answer: value.text.clone(),
        other_answers: Vec::new(),
        answer_type: AnswerType::Literal,
        tell_until: step.after,
        trivial: trivial.clone(),
        many_inputs: None,
    }
}
