//! Training: the loop, the schedule of the learning rate, and what is needed to go on after a kill.

mod state;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::config::ModelConfig;
use crate::data::{Batch, Order, Texts};
use crate::directory;
use crate::error::{InterpError, Result};
use crate::matrix::{real, single};
use crate::model::{Decoder, Input, Keep, Tape};
use crate::parameters::AdamW;
use crate::vocabulary::Vocabulary;
use state::State;

/// How to train. Two trainings with equal settings on equal texts give equal numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainSettings {
    /// The model's shape.
    pub model: ModelConfig,
    /// Optimiser steps.
    pub steps: usize,
    /// Texts per step.
    pub batch: usize,
    /// Into how many parts a batch is split, each computed by a thread of its own; their gradients are
    /// added in order. Part of the settings, since it changes the order of additions.
    pub parts: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// Steps until the learning rate is reached.
    pub warmup: usize,
    /// The share of the learning rate that is left at the end, after a cosine.
    pub final_share: f64,
    /// Decoupled weight decay of the matrices.
    pub weight_decay: f64,
    /// Gradients longer than this are shortened to it.
    pub clip: f64,
    /// The seed of the first values and of the order of texts.
    pub seed: u64,
    /// How many checkpoints are kept, spread evenly over the steps; the untrained model is one more.
    pub checkpoints: usize,
    /// What identifies the texts: another value and a training cannot go on.
    pub data: String,
}

/// What a training reports after each step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// The step, from 1.
    pub step: usize,
    /// The mean loss of the step's completion words, in nats.
    pub loss: f64,
    /// The learning rate.
    pub learning_rate: f64,
    /// The words that went through the model, filling included.
    pub words: usize,
}

/// How a training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All steps were made and the model is written.
    Done,
    /// It was asked to stop; the same call goes on from there.
    Stopped,
}

/// The folder of the checkpoint of a step.
#[must_use]
pub fn checkpoint_folder(out: &Path, step: usize) -> PathBuf {
    out.join("checkpoints").join(format!("step-{step:07}"))
}

/// The steps after which a checkpoint is written; 0 is the untrained model. They lie closer at the start,
/// where more happens.
#[must_use]
pub fn checkpoint_steps(settings: &TrainSettings) -> Vec<usize> {
    let count = settings.checkpoints.min(settings.steps);
    let mut steps: Vec<usize> = (0..=count)
        .map(|at| {
            let share = real(at) / real(count.max(1));
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a share of the steps is a step"
            )]
            let step = (share.powf(1.5) * real(settings.steps)).round() as usize;
            step
        })
        .collect();
    steps.push(settings.steps);
    steps.dedup();
    steps
}

/// Trains a model and writes it to `out`, with its checkpoints; goes on where an earlier call with the
/// same settings stopped or was killed. State is kept every `keep_every` steps, which changes no number.
///
/// # Errors
///
/// If `out` holds a training with other settings, or a file cannot be read or written.
pub fn train(
    settings: &TrainSettings,
    texts: &Texts,
    vocabulary: &Vocabulary,
    out: &Path,
    keep_every: usize,
    report: &mut dyn FnMut(StepReport) -> ControlFlow<()>,
) -> Result<Ended> {
    check(settings, texts, vocabulary)?;
    let kept = checkpoint_steps(settings);
    let mut state = State::open(out, settings)?;
    if state.step == settings.steps && out.join(directory::WEIGHTS).exists() {
        return Ok(Ended::Done);
    }
    if state.step == 0 {
        directory::write(&checkpoint_folder(out, 0), &state.decoder, vocabulary)?;
        state.save(out, settings)?;
    }
    let mut order = Order::new(texts.len(), settings.seed);
    let mut workers: Vec<Worker> = (0..settings.parts).map(|_| Worker::default()).collect();
    while state.step < settings.steps {
        let chosen = order.texts(state.step * settings.batch, settings.batch);
        let done = step(
            settings,
            texts,
            vocabulary.pad,
            &chosen,
            &mut state,
            &mut workers,
        )?;
        state.history.push(done);
        let at_checkpoint = kept.contains(&state.step);
        if at_checkpoint {
            let folder = checkpoint_folder(out, state.step);
            directory::write(&folder, &state.decoder, vocabulary)?;
        }
        let asked_to_stop = report(done).is_break();
        if at_checkpoint || asked_to_stop || state.step.is_multiple_of(keep_every.max(1)) {
            state.save(out, settings)?;
        }
        if asked_to_stop && state.step < settings.steps {
            return Ok(Ended::Stopped);
        }
    }
    state.save(out, settings)?;
    directory::write(out, &state.decoder, vocabulary)?;
    Ok(Ended::Done)
}

/// The settings and the steps' reports of the training in a folder.
///
/// # Errors
///
/// If there is none, or its files are damaged.
pub fn history(out: &Path) -> Result<(TrainSettings, Vec<StepReport>)> {
    state::read_history(out)
}

fn check(settings: &TrainSettings, texts: &Texts, vocabulary: &Vocabulary) -> Result<()> {
    let refuse = |why: String| Err(InterpError::Refused(why));
    if settings.steps == 0 || settings.batch == 0 || settings.parts == 0 {
        return refuse("steps, batch and parts must be at least 1".to_owned());
    }
    if settings.model.vocabulary != vocabulary.len() {
        return refuse(format!(
            "the model has {} words, the data {}",
            settings.model.vocabulary,
            vocabulary.len()
        ));
    }
    let longest = texts.longest();
    if longest > settings.model.positions {
        return refuse(format!(
            "the longest text has {longest} words, more than the model's {} positions",
            settings.model.positions
        ));
    }
    Ok(())
}

/// The learning rate of a step, which counts from 0: linear warm-up, then a cosine.
fn learning_rate(settings: &TrainSettings, step: usize) -> f64 {
    if step < settings.warmup {
        return settings.learning_rate * real(step + 1) / real(settings.warmup);
    }
    let left = settings.steps.saturating_sub(settings.warmup).max(1);
    let share = real(step - settings.warmup) / real(left);
    let cosine = 0.5 * (1.0 + (std::f64::consts::PI * share).cos());
    settings.learning_rate * (settings.final_share + (1.0 - settings.final_share) * cosine)
}

/// The buffers of one part of a batch.
#[derive(Default)]
struct Worker {
    tape: Tape,
    gradient: Vec<f32>,
    loss: f64,
}

impl Worker {
    /// The gradient of a part of a batch; `scale` is one over the completion words of the whole batch.
    fn work(&mut self, decoder: &Decoder, batch: &Batch, scale: f32) -> Result<()> {
        self.gradient.clear();
        self.gradient.resize(decoder.values.len(), 0.0);
        self.loss = 0.0;
        if batch.ids.is_empty() {
            return Ok(());
        }
        let input = Input {
            ids: &batch.ids,
            time: batch.time,
        };
        let tape = &mut self.tape;
        decoder.run(input, &batch.rows, Keep::Everything, tape, &mut |_, _| {})?;
        let mut d_logits = std::mem::take(&mut tape.logits);
        self.loss = loss_and_slope(&mut d_logits, &batch.targets, scale);
        decoder.backward(input, tape, &d_logits, &mut self.gradient);
        tape.logits = d_logits;
        Ok(())
    }
}

/// The summed loss of rows of logits, which become their gradient times `scale`.
pub(crate) fn loss_and_slope(logits: &mut [f32], targets: &[u32], scale: f32) -> f64 {
    let mut loss = 0.0;
    let width = logits.len() / targets.len().max(1);
    for (row, target) in logits.chunks_exact_mut(width.max(1)).zip(targets) {
        crate::model::softmax(row);
        let target = *target as usize;
        loss -= f64::from(row[target].max(f32::MIN_POSITIVE)).ln();
        row[target] -= 1.0;
        for value in row {
            *value *= scale;
        }
    }
    loss
}

/// One step of the optimiser.
fn step(
    settings: &TrainSettings,
    texts: &Texts,
    pad: u32,
    chosen: &[usize],
    state: &mut State,
    workers: &mut [Worker],
) -> Result<StepReport> {
    let size = chosen.len().div_ceil(settings.parts);
    let mut batches: Vec<Batch> = chosen
        .chunks(size)
        .map(|part| texts.batch(part, pad))
        .collect();
    batches.resize_with(workers.len(), Batch::default);
    let targets: usize = batches.iter().map(|batch| batch.targets.len()).sum();
    gradients(
        &state.decoder,
        &batches,
        single(1.0 / real(targets.max(1))),
        workers,
    )?;
    let (total, others) = workers.split_at_mut(1);
    let gradient = &mut total[0].gradient;
    for other in &*others {
        for (sum, more) in gradient.iter_mut().zip(&other.gradient) {
            *sum += more;
        }
    }
    shorten(gradient, settings.clip);
    let rate = learning_rate(settings, state.step);
    state.step += 1;
    update(settings, state, gradient, single(rate));
    let loss: f64 = total[0].loss + others.iter().map(|other| other.loss).sum::<f64>();
    Ok(StepReport {
        step: state.step,
        loss: loss / real(targets.max(1)),
        learning_rate: rate,
        words: batches.iter().map(|batch| batch.ids.len()).sum(),
    })
}

/// Lets each worker compute the gradient of its part, the first one on this thread.
fn gradients(
    decoder: &Decoder,
    batches: &[Batch],
    scale: f32,
    workers: &mut [Worker],
) -> Result<()> {
    std::thread::scope(|scope| {
        let mut pairs = workers.iter_mut().zip(batches);
        let first = pairs.next();
        let threads: Vec<_> = pairs
            .map(|(worker, batch)| scope.spawn(move || worker.work(decoder, batch, scale)))
            .collect();
        let mut result = first.map_or(Ok(()), |(worker, batch)| worker.work(decoder, batch, scale));
        for thread in threads {
            match thread.join() {
                Ok(done) => result = result.and(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        result
    })
}

/// Shortens a gradient to a length.
fn shorten(gradient: &mut [f32], most: f64) {
    let square: f64 = gradient.iter().map(|value| f64::from(*value).powi(2)).sum();
    let length = square.sqrt();
    if length > most {
        let share = single(most / length);
        for value in gradient {
            *value *= share;
        }
    }
}

/// Moves the numbers; matrices decay, norms and biases do not.
fn update(settings: &TrainSettings, state: &mut State, gradient: &[f32], rate: f32) {
    let step = i32::try_from(state.step).unwrap_or(i32::MAX);
    let decoder = &mut state.decoder;
    for entry in decoder.layout.entries() {
        let decay = if entry.shape.len() > 1 {
            single(settings.weight_decay)
        } else {
            0.0
        };
        let adam = AdamW {
            weight_decay: decay,
            ..AdamW::default()
        };
        state.moments.update(
            &mut decoder.values,
            gradient,
            entry.range.clone(),
            adam,
            rate,
            step,
        );
    }
}
