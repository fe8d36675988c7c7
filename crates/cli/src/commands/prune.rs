//! `tracestone prune`: removes what earlier builds left in a store and the current corpus hides.

use tracestone_record::words::counted;
use tracestone_store::{Store, StoreError};

use crate::args::PruneArgs;
use crate::commands::hidden;
use crate::failure::{Exit, Failure};
use crate::interrupt;
use crate::printer::Printer;

/// Says what is hidden, and removes it.
pub(crate) fn run(args: &PruneArgs, printer: &Printer) -> Result<Exit, Failure> {
    if args.dry_run {
        let sources = Store::open_read_only(&args.store.store)?.hidden_sources()?;
        printer.result(&match hidden::text(&sources) {
            Some(text) => text,
            None => "nothing is hidden".to_owned(),
        });
        printer.json(&serde_json::json!({ "hidden": sources }));
        return Ok(Exit::Success);
    }
    let mut store = Store::open(&args.store.store)?;
    store.stop_when(interrupt::requested)?;
    let pruned = match store.prune() {
        Err(StoreError::Stopped) => {
            printer.note("stopped; run the same command again to go on");
            return Ok(Exit::Interrupted);
        }
        pruned => pruned?,
    };
    printer.result(&format!(
        "removed {} with {}, {}, {} and {}; the store is {:.1} MB smaller",
        counted(pruned.sources, "source"),
        counted(pruned.files, "file"),
        counted(pruned.programs, "program"),
        counted(pruned.runs, "run"),
        counted(pruned.samples, "sample"),
        pruned.bytes as f64 / 1e6,
    ));
    printer.json(&serde_json::to_value(&pruned)?);
    Ok(Exit::Success)
}
