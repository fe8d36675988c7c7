//! Causal self-attention with rotary positions.

use candle_core::{D, Device, Result, Tensor};

use super::{Linear, norm};
use crate::config::ModelConfig;
use crate::numbers::{real, single};

/// A block's attention.
#[derive(Debug, Clone)]
pub(super) struct Attention {
    pub(super) query: Linear,
    pub(super) key: Linear,
    pub(super) value: Linear,
    pub(super) output: Linear,
    pub(super) query_norm: Option<Tensor>,
    pub(super) key_norm: Option<Tensor>,
}

/// Values that depend only on the number of tokens.
pub(super) struct Times {
    time: usize,
    /// For each position the matrix that turns a head of a query by the position's angles, divided by the
    /// root of its width: (time, width, width).
    turn_query: Tensor,
    /// The same for keys, not divided.
    turn_key: Tensor,
    /// For each part of the queries its mask of shape (queries, tokens up to the last of them): 0 where a token may attend,
    /// minus infinity elsewhere.
    masks: Vec<Tensor>,
}

/// Queries that attend at once. For all of a long text their scores would be a large tensor, half of which is masked, and
/// memory that the system hands out anew each time.
pub(crate) const QUERIES: usize = 256;

impl Times {
    pub(super) fn new(
        config: &ModelConfig,
        frequencies: &[f64],
        time: usize,
        device: &Device,
    ) -> Result<Self> {
        Self::in_parts(config, frequencies, (time, QUERIES), device)
    }

    /// The same for so many queries at once.
    fn in_parts(
        config: &ModelConfig,
        frequencies: &[f64],
        (time, queries): (usize, usize),
        device: &Device,
    ) -> Result<Self> {
        let scale = 1.0 / real(config.head_width).sqrt();
        let masks = (0..time).step_by(queries).map(|first| {
            let end = (first + queries).min(time);
            let mut mask = vec![0.0_f32; (end - first) * end];
            for (row, places) in mask.chunks_exact_mut(end).enumerate() {
                places[first + row + 1..].fill(f32::NEG_INFINITY);
            }
            Tensor::from_vec(mask, (end - first, end), device)
        });
        Ok(Self {
            time,
            turn_query: turns(frequencies, time, scale, device)?,
            turn_key: turns(frequencies, time, 1.0, device)?,
            masks: masks.collect::<Result<_>>()?,
        })
    }
}

/// The rotation of each position as a matrix, times `scale`. One product with it is one step of the
/// gradient; with candle's own pieces (halves, signs, joining) it would be a dozen.
fn turns(frequencies: &[f64], time: usize, scale: f64, device: &Device) -> Result<Tensor> {
    let half = frequencies.len();
    let width = 2 * half;
    let mut turns = vec![0.0_f32; time * width * width];
    for (position, turn) in turns.chunks_exact_mut(width * width).enumerate() {
        for (pair, frequency) in frequencies.iter().enumerate() {
            let (sine, cosine) = (frequency * real(position)).sin_cos();
            let (sine, cosine) = (single(sine * scale), single(cosine * scale));
            // The first half of a head goes with the second: a cos - b sin, b cos + a sin.
            let (a, b) = (pair, pair + half);
            turn[a * width + a] = cosine;
            turn[b * width + a] = -sine;
            turn[b * width + b] = cosine;
            turn[a * width + b] = sine;
        }
    }
    Tensor::from_vec(turns, (time, width, width), device)
}

impl Attention {
    /// The attention's addition to the stream, from its normalised rows, ordered by token.
    pub(super) fn apply(
        &self,
        config: &ModelConfig,
        times: &Times,
        normed: &Tensor,
    ) -> Result<Tensor> {
        let (rows, time) = (normed.dim(0)?, times.time);
        let batch = rows / time;
        let (heads, groups, width) = (config.heads, config.key_value_heads, config.head_width);
        let turned = |x: Tensor, heads: usize, weight: &Option<Tensor>, turn: &Tensor| {
            let mut x = x.reshape((time, batch * heads, width))?;
            if let Some(weight) = weight {
                x = norm(&x, weight, config.norm_epsilon)?;
            }
            x.matmul(turn)?.reshape((time, batch, heads, width))
        };
        let query = self.query.apply(normed)?;
        let query = turned(query, heads, &self.query_norm, &times.turn_query)?;
        let key = self.key.apply(normed)?;
        let key = turned(key, groups, &self.key_norm, &times.turn_key)?;
        let value = self.value.apply(normed)?;
        let value = value.reshape((time, batch, groups, width))?;
        let (key, value) = (shared(key, heads)?, shared(value, heads)?);

        let query = query.permute((1, 2, 0, 3))?;
        let key = key.permute((1, 2, 3, 0))?;
        let value = value.permute((1, 2, 0, 3))?;
        let mut parts = Vec::with_capacity(times.masks.len());
        let mut first = 0;
        for mask in &times.masks {
            let (count, end) = mask.dims2()?;
            let query = query.narrow(2, first, count)?;
            let scores = query.matmul(&key.narrow(3, 0, end)?)?;
            let weights = softmax_unscaled(&scores, mask)?;
            let total = weights.sum_keepdim(D::Minus1)?;
            let mixed = weights.matmul(&value.narrow(2, 0, end)?)?;
            parts.push(mixed.broadcast_mul(&total.recip()?)?);
            first = end;
        }
        let mixed = match <[Tensor; 1]>::try_from(parts) {
            Ok([mixed]) => mixed,
            Err(parts) => Tensor::cat(&parts, 2)?,
        };
        let mixed = mixed.permute((2, 0, 1, 3))?;
        self.output.apply(&mixed.reshape((rows, heads * width))?)
    }
}

/// Gives every head its keys or values where several heads share them.
fn shared(x: Tensor, heads: usize) -> Result<Tensor> {
    let (time, batch, groups, width) = x.dims4()?;
    if groups == heads {
        return Ok(x);
    }
    x.reshape((time, batch, groups, 1, width))?
        .broadcast_as((time, batch, groups, heads / groups, width))?
        .reshape((time, batch, heads, width))
}

/// The exponentials of masked scores, the largest of each row being 1. They are divided by their sum later,
/// when values are mixed, which is less to divide.
///
/// What is taken off before is no part of the gradient: it changes no result.
fn softmax_unscaled(scores: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let most = scores
        .detach()
        .broadcast_add(mask)?
        .max_keepdim(D::Minus1)?;
    (scores + mask.broadcast_sub(&most)?)?.exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_the_queries_attend_as_all_of_them_at_once() -> Result<()> {
        let device = Device::Cpu;
        let config = ModelConfig {
            key_value_heads: 2,
            ..ModelConfig::small(9, 16, 1, 4)
        };
        let (batch, time, width) = (3, 11, config.head_width);
        let random =
            |rows: usize, columns: usize| Tensor::randn(0.0_f32, 1.0, (rows, columns), &device);
        let linear = |outputs: usize, inputs: usize| -> Result<Linear> {
            Ok(Linear {
                weight: random(outputs, inputs)?,
                bias: None,
            })
        };
        let attention = Attention {
            query: linear(4 * width, 16)?,
            key: linear(2 * width, 16)?,
            value: linear(2 * width, 16)?,
            output: linear(16, 4 * width)?,
            query_norm: None,
            key_norm: None,
        };
        let normed = random(time * batch, 16)?;
        let frequencies = vec![0.5; width / 2];
        let mixed = |queries: usize| -> Result<Vec<f32>> {
            let times = Times::in_parts(&config, &frequencies, (time, queries), &device)?;
            let mixed = attention.apply(&config, &times, &normed)?;
            mixed.flatten_all()?.to_vec1()
        };
        let whole = mixed(time)?;
        for queries in [1, 4, 10] {
            for (part, whole) in mixed(queries)?.iter().zip(&whole) {
                assert!((part - whole).abs() < 1e-4, "{queries}: {part} {whole}");
            }
        }
        Ok(())
    }
}
