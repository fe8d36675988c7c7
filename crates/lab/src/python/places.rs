//! Places of a sample's text at which executed states are known: the end of each event of a trace, where the text is
//! about to give a value, and the start of an answer.

use std::collections::BTreeMap;

use tracestone_record::{EventType, Sample, SampleKind};
use tracestone_sample::trace_text::{TextEvent, TraceText};

use super::targets::{self, Targets};

/// The identity of a place: the same in texts of the same program about other inputs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// An event of a line, and how many of its word there have been, this one included.
    Event(&'static str, u32, u32),
    /// A value of a variable at such an event.
    Value(&'static str, u32, u32, String),
    /// The start of the answer.
    Answer,
}

/// A place with what is true there.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) key: Key,
    /// Offset in bytes at which it ends, from the start of the answer; 0 is the end of what comes before.
    pub(super) byte: usize,
    pub(super) targets: Targets,
}

/// The places of a sample; none if its answer cannot be read.
pub(super) fn of(sample: &Sample) -> Vec<Place> {
    match sample.kind {
        SampleKind::Trace => TraceText::parse(&sample.answer)
            .map(|trace| of_trace(&trace, sample))
            .unwrap_or_default(),
        _ => {
            let mut found = Targets::new();
            targets::of_value(&sample.answer, &mut found);
            vec![Place {
                key: Key::Answer,
                byte: 0,
                targets: found,
            }]
        }
    }
}

/// Bytes at which the lines of an answer end that are events, and for each the lines of values below it: the name, and the
/// byte after its equals sign.
type Spans<'a> = Vec<(usize, Vec<(&'a str, usize)>)>;

fn spans(answer: &str) -> Spans<'_> {
    let (mut at, mut spans) = (0, Spans::new());
    for line in answer.split_inclusive('\n') {
        let text = line.trim_end_matches('\n');
        if let Some(change) = text.strip_prefix("  ") {
            if let Some((name, _)) = change.split_once(" = ")
                && let Some((_, values)) = spans.last_mut()
            {
                values.push((name, at + 2 + name.len() + 2));
            }
        } else if !text.trim().is_empty() {
            spans.push((at + text.len(), Vec::new()));
        }
        at += line.len();
    }
    spans
}

/// State of a frame on the way through a trace.
#[derive(Default)]
struct Frame<'a> {
    locals: BTreeMap<&'a str, &'a str>,
    /// The line that has run before the present event.
    line: Option<u32>,
    runs: BTreeMap<u32, usize>,
}

fn of_trace(trace: &TraceText, sample: &Sample) -> Vec<Place> {
    let lines: Vec<&str> = sample.program.lines().collect();
    let last = trace.events.last();
    let raises = last.is_some_and(|event| event.word == EventType::Raise && event.frame == 0);
    let mut frames: BTreeMap<u32, Frame<'_>> = BTreeMap::new();
    let mut counts: BTreeMap<(&str, u32), u32> = BTreeMap::new();
    let mut places = Vec::new();
    for ((index, event), (end, values)) in
        trace.events.iter().enumerate().zip(spans(&sample.answer))
    {
        let count = counts.entry((event.word.word(), event.line.0)).or_default();
        *count += 1;
        let count = *count;
        let frame = frames.entry(event.frame).or_default();
        let mut found = Targets::new();
        if event.word == EventType::Line {
            found.insert("exception", targets::kept(raises));
            let next = trace.events[index + 1..]
                .iter()
                .find(|next| next.frame == event.frame);
            of_line(event, next, &lines, frame, &mut found);
        }
        of_assigned(event, &lines, frame, &mut found);
        let line = event.line.0;
        let key = Key::Event(event.word.word(), line, count);
        places.push(Place {
            key,
            byte: end,
            targets: found,
        });
        for (name, value) in &event.changes {
            let Some(value) = value else { continue };
            let at = values.iter().find(|(other, _)| other == name);
            if let Some((_, byte)) = at {
                let mut found = Targets::new();
                targets::of_value(value, &mut found);
                let key = Key::Value(event.word.word(), line, count, name.clone());
                let byte = *byte;
                places.push(Place {
                    key,
                    byte,
                    targets: found,
                });
            }
        }
        apply(event, frame);
    }
    places
}

/// Adds the targets of the line that is about to run.
fn of_line(
    event: &TextEvent,
    next: Option<&TextEvent>,
    lines: &[&str],
    frame: &mut Frame<'_>,
    found: &mut Targets,
) {
    let line = event.line.0;
    let runs = frame.runs.entry(line).or_default();
    *runs += 1;
    found.insert("iteration", targets::bucket(*runs).to_owned());
    let Some(next) = next else { return };
    found.insert("next_line", targets::next_line(line, next).to_owned());
    if let Some(taken) = targets::branch(lines, line, next) {
        found.insert("branch", taken);
    }
}

/// Adds the targets of the variable that the line before has assigned.
fn of_assigned<'a>(event: &'a TextEvent, lines: &[&str], frame: &Frame<'a>, found: &mut Targets) {
    let before = frame.line.and_then(|line| lines.get(line as usize - 1));
    let Some(name) = before.and_then(|line| targets::assigned(line)) else {
        return;
    };
    let now = event.changes.iter().find(|(other, _)| other == name);
    let old = frame.locals.get(name);
    let value = match (now, old) {
        (Some((_, value)), _) => value.as_deref(),
        (None, old) => old.copied(),
    };
    if old.is_some() {
        found.insert("equals_previous", targets::kept(now.is_none()));
    }
    if let Some(value) = value {
        targets::of_value(value, found);
    }
}

fn apply<'a>(event: &'a TextEvent, frame: &mut Frame<'a>) {
    for (name, value) in &event.changes {
        match value {
            Some(value) => frame.locals.insert(name, value),
            None => frame.locals.remove(name.as_str()),
        };
    }
    frame.line = (event.word == EventType::Line && event.line.0 > 0).then_some(event.line.0);
}
