//! `tracestone curate`: marks duplicates, leaks into benchmarks, secrets and personal data.

use std::io::Write as _;

use serde_json::json;
use tracestone_files as files;
use tracestone_pipeline::report::marks;
use tracestone_pipeline::{self as pipeline, Curated, LazyEngine};
use tracestone_record::outside;
use tracestone_record::words::counted;
use tracestone_store::Store;

use crate::args::CurateArgs;
use crate::failure::{Exit, Failure, Hint as _};
use crate::printer::Printer;
use crate::{settings, stages};

/// Hits that are printed; all are in the report.
const SHOWN: usize = 20;

/// Runs the stage alone, and says what it marked.
pub(crate) fn run(args: &CurateArgs, printer: &Printer) -> Result<Exit, Failure> {
    let mut store = stages::store(&args.store)?;
    let settings = settings::curate(args);
    let engine = settings::engine(&args.python, &args.jobs, &args.sandbox, None);
    let engine = LazyEngine::new(engine, printer);
    let curated = pipeline::curate(&mut store, &settings, &engine, printer)
        .hint("benchmarks are files of JSON lines; --field names the field that holds the code")?;
    let exit = stages::exit(&curated.stage);
    if exit == Exit::Interrupted {
        printer.note("stopped; the marks are as they were");
        return Ok(exit);
    }
    let counts = store.mark_counts()?;
    printer.result(&marks::text(&counts));
    print_hits(&curated, printer);
    if let Some(path) = &args.benchmarks.report {
        write_report(path, &store, &curated)?;
        printer.note(&format!("every hit is in {}", path.display()));
    }
    let mut json = stages::to_json(&curated.stage);
    json["marks"] = serde_json::to_value(&counts)?;
    json["hits"] = hits(&store, &curated)?.into();
    printer.json(&json);
    Ok(exit)
}

fn print_hits(curated: &Curated, printer: &Printer) {
    for (program, hit) in curated.hits.iter().take(SHOWN) {
        printer.result(&format!(
            "  program {}  {} {}: {} ({})",
            &program.to_string()[..8],
            outside::line(&hit.benchmark),
            outside::line(&hit.task),
            outside::line(&hit.evidence),
            hit.rule.name(),
        ));
    }
    if let Some(more) = curated
        .hits
        .len()
        .checked_sub(SHOWN)
        .filter(|more| *more > 0)
    {
        printer.result(&format!(
            "  and {}; --report FILE writes all",
            counted(more as u64, "more hit")
        ));
    }
}

/// The hits, with the places of their programs.
fn hits(store: &Store, curated: &Curated) -> Result<Vec<serde_json::Value>, Failure> {
    let mut rows = Vec::new();
    for (id, hit) in &curated.hits {
        let program = store.program(*id)?;
        let file = store.file(program.file)?;
        let source = store.source(file.source)?;
        rows.push(json!({
            "program": id.to_string(),
            "origin": source.origin,
            "path": file.path,
            "entry": program.entry,
            "benchmark": hit.benchmark,
            "task": hit.task,
            "rule": hit.rule,
            "evidence": hit.evidence,
        }));
    }
    Ok(rows)
}

fn write_report(path: &std::path::Path, store: &Store, curated: &Curated) -> Result<(), Failure> {
    let mut text = Vec::new();
    for row in hits(store, curated)? {
        serde_json::to_writer(&mut text, &row)?;
        writeln!(text)?;
    }
    Ok(files::replace(path, text)?)
}
