//! MinHash signatures: 250 permutations, kept as the hashes of 25 bands of 10 rows.

#![allow(
    unsafe_code,
    reason = "one call of a function for processors that were found to have AVX2"
)]

use std::sync::LazyLock;

use crate::token::mix;

/// Number of permutations.
pub(crate) const PERMUTATIONS: usize = BANDS * ROWS;
/// Bands of a signature: two sets are compared if one band of theirs is equal.
pub const BANDS: usize = 25;
/// Minima in a band.
pub const ROWS: usize = 10;

/// Permutations computed at once, which fit into the registers of a processor.
const LANES: usize = 32;
const BLOCKS: usize = PERMUTATIONS.div_ceil(LANES);

/// The hashes of the bands of a set's signature.
pub type Signature = [u64; BANDS];

/// The permutations `a * x + b (mod 2^32)`, in blocks.
struct Family {
    a: [[u32; LANES]; BLOCKS],
    b: [[u32; LANES]; BLOCKS],
}

static FAMILY: LazyLock<Family> = LazyLock::new(|| {
    let mut family = Family {
        a: [[1; LANES]; BLOCKS],
        b: [[0; LANES]; BLOCKS],
    };
    for (number, (a, b)) in permutations().into_iter().enumerate() {
        family.a[number / LANES][number % LANES] = a;
        family.b[number / LANES][number % LANES] = b;
    }
    family
});

/// The numbers `a` and `b` of each permutation `a * x + b (mod 2^32)`.
///
/// Each `a` is odd, so that it is a permutation, and under 2^29, so that implementations that reduce modulo
/// 2^61 - 1 first, such as `datasketch`, compute the same.
#[must_use]
pub fn permutations() -> Vec<(u32, u32)> {
    (1..=PERMUTATIONS as u64)
        .map(|number| {
            let drawn = mix(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let a = (drawn >> 35) as u32 | 1;
            (a, drawn as u32)
        })
        .collect()
}

/// The signature of a set of shingles; `None` for an empty set.
pub(crate) fn signature(shingles: &[u64]) -> Option<Signature> {
    if shingles.is_empty() {
        return None;
    }
    let short: Vec<u32> = shingles.iter().map(|hash| (hash >> 32) as u32).collect();
    let minima = minima(&short);
    let mut bands = [0; BANDS];
    let flat = minima.as_flattened();
    for (number, (band, rows)) in bands.iter_mut().zip(flat.chunks_exact(ROWS)).enumerate() {
        *band = rows.iter().fold(number as u64, |hash, row| {
            mix(hash.wrapping_mul(31).wrapping_add(u64::from(*row)))
        });
    }
    Some(bands)
}

type Minima = [[u32; LANES]; BLOCKS];

fn minima(shingles: &[u32]) -> Minima {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has what the function was compiled for.
        return unsafe { minima_avx2(shingles) };
    }
    minima_of(shingles)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn minima_avx2(shingles: &[u32]) -> Minima {
    minima_of(shingles)
}

#[inline(always)]
fn minima_of(shingles: &[u32]) -> Minima {
    let family = &*FAMILY;
    let mut found = [[u32::MAX; LANES]; BLOCKS];
    for ((minima, a), b) in found.iter_mut().zip(&family.a).zip(&family.b) {
        let mut lanes = [u32::MAX; LANES];
        for shingle in shingles {
            for lane in 0..LANES {
                let hash = a[lane].wrapping_mul(*shingle).wrapping_add(b[lane]);
                lanes[lane] = lanes[lane].min(hash);
            }
        }
        *minima = lanes;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permutations_are_odd_different_and_small_enough_for_other_implementations() {
        let family = permutations();
        assert_eq!(family.len(), 250);
        let different: std::collections::BTreeSet<_> = family.iter().collect();
        assert_eq!(different.len(), 250);
        assert!(family.iter().all(|(a, _)| a % 2 == 1 && *a < 1 << 29));
    }

    #[test]
    fn minima_estimate_the_share_of_common_elements() {
        // 60 of 100 elements in common, over many pairs of sets.
        let set = |from: u64, to: u64| -> Vec<u32> {
            (from..to).map(|n| (mix(n + 1) >> 32) as u32).collect()
        };
        let mut equal = 0;
        for pair in 0..40_u64 {
            let from = pair * 1000;
            let one = minima(&set(from, from + 80));
            let other = minima(&set(from + 20, from + 100));
            let rows = one.as_flattened().iter().zip(other.as_flattened());
            equal += rows
                .take(PERMUTATIONS)
                .filter(|(one, other)| one == other)
                .count();
        }
        let share = equal as f64 / (40 * PERMUTATIONS) as f64;
        assert!((share - 0.6).abs() < 0.02, "{share}");
    }

    #[test]
    fn both_ways_of_computing_agree() {
        let shingles: Vec<u32> = (0..1000).map(|n| mix(n) as u32).collect();
        assert_eq!(minima(&shingles), minima_of(&shingles));
        assert_eq!(signature(&[]), None);
    }
}
