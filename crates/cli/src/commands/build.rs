//! `tracestone build`: the whole job.

use tracestone_pipeline::report::{funnel, hidden, sample as text, totals};
use tracestone_pipeline::{self as pipeline, Engines};

use crate::args::BuildArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::{looking, settings, stages};

/// Crawls, extracts, traces and samples; then prints a summary and one sample.
pub(crate) fn run(args: &BuildArgs, printer: &Printer) -> Result<Exit, Failure> {
    let corpus = settings::corpus(&args.corpus)?;
    // The sandbox is tried before anything is fetched, so that a machine that cannot run programs
    // is told so at once.
    let (first, others) = settings::engines(&args.engines, Some(&args.budget));
    let engines = Engines::new(first, others, printer);
    let started = engines.start()?;
    let pythons: Vec<&str> = started.iter().map(|engine| engine.python()).collect();
    printer.note(&format!(
        "building {} with {} in sandbox {}",
        corpus.name,
        pythons.join(", "),
        started[0].sandbox()
    ));
    let mut store =
        pipeline::open_store_for(&corpus.name, &args.store.store, args.corpus.switch_corpus)?;
    let settings = settings::build(args);
    let reports = pipeline::build(&mut store, &corpus, &engines, &settings, printer)?;
    let exits = reports.iter().map(stages::exit);
    let exit = exits.fold(Exit::Success, Exit::worse);
    if exit == Exit::Interrupted {
        return Ok(printer.stopped());
    }
    let totals = store.summary()?;
    printer.result(&totals::text(&totals));
    if let Some(sample) = text::example(&store)? {
        printer.result("\nOne of them:\n");
        printer.sample(&text::brief(&sample));
        printer.result(&format!(
            "\n`tracestone show {} --store {1}` shows all of it, and `tracestone status --store {1}` explains what was left out.",
            &sample.id.to_string()[..8],
            args.store.store.display()
        ));
    }
    let empty = pipeline::empty_parts(&store, &totals)?;
    let warnings: Vec<_> = empty.iter().map(stages::warning).collect();
    for warning in &warnings {
        printer.warning(warning);
    }
    let hidden = store.hidden_sources()?;
    if let Some(text) = hidden::text(&hidden) {
        printer.note(&text);
    }
    let funnel = store.funnel()?;
    if let Some(line) = funnel::line(&funnel) {
        printer.result(&format!("\n{line}"));
    }
    printer.json(&serde_json::json!({
        "store": args.store.store,
        "warnings": warnings,
        "hidden": hidden,
        "stages": reports,
        "summary": totals::to_json(&totals)?,
        "funnel": { "own": funnel.own(), "tests": funnel.tests() },
    }));
    drop(store);
    looking::prepare(&args.store.store);
    Ok(exit)
}
