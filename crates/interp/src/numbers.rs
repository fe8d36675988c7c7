//! Small functions of numbers.

pub(crate) fn real(count: usize) -> f64 {
    count as f64
}

/// To the precision that everything is computed in.
pub(crate) fn single(value: f64) -> f32 {
    value as f32
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

/// The place of the largest number; the first one of equals.
pub(crate) fn most(row: &[f32]) -> usize {
    let mut best = 0;
    for (index, value) in row.iter().enumerate() {
        if *value > row[best] {
            best = index;
        }
    }
    best
}
