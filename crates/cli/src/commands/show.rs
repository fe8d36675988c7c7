//! `tracestone show`: one sample with its code, trace and provenance.

use tracestone_pipeline::report::sample as text;
use tracestone_record::Sample;
use tracestone_store::Store;

use crate::args::ShowArgs;
use crate::failure::{Exit, Failure, Hint as _};
use crate::printer::Printer;

/// Prints the sample.
pub(crate) fn run(args: &ShowArgs, printer: &Printer) -> Result<Exit, Failure> {
    let store = Store::open_read_only(&args.store.store)?;
    let row = store
        .sample(&args.id)
        .hint("identifiers are in exports and in the last lines of `tracestone build`; the first digits are enough")?;
    let run = row.run.map(|id| store.run(id)).transpose()?;
    let sample: &Sample = &row.sample;
    printer.sample(&text::full(sample, run.as_ref()));
    printer.json(&serde_json::to_value(sample)?);
    Ok(Exit::Success)
}
