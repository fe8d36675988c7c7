//! `tracestone crawl`: the sources of a corpus to files in the store.

use tracestone_store::Store;

use crate::args::CrawlArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::stages;

/// Runs the stage alone.
pub(crate) fn run(args: &CrawlArgs, printer: &Printer) -> Result<Exit, Failure> {
    let corpus = stages::crawl::load_corpus(&args.corpus)?;
    let mut store = stages::python_only(Store::create_or_open(&args.store.store)?)?;
    stages::corpus::check(&store, &corpus.name, args.corpus.switch_corpus)?;
    let report = stages::crawl::run(
        &mut store,
        &corpus,
        &args.corpus,
        &args.jobs,
        &args.python,
        printer,
    )?;
    printer.json(&report.to_json());
    Ok(report.exit())
}
