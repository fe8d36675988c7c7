//! Samples as text for a person.

use std::fmt::Write as _;

use tracestone_record::outside;
use tracestone_record::words::counted;
use tracestone_record::{Event, EventKind, Run, Sample};

use crate::printer::Styled;

/// Trace rows shown by `show`; a longer trace is cut with a note.
const TRACE_ROWS: usize = 200;

/// A sample with its code, its trace and where it comes from.
pub(crate) fn full(sample: &Sample, run: Option<&Run>) -> Styled {
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
pub(crate) fn brief(sample: &Sample) -> Styled {
    let mut text = Styled::default();
    text.push(&format!(
        "{}  {}  ({}, {})",
        sample.id,
        sample.kind.name(),
        outside::line(&sample.entry),
        sample.split.name()
    ));
    section(&mut text, "program", &numbered(&sample.program));
    if !sample.setup.is_empty() {
        section(&mut text, "setup", &sample.setup);
    }
    if !sample.call.is_empty() {
        section(&mut text, "call", &sample.call);
    }
    section(&mut text, "prompt", &question_part(sample));
    section(&mut text, "answer", &sample.answer);
    if !sample.other_answers.is_empty() {
        let others = sample.other_answers.join("\n");
        section(&mut text, "other right answers", &others);
    }
    text
}

/// The prompt without the program, which is shown above it already.
fn question_part(sample: &Sample) -> String {
    sample
        .prompt
        .replacen(sample.program.trim_end(), "[the program above]", 1)
}

fn section(text: &mut Styled, title: &str, body: &str) {
    text.heading(title);
    text.body(body);
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
                    Some(other) => format!("{} is {other} = {}", change.name, shown(&value.text)),
                    None => format!("{} = {}", change.name, shown(&value.text)),
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
            EventKind::Return { value } => format!("return {}", shown(&value.text)),
            EventKind::Yield { value } => format!("yield {}", shown(&value.text)),
            EventKind::Raise { exception } => {
                format!(
                    "raise {}: {}",
                    exception.type_name,
                    shown(&exception.message)
                )
            }
        };
        let _ = writeln!(
            text,
            "frame {:<3} {:>5} | {what}",
            event.frame, event.line.0
        );
    }
    if events.len() > TRACE_ROWS {
        let more = (events.len() - TRACE_ROWS) as u64;
        let _ = writeln!(text, "… and {}", counted(more, "more event"));
    }
    text
}

/// A value inside a line of the table.
fn shown(value: &str) -> std::borrow::Cow<'_, str> {
    outside::line(value)
}

fn facts(sample: &Sample) -> String {
    let facts = &sample.facts;
    let mut text = format!(
        "{} over {}, depth {}, {}, {} (nested {}), largest value {}",
        counted(facts.steps.into(), "step"),
        counted(facts.lines.into(), "line"),
        facts.depth,
        counted(facts.branches.into(), "branch"),
        counted(facts.loops.into(), "loop"),
        facts.loop_depth,
        counted(facts.value_bytes.into(), "byte")
    );
    if facts.answer_in_prompt {
        text.push_str("\nthe answer's text occurs in the prompt");
    }
    if !facts.trivial.is_empty() {
        let _ = write!(text, "\ntrivial: {}", facts.trivial.join(", "));
    }
    text
}

fn provenance(sample: &Sample) -> String {
    let from = &sample.provenance;
    let lines = match from.lines {
        [first, last] if first == last => format!("line {first}"),
        [first, last] => format!("lines {first}-{last}"),
    };
    let mut text = format!(
        "{} {lines} of {}",
        outside::line(&from.path),
        outside::line(&from.origin)
    );
    if let Some(commit) = &from.commit {
        let _ = write!(text, "\ncommit {}", outside::line(commit));
    }
    let _ = write!(text, "\nlicence {}", outside::line(&from.license));
    for evidence in &from.license_evidence {
        let line = evidence
            .line
            .map_or(String::new(), |line| format!(":{line}"));
        let _ = write!(
            text,
            "\n  {} in {}{line} by {}{}",
            outside::line(&evidence.license),
            outside::line(&evidence.path),
            word_of(&evidence.rule),
            evidence
                .detail
                .as_deref()
                .map_or(String::new(), |why| format!(
                    ": {}",
                    outside::short(why, LONGEST_DETAIL)
                ))
        );
    }
    let _ = write!(text, "\n{}", outside::line(&from.swhid));
    if let Some(origin) = &sample.input_origin {
        let _ = write!(text, "\ncall from {}", origin.kind.name().replace('_', " "));
        if let Some(path) = origin.path.as_deref() {
            let line = origin.line.map_or(String::new(), |line| format!(":{line}"));
            let _ = write!(text, " in {}{line}", outside::line(path));
        }
    }
    let evidence = &sample.evidence;
    if evidence.runs > 0 {
        let _ = write!(
            text,
            "\nexecuted {} by {} with hash seeds {:?} in sandbox {}",
            counted(evidence.runs.into(), "time"),
            outside::line(&evidence.python),
            evidence.hash_seeds,
            outside::line(&evidence.sandbox)
        );
    }
    text
}

/// Maximal length of a quotation in a licence finding, in characters.
const LONGEST_DETAIL: usize = 200;

/// Name of an enumeration's variant, as in records, for display.
fn word_of(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().replace('_', " ")
}
