//! The Karel experiment: a dataset, a model trained on it, probes, patches, and a report. It goes on where it
//! stopped.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;
use tracestone_files as files;
use tracestone_interp::activations::{DumpSettings, INDEX, Precision};
use tracestone_interp::model::{Decoder, Site};
use tracestone_interp::probe::{Plan, Summary};
use tracestone_interp::report::{ProbeReport, Role, Subject};
use tracestone_interp::training::{Ended, TrainSettings, checkpoint_folder, checkpoint_steps};
use tracestone_interp::{Device, activations, directory};
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

/// Steps between the states of a training that it goes on from after a kill.
pub(crate) const SAVE_EVERY: usize = 200;

/// The settings of the experiment.
#[derive(Debug, Clone)]
pub struct DemoSettings {
    /// The folder for everything: data, model, activations, report.
    pub out: PathBuf,
    /// Texts for training.
    pub train: u64,
    /// Texts for validation and for test, each.
    pub held_out: u64,
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
    /// The model's score on test.
    pub test: ScoreReport,
    /// The claims of the experiment, and whether they hold.
    pub verdicts: Vec<Verdict>,
    /// Settings or findings of the probes.
    pub probes: ProbeReport,
    /// Settings or findings of the patches.
    pub causal: CausalReport,
}

/// The settings that a report names.
#[derive(Debug, Clone, Serialize)]
pub struct Experiment {
    /// The seed of the data and of the model.
    pub seed: u64,
    /// The model and its training.
    pub training: TrainSettings,
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

/// A claim of the experiment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The claim, with the numbers that decide about it.
    pub claim: String,
    /// True if the expectation holds.
    pub holds: bool,
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
        let training = self.settings.shape.settings(self.settings.seed, &data)?;
        let model = self.path("model");
        let parameters = training.model.parameters();
        self.watch.event(Event::Note {
            stage: Some("train"),
            text: &format!("a model of {}", counted(parameters as u64, "parameter")),
        });
        let trained = train(
            &training,
            &data,
            &Device::Cpu,
            &model,
            SAVE_EVERY,
            self.watch,
        )?;
        if trained.ended == Ended::Stopped {
            return Ok(Demo::Stopped);
        }
        self.lap("train");
        let scored = score(&model, &Device::Cpu, &data, Split::Test, None, self.watch)?;
        self.lap("evaluate");
        let probes = self.probe(&data, &training)?;
        self.lap("probe");
        let opened = open_model(&model, &Device::Cpu)?;
        let causal = patch(&opened, &data, &self.settings.patches, self.watch)?;
        self.lap("patch");
        let report = DemoReport {
            settings: Experiment {
                seed: self.settings.seed,
                training,
                parameters,
                data: data.corpus.settings.clone(),
                texts: data.corpus.texts.clone(),
            },
            seconds: Seconds {
                total: self.started.elapsed().as_secs_f64(),
                parts: std::mem::take(&mut self.seconds),
            },
            words_trained_in_this_call: trained.words,
            verdicts: verdicts(&probes, scored.share()),
            test: scored.report(),
            probes,
            causal,
        };
        // Through a value, for keys in alphabetical order.
        let json = serde_json::to_string_pretty(&serde_json::to_value(&report)?)?;
        files::replace(self.path("report.json"), json)?;
        let html = page(Some(&report), Some(&report.probes), Some(&report.causal))?;
        files::replace(self.path("report.html"), html)?;
        Ok(Demo::Done(Box::new(report)))
    }

    /// Makes the dataset, or takes the one that is there.
    fn generate(&self) -> Result<Dataset, Error> {
        let out = self.path("data");
        if out.join(CORPUS).exists() {
            let data = Dataset::open(&out)?;
            let texts = |split| data.corpus.texts.get(&split).copied();
            let same = data.corpus.settings.seed == self.settings.seed
                && texts(Split::Train) == Some(self.settings.train)
                && texts(Split::Test) == Some(self.settings.held_out);
            return if same {
                Ok(data)
            } else {
                Err(Error::OtherDataset(out))
            };
        }
        generate(&self.dataset(&out), &Inner(self.watch))?;
        Dataset::open(&out)
    }

    /// The settings of the dataset: a uniform one, as the control needs it.
    fn dataset(&self, out: &Path) -> GenerateSettings {
        let settings = self.settings;
        let meanings = ["original", "paper-8", "paper-11"];
        GenerateSettings {
            out: out.to_owned(),
            overwrite: false,
            world: Settings {
                seed: settings.seed,
                rows: 4,
                columns: 4,
                walls: 0.1,
                markers: 0.0,
                length_min: 1,
                length_max: 6,
                weights: [1, 1, 1, 0, 0],
                control: 0.0,
                nesting: 2,
                worlds: 1,
            },
            mode: Mode::Interp,
            end: Output::Hero,
            meanings: meanings
                .into_iter()
                .filter_map(|name| Semantics::from_name(name).ok())
                .collect(),
            steps: 200,
            counts: BTreeMap::from([
                (Split::Train, settings.train),
                (Split::Validation, settings.held_out),
                (Split::Test, settings.held_out),
            ]),
            ledgers: vec![Split::Validation, Split::Test],
            force: false,
            questions: None,
            threads: settings.threads,
            tool: settings.tool.clone(),
        }
    }

    /// Activations and probes of the trained model, the untrained ones, and those on the way.
    fn probe(&self, data: &Dataset, training: &TrainSettings) -> Result<ProbeReport, Error> {
        let settings = &self.settings.probes;
        let sites = Site::main(training.model.layers);
        let sites: Vec<String> = sites.into_iter().map(Site::name).collect();
        let plan = settings.plan(data.semantics(), sites);
        let own = [self.activations("trained", &self.path("model"), data)?];
        let mut subjects = vec![subject(
            "the trained model",
            Role::Trained,
            self.study("probe", &own, data, &plan)?,
        )];
        let untrained = self.untrained(data, training)?;
        if !untrained.is_empty() {
            // The models differ in their seeds, and so do their probes.
            let control = Plan {
                seeds: 1,
                ..plan.clone()
            };
            subjects.push(subject(
                &counted(untrained.len() as u64, "untrained model"),
                Role::Untrained,
                self.study("control", &untrained, data, &control)?,
            ));
        }
        let chance = probing::shuffled(&plan, settings.shuffles);
        let found = self.study("shuffled", &own, data, &chance)?;
        subjects.push(subject("shuffled labels", Role::Shuffled, found));
        subjects.extend(self.checkpoints(data, training, &plan)?);
        Ok(ProbeReport {
            settings: probing::report_settings(&plan, settings.draws),
            subjects,
        })
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

    fn study(
        &self,
        name: &'static str,
        acts: &[PathBuf],
        data: &Dataset,
        plan: &Plan,
    ) -> Result<Vec<Summary>, Error> {
        let draws = self.settings.probes.draws;
        probing::probe(name, acts, data, plan, draws, self.watch)
    }

    /// Probes of the checkpoints at the tokens' own states, with the smallest probes and one seed: the curve
    /// shows the order of events.
    fn checkpoints(
        &self,
        data: &Dataset,
        training: &TrainSettings,
        plan: &Plan,
    ) -> Result<Vec<Subject>, Error> {
        let plan = Plan {
            offsets: vec![0],
            layers: plan.layers.iter().copied().min().into_iter().collect(),
            sites: plan.sites.iter().skip(1).cloned().collect(),
            seeds: 1,
            ..plan.clone()
        };
        let quiet = Inner(self.watch);
        let mut subjects = Vec::new();
        for step in checkpoint_steps(training) {
            let folder = checkpoint_folder(&self.path("model"), step);
            let acts = self.activations(&format!("step-{step:07}"), &folder, data)?;
            let found = self.study("on the way", &[acts], data, &plan)?;
            let scored = score(&folder, &Device::Cpu, data, Split::Test, None, &quiet)?;
            subjects.push(Subject {
                step: Some(step),
                exact: Some(scored.share()),
                ..subject(&format!("step {step}"), Role::Checkpoint, found)
            });
        }
        Ok(subjects)
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

/// The claims of the experiment, and whether they hold.
fn verdicts(report: &ProbeReport, share: f64) -> Vec<Verdict> {
    let mut found = vec![Verdict {
        claim: format!(
            "at least 90 % of unseen programs end in the right state ({:.1} %)",
            100.0 * share
        ),
        holds: share >= 0.9,
    }];
    let own = |role: Role, variable: &str| -> Vec<&Summary> {
        let all = report.subject(role).map_or(&[][..], |one| &one.summaries);
        let own = |s: &&Summary| s.variable == variable && s.offset == 0;
        all.iter().filter(own).collect()
    };
    let variables: BTreeSet<&String> = report
        .subjects
        .iter()
        .flat_map(|subject| subject.summaries.iter().map(|s| &s.variable))
        .collect();
    for variable in variables {
        let best = own(Role::Trained, variable)
            .into_iter()
            .max_by(|a, b| a.gap.value.total_cmp(&b.gap.value));
        let Some(trained) = best else {
            continue;
        };
        let describe = |who: &str, s: &Summary| {
            format!(
                "{variable}, {who}: gap {:+.3} [{:+.3}, {:+.3}] at {} with {} hidden layers",
                s.gap.value, s.gap.low, s.gap.high, s.site, s.layers
            )
        };
        found.push(Verdict {
            claim: format!("{}; the interval is above 0", describe("trained", trained)),
            holds: trained.gap.low > 0.0,
        });
        let same_place = own(Role::Untrained, variable)
            .into_iter()
            .find(|s| s.site == trained.site && s.layers == trained.layers);
        if let Some(untrained) = same_place {
            found.push(Verdict {
                claim: format!(
                    "{}; the interval includes 0",
                    describe("untrained", untrained)
                ),
                holds: untrained.gap.includes_zero(),
            });
        }
    }
    found
}
