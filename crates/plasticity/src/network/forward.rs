//! A pass of one sample through the networks, and the error on its way back.

use crate::lanes::{Counts, LANES, Lanes, each, zeros};

use super::{Layer, Network};

/// Sums of a layer are normalised with this much added to their variance.
const EPSILON: f32 = 1e-5;

/// The numbers of one pass.
#[derive(Debug, Clone)]
pub(crate) struct Pass {
    /// Outputs of the units of each hidden layer.
    pub(crate) hidden: Vec<Vec<Lanes>>,
    /// Outputs of the network.
    pub(crate) output: Vec<Lanes>,
    /// Derivatives of the error by the sums of each layer.
    pub(crate) errors: Vec<Vec<Lanes>>,
    /// Reciprocal deviation of each normalised layer.
    scales: Vec<Lanes>,
    /// Normalised sums of each layer; empty where they are not.
    normal: Vec<Vec<Lanes>>,
}

impl Pass {
    pub(crate) fn new(network: &Network) -> Self {
        let hidden: Vec<Vec<Lanes>> = network.shape.hidden.iter().map(|n| zeros(*n)).collect();
        Self {
            normal: if network.shape.norm {
                hidden.clone()
            } else {
                Vec::new()
            },
            scales: zeros(hidden.len()),
            hidden,
            output: zeros(network.shape.outputs),
            errors: network.layers.iter().map(|l| zeros(l.outputs)).collect(),
        }
    }

    /// Computes the outputs.
    #[inline(always)]
    pub(crate) fn forward(&mut self, network: &Network, input: &[Lanes]) {
        let last = network.layers.len() - 1;
        for (at, layer) in network.layers[..last].iter().enumerate() {
            let (before, rest) = self.hidden.split_at_mut(at);
            let units = &mut rest[0];
            layer.sums(before.last().map_or(input, Vec::as_slice), units);
            if network.shape.norm {
                self.scales[at] = normalise(units);
                self.normal[at].copy_from_slice(units);
            }
            let activation = network.shape.activation;
            for unit in units.iter_mut().flatten() {
                *unit = activation.apply(*unit);
            }
        }
        let before = self.hidden.last().map_or(input, Vec::as_slice);
        network.layers[last].sums(before, &mut self.output);
    }

    /// The error of a hidden layer's sums, from that of its outputs, which is replaced.
    #[inline(always)]
    pub(crate) fn through(&mut self, network: &Network, at: usize) {
        let errors = &mut self.errors[at];
        let activation = network.shape.activation;
        for (error, unit) in errors.iter_mut().zip(&self.hidden[at]) {
            *error = each(|lane| error[lane] * activation.slope(unit[lane]));
        }
        if network.shape.norm {
            unnormalise(errors, &self.normal[at], &self.scales[at]);
        }
    }

    /// The inputs of a layer.
    pub(crate) fn inputs<'p>(&'p self, at: usize, input: &'p [Lanes]) -> &'p [Lanes] {
        at.checked_sub(1)
            .map_or(input, |before| &self.hidden[before])
    }
}

impl Layer {
    /// The sums of the layer's units: weights times inputs, and bias.
    #[inline(always)]
    fn sums(&self, input: &[Lanes], sums: &mut [Lanes]) {
        // Four units at a time: additions to one sum wait for each other.
        let rows = self.weights.chunks_exact(4 * self.inputs);
        let (fours, rest) = sums.as_chunks_mut::<4>();
        let start = fours.len() * 4;
        for ((four, rows), bias) in fours.iter_mut().zip(rows).zip(self.bias.chunks_exact(4)) {
            let (first, others) = rows.split_at(self.inputs);
            let (second, others) = others.split_at(self.inputs);
            let (third, fourth) = others.split_at(self.inputs);
            let mut sums = [bias[0], bias[1], bias[2], bias[3]];
            let rows = first.iter().zip(second).zip(third).zip(fourth);
            for ((((a, b), c), d), x) in rows.zip(input) {
                for lane in 0..LANES {
                    sums[0][lane] += a[lane] * x[lane];
                    sums[1][lane] += b[lane] * x[lane];
                    sums[2][lane] += c[lane] * x[lane];
                    sums[3][lane] += d[lane] * x[lane];
                }
            }
            *four = sums;
        }
        let rows = self.weights.chunks_exact(self.inputs).skip(start);
        for ((sum, row), bias) in rest.iter_mut().zip(rows).zip(&self.bias[start..]) {
            let mut own = *bias;
            for (weight, x) in row.iter().zip(input) {
                for lane in 0..LANES {
                    own[lane] += weight[lane] * x[lane];
                }
            }
            *sum = own;
        }
    }

    /// Adds to `before` the error of the layer's inputs.
    #[inline(always)]
    pub(crate) fn pull(&self, errors: &[Lanes], before: &mut [Lanes]) {
        for (row, error) in self.weights.chunks_exact(self.inputs).zip(errors) {
            for (sum, weight) in before.iter_mut().zip(row) {
                for lane in 0..LANES {
                    sum[lane] += weight[lane] * error[lane];
                }
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "layers are far smaller")]
#[inline(always)]
fn normalise(sums: &mut [Lanes]) -> Lanes {
    let share = 1.0 / sums.len() as f32;
    let mut mean = [0.0; LANES];
    for sum in sums.iter() {
        mean = each(|lane| mean[lane] + sum[lane] * share);
    }
    let mut variance = [EPSILON; LANES];
    for sum in sums.iter() {
        variance = each(|lane| variance[lane] + (sum[lane] - mean[lane]).powi(2) * share);
    }
    let scale = each(|lane| 1.0 / variance[lane].sqrt());
    for sum in sums.iter_mut() {
        *sum = each(|lane| (sum[lane] - mean[lane]) * scale[lane]);
    }
    scale
}

/// The error of sums from that of the normalised sums.
#[expect(clippy::cast_precision_loss, reason = "layers are far smaller")]
#[inline(always)]
fn unnormalise(errors: &mut [Lanes], normal: &[Lanes], scale: &Lanes) {
    let share = 1.0 / errors.len() as f32;
    let (mut mean, mut along) = ([0.0; LANES], [0.0; LANES]);
    for (error, value) in errors.iter().zip(normal) {
        mean = each(|lane| mean[lane] + error[lane] * share);
        along = each(|lane| along[lane] + error[lane] * value[lane] * share);
    }
    for (error, value) in errors.iter_mut().zip(normal) {
        *error = each(|lane| scale[lane] * (error[lane] - mean[lane] - value[lane] * along[lane]));
    }
}

/// The derivatives of the cross entropy by the outputs; returns 1 for each network whose largest output is the
/// label's.
pub(crate) fn softmax_error(output: &[Lanes], label: &Counts, errors: &mut [Lanes]) -> Lanes {
    let mut right = [0.0; LANES];
    for lane in 0..LANES {
        let mut most = f32::NEG_INFINITY;
        let mut best = 0;
        for (class, value) in output.iter().enumerate() {
            if value[lane] > most {
                (most, best) = (value[lane], class);
            }
        }
        let mut total = 0.0;
        for (error, value) in errors.iter_mut().zip(output) {
            error[lane] = (value[lane] - most).exp();
            total += error[lane];
        }
        for error in errors.iter_mut() {
            error[lane] /= total;
        }
        let label = label[lane] as usize;
        errors[label][lane] -= 1.0;
        right[lane] = f32::from(u8::from(best == label));
    }
    right
}
