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
use super::page::page;
use super::states::StateSettings;
use super::steering::Steering;
use super::training::{SaeTraining, train_sae};
use crate::activations::{Tokens, open_model, write_tokens};
use crate::dataset::{Dataset, hash};
use crate::demo::{DemoSettings, SAVE_EVERY, dataset};
use crate::error::Error;
use crate::patching::Change;
use crate::training::train;

/// The settings of the experiment with features.
#[derive(Debug, Clone)]
pub struct FeatureSettings {
    /// Folder, data and model, as for the Karel experiment; its probes are not used.
    pub demo: DemoSettings,
    /// A model and its dataset, in place of those that would be made.
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
    /// Settings of the dictionaries.
    pub settings: Settings,
    /// The measures of the dictionary and its baselines.
    pub report: SaeReport,
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

/// Dictionaries beside the main one: name, folder, kind and what is not learned.
const BESIDE: [(&str, &str, Kind, Frozen); 4] = [
    ("jumprelu", "sae-jumprelu", Kind::Jumprelu, Frozen::Nothing),
    (
        "frozen decoder",
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
        let Some((folder, data, data_folder)) = self.model()? else {
            return Ok(Features::Stopped);
        };
        let model = open_model(&folder, &Device::Cpu)?;
        let layers = model.decoder.config.layers;
        let block = self.settings.block.unwrap_or(layers.saturating_sub(1) / 2);
        let site = Site::Post(block.min(layers.saturating_sub(1)));
        let acts = self.activations("acts", &folder, &data, site)?;
        let untrained = self.untrained(&model, &data)?;
        let untrained_acts = self.activations("acts-untrained", &untrained, &data, site)?;
        let main = self.dictionary(&acts, "sae", Kind::BatchTopk, Frozen::Nothing)?;
        let Some((sae, dictionary)) = main else {
            return Ok(Features::Stopped);
        };
        let mut beside = Vec::new();
        for (name, out, kind, frozen) in BESIDE {
            let Some((path, _)) = self.dictionary(&acts, out, kind, frozen)? else {
                return Ok(Features::Stopped);
            };
            beside.push((name.to_owned(), path));
        }
        let other = self.dictionary(
            &untrained_acts,
            "sae-untrained",
            Kind::BatchTopk,
            Frozen::Nothing,
        )?;
        let Some((other, _)) = other else {
            return Ok(Features::Stopped);
        };
        let evaluation = SaeEvaluation {
            site: Some(site.name()),
            data: Some(data_folder),
            model: Some(folder),
            beside,
            untrained: vec![("untrained model".to_owned(), other, untrained_acts)],
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
        let report = FeatureReport {
            findings: findings(&report),
            settings: dictionary,
            report,
        };
        // Through a value, for keys in alphabetical order.
        let json = serde_json::to_string_pretty(&serde_json::to_value(&report)?)?;
        files::replace(self.path("features.json"), json + "\n")?;
        files::replace(self.path("features.html"), page(&report)?)?;
        let seconds = self.started.elapsed().as_secs_f64();
        Ok(Features::Done(Box::new(report), seconds))
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

    /// The given model, or one that is trained; none if the watch asked to stop.
    fn model(&self) -> Result<Option<(PathBuf, Dataset, PathBuf)>, Error> {
        if let Some((model, data)) = &self.settings.given {
            return Ok(Some((model.clone(), Dataset::open(data)?, data.clone())));
        }
        let demo = &self.settings.demo;
        let data = dataset(demo, self.watch)?;
        let training = demo.shape.settings(demo.seed, &data)?;
        let folder = self.path("model");
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
        kind: Kind,
        frozen: Frozen,
    ) -> Result<Option<(PathBuf, Settings)>, Error> {
        let own = self.settings;
        let settings = Settings {
            frozen,
            seed: own.demo.seed,
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
        let out = self.path(name);
        let trained = train_sae(acts, &training, &out, self.watch)?;
        Ok(trained.done.then_some((out, settings)))
    }
}

/// Statements about the numbers, whichever way they come out.
fn findings(report: &SaeReport) -> Vec<String> {
    let mut found = Vec::new();
    for states in &report.states {
        let of = |name: &str| states.readers.iter().find(|reader| reader.name == name);
        let (Some(best), Some(probe), Some(neuron)) =
            (of("best feature"), of("linear probe"), of("best neuron"))
        else {
            continue;
        };
        let than = |own: f64, other: f64| if own > other { "above" } else { "not above" };
        found.push(format!(
            "{}: the best features reach an F1 of {:.3}, {} the best single neurons ({:.3}) and {} a linear probe ({:.3}).",
            states.variable,
            best.f1.original,
            than(best.f1.original, neuron.f1.original),
            neuron.f1.original,
            than(best.f1.original, probe.f1.original),
            probe.f1.original
        ));
        if let Some(gap) = best.f1.gap {
            let others = best.f1.alternatives.values().sum::<f64>();
            let others = others / best.f1.alternatives.len().max(1) as f64;
            let part = if best.f1.original > 0.0 {
                100.0 * others / best.f1.original
            } else {
                0.0
            };
            found.push(format!(
                "{}: other semantics, which the model never saw, are found as well as {part:.0} % of that: the gap is {:+.3} \
                 [{:+.3}, {:+.3}].",
                states.variable, gap.value, gap.low, gap.high
            ));
        }
        for name in BESIDE
            .iter()
            .map(|(name, ..)| *name)
            .skip(1)
            .chain(["untrained model"])
        {
            if let (Some(reader), Some(gap)) = (of(name), of(name).and_then(|one| one.f1.gap)) {
                found.push(format!(
                    "{}, {name}: F1 {:.3}, gap {:+.3} [{:+.3}, {:+.3}]; the trained dictionary is {} it.",
                    states.variable,
                    reader.f1.original,
                    gap.value,
                    gap.low,
                    gap.high,
                    than(best.f1.original, reader.f1.original)
                ));
            }
        }
    }
    found.extend(report.steering.as_ref().map(steered));
    found
}

/// The effect of exchanged features on the model's answers, in a sentence.
fn steered(steering: &Steering) -> String {
    let most = |change: Change| {
        let effects = steering.effects.iter();
        let own = effects.filter(|effect| effect.change == change);
        own.filter_map(|effect| effect.recovered)
            .map(|recovered| recovered.value)
            .max_by(f64::total_cmp)
    };
    let parts = (
        most(Change::Features),
        most(Change::RandomFeatures),
        most(Change::Mean),
    );
    match parts {
        (Some(own), Some(others), Some(means)) => format!(
            "Exchanging the facing's two best features recovers at most {own:+.3} of what turning the hero does, other \
             features {others:+.3}, the difference of means in all directions {means:+.3}.",
        ),
        _ => "The model answers too little for a share of what turning the hero does.".to_owned(),
    }
}
