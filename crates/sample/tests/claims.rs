//! No rationale claims what the trace does not hold: each sentence is read back and compared with the
//! events. The runs are those of `tests/spec/trace-*.md`, recorded by CPython, and a few made to be hard.

mod recorded;

use std::collections::BTreeMap;

use recorded::{Recorded, observation, page, read, sampled};
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

/// A generator that set-up statements have started goes on.
fn started_before() -> Recorded {
    let text = "def count_up(n):\n    i = 0\n    while i < n:\n        yield i\n        i += 1\n";
    let trace =
        "0:4 resume  | i = 0; n = 3\n0:5 line\n0:3 line  | i = 1\n0:4 line\n0:4 yield 1\n=> 1\n";
    let mut recorded = read(text, "next(g)", trace);
    recorded.call.setup = "g = count_up(3)\nnext(g)\n".to_owned();
    recorded.call.arguments = None;
    recorded
}

/// Branches of all kinds; in the `try`, nothing proves why the condition was left.
fn decisions() -> Recorded {
    let text = "def f(items, low):\n    for item in items:  # each\n        if item.size(low) > low and low != \"a: b\":\n            low = item\n        elif low:\n            continue\n        else:\n            low = 9\n    try:\n        if int(low):\n            return 1\n    except ValueError:\n        pass\n    while low:\n        low -= 1\n";
    let trace = "0:1 call f  | items = [5]; low = 0\n0:2 line\n0:3 line  | item = 5\n0:5 line\n0:8 line\n0:2 line  | low = 9\n0:10 line\n0:12 line\n0:13 line\n0:14 line\n0:15 line\n0:14 line  | low = 0\n0:14 return None\n=> None\n";
    read(text, "f([5], 0)", trace)
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

/// `Line 5 (..) runs for the second time with n = 1: x is now 1; the condition holds, so line 6 is next.`
/// at an event: every claim is what the events show.
fn check_step(sentence: &str, source: &str, events: &[Event], at: usize) -> Result<(), String> {
    let event = &events[at];
    let line = event.line;
    let text = source.lines().nth(line.index()).unwrap_or("").trim();
    let rest = sentence
        .strip_prefix(&format!("Line {line}"))
        .ok_or_else(|| format!("the line was {line}"))?;
    let rest = rest.strip_prefix(&format!(" (`{text}`)")).unwrap_or(rest);
    let rest = rest.strip_prefix(" runs").ok_or("a step runs")?;
    let (head, outcome) = split_outcome(rest);
    let (times, state) = head.split_once(" with ").unwrap_or((head, ""));
    if let Some(ordinal) = times.strip_prefix(" for the ") {
        let runs = runs_until(events, line.0, at);
        let word = match runs {
            1 => "first time".to_owned(),
            2 => "second time".to_owned(),
            runs => format!("{runs}"),
        };
        if !ordinal.starts_with(&word) {
            return Err(format!("it was the {runs}. time"));
        }
    } else if !times.trim_end_matches('.').is_empty() {
        return Err(format!("`{times}` is not known"));
    }
    let then = locals(events, event.frame, at);
    for part in split_values(state.trim_end_matches('.')) {
        let (name, value) = part.split_once(" = ").unwrap_or((&part, ""));
        if !part.is_empty() && then.get(name).map(String::as_str) != Some(value) {
            return Err(format!("{name} was {:?}", then.get(name)));
        }
    }
    check_outcome(outcome, events, at)
}

/// Splits what runs from what came of it, at a colon that stands in no value.
fn split_outcome(text: &str) -> (&str, &str) {
    let places = text.match_indices(": ").map(|(at, _)| at);
    places
        .filter(|at| {
            let rest = &text[at + 2..];
            rest.starts_with("the condition ")
                || rest.starts_with("no item ")
                || rest.contains(" is now ")
        })
        .map(|at| (&text[..at], &text[at + 2..]))
        .next()
        .unwrap_or((text, ""))
}

/// Number of executions of a line up to and including an event.
fn runs_until(events: &[Event], line: u32, at: usize) -> usize {
    let ran = |event: &&Event| matches!(event.kind, EventKind::Line) && event.line.0 == line;
    events[..=at].iter().filter(ran).count()
}

/// `x is now 1, y is now 2; the condition holds, so line 6 is next.` of the step at an event.
fn check_outcome(outcome: &str, events: &[Event], at: usize) -> Result<(), String> {
    let Some(after) = next_of_frame(events, at) else {
        return Ok(());
    };
    if let Some((_, next)) = outcome.rsplit_once(", so ") {
        let next = next.trim_end_matches('.');
        let right = match &events[after].kind {
            EventKind::Line => next == format!("line {} is next", events[after].line),
            EventKind::Return { .. } => next == "the call returns",
            _ => false,
        };
        if !right {
            return Err(format!("{:?} was next", events[after]));
        }
    }
    let now = locals(events, events[at].frame, after);
    for change in &events[after].changes {
        let claim = format!("{} is now ", change.name);
        let Some((_, rest)) = outcome.split_once(&claim) else {
            continue;
        };
        let value = now
            .get(&change.name)
            .map(String::as_str)
            .unwrap_or_default();
        let characters = value.chars().count();
        let long = format!("whose text is {characters} characters long");
        if !rest.starts_with(value) && (value.len() <= 160 || !rest.contains(&long)) {
            return Err(format!("{} was {value}", change.name));
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
    let line = format!("line {} is done: ", events[step].line);
    let sentence = sentence
        .replace("Then line", "line")
        .replace("Line", "line");
    if step + 1 == at || !sentence.starts_with(&line) {
        return Err(format!("the frame was at {:?}", events[step]));
    }
    check_outcome(&sentence[line.len()..], events, step)
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
    let (mut total, mut claimed) = (0, None);
    for part in lines.split(", ") {
        let (line, count) = part
            .trim_start_matches("line ")
            .split_once(' ')
            .ok_or("a folded line")?;
        let (count, in_all) = count.split_once(" (").unwrap_or((count, ""));
        let count: u32 = count.trim_end_matches('x').parse().map_err(|_| "a count")?;
        if let Some(in_all) = in_all.strip_suffix(" in all)") {
            claimed = Some((line.to_owned(), in_all.to_owned()));
        }
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
    if let Some((line, in_all)) = claimed {
        let runs = runs_until(events, line.parse().map_err(|_| "a line")?, at + total - 1);
        if in_all != runs.to_string() {
            return Err(format!("line {line} had run {runs} times"));
        }
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

/// Number of steps that a folded sentence sums up.
fn folded_steps(sentence: &str) -> usize {
    let body = sentence
        .split_once("these run: ")
        .map_or("", |(_, body)| body);
    let lines = body.split(';').next().unwrap_or("").trim_end_matches('.');
    let parts = lines
        .split(", ")
        .filter_map(|part| part.strip_prefix("line "));
    let counts = parts.filter_map(|part| {
        let mut words = part.split(' ');
        Some((words.next()?, words.next()?))
    });
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

/// The sentences that tell events, in the order of events.
fn story(sample: &Sample) -> Result<Vec<&str>, String> {
    let mut sentences: Vec<&str> = sample.rationale.lines().collect();
    let last = sentences.pop().unwrap_or("");
    if !last.starts_with("So the answer is ") {
        return Err(format!("it ends with `{last}`"));
    }
    const CLOSINGS: [&str; 6] = [
        "In all, line ",
        "What is printed ",
        "What is made ",
        "None of these steps ",
        "No line of the program ",
        "`",
    ];
    let closes = |sentence: &str| {
        let begins = CLOSINGS.iter().any(|start| sentence.starts_with(start));
        begins && !sentence.contains(" starts (frame ")
    };
    if sentences.last().is_some_and(|last| closes(last)) {
        sentences.pop();
    }
    if sample.kind == SampleKind::Input {
        let opening = sentences.remove(0);
        if !opening.starts_with("The call has to have the value") || opening.contains(&sample.call)
        {
            return Err(format!("it opens with `{opening}`"));
        }
        sentences.reverse();
    }
    Ok(sentences)
}

/// Follows the sentences through the events. Returns the number of line events they account for.
fn check(sample: &Sample, events: &[Event]) -> Result<(), String> {
    let (mut at, mut accounted, mut left_out) = (0, 0, None);
    for sentence in &story(sample)? {
        let wrong = |what: String| format!("{:?}: `{sentence}`: {what}", sample.kind);
        if let Some(rest) = sentence.strip_prefix('(') {
            left_out = Some(
                rest.split(' ')
                    .next()
                    .and_then(|n| n.parse::<usize>().ok())
                    .ok_or("a number")?,
            );
            continue;
        }
        if sentence.contains(", in the same way, these run: ") {
            let before = at;
            if left_out.is_none() {
                at = check_folded(sentence, events, at).map_err(wrong)?;
                accounted += at - before;
            } else {
                accounted += folded_steps(sentence);
            }
            continue;
        }
        if sentence.contains(" is done: ") && !sentence.contains(" runs") {
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
            check_step(sentence, &sample.program, events, at).map_err(wrong)?;
        }
        let starts = sentence.contains(" starts (frame ");
        if starts != matches!(event.kind, EventKind::Call { .. }) {
            return Err(wrong(format!("the event was {event:?}")));
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
                SampleKind::Trace => sample.answer.replacen(" 0 ", " 7 ", 1),
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
