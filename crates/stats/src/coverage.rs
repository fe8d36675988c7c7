//! Do 95 % intervals hold what they should, in 95 of 100 cases? A simulation with known truth.

use rand::{Rng, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{Finding, by_cluster, compare, interval};

/// Clusters of the cells of the table, each with its number of simulated runs. The error of a coverage of
/// 95 % is 0.3 points with 4,000 runs, 0.5 with 2,000 and 0.7 with 1,000.
const COUNTS: [(usize, u32); 7] = [
    (2, 4_000),
    (3, 4_000),
    (5, 4_000),
    (8, 2_000),
    (10, 2_000),
    (20, 1_000),
    (50, 1_000),
];

/// Mean and spread of the shares of clusters.
const SHARES: [(f64, f64); 4] = [(0.5, 0.0), (0.5, 0.15), (0.7, 0.1), (0.8, 0.06)];

/// Shares near an end, and a spread in which many clusters are wholly right or wrong.
const EXTREME_SHARES: [(f64, f64); 3] = [(0.9, 0.08), (0.95, 0.04), (0.6, 0.3)];

/// A number with mean 0 and variance 1, near enough to a normal one: twelve uniform ones.
fn normal(random: &mut impl Rng) -> f64 {
    (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0
}

/// A cluster's share. The sum is symmetrical around the mean, so that cutting at 0 and 1 moves the mean by
/// nothing where the mean is in the middle, and hardly elsewhere.
fn share(random: &mut impl Rng, (mean, spread): (f64, f64)) -> f64 {
    if spread == 0.0 {
        return mean;
    }
    (mean + spread * normal(random)).clamp(0.0, 1.0)
}

/// The mean of the cut shares.
fn truth(shares: (f64, f64)) -> f64 {
    let mut random = ChaCha8Rng::seed_from_u64(18);
    let draws = 100_000;
    (0..draws).map(|_| share(&mut random, shares)).sum::<f64>() / f64::from(draws)
}

/// Names of clusters that the simulations need.
fn names() -> Vec<String> {
    (0..50).map(|cluster| format!("{cluster:02}")).collect()
}

/// Items with their clusters, of which each has so many.
fn items<'a>(
    random: &mut impl Rng,
    names: &'a [String],
    shares: (f64, f64),
    sizes: (u32, u32),
) -> (Vec<f64>, Vec<&'a str>) {
    let (mut values, mut clusters) = (Vec::new(), Vec::new());
    for name in names {
        let share = share(random, shares);
        for _ in 0..random.random_range(sizes.0..=sizes.1) {
            values.push(f64::from(u8::from(random.random::<f64>() < share)));
            clusters.push(name.as_str());
        }
    }
    (values, clusters)
}

/// The share of intervals of a mean that hold the truth.
fn coverage(clusters: usize, runs: u32, shares: (f64, f64), sizes: (u32, u32)) -> f64 {
    let mut random = ChaCha8Rng::seed_from_u64(19);
    let (truth, names) = (truth(shares), names());
    let mut held = 0_u32;
    for _ in 0..runs {
        let (values, names) = items(&mut random, &names[..clusters], shares, sizes);
        let found = interval(&values, &names);
        held += u32::from((found.low..=found.high).contains(&truth));
    }
    f64::from(held) / f64::from(runs)
}

/// Cells whose coverage is outside of the range, with all of the table.
fn outside(
    cells: &[(f64, f64)],
    sizes: (u32, u32),
    most_clusters: usize,
    range: std::ops::RangeInclusive<f64>,
) -> Vec<String> {
    let mut bad = Vec::new();
    for shares in cells {
        for (clusters, runs) in COUNTS {
            if clusters <= most_clusters {
                let found = coverage(clusters, runs, *shares, sizes);
                if !range.contains(&found) {
                    bad.push(format!(
                        "{clusters} clusters of {sizes:?}, {shares:?}: {found}"
                    ));
                }
            }
        }
    }
    bad
}

#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    let mut bad = outside(&SHARES, (6, 18), 50, 0.93..=0.97);
    // Of clusters of one size the scores are few, and coverage jumps from one to the next.
    bad.extend(outside(&SHARES, (12, 12), 10, 0.92..=0.975));
    bad.extend(outside(&SHARES[..2], (80, 120), 5, 0.93..=0.97));
    assert!(bad.is_empty(), "{bad:#?}");
}

/// Coarse scores, and those near an end: no interval has every share that it promises; these are too wide
/// rather than too narrow.
#[test]
fn intervals_of_extreme_shares_hold_the_truth_at_least_as_often() {
    let mut bad = outside(&EXTREME_SHARES, (6, 18), 10, 0.93..=1.0);
    bad.extend(outside(&SHARES, (4, 4), 10, 0.93..=1.0));
    assert!(bad.is_empty(), "{bad:#?}");
}

#[test]
fn intervals_of_differences_hold_the_truth_as_often_as_they_say() {
    let mut random = ChaCha8Rng::seed_from_u64(20);
    let all = names();
    let mut bad = Vec::new();
    for shares in [(0.5, 0.0), (0.5, 0.15)] {
        for (clusters, runs) in COUNTS {
            let runs = if clusters <= 5 { runs } else { 1_000 };
            let (mut held, mut significant) = (0_u32, 0_u32);
            for _ in 0..runs {
                let (first, names) = items(&mut random, &all[..clusters], shares, (6, 18));
                // The second run is as good, and each cluster has its own difference to the first.
                let mut tilt = 0.0;
                let mut last = "";
                let second: Vec<f64> = names
                    .iter()
                    .map(|name| {
                        if *name != last {
                            last = name;
                            tilt = share(&mut random, shares);
                        }
                        f64::from(u8::from(random.random::<f64>() < tilt))
                    })
                    .collect();
                let differences: Vec<f64> = second.iter().zip(&first).map(|(b, a)| b - a).collect();
                let sums = by_cluster(&differences, &names);
                let found = compare::interval(&differences, &names, &sums);
                held += u32::from((found.low..=found.high).contains(&0.0));
                // With more clusters the test takes long, and is no other one.
                if clusters <= 8 {
                    let found = compare::compare(&first, &second, &names);
                    significant += u32::from(found.finding() == Finding::Significant);
                }
            }
            let part = |count: u32| f64::from(count) / f64::from(runs);
            if !(0.93..=0.97).contains(&part(held)) || part(significant) > 0.06 {
                bad.push(format!(
                    "{clusters} clusters, {shares:?}: {}, significant {}",
                    part(held),
                    part(significant)
                ));
            }
        }
    }
    assert!(bad.is_empty(), "{bad:#?}");
}
