//! Random numbers: a generator whose state is one number, so that thousands of them fit into a saved state.

use std::f32::consts::TAU;

use crate::bytes::{Bytes, Damaged, Saved};

/// A purpose of random numbers: the same seed gives other numbers for each.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    /// Weights at the start.
    Weights = 1,
    /// Initial weights of the network that is started late.
    Fresh = 2,
    /// Weights of replaced units.
    Units = 3,
    /// Noise on weights.
    Noise = 4,
    /// The samples of a stream.
    Samples = 5,
    /// The changes of a stream.
    Changes = 6,
    /// The target network of a regression.
    Target = 7,
    /// Pictures of a built-in set.
    Pictures = 8,
}

/// `SplitMix64` (Steele, Lea, Flood 2014): one addition and one hash for each number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn new(seed: u64, purpose: Purpose) -> Self {
        Self(mix(
            mix(seed) ^ (purpose as u64).wrapping_mul(0xD1B5_4A32_D192_ED03)
        ))
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number from 0 to below 1, with 24 bits.
    #[expect(clippy::cast_precision_loss, reason = "24 bits fit into the number")]
    pub(crate) fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / 16_777_216.0
    }

    /// A number from `-bound` to below `bound`.
    pub(crate) fn within(&mut self, bound: f32) -> f32 {
        (2.0 * self.unit() - 1.0) * bound
    }

    /// A whole number below `count`, which is less than 2^32. The bias is below `count` / 2^64.
    #[expect(clippy::cast_possible_truncation, reason = "it is below `count`")]
    pub(crate) fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.bits()) * count as u128) >> 64) as usize
    }

    /// Two independent numbers of the standard normal distribution (Box and Muller).
    pub(crate) fn normals(&mut self) -> [f32; 2] {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        let (sine, cosine) = (TAU * self.unit()).sin_cos();
        [radius * cosine, radius * sine]
    }

    /// Exchanges the elements in random order.
    pub(crate) fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            all.swap(last, self.below(last + 1));
        }
    }
}

impl Saved for Draw {
    fn visit(&mut self, bytes: &mut Bytes) -> Result<(), Damaged> {
        bytes.number(&mut self.0)
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normals_have_mean_0_and_variance_1() {
        let mut draw = Draw::new(3, Purpose::Noise);
        let all: Vec<f64> = (0..50_000)
            .flat_map(|_| draw.normals())
            .map(f64::from)
            .collect();
        let mean = all.iter().sum::<f64>() / 1e5;
        let variance = all.iter().map(|x| x * x).sum::<f64>() / 1e5;
        assert!(
            mean.abs() < 0.01 && (variance - 1.0).abs() < 0.015,
            "{mean} {variance}"
        );
    }

    #[test]
    fn whole_numbers_are_equally_frequent() {
        let mut draw = Draw::new(0, Purpose::Samples);
        let mut counts = [0; 7];
        for _ in 0..70_000 {
            counts[draw.below(7)] += 1;
        }
        assert!(
            counts.iter().all(|count| (9_600..10_400).contains(count)),
            "{counts:?}"
        );
    }
}
