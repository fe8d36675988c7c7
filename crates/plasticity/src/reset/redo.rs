//! `ReDo`: units whose mean output is a small share of their layer's are renewed now and then.

use serde::{Deserialize, Serialize};

use crate::bytes::{Bytes, Damaged, Saved};
use crate::lanes::{LANES, Lanes, each, zeros};
use crate::network::Network;

use super::Renewed;

/// Settings of `ReDo`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Redo {
    /// Steps between two checks; the means are those since the last check.
    pub every: u32,
    /// A unit whose mean |output| is at most this share of the layer's mean is renewed.
    pub threshold: f32,
}

impl Default for Redo {
    fn default() -> Self {
        Self {
            every: 1_000,
            threshold: 0.025,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct State {
    settings: Redo,
    steps: u32,
    /// Sums of |output| by layer and unit.
    sums: Vec<Vec<Lanes>>,
}

impl State {
    pub(super) fn new(settings: Redo, network: &Network) -> Self {
        Self {
            settings,
            steps: 0,
            sums: network.shape.hidden.iter().map(|n| zeros(*n)).collect(),
        }
    }

    #[inline(always)]
    pub(super) fn step(&mut self, hidden: &[Vec<Lanes>], renewed: &mut Renewed<'_>) {
        for (sums, outputs) in self.sums.iter_mut().zip(hidden) {
            for (sum, output) in sums.iter_mut().zip(outputs) {
                *sum = each(|lane| sum[lane] + output[lane].abs());
            }
        }
        self.steps += 1;
        if self.steps < self.settings.every {
            return;
        }
        self.steps = 0;
        for (at, sums) in self.sums.iter_mut().enumerate() {
            for lane in 0..LANES {
                let total: f32 = sums.iter().map(|sum| sum[lane]).sum();
                #[expect(clippy::cast_precision_loss, reason = "layers are far smaller")]
                let mean = total / sums.len() as f32;
                for (unit, sum) in sums.iter().enumerate() {
                    if sum[lane] <= self.settings.threshold * mean {
                        renewed.renew(at, unit, lane);
                    }
                }
            }
            sums.fill([0.0; LANES]);
        }
    }
}

impl Saved for State {
    fn visit(&mut self, bytes: &mut Bytes) -> Result<(), Damaged> {
        bytes.small(&mut self.steps)?;
        self.sums.iter_mut().try_for_each(|sums| bytes.lanes(sums))
    }
}
