//! Difficulty as one number: the chance, in percent, that a model answers wrongly.
//!
//! A logistic model of the facts: `100 / (1 + exp(-(b + sum of w * x)))`, with a constant `b` for each kind of
//! question. The default weights are an estimate and no measurement; a fit replaces them where there are answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tracestone_record::{Facts, SampleKind};

use crate::fact::Fact;

/// A number about a sample that the model weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// `log2(1 + steps)`: the length of the run.
    Steps,
    /// `log2(1 + slice_steps)`: the part of the run that the answer depends on; without a slice, all of it.
    SliceSteps,
    /// `slice_width`, at most 8: values that one step brings together; without a slice, 2.
    SliceWidth,
    /// `depth - 1`, at most 8: functions inside functions.
    Depth,
    /// `loop_depth`: loops inside loops.
    LoopDepth,
    /// `log2(1 + value_bytes / 8)`: the size of the values to be kept in mind.
    ValueBytes,
    /// `log2(1 + answer_bytes / 4)`: the size of the answer.
    AnswerBytes,
    /// `log2(1 + program_lines / 8)`: text to be read.
    ProgramLines,
    /// 1 for a trivial question.
    Trivial,
    /// 1 where the answer's text occurs in the program, setup or call.
    AnswerInPrompt,
}

/// Number of features.
pub const FEATURES: usize = Feature::ALL.len();

impl Feature {
    /// All features, in the order of [`Model::weights`].
    pub const ALL: [Self; 10] = [
        Self::Steps,
        Self::SliceSteps,
        Self::SliceWidth,
        Self::Depth,
        Self::LoopDepth,
        Self::ValueBytes,
        Self::AnswerBytes,
        Self::ProgramLines,
        Self::Trivial,
        Self::AnswerInPrompt,
    ];
}

/// A logistic model of wrong answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Constant of each kind; 0 for a kind that is absent.
    pub constants: BTreeMap<SampleKind, f64>,
    /// Weight of each feature, in the order of [`Feature::ALL`].
    pub weights: [f64; FEATURES],
}

impl Default for Model {
    fn default() -> Self {
        let constants = SampleKind::ALL.into_iter().map(|kind| {
            let constant = match kind {
                SampleKind::Annotated => 0.0,
                SampleKind::NextLine => -4.0,
                SampleKind::Coverage | SampleKind::Exception => -3.5,
                SampleKind::State | SampleKind::Count | SampleKind::Input => -3.0,
                SampleKind::Reach => -3.5,
                SampleKind::Output => -2.75,
                SampleKind::Path | SampleKind::Calls => -2.5,
                SampleKind::Trace => -1.5,
            };
            (kind, constant)
        });
        Self {
            constants: constants.collect(),
            weights: [0.15, 0.3, 0.1, 0.2, 0.25, 0.2, 0.25, 0.1, -1.5, -0.5],
        }
    }
}

impl Model {
    /// The difficulty of a question: the modelled chance of a wrong answer, in whole percent.
    #[must_use]
    pub fn difficulty(&self, kind: SampleKind, features: &[f64; FEATURES]) -> u32 {
        // A chance lies between 0 and 1, so that the percentage is a small whole number.
        (100.0 * self.wrong(kind, features)).round() as u32
    }

    /// The modelled chance of a wrong answer.
    #[must_use]
    pub fn wrong(&self, kind: SampleKind, features: &[f64; FEATURES]) -> f64 {
        let constant = self.constants.get(&kind).copied().unwrap_or_default();
        let weighed = self
            .weights
            .iter()
            .zip(features)
            .map(|(weight, x)| weight * x);
        1.0 / (1.0 + (-(constant + weighed.sum::<f64>())).exp())
    }
}

/// The difficulty of a question; `None` for one without a run.
#[must_use]
pub fn of(model: &Model, kind: SampleKind, facts: &Facts) -> Option<u32> {
    let features = || crate::fact::features_of(kind, facts);
    kind.is_executed()
        .then(|| model.difficulty(kind, &features()))
}

/// The features of a question, from its facts and whether it is trivial.
#[must_use]
pub fn features(fact: impl Fn(Fact) -> Option<u32>, trivial: bool) -> [f64; FEATURES] {
    let number = |name| f64::from(fact(name).unwrap_or(0));
    let steps = number(Fact::Steps);
    Feature::ALL.map(|feature| match feature {
        Feature::Steps => (1.0 + steps).log2(),
        Feature::SliceSteps => (1.0 + fact(Fact::SliceSteps).map_or(steps, f64::from)).log2(),
        Feature::SliceWidth => fact(Fact::SliceWidth).map_or(2.0, f64::from).min(8.0),
        Feature::Depth => (number(Fact::Depth) - 1.0).clamp(0.0, 8.0),
        Feature::LoopDepth => number(Fact::LoopDepth),
        Feature::ValueBytes => (1.0 + number(Fact::ValueBytes) / 8.0).log2(),
        Feature::AnswerBytes => (1.0 + number(Fact::AnswerBytes) / 4.0).log2(),
        Feature::ProgramLines => (1.0 + number(Fact::ProgramLines) / 8.0).log2(),
        Feature::Trivial => f64::from(u8::from(trivial)),
        Feature::AnswerInPrompt => number(Fact::AnswerInPrompt).min(1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: SampleKind, steps: u32, trivial: bool) -> u32 {
        let facts = |fact| match fact {
            Fact::Steps => Some(steps),
            Fact::Depth => Some(1),
            Fact::AnswerBytes => Some(2),
            _ => None,
        };
        Model::default().difficulty(kind, &features(facts, trivial))
    }

    #[test]
    fn longer_runs_are_harder_and_trivial_questions_easier() {
        let easy = of(SampleKind::State, 3, false);
        let hard = of(SampleKind::State, 300, false);
        assert!(easy + 20 < hard, "{easy} {hard}");
        assert!(of(SampleKind::State, 300, true) < hard);
        assert!(of(SampleKind::NextLine, 300, false) < of(SampleKind::Trace, 300, false));
        assert!((0..=100).contains(&of(SampleKind::Trace, u32::MAX, false)));
    }
}
