//! Self-normalised resets: a unit is renewed when it has been off for longer than its own past makes likely.

use serde::{Deserialize, Serialize};

use crate::bytes::{Bytes, Damaged, Saved};
use crate::lanes::{Counts, LANES, Lanes};
use crate::network::{Activation, Network};

use super::Renewed;

/// Buckets of a histogram: four for each doubling of the number of steps.
const BUCKETS: usize = 4 * 24;
/// Steps between two looks at a histogram.
const EVERY: u32 = 1_024;

/// Settings of self-normalised resets.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Snr {
    /// Share of a unit's pauses that is longer than its quantile.
    pub share: f32,
    /// A unit is renewed after a pause of this many times the quantile.
    pub factor: f32,
    /// A pause of this many steps renews a unit in any case.
    pub longest: u32,
}

impl Default for Snr {
    fn default() -> Self {
        Self {
            share: 0.01,
            factor: 2.0,
            longest: 20_000,
        }
    }
}

/// The pauses of one unit in each network: steps between two samples for which it is on.
#[derive(Debug, Clone)]
struct Pauses {
    current: Counts,
    longest: Counts,
    counts: [Counts; BUCKETS],
}

#[derive(Debug, Clone)]
pub(crate) struct State {
    settings: Snr,
    activation: Activation,
    steps: u32,
    units: Vec<Vec<Pauses>>,
}

impl State {
    pub(super) fn new(settings: Snr, network: &Network) -> Self {
        let unseen = Pauses {
            current: [0; LANES],
            longest: [settings.longest; LANES],
            counts: [[0; LANES]; BUCKETS],
        };
        let layers = network.shape.hidden.iter();
        Self {
            settings,
            activation: network.shape.activation,
            steps: 0,
            units: layers.map(|count| vec![unseen.clone(); *count]).collect(),
        }
    }

    #[inline(always)]
    pub(super) fn step(&mut self, hidden: &[Vec<Lanes>], renewed: &mut Renewed<'_>) {
        self.steps = (self.steps + 1) % EVERY;
        let look = self.steps == 0;
        for (at, units) in self.units.iter_mut().enumerate() {
            for (unit, pauses) in units.iter_mut().enumerate() {
                for (lane, output) in hidden[at][unit].into_iter().enumerate() {
                    if !self.activation.is_idle(output) {
                        pauses.end(lane);
                    } else {
                        pauses.current[lane] += 1;
                        if pauses.current[lane] > pauses.longest[lane] {
                            renewed.renew(at, unit, lane);
                            pauses.forget(self.settings, lane);
                        }
                    }
                    if look {
                        pauses.judge(self.settings, lane);
                    }
                }
            }
        }
    }
}

impl Pauses {
    fn end(&mut self, lane: usize) {
        self.counts[bucket(self.current[lane])][lane] += 1;
        self.current[lane] = 0;
    }

    fn forget(&mut self, settings: Snr, lane: usize) {
        self.current[lane] = 0;
        self.longest[lane] = settings.longest;
        for count in &mut self.counts {
            count[lane] = 0;
        }
    }

    /// Sets the longest pause from the histogram, if it has enough pauses for the quantile.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts of steps; a limit needs no last digit"
    )]
    fn judge(&mut self, settings: Snr, lane: usize) {
        let total: u32 = self.counts.iter().map(|count| count[lane]).sum();
        let above = total as f32 * settings.share;
        if above < 1.0 {
            return;
        }
        let mut seen = 0.0;
        let last = (0..BUCKETS).rev().find(|at| {
            seen += self.counts[*at][lane] as f32;
            seen > above
        });
        let quantile = last.map_or(1, upper) as f32;
        self.longest[lane] = ((quantile * settings.factor) as u32).min(settings.longest);
    }
}

/// The bucket of a pause.
fn bucket(pause: u32) -> usize {
    let above = pause + 4;
    let doublings = above.ilog2();
    // Two bits after the first one choose among four buckets.
    let part = (above >> (doublings - 2)) & 3;
    (((doublings - 2) * 4 + part) as usize).min(BUCKETS - 1)
}

/// The longest pause of a bucket.
#[expect(clippy::cast_possible_truncation, reason = "buckets are few")]
fn upper(bucket: usize) -> u32 {
    let (doublings, part) = (bucket as u32 / 4, bucket as u32 % 4);
    ((5 + part) << doublings) - 5
}

impl Saved for State {
    fn visit(&mut self, bytes: &mut Bytes) -> Result<(), Damaged> {
        bytes.small(&mut self.steps)?;
        for pauses in self.units.iter_mut().flatten() {
            let own = pauses.current.iter_mut().chain(&mut pauses.longest);
            for count in own.chain(pauses.counts.iter_mut().flatten()) {
                bytes.small(count)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_in_order_and_end_where_the_next_begins() {
        for pause in 0..100_000 {
            let at = bucket(pause);
            assert!(pause <= upper(at), "{pause} in {at} up to {}", upper(at));
            assert!(at == 0 || pause > upper(at - 1), "{pause} in {at}");
        }
    }
}
