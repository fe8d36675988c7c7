//! Dense networks: forward, backward, and the weights they start with.

mod forward;
mod rule;

pub(crate) use forward::{Pass, softmax_error};
pub use rule::{Pull, Rule};
pub(crate) use rule::{State, Step};

use serde::{Deserialize, Serialize};

use crate::bytes::{Bytes, Damaged, Saved};
use crate::draw::Draw;
use crate::lanes::{LANES, Lanes, zeros};

/// The function of hidden units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// The larger of 0 and x.
    Relu,
    /// x, times 0.01 where it is negative.
    LeakyRelu,
    /// The hyperbolic tangent.
    Tanh,
}

impl Activation {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Relu, Self::LeakyRelu, Self::Tanh];

    /// The name in settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Relu => "relu",
            Self::LeakyRelu => "leaky-relu",
            Self::Tanh => "tanh",
        }
    }

    /// The factor of initial weights that keeps the variance (He et al. 2015).
    pub(crate) fn gain(self) -> f32 {
        match self {
            Self::Relu => std::f32::consts::SQRT_2,
            Self::LeakyRelu => (2.0_f32 / (1.0 + 0.01 * 0.01)).sqrt(),
            Self::Tanh => 5.0 / 3.0,
        }
    }

    #[inline(always)]
    fn apply(self, value: f32) -> f32 {
        match self {
            Self::Relu => value.max(0.0),
            Self::LeakyRelu => value.max(0.01 * value),
            Self::Tanh => value.tanh(),
        }
    }

    /// The derivative, from the function's value.
    #[inline(always)]
    fn slope(self, output: f32) -> f32 {
        match self {
            Self::Relu => f32::from(u8::from(output > 0.0)),
            Self::LeakyRelu => {
                if output > 0.0 {
                    1.0
                } else {
                    0.01
                }
            }
            Self::Tanh => 1.0 - output * output,
        }
    }

    /// True if an output is one at which the unit passes no gradient, or next to none.
    pub(crate) fn is_idle(self, output: f32) -> bool {
        match self {
            Self::Relu | Self::LeakyRelu => output <= 0.0,
            Self::Tanh => output.abs() > 0.9,
        }
    }
}

/// The shape of a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shape {
    /// Number of inputs.
    pub(crate) inputs: usize,
    /// Widths of hidden layers; none for a linear network.
    pub(crate) hidden: Vec<usize>,
    /// Number of outputs.
    pub(crate) outputs: usize,
    /// The function of hidden units.
    pub(crate) activation: Activation,
    /// True if each hidden layer's sums are normalised (mean 0, variance 1, without gain and shift) before the
    /// function.
    pub(crate) norm: bool,
}

/// A dense layer of several networks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Layer {
    /// Number of inputs.
    pub(crate) inputs: usize,
    /// Number of outputs.
    pub(crate) outputs: usize,
    /// Weights, by output and input.
    pub(crate) weights: Vec<Lanes>,
    /// A number for each output.
    pub(crate) bias: Vec<Lanes>,
    /// The bound of the uniform distribution of initial weights.
    pub(crate) bound: f32,
}

impl Layer {
    fn new(inputs: usize, outputs: usize, gain: f32, draws: &mut [Draw; LANES]) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "layers are far smaller")]
        let bound = gain * (3.0 / inputs as f32).sqrt();
        let mut weights = zeros(inputs * outputs);
        for weight in &mut weights {
            for (value, draw) in weight.iter_mut().zip(draws.iter_mut()) {
                *value = draw.within(bound);
            }
        }
        Self {
            inputs,
            outputs,
            weights,
            bias: zeros(outputs),
            bound,
        }
    }
}

impl Saved for Layer {
    fn visit(&mut self, bytes: &mut Bytes) -> Result<(), Damaged> {
        bytes.lanes(&mut self.weights)?;
        bytes.lanes(&mut self.bias)
    }
}

/// Networks of several seeds with the same shape.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Network {
    /// The shape of each.
    pub(crate) shape: Shape,
    /// The layers, from the input on; the last one is linear.
    pub(crate) layers: Vec<Layer>,
}

impl Network {
    /// Networks with random weights (Kaiming's uniform distribution, as the paper's) and no bias.
    pub(crate) fn new(shape: &Shape, draws: &mut [Draw; LANES]) -> Self {
        let mut sizes = vec![shape.inputs];
        sizes.extend(&shape.hidden);
        sizes.push(shape.outputs);
        let last = sizes.len() - 2;
        let layers = sizes.windows(2).enumerate().map(|(at, pair)| {
            let gain = if at == last {
                1.0
            } else {
                shape.activation.gain()
            };
            Layer::new(pair[0], pair[1], gain, draws)
        });
        Self {
            shape: shape.clone(),
            layers: layers.collect(),
        }
    }

    /// Number of weights and biases of one network.
    #[must_use]
    pub(crate) fn parameters(&self) -> usize {
        let sizes = self.layers.iter().map(|l| l.weights.len() + l.bias.len());
        sizes.sum()
    }
}

impl Saved for Network {
    fn visit(&mut self, bytes: &mut Bytes) -> Result<(), Damaged> {
        self.layers
            .iter_mut()
            .try_for_each(|layer| layer.visit(bytes))
    }
}
