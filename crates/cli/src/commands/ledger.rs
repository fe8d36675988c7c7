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
    #[cfg(feature = "lab")]
    if let Some(model) = &args.of_model.model {
        return of_model(args, model, &store, printer);
    }
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

/// Writes a dataset for a model.
#[cfg(feature = "lab")]
fn of_model(
    args: &LedgerArgs,
    model: &std::path::Path,
    store: &Store,
    printer: &Printer,
) -> Result<Exit, Failure> {
    use tracestone_lab::{ModelLedgerSettings, model_ledger, tables};

    let own = &args.of_model;
    let settings = ModelLedgerSettings {
        model: model.to_owned(),
        out: args.out.clone(),
        overwrite: own.overwrite,
        form: own.form,
        prompt: own.prompt.clone(),
        kinds: own.kind.clone(),
        limit: own.limit,
        max_tokens: own.max_tokens,
        places: own.places,
        shares: own.shares.map(|shares| shares.0),
        cases: own.cases,
        tool: TOOL.to_owned(),
    };
    let ledger = model_ledger(store, &settings, printer)?;
    printer.result(&tables::model_ledger(&ledger.corpus));
    printer.result(&format!("\ndataset in {}", args.out.display()));
    printer.json(&serde_json::to_value(&ledger.corpus)?);
    Ok(Exit::Success)
}
