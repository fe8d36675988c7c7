//! The measurement of changes to the stream, against what changing the input does.

use tracestone_interp::Vocabulary;
use tracestone_interp::causal::{self, Case, Moves, Patch, Said, as_long_as, random_like, say};
use tracestone_interp::directory::Model;
use tracestone_interp::model::Site;
use tracestone_interp::probe::{Draws, Estimate};

use super::scenes::Prepared;
use super::{Change, Effect, PatchSettings};
use crate::error::Error;
use crate::words::{Place, Probes, Words};

/// The measurement of one set of cases.
pub(crate) struct Measure<'m> {
    model: &'m Model,
    pad: u32,
    cells: usize,
    prepared: &'m [Prepared],
    cases: Vec<Case>,
    unpatched: Vec<Said>,
    changed: Vec<Said>,
    /// The number of each case's family of programs.
    groups: Vec<usize>,
    draws: Draws,
    /// True if the model answers some cases and changing the input changes its answers, so that a share of that is a
    /// number.
    answers: bool,
}

/// The mean of a value for each case, with an interval that resamples groups.
pub(super) fn clustered(draws: &mut Draws, groups: &[usize], values: &[f64]) -> Estimate {
    let sums = groups.iter().copied().zip(values.iter().copied()).collect();
    let sizes: Vec<(usize, f64)> = groups.iter().map(|group| (*group, 1.0)).collect();
    draws.estimate(&[sums], &sizes)
}

fn one(yes: bool) -> f64 {
    f64::from(u8::from(yes))
}

/// Differences of the log odds.
fn odds(now: &[Said], before: &[Said]) -> Vec<f64> {
    let pairs = now.iter().zip(before);
    pairs
        .map(|(now, before)| now.log_odds - before.log_odds)
        .collect()
}

impl<'m> Measure<'m> {
    pub(crate) fn new(
        model: &'m Model,
        vocabulary: &Vocabulary,
        cells: usize,
        prepared: &'m [Prepared],
        plan: &PatchSettings,
    ) -> Result<Self, Error> {
        let cases: Vec<Case> = prepared.iter().map(|one| one.case.clone()).collect();
        let unpatched = say(&model.decoder, &cases, vocabulary.pad, None)?;
        let changed: Vec<Case> = prepared
            .iter()
            .map(|one| Case {
                prompt: one.changed.clone(),
                ..one.case.clone()
            })
            .collect();
        let changed = say(&model.decoder, &changed, vocabulary.pad, None)?;
        let groups: Vec<usize> = prepared.iter().map(|one| one.group).collect();
        let count = groups.iter().max().map_or(0, |most| most + 1);
        let mut draws = Draws::new(count, plan.draws, plan.seed);
        let total = clustered(&mut draws, &groups, &odds(&changed, &unpatched));
        let right = unpatched.iter().any(|said| said.actual)
            && changed.iter().any(|said| said.counterfactual);
        Ok(Self {
            model,
            pad: vocabulary.pad,
            cells,
            prepared,
            unpatched,
            changed,
            answers: right && total.low > 0.0,
            groups,
            draws,
            cases,
        })
    }

    /// The share of cases in which the model says what the world did, without a change.
    pub(crate) fn right(&self) -> f64 {
        let right = self.unpatched.iter().filter(|said| said.actual).count();
        right as f64 / self.unpatched.len().max(1) as f64
    }

    /// Agreement of the model with the interpreter if the start is changed.
    pub(crate) fn total(&mut self) -> Result<Effect, Error> {
        let said = self.changed.clone();
        Ok(self.effect("input".to_owned(), Words::All, Change::Input, &said, 0))
    }

    /// Effect of the whole vectors of the changed input.
    pub(super) fn whole(&mut self, site: Site, words: Words) -> Result<Effect, Error> {
        let others: Vec<(Vec<u32>, Vec<usize>)> = self
            .prepared
            .iter()
            .map(|one| (one.changed.clone(), self.places(one, words)))
            .collect();
        let change = causal::Change::Become(&others);
        let patch = Patch { site, change };
        let said = say(&self.model.decoder, &self.cases, self.pad, Some(patch))?;
        Ok(self.effect(site.name(), words, Change::Whole, &said, 0))
    }

    /// Vectors to add along the probes' directions, and their controls; each is multiplied with the strength.
    pub(super) fn moves(
        &self,
        probes: &Probes,
        words: Words,
        plan: &PatchSettings,
    ) -> Vec<(Change, Vec<Moves>)> {
        let strength = plan.strength as f32;
        let along = |meaning: usize, change: Change| -> Vec<Moves> {
            let all = self.prepared.iter().map(|one| {
                let (before, after) = (&one.before[meaning], &one.after[meaning]);
                let places = self.places(one, words).into_iter();
                let moves = places.filter_map(|position| {
                    let place = Place::of(position, self.cells, one.case.prompt.len())?;
                    let step = position.saturating_sub(self.cells + 1);
                    let step = step.min(before.len().min(after.len()) - 1);
                    let (from, to) = (before[step], after[step]);
                    let space = probes.get(&(place, meaning))?;
                    let mut way = match change {
                        Change::Mean => space.way(from, to)?,
                        _ => space.shift(from, to)?,
                    };
                    way.iter_mut().for_each(|value| *value *= strength);
                    Some((position, way))
                });
                moves.collect()
            });
            all.collect()
        };
        let own = along(0, Change::Probe);
        let random = random_like(&own, plan.seed);
        let mut ways = vec![(Change::Mean, along(0, Change::Mean))];
        // Before the first action all meanings agree: there is no other direction.
        if words != Words::Open && probes.keys().any(|(_, meaning)| *meaning == 1) {
            ways.push((
                Change::Alternative,
                alike(along(1, Change::Alternative), &own),
            ));
        }
        ways.insert(1, (Change::Probe, own));
        ways.push((Change::Random, random));
        ways
    }

    pub(crate) fn moved(
        &mut self,
        site: Site,
        words: Words,
        change: Change,
        moves: &[Moves],
    ) -> Result<Effect, Error> {
        let patch = Patch {
            site,
            change: causal::Change::Add(moves),
        };
        let said = say(&self.model.decoder, &self.cases, self.pad, Some(patch))?;
        let unmoved = moves.iter().filter(|moves| moves.is_empty()).count();
        Ok(self.effect(site.name(), words, change, &said, unmoved))
    }

    pub(crate) fn places(&self, one: &Prepared, words: Words) -> Vec<usize> {
        // The word that ends the text predicts nothing.
        let end = one.case.prompt.len() + one.case.actual.len() - 1;
        words.places(&one.heroes, self.cells, one.case.prompt.len(), end)
    }

    fn effect(
        &mut self,
        site: String,
        words: Words,
        change: Change,
        said: &[Said],
        unmoved: usize,
    ) -> Effect {
        let more = |of: &dyn Fn(&Said) -> f64| -> Vec<f64> {
            let pairs = said.iter().zip(&self.unpatched);
            pairs.map(|(now, before)| of(now) - of(before)).collect()
        };
        let (moved, word) = (
            more(&|said| one(said.counterfactual)),
            more(&|said| one(said.word)),
        );
        let still: Vec<f64> = said.iter().map(|said| one(said.actual)).collect();
        let moved_odds = odds(said, &self.unpatched);
        let recovered = self.answers.then(|| self.recovered(said));
        let mut mean = |values: &[f64]| clustered(&mut self.draws, &self.groups, values);
        Effect {
            variable: "facing".to_owned(),
            words,
            site,
            change,
            cases: said.len(),
            unmoved,
            effect: mean(&moved),
            word: mean(&word),
            unchanged: mean(&still),
            log_odds: mean(&moved_odds),
            recovered,
        }
    }

    /// The change of the log odds as a share of what changing the input does; each resample has its own total.
    fn recovered(&self, said: &[Said]) -> Estimate {
        let count = self.groups.iter().max().map_or(0, |most| most + 1);
        let mut sums = vec![(0.0, 0.0); count];
        let (own, total) = (
            odds(said, &self.unpatched),
            odds(&self.changed, &self.unpatched),
        );
        for ((group, own), total) in self.groups.iter().zip(own).zip(total) {
            sums[*group].0 += own;
            sums[*group].1 += total;
        }
        self.draws.of(|counts| {
            let drawn = sums.iter().zip(counts);
            let (own, total) = drawn.fold((0.0, 0.0), |(own, total), (sum, count)| {
                let count = f64::from(*count);
                (own + count * sum.0, total + count * sum.1)
            });
            own / total
        })
    }
}

/// Moves of the same length as others at the same places; places that the others do not move are left alone.
fn alike(mut moves: Vec<Moves>, others: &[Moves]) -> Vec<Moves> {
    for (own, others) in moves.iter_mut().zip(others) {
        own.retain_mut(|(position, way)| {
            let other = others.iter().find(|(at, _)| at == position);
            if let Some((_, other)) = other {
                *way = as_long_as(std::mem::take(way), other);
            }
            other.is_some()
        });
    }
    moves
}
