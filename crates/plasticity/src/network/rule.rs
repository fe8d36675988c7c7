//! The step of a layer's weights, in one pass with the error of its inputs.

use serde::{Deserialize, Serialize};

use crate::bytes::{Bytes, Damaged, Saved};
use crate::lanes::{LANES, Lanes, each, flush, zeros};

use super::Layer;

/// Decay of Adam's averages (Kingma and Ba 2015).
const BETAS: [f32; 2] = [0.9, 0.999];
/// Added to Adam's denominator.
const EPSILON: f32 = 1e-8;

/// The rule for a step of the weights.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Stochastic gradient descent.
    Sgd,
    /// SGD along an average of gradients: v <- m v + g.
    Momentum(f32),
    /// Adam, with the bias correction of each weight counted from its last reset.
    Adam,
}

/// Pull of weights at each step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pull {
    /// None at all.
    None,
    /// The gradient of half the squared weight, times this, is added to that of the error.
    L2(f32),
    /// The same towards the initial weight (Kumar et al. 2023).
    Initial(f32),
    /// Weights shrink by the learning rate times this, besides the step (Loshchilov and Hutter 2019).
    Decoupled(f32),
}

/// The rest of the bias correction of Adam's two averages: 0 after many steps, 1 before the first.
pub(crate) type Correction = [Lanes; 2];

/// The state of a rule for one layer.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// Average of gradients: weights, then biases; empty where the rule has none.
    pub(crate) first: Vec<Lanes>,
    /// Average of squared gradients.
    pub(crate) second: Vec<Lanes>,
    /// Initial weights and biases.
    pub(crate) start: Vec<Lanes>,
    /// Corrections of Adam since a reset of the output's unit.
    pub(crate) rows: Vec<Correction>,
    /// The same since a reset of the input's unit.
    pub(crate) columns: Vec<Correction>,
}

impl State {
    pub(crate) fn new(layer: &Layer, rule: Rule, pull: Pull) -> Self {
        let all = layer.weights.len() + layer.bias.len();
        let sized = |wanted: bool| zeros(if wanted { all } else { 0 });
        let adam = rule == Rule::Adam;
        let start = if matches!(pull, Pull::Initial(_)) {
            layer.weights.iter().chain(&layer.bias).copied().collect()
        } else {
            Vec::new()
        };
        let unmoved = [[1.0; LANES]; 2];
        Self {
            first: sized(rule != Rule::Sgd),
            second: sized(adam),
            start,
            rows: vec![unmoved; if adam { layer.outputs } else { 0 }],
            columns: vec![unmoved; if adam { layer.inputs } else { 0 }],
        }
    }

    /// Forgets the averages of the weights into a unit of one lane.
    pub(crate) fn reset_row(&mut self, layer: &Layer, unit: usize, lane: usize) {
        let own = unit * layer.inputs..(unit + 1) * layer.inputs;
        let bias = layer.weights.len() + unit;
        for values in [&mut self.first, &mut self.second] {
            if values.is_empty() {
                continue;
            }
            for value in &mut values[own.clone()] {
                value[lane] = 0.0;
            }
            values[bias][lane] = 0.0;
        }
        if let Some(rest) = self.rows.get_mut(unit) {
            *rest = rest.map(|mut values| {
                values[lane] = 1.0;
                values
            });
        }
    }

    /// Forgets the averages of the weights out of a unit, in the state of the layer behind it.
    pub(crate) fn reset_column(&mut self, layer: &Layer, unit: usize, lane: usize) {
        for values in [&mut self.first, &mut self.second] {
            if values.is_empty() {
                continue;
            }
            for row in 0..layer.outputs {
                values[row * layer.inputs + unit][lane] = 0.0;
            }
        }
        if let Some(rest) = self.columns.get_mut(unit) {
            *rest = rest.map(|mut values| {
                values[lane] = 1.0;
                values
            });
        }
    }
}

impl Saved for State {
    fn visit(&mut self, bytes: &mut Bytes) -> Result<(), Damaged> {
        for values in [&mut self.first, &mut self.second, &mut self.start] {
            bytes.lanes(values)?;
        }
        for rest in self.rows.iter_mut().chain(&mut self.columns) {
            bytes.lanes(rest)?;
        }
        Ok(())
    }
}

/// A step: rule, learning rate and pull.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) rule: Rule,
    pub(crate) rate: f32,
    pub(crate) pull: Pull,
}

impl Step {
    /// Moves the weights of a layer down the gradient, which is the errors times the inputs, and adds the error of
    /// the inputs, by the weights before the step, to `before`.
    #[inline(always)]
    pub(crate) fn apply(
        self,
        (layer, state): (&mut Layer, &mut State),
        input: &[Lanes],
        errors: &[Lanes],
        before: Option<&mut [Lanes]>,
    ) {
        if let Some(before) = before {
            layer.pull(errors, before);
        }
        match (self.rule, self.pull) {
            (Rule::Sgd, Pull::None) => plain(layer, self.rate, input, errors),
            (Rule::Sgd, _) => self.walk(layer, state, input, errors, |_, _, _, gradient| gradient),
            (Rule::Momentum(keep), _) => {
                self.walk(layer, state, input, errors, |state, at, _, gradient| {
                    let average = &mut state.first[at];
                    *average = each(|lane| flush(keep * average[lane] + gradient[lane]));
                    *average
                });
            }
            (Rule::Adam, _) => {
                for rest in state.rows.iter_mut().chain(&mut state.columns) {
                    for (values, beta) in rest.iter_mut().zip(BETAS) {
                        *values = each(|lane| flush(values[lane] * beta));
                    }
                }
                self.walk(layer, state, input, errors, adam);
            }
        }
    }

    /// Steps of all weights and biases by a function of state, index, row and column, and gradient.
    #[inline(always)]
    fn walk(
        self,
        layer: &mut Layer,
        state: &mut State,
        input: &[Lanes],
        errors: &[Lanes],
        mut direction: impl FnMut(&mut State, usize, (usize, Option<usize>), Lanes) -> Lanes,
    ) {
        let rate = self.rate;
        let biases = layer.weights.len();
        let mut step =
            |state: &mut State, at: usize, place, weight: &mut Lanes, gradient: Lanes| {
                let (gradient, kept) = match self.pull {
                    Pull::None => (gradient, 1.0),
                    Pull::L2(pull) => (each(|lane| gradient[lane] + pull * weight[lane]), 1.0),
                    Pull::Initial(pull) => {
                        let start = state.start[at];
                        let away = each(|lane| weight[lane] - start[lane]);
                        (each(|lane| gradient[lane] + pull * away[lane]), 1.0)
                    }
                    Pull::Decoupled(pull) => (gradient, 1.0 - rate * pull),
                };
                let direction = direction(state, at, place, gradient);
                *weight = each(|lane| flush(kept * weight[lane] - rate * direction[lane]));
            };
        for (row, error) in errors.iter().enumerate() {
            let start = row * layer.inputs;
            let weights = &mut layer.weights[start..start + layer.inputs];
            for (column, (weight, x)) in weights.iter_mut().zip(input).enumerate() {
                let gradient = each(|lane| error[lane] * x[lane]);
                step(state, start + column, (row, Some(column)), weight, gradient);
            }
            step(
                state,
                biases + row,
                (row, None),
                &mut layer.bias[row],
                *error,
            );
        }
    }
}

/// The commonest step, without a state.
#[inline(always)]
fn plain(layer: &mut Layer, rate: f32, input: &[Lanes], errors: &[Lanes]) {
    let rows = layer.weights.chunks_exact_mut(layer.inputs);
    for ((row, bias), error) in rows.zip(&mut layer.bias).zip(errors) {
        let step = each(|lane| rate * error[lane]);
        // A unit that is off in all networks moves nothing.
        if step == [0.0; LANES] {
            continue;
        }
        for (weight, x) in row.iter_mut().zip(input) {
            for lane in 0..LANES {
                weight[lane] -= step[lane] * x[lane];
            }
        }
        *bias = each(|lane| bias[lane] - step[lane]);
    }
}

#[inline(always)]
fn adam(
    state: &mut State,
    at: usize,
    (row, column): (usize, Option<usize>),
    gradient: Lanes,
) -> Lanes {
    // The later of two resets counts: what is left of the correction is larger.
    let own = &state.rows[row];
    let rest = column.map_or(*own, |column| {
        let other = &state.columns[column];
        [0, 1].map(|k| each(|lane| own[k][lane].max(other[k][lane])))
    });
    let [b1, b2] = BETAS;
    let first = &mut state.first[at];
    *first = each(|lane| flush(b1 * first[lane] + (1.0 - b1) * gradient[lane]));
    let first = *first;
    let second = &mut state.second[at];
    *second = each(|lane| flush(b2 * second[lane] + (1.0 - b2) * gradient[lane] * gradient[lane]));
    let second = *second;
    each(|lane| {
        let deviation = (second[lane] / (1.0 - rest[1][lane])).sqrt() + EPSILON;
        first[lane] / (1.0 - rest[0][lane]) / deviation
    })
}
