//! Parts of the split: which programs are trained on and which are held out.
//!
//! A part is decided by the program's text alone, so no program is in two parts. Where training has a least length, it is
//! decided by that many first actions: then no program of test begins with a program of training, and no state within it
//! is the final answer of a program that was trained on.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracestone_record::Split;

use crate::program::Program;

/// The lengths of programs that are trained on, from the fewest statements to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lengths {
    /// The fewest statements.
    pub min: u32,
    /// The most statements.
    pub max: u32,
}

impl Lengths {
    /// True if a program with this number of statements may be trained on.
    #[must_use]
    pub fn contain(&self, statements: usize) -> bool {
        (self.min as usize..=self.max as usize).contains(&statements)
    }
}

/// Place of a program in the split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A part, with a length that is trained on.
    Within(Split),
    /// Test, with a length that is not trained on.
    Beyond,
}

/// The words that decide about the part of a program; programs that share them are a family.
#[must_use]
pub fn family(program: &Program, trained: Option<Lengths>) -> String {
    match (program.straight_line(), trained) {
        (Some(actions), Some(trained)) => {
            let first = actions.iter().take(trained.min as usize);
            first.map(|one| one.name()).collect::<Vec<_>>().join(" ")
        }
        _ => program.words().join(" "),
    }
}

/// The place of a program; none for one that is left out: its length is not trained on, and it begins as a program of
/// another part than test.
#[must_use]
pub fn place(program: &Program, trained: Option<Lengths>) -> Option<Place> {
    let part = part(&family(program, trained));
    let Some(trained) = trained else {
        return Some(Place::Within(part));
    };
    let statements = program.statements();
    if trained.contain(statements) {
        return Some(Place::Within(part));
    }
    // No program of training is as short.
    let short = statements < trained.min as usize;
    (short || part == Split::Test).then_some(Place::Beyond)
}

/// A tenth of the families each for test and validation.
fn part(family: &str) -> Split {
    match blake3::hash(family.as_bytes()).as_bytes()[0] % 10 {
        0 => Split::Test,
        1 => Split::Validation,
        _ => Split::Train,
    }
}

/// Counts of the programs of a dataset, and of what its parts have in common.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Unseen {
    /// Lengths of the programs that are trained on; without it, all lengths are in all parts.
    pub trained: Option<Lengths>,
    /// The number of different programs of each part.
    pub programs: BTreeMap<Split, usize>,
    /// Programs that are in two parts.
    pub shared: usize,
    /// Programs of test, plain sequences of actions, that begin with a whole program of training: a state within them
    /// is the final answer of a program that was trained on.
    pub begun: usize,
    /// Texts of test whose length is not trained on.
    pub beyond: u64,
}

/// Programs of a dataset as it is written.
#[derive(Debug, Default)]
pub struct Programs {
    seen: BTreeMap<Split, BTreeSet<[u8; 16]>>,
    tested: BTreeMap<[u8; 16], Program>,
}

fn key(words: &[String]) -> [u8; 16] {
    let mut key = [0; 16];
    key.copy_from_slice(&blake3::hash(words.join(" ").as_bytes()).as_bytes()[..16]);
    key
}

impl Programs {
    /// Adds a program of a part.
    pub fn add(&mut self, split: Split, program: &Program) {
        let key = key(&program.words());
        if self.seen.entry(split).or_default().insert(key) && split == Split::Test {
            self.tested.insert(key, program.clone());
        }
    }

    /// Counts what the parts have in common.
    #[must_use]
    pub fn unseen(&self, trained: Option<Lengths>, beyond: u64) -> Unseen {
        let none = BTreeSet::new();
        let of = |split| self.seen.get(&split).unwrap_or(&none);
        let (train, validation, test) = (of(Split::Train), of(Split::Validation), of(Split::Test));
        let shared = train.intersection(test).count()
            + train.intersection(validation).count()
            + validation.intersection(test).count();
        let begins = |program: &Program| {
            let Some(actions) = program.straight_line() else {
                return false;
            };
            (1..actions.len()).any(|length| {
                let names = actions[..length].iter().map(|one| one.name().to_owned());
                let mut words = vec!["{".to_owned()];
                words.extend(names);
                words.push("}".to_owned());
                train.contains(&key(&words))
            })
        };
        Unseen {
            trained,
            programs: self
                .seen
                .iter()
                .map(|(split, programs)| (*split, programs.len()))
                .collect(),
            shared,
            begun: self.tested.values().filter(|one| begins(one)).count(),
            beyond,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::draw_all;
    use crate::draw::tests::rich;
    use crate::{Drawn, Settings};

    fn drawn(min: u32, max: u32) -> Vec<Drawn> {
        let settings = Settings {
            length_min: min,
            length_max: max,
            control: 0.0,
            weights: [1, 1, 1, 0, 0],
            ..rich()
        };
        draw_all(&settings, 0..4_000)
    }

    fn counted(
        trained: Option<Lengths>,
        all: &[Drawn],
    ) -> (Unseen, BTreeMap<Option<Place>, usize>) {
        let (mut programs, mut places) = (Programs::default(), BTreeMap::new());
        for one in all {
            let at = place(&one.program, trained);
            *places.entry(at).or_default() += 1;
            match at {
                Some(Place::Within(split)) => programs.add(split, &one.program),
                Some(Place::Beyond) => programs.add(Split::Test, &one.program),
                None => {}
            }
        }
        (programs.unseen(trained, 0), places)
    }

    #[test]
    fn no_program_of_test_begins_with_one_of_training() {
        let all = drawn(1, 9);
        let trained = Lengths { min: 4, max: 7 };
        let (unseen, places) = counted(Some(trained), &all);
        assert_eq!((unseen.shared, unseen.begun), (0, 0), "{unseen:?}");
        for place in [
            Some(Place::Within(Split::Train)),
            Some(Place::Within(Split::Validation)),
            Some(Place::Within(Split::Test)),
            Some(Place::Beyond),
            None,
        ] {
            assert!(
                places.get(&place).is_some_and(|count| *count > 60),
                "{places:?}"
            );
        }
        // Without a least length no program is in two parts, but short ones are trained on.
        let (unseen, _) = counted(None, &all);
        assert_eq!(unseen.shared, 0);
        assert!(unseen.begun > 100, "{unseen:?}");
    }
}
