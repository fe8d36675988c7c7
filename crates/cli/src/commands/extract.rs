//! `tracestone extract`: crawled files to units, programs and calls.

use std::cell::OnceCell;

use tracestone_store::Store;

use crate::args::ExtractArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::stages;
use crate::stages::syntax::Asked;

/// Runs the stage alone.
pub(crate) fn run(args: &ExtractArgs, printer: &Printer) -> Result<Exit, Failure> {
    let mut store = stages::python_only(Store::open(&args.store.store)?)?;
    let asked = Asked::Later {
        python: &args.python,
        jobs: &args.jobs,
        sandbox: &args.sandbox,
        printer,
        engine: OnceCell::new(),
    };
    let report = stages::extract::run(&mut store, &args.jobs, &asked, printer)?;
    printer.json(&report.to_json());
    Ok(report.exit())
}
