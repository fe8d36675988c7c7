//! Studies of probes with their controls.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tracestone_interp::activations::read_index;
use tracestone_interp::probe::{
    ClassifierSettings, Draws, Observed, Outcome, Plan, Summary, merge, study, summarize,
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
    /// Times that a probe sees every state.
    pub epochs: usize,
    /// The learning rate.
    pub learning_rate: f64,
    /// The weight decay.
    pub weight_decay: f64,
    /// Probes with different seeds.
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
            layers: vec![0, 1],
            deep_offsets: vec![0],
            width: 128,
            epochs: 15,
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
    /// The plan for activations at some sites under some semantics.
    #[must_use]
    pub fn plan(&self, semantics: Vec<String>, sites: Vec<String>) -> Plan {
        Plan {
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

/// Hyperparameters of the linear probes whose directions are used.
pub(crate) fn patch_classifier(seed: u64) -> ClassifierSettings {
    ClassifierSettings {
        layers: 0,
        width: 0,
        epochs: 20,
        batch: 256,
        learning_rate: 5e-3,
        weight_decay: 0.05,
        seed,
    }
}

/// The settings of a plan, for the report.
pub(crate) fn report_settings(plan: &Plan, draws: usize) -> Value {
    json!({
        "variables": plan.variables, "semantics": plan.semantics, "sites": plan.sites,
        "offsets": plan.offsets, "deep_offsets": plan.deep_offsets, "hidden_layers": plan.layers, "width": plan.classifier.width,
        "epochs": plan.classifier.epochs, "batch": plan.classifier.batch,
        "learning_rate": plan.classifier.learning_rate, "weight_decay": plan.classifier.weight_decay,
        "seed": plan.classifier.seed, "seeds": plan.seeds, "fit_steps": plan.fit_steps,
        "bootstrap_draws": draws, "trained_on": "validation", "tested_on": "test",
        "interval": "95 %, percentiles over resampled programs and replicates",
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
    let total = plan.probes() * acts.len();
    let progress = Progress::start(watch, name, "probes", total as u64);
    let mut studies: Vec<Vec<Outcome>> = Vec::new();
    let mut programs = 0;
    for folder in acts {
        let (fit, test) = both(folder, data, &plan.variables)?;
        programs = test.ledger.program_count();
        studies.push(study(plan, observed(&fit), observed(&test), &|count| {
            progress.advance(count as u64);
        })?);
    }
    let mut draws = Draws::new(programs, draws, plan.classifier.seed);
    let summaries = merge(studies)
        .iter()
        .map(|outcome| summarize(outcome, &mut draws))
        .collect();
    progress.finish(&counted(total as u64, "probe"));
    Ok(summaries)
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
    let chance = shuffled(&plan, settings.shuffles);
    let found = probe("shuffled", &own, data, &chance, settings.draws, watch)?;
    subjects.push(subject("shuffled labels", Role::Shuffled, found));
    Ok(ProbeReport {
        settings: report_settings(&plan, settings.draws),
        subjects,
    })
}
