//! `tracestone sample`: verified runs to questions with checked answers.

use tracestone_pipeline as pipeline;

use crate::args::SampleArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::{settings, stages};

/// Runs the stage alone.
pub(crate) fn run(args: &SampleArgs, printer: &Printer) -> Result<Exit, Failure> {
    let mut store = pipeline::open_store(&args.store.store)?;
    let settings = settings::sample(&args.jobs, &args.seed);
    let report = pipeline::sample(&mut store, &settings, printer)?;
    if !report.interrupted
        && let Some(parts) = pipeline::empty_parts(&store, &store.summary()?)?
    {
        printer.warning(&stages::warning(&parts));
    }
    printer.json(&serde_json::to_value(&report)?);
    Ok(stages::exit(&report))
}
