//! `tracestone ledger`: the latent states of a store's samples, at each step of their traces.
//!
//! The texts are those of `trace` samples: prompt, one line end, answer. An event's line says which line
//! is about to run; what it changed stands under it. So the place of an event is the end of its first
//! line, where the text has not yet told what the variables are: a model that knows it has worked it
//! out. `step` counts the line events before that place, the one there included.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde_json::json;
use tracestone_karel::Semantics;
use tracestone_record::words::counted;
use tracestone_record::{Language, LatentKind, LedgerRow, Sample, SampleKind};
use tracestone_sample::trace_text::{TextEvent, TraceText};
use tracestone_store::{Filter, LedgerWriter, LicensePolicy, Store};

use crate::args::LedgerArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::progress::Progress;

/// Writes the ledger.
pub(crate) fn run(args: &LedgerArgs, printer: &Printer) -> Result<Exit, Failure> {
    let store = Store::open_read_only(&args.store.store)?;
    let filter = Filter {
        kinds: vec![SampleKind::Trace],
        license: LicensePolicy::Any,
        ..Filter::default()
    };
    let tool = concat!("tracestone ", env!("CARGO_PKG_VERSION"));
    let mut writer = LedgerWriter::create(&args.out, tool)?;
    let progress = Progress::start_open(printer, "ledger", "samples");
    let (mut samples, mut error) = (0_u64, None);
    store.samples(&filter, |row| {
        samples += 1;
        progress.advance(1);
        let written = rows(&row.sample, args.max_value)
            .and_then(|rows| writer.write(rows).map_err(Failure::from));
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(failure) => {
                error = Some(failure);
                ControlFlow::Break(())
            }
        }
    })?;
    if let Some(error) = error {
        return Err(error);
    }
    let rows = writer.finish()?;
    progress.finish(&counted(samples, "sample"));
    if samples == 0 {
        printer.warning("the store has no trace samples, so the ledger is empty");
    }
    printer.result(&format!(
        "{:>14}  {}",
        counted(rows, "row"),
        args.out.display()
    ));
    printer.json(&json!({ "samples": samples, "rows": rows }));
    Ok(Exit::Success)
}

/// The rows of one sample, sorted.
fn rows(sample: &Sample, max_value: usize) -> Result<Vec<LedgerRow>, Failure> {
    let trace = TraceText::parse(&sample.answer)
        .map_err(|error| Failure::new(format!("sample {}: {error}", sample.id)))?;
    let semantics = match sample.language {
        Language::Python => "python".to_owned(),
        Language::Karel => karel_semantics(&sample.setup)?,
    };
    let ends = event_ends(sample);
    let mut locals: BTreeMap<u32, BTreeMap<&str, (&str, LatentKind)>> = BTreeMap::new();
    let mut rows = Vec::new();
    let mut step = 0;
    for (event, byte) in trace.events.iter().zip(ends) {
        step += i32::from(event.word == "line");
        let frame = locals.entry(event.frame).or_default();
        apply(event, frame);
        let result = (event.word == "return")
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

/// What the event changes. Arguments are where the run starts from; everything later comes of it.
fn apply<'a>(event: &'a TextEvent, frame: &mut BTreeMap<&'a str, (&'a str, LatentKind)>) {
    let kind = if event.word == "call" {
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

/// Where the first line of each event ends in prompt, line end and answer.
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
fn karel_semantics(setup: &str) -> Result<String, Failure> {
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
