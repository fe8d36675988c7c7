//! `output`: the value that the call returns, or its output if it returns nothing.
//!
//! The whole run has to be followed to its end. Trivial if the answer occurs in the program or the call
//! (`answer_in_prompt`), or if the call prints and returns nothing at all.

use tracestone_record::{
    AnswerType, Arguments, Literal, Outcome, Program, Question, Reason, SampleKind, Stream,
};

use crate::maker::{Asked, Draft, Drafts, returned};
use crate::{prompt, reading};

pub(crate) fn drafts(asked: &Asked<'_>) -> Drafts {
    let run = asked.run;
    if let Outcome::Raised { .. } = run.outcome {
        return Err(Reason::NoRunToAskAbout);
    }
    let value = returned(run)?;
    if value.text == "None" && !run.stdout.is_empty() {
        return printed(asked);
    }
    let arguments = asked.call.arguments.as_ref();
    if arguments.is_some_and(|arguments| leaks(asked.program, arguments, &value.text)) {
        return Err(Reason::AnswerLeaks);
    }
    // What cannot be read back could not be judged.
    reading::literal(&value.text).map_err(|_| Reason::ValueNotLiteral)?;
    let mut trivial = Vec::new();
    if value.text == "None" {
        trivial.push("returns_none");
    }
    let order = if value.unordered {
        " The order in which you write a set's elements does not matter."
    } else {
        ""
    };
    Ok(vec![Draft {
        kind: SampleKind::Output,
        question: Question {
            stream: Some(Stream::Returned),
            ..Question::default()
        },
        ask: format!(
            "What is the value of the expression? {}{order}",
            prompt::LITERAL
        ),
        answer: value.text.clone(),
        other_answers: Vec::new(),
        answer_type: AnswerType::Literal,
        tell_until: None,
        trivial,
        many_inputs: None,
    }])
}

fn printed(asked: &Asked<'_>) -> Drafts {
    if asked.run.stdout_truncated {
        return Err(Reason::ValueTooLarge);
    }
    let answer = Literal::Str(asked.run.stdout.clone()).python_repr();
    Ok(vec![Draft {
        kind: SampleKind::Output,
        question: Question {
            stream: Some(Stream::Stdout),
            ..Question::default()
        },
        ask: "What does evaluating the expression print? Answer with one Python string literal that holds \
              everything printed, line ends included."
            .to_owned(),
        answer,
        other_answers: Vec::new(),
        answer_type: AnswerType::Literal,
        tell_until: None,
        trivial: Vec::new(),
        many_inputs: None,
    }])
}

/// True if a docstring or comment that was not recognised as an example states this very result: a line
/// outside of code that contains both the arguments and the answer.
pub(super) fn leaks(program: &Program, arguments: &Arguments, answer: &str) -> bool {
    let arguments = arguments.text.trim();
    if arguments.is_empty() || answer.len() < 2 {
        return false;
    }
    let docstrings = program
        .definitions
        .iter()
        .filter_map(|definition| definition.docstring);
    let comments = program.comments.iter().map(|comment| comment.lines);
    let source: Vec<&str> = program.text.lines().collect();
    docstrings.chain(comments).any(|range| {
        let lines = source.get(range.first.index()..=range.last.index());
        lines
            .unwrap_or_default()
            .iter()
            .any(|line| line.contains(arguments) && line.contains(answer))
    })
}
