//! `tracestone build`: the whole job.

use tracestone_pipeline::report::{funnel, hidden, sample as text, totals};
use tracestone_pipeline::{self as pipeline, LazyEngine, StageReport};

use crate::args::BuildArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::{settings, stages};

/// Crawls, extracts, traces and samples; then prints a summary and one sample.
pub(crate) fn run(args: &BuildArgs, printer: &Printer) -> Result<Exit, Failure> {
    let corpus = settings::corpus(&args.corpus)?;
    // The sandbox is tried before anything is fetched, so that a machine that cannot run programs
    // is told so at once.
    let engine = settings::engine(&args.python, &args.jobs, &args.sandbox, Some(&args.budget));
    let engine = pipeline::start_engine(&engine, printer)?;
    printer.note(&format!(
        "building {} with {} in sandbox {}",
        corpus.name,
        engine.python(),
        engine.sandbox()
    ));
    let mut store = stages::store_for(&corpus.name, &args.store, &args.corpus)?;
    let (engine, settings) = (LazyEngine::from(engine), settings::build(args));
    let reports = pipeline::build(&mut store, &corpus, &engine, &settings, printer)?;
    let exit = worst(&reports);
    if exit == Exit::Interrupted {
        printer.note("stopped; the same command continues from here");
        return Ok(exit);
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
        "stages": reports.iter().map(stages::to_json).collect::<Vec<_>>(),
        "summary": totals::to_json(&totals)?,
        "funnel": { "own": funnel.own(), "tests": funnel.tests() },
    }));
    Ok(exit)
}

fn worst(reports: &[StageReport]) -> Exit {
    let exits = || reports.iter().map(stages::exit);
    [Exit::Interrupted, Exit::Partial]
        .into_iter()
        .find(|exit| exits().any(|other| other == *exit))
        .unwrap_or(Exit::Success)
}
