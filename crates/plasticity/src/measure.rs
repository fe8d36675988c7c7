//! The state of networks at one time: dead units, ranks of what the last hidden layer shows, sizes of weights and
//! gradients.

mod eigen;

use serde::{Deserialize, Serialize};

use crate::bytes::{Bytes, Damaged};
use crate::lanes::{LANES, Lanes, zeros};
use crate::stream::Stream;
use crate::trial::Trial;

/// Samples that a measurement looks at.
const SAMPLES: usize = 1_000;

/// A measurement of one network, over the next thousand samples of its stream.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Measure {
    /// Steps before it.
    pub step: u64,
    /// Share of the hidden units that pass no gradient for any sample: outputs of 0 (ReLU), below 0 (leaky ReLU)
    /// or beyond 0.9 (tanh).
    pub dead: f64,
    /// Exponential of the entropy of the singular values' shares (Roy and Vetterli 2007).
    pub effective_rank: f64,
    /// Sum of the squared singular values over the largest one.
    pub stable_rank: f64,
    /// The singular values that hold 99 % of the sum of squares.
    pub rank_99: f64,
    /// Mean absolute weight, biases not included.
    pub weight: f64,
    /// Mean norm of the gradient of one sample.
    pub gradient: f64,
}

impl Measure {
    pub(crate) fn visit(&mut self, bytes: &mut Bytes) -> Result<(), Damaged> {
        bytes.number(&mut self.step)?;
        for value in [
            &mut self.dead,
            &mut self.effective_rank,
            &mut self.stable_rank,
            &mut self.rank_99,
            &mut self.weight,
            &mut self.gradient,
        ] {
            bytes.long(value)?;
        }
        Ok(())
    }
}

/// Measurements of all lanes; neither the trial nor the stream moves on.
pub(crate) fn measure(trial: &Trial, stream: &Stream, step: u64) -> [Measure; LANES] {
    let (mut trial, mut stream) = (trial.clone(), stream.clone());
    let activation = trial.network.shape.activation;
    let hidden = trial.network.shape.hidden.clone();
    let mut awake: Vec<Vec<[bool; LANES]>> =
        hidden.iter().map(|n| vec![[false; LANES]; *n]).collect();
    let last = hidden.last().copied().unwrap_or(0);
    let mut gram = vec![[0.0_f64; LANES]; last * last];
    let mut gradient = [0.0; LANES];
    for _ in 0..SAMPLES {
        let sample = stream.next();
        trial.look(sample);
        let norms = trial.gradient(sample);
        for lane in 0..LANES {
            gradient[lane] += f64::from(norms[lane]).sqrt();
        }
        for (awake, outputs) in awake.iter_mut().zip(&trial.pass.hidden) {
            for (awake, output) in awake.iter_mut().zip(outputs) {
                for lane in 0..LANES {
                    awake[lane] |= !activation.is_idle(output[lane]);
                }
            }
        }
        if let Some(outputs) = trial.pass.hidden.last() {
            add_products(&mut gram, outputs);
        }
    }
    let units: usize = hidden.iter().sum();
    let weights = trial.network.layers.iter().map(|layer| &layer.weights);
    let size = mean_size(weights);
    std::array::from_fn(|lane| {
        let own = awake.iter().flatten().filter(|awake| !awake[lane]).count();
        let matrix: Vec<f64> = gram.iter().map(|value| value[lane]).collect();
        let [effective_rank, stable_rank, rank_99] = ranks(&eigen::values(matrix, last));
        Measure {
            step,
            dead: real(own) / real(units.max(1)),
            effective_rank,
            stable_rank,
            rank_99,
            weight: size[lane],
            gradient: gradient[lane] / real(SAMPLES),
        }
    })
}

/// Adds the products of all pairs of outputs.
fn add_products(gram: &mut [[f64; LANES]], outputs: &[Lanes]) {
    for (row, a) in gram.chunks_exact_mut(outputs.len()).zip(outputs) {
        if *a == [0.0; LANES] {
            continue;
        }
        for (sum, b) in row.iter_mut().zip(outputs) {
            for lane in 0..LANES {
                sum[lane] += f64::from(a[lane] * b[lane]);
            }
        }
    }
}

fn mean_size<'w>(layers: impl Iterator<Item = &'w Vec<Lanes>>) -> [f64; LANES] {
    let (mut sums, mut count) = ([0.0; LANES], 0);
    for layer in layers {
        let mut own = zeros(1);
        for (at, weight) in layer.iter().enumerate() {
            for lane in 0..LANES {
                own[0][lane] += weight[lane].abs();
            }
            // A sum in single precision stays short.
            if at % 1_024 == 1_023 || at + 1 == layer.len() {
                for lane in 0..LANES {
                    sums[lane] += f64::from(own[0][lane]);
                }
                own[0] = [0.0; LANES];
            }
        }
        count += layer.len();
    }
    sums.map(|sum: f64| sum / real(count))
}

/// Effective rank, stable rank and 99 % rank from squared singular values; zeros if there are none.
fn ranks(squares: &[f64]) -> [f64; 3] {
    let most = squares.iter().copied().fold(0.0, f64::max);
    // A network that is no longer finite has no rank either.
    if most <= 0.0 || squares.iter().any(|square| !square.is_finite()) {
        return [0.0; 3];
    }
    // Smaller ones are rounding.
    let mut squares: Vec<f64> = squares
        .iter()
        .copied()
        .filter(|s| *s > most * 1e-12)
        .collect();
    squares.sort_by(|a, b| b.total_cmp(a));
    let total: f64 = squares.iter().sum();
    let singular: f64 = squares.iter().map(|square| square.sqrt()).sum();
    let entropy: f64 = squares
        .iter()
        .map(|square| square.sqrt() / singular)
        .map(|p| -p * p.ln())
        .sum();
    let mut held = 0.0;
    let most_of_it = squares.iter().take_while(|square| {
        let before = held;
        held += **square;
        before < 0.99 * total
    });
    [entropy.exp(), total / most, real(most_of_it.count())]
}

#[expect(clippy::cast_precision_loss, reason = "counts of units and samples")]
fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_those_of_the_definitions() {
        // Singular values 3, 3, 0: two equal ones.
        let [effective, stable, most] = ranks(&[9.0, 0.0, 9.0]);
        assert!((effective - 2.0).abs() < 1e-12 && (stable - 2.0).abs() < 1e-12);
        assert_eq!(most, 2.0);
        // Singular values 2, 1: shares 2/3 and 1/3.
        let [effective, stable, most] = ranks(&[4.0, 1.0]);
        let entropy = -(2.0_f64 / 3.0 * (2.0_f64 / 3.0).ln() + (1.0_f64 / 3.0).ln() / 3.0);
        assert!((effective - entropy.exp()).abs() < 1e-12);
        assert!((stable - 1.25).abs() < 1e-12);
        assert_eq!(most, 2.0);
        assert_eq!(ranks(&[0.0, 0.0]), [0.0; 3]);
    }
}
