//! Functions of rows of numbers, in loops that the compiler turns into vector instructions.

use super::buffers::Pool;

/// Adds one row to another.
pub(super) fn add(sum: &mut [f32], more: &[f32]) {
    sum.iter_mut()
        .zip(more)
        .for_each(|(sum, more)| *sum += more);
}

/// The dot product, in eight sums at once.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (first, second) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest = first.remainder().iter().zip(second.remainder());
    let rest: f32 = rest.map(|(a, b)| a * b).sum();
    for (a, b) in first.zip(second) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// The sum of the products of three rows.
pub(super) fn dot3(a: &[f32], b: &[f32], c: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (first, second, third) = (a.chunks_exact(8), b.chunks_exact(8), c.chunks_exact(8));
    let rest = first.remainder().iter().zip(second.remainder());
    let rest = rest.zip(third.remainder());
    let rest: f32 = rest.map(|((a, b), c)| a * b * c).sum();
    for ((a, b), c) in first.zip(second).zip(third) {
        for (((sum, a), b), c) in sums.iter_mut().zip(a).zip(b).zip(c) {
            *sum += a * b * c;
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// The chosen rows of a matrix.
pub(super) fn gather(pool: &mut Pool, from: &[f32], rows: &[usize], width: usize) -> Vec<f32> {
    let mut found = pool.take(rows.len() * width);
    for (to, row) in found.chunks_exact_mut(width).zip(rows) {
        to.copy_from_slice(&from[row * width..(row + 1) * width]);
    }
    found
}

/// Adds rows to chosen ones of a matrix.
pub(super) fn scatter_add(to: &mut [f32], from: &[f32], rows: &[usize], width: usize) {
    for (from, row) in from.chunks_exact(width).zip(rows) {
        add(&mut to[row * width..(row + 1) * width], from);
    }
}

/// The exponential function to some units in the last place (Cephes' polynomial), without a branch.
pub(super) fn exp(x: f32) -> f32 {
    let x = x.clamp(-87.0, 87.0);
    // Adding and taking away 1.5 * 2^23 rounds to the nearest whole number.
    const ROUND: f32 = 12_582_912.0;
    let whole = (x * std::f32::consts::LOG2_E + ROUND) - ROUND;
    let rest = (x - whole * (355.0 / 512.0)) + whole * 2.121_944_4e-4;
    let mut sum = 1.987_569_1e-4;
    for factor in [
        1.398_2e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        1.666_666_5e-1,
        0.5,
    ] {
        sum = sum * rest + factor;
    }
    let value = sum * rest * rest + rest + 1.0;
    // The exponent is between -126 and 126, so this is a normal number.
    let power = f32::from_bits(((whole as i32 + 127) << 23).cast_unsigned());
    value * power
}

/// `gate * sigmoid(gate) * up`.
pub(super) fn silu(to: &mut [f32], gate: &[f32], up: &[f32]) {
    for ((to, gate), up) in to.iter_mut().zip(gate).zip(up) {
        *to = gate / (1.0 + exp(-gate)) * up;
    }
}

/// The way back through [`silu`]: the gradient of the result becomes that of the gate, and that of `up` is written.
pub(super) fn silu_slope(slope: &mut [f32], d_up: &mut [f32], gate: &[f32], up: &[f32]) {
    let each = slope.iter_mut().zip(d_up.iter_mut()).zip(gate).zip(up);
    for (((slope, d_up), gate), up) in each {
        let share = 1.0 / (1.0 + exp(-gate));
        let d = *slope;
        *d_up = d * gate * share;
        *slope = d * up * share * (1.0 + gate * (1.0 - share));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_that_of_the_library() {
        for step in -8_000..8_000_i16 {
            let x = f32::from(step) * 0.01;
            let (own, other) = (exp(x), x.exp());
            assert!((own - other).abs() <= 3e-7 * other, "{x}: {own} {other}");
        }
    }
}
