//! `tracestone probe`: what can be read from hidden states, and what of it is the model's.

use tracestone_interp::report::{ProbeReport, Role};
use tracestone_record::Split;

use crate::args::ProbeArgs;
use crate::failure::{Exit, Failure, Hint as _};
use crate::looking::dataset::Dataset;
use crate::looking::{page, probing};
use crate::printer::Printer;

/// Trains the probes and their controls and reports.
pub(crate) fn run(args: &ProbeArgs, printer: &Printer) -> Result<Exit, Failure> {
    let data = Dataset::open(&args.data)?;
    let folder = args.acts.join(Split::Test.name());
    let index = tracestone_interp::activations::read_index(&folder)
        .hint("`tracestone acts MODEL DATA --out DIR` writes activations")?;
    let threads = args.jobs.count();
    let plan = probing::plan(
        &args.probing,
        data.semantics(),
        index.sites,
        args.seed,
        threads,
    );
    let draws = args.probing.draws;
    let own = std::slice::from_ref(&args.acts);
    let found = probing::probe("probe", own, &data, &plan, draws, printer)?;
    let mut subjects = vec![probing::subject("the model", Role::Trained, found)];
    if !args.untrained.is_empty() {
        let found = probing::probe("control", &args.untrained, &data, &plan, draws, printer)?;
        subjects.push(probing::subject("untrained", Role::Untrained, found));
    }
    let chance = probing::shuffled(&plan, args.probing.shuffles);
    let found = probing::probe("shuffled", own, &data, &chance, draws, printer)?;
    subjects.push(probing::subject("shuffled labels", Role::Shuffled, found));
    let report = ProbeReport {
        settings: probing::settings(&plan, draws),
        subjects,
    };
    probing::print(&report, printer);
    if let Some(out) = &args.out {
        std::fs::create_dir_all(out)?;
        std::fs::write(
            out.join("probe.json"),
            serde_json::to_string_pretty(&report)?,
        )?;
        let page = page::page(&serde_json::Value::Null, &report, None);
        std::fs::write(out.join("report.html"), page)?;
        printer.note(&format!("report in {}", out.display()));
    }
    printer.json(&serde_json::to_value(&report)?);
    Ok(Exit::Success)
}
