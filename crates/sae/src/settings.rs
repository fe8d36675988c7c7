//! Settings of a training.

use serde::{Deserialize, Serialize};

/// A way of choosing the features that fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The largest `l0` times the batch's rows of all sums of a batch (Bussmann et al., arXiv 2412.06410).
    BatchTopk,
    /// The largest `l0` sums of each row (Gao et al., arXiv 2406.04093).
    Topk,
    /// Sums above a threshold of their feature, which is learned (Rajamanoharan et al., arXiv 2407.14435), with a
    /// quadratic penalty to a target number.
    Jumprelu,
    /// As `BatchTopk`, and prefixes of the dictionary must reconstruct too (Bussmann et al., arXiv 2503.17547).
    Matryoshka,
}

impl Kind {
    /// All of them with their names.
    pub const ALL: [(&'static str, Self); 4] = [
        ("batch-topk", Self::BatchTopk),
        ("topk", Self::Topk),
        ("jumprelu", Self::Jumprelu),
        ("matryoshka", Self::Matryoshka),
    ];

    /// Name in commands and files.
    #[must_use]
    pub fn name(self) -> &'static str {
        let own = Self::ALL.iter().find(|(_, kind)| *kind == self);
        own.map_or("", |(name, _)| name)
    }
}

/// Weights that are not learned: baselines that a dictionary has to beat (arXiv 2602.14111).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Frozen {
    /// All weights are learned.
    #[default]
    Nothing,
    /// The decoder keeps its random directions.
    Decoder,
    /// Each direction of the decoder stays within a cosine of 0.8 of its random one.
    SoftDecoder,
    /// The encoder keeps its random weights.
    Encoder,
}

impl Frozen {
    /// All of them with their names.
    pub const ALL: [(&'static str, Self); 4] = [
        ("nothing", Self::Nothing),
        ("decoder", Self::Decoder),
        ("soft-decoder", Self::SoftDecoder),
        ("encoder", Self::Encoder),
    ];

    /// Name in commands and files.
    #[must_use]
    pub fn name(self) -> &'static str {
        let own = Self::ALL.iter().find(|(_, frozen)| *frozen == self);
        own.map_or("", |(name, _)| name)
    }
}

/// Settings of a training. Lengths are in units in which the mean square of an input row's length is 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The choice of features.
    pub kind: Kind,
    /// Numbers of an input row.
    pub inputs: usize,
    /// Number of features.
    pub width: usize,
    /// Features that fire for a row, on average.
    pub l0: f64,
    /// Rows of a step.
    pub batch: usize,
    /// Number of steps.
    pub steps: usize,
    /// Learning rate of Adam.
    pub rate: f32,
    /// Steps until the rate is reached.
    pub warmup: usize,
    /// Steps at the end in which the rate falls to 0.
    pub decay: usize,
    /// Weight of the auxiliary loss: silent features reconstruct what the others leave.
    pub auxiliary: f32,
    /// Steps without firing after which a feature is silent.
    pub silent_after: usize,
    /// `jumprelu`: width of the kernel in which a threshold has a gradient.
    pub bandwidth: f32,
    /// `jumprelu`: weight of the penalty `2 / l0 * (L0 of the row - l0)^2`.
    pub penalty: f32,
    /// `jumprelu`: steps until that weight is reached.
    pub penalty_warmup: usize,
    /// `matryoshka`: the lengths of the prefixes, ascending; the last is the width.
    pub prefixes: Vec<usize>,
    /// Weight of a step in the moving mean of the threshold.
    pub threshold_rate: f64,
    /// Weights that are not learned.
    pub frozen: Frozen,
    /// Seed of the first weights and of the order of rows.
    pub seed: u64,
}

/// Settings do not fit together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingsError(pub String);

impl Settings {
    /// Usual settings for a kind and size.
    #[must_use]
    pub fn new(kind: Kind, inputs: usize, width: usize, l0: f64, steps: usize) -> Self {
        let prefixes = match kind {
            Kind::Matryoshka => prefixes(width),
            _ => vec![width],
        };
        Self {
            kind,
            inputs,
            width,
            l0,
            batch: 1024,
            steps,
            rate: 1e-3,
            warmup: steps / 20,
            decay: steps / 5,
            auxiliary: 1.0,
            silent_after: (steps / 10).clamp(20, 1000),
            bandwidth: 0.02,
            penalty: 1e-3,
            penalty_warmup: steps / 10,
            prefixes,
            threshold_rate: 0.01,
            frozen: Frozen::Nothing,
            seed: 0,
        }
    }

    /// Checks that the settings fit together.
    ///
    /// # Errors
    /// They do not; the message says which.
    pub fn check(&self) -> Result<(), SettingsError> {
        let refuse = |why: String| Err(SettingsError(why));
        if self.inputs == 0 || self.width == 0 || self.width > 1 << 24 {
            return refuse(format!(
                "a dictionary has from 1 to {} features, not {}",
                1 << 24,
                self.width
            ));
        }
        if !(self.l0 > 0.0 && self.l0 <= self.width as f64) {
            return refuse(format!(
                "from 1 to {} of {} features can fire for a row, not {}",
                self.width, self.width, self.l0
            ));
        }
        if self.kind == Kind::Topk && self.l0.fract() != 0.0 {
            return refuse(format!(
                "topk takes a whole number of features, not {}",
                self.l0
            ));
        }
        if self.batch == 0 || self.batch as f64 * self.width as f64 > f64::from(u32::MAX) {
            return refuse(format!("a step cannot have {} rows", self.batch));
        }
        let ascending = self.prefixes.windows(2).all(|pair| pair[0] < pair[1]);
        let whole = self.prefixes.last() == Some(&self.width);
        if !ascending || !whole || self.prefixes.first() == Some(&0) {
            return refuse(format!(
                "prefixes must ascend and end with the width {}: {:?} do not",
                self.width, self.prefixes
            ));
        }
        let rates = [self.rate, self.bandwidth];
        if !rates.iter().all(|rate| rate.is_finite() && *rate > 0.0) {
            return refuse("the rate and the bandwidth must be above 0".to_owned());
        }
        let weights = [self.auxiliary, self.penalty];
        if !weights
            .iter()
            .all(|weight| weight.is_finite() && *weight >= 0.0)
        {
            return refuse("weights of losses must not be below 0".to_owned());
        }
        Ok(())
    }

    /// The learning rate of a step.
    pub(crate) fn rate_at(&self, step: usize) -> f32 {
        let part = |of: usize, all: usize| of as f64 / all as f64;
        let mut rate = f64::from(self.rate);
        if step < self.warmup {
            rate *= part(step + 1, self.warmup);
        }
        let left = self.steps.saturating_sub(step);
        if left < self.decay {
            rate *= part(left, self.decay);
        }
        rate as f32
    }

    /// The weight of the penalty at a step.
    pub(crate) fn penalty_at(&self, step: usize) -> f32 {
        if step >= self.penalty_warmup {
            return self.penalty;
        }
        (f64::from(self.penalty) * (step as f64 / self.penalty_warmup as f64)) as f32
    }
}

/// Prefixes of which each is twice as long as the one before.
fn prefixes(width: usize) -> Vec<usize> {
    let mut all: Vec<usize> = [32, 16, 8, 4, 2, 1]
        .into_iter()
        .map(|part| width / part)
        .filter(|length| *length > 0)
        .collect();
    all.dedup();
    all
}
