//! Class-incremental learning: new classes join the ones that are there.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::bytes::{Bytes, Damaged, Saved};
use crate::draw::{Draw, Purpose};
use crate::lanes::LANES;

use super::Sample;
use super::digits::Pictures;

/// Settings of class-incremental learning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassSettings {
    /// Steps until further classes join.
    pub period: u64,
    /// Number of classes in all.
    pub classes: usize,
    /// Classes that join at a time.
    pub at_a_time: usize,
    /// Pictures of each class.
    pub pictures: usize,
    /// Deviation of the noise on the pictures.
    pub noise: f32,
}

impl Default for ClassSettings {
    fn default() -> Self {
        Self {
            period: 20_000,
            classes: 40,
            at_a_time: 2,
            pictures: 250,
            noise: 0.35,
        }
    }
}

impl ClassSettings {
    /// The built-in set: two random prototypes for each class, with noise.
    #[must_use]
    pub(crate) fn built_in(&self) -> Pictures {
        Pictures::drawn(self.classes, 2, self.classes * self.pictures, self.noise)
    }

    /// The number of classes that are there at a step; all of them at the end.
    fn known(&self, step: u64) -> usize {
        let joined = usize::try_from(step / self.period).unwrap_or(usize::MAX);
        let known = joined.saturating_add(1).saturating_mul(self.at_a_time);
        known.min(self.classes)
    }
}

#[derive(Debug, Clone)]
struct Lane {
    samples: Draw,
    /// The classes in the order in which they join.
    order: Vec<u32>,
}

#[derive(Debug, Clone)]
pub(crate) struct Stream {
    settings: ClassSettings,
    pictures: Arc<Pictures>,
    step: u64,
    lanes: Vec<Lane>,
    sample: Sample,
}

impl Stream {
    pub(super) fn new(
        settings: &ClassSettings,
        pictures: Arc<Pictures>,
        seeds: [u64; LANES],
    ) -> Self {
        let lanes = seeds.iter().map(|seed| {
            let classes = u32::try_from(settings.classes).unwrap_or(u32::MAX);
            let mut order: Vec<u32> = (0..classes).collect();
            Draw::new(*seed, Purpose::Changes).shuffle(&mut order);
            Lane {
                samples: Draw::new(*seed, Purpose::Samples),
                order,
            }
        });
        Self {
            settings: settings.clone(),
            step: 0,
            lanes: lanes.collect(),
            sample: Sample::new(pictures.pixels),
            pictures,
        }
    }

    #[inline]
    pub(super) fn next(&mut self) -> &Sample {
        let known = self.settings.known(self.step);
        let pixels = self.pictures.pixels;
        for (at, lane) in self.lanes.iter_mut().enumerate() {
            let class = lane.order[lane.samples.below(known)];
            // Pictures of the classes take turns.
            let turn = lane.samples.below(self.settings.pictures);
            let picture = turn * self.settings.classes + class as usize;
            let own = &self.pictures.brightness[picture * pixels..(picture + 1) * pixels];
            for (input, pixel) in self.sample.input.iter_mut().zip(own) {
                input[at] = *pixel;
            }
            self.sample.label[at] = class;
        }
        self.step += 1;
        &self.sample
    }
}

impl Saved for Stream {
    fn visit(&mut self, bytes: &mut Bytes) -> Result<(), Damaged> {
        bytes.number(&mut self.step)?;
        for lane in &mut self.lanes {
            lane.samples.visit(bytes)?;
        }
        self.sample.visit(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_join_and_stay() {
        let settings = ClassSettings {
            period: 300,
            classes: 6,
            ..ClassSettings::default()
        };
        let mut stream = Stream::new(&settings, Arc::new(settings.built_in()), [9; LANES]);
        let mut before = std::collections::BTreeSet::new();
        for expected in [2, 4, 6, 6] {
            let seen: std::collections::BTreeSet<u32> =
                (0..300).map(|_| stream.next().label[0]).collect();
            assert_eq!(seen.len(), expected);
            assert!(seen.is_superset(&before));
            before = seen;
        }
    }
}
