//! `tracestone causal`: effects of other semantics, and of changes to a model's hidden state.

use tracestone_files as files;
use tracestone_interp::probe::Estimate;
use tracestone_lab::{CausalReport, Change, Dataset, Effect, Words, open_model, page, patch};

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
    print(&report, printer);
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

/// Prints the tables of effects.
pub(crate) fn print(report: &CausalReport, printer: &Printer) {
    printer.result("How the data comes about");
    for node in &report.scm.nodes {
        printer.result(&format!(
            "  {:<16} {:<9} <- {:<28} {}",
            node.name,
            node.kind.name(),
            node.parents.join(", "),
            node.mechanism
        ));
    }
    printer.result("\nThe same texts under other semantics, if these give another result");
    for twin in &report.meanings {
        printer.result(&format!(
            "  {:<14} {:>5} texts: the model gives the result under these semantics for {:>5.1} %, the original's for {:>5.1} %",
            twin.semantics,
            twin.texts,
            100.0 * twin.agrees.value,
            100.0 * twin.agrees_original.value
        ));
    }
    printer.result(
        "\nWhat goes through a place: the same texts with the start turned, their hidden state put in here.\n\
         How much more often the model then says what the world would do",
    );
    trace(&report.effects, printer);
    printer.result(
        "\nMoving the facing along what a probe reads, with its controls. effect: the whole answer is that of the\n\
         turned start; facing: its last word is; recovered: log odds, as a share of what the input does.\n\
         Places where whole vectors recover less than a hundredth are left out",
    );
    printer.result(&format!(
        "  {:<26} {:<12} {:<12} {:>24}  {:>24}  {:>9}  {:>9}",
        "site", "words", "change", "effect [95 % interval]", "facing", "recovered", "unchanged"
    ));
    let interval = |value: Estimate| {
        let Estimate { value, low, high } = value;
        format!("{value:>+7.3} [{low:>+6.3}, {high:>+6.3}]")
    };
    for effect in &report.effects {
        // Where whole vectors do nothing, no part of them does.
        let whole = report.effects.iter().find(|other| {
            let change = other.change == Change::Whole;
            change && other.site == effect.site && other.words == effect.words
        });
        if whole.is_some_and(|whole| !effect.words.probed() || whole.recovered.value.abs() < 0.01) {
            continue;
        }
        printer.result(&format!(
            "  {:<26} {:<12} {:<12} {}  {}  {:>+9.3}  {:>9.3}",
            effect.site,
            effect.words.name(),
            name(effect.change),
            interval(effect.effect),
            interval(effect.word),
            effect.recovered.value,
            effect.unchanged.value
        ));
    }
}

/// Table of the effects of whole vectors: sites down, tokens across.
fn trace(effects: &[Effect], printer: &Printer) {
    let mut line = format!("  {:<26}", "site");
    for words in Words::ALL {
        line.push_str(&format!(" {:>11}", words.name()));
    }
    printer.result(&line);
    let whole: Vec<&Effect> = effects
        .iter()
        .filter(|effect| effect.change == Change::Whole)
        .collect();
    for row in whole.chunks(Words::ALL.len()) {
        let mut line = format!("  {:<26}", row[0].site);
        for effect in row {
            line.push_str(&format!(" {:>+11.3}", effect.effect.value));
        }
        printer.result(&line);
    }
}

/// Name of a change, for the table.
pub(crate) fn name(change: Change) -> &'static str {
    match change {
        Change::Input => "input",
        Change::Whole => "whole vector",
        Change::Mean => "means",
        Change::Probe => "probe",
        Change::Alternative => "alternative",
        Change::Random => "random",
    }
}
