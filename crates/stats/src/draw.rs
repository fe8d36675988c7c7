//! Numbers drawn from a seed.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// A source of random numbers that depends on its seed alone: the same seed gives the same numbers on every machine.
#[derive(Debug, Clone)]
pub struct Draw(ChaCha8Rng);

impl Draw {
    /// A source with all 256 bits of its seed, such as the hash of what the numbers are for.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(ChaCha8Rng::from_seed(seed))
    }

    /// One of many independent sources under one seed.
    #[must_use]
    pub fn of_stream(seed: u64, stream: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(stream);
        Self(random)
    }

    /// A number from 0 up to 1.
    pub fn share(&mut self) -> f64 {
        self.0.random::<f64>()
    }

    /// A number between two others.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }

    /// 1 or -1.
    pub fn sign(&mut self) -> f64 {
        if self.0.random::<bool>() { 1.0 } else { -1.0 }
    }

    /// A number of the standard normal distribution (Box and Muller's transform).
    pub fn normal(&mut self) -> f64 {
        // 1 - share is never 0, of which there is no logarithm.
        let radius = (-2.0 * (1.0 - self.share()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.share()).cos()
    }

    /// A whole number below another; 0 where there is none.
    pub fn below(&mut self, count: usize) -> usize {
        if count == 0 {
            0
        } else {
            self.0.random_range(0..count)
        }
    }

    /// A whole number from `low` to `high`, both included; `low` where there is nothing between them.
    pub fn whole(&mut self, low: usize, high: usize) -> usize {
        if high <= low {
            return low;
        }
        self.0.random_range(low..=high)
    }

    /// One of several.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }

    /// Shuffles a list in place; draws nothing for its first element.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last + 1));
        }
    }

    /// A random order of the numbers from 0 to `count - 1`.
    pub fn order(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        self.shuffle(&mut order);
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_those_of_the_data_that_was_written_before() {
        let mut draw = Draw::of_stream(7, 3);
        let numbers: Vec<usize> = (0..6).map(|_| draw.below(1_000)).collect();
        assert_eq!(numbers, NUMBERS);
        let mut draw = Draw::from_seed([7; 32]);
        assert_eq!(draw.order(8), ORDER);
    }

    #[test]
    fn a_whole_number_is_drawn_as_one_below() {
        let (mut one, mut other) = (Draw::of_stream(1, 0), Draw::of_stream(1, 0));
        for last in 1..200 {
            assert_eq!(one.whole(0, last), other.below(last + 1));
        }
        assert_eq!(one.whole(3, 3), 3);
        assert_eq!(one.below(0), 0);
    }

    #[test]
    fn normal_deviates_have_mean_0_and_deviation_1() {
        let mut draw = Draw::of_stream(5, 0);
        let drawn: Vec<f64> = (0..20_000).map(|_| draw.normal()).collect();
        let mean = crate::mean(&drawn);
        let squares: f64 = drawn.iter().map(|one| (one - mean).powi(2)).sum();
        assert!(mean.abs() < 0.03, "{mean}");
        assert!((squares / 20_000.0 - 1.0).abs() < 0.05, "{squares}");
    }

    const NUMBERS: [usize; 6] = [525, 181, 522, 92, 719, 979];
    const ORDER: [usize; 8] = [6, 7, 3, 0, 4, 5, 1, 2];
}
