//! The Karel experiment: a dataset, models trained on it, probes, patches, and a report. It goes on where it
//! stopped.

mod content;
mod markdown;
mod verdicts;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;
use tracestone_files as files;
use tracestone_interp::activations::{DumpSettings, INDEX, Precision};
use tracestone_interp::model::{Decoder, Site};
use tracestone_interp::probe::Plan;
use tracestone_interp::report::{ProbeReport, Role, Subject};
use tracestone_interp::training::{Ended, TrainSettings, checkpoint_folder, checkpoint_steps};
use tracestone_interp::{Device, activations, directory};
use tracestone_karel::parts::{Lengths, Unseen};
use tracestone_karel::text::{Mode, Output};
use tracestone_karel::{Semantics, Settings};
use tracestone_record::Split;
use tracestone_record::watch::{Event, Inner, Watch};
use tracestone_record::words::counted;

use crate::activations::{open_model, write_activations};
use crate::dataset::{CORPUS, Dataset, hash};
use crate::error::Error;
use crate::generate::{GenerateSettings, generate};
use crate::page::page;
use crate::patching::{CausalReport, PatchSettings, patch};
use crate::probing::{self, ProbeSettings, subject};
use crate::training::{ScoreReport, Shape, score, train};
use content::VARIABLES;
pub use content::{Content, ContentPoint};
use markdown::markdown;
pub use verdicts::Verdict;
use verdicts::{AS_IF, verdicts};

/// Steps between the states of a training that it goes on from after a kill.
pub(crate) const SAVE_EVERY: usize = 200;
/// Semantics of the ledgers. The texts of the first dataset are written under the first, those of the twin under the
/// second.
const SEMANTICS: [&str; 3] = ["original", "paper-8", "paper-11"];
/// Statements of the programs that are drawn.
const DRAWN: Lengths = Lengths { min: 1, max: 12 };
/// Statements of the programs that are trained on, as in the paper.
pub(crate) const TRAINED: Lengths = Lengths { min: 6, max: 10 };

/// The settings of the experiment.
#[derive(Debug, Clone)]
pub struct DemoSettings {
    /// The folder for everything: data, model, activations, report.
    pub out: PathBuf,
    /// Texts for training.
    pub train: u64,
    /// Texts for validation and for test, each.
    pub held_out: u64,
    /// Models that are trained, with other seeds.
    pub models: usize,
    /// True to train a model on the same texts under other semantics, too.
    pub twin: bool,
    /// Untrained models that the control is averaged over.
    pub untrained: usize,
    /// The model and its training.
    pub shape: Shape,
    /// Settings or findings of the probes.
    pub probes: ProbeSettings,
    /// Settings or findings of the patches.
    pub patches: PatchSettings,
    /// The seed of the data and of the model.
    pub seed: u64,
    /// The number of threads that draw.
    pub threads: usize,
    /// The program that the files name as their maker.
    pub tool: String,
}

/// The outcome of the experiment.
#[derive(Debug, Clone)]
pub enum Demo {
    /// The watch asked to stop; the same call goes on from there.
    Stopped,
    /// The report, which is in the folder as `report.json` and `report.html`.
    Done(Box<DemoReport>),
}

/// The findings of the experiment.
#[derive(Debug, Clone, Serialize)]
pub struct DemoReport {
    /// Settings that decide the result.
    pub settings: Experiment,
    /// Wall-clock time in seconds.
    pub seconds: Seconds,
    /// Number of tokens that this call trained on.
    pub words_trained_in_this_call: usize,
    /// The score of each model on test.
    pub tests: Vec<ScoreReport>,
    /// Counts of programs that the parts of the data have in common.
    pub unseen: Unseen,
    /// The claims of the experiment, and whether they hold.
    pub verdicts: Vec<Verdict>,
    /// The place in the model that verdicts are about, fixed before anything is measured.
    pub place: String,
    /// Settings or findings of the probes.
    pub probes: ProbeReport,
    /// Accuracy of probes for the three variables of the paper, against that of the models, over training.
    pub content: Option<Content>,
    /// Settings or findings of the patches, of the first model.
    pub causal: CausalReport,
}

/// The settings that a report names.
#[derive(Debug, Clone, Serialize)]
pub struct Experiment {
    /// The seed of the data and of the model.
    pub seed: u64,
    /// The model and its training.
    pub training: TrainSettings,
    /// The seeds of the models; the first one is the data's.
    pub seeds: Vec<u64>,
    /// The parameters of the model.
    pub parameters: usize,
    /// The worlds and programs.
    pub data: Settings,
    /// The texts of each part.
    pub texts: BTreeMap<Split, u64>,
}

/// Wall-clock time in seconds.
#[derive(Debug, Clone, Serialize)]
pub struct Seconds {
    /// All of it.
    pub total: f64,
    /// Name and seconds of each part.
    pub parts: Vec<(&'static str, f64)>,
}

/// Runs the experiment, or goes on with one.
///
/// # Errors
/// The folder holds data or a training of other settings, or a part fails.
pub fn demo(settings: &DemoSettings, watch: &dyn Watch) -> Result<Demo, Error> {
    let run = Run {
        settings,
        watch,
        started: Instant::now(),
        seconds: Vec::new(),
    };
    run.all()
}

/// The dataset of the experiment, made where it is not there yet.
pub(crate) fn dataset(settings: &DemoSettings, watch: &dyn Watch) -> Result<Dataset, Error> {
    let run = Run {
        settings,
        watch,
        started: Instant::now(),
        seconds: Vec::new(),
    };
    run.generate()
}

/// Measurements of an experiment.
struct Measured {
    training: TrainSettings,
    tests: Vec<ScoreReport>,
    probes: ProbeReport,
    content: Option<Content>,
    causal: CausalReport,
}

/// One run of the experiment.
struct Run<'d> {
    settings: &'d DemoSettings,
    watch: &'d dyn Watch,
    started: Instant,
    seconds: Vec<(&'static str, f64)>,
}

impl Run<'_> {
    fn path(&self, name: &str) -> PathBuf {
        self.settings.out.join(name)
    }

    /// Notes how long a part took.
    fn lap(&mut self, part: &'static str) {
        let before: f64 = self.seconds.iter().map(|(_, seconds)| seconds).sum();
        let now = self.started.elapsed().as_secs_f64();
        self.seconds.push((part, now - before));
    }

    fn all(mut self) -> Result<Demo, Error> {
        let data = self.generate()?;
        self.lap("generate");
        let mut models = Vec::new();
        let mut words = 0;
        for number in 0..self.settings.models.max(1) {
            let Some((settings, trained)) = self.train(number, &data)? else {
                return Ok(Demo::Stopped);
            };
            words += trained;
            models.push(settings);
        }
        let twin = match self.settings.twin {
            true => match self.twin()? {
                None => return Ok(Demo::Stopped),
                Some((twin, trained)) => {
                    words += trained;
                    Some(twin)
                }
            },
            false => None,
        };
        self.lap("train");
        let tests = (0..models.len()).map(|number| {
            let model = self.model(number);
            score(&model, &Device::Cpu, &data, Split::Test, None, self.watch)
        });
        let tests: Vec<_> = tests.collect::<Result<_, _>>()?;
        let tests: Vec<ScoreReport> = tests.iter().map(|scored| scored.report()).collect();
        self.lap("evaluate");
        let (probes, content) = self.probe(&data, &models, twin.as_ref())?;
        self.lap("probe");
        let opened = open_model(&self.model(0), &Device::Cpu)?;
        let causal = patch(&opened, &data, &self.settings.patches, self.watch)?;
        self.lap("patch");
        let measured = Measured {
            training: models.swap_remove(0),
            tests,
            probes,
            content,
            causal,
        };
        let report = self.report(&data, measured, words)?;
        self.write(&report)?;
        Ok(Demo::Done(Box::new(report)))
    }

    /// The report of what was measured, with the verdicts on it.
    fn report(
        &self,
        data: &Dataset,
        measured: Measured,
        words: usize,
    ) -> Result<DemoReport, Error> {
        let Measured {
            training,
            tests,
            probes,
            content,
            causal,
        } = measured;
        let corpus = data.karel()?;
        let place = place(&training);
        Ok(DemoReport {
            verdicts: verdicts(
                &tests,
                &corpus.unseen,
                &probes,
                &place,
                content.as_ref(),
                &causal,
            ),
            settings: Experiment {
                seed: self.settings.seed,
                seeds: (0..tests.len()).map(|number| self.seed(number)).collect(),
                parameters: training.model.parameters(),
                training,
                data: corpus.settings.clone(),
                texts: corpus.texts.clone(),
            },
            seconds: Seconds {
                total: self.started.elapsed().as_secs_f64(),
                parts: self.seconds.clone(),
            },
            words_trained_in_this_call: words,
            place,
            tests,
            unseen: corpus.unseen.clone(),
            probes,
            content,
            causal,
        })
    }

    fn write(&self, report: &DemoReport) -> Result<(), Error> {
        // Through a value, for keys in alphabetical order.
        let json = serde_json::to_string_pretty(&serde_json::to_value(report)?)?;
        files::replace(self.path("report.json"), json)?;
        let html = page(Some(report), Some(&report.probes), Some(&report.causal))?;
        files::replace(self.path("report.html"), html)?;
        Ok(files::replace(self.path("report.md"), markdown(report))?)
    }

    /// The seed of a model.
    fn seed(&self, number: usize) -> u64 {
        self.settings.seed + number as u64
    }

    /// The folder of a model; the first one has no number.
    fn model(&self, number: usize) -> PathBuf {
        self.path(&numbered("model", number))
    }

    /// Trains a model, with its number of tokens; none if the watch asked to stop.
    fn train(
        &self,
        number: usize,
        data: &Dataset,
    ) -> Result<Option<(TrainSettings, usize)>, Error> {
        self.trained(self.seed(number), data, &self.model(number))
    }

    fn trained(
        &self,
        seed: u64,
        data: &Dataset,
        out: &Path,
    ) -> Result<Option<(TrainSettings, usize)>, Error> {
        let settings = self.settings.shape.settings(seed, data)?;
        self.watch.event(Event::Note {
            stage: Some("train"),
            text: &format!(
                "a model of {}, seed {seed}",
                counted(settings.model.parameters() as u64, "parameter")
            ),
        });
        let trained = train(&settings, data, &Device::Cpu, out, SAVE_EVERY, self.watch)?;
        Ok((trained.ended == Ended::Done).then_some((settings, trained.words)))
    }

    /// The same worlds and programs executed under the second semantics, and a model of them.
    fn twin(&self) -> Result<Option<(Dataset, usize)>, Error> {
        let mut semantics = SEMANTICS;
        semantics.swap(0, 1);
        let data = self.made(&self.path("twin-data"), &semantics)?;
        let trained = self.trained(self.settings.seed, &data, &self.path("twin"))?;
        Ok(trained.map(|(_, words)| (data, words)))
    }

    /// Makes the dataset, or takes the one that is there.
    fn generate(&self) -> Result<Dataset, Error> {
        self.made(&self.path("data"), &SEMANTICS)
    }

    fn made(&self, out: &Path, semantics: &[&str]) -> Result<Dataset, Error> {
        if out.join(CORPUS).exists() {
            let data = Dataset::open(out)?;
            let corpus = data.karel()?;
            let texts = |split| corpus.texts.get(&split).copied();
            let same = corpus.settings.seed == self.settings.seed
                && corpus.generator == tracestone_karel::VERSION
                && texts(Split::Train) == Some(self.settings.train)
                && texts(Split::Validation) == Some(self.settings.held_out);
            return if same {
                Ok(data)
            } else {
                Err(Error::OtherDataset(out.to_owned()))
            };
        }
        generate(&self.dataset(out, semantics), &Inner(self.watch))?;
        Dataset::open(out)
    }

    /// The settings of the dataset: a uniform one, as the control needs it.
    fn dataset(&self, out: &Path, semantics: &[&str]) -> GenerateSettings {
        let settings = self.settings;
        GenerateSettings {
            out: out.to_owned(),
            overwrite: false,
            world: Settings {
                seed: settings.seed,
                rows: 4,
                columns: 4,
                walls: 0.1,
                markers: 0.0,
                length_min: DRAWN.min,
                length_max: DRAWN.max,
                weights: [1, 1, 1, 0, 0],
                control: 0.0,
                nesting: 2,
                worlds: 1,
            },
            mode: Mode::Interp,
            end: Output::Hero,
            meanings: semantics
                .iter()
                .filter_map(|name| Semantics::from_name(name).ok())
                .collect(),
            steps: 200,
            counts: BTreeMap::from([
                (Split::Train, settings.train),
                (Split::Validation, settings.held_out),
                (Split::Test, settings.held_out),
            ]),
            trained: Some(TRAINED),
            beyond: settings.held_out / 4,
            ledgers: vec![Split::Validation, Split::Test],
            force: false,
            questions: None,
            threads: settings.threads,
            tool: settings.tool.clone(),
        }
    }

    /// Activations and probes of the trained models, the twin, the untrained ones, and those on the way.
    fn probe(
        &self,
        data: &Dataset,
        models: &[TrainSettings],
        twin: Option<&Dataset>,
    ) -> Result<(ProbeReport, Option<Content>), Error> {
        let settings = &self.settings.probes;
        let (draws, watch) = (settings.draws, self.watch);
        let sites = Site::main(models[0].model.layers);
        let sites: Vec<String> = sites.into_iter().map(Site::name).collect();
        // Models differ in their seeds, and so do their probes.
        let plan = Plan {
            seeds: 1,
            ..settings.plan(data.semantics(), sites)
        };
        let names = (0..models.len()).map(|number| numbered("trained", number));
        let own: Vec<PathBuf> = names
            .enumerate()
            .map(|(number, name)| self.activations(&name, &self.model(number), data))
            .collect::<Result<_, _>>()?;
        let found = probing::probe("probe", &own, data, &plan, draws, watch)?;
        let name = counted(models.len() as u64, "trained model");
        let mut subjects = vec![subject(&name, Role::Trained, found)];
        // Controls at the tokens' own states.
        let here = Plan {
            offsets: vec![0],
            ..plan.clone()
        };
        if let Some(twin) = twin {
            subjects.extend(self.probe_twin(twin, &here)?);
        }
        let untrained = self.untrained(data, &models[0])?;
        if !untrained.is_empty() {
            let found = probing::probe("untrained", &untrained, data, &here, draws, watch)?;
            let name = counted(untrained.len() as u64, "untrained model");
            subjects.push(subject(&name, Role::Untrained, found));
        }
        let found = probing::control(&own, data, &plan, draws, watch)?;
        let name = "control task: a random label for each prefix of a program";
        subjects.push(subject(name, Role::Control, found));
        let chance = probing::shuffled(&plan, settings.shuffles);
        let found = probing::probe("shuffled", &own[..1], data, &chance, draws, watch)?;
        subjects.push(subject("shuffled labels", Role::Shuffled, found));
        let (steps, content) = self.checkpoints(data, models, &here)?;
        subjects.extend(steps);
        let report = ProbeReport {
            settings: probing::report_settings(&plan, draws),
            subjects,
        };
        Ok((report, content))
    }

    /// Linear probes of the model of the twin: against its own semantics, and as if its texts were the first dataset's.
    fn probe_twin(&self, twin: &Dataset, here: &Plan) -> Result<Vec<Subject>, Error> {
        let draws = self.settings.probes.draws;
        let acts = [self.activations("twin", &self.path("twin"), twin)?];
        let linear = Plan {
            layers: vec![0],
            ..here.clone()
        };
        let mut subjects = Vec::new();
        for (base, name) in [
            (SEMANTICS[1], "against its own semantics"),
            (SEMANTICS[0], AS_IF),
        ] {
            let plan = Plan {
                base: base.to_owned(),
                ..linear.clone()
            };
            let found = probing::probe("twin", &acts, twin, &plan, draws, self.watch)?;
            let name = format!("a model trained under {}, {name}", SEMANTICS[1]);
            subjects.push(subject(&name, Role::Twin, found));
        }
        Ok(subjects)
    }

    /// The activations of untrained models, made where they are not there yet.
    fn untrained(&self, data: &Dataset, training: &TrainSettings) -> Result<Vec<PathBuf>, Error> {
        let mut all = Vec::new();
        for number in 0..self.settings.untrained {
            let name = format!("untrained-{number}");
            let folder = self.path(&name);
            if !folder.join(directory::WEIGHTS).exists() {
                // The first one is the model before its first step.
                let seed = self.settings.seed + number as u64;
                let decoder = Decoder::untrained(training.model.clone(), seed, &Device::Cpu)?;
                directory::write(&folder, &decoder, &data.vocabulary()?)?;
            }
            all.push(self.activations(&name, &folder, data)?);
        }
        Ok(all)
    }

    /// Linear probes of the checkpoints at the tokens' own states and one place, for the order of events, and what they
    /// read against the models' accuracy.
    fn checkpoints(
        &self,
        data: &Dataset,
        models: &[TrainSettings],
        here: &Plan,
    ) -> Result<(Vec<Subject>, Option<Content>), Error> {
        let mut variables = here.variables.clone();
        for name in VARIABLES {
            if !variables.iter().any(|own| own == name) {
                variables.push(name.to_owned());
            }
        }
        let plan = Plan {
            variables,
            layers: vec![0],
            sites: vec![place(&models[0])],
            ..here.clone()
        };
        let quiet = Inner(self.watch);
        let (mut subjects, mut points) = (Vec::new(), Vec::new());
        for step in checkpoint_steps(&models[0]) {
            let (mut acts, mut shares) = (Vec::new(), Vec::new());
            for number in 0..models.len() {
                let folder = checkpoint_folder(&self.model(number), step);
                let name = numbered(&format!("step-{step:07}"), number);
                acts.push(self.activations(&name, &folder, data)?);
                let scored = score(&folder, &Device::Cpu, data, Split::Test, None, &quiet)?;
                shares.push(scored.share());
            }
            let draws = self.settings.probes.draws;
            let (all, each) =
                probing::probe_models("on the way", &acts, data, &plan, draws, self.watch)?;
            for (number, (share, own)) in shares.iter().zip(&each).enumerate() {
                points.extend(ContentPoint::new(self.seed(number), step, *share, own));
            }
            subjects.push(Subject {
                step: Some(step),
                exact: Some(tracestone_stats::mean(&shares)),
                each: shares,
                ..subject(&format!("step {step}"), Role::Checkpoint, all)
            });
        }
        Ok((subjects, Content::new(&place(&models[0]), points)))
    }

    /// The activations of a model on the held-out texts, made where they are not there yet.
    fn activations(&self, name: &str, model: &Path, data: &Dataset) -> Result<PathBuf, Error> {
        let out = self.path("acts").join(name);
        let weights = hash(&model.join(directory::WEIGHTS))?;
        let opened = open_model(model, &Device::Cpu)?;
        let settings = DumpSettings {
            sites: Site::main(opened.decoder.config.layers),
            precision: Precision::F32,
            shard_rows: 16_384,
            batch: 64,
            pad: opened.vocabulary.as_ref().map_or(0, |words| words.pad),
        };
        for split in [Split::Validation, Split::Test] {
            let folder = out.join(split.name());
            let known = folder
                .join(INDEX)
                .exists()
                .then(|| activations::read_index(&folder));
            let fresh = matches!(known, Some(Ok(index)) if index.origin.model == weights
                && index.origin.data == data.hash(split)?);
            if !fresh {
                write_activations(
                    (&opened, model),
                    data,
                    split,
                    None,
                    &settings,
                    &folder,
                    &Inner(self.watch),
                )?;
            }
        }
        Ok(out)
    }
}

/// A name with the number of a model; the first one has none.
pub(crate) fn numbered(name: &str, number: usize) -> String {
    match number {
        0 => name.to_owned(),
        number => format!("{name}-{number}"),
    }
}

/// The place that verdicts are about: after the block in the middle.
fn place(training: &TrainSettings) -> String {
    Site::Post(training.model.layers / 2).name()
}
