//! Semantic content over training: what probes read of three variables, against the accuracy of the model.

use serde::Serialize;
use tracestone_interp::probe::Summary;

/// The variables of the paper: where the hero looks, where it is relative to its start, and whether a wall is ahead.
pub(crate) const VARIABLES: [&str; 3] = ["facing", "from_start", "wall_ahead"];

/// Semantic content and accuracy of a model at a step of its training.
#[derive(Debug, Clone, Serialize)]
pub struct ContentPoint {
    /// The seed of the model.
    pub seed: u64,
    /// Number of training steps so far.
    pub step: usize,
    /// Geometric mean of the accuracies of three linear probes.
    pub content: f64,
    /// The same under the other semantics, of the mean accuracies.
    pub alternative: f64,
    /// The share of unseen programs that the model is right on.
    pub exact: f64,
}

/// Semantic content against accuracy.
#[derive(Debug, Clone, Serialize)]
pub struct Content {
    /// The place in the model.
    pub place: String,
    /// The three variables.
    pub variables: [&'static str; 3],
    /// A point for each model and checkpoint.
    pub points: Vec<ContentPoint>,
    /// The share of the variance of accuracy that a line over content explains, for each seed.
    pub r2: Vec<(u64, f64)>,
    /// The same for all points together.
    pub r2_all: f64,
    /// The same for the content under other semantics.
    pub r2_alternative: f64,
}

impl ContentPoint {
    /// The point of one model; none without probes of all three variables.
    pub(super) fn new(seed: u64, step: usize, exact: f64, probes: &[Summary]) -> Option<Self> {
        let own = VARIABLES.map(|name| probes.iter().find(|one| one.variable == name));
        let (mut content, mut alternative) = (1.0, 1.0);
        for summary in own {
            content *= summary?.accuracy.value;
            alternative *= summary?.alternative().unwrap_or(0.0);
        }
        Some(Self {
            seed,
            step,
            content: f64::cbrt(content),
            alternative: f64::cbrt(alternative),
            exact,
        })
    }
}

impl Content {
    /// The relation of the points; none if there are fewer than three.
    pub(super) fn new(place: &str, points: Vec<ContentPoint>) -> Option<Self> {
        if points.len() < 3 {
            return None;
        }
        let pairs = |of: fn(&ContentPoint) -> f64, seed: Option<u64>| -> Vec<(f64, f64)> {
            let own = points.iter();
            let own = own.filter(|one| seed.is_none_or(|seed| seed == one.seed));
            own.map(|one| (of(one), one.exact)).collect()
        };
        let mut seeds: Vec<u64> = points.iter().map(|one| one.seed).collect();
        seeds.sort_unstable();
        seeds.dedup();
        Some(Self {
            place: place.to_owned(),
            variables: VARIABLES,
            r2: seeds
                .into_iter()
                .map(|seed| (seed, r2(&pairs(|one| one.content, Some(seed)))))
                .collect(),
            r2_all: r2(&pairs(|one| one.content, None)),
            r2_alternative: r2(&pairs(|one| one.alternative, None)),
            points,
        })
    }
}

/// The share of the variance of the second numbers that a line over the first ones explains.
fn r2(pairs: &[(f64, f64)]) -> f64 {
    let count = pairs.len().max(1) as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let sum =
        |of: &dyn Fn(f64, f64) -> f64| -> f64 { pairs.iter().map(|(a, b)| of(a - x, b - y)).sum() };
    let (xx, yy, xy) = (sum(&|a, _| a * a), sum(&|_, b| b * b), sum(&|a, b| a * b));
    if xx * yy > 0.0 {
        xy * xy / (xx * yy)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_explains_all_of_a_line_and_nothing_of_what_does_not_follow() {
        assert!((r2(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]) - 1.0).abs() < 1e-12);
        assert!(r2(&[(0.0, 1.0), (1.0, 3.0), (2.0, 1.0)]).abs() < 1e-12);
        // numpy.corrcoef([1, 2, 3, 4], [1, 3, 2, 5])[0, 1] ** 2
        let found = r2(&[(1.0, 1.0), (2.0, 3.0), (3.0, 2.0), (4.0, 5.0)]);
        assert!((found - 0.691_428_571).abs() < 1e-6, "{found}");
    }
}
