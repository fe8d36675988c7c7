//! The rules of a selection.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tracestone_record::{InputKind, SampleKind};

use crate::fact::{Narrow, Sign};
use crate::fit::Fitted;
use crate::range::{Interval, Where};
use crate::share::Share;

/// A selection of samples; the default takes all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choice {
    /// Name of the mix: `default`, or the name of a file; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mix: Option<String>,
    /// Seed of the order in which samples are considered; 0 for the order of their identifiers, which are
    /// hashes.
    pub seed: u64,
    /// Only samples with these origins of the call; all if empty. `annotated` has none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<InputKind>,
    /// Treatment of trivial questions.
    pub trivial: Trivial,
    /// Conditions on facts; all must hold.
    #[serde(rename = "where", skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Where>,
    /// Largest number of samples with something in common.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub max_per: BTreeMap<Per, u64>,
    /// Largest shares of less telling questions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// Shares of kinds and of bands of difficulty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shares: Option<Shares>,
    /// The model of difficulty; the estimate where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difficulty: Option<Fitted>,
}

impl Choice {
    /// Treats trivial questions so, whatever the mix's own limit on them.
    pub fn treat_trivial(&mut self, trivial: Trivial) {
        self.trivial = trivial;
        if let Some(limits) = &mut self.limits {
            limits.trivial = None;
        }
    }

    /// Takes at most so many samples with something in common, whatever the mix's own limit on it.
    pub fn cap(&mut self, per: Per, most: u64) {
        self.max_per.insert(per, most);
        if let (Per::Answer, Some(limits)) = (per, &mut self.limits) {
            limits.answer = None;
        }
    }
}

/// Treatment of trivial questions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trivial {
    /// They are taken like others.
    #[default]
    Keep,
    /// None is taken.
    Drop,
    /// Only they are taken.
    Only,
}

/// A thing that samples have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// The text of the answer, in one kind of question.
    Answer,
    /// The text of the program.
    Program,
    /// The source of the program.
    Repository,
    /// The kind of question.
    Kind,
}

impl Per {
    /// All of them, in the order in which they are applied; the kind comes last, after shares.
    pub const ALL: [Self; 4] = [Self::Answer, Self::Program, Self::Repository, Self::Kind];

    /// Name in settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Program => "program",
            Self::Repository => "repository",
            Self::Kind => "kind",
        }
    }

    /// The thing with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|per| per.name() == name)
    }
}

/// Largest shares of less telling questions among those of a kind in one part of the split; absent for no limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Share of trivial questions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trivial: Option<Share>,
    /// Share of answers that are 0, 1, None, a bool or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plain: Option<Share>,
    /// Share of `next_line` answers that are the following line of code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub following: Option<Share>,
    /// Share of questions about short runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short: Option<Share>,
    /// Share of questions about the first execution of a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<Share>,
    /// The largest share of samples with the same answer. A kind with few different answers has twice an even
    /// share instead, if that is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Share>,
    /// The largest number of `annotated` samples with the same answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotated_repeats: Option<u64>,
    /// No share leaves fewer samples than this with a sign or an answer.
    pub at_least: u64,
}

impl Default for Limits {
    /// Limits that leave nothing out.
    fn default() -> Self {
        Self {
            trivial: None,
            plain: None,
            following: None,
            short: None,
            first: None,
            answer: None,
            annotated_repeats: None,
            at_least: 3,
        }
    }
}

impl Limits {
    /// The limits of the default mix.
    #[must_use]
    pub fn good() -> Self {
        Self {
            trivial: Some(Share::percent(10)),
            plain: Some(Share::percent(15)),
            following: Some(Share::percent(15)),
            short: Some(Share::percent(10)),
            answer: Some(Share::percent(10)),
            annotated_repeats: Some(1),
            ..Self::default()
        }
    }

    /// The limit of a sign.
    #[must_use]
    pub fn of(&self, sign: Sign) -> Option<Share> {
        match sign {
            Sign::Trivial => self.trivial,
            Sign::Plain => self.plain,
            Sign::Following => self.following,
            Sign::Short => self.short,
            Sign::First => self.first,
        }
    }
}

/// Shares of kinds and of bands of difficulty. The result is as large as the scarcest of them permits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shares {
    /// Share of each kind; other kinds are left out. Empty for no rule.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub kinds: BTreeMap<SampleKind, Share>,
    /// Bands of difficulty, each with its share of every kind; the rest is left out. Empty for no rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub difficulty: Vec<Band>,
    /// The largest number of samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
}

/// A band of difficulty with its share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// The difficulties in the band.
    pub range: Interval,
    /// The band's share.
    pub share: Share,
}

/// Name of the default mix.
pub const DEFAULT_MIX: &str = "default";

impl Choice {
    /// The default mix of an export.
    #[must_use]
    pub fn good() -> Self {
        Self {
            mix: Some(DEFAULT_MIX.to_owned()),
            limits: Some(Limits::good()),
            ..Self::default()
        }
    }

    /// True if no sample is left out.
    #[must_use]
    pub fn takes_all(&self) -> bool {
        self.is_plain()
            && self.origins.is_empty()
            && self.conditions.is_empty()
            && self.trivial == Trivial::Keep
    }

    /// True if each sample can be decided on alone, without a look at the others.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.max_per.is_empty() && self.limits.is_none() && self.shares.is_none()
    }

    /// The rule that leaves out a sample whatever the others are.
    #[must_use]
    pub fn refusal(&self, narrow: &Narrow) -> Option<Rule> {
        if !self.origins.is_empty() && !narrow.origin.is_some_and(|o| self.origins.contains(&o)) {
            return Some(Rule::Origin);
        }
        let trivial = narrow.signs.has(Sign::Trivial);
        match self.trivial {
            Trivial::Drop if trivial => return Some(Rule::Trivial),
            Trivial::Only if !trivial => return Some(Rule::NotTrivial),
            _ => {}
        }
        let failed = self.conditions.iter().find(|one| !one.holds(narrow));
        failed.copied().map(Rule::Where)
    }
}

/// The rule that left a sample out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Another origin of the call.
    Origin,
    /// A trivial question.
    Trivial,
    /// No trivial question, where only those are wanted.
    NotTrivial,
    /// A fact outside its range.
    Where(Where),
    /// Enough samples with the same thing were taken.
    MaxPer(Per, u64),
    /// Too many samples with a sign.
    Sign(Sign, Share),
    /// Too many samples with the same answer.
    Answer(Share),
    /// The same answer to another `annotated` question.
    Repeat(u64),
    /// The kind, or its band of difficulty, has no share.
    Unshared,
    /// More than its share.
    Share,
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Origin => f.write_str("another origin of the call"),
            Self::Trivial => f.write_str("trivial"),
            Self::NotTrivial => f.write_str("not trivial"),
            Self::Where(condition) => write!(f, "not {condition}"),
            Self::MaxPer(per, most) => write!(f, "more than {most} per {}", per.name()),
            Self::Sign(sign, share) => {
                write!(f, "mix: more than {share} {}", sign.description())
            }
            Self::Answer(share) => write!(f, "mix: more than {share} with the same answer"),
            Self::Repeat(1) => f.write_str("mix: the answer of another `annotated` question"),
            Self::Repeat(most) => {
                write!(
                    f,
                    "mix: more than {most} `annotated` questions with the same answer"
                )
            }
            Self::Unshared => f.write_str("mix: no share for its kind or difficulty"),
            Self::Share => f.write_str("mix: over its share"),
        }
    }
}
