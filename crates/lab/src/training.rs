//! Training and scoring of small models.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use serde::Serialize;
use tracestone_interp::directory::Tokens;
use tracestone_interp::evaluation::{Completed, complete};
use tracestone_interp::training::{self, Ended, StepReport, TrainSettings};
use tracestone_interp::{Device, ModelConfig};
use tracestone_record::Split;
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::{counted, rate};
use tracestone_stats::interval;

use crate::activations::open_model;
use crate::dataset::Dataset;
use crate::error::Error;
use crate::executing::{Executed, execute};

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
        let (tokens, longest) = data.tokens()?;
        let mut model = ModelConfig::small(tokens.len(), self.hidden, self.layers, self.heads);
        model.positions = model.positions.max(longest.next_power_of_two());
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
    let (tokens, _) = data.tokens()?;
    let vocabulary = match &tokens {
        Tokens::Words(words) => Some(words),
        Tokens::Files { .. } => None,
    };
    let texts = data.texts(Split::Train, vocabulary, None)?;
    let progress = Progress::start(watch, "train", "steps", settings.steps as u64);
    let started = Instant::now();
    let (mut words, mut last) = (0, None);
    let ended = training::train(
        settings,
        &texts,
        tokens.clone(),
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
    /// The family of each text's program, and whether its length is not trained on.
    pub(crate) families: Vec<(String, bool)>,
    /// Outcomes of the written programs, where completions are programs.
    pub executed: Option<Executed>,
}

/// The numbers of a score.
#[derive(Debug, Clone, Serialize)]
pub struct ScoreReport {
    /// Texts that are completed exactly, of those with lengths that are trained on.
    pub exact: usize,
    /// Number of all these texts.
    pub texts: usize,
    /// The share of exact ones.
    pub share: f64,
    /// Its 95 % interval, over families of programs.
    pub interval: [f64; 2],
    /// The same for texts with lengths that are not trained on, where there are any.
    pub beyond: Option<Share>,
    /// Outcomes of the written programs, where completions are programs.
    pub executed: Option<Executed>,
    /// Mean loss per token of a completion, in nats.
    pub loss: f64,
    /// The same for prompts of one length each.
    pub by_length: Vec<LengthScore>,
}

/// A share of texts.
#[derive(Debug, Clone, Serialize)]
pub struct Share {
    /// Texts that are completed exactly.
    pub exact: usize,
    /// Number of all texts.
    pub texts: usize,
    /// The share of exact ones.
    pub share: f64,
    /// Its 95 % interval, over families of programs.
    pub interval: [f64; 2],
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
    /// The share of texts that are completed exactly, of those with lengths that are trained on.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.part(false).share
    }

    /// The score of the texts with lengths that are trained on, or of the others.
    fn part(&self, beyond: bool) -> Share {
        let own = self.results.iter().zip(&self.families);
        let own = own.filter(|(_, (_, other))| *other == beyond);
        let (values, families): (Vec<f64>, Vec<&str>) = own
            .map(|(result, (family, _))| (f64::from(u8::from(result.exact)), family.as_str()))
            .unzip();
        let found = interval(&values, &families);
        let exact = values.iter().filter(|value| **value > 0.5).count();
        Share {
            exact,
            texts: values.len(),
            share: exact as f64 / values.len().max(1) as f64,
            interval: [found.low, found.high],
        }
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
        let within = self.part(false);
        let beyond = self.part(true);
        ScoreReport {
            exact: within.exact,
            texts: within.texts,
            share: within.share,
            interval: within.interval,
            beyond: (beyond.texts > 0).then_some(beyond),
            executed: self.executed.clone(),
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
    folder: &Path,
    device: &Device,
    data: &Dataset,
    split: Split,
    limit: Option<usize>,
    watch: &dyn Watch,
) -> Result<Scored, Error> {
    data.check_tokenizer(folder)?;
    let model = open_model(folder, device)?;
    if model.vocabulary.is_none() && data.python().is_none() {
        return Err(Error::NotWordLevel);
    }
    let texts = data.texts(split, model.vocabulary.as_ref(), limit)?;
    let pad = model.vocabulary.as_ref().map_or(0, |words| words.pad);
    let progress = Progress::start(watch, "eval", "texts", texts.len() as u64);
    let results = complete(&model.decoder, &texts, pad, 128, &mut |count| {
        progress.advance(count as u64);
    })?;
    progress.finish(&counted(texts.len() as u64, "text"));
    let prompts = (0..texts.len())
        .map(|text| texts.prompt(text) - texts.leading(text))
        .collect();
    let names: Vec<String> = (0..texts.len())
        .map(|text| texts.name(text).to_owned())
        .collect();
    Ok(Scored {
        results,
        prompts,
        families: data.families(split, &names)?,
        executed: execute(folder, device, data, &texts, watch)?,
    })
}
