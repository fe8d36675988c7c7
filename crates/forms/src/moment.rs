//! Moments: the events of a run as texts, whoever recorded them.

use std::collections::BTreeSet;

use tracestone_record::{
    Event, EventKind, EventType, Line, Sample, SampleKind, Trace, Value, words,
};

/// One event of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// Number of the frame, counted from 0 in order of appearance.
    pub frame: u32,
    /// Type of the event.
    pub word: EventType,
    /// Line of the event.
    pub line: Line,
    /// The function of a call, the value of a return or yield, `Type: message` of a raise; nothing where that is
    /// not known. A value without a literal form is the name of its type in angle brackets.
    pub payload: Option<String>,
    /// Locals whose value is not what the frame's previous event showed; `None` for one that is gone.
    pub changes: Vec<(String, Option<String>)>,
}

/// The moments of a recorded trace.
#[must_use]
pub fn moments(trace: &Trace) -> Vec<Moment> {
    settled(trace.events.iter().map(moment).collect())
}

/// Moments without changes from one value that has no literal form to another: recorders differ in which of
/// these they notice, and a text could say nothing about them.
pub(crate) fn settled(mut moments: Vec<Moment>) -> Vec<Moment> {
    let mut vague: BTreeSet<(u32, String)> = BTreeSet::new();
    for moment in &mut moments {
        let frame = moment.frame;
        moment.changes.retain(|(name, value)| {
            let variable = (frame, name.clone());
            match value.as_deref().is_some_and(|value| value.starts_with('<')) {
                true => vague.insert(variable),
                false => {
                    vague.remove(&variable);
                    true
                }
            }
        });
    }
    moments
}

fn moment(event: &Event) -> Moment {
    let payload = match &event.kind {
        EventKind::Call { function, .. } => Some(function.clone()),
        EventKind::Return { value } | EventKind::Yield { value } => Some(shown(value)),
        EventKind::Raise { exception } => {
            Some(words::exception(&exception.type_name, &exception.message))
        }
        EventKind::Line | EventKind::Resume => None,
    };
    let changes = event.changes.iter();
    Moment {
        frame: event.frame,
        word: event.kind.event_type(),
        line: event.line,
        payload,
        changes: changes
            .map(|change| (change.name.clone(), change.value.as_ref().map(shown)))
            .collect(),
    }
}

fn shown(value: &Value) -> String {
    match value.exact && !value.truncated {
        true => value.text.clone(),
        false => format!("<{}>", value.type_name),
    }
}

/// The last moment that the reasoning about a sample may tell of: where the answer shows.
#[must_use]
pub fn until(sample: &Sample, moments: &[Moment]) -> Option<usize> {
    let last = moments.len().checked_sub(1)?;
    if !matches!(sample.kind, SampleKind::State | SampleKind::NextLine) {
        return Some(last);
    }
    let line = sample.question.line?;
    let nth = (sample.question.occurrence? as usize).checked_sub(1)?;
    let asked = |moment: &Moment| moment.word == EventType::Line && moment.line == line;
    let at = (0..moments.len())
        .filter(|at| asked(&moments[*at]))
        .nth(nth)?;
    let frame = moments[at].frame;
    (at + 1..moments.len()).find(|later| moments[*later].frame == frame)
}
