//! Sentences of rationales, read back and compared with the events.

use super::*;

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
        "In all, ",
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
    if sample.kind.asks_for_arguments() {
        let opening = sentences.remove(0);
        let known = ["The call has to have the value", "Line "];
        let opens = known.iter().any(|start| opening.starts_with(start));
        if !opens || !opening.contains(" told from its end") || opening.contains(&sample.call) {
            return Err(format!("it opens with `{opening}`"));
        }
        sentences.reverse();
    }
    Ok(sentences)
}

/// Follows the sentences through the events. Returns the number of line events they account for.
pub(super) fn check(sample: &Sample, events: &[Event]) -> Result<(), String> {
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
