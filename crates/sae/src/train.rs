//! Training: one step after the other, with exact gradients of what fires and nothing computed for what does not.

mod adam;
mod forward;
mod state;
mod update;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::dictionary::{Dictionary, Gate};
use crate::matrix::{add_products, normalise};
use crate::scan::{Encoder, largest};
use crate::settings::{Frozen, Kind, Settings, SettingsError};
use adam::Moments;

pub use state::Damaged;

/// A dictionary in training.
#[derive(Debug, Clone)]
pub struct Trainer {
    settings: Settings,
    step: usize,
    /// Factor of the inputs, such that the mean square of their length is 1.
    scale: f32,
    weights: Weights,
    moments: Gradient<Moments>,
    /// The decoder's first directions, where it must stay near them.
    anchor: Vec<f32>,
    /// Steps since each feature has fired.
    silence: Vec<u32>,
    /// Moving mean of the least sum that fires.
    threshold: f64,
    /// A bound below most sums that fire; see [`largest`].
    guess: f32,
}

/// All that is learned, in units of scaled inputs.
#[derive(Debug, Clone, PartialEq)]
struct Weights {
    encoder: Vec<f32>,
    decoder: Vec<f32>,
    encoder_bias: Vec<f32>,
    decoder_bias: Vec<f32>,
    /// Of `jumprelu`; empty for others.
    thresholds: Vec<f32>,
}

/// Something for each of the weights.
#[derive(Debug, Clone, PartialEq)]
struct Gradient<T> {
    encoder: T,
    decoder: T,
    encoder_bias: T,
    decoder_bias: T,
    thresholds: T,
}

/// Numbers of one step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Number of the step, from 1.
    pub step: usize,
    /// All losses together.
    pub loss: f64,
    /// Mean square of the error, as a part of the mean square of the inputs.
    pub error: f64,
    /// Features that fired for a row, on average.
    pub l0: f64,
    /// Features that have not fired for long.
    pub silent: usize,
}

/// The mean row and one over the root mean square of the rows' lengths.
fn measure(rows: &[f32], inputs: usize) -> (Vec<f64>, f32) {
    let count = (rows.len() / inputs).max(1) as f64;
    let mut mean = vec![0.0_f64; inputs];
    let mut square = 0.0_f64;
    for row in rows.chunks_exact(inputs) {
        for (sum, value) in mean.iter_mut().zip(row) {
            *sum += f64::from(*value);
            square += f64::from(*value).powi(2);
        }
    }
    mean.iter_mut().for_each(|sum| *sum /= count);
    let length = (square / count).sqrt();
    let scale = if length > 0.0 { 1.0 / length } else { 1.0 };
    (mean, scale as f32)
}

impl Trainer {
    /// A new training. `sample` are rows of the data, from which the inputs' mean and size are measured.
    ///
    /// # Errors
    /// The settings do not fit together, or the sample is empty or not finite.
    pub fn new(settings: &Settings, sample: &[f32]) -> Result<Self, SettingsError> {
        settings.check()?;
        let inputs = settings.inputs;
        if sample.len() < inputs || !sample.iter().all(|value| value.is_finite()) {
            return Err(SettingsError(
                "the activations are empty, or some are not finite".to_owned(),
            ));
        }
        let (mean, scale) = measure(sample, inputs);
        let decoder = random_directions(settings);
        let mut weights = Weights {
            encoder: decoder.clone(),
            decoder_bias: mean.iter().map(|mean| *mean as f32 * scale).collect(),
            encoder_bias: vec![0.0; settings.width],
            thresholds: Vec::new(),
            decoder,
        };
        // The encoder begins around the mean row.
        let mut sums = vec![0.0; settings.width];
        add_products(&weights.decoder_bias, &weights.encoder, &mut sums, inputs);
        let biases = weights.encoder_bias.iter_mut().zip(&sums);
        biases.for_each(|(bias, sum)| *bias = -sum);
        let anchor = match settings.frozen {
            Frozen::SoftDecoder => weights.decoder.clone(),
            _ => Vec::new(),
        };
        let mut trainer = Self {
            step: 0,
            scale,
            moments: moments(settings),
            anchor,
            silence: vec![0; settings.width],
            threshold: 0.0,
            guess: 0.0,
            settings: settings.clone(),
            weights,
        };
        trainer.first_thresholds(sample);
        Ok(trainer)
    }

    /// Thresholds with which about as many features fire at first as are wanted.
    fn first_thresholds(&mut self, sample: &[f32]) {
        if self.settings.kind != Kind::Jumprelu {
            return;
        }
        let most = self.settings.batch.clamp(256, 4096) * self.settings.inputs;
        let rows = self.scaled(&sample[..sample.len().min(most)]);
        let count = rows.len() / self.settings.inputs;
        let wanted = (self.settings.l0 * count as f64) as usize;
        let (_, cut) = largest(self.encoder(), &rows, wanted.max(1), &mut 0.0);
        let cut = if cut.is_finite() { cut.max(0.0) } else { 0.0 };
        self.weights.thresholds = vec![cut; self.settings.width];
    }

    fn encoder(&self) -> Encoder<'_> {
        Encoder {
            weights: &self.weights.encoder,
            bias: &self.weights.encoder_bias,
            inputs: self.settings.inputs,
        }
    }

    fn scaled(&self, rows: &[f32]) -> Vec<f32> {
        rows.iter().map(|value| value * self.scale).collect()
    }

    /// Settings of the training.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Number of steps that are done.
    #[must_use]
    pub fn steps_done(&self) -> usize {
        self.step
    }

    /// True if all steps are done.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.step >= self.settings.steps
    }

    /// Learns from a batch of rows. It uses the threads of the pool that it is called in; their number changes no bit.
    ///
    /// # Panics
    ///
    /// If the rows do not have the length of the settings.
    pub fn step(&mut self, rows: &[f32]) -> Step {
        let inputs = self.settings.inputs;
        assert!(!rows.is_empty() && rows.len().is_multiple_of(inputs));
        let rows = self.scaled(rows);
        let pass = self.forward(&rows);
        self.update(&rows, &pass);
        for (feature, silence) in self.silence.iter_mut().enumerate() {
            let fired = pass.fired[feature];
            *silence = if fired { 0 } else { silence.saturating_add(1) };
        }
        if pass.least.is_finite() {
            let rate = match self.step {
                0 => 1.0,
                _ => self.settings.threshold_rate,
            };
            self.threshold += rate * (f64::from(pass.least) - self.threshold);
        }
        self.step += 1;
        Step {
            step: self.step,
            loss: pass.loss,
            error: pass.error,
            l0: pass.l0,
            silent: pass.silent.len(),
        }
    }

    /// The features that have not fired for long.
    fn silent(&self) -> Vec<u32> {
        let long = self.settings.silent_after as u32;
        let all = (0_u32..).zip(&self.silence);
        all.filter(|(_, silence)| **silence >= long)
            .map(|(feature, _)| feature)
            .collect()
    }

    /// The dictionary as it is now, for inputs as they are.
    #[must_use]
    pub fn dictionary(&self) -> Dictionary {
        let back = 1.0 / self.scale;
        let unscaled = |values: &[f32]| values.iter().map(|value| value * back).collect();
        let settings = &self.settings;
        let gate = match settings.kind {
            Kind::Topk => Gate::Largest(settings.l0 as usize),
            Kind::Jumprelu => Gate::Jump(unscaled(&self.weights.thresholds)),
            Kind::BatchTopk | Kind::Matryoshka => {
                Gate::Jump(vec![self.threshold as f32 * back; settings.width])
            }
        };
        Dictionary {
            inputs: settings.inputs,
            width: settings.width,
            encoder: self.weights.encoder.clone(),
            decoder: self.weights.decoder.clone(),
            encoder_bias: unscaled(&self.weights.encoder_bias),
            decoder_bias: unscaled(&self.weights.decoder_bias),
            gate,
        }
    }
}

fn moments(settings: &Settings) -> Gradient<Moments> {
    let area = settings.width * settings.inputs;
    let thresholds = match settings.kind {
        Kind::Jumprelu => settings.width,
        _ => 0,
    };
    Gradient {
        encoder: Moments::zeros(area),
        decoder: Moments::zeros(area),
        encoder_bias: Moments::zeros(settings.width),
        decoder_bias: Moments::zeros(settings.inputs),
        thresholds: Moments::zeros(thresholds),
    }
}

/// Random directions of length 1.
fn random_directions(settings: &Settings) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
    random.set_stream(1);
    let mut values: Vec<f32> = (0..settings.width * settings.inputs)
        .map(|_| {
            // Box and Muller's transform; 1 - u is never 0.
            let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
            (radius * (std::f64::consts::TAU * random.random::<f64>()).cos()) as f32
        })
        .collect();
    values.chunks_exact_mut(settings.inputs).for_each(normalise);
    values
}
