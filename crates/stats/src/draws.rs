//! Bootstrap resamples that several estimates share.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::{mean, percentile, real, student};

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

/// A number for each text.
pub type ByText = Vec<(usize, f64)>;

/// The two-sided p that a ratio of sums over texts is 0, over all replicates. The error has a part from the texts, which
/// are the same in all replicates, and one from the replicates; degrees of freedom are Satterthwaite's. 1 where there
/// are fewer than two texts.
#[must_use]
pub fn ratio_p(sums: &[ByText], sizes: &[(usize, f64)]) -> f64 {
    let (texts, replicates) = (real(sizes.len()), real(sums.len()));
    let all: f64 = sizes.iter().map(|(_, size)| size).sum();
    if sizes.len() < 2 || sums.is_empty() || all <= 0.0 {
        return 1.0;
    }
    let mut by_text: std::collections::BTreeMap<usize, f64> =
        sizes.iter().map(|(text, _)| (*text, 0.0)).collect();
    for (text, value) in sums.iter().flatten() {
        *by_text.entry(*text).or_default() += value / replicates;
    }
    let value = by_text.values().sum::<f64>() / all;
    let squares: f64 = sizes
        .iter()
        .map(|(text, size)| (by_text.get(text).copied().unwrap_or(0.0) - value * size).powi(2))
        .sum();
    let of_texts = squares * texts / (texts - 1.0) / (all * all);
    let each: Vec<f64> = sums
        .iter()
        .map(|sums| sums.iter().map(|(_, value)| value).sum::<f64>() / all)
        .collect();
    let centre = mean(&each);
    let spread: f64 = each.iter().map(|one| (one - centre).powi(2)).sum();
    let of_replicates = spread / (replicates - 1.0).max(1.0) / replicates;
    let error = of_texts + of_replicates;
    if error <= 0.0 {
        return if value == 0.0 { 1.0 } else { 0.0 };
    }
    let freedom = error * error
        / (of_texts.powi(2) / (texts - 1.0) + of_replicates.powi(2) / (replicates - 1.0).max(1.0));
    student::two_sided((value / error.sqrt()).abs(), freedom)
}

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

    /// Any number of resampled texts, with its percentile interval. The function is given how often each text is drawn.
    pub fn of(&self, statistic: impl Fn(&[u16]) -> f64) -> Estimate {
        let texts = self.counts.first().map_or(0, Vec::len);
        let mut draws: Vec<f64> = self.counts.iter().map(|counts| statistic(counts)).collect();
        draws.sort_by(f64::total_cmp);
        Estimate {
            value: statistic(&vec![1; texts]),
            low: percentile(&draws, 0.025),
            high: percentile(&draws, 0.975),
        }
    }

    /// The sums over the sizes, each by replicate and text, with the percentile interval over resampled
    /// texts and replicates.
    pub fn estimate(&mut self, sums: &[ByText], sizes: &[(usize, f64)]) -> Estimate {
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
            low: percentile(&draws, 0.025),
            high: percentile(&draws, 0.975),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_p_of_a_ratio_is_that_of_the_t_test_where_sizes_are_equal() {
        // scipy.stats.ttest_1samp([1, 2, 3, 4, 5.5], 0).pvalue
        let sums: ByText = [1.0, 2.0, 3.0, 4.0, 5.5].into_iter().enumerate().collect();
        let sizes: Vec<(usize, f64)> = (0..5).map(|text| (text, 1.0)).collect();
        let p = ratio_p(std::slice::from_ref(&sums), &sizes);
        assert!((p - 0.016_550).abs() < 1e-4, "{p}");
        // Replicates that disagree make it larger, replicates that agree do not change it.
        let same = ratio_p(&[sums.clone(), sums.clone()], &sizes);
        assert!((same - p).abs() < 1e-9);
        let other: ByText = sums.iter().map(|(text, value)| (*text, -value)).collect();
        assert!(ratio_p(&[sums, other], &sizes) > 0.9);
        assert!((ratio_p(&[], &sizes) - 1.0).abs() < 1e-12);
    }
}
