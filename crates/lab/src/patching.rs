//! Interventions on Karel data: on the semantics of its instructions, and on a model's hidden state.

mod measure;
mod scenes;

use serde::{Deserialize, Serialize};
use tracestone_interp::causal::{Case, Said, say};
use tracestone_interp::directory::Model;
use tracestone_interp::model::Site;
use tracestone_interp::probe::{Draws, Estimate};
use tracestone_karel::scm::Scm;
use tracestone_record::Split;
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::counted;

use crate::dataset::Dataset;
use crate::error::Error;
use crate::words::{Readings, Words};
pub(crate) use measure::Measure;
pub(crate) use scenes::{Language, Prepared, Start, cases};
use scenes::{Scene, ended, prepare, scenes};

/// The settings of a study of patches.
#[derive(Debug, Clone)]
pub struct PatchSettings {
    /// At most this many test texts.
    pub programs: usize,
    /// Factor of every vector that is added: 1 moves the mean of one value to that of the other.
    pub strength: f64,
    /// Draws of the bootstrap.
    pub draws: usize,
    /// The seed of random directions and of the bootstrap.
    pub seed: u64,
}

/// The findings of a study of patches.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CausalReport {
    /// Settings of the study.
    pub settings: serde_json::Value,
    /// The structural causal model of the data.
    pub scm: Scm,
    /// Completions of the model compared with those of the same texts under each semantics.
    pub meanings: Vec<Twin>,
    /// The share of cases in which the model says what the world did, without a change.
    #[serde(default)]
    pub right: f64,
    /// The effects of moving the stream.
    pub effects: Vec<Effect>,
}

impl CausalReport {
    /// The variables that are moved, in their order.
    #[must_use]
    pub fn variables(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for effect in &self.effects {
            if !names.contains(&effect.variable.as_str()) {
                names.push(&effect.variable);
            }
        }
        names
    }
}

/// The texts executed under other semantics.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Twin {
    /// Name of the semantics.
    pub semantics: String,
    /// Number of texts whose completion differs from the original one.
    pub texts: usize,
    /// Share of these for which the model gives the completion under these semantics.
    pub agrees: Estimate,
    /// Share of these for which it gives the original completion.
    pub agrees_original: Estimate,
}

/// Effect of one change of the stream at one site, in cases that differ only in the hero's start.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Effect {
    /// The variable whose value is exchanged.
    pub variable: String,
    /// Tokens at which the stream is changed.
    pub words: Words,
    /// The place in the model.
    pub site: String,
    /// Change of the stream.
    pub change: Change,
    /// The number of cases.
    pub cases: usize,
    /// Cases that the stream is not changed in, since a value does not occur in the probes' training.
    #[serde(default)]
    pub unmoved: usize,
    /// The share of cases in which the model says what the world would do had the hero started otherwise,
    /// minus that share without a patch: the effect that goes through this place and direction.
    pub effect: Estimate,
    /// The same for the last differing token alone, after those before it.
    pub word: Estimate,
    /// The mean change of the log odds of the two completions, in nats.
    pub log_odds: Estimate,
    /// The same as a share of what changing the input does, both
    /// resampled together; none where the model is right on nothing, or changing the input does nothing.
    pub recovered: Option<Estimate>,
    /// The share of cases in which the model still says what the world did.
    pub unchanged: Estimate,
}

/// A way of moving the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The input is another one: the world itself is changed, and nothing is patched. The total effect.
    Input,
    /// The whole vector becomes that of the changed input: what goes through this place at all.
    Whole,
    /// From the mean of the tokens with one value to that of those with the other, in all directions.
    Mean,
    /// The part of that way which a linear probe for the variable reads.
    Probe,
    /// By the same distance, along the directions of a probe for the variable under other semantics.
    Alternative,
    /// As far, in a random direction.
    Random,
    /// From the feature of a dictionary that finds the one value best to that of the other.
    Features,
    /// By the same distance, between features drawn at random.
    RandomFeatures,
    /// The features that find the values best are taken away.
    Ablated,
    /// As many other features that fire are taken away.
    RandomAblated,
}

/// Executes texts under other semantics, and moves the model's stream along the hero's facing and along its position.
///
/// # Errors
/// The dataset is not in interp mode with one world for each program and without control flow, cannot be read,
/// or the model has another vocabulary.
pub fn patch(
    model: &Model,
    data: &Dataset,
    plan: &PatchSettings,
    watch: &dyn Watch,
) -> Result<CausalReport, Error> {
    let world = Language::of(data)?;
    let vocabulary = model.vocabulary.as_ref().ok_or(Error::NotWordLevel)?;
    let texts = data.texts(Split::Test, Some(vocabulary), Some(plan.programs))?;
    let scenes = scenes(&world, vocabulary, &texts)?;
    let meanings = twins(model, &world, &scenes, plan)?;
    let sites = Site::main(model.decoder.config.layers).len() as u64;
    let starts = [Start::Facing, Start::Position];
    let progress = Progress::start(watch, "patch", "places", sites * starts.len() as u64);
    let study = |start: Start| effects((model, data), (&world, &scenes), start, plan, &progress);
    // One thread for each: a small model uses one.
    let found: Vec<Result<(f64, Vec<Effect>), Error>> = std::thread::scope(|scope| {
        let threads: Vec<_> = starts
            .iter()
            .map(|start| scope.spawn(|| study(*start)))
            .collect();
        let ended = threads.into_iter().map(|thread| match thread.join() {
            Ok(found) => found,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        ended.collect()
    });
    let (mut right, mut all) = (0.0, Vec::new());
    for one in found {
        let (share, effects) = one?;
        right = share;
        all.extend(effects);
    }
    progress.finish(&counted(all.len() as u64, "effect"));
    Ok(CausalReport {
        settings: serde_json::json!({
            "programs": scenes.len(), "strength": plan.strength, "seed": plan.seed,
            "bootstrap_draws": plan.draws, "variables": starts.map(Start::variable),
            "probe": "linear, trained on validation, L2 chosen on a fifth of the programs",
            "interval": "95 %, percentiles over resampled families of programs",
        }),
        scm: data.karel()?.scm.clone(),
        meanings,
        right,
        effects: all,
    })
}

/// Completions of the model compared with those under each of the other semantics.
fn twins(
    model: &Model,
    world: &Language,
    scenes: &[Scene],
    plan: &PatchSettings,
) -> Result<Vec<Twin>, Error> {
    let vocabulary = model.vocabulary.as_ref().ok_or(Error::NotWordLevel)?;
    let mut found = Vec::new();
    for meaning in &world.meanings[1..] {
        let (mut cases, mut groups) = (Vec::new(), Vec::new());
        for scene in scenes {
            let Some(other) = world.completion(&scene.drawn, meaning) else {
                continue;
            };
            let counterfactual = ended(vocabulary, &other)?;
            if counterfactual != scene.actual {
                groups.push(scene.group);
                cases.push(Case {
                    prompt: scene.prompt.clone(),
                    actual: scene.actual.clone(),
                    counterfactual,
                });
            }
        }
        let said = say(&model.decoder, &cases, vocabulary.pad, None)?;
        let mut draws = Draws::new(scenes::groups(scenes), plan.draws, plan.seed);
        let mut share = |of: fn(&Said) -> bool| {
            let values: Vec<f64> = said
                .iter()
                .map(|one| f64::from(u8::from(of(one))))
                .collect();
            measure::clustered(&mut draws, &groups, &values)
        };
        found.push(Twin {
            semantics: meaning.id.clone(),
            texts: cases.len(),
            agrees: share(|said| said.counterfactual),
            agrees_original: share(|said| said.actual),
        });
    }
    Ok(found)
}

/// All effects of one kind of start: sites, tokens, and changes. Also the share of cases that the model is right in.
fn effects(
    (model, data): (&Model, &Dataset),
    (world, scenes): (&Language, &[Scene]),
    start: Start,
    plan: &PatchSettings,
    progress: &Progress<'_>,
) -> Result<(f64, Vec<Effect>), Error> {
    let vocabulary = model.vocabulary.as_ref().ok_or(Error::NotWordLevel)?;
    let prepared = prepare(world, vocabulary, scenes, start)?;
    if prepared.is_empty() {
        return Ok((0.0, Vec::new()));
    }
    let texts = data.texts(Split::Validation, Some(vocabulary), None)?;
    let trained_on = scenes::scenes(world, vocabulary, &texts)?;
    let values: Vec<_> = trained_on
        .iter()
        .map(|scene| world.values(&scene.drawn, start))
        .collect();
    let groups = trained_on.iter().map(|scene| scene.group).collect();
    let readings = Readings::new(
        &texts,
        (values, groups),
        world.cells(),
        world.classes(start),
    );
    let mut measure = Measure::new(model, vocabulary, world.cells(), &prepared, plan)?;
    let mut effects = vec![measure.total()?];
    let sites = Site::main(model.decoder.config.layers);
    for (at, site) in sites.iter().enumerate() {
        let probes = readings.probes(&model.decoder, vocabulary.pad, *site)?;
        for words in Words::ALL {
            effects.push(measure.whole(*site, words)?);
            // The embedding of a word is the same whatever the state is: no probe reads it there.
            if at > 0 && words.probed() {
                for (change, moves) in measure.moves(&probes, words, plan) {
                    effects.push(measure.moved(*site, words, change, &moves)?);
                }
            }
        }
        progress.advance(1);
    }
    for effect in &mut effects {
        start.variable().clone_into(&mut effect.variable);
    }
    Ok((measure.right(), effects))
}
