//! `tracestone extract`: crawled files to units, programs and calls.

use tracestone_pipeline::{self as pipeline, LazyEngine};

use crate::args::ExtractArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::{settings, stages};

/// Runs the stage alone.
pub(crate) fn run(args: &ExtractArgs, printer: &Printer) -> Result<Exit, Failure> {
    let mut store = stages::store(&args.store)?;
    let settings = settings::engine(&args.python, &args.jobs, &args.sandbox, None);
    let engine = LazyEngine::new(settings, printer);
    let extract = settings::extract(&args.jobs, &args.tests);
    let report = pipeline::extract(&mut store, &extract, &engine, printer)?;
    printer.json(&stages::to_json(&report));
    Ok(stages::exit(&report))
}
