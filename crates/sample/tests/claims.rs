//! No rationale claims what the trace does not hold: each sentence is read back and compared with the
//! events. The runs are those of `tests/spec/trace-*.md`, recorded by CPython, and a few made to be hard.

#[path = "claims/made.rs"]
mod made;
mod recorded;
#[path = "claims/sentences.rs"]
mod sentences;

use std::collections::BTreeMap;

use made::*;
use recorded::{Recorded, observation, page, read, sampled};
use sentences::*;
use tracestone_record::{Event, EventKind, Reason, Sample, SampleKind};
use tracestone_sample::{SameResults, Settings, verify};

const PAGES: [&str; 4] = [
    include_str!("../../../tests/spec/trace-exceptions.md"),
    include_str!("../../../tests/spec/trace-functions.md"),
    include_str!("../../../tests/spec/trace-generators.md"),
    include_str!("../../../tests/spec/trace-objects.md"),
];

fn all() -> Vec<Recorded> {
    let mut runs: Vec<_> = PAGES.iter().flat_map(|text| page(text)).collect();
    runs.extend([
        value_that_stops_being_a_literal(),
        deleted_in_a_loop(),
        calls_in_a_loop(),
        long_strings_in_a_loop(),
        late_in_another_frame(),
        started_before(),
        decisions(),
    ]);
    runs
}

#[test]
fn rationales_say_why_a_branch_was_taken_where_the_trace_proves_it() {
    let recorded = decisions();
    let runs = [(recorded.call.clone(), recorded.run.clone())];
    let rows = sampled(&recorded.program, &runs, &Settings::default()).rows;
    let path = rows
        .iter()
        .find(|row| row.sample.kind == SampleKind::Path)
        .expect("a path");
    let told: Vec<&str> = path.sample.rationale.lines().collect();
    let wanted = [
        "`f` starts (frame 0) with items = [5], low = 0.",
        "Line 2 (`for item in items:  # each`) runs: item is now 5.",
        "Line 3 (`if item.size(low) > low and low != \"a: b\":`) runs with item = 5, low = 0: the condition does not \
         hold, so line 5 is next.",
        // Some versions jump over a `continue`, so that what comes next proves nothing.
        "Line 5 (`elif low:`) runs with low = 0.",
        "Line 8 (`low = 9`) runs: low is now 9.",
        "Line 2 (`for item in items:  # each`) runs: no item is left, so line 10 is next.",
        "Line 10 (`if int(low):`) runs with low = 9.",
        "Line 12 (`except ValueError:`) runs.",
        "Line 13 (`pass`) runs.",
        "Line 14 (`while low:`) runs with low = 9: the condition holds, so line 15 is next.",
        "Line 15 (`low -= 1`) runs: low is now 0.",
        "Line 14 (`while low:`) runs with low = 0: the condition does not hold, so the call returns.",
        "Frame 0 returns None at line 14.",
    ];
    assert_eq!(told[..wanted.len()], wanted);
}

#[test]
fn a_generator_that_was_started_before_does_not_start() {
    let recorded = started_before();
    let runs = [(recorded.call.clone(), recorded.run.clone())];
    let rows = sampled(&recorded.program, &runs, &Settings::default()).rows;
    assert!(!rows.is_empty());
    for row in rows.iter().filter(|row| row.sample.kind.is_executed()) {
        let sample = &row.sample;
        assert!(!sample.rationale.contains("starts"), "{}", sample.rationale);
        assert_eq!((sample.facts.depth, sample.facts.calls), (1, 0));
        let opening =
            "Frame 0, which had been started before, goes on at line 4 with i = 0, n = 3.";
        assert!(
            sample.rationale.starts_with(opening),
            "{}",
            sample.rationale
        );
    }
    let trace = rows.iter().find(|row| row.sample.kind == SampleKind::Trace);
    let answer = trace.map(|row| row.sample.answer.as_str());
    assert!(answer.is_some_and(|answer| answer.starts_with("resume 0 4\n  i = 0\n  n = 3\n")));
}

#[test]
fn an_answer_that_no_step_shows_is_said_to_be_shown_by_none() {
    let text = "def drop(n, items):\n    return iter(items[n:])\n";
    let trace =
        "0:1 call drop  | n = 1; items = [1, 2]\n0:2 line\n0:2 return <list_iterator>\n=> [2]\n";
    let mut recorded = read(text, "list(drop(1, [1, 2]))", trace);
    recorded.call.arguments = None;
    let rows = sampled(
        &recorded.program,
        &[(recorded.call, recorded.run)],
        &Settings::default(),
    );
    let output = rows
        .rows
        .iter()
        .find(|row| row.sample.kind == SampleKind::Output)
        .expect("an output");
    let said = "None of these steps shows the value of `list(drop(1, [1, 2]))`";
    assert!(
        output.sample.rationale.contains(said),
        "{}",
        output.sample.rationale
    );
}

#[test]
fn calls_with_the_same_result_are_one_question() {
    let text = "def f(n):\n    m = n * n\n    return m\n";
    let mut runs = Vec::new();
    let mut program = None;
    for n in [-2, 2, -3, 3, 4] {
        let m = n * n;
        let trace = format!(
            "0:1 call f  | n = {n}\n0:2 line\n0:3 line  | m = {m}\n0:3 return {m}\n=> {m}\n"
        );
        let recorded = read(text, &format!("f({n})"), &trace);
        runs.push((recorded.call, recorded.run));
        program = Some(recorded.program);
    }
    let program = program.expect("runs");
    for same_results in [SameResults::All, SameResults::One] {
        let settings = Settings {
            same_results,
            ..Settings::default()
        };
        let made = sampled(&program, &runs, &settings);
        let inputs = made.rows.iter().map(|row| &row.sample);
        let inputs: Vec<_> = inputs.filter(|s| s.kind == SampleKind::Input).collect();
        let mut answers: Vec<_> = inputs
            .iter()
            .map(|sample| {
                (
                    sample.answer.as_str(),
                    sample.other_answers.join(" "),
                    sample.facts.many_inputs,
                )
            })
            .collect();
        answers.sort();
        let others = |text: &str| match same_results {
            SameResults::All => text.to_owned(),
            SameResults::One => String::new(),
        };
        assert_eq!(
            answers,
            [
                ("2", others("-2"), Some(true)),
                ("3", others("-3"), Some(true)),
                ("4", String::new(), Some(false)),
            ]
        );
        let prompts: std::collections::BTreeSet<_> =
            made.rows.iter().map(|row| &row.sample.prompt).collect();
        assert_eq!(prompts.len(), made.rows.len());
        let said = made
            .dropped
            .iter()
            .filter(|dropped| dropped.reason == Reason::DuplicateSample);
        assert_eq!(said.count(), 2);
    }
}

#[test]
fn a_trace_with_half_a_surrogate_pair_is_not_asked_for() {
    let text = "def f(n):\n    s = chr(n)\n    return len(s)\n";
    let trace =
        "0:1 call f  | n = 55357\n0:2 line\n0:3 line  | s = '\\ud83d'\n0:3 return 1\n=> 1\n";
    let mut recorded = read(text, "f(55357)", trace);
    for event in &mut recorded.run.trace.as_mut().expect("a trace").events {
        for change in &mut event.changes {
            // Python takes it for a literal, and so does the recorder.
            change.value.as_mut().expect("a value").exact = true;
        }
    }
    let made = sampled(
        &recorded.program,
        &[(recorded.call, recorded.run)],
        &Settings::default(),
    );
    assert!(
        made.rows
            .iter()
            .all(|row| row.sample.kind != SampleKind::Trace)
    );
    let reason = made
        .dropped
        .iter()
        .find(|dropped| dropped.detail.contains("trace"))
        .map(|dropped| dropped.reason);
    assert_eq!(reason, Some(Reason::ValueNotLiteral));
}

fn all_samples() -> Vec<(Recorded, Vec<Sample>)> {
    let settings = Settings {
        max_path: 1000,
        max_trace_events: 1000,
        ..Settings::default()
    };
    all()
        .into_iter()
        .map(|recorded| {
            let runs = [(recorded.call.clone(), recorded.run.clone())];
            let rows = sampled(&recorded.program, &runs, &settings).rows;
            (recorded, rows.into_iter().map(|row| row.sample).collect())
        })
        .collect()
}

#[test]
fn every_sentence_of_every_rationale_holds() {
    let mut wrong = Vec::new();
    for (recorded, samples) in all_samples() {
        let events = &recorded.run.trace.as_ref().expect("a trace").events;
        for sample in samples.iter().filter(|sample| sample.kind.is_executed()) {
            if let Err(message) = check(sample, events) {
                wrong.push(format!("{}: {message}", recorded.call.call));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} false claims:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_answer_holds_for_what_was_recorded() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (recorded, samples) in all_samples() {
        for sample in &samples {
            count += 1;
            if let Err(message) = verify::holds(sample, &observation(&recorded.run)) {
                wrong.push(format!(
                    "{} {:?} {}: {message}",
                    sample.call, sample.kind, sample.answer
                ));
            }
        }
    }
    assert!(count > 100, "{count} samples");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_wrong_answer_does_not_hold() {
    for (recorded, samples) in all_samples() {
        for mut sample in samples
            .into_iter()
            .filter(|sample| sample.kind.is_executed() && !sample.kind.asks_for_arguments())
        {
            sample.answer = match sample.kind {
                SampleKind::Path | SampleKind::Coverage => sample.answer.replace('[', "[9999, "),
                SampleKind::Trace => sample.answer.replacen(" 0 ", " 7 ", 1),
                SampleKind::Output | SampleKind::State | SampleKind::Calls => {
                    format!("[{}]", sample.answer)
                }
                _ => format!("{}9", sample.answer),
            };
            assert!(
                verify::holds(&sample, &observation(&recorded.run)).is_err(),
                "{:?} {}",
                sample.kind,
                sample.answer
            );
        }
    }
}

#[test]
fn prompts_hold_the_program_and_input_prompts_hide_the_call() {
    for (recorded, samples) in all_samples() {
        for sample in samples.iter().filter(|sample| sample.kind.is_executed()) {
            assert!(
                sample.prompt.contains(&recorded.program.text),
                "{:?}",
                sample.kind
            );
            if sample.kind.asks_for_arguments() && !recorded.program.text.contains(&sample.call) {
                assert!(!sample.prompt.contains(&sample.call), "{}", sample.prompt);
            }
        }
    }
}

#[test]
fn the_order_of_the_runs_does_not_matter() {
    let text = "def f(n):\n    i = 0\n    return n\n";
    let mut runs = Vec::new();
    let mut program = None;
    for n in 0..15 {
        let trace =
            format!("0:1 call f  | n = {n}\n0:2 line\n0:3 line  | i = 0\n0:3 return {n}\n=> {n}\n");
        let recorded = read(text, &format!("f({n})"), &trace);
        runs.push((recorded.call, recorded.run));
        program = Some(recorded.program);
    }
    let program = program.expect("runs");
    let forward = sampled(&program, &runs, &Settings::default());
    runs.reverse();
    let backward = sampled(&program, &runs, &Settings::default());
    let ids = |rows: &[tracestone_record::SampleRow]| {
        rows.iter().map(|row| row.sample.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&forward.rows), ids(&backward.rows));
    assert_eq!(forward.dropped, backward.dropped);
}
