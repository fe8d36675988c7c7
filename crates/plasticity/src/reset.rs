//! Learners that renew units: continual backpropagation, `ReDo` and self-normalised resets.

mod cbp;
mod redo;
mod snr;

pub use cbp::{Cbp, Outgoing, Utility};
pub use redo::Redo;
pub use snr::Snr;

use serde::{Deserialize, Serialize};

use crate::bytes::{Bytes, Damaged, Saved};
use crate::draw::Draw;
use crate::lanes::{Counts, LANES};
use crate::network::{Network, State};

/// The way in which units are renewed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reset {
    /// Continual backpropagation (Dohare et al. 2024).
    Cbp(Cbp),
    /// `ReDo` (Sokar et al. 2023).
    Redo(Redo),
    /// Self-normalised resets (Farias and Jozefiak 2025).
    Snr(Snr),
}

/// The networks that units are renewed in, with the state of their steps.
pub(crate) struct Renewed<'n> {
    pub(crate) network: &'n mut Network,
    pub(crate) states: &'n mut [State],
    pub(crate) draws: &'n mut [Draw; LANES],
    /// Number of units renewed so far.
    pub(crate) count: &'n mut Counts,
}

impl Renewed<'_> {
    /// Gives a unit new weights from the initial distribution, no bias, and no weights to the next layer; what
    /// the rule knows of these weights is forgotten.
    fn renew(&mut self, layer: usize, unit: usize, lane: usize) {
        let own = &mut self.network.layers[layer];
        let bound = own.bound;
        let start = unit * own.inputs;
        for weight in &mut own.weights[start..start + own.inputs] {
            weight[lane] = self.draws[lane].within(bound);
        }
        own.bias[unit][lane] = 0.0;
        self.states[layer].reset_row(own, unit, lane);
        let next = &mut self.network.layers[layer + 1];
        for row in next.weights.chunks_exact_mut(next.inputs) {
            row[unit][lane] = 0.0;
        }
        self.states[layer + 1].reset_column(next, unit, lane);
        self.count[lane] += 1;
    }
}

/// The state of a way of renewing units.
#[derive(Debug, Clone)]
pub(crate) enum Resets {
    None,
    Cbp(cbp::State),
    Redo(redo::State),
    Snr(snr::State),
}

impl Resets {
    pub(crate) fn new(reset: Option<Reset>, network: &Network) -> Self {
        match reset {
            None => Self::None,
            Some(Reset::Cbp(settings)) => Self::Cbp(cbp::State::new(settings, network)),
            Some(Reset::Redo(settings)) => Self::Redo(redo::State::new(settings, network)),
            Some(Reset::Snr(settings)) => Self::Snr(snr::State::new(settings, network)),
        }
    }

    /// Takes note of the units' outputs for one sample, after the step of the weights, and renews units.
    #[inline(always)]
    pub(crate) fn step(&mut self, hidden: &[Vec<crate::lanes::Lanes>], renewed: &mut Renewed<'_>) {
        match self {
            Self::None => {}
            Self::Cbp(state) => state.step(hidden, renewed),
            Self::Redo(state) => state.step(hidden, renewed),
            Self::Snr(state) => state.step(hidden, renewed),
        }
    }
}

impl Saved for Resets {
    fn visit(&mut self, bytes: &mut Bytes) -> Result<(), Damaged> {
        match self {
            Self::None => Ok(()),
            Self::Cbp(state) => state.visit(bytes),
            Self::Redo(state) => state.visit(bytes),
            Self::Snr(state) => state.visit(bytes),
        }
    }
}
