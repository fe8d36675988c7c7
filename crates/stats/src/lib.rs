//! Statistics of scores: intervals, comparisons, pass@k.
//!
//! ```
//! let interval = tracestone_stats::wilson(40, 50);
//! assert!(interval.low > 0.66 && interval.high < 0.89);
//! ```

mod compare;
#[cfg(test)]
mod coverage;
mod draw;
mod draws;
mod few;
mod student;

pub use compare::{Comparison, Finding, Test, compare, holm, mcnemar};
pub use draw::Draw;
pub use draws::{ByText, Draws, Estimate, ratio_p};
pub use few::{interval_p, mean_interval, mean_p};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Draws of every bootstrap.
pub(crate) const DRAWS: usize = 10_000;
/// The normal quantile of a two-sided 95 % interval.
const Z95: f64 = 1.959_963_984_540_054;
/// Clusters below which intervals come from t: percentiles of so few resampled clusters are too narrow.
const FEW_CLUSTERS_INTERVAL: usize = 51;
/// Clusters below which a reader is warned.
pub const FEW_CLUSTERS: usize = 10;

/// A 95 % interval, and how it was made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// Method of the interval.
    pub method: Method,
}

/// Method of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Wilson's score interval: independent items that are right or wrong (Wilson 1927).
    Wilson,
    /// Percentiles of the means of resampled clusters (Field and Welsh 2007).
    ClusterBootstrap,
    /// The same, where every item is a cluster of its own.
    Bootstrap,
    /// Student's t with an error over clusters and its degrees of freedom (Bell and McCaffrey 2002; for
    /// clusters of equal size one less than there are), for few clusters. Of shares, on the logit scale.
    ClusterT,
    /// The same, where every item is a cluster of its own.
    ItemT,
    /// All items are of one cluster, which says nothing about others.
    OneCluster,
}

impl Method {
    /// Description for reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Wilson => "Wilson",
            Self::ClusterBootstrap => "cluster bootstrap",
            Self::Bootstrap => "bootstrap",
            Self::ClusterT => "t over clusters",
            Self::ItemT => "t",
            Self::OneCluster => "one cluster: not known",
        }
    }
}

fn real(count: usize) -> f64 {
    count as f64
}

/// The mean; 0 for nothing.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    if values.is_empty() {
        0.0
    } else {
        values.iter().sum::<f64>() / real(values.len())
    }
}

/// Wilson's 95 % interval of a share.
#[must_use]
pub fn wilson(successes: usize, count: usize) -> Interval {
    if count == 0 {
        return Interval {
            low: 0.0,
            high: 1.0,
            method: Method::Wilson,
        };
    }
    let (n, share) = (real(count), real(successes) / real(count));
    let spread = Z95 * Z95 / n;
    let centre = (share + spread / 2.0) / (1.0 + spread);
    let half = Z95 / (1.0 + spread) * (share * (1.0 - share) / n + spread / (4.0 * n)).sqrt();
    Interval {
        low: (centre - half).max(0.0),
        high: (centre + half).min(1.0),
        method: Method::Wilson,
    }
}

/// Values summed by cluster: sum and count.
fn by_cluster(values: &[f64], clusters: &[&str]) -> Vec<(f64, f64)> {
    let mut sums: std::collections::BTreeMap<&str, (f64, f64)> = std::collections::BTreeMap::new();
    for (value, cluster) in values.iter().zip(clusters) {
        let sum = sums.entry(cluster).or_default();
        sum.0 += value;
        sum.1 += 1.0;
    }
    sums.into_values().collect()
}

/// The sorted means of resampled clusters, and how many clusters there are.
fn resampled(values: &[f64], clusters: &[&str]) -> (Vec<f64>, usize) {
    let sums = by_cluster(values, clusters);
    let count = sums.len();
    if count == 0 {
        return (Vec::new(), 0);
    }
    // A fixed seed: the same run has the same interval.
    let mut random = ChaCha8Rng::seed_from_u64(0x7472_6163_6573_746f);
    // Many clusters need fewer draws for the same precision, and cost more each.
    let draws = if count > 20_000 { 1_000 } else { DRAWS };
    let mut means: Vec<f64> = (0..draws)
        .map(|_| {
            let (mut total, mut size) = (0.0, 0.0);
            for _ in 0..count {
                let (sum, members) = sums[random.random_range(0..count)];
                total += sum;
                size += members;
            }
            total / size
        })
        .collect();
    means.sort_by(f64::total_cmp);
    (means, count)
}

/// The value below which a share of sorted values lies.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    if sorted.is_empty() {
        return 0.0;
    }
    let position = share * real(sorted.len() - 1);
    let (below, above) = (position.floor() as usize, position.ceil() as usize);
    let part = position - position.floor();
    sorted[below] * (1.0 - part) + sorted[above] * part
}

/// The 95 % interval of a mean of item values: Wilson's where every item is alone in its cluster and
/// either right or wrong, or where all items are the same; resampled clusters otherwise.
#[must_use]
pub fn interval(values: &[f64], clusters: &[&str]) -> Interval {
    let whole = values.iter().all(|value| *value == 0.0 || *value == 1.0);
    let successes = values.iter().filter(|value| **value == 1.0).count();
    let distinct: std::collections::BTreeSet<_> = clusters.iter().collect();
    let alone = distinct.len() == values.len();
    if whole && alone {
        return wilson(successes, values.len());
    }
    if distinct.len() == 1 {
        return Interval {
            low: 0.0,
            high: 1.0,
            method: Method::OneCluster,
        };
    }
    if whole && (successes == 0 || successes == values.len()) {
        // Resampling says nothing where all is the same; clusters are the independent trials then.
        let clusters = distinct.len();
        return wilson(if successes == 0 { 0 } else { clusters }, clusters);
    }
    let sums = by_cluster(values, clusters);
    if distinct.len() < FEW_CLUSTERS_INTERVAL || are_alike(&sums) {
        return of_few_clusters(values, &sums, alone);
    }
    let (means, _) = resampled(values, clusters);
    Interval {
        low: percentile(&means, 0.025),
        high: percentile(&means, 0.975),
        method: if alone {
            Method::Bootstrap
        } else {
            Method::ClusterBootstrap
        },
    }
}

/// The interval of a mean of shares from t. On the logit scale it stays between 0 and 1 and is as uneven as
/// shares near these are.
fn of_few_clusters(values: &[f64], sums: &[(f64, f64)], alone: bool) -> Interval {
    let method = if alone {
        Method::ItemT
    } else {
        Method::ClusterT
    };
    let n = real(values.len());
    // Half an item from the ends, so that the logit exists.
    let centre = mean(values).clamp(0.5 / n, 1.0 - 0.5 / n);
    let (error, freedom) = cluster_error(sums);
    let slope = centre * (1.0 - centre);
    let logit = (centre / (1.0 - centre)).ln();
    let half = (student::quantile(0.975, freedom) * error / slope).min(700.0);
    let share = |logit: f64| 1.0 / (1.0 + (-logit).exp());
    let independent = wilson(values.iter().sum::<f64>().round() as usize, values.len());
    let least = least_width(values.len(), error);
    Interval {
        low: share(logit - half).min(centre - least * (centre - independent.low)),
        high: share(logit + half).max(centre + least * (independent.high - centre)),
        method,
    }
}

/// Least width of an interval over few clusters, as a part of the width for independent items. Clusters that
/// happen to be alike have a spread that says too little. With all of that width intervals would hold the
/// truth more often than they say, up to 99 times of 100 with two clusters; these parts are chosen by the
/// simulation in `coverage.rs`.
fn least_width(items: usize, error: f64) -> f64 {
    /// Items below which scores are too coarse for a spread.
    const FEW_ITEMS: usize = 16;
    if items < FEW_ITEMS {
        1.0
    } else if error * real(items) < 1e-9 {
        0.6
    } else {
        0.3
    }
}

/// True if all clusters have the same mean, but for rounding, so that resampling them gives no width.
fn are_alike(sums: &[(f64, f64)]) -> bool {
    let size: f64 = sums.iter().map(|(_, members)| members).sum();
    cluster_error(sums).0 * size < 1e-9
}

/// The standard error of a mean from sums and sizes of clusters, without bias where clusters are alike in
/// spread (CR2, Bell and McCaffrey 2002), and its degrees of freedom by Satterthwaite's approximation.
fn cluster_error(sums: &[(f64, f64)]) -> (f64, f64) {
    let size: f64 = sums.iter().map(|(_, members)| members).sum();
    if sums.len() < 2 || size <= 0.0 {
        return (0.0, 1.0);
    }
    let centre = sums.iter().map(|(sum, _)| sum).sum::<f64>() / size;
    let (mut squares, mut weights, mut ratios, mut ratios_squared) = (0.0, 0.0, 0.0, 0.0);
    for (sum, members) in sums {
        let weight = members / size;
        squares += (sum - centre * members).powi(2) / (1.0 - weight);
        weights += weight * weight;
        let ratio = weight * weight / (1.0 - weight);
        ratios += ratio;
        ratios_squared += ratio * ratio;
    }
    let freedom = 1.0 / (weights + ratios * ratios - ratios_squared);
    (squares.sqrt() / size, freedom.max(0.25))
}

/// The unbiased estimate of the chance that one of `k` responses is right, from `n` responses of which
/// `correct` are (Chen et al. 2021, arXiv 2107.03374). 1 where fewer than `k` are wrong.
#[must_use]
pub fn pass_at_k(n: usize, correct: usize, k: usize) -> f64 {
    let wrong = n - correct.min(n);
    if wrong < k {
        return 1.0;
    }
    let product: f64 = (wrong + 1..=n)
        .map(|number| 1.0 - real(k) / real(number))
        .product();
    1.0 - product
}

/// Sources of a score's uncertainty.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Variance {
    /// The variance of the score that other items would bring.
    pub items: f64,
    /// The variance that asking the same items again would bring; known with repeats only.
    pub sampling: Option<f64>,
}

/// Splits the variance of a mean score over items with `repeats` responses each, of which
/// `shares[i]` are right (a one-way random effects model).
#[must_use]
pub fn variance(shares: &[f64], repeats: usize) -> Variance {
    let n = real(shares.len());
    if shares.len() < 2 {
        return Variance {
            items: 0.0,
            sampling: None,
        };
    }
    let centre = mean(shares);
    let total = shares
        .iter()
        .map(|share| (share - centre).powi(2))
        .sum::<f64>()
        / (n - 1.0)
        / n;
    if repeats < 2 {
        return Variance {
            items: total,
            sampling: None,
        };
    }
    let within: Vec<f64> = shares
        .iter()
        .map(|share| share * (1.0 - share) / (real(repeats) - 1.0))
        .collect();
    let sampling = mean(&within) / n;
    Variance {
        items: (total - sampling).max(0.0),
        sampling: Some(sampling),
    }
}

/// The standard error of a mean of which values in one cluster depend on each other, with the
/// correction for few clusters (Miller 2024, "Adding Error Bars to Evals", appendix A). Where every
/// value is a cluster of its own it is the usual one.
#[must_use]
pub fn clustered_error(values: &[f64], clusters: &[&str]) -> f64 {
    let centre = mean(values);
    let sums = by_cluster(values, clusters);
    if sums.len() < 2 {
        return 0.0;
    }
    let squares: f64 = sums
        .iter()
        .map(|(sum, members)| (sum - centre * members).powi(2))
        .sum();
    let count = real(sums.len());
    (squares * count / (count - 1.0)).sqrt() / real(values.len())
}

/// An interval of a mean that is quickly made, for a score that still changes: Wilson's where every value is
/// alone in its cluster, else the mean with twice its clustered error.
#[must_use]
pub fn quick_interval(values: &[f64], clusters: &[&str]) -> (f64, f64) {
    let distinct: std::collections::BTreeSet<_> = clusters.iter().collect();
    if distinct.len() == values.len() || distinct.len() < FEW_CLUSTERS_INTERVAL {
        let interval = interval(values, clusters);
        return (interval.low, interval.high);
    }
    let (centre, half) = (mean(values), Z95 * clustered_error(values, clusters));
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-6, "{a} is not {b}");
    }

    #[test]
    fn wilson_is_that_of_the_textbook() {
        // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        for (successes, count, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let interval = wilson(successes, count);
            assert!((interval.low - low).abs() < 5e-5, "{interval:?}");
            assert!((interval.high - high).abs() < 5e-5, "{interval:?}");
        }
    }

    #[test]
    fn pass_at_k_is_the_share_of_subsets_with_a_right_one() {
        close(pass_at_k(10, 3, 1), 0.3);
        close(pass_at_k(5, 1, 2), 0.4);
        close(pass_at_k(4, 0, 2), 0.0);
        close(pass_at_k(4, 3, 2), 1.0);
    }

    #[test]
    fn clusters_widen_an_interval() {
        let values: Vec<f64> = (0..400).map(|i| f64::from(u8::from(i % 40 < 20))).collect();
        let names: Vec<String> = (0..400).map(|i| (i / 20).to_string()).collect();
        let clusters: Vec<&str> = names.iter().map(String::as_str).collect();
        let alone: Vec<String> = (0..400).map(|i| i.to_string()).collect();
        let alone: Vec<&str> = alone.iter().map(String::as_str).collect();
        let (wide, narrow) = (interval(&values, &clusters), interval(&values, &alone));
        assert_eq!(wide.method, Method::ClusterT);
        assert_eq!(narrow.method, Method::Wilson);
        assert!(wide.high - wide.low > 2.0 * (narrow.high - narrow.low));
        assert_eq!(interval(&values, &["one"; 400]).method, Method::OneCluster);
    }

    #[test]
    fn clusters_that_happen_to_be_alike_give_no_narrow_interval() {
        let values = [1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0];
        let clusters = ["a", "a", "a", "a", "b", "b", "b", "b"];
        let found = interval(&values, &clusters);
        assert_eq!(found.method, Method::ClusterT);
        assert!(found.low < 0.45 && found.high > 0.9, "{found:?}");
    }

    #[test]
    fn many_clusters_that_are_alike_give_no_interval_without_width() {
        let names: Vec<String> = (0..120).map(|item| (item / 2).to_string()).collect();
        let pairs: Vec<&str> = names.iter().map(String::as_str).collect();
        let halves: Vec<f64> = (0..120).map(|item| f64::from(item % 2)).collect();
        let alone: Vec<String> = (0..60).map(|item| item.to_string()).collect();
        let alone: Vec<&str> = alone.iter().map(String::as_str).collect();
        for found in [interval(&halves, &pairs), interval(&[0.3; 60], &alone)] {
            assert!(found.high - found.low > 0.05, "{found:?}");
        }
        // A cluster in which all is right says no more of others than one in which nearly all is.
        let method = interval(&[1.0; 50], &["one"; 50]).method;
        assert_eq!(method, Method::OneCluster);
    }

    #[test]
    fn asking_again_is_told_apart_from_other_items() {
        let same = variance(&[0.5; 100], 10);
        assert!(same.items < 1e-12 && same.sampling.unwrap() > 0.0);
        let mixed: Vec<f64> = (0..100).map(|i| f64::from(i % 2)).collect();
        let mixed = variance(&mixed, 10);
        assert!(mixed.items > 0.0);
        close(mixed.sampling.unwrap(), 0.0);
    }
}
