//! Studies of probes with their controls.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tracestone_interp::activations::read_index;
use tracestone_interp::ledger::Mark;
use tracestone_interp::probe::{
    ClassifierSettings, Draws, Observed, Outcome, PENALTIES, Plan, Summary, correct, merge, study,
    summarize,
};
use tracestone_interp::report::{ProbeReport, Role, Subject};
use tracestone_record::Split;
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::counted;

use crate::activations::{Observations, observations};
use crate::dataset::Dataset;
use crate::error::Error;

/// The settings of probes.
#[derive(Debug, Clone)]
pub struct ProbeSettings {
    /// The variables to read.
    pub variables: Vec<String>,
    /// Steps from the token to the state; negative ones are in the past.
    pub offsets: Vec<i32>,
    /// Hidden layers of the probes; 0 is linear.
    pub layers: Vec<usize>,
    /// The offsets of probes that have hidden layers.
    pub deep_offsets: Vec<i32>,
    /// The width of hidden layers.
    pub width: usize,
    /// Times that a probe with hidden layers sees every state.
    pub epochs: usize,
    /// The learning rate of probes with hidden layers.
    pub learning_rate: f64,
    /// The weight decay of probes with hidden layers.
    pub weight_decay: f64,
    /// Probes with different seeds, of those with hidden layers.
    pub seeds: usize,
    /// Times that labels are shuffled for the control.
    pub shuffles: usize,
    /// The only steps after which probes are trained; with none, all.
    pub fit_steps: Vec<i32>,
    /// Draws of the bootstrap.
    pub draws: usize,
    /// The seed of the probes and of the bootstrap.
    pub seed: u64,
    /// The number of threads, which changes no number.
    pub threads: usize,
}

impl Default for ProbeSettings {
    fn default() -> Self {
        Self {
            variables: vec!["facing".to_owned(), "position".to_owned()],
            offsets: (-3..=3).collect(),
            layers: vec![0, 1, 2],
            deep_offsets: vec![0],
            width: 64,
            epochs: 12,
            learning_rate: 5e-3,
            weight_decay: 0.05,
            seeds: 3,
            shuffles: 20,
            fit_steps: Vec::new(),
            draws: 500,
            seed: 0,
            threads: 1,
        }
    }
}

impl ProbeSettings {
    /// The settings for a dataset: of Python texts all variables are read, at the token's own state, unless others were named.
    #[must_use]
    pub fn suited(mut self, data: &Dataset) -> Self {
        if data.python().is_some() && self.offsets == Self::default().offsets {
            self.offsets = vec![0];
        }
        self.variables = data.suited(self.variables);
        self
    }

    /// The plan for activations at some sites under some semantics, of which the first is the base.
    #[must_use]
    pub fn plan(&self, semantics: Vec<String>, sites: Vec<String>) -> Plan {
        Plan {
            base: semantics.first().cloned().unwrap_or_default(),
            variables: self.variables.clone(),
            semantics,
            sites,
            offsets: self.offsets.clone(),
            layers: self.layers.clone(),
            deep_offsets: self.deep_offsets.clone(),
            classifier: ClassifierSettings {
                layers: 0,
                width: self.width,
                epochs: self.epochs,
                batch: 256,
                learning_rate: self.learning_rate as f32,
                weight_decay: self.weight_decay as f32,
                seed: self.seed,
            },
            seeds: self.seeds,
            fit_steps: self.fit_steps.clone(),
            shuffled: false,
            threads: self.threads,
        }
    }
}

/// The settings of a plan, for the report.
pub(crate) fn report_settings(plan: &Plan, draws: usize) -> Value {
    json!({
        "variables": plan.variables, "semantics": plan.semantics, "base": plan.base, "sites": plan.sites,
        "offsets": plan.offsets, "deep_offsets": plan.deep_offsets, "hidden_layers": plan.layers,
        "linear": {
            "solver": "L-BFGS to a largest gradient of 1e-4", "penalties": PENALTIES,
            "penalty": "the best on a fifth of the families of programs, then all rows",
        },
        "width": plan.classifier.width, "epochs": plan.classifier.epochs, "batch": plan.classifier.batch,
        "learning_rate": plan.classifier.learning_rate, "weight_decay": plan.classifier.weight_decay,
        "seed": plan.classifier.seed, "seeds": plan.seeds, "fit_steps": plan.fit_steps,
        "bootstrap_draws": draws, "trained_on": "validation", "tested_on": "test",
        "interval": "95 %, percentiles over resampled families of programs and replicates",
        "p": "two-sided t over families of programs and replicates, corrected by Holm's method for all cells of a model",
    })
}

/// A study of one or several models' activations, taken together.
pub(crate) fn probe(
    name: &'static str,
    acts: &[PathBuf],
    data: &Dataset,
    plan: &Plan,
    draws: usize,
    watch: &dyn Watch,
) -> Result<Vec<Summary>, Error> {
    let read = |folder: &Path| both(folder, data, &plan.variables);
    probe_read(name, acts, &read, plan, draws, watch)
}

/// Reads the activations of training and of test with their states.
type Reading<'r> = &'r dyn Fn(&Path) -> Result<(Observations, Observations), Error>;

fn probe_read(
    name: &'static str,
    acts: &[PathBuf],
    read: Reading<'_>,
    plan: &Plan,
    draws: usize,
    watch: &dyn Watch,
) -> Result<Vec<Summary>, Error> {
    Ok(probe_each(name, acts, read, plan, draws, watch)?.0)
}

/// Summaries of all models together, and of each of them.
pub(crate) type Each = (Vec<Summary>, Vec<Vec<Summary>>);

/// A study of several models' activations, taken together and each by itself.
pub(crate) fn probe_models(
    name: &'static str,
    acts: &[PathBuf],
    data: &Dataset,
    plan: &Plan,
    draws: usize,
    watch: &dyn Watch,
) -> Result<Each, Error> {
    let read = |folder: &Path| both(folder, data, &plan.variables);
    probe_each(name, acts, &read, plan, draws, watch)
}

fn probe_each(
    name: &'static str,
    acts: &[PathBuf],
    read: Reading<'_>,
    plan: &Plan,
    draws: usize,
    watch: &dyn Watch,
) -> Result<Each, Error> {
    let total = plan.probes() * acts.len();
    let progress = Progress::start(watch, name, "probes", total as u64);
    let mut studies: Vec<Vec<Outcome>> = Vec::new();
    let mut programs = 0;
    for folder in acts {
        let (fit, test) = read(folder)?;
        programs = test.ledger.program_count();
        studies.push(study(plan, observed(&fit), observed(&test), &|count| {
            progress.advance(count as u64);
        })?);
    }
    let mut draws = Draws::new(programs, draws, plan.classifier.seed);
    let mut sum = |outcomes: &[Outcome]| -> Vec<Summary> {
        let each = outcomes.iter();
        let mut found: Vec<Summary> = each.map(|one| summarize(one, &mut draws)).collect();
        correct(&mut found);
        found
    };
    let each = match studies.len() {
        1 => Vec::new(),
        _ => studies.iter().map(|one| sum(one)).collect(),
    };
    let all = sum(&merge(studies));
    progress.finish(&counted(total as u64, "probe"));
    let each = if each.is_empty() {
        vec![all.clone()]
    } else {
        each
    };
    Ok((all, each))
}

fn both(
    acts: &Path,
    data: &Dataset,
    variables: &[String],
) -> Result<(Observations, Observations), Error> {
    Ok((
        observations(acts, data, Split::Validation, variables)?,
        observations(acts, data, Split::Test, variables)?,
    ))
}

/// Name of the labels of the control task, in the place of a semantics.
pub(crate) const CONTROL: &str = "random labels";

/// The control task (Hewitt and Liang 2019): each prefix of a program has a random label. A probe that is right on it
/// has learned the task by itself. The gap to the accuracy for the base semantics, at the same tokens, is the
/// selectivity. Tokens of test count if their prefix occurs in the probes' training, or there is nothing to know.
pub(crate) fn control(
    acts: &[PathBuf],
    data: &Dataset,
    plan: &Plan,
    draws: usize,
    watch: &dyn Watch,
) -> Result<Vec<Summary>, Error> {
    let plan = Plan {
        semantics: vec![plan.base.clone(), CONTROL.to_owned()],
        offsets: vec![0],
        deep_offsets: vec![0],
        seeds: 1,
        ..plan.clone()
    };
    let read = |folder: &Path| {
        let (mut fit, mut test) = both(folder, data, &plan.variables)?;
        let classes = |variable: &String| {
            let names = fit.ledger.classes(variable).to_vec();
            (variable.clone(), names)
        };
        let mut known = Known {
            classes: plan.variables.iter().map(classes).collect(),
            prefixes: None,
        };
        let prefixes = labelled(&mut fit, data, Split::Validation, &plan, &known)?;
        known.prefixes = Some(prefixes);
        labelled(&mut test, data, Split::Test, &plan, &known)?;
        Ok((fit, test))
    };
    probe_read("control task", acts, &read, &plan, draws, watch)
}

/// Values and prefixes that the labels of the control task are drawn for.
struct Known {
    /// The values of each variable.
    classes: BTreeMap<String, Vec<String>>,
    /// The only prefixes with a label, if these are known.
    prefixes: Option<HashSet<String>>,
}

/// Adds the labels of the control task, and gives the prefixes that have one.
fn labelled(
    observations: &mut Observations,
    data: &Dataset,
    split: Split,
    plan: &Plan,
    known: &Known,
) -> Result<HashSet<String>, Error> {
    let programs = data.programs(split)?;
    let ledger = &mut observations.ledger;
    let names = ledger.samples().to_vec();
    let beyond: BTreeSet<usize> = (0..names.len())
        .filter(|text| ledger.beyond(*text))
        .collect();
    let prefix = |mark: Mark| -> Option<String> {
        let (words, _) = programs.get(&names[mark.spot.text])?;
        let count = usize::try_from(mark.step).ok()? + 1;
        let words: Vec<&str> = words.split(' ').take(count).collect();
        let prefix = words.join(" ");
        let prefixes = known.prefixes.as_ref();
        prefixes
            .is_none_or(|known| known.contains(&prefix))
            .then_some(prefix)
    };
    let seed = plan.classifier.seed;
    for variable in &plan.variables {
        let own = ledger.classes(variable).to_vec();
        let names = known.classes.get(variable).map_or(&[][..], Vec::as_slice);
        let label = |mark: Mark| {
            let key = format!("{seed} {variable} {}", prefix(mark)?);
            let hash = blake3::hash(key.as_bytes());
            let mut number = [0; 8];
            number.copy_from_slice(&hash.as_bytes()[..8]);
            let drawn = u64::from_le_bytes(number) % names.len().max(1) as u64;
            let name = names.get(drawn as usize)?;
            own.iter().position(|other| other == name)
        };
        ledger.label(variable, CONTROL, label);
    }
    let marks = ledger.marks().iter();
    let within = marks.filter(|mark| !beyond.contains(&mark.spot.text));
    Ok(within.filter_map(|mark| prefix(*mark)).collect())
}

fn observed(observations: &Observations) -> Observed<'_> {
    Observed {
        activations: &observations.activations,
        ledger: &observations.ledger,
    }
}

/// Control of a study: the plan at offset 0 alone, with labels shuffled `shuffles` times. The accuracy on one
/// shuffle is one draw, a few hundredths off chance, and every other probe of that shuffle's labels draws
/// differently. Only many shuffles show their mean and spread; linear probes are fast enough for that.
pub(crate) fn shuffled(plan: &Plan, shuffles: usize) -> Plan {
    let linear = plan.layers.contains(&0);
    Plan {
        offsets: vec![0],
        layers: if linear { vec![0] } else { plan.layers.clone() },
        seeds: shuffles,
        shuffled: true,
        ..plan.clone()
    }
}

/// A subject of a report.
pub(crate) fn subject(name: &str, role: Role, summaries: Vec<Summary>) -> Subject {
    Subject {
        name: name.to_owned(),
        role,
        step: None,
        exact: None,
        each: Vec::new(),
        summaries,
    }
}

/// Probes activations, with the controls of untrained models and of shuffled labels.
///
/// # Errors
/// Activations or the dataset cannot be read, or do not go together.
pub fn probe_activations(
    acts: &Path,
    untrained: &[PathBuf],
    data: &Dataset,
    settings: &ProbeSettings,
    watch: &dyn Watch,
) -> Result<ProbeReport, Error> {
    let folder = acts.join(Split::Test.name());
    let index = read_index(&folder).map_err(Error::NoIndex)?;
    let plan = settings.plan(data.semantics(), index.sites);
    let own = [acts.to_owned()];
    let found = probe("probe", &own, data, &plan, settings.draws, watch)?;
    let mut subjects = vec![subject("the model", Role::Trained, found)];
    if !untrained.is_empty() {
        let found = probe("control", untrained, data, &plan, settings.draws, watch)?;
        subjects.push(subject("untrained", Role::Untrained, found));
    }
    // Programs of Python in test are never those of the probes' training; their control is the run on another input.
    if data.python().is_none() {
        let found = control(&own, data, &plan, settings.draws, watch)?;
        subjects.push(subject(
            "random labels for prefixes of programs",
            Role::Control,
            found,
        ));
    }
    let chance = shuffled(&plan, settings.shuffles);
    let found = probe("shuffled", &own, data, &chance, settings.draws, watch)?;
    subjects.push(subject("shuffled labels", Role::Shuffled, found));
    Ok(ProbeReport {
        settings: report_settings(&plan, settings.draws),
        subjects,
    })
}
