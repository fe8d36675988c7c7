//! `tracestone ledger`: the latent states of a store's samples, at each step of their traces.

use serde_json::json;
use tracestone_pipeline::write_ledger;
use tracestone_record::words::counted;
use tracestone_store::Store;

use crate::args::LedgerArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::settings::TOOL;

/// Writes the ledger.
pub(crate) fn run(args: &LedgerArgs, printer: &Printer) -> Result<Exit, Failure> {
    let store = Store::open_read_only(&args.store.store)?;
    let ledger = write_ledger(&store, &args.out, TOOL, args.max_value, printer)?;
    if ledger.samples == 0 {
        printer.warning("the store has no trace samples, so the ledger is empty");
    }
    printer.result(&format!(
        "{:>14}  {}",
        counted(ledger.rows, "row"),
        args.out.display()
    ));
    printer.json(&json!({ "samples": ledger.samples, "rows": ledger.rows }));
    Ok(Exit::Success)
}
