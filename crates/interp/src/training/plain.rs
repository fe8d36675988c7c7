//! The gradient of a small Llama on a processor, in plain slices: the numbers of [`Learner`](super::Learner) to single
//! precision, in less than half of its time.
//!
//! Texts go through in pieces that stay in the cache. In the last block, only the rows whose next token is asked for are
//! computed from the queries on.

mod attention;
mod buffers;
mod rows;

use std::ops::Range;

use self::attention::{Attention, Queries, Tables};
use self::buffers::Pool;
use self::rows::{add, gather, scatter_add, silu, silu_slope};
use crate::config::ModelConfig;
use crate::data::Batch;
use crate::matrix::{Shape, multiply};
use crate::numbers::{single, softmax};
use crate::parameters::Layout;

/// Rows that go through the model at once, so that they stay in the cache.
pub(super) const ROWS: usize = 384;

/// The tensors of a block, as ranges of the flat array.
#[derive(Debug, Clone)]
struct Block {
    attention_norm: Range<usize>,
    query: Range<usize>,
    key: Range<usize>,
    value: Range<usize>,
    output: Range<usize>,
    mlp_norm: Range<usize>,
    gate: Range<usize>,
    up: Range<usize>,
    down: Range<usize>,
}

/// A model's shape, with the place of each tensor.
#[derive(Debug)]
pub struct Plain {
    config: ModelConfig,
    embedding: Range<usize>,
    blocks: Vec<Block>,
    norm: Range<usize>,
    head: Range<usize>,
    tables: Tables,
}

/// Memory of one thread.
#[derive(Debug, Default)]
pub struct Memory(Pool);

/// Values of the way forward that the way back needs, for one block.
struct Kept {
    /// The stream before the block.
    stream: Vec<f32>,
    normed: Vec<f32>,
    inverse: Vec<f32>,
    /// The rows that go on, normalised: those of the queries.
    asked: Option<Vec<f32>>,
    attention: Attention,
    /// The stream after the attention, at the rows that go on.
    middle: Vec<f32>,
    middle_normed: Vec<f32>,
    middle_inverse: Vec<f32>,
    gate: Vec<f32>,
    up: Vec<f32>,
    gated: Vec<f32>,
}

/// A matrix product with a weight: `y = x w'`.
fn apply(pool: &mut Pool, x: &[f32], weight: &[f32], (input, out): (usize, usize)) -> Vec<f32> {
    let rows = x.len() / input;
    let mut y = pool.take(rows * out);
    multiply(
        (x, Shape::new(rows, input)),
        (weight, Shape::new(out, input).turned()),
        (&mut y, Shape::new(rows, out)),
        1.0,
        false,
    );
    y
}

/// The way back through [`apply`]: adds to the gradients of the weight and of `x`.
fn unapply(
    (x, d_x): (&[f32], &mut [f32]),
    (weight, d_weight): (&[f32], &mut [f32]),
    d_y: &[f32],
    (input, out): (usize, usize),
) {
    let rows = x.len() / input;
    multiply(
        (d_y, Shape::new(rows, out).turned()),
        (x, Shape::new(rows, input)),
        (d_weight, Shape::new(out, input)),
        1.0,
        true,
    );
    multiply(
        (d_y, Shape::new(rows, out)),
        (weight, Shape::new(out, input)),
        (d_x, Shape::new(rows, input)),
        1.0,
        true,
    );
}

impl Plain {
    /// The model of a shape, if it is one that this module computes: Llama's, without biases and with as many heads of
    /// keys as of queries.
    #[must_use]
    pub fn of(config: &ModelConfig) -> Option<Self> {
        let other = config.query_bias || config.output_bias || config.head_norms;
        if other || config.heads != config.key_value_heads {
            return None;
        }
        let layout = Layout::new(config);
        let at = |name: &str| {
            let mut entries = layout.entries().iter();
            entries
                .find(|entry| entry.name == name)
                .map(|entry| entry.range.clone())
        };
        let block = |layer: usize| {
            let own = |name: &str| at(&format!("model.layers.{layer}.{name}.weight"));
            Some(Block {
                attention_norm: own("input_layernorm")?,
                query: own("self_attn.q_proj")?,
                key: own("self_attn.k_proj")?,
                value: own("self_attn.v_proj")?,
                output: own("self_attn.o_proj")?,
                mlp_norm: own("post_attention_layernorm")?,
                gate: own("mlp.gate_proj")?,
                up: own("mlp.up_proj")?,
                down: own("mlp.down_proj")?,
            })
        };
        let embedding = at("model.embed_tokens.weight")?;
        Some(Self {
            blocks: (0..config.layers).map(block).collect::<Option<_>>()?,
            norm: at("model.norm.weight")?,
            head: at("lm_head.weight").unwrap_or_else(|| embedding.clone()),
            embedding,
            tables: Tables::new(config),
            config: config.clone(),
        })
    }

    fn width(&self) -> usize {
        self.config.heads * self.config.head_width
    }

    /// Summed loss of a batch's completion tokens, in nats. Adds its gradient, times `scale`, to `gradient`.
    pub fn learn(
        &self,
        values: &[f32],
        batch: &Batch,
        scale: f64,
        gradient: &mut [f32],
        Memory(pool): &mut Memory,
    ) -> f64 {
        if batch.rows.is_empty() {
            return 0.0;
        }
        let hidden = self.config.hidden;
        let mut stream = pool.take(batch.ids.len() * hidden);
        let embedding = &values[self.embedding.clone()];
        for (row, id) in stream.chunks_exact_mut(hidden).zip(&batch.ids) {
            let at = *id as usize * hidden;
            row.copy_from_slice(&embedding[at..at + hidden]);
        }
        let all = Queries::all(batch.ids.len() / batch.time, batch.time);
        let last = Queries::of(&batch.rows, batch.time);
        let mut kept = Vec::with_capacity(self.blocks.len());
        for (number, block) in self.blocks.iter().enumerate() {
            let chosen = number + 1 == self.blocks.len();
            let rows = chosen.then_some(&batch.rows[..]);
            let queries = if chosen { &last } else { &all };
            let (next, one) = self.forward(values, block, stream, (rows, queries), pool);
            stream = next;
            kept.push(one);
        }
        let (loss, mut slope) = self.answer(values, batch, &stream, scale, gradient, pool);
        pool.give(stream);
        for (number, (block, one)) in self.blocks.iter().zip(kept).enumerate().rev() {
            let chosen = number + 1 == self.blocks.len();
            let rows = chosen.then_some(&batch.rows[..]);
            let queries = if chosen { &last } else { &all };
            slope = self.backward((values, gradient), block, one, slope, (rows, queries), pool);
        }
        let d_embedding = &mut gradient[self.embedding.clone()];
        for (row, id) in slope.chunks_exact(hidden).zip(&batch.ids) {
            let at = *id as usize * hidden;
            add(&mut d_embedding[at..at + hidden], row);
        }
        pool.give(slope);
        loss
    }

    /// The stream after a block, at the rows that go on.
    fn forward(
        &self,
        values: &[f32],
        block: &Block,
        stream: Vec<f32>,
        (rows, queries): (Option<&[usize]>, &Queries),
        pool: &mut Pool,
    ) -> (Vec<f32>, Kept) {
        let (hidden, width, inside) = (self.config.hidden, self.width(), self.config.intermediate);
        let of = |range: &Range<usize>| &values[range.clone()];
        let (normed, inverse) = self.norm(&stream, of(&block.attention_norm), pool);
        let asked = rows.map(|rows| gather(pool, &normed, rows, hidden));
        let from = asked.as_deref().unwrap_or(&normed);
        let query = apply(pool, from, of(&block.query), (hidden, width));
        let key = apply(pool, &normed, of(&block.key), (hidden, width));
        let value = apply(pool, &normed, of(&block.value), (hidden, width));
        let attention = self.tables.mix(queries, query, key, value, pool);
        let mut middle = apply(pool, &attention.mixed, of(&block.output), (width, hidden));
        match rows {
            None => add(&mut middle, &stream),
            Some(rows) => {
                for (row, at) in middle.chunks_exact_mut(hidden).zip(rows) {
                    add(row, &stream[at * hidden..(at + 1) * hidden]);
                }
            }
        }
        let (middle_normed, middle_inverse) = self.norm(&middle, of(&block.mlp_norm), pool);
        let gate = apply(pool, &middle_normed, of(&block.gate), (hidden, inside));
        let up = apply(pool, &middle_normed, of(&block.up), (hidden, inside));
        let mut gated = pool.take(gate.len());
        silu(&mut gated, &gate, &up);
        let mut next = apply(pool, &gated, of(&block.down), (inside, hidden));
        add(&mut next, &middle);
        let kept = Kept {
            stream,
            normed,
            inverse,
            asked,
            attention,
            middle,
            middle_normed,
            middle_inverse,
            gate,
            up,
            gated,
        };
        (next, kept)
    }

    /// The gradient of the stream before a block, from that after it.
    fn backward(
        &self,
        (values, gradient): (&[f32], &mut [f32]),
        block: &Block,
        kept: Kept,
        slope: Vec<f32>,
        (rows, queries): (Option<&[usize]>, &Queries),
        pool: &mut Pool,
    ) -> Vec<f32> {
        let (hidden, width) = (self.config.hidden, self.width());
        let of = |range: &Range<usize>| &values[range.clone()];
        let d_middle = self.backward_mlp((values, &mut *gradient), block, &kept, slope, pool);
        let mut d_mixed = pool.zeros(kept.attention.mixed.len());
        unapply(
            (&kept.attention.mixed, &mut d_mixed),
            (of(&block.output), &mut gradient[block.output.clone()]),
            &d_middle,
            (width, hidden),
        );
        let [d_query, d_key, d_value] = self.tables.unmix(queries, &kept.attention, &d_mixed, pool);
        let mut d_normed_all = pool.zeros(kept.normed.len());
        for (range, d_y) in [(&block.key, &d_key), (&block.value, &d_value)] {
            unapply(
                (&kept.normed, &mut d_normed_all),
                (of(range), &mut gradient[range.clone()]),
                d_y,
                (hidden, width),
            );
        }
        let weights = (of(&block.query), &mut gradient[block.query.clone()]);
        let mut d_stream = match (rows, &kept.asked) {
            (Some(rows), Some(asked)) => {
                let mut d_asked = pool.zeros(asked.len());
                unapply((asked, &mut d_asked), weights, &d_query, (hidden, width));
                scatter_add(&mut d_normed_all, &d_asked, rows, hidden);
                pool.give(d_asked);
                let mut d_stream = pool.zeros(kept.stream.len());
                scatter_add(&mut d_stream, &d_middle, rows, hidden);
                pool.give(d_middle);
                d_stream
            }
            _ => {
                let to = (&kept.normed[..], &mut d_normed_all[..]);
                unapply(to, weights, &d_query, (hidden, width));
                d_middle
            }
        };
        unnorm(
            (&kept.stream, &kept.inverse),
            (
                of(&block.attention_norm),
                &mut gradient[block.attention_norm.clone()],
            ),
            &d_normed_all,
            &mut d_stream,
        );
        for buffer in [d_mixed, d_query, d_key, d_value] {
            pool.give(buffer);
        }
        pool.give(d_normed_all);
        kept.give(pool);
        d_stream
    }

    /// The gradient of the stream between attention and MLP, from that after the block.
    fn backward_mlp(
        &self,
        (values, gradient): (&[f32], &mut [f32]),
        block: &Block,
        kept: &Kept,
        slope: Vec<f32>,
        pool: &mut Pool,
    ) -> Vec<f32> {
        let (hidden, inside) = (self.config.hidden, self.config.intermediate);
        let of = |range: &Range<usize>| &values[range.clone()];
        let mut d_gated = pool.zeros(kept.gated.len());
        unapply(
            (&kept.gated, &mut d_gated),
            (of(&block.down), &mut gradient[block.down.clone()]),
            &slope,
            (inside, hidden),
        );
        let mut d_up = pool.take(kept.up.len());
        silu_slope(&mut d_gated, &mut d_up, &kept.gate, &kept.up);
        let d_gate = d_gated;
        let mut d_normed = pool.zeros(kept.middle.len());
        for (range, d_y) in [(&block.gate, &d_gate), (&block.up, &d_up)] {
            unapply(
                (&kept.middle_normed, &mut d_normed),
                (of(range), &mut gradient[range.clone()]),
                d_y,
                (hidden, inside),
            );
        }
        let mut d_middle = slope;
        unnorm(
            (&kept.middle, &kept.middle_inverse),
            (of(&block.mlp_norm), &mut gradient[block.mlp_norm.clone()]),
            &d_normed,
            &mut d_middle,
        );
        for buffer in [d_gate, d_up, d_normed] {
            pool.give(buffer);
        }
        d_middle
    }

    /// The loss, and the gradient of the stream after the last block at the rows that go on.
    fn answer(
        &self,
        values: &[f32],
        batch: &Batch,
        stream: &[f32],
        scale: f64,
        gradient: &mut [f32],
        pool: &mut Pool,
    ) -> (f64, Vec<f32>) {
        let (hidden, words) = (self.config.hidden, self.config.vocabulary);
        let (normed, inverse) = self.norm(stream, &values[self.norm.clone()], pool);
        let head = &values[self.head.clone()];
        let mut logits = apply(pool, &normed, head, (hidden, words));
        let (mut loss, scale) = (0.0, single(scale));
        for (row, target) in logits.chunks_exact_mut(words).zip(&batch.targets) {
            softmax(row);
            let target = *target as usize;
            loss -= f64::from(row[target].max(f32::MIN_POSITIVE)).ln();
            row[target] -= 1.0;
            row.iter_mut().for_each(|value| *value *= scale);
        }
        let mut d_normed = pool.zeros(normed.len());
        unapply(
            (&normed, &mut d_normed),
            (head, &mut gradient[self.head.clone()]),
            &logits,
            (hidden, words),
        );
        let mut slope = pool.zeros(stream.len());
        unnorm(
            (stream, &inverse),
            (&values[self.norm.clone()], &mut gradient[self.norm.clone()]),
            &d_normed,
            &mut slope,
        );
        for buffer in [normed, inverse, logits, d_normed] {
            pool.give(buffer);
        }
        (loss, slope)
    }

    /// Rows divided by their root mean square and multiplied with a weight, and one over each root.
    fn norm(&self, x: &[f32], weight: &[f32], pool: &mut Pool) -> (Vec<f32>, Vec<f32>) {
        let width = weight.len();
        let mut y = pool.take(x.len());
        let mut inverse = pool.take(x.len() / width);
        let epsilon = single(self.config.norm_epsilon);
        let share = 1.0 / width as f32;
        let rows = x.chunks_exact(width).zip(y.chunks_exact_mut(width));
        for ((x, y), inverse) in rows.zip(&mut inverse) {
            let square = rows::dot(x, x) * share;
            *inverse = 1.0 / (square + epsilon).sqrt();
            for ((y, x), weight) in y.iter_mut().zip(x).zip(weight) {
                *y = x * *inverse * weight;
            }
        }
        (y, inverse)
    }
}

/// The way back through [`Plain::norm`]: adds to the gradients of the weight and of `x`.
fn unnorm(
    (x, inverse): (&[f32], &[f32]),
    (weight, d_weight): (&[f32], &mut [f32]),
    d_y: &[f32],
    d_x: &mut [f32],
) {
    let width = weight.len();
    let share = 1.0 / width as f32;
    let rows = x.chunks_exact(width).zip(d_y.chunks_exact(width));
    for (((x, d_y), d_x), inverse) in rows.zip(d_x.chunks_exact_mut(width)).zip(inverse) {
        let along = rows::dot3(d_y, weight, x) * inverse * inverse * inverse * share;
        let each = d_x.iter_mut().zip(d_weight.iter_mut()).zip(x).zip(d_y);
        for ((((d_x, d_weight), x), d_y), weight) in each.zip(weight) {
            *d_weight += d_y * x * inverse;
            *d_x += d_y * weight * inverse - x * along;
        }
    }
}

impl Kept {
    fn give(self, pool: &mut Pool) {
        let Self {
            stream,
            normed,
            inverse,
            asked,
            attention,
            middle,
            middle_normed,
            middle_inverse,
            gate,
            up,
            gated,
        } = self;
        attention.give(pool);
        let all = [
            stream,
            normed,
            inverse,
            middle,
            middle_normed,
            middle_inverse,
            gate,
            up,
            gated,
        ];
        for buffer in all.into_iter().chain(asked) {
            pool.give(buffer);
        }
    }
}
