//! Numbers drawn from a seed.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// A source of numbers that depends on a seed and a stream's number alone.
pub(crate) struct Draw(ChaCha8Rng);

impl Draw {
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(stream);
        Self(random)
    }

    /// A whole number from `low` to `high`, both included; `low` where there is nothing between them.
    pub(crate) fn whole(&mut self, low: usize, high: usize) -> usize {
        if high <= low {
            return low;
        }
        self.0.random_range(low..=high)
    }

    /// A real number from `low` to `high`.
    pub(crate) fn real(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.0.random::<f64>()
    }

    /// 1 or -1.
    pub(crate) fn sign(&mut self) -> f64 {
        if self.0.random::<bool>() { 1.0 } else { -1.0 }
    }

    /// A number of the standard normal distribution (Box and Muller's transform).
    pub(crate) fn normal(&mut self) -> f64 {
        // 1 - u is never 0, of which there is no logarithm.
        let radius = (-2.0 * (1.0 - self.0.random::<f64>()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.0.random::<f64>()).cos()
    }

    /// A random order of the numbers from 0 to `count - 1`.
    pub(crate) fn order(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            order.swap(last, self.whole(0, last));
        }
        order
    }
}
