//! The programs of a cluster that are kept.

use crate::print::{JACCARD, Print, jaccard, jaccard_of_definitions};

/// The way in which two programs are alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Likeness {
    /// Their syntax trees are the same but for names and, unless they are short, literals.
    Tree,
    /// This share of their shingles is common.
    Tokens(f64),
}

/// A program that need not be kept beside another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Duplicate {
    /// Number of the program.
    pub program: u32,
    /// Number of the kept program.
    pub of: u32,
    /// The way in which they are alike.
    pub likeness: Likeness,
}

/// The duplicates among the members of one cluster, which come in the order in which they should be kept.
///
/// A program is a duplicate only of a kept one that it is like itself: at the two ends of a long chain of
/// small changes, both are kept. So are two programs for different definitions that take much along in common.
#[must_use]
pub fn duplicates(prints: &[Print], members: &[u32]) -> Vec<Duplicate> {
    let mut kept: Vec<u32> = Vec::new();
    let mut found = Vec::new();
    for program in members {
        let print = &prints[*program as usize];
        let like = kept
            .iter()
            .find_map(|of| Some((*of, likeness(&prints[*of as usize], print)?)));
        match like {
            None => kept.push(*program),
            Some((of, likeness)) => found.push(Duplicate {
                program: *program,
                of,
                likeness,
            }),
        }
    }
    found
}

fn likeness(one: &Print, other: &Print) -> Option<Likeness> {
    if one.same_tree(other) {
        return Some(Likeness::Tree);
    }
    let share = jaccard(one, other);
    let alike = share >= JACCARD && jaccard_of_definitions(one, other) >= JACCARD;
    alike.then_some(Likeness::Tokens(share))
}
