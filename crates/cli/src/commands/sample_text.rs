//! Samples as text for a person.

use std::fmt::Write as _;

use tracestone_record::{Event, EventKind, Run, Sample};

/// Trace rows shown by `show`; a longer trace is cut with a note.
const TRACE_ROWS: usize = 200;

/// A sample with its code, its trace and where it comes from.
pub(crate) fn full(sample: &Sample, run: Option<&Run>) -> String {
    let mut text = brief(sample);
    if !sample.rationale.is_empty() {
        section(&mut text, "reasoning", &sample.rationale);
    }
    if let Some(trace) = run.and_then(|run| run.trace.as_ref()) {
        section(&mut text, "trace", &table(&trace.events, &sample.program));
    }
    section(&mut text, "facts", &facts(sample));
    section(&mut text, "provenance", &provenance(sample));
    text
}

/// Kind, code, question and answer.
pub(crate) fn brief(sample: &Sample) -> String {
    let mut text = format!(
        "{}  {}  ({}, {})",
        sample.id,
        sample.kind.name(),
        sample.entry,
        sample.split.name()
    );
    section(&mut text, "program", &numbered(&sample.program));
    if !sample.setup.is_empty() {
        section(&mut text, "setup", &sample.setup);
    }
    if !sample.call.is_empty() {
        section(&mut text, "call", &sample.call);
    }
    section(&mut text, "prompt", &question_part(sample));
    section(&mut text, "answer", &sample.answer);
    text
}

/// The prompt without the program, which is shown above it already.
fn question_part(sample: &Sample) -> String {
    sample
        .prompt
        .replacen(sample.program.trim_end(), "[the program above]", 1)
}

fn section(text: &mut String, title: &str, body: &str) {
    let _ = write!(text, "\n\n\x1b[1m{title}\x1b[0m\n");
    for line in body.trim_end().lines() {
        let _ = write!(text, "\n  {line}");
    }
}

fn numbered(program: &str) -> String {
    let lines: Vec<_> = program
        .lines()
        .enumerate()
        .map(|(index, line)| format!("{:>3}  {line}", index + 1))
        .collect();
    lines.join("\n")
}

fn table(events: &[Event], program: &str) -> String {
    let lines: Vec<_> = program.lines().collect();
    let mut text = String::new();
    for event in events.iter().take(TRACE_ROWS) {
        let source = lines.get(event.line.index()).map_or("", |line| line.trim());
        let changes: Vec<_> = event
            .changes
            .iter()
            .map(|change| match &change.value {
                Some(value) => match &change.same_as {
                    Some(other) => format!("{} is {other} = {}", change.name, value.text),
                    None => format!("{} = {}", change.name, value.text),
                },
                None => format!("{} deleted", change.name),
            })
            .collect();
        if !changes.is_empty() {
            let _ = writeln!(text, "{:>16}| {}", "", changes.join(", "));
        }
        let what = match &event.kind {
            EventKind::Call { function, .. } => format!("call {function}"),
            EventKind::Resume => "resume".to_owned(),
            EventKind::Line => source.to_owned(),
            EventKind::Return { value } => format!("return {}", value.text),
            EventKind::Yield { value } => format!("yield {}", value.text),
            EventKind::Raise { exception } => {
                format!("raise {}: {}", exception.type_name, exception.message)
            }
        };
        let _ = writeln!(
            text,
            "frame {:<3} {:>5} | {what}",
            event.frame, event.line.0
        );
    }
    if events.len() > TRACE_ROWS {
        let _ = writeln!(text, "… and {} more events", events.len() - TRACE_ROWS);
    }
    text
}

fn facts(sample: &Sample) -> String {
    let facts = &sample.facts;
    let mut text = format!(
        "{} steps over {} lines, depth {}, {} branches, {} loops (nested {}), largest value {} bytes",
        facts.steps,
        facts.lines,
        facts.depth,
        facts.branches,
        facts.loops,
        facts.loop_depth,
        facts.value_bytes
    );
    if facts.answer_in_prompt {
        text.push_str("\nthe answer's text stands in the prompt");
    }
    if !facts.trivial.is_empty() {
        let _ = write!(text, "\ntrivial: {}", facts.trivial.join(", "));
    }
    text
}

fn provenance(sample: &Sample) -> String {
    let from = &sample.provenance;
    let mut text = format!(
        "{} lines {}-{} of {}",
        from.path, from.lines[0], from.lines[1], from.origin
    );
    if let Some(commit) = &from.commit {
        let _ = write!(text, "\ncommit {commit}");
    }
    let _ = write!(text, "\nlicence {}", from.license);
    for evidence in &from.license_evidence {
        let line = evidence
            .line
            .map_or(String::new(), |line| format!(":{line}"));
        let _ = write!(text, " ({} in {}{line})", evidence.license, evidence.path);
    }
    let _ = write!(text, "\n{}", from.swhid);
    if let Some(origin) = &sample.input_origin {
        let path = origin.path.as_deref().unwrap_or("");
        let line = origin.line.map_or(String::new(), |line| format!(":{line}"));
        let _ = write!(text, "\ncall from {} {path}{line}", origin.kind.name());
    }
    let evidence = &sample.evidence;
    let _ = write!(
        text,
        "\nexecuted {} times by {} with hash seeds {:?} in sandbox {}",
        evidence.runs, evidence.python, evidence.hash_seeds, evidence.sandbox
    );
    text
}
