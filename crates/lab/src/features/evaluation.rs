//! Measures of a dictionary: what it reconstructs, what the model loses with it, and what its features find.

use std::path::{Path, PathBuf};

use serde::Serialize;
use tracestone_interp::Device;
use tracestone_interp::activations::{INDEX, read_index, read_rows};
use tracestone_interp::directory::Model;
use tracestone_interp::evaluation::{Completed, Replacement, complete_with, divergences};
use tracestone_interp::model::Site;
use tracestone_record::Split;
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::counted;
use tracestone_sae::matching::{mean_max_cosine, uniqueness};
use tracestone_sae::{Dictionary, Quality, Tally};

use super::folder::{Opened, open_sae};
use super::states::{Parts, StateReport, StateSettings, compare, parts};
use super::steering::{Steering, steer};
use super::training::chosen_site;
use crate::activations::open_model;
use crate::dataset::Dataset;
use crate::error::Error;
use crate::patching::PatchSettings;

/// Settings of an evaluation.
#[derive(Debug, Clone, Default)]
pub struct SaeEvaluation {
    /// Place in the stream; the one that the dictionary names if there is none.
    pub site: Option<String>,
    /// The dataset, for executed states.
    pub data: Option<PathBuf>,
    /// The model, for its loss and for steering; needs the dataset.
    pub model: Option<PathBuf>,
    /// Other dictionaries of the same activations, by name.
    pub beside: Vec<(String, PathBuf)>,
    /// Dictionaries of other models, with activations of these: untrained ones, by name.
    pub untrained: Vec<(String, PathBuf, PathBuf)>,
    /// A safetensors file with true directions, for synthetic rows.
    pub truth: Option<PathBuf>,
    /// Settings of the comparison with states.
    pub states: StateSettings,
    /// Settings of steering; none if it is left out.
    pub steering: Option<PatchSettings>,
    /// Texts for the model's loss at most.
    pub texts: usize,
    /// Number of threads; never changes a result.
    pub threads: usize,
}

/// The measures of a dictionary.
#[derive(Debug, Clone, Serialize)]
pub struct SaeReport {
    /// The place in the stream.
    pub site: String,
    /// Number of features.
    pub width: usize,
    /// Measures of the reconstruction of held-out rows.
    pub quality: Quality,
    /// The same of the dictionaries beside it.
    pub beside: Vec<(String, Quality)>,
    /// The model's loss with the reconstruction in place of the stream.
    pub loss: Option<LossReport>,
    /// Agreement with true directions.
    pub truth: Option<TruthReport>,
    /// Features against the states of each variable.
    pub states: Vec<StateReport>,
    /// The effects of changing features.
    pub steering: Option<Steering>,
    /// Keys and values that the dictionary's files have about it.
    pub about: serde_json::Value,
}

/// The loss of completions, in nats per token.
#[derive(Debug, Clone, Serialize)]
pub struct LossReport {
    /// Number of texts.
    pub texts: usize,
    /// With the stream as it is.
    pub original: f64,
    /// With the reconstruction in its place, at all tokens but the first.
    pub reconstructed: f64,
    /// With zeros in its place.
    pub zeros: f64,
    /// Loss recovered: the part of the difference between zeros and the original that the reconstruction keeps.
    pub recovered: f64,
    /// Mean Kullback-Leibler divergence of a token from the model's own distribution, in nats: with the reconstruction, and
    /// with zeros.
    pub kl: [f64; 2],
    /// The part of the divergence with zeros that the reconstruction takes away (SAEBench's `kl_div_score`).
    pub kl_recovered: f64,
    /// Share of texts that are completed exactly, as it is and with the reconstruction.
    pub exact: [f64; 2],
}

/// Agreement of directions with true ones.
#[derive(Debug, Clone, Serialize)]
pub struct TruthReport {
    /// Mean absolute cosine of the best one-to-one matching.
    pub mean_max_cosine: f64,
    /// Number of true directions that are some direction's nearest, over the number of directions.
    pub uniqueness: f64,
}

/// Measures a dictionary on activations.
///
/// # Errors
/// The dictionary or the activations cannot be read, or do not go together.
pub fn evaluate_sae(
    sae: &Path,
    acts: &Path,
    evaluation: &SaeEvaluation,
    watch: &dyn Watch,
) -> Result<SaeReport, Error> {
    let opened = open_sae(sae)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(evaluation.threads)
        .build()?;
    pool.install(|| Evaluating { evaluation, watch }.all(&opened, acts))
}

/// An evaluation on its way.
struct Evaluating<'e> {
    evaluation: &'e SaeEvaluation,
    watch: &'e dyn Watch,
}

impl Evaluating<'_> {
    fn all(&self, opened: &Opened, acts: &Path) -> Result<SaeReport, Error> {
        let evaluation = self.evaluation;
        let wanted = evaluation.site.as_deref().or(opened.site());
        let (site, quality) = self.reconstruction(&opened.dictionary, acts, wanted)?;
        let mut others = Vec::new();
        for (name, path) in &evaluation.beside {
            others.push((name.clone(), open_sae(path)?));
        }
        let mut beside = Vec::new();
        for (name, other) in &others {
            let (_, quality) = self.reconstruction(&other.dictionary, acts, Some(&site))?;
            beside.push((name.clone(), quality));
        }
        let mut report = SaeReport {
            width: opened.dictionary.width,
            quality,
            beside,
            loss: None,
            truth: self.truth(&opened.dictionary)?,
            states: Vec::new(),
            steering: None,
            about: serde_json::Value::Object(opened.about.clone()),
            site,
        };
        if let Some(data) = &evaluation.data {
            let data = Dataset::open(data)?;
            self.states(&opened.dictionary, &others, acts, &data, &mut report)?;
        }
        Ok(report)
    }

    /// The parts that need a dataset: states, loss and steering.
    fn states(
        &self,
        own: &Dictionary,
        others: &[(String, Opened)],
        acts: &Path,
        data: &Dataset,
        report: &mut SaeReport,
    ) -> Result<(), Error> {
        let evaluation = self.evaluation;
        let both = parts(acts, data, &report.site, &evaluation.states)?;
        let others: Vec<(String, &Dictionary)> = others
            .iter()
            .map(|(name, other)| (name.clone(), &other.dictionary))
            .collect();
        let mut untrained: Vec<(String, Opened, Parts)> = Vec::new();
        for (name, sae, acts) in &evaluation.untrained {
            let parts = parts(acts, data, &report.site, &evaluation.states)?;
            untrained.push((name.clone(), open_sae(sae)?, parts));
        }
        for (_, dictionary) in &others {
            fits(dictionary, both.fit.width)?;
        }
        for (_, opened, parts) in &untrained {
            fits(&opened.dictionary, parts.fit.width)?;
        }
        let untrained: Vec<(String, &Dictionary, &Parts)> = untrained
            .iter()
            .map(|(name, opened, parts)| (name.clone(), &opened.dictionary, parts))
            .collect();
        let settings = &evaluation.states;
        report.states = compare(own, &others, &untrained, &both, data, settings, self.watch);
        let Some(folder) = &evaluation.model else {
            return Ok(());
        };
        let model = open_model(folder, &Device::Cpu)?;
        let site = place(&report.site, &model)?;
        report.loss = Some(self.loss(own, &model, data, site)?);
        if let Some(plan) = &evaluation.steering {
            let place = (site, &report.states[..]);
            report.steering = steer((&model, data), (own, &both), place, plan, self.watch)?;
        }
        Ok(())
    }

    /// Reconstructs the rows of the part `test`, or of the folder itself.
    fn reconstruction(
        &self,
        dictionary: &Dictionary,
        acts: &Path,
        wanted: Option<&str>,
    ) -> Result<(String, Quality), Error> {
        let part = acts.join("test");
        let folder = if part.join(INDEX).is_file() {
            &part
        } else {
            acts
        };
        let index = read_index(folder).map_err(Error::NoIndex)?;
        let site = chosen_site(&index, wanted)?;
        fits(dictionary, index.width)?;
        let total: usize = index.shards.iter().map(|shard| shard.rows).sum();
        let progress = Progress::start(self.watch, "reconstruct", "rows", total as u64);
        let mut tally = Tally::new(dictionary.inputs, dictionary.width);
        for shard in &index.shards {
            for first in (0..shard.rows).step_by(4096) {
                let range = first..(first + 4096).min(shard.rows);
                let count = range.len();
                let rows = read_rows(folder, &index, shard, &site, range)?;
                let features = dictionary.encode(&rows);
                tally.add(&rows, &features, &dictionary.decode(&features));
                progress.advance(count as u64);
            }
        }
        progress.finish(&counted(total as u64, "row"));
        Ok((site, tally.quality()))
    }

    fn loss(
        &self,
        dictionary: &Dictionary,
        model: &Model,
        data: &Dataset,
        site: Site,
    ) -> Result<LossReport, Error> {
        let limit = Some(self.evaluation.texts);
        let texts = data.texts(Split::Test, model.vocabulary.as_ref(), limit)?;
        let pad = model.vocabulary.as_ref().map_or(0, |words| words.pad);
        let progress = Progress::start(self.watch, "loss", "texts", 3 * texts.len() as u64);
        let run = |replacement: Option<Replacement<'_>>| {
            complete_with(&model.decoder, &texts, pad, 64, replacement, &mut |count| {
                progress.advance(count as u64);
            })
        };
        let reconstruct = |rows: &[f32]| dictionary.decode(&dictionary.encode(rows));
        let zero = |rows: &[f32]| vec![0.0; rows.len()];
        let original = run(None)?;
        let reconstructed = run(Some((site, &reconstruct)))?;
        let zeros = mean_loss(&run(Some((site, &zero)))?);
        let both: [Replacement<'_>; 2] = [(site, &reconstruct), (site, &zero)];
        let kl = divergences(&model.decoder, &texts, pad, 64, &both)?;
        let kl = [kl[0], kl[1]];
        progress.finish(&counted(texts.len() as u64, "text"));
        let (before, after) = (mean_loss(&original), mean_loss(&reconstructed));
        let exact = |all: &[Completed]| {
            all.iter().filter(|one| one.exact).count() as f64 / all.len().max(1) as f64
        };
        Ok(LossReport {
            texts: texts.len(),
            original: before,
            reconstructed: after,
            zeros,
            recovered: (zeros - after) / (zeros - before),
            kl_recovered: (kl[1] - kl[0]) / kl[1],
            kl,
            exact: [exact(&original), exact(&reconstructed)],
        })
    }

    fn truth(&self, dictionary: &Dictionary) -> Result<Option<TruthReport>, Error> {
        let Some(path) = &self.evaluation.truth else {
            return Ok(None);
        };
        let directions = super::folder::directions(path, dictionary.inputs)?;
        Ok(Some(TruthReport {
            mean_max_cosine: mean_max_cosine(&dictionary.decoder, &directions, dictionary.inputs),
            uniqueness: uniqueness(&dictionary.decoder, &directions, dictionary.inputs),
        }))
    }
}

fn fits(dictionary: &Dictionary, rows: usize) -> Result<(), Error> {
    if dictionary.inputs == rows {
        return Ok(());
    }
    Err(Error::OtherWidth {
        dictionary: dictionary.inputs,
        rows,
    })
}

/// The place of a model that a dictionary names.
fn place(name: &str, model: &Model) -> Result<Site, Error> {
    Site::from_name(name).ok_or_else(|| Error::WhichSite {
        wanted: Some(name.to_owned()),
        sites: Site::main(model.decoder.config.layers)
            .into_iter()
            .map(Site::name)
            .collect(),
    })
}

/// Mean loss of a token.
fn mean_loss(completed: &[Completed]) -> f64 {
    let words: usize = completed.iter().map(|one| one.words).sum();
    completed.iter().map(|one| one.loss).sum::<f64>() / words.max(1) as f64
}
