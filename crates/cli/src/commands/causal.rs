//! `tracestone causal`: effects of other semantics, and of changes to a model's hidden state.

use tracestone_files as files;
use tracestone_lab::{Dataset, open_model, page, patch, tables};

use crate::args::CausalArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::{device, settings};

/// Intervenes and reports.
pub(crate) fn run(args: &CausalArgs, printer: &Printer) -> Result<Exit, Failure> {
    let model = open_model(&args.model, &device::open(&args.device)?)?;
    let data = Dataset::open(&args.data)?;
    let settings = settings::patches(&args.patching, args.seed);
    let report = patch(&model, &data, &settings, printer)?;
    printer.result(&tables::effects(&report));
    if let Some(out) = &args.out {
        files::create_folder(out)?;
        let json = serde_json::to_string_pretty(&report)?;
        files::replace(out.join("causal.json"), json)?;
        files::replace(out.join("causal.html"), page(None, None, Some(&report))?)?;
        printer.note(&format!("report in {}", out.display()));
    }
    printer.json(&serde_json::to_value(&report)?);
    Ok(Exit::Success)
}
