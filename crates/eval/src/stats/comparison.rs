//! What two runs on the same items say about each other.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{DRAWS, Interval, Z80, by_cluster, mcnemar, mean, mean_interval, real};

/// Up to so many clusters, all flips of signs are gone through.
const EXACT: usize = 16;
/// With fewer clusters, intervals and tests can show large differences only.
pub const FEW_CLUSTERS: usize = 10;

/// What two runs on the same items say about each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Items.
    pub items: usize,
    /// Clusters that are taken as independent.
    pub clusters: usize,
    /// The score of the second less that of the first.
    pub difference: f64,
    /// Its 95 % interval, over pairs of clusters.
    pub interval: Interval,
    /// Items that only the first has right.
    pub only_first: usize,
    /// Items that only the second has right.
    pub only_second: usize,
    /// The exact two-sided p of McNemar's test; for repeated runs, of which an item is right where
    /// most responses are. It takes all items as independent.
    pub mcnemar: f64,
    /// The test that decides.
    pub test: Test,
    /// Its two-sided p.
    pub p: f64,
    /// The p after Holm's correction for all pairs that are compared.
    pub holm: f64,
    /// The smallest difference that as many items would show in four of five tries, at 5 %.
    pub smallest_detectable: f64,
}

/// A test of whether two runs differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// McNemar's, exact: every item is a cluster of its own.
    Mcnemar,
    /// Flips of the signs of whole clusters: items of one cluster depend on each other.
    SignFlip,
}

impl Test {
    /// The words for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mcnemar => "exact McNemar test",
            Self::SignFlip => "sign-flip test over clusters",
        }
    }
}

/// What a comparison comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Test and interval say that the runs differ.
    Differs,
    /// Neither says so.
    Open,
    /// The interval leaves out 0, and the test does not decide: mostly there are too few clusters.
    TestIsOpen,
    /// The test decides, and the interval holds 0.
    IntervalIsOpen,
}

impl Comparison {
    /// What it comes to at 5 %. That two runs differ is said only where test and interval agree.
    #[must_use]
    pub fn decision(&self) -> Decision {
        let outside = self.interval.low > 0.0 || self.interval.high < 0.0;
        match (self.holm < 0.05, outside) {
            (true, true) => Decision::Differs,
            (false, false) => Decision::Open,
            (false, true) => Decision::TestIsOpen,
            (true, false) => Decision::IntervalIsOpen,
        }
    }
}

/// Compares values of the same items, each between 0 and 1.
#[must_use]
pub fn compare(first: &[f64], second: &[f64], clusters: &[&str]) -> Comparison {
    let differences: Vec<f64> = second.iter().zip(first).map(|(b, a)| b - a).collect();
    let right = |value: f64| value > 0.5;
    let pairs = || first.iter().zip(second);
    let only_first = pairs().filter(|(a, b)| right(**a) && !right(**b)).count();
    let only_second = pairs().filter(|(a, b)| !right(**a) && right(**b)).count();
    let sums = by_cluster(&differences, clusters);
    let exact = mcnemar(only_first, only_second);
    let (test, p) = if sums.len() == first.len() {
        (Test::Mcnemar, exact)
    } else {
        let sums: Vec<f64> = sums.iter().map(|(sum, _)| *sum).collect();
        (Test::SignFlip, sign_flip(&sums))
    };
    let (interval, error, quantile) = mean_interval(&differences, clusters);
    // Fewer than six items, all for one of the runs, are significant in no test.
    let fewest = 6.0 / real(first.len().max(1));
    Comparison {
        items: first.len(),
        clusters: sums.len(),
        difference: mean(&differences),
        interval,
        only_first,
        only_second,
        mcnemar: exact,
        test,
        p,
        holm: p,
        smallest_detectable: ((quantile + Z80) * error).max(fewest.min(1.0)),
    }
}

/// The two-sided p of the sum of differences of clusters, if each could as well have the other sign: over
/// all ways to choose the signs, or, for many clusters, over random ones.
#[must_use]
pub fn sign_flip(sums: &[f64]) -> f64 {
    let moved: Vec<f64> = sums.iter().copied().filter(|sum| *sum != 0.0).collect();
    let seen: f64 = moved.iter().sum::<f64>().abs() - 1e-9;
    if moved.is_empty() {
        return 1.0;
    }
    if moved.len() <= EXACT {
        let ways = 1_u32 << moved.len();
        let extreme = (0..ways).filter(|way| {
            let flipped = moved
                .iter()
                .enumerate()
                .map(|(at, sum)| if way >> at & 1 == 0 { *sum } else { -*sum });
            flipped.sum::<f64>().abs() >= seen
        });
        return real(extreme.count()) / f64::from(ways);
    }
    // A fixed seed: the same runs have the same p. The observed signs are one of the ways.
    let mut random = ChaCha8Rng::seed_from_u64(0x7369_676e_666c_6970);
    let extreme = (0..DRAWS)
        .filter(|_| {
            let flipped = moved
                .iter()
                .map(|sum| if random.random::<bool>() { *sum } else { -*sum });
            flipped.sum::<f64>().abs() >= seen
        })
        .count();
    real(extreme + 1) / real(DRAWS + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_ignores_clusters_does_not_decide() {
        // 120 items in 10 clusters; the first is right on clusters 0, 1 and 9, the second on 0 and 2 to 6.
        let names: Vec<String> = (0..120).map(|item| (item / 12).to_string()).collect();
        let clusters: Vec<&str> = names.iter().map(String::as_str).collect();
        let values = |right: &[usize]| -> Vec<f64> {
            (0..120)
                .map(|item| f64::from(u8::from(right.contains(&(item / 12)))))
                .collect()
        };
        let comparison = compare(&values(&[0, 1, 9]), &values(&[0, 2, 3, 4, 5, 6]), &clusters);
        assert!(comparison.mcnemar < 0.001);
        assert_eq!(comparison.test, Test::SignFlip);
        assert!((comparison.p - 58.0 / 128.0).abs() < 1e-9, "{comparison:?}");
        assert!(comparison.interval.low < 0.0 && comparison.interval.high > 0.0);
        assert_eq!(comparison.decision(), Decision::Open);
    }

    #[test]
    fn items_alone_are_compared_by_mcnemars_test() {
        let names: Vec<String> = (0..40).map(|item| item.to_string()).collect();
        let clusters: Vec<&str> = names.iter().map(String::as_str).collect();
        let second: Vec<f64> = (0..40).map(|item| f64::from(u8::from(item < 12))).collect();
        let comparison = compare(&[0.0; 40], &second, &clusters);
        assert_eq!(comparison.test, Test::Mcnemar);
        assert_eq!(comparison.decision(), Decision::Differs);
        let same = compare(&second, &second, &clusters);
        assert_eq!(same.decision(), Decision::Open);
        assert!(same.smallest_detectable > 0.0);
    }

    #[test]
    fn many_clusters_are_flipped_at_random() {
        let even: Vec<f64> = (0..40)
            .map(|at| if at % 2 == 0 { 1.0 } else { -1.0 })
            .collect();
        assert!(sign_flip(&even) > 0.9);
        assert!(sign_flip(&[1.0; 40]) < 0.001);
        assert!((sign_flip(&[1.0; 5]) - 2.0 / 32.0).abs() < 1e-12);
    }
}
