//! Verification of an answer from an independent recording of the sample's own text. Shares no code with the
//! sampler. Answers are interpreted where `eval` interprets them ([`crate::reading`]), so that both accept
//! and refuse the same ones.

use std::collections::{BTreeMap, BTreeSet};

use tracestone_forms::{Form, Moment};
use tracestone_record::{AnswerType, EventType, Line, Literal, Sample, SampleKind, Stream};

use crate::reading::{self, Successor};
use crate::trace_text::{TextEvent, TraceText};

/// Observation by an independent recorder.
#[derive(Debug, Clone)]
pub struct Observation {
    /// Result of the evaluation.
    pub outcome: Ended,
    /// Standard output of the evaluation.
    pub stdout: String,
    /// The events in the program's frames.
    pub events: Vec<Seen>,
    /// The states that were asked for by line, occurrence and name, with no text where there is no such
    /// variable; a moment that never came is not among them. Nothing where the changes of the events tell.
    pub states: Option<BTreeMap<(Line, u32, String), Option<String>>>,
    /// Reason that events are unavailable, if they are.
    pub unseen: Option<String>,
}

/// Result of an evaluation.
#[derive(Debug, Clone)]
pub enum Ended {
    /// With a value, as `repr` gives it.
    Returned(String),
    /// With an exception, as `Type: message`.
    Raised(String),
}

/// An observed event.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The frame, numbered in order of appearance.
    pub frame: u32,
    /// The type of the event.
    pub word: EventType,
    /// Line of the event.
    pub line: Line,
    /// Locals whose text changed; `None` for one that is gone.
    pub changes: Vec<(String, Option<String>)>,
    /// The name of what is called, the value that is returned or handed out, type and message of what is
    /// raised; nothing where that is not known.
    pub payload: Option<String>,
}

/// The expression whose evaluation decides about a sample; `None` where none does.
#[must_use]
pub fn expression(sample: &Sample) -> Option<String> {
    match sample.kind {
        SampleKind::Annotated => None,
        SampleKind::Input | SampleKind::Reach => {
            let callee = sample.question.callee.as_deref().unwrap_or(&sample.entry);
            Some(format!("{callee}({})", sample.answer))
        }
        _ => Some(sample.call.clone()),
    }
}

/// Says whether the answer holds, and the rationale if its form can be read back.
///
/// # Errors
/// One does not; the message says what was seen instead.
pub fn holds(sample: &Sample, seen: &Observation) -> Result<(), String> {
    answer_holds(sample, seen)?;
    let Some(form) = form_to_read(sample) else {
        return Ok(());
    };
    if let Some(why) = &seen.unseen {
        return Err(format!("the rationale: {why}"));
    }
    let moments: Vec<Moment> = seen.events.iter().map(moment).collect();
    tracestone_forms::check(form, sample, &moments).map_err(|why| format!("the rationale: {why}"))
}

/// The form of a rationale that is read back: all but prose.
#[must_use]
pub fn form_to_read(sample: &Sample) -> Option<Form> {
    let form = Form::named(sample.rationale_form.as_deref()?)?;
    (form != Form::Prose && !sample.rationale.is_empty()).then_some(form)
}

fn moment(seen: &Seen) -> Moment {
    Moment {
        frame: seen.frame,
        word: seen.word,
        line: seen.line,
        payload: seen.payload.clone(),
        changes: seen.changes.clone(),
    }
}

fn answer_holds(sample: &Sample, seen: &Observation) -> Result<(), String> {
    let question = &sample.question;
    if let Some(why) = seen.unseen.as_ref().filter(|_| asks_about_the_way(sample)) {
        return Err(why.clone());
    }
    match sample.kind {
        SampleKind::Annotated => Ok(()),
        SampleKind::Output if question.stream == Some(Stream::Stdout) => {
            let printed = Literal::Str(seen.stdout.clone()).python_repr();
            same_literal(&sample.answer, &printed)
        }
        SampleKind::Output => same_literal(&sample.answer, returned(seen)?),
        SampleKind::Input => {
            let wanted = question
                .output
                .as_deref()
                .ok_or("the question has no output")?;
            same_literal(wanted, returned(seen)?)
        }
        SampleKind::Exception => same_exception(sample, seen),
        SampleKind::State => same_literal(&sample.answer, &value_after(sample, seen)?),
        SampleKind::NextLine => {
            let next = successor(sample, seen)?;
            let same = reading::successor(&sample.answer) == Some(next);
            found(same, format_args!("{next:?}"))
        }
        SampleKind::Path => {
            let path: Vec<u32> = lines(seen).collect();
            let same = reading::lines(&sample.answer).as_ref() == Some(&path);
            found(same, format_args!("{path:?}"))
        }
        SampleKind::Coverage => {
            let set: BTreeSet<u32> = lines(seen).collect();
            let told = reading::lines(&sample.answer);
            let same = told.map(|told| told.into_iter().collect()).as_ref() == Some(&set);
            found(same, format_args!("{set:?}"))
        }
        SampleKind::Count => {
            let line = question.line.ok_or("the question has no line")?;
            let count = lines(seen).filter(|other| *other == line.0).count();
            found(reading::count(&sample.answer) == Some(count as u64), count)
        }
        SampleKind::Reach => {
            let line = question.line.ok_or("the question has no line")?;
            let mut ran = lines(seen);
            match ran.any(|other| other == line.0) {
                true => Ok(()),
                false => Err(format!("line {line} does not run")),
            }
        }
        SampleKind::Calls => same_literal(&sample.answer, &names_called(seen)),
        SampleKind::Trace => same_trace(sample, seen),
    }
}

fn same_exception(sample: &Sample, seen: &Observation) -> Result<(), String> {
    let text = match &seen.outcome {
        Ended::Raised(text) => text,
        Ended::Returned(text) => {
            return Err(format!("nothing was raised; the value is {text}"));
        }
    };
    let same = match (reading::exception(&sample.answer), reading::exception(text)) {
        (Some(told), Some(found)) => told == found,
        _ => sample.answer == *text,
    };
    found(same, text)
}

/// The list of the functions that were called, in order.
fn names_called(seen: &Observation) -> String {
    let calls = seen
        .events
        .iter()
        .filter(|event| event.word == EventType::Call);
    let names = calls.filter_map(|event| called(event.payload.as_deref()?));
    let names = names.map(|name| Literal::Str(name.to_owned()));
    Literal::List(names.collect()).python_repr()
}

/// True if the answer is about events, and not only about the result.
#[must_use]
pub fn asks_about_the_way(sample: &Sample) -> bool {
    use SampleKind::{Annotated, Exception, Input, Output};
    !matches!(sample.kind, Annotated | Exception | Input | Output)
}

/// The bare name of a called function that has one.
fn called(qualified: &str) -> Option<&str> {
    let (_, name) = qualified.rsplit_once('.').unwrap_or(("", qualified));
    (!name.starts_with('<')).then_some(name)
}

fn returned(seen: &Observation) -> Result<&str, String> {
    match &seen.outcome {
        Ended::Returned(text) => Ok(text),
        Ended::Raised(text) => Err(format!("{text} was raised")),
    }
}

fn found(same: bool, what: impl std::fmt::Display) -> Result<(), String> {
    if same {
        Ok(())
    } else {
        Err(format!("found {what}"))
    }
}

fn same_literal(answer: &str, seen: &str) -> Result<(), String> {
    for text in [answer, seen] {
        reading::literal(text).map_err(|error| format!("`{text}` is not a literal: {error}"))?;
    }
    found(reading::same_value(answer, seen), seen)
}

fn lines(seen: &Observation) -> impl Iterator<Item = u32> + '_ {
    seen.events
        .iter()
        .filter(|event| event.word == EventType::Line)
        .map(|event| event.line.0)
}

/// The position of the event that a question about an occurrence names.
fn occurrence(sample: &Sample, seen: &Observation) -> Result<usize, String> {
    let line = sample.question.line.ok_or("the question has no line")?;
    let occurrence = sample
        .question
        .occurrence
        .ok_or("the question has no occurrence")?;
    seen.events
        .iter()
        .enumerate()
        .filter(|(_, event)| event.word == EventType::Line && event.line == line)
        .map(|(position, _)| position)
        .nth((occurrence as usize).saturating_sub(1))
        .ok_or_else(|| format!("line {line} did not run {occurrence} times"))
}

fn value_after(sample: &Sample, seen: &Observation) -> Result<String, String> {
    let at = occurrence(sample, seen)?;
    let frame = seen.events[at].frame;
    let variable = sample.question.variable.as_deref().unwrap_or_default();
    let absent = || format!("there is no variable `{variable}` then");
    if let Some(states) = &seen.states {
        let occurrence = sample.question.occurrence.unwrap_or_default();
        let key = (seen.events[at].line, occurrence, variable.to_owned());
        let state = states.get(&key).ok_or("the moment was not looked at")?;
        return state.clone().ok_or_else(absent);
    }
    let moment = seen.events[at + 1..]
        .iter()
        .position(|event| event.frame == frame)
        .map(|distance| at + 1 + distance)
        .ok_or("the frame has no later event")?;
    let mut locals: BTreeMap<&str, &str> = BTreeMap::new();
    for event in &seen.events[..=moment] {
        if event.frame != frame {
            continue;
        }
        for (name, text) in &event.changes {
            match text {
                Some(text) => locals.insert(name, text),
                None => locals.remove(name.as_str()),
            };
        }
    }
    locals
        .get(variable)
        .map(|text| (*text).to_owned())
        .ok_or_else(absent)
}

fn successor(sample: &Sample, seen: &Observation) -> Result<Successor, String> {
    let at = occurrence(sample, seen)?;
    let frame = seen.events[at].frame;
    seen.events[at + 1..]
        .iter()
        .filter(|event| event.frame == frame)
        .find_map(|event| match event.word {
            EventType::Line => Some(Successor::Line(event.line)),
            EventType::Return => Some(Successor::Return),
            EventType::Raise => Some(Successor::Raise),
            _ => None,
        })
        .ok_or_else(|| "the frame neither went on nor ended".to_owned())
}

/// Compares events, lines, changed values and what events hand on, where it is known; the outermost result
/// with the outcome too.
fn same_trace(sample: &Sample, seen: &Observation) -> Result<(), String> {
    debug_assert_eq!(sample.answer_type, AnswerType::Trace);
    let trace = TraceText::parse(&sample.answer).map_err(|error| error.to_string())?;
    if trace.events.len() != seen.events.len() {
        return Err(format!("found {} events", seen.events.len()));
    }
    for (number, (told, event)) in trace.events.iter().zip(&seen.events).enumerate() {
        let place = format!("event {}", number + 1);
        if (told.word, told.frame, told.line) != (event.word, event.frame, event.line) {
            return Err(format!(
                "{place}: found {} {} {}",
                event.word, event.frame, event.line
            ));
        }
        same_payload(told, event).map_err(|message| format!("{place}: {message}"))?;
        same_changes(told, event).map_err(|message| format!("{place}: {message}"))?;
    }
    match (trace.events.last(), &seen.outcome) {
        (Some(last), Ended::Returned(text))
            if last.word == EventType::Return && last.frame == 0 =>
        {
            match &last.payload {
                // The expression may do more than the last frame's return shows.
                Some(value) if is_plain_call(sample) => same_literal(value, text),
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

fn is_plain_call(sample: &Sample) -> bool {
    let name: String = sample
        .call
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    name == sample.entry
        && sample.call.ends_with(')')
        && sample.call.matches('(').count() == 1
        && !sample.program.contains(&format!("class {name}"))
        && !sample.program.contains('@')
}

/// Type and message agree, white space at the ends of the message aside, which a line of a trace does not show.
fn same_raised(told: &str, found: &str) -> bool {
    match (reading::exception(told), reading::exception(found)) {
        (Some(told), Some(found)) => told == found,
        _ => told == found,
    }
}

fn same_payload(told: &TextEvent, event: &Seen) -> Result<(), String> {
    let Some(found) = &event.payload else {
        return Ok(());
    };
    match (event.word, &told.payload) {
        (EventType::Return | EventType::Yield, Some(value)) => same_literal(value, found),
        (EventType::Return | EventType::Yield, None) if !is_literal(found) => Ok(()),
        (EventType::Call, Some(name)) if name == found => Ok(()),
        (EventType::Raise, Some(text)) if same_raised(text, &found.replace('\n', "\\n")) => Ok(()),
        _ => Err(format!("found {found}")),
    }
}

fn same_changes(told: &TextEvent, event: &Seen) -> Result<(), String> {
    // The recorder marks what has no literal form by angle brackets; a trace text leaves it out.
    let found: Vec<_> = event
        .changes
        .iter()
        .filter(|(_, text)| text.as_deref().is_none_or(is_literal))
        .collect();
    let told_names: Vec<_> = told.changes.iter().map(|(name, _)| name).collect();
    let found_names: Vec<_> = found.iter().map(|(name, _)| name).collect();
    let mut sorted = (told_names.clone(), found_names.clone());
    sorted.0.sort();
    sorted.1.sort();
    if sorted.0 != sorted.1 {
        return Err(format!("found changes of {found_names:?}"));
    }
    for (name, told_text) in &told.changes {
        let found_text = found
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, text)| text);
        match (told_text, found_text) {
            (Some(told), Some(Some(found))) => same_literal(told, found)?,
            (None, Some(None)) => {}
            _ => return Err(format!("found another fate of {name}")),
        }
    }
    Ok(())
}

fn is_literal(text: &str) -> bool {
    reading::literal(text).is_ok()
}
