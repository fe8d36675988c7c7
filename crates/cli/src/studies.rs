//! Code shared by the commands of studies: the files of a report, and studies of plasticity.

use std::path::{Path, PathBuf};

use tracestone_files as files;
use tracestone_lab::{Plasticity, PlasticitySettings, PlasticityStudy, plasticity, tables};

use crate::failure::{Exit, Failure};
use crate::printer::Printer;

/// Writes the files of a report into a folder, made where there is none.
pub(crate) fn write_report(
    out: &Path,
    report: &[(&str, String)],
    printer: &Printer,
) -> Result<(), Failure> {
    files::create_folder(out)?;
    for (name, text) in report {
        files::replace(out.join(name), text)?;
    }
    printer.note(&format!("report in {}", out.display()));
    Ok(())
}

/// Runs studies, prints their tables, and says where the report is.
pub(crate) fn run_studies(
    studies: &[PlasticityStudy],
    out: &Path,
    threads: usize,
    title: String,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let settings = PlasticitySettings {
        out: out.to_owned(),
        threads,
        title,
    };
    match plasticity(studies, &settings, printer)? {
        Plasticity::Stopped => Ok(printer.stopped()),
        Plasticity::Done(report) => {
            for study in &report.studies {
                printer.result(&tables::study(study));
            }
            let path = |name: &str| -> PathBuf { out.join(name) };
            printer.result(&format!(
                "\nreport in {} and {}; {:.0} s, {:.2} million steps a second",
                path("plasticity.html").display(),
                path("plasticity.json").display(),
                report.seconds,
                report.steps_in_this_call as f64 / report.seconds / 1e6
            ));
            printer.json(&serde_json::to_value(&report)?);
            Ok(Exit::Success)
        }
    }
}
