//! One step of a batch of texts through a decoder that remembers keys and values.

use candle_core::{D, DType, Device, Result, Tensor};

use super::shape::{Activation, Shape};
use super::weights::{Block, Weights};
use crate::error::Result as Done;
use crate::model::{Edit, QUERIES, Site};
use crate::numbers::{real, single};

/// Keys and values of the tokens so far, for each layer: (texts, heads, room, width).
pub(super) struct Cache {
    layers: Vec<(Tensor, Tensor)>,
    pub(super) length: usize,
    room: usize,
    /// For each text, the number of places before its first token.
    padding: Vec<usize>,
    full: Rotary,
    sliding: Rotary,
}

/// Cosines and sines of each position: (positions, width / 2).
struct Rotary {
    cosine: Tensor,
    sine: Tensor,
}

impl Rotary {
    fn new(frequencies: &[f64], positions: usize, device: &Device) -> Result<Self> {
        let table = |function: fn(f64) -> f64| {
            let angles = (0..positions)
                .flat_map(|position| frequencies.iter().map(move |angle| angle * real(position)));
            let values: Vec<f32> = angles.map(|angle| single(function(angle))).collect();
            Tensor::from_vec(values, (positions, frequencies.len()), device)
        };
        Ok(Self {
            cosine: table(f64::cos)?,
            sine: table(f64::sin)?,
        })
    }

    /// Rows of the tables for these positions: (texts, 1, time, width / 2).
    fn at(&self, positions: &Tensor, (texts, time): (usize, usize)) -> Result<(Tensor, Tensor)> {
        let rows = |table: &Tensor| {
            let width = table.dim(1)?;
            let rows = table.index_select(positions, 0)?;
            rows.reshape((texts, 1, time, width))
        };
        Ok((rows(&self.cosine)?, rows(&self.sine)?))
    }
}

impl Cache {
    /// A cache without tokens, for texts with this padding, with room for so many places.
    pub(super) fn new(
        shape: &Shape,
        padding: Vec<usize>,
        room: usize,
        device: &Device,
    ) -> Result<Self> {
        let size = (padding.len(), shape.key_value_heads, room, shape.head_width);
        let zeros = || Tensor::zeros(size, DType::F32, device);
        Ok(Self {
            layers: (0..shape.layers)
                .map(|_| Ok((zeros()?, zeros()?)))
                .collect::<Result<_>>()?,
            length: 0,
            room,
            padding,
            full: Rotary::new(&shape.frequencies, room, device)?,
            sliding: Rotary::new(&shape.sliding_frequencies, room, device)?,
        })
    }

    /// Keeps only these texts.
    pub(super) fn keep(&mut self, texts: &[usize]) -> Result<()> {
        let Some((first, _)) = self.layers.first() else {
            return Ok(());
        };
        // A text's number fits.
        let rows: Vec<u32> = texts.iter().map(|text| *text as u32).collect();
        let rows = Tensor::new(rows, first.device())?;
        for (keys, values) in &mut self.layers {
            *keys = keys.index_select(&rows, 0)?;
            *values = values.index_select(&rows, 0)?;
        }
        self.padding = texts.iter().map(|text| self.padding[*text]).collect();
        Ok(())
    }
}

/// Masks of shape (texts, 1, 1, time, places): 0 for places that a token attends to, else minus infinity.
struct Masks {
    full: Tensor,
    sliding: Option<Tensor>,
}

impl Masks {
    fn new(shape: &Shape, cache: &Cache, time: usize, device: &Device) -> Result<Self> {
        let places = cache.length + time;
        let mask = |window: usize| {
            let mut mask = Vec::with_capacity(cache.padding.len() * time * places);
            for padding in &cache.padding {
                for token in cache.length..places {
                    mask.extend((0..places).map(|place| {
                        let seen = place >= *padding && place <= token && token - place < window;
                        // A place of the padding attends to itself, so that it has no row without any.
                        if seen || place == token {
                            0.0
                        } else {
                            f32::NEG_INFINITY
                        }
                    }));
                }
            }
            Tensor::from_vec(mask, (cache.padding.len(), 1, 1, time, places), device)
        };
        Ok(Self {
            full: mask(usize::MAX)?,
            sliding: shape
                .sliding
                .contains(&true)
                .then(|| mask(shape.window))
                .transpose()?,
        })
    }
}

/// Runs the next `time` tokens of each text, and gives the logits of the last one: (texts, vocabulary).
pub(super) fn step(
    shape: &Shape,
    weights: &Weights,
    cache: &mut Cache,
    ids: &[u32],
) -> Done<Tensor> {
    let texts = cache.padding.len();
    let time = ids.len() / texts;
    let stream = flow(shape, weights, cache, ids, None)?;
    let last = stream
        .reshape((texts, time, shape.hidden))?
        .narrow(1, time - 1, 1)?
        .reshape((texts, shape.hidden))?;
    Ok(logits(shape, weights, &last)?)
}

/// Logits of rows of the stream after the last block.
pub(super) fn logits(shape: &Shape, weights: &Weights, rows: &Tensor) -> Result<Tensor> {
    let normed = norm(rows, &weights.norm, shape.epsilon)?;
    let logits = weights.head.apply(&normed)?;
    match shape.logit_cap {
        Some(cap) => capped(&logits, cap),
        None => Ok(logits),
    }
}

/// Runs the next `time` tokens of each text, and gives the stream after the last block: (texts * time, width). The
/// stream is shown to `edit` on the way, if there is one.
pub(super) fn flow(
    shape: &Shape,
    weights: &Weights,
    cache: &mut Cache,
    ids: &[u32],
    mut edit: Option<&mut Edit<'_>>,
) -> Done<Tensor> {
    let device = weights.embedding.device();
    let texts = cache.padding.len();
    let time = ids.len() / texts;
    let size = (texts, time, shape.hidden);
    let mut show = |site: Site, stream: Tensor| match &mut edit {
        Some(edit) => {
            let left = edit(site, stream.reshape(size)?)?;
            Ok(left.reshape((texts * time, shape.hidden))?)
        }
        None => Done::Ok(stream),
    };
    debug_assert!(cache.length + time <= cache.room, "the cache is full");
    let masks = Masks::new(shape, cache, time, device)?;
    let positions: Vec<u32> = cache
        .padding
        .iter()
        .flat_map(|padding| {
            let places = cache.length..cache.length + time;
            // A position fits.
            places.map(move |place| place.saturating_sub(*padding) as u32)
        })
        .collect();
    let positions = Tensor::new(positions, device)?;
    let full = cache.full.at(&positions, (texts, time))?;
    let sliding = cache.sliding.at(&positions, (texts, time))?;
    let ids = Tensor::new(ids, device)?;
    let mut stream = weights.embedding.index_select(&ids, 0)?;
    if shape.embedding_scale != 1.0 {
        stream = (stream * shape.embedding_scale)?;
    }
    stream = show(Site::Embed, stream)?;
    for (layer, block) in weights.blocks.iter().enumerate() {
        let (turn, mask) = match &masks.sliding {
            Some(mask) if shape.sliding[layer] => (&sliding, mask),
            _ => (&full, &masks.full),
        };
        let kept = &mut cache.layers[layer];
        let normed = norm(&stream, &block.attention_norm, shape.epsilon)?;
        let mut mixed = attend(shape, block, &normed, kept, cache.length, turn, mask)?;
        if let Some(weight) = &block.attention_post_norm {
            mixed = norm(&mixed, weight, shape.epsilon)?;
        }
        stream = show(Site::Middle(layer), (stream + mixed)?)?;
        let normed = norm(&stream, &block.mlp_norm, shape.epsilon)?;
        let gate = block.gate.apply(&normed)?;
        let gate = match shape.activation {
            Activation::Silu => gate.silu()?,
            Activation::Gelu => gate.gelu()?,
        };
        let mut changed = block.down.apply(&(gate * block.up.apply(&normed)?)?)?;
        if let Some(weight) = &block.mlp_post_norm {
            changed = norm(&changed, weight, shape.epsilon)?;
        }
        stream = show(Site::Post(layer), (stream + changed)?)?;
    }
    cache.length += time;
    Ok(stream)
}

fn capped(x: &Tensor, cap: f64) -> Result<Tensor> {
    (x / cap)?.tanh()? * cap
}

/// Root mean square norm over the last dimension.
fn norm(x: &Tensor, weight: &Tensor, epsilon: f64) -> Result<Tensor> {
    let mean = (x.sqr()?.mean_keepdim(D::Minus1)? + epsilon)?;
    x.broadcast_div(&mean.sqrt()?)?.broadcast_mul(weight)
}

/// Turns the halves of each head by its position: a cos - b sin, b cos + a sin.
fn turned(x: &Tensor, (cosine, sine): &(Tensor, Tensor)) -> Result<Tensor> {
    let half = x.dim(D::Minus1)? / 2;
    let (a, b) = (
        x.narrow(D::Minus1, 0, half)?,
        x.narrow(D::Minus1, half, half)?,
    );
    let left = (a.broadcast_mul(cosine)? - b.broadcast_mul(sine)?)?;
    let right = (b.broadcast_mul(cosine)? + a.broadcast_mul(sine)?)?;
    Tensor::cat(&[left, right], D::Minus1)
}

/// The values that queries of shape (texts, heads of keys, heads that share them, tokens, width) attend to, a part of the
/// queries at once.
fn mixed(
    cap: Option<f64>,
    query: &Tensor,
    (keys, values): (&Tensor, &Tensor),
    length: usize,
    mask: &Tensor,
) -> Result<Tensor> {
    let (texts, groups, each, time, width) = query.dims5()?;
    let mut parts = Vec::with_capacity(time.div_ceil(QUERIES));
    for first in (0..time).step_by(QUERIES) {
        let count = QUERIES.min(time - first);
        let places = length + first + count;
        // Heads that share keys lie one behind the other.
        let query = query.narrow(3, first, count)?;
        let query = query.reshape((texts, groups, each * count, width))?;
        let key = keys.narrow(2, 0, places)?;
        let mut scores = query.matmul(&key.transpose(2, 3)?)?;
        if let Some(cap) = cap {
            scores = capped(&scores, cap)?;
        }
        let mask = mask.narrow(3, first, count)?.narrow(4, 0, places)?;
        let scores = scores
            .reshape((texts, groups, each, count, places))?
            .broadcast_add(&mask)?;
        let scores = scores
            .broadcast_sub(&scores.max_keepdim(D::Minus1)?)?
            .exp()?;
        let shares = scores.broadcast_div(&scores.sum_keepdim(D::Minus1)?)?;
        let shares = shares.reshape((texts, groups, each * count, places))?;
        let mixed = shares.matmul(&values.narrow(2, 0, places)?)?;
        parts.push(mixed.reshape((texts, groups, each, count, width))?);
    }
    Tensor::cat(&parts, 3)
}

/// The attention's addition to the stream; its keys and values go into the cache.
fn attend(
    shape: &Shape,
    block: &Block,
    normed: &Tensor,
    (keys, values): &mut (Tensor, Tensor),
    length: usize,
    turn: &(Tensor, Tensor),
    mask: &Tensor,
) -> Result<Tensor> {
    let (texts, groups, _, width) = keys.dims4()?;
    let time = normed.dim(0)? / texts;
    let each = shape.heads / groups;
    let heads = |x: Tensor, heads: usize, weight: Option<&Tensor>| {
        let mut x = x.reshape((texts, time, heads, width))?;
        if let Some(weight) = weight {
            x = norm(&x, weight, shape.epsilon)?;
        }
        x.transpose(1, 2)?.contiguous()
    };
    let query = heads(
        block.query.apply(normed)?,
        shape.heads,
        block.query_norm.as_ref(),
    )?;
    let key = heads(block.key.apply(normed)?, groups, block.key_norm.as_ref())?;
    let value = heads(block.value.apply(normed)?, groups, None)?;
    let query = (turned(&query, turn)? * shape.score_scale)?;
    keys.slice_set(&turned(&key, turn)?.contiguous()?, 2, length)?;
    values.slice_set(&value, 2, length)?;
    let query = query.reshape((texts, groups, each, time, width))?;
    let mixed = mixed(shape.score_cap, &query, (keys, values), length, mask)?;
    let mixed = mixed
        .reshape((texts, shape.heads, time, width))?
        .transpose(1, 2)?
        .reshape((texts * time, shape.heads * width))?;
    block.output.apply(&mixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_the_queries_attend_as_each_query_alone() -> Result<()> {
        let device = Device::Cpu;
        let (before, time, width) = (3, QUERIES + 7, 4);
        let places = before + time;
        let random = |shape: &[usize]| Tensor::randn(0.0_f32, 1.0, shape, &device);
        let query = random(&[1, 2, 2, time, width])?;
        let (keys, values) = (
            random(&[1, 2, places, width])?,
            random(&[1, 2, places, width])?,
        );
        let seen = |token: usize, place: usize| {
            if place <= token {
                0.0
            } else {
                f32::NEG_INFINITY
            }
        };
        let mask =
            (before..places).flat_map(|token| (0..places).map(move |place| seen(token, place)));
        let mask = Tensor::from_vec(mask.collect(), (1, 1, 1, time, places), &device)?;
        let all = mixed(Some(2.0), &query, (&keys, &values), before, &mask)?;
        for token in [0, 1, QUERIES - 1, QUERIES, time - 1] {
            let query = query.narrow(3, token, 1)?;
            let mask = mask.narrow(3, token, 1)?;
            let alone = mixed(Some(2.0), &query, (&keys, &values), before + token, &mask)?;
            let apart = (all.narrow(3, token, 1)? - alone)?.abs()?;
            let apart: f32 = apart.flatten_all()?.max(0)?.to_scalar()?;
            assert!(apart < 1e-5, "{token}: {apart}");
        }
        Ok(())
    }
}
