//! `tracestone export`: samples to files, with a dataset card and a manifest.

use tracestone_record::words::counted;
use tracestone_store::export::{self, ExportSettings, Format, LicensePolicy};
use tracestone_store::{Filter, Store};

use crate::args::{ExportArgs, ExportFormat, FilterArgs, LicensePolicyArg};
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::progress::Progress;

/// Writes the export and says what was written and what was left out.
pub(crate) fn run(args: &ExportArgs, printer: &Printer) -> Result<Exit, Failure> {
    let store = Store::open_read_only(&args.store.store)?;
    let settings = ExportSettings {
        format: format(args.format),
        out: args.out.clone(),
        filter: filter(&args.filter),
        tool: concat!("tracestone ", env!("CARGO_PKG_VERSION")).to_owned(),
        overwrite: args.overwrite,
    };
    let progress = Progress::start(printer, "export", "samples", 0);
    let exported = export::export(&store, &settings, &|count| progress.advance(count))?;
    progress.finish(&counted(exported.rows, "row"));
    for file in &exported.files {
        printer.result(&format!(
            "{:>9} rows  {:>11} bytes  {}",
            file.rows,
            file.bytes,
            args.out.join(&file.path).display()
        ));
    }
    for (why, count) in &exported.left_out {
        printer.result(&format!("{count:>9} left out: {why}"));
    }
    if exported.rows == 0 {
        printer.warning("no sample passed the filter; `tracestone status` shows what is there, and --license-policy any takes unknown licences too");
    }
    printer.json(&serde_json::to_value(&exported)?);
    Ok(Exit::Success)
}

fn format(format: ExportFormat) -> Format {
    match format {
        ExportFormat::Jsonl => Format::Jsonl,
        ExportFormat::Parquet => Format::Parquet,
        ExportFormat::Chat => Format::Chat,
        ExportFormat::Cruxeval => Format::Cruxeval,
        ExportFormat::Cwm => Format::Cwm,
    }
}

fn filter(args: &FilterArgs) -> Filter {
    Filter {
        kinds: args.kind.clone(),
        splits: args.split.clone(),
        license: match args.license_policy {
            LicensePolicyArg::Permissive => LicensePolicy::Permissive,
            LicensePolicyArg::Any => LicensePolicy::Any,
        },
        limit: args.limit,
    }
}
