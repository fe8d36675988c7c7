//! Measures of what a dictionary reconstructs.

use serde::{Deserialize, Serialize};

use crate::dictionary::Dictionary;
use crate::sparse::Sparse;

/// Share of rows from which on a feature that fires is called dense.
pub const DENSE: f64 = 0.1;

/// Measures of a reconstruction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Number of rows.
    pub rows: usize,
    /// Features that fire for a row, on average.
    pub l0: f64,
    /// Sum of their activations, on average.
    pub l1: f64,
    /// Mean squared length of the error.
    pub mse: f64,
    /// Fraction of variance unexplained: that mean over the total variance of the rows.
    pub fvu: f64,
    /// `1 - fvu`: what SAEBench and SAELens now report under this name.
    pub explained_variance: f64,
    /// Mean cosine of a row and its reconstruction.
    pub cosine: f64,
    /// Mean ratio of the lengths of a reconstruction and its row.
    pub l2_ratio: f64,
    /// Share of features that never fire.
    pub dead: f64,
    /// Share of features that fire for more than [`DENSE`] of the rows.
    pub dense: f64,
}

/// Sums over rows, from which measures are computed.
#[derive(Debug, Clone)]
pub struct Tally {
    rows: usize,
    sum: Vec<f64>,
    square: f64,
    error: f64,
    cosine: f64,
    ratio: f64,
    /// Rows whose length is not zero: others have no cosine.
    long: usize,
    active: usize,
    activation: f64,
    fired: Vec<u64>,
}

impl Tally {
    /// Nothing, for a dictionary of this size.
    #[must_use]
    pub fn new(inputs: usize, width: usize) -> Self {
        Self {
            rows: 0,
            sum: vec![0.0; inputs],
            square: 0.0,
            error: 0.0,
            cosine: 0.0,
            ratio: 0.0,
            long: 0,
            active: 0,
            activation: 0.0,
            fired: vec![0; width],
        }
    }

    /// Adds rows, what fires for them, and their reconstruction.
    pub fn add(&mut self, rows: &[f32], features: &Sparse, decoded: &[f32]) {
        let inputs = self.sum.len();
        for (row, other) in rows.chunks_exact(inputs).zip(decoded.chunks_exact(inputs)) {
            let (mut own, mut made, mut both, mut error) = (0.0, 0.0, 0.0, 0.0);
            for ((value, other), sum) in row.iter().zip(other).zip(&mut self.sum) {
                let (value, other) = (f64::from(*value), f64::from(*other));
                *sum += value;
                own += value * value;
                made += other * other;
                both += value * other;
                error += (value - other) * (value - other);
            }
            self.square += own;
            self.error += error;
            if own > 0.0 {
                self.long += 1;
                self.ratio += (made / own).sqrt();
                if made > 0.0 {
                    self.cosine += both / (own * made).sqrt();
                }
            }
            self.rows += 1;
        }
        self.active += features.features.len();
        self.activation += features
            .values
            .iter()
            .map(|value| f64::from(*value))
            .sum::<f64>();
        for feature in &features.features {
            self.fired[*feature as usize] += 1;
        }
    }

    /// Share of rows for which each feature fires.
    #[must_use]
    pub(crate) fn density(&self) -> Vec<f64> {
        let rows = self.rows.max(1) as f64;
        self.fired
            .iter()
            .map(|count| *count as f64 / rows)
            .collect()
    }

    /// Computes the measures from the sums.
    #[must_use]
    pub fn quality(&self) -> Quality {
        let rows = self.rows.max(1) as f64;
        let mean: f64 = self.sum.iter().map(|sum| (sum / rows).powi(2)).sum();
        let variance = self.square / rows - mean;
        let mse = self.error / rows;
        let fvu = if variance > 1e-10 {
            mse / variance
        } else {
            0.0
        };
        let density = self.density();
        let share = |of: &dyn Fn(f64) -> bool| {
            let count = density.iter().filter(|one| of(**one)).count();
            count as f64 / density.len().max(1) as f64
        };
        let long = self.long.max(1) as f64;
        Quality {
            rows: self.rows,
            l0: self.active as f64 / rows,
            l1: self.activation / rows,
            mse,
            fvu,
            explained_variance: 1.0 - fvu,
            cosine: self.cosine / long,
            l2_ratio: self.ratio / long,
            dead: share(&|density| density == 0.0),
            dense: share(&|density| density > DENSE),
        }
    }
}

impl Dictionary {
    /// Measures of the reconstruction of rows.
    #[must_use]
    pub fn quality(&self, rows: &[f32]) -> Quality {
        let mut tally = Tally::new(self.inputs, self.width);
        for part in rows.chunks(4096 * self.inputs) {
            let features = self.encode(part);
            tally.add(part, &features, &self.decode(&features));
        }
        tally.quality()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variance_is_that_around_the_mean_of_all_rows() {
        // Around the mean (1, 0) the rows have a variance of 1 + 1.
        let rows = [2.0, 1.0, 0.0, -1.0];
        let mut tally = Tally::new(2, 4);
        tally.add(
            &rows[..2],
            &Sparse {
                starts: vec![0, 2],
                features: vec![0, 1],
                values: vec![1.0, 1.0],
                width: 4,
            },
            &[2.0, 0.5],
        );
        let one = Sparse {
            starts: vec![0, 1],
            features: vec![1],
            values: vec![2.0],
            width: 4,
        };
        tally.add(&rows[2..], &one, &[0.0, -0.5]);
        let found = tally.quality();
        assert!(
            (found.fvu - 0.125).abs() < 1e-9 && (found.explained_variance - 0.875).abs() < 1e-9
        );
        assert!((found.l0 - 1.5).abs() < 1e-9 && (found.l1 - 2.0).abs() < 1e-9);
        assert!((found.dead - 0.5).abs() < 1e-9 && (found.dense - 0.5).abs() < 1e-9);
    }
}
