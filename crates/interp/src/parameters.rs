//! A model's numbers in one row: where each tensor lies, its first values, and the optimiser.

use std::ops::Range;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::config::ModelConfig;
use crate::matrix::{real, single};

/// A tensor's name, shape and place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name, as in Hugging Face's Llama.
    pub name: String,
    /// The shape; matrices are `[out, in]`.
    pub shape: Vec<usize>,
    /// Where its numbers lie.
    pub range: Range<usize>,
}

/// A linear map's numbers.
#[derive(Debug, Clone)]
pub(crate) struct LinearAt {
    pub(crate) weight: Range<usize>,
    pub(crate) bias: Option<Range<usize>>,
    pub(crate) out: usize,
    pub(crate) input: usize,
}

/// A block's numbers.
#[derive(Debug, Clone)]
pub(crate) struct BlockAt {
    pub(crate) attention_norm: Range<usize>,
    pub(crate) query: LinearAt,
    pub(crate) key: LinearAt,
    pub(crate) value: LinearAt,
    pub(crate) output: LinearAt,
    pub(crate) mlp_norm: Range<usize>,
    pub(crate) gate: LinearAt,
    pub(crate) up: LinearAt,
    pub(crate) down: LinearAt,
}

/// Where each tensor lies.
#[derive(Debug, Clone)]
pub struct Layout {
    entries: Vec<Entry>,
    pub(crate) embedding: Range<usize>,
    pub(crate) blocks: Vec<BlockAt>,
    pub(crate) norm: Range<usize>,
    pub(crate) head: LinearAt,
}

impl Layout {
    /// The layout of a model of this shape.
    #[must_use]
    pub fn new(config: &ModelConfig) -> Self {
        let mut builder = Builder::default();
        let hidden = config.hidden;
        let queries = config.heads * config.head_width;
        let keys = config.key_value_heads * config.head_width;
        let embedding = builder.tensor(
            "model.embed_tokens.weight".to_owned(),
            &[config.vocabulary, hidden],
        );
        let blocks = (0..config.layers)
            .map(|layer| {
                let at = |name: &str| format!("model.layers.{layer}.{name}");
                let (bias, plain) = (config.query_bias, false);
                BlockAt {
                    attention_norm: builder.tensor(at("input_layernorm.weight"), &[hidden]),
                    query: builder.linear(at("self_attn.q_proj"), queries, hidden, bias),
                    key: builder.linear(at("self_attn.k_proj"), keys, hidden, bias),
                    value: builder.linear(at("self_attn.v_proj"), keys, hidden, bias),
                    output: builder.linear(
                        at("self_attn.o_proj"),
                        hidden,
                        queries,
                        config.output_bias,
                    ),
                    mlp_norm: builder.tensor(at("post_attention_layernorm.weight"), &[hidden]),
                    gate: builder.linear(at("mlp.gate_proj"), config.intermediate, hidden, plain),
                    up: builder.linear(at("mlp.up_proj"), config.intermediate, hidden, plain),
                    down: builder.linear(at("mlp.down_proj"), hidden, config.intermediate, plain),
                }
            })
            .collect();
        let norm = builder.tensor("model.norm.weight".to_owned(), &[hidden]);
        let head = if config.tied {
            LinearAt {
                weight: embedding.clone(),
                bias: None,
                out: config.vocabulary,
                input: hidden,
            }
        } else {
            builder.linear("lm_head".to_owned(), config.vocabulary, hidden, false)
        };
        Self {
            entries: builder.entries,
            embedding,
            blocks,
            norm,
            head,
        }
    }

    /// All tensors, in the order in which they lie.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How many numbers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.last().map_or(0, |entry| entry.range.end)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[derive(Default)]
struct Builder {
    entries: Vec<Entry>,
}

impl Builder {
    fn tensor(&mut self, name: String, shape: &[usize]) -> Range<usize> {
        let start = self.entries.last().map_or(0, |entry| entry.range.end);
        let range = start..start + shape.iter().product::<usize>();
        self.entries.push(Entry {
            name,
            shape: shape.to_vec(),
            range: range.clone(),
        });
        range
    }

    fn linear(&mut self, name: String, out: usize, input: usize, bias: bool) -> LinearAt {
        LinearAt {
            weight: self.tensor(format!("{name}.weight"), &[out, input]),
            bias: bias.then(|| self.tensor(format!("{name}.bias"), &[out])),
            out,
            input,
        }
    }
}

/// First values: norms are ones, biases zeros, matrices normal with a spread that keeps the size of what
/// they are multiplied with. What writes to the residual stream starts smaller, the more blocks there
/// are. The values depend on the seed and the tensor's name alone.
#[must_use]
pub fn first_values(config: &ModelConfig, layout: &Layout, seed: u64) -> Vec<f32> {
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
    /// How long the mean of gradients remembers.
    pub beta1: f32,
    /// How long the mean of squared gradients remembers.
    pub beta2: f32,
    /// What keeps the division from zero.
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
