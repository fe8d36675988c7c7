//! Rationales in every form are read back and hold; with any of their values changed, they do not.

mod recorded;

use std::collections::BTreeMap;

use recorded::{Recorded, observation, page, read, sampled};
use tracestone_forms::debugger::{Row, State, row};
use tracestone_forms::{Form, Moment, check_row, fits, moments, write};
use tracestone_record::{Sample, SampleKind, Trace};
use tracestone_sample::{Settings, verify};

const PAGES: [&str; 4] = [
    include_str!("../../../tests/spec/trace-exceptions.md"),
    include_str!("../../../tests/spec/trace-functions.md"),
    include_str!("../../../tests/spec/trace-generators.md"),
    include_str!("../../../tests/spec/trace-objects.md"),
];

/// A loop of many rounds, whose middle is left out, with values that look like the notation of a form.
fn long() -> Recorded {
    let text = "def f(n):\n    text = ''\n    for i in range(n):\n        text = text + \"; '| => with\"\n    return i\n";
    let mut trace = String::from("0:1 call f  | n = 99\n0:2 line\n");
    let mut change = "text = ''".to_owned();
    for i in 0..99 {
        trace.push_str(&format!("0:3 line  | {change}\n0:4 line  | i = {i}\n"));
        change = format!("text = \"{i};'| => with @1 \\\\\"");
    }
    trace.push_str(&format!(
        "0:3 line  | {change}\n0:5 line\n0:5 return 98\n=> 98\n"
    ));
    read(text, "f(99)", &trace)
}

/// Samples with their runs.
fn all() -> Vec<(Sample, Recorded)> {
    let mut runs: Vec<_> = PAGES.iter().flat_map(|text| page(text)).collect();
    runs.push(long());
    let text = "def h(n):\n    raise ValueError(n)\n";
    let trace = "0:1 call h  | n = 'no'\n0:2 line\n0:2 raise ValueError: no | > \"'\n=> raised ValueError: no | > \"'\n";
    runs.push(read(text, "h('no')", trace));
    // The pages write objects with two names as a name with a blank.
    let plain = |recorded: &Recorded| {
        let events = recorded.run.trace.iter().flat_map(|trace| &trace.events);
        let mut changes = events.flat_map(|event| &event.changes);
        changes.all(|change| !change.name.contains(' '))
    };
    runs.retain(plain);
    let mut samples = Vec::new();
    for recorded in runs {
        let one = [(recorded.call.clone(), recorded.run.clone())];
        for made in sampled(&recorded.program, &one, &Settings::default()).rows {
            let recorded = Recorded {
                program: recorded.program.clone(),
                call: recorded.call.clone(),
                run: recorded.run.clone(),
            };
            samples.push((made.sample, recorded));
        }
    }
    samples
}

fn trace(recorded: &Recorded) -> &Trace {
    recorded.run.trace.as_ref().expect("a trace")
}

/// A sample with its rationale in a form; nothing where the form has no place for the run.
fn reasoned(form: Form, sample: &Sample, recorded: &Recorded) -> Option<Sample> {
    let text = write(form, sample, trace(recorded)).ok()?;
    Some(Sample {
        rationale: text,
        rationale_form: Some(form.name().to_owned()),
        ..sample.clone()
    })
}

const FORMS: [Form; 4] = [Form::States, Form::Comments, Form::Cwm, Form::Debugger];

#[test]
fn every_form_is_written_for_every_kind_and_holds() {
    let mut written: BTreeMap<(Form, SampleKind), usize> = BTreeMap::new();
    let mut asked = std::collections::BTreeSet::new();
    for (sample, recorded) in all() {
        let seen = observation(&recorded.run);
        asked.insert(sample.kind);
        for form in FORMS {
            let Some(sample) = reasoned(form, &sample, &recorded) else {
                continue;
            };
            let held = verify::holds(&sample, &seen);
            assert_eq!(
                held,
                Ok(()),
                "{form:?} {}\n{}",
                sample.kind.name(),
                sample.rationale
            );
            *written.entry((form, sample.kind)).or_default() += 1;
        }
    }
    // The recorded runs have no line that few of a program's inputs reach.
    let missing = |kind: &SampleKind| kind.is_executed() && !asked.contains(kind);
    let missing: Vec<_> = SampleKind::ALL.into_iter().filter(missing).collect();
    assert!(
        missing.is_empty() || missing == [SampleKind::Reach],
        "{missing:?}"
    );
    for form in FORMS {
        for kind in SampleKind::ALL
            .into_iter()
            .filter(|kind| asked.contains(kind))
        {
            assert!(written.contains_key(&(form, kind)), "{form:?} {kind:?}");
        }
    }
}

/// The positions of words in a text that a change could be in: numbers, and names of variables and functions.
fn words(text: &str) -> Vec<(usize, usize)> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (start, is_word(c)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                words.push((from, at));
                start = None;
            }
            _ => {}
        }
    }
    words
}

#[test]
fn a_form_with_any_word_changed_does_not_hold() {
    let mut changed = 0;
    for (sample, recorded) in all() {
        let seen = observation(&recorded.run);
        for form in FORMS {
            let Some(told) = reasoned(form, &sample, &recorded) else {
                continue;
            };
            // The last line derives the answer, of which `holds` asks only that it is there.
            let steps = told.rationale.trim_end().rfind('\n').unwrap_or(0);
            // All words of short rationales, and some of the long ones.
            let words = words(&told.rationale[..steps]);
            let stride = words.len() / 80 + 1;
            for (from, to) in words.into_iter().step_by(stride) {
                let word = &told.rationale[from..to];
                // What is in angle brackets says only that a value has no literal form: `<Point>`, `<ValueError (1,)>`.
                let before = &told.rationale[..from];
                let opened = before.rfind('<').map_or("", |at| &before[at + 1..]);
                let inside = &told.rationale[before.len() - opened.len()..];
                let in_brackets = before.contains('<')
                    && inside.starts_with(|c: char| c.is_ascii_alphabetic())
                    && !opened.contains(['>', '\n'])
                    && inside.lines().next().is_some_and(|line| line.contains('>'));
                let quoted = before
                    .rfind('"')
                    .map_or("", |quote| &told.rationale[quote + 1..]);
                if in_brackets || (quoted.starts_with('<') && !quoted.starts_with("<|")) {
                    continue;
                }
                let other = match word.parse::<u64>() {
                    Ok(number) => (number + 1).to_string(),
                    Err(_) => format!("{word}x"),
                };
                let rationale = [&told.rationale[..from], &other, &told.rationale[to..]].concat();
                let wrong = Sample {
                    rationale,
                    ..told.clone()
                };
                assert!(
                    verify::holds(&wrong, &with_payloads(&recorded, &seen)).is_err(),
                    "{form:?}: `{word}` at {from} may be `{other}`\n{}",
                    wrong.rationale
                );
                changed += 1;
            }
        }
    }
    assert!(changed > 5_000, "{changed}");
}

/// The observation with what events hand on, as the witness tells it.
fn with_payloads(recorded: &Recorded, seen: &verify::Observation) -> verify::Observation {
    let mut seen = seen.clone();
    let moments: Vec<Moment> = moments(trace(recorded));
    for (event, moment) in seen.events.iter_mut().zip(moments) {
        event.payload = moment.payload;
    }
    seen
}

#[test]
fn missing_and_repeated_lines_are_noticed() {
    for (sample, recorded) in all() {
        let seen = observation(&recorded.run);
        for form in [Form::States, Form::Debugger] {
            let Some(told) = reasoned(form, &sample, &recorded) else {
                continue;
            };
            let lines: Vec<&str> = told.rationale.lines().collect();
            for left_out in 0..lines.len() {
                let mut less = lines.clone();
                less.remove(left_out);
                let mut more = lines.clone();
                more.insert(left_out, lines[left_out]);
                for lines in [less, more] {
                    let wrong = Sample {
                        rationale: lines.join("\n"),
                        ..told.clone()
                    };
                    let held = verify::holds(&wrong, &seen);
                    // A repeated list of locals says nothing new.
                    let again = lines.len() > told.rationale.lines().count();
                    assert!(held.is_err() || again, "{form:?}\n{}", wrong.rationale);
                }
            }
        }
    }
}

fn rows() -> Vec<(Row, Vec<Moment>)> {
    let of_result =
        |sample: &Sample| matches!(sample.kind, SampleKind::Output | SampleKind::Exception);
    let all = all().into_iter().filter(|(sample, _)| of_result(sample));
    all.filter(|(_, recorded)| fits(trace(recorded)).is_ok())
        .map(|(sample, recorded)| {
            let trace = trace(&recorded);
            (row(&sample, trace).expect("a row"), moments(trace))
        })
        .collect()
}

#[test]
fn sessions_reach_their_ends_with_every_command_and_hold() {
    let mut commands: BTreeMap<String, usize> = BTreeMap::new();
    for (row, seen) in rows() {
        assert_eq!(check_row(&row, &seen), Ok(()), "{row:?}");
        for step in row.forward.steps.iter().chain(&row.inverse.steps) {
            *commands.entry(step.command.clone()).or_default() += 1;
        }
        assert_eq!(row.forward.start.moment, 0);
        assert_eq!(row.inverse.start.moment as usize, seen.len() - 1);
        // The same row for the same sample, whenever it is made.
        let text = serde_json::to_string(&row).expect("JSON");
        assert_eq!(serde_json::from_str::<Row>(&text).expect("a row"), row);
    }
    let used: Vec<&str> = commands.keys().map(String::as_str).collect();
    assert_eq!(
        used,
        [
            "breakpoint",
            "continue",
            "inv_breakpoint",
            "inv_continue",
            "inv_step_call",
            "inv_step_into",
            "inv_step_over",
            "step_into",
            "step_over",
            "step_return",
        ]
    );
}

#[test]
fn a_row_with_any_part_of_a_state_or_command_changed_does_not_hold() {
    type Change = fn(&mut State) -> bool;
    let changes: [Change; 7] = [
        |state| {
            state.frame += 1;
            true
        },
        |state| {
            state.depth += 1;
            true
        },
        |state| {
            state.line.0 += 1;
            true
        },
        |state| {
            state.moment += 1;
            true
        },
        |state| match state.value.as_mut().filter(|value| !value.starts_with('<')) {
            Some(value) => {
                value.insert_str(0, "(9, ");
                value.push(')');
                true
            }
            None => false,
        },
        |state| match state
            .locals
            .values_mut()
            .find(|value| !value.starts_with('<'))
        {
            Some(value) => {
                value.insert_str(0, "(9, ");
                value.push(')');
                true
            }
            None => false,
        },
        |state| {
            state
                .locals
                .insert("another".to_owned(), "1".to_owned())
                .is_none()
        },
    ];
    for (row, seen) in rows() {
        for number in 0..row.forward.steps.len() {
            for change in changes {
                let mut wrong = row.clone();
                if change(&mut wrong.forward.steps[number].state) {
                    assert!(check_row(&wrong, &seen).is_err(), "{wrong:?}");
                }
            }
            let mut wrong = row.clone();
            wrong.forward.steps[number].command.push('x');
            assert!(check_row(&wrong, &seen).is_err());
            let mut wrong = row.clone();
            wrong.forward.steps.remove(number);
            // Without a step the session may be another one that is as right.
            let same = check_row(&wrong, &seen).is_ok();
            assert!(!same || number + 1 < row.forward.steps.len());
        }
    }
}
