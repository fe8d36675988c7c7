//! A trained dictionary: what reads features from rows, and rows from features.

use rayon::prelude::*;

use crate::matrix::add_scaled;
use crate::scan::{Encoder, largest_of_rows};
use crate::sparse::Sparse;

/// The rule by which features fire.
#[derive(Debug, Clone, PartialEq)]
pub enum Gate {
    /// Sums above a threshold of their feature, and above 0.
    Jump(Vec<f32>),
    /// The largest sums of each row that are above 0.
    Largest(usize),
}

/// A sparse autoencoder: `features = gate(row W_enc + b_enc)`, `row = features W_dec + b_dec`.
#[derive(Debug, Clone, PartialEq)]
pub struct Dictionary {
    /// Numbers of a row.
    pub inputs: usize,
    /// Number of features.
    pub width: usize,
    /// For each feature its weights of the inputs.
    pub encoder: Vec<f32>,
    /// For each feature what it adds to the row.
    pub decoder: Vec<f32>,
    /// For each feature the encoder's bias.
    pub encoder_bias: Vec<f32>,
    /// The decoder's bias.
    pub decoder_bias: Vec<f32>,
    /// The rule by which features fire.
    pub gate: Gate,
}

/// Rows that are decoded at once.
const PART: usize = 64;

impl Dictionary {
    /// Features that fire for rows.
    ///
    /// # Panics
    ///
    /// If the rows do not have the dictionary's length.
    #[must_use]
    pub fn encode(&self, rows: &[f32]) -> Sparse {
        assert!(
            rows.len().is_multiple_of(self.inputs),
            "rows of another length"
        );
        let encoder = Encoder {
            weights: &self.encoder,
            bias: &self.encoder_bias,
            inputs: self.inputs,
        };
        let count = rows.len() / self.inputs;
        match &self.gate {
            Gate::Jump(thresholds) => {
                let bounds: Vec<f32> = thresholds.iter().map(|one| one.max(0.0)).collect();
                let found = encoder.above(rows, &bounds);
                Sparse::of(self.width, count, found.iter().flatten().copied())
            }
            Gate::Largest(k) => {
                let found = largest_of_rows(encoder, rows, *k, true);
                Sparse::of(self.width, count, found.iter().copied())
            }
        }
    }

    /// Rows that features stand for.
    #[must_use]
    pub fn decode(&self, features: &Sparse) -> Vec<f32> {
        let mut rows = vec![0.0; features.rows() * self.inputs];
        rows.par_chunks_mut(PART * self.inputs)
            .enumerate()
            .for_each(|(part, rows)| {
                for (at, row) in rows.chunks_exact_mut(self.inputs).enumerate() {
                    row.copy_from_slice(&self.decoder_bias);
                    for (feature, value) in features.row(part * PART + at) {
                        self.add(row, feature, value);
                    }
                }
            });
        rows
    }

    /// The direction of a feature in the decoder.
    #[must_use]
    pub fn direction(&self, feature: usize) -> &[f32] {
        &self.decoder[feature * self.inputs..(feature + 1) * self.inputs]
    }

    /// Adds what a feature stands for to a row, `times` as strong as an activation of 1.
    pub fn add(&self, row: &mut [f32], feature: usize, times: f32) {
        add_scaled(row, times, self.direction(feature));
    }

    /// True if the sizes of all parts fit together and all numbers are finite.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let area = self.width * self.inputs;
        let gate = match &self.gate {
            Gate::Jump(thresholds) => {
                thresholds.len() == self.width && thresholds.iter().all(|one| !one.is_nan())
            }
            Gate::Largest(k) => (1..=self.width).contains(k),
        };
        let parts = [
            (&self.encoder, area),
            (&self.decoder, area),
            (&self.encoder_bias, self.width),
            (&self.decoder_bias, self.inputs),
        ];
        let whole = |(part, size): &(&Vec<f32>, usize)| {
            part.len() == *size && part.iter().all(|value| value.is_finite())
        };
        self.inputs > 0 && self.width > 0 && gate && parts.iter().all(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn small(gate: Gate) -> Dictionary {
        Dictionary {
            inputs: 2,
            width: 3,
            encoder: vec![1.0, 0.0, 0.0, 1.0, -1.0, 0.0],
            decoder: vec![1.0, 0.0, 0.0, 1.0, -1.0, 0.0],
            encoder_bias: vec![0.0, 0.5, 0.0],
            decoder_bias: vec![0.0, 0.25],
            gate,
        }
    }

    #[test]
    fn thresholds_and_ranks_decide_what_fires() {
        let rows = [2.0, 1.0, -3.0, 0.1];
        let jump = small(Gate::Jump(vec![0.5, 1.0, -1.0]));
        let found = jump.encode(&rows);
        assert_eq!(found.row(0).collect::<Vec<_>>(), [(0, 2.0), (1, 1.5)]);
        // A threshold below 0 lets no negative sum through.
        assert_eq!(found.row(1).collect::<Vec<_>>(), [(2, 3.0)]);
        assert_eq!(jump.decode(&found), [2.0, 1.75, -3.0, 0.25]);
        let best = small(Gate::Largest(1)).encode(&rows);
        assert_eq!(best.row(0).collect::<Vec<_>>(), [(0, 2.0)]);
        assert_eq!(best.row(1).collect::<Vec<_>>(), [(2, 3.0)]);
        assert!(jump.is_whole() && !small(Gate::Largest(4)).is_whole());
    }
}
