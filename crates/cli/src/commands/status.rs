//! `tracestone status`: what is in the store, what was left out, and why.

use tracestone_store::Store;

use crate::args::StatusArgs;
use crate::commands::coverage::Coverage;
use crate::commands::summary;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;

/// Prints the summary and every reason with its count.
pub(crate) fn run(args: &StatusArgs, printer: &Printer) -> Result<Exit, Failure> {
    let store = Store::open_read_only(&args.store.store)?;
    let totals = store.summary()?;
    printer.result(&summary::text(&totals));
    printer.result(&summary::drops(&totals, args.examples));
    printer.result(&summary::words(&totals));
    let mut json = summary::to_json(&totals)?;
    if args.coverage {
        let coverage = Coverage::of(&store)?;
        printer.result(&coverage.text());
        json["coverage"] = coverage.to_json();
    }
    printer.json(&json);
    Ok(Exit::Success)
}
