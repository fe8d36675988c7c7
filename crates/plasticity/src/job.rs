//! One learner on the stream of a few seeds: the unit of parallel work, which can be saved and resumed.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::bytes::{self, Bytes, Damaged, Saved};
use crate::draw::Purpose;
use crate::lanes::LANES;
use crate::learner::Learner;
use crate::measure::{Measure, measure};
use crate::network::{Activation, Shape};
use crate::stream::{Pictures, Stream, StreamSettings};
use crate::trial::Trial;

/// The settings of an experiment, without its learners.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The stream of samples.
    pub stream: StreamSettings,
    /// Widths of hidden layers.
    pub hidden: Vec<usize>,
    /// The function of hidden units.
    pub activation: Activation,
    /// Steps in all.
    pub steps: u64,
    /// Steps whose error is averaged.
    pub bin: u64,
    /// Bins between two measurements.
    pub measure_every: u64,
    /// Number of seeds.
    pub seeds: u64,
    /// The first seed.
    pub first_seed: u64,
}

/// The reason why an experiment cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// There are fewer than two seeds.
    #[error("an interval needs two seeds at least")]
    Seeds,
    /// The steps are no multiple of a bin, or too few.
    #[error("{steps} steps are not 20 or more bins of {bin} steps each")]
    Bins {
        /// Number of steps.
        steps: u64,
        /// Steps of a bin.
        bin: u64,
    },
    /// A size is 0 or far too large.
    #[error("{0} must be from 1 to {1}")]
    Size(&'static str, u64),
    /// More bits stay the same than there are.
    #[error(
        "{slow} of {bits} bits cannot stay the same: leave one at least that changes with each sample"
    )]
    Bits {
        /// Number of slow bits.
        slow: usize,
        /// Number of bits.
        bits: usize,
    },
}

impl Settings {
    /// Checks that the experiment can be run.
    ///
    /// # Errors
    /// A number does not fit.
    pub fn check(&self) -> Result<(), SettingsError> {
        if self.seeds < 2 {
            return Err(SettingsError::Seeds);
        }
        let sizes = [
            ("the number of seeds", self.seeds, 10_000),
            ("the steps of a bin", self.bin, u64::MAX),
            ("the steps of a period", self.stream.period(), u64::MAX),
            (
                "the bins between measurements",
                self.measure_every,
                u64::MAX,
            ),
        ];
        let widths = self
            .hidden
            .iter()
            .map(|width| ("a width", *width as u64, 10_000));
        for (name, size, most) in sizes.into_iter().chain(widths).chain(self.stream_sizes()) {
            if size == 0 || size > most {
                return Err(SettingsError::Size(name, most));
            }
        }
        let (steps, bin) = (self.steps, self.bin);
        if !steps.is_multiple_of(bin) || steps / bin < 20 {
            return Err(SettingsError::Bins { steps, bin });
        }
        if let StreamSettings::Regression(own) = &self.stream
            && own.slow >= own.bits
        {
            let (slow, bits) = (own.slow, own.bits);
            return Err(SettingsError::Bits { slow, bits });
        }
        Ok(())
    }

    /// Names, values and limits of the stream's sizes.
    fn stream_sizes(&self) -> Vec<(&'static str, u64, u64)> {
        match &self.stream {
            StreamSettings::Regression(own) => vec![
                ("the number of input bits", own.bits as u64, 32),
                ("the number of target units", own.units as u64, 100_000),
            ],
            StreamSettings::Digits(own) => {
                vec![("the number of pictures", own.pictures as u64, 1_000_000)]
            }
            StreamSettings::Karel(own) => vec![
                ("the number of opcodes", own.opcodes as u64, 100),
                ("the opcodes of a program", own.length as u64, 100),
                ("the side of the world", own.side as u64, 32),
            ],
            StreamSettings::Classes(own) => vec![
                ("the number of classes", own.classes as u64, 1_000),
                (
                    "the number of classes that join",
                    own.at_a_time as u64,
                    1_000,
                ),
                ("the number of pictures", own.pictures as u64, 10_000),
            ],
        }
    }

    /// Number of jobs for each learner.
    #[must_use]
    pub fn blocks(&self) -> u64 {
        self.seeds.div_ceil(LANES as u64)
    }

    /// First seed of a block and the number of its seeds; blocks have equal sizes as far as possible.
    fn block(&self, block: u64) -> (u64, u64) {
        let start = |block: u64| self.seeds * block / self.blocks();
        (
            self.first_seed + start(block),
            start(block + 1) - start(block),
        )
    }

    fn bins(&self) -> u64 {
        self.steps / self.bin
    }

    /// Start of the last fifth: a network that is started here is compared with the one that has learned from the
    /// beginning, over the last tenth.
    #[must_use]
    pub fn window(&self) -> u64 {
        self.steps - self.bins() / 10 * 2 * self.bin
    }

    /// Start of the last tenth.
    #[must_use]
    pub fn scored(&self) -> u64 {
        self.steps - self.bins() / 10 * self.bin
    }

    /// Bins of the early part that the end is compared with: after the first twentieth, for a tenth.
    pub(crate) fn early(&self) -> std::ops::Range<usize> {
        let bins = usize::try_from(self.bins()).unwrap_or(usize::MAX);
        bins / 20..bins / 20 + bins / 10
    }
}

/// All numbers of one seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeedRecord {
    /// The seed of weights and stream.
    pub seed: u64,
    /// Mean squared error, or share of right labels, of each bin.
    pub bins: Vec<f64>,
    /// Measurements, the first one before the first step.
    pub measures: Vec<Measure>,
    /// Mean over the last tenth of the steps.
    pub old: f64,
    /// The same for a network that was started a fifth of the steps before the end.
    pub fresh: f64,
    /// Number of units renewed.
    pub renewed: u32,
}

/// Sums of one bin or window.
type Sums = [f64; LANES];

/// One learner on the streams of a block of seeds.
#[derive(Debug, Clone)]
pub struct Job {
    settings: Settings,
    learner: Learner,
    block: u64,
    step: u64,
    stream: Stream,
    old: Trial,
    fresh: Option<Trial>,
    bin: Sums,
    bins: Vec<Sums>,
    scored: [Sums; 2],
    measures: Vec<[Measure; LANES]>,
}

impl Job {
    /// The start of a job. `pictures` takes the place of built-in ones in a stream of digits.
    #[must_use]
    pub fn new(
        settings: &Settings,
        learner: &Learner,
        block: u64,
        pictures: Option<&Arc<Pictures>>,
    ) -> Self {
        let (first, _) = settings.block(block);
        let stream = Stream::new(&settings.stream, pictures, first);
        let shape = shape(settings, learner, pictures.map(|pictures| &**pictures));
        let classification = settings.stream.is_classification();
        let old = Trial::new(learner, &shape, classification, first, Purpose::Weights);
        Self {
            settings: settings.clone(),
            learner: learner.clone(),
            block,
            step: 0,
            stream,
            old,
            fresh: None,
            bin: [0.0; LANES],
            bins: Vec::new(),
            scored: [[0.0; LANES]; 2],
            measures: Vec::new(),
        }
    }

    /// Steps so far.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.step
    }

    /// True after the last step.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.step >= self.settings.steps
    }

    /// Number of weights and biases of one network.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.old.network.parameters()
    }

    /// Goes on to the end of the bin.
    pub fn advance(&mut self) {
        if self.is_done() {
            return;
        }
        let bin = self.settings.bin;
        let number = self.step / bin;
        if number.is_multiple_of(self.settings.measure_every) {
            self.measures
                .push(measure(&self.old, &self.stream, self.step));
        }
        if self.step == self.settings.window() {
            self.fresh = Some(self.start_fresh());
        }
        self.learn();
        self.step += bin;
        self.bins.push(mean(self.bin, bin));
        self.bin = [0.0; LANES];
        if self.is_done() {
            self.measures
                .push(measure(&self.old, &self.stream, self.step));
        }
    }

    /// The steps of one bin, with the widest instructions that the processor has. They compute the same bits: no
    /// multiplication is fused with an addition.
    fn learn(&mut self) {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has AVX2.
            #[expect(
                unsafe_code,
                reason = "the only way to call code for a feature found at run time"
            )]
            unsafe {
                self.learn_wide();
            }
            return;
        }
        self.learn_here();
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn learn_wide(&mut self) {
        self.learn_here();
    }

    #[inline(always)]
    fn learn_here(&mut self) {
        let scored = self.settings.scored();
        for step in self.step..self.step + self.settings.bin {
            let sample = self.stream.next();
            let old = self.old.learn(sample);
            add(&mut self.bin, old);
            if let Some(trial) = &mut self.fresh {
                let fresh = trial.learn(sample);
                if step >= scored {
                    add(&mut self.scored[0], old);
                    add(&mut self.scored[1], fresh);
                }
            }
        }
    }

    fn start_fresh(&self) -> Trial {
        let (first, _) = self.settings.block(self.block);
        let shape = self.old.network.shape.clone();
        let classification = self.settings.stream.is_classification();
        Trial::new(&self.learner, &shape, classification, first, Purpose::Fresh)
    }

    /// The records of the block's seeds so far.
    #[must_use]
    pub fn records(&self) -> Vec<SeedRecord> {
        let (first, count) = self.settings.block(self.block);
        let scored = self.settings.steps - self.settings.scored();
        let [old, fresh] = self.scored.map(|sums| mean(sums, scored));
        let lanes = 0..usize::try_from(count).unwrap_or(LANES);
        lanes
            .map(|lane| SeedRecord {
                seed: first + lane as u64,
                bins: self.bins.iter().map(|bin| bin[lane]).collect(),
                measures: self.measures.iter().map(|all| all[lane]).collect(),
                old: old[lane],
                fresh: fresh[lane],
                renewed: self.old.renewed[lane],
            })
            .collect()
    }

    /// The state, from which [`Job::load`] goes on to the same bits.
    #[must_use]
    pub fn save(&mut self) -> Vec<u8> {
        bytes::write(self)
    }

    /// Replaces the state of a new job by a saved one of the same settings.
    ///
    /// # Errors
    /// The bytes are damaged or of other settings; the job must then not be used.
    pub fn load(&mut self, saved: Vec<u8>) -> Result<(), Damaged> {
        bytes::read(self, saved)
    }
}

/// The shape of the networks of a learner.
fn shape(settings: &Settings, learner: &Learner, pictures: Option<&Pictures>) -> Shape {
    let (inputs, outputs) = settings.stream.sizes(pictures);
    Shape {
        inputs,
        hidden: if learner.linear {
            Vec::new()
        } else {
            settings.hidden.clone()
        },
        outputs,
        activation: settings.activation,
        norm: learner.norm,
    }
}

#[inline(always)]
fn add(sums: &mut Sums, values: [f32; LANES]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += f64::from(value);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a number of steps")]
fn mean(sums: Sums, count: u64) -> Sums {
    sums.map(|sum| sum / count.max(1) as f64)
}

impl Saved for Job {
    fn visit(&mut self, bytes: &mut Bytes) -> Result<(), Damaged> {
        let mut marks = [self.settings.steps, self.settings.bin, self.block];
        let expected = marks;
        marks.iter_mut().try_for_each(|mark| bytes.number(mark))?;
        if marks != expected {
            return Err(Damaged);
        }
        bytes.number(&mut self.step)?;
        if self.step > self.settings.steps || !self.step.is_multiple_of(self.settings.bin) {
            return Err(Damaged);
        }
        self.stream.visit(bytes)?;
        self.old.visit(bytes)?;
        if self.step > self.settings.window() {
            if self.fresh.is_none() {
                self.fresh = Some(self.start_fresh());
            }
            if let Some(fresh) = &mut self.fresh {
                fresh.visit(bytes)?;
            }
        }
        let sums = |bytes: &mut Bytes, sums: &mut Sums| {
            sums.iter_mut().try_for_each(|sum| bytes.long(sum))
        };
        for own in &mut self.scored {
            sums(bytes, own)?;
        }
        bytes.list(&mut self.bins, sums)?;
        bytes.list(&mut self.measures, |bytes, all| {
            all.iter_mut().try_for_each(|one| one.visit(bytes))
        })
    }
}

/// All numbers of one step of a short run, for a comparison with another implementation.
#[derive(Debug, Clone, Serialize)]
pub struct Moment {
    /// The inputs of the step.
    pub input: Vec<f32>,
    /// The number to predict.
    pub target: f32,
    /// Weights, by layer, output and input, after the step.
    pub weights: Vec<Vec<f32>>,
    /// Biases, by layer, after the step.
    pub biases: Vec<Vec<f32>>,
    /// Number of units renewed so far.
    pub renewed: u32,
}

/// The weights at the start and after each step of the first seed's network, on a regression.
#[must_use]
pub fn transcript(settings: &Settings, learner: &Learner, steps: usize) -> Vec<Moment> {
    let mut job = Job::new(settings, learner, 0, None);
    let moment = |trial: &Trial, input: Vec<f32>, target: f32| {
        let lane = |values: &Vec<[f32; LANES]>| values.iter().map(|value| value[0]).collect();
        let layers = || trial.network.layers.iter();
        Moment {
            input,
            target,
            weights: layers().map(|layer| lane(&layer.weights)).collect(),
            biases: layers().map(|layer| lane(&layer.bias)).collect(),
            renewed: trial.renewed[0],
        }
    };
    let mut all = vec![moment(&job.old, Vec::new(), 0.0)];
    for _ in 0..steps {
        let sample = job.stream.next();
        job.old.learn(sample);
        let input = sample.input.iter().map(|x| x[0]).collect();
        all.push(moment(&job.old, input, sample.target[0]));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::DigitSettings;

    #[test]
    fn wide_instructions_compute_the_same_bits() {
        let settings = Settings {
            stream: StreamSettings::Digits(DigitSettings::default()),
            hidden: vec![20, 15],
            activation: Activation::Relu,
            steps: 2_000,
            bin: 100,
            measure_every: 5,
            seeds: 8,
            first_seed: 0,
        };
        for learner in [
            "cbp:replacement=0.01,rule=adam,rate=0.001",
            "layer-norm",
            "shrink-perturb",
        ] {
            let learner = learner.parse().unwrap();
            let mut wide = Job::new(&settings, &learner, 0, None);
            let mut narrow = wide.clone();
            for _ in 0..5 {
                wide.learn();
                narrow.learn_here();
            }
            assert_eq!(wide.save(), narrow.save());
        }
    }
}
