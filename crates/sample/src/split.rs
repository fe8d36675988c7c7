//! Which part of the split a group belongs to.

use tracestone_record::Split;

/// The part for a group: depends on the seed and the group's name alone, so that a group never straddles
/// parts and keeps its part when other groups come or go.
#[must_use]
pub fn split_of(seed: u64, group: &str, ratios: [f64; 3]) -> Split {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"split");
    hasher.update(&seed.to_le_bytes());
    hasher.update(group.as_bytes());
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..4]);
    let place = f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX);
    if place <= ratios[0] {
        Split::Train
    } else if place <= ratios[0] + ratios[1] {
        Split::Validation
    } else {
        Split::Test
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_group_has_one_part_and_a_part_without_share_gets_none(seed: u64, group in ".{0,20}") {
            let part = split_of(seed, &group, [0.5, 0.0, 0.5]);
            prop_assert_eq!(part, split_of(seed, &group, [0.5, 0.0, 0.5]));
            prop_assert_ne!(part, Split::Validation);
        }
    }

    #[test]
    fn parts_are_about_as_large_as_their_ratios() {
        let groups = (0..10_000).map(|number| format!("group {number}"));
        let test = groups
            .filter(|group| split_of(7, group, [0.8, 0.1, 0.1]) == Split::Test)
            .count();
        assert!((900..1100).contains(&test), "{test}");
    }
}
