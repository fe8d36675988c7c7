//! The latent states of a store's samples, at each step of their traces.
//!
//! The texts are those of `trace` samples: prompt, one line end, answer. An event's line says which line is
//! about to run; its changes are below it. So the place of an event is the end of its first line, before the
//! text gives the values of the variables: a model that knows them has computed them. `step` counts the line
//! events before that place, the one there included.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use serde::Serialize;
use tracestone_karel::Semantics;
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::counted;
use tracestone_record::{EventType, Language, LatentKind, LedgerRow, Sample, SampleKind};
use tracestone_sample::trace_text::{TextEvent, TraceText};
use tracestone_store::{Filter, LedgerWriter, LicensePolicy, Store};

use crate::Error;

/// Content of a written ledger.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct LedgerReport {
    /// Samples it is about.
    pub samples: u64,
    /// Rows written to the file.
    pub rows: u64,
}

/// Writes the latent ledger of a store's `trace` samples to a file; values longer than `max_value` bytes are
/// left out.
///
/// # Errors
/// The store or the file fails, or a sample cannot be read.
pub fn write_ledger(
    store: &Store,
    out: &Path,
    tool: &str,
    max_value: usize,
    watch: &dyn Watch,
) -> Result<LedgerReport, Error> {
    let filter = Filter {
        kinds: vec![SampleKind::Trace],
        license: LicensePolicy::Any,
        ..Filter::default()
    };
    let mut writer = LedgerWriter::create(out, tool)?;
    let progress = Progress::start_open(watch, "ledger", "samples");
    let (mut samples, mut error) = (0_u64, None);
    store.samples(&filter, |row| {
        samples += 1;
        progress.advance(1);
        let written =
            rows(&row.sample, max_value).and_then(|rows| writer.write(rows).map_err(Error::from));
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(failed) => {
                error = Some(failed);
                ControlFlow::Break(())
            }
        }
    })?;
    if let Some(error) = error {
        return Err(error);
    }
    let rows = writer.finish()?;
    progress.finish(&counted(samples, "sample"));
    Ok(LedgerReport { samples, rows })
}

/// The rows of one sample, sorted.
fn rows(sample: &Sample, max_value: usize) -> Result<Vec<LedgerRow>, Error> {
    let trace = TraceText::parse(&sample.answer).map_err(|error| Error::NoTrace {
        sample: sample.id,
        why: error.to_string(),
    })?;
    let semantics = match sample.language {
        Language::Python => "python".to_owned(),
        Language::Karel => karel_semantics(&sample.setup)?,
    };
    let ends = event_ends(sample);
    let mut locals: BTreeMap<u32, BTreeMap<&str, (&str, LatentKind)>> = BTreeMap::new();
    let mut rows = Vec::new();
    let mut step = 0;
    for (event, byte) in trace.events.iter().zip(ends) {
        step += i32::from(event.word == EventType::Line);
        let frame = locals.entry(event.frame).or_default();
        apply(event, frame);
        let result = (event.word == EventType::Return)
            .then_some(event.payload.as_deref())
            .flatten();
        let result = result.map(|value| ("return", (value, LatentKind::Observed)));
        let known = frame
            .iter()
            .map(|(name, known)| (*name, *known))
            .chain(result);
        for (variable, (value, kind)) in known.filter(|(_, (value, _))| value.len() <= max_value) {
            rows.push(LedgerRow {
                sample: sample.id.to_string(),
                token: None,
                byte,
                step,
                variable: variable.to_owned(),
                value: value.to_owned(),
                kind,
                semantics: semantics.clone(),
            });
        }
    }
    rows.sort_by(|a, b| a.place().cmp(&b.place()));
    Ok(rows)
}

/// Changes made by the event. Arguments are exogenous; later values are consequences.
fn apply<'a>(event: &'a TextEvent, frame: &mut BTreeMap<&'a str, (&'a str, LatentKind)>) {
    let kind = if event.word == EventType::Call {
        LatentKind::Exogenous
    } else {
        LatentKind::Latent
    };
    for (name, value) in &event.changes {
        match value {
            Some(value) => frame.insert(name, (value, kind)),
            None => frame.remove(name.as_str()),
        };
    }
}

/// Offset, in prompt, line end and answer, at which the first line of each event ends.
fn event_ends(sample: &Sample) -> impl Iterator<Item = u32> + '_ {
    let mut at = sample.prompt.len() + 1;
    sample.answer.split_inclusive('\n').filter_map(move |line| {
        let end = at + line.trim_end_matches('\n').len();
        at += line.len();
        let event = !line.starts_with("  ") && !line.trim().is_empty();
        event.then(|| u32::try_from(end).unwrap_or(u32::MAX))
    })
}

/// The name of a meaning: `original`, or its own words.
fn karel_semantics(setup: &str) -> Result<String, Error> {
    let semantics = Semantics::from_setup(setup)?;
    let changed: Vec<String> = semantics
        .changed()
        .map(|(word, done)| format!("{}={}", word.name(), done.name()))
        .collect();
    Ok(if changed.is_empty() {
        tracestone_karel::ORIGINAL.to_owned()
    } else {
        changed.join("+")
    })
}
