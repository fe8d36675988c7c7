//! `tracestone extract`: crawled files to units, programs and calls.

use tracestone_pipeline::{self as pipeline, Engines};

use crate::args::ExtractArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::{settings, stages};

/// Runs the stage alone.
pub(crate) fn run(args: &ExtractArgs, printer: &Printer) -> Result<Exit, Failure> {
    let mut store = pipeline::open_store(&args.store.store)?;
    let (first, others) = settings::engines(&args.engines, None);
    let engines = Engines::new(first, others, printer);
    let extract = settings::extract(&args.engines.jobs, &args.tests);
    let report = pipeline::extract(&mut store, &extract, &engines, printer)?;
    printer.json(&serde_json::to_value(&report)?);
    Ok(stages::exit(&report))
}
