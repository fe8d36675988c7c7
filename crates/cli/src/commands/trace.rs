//! `tracestone trace`: programs and calls to verified runs.

use tracestone_pipeline as pipeline;

use crate::args::TraceArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::{settings, stages};

/// Runs the stage alone.
pub(crate) fn run(args: &TraceArgs, printer: &Printer) -> Result<Exit, Failure> {
    let mut store = stages::store(&args.store)?;
    let engine = settings::engine(&args.python, &args.jobs, &args.sandbox, Some(&args.budget));
    let engine = pipeline::start_engine(&engine, printer)?;
    let settings = settings::trace(&args.inputs, &args.limit);
    let report = pipeline::trace(&mut store, &engine, &settings, printer)?;
    printer.json(&stages::to_json(&report));
    Ok(stages::exit(&report))
}
