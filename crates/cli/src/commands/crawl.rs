//! `tracestone crawl`: the sources of a corpus to files in the store.

use tracestone_pipeline as pipeline;

use crate::args::CrawlArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::{settings, stages};

/// Runs the stage alone.
pub(crate) fn run(args: &CrawlArgs, printer: &Printer) -> Result<Exit, Failure> {
    let corpus = settings::corpus(&args.corpus)?;
    let mut store =
        pipeline::open_store_for(&corpus.name, &args.store.store, args.corpus.switch_corpus)?;
    let settings = settings::crawl(&args.corpus, &args.jobs, &args.pythons);
    let report = pipeline::crawl(&mut store, &corpus, &settings, printer)?;
    printer.json(&serde_json::to_value(&report)?);
    Ok(stages::exit(&report))
}
