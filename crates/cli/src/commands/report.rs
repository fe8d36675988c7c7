//! `tracestone report`: a run as a page, or as a log of another harness.

use crate::args::ReportArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;

/// Writes the report.
pub(crate) fn run(args: &ReportArgs, _printer: &Printer) -> Result<Exit, Failure> {
    Err(Failure::new(format!("{:?}", args.format)))
}
