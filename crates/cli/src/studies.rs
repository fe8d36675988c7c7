//! Studies of plasticity, run and printed: shared by `plasticity` and `demo`.

use std::path::{Path, PathBuf};

use tracestone_lab::{NamedReport, Plasticity, PlasticitySettings, PlasticityStudy, plasticity};
use tracestone_plasticity::Finding;

use crate::failure::{Exit, Failure};
use crate::printer::Printer;

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
        Plasticity::Stopped => {
            printer.note("stopped; the same command continues from here");
            Ok(Exit::Interrupted)
        }
        Plasticity::Done(report) => {
            for study in &report.studies {
                print(study, printer);
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

/// Prints a study's table of verdicts.
fn print(study: &NamedReport, printer: &Printer) {
    let report = &study.report;
    let classification = report.settings.stream.is_classification();
    let measure = if classification {
        "accuracy"
    } else {
        "squared error"
    };
    printer.result(&format!(
        "\n{}: online {measure}, {} steps, {} seeds",
        study.name, report.settings.steps, report.settings.seeds
    ));
    printer.result(&format!(
        "  {:<36} {:>7} {:>7} {:>7}   {:<28} {:>6} {:>6}",
        "learner", "early", "late", "fresh", "old less fresh [95 %]", "dead", "rank"
    ));
    for learner in &report.learners {
        let verdict = &learner.verdict;
        let against = verdict.against_fresh;
        let last = learner.measures.last();
        let (dead, rank) = last.map_or((0.0, 0.0), |m| (m.dead.value, m.effective_rank.value));
        let state = if learner.learner.linear {
            format!("{:>6} {:>6}", "-", "-")
        } else {
            format!("{:>4.0} % {rank:>6.1}", 100.0 * dead)
        };
        let finding = match verdict.finding {
            Finding::Lost => "lost plasticity",
            Finding::Undecided => "like a fresh network",
            Finding::Kept => "better than a fresh network",
            Finding::Diverged => "diverged",
        };
        printer.result(&format!(
            "  {:<36} {:>7.3} {:>7.3} {:>7.3}   {:<28} {state}   {finding}",
            learner.learner.name,
            verdict.early.value,
            verdict.late.value,
            verdict.fresh.value,
            format!(
                "{:+.3} [{:+.3}, {:+.3}]",
                against.value, against.low, against.high
            ),
        ));
    }
}
