//! Clusters: programs that are connected by pairs of near-duplicates.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::minhash::BANDS;
use crate::print::{JACCARD, Print, jaccard};

/// For each program the number of the first program of its cluster.
///
/// Programs with an equal band are compared, and connected if the exact Jaccard similarity of their shingles
/// is at least [`JACCARD`]; programs with equal normal forms are connected. The clusters are the connected
/// components, so that no order of comparisons changes them.
#[must_use]
pub fn clusters(prints: &[Print]) -> Vec<u32> {
    let mut components = Components::new(prints.len());
    join_forms(prints, &mut components);
    let bands: Vec<Vec<Vec<u32>>> = (0..BANDS)
        .into_par_iter()
        .map(|band| buckets(prints, band))
        .collect();
    for bucket in bands.into_iter().flatten() {
        join_similar(prints, &bucket, &mut components);
    }
    (0..prints.len() as u32)
        .map(|number| components.root(number))
        .collect()
}

/// The groups of programs that share the hash of a band.
fn buckets(prints: &[Print], band: usize) -> Vec<Vec<u32>> {
    let signatures = prints.iter().enumerate();
    let signatures = signatures.filter_map(|(at, print)| Some((at as u32, print.signature?)));
    let mut keys: Vec<(u64, u32)> = signatures.map(|(at, bands)| (bands[band], at)).collect();
    keys.sort_unstable();
    let groups = keys.chunk_by(|one, other| one.0 == other.0);
    let groups = groups.filter(|group| group.len() > 1);
    groups
        .map(|group| group.iter().map(|(_, at)| *at).collect())
        .collect()
}

fn join_forms(prints: &[Print], components: &mut Components) {
    let mut holders: HashMap<u128, u32> = HashMap::new();
    for (at, print) in prints.iter().enumerate() {
        for form in &print.forms {
            let holder = *holders.entry(*form).or_insert(at as u32);
            components.join(holder, at as u32);
        }
    }
}

fn join_similar(prints: &[Print], bucket: &[u32], components: &mut Components) {
    for (place, one) in bucket.iter().enumerate() {
        for other in &bucket[place + 1..] {
            // A pair that is connected already changes nothing, whatever its similarity.
            if components.root(*one) != components.root(*other)
                && jaccard(&prints[*one as usize], &prints[*other as usize]) >= JACCARD
            {
                components.join(*one, *other);
            }
        }
    }
}

/// Sets that are joined; the root of each is its smallest member.
struct Components(Vec<u32>);

impl Components {
    fn new(count: usize) -> Self {
        Self((0..count as u32).collect())
    }

    fn root(&mut self, mut number: u32) -> u32 {
        while self.0[number as usize] != number {
            let above = self.0[self.0[number as usize] as usize];
            self.0[number as usize] = above;
            number = above;
        }
        number
    }

    fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        self.0[one.max(other) as usize] = one.min(other);
    }
}
