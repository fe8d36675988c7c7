//! The small functions of the model and their derivatives, over rows of plain numbers.

use crate::matrix::{real, single};

/// `x` times the logistic function.
pub(super) fn silu(x: f32) -> f32 {
    x * logistic(x)
}

/// The logistic function.
pub(super) fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// The derivative of [`silu`].
pub(super) fn silu_slope(x: f32) -> f32 {
    let share = logistic(x);
    share * (1.0 + x * (1.0 - share))
}

/// Divides each row by its root mean square and multiplies it with the weight.
pub(super) fn rms_norm(
    x: &[f32],
    weight: &[f32],
    epsilon: f64,
    scales: &mut Vec<f32>,
    out: &mut Vec<f32>,
) {
    let width = weight.len();
    scales.clear();
    out.resize(x.len(), 0.0);
    for (row, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
        let square: f32 = dot(row, row) / single(real(width));
        let scale = 1.0 / (square + single(epsilon)).sqrt();
        scales.push(scale);
        for ((out, value), weight) in out.iter_mut().zip(row).zip(weight) {
            *out = value * scale * weight;
        }
    }
}

/// Adds to `d_x` and `d_weight` what the gradient `d_out` of [`rms_norm`] means for them.
pub(super) fn rms_norm_back(
    x: &[f32],
    weight: &[f32],
    scales: &[f32],
    d_out: &[f32],
    d_x: &mut [f32],
    d_weight: &mut [f32],
) {
    let width = weight.len();
    let rows = x.chunks_exact(width).zip(d_out.chunks_exact(width));
    let rows = rows.zip(d_x.chunks_exact_mut(width)).zip(scales);
    for (((row, d_out), d_x), scale) in rows {
        let mut along = 0.0;
        for (((value, weight), d_out), d_weight) in
            row.iter().zip(weight).zip(d_out).zip(&mut *d_weight)
        {
            *d_weight += d_out * value * scale;
            along += d_out * weight * value;
        }
        let pull = along * scale * scale * scale / single(real(width));
        for (((d_x, value), weight), d_out) in d_x.iter_mut().zip(row).zip(weight).zip(d_out) {
            *d_x += d_out * weight * scale - value * pull;
        }
    }
}

/// The sum of products, in eight lanes so that the compiler can use wide registers.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 8];
    let (a_parts, b_parts) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a_parts
        .remainder()
        .iter()
        .zip(b_parts.remainder())
        .map(|(a, b)| a * b)
        .sum();
    for (a, b) in a_parts.zip(b_parts) {
        for lane in 0..8 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// Turns each pair of numbers of each head by its position's angle; `direction` -1 turns back, which is
/// also the gradient. `row` is the width of all heads, `rotary` holds the angles of one text.
pub(super) fn rotate(
    x: &mut [f32],
    row: usize,
    width: usize,
    rotary: &[(f32, f32)],
    direction: f32,
) {
    let half = width / 2;
    let time = rotary.len() / half;
    for (index, row) in x.chunks_exact_mut(row).enumerate() {
        let position = index % time;
        let angles = &rotary[position * half..(position + 1) * half];
        for head in row.chunks_exact_mut(width) {
            let (first, second) = head.split_at_mut(half);
            for ((first, second), (cosine, sine)) in first.iter_mut().zip(second).zip(angles) {
                let (a, b, sine) = (*first, *second, sine * direction);
                *first = a * cosine - b * sine;
                *second = b * cosine + a * sine;
            }
        }
    }
}

/// The softmax of each row over the positions up to its own; later ones get 0.
pub(super) fn causal_softmax(scores: &mut [f32], time: usize) {
    for (position, row) in scores.chunks_exact_mut(time).enumerate() {
        let (seen, later) = row.split_at_mut(position + 1);
        softmax(seen);
        later.fill(0.0);
    }
}

/// The softmax of a row, in place.
pub(crate) fn softmax(row: &mut [f32]) {
    let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut total = 0.0;
    for value in &mut *row {
        *value = (*value - most).exp();
        total += *value;
    }
    let share = 1.0 / total;
    for value in row {
        *value *= share;
    }
}

/// Turns the gradient of a softmax's result, in place, into that of its input.
pub(super) fn softmax_back(result: &[f32], gradient: &mut [f32]) {
    let along = dot(result, gradient);
    for (gradient, result) in gradient.iter_mut().zip(result) {
        *gradient = result * (*gradient - along);
    }
}
