//! `tracestone sample`: verified runs to questions with checked answers.

use tracestone_store::Store;

use crate::args::SampleArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::stages;

/// Runs the stage alone.
pub(crate) fn run(args: &SampleArgs, printer: &Printer) -> Result<Exit, Failure> {
    let mut store = stages::python_only(Store::open(&args.store.store)?)?;
    let report = stages::sample::run(&mut store, &args.jobs, &args.seed, printer)?;
    if !report.interrupted
        && let Some(warning) = stages::split::warning(&store, &store.summary()?)?
    {
        printer.warning(&warning);
    }
    printer.json(&report.to_json());
    Ok(report.exit())
}
