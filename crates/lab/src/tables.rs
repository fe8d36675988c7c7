//! Tables of studies for people, as a terminal shows them.

mod generated;
mod language;
mod python;
mod sae;
mod score;
mod studies;

use tracestone_interp::probe::Estimate;
use tracestone_interp::report::{ProbeReport, Role, table};

use crate::{CausalReport, Change, Effect, Words};

pub use generated::generated;
pub use language::language;
pub use python::{model_ledger, python_effects};
pub use sae::sae;
pub use score::score;
pub use studies::study;

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
    let mut lines = unchanged(report);
    lines.push(
        "\nWhat goes through a place: the same texts with another start, their hidden state put in here.\n\
         How much more often the model then says what the world would do".to_owned(),
    );
    for variable in report.variables() {
        lines.push(format!("  start with another {variable}"));
        lines.extend(places(&report.effects, variable));
    }
    lines.push(
        "\nMoving along what a probe reads, with its controls. effect: the whole answer is that of the other\n\
         start; last word: the last one that differs is; recovered: log odds, as a share of what the input does.\n\
         Places where whole vectors recover less than a hundredth are left out".to_owned(),
    );
    lines.push(format!(
        "  {:<10} {:<26} {:<12} {:<12} {:>24}  {:>24}  {:>9}  {:>9}",
        "variable",
        "site",
        "words",
        "change",
        "effect [95 % interval]",
        "last word",
        "recovered",
        "unchanged"
    ));
    lines.extend(
        report
            .effects
            .iter()
            .filter_map(|effect| changed(effect, report)),
    );
    if report
        .effects
        .iter()
        .all(|effect| effect.recovered.is_none())
    {
        lines.push(
            "  no share is recovered: the model is right on nothing, or the input changes nothing"
                .to_owned(),
        );
    }
    lines.join("\n")
}

/// The structural causal model of the data, and answers of the model without a change to its hidden state.
fn unchanged(report: &CausalReport) -> Vec<String> {
    let mut lines = vec!["How the data comes about".to_owned()];
    lines.extend(report.scm.nodes.iter().map(|node| {
        format!(
            "  {:<16} {:<9} <- {:<28} {}",
            node.name,
            node.kind.name(),
            node.parents.join(", "),
            node.mechanism
        )
    }));
    lines.push(format!(
        "\nWithout a change, the model says what the world did in {:.1} % of cases",
        100.0 * report.right
    ));
    lines.push("\nThe same texts under other semantics, if these give another result".to_owned());
    lines.extend(report.meanings.iter().map(|twin| {
        format!(
            "  {:<14} {:>5} texts: the model gives the result under these semantics for {:>5.1} %, the original's for {:>5.1} %",
            twin.semantics,
            twin.texts,
            100.0 * twin.agrees.value,
            100.0 * twin.agrees_original.value
        )
    }));
    lines
}

/// The row of a change along what a probe reads; none where whole vectors do nothing, and so no part of them.
fn changed(effect: &Effect, report: &CausalReport) -> Option<String> {
    let interval = |value: Estimate| {
        let Estimate { value, low, high } = value;
        format!("{value:>+7.3} [{low:>+6.3}, {high:>+6.3}]")
    };
    let whole = report.effects.iter().find(|other| {
        let change = other.change == Change::Whole;
        let place = other.site == effect.site && other.words == effect.words;
        change && place && other.variable == effect.variable
    });
    let little = |whole: &Effect| whole.recovered.is_some_and(|one| one.value.abs() < 0.01);
    if whole.is_some_and(|whole| !effect.words.probed() || little(whole)) {
        return None;
    }
    Some(format!(
        "  {:<10} {:<26} {:<12} {:<12} {}  {}  {:>9}  {:>9.3}",
        effect.variable,
        effect.site,
        effect.words.name(),
        change(effect.change),
        interval(effect.effect),
        interval(effect.word),
        share(effect.recovered),
        effect.unchanged.value
    ))
}

/// Table of the effects of whole vectors: sites down, tokens across.
fn places(effects: &[Effect], variable: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = format!("  {:<26}", "site");
    for words in Words::ALL {
        line.push_str(&format!(" {:>11}", words.name()));
    }
    lines.push(line);
    let whole: Vec<&Effect> = effects
        .iter()
        .filter(|effect| effect.change == Change::Whole && effect.variable == variable)
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

/// A share that may be none.
pub(crate) fn share(value: Option<Estimate>) -> String {
    value.map_or("-".to_owned(), |share| format!("{:+.3}", share.value))
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
