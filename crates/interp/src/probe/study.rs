//! Many probes at once: for each variable, site, offset and semantics.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;

use super::classifier::{Classifier, ClassifierSettings, Target};
use crate::activations::Activations;
use crate::error::{InterpError, Result};
use crate::ledger::Ledger;

/// The probes to train.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Names of the variables to read.
    pub variables: Vec<String>,
    /// Names of the semantics, the original one among them.
    pub semantics: Vec<String>,
    /// The sites, by name.
    pub sites: Vec<String>,
    /// Steps from the token to the state; negative ones are in the past.
    pub offsets: Vec<i32>,
    /// The numbers of hidden layers.
    pub layers: Vec<usize>,
    /// The offsets of probes that have hidden layers: they take some hundred times as long as linear
    /// ones, which are trained together.
    pub deep_offsets: Vec<i32>,
    /// Hyperparameters of each probe. The seed is increased by one per replicate.
    pub classifier: ClassifierSettings,
    /// Probes with different seeds.
    pub seeds: usize,
    /// Numbers of executed steps of the tokens to train on; all if empty.
    pub fit_steps: Vec<i32>,
    /// True to shuffle labels among the training rows. A probe must then be at chance.
    pub shuffled: bool,
    /// Threads; changes no result.
    pub threads: usize,
}

/// Hidden states and true states of the same tokens.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'o> {
    /// Hidden states, one row per token.
    pub activations: &'o Activations,
    /// True states, by variable and semantics.
    pub ledger: &'o Ledger,
}

/// The probes of one site, variable, offset and size, under each semantics.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Name of the site.
    pub site: String,
    /// Name of the variable.
    pub variable: String,
    /// The offset in steps.
    pub offset: i32,
    /// Hidden layers of the probe.
    pub layers: usize,
    /// The share of the most frequent class among the tested states under the original semantics.
    pub chance: f64,
    /// The tested tokens, as program and step: those that have a value under all semantics.
    pub tested: Vec<(usize, i32)>,
    /// Number of tokens with a value under the original semantics and none under another; they are not compared.
    pub left_out: usize,
    /// One for each seed.
    pub replicates: Vec<Replicate>,
}

/// Results of one seed: for each semantics, whether the probe is right at each tested token.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Replicate {
    /// Keyed by the name of the semantics.
    pub right: BTreeMap<String, Vec<bool>>,
}

/// The key of an outcome.
type Key = (usize, usize, usize, usize);

/// One unit of work: some targets at one site with one seed.
struct Task {
    site: usize,
    layers: usize,
    seed: usize,
    /// Variable, offset and semantics of each target.
    targets: Vec<(usize, usize, usize)>,
}

/// Trains the probes of a plan on `fit` and tests them on `test`. Both must be of the same model, and of
/// different samples.
///
/// # Errors
///
/// If hidden and true states are not of the same tokens, or a site is missing.
pub fn study(
    plan: &Plan,
    fit: Observed<'_>,
    test: Observed<'_>,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Outcome>> {
    fit.ledger.check(fit.activations)?;
    test.ledger.check(test.activations)?;
    check_base(plan, fit.ledger)?;
    check_base(plan, test.ledger)?;
    let sites = plan
        .sites
        .iter()
        .map(|site| Ok((rows(fit.activations, site)?, rows(test.activations, site)?)))
        .collect::<Result<Vec<_>>>()?;
    let tasks = tasks(plan);
    let results: Vec<Mutex<Vec<Vec<usize>>>> =
        tasks.iter().map(|_| Mutex::new(Vec::new())).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..plan.threads.max(1) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(task) = tasks.get(index) else {
                        break;
                    };
                    let found = perform(plan, task, sites[task.site], fit);
                    if let Ok(mut place) = results[index].lock() {
                        *place = found;
                    }
                    progress(task.targets.len());
                }
            });
        }
    });
    let results = results
        .into_iter()
        .map(|found| found.into_inner().unwrap_or_default());
    Ok(gather(plan, &tasks, results, fit.ledger, test.ledger))
}

impl Plan {
    /// The number of probes that [`study`] trains.
    #[must_use]
    pub fn probes(&self) -> usize {
        tasks(self).iter().map(|task| task.targets.len()).sum()
    }

    /// True if probes with `layers` hidden layers are trained for an offset.
    fn wants(&self, layers: usize, offset: i32) -> bool {
        layers == 0 || self.deep_offsets.contains(&offset)
    }
}

/// Rows of numbers, and how many each has.
type Rows<'a> = (&'a [f32], usize);

fn rows<'a>(activations: &'a Activations, site: &str) -> Result<Rows<'a>> {
    let at = activations.sites.iter().position(|name| name == site);
    let at = at.ok_or_else(|| {
        InterpError::Refused(format!(
            "the activations have no `{site}`; they have {}",
            activations.sites.join(", ")
        ))
    })?;
    Ok((&activations.rows[at], activations.width))
}

/// Linear probes of one site share a task, since they do not share anything else; others have one each.
fn tasks(plan: &Plan) -> Vec<Task> {
    let mut tasks = Vec::new();
    for site in 0..plan.sites.len() {
        for layers in &plan.layers {
            for seed in 0..plan.seeds {
                let mut targets = Vec::new();
                for variable in 0..plan.variables.len() {
                    let offsets = 0..plan.offsets.len();
                    for offset in offsets.filter(|at| plan.wants(*layers, plan.offsets[*at])) {
                        for semantics in 0..plan.semantics.len() {
                            targets.push((variable, offset, semantics));
                        }
                    }
                }
                let size = if *layers == 0 {
                    targets.len().max(1)
                } else {
                    1
                };
                tasks.extend(targets.chunks(size).map(|targets| Task {
                    site,
                    layers: *layers,
                    seed,
                    targets: targets.to_vec(),
                }));
            }
        }
    }
    tasks
}

/// The predictions for the tested rows, target by target.
fn perform(
    plan: &Plan,
    task: &Task,
    ((fit_rows, width), (test_rows, _)): (Rows<'_>, Rows<'_>),
    fit: Observed<'_>,
) -> Vec<Vec<usize>> {
    let targets: Vec<Target> = task
        .targets
        .iter()
        .map(|(variable, offset, semantics)| {
            let variable = &plan.variables[*variable];
            let classes = fit.ledger.classes(variable);
            let offset = plan.offsets[*offset];
            let mut labels =
                common(plan, fit.ledger, variable, offset, classes).swap_remove(*semantics);
            for (label, mark) in labels.iter_mut().zip(fit.ledger.marks()) {
                if !plan.fit_steps.is_empty() && !plan.fit_steps.contains(&mark.step) {
                    *label = None;
                }
            }
            if plan.shuffled {
                shuffle(&mut labels, plan.classifier.seed + task.seed as u64);
            }
            Target {
                labels,
                classes: classes.len(),
            }
        })
        .collect();
    let settings = ClassifierSettings {
        layers: task.layers,
        seed: plan.classifier.seed + task.seed as u64,
        ..plan.classifier
    };
    Classifier::fit(fit_rows, width, &targets, settings).predict(test_rows, width)
}

/// The labels under each semantics, of the tokens that have one under all of them: what a semantics alone has at a
/// token would be compared with other tokens of the others. At a token without a value under some semantics, all
/// labels are `None`.
fn common(
    plan: &Plan,
    ledger: &Ledger,
    variable: &str,
    offset: i32,
    classes: &[String],
) -> Vec<Vec<Option<usize>>> {
    let semantics = plan.semantics.iter();
    let mut all: Vec<Vec<Option<usize>>> = semantics
        .map(|name| ledger.labels(variable, name, offset, classes))
        .collect();
    for mark in 0..ledger.marks().len() {
        if all.iter().any(|labels| labels[mark].is_none()) {
            for labels in &mut all {
                labels[mark] = None;
            }
        }
    }
    all
}

/// The number of tested tokens that have a value under the original semantics, and none under another.
fn left_out(plan: &Plan, ledger: &Ledger, outcome: &Outcome, classes: &[String]) -> usize {
    let own = ledger.labels(&outcome.variable, super::ORIGINAL, outcome.offset, classes);
    let known = own.iter().flatten().count();
    if plan.semantics.iter().any(|name| name == super::ORIGINAL) {
        known - outcome.tested.len()
    } else {
        0
    }
}

/// Refuses a plan whose original semantics has no values of a variable: everything is compared with it.
fn check_base(plan: &Plan, ledger: &Ledger) -> Result<()> {
    if !plan.semantics.iter().any(|name| name == super::ORIGINAL) {
        return Err(InterpError::Refused(format!(
            "the semantics `{}`, which others are compared with, is not among {}",
            super::ORIGINAL,
            plan.semantics.join(", ")
        )));
    }
    for variable in &plan.variables {
        if !ledger.semantics(variable).contains(&super::ORIGINAL) {
            return Err(InterpError::Refused(format!(
                "the ledger has no value of `{variable}` under the semantics `{}`, which others are compared with",
                super::ORIGINAL
            )));
        }
    }
    Ok(())
}

/// Shuffles the labels that are there among their rows.
fn shuffle(labels: &mut [Option<usize>], seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut present: Vec<usize> = labels.iter().copied().flatten().collect();
    present.shuffle(&mut random);
    let mut present = present.into_iter();
    for label in labels.iter_mut().filter(|label| label.is_some()) {
        *label = present.next();
    }
}

fn gather(
    plan: &Plan,
    tasks: &[Task],
    results: impl Iterator<Item = Vec<Vec<usize>>>,
    fit: &Ledger,
    test: &Ledger,
) -> Vec<Outcome> {
    let mut outcomes: BTreeMap<Key, Outcome> = BTreeMap::new();
    for (task, found) in tasks.iter().zip(results) {
        for ((variable, offset, semantics), found) in task.targets.iter().zip(found) {
            let layers = plan.layers.iter().position(|l| *l == task.layers);
            let key = (layers.unwrap_or(0), task.site, *variable, *offset);
            let name = &plan.variables[*variable];
            let steps = plan.offsets[*offset];
            let classes = fit.classes(name);
            let truth = common(plan, test, name, steps, classes).swap_remove(*semantics);
            let outcome = outcomes.entry(key).or_insert_with(|| Outcome {
                site: plan.sites[task.site].clone(),
                variable: name.clone(),
                offset: steps,
                layers: task.layers,
                chance: 0.0,
                tested: tested(test, &truth),
                left_out: 0,
                replicates: vec![Replicate::default(); plan.seeds],
            });
            if plan.semantics[*semantics] == super::ORIGINAL {
                outcome.chance = most_frequent(&truth);
            }
            let right = truth
                .iter()
                .zip(&found)
                .filter_map(|(truth, found)| truth.map(|truth| truth == *found))
                .collect();
            outcome.replicates[task.seed]
                .right
                .insert(plan.semantics[*semantics].clone(), right);
        }
    }
    let mut outcomes: Vec<Outcome> = outcomes.into_values().collect();
    for outcome in &mut outcomes {
        outcome.left_out = left_out(plan, test, outcome, fit.classes(&outcome.variable));
    }
    outcomes
}

fn tested(ledger: &Ledger, truth: &[Option<usize>]) -> Vec<(usize, i32)> {
    let marks = ledger.marks().iter().zip(truth);
    marks
        .filter(|(_, truth)| truth.is_some())
        .map(|(mark, _)| (ledger.program(mark.spot.text), mark.step))
        .collect()
}

/// The share of the most frequent class.
fn most_frequent(truth: &[Option<usize>]) -> f64 {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for class in truth.iter().flatten() {
        *counts.entry(*class).or_default() += 1;
    }
    let all: usize = counts.values().sum();
    let most = counts.values().max().copied().unwrap_or(0);
    crate::numbers::real(most) / crate::numbers::real(all.max(1))
}

/// Outcomes of the same plan on several models as those of one: the models' replicates side by side.
#[must_use]
pub fn merge(studies: Vec<Vec<Outcome>>) -> Vec<Outcome> {
    let mut studies = studies.into_iter();
    let mut first = studies.next().unwrap_or_default();
    for other in studies {
        for (outcome, more) in first.iter_mut().zip(other) {
            outcome.replicates.extend(more.replicates);
        }
    }
    first
}
