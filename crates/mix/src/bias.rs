//! Measures of how telling a set of samples is: the shares of what is boilerplate, easily guessed or repeated.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use tracestone_record::SampleKind;

use crate::fact::{Fact, Narrow, Sign, answer_key};

/// A part of a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Number of things that are meant.
    pub count: u64,
    /// Number of things in all.
    pub of: u64,
}

impl Part {
    fn add(&mut self, holds: bool) {
        self.of += 1;
        self.count += u64::from(holds);
    }

    /// The share; `None` of nothing.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        (self.of > 0).then(|| self.count as f64 / self.of as f64)
    }
}

/// The measures of a set of samples.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bias {
    /// Samples in all.
    pub samples: u64,
    /// Tokens of prompts that are not program, setup or call, by kind.
    pub boilerplate: BTreeMap<SampleKind, Part>,
    /// `count` answers that are 1.
    pub count_is_one: Part,
    /// `next_line` answers that are the following line of code.
    pub next_is_following: Part,
    /// `state` questions about the first time a line runs.
    pub state_is_first: Part,
    /// `state` and `output` answers that are 0, 1, None, a bool or empty.
    pub answer_is_plain: Part,
    /// Questions about runs of five steps or fewer.
    pub run_is_short: Part,
    /// `annotated` answers that another one repeats.
    pub annotated_repeats: Part,
    /// Questions that are trivial.
    pub is_trivial: Part,
}

/// Collects the measures.
#[derive(Debug, Default)]
pub struct Measuring {
    bias: Bias,
    annotated: HashMap<u64, u64>,
    one: Option<u64>,
}

impl Measuring {
    /// Takes one sample into account.
    pub fn add(&mut self, kind: SampleKind, narrow: &Narrow) {
        let bias = &mut self.bias;
        bias.samples += 1;
        let number = |fact| u64::from(narrow.fact(fact).unwrap_or(0));
        let tokens = bias.boilerplate.entry(kind).or_default();
        tokens.count += number(Fact::FrameTokens);
        tokens.of += number(Fact::PromptTokens);
        bias.is_trivial.add(narrow.signs.has(Sign::Trivial));
        if kind.is_executed() {
            bias.run_is_short.add(narrow.signs.has(Sign::Short));
        }
        match kind {
            SampleKind::Count => {
                let one = *self.one.get_or_insert_with(|| answer_key("1"));
                bias.count_is_one.add(narrow.answer == one);
            }
            SampleKind::NextLine => bias
                .next_is_following
                .add(narrow.signs.has(Sign::Following)),
            SampleKind::State => {
                bias.state_is_first.add(narrow.signs.has(Sign::First));
                bias.answer_is_plain.add(narrow.signs.has(Sign::Plain));
            }
            SampleKind::Output => bias.answer_is_plain.add(narrow.signs.has(Sign::Plain)),
            SampleKind::Annotated => *self.annotated.entry(narrow.answer).or_default() += 1,
            _ => {}
        }
    }

    /// The measures of all samples.
    #[must_use]
    pub fn finish(self) -> Bias {
        let mut bias = self.bias;
        let counts = self.annotated.into_values();
        bias.annotated_repeats = counts.fold(Part::default(), |part, count| Part {
            count: part.count + if count > 1 { count } else { 0 },
            of: part.of + count,
        });
        bias
    }
}

impl Bias {
    /// Tokens of all prompts that are not program, setup or call.
    #[must_use]
    pub(crate) fn boilerplate_of_all(&self) -> Part {
        let kinds = self.boilerplate.values();
        kinds.fold(Part::default(), |all, part| Part {
            count: all.count + part.count,
            of: all.of + part.of,
        })
    }

    /// The measures as rows: a description and a part.
    #[must_use]
    pub fn rows(&self) -> Vec<(String, Part)> {
        let mut rows = vec![(
            "tokens of prompts that are not program, setup or call".to_owned(),
            self.boilerplate_of_all(),
        )];
        for (kind, part) in &self.boilerplate {
            rows.push((format!("the same in `{}`", kind.name()), *part));
        }
        rows.extend(
            [
                ("trivial questions", self.is_trivial),
                ("`count` answers that are 1", self.count_is_one),
                (
                    "`next_line` answers that are the following line of code",
                    self.next_is_following,
                ),
                (
                    "`state` questions about the first time a line runs",
                    self.state_is_first,
                ),
                (
                    "`state` and `output` answers that are 0, 1, None, a bool or empty",
                    self.answer_is_plain,
                ),
                (
                    "questions about runs of five steps or fewer",
                    self.run_is_short,
                ),
                ("`annotated` answers that repeat", self.annotated_repeats),
            ]
            .map(|(what, part)| (what.to_owned(), part)),
        );
        rows
    }
}
