//! `tracestone probe`: what can be read from hidden states, and what of it is the model's.

use tracestone_files as files;
use tracestone_lab::{Dataset, page, probe_activations, tables};

use crate::args::ProbeArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::settings;

/// Trains the probes and their controls and reports.
pub(crate) fn run(args: &ProbeArgs, printer: &Printer) -> Result<Exit, Failure> {
    let data = Dataset::open(&args.data)?;
    let settings = settings::probes(&args.probing, args.seed, &args.jobs);
    let report = probe_activations(&args.acts, &args.untrained, &data, &settings, printer)?;
    printer.result(&tables::gaps(&report));
    if let Some(out) = &args.out {
        files::create_folder(out)?;
        let json = serde_json::to_string_pretty(&report)?;
        files::replace(out.join("probe.json"), json)?;
        files::replace(out.join("report.html"), page(None, Some(&report), None)?)?;
        printer.note(&format!("report in {}", out.display()));
    }
    printer.json(&serde_json::to_value(&report)?);
    Ok(Exit::Success)
}
