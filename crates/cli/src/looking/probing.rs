//! Studies of probes with their controls.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tracestone_interp::probe::{
    ClassifierSettings, Draws, Observed, Outcome, Plan, Summary, merge, study, summarize,
};
use tracestone_interp::report::{ProbeReport, Role, Subject, table};
use tracestone_record::Split;
use tracestone_record::watch::Progress;
use tracestone_record::words::counted;

use super::acts::{Observations, observations};
use super::dataset::Dataset;
use crate::args::ProbingArgs;
use crate::failure::Failure;
use crate::printer::Printer;

/// The plan of what was typed.
pub(crate) fn plan(
    args: &ProbingArgs,
    semantics: Vec<String>,
    sites: Vec<String>,
    seed: u64,
    threads: usize,
) -> Plan {
    Plan {
        variables: args.variable.clone(),
        semantics,
        sites,
        offsets: args.offset.clone(),
        layers: args.probe_layers.clone(),
        deep_offsets: args.deep_offset.clone(),
        classifier: ClassifierSettings {
            layers: 0,
            width: args.probe_width,
            epochs: args.epochs,
            batch: 256,
            learning_rate: args.probe_rate as f32,
            weight_decay: args.probe_decay as f32,
            seed,
        },
        seeds: args.seeds,
        fit_steps: args.fit_steps.clone(),
        shuffled: false,
        threads,
    }
}

/// How the linear probes that directions are taken from are trained.
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

/// What was typed, for the report.
pub(crate) fn settings(plan: &Plan, draws: usize) -> Value {
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
    printer: &Printer,
) -> Result<Vec<Summary>, Failure> {
    let total = plan.probes() * acts.len();
    let progress = Progress::start(printer, name, "probes", total as u64);
    let mut studies: Vec<Vec<Outcome>> = Vec::new();
    let mut texts = 0;
    for folder in acts {
        let (fit, test) = both(folder, data, &plan.variables)?;
        texts = test.ledger.samples().len();
        studies.push(study(plan, observed(&fit), observed(&test), &|count| {
            progress.advance(count as u64);
        })?);
    }
    let mut draws = Draws::new(texts, draws, plan.classifier.seed);
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
) -> Result<(Observations, Observations), Failure> {
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

/// The control of a study: the plan at offset 0 alone, with labels shuffled so many times. What a probe
/// learns from one shuffle is no mean of nothing but one draw: its accuracy lies some hundredths beside
/// chance, with every other probe of that shuffle's labels elsewhere. Only many shuffles say where the mean
/// is and how far one strays; linear probes are quick enough for that.
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

/// Prints gaps at the words' own states, and the controls.
pub(crate) fn print(report: &ProbeReport, printer: &Printer) {
    for subject in &report.subjects {
        if subject.role != Role::Checkpoint {
            printer.result(&table(subject, 0));
        }
    }
}

/// A subject.
pub(crate) fn subject(name: &str, role: Role, summaries: Vec<Summary>) -> Subject {
    Subject {
        name: name.to_owned(),
        role,
        step: None,
        exact: None,
        summaries,
    }
}
