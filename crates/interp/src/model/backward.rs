//! The gradient of the model: the run, written backwards.

use super::kernels::{rms_norm_back, rotate, silu, silu_slope, softmax_back};
use super::{BlockTape, Decoder, Heads, Input, Tape};
use crate::matrix::{Shape, multiply};
use crate::parameters::LinearAt;

/// Buffers of gradients on the way.
#[derive(Debug, Default, Clone)]
pub(super) struct Scratch {
    stream: Vec<f32>,
    normed: Vec<f32>,
    gated: Vec<f32>,
    gate: Vec<f32>,
    up: Vec<f32>,
    mixed: Vec<f32>,
    query: Vec<f32>,
    key: Vec<f32>,
    value: Vec<f32>,
    weights: Vec<f32>,
}

impl Decoder {
    /// Adds to `gradient` what the gradient of the tape's logits, in `d_logits`, means for the model's
    /// numbers. The tape must be of a run of this model on this input that kept everything and changed
    /// nothing on the way.
    pub fn backward(
        &self,
        input: Input<'_>,
        tape: &mut Tape,
        d_logits: &[f32],
        gradient: &mut [f32],
    ) {
        let hidden = self.config.hidden;
        let mut scratch = std::mem::take(&mut tape.scratch);
        zeroed(&mut scratch.normed, tape.normed.len());
        self.linear_back(
            &self.layout.head,
            &tape.normed,
            d_logits,
            &mut scratch.normed,
            gradient,
        );
        let mut d_chosen = vec![0.0; tape.chosen.len()];
        rms_norm_back(
            &tape.chosen,
            &self.values[self.layout.norm.clone()],
            &tape.final_scale,
            &scratch.normed,
            &mut d_chosen,
            &mut gradient[self.layout.norm.clone()],
        );
        zeroed(&mut scratch.stream, input.ids.len() * hidden);
        for (row, d_row) in tape.rows.iter().zip(d_chosen.chunks_exact(hidden)) {
            add(&mut scratch.stream[row * hidden..(row + 1) * hidden], d_row);
        }
        for layer in (0..self.config.layers).rev() {
            let block = &tape.blocks[layer];
            self.think_back(layer, block, &mut scratch, gradient);
            self.attend_back(
                layer,
                input.time,
                &tape.rotary,
                block,
                &mut scratch,
                gradient,
            );
        }
        let start = self.layout.embedding.start;
        for (id, d_row) in input.ids.iter().zip(scratch.stream.chunks_exact(hidden)) {
            let at = start + *id as usize * hidden;
            add(&mut gradient[at..at + hidden], d_row);
        }
        tape.scratch = scratch;
    }

    fn think_back(
        &self,
        layer: usize,
        tape: &BlockTape,
        scratch: &mut Scratch,
        gradient: &mut [f32],
    ) {
        let at = &self.layout.blocks[layer];
        let Scratch {
            stream,
            normed,
            gated,
            gate,
            up,
            ..
        } = scratch;
        zeroed(gated, tape.gated.len());
        self.linear_back(&at.down, &tape.gated, stream, gated, gradient);
        gate.resize(tape.gate.len(), 0.0);
        up.resize(tape.up.len(), 0.0);
        for (index, d_gated) in gated.iter().enumerate() {
            let x = tape.gate[index];
            gate[index] = d_gated * tape.up[index] * silu_slope(x);
            up[index] = d_gated * silu(x);
        }
        zeroed(normed, tape.mlp_normed.len());
        self.linear_back(&at.gate, &tape.mlp_normed, gate, normed, gradient);
        self.linear_back(&at.up, &tape.mlp_normed, up, normed, gradient);
        rms_norm_back(
            &tape.middle,
            &self.values[at.mlp_norm.clone()],
            &tape.mlp_scale,
            normed,
            stream,
            &mut gradient[at.mlp_norm.clone()],
        );
    }

    fn attend_back(
        &self,
        layer: usize,
        time: usize,
        rotary: &[(f32, f32)],
        tape: &BlockTape,
        scratch: &mut Scratch,
        gradient: &mut [f32],
    ) {
        let at = &self.layout.blocks[layer];
        zeroed(&mut scratch.mixed, tape.mixed.len());
        let (stream, mixed) = (&scratch.stream, &mut scratch.mixed);
        self.linear_back(&at.output, &tape.mixed, stream, mixed, gradient);
        self.mix_back(time, tape, scratch);
        let width = self.config.head_width;
        rotate(&mut scratch.query, at.query.out, width, rotary, -1.0);
        rotate(&mut scratch.key, at.key.out, width, rotary, -1.0);
        zeroed(&mut scratch.normed, tape.attention_normed.len());
        for (at, d_y) in [
            (&at.query, &scratch.query),
            (&at.key, &scratch.key),
            (&at.value, &scratch.value),
        ] {
            let x = &tape.attention_normed;
            self.linear_back(at, x, d_y, &mut scratch.normed, gradient);
        }
        rms_norm_back(
            &tape.before,
            &self.values[at.attention_norm.clone()],
            &tape.attention_scale,
            &scratch.normed,
            &mut scratch.stream,
            &mut gradient[at.attention_norm.clone()],
        );
    }

    fn mix_back(&self, time: usize, tape: &BlockTape, scratch: &mut Scratch) {
        let heads = Heads::new(&self.config, time, tape.query.len());
        zeroed(&mut scratch.query, tape.query.len());
        zeroed(&mut scratch.key, tape.key.len());
        zeroed(&mut scratch.value, tape.value.len());
        scratch.weights.resize(time * time, 0.0);
        let square = Shape::new(time, time);
        for (index, weights) in tape.weights.chunks_exact(time * time).enumerate() {
            let (query, key) = heads.starts(index);
            let d_mixed = (&scratch.mixed[query..], heads.query_shape());
            multiply(
                d_mixed,
                (&tape.value[key..], heads.key_shape().turned()),
                (&mut scratch.weights, square),
                1.0,
                false,
            );
            multiply(
                (weights, square.turned()),
                d_mixed,
                (&mut scratch.value[key..], heads.key_shape()),
                1.0,
                true,
            );
            let rows = scratch.weights.chunks_exact_mut(time);
            for (gradient, result) in rows.zip(weights.chunks_exact(time)) {
                // Later positions have the weight 0, and so get the gradient 0.
                softmax_back(result, gradient);
            }
            multiply(
                (&scratch.weights, square),
                (&tape.key[key..], heads.key_shape()),
                (&mut scratch.query[query..], heads.query_shape()),
                heads.scale,
                true,
            );
            multiply(
                (&scratch.weights, square.turned()),
                (&tape.query[query..], heads.query_shape()),
                (&mut scratch.key[key..], heads.key_shape()),
                heads.scale,
                true,
            );
        }
    }

    fn linear_back(
        &self,
        at: &LinearAt,
        x: &[f32],
        d_y: &[f32],
        d_x: &mut [f32],
        gradient: &mut [f32],
    ) {
        let rows = x.len() / at.input;
        let weight_shape = Shape::new(at.out, at.input);
        let d_y_shape = Shape::new(rows, at.out);
        multiply(
            (d_y, d_y_shape),
            (&self.values[at.weight.clone()], weight_shape),
            (d_x, Shape::new(rows, at.input)),
            1.0,
            true,
        );
        multiply(
            (d_y, d_y_shape.turned()),
            (x, Shape::new(rows, at.input)),
            (&mut gradient[at.weight.clone()], weight_shape),
            1.0,
            true,
        );
        if let Some(bias) = &at.bias {
            for d_row in d_y.chunks_exact(at.out) {
                add(&mut gradient[bias.clone()], d_row);
            }
        }
    }
}

fn zeroed(buffer: &mut Vec<f32>, count: usize) {
    buffer.clear();
    buffer.resize(count, 0.0);
}

fn add(to: &mut [f32], more: &[f32]) {
    for (to, more) in to.iter_mut().zip(more) {
        *to += more;
    }
}
