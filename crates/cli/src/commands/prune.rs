//! `tracestone prune`: removes what earlier builds left in a store and the current corpus hides.

use tracestone_pipeline::report::{hidden, totals};
use tracestone_record::words::counted;
use tracestone_store::{Store, StoreError};

use crate::args::PruneArgs;
use crate::failure::{Exit, Failure};
use crate::interrupt;
use crate::printer::Printer;

/// Says what is hidden, and removes it.
pub(crate) fn run(args: &PruneArgs, printer: &Printer) -> Result<Exit, Failure> {
    if args.dry_run {
        let store = Store::open_read_only(&args.store.store)?;
        refuse_unfinished(&store)?;
        let sources = store.hidden_sources()?;
        printer.result(match &hidden::text(&sources) {
            Some(text) => text.trim_start(),
            None => "nothing is hidden",
        });
        printer.json(&serde_json::json!({ "hidden": sources }));
        return Ok(Exit::Success);
    }
    let mut store = Store::open(&args.store.store)?;
    refuse_unfinished(&store)?;
    store.stop_when(interrupt::requested)?;
    let pruned = match store.prune() {
        Err(StoreError::Stopped) => {
            printer.note("stopped; run the same command again to continue");
            return Ok(Exit::Interrupted);
        }
        pruned => pruned?,
    };
    printer.result(&format!(
        "removed {} with {}, {}, {} and {}; the store is {} smaller",
        counted(pruned.sources, "source"),
        counted(pruned.files, "file"),
        counted(pruned.programs, "program"),
        counted(pruned.runs, "run"),
        counted(pruned.samples, "sample"),
        totals::size(pruned.bytes),
    ));
    printer.json(&serde_json::to_value(&pruned)?);
    Ok(Exit::Success)
}

/// Until a crawl has come to its end no source is current, and everything looks hidden.
fn refuse_unfinished(store: &Store) -> Result<(), Failure> {
    if store.sources()?.is_empty() {
        return Err(Failure::new(format!(
            "{}: no crawl has finished, so hidden sources are unknown",
            store.path().display()
        ))
        .hinted("run `tracestone build` or `tracestone crawl` with its corpus again"));
    }
    Ok(())
}
