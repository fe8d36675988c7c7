//! Samples as text for a person.

use std::fmt::Write as _;
use std::ops::ControlFlow;

use tracestone_record::outside;
use tracestone_record::words::counted;
use tracestone_record::{Event, EventKind, Run, Sample, SampleKind};
use tracestone_store::{Filter, Store, StoreError};

/// A line about a sample, and its parts with their headings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleText {
    /// Id, kind, entry and split.
    pub line: String,
    /// Headings and bodies.
    pub sections: Vec<(&'static str, String)>,
}

/// Trace rows shown by `show`; a longer trace is cut with a note.
const TRACE_ROWS: usize = 200;

/// A sample that shows what this is about: a short program, a loop, a value to follow.
///
/// # Errors
/// The store cannot be read.
pub fn example(store: &Store) -> Result<Option<Sample>, StoreError> {
    let mut best: Option<(u32, Sample)> = None;
    let filter = Filter {
        kinds: vec![SampleKind::State, SampleKind::Output],
        limit: Some(2_000),
        ..Filter::default()
    };
    store.samples(&filter, |row| {
        let sample = row.sample;
        let facts = &sample.facts;
        let plain = facts.trivial.is_empty() && !facts.answer_in_prompt;
        if plain && facts.loops > 0 && (8..=24).contains(&facts.steps) && sample.setup.is_empty() {
            let size = facts.program_lines + facts.steps + facts.answer_bytes;
            if best.as_ref().is_none_or(|(other, _)| size < *other) {
                best = Some((size, sample));
            }
        }
        ControlFlow::Continue(())
    })?;
    Ok(best.map(|(_, sample)| sample))
}

/// A sample with its code, its trace and where it comes from.
#[must_use]
pub fn full(sample: &Sample, run: Option<&Run>) -> SampleText {
    let mut text = brief(sample);
    if !sample.rationale.is_empty() {
        text.sections.push(("reasoning", sample.rationale.clone()));
    }
    if let Some(trace) = run.and_then(|run| run.trace.as_ref()) {
        text.sections
            .push(("trace", table(&trace.events, &sample.program)));
    }
    text.sections.push(("facts", facts(sample)));
    text.sections.push(("provenance", provenance(sample)));
    text
}

/// Kind, code, question and answer.
#[must_use]
pub fn brief(sample: &Sample) -> SampleText {
    let line = format!(
        "{}  {}  ({}, {})",
        sample.id,
        sample.kind.name(),
        outside::line(&sample.entry),
        sample.split.name()
    );
    let mut sections = vec![("program", numbered(&sample.program))];
    if !sample.setup.is_empty() {
        sections.push(("setup", sample.setup.clone()));
    }
    if !sample.call.is_empty() {
        sections.push(("call", sample.call.clone()));
    }
    sections.push(("prompt", question_part(sample)));
    sections.push(("answer", sample.answer.clone()));
    if !sample.other_answers.is_empty() {
        sections.push(("other right answers", sample.other_answers.join("\n")));
    }
    SampleText { line, sections }
}

/// The prompt without the program, which is shown above it already.
fn question_part(sample: &Sample) -> String {
    sample
        .prompt
        .replacen(sample.program.trim_end(), "[the program above]", 1)
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
