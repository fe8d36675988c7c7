//! Many probes at once: for each variable, site, offset and semantics.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;

use super::classifier::{Classifier, ClassifierSettings, Target};
use super::linear::Linear;
use crate::activations::Activations;
use crate::error::{InterpError, Result};
use crate::ledger::Ledger;

/// The probes to train.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Names of the variables to read.
    pub variables: Vec<String>,
    /// Name of the semantics that the texts were written under; the others are compared with it.
    pub base: String,
    /// Names of the semantics, the base among them.
    pub semantics: Vec<String>,
    /// The sites, by name.
    pub sites: Vec<String>,
    /// Steps from the token to the state; negative ones are in the past.
    pub offsets: Vec<i32>,
    /// The numbers of hidden layers.
    pub layers: Vec<usize>,
    /// The offsets of probes that have hidden layers, which take longer than linear ones.
    pub deep_offsets: Vec<i32>,
    /// Hyperparameters of probes with hidden layers. The seed is increased by one per replicate.
    pub classifier: ClassifierSettings,
    /// Probes with different seeds; linear ones have one optimum and depend on a seed only if labels are shuffled.
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

/// A tested token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// The number of its program.
    pub program: usize,
    /// Steps done once it is read.
    pub step: i32,
    /// True if its text has a length that does not occur in training.
    pub beyond: bool,
}

/// The probes of one site, variable, offset and size, under each semantics.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Name of the semantics that the others are compared with.
    pub base: String,
    /// Name of the site.
    pub site: String,
    /// Name of the variable.
    pub variable: String,
    /// The offset in steps.
    pub offset: i32,
    /// Hidden layers of the probe.
    pub layers: usize,
    /// The share of the most frequent class among the tested states under the base semantics.
    pub chance: f64,
    /// The tested tokens: those that have a value under all semantics.
    pub tested: Vec<Token>,
    /// Number of tokens with a value under the base semantics and none under another; they are not compared.
    pub left_out: usize,
    /// One for each seed.
    pub replicates: Vec<Replicate>,
}

/// Results of one seed: for each semantics, whether the probe is right at each tested token.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Replicate {
    /// Keyed by the name of the semantics.
    pub right: BTreeMap<String, Vec<bool>>,
    /// The penalties of linear probes, which were chosen on a part of the training rows.
    pub penalties: BTreeMap<String, f64>,
    /// Number of linear probes that ended before the gradient vanished.
    pub unconverged: usize,
}

impl Outcome {
    /// Names of the semantics with results.
    pub(super) fn semantics(&self) -> impl Iterator<Item = &str> {
        let first = self.replicates.first().into_iter();
        first.flat_map(|one| one.right.keys().map(String::as_str))
    }
}

/// Predictions of one probe for the tested rows.
#[derive(Default)]
struct Found {
    classes: Vec<usize>,
    /// The penalty of a linear probe, and whether it converged.
    linear: Option<(f64, bool)>,
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
    let results: Vec<Mutex<Vec<Found>>> = tasks.iter().map(|_| Mutex::new(Vec::new())).collect();
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

    /// The number of probes with `layers` hidden layers that differ in their seeds.
    fn replicates(&self, layers: usize) -> usize {
        if layers == 0 && !self.shuffled {
            1
        } else {
            self.seeds
        }
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

/// Each size of probe at each site, for each target.
fn tasks(plan: &Plan) -> Vec<Task> {
    let mut tasks = Vec::new();
    for site in 0..plan.sites.len() {
        for layers in &plan.layers {
            for seed in 0..plan.replicates(*layers) {
                for variable in 0..plan.variables.len() {
                    let offsets = 0..plan.offsets.len();
                    for offset in offsets.filter(|at| plan.wants(*layers, plan.offsets[*at])) {
                        for semantics in 0..plan.semantics.len() {
                            tasks.push(Task {
                                site,
                                layers: *layers,
                                seed,
                                targets: vec![(variable, offset, semantics)],
                            });
                        }
                    }
                }
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
) -> Vec<Found> {
    let seed = plan.classifier.seed + task.seed as u64;
    let one = |target: &(usize, usize, usize)| {
        let target = labels(plan, target, fit.ledger, seed);
        if task.layers == 0 {
            let marks = fit.ledger.marks().iter();
            let groups: Vec<usize> = marks
                .map(|mark| fit.ledger.program(mark.spot.text))
                .collect();
            let Target { labels, classes } = &target;
            let probe = Linear::fit_chosen(fit_rows, width, labels, *classes, &groups);
            return Found {
                classes: probe.predict(test_rows),
                linear: Some((probe.penalty, probe.converged)),
            };
        }
        let settings = ClassifierSettings {
            layers: task.layers,
            seed,
            ..plan.classifier
        };
        let probe = Classifier::fit(fit_rows, width, std::slice::from_ref(&target), settings);
        Found {
            classes: probe.predict(test_rows, width).swap_remove(0),
            linear: None,
        }
    };
    task.targets.iter().map(one).collect()
}

/// The labels that a probe is trained on.
fn labels(
    plan: &Plan,
    (variable, offset, semantics): &(usize, usize, usize),
    ledger: &Ledger,
    seed: u64,
) -> Target {
    let variable = &plan.variables[*variable];
    let classes = ledger.classes(variable);
    let offset = plan.offsets[*offset];
    let mut labels = common(plan, ledger, variable, offset, classes).swap_remove(*semantics);
    for (label, mark) in labels.iter_mut().zip(ledger.marks()) {
        let trained_on = plan.fit_steps.is_empty() || plan.fit_steps.contains(&mark.step);
        if !trained_on || ledger.beyond(mark.spot.text) {
            *label = None;
        }
    }
    if plan.shuffled {
        shuffle(&mut labels, seed);
    }
    Target {
        labels,
        classes: classes.len(),
    }
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

/// The number of tokens that have a value under the base semantics, and none under another.
fn left_out(plan: &Plan, ledger: &Ledger, outcome: &Outcome, classes: &[String]) -> usize {
    let own = ledger.labels(&outcome.variable, &plan.base, outcome.offset, classes);
    own.iter().flatten().count() - outcome.tested.len()
}

/// Refuses a plan whose base semantics has no values of a variable: everything is compared with it.
fn check_base(plan: &Plan, ledger: &Ledger) -> Result<()> {
    let base = &plan.base;
    if !plan.semantics.contains(base) {
        return Err(InterpError::Refused(format!(
            "the semantics `{base}`, which others are compared with, is not among {}",
            plan.semantics.join(", ")
        )));
    }
    for variable in &plan.variables {
        if !ledger.semantics(variable).contains(&base.as_str()) {
            return Err(InterpError::Refused(format!(
                "the ledger has no value of `{variable}` under the semantics `{base}`, which others are compared with",
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
    results: impl Iterator<Item = Vec<Found>>,
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
                base: plan.base.clone(),
                site: plan.sites[task.site].clone(),
                variable: name.clone(),
                offset: steps,
                layers: task.layers,
                chance: 0.0,
                tested: tested(test, &truth),
                left_out: 0,
                replicates: vec![Replicate::default(); plan.replicates(task.layers)],
            });
            let semantics = &plan.semantics[*semantics];
            if *semantics == plan.base {
                outcome.chance = most_frequent(&truth);
            }
            let right = truth
                .iter()
                .zip(&found.classes)
                .filter_map(|(truth, found)| truth.map(|truth| truth == *found))
                .collect();
            let replicate = &mut outcome.replicates[task.seed];
            replicate.right.insert(semantics.clone(), right);
            if let Some((penalty, converged)) = found.linear {
                replicate.penalties.insert(semantics.clone(), penalty);
                replicate.unconverged += usize::from(!converged);
            }
        }
    }
    // An offset that leads out of every program has no states.
    let tested = outcomes.into_values().filter(|one| !one.tested.is_empty());
    let mut outcomes: Vec<Outcome> = tested.collect();
    for outcome in &mut outcomes {
        outcome.left_out = left_out(plan, test, outcome, fit.classes(&outcome.variable));
    }
    outcomes
}

fn tested(ledger: &Ledger, truth: &[Option<usize>]) -> Vec<Token> {
    let marks = ledger.marks().iter().zip(truth);
    marks
        .filter(|(_, truth)| truth.is_some())
        .map(|(mark, _)| Token {
            program: ledger.program(mark.spot.text),
            step: mark.step,
            beyond: ledger.beyond(mark.spot.text),
        })
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
