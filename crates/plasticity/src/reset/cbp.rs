//! Continual backpropagation: at each step a small share of the mature units, those of the lowest utility, is
//! replaced by new ones.

use serde::{Deserialize, Serialize};

use crate::bytes::{Bytes, Damaged, Saved};
use crate::lanes::{LANES, Lanes, each, flush, zeros};
use crate::network::Network;

use super::Renewed;

/// The utility of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Utility {
    /// |output| times the weights to the next layer.
    Contribution,
    /// |output - mean output| times the weights to the next layer, divided by those from the layer before.
    Adaptable,
}

/// The weights to the next layer, as a utility takes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outgoing {
    /// The mean of their absolute values, as in the published code.
    Mean,
    /// Their sum, as in the text of the paper.
    Sum,
}

/// Settings of continual backpropagation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Cbp {
    /// Share of the mature units that is replaced at each step.
    pub replacement: f32,
    /// A unit of more steps than this is mature.
    pub maturity: u32,
    /// Decay of the averages of utility and output.
    pub decay: f32,
    /// The utility of a unit.
    pub utility: Utility,
    /// The weights to the next layer, as the utility takes them.
    pub outgoing: Outgoing,
    /// True if a replaced unit's mean contribution is moved to the next layer's bias.
    pub transfer: bool,
}

impl Default for Cbp {
    fn default() -> Self {
        Self {
            replacement: 1e-4,
            maturity: 100,
            decay: 0.99,
            utility: Utility::Adaptable,
            outgoing: Outgoing::Mean,
            transfer: true,
        }
    }
}

/// Averages of one layer's units.
#[derive(Debug, Clone)]
struct Units {
    age: Vec<Lanes>,
    utility: Vec<Lanes>,
    mean: Vec<Lanes>,
    /// 1 - decay^age.
    correction: Vec<Lanes>,
    /// Units to replace, a fraction of one included; a small rate times a few units would be lost in single
    /// precision.
    due: [f64; LANES],
    /// Sums of the absolute weights to the next layer; no state.
    outgoing: Vec<Lanes>,
}

#[derive(Debug, Clone)]
pub(crate) struct State {
    settings: Cbp,
    layers: Vec<Units>,
}

impl State {
    pub(super) fn new(settings: Cbp, network: &Network) -> Self {
        let units = |count: &usize| Units {
            age: zeros(*count),
            utility: zeros(*count),
            mean: zeros(*count),
            correction: zeros(*count),
            due: [0.0; LANES],
            outgoing: zeros(*count),
        };
        Self {
            settings,
            layers: network.shape.hidden.iter().map(units).collect(),
        }
    }

    #[inline(always)]
    pub(super) fn step(&mut self, hidden: &[Vec<Lanes>], renewed: &mut Renewed<'_>) {
        let mut chosen = Vec::new();
        for (at, units) in self.layers.iter_mut().enumerate() {
            let mature = units.observe(self.settings, renewed.network, at, &hidden[at]);
            for (lane, mature) in mature.into_iter().enumerate() {
                units.due[lane] += f64::from(self.settings.replacement) * f64::from(mature);
                while units.due[lane] >= 1.0 {
                    units.due[lane] -= 1.0;
                    if let Some(unit) = units.least(self.settings.maturity, lane) {
                        chosen.push((at, unit, lane));
                        // Not chosen a second time in this step.
                        units.age[unit][lane] = 0.0;
                    }
                }
            }
        }
        for (at, unit, lane) in chosen {
            self.replace(at, unit, lane, renewed);
        }
    }

    fn replace(&mut self, at: usize, unit: usize, lane: usize, renewed: &mut Renewed<'_>) {
        let units = &mut self.layers[at];
        if self.settings.transfer {
            let mean = units.mean[unit][lane] / units.correction[unit][lane];
            let next = &mut renewed.network.layers[at + 1];
            let rows = next.weights.chunks_exact(next.inputs);
            for (bias, row) in next.bias.iter_mut().zip(rows) {
                bias[lane] += row[unit][lane] * mean;
            }
        }
        renewed.renew(at, unit, lane);
        units.age[unit][lane] = 0.0;
        units.utility[unit][lane] = 0.0;
        units.mean[unit][lane] = 0.0;
        units.correction[unit][lane] = 0.0;
    }
}

impl Units {
    /// Averages of another sample; returns the number of mature units of each network.
    #[inline(always)]
    fn observe(&mut self, settings: Cbp, network: &Network, at: usize, hidden: &[Lanes]) -> Lanes {
        let (own, next) = (&network.layers[at], &network.layers[at + 1]);
        self.outgoing.fill([0.0; LANES]);
        for row in next.weights.chunks_exact(next.inputs) {
            for (sum, weight) in self.outgoing.iter_mut().zip(row) {
                *sum = each(|lane| sum[lane] + weight[lane].abs());
            }
        }
        let share = match settings.outgoing {
            Outgoing::Mean => 1.0 / real(next.outputs),
            Outgoing::Sum => 1.0,
        };
        let (decay, fresh) = (settings.decay, 1.0 - settings.decay);
        let mature_after = real(settings.maturity as usize);
        let mut mature = [0.0; LANES];
        for (unit, output) in hidden.iter().enumerate() {
            let age = &mut self.age[unit];
            *age = each(|lane| age[lane] + 1.0);
            let correction = &mut self.correction[unit];
            *correction = each(|lane| decay * correction[lane] + fresh);
            let mean = &mut self.mean[unit];
            *mean = each(|lane| flush(decay * mean[lane] + fresh * output[lane]));
            let outgoing = each(|lane| self.outgoing[unit][lane] * share);
            let value = match settings.utility {
                Utility::Contribution => each(|lane| output[lane].abs() * outgoing[lane]),
                Utility::Adaptable => {
                    let row = &own.weights[unit * own.inputs..(unit + 1) * own.inputs];
                    let mut incoming = [0.0; LANES];
                    for weight in row {
                        incoming = each(|lane| incoming[lane] + weight[lane].abs());
                    }
                    let inputs = real(own.inputs);
                    each(|lane| {
                        let away = output[lane] - mean[lane] / correction[lane];
                        outgoing[lane] * away.abs() / (incoming[lane] / inputs)
                    })
                }
            };
            let utility = &mut self.utility[unit];
            *utility = each(|lane| flush(decay * utility[lane] + fresh * value[lane]));
            mature = each(|lane| mature[lane] + f32::from(u8::from(age[lane] > mature_after)));
        }
        mature
    }

    /// The mature unit of the lowest corrected utility.
    fn least(&self, maturity: u32, lane: usize) -> Option<usize> {
        let mature =
            (0..self.age.len()).filter(|unit| self.age[*unit][lane] > real(maturity as usize));
        let corrected = |unit: usize| self.utility[unit][lane] / self.correction[unit][lane];
        mature.min_by(|a, b| corrected(*a).total_cmp(&corrected(*b)))
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "ages are only compared with small numbers"
)]
fn real(count: usize) -> f32 {
    count as f32
}

impl Saved for State {
    fn visit(&mut self, bytes: &mut Bytes) -> Result<(), Damaged> {
        for units in &mut self.layers {
            for values in [
                &mut units.age,
                &mut units.utility,
                &mut units.mean,
                &mut units.correction,
            ] {
                bytes.lanes(values)?;
            }
            units.due.iter_mut().try_for_each(|due| bytes.long(due))?;
        }
        Ok(())
    }
}
