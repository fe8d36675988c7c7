//! `tracestone trace`: programs and calls to verified runs.

use tracestone_pipeline::{self as pipeline, Engines};

use crate::args::TraceArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::{settings, stages};

/// Runs the stage alone.
pub(crate) fn run(args: &TraceArgs, printer: &Printer) -> Result<Exit, Failure> {
    let mut store = pipeline::open_store(&args.store.store)?;
    let (first, others) = settings::engines(&args.engines, Some(&args.budget));
    let engines = Engines::new(first, others, printer);
    let settings = settings::trace(&args.inputs, &args.limit);
    let report = pipeline::trace(&mut store, &engines, &settings, printer)?;
    printer.json(&serde_json::to_value(&report)?);
    Ok(stages::exit(&report))
}
