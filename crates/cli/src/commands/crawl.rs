//! `tracestone crawl`: the sources of a corpus to files in the store.

use tracestone_pipeline as pipeline;

use crate::args::CrawlArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::{settings, stages};

/// Runs the stage alone.
pub(crate) fn run(args: &CrawlArgs, printer: &Printer) -> Result<Exit, Failure> {
    let corpus = settings::corpus(&args.corpus)?;
    let mut store = stages::store_for(&corpus.name, &args.store, &args.corpus)?;
    let settings = settings::crawl(&args.corpus, &args.jobs, &args.python);
    let report = pipeline::crawl(&mut store, &corpus, &settings, printer)?;
    printer.json(&stages::to_json(&report));
    Ok(stages::exit(&report))
}
