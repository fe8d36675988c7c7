//! The threshold above which an error is anomalous.

use serde::{Deserialize, Serialize};

use crate::{deviation, mean, real};

/// Choice of a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Threshold {
    /// So many standard deviations above the mean.
    Fixed {
        /// The number of them.
        deviations: f64,
    },
    /// The number of deviations whose removal of errors changes mean and deviation the most for the number of
    /// errors and runs removed, sought from each whole number of this range on.
    Search {
        /// The first start.
        from: u32,
        /// After the last start.
        to: u32,
    },
}

impl Threshold {
    /// The threshold for these errors.
    #[must_use]
    pub fn of(self, errors: &[f64]) -> f64 {
        let (mean, deviation) = (mean(errors), deviation(errors));
        let best = match self {
            Self::Fixed { deviations } => deviations,
            Self::Search { from, to } => {
                let mut best = (f64::from(from), f64::INFINITY);
                for start in from..to {
                    let (z, cost) = minimum(f64::from(start), |z| cost(z, errors, mean, deviation));
                    if cost < best.1 {
                        best = (z, cost);
                    }
                }
                best.0
            }
        };
        mean + best * deviation
    }
}

/// The negative gain of a threshold; infinite where nothing is above it.
fn cost(z: f64, errors: &[f64], mean_of_all: f64, deviation_of_all: f64) -> f64 {
    let threshold = mean_of_all + z * deviation_of_all;
    let below: Vec<f64> = errors
        .iter()
        .copied()
        .filter(|error| *error <= threshold)
        .collect();
    let (mut fall, mut calm) = (0.0, 0.0);
    if !below.is_empty() {
        fall = mean_of_all - mean(&below);
        calm = deviation_of_all - deviation(&below);
    }
    let runs = crate::span::runs(errors.len(), |at| errors[at] > threshold).len();
    let above = errors.len() - below.len();
    if above == 0 {
        return f64::INFINITY;
    }
    -(fall / mean_of_all + calm / deviation_of_all) / (real(above) + real(runs).powi(2))
}

/// A local minimum by the method of Nelder and Mead in one dimension, with the constants of `scipy.optimize.fmin`,
/// so that thresholds are those of the paper's code.
fn minimum(start: f64, of: impl Fn(f64) -> f64) -> (f64, f64) {
    const CLOSE: f64 = 1e-4;
    const ROUNDS: usize = 200;
    let second = if start == 0.0 { 0.000_25 } else { start * 1.05 };
    let mut best = (start, of(start));
    let mut other = (second, of(second));
    let mut calls = 2;
    for _ in 1..=ROUNDS {
        if other.1 < best.1 || (best.1.is_nan() && !other.1.is_nan()) {
            std::mem::swap(&mut best, &mut other);
        }
        let near = (other.0 - best.0).abs() <= CLOSE && (best.1 - other.1).abs() <= CLOSE;
        if near || calls >= ROUNDS {
            break;
        }
        let at = |x: f64| (x, of(x));
        let reflected = at(2.0 * best.0 - other.0);
        calls += 2;
        if reflected.1 < best.1 {
            let expanded = at(3.0 * best.0 - 2.0 * other.0);
            other = if expanded.1 < reflected.1 {
                expanded
            } else {
                reflected
            };
            continue;
        }
        let outside = reflected.1 < other.1;
        let contracted = if outside {
            at(1.5 * best.0 - 0.5 * other.0)
        } else {
            at(0.5 * best.0 + 0.5 * other.0)
        };
        let better = if outside {
            contracted.1 <= reflected.1
        } else {
            contracted.1 < other.1
        };
        other = if better {
            contracted
        } else {
            calls += 1;
            at(best.0 + 0.5 * (other.0 - best.0))
        };
    }
    if other.1 < best.1 { other } else { best }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minimum_is_found() {
        let (x, y) = minimum(2.0, |x| (x - 5.0).powi(2) + 1.0);
        assert!((x - 5.0).abs() < 1e-3 && (y - 1.0).abs() < 1e-6);
        assert!(minimum(0.0, |_| f64::INFINITY).1.is_infinite());
    }

    #[test]
    fn the_search_separates_a_burst_from_the_rest() {
        let mut errors: Vec<f64> = (0..300).map(|at| 1.0 + f64::from(at % 5) * 0.1).collect();
        errors[150..160].fill(12.0);
        let threshold = Threshold::Search { from: 0, to: 10 }.of(&errors);
        assert!((1.4..12.0).contains(&threshold), "{threshold}");
    }
}
