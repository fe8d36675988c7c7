//! Slowly-changing regression: most input bits stay the same for a period, the others are random; the target is a
//! larger network of threshold units, which the learner cannot represent.

use serde::{Deserialize, Serialize};

use crate::bytes::{Bytes, Damaged, Saved};
use crate::draw::{Draw, Purpose};
use crate::lanes::LANES;

use super::Sample;

/// The change of the slow bits after each period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// One of them flips, as in the paper.
    One,
    /// All of them are drawn anew, as by the published code unless told otherwise.
    All,
}

/// Settings of slowly-changing regression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegressionSettings {
    /// Number of input bits, up to 32.
    pub bits: usize,
    /// Number of bits that stay the same for a period.
    pub slow: usize,
    /// Steps of a period.
    pub period: u64,
    /// The change after a period.
    pub change: Change,
    /// Threshold units of the target network.
    pub units: usize,
    /// Share of a unit's inputs that must agree with its weights for it to be on.
    pub share: f32,
}

impl Default for RegressionSettings {
    fn default() -> Self {
        Self {
            bits: 20,
            slow: 15,
            period: 10_000,
            change: Change::One,
            units: 100,
            share: 0.7,
        }
    }
}

/// A unit of the target network: it is on if popcount(x & plus) - popcount(x & minus) is at least `least`.
#[derive(Debug, Clone)]
struct Unit {
    plus: u32,
    minus: u32,
    least: i32,
    output: f32,
}

/// The target network of one seed, whose weights are all 1 or -1.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    units: Vec<Unit>,
    bias: f32,
}

impl Target {
    fn new(settings: &RegressionSettings, draw: &mut Draw) -> Self {
        let all = u32::MAX >> (32 - settings.bits);
        let sign = |draw: &mut Draw| if draw.bits() >> 63 == 0 { 1.0 } else { -1.0 };
        let units = (0..settings.units).map(|_| {
            let plus = (draw.bits() >> 32) as u32 & all;
            let minus = all & !plus;
            let bias: f32 = sign(draw);
            // The threshold of the paper's code: share * (bits + 1) less the number of negative weights, where
            // the bias counts the other way round.
            #[expect(clippy::cast_precision_loss, reason = "at most 33")]
            let (bits, negative) = (settings.bits as f32, minus.count_ones() as f32);
            let threshold = settings.share * (bits + 1.0) - (negative + bias / 2.0);
            #[expect(clippy::cast_possible_truncation, reason = "at most 33")]
            let least = (threshold - bias).floor() as i32 + 1;
            Unit {
                plus,
                minus,
                least,
                output: sign(draw),
            }
        });
        Self {
            units: units.collect(),
            bias: sign(draw),
        }
    }

    fn value(&self, x: u32) -> f32 {
        let on = self.units.iter().map(|unit| {
            let (plus, minus) = ((x & unit.plus).count_ones(), (x & unit.minus).count_ones());
            // At most 32 each.
            let sum = plus.cast_signed() - minus.cast_signed();
            if sum >= unit.least { unit.output } else { 0.0 }
        });
        self.bias + on.sum::<f32>()
    }
}

/// The target's values for all settings of the fast bits, if these are few: there is no other input in a period.
const TABLE: usize = 10;

#[derive(Debug, Clone)]
struct Lane {
    target: Target,
    samples: Draw,
    changes: Draw,
    slow: u64,
    table: Vec<f32>,
}

#[derive(Debug, Clone)]
pub(crate) struct Stream {
    slow: usize,
    fast: usize,
    period: u64,
    change: Change,
    step: u64,
    lanes: Vec<Lane>,
    sample: Sample,
}

impl Stream {
    pub(super) fn new(settings: &RegressionSettings, seeds: [u64; LANES]) -> Self {
        let fast = settings.bits - settings.slow;
        let lanes = seeds.iter().map(|seed| {
            let mut changes = Draw::new(*seed, Purpose::Changes);
            Lane {
                target: Target::new(settings, &mut Draw::new(*seed, Purpose::Target)),
                samples: Draw::new(*seed, Purpose::Samples),
                slow: changes.bits() & mask(settings.slow),
                changes,
                table: vec![0.0; if fast <= TABLE { 1 << fast } else { 0 }],
            }
        });
        let mut stream = Self {
            slow: settings.slow,
            fast,
            period: settings.period,
            change: settings.change,
            step: 0,
            lanes: lanes.collect(),
            sample: Sample::new(settings.bits),
        };
        stream.begin();
        stream
    }

    /// Writes the slow bits of a period and the table of its targets.
    fn begin(&mut self) {
        for (at, lane) in self.lanes.iter_mut().enumerate() {
            for (bit, input) in self.sample.input[..self.slow].iter_mut().enumerate() {
                input[at] = f32::from(u8::from(lane.slow >> bit & 1 == 1));
            }
            for fast in 0..lane.table.len() {
                lane.table[fast] = lane.target.value(whole(lane.slow, fast as u64, self.slow));
            }
        }
    }

    fn change(&mut self) {
        for lane in &mut self.lanes {
            match self.change {
                Change::All => lane.slow = lane.changes.bits() & mask(self.slow),
                Change::One if self.slow > 0 => lane.slow ^= 1 << lane.changes.below(self.slow),
                Change::One => {}
            }
        }
        self.begin();
    }

    #[inline]
    pub(super) fn next(&mut self) -> &Sample {
        if self.step > 0 && self.step.is_multiple_of(self.period) {
            self.change();
        }
        self.step += 1;
        let (fast_bits, fast_inputs) = (mask(self.fast), &mut self.sample.input[self.slow..]);
        for (at, lane) in self.lanes.iter_mut().enumerate() {
            let fast = lane.samples.bits() & fast_bits;
            for (bit, input) in fast_inputs.iter_mut().enumerate() {
                input[at] = f32::from(u8::from(fast >> bit & 1 == 1));
            }
            #[expect(
                clippy::cast_possible_truncation,
                reason = "it is below the table's length"
            )]
            let known = lane.table.get(fast as usize).copied();
            self.sample.target[at] =
                known.unwrap_or_else(|| lane.target.value(whole(lane.slow, fast, self.slow)));
        }
        &self.sample
    }
}

/// All input bits: the slow ones first.
#[expect(clippy::cast_possible_truncation, reason = "at most 32 bits")]
fn whole(slow: u64, fast: u64, slow_bits: usize) -> u32 {
    (slow | fast << slow_bits) as u32
}

/// The lowest bits.
fn mask(bits: usize) -> u64 {
    (1 << bits) - 1
}

impl Saved for Stream {
    fn visit(&mut self, bytes: &mut Bytes) -> Result<(), Damaged> {
        bytes.number(&mut self.step)?;
        for lane in &mut self.lanes {
            lane.samples.visit(bytes)?;
            lane.changes.visit(bytes)?;
            bytes.number(&mut lane.slow)?;
        }
        self.sample.visit(bytes)?;
        self.begin();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The target network as the paper's code computes it: sums of products, in floating point.
    fn by_products(target: &Target, settings: &RegressionSettings, biases: &[f64], x: u32) -> f64 {
        let mut value = f64::from(target.bias);
        for (unit, bias) in target.units.iter().zip(biases) {
            let mut sum = *bias;
            let mut weights = 0.0;
            for bit in 0..settings.bits {
                let weight = if unit.plus >> bit & 1 == 1 { 1.0 } else { -1.0 };
                weights += weight;
                sum += weight * f64::from(x >> bit & 1);
            }
            let bits = settings.bits as f64;
            let negative = (bits - weights + bias) / 2.0;
            if sum > f64::from(settings.share) * (bits + 1.0) - negative {
                value += f64::from(unit.output);
            }
        }
        value
    }

    #[test]
    fn the_popcount_network_is_the_one_of_products() {
        let settings = RegressionSettings::default();
        let mut draw = Draw::new(7, Purpose::Target);
        let target = Target::new(&settings, &mut draw.clone());
        // The same draws once more, for the biases that only the thresholds keep.
        let biases: Vec<f64> = (0..settings.units)
            .map(|_| {
                draw.bits();
                let bias = if draw.bits() >> 63 == 0 { 1.0 } else { -1.0 };
                draw.bits();
                bias
            })
            .collect();
        let mut inputs = Draw::new(1, Purpose::Samples);
        for _ in 0..2_000 {
            let x = (inputs.bits() & mask(20)) as u32;
            let expected = by_products(&target, &settings, &biases, x);
            assert!((f64::from(target.value(x)) - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn one_bit_changes_between_periods_and_the_table_holds_the_target() {
        let settings = RegressionSettings {
            period: 50,
            ..RegressionSettings::default()
        };
        let mut stream = Stream::new(&settings, std::array::from_fn(|lane| lane as u64));
        let mut last: Option<Vec<f32>> = None;
        for step in 0..400 {
            let sample = stream.next().clone();
            let slow: Vec<f32> = sample.input[..15].iter().map(|x| x[3]).collect();
            if let Some(last) = last {
                let changed = last.iter().zip(&slow).filter(|(a, b)| a != b).count();
                assert_eq!(changed, usize::from(step % 50 == 0), "at {step}");
            }
            last = Some(slow);
            let bits = sample.input.iter().rev();
            let x = bits.fold(0, |x, bit| x << 1 | u32::from(bit[3] == 1.0));
            assert_eq!(
                sample.target[3].to_bits(),
                stream.lanes[3].target.value(x).to_bits()
            );
        }
    }
}
