//! Paired comparison of two runs on the same items, with its uncertainty.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{
    FEW_CLUSTERS_INTERVAL, Interval, Method, Z95, are_alike, by_cluster, cluster_error,
    least_width, mean, percentile, real, resampled, student,
};

/// Clusters up to which every assignment of signs is tried: 2^20 take some milliseconds.
const EXACT_CLUSTERS: usize = 20;
/// Assignments of signs drawn where there are more clusters.
const SIGN_DRAWS: u32 = 100_000;

/// The test that decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// McNemar's, exact: every item is a cluster of its own, and either right or wrong.
    McNemar,
    /// Signs of whole clusters' differences are flipped in all ways.
    SignFlip,
    /// The same with drawn assignments, since there are too many.
    SignFlipDrawn,
}

impl Test {
    /// Description for reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::McNemar => "exact McNemar",
            Self::SignFlip => "exact sign-flip test over clusters",
            Self::SignFlipDrawn => "sign-flip test over clusters",
        }
    }
}

/// Result of a comparison at the 5 % level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// Test and interval both say that the runs differ.
    Significant,
    /// No significant difference.
    NotSignificant,
    /// The test alone says so; the interval holds 0.
    IntervalHoldsZero,
    /// The interval alone says so.
    TestDisagrees,
}

impl Finding {
    /// Description for reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Significant => "the difference is significant at 5 %",
            Self::NotSignificant => "the difference is not significant at 5 %",
            Self::IntervalHoldsZero => {
                "the difference is not significant at 5 %: the test alone would say so, but the interval holds 0"
            }
            Self::TestDisagrees => {
                "the difference is not significant at 5 %: the interval alone leaves 0 out, the test does not agree"
            }
        }
    }
}

/// Paired statistics of two runs on the same items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Number of common items.
    pub items: usize,
    /// Clusters that are taken as independent.
    pub clusters: usize,
    /// The score of the second less that of the first.
    pub difference: f64,
    /// Its 95 % interval, of pairs.
    pub interval: Interval,
    /// Items that only the first has right.
    pub only_first: usize,
    /// Items that only the second has right.
    pub only_second: usize,
    /// The exact two-sided p of McNemar's test; for repeated runs, of which an item is right where
    /// most responses are. It takes items as independent.
    pub mcnemar: f64,
    /// The test that decides: McNemar's where items are independent and either right or wrong, that over clusters
    /// elsewhere.
    pub test: Test,
    /// Its two-sided p.
    pub p: f64,
    /// The smallest p-value possible with this number of differing clusters or items.
    pub least_p: f64,
    /// The p after Holm's correction for all pairs that are compared.
    pub holm: f64,
    /// The smallest difference that as many items would show in four of five tries, at 5 %.
    pub smallest_detectable: f64,
}

impl Comparison {
    /// Result of the comparison. It never contradicts the interval.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let excludes = self.interval.low > 0.0 || self.interval.high < 0.0;
        match (self.holm < 0.05, excludes) {
            (true, true) => Finding::Significant,
            (false, false) => Finding::NotSignificant,
            (true, false) => Finding::IntervalHoldsZero,
            (false, true) => Finding::TestDisagrees,
        }
    }
}

/// Compares values of the same items, each between 0 and 1.
#[must_use]
pub fn compare(first: &[f64], second: &[f64], clusters: &[&str]) -> Comparison {
    let differences: Vec<f64> = second.iter().zip(first).map(|(b, a)| b - a).collect();
    let sums = by_cluster(&differences, clusters);
    let right = |value: f64| value > 0.5;
    let pairs = || first.iter().zip(second);
    let only_first = pairs().filter(|(a, b)| right(**a) && !right(**b)).count();
    let only_second = pairs().filter(|(a, b)| !right(**a) && right(**b)).count();
    let by_items = mcnemar(only_first, only_second);
    // Of repeated runs, shares say more than which items are right more often than not.
    let whole = pairs().all(|(a, b)| [0.0, 1.0].contains(a) && [0.0, 1.0].contains(b));
    let (test, p, least_p) = if whole && sums.len() == first.len() {
        let differ = only_first + only_second;
        (Test::McNemar, by_items, mcnemar(0, differ))
    } else {
        let sums: Vec<f64> = sums.iter().map(|(sum, _)| *sum).collect();
        sign_flip(&sums)
    };
    let (error, freedom) = error_of(&differences, &sums);
    let quantiles = student::quantile(0.975, freedom) + student::quantile(0.8, freedom);
    Comparison {
        items: first.len(),
        clusters: sums.len(),
        difference: mean(&differences),
        interval: interval(&differences, clusters, &sums),
        only_first,
        only_second,
        mcnemar: by_items,
        test,
        p,
        least_p,
        holm: p,
        smallest_detectable: (quantiles * error).min(1.0),
    }
}

/// The standard error of the mean difference and its degrees of freedom. It is never 0.
fn error_of(differences: &[f64], sums: &[(f64, f64)]) -> (f64, f64) {
    let (error, freedom) = cluster_error(sums);
    let least = error_by_items(differences).max(unseen(differences.len()));
    (error.max(least), freedom)
}

/// The standard error of the mean difference, were items independent.
fn error_by_items(differences: &[f64]) -> f64 {
    let n = real(differences.len().max(1));
    let centre = mean(differences);
    let squares: f64 = differences.iter().map(|one| (one - centre).powi(2)).sum();
    (squares / (n - 1.0).max(1.0) / n).sqrt()
}

/// The standard error where no item differs: three of them still could (the rule of three for an event that
/// was not seen).
fn unseen(items: usize) -> f64 {
    3.0_f64.sqrt() / real(items.max(1))
}

/// The 95 % interval of the mean difference.
pub(super) fn interval(differences: &[f64], clusters: &[&str], sums: &[(f64, f64)]) -> Interval {
    let alone = sums.len() == differences.len();
    if sums.len() < 2 {
        return Interval {
            low: -1.0,
            high: 1.0,
            method: Method::OneCluster,
        };
    }
    if sums.len() >= FEW_CLUSTERS_INTERVAL && !are_alike(sums) {
        let (means, _) = resampled(differences, clusters);
        return Interval {
            low: percentile(&means, 0.025),
            high: percentile(&means, 0.975),
            method: if alone {
                Method::Bootstrap
            } else {
                Method::ClusterBootstrap
            },
        };
    }
    let centre = mean(differences);
    let (clustered, freedom) = cluster_error(sums);
    let by_items = error_by_items(differences);
    // Where all items have the same difference, nothing is known but that others were not seen.
    let least = if by_items < 1e-9 {
        unseen(differences.len())
    } else {
        by_items * least_width(differences.len(), clustered)
    };
    let half = (student::quantile(0.975, freedom) * clustered).max(Z95 * least);
    Interval {
        low: (centre - half).max(-1.0),
        high: (centre + half).min(1.0),
        method: if alone {
            Method::ItemT
        } else {
            Method::ClusterT
        },
    }
}

/// The two-sided p of the test that flips the signs of whole clusters' sums: if the runs were equally good, a
/// cluster's difference would be as likely with the other sign. With it the smallest p that can come out.
fn sign_flip(sums: &[f64]) -> (Test, f64, f64) {
    // Clusters without a difference change no sum.
    let sums: Vec<f64> = sums.iter().copied().filter(|sum| *sum != 0.0).collect();
    let observed: f64 = sums.iter().sum::<f64>().abs();
    // Sums of shares are not exact; what is as large but for rounding counts as as large.
    let reached = |sum: f64| sum.abs() >= observed - 1e-9;
    if sums.len() <= EXACT_CLUSTERS {
        let all = 1_u32 << sums.len();
        // Gray code: from one assignment to the next a single sign changes.
        let mut signs = vec![1.0_f64; sums.len()];
        let mut sum: f64 = sums.iter().sum();
        let mut hits = 0_u32;
        for step in 0..all {
            if step > 0 {
                let at = step.trailing_zeros() as usize;
                sum -= 2.0 * signs[at] * sums[at];
                signs[at] = -signs[at];
            }
            hits += u32::from(reached(sum));
        }
        let all = f64::from(all);
        return (Test::SignFlip, f64::from(hits) / all, (2.0 / all).min(1.0));
    }
    // A fixed seed: the same runs have the same p.
    let mut random = ChaCha8Rng::seed_from_u64(0x7369_676e_7321);
    let mut hits = 0_u32;
    for _ in 0..SIGN_DRAWS {
        let sum: f64 = sums
            .iter()
            .map(|sum| if random.random::<bool>() { *sum } else { -sum })
            .sum();
        hits += u32::from(reached(sum));
    }
    // The observed assignment is one of those that could have been drawn, so that p is never 0.
    let all = f64::from(SIGN_DRAWS) + 1.0;
    (
        Test::SignFlipDrawn,
        (f64::from(hits) + 1.0) / all,
        1.0 / all,
    )
}

/// The exact two-sided p of McNemar's test: of `a + b` items that only one of two has right, how
/// unlikely is a split this uneven by a fair coin (McNemar 1947, exact form)?
#[must_use]
pub fn mcnemar(a: usize, b: usize) -> f64 {
    let (n, few) = (a + b, a.min(b));
    if n == 0 {
        return 1.0;
    }
    // In logarithms, since 2^-n underflows.
    let mut log_choose = 0.0_f64;
    let log_half = real(n) * 0.5_f64.ln();
    let mut total = 0.0;
    for k in 0..=few {
        if k > 0 {
            log_choose += (real(n - k + 1) / real(k)).ln();
        }
        total += (log_choose + log_half).exp();
    }
    (2.0 * total).min(1.0)
}

/// Holm's correction of several p (Holm 1979), in the order given.
#[must_use]
pub fn holm(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut corrected = vec![0.0; values.len()];
    let mut largest = 0.0_f64;
    for (rank, index) in order.into_iter().enumerate() {
        largest = largest
            .max(values[index] * real(values.len() - rank))
            .min(1.0);
        corrected[index] = largest;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-6, "{a} is not {b}");
    }

    #[test]
    fn mcnemar_is_the_binomial_test() {
        close(mcnemar(0, 0), 1.0);
        close(mcnemar(1, 5), 0.218_75);
        close(mcnemar(5, 1), 0.218_75);
        close(mcnemar(0, 10), 2.0 / 1024.0);
        close(mcnemar(10, 10), 1.0);
        assert!(mcnemar(2_000, 2_500) < 1e-12);
    }

    #[test]
    fn holm_steps_down() {
        let corrected = holm(&[0.01, 0.04, 0.03]);
        close(corrected[0], 0.03);
        close(corrected[1], 0.06);
        close(corrected[2], 0.06);
    }

    #[test]
    fn repeats_are_compared_by_their_shares() {
        let names: Vec<String> = (0..60).map(|item| item.to_string()).collect();
        let alone: Vec<&str> = names.iter().map(String::as_str).collect();
        // Most responses are right either way, and all differ.
        let found = compare(&[0.6; 60], &[1.0; 60], &alone);
        assert_eq!(found.finding(), Finding::Significant);
        assert!(found.p < 1e-3 && found.interval.low < 0.4, "{found:?}");
        // Of items that only one has right more often than not there are 20, and the mean says the opposite.
        let second: Vec<f64> = (0..60)
            .map(|item| if item < 40 { 1.0 } else { 0.4 })
            .collect();
        let found = compare(&[0.6; 60], &second, &alone);
        assert_eq!(found.test, Test::SignFlipDrawn);
        assert!(found.difference > 0.19 && found.finding() == Finding::Significant);
        let found = compare(&[0.0; 60], &[1.0; 60], &alone);
        assert!(found.interval.low < 0.98, "{found:?}");
    }

    /// 120 items in 10 clusters, those in `right` wholly right.
    fn by_clusters(right: &[usize]) -> Vec<f64> {
        (0..120)
            .map(|item| f64::from(u8::from(right.contains(&(item / 12)))))
            .collect()
    }

    #[test]
    fn clusters_decide_where_items_are_not_independent() {
        let names: Vec<String> = (0..120).map(|item| (item / 12).to_string()).collect();
        let clusters: Vec<&str> = names.iter().map(String::as_str).collect();
        let first = by_clusters(&[0, 1, 9]);
        let second = by_clusters(&[0, 2, 3, 4, 5, 6]);
        let found = compare(&first, &second, &clusters);
        assert!(found.mcnemar < 0.001, "{found:?}");
        assert!(
            found.interval.low < 0.0 && found.interval.high > 0.0,
            "{found:?}"
        );
        assert_eq!((found.test, found.clusters), (Test::SignFlip, 10));
        // Seven clusters differ, five in one direction: 58 of 128 assignments are as uneven or more.
        close(found.p, 58.0 / 128.0);
        assert_eq!(found.finding(), Finding::NotSignificant);
    }

    #[test]
    fn independent_items_are_decided_by_mcnemar() {
        let names: Vec<String> = (0..100).map(|item| item.to_string()).collect();
        let clusters: Vec<&str> = names.iter().map(String::as_str).collect();
        let first: Vec<f64> = (0..100).map(|i| f64::from(u8::from(i < 40))).collect();
        let second: Vec<f64> = (0..100).map(|i| f64::from(u8::from(i < 60))).collect();
        let found = compare(&first, &second, &clusters);
        assert_eq!(found.test, Test::McNemar);
        close(found.p, mcnemar(0, 20));
        assert_eq!(found.finding(), Finding::Significant);
    }

    #[test]
    fn no_verdict_goes_against_the_interval() {
        let names: Vec<String> = (0..60).map(|item| (item / 20).to_string()).collect();
        let clusters: Vec<&str> = names.iter().map(String::as_str).collect();
        let (none, all) = (vec![0.0; 60], vec![1.0; 60]);
        // Three clusters cannot show anything at 5 %, however large the difference.
        let found = compare(&none, &all, &clusters);
        close(found.p, 0.25);
        close(found.least_p, 0.25);
        assert_ne!(found.finding(), Finding::Significant);
        let holds_zero = Comparison {
            holm: 0.01,
            interval: Interval {
                low: -0.1,
                high: 0.3,
                method: Method::ClusterT,
            },
            ..found
        };
        assert_eq!(holds_zero.finding(), Finding::IntervalHoldsZero);
    }

    #[test]
    fn equal_runs_still_could_differ() {
        let names: Vec<String> = (0..200).map(|item| (item / 4).to_string()).collect();
        let clusters: Vec<&str> = names.iter().map(String::as_str).collect();
        let run = vec![1.0; 200];
        let found = compare(&run, &run, &clusters);
        assert!(found.smallest_detectable > 0.01, "{found:?}");
        assert!(found.interval.low < 0.0 && found.interval.high > 0.0);
        close(found.p, 1.0);
    }

    #[test]
    fn many_clusters_are_drawn_and_never_give_0() {
        let names: Vec<String> = (0..400).map(|item| (item / 4).to_string()).collect();
        let clusters: Vec<&str> = names.iter().map(String::as_str).collect();
        let found = compare(&vec![0.0; 400], &vec![1.0; 400], &clusters);
        assert_eq!(found.test, Test::SignFlipDrawn);
        assert!(found.p > 0.0 && found.p < 1e-4);
        assert_eq!(found.finding(), Finding::Significant);
    }
}
