//! Training and scoring of small models.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use serde::Serialize;
use tracestone_interp::evaluation::{Completed, complete};
use tracestone_interp::training::{self, Ended, StepReport, TrainSettings};
use tracestone_interp::{Device, ModelConfig};
use tracestone_record::Split;
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::{counted, rate};
use tracestone_stats::wilson;

use crate::activations::open_model;
use crate::dataset::Dataset;
use crate::error::Error;

/// The shape of a small model and its training.
#[derive(Debug, Clone)]
pub struct Shape {
    /// Number of optimiser steps.
    pub steps: usize,
    /// Texts per step.
    pub batch: usize,
    /// Parts that a batch is split into, each with a thread of its own; changes the last digits.
    pub parts: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// Steps until the learning rate is reached.
    pub warmup: usize,
    /// Decoupled weight decay of the matrices.
    pub weight_decay: f64,
    /// The width of the residual stream.
    pub hidden: usize,
    /// The width inside a block's MLP; without one, 8/3 of `hidden`, rounded up to a multiple of 16.
    pub intermediate: Option<usize>,
    /// Number of transformer blocks.
    pub layers: usize,
    /// Attention heads of a block.
    pub heads: usize,
    /// Checkpoints to keep; the untrained model is one more.
    pub checkpoints: usize,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            steps: 1_500,
            batch: 128,
            parts: 2,
            learning_rate: 3e-3,
            warmup: 100,
            weight_decay: 0.01,
            hidden: 64,
            intermediate: None,
            layers: 3,
            heads: 4,
            checkpoints: 8,
        }
    }
}

impl Shape {
    /// The settings of a training on a dataset.
    ///
    /// # Errors
    /// No model has this shape, or the dataset cannot be read.
    pub fn settings(&self, seed: u64, data: &Dataset) -> Result<TrainSettings, Error> {
        let words = data.vocabulary()?.len();
        let mut model = ModelConfig::small(words, self.hidden, self.layers, self.heads);
        let rounded = (self.hidden * 8 / 3).next_multiple_of(16);
        model.intermediate = self.intermediate.unwrap_or(rounded);
        model.check().map_err(Error::Shape)?;
        Ok(TrainSettings {
            model,
            steps: self.steps,
            batch: self.batch,
            parts: self.parts,
            learning_rate: self.learning_rate,
            warmup: self.warmup,
            final_share: 0.05,
            weight_decay: self.weight_decay,
            clip: 1.0,
            seed,
            checkpoints: self.checkpoints,
            data: data.hash(Split::Train)?,
        })
    }
}

/// The outcome of a training, as far as this call went.
#[derive(Debug, Clone)]
pub struct Trained {
    /// True if all steps are done.
    pub ended: Ended,
    /// Number of processed tokens.
    pub words: usize,
    /// Wall-clock time in seconds.
    pub seconds: f64,
    /// The last step, unless all was done before.
    pub last: Option<StepReport>,
}

/// Trains until it is done or the watch asks to stop; the same call goes on from there.
///
/// # Errors
/// The dataset cannot be read, the folder holds another training, or a file fails.
pub fn train(
    settings: &TrainSettings,
    data: &Dataset,
    device: &Device,
    out: &Path,
    save_every: usize,
    watch: &dyn Watch,
) -> Result<Trained, Error> {
    let vocabulary = data.vocabulary()?;
    let texts = data.texts(Split::Train, Some(&vocabulary), None)?;
    let progress = Progress::start(watch, "train", "steps", settings.steps as u64);
    let started = Instant::now();
    let (mut words, mut last) = (0, None);
    let ended = training::train(
        settings,
        &texts,
        &vocabulary,
        device,
        out,
        save_every,
        &mut |report| {
            if last.is_none() && report.step > 1 {
                progress.advance(report.step as u64 - 1);
            }
            progress.advance(1);
            words += report.words;
            last = Some(report);
            if watch.stop() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        },
    )
    .map_err(Error::Train)?;
    let seconds = started.elapsed().as_secs_f64();
    progress.finish(&match last {
        Some(last) => format!(
            "{}, loss {:.4}, {} words a second",
            counted(last.step as u64, "step"),
            last.loss,
            rate(words as f64 / seconds)
        ),
        None => "was done before".to_owned(),
    });
    Ok(Trained {
        ended,
        words,
        seconds,
        last,
    })
}

/// The completions of texts by a model.
#[derive(Debug, Clone)]
pub struct Scored {
    /// The completion of each text.
    pub results: Vec<Completed>,
    /// Length of each prompt in tokens, which grows with the program's length.
    pub prompts: Vec<usize>,
}

/// The numbers of a score.
#[derive(Debug, Clone, Serialize)]
pub struct ScoreReport {
    /// Texts that are completed exactly.
    pub exact: usize,
    /// Number of all texts.
    pub texts: usize,
    /// The share of exact ones.
    pub share: f64,
    /// Its 95 % interval.
    pub interval: [f64; 2],
    /// Mean loss per token of a completion, in nats.
    pub loss: f64,
    /// The same for prompts of one length each.
    pub by_length: Vec<LengthScore>,
}

/// The score on prompts of one length.
#[derive(Debug, Clone, Serialize)]
pub struct LengthScore {
    /// Length of the prompt in tokens.
    pub prompt_words: usize,
    /// Texts that are completed exactly.
    pub exact: usize,
    /// Number of all texts.
    pub texts: usize,
}

impl Scored {
    /// Texts that are completed exactly.
    #[must_use]
    pub fn exact(&self) -> usize {
        self.results.iter().filter(|result| result.exact).count()
    }

    /// The share of them.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.exact() as f64 / self.results.len().max(1) as f64
    }

    /// Mean loss per token of a completion, in nats.
    #[must_use]
    pub fn loss(&self) -> f64 {
        let words: usize = self.results.iter().map(|result| result.words).sum();
        let loss: f64 = self.results.iter().map(|result| result.loss).sum();
        loss / words.max(1) as f64
    }

    /// Exact and all completions, by the prompt's length in tokens.
    fn by_length(&self) -> Vec<LengthScore> {
        let mut counts = BTreeMap::new();
        for (result, prompt) in self.results.iter().zip(&self.prompts) {
            let (exact, all): &mut (usize, usize) = counts.entry(*prompt).or_default();
            *exact += usize::from(result.exact);
            *all += 1;
        }
        let row = |(prompt_words, (exact, texts))| LengthScore {
            prompt_words,
            exact,
            texts,
        };
        counts.into_iter().map(row).collect()
    }

    /// The score as numbers.
    #[must_use]
    pub fn report(&self) -> ScoreReport {
        let interval = wilson(self.exact(), self.results.len());
        ScoreReport {
            exact: self.exact(),
            texts: self.results.len(),
            share: self.share(),
            interval: [interval.low, interval.high],
            loss: self.loss(),
            by_length: self.by_length(),
        }
    }
}

/// Scores a model on a part of a dataset, on at most `limit` texts.
///
/// # Errors
/// The model or the dataset cannot be read.
pub fn score(
    model: &Path,
    device: &Device,
    data: &Dataset,
    split: Split,
    limit: Option<usize>,
    watch: &dyn Watch,
) -> Result<Scored, Error> {
    let model = open_model(model, device)?;
    let vocabulary = model.vocabulary.ok_or(Error::NotWordLevel)?;
    let texts = data.texts(split, Some(&vocabulary), limit)?;
    let progress = Progress::start(watch, "eval", "texts", texts.len() as u64);
    let results = complete(&model.decoder, &texts, vocabulary.pad, 128, &mut |count| {
        progress.advance(count as u64);
    })?;
    progress.finish(&counted(texts.len() as u64, "text"));
    let prompts = (0..texts.len())
        .map(|text| texts.prompt(text) - 1)
        .collect();
    Ok(Scored { results, prompts })
}
