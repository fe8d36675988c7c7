//! Bootstrap resamples that several estimates share.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::{percentile, real};

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
