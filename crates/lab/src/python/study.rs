//! Pairs of runs of one program with what a model answers to them, and the effect of a change of the stream: the
//! interpreter's answer for the other input is what the model should then give.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tracestone_interp::activations::{Spot, collect};
use tracestone_interp::causal::{Case, Change, Moves, Patch, Said, say};
use tracestone_interp::data::Texts;
use tracestone_interp::directory::Model;
use tracestone_interp::model::Site;
use tracestone_stats::{Draws, Estimate};

use super::cases::Pair;
use crate::dataset::Dataset;
use crate::error::Error;
use crate::patching::PatchSettings;

/// Prompts that go through the model at once.
const BATCH: usize = 16;

/// Tokens of a prompt at which the stream is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Group {
    /// Those in which the two prompts differ: the inputs.
    Input,
    /// Those after the last of these, without the prompt's last one.
    Between,
    /// The last one of the prompt, from which the answer is written.
    Last,
    /// All from the first difference on.
    All,
}

impl Group {
    pub(crate) const ALL: [Self; 4] = [Self::Input, Self::Between, Self::Last, Self::All];

    fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Between => "between",
            Self::Last => "last",
            Self::All => "all",
        }
    }

    fn positions(self, pair: &Pair) -> Vec<usize> {
        let words = pair.prompt.iter().zip(&pair.other_prompt).enumerate();
        let differ: Vec<usize> = words
            .filter(|(_, (a, b))| a != b)
            .map(|(at, _)| at)
            .collect();
        let (Some(first), Some(last)) = (differ.first(), differ.last()) else {
            return Vec::new();
        };
        let end = pair.prompt.len() - 1;
        match self {
            Self::Input => differ,
            Self::Between => (last + 1..end).collect(),
            Self::Last => vec![end],
            Self::All => (*first..=end).collect(),
        }
    }
}

/// The effect of one change at one place.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PythonEffect {
    /// Tokens at which the stream is changed: `input`, `between`, `last` or `all`.
    pub tokens: String,
    /// The place in the model.
    pub site: String,
    /// `other run`: the stream of the other run; `random`: as far in a random direction; changes of features have other
    /// names.
    pub change: String,
    /// Mean share of cases in which the model gives the answer of the other run, less that share without a patch.
    pub effect: Estimate,
    /// The mean change of the log odds of the two answers, as a share of what the other prompt does; none where that does
    /// nothing.
    pub recovered: Option<Estimate>,
    /// The share of cases in which it still gives the answer of its own run.
    pub unchanged: Estimate,
}

/// The stream of all prompts of one kind at a site, from the first token on in which a pair differs.
pub(crate) struct Streams {
    width: usize,
    /// For each case the first token that is kept.
    firsts: Vec<usize>,
    /// For each case its rows, token after token.
    rows: Vec<Vec<f32>>,
}

impl Streams {
    /// The row of a case at a token.
    pub(crate) fn row(&self, case: usize, token: usize) -> &[f32] {
        let at = self.number(case, token);
        &self.rows[case][at * self.width..(at + 1) * self.width]
    }

    /// The number of a token's row among those of its case.
    pub(crate) fn number(&self, case: usize, token: usize) -> usize {
        token - self.firsts[case]
    }

    /// The rows of each case.
    pub(crate) fn cases(&self) -> &[Vec<f32>] {
        &self.rows
    }
}

/// Pairs with what is measured without patches.
pub(crate) struct Study<'s> {
    model: &'s Model,
    pairs: Vec<Pair>,
    cases: Vec<Case>,
    /// Number of the program of each case.
    programs: Vec<usize>,
    count: usize,
    base: Vec<Said>,
    total: Vec<Said>,
    draws: Draws,
}

impl<'s> Study<'s> {
    /// Reads a dataset's pairs and what the model answers to them.
    ///
    /// # Errors
    /// The dataset has no pairs, or the model cannot read them.
    pub(crate) fn new(
        model: &'s Model,
        data: &Dataset,
        plan: &PatchSettings,
    ) -> Result<Self, Error> {
        let mut pairs = data.pairs()?;
        pairs.truncate(plan.programs);
        if pairs.is_empty() {
            return Err(Error::NoPairs);
        }
        let case = |pair: &Pair, prompt: &Vec<u32>| Case {
            prompt: prompt.clone(),
            actual: pair.actual.clone(),
            counterfactual: pair.counterfactual.clone(),
        };
        let cases: Vec<Case> = pairs.iter().map(|pair| case(pair, &pair.prompt)).collect();
        let changed: Vec<Case> = pairs
            .iter()
            .map(|pair| case(pair, &pair.other_prompt))
            .collect();
        let mut known: BTreeMap<&str, usize> = BTreeMap::new();
        let numbers = pairs.iter().map(|pair| {
            let next = known.len();
            *known.entry(&pair.program).or_insert(next)
        });
        let programs: Vec<usize> = numbers.collect();
        let count = known.len();
        Ok(Self {
            base: say(&model.decoder, &cases, 0, None)?,
            total: say(&model.decoder, &changed, 0, None)?,
            draws: Draws::new(count, plan.draws, plan.seed),
            model,
            pairs,
            cases,
            programs,
            count,
        })
    }

    /// The mean of a value of each case, with an interval over programs.
    fn mean(&mut self, values: &[f64]) -> Estimate {
        let by_program = |values: &mut dyn Iterator<Item = f64>| -> Vec<(usize, f64)> {
            let mut sums: BTreeMap<usize, f64> = BTreeMap::new();
            for (program, value) in self.programs.iter().zip(values) {
                *sums.entry(*program).or_default() += value;
            }
            sums.into_iter().collect()
        };
        let sums = by_program(&mut values.iter().copied());
        let sizes = by_program(&mut values.iter().map(|_| 1.0));
        self.draws.estimate(&[sums], &sizes)
    }

    /// The stream of all prompts at a site; `other` chooses the second run's prompts.
    pub(crate) fn streams(&self, site: Site, other: bool) -> Result<Streams, Error> {
        let mut texts = Texts::default();
        let mut spots = Vec::new();
        let mut firsts = Vec::new();
        for (text, pair) in self.pairs.iter().enumerate() {
            let prompt = if other {
                &pair.other_prompt
            } else {
                &pair.prompt
            };
            texts.push(String::new(), prompt, prompt.len());
            let positions = Group::All.positions(pair);
            firsts.push(positions.first().copied().unwrap_or(prompt.len()));
            let spot = |position| Spot { text, position };
            spots.extend(positions.into_iter().map(spot));
        }
        let width = self.model.decoder.config.hidden;
        let mut rows: Vec<Vec<f32>> = vec![Vec::new(); texts.len()];
        let decoder = &self.model.decoder;
        collect(
            decoder,
            &texts,
            0,
            &spots,
            &[site],
            BATCH,
            &mut |now, found| {
                for (spot, row) in now.iter().zip(found[0].chunks_exact(width)) {
                    rows[spot.text].extend_from_slice(row);
                }
                Ok(())
            },
        )?;
        Ok(Streams {
            width,
            firsts,
            rows,
        })
    }

    /// For each case what is added at the tokens of a group: `way` gives it from the case's number and the token.
    pub(crate) fn moves(&self, group: Group, way: impl Fn(usize, usize) -> Vec<f32>) -> Vec<Moves> {
        let each = self.pairs.iter().enumerate().map(|(case, pair)| {
            let positions = group.positions(pair).into_iter();
            positions.map(|token| (token, way(case, token))).collect()
        });
        each.collect()
    }

    /// For each case what turns its stream into the other run's.
    pub(crate) fn exchanged(&self, group: Group, own: &Streams, other: &Streams) -> Vec<Moves> {
        self.moves(group, |case, token| {
            let pairs = other.row(case, token).iter().zip(own.row(case, token));
            pairs.map(|(other, own)| other - own).collect()
        })
    }

    /// The share of runs for which the model gives the interpreter's answer.
    pub(crate) fn right(&mut self) -> Estimate {
        let base = self.base.clone();
        self.share(&base, |said| said.actual)
    }

    /// The share of runs for which it gives the other run's answer when it reads the other prompt.
    pub(crate) fn total(&mut self) -> Estimate {
        let total = self.total.clone();
        self.share(&total, |said| said.counterfactual)
    }

    fn share(&mut self, said: &[Said], of: fn(&Said) -> bool) -> Estimate {
        let values = said.iter().map(|one| f64::from(u8::from(of(one))));
        let values: Vec<f64> = values.collect();
        self.mean(&values)
    }

    /// Number of pairs of runs.
    pub(crate) fn cases(&self) -> usize {
        self.pairs.len()
    }

    /// Number of programs that they are of.
    pub(crate) fn programs(&self) -> usize {
        self.count
    }

    /// The effect of a change at a site, and at the tokens of a group.
    pub(crate) fn effect(
        &mut self,
        site: Site,
        group: Group,
        change: &str,
        moves: &[Moves],
    ) -> Result<PythonEffect, Error> {
        let change_of = Change::Add(moves);
        let patch = Patch {
            site,
            change: change_of,
        };
        let said = say(&self.model.decoder, &self.cases, 0, Some(patch))?;
        let number = |yes: bool| f64::from(u8::from(yes));
        let effects = said.iter().zip(&self.base);
        let effects =
            effects.map(|(now, base)| number(now.counterfactual) - number(base.counterfactual));
        let effects: Vec<f64> = effects.collect();
        let unchanged: Vec<f64> = said.iter().map(|now| number(now.actual)).collect();
        Ok(PythonEffect {
            tokens: group.name().to_owned(),
            site: site.name(),
            change: change.to_owned(),
            effect: self.mean(&effects),
            recovered: self.recovered(&said),
            unchanged: self.mean(&unchanged),
        })
    }

    /// The ratio of the changes of the log odds; the total is resampled with the programs. None where the interval of the
    /// total includes 0: a ratio to nothing says nothing.
    fn recovered(&mut self, said: &[Said]) -> Option<Estimate> {
        let change = |after: &[Said]| -> Vec<f64> {
            let pairs = after.iter().zip(&self.base);
            pairs
                .map(|(now, base)| now.log_odds - base.log_odds)
                .collect()
        };
        let (moved, whole) = (change(said), change(&self.total));
        if self.mean(&whole).low <= 0.0 {
            return None;
        }
        let programs = &self.programs;
        let sum = |values: &[f64], counts: &[u16]| -> f64 {
            let pairs = values.iter().zip(programs);
            pairs
                .map(|(value, program)| value * f64::from(counts[*program]))
                .sum()
        };
        Some(
            self.draws
                .of(|counts| sum(&moved, counts) / sum(&whole, counts)),
        )
    }
}
