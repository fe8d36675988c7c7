//! Adam (Kingma and Ba 2015), in plain loops.

/// Decay rates of the two averages.
const BETA: (f32, f32) = (0.9, 0.999);
const EPSILON: f32 = 1e-8;

/// Averages of gradients and of their squares.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moments {
    pub(crate) first: Vec<f32>,
    pub(crate) second: Vec<f32>,
}

impl Moments {
    pub(crate) fn zeros(count: usize) -> Self {
        Self {
            first: vec![0.0; count],
            second: vec![0.0; count],
        }
    }
}

/// The step's rate and the corrections of the averages' bias.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    rate: f32,
    correction: f32,
}

impl Rate {
    /// Of a step, counted from 0.
    pub(crate) fn new(rate: f32, step: usize) -> Self {
        let power = i32::try_from(step + 1).unwrap_or(i32::MAX);
        let first = 1.0 - f64::from(BETA.0).powi(power);
        let second = 1.0 - f64::from(BETA.1).powi(power);
        Self {
            rate: (f64::from(rate) / first) as f32,
            correction: (1.0 / second.sqrt()) as f32,
        }
    }
}

/// Moves values against their gradient.
#[inline(always)]
pub(crate) fn adam(
    values: &mut [f32],
    gradient: &[f32],
    first: &mut [f32],
    second: &mut [f32],
    rate: Rate,
) {
    let moments = first.iter_mut().zip(second);
    for ((value, gradient), (first, second)) in values.iter_mut().zip(gradient).zip(moments) {
        *first = flush(BETA.0 * *first + (1.0 - BETA.0) * gradient);
        *second = flush(BETA.1 * *second + (1.0 - BETA.1) * (gradient * gradient));
        *value -= rate.rate * *first / (second.sqrt() * rate.correction + EPSILON);
    }
}

/// A number, or 0 in place of a denormal one, which processors compute with many times slower.
#[inline(always)]
fn flush(value: f32) -> f32 {
    if value.abs() < f32::MIN_POSITIVE {
        0.0
    } else {
        value
    }
}
