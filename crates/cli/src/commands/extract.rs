//! `tracestone extract`: crawled files to units, programs and calls.

use tracestone_store::Store;

use crate::args::StageArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::stages;

/// Runs the stage alone.
pub(crate) fn run(args: &StageArgs, printer: &Printer) -> Result<Exit, Failure> {
    let mut store = stages::python_only(Store::open(&args.store.store)?)?;
    let report = stages::extract::run(&mut store, &args.jobs, printer)?;
    printer.json(&report.to_json());
    Ok(report.exit())
}
