//! Sums of the encoder, block by block, so that they are never all in memory.

use rayon::prelude::*;

use crate::matrix::{add_products, widest};
use crate::sparse::Entry;

/// Rows and features of a block. Its sums stay in the processor's second cache.
pub(crate) const ROWS: usize = 128;
const FEATURES: usize = 1024;

/// An encoder: a row of weights and a bias for each feature.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Encoder<'e> {
    pub(crate) weights: &'e [f32],
    pub(crate) bias: &'e [f32],
    pub(crate) inputs: usize,
}

/// Sums of some rows and features.
pub(crate) struct Block<'b> {
    pub(crate) first_row: usize,
    pub(crate) first_feature: usize,
    /// Number of features.
    pub(crate) features: usize,
    /// Row after row.
    pub(crate) sums: &'b [f32],
}

impl Encoder<'_> {
    /// Calls a function with each block of at most `features` features, on all threads. The results are in the order
    /// of rows, then of features.
    pub(crate) fn blocks<R: Send>(
        self,
        rows: &[f32],
        features: usize,
        each: impl Fn(Block<'_>) -> R + Sync,
    ) -> Vec<R> {
        let (count, width) = (rows.len() / self.inputs, self.bias.len());
        let features = features.max(1);
        let tiles: Vec<(usize, usize)> = (0..count)
            .step_by(ROWS)
            .flat_map(|row| (0..width).step_by(features).map(move |at| (row, at)))
            .collect();
        tiles
            .into_par_iter()
            .with_max_len(1)
            .map_init(Vec::new, |sums, (first_row, first_feature)| {
                let last = (first_feature + features).min(width);
                let bias = &self.bias[first_feature..last];
                let rows = &rows
                    [first_row * self.inputs..((first_row + ROWS) * self.inputs).min(rows.len())];
                sums.clear();
                for _ in 0..rows.len() / self.inputs {
                    sums.extend_from_slice(bias);
                }
                let weights = &self.weights[first_feature * self.inputs..last * self.inputs];
                add_products(rows, weights, sums, self.inputs);
                each(Block {
                    first_row,
                    first_feature,
                    features: last - first_feature,
                    sums,
                })
            })
            .collect()
    }

    /// The sums above each feature's bound.
    pub(crate) fn above(self, rows: &[f32], bounds: &[f32]) -> Vec<Vec<Entry>> {
        self.blocks(rows, FEATURES, |block| {
            let mut found = Vec::new();
            let own = &bounds[block.first_feature..block.first_feature + block.features];
            collect_each(&block, own, &mut found);
            found
        })
    }

    /// The sums above one bound.
    pub(crate) fn above_all(self, rows: &[f32], bound: f32) -> Vec<Vec<Entry>> {
        self.blocks(rows, FEATURES, |block| {
            let mut found = Vec::new();
            collect(&block, bound, &mut found);
            found
        })
    }
}

/// Length of the pieces that are passed over at once where none of their sums is above the bound.
const PIECE: usize = 16;

widest! {
    /// Adds the sums of a block that are above a bound.
    fn collect(block: &Block<'_>, bound: f32, found: &mut Vec<Entry>) {
        for (row, sums) in block.sums.chunks_exact(block.features).enumerate() {
            for (piece, values) in sums.chunks(PIECE).enumerate() {
                let mut hits = 0_u32;
                for value in values {
                    hits |= u32::from(*value > bound);
                }
                if hits == 0 {
                    continue;
                }
                for (at, value) in values.iter().enumerate() {
                    if *value > bound {
                        found.push(block.entry(row, piece * PIECE + at, *value));
                    }
                }
            }
        }
    }
}

widest! {
    /// Adds the sums of a block that are above the bounds of their features.
    fn collect_each(block: &Block<'_>, bounds: &[f32], found: &mut Vec<Entry>) {
        for (row, sums) in block.sums.chunks_exact(block.features).enumerate() {
            let pieces = sums.chunks(PIECE).zip(bounds.chunks(PIECE));
            for (piece, (values, bounds)) in pieces.enumerate() {
                let mut hits = 0_u32;
                for (value, bound) in values.iter().zip(bounds) {
                    hits |= u32::from(value > bound);
                }
                if hits == 0 {
                    continue;
                }
                for (at, (value, bound)) in values.iter().zip(bounds).enumerate() {
                    if value > bound {
                        found.push(block.entry(row, piece * PIECE + at, *value));
                    }
                }
            }
        }
    }
}

impl Block<'_> {
    fn entry(&self, row: usize, feature: usize, value: f32) -> Entry {
        // Batches and dictionaries are smaller than 2^32: `Settings::check` sees to it.
        Entry {
            row: (self.first_row + row) as u32,
            feature: (self.first_feature + feature) as u32,
            value,
        }
    }
}

/// The largest `count` of all sums that are above 0, and the sum that is just among them. Of equal sums the first are
/// taken. `guess` is a bound that most likely lets enough through; it changes the time, and no result.
pub(crate) fn largest(
    encoder: Encoder<'_>,
    rows: &[f32],
    count: usize,
    guess: &mut f32,
) -> (Vec<Entry>, f32) {
    let mut bound = guess.max(0.0);
    if bound == 0.0 {
        bound = first_guess(encoder, rows, count);
    }
    let mut found = loop {
        let found = encoder.above_all(rows, bound);
        let enough = found.iter().map(Vec::len).sum::<usize>() >= count;
        if enough || bound == 0.0 {
            break found;
        }
        bound = if bound > 1e-6 { bound * 0.5 } else { 0.0 };
    };
    let mut values: Vec<f32> = found.iter().flatten().map(|entry| entry.value).collect();
    if values.len() <= count || count == 0 {
        let least = values.iter().copied().fold(f32::INFINITY, f32::min);
        *guess = 0.0;
        return (found.into_iter().flatten().collect(), least);
    }
    let (_, cut, _) = values.select_nth_unstable_by(count - 1, |a, b| b.total_cmp(a));
    let cut = *cut;
    let above = values.iter().filter(|value| **value > cut).count();
    let mut ties = count - above;
    for part in &mut found {
        part.retain(|entry| {
            let tie = entry.value == cut && ties > 0;
            ties -= usize::from(tie);
            entry.value > cut || tie
        });
    }
    *guess = cut * 0.85;
    (found.into_iter().flatten().collect(), cut)
}

/// A bound for the first batch, from its first block.
fn first_guess(encoder: Encoder<'_>, rows: &[f32], count: usize) -> f32 {
    let total = rows.len() / encoder.inputs;
    let sample = &rows[..rows.len().min(ROWS * encoder.inputs)];
    let parts = encoder.above_all(sample, 0.0);
    let mut values: Vec<f32> = parts.iter().flatten().map(|entry| entry.value).collect();
    let share = count * (sample.len() / encoder.inputs) / total.max(1);
    if values.len() <= share {
        return 0.0;
    }
    let (_, cut, _) = values.select_nth_unstable_by(share, |a, b| b.total_cmp(a));
    *cut * 0.7
}

/// The largest `count` sums of each row; those of them that are not above 0 are left out where `positive` is set.
pub(crate) fn largest_of_rows(
    encoder: Encoder<'_>,
    rows: &[f32],
    count: usize,
    positive: bool,
) -> Vec<Entry> {
    let width = encoder.bias.len();
    let count = count.min(width);
    let parts = encoder.blocks(rows, width, |block| {
        let mut found = Vec::new();
        let mut order: Vec<u32> = Vec::new();
        for (row, sums) in block.sums.chunks_exact(block.features).enumerate() {
            order.clear();
            order.extend(0..width as u32);
            if count < width && count > 0 {
                // Of equal sums the first are taken.
                order.select_nth_unstable_by(count - 1, |a, b| {
                    let (x, y) = (sums[*a as usize], sums[*b as usize]);
                    y.total_cmp(&x).then(a.cmp(b))
                });
            }
            order.truncate(count);
            order.sort_unstable();
            for feature in &order {
                let value = sums[*feature as usize];
                if value > 0.0 || !positive {
                    found.push(block.entry(row, *feature as usize, value));
                }
            }
        }
        found
    });
    parts.into_iter().flatten().collect()
}
