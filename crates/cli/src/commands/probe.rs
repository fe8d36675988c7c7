//! `tracestone probe`: what can be read from hidden states, and what of it is the model's.

use tracestone_lab::{Dataset, page, probe_activations, tables};

use crate::args::ProbeArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::settings;
use crate::studies::write_report;

/// Trains the probes and their controls and reports.
pub(crate) fn run(args: &ProbeArgs, printer: &Printer) -> Result<Exit, Failure> {
    let data = Dataset::open(&args.data)?;
    let settings = settings::probes(&args.probing, args.seed, &args.jobs).suited(&data);
    let report = probe_activations(&args.acts, &args.untrained, &data, &settings, printer)?;
    printer.result(&tables::gaps(&report));
    if let Some(out) = &args.out {
        let json = serde_json::to_string_pretty(&report)?;
        let page = page(None, Some(&report), None)?;
        write_report(out, &[("probe.json", json), ("report.html", page)], printer)?;
    }
    printer.json(&serde_json::to_value(&report)?);
    Ok(Exit::Success)
}
