//! From a batch to what fires, what is reconstructed, and the derivatives of the losses by both.

use rayon::prelude::*;

use super::Trainer;
use crate::matrix::{add_scaled, dot};
use crate::scan::{Encoder, largest, largest_of_rows};
use crate::settings::Kind;
use crate::sparse::{Entry, Sparse};

/// Rows of a piece of work.
const PART: usize = 32;

/// A batch that went through.
pub(crate) struct Pass {
    /// Features that fire; for `jumprelu` also those whose sum is in the kernel of its threshold and does not fire.
    pub(crate) main: Sparse,
    /// For each entry: derivative of the loss by the activation.
    pub(crate) slopes: Vec<f32>,
    /// For each prefix and row: derivative of its loss and of those of longer prefixes by the reconstruction.
    pub(crate) errors: Vec<Vec<f32>>,
    /// For each row: derivative of the penalty by a step of its count.
    pub(crate) penalties: Vec<f32>,
    /// Silent features that reconstruct the error, with the derivatives of the auxiliary loss.
    pub(crate) auxiliary: Option<Auxiliary>,
    /// For each feature whether it fired.
    pub(crate) fired: Vec<bool>,
    /// The least sum that fires.
    pub(crate) least: f32,
    /// The silent features.
    pub(crate) silent: Vec<u32>,
    pub(crate) loss: f64,
    pub(crate) error: f64,
    pub(crate) l0: f64,
}

/// Silent features at work.
pub(crate) struct Auxiliary {
    /// Their sums; the features are numbered in the whole dictionary.
    pub(crate) chosen: Sparse,
    pub(crate) slopes: Vec<f32>,
    /// For each row: derivative of the loss by what they reconstruct.
    pub(crate) errors: Vec<f32>,
    pub(crate) loss: f64,
}

/// Derivatives of one part of the rows.
struct Part {
    errors: Vec<Vec<f32>>,
    slopes: Vec<f32>,
    /// The whole dictionary's reconstruction less the input.
    residual: Vec<f32>,
    loss: f64,
    error: f64,
}

impl Trainer {
    /// Computes a batch of scaled rows.
    pub(crate) fn forward(&mut self, rows: &[f32]) -> Pass {
        let count = rows.len() / self.settings.inputs;
        let (main, least) = self.choose(rows, count);
        let parts = self.reconstruct(rows, &main, count);
        let mut errors: Vec<Vec<f32>> = vec![Vec::new(); self.settings.prefixes.len()];
        let (mut slopes, mut residual) = (Vec::new(), Vec::new());
        let (mut loss, mut error) = (0.0, 0.0);
        for part in parts {
            for (all, own) in errors.iter_mut().zip(part.errors) {
                all.extend(own);
            }
            slopes.extend(part.slopes);
            residual.extend(part.residual);
            loss += part.loss;
            error += part.error;
        }
        let firing = self.firing(&main);
        let mut fired = vec![false; self.settings.width];
        for (at, feature) in main.features.iter().enumerate() {
            fired[*feature as usize] |= firing[at];
        }
        let (penalties, penalty) = self.penalties(&main, &firing);
        let silent = self.silent();
        let auxiliary = self.auxiliary(rows, &residual, &silent);
        let extra = auxiliary.as_ref().map_or(0.0, |one| one.loss);
        let all = firing.iter().filter(|fires| **fires).count();
        Pass {
            main,
            slopes,
            errors,
            penalties,
            auxiliary,
            fired,
            least,
            silent,
            loss: loss + penalty + extra,
            error,
            l0: all as f64 / count as f64,
        }
    }

    /// The features that fire, and the least sum of them.
    fn choose(&mut self, rows: &[f32], count: usize) -> (Sparse, f32) {
        let (width, l0) = (self.settings.width, self.settings.l0);
        let least = f32::INFINITY;
        match self.settings.kind {
            Kind::BatchTopk | Kind::Matryoshka => {
                let wanted = (l0 * count as f64) as usize;
                let mut guess = self.guess;
                let (found, least) = largest(self.encoder(), rows, wanted, &mut guess);
                self.guess = guess;
                let found = Sparse::of(width, count, found.iter().copied());
                (found, least)
            }
            Kind::Topk => {
                let found = largest_of_rows(self.encoder(), rows, l0 as usize, true);
                (Sparse::of(width, count, found.iter().copied()), least)
            }
            Kind::Jumprelu => {
                let half = 0.5 * self.settings.bandwidth;
                let bounds = self.weights.thresholds.iter();
                let bounds: Vec<f32> = bounds.map(|threshold| threshold - half).collect();
                let found = self.encoder().above(rows, &bounds);
                let entries = found.iter().flatten().copied();
                (Sparse::of(width, count, entries), least)
            }
        }
    }

    /// For each entry whether it fires.
    fn firing(&self, main: &Sparse) -> Vec<bool> {
        let thresholds = &self.weights.thresholds;
        let pairs = main.features.iter().zip(&main.values);
        match self.settings.kind {
            Kind::Jumprelu => pairs
                .map(|(feature, value)| *value > thresholds[*feature as usize])
                .collect(),
            _ => pairs.map(|_| true).collect(),
        }
    }

    fn reconstruct(&self, rows: &[f32], main: &Sparse, count: usize) -> Vec<Part> {
        let parts: Vec<usize> = (0..count).step_by(PART).collect();
        parts
            .into_par_iter()
            .map(|first| self.part(rows, main, first..(first + PART).min(count), count))
            .collect()
    }

    /// Reconstructs rows with each prefix and goes back to what fires.
    fn part(&self, rows: &[f32], main: &Sparse, own: std::ops::Range<usize>, count: usize) -> Part {
        let (inputs, prefixes) = (self.settings.inputs, &self.settings.prefixes);
        let share = 2.0 / count as f32;
        let jump = self.settings.kind == Kind::Jumprelu;
        let thresholds = &self.weights.thresholds;
        let mut part = Part {
            errors: vec![vec![0.0; own.len() * inputs]; prefixes.len()],
            slopes: Vec::new(),
            residual: Vec::with_capacity(own.len() * inputs),
            loss: 0.0,
            error: 0.0,
        };
        for (at, row) in own.enumerate() {
            let place = at * inputs..(at + 1) * inputs;
            let input = &rows[row * inputs..(row + 1) * inputs];
            let mut difference: Vec<f32> = self.weights.decoder_bias.clone();
            difference
                .iter_mut()
                .zip(input)
                .for_each(|(sum, x)| *sum -= x);
            let mut features = main.row(row).peekable();
            for (level, prefix) in prefixes.iter().enumerate() {
                while let Some((feature, value)) = features.next_if(|(one, _)| one < prefix) {
                    if !jump || value > thresholds[feature] {
                        add_scaled(&mut difference, value, self.direction(feature));
                    }
                }
                part.loss += f64::from(dot(&difference, &difference)) / count as f64;
                let errors = &mut part.errors[level][place.clone()];
                errors.copy_from_slice(&difference);
            }
            part.error += f64::from(dot(&difference, &difference)) / count as f64;
            part.residual.extend_from_slice(&difference);
            // What a longer prefix gets wrong is a shorter one's fault too.
            for level in (0..prefixes.len()).rev() {
                let (own, longer) = part.errors.split_at_mut(level + 1);
                let own = &mut own[level][place.clone()];
                own.iter_mut().for_each(|value| *value *= share);
                if let Some(longer) = longer.first() {
                    add_scaled(own, 1.0, &longer[place.clone()]);
                }
            }
            for (feature, _) in main.row(row) {
                let level = self.level(feature);
                let errors = &part.errors[level][place.clone()];
                part.slopes.push(dot(errors, self.direction(feature)));
            }
        }
        part
    }

    /// The shortest prefix that a feature is in.
    pub(crate) fn level(&self, feature: usize) -> usize {
        let prefixes = &self.settings.prefixes;
        prefixes.partition_point(|prefix| *prefix <= feature)
    }

    fn direction(&self, feature: usize) -> &[f32] {
        let inputs = self.settings.inputs;
        &self.weights.decoder[feature * inputs..(feature + 1) * inputs]
    }

    /// The penalty's derivative by each row's count, and the penalty.
    fn penalties(&self, main: &Sparse, firing: &[bool]) -> (Vec<f32>, f64) {
        if self.settings.kind != Kind::Jumprelu {
            return (Vec::new(), 0.0);
        }
        let rows = main.rows() as f64;
        let weight = f64::from(self.settings.penalty_at(self.step));
        let target = self.settings.l0;
        let mut penalty = 0.0;
        let slopes = (0..main.rows())
            .map(|row| {
                let own = &firing[main.starts[row]..main.starts[row + 1]];
                let beyond = own.iter().filter(|fires| **fires).count() as f64 - target;
                penalty += weight * 2.0 / target * beyond * beyond / rows;
                (weight * 4.0 / target * beyond / rows) as f32
            })
            .collect();
        (slopes, penalty)
    }

    /// Lets silent features reconstruct what the others leave.
    fn auxiliary(&self, rows: &[f32], residual: &[f32], silent: &[u32]) -> Option<Auxiliary> {
        if silent.is_empty() || self.settings.auxiliary == 0.0 {
            return None;
        }
        let inputs = self.settings.inputs;
        let gathered = |from: &[f32]| -> Vec<f32> {
            let each = silent.iter().map(|one| *one as usize * inputs);
            each.flat_map(|start| &from[start..start + inputs])
                .copied()
                .collect()
        };
        let weights = gathered(&self.weights.encoder);
        let bias = silent
            .iter()
            .map(|one| self.weights.encoder_bias[*one as usize]);
        let bias: Vec<f32> = bias.collect();
        let encoder = Encoder {
            weights: &weights,
            bias: &bias,
            inputs,
        };
        let most = (inputs / 2).max(1);
        let scale = (silent.len() as f64 / most as f64).min(1.0);
        let weight = f64::from(self.settings.auxiliary) * scale;
        let found = largest_of_rows(encoder, rows, most.min(silent.len()), false);
        let count = rows.len() / inputs;
        let entries = found.into_iter().map(|entry| Entry {
            feature: silent[entry.feature as usize],
            ..entry
        });
        let entries: Vec<Entry> = entries.collect();
        let chosen = Sparse::of(self.settings.width, count, entries.iter().copied());
        let share = (2.0 * weight / count as f64) as f32;
        let firsts: Vec<usize> = (0..count).step_by(PART).collect();
        let parts: Vec<(Vec<f32>, Vec<f32>, f64)> = firsts
            .into_par_iter()
            .map(|first| {
                let (mut errors, mut slopes, mut loss) = (Vec::new(), Vec::new(), 0.0);
                for row in first..(first + PART).min(count) {
                    // What is left is the input less its reconstruction.
                    let mut difference = residual[row * inputs..(row + 1) * inputs].to_vec();
                    for (feature, value) in chosen.row(row) {
                        add_scaled(&mut difference, value, self.direction(feature));
                    }
                    loss += f64::from(dot(&difference, &difference)) * weight / count as f64;
                    difference.iter_mut().for_each(|value| *value *= share);
                    for (feature, _) in chosen.row(row) {
                        slopes.push(dot(&difference, self.direction(feature)));
                    }
                    errors.extend(difference);
                }
                (errors, slopes, loss)
            })
            .collect();
        let mut auxiliary = Auxiliary {
            chosen,
            slopes: Vec::new(),
            errors: Vec::new(),
            loss: 0.0,
        };
        for (errors, slopes, loss) in parts {
            auxiliary.errors.extend(errors);
            auxiliary.slopes.extend(slopes);
            auxiliary.loss += loss;
        }
        Some(auxiliary)
    }
}
