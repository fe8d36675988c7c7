//! Karel programs whose opcodes change their meaning: an API rename. Worlds and programs stay as they are, and each
//! sample is executed under the names of its task.

use serde::{Deserialize, Serialize};
use tracestone_karel::{Action, Facing, Hero, World};

use super::Sample;
use crate::bytes::{Bytes, Damaged, Saved};
use crate::draw::{Draw, Purpose};
use crate::lanes::LANES;

/// The actions that opcodes are mapped to.
const MEANINGS: [Action; 3] = [Action::Move, Action::TurnLeft, Action::TurnRight];

/// Settings of Karel programs with re-mapped opcodes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KarelSettings {
    /// Steps until the opcodes are mapped anew.
    pub period: u64,
    /// Number of opcodes; each of three actions has about a third of them.
    pub opcodes: usize,
    /// Opcodes of a program.
    pub length: usize,
    /// Rows and columns of the world, which has no walls but its border.
    pub side: usize,
}

impl Default for KarelSettings {
    fn default() -> Self {
        Self {
            period: 2_000,
            opcodes: 8,
            length: 4,
            side: 4,
        }
    }
}

impl KarelSettings {
    /// Numbers of inputs and classes: opcodes, direction, row and column, one of each is 1; the cell in which the hero ends.
    pub(super) fn sizes(&self) -> (usize, usize) {
        let start = Facing::ALL.len() + 2 * self.side;
        (self.length * self.opcodes + start, self.side * self.side)
    }
}

#[derive(Debug, Clone)]
struct Lane {
    samples: Draw,
    changes: Draw,
    /// For each opcode the index of its meaning.
    names: Vec<u32>,
}

#[derive(Debug, Clone)]
pub(crate) struct Stream {
    settings: KarelSettings,
    step: u64,
    lanes: Vec<Lane>,
    sample: Sample,
}

impl Stream {
    pub(super) fn new(settings: &KarelSettings, seeds: [u64; LANES]) -> Self {
        let meanings = (0..MEANINGS.len()).cycle().take(settings.opcodes);
        // There are three meanings.
        let names: Vec<u32> = meanings
            .map(|one| u32::try_from(one).unwrap_or(0))
            .collect();
        let lanes = seeds.iter().map(|seed| Lane {
            samples: Draw::new(*seed, Purpose::Samples),
            changes: Draw::new(*seed, Purpose::Changes),
            names: names.clone(),
        });
        Self {
            settings: settings.clone(),
            step: 0,
            lanes: lanes.collect(),
            sample: Sample::new(settings.sizes().0),
        }
    }

    #[inline]
    pub(super) fn next(&mut self) -> &Sample {
        let own = &self.settings;
        let renamed = self.step.is_multiple_of(own.period);
        for input in &mut self.sample.input {
            *input = [0.0; LANES];
        }
        for (at, lane) in self.lanes.iter_mut().enumerate() {
            if renamed {
                lane.changes.shuffle(&mut lane.names);
            }
            let draw = &mut lane.samples;
            let facing = draw.below(Facing::ALL.len());
            let (row, column) = (draw.below(own.side), draw.below(own.side));
            // Sides are at most 32.
            let small = |place: usize| u8::try_from(place).unwrap_or(u8::MAX);
            let hero = Hero {
                row: small(row),
                column: small(column),
                facing: Facing::ALL[facing],
            };
            let mut world = World::open(small(own.side), small(own.side), hero);
            let start = own.length * own.opcodes;
            let places = [
                facing,
                Facing::ALL.len() + row,
                Facing::ALL.len() + own.side + column,
            ];
            for place in places {
                self.sample.input[start + place][at] = 1.0;
            }
            for index in 0..own.length {
                let opcode = draw.below(own.opcodes);
                self.sample.input[index * own.opcodes + opcode][at] = 1.0;
                world.act(MEANINGS[lane.names[opcode] as usize]);
            }
            let end = world.hero();
            self.sample.label[at] =
                u32::from(end.row) * u32::from(small(own.side)) + u32::from(end.column);
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
            lane.changes.visit(bytes)?;
            for name in &mut lane.names {
                bytes.small(name)?;
                if *name as usize >= MEANINGS.len() {
                    return Err(Damaged);
                }
            }
        }
        self.sample.visit(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Opcodes of a sample of the first seed, its start, and its label.
    fn read(sample: &Sample, own: &KarelSettings) -> (Vec<usize>, Vec<usize>, u32) {
        let ones = sample
            .input
            .iter()
            .enumerate()
            .filter(|(_, input)| input[0] == 1.0);
        let places: Vec<usize> = ones.map(|(place, _)| place).collect();
        let (program, start) = places.split_at(own.length);
        let program = program
            .iter()
            .enumerate()
            .map(|(index, place)| place - index * own.opcodes);
        (program.collect(), start.to_vec(), sample.label[0])
    }

    #[test]
    fn a_task_has_one_meaning_for_each_opcode_and_the_next_task_others() {
        let own = KarelSettings {
            length: 1,
            period: 400,
            ..KarelSettings::default()
        };
        let mut stream = Stream::new(&own, [3; LANES]);
        let mut tasks = Vec::new();
        for _ in 0..2 {
            // An opcode moves the hero or does not, from the middle of the world, whatever its direction.
            let mut moves = [None; 8];
            for _ in 0..400 {
                let (program, start, label) = read(stream.next(), &own);
                let (row, column) = (start[1] - 8 - 4, start[2] - 8 - 8);
                if (1..3).contains(&row) && (1..3).contains(&column) {
                    let moved = label as usize != row * 4 + column;
                    let known = moves[program[0]].get_or_insert(moved);
                    assert_eq!(*known, moved);
                }
            }
            let moving = moves.iter().filter(|one| **one == Some(true)).count();
            assert!((2..=3).contains(&moving), "{moves:?}");
            tasks.push(moves);
        }
        assert_ne!(tasks[0], tasks[1]);
    }
}
