//! Interventions on Karel data: on the semantics of its instructions, and on a model's hidden state.

use serde::{Deserialize, Serialize};
use tracestone_interp::Vocabulary;
use tracestone_interp::causal::{self, Case, Moves, Patch, Said, as_long_as, random_like, say};
use tracestone_interp::data::Texts;
use tracestone_interp::directory::Model;
use tracestone_interp::model::Site;
use tracestone_interp::probe::{ClassifierSettings, Draws, Estimate};
use tracestone_karel::scm::Scm;
use tracestone_karel::text::{Mode, Output, write};
use tracestone_karel::{Drawn, Facing, Hero, Semantics, Settings, World, latents, parse_body};
use tracestone_record::Split;
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::counted;

use crate::dataset::Dataset;
use crate::error::Error;
use crate::probing::patch_classifier;
use crate::words::{Place, Probes, Readings, Words};

/// The settings of a study of patches.
#[derive(Debug, Clone)]
pub struct PatchSettings {
    /// At most this many test programs.
    pub programs: usize,
    /// Distance to move along a direction: 1 moves the mean reading of one value to that of the other.
    pub strength: f64,
    /// Draws of the bootstrap.
    pub draws: usize,
    /// The seed of probes, of random directions and of the bootstrap.
    pub seed: u64,
}

impl PatchSettings {
    /// The settings of the linear probes that directions are taken from.
    fn classifier(&self) -> ClassifierSettings {
        patch_classifier(self.seed)
    }
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
    /// The effects of moving the stream.
    pub effects: Vec<Effect>,
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

/// Effect of one change of the stream at one site, in cases that differ only in the hero's first direction.
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
    /// The share of cases in which the model says what the world would do had the hero looked elsewhere,
    /// minus that share without a patch: the effect that goes through this place and direction.
    pub effect: Estimate,
    /// The same for the last differing token alone, after those before it: the final facing.
    pub word: Estimate,
    /// The mean change of the log odds of the two completions, as a share of what changing the input does.
    pub recovered: Estimate,
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

/// A test text as the grid world that it is.
pub(crate) struct Scene {
    text: usize,
    drawn: Drawn,
}

/// Vocabulary and form of the texts.
pub(crate) struct Language {
    settings: Settings,
    output: Output,
    meanings: Vec<Semantics>,
    steps: u32,
}

impl Language {
    pub(crate) fn of(data: &Dataset) -> Result<Self, Error> {
        let corpus = &data.corpus;
        let settings = corpus.settings.clone();
        if corpus.mode != Mode::Interp || settings.worlds != 1 || settings.control > 0.0 {
            return Err(Error::CannotPatch);
        }
        Ok(Self {
            output: corpus.end,
            meanings: corpus.semantics.iter().map(Semantics::from).collect(),
            steps: corpus.max_steps,
            settings,
        })
    }

    /// Tokens of the completion that a program has in a world.
    fn completion(&self, drawn: &Drawn, meaning: &Semantics) -> Option<Vec<String>> {
        let (settings, output) = (&self.settings, self.output);
        let text = write(drawn, meaning, settings, Mode::Interp, output, self.steps).ok()?;
        Some(text.completion)
    }

    fn prompt(&self, drawn: &Drawn, meaning: &Semantics) -> Option<Vec<String>> {
        let (settings, output) = (&self.settings, self.output);
        let text = write(drawn, meaning, settings, Mode::Interp, output, self.steps).ok()?;
        Some(text.prompt)
    }

    /// Reads a prompt back.
    fn scene(&self, text: usize, words: &[&str]) -> Option<Scene> {
        let columns = usize::from(self.settings.columns);
        let cells = columns * usize::from(self.settings.rows);
        let rows: Vec<String> = words
            .get(..cells)?
            .chunks(columns)
            .map(|row| row.join(" "))
            .collect();
        let world = World::parse(&rows).ok()?;
        let program = parse_body(&words[cells..].join(" ")).ok()?;
        let drawn = Drawn {
            program,
            worlds: vec![world],
        };
        Some(Scene { text, drawn })
    }

    /// Direction of the hero at the start and after each action, under each semantics.
    fn facings(&self, drawn: &Drawn) -> Option<Vec<Vec<usize>>> {
        let each = self.meanings.iter().map(|meaning| {
            let states = latents::states(drawn, meaning, self.steps).ok()?;
            Some(
                states
                    .iter()
                    .map(|state| index(state.hero().facing))
                    .collect(),
            )
        });
        each.collect()
    }

    pub(crate) fn cells(&self) -> usize {
        usize::from(self.settings.columns) * usize::from(self.settings.rows)
    }
}

/// A world with the hero elsewhere or looking elsewhere.
fn with_hero(world: &World, hero: Hero) -> World {
    let mut changed = World::open(world.rows(), world.columns(), hero);
    for row in 0..world.rows() {
        for column in 0..world.columns() {
            changed.set(row, column, world.cell(row, column));
        }
    }
    changed
}

fn index(facing: Facing) -> usize {
    let mut all = Facing::ALL.iter();
    all.position(|other| *other == facing).unwrap_or(0)
}

/// The other values that are tried: the hero looks one to three quarters further.
pub(crate) fn turned(facing: usize, quarters: usize) -> usize {
    (facing + quarters) % Facing::ALL.len()
}

/// A case with what its patches need.
pub(crate) struct Prepared {
    pub(crate) case: Case,
    /// Index of the token of the hero's cell.
    hero: usize,
    /// The text with the start turned.
    changed: Vec<u32>,
    /// Direction of the hero after each number of actions, under each semantics.
    pub(crate) facings: Vec<Vec<usize>>,
    pub(crate) quarters: usize,
}

/// Executes texts under other semantics, and moves the model's stream along the hero's facing.
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
    let mut draws = Draws::new(scenes.len(), plan.draws, plan.seed);
    let meanings = twins(model, &world, vocabulary, &texts, &scenes, &mut draws)?;
    let effects = effects(model, data, &world, vocabulary, &scenes, plan, watch)?;
    Ok(CausalReport {
        settings: serde_json::json!({
            "programs": scenes.len(), "strength": plan.strength, "seed": plan.seed,
            "bootstrap_draws": plan.draws, "probe": "linear, trained on validation",
            "epochs": plan.classifier().epochs, "learning_rate": plan.classifier().learning_rate,
            "weight_decay": plan.classifier().weight_decay, "variable": "facing",
        }),
        scm: data.corpus.scm.clone(),
        meanings,
        effects,
    })
}

/// All texts as grid worlds.
fn scenes(world: &Language, vocabulary: &Vocabulary, texts: &Texts) -> Result<Vec<Scene>, Error> {
    let scene = |text| {
        let words = &texts.words(text)[1..texts.prompt(text)];
        let words: Vec<&str> = words.iter().filter_map(|id| vocabulary.word(*id)).collect();
        world.scene(text, &words).ok_or(Error::NoScene)
    };
    (0..texts.len()).map(scene).collect()
}

/// The cases of a dataset's tested texts: each text beside the same one with the hero's start turned.
pub(crate) fn cases(
    world: &Language,
    vocabulary: &Vocabulary,
    data: &Dataset,
    programs: usize,
) -> Result<Vec<Prepared>, Error> {
    let texts = data.texts(Split::Test, Some(vocabulary), Some(programs))?;
    prepare(world, vocabulary, &scenes(world, vocabulary, &texts)?)
}

/// Token ids, with `<eos>`.
fn ended(vocabulary: &Vocabulary, words: &[String]) -> Result<Vec<u32>, Error> {
    let mut ids = vocabulary
        .encode(&words.join(" "))
        .map_err(Error::UnknownWord)?;
    ids.push(vocabulary.end);
    Ok(ids)
}

/// Completions of the model compared with those under each of the other semantics.
fn twins(
    model: &Model,
    world: &Language,
    vocabulary: &Vocabulary,
    texts: &Texts,
    scenes: &[Scene],
    draws: &mut Draws,
) -> Result<Vec<Twin>, Error> {
    let mut found = Vec::new();
    for meaning in &world.meanings[1..] {
        let mut cases = Vec::new();
        for scene in scenes {
            let words = texts.words(scene.text);
            let (prompt, actual) = words.split_at(texts.prompt(scene.text));
            let Some(other) = world.completion(&scene.drawn, meaning) else {
                continue;
            };
            let counterfactual = ended(vocabulary, &other)?;
            if counterfactual != actual {
                cases.push(Case {
                    prompt: prompt.to_vec(),
                    actual: actual.to_vec(),
                    counterfactual,
                });
            }
        }
        let said = say(&model.decoder, &cases, vocabulary.pad, None)?;
        found.push(Twin {
            semantics: meaning.id.clone(),
            texts: cases.len(),
            agrees: share(&said, |said| said.counterfactual, draws),
            agrees_original: share(&said, |said| said.actual, draws),
        });
    }
    Ok(found)
}

fn share(said: &[Said], of: fn(&Said) -> bool, draws: &mut Draws) -> Estimate {
    let values: Vec<f64> = said
        .iter()
        .map(|said| f64::from(u8::from(of(said))))
        .collect();
    draws.mean(&values)
}

/// The cases: each text beside the same one with the hero's start turned.
fn prepare(
    world: &Language,
    vocabulary: &Vocabulary,
    scenes: &[Scene],
) -> Result<Vec<Prepared>, Error> {
    let mut prepared = Vec::new();
    for (number, scene) in scenes.iter().enumerate() {
        let quarters = 1 + number % 3;
        let start = &scene.drawn.worlds[0];
        let hero = start.hero();
        let facing = Facing::ALL[turned(index(hero.facing), quarters)];
        let changed = Drawn {
            program: scene.drawn.program.clone(),
            worlds: vec![with_hero(start, Hero { facing, ..hero })],
        };
        let original = &world.meanings[0];
        let parts = (
            world.prompt(&scene.drawn, original),
            world.completion(&scene.drawn, original),
            world.prompt(&changed, original),
            world.completion(&changed, original),
            world.facings(&scene.drawn),
        );
        let (Some(prompt), Some(actual), Some(changed), Some(other), Some(facings)) = parts else {
            continue;
        };
        let begun = |words: &[String]| -> Result<Vec<u32>, Error> {
            let mut ids = vec![vocabulary.begin];
            ids.extend(
                vocabulary
                    .encode(&words.join(" "))
                    .map_err(Error::UnknownWord)?,
            );
            Ok(ids)
        };
        prepared.push(Prepared {
            case: Case {
                prompt: begun(&prompt)?,
                actual: ended(vocabulary, &actual)?,
                counterfactual: ended(vocabulary, &other)?,
            },
            hero: 1
                + usize::from(hero.row) * usize::from(world.settings.columns)
                + usize::from(hero.column),
            changed: begun(&changed)?,
            facings,
            quarters,
        });
    }
    Ok(prepared)
}

/// All effects: sites, tokens, and changes.
fn effects(
    model: &Model,
    data: &Dataset,
    world: &Language,
    vocabulary: &Vocabulary,
    scenes: &[Scene],
    plan: &PatchSettings,
    watch: &dyn Watch,
) -> Result<Vec<Effect>, Error> {
    let prepared = prepare(world, vocabulary, scenes)?;
    if prepared.is_empty() {
        return Ok(Vec::new());
    }
    let texts = data.texts(Split::Validation, Some(vocabulary), None)?;
    let mut facings = Vec::with_capacity(texts.len());
    for text in 0..texts.len() {
        let words = &texts.words(text)[1..texts.prompt(text)];
        let words: Vec<&str> = words.iter().filter_map(|id| vocabulary.word(*id)).collect();
        let scene = world.scene(text, &words);
        facings.push(scene.and_then(|scene| world.facings(&scene.drawn)));
    }
    let sites = Site::main(model.decoder.config.layers);
    let readings = Readings::new(&texts, facings, world.cells());
    let progress = Progress::start(watch, "patch", "places", sites.len() as u64);
    let mut measure = Measure::new(model, vocabulary, world.cells(), &prepared, plan)?;
    let mut effects = vec![measure.total()?];
    for (at, site) in sites.iter().enumerate() {
        let probes = readings.probes(&model.decoder, vocabulary.pad, *site, plan.classifier())?;
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
    progress.finish(&counted(effects.len() as u64, "effect"));
    Ok(effects)
}

/// The measurement of one set of cases.
pub(crate) struct Measure<'m> {
    model: &'m Model,
    pad: u32,
    cells: usize,
    prepared: &'m [Prepared],
    cases: Vec<Case>,
    unpatched: Vec<Said>,
    changed: Vec<Said>,
    draws: Draws,
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
        Ok(Self {
            model,
            pad: vocabulary.pad,
            cells,
            prepared,
            unpatched,
            changed: say(&model.decoder, &changed, vocabulary.pad, None)?,
            draws: Draws::new(cases.len(), plan.draws, plan.seed),
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
        Ok(self.effect("input".to_owned(), Words::All, Change::Input, &said))
    }

    /// Effect of the whole vectors of the changed input.
    fn whole(&mut self, site: Site, words: Words) -> Result<Effect, Error> {
        let others: Vec<(Vec<u32>, Vec<usize>)> = self
            .prepared
            .iter()
            .map(|one| (one.changed.clone(), self.places(one, words)))
            .collect();
        let change = causal::Change::Become(&others);
        let patch = Patch { site, change };
        let said = say(&self.model.decoder, &self.cases, self.pad, Some(patch))?;
        Ok(self.effect(site.name(), words, Change::Whole, &said))
    }

    /// Vectors to add along the probes' directions, and their controls.
    fn moves(
        &self,
        probes: &Probes,
        words: Words,
        plan: &PatchSettings,
    ) -> Vec<(Change, Vec<Moves>)> {
        let strength = plan.strength as f32;
        let along = |meaning: usize, change: Change| -> Vec<Moves> {
            let all = self.prepared.iter().map(|one| {
                let facings = &one.facings[meaning];
                let places = self.places(one, words).into_iter();
                let moves = places.filter_map(|position| {
                    let place = Place::of(position, self.cells, one.case.prompt.len())?;
                    let step = position.saturating_sub(self.cells + 1);
                    let from = facings[step.min(facings.len() - 1)];
                    let space = probes.get(&(place, meaning))?;
                    let to = turned(from, one.quarters);
                    let way = match change {
                        Change::Mean => space.way(from, to),
                        _ => space.shift(from, to, strength),
                    };
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
            let mut other = along(1, Change::Alternative);
            for (other, own) in other.iter_mut().flatten().zip(own.iter().flatten()) {
                other.1 = as_long_as(std::mem::take(&mut other.1), &own.1);
            }
            ways.push((Change::Alternative, other));
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
        Ok(self.effect(site.name(), words, change, &said))
    }

    pub(crate) fn places(&self, one: &Prepared, words: Words) -> Vec<usize> {
        // The word that ends the text predicts nothing.
        let end = one.case.prompt.len() + one.case.actual.len() - 1;
        words.places(one.hero, self.cells, one.case.prompt.len(), end)
    }

    fn effect(&mut self, site: String, words: Words, change: Change, said: &[Said]) -> Effect {
        let more = |of: &dyn Fn(&Said) -> f64| -> Vec<f64> {
            let pairs = said.iter().zip(&self.unpatched);
            pairs.map(|(now, before)| of(now) - of(before)).collect()
        };
        let one = |yes: bool| f64::from(u8::from(yes));
        let pairs = self.changed.iter().zip(&self.unpatched);
        let total: f64 = pairs
            .map(|(now, before)| now.log_odds - before.log_odds)
            .sum();
        let total = total / self.cases.len().max(1) as f64;
        let moved = more(&|said| one(said.counterfactual));
        let word = more(&|said| one(said.word));
        let recovered: Vec<f64> = more(&|said| said.log_odds)
            .into_iter()
            .map(|more| more / total)
            .collect();
        Effect {
            variable: "facing".to_owned(),
            words,
            site,
            change,
            cases: said.len(),
            effect: self.draws.mean(&moved),
            word: self.draws.mean(&word),
            recovered: self.draws.mean(&recovered),
            unchanged: share(said, |said| said.actual, &mut self.draws),
        }
    }
}
