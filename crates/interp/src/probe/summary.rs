//! Accuracies, gaps and their intervals.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tracestone_stats::{ByText, Draws, Estimate};

use super::ORIGINAL;
use super::study::Outcome;
use crate::numbers::real;

/// Summary of the probes of one outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Name of the site.
    pub site: String,
    /// Name of the variable.
    pub variable: String,
    /// Steps from the token to the state.
    pub offset: i32,
    /// Hidden layers of the probe.
    pub layers: usize,
    /// Accuracy under the original semantics minus the mean under the others.
    pub gap: Estimate,
    /// Accuracy under the original semantics.
    pub original: f64,
    /// Accuracy under each of the others.
    pub alternatives: BTreeMap<String, f64>,
    /// The share of the most frequent class.
    pub chance: f64,
    /// Gap by the number of executed steps at the token.
    pub by_step: BTreeMap<i32, Estimate>,
    /// Number of tested tokens: those with a value under all semantics.
    pub states: usize,
    /// Number of tokens that are left out, since a semantics has no value there.
    #[serde(default)]
    pub left_out: usize,
    /// Programs they are of.
    pub programs: usize,
    /// Probes with other seeds, or of models with other seeds.
    pub replicates: usize,
}

/// Sums up an outcome.
#[must_use]
pub fn summarize(outcome: &Outcome, draws: &mut Draws) -> Summary {
    let every = |_: i32| true;
    let (sums, sizes) = differences(outcome, &every);
    let gap = draws.estimate(&sums, &sizes);
    let steps: std::collections::BTreeSet<i32> =
        outcome.tested.iter().map(|(_, step)| *step).collect();
    // Only for the word's own state: elsewhere depths and offsets would be mixed up.
    let by_step = steps
        .into_iter()
        .filter(|_| outcome.offset == 0)
        .map(|step| {
            let (sums, sizes) = differences(outcome, &|other| other == step);
            (step, draws.estimate(&sums, &sizes))
        })
        .collect();
    let names: std::collections::BTreeSet<&String> = outcome
        .replicates
        .iter()
        .flat_map(|replicate| replicate.right.keys())
        .collect();
    let mut accuracy: BTreeMap<String, f64> = names
        .into_iter()
        .map(|name| (name.clone(), share_right(outcome, name)))
        .collect();
    Summary {
        site: outcome.site.clone(),
        variable: outcome.variable.clone(),
        offset: outcome.offset,
        layers: outcome.layers,
        gap,
        original: accuracy.remove(ORIGINAL).unwrap_or(0.0),
        alternatives: accuracy,
        chance: outcome.chance,
        by_step,
        states: outcome.tested.len(),
        left_out: outcome.left_out,
        programs: sizes.len(),
        replicates: outcome.replicates.len(),
    }
}

fn share_right(outcome: &Outcome, semantics: &str) -> f64 {
    let all = outcome
        .replicates
        .iter()
        .filter_map(|r| r.right.get(semantics));
    let (mut right, mut count) = (0, 0);
    for bits in all {
        right += bits.iter().filter(|right| **right).count();
        count += bits.len();
    }
    real(right) / real(count.max(1))
}

/// For each replicate and program: correct tokens under the original semantics minus the mean under the others.
/// Also the number of tokens of each program.
fn differences(outcome: &Outcome, take: &dyn Fn(i32) -> bool) -> (Vec<ByText>, ByText) {
    let mut sizes: BTreeMap<usize, f64> = BTreeMap::new();
    for (text, step) in &outcome.tested {
        if take(*step) {
            *sizes.entry(*text).or_default() += 1.0;
        }
    }
    let sums = outcome
        .replicates
        .iter()
        .map(|replicate| {
            let others = real(replicate.right.len().saturating_sub(1).max(1));
            let mut sums: BTreeMap<usize, f64> = BTreeMap::new();
            for (semantics, right) in &replicate.right {
                let weight = if semantics == ORIGINAL {
                    1.0
                } else {
                    -1.0 / others
                };
                for ((text, step), right) in outcome.tested.iter().zip(right) {
                    if *right && take(*step) {
                        *sums.entry(*text).or_default() += weight;
                    }
                }
            }
            sums.into_iter().collect()
        })
        .collect();
    (sums, sizes.into_iter().collect())
}
