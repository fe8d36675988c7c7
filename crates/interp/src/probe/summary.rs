//! Accuracies, gaps and their intervals.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tracestone_stats::{ByText, Draws, Estimate, holm, ratio_p};

use super::study::{Outcome, Token};
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
    /// Accuracy under the base semantics minus the mean under the others; none where there are no others.
    pub gap: Option<Estimate>,
    /// The two-sided p of the gap, from the variance between programs and between replicates.
    #[serde(default)]
    pub p: Option<f64>,
    /// The same, corrected by Holm's method for all gaps of the subject.
    #[serde(default)]
    pub holm: Option<f64>,
    /// Accuracy under the base semantics.
    pub accuracy: Estimate,
    /// Accuracy under each of the others.
    pub alternatives: BTreeMap<String, f64>,
    /// The share of the most frequent class.
    pub chance: f64,
    /// Gap by the number of executed steps at the token, for the token's own state.
    pub by_step: BTreeMap<i32, Estimate>,
    /// The same measures on texts whose length does not occur in training, where there are any.
    #[serde(default)]
    pub beyond: Option<Beyond>,
    /// Number of tested tokens: those with a value under all semantics.
    pub states: usize,
    /// Number of tokens that are left out, since a semantics has no value there.
    #[serde(default)]
    pub left_out: usize,
    /// Programs they are of.
    pub programs: usize,
    /// Models with other seeds, or probes with other seeds where they depend on one.
    pub replicates: usize,
    /// Accuracy of each replicate, by semantics.
    #[serde(default)]
    pub each: BTreeMap<String, Vec<f64>>,
    /// The penalty of each linear probe, by semantics.
    #[serde(default)]
    pub penalties: BTreeMap<String, Vec<f64>>,
    /// Number of linear probes that ended before the gradient vanished.
    #[serde(default)]
    pub unconverged: usize,
}

/// Measures on texts whose length does not occur in training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Beyond {
    /// The gap there, where there are other semantics.
    pub gap: Option<Estimate>,
    /// Accuracy there, under the base semantics.
    pub accuracy: Estimate,
    /// The number of tested tokens.
    pub states: usize,
}

/// A choice of tested tokens.
type Take<'t> = &'t dyn Fn(&Token) -> bool;

/// Sums up an outcome.
#[must_use]
pub fn summarize(outcome: &Outcome, draws: &mut Draws) -> Summary {
    let within: Take<'_> = &|token| !token.beyond;
    let differences = sums(outcome, within, true);
    let steps: BTreeSet<i32> = outcome.tested.iter().map(|token| token.step).collect();
    // Only for the word's own state: elsewhere depths and offsets would be mixed up.
    let by_step = steps
        .into_iter()
        .filter(|_| outcome.offset == 0)
        .filter_map(|step| {
            let gap = gap(outcome, &|token| within(token) && token.step == step, draws);
            Some((step, gap?))
        })
        .collect();
    let beyond = outcome.tested.iter().filter(|token| token.beyond).count();
    let others = outcome.semantics().filter(|name| *name != outcome.base);
    Summary {
        site: outcome.site.clone(),
        variable: outcome.variable.clone(),
        offset: outcome.offset,
        layers: outcome.layers,
        gap: gap(outcome, within, draws),
        p: has_others(outcome).then(|| ratio_p(&differences.0, &differences.1)),
        holm: None,
        accuracy: accuracy(outcome, within, draws),
        alternatives: others
            .map(|name| (name.to_owned(), share_right(outcome, name)))
            .collect(),
        chance: outcome.chance,
        by_step,
        beyond: (beyond > 0).then(|| Beyond {
            gap: gap(outcome, &|token| token.beyond, draws),
            accuracy: accuracy(outcome, &|token| token.beyond, draws),
            states: beyond,
        }),
        states: outcome.tested.len() - beyond,
        left_out: outcome.left_out,
        programs: differences.1.len(),
        replicates: outcome.replicates.len(),
        each: each(outcome),
        penalties: penalties(outcome),
        unconverged: outcome
            .replicates
            .iter()
            .map(|replicate| replicate.unconverged)
            .sum(),
    }
}

/// Corrects the p values of summaries that are read together, by Holm's method.
pub fn correct(summaries: &mut [Summary]) {
    let tested: Vec<f64> = summaries.iter().filter_map(|one| one.p).collect();
    let mut corrected = holm(&tested).into_iter();
    for one in summaries.iter_mut().filter(|one| one.p.is_some()) {
        one.holm = corrected.next();
    }
}

impl Summary {
    /// True if the gap is above zero: its interval is, and its corrected p is below 5 %.
    #[must_use]
    pub fn positive(&self) -> bool {
        let significant = self.holm.or(self.p).is_some_and(|p| p < 0.05);
        significant && self.gap.is_some_and(|gap| gap.low > 0.0)
    }

    /// The mean accuracy under the other semantics.
    #[must_use]
    pub fn alternative(&self) -> Option<f64> {
        let sum: f64 = self.alternatives.values().sum();
        (!self.alternatives.is_empty()).then(|| sum / real(self.alternatives.len()))
    }
}

fn has_others(outcome: &Outcome) -> bool {
    outcome.semantics().any(|name| name != outcome.base)
}

fn gap(outcome: &Outcome, take: Take<'_>, draws: &mut Draws) -> Option<Estimate> {
    if !has_others(outcome) {
        return None;
    }
    let (sums, sizes) = sums(outcome, take, true);
    Some(draws.estimate(&sums, &sizes))
}

fn accuracy(outcome: &Outcome, take: Take<'_>, draws: &mut Draws) -> Estimate {
    let (sums, sizes) = sums(outcome, take, false);
    draws.estimate(&sums, &sizes)
}

fn penalties(outcome: &Outcome) -> BTreeMap<String, Vec<f64>> {
    let mut all: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (semantics, penalty) in outcome.replicates.iter().flat_map(|one| &one.penalties) {
        all.entry(semantics.clone()).or_default().push(*penalty);
    }
    all
}

/// Accuracy of each replicate, by semantics, at tokens of texts with lengths of training.
fn each(outcome: &Outcome) -> BTreeMap<String, Vec<f64>> {
    let mut all: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (semantics, right) in outcome.replicates.iter().flat_map(|one| &one.right) {
        let within = right.iter().zip(&outcome.tested);
        let within = within.filter(|(_, token)| !token.beyond);
        let (right, count) = within.fold((0, 0), |(right, count), (bit, _)| {
            (right + usize::from(*bit), count + 1)
        });
        let share = real(right) / real(count.max(1));
        all.entry(semantics.clone()).or_default().push(share);
    }
    all
}

/// The share of right probes under a semantics, at tokens of texts with lengths of training.
fn share_right(outcome: &Outcome, semantics: &str) -> f64 {
    let all = outcome
        .replicates
        .iter()
        .filter_map(|r| r.right.get(semantics));
    let (mut right, mut count) = (0, 0);
    for bits in all {
        let within = bits.iter().zip(&outcome.tested);
        let within = within.filter(|(_, token)| !token.beyond);
        for (bit, _) in within {
            right += usize::from(*bit);
            count += 1;
        }
    }
    real(right) / real(count.max(1))
}

/// For each replicate and program: correct tokens under the base semantics, minus the mean under the others if `gap`
/// is true. Also the number of tokens of each program.
fn sums(outcome: &Outcome, take: Take<'_>, gap: bool) -> (Vec<ByText>, ByText) {
    let count = outcome.tested.iter().map(|token| token.program + 1).max();
    let count = count.unwrap_or(0);
    let taken: Vec<bool> = outcome.tested.iter().map(take).collect();
    let mut sizes = vec![0.0; count];
    for (token, _) in outcome
        .tested
        .iter()
        .zip(&taken)
        .filter(|(_, taken)| **taken)
    {
        sizes[token.program] += 1.0;
    }
    let known = |sums: Vec<f64>| -> ByText {
        let sums = sums.into_iter().enumerate();
        sums.filter(|(program, _)| sizes[*program] > 0.0).collect()
    };
    let sums = outcome
        .replicates
        .iter()
        .map(|replicate| {
            let others = real(replicate.right.len().saturating_sub(1).max(1));
            let mut sums = vec![0.0; count];
            for (semantics, right) in &replicate.right {
                let weight = match (*semantics == outcome.base, gap) {
                    (true, _) => 1.0,
                    (false, true) => -1.0 / others,
                    (false, false) => continue,
                };
                for ((token, right), taken) in outcome.tested.iter().zip(right).zip(&taken) {
                    if *right && *taken {
                        sums[token.program] += weight;
                    }
                }
            }
            known(sums)
        })
        .collect();
    let sizes = known(sizes.clone());
    (sums, sizes)
}
