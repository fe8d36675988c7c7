//! The matrix profile: for each stretch of a series, the distance to the stretch most like it.
//!
//! STOMP by diagonals: the covariance of two stretches follows from that of the two stretches one point earlier.
//! Distances are of z-normalised stretches, as `stumpy.stump` computes them.

/// For each stretch the distance to its nearest neighbour, and the neighbour's place; infinite, and no place, where
/// the series is too short for any.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Distances by the first point of a stretch.
    pub distances: Vec<f64>,
    /// First points of the nearest neighbours.
    pub neighbours: Vec<Option<usize>>,
}

/// Neighbours closer than a quarter of a stretch are the stretch itself, moved a little: they do not count.
fn exclusion(points: usize) -> usize {
    points.div_ceil(4)
}

/// Standard deviation below which a stretch is constant.
const CONSTANT: f64 = 1e-10;

/// The profile of stretches of `points` points.
#[must_use]
pub fn profile(values: &[f64], points: usize) -> Profile {
    let Some(stretches) = (values.len() + 1)
        .checked_sub(points)
        .filter(|count| *count > 0 && points > 1)
    else {
        return Profile {
            distances: Vec::new(),
            neighbours: Vec::new(),
        };
    };
    let stats = Stats::of(values, points, stretches);
    let mut best = vec![(f64::NEG_INFINITY, usize::MAX); stretches];
    for gap in exclusion(points) + 1..stretches {
        stats.diagonal(values, points, gap, &mut best);
    }
    let finish = |(at, (_, neighbour)): (usize, (f64, usize))| {
        if neighbour == usize::MAX {
            return (f64::INFINITY, None);
        }
        // Near a perfect match the covariance has lost the digits that the distance consists of.
        (
            stats.distance(values, points, at, neighbour),
            Some(neighbour),
        )
    };
    let (distances, neighbours) = best.into_iter().enumerate().map(finish).unzip();
    Profile {
        distances,
        neighbours,
    }
}

/// Numbers that the covariances of stretches are computed with.
struct Stats {
    means: Vec<f64>,
    /// 1 / the norm of the stretch less its mean; 0 for a constant one.
    norms: Vec<f64>,
    /// Half the difference of the point that comes in and the one that goes out.
    halves: Vec<f64>,
    /// The sum of both, each less the mean of its stretch.
    sums: Vec<f64>,
    has_constant: bool,
}

impl Stats {
    fn of(values: &[f64], points: usize, stretches: usize) -> Self {
        let mean = |at: usize| crate::mean(&values[at..at + points]);
        let means: Vec<f64> = (0..stretches).map(mean).collect();
        let norm = |at: usize| {
            let squares = values[at..at + points]
                .iter()
                .map(|value| (value - means[at]).powi(2));
            let norm = squares.sum::<f64>().sqrt();
            let deviation = norm / crate::real(points).sqrt();
            if deviation < CONSTANT {
                0.0
            } else {
                1.0 / norm
            }
        };
        let norms: Vec<f64> = (0..stretches).map(norm).collect();
        let (mut halves, mut sums) = (vec![0.0; stretches], vec![0.0; stretches]);
        for at in 1..stretches {
            let (new, old) = (values[at + points - 1], values[at - 1]);
            halves[at] = (new - old) / 2.0;
            sums[at] = (new - means[at]) + (old - means[at - 1]);
        }
        let has_constant = norms.contains(&0.0);
        Self {
            means,
            norms,
            halves,
            sums,
            has_constant,
        }
    }

    /// Compares all stretches with those `gap` points later.
    fn diagonal(&self, values: &[f64], points: usize, gap: usize, best: &mut [(f64, usize)]) {
        let count = best.len() - gap;
        let mut covariance: f64 = (0..points)
            .map(|at| (values[at] - self.means[0]) * (values[gap + at] - self.means[gap]))
            .sum();
        // Slices of one length let the compiler leave the checks of places out.
        let (halves, later_halves) = (&self.halves[..count], &self.halves[gap..gap + count]);
        let (sums, later_sums) = (&self.sums[..count], &self.sums[gap..gap + count]);
        let (norms, later_norms) = (&self.norms[..count], &self.norms[gap..gap + count]);
        for at in 0..count {
            covariance += halves[at] * later_sums[at] + later_halves[at] * sums[at];
            let mut correlation = covariance * norms[at] * later_norms[at];
            if self.has_constant && (norms[at] == 0.0 || later_norms[at] == 0.0) {
                correlation = if norms[at] == later_norms[at] {
                    1.0
                } else {
                    0.5
                };
            }
            if correlation > best[at].0 {
                best[at] = (correlation, at + gap);
            }
            if correlation > best[at + gap].0 {
                best[at + gap] = (correlation, at);
            }
        }
    }

    /// The distance of two stretches, from their points.
    fn distance(&self, values: &[f64], points: usize, one: usize, other: usize) -> f64 {
        let (first, second) = (self.norms[one], self.norms[other]);
        if first == 0.0 || second == 0.0 {
            return if first == second {
                0.0
            } else {
                crate::real(points).sqrt()
            };
        }
        let normal =
            |at: usize, place: usize, norm: f64| (values[place + at] - self.means[place]) * norm;
        let squares =
            (0..points).map(|at| (normal(at, one, first) - normal(at, other, second)).powi(2));
        // Of stretches of norm 1; z-normalised ones have the square root of their length as norm.
        (squares.sum::<f64>() * crate::real(points)).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_is_that_of_stumpy() {
        let values = [
            0.0, 1.0, 3.0, 2.0, 9.0, 1.0, 14.0, 15.0, 1.0, 2.0, 2.0, 10.0, 7.0,
        ];
        let profile = profile(&values, 4);
        let expected = [
            (0.642_486_337_640_224_9, 9),
            (0.285_704_855_901_69, 8),
            (1.640_169_443_197_632_4, 9),
            (0.898_130_637_894_945_4, 1),
            (1.279_547_149_407_806, 9),
            (1.781_964_662_297_751, 2),
            (2.987_226_131_718_227, 3),
            (2.839_432_573_255_306_7, 4),
            (0.285_704_855_901_69, 1),
            (0.642_486_337_640_224_9, 0),
        ];
        for (at, (distance, neighbour)) in expected.into_iter().enumerate() {
            assert_eq!(profile.neighbours[at], Some(neighbour), "{at}");
            assert!(
                (profile.distances[at] - distance).abs() < 1e-8,
                "{at}: {profile:?}"
            );
        }
    }

    #[test]
    fn stretches_without_a_difference_are_handled() {
        let flat = profile(&[5.0; 40], 8);
        assert!(flat.distances.iter().all(|one| *one == 0.0));
        let mut values = vec![1.0; 40];
        values[20] = 2.0;
        let one = profile(&values, 8);
        assert!((one.distances[0] - 0.0).abs() < 1e-12);
        assert!(profile(&[1.0, 2.0], 8).distances.is_empty());
        let short = profile(&[1.0, 2.0, 3.0, 5.0], 4);
        assert_eq!(short.neighbours, [None]);
    }
}
