//! Streams of samples whose task changes: one sample at a time for each of several seeds.

mod classes;
mod digits;
mod karel;
mod regression;

pub use classes::ClassSettings;
pub use digits::{DigitSettings, PictureError, Pictures, pictures_from_idx};
pub use karel::KarelSettings;
pub use regression::{Change, RegressionSettings};

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::bytes::{Bytes, Damaged, Saved};
use crate::lanes::{Counts, LANES, Lanes, zeros};

/// The settings of a stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "stream")]
pub enum StreamSettings {
    /// Regression whose input bits change slowly.
    Regression(RegressionSettings),
    /// Pictures of digits whose pixels are permuted anew for each task.
    Digits(DigitSettings),
    /// Pictures of more and more classes.
    Classes(ClassSettings),
    /// Karel programs whose opcodes are mapped to other actions for each task.
    Karel(KarelSettings),
}

impl StreamSettings {
    /// Steps of one task.
    #[must_use]
    pub fn period(&self) -> u64 {
        match self {
            Self::Regression(settings) => settings.period,
            Self::Digits(settings) => settings.period,
            Self::Classes(settings) => settings.period,
            Self::Karel(settings) => settings.period,
        }
    }

    /// True if the measure is the share of right labels; else it is the squared error.
    #[must_use]
    pub fn is_classification(&self) -> bool {
        !matches!(self, Self::Regression(_))
    }

    /// Numbers of inputs and outputs of a network for the stream.
    #[must_use]
    pub fn sizes(&self, pictures: Option<&Pictures>) -> (usize, usize) {
        match self {
            Self::Regression(settings) => (settings.bits, 1),
            Self::Digits(_) => pictures.map_or((64, 10), |all| (all.pixels, all.classes)),
            Self::Classes(settings) => (64, settings.classes),
            Self::Karel(settings) => settings.sizes(),
        }
    }

    /// The built-in pictures of the stream, if it has any.
    #[must_use]
    pub fn pictures(&self) -> Option<Pictures> {
        match self {
            Self::Regression(_) | Self::Karel(_) => None,
            Self::Digits(settings) => Some(settings.built_in()),
            Self::Classes(settings) => Some(settings.built_in()),
        }
    }
}

/// A sample of each seed.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) input: Vec<Lanes>,
    /// The number to predict, in a regression.
    pub(crate) target: Lanes,
    /// The label, in a classification.
    pub(crate) label: Counts,
}

impl Sample {
    fn new(inputs: usize) -> Self {
        Self {
            input: zeros(inputs),
            target: [0.0; LANES],
            label: [0; LANES],
        }
    }
}

impl Saved for Sample {
    fn visit(&mut self, bytes: &mut Bytes) -> Result<(), Damaged> {
        bytes.lanes(&mut self.input)?;
        bytes.lanes(std::slice::from_mut(&mut self.target))?;
        self.label
            .iter_mut()
            .try_for_each(|label| bytes.small(label))
    }
}

/// A stream of several seeds.
#[derive(Debug, Clone)]
pub(crate) enum Stream {
    Regression(regression::Stream),
    Digits(digits::Stream),
    Classes(classes::Stream),
    Karel(karel::Stream),
}

impl Stream {
    /// The stream for `LANES` seeds from `first` on.
    pub(crate) fn new(
        settings: &StreamSettings,
        pictures: Option<&Arc<Pictures>>,
        first: u64,
    ) -> Self {
        let seeds = std::array::from_fn(|lane| first + lane as u64);
        let pictures = || {
            pictures
                .cloned()
                .or_else(|| settings.pictures().map(Arc::new))
        };
        match settings {
            StreamSettings::Regression(settings) => {
                Self::Regression(regression::Stream::new(settings, seeds))
            }
            StreamSettings::Digits(settings) => {
                let pictures = pictures().unwrap_or_else(|| Arc::new(settings.built_in()));
                Self::Digits(digits::Stream::new(settings, pictures, seeds))
            }
            StreamSettings::Classes(settings) => Self::Classes(classes::Stream::new(
                settings,
                Arc::new(settings.built_in()),
                seeds,
            )),
            StreamSettings::Karel(settings) => Self::Karel(karel::Stream::new(settings, seeds)),
        }
    }

    /// The next sample of each seed.
    #[inline]
    pub(crate) fn next(&mut self) -> &Sample {
        match self {
            Self::Regression(stream) => stream.next(),
            Self::Digits(stream) => stream.next(),
            Self::Classes(stream) => stream.next(),
            Self::Karel(stream) => stream.next(),
        }
    }
}

impl Saved for Stream {
    fn visit(&mut self, bytes: &mut Bytes) -> Result<(), Damaged> {
        match self {
            Self::Regression(stream) => stream.visit(bytes),
            Self::Digits(stream) => stream.visit(bytes),
            Self::Classes(stream) => stream.visit(bytes),
            Self::Karel(stream) => stream.visit(bytes),
        }
    }
}
