//! `tracestone causal`: what changes when the data's meaning or a model's hidden state is changed.

use tracestone_interp::report::ProbeReport;

use crate::args::CausalArgs;
use crate::failure::{Exit, Failure};
use crate::looking::acts::open_model;
use crate::looking::dataset::Dataset;
use crate::looking::page;
use crate::looking::patching::{self, CausalReport, Change, PatchPlan};
use crate::looking::probing::patch_classifier;
use crate::printer::Printer;

/// Intervenes and reports.
pub(crate) fn run(args: &CausalArgs, printer: &Printer) -> Result<Exit, Failure> {
    let model = open_model(&args.model)?;
    let data = Dataset::open(&args.data)?;
    let plan = PatchPlan {
        programs: args.patching.programs,
        strength: args.patching.strength,
        draws: args.patching.patch_draws,
        classifier: patch_classifier(args.seed),
        seed: args.seed,
    };
    let report = patching::run(&model, &data, &plan, printer)?;
    print(&report, printer);
    if let Some(out) = &args.out {
        std::fs::create_dir_all(out)?;
        std::fs::write(
            out.join("causal.json"),
            serde_json::to_string_pretty(&report)?,
        )?;
        let probes = ProbeReport {
            settings: serde_json::Value::Null,
            subjects: Vec::new(),
        };
        let page = page::page(&serde_json::Value::Null, &probes, Some(&report));
        std::fs::write(out.join("causal.html"), page)?;
        printer.note(&format!("report in {}", out.display()));
    }
    printer.json(&serde_json::to_value(&report)?);
    Ok(Exit::Success)
}

/// The tables.
pub(crate) fn print(report: &CausalReport, printer: &Printer) {
    printer.result("How the data comes about");
    for node in report.scm["nodes"].as_array().into_iter().flatten() {
        let text = |name: &str| node[name].as_str().unwrap_or("").to_owned();
        let parents: Vec<&str> = node["parents"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|parent| parent.as_str())
            .collect();
        printer.result(&format!(
            "  {:<16} {:<9} <- {:<28} {}",
            text("name"),
            text("kind"),
            parents.join(", "),
            text("mechanism")
        ));
    }
    printer.result("\nThe same texts under other meanings, where these give another result");
    for twin in &report.meanings {
        printer.result(&format!(
            "  {:<14} {:>5} texts: the model gives this meaning's result for {:>5.1} %, the original's for {:>5.1} %",
            twin.semantics,
            twin.texts,
            100.0 * twin.agrees.value,
            100.0 * twin.agrees_original.value
        ));
    }
    printer.result(
        "\nEffect of moving the facing: how much more often the model then says what the world would do",
    );
    printer.result(&format!(
        "  {:<26} {:<8} {:<12} {:>5} {:>6}  {:>24}  {:>9}",
        "site", "words", "change", "left", "cases", "effect [95 % interval]", "unchanged"
    ));
    for effect in &report.effects {
        let reach = match effect.reach {
            tracestone_interp::causal::Reach::Word => "one",
            tracestone_interp::causal::Reach::Onward => "onward",
        };
        printer.result(&format!(
            "  {:<26} {:<8} {:<12} {:>5} {:>6}  {:>+7.3} [{:>+6.3}, {:>+6.3}]  {:>9.3}",
            if effect.change == Change::Input {
                "(input)"
            } else {
                &effect.site
            },
            reach,
            name(effect.change),
            effect.actions_left,
            effect.cases,
            effect.effect.value,
            effect.effect.low,
            effect.effect.high,
            effect.unchanged.value
        ));
    }
}

/// The word for a way of changing.
pub(crate) fn name(change: Change) -> &'static str {
    match change {
        Change::Input => "input",
        Change::Whole => "whole vector",
        Change::Probe => "probe",
        Change::Alternative => "alternative",
        Change::Random => "random",
    }
}
