//! Causal self-attention and its way back.

use super::buffers::Pool;
use super::rows::{dot, exp};
use crate::config::{ModelConfig, rotary_frequencies};
use crate::matrix::{Shape, multiply};
use crate::numbers::{real, single};

/// A run of positions of a text, whose queries are in successive rows.
#[derive(Debug, Clone, Copy)]
struct Run {
    text: usize,
    /// The first position.
    first: usize,
    /// The number of positions.
    count: usize,
    /// The row of the first query.
    row: usize,
}

/// Rows of queries.
#[derive(Debug)]
pub(super) struct Queries {
    runs: Vec<Run>,
    time: usize,
    rows: usize,
}

impl Queries {
    /// Every position of `count` texts.
    pub(super) fn all(count: usize, time: usize) -> Self {
        Self {
            runs: (0..count)
                .map(|text| Run {
                    text,
                    first: 0,
                    count: time,
                    row: text * time,
                })
                .collect(),
            time,
            rows: count * time,
        }
    }

    /// Some rows of a batch, such as those of its completions, which are one run in each text.
    pub(super) fn of(rows: &[usize], time: usize) -> Self {
        let mut runs: Vec<Run> = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            let (text, position) = (row / time, row % time);
            match runs.last_mut() {
                Some(run) if run.text == text && run.first + run.count == position => {
                    run.count += 1;
                }
                _ => runs.push(Run {
                    text,
                    first: position,
                    count: 1,
                    row: at,
                }),
            }
        }
        Self {
            runs,
            time,
            rows: rows.len(),
        }
    }
}

/// Values that the way back needs.
pub(super) struct Attention {
    query: Vec<f32>,
    key: Vec<f32>,
    value: Vec<f32>,
    /// For each text and head: the weights of all positions, for each query.
    weights: Vec<f32>,
    /// The mixture of values, for each query.
    pub(super) mixed: Vec<f32>,
}

impl Attention {
    pub(super) fn give(self, pool: &mut Pool) {
        let Self {
            query,
            key,
            value,
            weights,
            mixed,
        } = self;
        for buffer in [query, key, value, weights, mixed] {
            pool.give(buffer);
        }
    }
}

/// Shape of the heads and angles of the rotary embedding.
#[derive(Debug)]
pub(super) struct Tables {
    heads: usize,
    head_width: usize,
    scale: f32,
    frequencies: Vec<f64>,
    /// Sines and cosines of the first positions, half a head each.
    angles: Vec<(f32, f32)>,
}

/// Positions whose angles are in the table.
const POSITIONS: usize = 512;

impl Tables {
    pub(super) fn new(config: &ModelConfig) -> Self {
        let frequencies = rotary_frequencies(config);
        let positions = config.positions.min(POSITIONS);
        let angles = (0..positions).flat_map(|position| {
            frequencies.iter().map(move |frequency| {
                let (sine, cosine) = (frequency * real(position)).sin_cos();
                (single(sine), single(cosine))
            })
        });
        Self {
            heads: config.heads,
            head_width: config.head_width,
            scale: single(1.0 / real(config.head_width).sqrt()),
            angles: angles.collect(),
            frequencies,
        }
    }

    /// Turns the heads of a row by the position's angles, forwards or back, and multiplies them with `scale`.
    fn turn(&self, row: &mut [f32], position: usize, back: bool, scale: f32) {
        let half = self.head_width / 2;
        for head in row.chunks_exact_mut(self.head_width) {
            let (first, second) = head.split_at_mut(half);
            for (pair, (a, b)) in first.iter_mut().zip(second).enumerate() {
                let known = self.angles.get(position * half + pair).copied();
                let (mut sine, cosine) = known.unwrap_or_else(|| {
                    let (sine, cosine) = (self.frequencies[pair] * real(position)).sin_cos();
                    (single(sine), single(cosine))
                });
                if back {
                    sine = -sine;
                }
                let (x, y) = (*a * scale, *b * scale);
                *a = x * cosine - y * sine;
                *b = y * cosine + x * sine;
            }
        }
    }

    /// Rows of queries with the position of each.
    fn positions<'q>(&self, queries: &'q Queries) -> impl Iterator<Item = (usize, usize)> + 'q {
        let each = queries.runs.iter();
        each.flat_map(|run| (0..run.count).map(|at| (run.row + at, run.first + at)))
    }

    /// The mixture of values for each query.
    pub(super) fn mix(
        &self,
        queries: &Queries,
        mut query: Vec<f32>,
        mut key: Vec<f32>,
        value: Vec<f32>,
        pool: &mut Pool,
    ) -> Attention {
        let (width, time) = (self.heads * self.head_width, queries.time);
        for (row, position) in self.positions(queries) {
            let row = &mut query[row * width..(row + 1) * width];
            self.turn(row, position, false, self.scale);
        }
        for (row, key) in key.chunks_exact_mut(width).enumerate() {
            self.turn(key, row % time, false, 1.0);
        }
        let mut weights = pool.take(queries.rows * self.heads * time);
        let mut mixed = pool.take(queries.rows * width);
        for run in &queries.runs {
            for head in 0..self.heads {
                let one = View::new(self, time, *run, head);
                let own = &mut weights[one.weights.clone()];
                multiply(
                    (&query[one.query..], one.of_queries),
                    (&key[one.key..], one.of_keys.turned()),
                    (own, Shape::new(run.count, time)),
                    1.0,
                    false,
                );
                for (at, row) in own.chunks_exact_mut(time).enumerate() {
                    attend(row, run.first + at + 1);
                }
                multiply(
                    (own, Shape::new(run.count, time)),
                    (&value[one.key..], one.of_keys),
                    (&mut mixed[one.query..], one.of_queries),
                    1.0,
                    false,
                );
            }
        }
        Attention {
            query,
            key,
            value,
            weights,
            mixed,
        }
    }

    /// The gradients of queries, keys and values before they are turned.
    pub(super) fn unmix(
        &self,
        queries: &Queries,
        kept: &Attention,
        d_mixed: &[f32],
        pool: &mut Pool,
    ) -> [Vec<f32>; 3] {
        let (width, time) = (self.heads * self.head_width, queries.time);
        let mut d_query = pool.take(kept.query.len());
        let mut d_key = pool.zeros(kept.key.len());
        let mut d_value = pool.zeros(kept.value.len());
        let mut slopes = pool.take(time * time);
        for run in &queries.runs {
            for head in 0..self.heads {
                let one = View::new(self, time, *run, head);
                let weights = &kept.weights[one.weights.clone()];
                let shape = Shape::new(run.count, time);
                let slopes = &mut slopes[..run.count * time];
                multiply(
                    (weights, shape.turned()),
                    (&d_mixed[one.query..], one.of_queries),
                    (&mut d_value[one.key..], one.of_keys),
                    1.0,
                    true,
                );
                multiply(
                    (&d_mixed[one.query..], one.of_queries),
                    (&kept.value[one.key..], one.of_keys.turned()),
                    (slopes, shape),
                    1.0,
                    false,
                );
                let rows = slopes.chunks_exact_mut(time);
                for (slopes, weights) in rows.zip(weights.chunks_exact(time)) {
                    let along = dot(slopes, weights);
                    let each = slopes.iter_mut().zip(weights);
                    each.for_each(|(slope, weight)| *slope = weight * (*slope - along));
                }
                multiply(
                    (slopes, shape),
                    (&kept.key[one.key..], one.of_keys),
                    (&mut d_query[one.query..], one.of_queries),
                    1.0,
                    false,
                );
                multiply(
                    (slopes, shape.turned()),
                    (&kept.query[one.query..], one.of_queries),
                    (&mut d_key[one.key..], one.of_keys),
                    1.0,
                    true,
                );
            }
        }
        for (row, position) in self.positions(queries) {
            let row = &mut d_query[row * width..(row + 1) * width];
            self.turn(row, position, true, self.scale);
        }
        for (row, key) in d_key.chunks_exact_mut(width).enumerate() {
            self.turn(key, row % time, true, 1.0);
        }
        pool.give(slopes);
        [d_query, d_key, d_value]
    }
}

/// Places and shapes of one head of one run.
struct View {
    query: usize,
    key: usize,
    of_queries: Shape,
    of_keys: Shape,
    weights: std::ops::Range<usize>,
}

impl View {
    fn new(tables: &Tables, time: usize, run: Run, head: usize) -> Self {
        let (own, width) = (tables.head_width, tables.heads * tables.head_width);
        let start = (run.row * tables.heads + head * run.count) * time;
        let at = |row: usize| row * width + head * own;
        Self {
            query: at(run.row),
            key: at(run.text * time),
            of_queries: Shape::strided(run.count, own, width),
            of_keys: Shape::strided(time, own, width),
            weights: start..start + run.count * time,
        }
    }
}

/// The softmax of the first `seen` scores; the others get no weight.
fn attend(row: &mut [f32], seen: usize) {
    let (row, unseen) = row.split_at_mut(seen);
    unseen.fill(0.0);
    let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for value in &mut *row {
        *value = exp(*value - most);
    }
    let total: f32 = row.iter().sum();
    let share = 1.0 / total;
    row.iter_mut().for_each(|value| *value *= share);
}
