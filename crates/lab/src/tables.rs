//! Tables of studies for people, as a terminal shows them.

mod sae;

use tracestone_interp::probe::Estimate;
use tracestone_interp::report::{ProbeReport, Role, table};

use crate::{CausalReport, Change, Effect, Words};

pub use sae::sae;

/// Gaps at the tokens' own states, and the controls.
#[must_use]
pub fn gaps(report: &ProbeReport) -> String {
    let subjects = report.subjects.iter();
    let shown = subjects.filter(|subject| subject.role != Role::Checkpoint);
    let tables: Vec<String> = shown.map(|subject| table(subject, 0)).collect();
    tables.join("\n")
}

/// The tables of effects.
#[must_use]
pub fn effects(report: &CausalReport) -> String {
    let mut lines: Vec<String> = Vec::new();
    lines.push("How the data comes about".to_owned());
    for node in &report.scm.nodes {
        lines.push(format!(
            "  {:<16} {:<9} <- {:<28} {}",
            node.name,
            node.kind.name(),
            node.parents.join(", "),
            node.mechanism
        ));
    }
    lines.push("\nThe same texts under other semantics, if these give another result".to_owned());
    for twin in &report.meanings {
        lines.push(format!(
            "  {:<14} {:>5} texts: the model gives the result under these semantics for {:>5.1} %, the original's for {:>5.1} %",
            twin.semantics,
            twin.texts,
            100.0 * twin.agrees.value,
            100.0 * twin.agrees_original.value
        ));
    }
    lines.push(
        "\nWhat goes through a place: the same texts with the start turned, their hidden state put in here.\n\
         How much more often the model then says what the world would do".to_owned(),
);
    lines.extend(places(&report.effects));
    lines.push(
        "\nMoving the facing along what a probe reads, with its controls. effect: the whole answer is that of the\n\
         turned start; facing: its last word is; recovered: log odds, as a share of what the input does.\n\
         Places where whole vectors recover less than a hundredth are left out".to_owned(),
);
    lines.push(format!(
        "  {:<26} {:<12} {:<12} {:>24}  {:>24}  {:>9}  {:>9}",
        "site", "words", "change", "effect [95 % interval]", "facing", "recovered", "unchanged"
    ));
    lines.extend(
        report
            .effects
            .iter()
            .filter_map(|effect| changed(effect, report)),
    );
    lines.join("\n")
}

/// The row of a change along what a probe reads; none where whole vectors do nothing, and so no part of them.
fn changed(effect: &Effect, report: &CausalReport) -> Option<String> {
    let interval = |value: Estimate| {
        let Estimate { value, low, high } = value;
        format!("{value:>+7.3} [{low:>+6.3}, {high:>+6.3}]")
    };
    let whole = report.effects.iter().find(|other| {
        let change = other.change == Change::Whole;
        change && other.site == effect.site && other.words == effect.words
    });
    if whole.is_some_and(|whole| !effect.words.probed() || whole.recovered.value.abs() < 0.01) {
        return None;
    }
    Some(format!(
        "  {:<26} {:<12} {:<12} {}  {}  {:>+9.3}  {:>9.3}",
        effect.site,
        effect.words.name(),
        change(effect.change),
        interval(effect.effect),
        interval(effect.word),
        effect.recovered.value,
        effect.unchanged.value
    ))
}

/// Table of the effects of whole vectors: sites down, tokens across.
fn places(effects: &[Effect]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = format!("  {:<26}", "site");
    for words in Words::ALL {
        line.push_str(&format!(" {:>11}", words.name()));
    }
    lines.push(line);
    let whole: Vec<&Effect> = effects
        .iter()
        .filter(|effect| effect.change == Change::Whole)
        .collect();
    for row in whole.chunks(Words::ALL.len()) {
        let mut line = format!("  {:<26}", row[0].site);
        for effect in row {
            line.push_str(&format!(" {:>+11.3}", effect.effect.value));
        }
        lines.push(line);
    }
    lines
}

/// Name of a change, for tables.
pub(crate) fn change(kind: Change) -> &'static str {
    match kind {
        Change::Input => "input",
        Change::Whole => "whole vector",
        Change::Mean => "means",
        Change::Probe => "probe",
        Change::Alternative => "alternative",
        Change::Random => "random",
        Change::Features => "features",
        Change::RandomFeatures => "other features",
        Change::Ablated => "ablated",
        Change::RandomAblated => "others ablated",
    }
}
