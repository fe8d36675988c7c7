//! A sample with its run, as the viewer takes it.

use serde_json::{Map, Value, json};
use tracestone_record::{Event, EventKind, Run, Sample, SampleId, SampleKind};
use tracestone_store::{Store, StoreError};

use crate::moment::moment;

/// Events that a page gets; a longer run is cut, which the page says.
const EVENTS: usize = 20_000;

/// The sample with this identifier.
///
/// # Errors
/// There is none, or the store cannot be read.
pub(crate) fn view(store: &Store, id: SampleId) -> Result<Value, StoreError> {
    let row = store.sample(&id.to_string())?;
    let linked = row.run.is_none();
    // A docstring is shown beside a run of the program that it describes.
    let run = match row.run.or(row.linked_runs.first().copied()) {
        Some(run) => Some(store.run(run)?),
        None => None,
    };
    let sample = &row.sample;
    let mut view = serde_json::to_value(sample).unwrap_or_default();
    let marks = store.marks_of(row.program, sample.id)?.into_iter();
    let marks = marks.map(|(rule, evidence)| json!([rule.name(), rule.explanation(), evidence]));
    view["marks"] = marks.collect();
    view["cluster"] = json!(store.cluster_size(row.program)?);
    view["ask"] = json!(ask(sample));
    view["run"] = match &run {
        Some(run) => run_view(sample, run, linked),
        None => Value::Null,
    };
    Ok(view)
}

/// The question in its own words: the last paragraph of the prompt, or the one above the value that arguments are
/// asked for; of several lines the first.
fn ask(sample: &Sample) -> &str {
    let mut paragraphs = sample.prompt.trim_end().rsplit("\n\n");
    let last = paragraphs.next().unwrap_or_default();
    let fenced = paragraphs
        .next()
        .is_some_and(|text| text.starts_with("```"));
    let above = paragraphs
        .next()
        .filter(|_| fenced && sample.kind == SampleKind::Input);
    above.unwrap_or(last).lines().next().unwrap_or_default()
}

fn run_view(sample: &Sample, run: &Run, linked: bool) -> Value {
    let events = run.trace.as_ref().map_or(&[][..], |trace| &trace.events);
    let kind = if linked {
        SampleKind::Annotated
    } else {
        sample.kind
    };
    let moment = moment(kind, &sample.question, events);
    json!({
        "outcome": run.outcome.name(),
        "stdout": run.stdout,
        "linked": linked,
        "total": events.len(),
        "events": events.iter().take(EVENTS).map(event).collect::<Vec<_>>(),
        "at": moment.at,
        "limit": moment.limit,
    })
}

/// An event without what a page does not show.
fn event(event: &Event) -> Value {
    let (name, text) = match &event.kind {
        EventKind::Call { function, .. } => ("call", Some(function.clone())),
        EventKind::Resume => ("resume", None),
        EventKind::Line => ("line", None),
        EventKind::Return { value } => ("return", Some(value.text.clone())),
        EventKind::Yield { value } => ("yield", Some(value.text.clone())),
        EventKind::Raise { exception } => {
            let text = match exception.message.is_empty() {
                true => exception.type_name.clone(),
                false => format!("{}: {}", exception.type_name, exception.message),
            };
            ("raise", Some(text))
        }
    };
    let mut made = Map::new();
    made.insert("frame".to_owned(), event.frame.into());
    made.insert("event".to_owned(), name.into());
    made.insert("line".to_owned(), event.line.0.into());
    if let Some(text) = text {
        made.insert("text".to_owned(), text.into());
    }
    if !event.changes.is_empty() {
        let changes = event.changes.iter().map(|change| {
            let value = change.value.as_ref();
            json!([
                change.name,
                value.map(|value| &value.text),
                value.map(|value| &value.type_name),
                change.same_as,
            ])
        });
        made.insert("changes".to_owned(), changes.collect());
    }
    Value::Object(made)
}
