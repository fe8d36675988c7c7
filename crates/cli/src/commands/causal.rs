//! `tracestone causal`: effects of other semantics, and of changes to a model's hidden state.

use serde_json::Value;
use tracestone_lab::{Dataset, open_model, page, patch, patch_python, python_page, tables};

use crate::args::CausalArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::studies::write_report;
use crate::{device, settings};

/// Intervenes and reports.
pub(crate) fn run(args: &CausalArgs, printer: &Printer) -> Result<Exit, Failure> {
    let model = open_model(&args.model, &device::open(&args.device)?)?;
    let data = Dataset::open(&args.data)?;
    let settings = settings::patches(&args.patching, args.seed);
    if data.python().is_some() {
        data.check_tokenizer(&args.model)?;
        let report = patch_python(&model, &data, &settings, printer)?;
        printer.result(&tables::python_effects(&report));
        let page = python_page(&report)?;
        return written(args, &serde_json::to_value(&report)?, page, printer);
    }
    let report = patch(&model, &data, &settings, printer)?;
    printer.result(&tables::effects(&report));
    let page = page(None, None, Some(&report))?;
    written(args, &serde_json::to_value(&report)?, page, printer)
}

/// Writes the report where it was asked for.
fn written(
    args: &CausalArgs,
    report: &Value,
    page: String,
    printer: &Printer,
) -> Result<Exit, Failure> {
    if let Some(out) = &args.out {
        let json = serde_json::to_string_pretty(report)?;
        write_report(
            out,
            &[("causal.json", json), ("causal.html", page)],
            printer,
        )?;
    }
    printer.json(report);
    Ok(Exit::Success)
}
