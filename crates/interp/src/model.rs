//! A Llama-style decoder whose residual stream can be read and changed at every place, and its gradient.
//!
//! Everything is written out over plain slices: nothing can drop a gradient silently, one thread does
//! the work in one order, and the buffers of a [`Tape`] are used again, so that a step allocates
//! nothing.

mod backward;
mod kernels;

use crate::config::{ModelConfig, rotary_frequencies};
use crate::error::{InterpError, Result};
use crate::matrix::{Shape, multiply, real, single};
use crate::parameters::{Layout, LinearAt, first_values};
pub(crate) use kernels::softmax;
use kernels::{causal_softmax, rms_norm, rotate, silu};

/// A place in the residual stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Site {
    /// The embedding, before the first block.
    Embed,
    /// Inside a block: after its attention, before its MLP.
    Middle(usize),
    /// After a block, before any final norm.
    Post(usize),
}

impl Site {
    /// The name that other tools use for the place (TransformerLens).
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Embed => "hook_embed".to_owned(),
            Self::Middle(layer) => format!("blocks.{layer}.hook_resid_mid"),
            Self::Post(layer) => format!("blocks.{layer}.hook_resid_post"),
        }
    }

    /// The place with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if name == "hook_embed" {
            return Some(Self::Embed);
        }
        let (layer, place) = name.strip_prefix("blocks.")?.split_once('.')?;
        let layer = layer.parse().ok()?;
        match place {
            "hook_resid_mid" => Some(Self::Middle(layer)),
            "hook_resid_post" => Some(Self::Post(layer)),
            _ => None,
        }
    }

    /// The embedding and the stream after each of `layers` blocks.
    #[must_use]
    pub fn main(layers: usize) -> Vec<Self> {
        std::iter::once(Self::Embed)
            .chain((0..layers).map(Self::Post))
            .collect()
    }
}

/// Looks at the residual stream (`batch * time` rows of the hidden width) at each place, and may change
/// it.
pub type Edit<'e> = dyn FnMut(Site, &mut [f32]) + 'e;

/// Texts of equal length as word ids, one after the other. Padding belongs at the end: attention looks
/// back only.
#[derive(Debug, Clone, Copy)]
pub struct Input<'i> {
    /// The ids, `batch * time` of them.
    pub ids: &'i [u32],
    /// The number of words of each text.
    pub time: usize,
}

/// The model: a shape and numbers.
#[derive(Debug, Clone)]
pub struct Decoder {
    /// The shape.
    pub config: ModelConfig,
    /// Where each tensor lies in `values`.
    pub layout: Layout,
    /// The numbers.
    pub values: Vec<f32>,
    frequencies: Vec<f64>,
}

/// What a block computed and its gradient needs.
#[derive(Debug, Default, Clone)]
struct BlockTape {
    before: Vec<f32>,
    attention_scale: Vec<f32>,
    attention_normed: Vec<f32>,
    query: Vec<f32>,
    key: Vec<f32>,
    value: Vec<f32>,
    weights: Vec<f32>,
    mixed: Vec<f32>,
    middle: Vec<f32>,
    mlp_scale: Vec<f32>,
    mlp_normed: Vec<f32>,
    gate: Vec<f32>,
    up: Vec<f32>,
    gated: Vec<f32>,
}

/// Buffers of a run through the model.
#[derive(Debug, Default, Clone)]
pub struct Tape {
    blocks: Vec<BlockTape>,
    rotary: Vec<(f32, f32)>,
    last: Vec<f32>,
    rows: Vec<usize>,
    chosen: Vec<f32>,
    final_scale: Vec<f32>,
    normed: Vec<f32>,
    /// The logits, a row of the vocabulary's size for each row that was asked for.
    pub logits: Vec<f32>,
    scratch: backward::Scratch,
}

/// Whether a tape keeps what the gradient needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// All of it.
    Everything,
    /// Only what the next block needs: memory for one block.
    Nothing,
}

impl Decoder {
    /// A decoder with given numbers, which lie as [`Layout::new`] says.
    ///
    /// # Errors
    ///
    /// If the shape makes no sense or the numbers are too few or too many.
    pub fn new(config: ModelConfig, values: Vec<f32>) -> Result<Self> {
        config.check().map_err(InterpError::Refused)?;
        let layout = Layout::new(&config);
        if layout.len() != values.len() {
            return Err(InterpError::Refused(format!(
                "the model has {} numbers; its shape asks for {}",
                values.len(),
                layout.len()
            )));
        }
        let frequencies = rotary_frequencies(&config);
        Ok(Self {
            config,
            layout,
            values,
            frequencies,
        })
    }

    /// A decoder with first values, which depend on the shape and the seed alone.
    ///
    /// # Errors
    ///
    /// If the shape makes no sense.
    pub fn untrained(config: ModelConfig, seed: u64) -> Result<Self> {
        config.check().map_err(InterpError::Refused)?;
        let values = first_values(&config, &Layout::new(&config), seed);
        Self::new(config, values)
    }

    /// Runs the model and leaves the logits of these rows (`text * time + position`) in the tape. The
    /// residual stream is shown to `edit` on the way; what it leaves there is gone on with.
    ///
    /// # Errors
    ///
    /// If a text is too long, an id is not in the vocabulary, or a row is not there.
    pub fn run(
        &self,
        input: Input<'_>,
        rows: &[usize],
        keep: Keep,
        tape: &mut Tape,
        edit: &mut Edit<'_>,
    ) -> Result<()> {
        self.check(input, rows)?;
        let (count, hidden) = (input.ids.len(), self.config.hidden);
        let blocks = match keep {
            Keep::Everything => self.config.layers,
            Keep::Nothing => 1,
        };
        tape.blocks.resize_with(blocks, BlockTape::default);
        self.fill_rotary(input.time, &mut tape.rotary);
        let mut stream = std::mem::take(&mut tape.last);
        stream.resize(count * hidden, 0.0);
        let embedding = &self.values[self.layout.embedding.clone()];
        for (row, id) in stream.chunks_exact_mut(hidden).zip(input.ids) {
            let start = *id as usize * hidden;
            row.copy_from_slice(&embedding[start..start + hidden]);
        }
        edit(Site::Embed, &mut stream);
        for layer in 0..self.config.layers {
            let at = if keep == Keep::Everything { layer } else { 0 };
            let block = &mut tape.blocks[at];
            self.attend(layer, input.time, &tape.rotary, &mut stream, block);
            edit(Site::Middle(layer), &mut stream);
            self.think(layer, &mut stream, block);
            edit(Site::Post(layer), &mut stream);
        }
        tape.last = stream;
        self.read_out(rows, tape);
        Ok(())
    }

    fn check(&self, input: Input<'_>, rows: &[usize]) -> Result<()> {
        let refuse = |why: String| Err(InterpError::Refused(why));
        if input.time == 0 || !input.ids.len().is_multiple_of(input.time) {
            return refuse("texts are not of equal length".to_owned());
        }
        if input.time > self.config.positions {
            return refuse(format!(
                "a text of {} words is longer than the model's {} positions",
                input.time, self.config.positions
            ));
        }
        let beyond = |id: &&u32| **id as usize >= self.config.vocabulary;
        if let Some(id) = input.ids.iter().find(beyond) {
            return refuse(format!(
                "word id {id} is not in the model's vocabulary of {}",
                self.config.vocabulary
            ));
        }
        if rows.iter().any(|row| *row >= input.ids.len()) {
            return refuse("logits of a row were asked for that is not there".to_owned());
        }
        Ok(())
    }

    fn fill_rotary(&self, time: usize, rotary: &mut Vec<(f32, f32)>) {
        rotary.clear();
        for position in 0..time {
            rotary.extend(self.frequencies.iter().map(|frequency| {
                let (sine, cosine) = (frequency * real(position)).sin_cos();
                (single(cosine), single(sine))
            }));
        }
    }

    fn attend(
        &self,
        layer: usize,
        time: usize,
        rotary: &[(f32, f32)],
        stream: &mut [f32],
        tape: &mut BlockTape,
    ) {
        let at = &self.layout.blocks[layer];
        copy(stream, &mut tape.before);
        let norm = &self.values[at.attention_norm.clone()];
        rms_norm(
            stream,
            norm,
            self.config.norm_epsilon,
            &mut tape.attention_scale,
            &mut tape.attention_normed,
        );
        self.linear(&at.query, &tape.attention_normed, &mut tape.query);
        self.linear(&at.key, &tape.attention_normed, &mut tape.key);
        self.linear(&at.value, &tape.attention_normed, &mut tape.value);
        let width = self.config.head_width;
        rotate(&mut tape.query, at.query.out, width, rotary, 1.0);
        rotate(&mut tape.key, at.key.out, width, rotary, 1.0);
        self.mix(time, tape);
        self.add_linear(&at.output, &tape.mixed, stream);
        copy(stream, &mut tape.middle);
    }

    /// Attention proper: weights from queries and keys, and the mixture of values.
    fn mix(&self, time: usize, tape: &mut BlockTape) {
        let heads = Heads::new(&self.config, time, tape.query.len());
        tape.weights
            .resize(heads.batch * heads.heads * time * time, 0.0);
        tape.mixed.resize(tape.query.len(), 0.0);
        for (index, weights) in tape.weights.chunks_exact_mut(time * time).enumerate() {
            let (query, key) = heads.starts(index);
            multiply(
                (&tape.query[query..], heads.query_shape()),
                (&tape.key[key..], heads.key_shape().turned()),
                (weights, Shape::new(time, time)),
                heads.scale,
                false,
            );
            causal_softmax(weights, time);
            multiply(
                (weights, Shape::new(time, time)),
                (&tape.value[key..], heads.key_shape()),
                (&mut tape.mixed[query..], heads.query_shape()),
                1.0,
                false,
            );
        }
    }

    fn think(&self, layer: usize, stream: &mut [f32], tape: &mut BlockTape) {
        let at = &self.layout.blocks[layer];
        // The stream may have been changed since attention.
        copy(stream, &mut tape.middle);
        rms_norm(
            stream,
            &self.values[at.mlp_norm.clone()],
            self.config.norm_epsilon,
            &mut tape.mlp_scale,
            &mut tape.mlp_normed,
        );
        self.linear(&at.gate, &tape.mlp_normed, &mut tape.gate);
        self.linear(&at.up, &tape.mlp_normed, &mut tape.up);
        tape.gated.resize(tape.gate.len(), 0.0);
        for ((gated, gate), up) in tape.gated.iter_mut().zip(&tape.gate).zip(&tape.up) {
            *gated = silu(*gate) * up;
        }
        self.add_linear(&at.down, &tape.gated, stream);
    }

    fn read_out(&self, rows: &[usize], tape: &mut Tape) {
        let hidden = self.config.hidden;
        tape.rows.clear();
        tape.rows.extend_from_slice(rows);
        tape.chosen.clear();
        for row in rows {
            let row = &tape.last[row * hidden..(row + 1) * hidden];
            tape.chosen.extend_from_slice(row);
        }
        rms_norm(
            &tape.chosen,
            &self.values[self.layout.norm.clone()],
            self.config.norm_epsilon,
            &mut tape.final_scale,
            &mut tape.normed,
        );
        self.linear(&self.layout.head, &tape.normed, &mut tape.logits);
    }

    fn linear(&self, at: &LinearAt, x: &[f32], y: &mut Vec<f32>) {
        let rows = x.len() / at.input;
        y.resize(rows * at.out, 0.0);
        self.product(at, x, y, false);
        if let Some(bias) = &at.bias {
            add_to_rows(y, &self.values[bias.clone()]);
        }
    }

    fn add_linear(&self, at: &LinearAt, x: &[f32], y: &mut [f32]) {
        self.product(at, x, y, true);
        if let Some(bias) = &at.bias {
            add_to_rows(y, &self.values[bias.clone()]);
        }
    }

    fn product(&self, at: &LinearAt, x: &[f32], y: &mut [f32], add: bool) {
        let rows = x.len() / at.input;
        let weight = &self.values[at.weight.clone()];
        multiply(
            (x, Shape::new(rows, at.input)),
            (weight, Shape::new(at.out, at.input).turned()),
            (y, Shape::new(rows, at.out)),
            1.0,
            add,
        );
    }
}

/// How heads lie in queries and keys.
struct Heads {
    batch: usize,
    time: usize,
    heads: usize,
    groups: usize,
    width: usize,
    scale: f32,
}

impl Heads {
    fn new(config: &ModelConfig, time: usize, queries: usize) -> Self {
        Self {
            batch: queries / (time * config.heads * config.head_width),
            time,
            heads: config.heads,
            groups: config.key_value_heads,
            width: config.head_width,
            scale: single(1.0 / real(config.head_width).sqrt()),
        }
    }

    /// Where the queries and the keys of the `index`-th head (text by text) start.
    fn starts(&self, index: usize) -> (usize, usize) {
        let (text, head) = (index / self.heads, index % self.heads);
        let group = head / (self.heads / self.groups);
        (
            (text * self.time * self.heads + head) * self.width,
            (text * self.time * self.groups + group) * self.width,
        )
    }

    fn query_shape(&self) -> Shape {
        Shape::strided(self.time, self.width, self.heads * self.width)
    }

    fn key_shape(&self) -> Shape {
        Shape::strided(self.time, self.width, self.groups * self.width)
    }
}

fn copy(from: &[f32], to: &mut Vec<f32>) {
    to.clear();
    to.extend_from_slice(from);
}

fn add_to_rows(rows: &mut [f32], bias: &[f32]) {
    for row in rows.chunks_exact_mut(bias.len()) {
        for (value, bias) in row.iter_mut().zip(bias) {
            *value += bias;
        }
    }
}
