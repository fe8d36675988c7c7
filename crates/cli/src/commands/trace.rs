//! `tracestone trace`: programs and calls to verified runs.

use tracestone_store::Store;

use crate::args::TraceArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::stages;

/// Runs the stage alone.
pub(crate) fn run(args: &TraceArgs, printer: &Printer) -> Result<Exit, Failure> {
    let mut store = stages::python_only(Store::open(&args.store.store)?)?;
    let engine = stages::trace::start_engine(
        &args.python,
        &args.jobs,
        &args.sandbox,
        Some(&args.budget),
        printer,
    )?;
    let path = &args.store.store;
    let report = stages::trace::run(
        &mut store,
        path,
        &engine,
        &args.inputs,
        &args.limit,
        printer,
    )?;
    printer.json(&report.to_json());
    Ok(report.exit())
}
