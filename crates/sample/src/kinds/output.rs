//! `output`: what does the call return, or print if it returns nothing?
//!
//! The whole run has to be followed to its end. Trivial where the answer stands in the program or the
//! call (`answer_in_prompt`), or where the call prints and returns nothing at all.

use tracestone_record::{
    AnswerType, Literal, LiteralLimits, Outcome, Question, Reason, SampleKind, Stream,
};

use crate::maker::{Asked, Draft, Drafts, returned};

pub(crate) fn drafts(asked: &Asked<'_>) -> Drafts {
    let run = asked.run;
    if let Outcome::Raised { .. } = run.outcome {
        return Err(Reason::NoRunToAskAbout);
    }
    let value = returned(run)?;
    if value.text == "None" && !run.stdout.is_empty() {
        return printed(asked);
    }
    if leaks(asked, &value.text) {
        return Err(Reason::AnswerLeaks);
    }
    // A round trip through our own literal type: what cannot be read back could not be judged.
    Literal::parse(&value.text, LiteralLimits::default()).map_err(|_| Reason::ValueNotLiteral)?;
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
        ask: format!("What is the value of the expression? Answer with a Python literal.{order}"),
        answer: value.text.clone(),
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
        answer_type: AnswerType::Literal,
        tell_until: None,
        trivial: Vec::new(),
        many_inputs: None,
    }])
}

/// Whether a docstring or comment that was not recognised as an example states this very result: a line
/// outside of code that holds both the arguments and the answer.
pub(super) fn leaks(asked: &Asked<'_>, answer: &str) -> bool {
    let Some(arguments) = &asked.call.arguments else {
        return false;
    };
    let arguments = arguments.text.trim();
    if arguments.is_empty() || answer.len() < 2 {
        return false;
    }
    let program = asked.program;
    let docstrings = program
        .definitions
        .iter()
        .filter_map(|definition| definition.docstring);
    let comments = program.comments.iter().map(|comment| comment.lines);
    docstrings.chain(comments).any(|range| {
        let first = range.first.index();
        let lines = asked
            .view
            .source
            .get(first..=range.last.index())
            .unwrap_or_default();
        lines
            .iter()
            .any(|line| line.contains(arguments) && line.contains(answer))
    })
}
