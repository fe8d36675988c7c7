//! `verify` accepts every form that a prompt permits, and refuses answers with another content.

mod recorded;
#[path = "recorded/rewrite.rs"]
mod rewrite;

use proptest::prelude::*;
use recorded::{observation, page, sampled};
use rewrite::{Choices, changed, changed_trace, read, rewritten, rewritten_trace};
use tracestone_record::{Sample, SampleKind, Stream};
use tracestone_sample::{Settings, verify};

const PAGES: [&str; 4] = [
    include_str!("../../../tests/spec/trace-exceptions.md"),
    include_str!("../../../tests/spec/trace-functions.md"),
    include_str!("../../../tests/spec/trace-generators.md"),
    include_str!("../../../tests/spec/trace-objects.md"),
];

/// Another way to write the answer of a sample; `None` where there is only one.
fn permitted(sample: &Sample, choices: &mut Choices) -> Option<String> {
    let answer = sample.answer.as_str();
    Some(match sample.kind {
        SampleKind::Output | SampleKind::State | SampleKind::Calls => {
            rewritten(&read(answer), choices, false)
        }
        SampleKind::Path => rewritten(&read(answer), choices, false),
        SampleKind::Coverage => {
            let tracestone_record::Literal::List(lines) = read(answer) else {
                panic!("{answer}");
            };
            let lines = choices.shuffled(lines);
            rewritten(&tracestone_record::Literal::List(lines), choices, false)
        }
        SampleKind::Count => {
            format!(
                "{}{}",
                rewritten(&read(answer), choices, true),
                [".", " times", ""][choices.below(3)]
            )
        }
        SampleKind::NextLine if answer.starts_with('r') => answer.to_uppercase(),
        SampleKind::NextLine => format!("line {answer}"),
        SampleKind::Exception => format!("some.module.{answer} "),
        SampleKind::Trace => rewritten_trace(answer, choices),
        SampleKind::Input | SampleKind::Reach | SampleKind::Annotated => return None,
    })
}

/// An answer with another content.
fn refused(sample: &Sample, choices: &mut Choices) -> Option<String> {
    let answer = sample.answer.as_str();
    Some(match sample.kind {
        SampleKind::Output if sample.question.stream == Some(Stream::Stdout) => return None,
        SampleKind::Output | SampleKind::State | SampleKind::Count | SampleKind::Calls => {
            changed(&read(answer), choices).python_repr()
        }
        SampleKind::Path | SampleKind::Coverage => [
            answer.replacen('[', "[98, ", 1),
            answer.replace(']', ", 99]"),
            "[]".to_owned(),
        ][choices.below(3)]
        .clone(),
        SampleKind::NextLine => ["99", "returns", "0x63"][choices.below(3)].to_owned(),
        SampleKind::Exception => {
            [format!("{answer}!"), format!("Other{answer}")][choices.below(2)].clone()
        }
        // What inner calls return is not in this recording.
        SampleKind::Trace => {
            let (changed, line) = changed_trace(answer, choices);
            let is_value = line.contains(" = ") && !line.starts_with(' ');
            let kept = changed.lines().count() == answer.lines().count();
            return (!is_value || !kept).then_some(changed);
        }
        SampleKind::Input | SampleKind::Reach | SampleKind::Annotated => return None,
    })
}

fn samples() -> Vec<(Sample, verify::Observation)> {
    let runs = PAGES.iter().flat_map(|text| page(text));
    runs.flat_map(|recorded| {
        let runs = [(recorded.call.clone(), recorded.run.clone())];
        let rows = sampled(&recorded.program, &runs, &Settings::default()).rows;
        let seen = observation(&recorded.run);
        rows.into_iter()
            .map(move |row| (row.sample, seen.clone()))
            .collect::<Vec<_>>()
    })
    .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn permitted_answers_hold_and_others_do_not(seed: u64) {
        let mut choices = Choices::new(seed);
        for (mut sample, seen) in samples() {
            let gold = sample.answer.clone();
            prop_assert!(verify::holds(&sample, &seen).is_ok());
            if let Some(answer) = permitted(&sample, &mut choices) {
                sample.answer = answer;
                let held = verify::holds(&sample, &seen);
                prop_assert!(held.is_ok(), "{:?} {gold} as {}: {held:?}", sample.kind, sample.answer);
                sample.answer = gold.clone();
            }
            if let Some(answer) = refused(&sample, &mut choices) {
                sample.answer = answer;
                let held = verify::holds(&sample, &seen);
                prop_assert!(held.is_err(), "{:?} {gold} as {}", sample.kind, sample.answer);
            }
        }
    }
}
