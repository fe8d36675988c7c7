//! Gradients of the weights, feature by feature, and their use.

use rayon::prelude::*;

use super::adam::{Rate, adam};
use super::forward::Pass;
use super::{Gradient, Moments, Trainer};
use crate::matrix::{add_scaled, dot, normalise, widest};
use crate::settings::{Frozen, Kind};
use crate::sparse::{ByFeature, Sparse};

/// Features of a piece of work.
const PART: usize = 32;
/// The least cosine between a direction and its first one where the decoder is softly frozen.
const NEAR: f32 = 0.8;

/// Share by which the threshold of a silent feature sinks in a step, until it fires again. The auxiliary loss alone teaches
/// such a feature below its threshold, where it stays, and outside of the kernel a threshold has no gradient.
const SINKING: f32 = 0.01;

/// Sources of gradients: what fired, and what else had a part in a loss.
struct Sources<'s> {
    rows: &'s [f32],
    pass: &'s Pass,
    main: ByFeature,
    auxiliary: Option<ByFeature>,
    inputs: usize,
    jump: Option<Jump>,
}

/// The kernel of the thresholds.
#[derive(Clone, Copy)]
struct Jump {
    bandwidth: f32,
}

/// The gradient of one feature's weights.
struct Own {
    encoder: Vec<f32>,
    decoder: Vec<f32>,
    bias: f32,
    threshold: f32,
}

/// One feature's weights and what is kept about them.
struct Feature<'f> {
    encoder: &'f mut [f32],
    decoder: &'f mut [f32],
    bias: &'f mut f32,
    threshold: Option<&'f mut f32>,
    anchor: Option<&'f [f32]>,
}

impl Sources<'_> {
    /// True if a feature has not fired for long.
    fn is_silent(&self, feature: usize) -> bool {
        let feature = u32::try_from(feature).unwrap_or(u32::MAX);
        self.pass.silent.binary_search(&feature).is_ok()
    }

    fn row<'r>(&self, rows: &'r [f32], row: u32) -> &'r [f32] {
        let start = row as usize * self.inputs;
        &rows[start..start + self.inputs]
    }

    /// Sums up the gradient of a feature, in the order of rows.
    #[inline(always)]
    fn gradient(&self, feature: usize, level: usize, threshold: f32, own: &mut Own) {
        own.encoder.fill(0.0);
        own.decoder.fill(0.0);
        (own.bias, own.threshold) = (0.0, 0.0);
        let range = self.main.range(feature);
        let pairs = self.main.rows[range.clone()]
            .iter()
            .zip(&self.main.entries[range]);
        for (row, entry) in pairs {
            let value = self.pass.main.values[*entry as usize];
            let slope = self.pass.slopes[*entry as usize];
            if let Some(jump) = self.jump {
                let from = (value - threshold) / jump.bandwidth;
                if from > -0.5 && from < 0.5 {
                    let step = slope * threshold + self.pass.penalties[*row as usize];
                    own.threshold -= step / jump.bandwidth;
                }
                if value <= threshold {
                    continue;
                }
            }
            let errors = self.row(&self.pass.errors[level], *row);
            add_scaled(&mut own.decoder, value, errors);
            add_scaled(&mut own.encoder, slope, self.row(self.rows, *row));
            own.bias += slope;
        }
        let (Some(by), Some(auxiliary)) = (&self.auxiliary, &self.pass.auxiliary) else {
            return;
        };
        let range = by.range(feature);
        for (row, entry) in by.rows[range.clone()].iter().zip(&by.entries[range]) {
            let (value, slope) = (
                auxiliary.chosen.values[*entry as usize],
                auxiliary.slopes[*entry as usize],
            );
            add_scaled(&mut own.decoder, value, self.row(&auxiliary.errors, *row));
            add_scaled(&mut own.encoder, slope, self.row(self.rows, *row));
            own.bias += slope;
        }
    }
}

/// The averages of one piece of the features.
struct Averages<'m> {
    encoder: (&'m mut [f32], &'m mut [f32]),
    decoder: (&'m mut [f32], &'m mut [f32]),
    bias: (&'m mut [f32], &'m mut [f32]),
    threshold: (&'m mut [f32], &'m mut [f32]),
}

/// A piece of the features: all that is changed about them.
struct Piece<'p> {
    first: usize,
    encoder: &'p mut [f32],
    decoder: &'p mut [f32],
    bias: &'p mut [f32],
    threshold: &'p mut [f32],
    averages: Averages<'p>,
}

/// Rates and limits of a step.
#[derive(Clone, Copy)]
struct Plan<'p> {
    rate: Rate,
    frozen: Frozen,
    anchor: &'p [f32],
    prefixes: &'p [usize],
}

widest! {
    /// Computes the gradients of a piece's features and moves their weights.
    fn learn(piece: &mut Piece<'_>, sources: &Sources<'_>, plan: Plan<'_>) {
        let inputs = sources.inputs;
        let mut own = Own {
            encoder: vec![0.0; inputs],
            decoder: vec![0.0; inputs],
            bias: 0.0,
            threshold: 0.0,
        };
        for at in 0..piece.bias.len() {
            let feature = piece.first + at;
            let place = at * inputs..(at + 1) * inputs;
            let level = plan.prefixes.partition_point(|prefix| *prefix <= feature);
            let threshold = piece.threshold.get(at).copied().unwrap_or(0.0);
            sources.gradient(feature, level, threshold, &mut own);
            let averages = &mut piece.averages;
            let mut weights = Feature {
                encoder: &mut piece.encoder[place.clone()],
                decoder: &mut piece.decoder[place.clone()],
                bias: &mut piece.bias[at],
                threshold: piece.threshold.get_mut(at),
                anchor: plan.anchor.get(feature * inputs..(feature + 1) * inputs),
            };
            let (first, second) = &mut averages.encoder;
            if plan.frozen != Frozen::Encoder {
                let (first, second) = (&mut first[place.clone()], &mut second[place.clone()]);
                adam(weights.encoder, &own.encoder, first, second, plan.rate);
            }
            let (first, second) = &mut averages.bias;
            let bias = std::slice::from_mut(weights.bias);
            adam(bias, &[own.bias], &mut first[at..=at], &mut second[at..=at], plan.rate);
            if let Some(threshold) = &mut weights.threshold {
                let (first, second) = &mut averages.threshold;
                let value = std::slice::from_mut(&mut **threshold);
                adam(value, &[own.threshold], &mut first[at..=at], &mut second[at..=at], plan.rate);
                // Not by a gradient: Adam would remember it and hold the threshold still after the feature fires.
                if sources.is_silent(feature) {
                    **threshold *= 1.0 - SINKING;
                }
                // Below 0 the gate would let negative sums through.
                **threshold = threshold.max(0.0);
            }
            if plan.frozen != Frozen::Decoder {
                let (first, second) = &mut averages.decoder;
                turn(&mut weights, &mut own.decoder, &mut first[place.clone()], &mut second[place], plan.rate);
            }
        }
    }
}

/// Turns a direction of the decoder, whose length stays 1.
#[inline(always)]
fn turn(
    weights: &mut Feature<'_>,
    gradient: &mut [f32],
    first: &mut [f32],
    second: &mut [f32],
    rate: Rate,
) {
    let along = dot(gradient, weights.decoder);
    add_scaled(gradient, -along, weights.decoder);
    adam(weights.decoder, gradient, first, second, rate);
    normalise(weights.decoder);
    if let Some(anchor) = weights.anchor {
        let cosine = dot(weights.decoder, anchor);
        if cosine < NEAR {
            add_scaled(weights.decoder, -cosine, anchor);
            normalise(weights.decoder);
            let aside = (1.0 - NEAR * NEAR).sqrt();
            let pairs = weights.decoder.iter_mut().zip(anchor);
            pairs.for_each(|(value, anchor)| *value = aside * *value + NEAR * anchor);
        }
    }
}

impl Trainer {
    fn sources<'s>(&self, rows: &'s [f32], pass: &'s Pass) -> Sources<'s> {
        Sources {
            rows,
            pass,
            main: pass.main.by_feature(),
            auxiliary: pass
                .auxiliary
                .as_ref()
                .map(|one| Sparse::by_feature(&one.chosen)),
            inputs: self.settings.inputs,
            jump: (self.settings.kind == Kind::Jumprelu).then_some(Jump {
                bandwidth: self.settings.bandwidth,
            }),
        }
    }

    /// Moves all weights by one step.
    pub(crate) fn update(&mut self, rows: &[f32], pass: &Pass) {
        let sources = self.sources(rows, pass);
        let rate = Rate::new(self.settings.rate_at(self.step), self.step);
        let plan = Plan {
            rate,
            frozen: self.settings.frozen,
            anchor: &self.anchor,
            prefixes: &self.settings.prefixes,
        };
        let area = PART * self.settings.inputs;
        let mut pieces = pieces(&mut self.weights, &mut self.moments, area);
        pieces
            .par_iter_mut()
            .for_each(|piece| learn(piece, &sources, plan));
        let gradient = bias_gradient(pass, self.settings.inputs);
        let Moments { first, second } = &mut self.moments.decoder_bias;
        adam(
            &mut self.weights.decoder_bias,
            &gradient,
            first,
            second,
            rate,
        );
    }

    /// The gradients of all weights, for tests.
    #[cfg(test)]
    fn gradients(&self, rows: &[f32], pass: &Pass) -> Gradient<Vec<f32>> {
        let sources = self.sources(rows, pass);
        let inputs = self.settings.inputs;
        let mut all = Gradient {
            encoder: Vec::new(),
            decoder: Vec::new(),
            encoder_bias: Vec::new(),
            decoder_bias: bias_gradient(pass, inputs),
            thresholds: Vec::new(),
        };
        let mut own = Own {
            encoder: vec![0.0; inputs],
            decoder: vec![0.0; inputs],
            bias: 0.0,
            threshold: 0.0,
        };
        for feature in 0..self.settings.width {
            let threshold = self.weights.thresholds.get(feature).copied();
            sources.gradient(
                feature,
                self.level(feature),
                threshold.unwrap_or(0.0),
                &mut own,
            );
            all.encoder.extend_from_slice(&own.encoder);
            all.decoder.extend_from_slice(&own.decoder);
            all.encoder_bias.push(own.bias);
            all.thresholds.push(own.threshold);
        }
        all
    }
}

/// The gradient of the decoder's bias.
fn bias_gradient(pass: &Pass, inputs: usize) -> Vec<f32> {
    let mut sum = vec![0.0; inputs];
    // The errors of the shortest prefix contain those of all longer ones.
    for row in pass.errors[0].chunks_exact(inputs) {
        add_scaled(&mut sum, 1.0, row);
    }
    sum
}

/// Pieces of both averages.
fn halves(moments: &mut Moments, size: usize) -> impl Iterator<Item = (&mut [f32], &mut [f32])> {
    let first = moments.first.chunks_mut(size);
    first.zip(moments.second.chunks_mut(size))
}

fn pieces<'p>(
    weights: &'p mut super::Weights,
    moments: &'p mut Gradient<Moments>,
    area: usize,
) -> Vec<Piece<'p>> {
    let mut thresholds = weights.thresholds.chunks_mut(PART);
    let mut threshold_averages = halves(&mut moments.thresholds, PART);
    let rows = weights
        .encoder
        .chunks_mut(area)
        .zip(weights.decoder.chunks_mut(area))
        .zip(weights.encoder_bias.chunks_mut(PART));
    let averages = halves(&mut moments.encoder, area)
        .zip(halves(&mut moments.decoder, area))
        .zip(halves(&mut moments.encoder_bias, PART));
    rows.zip(averages)
        .enumerate()
        .map(|(number, (((encoder, decoder), bias), averages))| {
            let ((of_encoder, of_decoder), of_bias) = averages;
            Piece {
                first: number * PART,
                encoder,
                decoder,
                bias,
                threshold: thresholds.next().unwrap_or_default(),
                averages: Averages {
                    encoder: of_encoder,
                    decoder: of_decoder,
                    bias: of_bias,
                    threshold: threshold_averages.next().unwrap_or_default(),
                },
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
