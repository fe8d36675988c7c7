//! Difficulty from answers: the model of [`difficulty`](crate::difficulty) fitted to what models answered.
//!
//! A logistic regression that maximises the likelihood of the answers and of the estimate: each weight is held near the
//! estimate as if some answers spoke for it, so that few answers change little, and what no answer is about stays.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tracestone_record::SampleKind;

use crate::difficulty::{FEATURES, Model};

/// Weight of the estimate.
const PRIOR: f64 = 4.0;
/// Steps of Newton's method; it needs less than ten.
const STEPS: usize = 50;
/// A step this small is the last one.
const ENOUGH: f64 = 1e-9;
/// Weights are rounded to these parts of one, so that they read well.
const DIGITS: f64 = 1e6;

/// Answers to a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// Kind of the question.
    pub kind: SampleKind,
    /// Features of the question, in the order of [`Feature::ALL`](crate::difficulty::Feature::ALL).
    pub features: [f64; FEATURES],
    /// Number of answers.
    pub answers: u32,
    /// Number of wrong ones.
    pub wrong: u32,
}

/// A fitted model with what it was fitted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// The model that the answers give.
    pub model: Model,
    /// Questions with answers.
    pub questions: u64,
    /// Answers to them.
    pub answers: u64,
    /// Mean loss of an answer, in nats, by the estimate and by the model.
    pub loss: [f64; 2],
}

// Weights come from finite numbers by a regression that stops before they are not.
impl Eq for Fitted {}

/// Fits the model; `None` without answers.
#[must_use]
pub fn fit(observed: &[Observed], estimate: &Model) -> Option<Fitted> {
    let answers: u64 = observed.iter().map(|one| u64::from(one.answers)).sum();
    if answers == 0 {
        return None;
    }
    let kinds: BTreeSet<SampleKind> = observed.iter().map(|one| one.kind).collect();
    let kinds: Vec<SampleKind> = kinds.into_iter().collect();
    let start = flat(estimate, &kinds);
    let mut weights = start.clone();
    let problem = Problem {
        observed,
        kinds: &kinds,
        start: &start,
    };
    let mut loss = problem.loss(&weights);
    for _ in 0..STEPS {
        let Some(step) = problem.step(&weights) else {
            break;
        };
        let size = step.iter().fold(0.0_f64, |most, part| most.max(part.abs()));
        let moved = |share: f64| -> Vec<f64> {
            weights
                .iter()
                .zip(&step)
                .map(|(weight, part)| weight - share * part)
                .collect()
        };
        let shares = (0..30).map(|halvings| 0.5_f64.powi(halvings));
        let better = shares
            .map(moved)
            .map(|weights| (problem.loss(&weights), weights));
        let Some((less, next)) = better.into_iter().find(|(next, _)| *next <= loss) else {
            break;
        };
        (loss, weights) = (less, next);
        if size < ENOUGH {
            break;
        }
    }
    let model = model(&weights, &kinds, estimate);
    Some(Fitted {
        loss: [estimate, &model].map(|model| mean_loss(observed, model, answers)),
        model,
        questions: observed.iter().filter(|one| one.answers > 0).count() as u64,
        answers,
    })
}

/// The weights of the features, then the constants of the kinds.
fn flat(model: &Model, kinds: &[SampleKind]) -> Vec<f64> {
    let constant = |kind: &SampleKind| model.constants.get(kind).copied().unwrap_or_default();
    model
        .weights
        .iter()
        .copied()
        .chain(kinds.iter().map(constant))
        .collect()
}

fn model(weights: &[f64], kinds: &[SampleKind], estimate: &Model) -> Model {
    let rounded = |weight: &f64| (weight * DIGITS).round() / DIGITS;
    let mut constants: BTreeMap<SampleKind, f64> = estimate.constants.clone();
    constants.extend(
        kinds
            .iter()
            .copied()
            .zip(weights[FEATURES..].iter().map(rounded)),
    );
    let mut model = Model {
        constants,
        weights: estimate.weights,
    };
    for (weight, fitted) in model.weights.iter_mut().zip(weights) {
        *weight = rounded(fitted);
    }
    model
}

fn mean_loss(observed: &[Observed], model: &Model, answers: u64) -> f64 {
    let loss = |one: &Observed| {
        let chance = model
            .wrong(one.kind, &one.features)
            .clamp(1e-12, 1.0 - 1e-12);
        let right = f64::from(one.answers - one.wrong);
        -(f64::from(one.wrong) * chance.ln() + right * (1.0 - chance).ln())
    };
    // Numbers of answers are far below 2^52.
    observed.iter().map(loss).sum::<f64>() / answers as f64
}

/// The function to be minimised: the loss of all answers and the distance from the estimate.
struct Problem<'a> {
    observed: &'a [Observed],
    kinds: &'a [SampleKind],
    start: &'a [f64],
}

impl Problem<'_> {
    /// The value that each weight is multiplied with.
    fn row(&self, one: &Observed) -> Vec<f64> {
        let kinds = self
            .kinds
            .iter()
            .map(|kind| f64::from(u8::from(*kind == one.kind)));
        one.features.iter().copied().chain(kinds).collect()
    }

    fn loss(&self, weights: &[f64]) -> f64 {
        let of_answers = self.observed.iter().map(|one| {
            let score = dot(&self.row(one), weights);
            // ln(1 + e^score) - share * score, without overflow.
            let softplus = score.max(0.0) + (-score.abs()).exp().ln_1p();
            f64::from(one.answers) * softplus - f64::from(one.wrong) * score
        });
        let distance: f64 = weights
            .iter()
            .zip(self.start)
            .map(|(one, start)| (one - start).powi(2))
            .sum();
        of_answers.sum::<f64>() + PRIOR / 2.0 * distance
    }

    /// The step of Newton's method from these weights.
    fn step(&self, weights: &[f64]) -> Option<Vec<f64>> {
        let size = weights.len();
        let mut gradient: Vec<f64> = weights
            .iter()
            .zip(self.start)
            .map(|(one, start)| PRIOR * (one - start))
            .collect();
        let mut curvature = vec![vec![0.0; size]; size];
        for (at, row) in curvature.iter_mut().enumerate() {
            row[at] = PRIOR;
        }
        for one in self.observed {
            let row = self.row(one);
            let chance = 1.0 / (1.0 + (-dot(&row, weights)).exp());
            let error = f64::from(one.answers) * chance - f64::from(one.wrong);
            let bend = f64::from(one.answers) * chance * (1.0 - chance);
            for (at, x) in row.iter().enumerate().filter(|(_, x)| **x != 0.0) {
                gradient[at] += error * x;
                for (other, y) in row.iter().enumerate() {
                    curvature[at][other] += bend * x * y;
                }
            }
        }
        solve(curvature, gradient)
    }
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// The solution of a system of linear equations by Gaussian elimination with pivots; `None` for a singular one.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let size = right.len();
    for column in 0..size {
        let pivot = (column..size).max_by(|a, b| {
            matrix[*a][column]
                .abs()
                .total_cmp(&matrix[*b][column].abs())
        })?;
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        let first = matrix[column].clone();
        if first[column].abs() < 1e-12 {
            return None;
        }
        for row in column + 1..size {
            let factor = matrix[row][column] / first[column];
            for (value, above) in matrix[row].iter_mut().zip(&first).skip(column) {
                *value -= factor * above;
            }
            right[row] -= factor * right[column];
        }
    }
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size).map(|at| matrix[row][at] * right[at]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::difficulty::Feature;

    /// Questions with different lengths of runs, answered as a model with these weights of `steps` says.
    fn answered(kind: SampleKind, constant: f64, weight: f64, answers: u32) -> Vec<Observed> {
        let place = Feature::ALL
            .iter()
            .position(|one| *one == Feature::Steps)
            .unwrap();
        let question = |number: u32| {
            let mut features = [0.0; FEATURES];
            features[place] = f64::from(number % 8);
            let chance = 1.0 / (1.0 + (-(constant + weight * features[place])).exp());
            Observed {
                kind,
                features,
                answers,
                wrong: (f64::from(answers) * chance).round() as u32,
            }
        };
        (0..400).map(question).collect()
    }

    #[test]
    fn weights_are_those_by_which_the_answers_were_made() {
        let observed = answered(SampleKind::Output, -2.0, 0.5, 1000);
        let fitted = fit(&observed, &Model::default()).unwrap();
        assert!((fitted.model.weights[0] - 0.5).abs() < 0.01, "{fitted:?}");
        assert!(
            (fitted.model.constants[&SampleKind::Output] + 2.0).abs() < 0.02,
            "{fitted:?}"
        );
        assert!(fitted.loss[1] < fitted.loss[0]);
        assert_eq!((fitted.questions, fitted.answers), (400, 400_000));
        // Kinds without answers keep the estimate's constant, and features that never change its weight.
        let estimate = Model::default();
        assert_eq!(
            fitted.model.constants[&SampleKind::Trace],
            estimate.constants[&SampleKind::Trace]
        );
        assert_eq!(fitted.model.weights[2], estimate.weights[2]);
    }

    #[test]
    fn few_answers_change_little_and_none_nothing() {
        let mut one = answered(SampleKind::State, 5.0, 0.0, 1);
        one.truncate(1);
        let fitted = fit(&one, &Model::default()).unwrap();
        let before = Model::default().constants[&SampleKind::State];
        assert!((fitted.model.constants[&SampleKind::State] - before).abs() < 0.5);
        assert_eq!(fit(&[], &Model::default()), None);
        // All wrong, however often, is still a finite model.
        let wrong: Vec<_> = answered(SampleKind::State, 30.0, 0.0, 1000);
        let fitted = fit(&wrong, &Model::default()).unwrap();
        assert!(fitted.model.weights.iter().all(|weight| weight.is_finite()));
    }
}
