//! `next_line`: which line runs next, after a line has run for the K-th time?
//!
//! Interesting at branches, at the ends of loops and at returns; trivial where the next line is simply the
//! one below (`straight_on`). Preferred are steps to another line than the one below, and later executions.

use tracestone_record::{AnswerType, Line, Question, Reason, SampleKind, words};

use crate::maker::{Asked, Draft, Drafts, TRIVIAL_RANK};
use crate::prompt;
use crate::view::{Next, Step};

pub(crate) fn drafts(asked: &Asked<'_>) -> Drafts {
    let view = &asked.view;
    let known = |step: &&Step| step.next != Next::Unknown;
    let candidates: Vec<Step> = view.plain_steps().filter(known).copied().collect();
    if candidates.is_empty() {
        return Err(Reason::NoRunToAskAbout);
    }
    let count = asked.settings.per_run.next_line;
    let rank = |step: &Step| {
        let following = matches!(step.next, Next::Line(line) if Some(line) == below(asked, step));
        let straight_on = is_straight_on(asked, step);
        TRIVIAL_RANK * u32::from(straight_on)
            + 2 * u32::from(following || straight_on)
            + u32::from(step.occurrence == 1)
    };
    let chosen = asked.choose(SampleKind::NextLine, candidates, count, rank, |step| {
        step.line
    });
    Ok(chosen.iter().map(|step| draft(asked, step)).collect())
}

/// The line of code below a step.
fn below(asked: &Asked<'_>, step: &Step) -> Option<Line> {
    let view = &asked.view;
    (step.line.index() + 1..view.source.len())
        .map(Line::from_index)
        .find(|line| !view.text(*line).is_empty() && !view.text(*line).starts_with('#'))
}

/// True if the step leads to the following line without a decision.
fn is_straight_on(asked: &Asked<'_>, step: &Step) -> bool {
    let view = &asked.view;
    !view.branches.contains_key(&step.line)
        && matches!(step.next, Next::Line(line) if Some(line) == below(asked, step))
        || (step.next == Next::Return && view.text(step.line).starts_with("return"))
}

fn draft(asked: &Asked<'_>, step: &Step) -> Draft {
    let place = prompt::line(&asked.view, step.line);
    let answer = match step.next {
        Next::Line(line) => line.to_string(),
        Next::Return => "return".to_owned(),
        Next::Raise | Next::Unknown => "raise".to_owned(),
    };
    let ask = format!(
        "{}\n\nWhich line does the same function call run next, after {place} has run for the {} time? Lines \
         of other functions that run in between do not count. Answer with the line's number, with `return` if \
         the call returns without running another line, or with `raise` if an exception leaves it.",
        prompt::lines(&asked.view),
        words::ordinal(step.occurrence)
    );
    Draft {
        kind: SampleKind::NextLine,
        question: Question {
            line: Some(step.line),
            occurrence: Some(step.occurrence),
            ..Question::default()
        },
        ask,
        answer,
        other_answers: Vec::new(),
        answer_type: AnswerType::Line,
        tell_until: step.after,
        trivial: if is_straight_on(asked, step) {
            vec!["straight_on"]
        } else {
            Vec::new()
        },
        many_inputs: None,
    }
}
