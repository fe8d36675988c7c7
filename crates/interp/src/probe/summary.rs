//! Accuracies, gaps and their intervals.

use std::collections::BTreeMap;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::ORIGINAL;
use super::study::Outcome;
use crate::numbers::real;

/// A number with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The point estimate.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Estimate {
    /// True if the interval includes 0.
    #[must_use]
    pub fn includes_zero(self) -> bool {
        self.low <= 0.0 && self.high >= 0.0
    }
}

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
    /// Number of tested tokens.
    pub states: usize,
    /// Programs they are of.
    pub programs: usize,
    /// Probes with other seeds, or of models with other seeds.
    pub replicates: usize,
}

/// A number for each text.
type ByText = Vec<(usize, f64)>;

/// Bootstrap resamples of texts, shared by all intervals: the number of times each text is drawn.
pub struct Draws {
    counts: Vec<Vec<u16>>,
    random: ChaCha8Rng,
}

impl Draws {
    /// `draws` resamples of `texts` texts.
    #[must_use]
    pub fn new(texts: usize, draws: usize, seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let counts = (0..draws)
            .map(|_| {
                let mut counts = vec![0; texts];
                for _ in 0..texts {
                    counts[random.random_range(0..texts)] += 1;
                }
                counts
            })
            .collect();
        Self { counts, random }
    }

    /// The mean of a value for each text, with its interval.
    pub fn mean(&mut self, values: &[f64]) -> Estimate {
        let sums: Vec<(usize, f64)> = values.iter().copied().enumerate().collect();
        let sizes: Vec<(usize, f64)> = (0..values.len()).map(|text| (text, 1.0)).collect();
        self.estimate(&[sums], &sizes)
    }

    /// The sums over the sizes, each by replicate and text, with the percentile interval over resampled
    /// texts and replicates.
    fn estimate(&mut self, sums: &[ByText], sizes: &[(usize, f64)]) -> Estimate {
        let total = |values: &[(usize, f64)], counts: Option<&[u16]>| -> f64 {
            values
                .iter()
                .map(|(text, value)| counts.map_or(1.0, |counts| f64::from(counts[*text])) * value)
                .sum()
        };
        let replicates = real(sums.len().max(1));
        let ratio = |sum: f64, size: f64| sum / (size * replicates).max(f64::MIN_POSITIVE);
        let whole = sums.iter().map(|sums| total(sums, None)).sum();
        let value = ratio(whole, total(sizes, None));
        let mut draws = Vec::with_capacity(self.counts.len());
        for counts in &self.counts {
            let each: Vec<f64> = sums.iter().map(|sums| total(sums, Some(counts))).collect();
            // One fewer than there are: drawing as many would make the variance between replicates too
            // small, by half where there are two.
            let few = each.len().saturating_sub(1).max(each.len().min(1));
            let drawn: f64 = (0..few)
                .map(|_| each[self.random.random_range(0..each.len())])
                .sum();
            let drawn = drawn * real(each.len()) / real(few.max(1));
            draws.push(ratio(drawn, total(sizes, Some(counts))));
        }
        draws.sort_by(f64::total_cmp);
        Estimate {
            value,
            low: quantile(&draws, 0.025),
            high: quantile(&draws, 0.975),
        }
    }
}

/// Quantile of sorted values; `share` is in [0, 1].
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let at = share * real(last);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a length is an index"
    )]
    let below = at.floor() as usize;
    let part = at - at.floor();
    sorted[below] * (1.0 - part) + sorted[(below + 1).min(last)] * part
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

/// For each replicate and text: correct tokens under the original semantics minus the mean under the others.
/// Also the number of tokens of each text.
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
