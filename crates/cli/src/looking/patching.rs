//! Interventions on Karel data: on what its words mean, and on a model's hidden state.

use serde::{Deserialize, Serialize};
use tracestone_interp::Vocabulary;
use tracestone_interp::activations::{Activations, Spot, collect};
use tracestone_interp::causal::{Case, Patch, Reach, Said, Subspace, random_like, say, stream_at};
use tracestone_interp::data::Texts;
use tracestone_interp::directory::Model;
use tracestone_interp::ledger::Ledger;
use tracestone_interp::model::Site;
use tracestone_interp::probe::{ClassifierSettings, Draws, Estimate, ORIGINAL, Target};
use tracestone_karel::text::{Mode, Output, write};
use tracestone_karel::{
    Drawn, Facing, Hero, Kind, Program, Semantics, Settings, World, latents, parse_body,
};
use tracestone_record::Split;

use super::dataset::Dataset;
use crate::failure::{Failure, Hint as _};
use crate::printer::Printer;
use crate::progress::Progress;

/// What is asked of a study of patches.
pub(crate) struct PatchPlan {
    pub(crate) programs: usize,
    pub(crate) strength: f64,
    pub(crate) draws: usize,
    pub(crate) classifier: ClassifierSettings,
    pub(crate) seed: u64,
}

/// What was found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CausalReport {
    pub(crate) settings: serde_json::Value,
    /// The structural causal model of the data.
    pub(crate) scm: serde_json::Value,
    /// The model's completions beside those of the same texts under each meaning.
    pub(crate) meanings: Vec<Twin>,
    /// What moving the stream does.
    pub(crate) effects: Vec<Effect>,
}

/// The texts executed again under another meaning.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Twin {
    pub(crate) semantics: String,
    /// Texts whose completion is another one than under the original meaning.
    pub(crate) texts: usize,
    /// The share of these for which the model gives the completion of this meaning.
    pub(crate) agrees: Estimate,
    /// The share for which it gives that of the original meaning.
    pub(crate) agrees_original: Estimate,
}

/// What one way of moving the stream at one place does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Effect {
    pub(crate) variable: String,
    /// Actions that are still to be done after the word at which the stream is moved.
    pub(crate) actions_left: usize,
    pub(crate) site: String,
    pub(crate) reach: Reach,
    /// What is added to the stream.
    pub(crate) change: Change,
    pub(crate) cases: usize,
    /// The share of cases in which the model says what the world would do had the variable the other
    /// value, minus that share without a patch: the effect that goes through this place and direction.
    pub(crate) effect: Estimate,
    /// The share of cases in which the model still says what the world did.
    pub(crate) unchanged: Estimate,
}

/// A way of moving the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// The input is another one: the world itself is changed, and nothing is patched. The total effect.
    Input,
    /// The whole vector becomes that of the changed input.
    Whole,
    /// Along the directions that the probe reads the variable from.
    Probe,
    /// Along those of a probe for the variable under another meaning.
    Alternative,
    /// As far, in a random direction.
    Random,
}

/// A test text as the grid world that it is.
struct Scene {
    text: usize,
    drawn: Drawn,
    states: Vec<World>,
}

/// How texts are written and read.
struct Language {
    settings: Settings,
    output: Output,
    meanings: Vec<Semantics>,
    steps: u32,
}

impl Language {
    fn of(data: &Dataset) -> Result<Self, Failure> {
        let corpus = &data.corpus;
        let hint = "patching needs a dataset of `tracestone karel generate` in interp mode, with one world \
                    for each program and without control flow";
        let mode: Mode = serde_json::from_value(corpus["mode"].clone()).hint(hint)?;
        let settings: Settings = serde_json::from_value(corpus["settings"].clone()).hint(hint)?;
        if mode != Mode::Interp || settings.worlds != 1 || settings.control > 0.0 {
            return Err(Failure::new("the dataset cannot be patched").hinted(hint));
        }
        let empty = Vec::new();
        let meanings = corpus["semantics"].as_array().unwrap_or(&empty);
        Ok(Self {
            output: serde_json::from_value(corpus["end"].clone()).hint(hint)?,
            meanings: meanings.iter().map(semantics).collect::<Result<_, _>>()?,
            steps: u32::try_from(corpus["max_steps"].as_u64().unwrap_or(200)).unwrap_or(200),
            settings,
        })
    }

    /// The words of the completion that a program has in a world.
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
        let states = latents::states(&drawn, &self.meanings[0], self.steps).ok()?;
        Some(Scene {
            text,
            drawn,
            states,
        })
    }

    /// The word after which so many actions are done.
    fn position(&self, step: usize) -> usize {
        // The word that begins every text, the cells, the opening brace.
        1 + usize::from(self.settings.columns) * usize::from(self.settings.rows) + step
    }
}

fn semantics(value: &serde_json::Value) -> Result<Semantics, Failure> {
    let name = value["id"].as_str().unwrap_or("");
    let words: Vec<String> = value["meaning"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(word, meaning)| meaning.as_str() != Some(word.as_str()))
        .map(|(word, meaning)| format!("{word}={}", meaning.as_str().unwrap_or("")))
        .collect();
    if name == ORIGINAL {
        return Ok(Semantics::original());
    }
    let text = format!("{name}:{}", words.join("+"));
    Semantics::from_name(&text)
        .or_else(|_| Semantics::from_name(name))
        .map_err(|error| Failure::new(error.to_string()))
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

/// The other values that are tried: the hero looks one to three quarters further.
fn turned(facing: Facing, quarters: usize) -> Facing {
    let at = Facing::ALL
        .iter()
        .position(|other| *other == facing)
        .unwrap_or(0);
    Facing::ALL[(at + quarters) % Facing::ALL.len()]
}

/// A case with what its patches need.
struct Prepared {
    case: Case,
    /// The text with the start turned as far: its words, for the total effect.
    changed: Vec<u32>,
    changed_completion: Vec<u32>,
    /// The variable's value before and after, under the original meaning.
    from: String,
    to: String,
    /// And under each alternative.
    others: Vec<(String, String)>,
    scene: usize,
}

/// Runs all of it.
pub(crate) fn run(
    model: &Model,
    data: &Dataset,
    plan: &PatchPlan,
    printer: &Printer,
) -> Result<CausalReport, Failure> {
    let world = Language::of(data)?;
    let vocabulary = model
        .vocabulary
        .as_ref()
        .ok_or_else(|| Failure::new("the model's tokenizer is not word-level"))?;
    let texts = data.texts(Split::Test, Some(vocabulary), Some(plan.programs))?;
    let scenes: Vec<Scene> = (0..texts.len())
        .filter_map(|text| {
            let words = &texts.words(text)[1..texts.prompt(text)];
            let words: Vec<&str> = words.iter().filter_map(|id| vocabulary.word(*id)).collect();
            world.scene(text, &words)
        })
        .collect();
    if scenes.len() < texts.len() {
        return Err(
            Failure::new("a text of the dataset is no world with a program").hinted(
                "was it written by another version? `tracestone karel generate` makes a new one",
            ),
        );
    }
    let mut draws = Draws::new(scenes.len(), plan.draws, plan.seed);
    let meanings = twins(model, &world, vocabulary, &texts, &scenes, &mut draws)?;
    let effects = effects(model, data, &world, vocabulary, &scenes, plan, printer)?;
    Ok(CausalReport {
        settings: serde_json::json!({
            "programs": scenes.len(), "strength": plan.strength, "seed": plan.seed,
            "bootstrap_draws": plan.draws, "probe": "linear, trained on validation",
            "epochs": plan.classifier.epochs, "learning_rate": plan.classifier.learning_rate,
            "weight_decay": plan.classifier.weight_decay, "variable": "facing",
        }),
        scm: data.corpus["scm"].clone(),
        meanings,
        effects,
    })
}

/// Words as ids, with the one that ends a text.
fn ended(vocabulary: &Vocabulary, words: &[String]) -> Result<Vec<u32>, Failure> {
    let mut ids = vocabulary.encode(&words.join(" ")).map_err(Failure::new)?;
    ids.push(vocabulary.end);
    Ok(ids)
}

/// The model's completions beside those under each other meaning.
fn twins(
    model: &Model,
    world: &Language,
    vocabulary: &Vocabulary,
    texts: &Texts,
    scenes: &[Scene],
    draws: &mut Draws,
) -> Result<Vec<Twin>, Failure> {
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
                    position: 0,
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

/// The cases of a number of actions that are left after the patched word.
fn prepare(
    world: &Language,
    vocabulary: &Vocabulary,
    scenes: &[Scene],
    left: usize,
) -> Result<Vec<Prepared>, Failure> {
    let mut prepared = Vec::new();
    for (index, scene) in scenes.iter().enumerate() {
        let actions = scene.drawn.program.straight_line().unwrap_or_default();
        // The start is exogenous: at least one action must have been done.
        let Some(step) = actions.len().checked_sub(left).filter(|step| *step > 0) else {
            continue;
        };
        let quarters = 1 + index % 3;
        let state = &scene.states[step];
        let hero = state.hero();
        let facing = turned(hero.facing, quarters);
        let rest = Drawn {
            program: Program::new(actions[step..].iter().copied().map(Kind::Action).collect()),
            worlds: vec![with_hero(state, Hero { facing, ..hero })],
        };
        let start = &scene.drawn.worlds[0];
        let start_hero = Hero {
            facing: turned(start.hero().facing, quarters),
            ..start.hero()
        };
        let changed = Drawn {
            program: scene.drawn.program.clone(),
            worlds: vec![with_hero(start, start_hero)],
        };
        let original = &world.meanings[0];
        let words = (
            world.prompt(&scene.drawn, original),
            world.completion(&scene.drawn, original),
            world.completion(&rest, original),
            world.prompt(&changed, original),
            world.completion(&changed, original),
        );
        let (Some(prompt), Some(actual), Some(other), Some(changed), Some(changed_end)) = words
        else {
            continue;
        };
        if actual == other {
            continue;
        }
        let mut others = Vec::new();
        for meaning in &world.meanings[1..] {
            let states = latents::states(&scene.drawn, meaning, world.steps)
                .map_err(|error| Failure::new(format!("{error:?}")))?;
            let from = states[step].hero().facing;
            others.push((
                from.name().to_owned(),
                turned(from, quarters).name().to_owned(),
            ));
        }
        let begun = |words: &[String]| -> Result<Vec<u32>, Failure> {
            let mut ids = vec![vocabulary.begin];
            ids.extend(vocabulary.encode(&words.join(" ")).map_err(Failure::new)?);
            Ok(ids)
        };
        prepared.push(Prepared {
            case: Case {
                prompt: begun(&prompt)?,
                actual: ended(vocabulary, &actual)?,
                counterfactual: ended(vocabulary, &other)?,
                position: world.position(step),
            },
            changed: begun(&changed)?,
            changed_completion: ended(vocabulary, &changed_end)?,
            from: hero.facing.name().to_owned(),
            to: facing.name().to_owned(),
            others,
            scene: index,
        });
    }
    Ok(prepared)
}

/// Every effect: places, ways, and actions left.
fn effects(
    model: &Model,
    data: &Dataset,
    world: &Language,
    vocabulary: &Vocabulary,
    scenes: &[Scene],
    plan: &PatchPlan,
    printer: &Printer,
) -> Result<Vec<Effect>, Failure> {
    let (ledger, acts) = hidden(model, data, vocabulary)?;
    let sites = Site::main(model.decoder.config.layers);
    let lefts = [0, 1, 2];
    let progress = Progress::start(
        printer,
        "patch",
        "places",
        (sites.len() * lefts.len()) as u64,
    );
    let spaces = sites
        .iter()
        .enumerate()
        .map(|(at, _)| spaces(&ledger, &acts, at, world, plan))
        .collect::<Result<Vec<_>, _>>()?;
    let mut effects = Vec::new();
    for left in lefts {
        let prepared = prepare(world, vocabulary, scenes, left)?;
        if prepared.is_empty() {
            continue;
        }
        let mut measure = Measure::new(model, vocabulary, &prepared, scenes.len(), left, plan)?;
        effects.push(measure.total()?);
        for (site, spaces) in sites.iter().zip(&spaces) {
            effects.extend(measure.place(*site, spaces, &ledger, plan)?);
            progress.advance(1);
        }
    }
    progress.finish(&format!("{} effects", effects.len()));
    Ok(effects)
}

/// The stream at the validation texts' words, with their states.
fn hidden(
    model: &Model,
    data: &Dataset,
    vocabulary: &Vocabulary,
) -> Result<(Ledger, Activations), Failure> {
    let texts = data.texts(Split::Validation, Some(vocabulary), None)?;
    let samples: Vec<String> = (0..texts.len())
        .map(|text| texts.name(text).to_owned())
        .collect();
    let facing = ["facing".to_owned()];
    let ledger = data.ledger(Split::Validation, samples.clone(), &facing)?;
    let sites = Site::main(model.decoder.config.layers);
    let spots: Vec<Spot> = ledger.spots();
    let mut rows = vec![Vec::new(); sites.len()];
    collect(
        &model.decoder,
        &texts,
        vocabulary.pad,
        &spots,
        &sites,
        64,
        &mut |_, found| {
            for (rows, found) in rows.iter_mut().zip(found) {
                rows.extend_from_slice(found);
            }
            Ok(())
        },
    )?;
    let acts = Activations {
        width: model.decoder.config.hidden,
        sites: sites.iter().map(|site| site.name()).collect(),
        samples,
        spots,
        rows,
    };
    Ok((ledger, acts))
}

/// What probes read at one place, under each meaning. Only words after an action are used: at the start
/// the facing stands in the text.
fn spaces(
    ledger: &Ledger,
    acts: &Activations,
    site: usize,
    world: &Language,
    plan: &PatchPlan,
) -> Result<Vec<Subspace>, Failure> {
    let classes = ledger.classes("facing");
    world
        .meanings
        .iter()
        .map(|meaning| {
            let mut labels = ledger.labels("facing", &meaning.id, 0, classes);
            for (label, mark) in labels.iter_mut().zip(ledger.marks()) {
                if mark.step == 0 {
                    *label = None;
                }
            }
            let target = Target {
                labels,
                classes: classes.len(),
            };
            let (rows, width) = (&acts.rows[site], acts.width);
            Ok(Subspace::fit(rows, width, &target, plan.classifier)?)
        })
        .collect()
}

/// The measurement of one set of cases.
struct Measure<'m> {
    model: &'m Model,
    pad: u32,
    prepared: &'m [Prepared],
    cases: Vec<Case>,
    unpatched: Vec<Said>,
    draws: Draws,
    left: usize,
}

impl<'m> Measure<'m> {
    fn new(
        model: &'m Model,
        vocabulary: &Vocabulary,
        prepared: &'m [Prepared],
        programs: usize,
        left: usize,
        plan: &PatchPlan,
    ) -> Result<Self, Failure> {
        let cases: Vec<Case> = prepared.iter().map(|one| one.case.clone()).collect();
        let unpatched = say(&model.decoder, &cases, vocabulary.pad, None)?;
        debug_assert!(prepared.iter().all(|one| one.scene < programs));
        Ok(Self {
            model,
            pad: vocabulary.pad,
            prepared,
            unpatched,
            draws: Draws::new(cases.len(), plan.draws, plan.seed),
            cases,
            left,
        })
    }

    /// How often the model says what the world does when its start is changed.
    fn total(&mut self) -> Result<Effect, Failure> {
        let cases: Vec<Case> = self
            .prepared
            .iter()
            .map(|one| Case {
                prompt: one.changed.clone(),
                actual: one.case.actual.clone(),
                counterfactual: one.changed_completion.clone(),
                position: one.case.position,
            })
            .collect();
        let said = say(&self.model.decoder, &cases, self.pad, None)?;
        Ok(self.effect("hook_embed".to_owned(), Reach::Onward, Change::Input, &said))
    }

    fn place(
        &mut self,
        site: Site,
        spaces: &[Subspace],
        ledger: &Ledger,
        plan: &PatchPlan,
    ) -> Result<Vec<Effect>, Failure> {
        let names = ledger.classes("facing");
        let class = |name: &str| names.iter().position(|other| other == name).unwrap_or(0);
        let strength = plan.strength as f32;
        let probe: Vec<Vec<f32>> = self
            .prepared
            .iter()
            .map(|one| spaces[0].shift(class(&one.from), class(&one.to), strength))
            .collect();
        let mut ways = vec![(Change::Random, random_like(&probe, plan.seed))];
        ways.insert(0, (Change::Probe, probe));
        if let Some(space) = spaces.get(1) {
            let shifts = self.prepared.iter().map(|one| {
                let (from, to) = &one.others[0];
                space.shift(class(from), class(to), strength)
            });
            ways.push((Change::Alternative, shifts.collect()));
        }
        ways.push((Change::Whole, self.whole(site)?));
        let mut effects = Vec::new();
        for (change, shifts) in &ways {
            for reach in [Reach::Word, Reach::Onward] {
                // Moving the state at words that come after further actions would be another question.
                if reach == Reach::Onward && (self.left > 0 || *change == Change::Whole) {
                    continue;
                }
                let patch = Patch {
                    site,
                    reach,
                    shifts,
                };
                let said = say(&self.model.decoder, &self.cases, self.pad, Some(patch))?;
                effects.push(self.effect(site.name(), reach, *change, &said));
            }
        }
        Ok(effects)
    }

    /// What leads from the stream at the word to that of the changed input.
    fn whole(&self, site: Site) -> Result<Vec<Vec<f32>>, Failure> {
        let at = |prompts: Vec<(Vec<u32>, usize)>| stream_at(&self.model.decoder, &prompts, site);
        let own = self.prepared.iter();
        let own = at(own
            .map(|one| (one.case.prompt.clone(), one.case.position))
            .collect())?;
        let other = self.prepared.iter();
        let other = at(other
            .map(|one| (one.changed.clone(), one.case.position))
            .collect())?;
        let pairs = own.into_iter().zip(other);
        Ok(pairs
            .map(|(own, other)| other.iter().zip(&own).map(|(b, a)| b - a).collect())
            .collect())
    }

    fn effect(&mut self, site: String, reach: Reach, change: Change, said: &[Said]) -> Effect {
        let moved: Vec<f64> = said
            .iter()
            .zip(&self.unpatched)
            .map(|(now, before)| {
                f64::from(u8::from(now.counterfactual)) - f64::from(u8::from(before.counterfactual))
            })
            .collect();
        Effect {
            variable: "facing".to_owned(),
            actions_left: self.left,
            site,
            reach,
            change,
            cases: said.len(),
            effect: self.draws.mean(&moved),
            unchanged: share(said, |said| said.actual, &mut self.draws),
        }
    }
}
