//! Linear probes that converge: multinomial logistic regression with an L2 penalty, by L-BFGS.
//!
//! The first guess of the inverse curvature is that of the loss at zero weights, which one factorisation of the rows'
//! products gives. It takes a third of the iterations that a multiple of the identity does.

use std::collections::VecDeque;

use crate::matrix::{Shape, multiply};
use crate::numbers::{most, real, single, softmax};

/// Penalties that are tried from the first one on, until the loss on the rows left out rises; each is the inverse of
/// scikit-learn's `C`.
pub const PENALTIES: [f64; 6] = [10_000.0, 1000.0, 100.0, 10.0, 1.0, 0.1];
/// The largest gradient, of the mean loss, at which a fit has converged: scikit-learn's default.
const TOLERANCE: f64 = 1e-4;
/// Iterations at most.
const ITERATIONS: usize = 500;
/// Steps that the curvature is taken from.
const MEMORY: usize = 10;

/// A linear classifier of rows, which are standardised first.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    mean: Vec<f32>,
    scale: Vec<f32>,
    /// For each class a weight of each number, and a bias at the end.
    weights: Vec<f64>,
    classes: usize,
    /// The penalty of the fit.
    pub penalty: f64,
    /// Iterations of the fit.
    pub iterations: usize,
    /// True if the gradient vanished to the tolerance.
    pub converged: bool,
}

/// Rows with their classes.
struct Problem {
    /// Standardised rows with a 1 at the end.
    rows: Vec<f32>,
    labels: Vec<usize>,
    columns: usize,
    classes: usize,
    /// Products of the columns, summed over the rows and divided by their number.
    products: Vec<f64>,
}

/// A loss with its gradient.
struct Point {
    loss: f64,
    gradient: Vec<f64>,
}

impl Problem {
    fn new(
        (rows, width): (&[f32], usize),
        labels: &[Option<usize>],
        classes: usize,
        (mean, scale): (&[f32], &[f32]),
        keep: &dyn Fn(usize) -> bool,
    ) -> Self {
        let mut problem = Self {
            rows: Vec::new(),
            labels: Vec::new(),
            columns: width + 1,
            classes,
            products: Vec::new(),
        };
        for (at, (row, label)) in rows.chunks_exact(width).zip(labels).enumerate() {
            let Some(label) = label.filter(|_| keep(at)) else {
                continue;
            };
            let scaled = row.iter().zip(mean).zip(scale);
            let scaled = scaled.map(|((value, mean), scale)| (value - mean) * scale);
            problem.rows.extend(scaled);
            problem.rows.push(1.0);
            problem.labels.push(label);
        }
        problem
    }

    /// The lower factor of the curvature at zero weights, which is the same for each class: the columns' products
    /// over the number of classes, and the penalty.
    fn factor(&self, penalty: f64) -> Vec<f64> {
        let (size, count) = (self.columns, real(self.labels.len().max(1)));
        let mut curvature: Vec<f64> = self
            .products
            .iter()
            .map(|one| one / real(self.classes.max(1)))
            .collect();
        for at in 0..size {
            let own = if at + 1 < size { penalty / count } else { 0.0 };
            // A column that is constant has no curvature of its own.
            curvature[at * size + at] += own + 1e-6;
        }
        cholesky(curvature, size)
    }

    /// Computes the products of the columns.
    fn multiplied(mut self) -> Self {
        let size = self.columns;
        let mut products = vec![0.0_f32; size * size];
        let shape = Shape::new(self.labels.len(), size);
        multiply(
            (&self.rows, shape.turned()),
            (&self.rows, shape),
            (&mut products, Shape::new(size, size)),
            1.0,
            false,
        );
        let count = real(self.labels.len().max(1));
        self.products = products.iter().map(|one| f64::from(*one) / count).collect();
        self
    }

    /// Logits of all rows.
    fn logits(&self, weights: &[f64]) -> Vec<f32> {
        let weights: Vec<f32> = weights.iter().map(|value| single(*value)).collect();
        let count = self.labels.len();
        let mut logits = vec![0.0; count * self.classes];
        multiply(
            (&self.rows, Shape::new(count, self.columns)),
            (&weights, Shape::new(self.classes, self.columns).turned()),
            (&mut logits, Shape::new(count, self.classes)),
            1.0,
            false,
        );
        logits
    }

    /// Mean loss with the penalty, and its gradient.
    fn at(&self, weights: &[f64], penalty: f64) -> Point {
        let mut logits = self.logits(weights);
        let count = real(self.labels.len().max(1));
        let mut loss = 0.0;
        for (row, label) in logits.chunks_exact_mut(self.classes).zip(&self.labels) {
            softmax(row);
            loss -= f64::from(row[*label].max(f32::MIN_POSITIVE)).ln();
            row[*label] -= 1.0;
        }
        let mut gradient = vec![0.0_f32; weights.len()];
        multiply(
            (
                &logits,
                Shape::new(self.labels.len(), self.classes).turned(),
            ),
            (&self.rows, Shape::new(self.labels.len(), self.columns)),
            (&mut gradient, Shape::new(self.classes, self.columns)),
            1.0,
            false,
        );
        let mut gradient: Vec<f64> = gradient.iter().map(|one| f64::from(*one) / count).collect();
        let mut squares = 0.0;
        let rows = weights.chunks_exact(self.columns);
        for (weights, gradient) in rows.zip(gradient.chunks_exact_mut(self.columns)) {
            // The bias is not penalised.
            let pairs = weights.iter().zip(gradient).take(self.columns - 1);
            for (weight, gradient) in pairs {
                squares += weight * weight;
                *gradient += penalty / count * weight;
            }
        }
        Point {
            loss: loss / count + 0.5 * penalty / count * squares,
            gradient,
        }
    }

    /// The weights of the least loss, from a first guess; with the iterations and whether they converged.
    fn solve(&self, penalty: f64, first: Vec<f64>) -> (Vec<f64>, usize, bool) {
        let mut weights = first;
        let mut point = self.at(&weights, penalty);
        let factor = self.factor(penalty);
        let mut past: VecDeque<(Vec<f64>, Vec<f64>)> = VecDeque::new();
        for iteration in 0..ITERATIONS {
            let largest = point
                .gradient
                .iter()
                .fold(0.0_f64, |most, one| most.max(one.abs()));
            if largest <= TOLERANCE {
                return (weights, iteration, true);
            }
            let way = direction(&point.gradient, &past, &|row| {
                row.chunks_exact_mut(self.columns)
                    .for_each(|class| divide(&factor, class));
            });
            let slope = dot(&way, &point.gradient);
            let mut step = 1.0;
            let mut moved = None;
            for _ in 0..30 {
                let next: Vec<f64> = weights
                    .iter()
                    .zip(&way)
                    .map(|(w, d)| w + step * d)
                    .collect();
                let found = self.at(&next, penalty);
                if found.loss <= point.loss + 1e-4 * step * slope {
                    moved = Some((next, found));
                    break;
                }
                step *= 0.5;
            }
            let Some((next, found)) = moved else {
                // No step is better in single precision.
                return (weights, iteration, false);
            };
            let change: Vec<f64> = next.iter().zip(&weights).map(|(a, b)| a - b).collect();
            let turn = found.gradient.iter().zip(&point.gradient);
            let turn: Vec<f64> = turn.map(|(a, b)| a - b).collect();
            if dot(&change, &turn) > 1e-12 {
                past.push_back((change, turn));
                if past.len() > MEMORY {
                    past.pop_front();
                }
            }
            (weights, point) = (next, found);
        }
        (weights, ITERATIONS, false)
    }

    /// Mean loss without a penalty.
    fn loss(&self, weights: &[f64]) -> f64 {
        self.at(weights, 0.0).loss
    }
}

/// The lower factor of a symmetric positive matrix.
fn cholesky(mut matrix: Vec<f64>, size: usize) -> Vec<f64> {
    for row in 0..size {
        for column in 0..=row {
            let (above, own) = matrix.split_at(row * size);
            let other = if column == row {
                own
            } else {
                &above[column * size..]
            };
            let sum: f64 = own[..column].iter().zip(other).map(|(a, b)| a * b).sum();
            let left = matrix[row * size + column] - sum;
            matrix[row * size + column] = if column == row {
                left.max(1e-12).sqrt()
            } else {
                left / matrix[column * size + column]
            };
        }
    }
    matrix
}

/// Solves the equations of a matrix, whose lower factor is given, in place.
fn divide(factor: &[f64], values: &mut [f64]) {
    let size = values.len();
    for row in 0..size {
        let own = &factor[row * size..row * size + row];
        let sum = dot(own, &values[..row]);
        values[row] = (values[row] - sum) / factor[row * size + row];
    }
    for row in (0..size).rev() {
        values[row] /= factor[row * size + row];
        let value = values[row];
        let own = &factor[row * size..row * size + row];
        add(&mut values[..row], -value, own);
    }
}

/// The direction of L-BFGS (Nocedal and Wright, algorithm 7.4); `solve` divides by the first guess of the curvature.
fn direction(
    gradient: &[f64],
    past: &VecDeque<(Vec<f64>, Vec<f64>)>,
    solve: &dyn Fn(&mut [f64]),
) -> Vec<f64> {
    let mut way: Vec<f64> = gradient.iter().map(|value| -value).collect();
    let mut shares = Vec::with_capacity(past.len());
    for (change, turn) in past.iter().rev() {
        let share = dot(change, &way) / dot(change, turn);
        add(&mut way, -share, turn);
        shares.push(share);
    }
    solve(&mut way);
    if let Some((change, turn)) = past.back() {
        let mut back = turn.clone();
        solve(&mut back);
        let scale = dot(change, turn) / dot(turn, &back);
        way.iter_mut().for_each(|value| *value *= scale);
    }
    for ((change, turn), share) in past.iter().zip(shares.iter().rev()) {
        let back = dot(turn, &way) / dot(change, turn);
        add(&mut way, share - back, change);
    }
    way
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(sum: &mut [f64], times: f64, more: &[f64]) {
    sum.iter_mut()
        .zip(more)
        .for_each(|(sum, more)| *sum += times * more);
}

impl Linear {
    /// Fits rows of `width` numbers with one penalty, the inverse of scikit-learn's `C`. Rows without a class are
    /// left out.
    #[must_use]
    pub fn fit(
        rows: &[f32],
        width: usize,
        labels: &[Option<usize>],
        classes: usize,
        penalty: f64,
    ) -> Self {
        let (mean, scale) = super::classifier::spread(rows, width);
        let problem = Problem::new((rows, width), labels, classes, (&mean, &scale), &|_| true);
        Self::of(&problem.multiplied(), (mean, scale), penalty, None)
    }

    fn of(
        problem: &Problem,
        (mean, scale): (Vec<f32>, Vec<f32>),
        penalty: f64,
        first: Option<Vec<f64>>,
    ) -> Self {
        let first = first.unwrap_or_else(|| vec![0.0; problem.classes * problem.columns]);
        let (weights, iterations, converged) = problem.solve(penalty, first);
        Self {
            mean,
            scale,
            weights,
            classes: problem.classes,
            penalty,
            iterations,
            converged,
        }
    }

    /// Fits with the penalty that is best on a fifth of the groups, which are left out first, and then on all rows.
    /// `groups` has the group of each row: rows of one group are not independent.
    pub(crate) fn fit_chosen(
        rows: &[f32],
        width: usize,
        labels: &[Option<usize>],
        classes: usize,
        groups: &[usize],
    ) -> Self {
        let spread = super::classifier::spread(rows, width);
        let parts = (&spread.0[..], &spread.1[..]);
        let held = |row: usize| groups[row] % 5 == 4;
        let fit = Problem::new((rows, width), labels, classes, parts, &|row| !held(row));
        let fit = fit.multiplied();
        let test = Problem::new((rows, width), labels, classes, parts, &held);
        let mut best = (f64::INFINITY, PENALTIES[0]);
        let mut weights = vec![0.0; classes * (width + 1)];
        for penalty in PENALTIES {
            // The next penalty's weights are near those of the one before.
            weights = fit.solve(penalty, weights).0;
            let loss = test.loss(&weights);
            if loss >= best.0 {
                break;
            }
            best = (loss, penalty);
        }
        let all = Problem::new((rows, width), labels, classes, parts, &|_| true);
        Self::of(&all.multiplied(), spread, best.1, Some(weights))
    }

    /// The direction of each class in the space of the rows as they are, not standardised.
    #[must_use]
    pub fn directions(&self) -> Vec<Vec<f32>> {
        let rows = self.weights.chunks_exact(self.mean.len() + 1);
        let scaled = |row: &[f64]| {
            let pairs = row.iter().zip(&self.scale);
            pairs
                .map(|(weight, scale)| single(*weight) * scale)
                .collect()
        };
        rows.map(scaled).collect()
    }

    /// The logits of each row.
    #[must_use]
    pub fn logits(&self, rows: &[f32]) -> Vec<f32> {
        let width = self.mean.len();
        let labels = vec![Some(0); rows.len() / width.max(1)];
        let parts = (&self.mean[..], &self.scale[..]);
        let problem = Problem::new((rows, width), &labels, self.classes, parts, &|_| true);
        problem.logits(&self.weights)
    }

    /// The most likely class of each row.
    #[must_use]
    pub fn predict(&self, rows: &[f32]) -> Vec<usize> {
        let logits = self.logits(rows);
        logits.chunks_exact(self.classes).map(most).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows whose class is a noisy function of them.
    fn rows() -> (Vec<f32>, Vec<Option<usize>>) {
        let (mut rows, mut labels, mut state) = (Vec::new(), Vec::new(), 9_u64);
        let mut random = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / 16_777_216.0 - 0.5
        };
        for number in 0..600 {
            let row: Vec<f32> = (0..6).map(|_| random()).collect();
            let class = if row[0] + 0.4 * random() > 0.1 {
                2
            } else {
                usize::from(row[1] > 0.0)
            };
            rows.extend(row);
            labels.push((number % 10 != 3).then_some(class));
        }
        (rows, labels)
    }

    #[test]
    fn a_fit_converges_to_where_the_gradient_vanishes() {
        let (rows, labels) = rows();
        let groups: Vec<usize> = (0..600).map(|row| row / 3).collect();
        for penalty in [0.1, 10.0] {
            let fitted = Linear::fit(&rows, 6, &labels, 3, penalty);
            assert!(fitted.converged, "{fitted:?}");
            let problem = Problem::new(
                (&rows, 6),
                &labels,
                3,
                (&fitted.mean, &fitted.scale),
                &|_| true,
            );
            let point = problem.at(&fitted.weights, penalty);
            // Against finite differences, and no better place near.
            for at in 0..point.gradient.len() {
                let moved = |by: f64| {
                    let mut weights = fitted.weights.clone();
                    weights[at] += by;
                    problem.at(&weights, penalty).loss
                };
                let wanted = (moved(0.05) - moved(-0.05)) / 0.1;
                assert!(
                    (wanted - point.gradient[at]).abs() < 2e-4,
                    "{wanted} {}",
                    point.gradient[at]
                );
                assert!(moved(0.3) > point.loss && moved(-0.3) > point.loss);
            }
        }
        let chosen = Linear::fit_chosen(&rows, 6, &labels, 3, &groups);
        assert!(PENALTIES.contains(&chosen.penalty) && chosen.converged);
        let right = chosen
            .predict(&rows)
            .iter()
            .zip(&labels)
            .filter(|(a, b)| Some(**a) == **b)
            .count();
        assert!(right > 450, "{right}");
        assert!(fitted_fast(&rows, &labels) < 40);
    }

    /// Iterations where two columns are nearly the same, which a guess of the curvature by one number takes long for.
    fn fitted_fast(rows: &[f32], labels: &[Option<usize>]) -> usize {
        let wide = rows.chunks_exact(6).flat_map(|row| {
            let near = row[0] + 0.01 * row[5];
            row.iter().copied().chain([near, row[1] - 0.01 * row[4]])
        });
        let wide: Vec<f32> = wide.collect();
        let fitted = Linear::fit(&wide, 8, labels, 3, 0.1);
        assert!(fitted.converged);
        fitted.iterations
    }

    #[test]
    fn a_factor_solves_its_equations() {
        let matrix = vec![4.0, 1.0, 0.5, 1.0, 3.0, 0.2, 0.5, 0.2, 2.0];
        let mut values = [1.0, -2.0, 0.5];
        divide(&cholesky(matrix.clone(), 3), &mut values);
        let back = |row: usize| dot(&matrix[row * 3..row * 3 + 3], &values);
        for (row, wanted) in [1.0, -2.0, 0.5].into_iter().enumerate() {
            assert!((back(row) - wanted).abs() < 1e-9);
        }
    }
}
