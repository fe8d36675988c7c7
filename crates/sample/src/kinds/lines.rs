//! `path`, `coverage` and `count`: which lines run, in order, at all, and how often?
//!
//! All three need the decisions of every branch and the length of every loop. Trivial where nothing
//! branches (`no_branch`) or a line runs once (`runs_once`). `count` prefers lines that run several times, and then such as stand in a
//! branch that is not taken.

use tracestone_record::{AnswerType, Line, Question, Reason, SampleKind};

use crate::maker::{Asked, Draft, Drafts, TRIVIAL_RANK};
use crate::view::Comprehensions;
use crate::{prompt, slice};

/// The executed lines in order.
pub(crate) fn path(asked: &Asked<'_>) -> Drafts {
    if asked.view.steps.len() > asked.settings.max_path {
        return Err(Reason::ValueTooLarge);
    }
    refuse_single_line(asked)?;
    if asked.view.comprehensions == Comprehensions::SeveralLines {
        return Err(Reason::Ambiguous);
    }
    let lines: Vec<_> = asked.view.steps.iter().map(|step| step.line).collect();
    let ask = "Which lines run, in the order in which they run, a line that runs several times written \
               several times? Answer with a list of line numbers in square brackets, such as `[2, 3, 3]`.";
    Ok(vec![draft(asked, SampleKind::Path, &lines, ask)])
}

/// The set of executed lines.
pub(crate) fn coverage(asked: &Asked<'_>) -> Drafts {
    refuse_single_line(asked)?;
    let lines: Vec<_> = asked.view.counts.keys().copied().collect();
    let ask = "Which lines run at least once? Answer with a list of line numbers in square brackets, in \
               ascending order, each once, such as `[2, 3]`.";
    Ok(vec![draft(asked, SampleKind::Coverage, &lines, ask)])
}

/// Questions about the number of executions of a line.
pub(crate) fn count(asked: &Asked<'_>) -> Drafts {
    refuse_single_line(asked)?;
    let inner = asked.view.inner_lines();
    let mut counts: Vec<(Line, u32)> = asked
        .view
        .counts
        .iter()
        .filter(|(line, _)| !inner.contains(line))
        .map(|(line, count)| (*line, *count))
        .collect();
    counts.extend(not_taken(asked).map(|line| (line, 0)));
    let wanted = asked.settings.per_run.count;
    let rank = |(_, count): &(Line, u32)| match count {
        0 => 1,
        1 => TRIVIAL_RANK,
        _ => 0,
    };
    let chosen = asked.choose(SampleKind::Count, counts, wanted, rank, |(line, _)| *line);
    Ok(chosen
        .into_iter()
        .map(|(line, count)| Draft {
            kind: SampleKind::Count,
            question: Question {
                line: Some(line),
                ..Question::default()
            },
            ask: format!(
                "{}\n\nHow often does {} run? Answer with a number.",
                prompt::lines(&asked.view),
                prompt::line(&asked.view, line)
            ),
            answer: count.to_string(),
            other_answers: Vec::new(),
            answer_type: AnswerType::Count,
            tell_until: None,
            trivial: if count == 1 {
                vec!["runs_once"]
            } else {
                Vec::new()
            },
            many_inputs: None,
        })
        .collect())
}

/// The first lines in branches and loops whose header ran while they did not.
fn not_taken<'v>(asked: &'v Asked<'_>) -> impl Iterator<Item = Line> + 'v {
    let view = &asked.view;
    let definitions = asked.program.definitions.iter();
    let statements = definitions
        .flat_map(|definition| &definition.statements)
        .copied();
    statements.filter(|line| {
        // A jump may be left out of the bytecode, so that such a line never shows.
        let text = view.text(*line);
        let shows =
            !["pass", "continue", "break"].contains(&text) && !text.starts_with(['"', '\'']);
        let header = slice::header(view, *line);
        shows
            && !view.counts.contains_key(line)
            && header.is_some_and(|header| view.counts.contains_key(&header))
    })
}

/// A run of one line leaves nothing to ask about lines.
fn refuse_single_line(asked: &Asked<'_>) -> Result<(), Reason> {
    if asked.view.counts.len() < 2 {
        Err(Reason::Trivial)
    } else {
        Ok(())
    }
}

fn draft(asked: &Asked<'_>, kind: SampleKind, lines: &[Line], ask: &str) -> Draft {
    let numbers: Vec<_> = lines.iter().map(Line::to_string).collect();
    let branches = |line: &Line| asked.view.branches.contains_key(line);
    Draft {
        kind,
        question: Question::default(),
        ask: format!("{}\n\n{ask}", prompt::lines(&asked.view)),
        answer: format!("[{}]", numbers.join(", ")),
        other_answers: Vec::new(),
        answer_type: AnswerType::Lines,
        tell_until: None,
        trivial: if lines.iter().any(branches) {
            Vec::new()
        } else {
            vec!["no_branch"]
        },
        many_inputs: None,
    }
}
