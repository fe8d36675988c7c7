//! A model's numbers in one row: which tensors it has, their first values, and the optimiser.

use std::ops::Range;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::config::ModelConfig;
use crate::numbers::{real, single};

/// A tensor's name, shape and place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name, as in Hugging Face's Llama.
    pub name: String,
    /// The shape; matrices are `[out, in]`.
    pub shape: Vec<usize>,
    /// Range of the tensor in the flat array.
    pub range: Range<usize>,
}

/// A model's tensors, one after the other.
#[derive(Debug, Clone)]
pub struct Layout {
    entries: Vec<Entry>,
}

impl Layout {
    /// The layout of a model of this shape.
    #[must_use]
    pub fn new(config: &ModelConfig) -> Self {
        let mut layout = Self {
            entries: Vec::new(),
        };
        let (hidden, inside) = (config.hidden, config.intermediate);
        let queries = config.heads * config.head_width;
        let keys = config.key_value_heads * config.head_width;
        layout.tensor("model.embed_tokens.weight", &[config.vocabulary, hidden]);
        for layer in 0..config.layers {
            let at = |name: &str| format!("model.layers.{layer}.{name}");
            let (bias, plain) = (config.query_bias, false);
            layout.tensor(&at("input_layernorm.weight"), &[hidden]);
            layout.linear(&at("self_attn.q_proj"), queries, hidden, bias);
            layout.linear(&at("self_attn.k_proj"), keys, hidden, bias);
            layout.linear(&at("self_attn.v_proj"), keys, hidden, bias);
            layout.linear(&at("self_attn.o_proj"), hidden, queries, config.output_bias);
            if config.head_norms {
                layout.tensor(&at("self_attn.q_norm.weight"), &[config.head_width]);
                layout.tensor(&at("self_attn.k_norm.weight"), &[config.head_width]);
            }
            layout.tensor(&at("post_attention_layernorm.weight"), &[hidden]);
            layout.linear(&at("mlp.gate_proj"), inside, hidden, plain);
            layout.linear(&at("mlp.up_proj"), inside, hidden, plain);
            layout.linear(&at("mlp.down_proj"), hidden, inside, plain);
        }
        layout.tensor("model.norm.weight", &[hidden]);
        if !config.tied {
            layout.linear("lm_head", config.vocabulary, hidden, false);
        }
        layout
    }

    fn tensor(&mut self, name: &str, shape: &[usize]) {
        let start = self.len();
        self.entries.push(Entry {
            name: name.to_owned(),
            shape: shape.to_vec(),
            range: start..start + shape.iter().product::<usize>(),
        });
    }

    fn linear(&mut self, name: &str, out: usize, input: usize, bias: bool) {
        self.tensor(&format!("{name}.weight"), &[out, input]);
        if bias {
            self.tensor(&format!("{name}.bias"), &[out]);
        }
    }

    /// All tensors, in their order in the flat array.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Number of parameters.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.last().map_or(0, |entry| entry.range.end)
    }

    /// True if there are no parameters.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// First values: norms are ones, biases zeros, matrices normal with a spread that keeps the size of what
/// they are multiplied with. What writes to the residual stream starts smaller, the more blocks there
/// are. The values depend on the seed and the tensor's name alone.
#[must_use]
pub(crate) fn first_values(config: &ModelConfig, layout: &Layout, seed: u64) -> Vec<f32> {
    let mut values = vec![0.0; layout.len()];
    for entry in layout.entries() {
        let place = &mut values[entry.range.clone()];
        let name = &entry.name;
        if name.ends_with("norm.weight") {
            place.fill(1.0);
        } else if name.ends_with(".weight") {
            let mut spread = 1.0 / real(entry.shape[1]).sqrt();
            if name.ends_with("o_proj.weight") || name.ends_with("down_proj.weight") {
                spread /= real(2 * config.layers).sqrt();
            }
            fill_normal(place, seed, name, spread);
        }
    }
    values
}

/// Normal numbers from a stream of the seed that is the name's own.
pub(crate) fn fill_normal(place: &mut [f32], seed: u64, name: &str, spread: f64) {
    // FNV-1a: any fixed function of the name will do.
    let stream = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    for value in place {
        // Box and Muller's transform; 1 - u is never 0.
        let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
        let turn = std::f64::consts::TAU * random.random::<f64>();
        *value = single(radius * turn.cos() * spread);
    }
}

/// AdamW's settings (Loshchilov and Hutter 2019).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamW {
    /// Decay rate of the mean of gradients.
    pub beta1: f32,
    /// Decay rate of the mean of squared gradients.
    pub beta2: f32,
    /// Term that avoids division by zero.
    pub epsilon: f32,
    /// Numbers shrink by this times the learning rate.
    pub weight_decay: f32,
}

impl Default for AdamW {
    fn default() -> Self {
        Self {
            beta1: 0.9,
            beta2: 0.99,
            epsilon: 1e-8,
            weight_decay: 0.0,
        }
    }
}

/// The optimiser's memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// The mean of gradients.
    pub first: Vec<f32>,
    /// The mean of squared gradients.
    pub second: Vec<f32>,
}

impl Moments {
    /// No memory of `count` numbers.
    #[must_use]
    pub fn zeros(count: usize) -> Self {
        Self {
            first: vec![0.0; count],
            second: vec![0.0; count],
        }
    }

    /// Changes the numbers in `range` by one step; `step` counts from 1.
    pub fn update(
        &mut self,
        values: &mut [f32],
        gradient: &[f32],
        range: Range<usize>,
        settings: AdamW,
        learning_rate: f32,
        step: i32,
    ) {
        let AdamW {
            beta1,
            beta2,
            epsilon,
            weight_decay,
        } = settings;
        let rate = learning_rate / (1.0 - beta1.powi(step));
        let correct2 = 1.0 / (1.0 - beta2.powi(step));
        let keep = 1.0 - learning_rate * weight_decay;
        let values = &mut values[range.clone()];
        let moments = self.first[range.clone()]
            .iter_mut()
            .zip(&mut self.second[range.clone()]);
        for ((value, (first, second)), gradient) in
            values.iter_mut().zip(moments).zip(&gradient[range])
        {
            *first = beta1 * *first + (1.0 - beta1) * gradient;
            *second = beta2 * *second + (1.0 - beta2) * gradient * gradient;
            *value = keep * *value - rate * *first / ((*second * correct2).sqrt() + epsilon);
        }
    }
}
