//! No rationale claims what the trace does not hold: each sentence is read back and compared with the
//! events. The runs are those of `tests/spec/trace-*.md`, recorded by CPython, and a few made to be hard.

mod recorded;

use std::collections::BTreeMap;

use recorded::{Recorded, observation, page, read, sampled};
use tracestone_record::{Event, EventKind, Sample, SampleKind};
use tracestone_sample::{Settings, verify};

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
    ]);
    runs
}

/// `x` is a number for long, then an object: what was last shown of it no longer holds.
fn value_that_stops_being_a_literal() -> Recorded {
    let text =
        "def f(n):\n    for i in range(n):\n        x = i if i < 6 else object()\n    return 0\n";
    let mut trace = String::from("0:1 call f  | n = 9\n0:2 line\n0:3 line  | i = 0\n");
    for i in 0..9 {
        let x = if i < 6 {
            i.to_string()
        } else {
            "<object>".to_owned()
        };
        // The description does not change from object to object.
        let change = if i <= 6 {
            format!("  | x = {x}")
        } else {
            String::new()
        };
        trace.push_str(&format!("0:2 line{change}\n"));
        if i < 8 {
            trace.push_str(&format!("0:3 line  | i = {}\n", i + 1));
        }
    }
    trace.push_str("0:4 line\n0:4 return 0\n=> 0\n");
    read(text, "f(9)", &trace)
}

/// `x` is set and deleted in every iteration.
fn deleted_in_a_loop() -> Recorded {
    let text = "def f(n):\n    for i in range(n):\n        x = i\n        del x\n    return 0\n";
    let mut trace = String::from("0:1 call f  | n = 9\n0:2 line\n");
    for i in 0..9 {
        trace.push_str(&format!(
            "0:3 line  | i = {i}\n0:4 line  | x = {i}\n0:2 line  | del x\n"
        ));
    }
    trace.push_str("0:5 line\n0:5 return 0\n=> 0\n");
    read(text, "f(9)", &trace)
}

/// Every iteration calls a function, so that nothing folds and the middle is left out.
fn calls_in_a_loop() -> Recorded {
    let text = "def g(i):\n    return i\n\ndef f(n):\n    t = 0\n    for i in range(n):\n        t += g(i)\n    return t\n";
    let mut trace = String::from("0:4 call f  | n = 40\n0:5 line\n0:6 line  | t = 0\n");
    let mut total = 0;
    for i in 0..40 {
        let frame = i + 1;
        trace.push_str(&format!("0:7 line  | i = {i}\n{frame}:1 call g  | i = {i}\n{frame}:2 line\n{frame}:2 return {i}\n"));
        total += i;
        let change = if i == 0 {
            String::new()
        } else {
            format!("  | t = {total}")
        };
        trace.push_str(&format!("0:6 line{change}\n"));
    }
    trace.push_str(&format!("0:8 line\n0:8 return {total}\n=> {total}\n"));
    read(text, "f(40)", &trace)
}

/// A value too long for prose.
fn long_strings_in_a_loop() -> Recorded {
    let text = "def f(n):\n    s = 'x' * n\n    return len(s)\n";
    let s = "x".repeat(300);
    let trace =
        format!("0:1 call f  | n = 300\n0:2 line\n0:3 line  | s = '{s}'\n0:3 return 300\n=> 300\n");
    read(text, "f(300)", &trace)
}

/// The effect of a folded line is seen only after the folding ends with another frame's event.
fn late_in_another_frame() -> Recorded {
    let text = "def g():\n    return 1\n\ndef f(n):\n    i = 0\n    while i < n:\n        i += 1 if i < 8 else g()\n    return i\n";
    let mut trace = String::from("0:4 call f  | n = 20\n0:5 line\n0:6 line  | i = 0\n");
    for i in 1..=20 {
        trace.push_str("0:7 line\n");
        if i > 8 {
            trace.push_str(&format!(
                "{0}:1 call g\n{0}:2 line\n{0}:2 return 1\n",
                i - 8
            ));
        }
        trace.push_str(&format!("0:6 line  | i = {i}\n"));
    }
    trace.push_str("0:8 line\n0:8 return 20\n=> 20\n");
    read(text, "f(20)", &trace)
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

/// The locals of a frame as its `at`-th event, and those before it, show them.
fn locals(events: &[Event], frame: u32, at: usize) -> BTreeMap<String, String> {
    let mut locals = BTreeMap::new();
    for change in events[..=at]
        .iter()
        .filter(|event| event.frame == frame)
        .flat_map(|event| &event.changes)
    {
        match &change.value {
            Some(value) => locals.insert(change.name.clone(), value.text.clone()),
            None => locals.remove(&change.name),
        };
    }
    locals
}

fn next_of_frame(events: &[Event], at: usize) -> Option<usize> {
    (at + 1..events.len()).find(|&later| events[later].frame == events[at].frame)
}

/// `Line 5 (..) runs: x is now 1, y is now 2.` at an event: every named value is the one then.
fn check_step(sentence: &str, events: &[Event], at: usize) -> Result<(), String> {
    let Some(after) = next_of_frame(events, at) else {
        return Ok(());
    };
    let now = locals(events, events[at].frame, after);
    let Some((_, effects)) = sentence.rsplit_once(" runs: ") else {
        return Ok(());
    };
    for change in &events[after].changes {
        let claim = format!("{} is now ", change.name);
        let Some((_, rest)) = effects.split_once(&claim) else {
            continue;
        };
        let value = now
            .get(&change.name)
            .map(String::as_str)
            .unwrap_or_default();
        if value.len() <= 160 && !rest.starts_with(value) {
            return Err(format!("{} was {value}", change.name));
        }
        let characters = value.chars().count();
        let claim = format!("whose text is {characters} characters long");
        if value.len() > 160 && !rest.contains(&claim) {
            return Err(format!("the text has {characters} characters"));
        }
    }
    Ok(())
}

/// `Then line 7 is done: x is now 1.` before an event: the frame's last line was 7, other frames ran
/// meanwhile, and every named value is the one then.
fn check_done(sentence: &str, events: &[Event], at: usize) -> Result<(), String> {
    let event = events.get(at).ok_or("no event is left")?;
    let step = (0..at)
        .rev()
        .find(|&before| events[before].frame == event.frame)
        .ok_or("the frame has just started")?;
    let line = format!("Then line {} is done: ", events[step].line);
    if step + 1 == at || !sentence.starts_with(&line) {
        return Err(format!("the frame was at {:?}", events[step]));
    }
    check_step(&sentence.replace(" is done: ", " runs: "), events, step)
}

/// `Then, in the same way, these run: line 3 7x, ..; the last changes left x = 1.` covers the next line
/// events of one frame. Returns the event after them.
fn check_folded(sentence: &str, events: &[Event], at: usize) -> Result<usize, String> {
    let body = sentence
        .trim_end_matches('.')
        .split_once("these run: ")
        .map_or("", |(_, body)| body);
    let (lines, values) = body
        .split_once("; the last changes left ")
        .unwrap_or((body, ""));
    let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
    let mut total = 0;
    for part in lines.split(", ") {
        let (line, count) = part
            .trim_start_matches("line ")
            .split_once(' ')
            .ok_or("a folded line")?;
        let count: u32 = count.trim_end_matches('x').parse().map_err(|_| "a count")?;
        counts.insert(line.parse().map_err(|_| "a line")?, count);
        total += count as usize;
    }
    let mut seen: BTreeMap<u32, u32> = BTreeMap::new();
    let covered = events.get(at..at + total).ok_or("fewer events")?;
    for event in covered {
        if !matches!(event.kind, EventKind::Line) || event.frame != covered[0].frame {
            return Err("other events than lines of one frame were folded".to_owned());
        }
        *seen.entry(event.line.0).or_default() += 1;
    }
    if seen != counts {
        return Err(format!("lines were {seen:?}"));
    }
    if !values.is_empty() {
        let last = at + total - 1;
        let after = next_of_frame(events, last).unwrap_or(last);
        // What a reader takes from the sentence: these are the values when the folded part is over.
        let shown = |moment| locals(events, covered[0].frame, moment);
        let (then, later) = (shown(last), shown(after));
        for part in split_values(values) {
            let (name, value) = part.split_once(" = ").ok_or("a value")?;
            let holds = |state: &BTreeMap<String, String>| {
                state.get(name).map(String::as_str) == Some(value)
            };
            if value.len() <= 160 && !holds(&then) && !holds(&later) {
                return Err(format!(
                    "{name} was {:?} when the folded part ended",
                    later.get(name)
                ));
            }
        }
    }
    Ok(at + total)
}

/// How many steps a folded sentence sums up.
fn folded_steps(sentence: &str) -> usize {
    let body = sentence
        .split_once("these run: ")
        .map_or("", |(_, body)| body);
    let lines = body.split(';').next().unwrap_or("").trim_end_matches('.');
    let counts = lines.split(", ").filter_map(|part| part.rsplit_once(' '));
    counts
        .filter_map(|(_, count)| count.trim_end_matches('x').parse::<usize>().ok())
        .sum()
}

/// Splits `a = [1, 2], b = 3` at the commas before names.
fn split_values(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for piece in text.split(", ") {
        let starts_name = piece
            .split_once(" = ")
            .is_some_and(|(name, _)| name.chars().all(|c| c.is_alphanumeric() || c == '_'));
        match parts.last_mut() {
            Some(last) if !starts_name => last.push_str(&format!(", {piece}")),
            _ => parts.push(piece.to_owned()),
        }
    }
    parts
}

/// Follows the sentences through the events. Returns the number of line events they account for.
fn check(sample: &Sample, events: &[Event]) -> Result<(), String> {
    let (mut at, mut accounted, mut left_out) = (0, 0, None);
    let sentences: Vec<&str> = sample.rationale.lines().collect();
    for sentence in &sentences {
        let wrong = |what: String| format!("{:?}: `{sentence}`: {what}", sample.kind);
        if sentence.starts_with("So the answer is") {
            break;
        }
        if let Some(rest) = sentence.strip_prefix('(') {
            left_out = Some(
                rest.split(' ')
                    .next()
                    .and_then(|n| n.parse::<usize>().ok())
                    .ok_or("a number")?,
            );
            continue;
        }
        if sentence.starts_with("Then, in the same way") {
            let before = at;
            if left_out.is_none() {
                at = check_folded(sentence, events, at).map_err(wrong)?;
                accounted += at - before;
            } else {
                accounted += folded_steps(sentence);
            }
            continue;
        }
        if sentence.starts_with("Then line ") {
            if left_out.is_none() {
                check_done(sentence, events, at).map_err(wrong)?;
            }
            continue;
        }
        let is_step = sentence.starts_with("Line ");
        accounted += usize::from(is_step);
        if left_out.is_some() {
            continue;
        }
        let event = events
            .get(at)
            .ok_or_else(|| wrong("no event is left".to_owned()))?;
        if is_step != matches!(event.kind, EventKind::Line) {
            return Err(wrong(format!("the event was {event:?}")));
        }
        if is_step {
            if !sentence.starts_with(&format!("Line {} ", event.line)) {
                return Err(wrong(format!("the line was {}", event.line)));
            }
            check_step(sentence, events, at).map_err(wrong)?;
        }
        at += 1;
    }
    // Stories of these kinds end before the run does, at an event that the sentences do not name.
    let whole = !matches!(sample.kind, SampleKind::State | SampleKind::NextLine);
    if let Some(claimed) = left_out.filter(|_| whole) {
        let steps = events
            .iter()
            .filter(|event| matches!(event.kind, EventKind::Line))
            .count();
        if steps - accounted != claimed {
            return Err(format!(
                "{:?}: claims {claimed} steps left out, {} were",
                sample.kind,
                steps - accounted
            ));
        }
    }
    Ok(())
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
            .filter(|sample| sample.kind.is_executed() && sample.kind != SampleKind::Input)
        {
            sample.answer = match sample.kind {
                SampleKind::Path | SampleKind::Coverage => sample.answer.replace('[', "[9999, "),
                SampleKind::Trace => sample.answer.replacen("line 0", "line 7", 1),
                SampleKind::Output | SampleKind::State => format!("[{}]", sample.answer),
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
            if sample.kind == SampleKind::Input && !recorded.program.text.contains(&sample.call) {
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
