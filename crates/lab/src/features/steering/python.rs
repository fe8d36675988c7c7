//! Features of Python texts: they get the activations that they have in another run of the same program, or are taken
//! away, and the interpreter's answer for the other run's input is what the model should then give.

use std::collections::BTreeSet;

use serde::Serialize;
use tracestone_interp::causal::{Moves, as_long_as, random_like};
use tracestone_interp::directory::Model;
use tracestone_interp::model::Site;
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::counted;
use tracestone_sae::{Dictionary, Sparse};
use tracestone_stats::Estimate;

use super::super::states::StateReport;
use crate::dataset::Dataset;
use crate::error::Error;
use crate::patching::{Change, PatchSettings};
use crate::python::{Group, PythonEffect, Streams, Study};
use crate::tables::change;

/// The effects of changing features between two runs of a program.
#[derive(Debug, Clone, Serialize)]
pub struct PythonSteering {
    /// Pairs of runs.
    pub cases: usize,
    /// Programs that they are of; intervals resample these.
    pub programs: usize,
    /// The share of runs for which the model gives the interpreter's answer, without a change.
    pub right: Estimate,
    /// The share of runs for which it gives the other run's answer when it reads the other prompt: the total effect.
    pub total: Estimate,
    /// The effects at each group of tokens.
    pub effects: Vec<FeatureEffect>,
}

/// The effect of changing some features.
#[derive(Debug, Clone, Serialize)]
pub struct FeatureEffect {
    /// The variable whose best features are changed; none for those of all variables, and for changes of the whole stream.
    pub variable: Option<String>,
    /// Number of features that are changed; none where the change is not one of single features.
    pub features: Option<usize>,
    /// The change, its tokens and place, and the effect.
    #[serde(flatten)]
    pub effect: PythonEffect,
}

/// Both runs of each case as features.
struct Runs<'r> {
    dictionary: &'r Dictionary,
    own: Streams,
    other: Streams,
    /// For each case the features of its own run, token after token.
    before: Vec<Sparse>,
    /// The same of the other run.
    after: Vec<Sparse>,
    /// For each feature how much it differs between the runs, in sum.
    differs: Vec<f64>,
}

/// Features that are changed together, with as many others that differ about as much between the runs.
struct Chosen {
    variable: Option<String>,
    own: BTreeSet<usize>,
    others: BTreeSet<usize>,
}

/// Changes the features that find the values of each variable best, and measures what follows.
pub(super) fn steer(
    (model, data): (&Model, &Dataset),
    dictionary: &Dictionary,
    (site, reports): (Site, &[StateReport]),
    plan: &PatchSettings,
    watch: &dyn Watch,
) -> Result<PythonSteering, Error> {
    let mut study = Study::new(model, data, plan)?;
    let runs = Runs::new(dictionary, &study, site)?;
    let all = reports.iter().flat_map(|report| &report.features);
    let union = runs.chosen(None, all.map(|one| one.feature).collect());
    let each = reports.iter().map(|report| {
        let own = report.features.iter().map(|one| one.feature).collect();
        runs.chosen(Some(report.variable.clone()), own)
    });
    let each: Vec<Chosen> = each.filter(|chosen| !chosen.own.is_empty()).collect();
    let groups = Group::ALL.len() + each.len();
    let progress = Progress::start(watch, "steer", "groups of changes", groups as u64);
    let mut effects = Vec::new();
    for group in Group::ALL {
        let mut changes = runs.whole(&study, group);
        changes.extend(runs.changes(&study, group, &union, plan.seed));
        measure(&mut study, (site, group), None, changes, &mut effects)?;
        progress.advance(1);
        stopped(watch)?;
    }
    for chosen in &each {
        let group = Group::All;
        let changes = runs.changes(&study, group, chosen, plan.seed);
        let variable = chosen.variable.as_ref();
        measure(&mut study, (site, group), variable, changes, &mut effects)?;
        progress.advance(1);
        stopped(watch)?;
    }
    progress.finish(&counted(effects.len() as u64, "effect"));
    Ok(PythonSteering {
        cases: study.cases(),
        programs: study.programs(),
        right: study.right(),
        total: study.total(),
        effects,
    })
}

fn stopped(watch: &dyn Watch) -> Result<(), Error> {
    if watch.stop() {
        return Err(Error::Stopped);
    }
    Ok(())
}

/// A change of the stream: its name, the number of features it is of, and what is added.
type Changed = (&'static str, Option<usize>, Vec<Moves>);

fn measure(
    study: &mut Study<'_>,
    (site, group): (Site, Group),
    variable: Option<&String>,
    changes: Vec<Changed>,
    effects: &mut Vec<FeatureEffect>,
) -> Result<(), Error> {
    for (change, features, moves) in changes {
        effects.push(FeatureEffect {
            variable: variable.cloned(),
            features,
            effect: study.effect(site, group, change, &moves)?,
        });
    }
    Ok(())
}

impl<'r> Runs<'r> {
    fn new(dictionary: &'r Dictionary, study: &Study<'_>, site: Site) -> Result<Self, Error> {
        let (own, other) = (study.streams(site, false)?, study.streams(site, true)?);
        let encoded = |streams: &Streams| -> Vec<Sparse> {
            let cases = streams.cases().iter();
            cases.map(|rows| dictionary.encode(rows)).collect()
        };
        let (before, after) = (encoded(&own), encoded(&other));
        let mut differs = vec![0.0; dictionary.width];
        let mut dense = vec![0.0_f32; dictionary.width];
        for (before, after) in before.iter().zip(&after) {
            for row in 0..before.rows() {
                after.row(row).for_each(|(at, value)| dense[at] += value);
                before.row(row).for_each(|(at, value)| dense[at] -= value);
                for (at, _) in before.row(row).chain(after.row(row)) {
                    differs[at] += f64::from(std::mem::take(&mut dense[at]).abs());
                }
            }
        }
        Ok(Self {
            dictionary,
            own,
            other,
            before,
            after,
            differs,
        })
    }

    /// Features with their controls: for each the one that differs most nearly as much and is not taken yet.
    fn chosen(&self, variable: Option<String>, own: BTreeSet<usize>) -> Chosen {
        let mut others = BTreeSet::new();
        for feature in &own {
            let apart = |one: &usize| (self.differs[*one] - self.differs[*feature]).abs();
            let free = |one: &usize| !own.contains(one) && !others.contains(one);
            let rest = (0..self.dictionary.width).filter(free);
            let nearest = rest.min_by(|a, b| apart(a).total_cmp(&apart(b)));
            others.extend(nearest);
        }
        Chosen {
            variable,
            own,
            others,
        }
    }

    /// Changes of the whole stream: it becomes the other run's, and as far as the dictionary says so.
    fn whole(&self, study: &Study<'_>, group: Group) -> Vec<Changed> {
        let width = self.dictionary.width;
        let every = |_: usize| true;
        vec![
            (
                "other run",
                None,
                study.exchanged(group, &self.own, &self.other),
            ),
            (
                "all features",
                Some(width),
                self.exchanged(study, group, &every),
            ),
        ]
    }

    /// Chosen features exchanged and taken away, with their controls.
    fn changes(&self, study: &Study<'_>, group: Group, chosen: &Chosen, seed: u64) -> Vec<Changed> {
        let own = self.exchanged(study, group, &|one| chosen.own.contains(&one));
        let others = self.exchanged(study, group, &|one| chosen.others.contains(&one));
        let others = as_far(others, &own);
        let random = random_like(&own, seed);
        let count = Some(chosen.own.len());
        let other_count = Some(chosen.others.len());
        let without = |of: &BTreeSet<usize>| self.without(study, group, of);
        vec![
            (change(Change::Features), count, own),
            (change(Change::RandomFeatures), other_count, others),
            (change(Change::Random), None, random),
            (change(Change::Ablated), count, without(&chosen.own)),
            (
                change(Change::RandomAblated),
                other_count,
                without(&chosen.others),
            ),
        ]
    }

    /// Some features get the activations of the other run.
    fn exchanged(
        &self,
        study: &Study<'_>,
        group: Group,
        is_changed: &dyn Fn(usize) -> bool,
    ) -> Vec<Moves> {
        study.moves(group, |case, token| {
            let mut way = vec![0.0_f32; self.dictionary.inputs];
            let row = self.own.number(case, token);
            let after = self.after[case].row(row);
            self.add(&mut way, after, 1.0, is_changed);
            self.add(&mut way, self.before[case].row(row), -1.0, is_changed);
            way
        })
    }

    /// Some features are taken away, each as strong as it fires at a token.
    fn without(&self, study: &Study<'_>, group: Group, features: &BTreeSet<usize>) -> Vec<Moves> {
        study.moves(group, |case, token| {
            let mut way = vec![0.0_f32; self.dictionary.inputs];
            let row = self.before[case].row(self.own.number(case, token));
            self.add(&mut way, row, -1.0, &|one| features.contains(&one));
            way
        })
    }

    /// Adds what firing features stand for, `times` as strong.
    fn add(
        &self,
        way: &mut [f32],
        firing: impl Iterator<Item = (usize, f32)>,
        times: f32,
        is_changed: &dyn Fn(usize) -> bool,
    ) {
        for (feature, value) in firing.filter(|(one, _)| is_changed(*one)) {
            self.dictionary.add(way, feature, times * value);
        }
    }
}

/// Moves as long as others at each token; one of no length stays so.
fn as_far(moves: Vec<Moves>, others: &[Moves]) -> Vec<Moves> {
    let each = moves.into_iter().zip(others).map(|(moves, others)| {
        let pairs = moves.into_iter().zip(others);
        pairs
            .map(|((token, way), (_, other))| (token, as_long_as(way, other)))
            .collect()
    });
    each.collect()
}
