//! Networks that learn from a stream, with all that belongs to them.

use crate::bytes::{Bytes, Damaged, Saved};
use crate::draw::{Draw, Purpose};
use crate::lanes::{Counts, LANES, Lanes, each};
use crate::learner::{Learner, Noise};
use crate::network::{Network, Pass, Shape, State, Step, softmax_error};
use crate::reset::{Renewed, Resets};
use crate::stream::Sample;

/// Networks of several seeds and one learner.
#[derive(Debug, Clone)]
pub(crate) struct Trial {
    pub(crate) network: Network,
    states: Vec<State>,
    resets: Resets,
    /// Number of units renewed so far.
    pub(crate) renewed: Counts,
    step: Step,
    noise: Option<Noise>,
    since_noise: u32,
    units: [Draw; LANES],
    noises: [Draw; LANES],
    classification: bool,
    pub(crate) pass: Pass,
}

impl Trial {
    /// Untrained networks of `LANES` seeds from `first` on.
    pub(crate) fn new(
        learner: &Learner,
        shape: &Shape,
        classification: bool,
        first: u64,
        weights: Purpose,
    ) -> Self {
        let draws = |purpose| std::array::from_fn(|lane| Draw::new(first + lane as u64, purpose));
        let network = Network::new(shape, &mut draws(weights));
        let state = |layer| State::new(layer, learner.rule, learner.pull);
        Self {
            states: network.layers.iter().map(state).collect(),
            resets: Resets::new(learner.reset, &network),
            renewed: [0; LANES],
            step: Step {
                rule: learner.rule,
                rate: learner.rate,
                pull: learner.pull,
            },
            noise: learner.noise,
            since_noise: 0,
            units: draws(Purpose::Units),
            noises: draws(Purpose::Noise),
            classification,
            pass: Pass::new(&network),
            network,
        }
    }

    /// Computes outputs and the error of the outputs; returns the squared error, or 1 where the label is right.
    #[inline(always)]
    pub(crate) fn look(&mut self, sample: &Sample) -> Lanes {
        self.pass.forward(&self.network, &sample.input);
        let Some(errors) = self.pass.errors.last_mut() else {
            return [0.0; LANES];
        };
        if self.classification {
            softmax_error(&self.pass.output, &sample.label, errors)
        } else {
            let away = each(|lane| self.pass.output[0][lane] - sample.target[lane]);
            errors[0] = away.map(|away| 2.0 * away);
            away.map(|away| away * away)
        }
    }

    /// One step with one sample; returns what the networks did before it.
    #[inline(always)]
    pub(crate) fn learn(&mut self, sample: &Sample) -> Lanes {
        let result = self.look(sample);
        for at in (0..self.network.layers.len()).rev() {
            let (before, own) = self.pass.errors.split_at_mut(at);
            let before = before.last_mut();
            let input = match at.checked_sub(1) {
                Some(before) => &self.pass.hidden[before],
                None => &sample.input,
            };
            let before = before.map(|errors| {
                errors.fill([0.0; LANES]);
                errors.as_mut_slice()
            });
            let layer = (&mut self.network.layers[at], &mut self.states[at]);
            self.step.apply(layer, input, &own[0], before);
            if let Some(before) = at.checked_sub(1) {
                self.pass.through(&self.network, before);
            }
        }
        self.disturb();
        let mut renewed = Renewed {
            network: &mut self.network,
            states: &mut self.states,
            draws: &mut self.units,
            count: &mut self.renewed,
        };
        self.resets.step(&self.pass.hidden, &mut renewed);
        result
    }

    /// Adds the noise that is due.
    fn disturb(&mut self) {
        let Some(noise) = self.noise else { return };
        self.since_noise += 1;
        if self.since_noise < noise.every {
            return;
        }
        self.since_noise = 0;
        #[expect(clippy::cast_precision_loss, reason = "at most a million")]
        let deviation = noise.deviation * (noise.every as f32).sqrt();
        for layer in &mut self.network.layers {
            for values in [&mut layer.weights, &mut layer.bias] {
                for pair in values.chunks_mut(2) {
                    for lane in 0..LANES {
                        let more = self.noises[lane].normals();
                        for (value, more) in pair.iter_mut().zip(more) {
                            value[lane] += deviation * more;
                        }
                    }
                }
            }
        }
    }

    /// The squared norm of the gradient at the sample that was looked at last.
    pub(crate) fn gradient(&mut self, sample: &Sample) -> Lanes {
        let mut total = [0.0; LANES];
        for at in (0..self.network.layers.len()).rev() {
            let sum = |values: &[Lanes], start: f32| {
                values.iter().fold([start; LANES], |sum, value| {
                    each(|lane| sum[lane] + value[lane] * value[lane])
                })
            };
            let inputs = sum(self.pass.inputs(at, &sample.input), 1.0);
            let errors = sum(&self.pass.errors[at], 0.0);
            total = each(|lane| total[lane] + inputs[lane] * errors[lane]);
            if let Some(before) = at.checked_sub(1) {
                let (rest, own) = self.pass.errors.split_at_mut(at);
                rest[before].fill([0.0; LANES]);
                self.network.layers[at].pull(&own[0], &mut rest[before]);
                self.pass.through(&self.network, before);
            }
        }
        total
    }
}

impl Saved for Trial {
    fn visit(&mut self, bytes: &mut Bytes) -> Result<(), Damaged> {
        self.network.visit(bytes)?;
        self.states
            .iter_mut()
            .try_for_each(|state| state.visit(bytes))?;
        self.resets.visit(bytes)?;
        self.renewed
            .iter_mut()
            .try_for_each(|count| bytes.small(count))?;
        bytes.small(&mut self.since_noise)?;
        let draws = self.units.iter_mut().chain(&mut self.noises);
        draws.into_iter().try_for_each(|draw| draw.visit(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Activation;

    fn shape(activation: Activation, norm: bool) -> Shape {
        Shape {
            inputs: 7,
            hidden: vec![9, 6],
            outputs: 4,
            activation,
            norm,
        }
    }

    fn sample(seed: u64) -> Sample {
        let mut draw = Draw::new(seed, Purpose::Samples);
        Sample {
            input: (0..7).map(|_| each(|_| draw.within(1.0))).collect(),
            target: each(|_| draw.within(1.0)),
            label: std::array::from_fn(|lane| (lane % 4) as u32),
        }
    }

    /// Cross entropy or squared error of one lane.
    fn loss(trial: &mut Trial, sample: &Sample, lane: usize) -> f64 {
        trial.look(sample);
        let out: Vec<f64> = trial
            .pass
            .output
            .iter()
            .map(|v| f64::from(v[lane]))
            .collect();
        if trial.classification {
            let total: f64 = out.iter().map(|x| x.exp()).sum();
            total.ln() - out[sample.label[lane] as usize]
        } else {
            (out[0] - f64::from(sample.target[lane])).powi(2)
        }
    }

    /// The change of each weight by a step of plain descent is the rate times the gradient, as differences of the
    /// loss say.
    #[test]
    fn gradients_are_those_of_finite_differences() {
        let learner: Learner = "sgd:rate=1".parse().unwrap();
        for activation in Activation::ALL {
            for (norm, classification) in
                [(false, false), (true, true), (false, true), (true, false)]
            {
                let mut shape = shape(activation, norm);
                shape.outputs = if classification { 4 } else { 1 };
                let mut trial = Trial::new(&learner, &shape, classification, 3, Purpose::Weights);
                let sample = sample(5);
                let mut moved = trial.clone();
                moved.learn(&sample);
                trial.look(&sample);
                let norms = trial.clone().gradient(&sample);
                let mut total = 0.0;
                for layer in 0..3 {
                    for at in 0..trial.network.layers[layer].weights.len() {
                        let before = trial.network.layers[layer].weights[at];
                        let gradient = before[2] - moved.network.layers[layer].weights[at][2];
                        let mut around = [0.0; 2];
                        let step = 4e-3;
                        for (side, value) in around.iter_mut().zip([-step, step]) {
                            trial.network.layers[layer].weights[at][2] = before[2] + value;
                            *side = loss(&mut trial, &sample, 2);
                        }
                        trial.network.layers[layer].weights[at] = before;
                        let expected = (around[1] - around[0]) / f64::from(2.0 * step);
                        let place = format!("{activation:?} {norm} {classification} {layer} {at}");
                        let gap = (f64::from(gradient) - expected).abs();
                        assert!(
                            gap < 0.02 * (0.2 + expected.abs()),
                            "{place}: {gradient} {expected}"
                        );
                        total += gradient * gradient;
                    }
                    for (a, b) in trial.network.layers[layer]
                        .bias
                        .iter()
                        .zip(&moved.network.layers[layer].bias)
                    {
                        total += (a[2] - b[2]).powi(2);
                    }
                }
                assert!(
                    (norms[2] / total - 1.0).abs() < 1e-3,
                    "{} {total}",
                    norms[2]
                );
            }
        }
    }

    /// Each rule's first two steps, computed by its definition for one weight.
    #[test]
    fn rules_step_as_defined() {
        let shape = Shape {
            inputs: 1,
            hidden: vec![],
            outputs: 1,
            activation: Activation::Relu,
            norm: false,
        };
        let one = Sample {
            input: vec![[2.0; LANES]],
            target: [1.0; LANES],
            label: [0; LANES],
        };
        for (text, step) in [
            ("sgd:rate=0.1", 0),
            ("momentum:rate=0.1", 1),
            ("adam:rate=0.1", 2),
            ("adamw:rate=0.1,decoupled=0.5", 3),
            ("l2:rate=0.1,l2=0.5", 4),
            ("l2-init:rate=0.1,l2-init=0.5", 5),
        ] {
            let learner: Learner = text.parse().unwrap();
            let mut trial = Trial::new(&learner, &shape, false, 0, Purpose::Weights);
            let start = f64::from(trial.network.layers[0].weights[0][0]);
            let (mut weight, mut bias) = ([start, start], [0.0, 0.0]);
            let (mut first, mut second) = ([0.0; 2], [0.0; 2]);
            for time in 1..=2 {
                trial.learn(&one);
                let error = 2.0 * (2.0 * weight[0] + bias[0] - 1.0);
                for (k, (value, slope)) in [(&mut weight, 2.0 * error), (&mut bias, error)]
                    .into_iter()
                    .enumerate()
                {
                    let away = value[0] - value[1];
                    let g = slope
                        + if step == 4 { 0.5 * value[0] } else { 0.0 }
                        + if step == 5 { 0.5 * away } else { 0.0 };
                    let move_by = match step {
                        1 => {
                            first[k] = 0.9 * first[k] + g;
                            first[k]
                        }
                        2 | 3 => {
                            first[k] = 0.9 * first[k] + 0.1 * g;
                            second[k] = 0.999 * second[k] + 0.001 * g * g;
                            let m = first[k] / (1.0 - 0.9_f64.powi(time));
                            m / ((second[k] / (1.0 - 0.999_f64.powi(time))).sqrt() + 1e-8)
                        }
                        _ => g,
                    };
                    let kept = if step == 3 { 1.0 - 0.1 * 0.5 } else { 1.0 };
                    value[0] = kept * value[0] - 0.1 * move_by;
                }
                let layer = &trial.network.layers[0];
                assert!(
                    (f64::from(layer.weights[0][0]) - weight[0]).abs() < 2e-4,
                    "{text} {time}"
                );
                assert!(
                    (f64::from(layer.bias[0][0]) - bias[0]).abs() < 2e-4,
                    "{text} {time}"
                );
            }
        }
    }
}
