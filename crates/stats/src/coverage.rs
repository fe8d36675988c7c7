//! Do 95 % intervals hold what they should, in 95 of 100 cases? A simulation with known truth.

use rand::{Rng, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{Finding, by_cluster, compare, interval};

/// Clusters of the cells of the table.
const COUNTS: [usize; 7] = [2, 3, 5, 8, 10, 20, 50];
/// Simulated runs for a cell: the error of a coverage of 95 % is 0.6 points.
const RUNS: u32 = 1_200;

/// A number with mean 0 and variance 1, near enough to a normal one: twelve uniform ones.
fn normal(random: &mut impl Rng) -> f64 {
    (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0
}

/// Items with their clusters: each cluster has a share of its own around `mean`, with this spread.
fn items(
    random: &mut impl Rng,
    clusters: usize,
    mean: f64,
    spread: f64,
) -> (Vec<f64>, Vec<String>) {
    let (mut values, mut names) = (Vec::new(), Vec::new());
    for cluster in 0..clusters {
        // The sum is symmetrical around the mean, so that cutting at 0 and 1 moves the mean by nothing where
        // the mean is in the middle, and hardly elsewhere.
        let share = (mean + spread * normal(random)).clamp(0.0, 1.0);
        for _ in 0..random.random_range(6..=18) {
            values.push(f64::from(u8::from(random.random::<f64>() < share)));
            names.push(cluster.to_string());
        }
    }
    (values, names)
}

#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    let mut random = ChaCha8Rng::seed_from_u64(19);
    for (mean, spread) in [(0.5, 0.0), (0.5, 0.15), (0.7, 0.1), (0.8, 0.06)] {
        for clusters in COUNTS {
            let mut held = 0_u32;
            for _ in 0..RUNS {
                let (values, names) = items(&mut random, clusters, mean, spread);
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let found = interval(&values, &names);
                held += u32::from((found.low..=found.high).contains(&mean));
            }
            let coverage = f64::from(held) / f64::from(RUNS);
            // Very few clusters are treated with caution rather than too boldly.
            let most = if clusters < 5 { 1.0 } else { 0.99 };
            assert!(
                (0.925..=most).contains(&coverage),
                "{clusters} clusters, mean {mean}, spread {spread}: {coverage}"
            );
        }
    }
}

#[test]
fn intervals_of_differences_hold_the_truth_as_often_as_they_say() {
    let mut random = ChaCha8Rng::seed_from_u64(20);
    for spread in [0.0, 0.15] {
        for clusters in COUNTS {
            let (mut held, mut significant) = (0_u32, 0_u32);
            let runs = RUNS / 2;
            for _ in 0..runs {
                let (first, names) = items(&mut random, clusters, 0.5, spread);
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                // The second run is as good, and each cluster has its own difference to the first.
                let mut tilt = 0.0;
                let mut last = "";
                let second: Vec<f64> = names
                    .iter()
                    .map(|name| {
                        if *name != last {
                            last = *name;
                            tilt = (0.5 + spread * normal(&mut random)).clamp(0.0, 1.0);
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
            let coverage = f64::from(held) / f64::from(runs);
            let most = if clusters < 5 { 1.0 } else { 0.99 };
            assert!(
                (0.92..=most).contains(&coverage),
                "{clusters} clusters, spread {spread}: {coverage}"
            );
            let wrong = f64::from(significant) / f64::from(runs);
            assert!(
                wrong <= 0.075,
                "{clusters} clusters, spread {spread}: {wrong}"
            );
        }
    }
}
