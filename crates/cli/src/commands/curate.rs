//! `tracestone curate`: marks duplicates, leaks into benchmarks, secrets and personal data.

use std::io::Write as _;
use std::path::Path;

use tracestone_files as files;
use tracestone_pipeline::report::marks;
use tracestone_pipeline::{self as pipeline, Curated, LazyEngine, PlacedHit};
use tracestone_record::outside;
use tracestone_record::words::counted;

use crate::args::CurateArgs;
use crate::failure::{Exit, Failure, Hint as _};
use crate::printer::Printer;
use crate::{looking, settings, stages};

/// Hits that are printed; all are in the report.
const SHOWN: usize = 20;

/// Runs the stage alone, and says what it marked.
pub(crate) fn run(args: &CurateArgs, printer: &Printer) -> Result<Exit, Failure> {
    let mut store = pipeline::open_store(&args.store.store)?;
    let settings = settings::curate(args);
    let engine = settings::engine(&args.engine);
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
    let hits = curated.placed(&store)?;
    if let Some(path) = &args.benchmarks.report {
        write_report(path, &hits)?;
        printer.note(&format!("every hit is in {}", path.display()));
    }
    let mut json = serde_json::to_value(&curated.stage)?;
    json["marks"] = serde_json::to_value(&counts)?;
    json["hits"] = serde_json::to_value(&hits)?;
    printer.json(&json);
    drop(store);
    looking::prepare(&args.store.store);
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

fn write_report(path: &Path, hits: &[PlacedHit]) -> Result<(), Failure> {
    let mut text = Vec::new();
    for hit in hits {
        // As a value, whose fields are in the order of their names.
        writeln!(text, "{}", serde_json::to_value(hit)?)?;
    }
    Ok(files::replace(path, text)?)
}
