//! The experiment with features: a Karel model, dictionaries of its stream and their baselines, and a page about what
//! their features have to do with executed states. It goes on where it stopped.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;
use tracestone_files as files;
use tracestone_interp::Device;
use tracestone_interp::activations::{DumpSettings, INDEX, Precision, read_index};
use tracestone_interp::directory::{self, Model};
use tracestone_interp::model::{Decoder, Site};
use tracestone_interp::training::Ended;
use tracestone_record::Split;
use tracestone_record::watch::{Inner, Watch};
use tracestone_sae::{Frozen, Kind, Settings};

use super::evaluation::{SaeEvaluation, SaeReport, evaluate_sae};
use super::findings::{OverModels, findings, over_models};
use super::page::page;
use super::states::StateSettings;
use super::training::{SaeTraining, train_sae};
use crate::activations::{Tokens, open_model, write_tokens};
use crate::dataset::{Dataset, hash};
use crate::demo::{DemoSettings, SAVE_EVERY, dataset, numbered};
use crate::error::Error;
use crate::training::train;

/// The settings of the experiment with features.
#[derive(Debug, Clone)]
pub struct FeatureSettings {
    /// Folder, data and model, as for the Karel experiment; its probes are not used.
    pub demo: DemoSettings,
    /// A model and its dataset, in place of those that would be made; then it is the only one.
    pub given: Option<(PathBuf, PathBuf)>,
    /// The block after which the stream is read; the middle one if there is none.
    pub block: Option<usize>,
    /// Number of features.
    pub width: usize,
    /// Features that fire for a row, on average.
    pub l0: f64,
    /// Steps of each dictionary.
    pub steps: usize,
    /// Texts whose tokens the dictionaries learn from.
    pub texts: usize,
}

/// The findings of the experiment.
#[derive(Debug, Clone, Serialize)]
pub struct FeatureReport {
    /// Settings of the dictionaries of the first model.
    pub settings: Settings,
    /// The measures of the first model's dictionary and its baselines.
    pub report: SaeReport,
    /// The measures of the further models' dictionaries, each beside one with a frozen decoder.
    pub further: Vec<SaeReport>,
    /// Scores of what all models have; none if there is only one.
    pub over_models: Vec<OverModels>,
    /// Statements about the numbers, in words.
    pub findings: Vec<String>,
}

/// Outcome of the experiment.
#[derive(Debug, Clone)]
pub enum Features {
    /// The watch asked to stop; the same call goes on from there.
    Stopped,
    /// The report, with the seconds that this call took. It is in the folder as `features.json` and `features.html`.
    Done(Box<FeatureReport>, f64),
}

/// The baseline that every model's dictionary has beside it.
pub(super) const FROZEN: &str = "frozen decoder";

/// Dictionaries beside the main one: name, folder, kind and what is not learned.
pub(super) const BESIDE: [(&str, &str, Kind, Frozen); 4] = [
    ("jumprelu", "sae-jumprelu", Kind::Jumprelu, Frozen::Nothing),
    (
        FROZEN,
        "sae-frozen-decoder",
        Kind::BatchTopk,
        Frozen::Decoder,
    ),
    (
        "soft-frozen decoder",
        "sae-soft-decoder",
        Kind::BatchTopk,
        Frozen::SoftDecoder,
    ),
    (
        "frozen encoder",
        "sae-frozen-encoder",
        Kind::BatchTopk,
        Frozen::Encoder,
    ),
];

/// The name of the control without training.
pub(super) const UNTRAINED: &str = "untrained model";

/// Runs the experiment, or goes on with one.
///
/// # Errors
/// The folder holds data or a training of other settings, or a part fails.
pub fn demo_features(settings: &FeatureSettings, watch: &dyn Watch) -> Result<Features, Error> {
    let run = Run {
        settings,
        watch,
        started: Instant::now(),
    };
    run.all()
}

struct Run<'r> {
    settings: &'r FeatureSettings,
    watch: &'r dyn Watch,
    started: Instant,
}

impl Run<'_> {
    fn path(&self, name: &str) -> PathBuf {
        self.settings.demo.out.join(name)
    }

    fn all(&self) -> Result<Features, Error> {
        let count = match self.settings.given {
            Some(_) => 1,
            None => self.settings.demo.models.max(1),
        };
        let mut settings = None;
        let mut reports = Vec::new();
        for number in 0..count {
            let Some((own, report)) = self.study(number)? else {
                return Ok(Features::Stopped);
            };
            settings.get_or_insert(own);
            reports.push(report);
        }
        let over_models = over_models(&reports);
        let findings = findings(&reports, &over_models);
        let mut reports = reports.into_iter();
        let (Some(settings), Some(report)) = (settings, reports.next()) else {
            return Ok(Features::Stopped);
        };
        let report = FeatureReport {
            settings,
            report,
            further: reports.collect(),
            over_models,
            findings,
        };
        // Through a value, for keys in alphabetical order.
        let json = serde_json::to_string_pretty(&serde_json::to_value(&report)?)?;
        files::replace(self.path("features.json"), json + "\n")?;
        files::replace(self.path("features.html"), page(&report)?)?;
        let seconds = self.started.elapsed().as_secs_f64();
        Ok(Features::Done(Box::new(report), seconds))
    }

    /// The dictionaries of one model and their measures; none if the watch asked to stop. The first model stands beside all
    /// baselines, further ones beside one.
    fn study(&self, number: usize) -> Result<Option<(Settings, SaeReport)>, Error> {
        let Some((folder, data, data_folder)) = self.model(number)? else {
            return Ok(None);
        };
        let model = open_model(&folder, &Device::Cpu)?;
        let layers = model.decoder.config.layers;
        let block = self.settings.block.unwrap_or(layers.saturating_sub(1) / 2);
        let site = Site::Post(block.min(layers.saturating_sub(1)));
        let acts = self.activations(&numbered("acts", number), &folder, &data, site)?;
        let main = (Kind::BatchTopk, Frozen::Nothing);
        let Some((sae, settings)) = self.dictionary(&acts, "sae", number, main)? else {
            return Ok(None);
        };
        let mut beside = Vec::new();
        let wanted = |name: &str| number == 0 || name == FROZEN;
        for (name, out, kind, frozen) in BESIDE.into_iter().filter(|one| wanted(one.0)) {
            let Some((path, _)) = self.dictionary(&acts, out, number, (kind, frozen))? else {
                return Ok(None);
            };
            beside.push((name.to_owned(), path));
        }
        let mut untrained = Vec::new();
        if number == 0 {
            let folder = self.untrained(&model, &data)?;
            let acts = self.activations("acts-untrained", &folder, &data, site)?;
            let Some((sae, _)) = self.dictionary(&acts, "sae-untrained", 0, main)? else {
                return Ok(None);
            };
            untrained.push((UNTRAINED.to_owned(), sae, acts));
        }
        let evaluation = SaeEvaluation {
            site: Some(site.name()),
            data: Some(data_folder),
            model: Some(folder),
            beside,
            untrained,
            truth: None,
            states: StateSettings {
                seed: self.settings.demo.seed,
                ..StateSettings::default()
            },
            steering: Some(self.settings.demo.patches.clone()),
            texts: 2_000,
            threads: self.settings.demo.threads,
        };
        let report = evaluate_sae(&sae, &acts, &evaluation, self.watch)?;
        Ok(Some((settings, report)))
    }

    /// The folder of a model of the same shape that was not trained, written where it is not there.
    fn untrained(&self, model: &Model, data: &Dataset) -> Result<PathBuf, Error> {
        let folder = self.path("untrained");
        if !folder.join(directory::WEIGHTS).exists() {
            let seed = self.settings.demo.seed;
            let config = model.decoder.config.clone();
            let decoder = Decoder::untrained(config, seed, &Device::Cpu)?;
            directory::write(&folder, &decoder, &data.vocabulary()?)?;
        }
        Ok(folder)
    }

    /// The given model, or one that is trained on the same data with a seed of its own; none if the watch asked to stop.
    fn model(&self, number: usize) -> Result<Option<(PathBuf, Dataset, PathBuf)>, Error> {
        if let Some((model, data)) = &self.settings.given {
            return Ok(Some((model.clone(), Dataset::open(data)?, data.clone())));
        }
        let demo = &self.settings.demo;
        let data = dataset(demo, self.watch)?;
        let training = demo.shape.settings(demo.seed + number as u64, &data)?;
        let folder = self.path(&numbered("model", number));
        let trained = train(
            &training,
            &data,
            &Device::Cpu,
            &folder,
            SAVE_EVERY,
            self.watch,
        )?;
        let done = trained.ended != Ended::Stopped;
        Ok(done.then(|| (folder, data, self.path("data"))))
    }

    /// Activations to learn from and with states, made where they are not there yet.
    fn activations(
        &self,
        name: &str,
        folder: &Path,
        data: &Dataset,
        site: Site,
    ) -> Result<PathBuf, Error> {
        let out = self.path(name);
        let model = open_model(folder, &Device::Cpu)?;
        let weights = hash(&folder.join(directory::WEIGHTS))?;
        let dump = DumpSettings {
            sites: vec![site],
            precision: Precision::F32,
            shard_rows: 16_384,
            batch: 64,
            pad: model.vocabulary.as_ref().map_or(0, |words| words.pad),
        };
        for (split, tokens, limit) in [
            (Split::Train, Tokens::All, Some(self.settings.texts)),
            (Split::Validation, Tokens::Ledger, None),
            (Split::Test, Tokens::Ledger, None),
        ] {
            let part = out.join(split.name());
            let known = part.join(INDEX).exists().then(|| read_index(&part));
            let fresh = matches!(known, Some(Ok(index)) if index.origin.model == weights
                && index.origin.data == data.hash(split)? && index.sites == [site.name()]);
            if !fresh {
                let watch = Inner(self.watch);
                write_tokens(
                    (&model, folder),
                    data,
                    (split, tokens),
                    limit,
                    &dump,
                    &part,
                    &watch,
                )?;
            }
        }
        Ok(out)
    }

    /// A dictionary of activations; none if the watch asked to stop.
    fn dictionary(
        &self,
        acts: &Path,
        name: &str,
        number: usize,
        (kind, frozen): (Kind, Frozen),
    ) -> Result<Option<(PathBuf, Settings)>, Error> {
        let own = self.settings;
        let settings = Settings {
            frozen,
            seed: own.demo.seed + number as u64,
            ..Settings::new(kind, 1, own.width, own.l0, own.steps)
        };
        let training = SaeTraining {
            settings: settings.clone(),
            site: None,
            buffer: 262_144,
            save_every: 500,
            checkpoints: 0,
            threads: own.demo.threads,
            tool: own.demo.tool.clone(),
        };
        let out = self.path(&numbered(name, number));
        let trained = train_sae(acts, &training, &out, self.watch)?;
        Ok(trained.done.then_some((out, settings)))
    }
}
