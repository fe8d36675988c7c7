//! The samples that a server knows.

use std::collections::HashMap;

use tracestone_judge::gold::Gold;
use tracestone_record::{Sample, SampleId};

/// The judged parts of samples, by identifier. Programs are kept once, however many samples are about them.
#[derive(Debug, Default)]
pub struct Library {
    samples: HashMap<SampleId, Known>,
    programs: Vec<String>,
    places: HashMap<String, usize>,
    unjudged: u64,
}

#[derive(Debug)]
struct Known {
    /// Without its program.
    gold: Gold,
    program: Option<usize>,
}

impl Library {
    /// Adds a sample. Those of a kind without a judge are counted only.
    pub fn add(&mut self, sample: &Sample) {
        let Some(mut gold) = Gold::of(sample) else {
            self.unjudged += 1;
            return;
        };
        gold.id = None;
        let program = gold.program.take().map(|text| {
            let next = self.programs.len();
            let place = *self.places.entry(text).or_insert_with_key(|text| {
                self.programs.push(text.clone());
                next
            });
            place
        });
        self.samples.insert(sample.id, Known { gold, program });
    }

    /// The judged part of the sample with this identifier.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Gold> {
        let known = self.samples.get(&id.parse().ok()?)?;
        let mut gold = known.gold.clone();
        gold.id = Some(id.to_owned());
        gold.program = known.program.map(|at| self.programs[at].clone());
        Some(gold)
    }

    /// Number of samples that can be judged.
    #[must_use]
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// True if no sample can be judged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// Number of samples of kinds without a judge.
    #[must_use]
    pub fn unjudged(&self) -> u64 {
        self.unjudged
    }

    /// Drops what only adding needs.
    pub(crate) fn close(&mut self) {
        self.places = HashMap::new();
        self.programs.shrink_to_fit();
        self.samples.shrink_to_fit();
    }
}
