//! Fairness of comparisons between semantics.
//!
//! A probe for states under other semantics is a control for one under the original semantics only if both
//! predict labels of the same entropy. Otherwise a gap between them may come from the labels alone.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::draw::{Drawn, Settings};
use crate::latents::{states, value, variables};
use crate::parts::{Lengths, family};
use crate::run::OutOfSteps;
use crate::semantics::Semantics;

/// Standard errors beyond which a difference is not attributed to chance. There are tens of comparisons, and
/// each false alarm refuses good data.
const STANDARD_ERRORS: f64 = 4.0;

/// Labels of one variable under one semantics.
#[derive(Debug, Default, Clone)]
struct Labels {
    codes: BTreeMap<String, u32>,
    counts: Vec<u64>,
    /// The codes in order of programs and steps.
    all: Vec<u32>,
}

/// Labels of many programs under several semantics. The others are compared with the first.
#[derive(Debug, Clone)]
pub struct Fairness {
    settings: Settings,
    meanings: Vec<Semantics>,
    /// Indexed by semantics, then by variable.
    labels: Vec<Vec<Labels>>,
    trained: Option<Lengths>,
    /// The families so far, each with its index.
    families: BTreeMap<String, usize>,
    /// Of each program: the number of its labels, and the index of its family.
    programs: Vec<(usize, usize)>,
}

/// Entropies of a variable's labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// Name of the compared variable.
    pub variable: String,
    /// Name of the other semantics.
    pub semantics: String,
    /// Entropy under the original semantics, in bits.
    pub original: f64,
    /// Entropy under the alternative.
    pub alternative: f64,
    /// The largest difference that chance explains.
    pub tolerance: f64,
    /// True if the difference exceeds `tolerance`.
    pub unequal: bool,
}

impl Fairness {
    /// Nothing counted yet. `trained` is what the split of the programs was decided with.
    #[must_use]
    pub fn new(settings: &Settings, meanings: &[Semantics], trained: Option<Lengths>) -> Self {
        let variables = variables(settings).len();
        Self {
            settings: settings.clone(),
            meanings: meanings.to_vec(),
            labels: vec![vec![Labels::default(); variables]; meanings.len()],
            trained,
            families: BTreeMap::new(),
            programs: Vec::new(),
        }
    }

    /// Counts the labels of a program; of a plain sequence of actions only.
    ///
    /// # Errors
    /// The program is not over after `steps` steps.
    pub fn add(&mut self, drawn: &Drawn, steps: u32) -> Result<(), OutOfSteps> {
        let Some(actions) = drawn.program.straight_line() else {
            return Ok(());
        };
        for (semantics, labels) in self.meanings.iter().zip(&mut self.labels) {
            let states = states(drawn, semantics, steps)?;
            for (variable, labels) in variables(&self.settings).into_iter().zip(labels) {
                for step in 0..states.len() {
                    labels.add(value(variable, &states, step).unwrap_or_default());
                }
            }
        }
        let next = self.families.len();
        let family = family(&drawn.program, self.trained);
        let family = *self.families.entry(family).or_insert(next);
        self.programs.push((actions.len() + 1, family));
        Ok(())
    }

    /// Number of programs counted so far.
    #[must_use]
    pub fn programs(&self) -> usize {
        self.programs.len()
    }

    /// Entropy of each variable's labels in bits, by semantics.
    #[must_use]
    pub fn entropies(&self) -> BTreeMap<String, BTreeMap<String, f64>> {
        let meanings = self.meanings.iter().zip(&self.labels);
        meanings
            .map(|(semantics, labels)| {
                let names = variables(&self.settings).into_iter();
                let entropies = names
                    .zip(labels)
                    .map(|(name, labels)| (name.to_owned(), labels.entropy()));
                (semantics.id.clone(), entropies.collect())
            })
            .collect()
    }

    /// Compares every alternative with the original.
    #[must_use]
    pub fn comparisons(&self) -> Vec<Comparison> {
        let Some((original, others)) = self.labels.split_first() else {
            return Vec::new();
        };
        let mut comparisons = Vec::new();
        for (semantics, labels) in self.meanings.iter().skip(1).zip(others) {
            let names = variables(&self.settings).into_iter();
            for ((name, first), second) in names.zip(original).zip(labels) {
                comparisons.push(self.compare(name, &semantics.id, first, second));
            }
        }
        comparisons
    }

    /// The difference of two entropies is, to first order, a mean over labels of the difference of their
    /// surprises, so that its standard error follows from sums over families of programs: a part of the split
    /// has all texts of a family or none, so that they are one draw (one short program is in hundreds of
    /// worlds). Where all values are equally likely these differences vanish and the second order is what is
    /// left: of the size of the square root of the number of values over that of programs.
    fn compare(
        &self,
        variable: &str,
        semantics: &str,
        first: &Labels,
        second: &Labels,
    ) -> Comparison {
        let (original, alternative) = (first.entropy(), second.entropy());
        let (a, b) = (first.surprises(), second.surprises());
        let labels = first.all.len().max(1) as f64;
        let mean = alternative - original;
        let mut at = 0;
        let mut sums = vec![0.0; self.families.len()];
        for (length, family) in &self.programs {
            let range = at..at + length;
            at += length;
            let sum: f64 = range
                .map(|index| b[second.all[index] as usize] - a[first.all[index] as usize])
                .sum();
            sums[*family] += sum - mean * *length as f64;
        }
        let squares: f64 = sums.iter().map(|sum| sum.powi(2)).sum();
        let values = first.counts.len().max(second.counts.len()).max(1) as f64;
        let programs = self.programs.len().max(1) as f64;
        let second_order = (values - 1.0).sqrt() / (programs * std::f64::consts::LN_2);
        let tolerance = STANDARD_ERRORS * (squares.sqrt() / labels + second_order);
        Comparison {
            variable: variable.to_owned(),
            semantics: semantics.to_owned(),
            original,
            alternative,
            tolerance,
            unequal: (alternative - original).abs() > tolerance,
        }
    }
}

impl Labels {
    fn add(&mut self, value: String) {
        let next = self.codes.len() as u32;
        let code = *self.codes.entry(value).or_insert(next);
        if code == next {
            self.counts.push(0);
        }
        self.counts[code as usize] += 1;
        self.all.push(code);
    }

    /// The surprise of each value in bits.
    fn surprises(&self) -> Vec<f64> {
        let all = self.all.len() as f64;
        let counts = self.counts.iter();
        counts.map(|count| (all / *count as f64).log2()).collect()
    }

    fn entropy(&self) -> f64 {
        let all = self.all.len().max(1) as f64;
        let parts = self.counts.iter().zip(self.surprises());
        parts
            .map(|(count, surprise)| *count as f64 / all * surprise)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::draw_all;
    use crate::parts::{Place, place};

    fn unequal(weights: [u32; 5], meaning: &str, seed: u64) -> Vec<String> {
        let all = |_: &Drawn| true;
        unequal_in(weights, meaning, seed, 2_000, all)
    }

    fn unequal_in(
        weights: [u32; 5],
        meaning: &str,
        seed: u64,
        programs: u64,
        within: impl Fn(&Drawn) -> bool,
    ) -> Vec<String> {
        let settings = Settings {
            seed,
            rows: 4,
            columns: 4,
            walls: 0.1,
            markers: 0.0,
            length_min: 1,
            length_max: 6,
            weights,
            control: 0.0,
            nesting: 0,
            worlds: 1,
        };
        let meanings = [
            Semantics::original(),
            Semantics::from_name(meaning).unwrap(),
        ];
        let mut fairness = Fairness::new(&settings, &meanings, None);
        for drawn in draw_all(&settings, 0..programs).into_iter().filter(&within) {
            fairness.add(&drawn, 1_000).unwrap();
        }
        let comparisons = fairness.comparisons().into_iter();
        comparisons
            .filter(|one| one.unequal)
            .map(|one| one.variable)
            .collect()
    }

    #[test]
    fn uniform_weights_are_fair_under_every_permutation() {
        for seed in 0..4 {
            for meaning in ["paper-0", "paper-8", "paper-9", "paper-11"] {
                assert_eq!(
                    unequal([1, 1, 1, 0, 0], meaning, seed),
                    [""; 0],
                    "{meaning}, seed {seed}"
                );
            }
        }
    }

    #[test]
    fn a_part_of_the_split_is_fair() {
        let train = |drawn: &Drawn| {
            place(&drawn.program, None) == Some(Place::Within(tracestone_record::Split::Train))
        };
        for seed in 0..3 {
            for meaning in ["paper-8", "paper-11"] {
                let unequal = unequal_in([1, 1, 1, 0, 0], meaning, seed, 25_000, train);
                assert_eq!(unequal, [""; 0], "{meaning}, seed {seed}");
                let unequal = unequal_in([2, 1, 1, 0, 0], meaning, seed, 25_000, train);
                assert!(!unequal.is_empty(), "{meaning}, seed {seed}");
            }
        }
    }

    #[test]
    fn weighted_actions_are_not() {
        for seed in 0..4 {
            let unequal = unequal([2, 1, 1, 0, 0], "paper-8", seed);
            assert!(
                unequal.iter().any(|name| name == "from_start"),
                "{unequal:?}"
            );
        }
        assert_eq!(unequal([2, 1, 1, 0, 0], "paper-0", 0), [""; 0]);
    }
}
