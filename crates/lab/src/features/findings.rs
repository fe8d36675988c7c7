//! Statements about the numbers of dictionaries, whichever way they come out, and what several trained models agree on.

use serde::Serialize;

use super::demo::{BESIDE, FROZEN, UNTRAINED};
use super::evaluation::SaeReport;
use super::states::{Reader, StateReport};
use super::steering::{KarelSteering, Steering};
use crate::patching::Change;

/// The scores of one reader in all trained models, in their order.
#[derive(Debug, Clone, Serialize)]
pub struct OverModels {
    /// Name of the variable.
    pub variable: String,
    /// Name of the reader.
    pub reader: String,
    /// F1 under the original semantics.
    pub f1: Vec<f64>,
    /// F1 under the original semantics less the mean of the others.
    pub gaps: Vec<f64>,
}

/// The scores of the readers that all reports have; nothing if there is only one report.
pub(super) fn over_models(reports: &[SaeReport]) -> Vec<OverModels> {
    let Some((first, further)) = reports.split_first() else {
        return Vec::new();
    };
    if further.is_empty() {
        return Vec::new();
    }
    let mut all = Vec::new();
    for states in &first.states {
        for reader in &states.readers {
            let others = further.iter().map(|report| {
                let own = report.states.iter();
                let own = own.filter(|other| other.variable == states.variable);
                own.flat_map(|other| &other.readers)
                    .find(|other| other.name == reader.name)
            });
            let found: Option<Vec<&Reader>> = std::iter::once(Some(reader)).chain(others).collect();
            let Some(found) = found else { continue };
            let gaps = found.iter().filter_map(|reader| reader.f1.gap);
            all.push(OverModels {
                variable: states.variable.clone(),
                reader: reader.name.clone(),
                gaps: gaps.map(|gap| gap.value).collect(),
                f1: found.iter().map(|reader| reader.f1.original).collect(),
            });
        }
    }
    all
}

/// Statements about all reports: those of the first one, and what the models have in common.
pub(super) fn findings(reports: &[SaeReport], over_models: &[OverModels]) -> Vec<String> {
    let mut found = Vec::new();
    let states = reports.first().map(|report| &report.states);
    for states in states.into_iter().flatten() {
        found.extend(of_variable(states));
        found.extend(in_all(&states.variable, over_models));
    }
    let steering = reports.iter().filter_map(|report| report.steering.as_ref());
    let steering: Vec<&KarelSteering> = steering.filter_map(Steering::karel).collect();
    if !steering.is_empty() {
        found.push(steered(&steering));
    }
    found
}

fn than(own: f64, other: f64) -> &'static str {
    if own > other { "above" } else { "not above" }
}

/// The first model's scores of one variable.
fn of_variable(states: &StateReport) -> Vec<String> {
    let of = |name: &str| states.readers.iter().find(|reader| reader.name == name);
    let (Some(best), Some(probe), Some(neuron)) =
        (of("best feature"), of("linear probe"), of("best neuron"))
    else {
        return Vec::new();
    };
    let mut found = vec![format!(
        "{}: the best features reach an F1 of {:.3}, {} the best single neurons ({:.3}) and {} a linear probe ({:.3}).",
        states.variable,
        best.f1.original,
        than(best.f1.original, neuron.f1.original),
        neuron.f1.original,
        than(best.f1.original, probe.f1.original),
        probe.f1.original
    )];
    if let Some(gap) = best.f1.gap {
        let others = best.f1.alternatives.values().sum::<f64>();
        let others = others / best.f1.alternatives.len().max(1) as f64;
        let part = if best.f1.original > 0.0 {
            100.0 * others / best.f1.original
        } else {
            0.0
        };
        found.push(format!(
            "{}: other semantics, which the model never saw, are found as well as {part:.0} % of that: the gap is {:+.3} \
             [{:+.3}, {:+.3}].",
            states.variable, gap.value, gap.low, gap.high
        ));
    }
    let baselines = BESIDE.iter().map(|(name, ..)| *name).skip(1);
    for name in baselines.chain([UNTRAINED]) {
        if let (Some(reader), Some(gap)) = (of(name), of(name).and_then(|one| one.f1.gap)) {
            found.push(format!(
                "{}, {name}: F1 {:.3}, gap {:+.3} [{:+.3}, {:+.3}]; the trained dictionary is {} it.",
                states.variable,
                reader.f1.original,
                gap.value,
                gap.low,
                gap.high,
                than(best.f1.original, reader.f1.original)
            ));
        }
    }
    found
}

/// The least and the largest of some numbers.
fn range(values: &[f64]) -> (f64, f64) {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (least, most)
}

/// A sentence about a variable in all trained models.
fn in_all(variable: &str, over_models: &[OverModels]) -> Option<String> {
    let of = |name: &str| {
        let mut own = over_models.iter().filter(|one| one.variable == variable);
        own.find(|one| one.reader == name)
    };
    let best = of("best feature")?;
    let count = best.f1.len();
    let others = ["best neuron", FROZEN, "linear probe"].into_iter();
    let others = others.filter_map(|name| Some((name, of(name)?)));
    let against = others.map(|(name, other)| {
        let pairs = best.f1.iter().zip(&other.f1);
        let above = pairs.filter(|(own, other)| own > other).count();
        let (least, most) = range(&other.f1);
        format!("above the {name}'s ({least:.3} to {most:.3}) in {above} of {count}")
    });
    let against: Vec<String> = against.collect();
    let (least, most) = range(&best.f1);
    let gap = match range(&best.gaps) {
        (least, most) if least.is_finite() => {
            format!(" The gap of the best features is {least:+.3} to {most:+.3}.")
        }
        _ => String::new(),
    };
    Some(format!(
        "{variable}, {count} trained models: F1 of the best features {least:.3} to {most:.3}, {}.{gap}",
        against.join(", ")
    ))
}

/// The effect of exchanged features on the models' answers, in a sentence.
fn steered(all: &[&KarelSteering]) -> String {
    let most = |change: Change| {
        let effects = all.iter().flat_map(|steering| &steering.effects);
        let own = effects.filter(|effect| effect.change == change);
        own.filter_map(|effect| effect.recovered)
            .map(|recovered| recovered.value)
            .max_by(f64::total_cmp)
    };
    let parts = (
        most(Change::Features),
        most(Change::RandomFeatures),
        most(Change::Mean),
    );
    let models = match all.len() {
        1 => String::new(),
        count => format!(" in any of {count} models"),
    };
    match parts {
        (Some(own), Some(others), Some(means)) => format!(
            "Exchanging the facing's two best features recovers at most {own:+.3} of what turning the hero does{models}, other \
             features {others:+.3}, the difference of means in all directions {means:+.3}.",
        ),
        _ => "The model answers too little for a share of what turning the hero does.".to_owned(),
    }
}
