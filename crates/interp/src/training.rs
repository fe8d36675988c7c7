//! Training: the loop, the schedule of the learning rate, and resumption.

mod learner;
mod plain;
mod state;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use candle_core::Device;
use serde::{Deserialize, Serialize};

use crate::config::ModelConfig;
use crate::data::{Batch, Order, Texts};
use crate::directory::{self, Tokens};
use crate::error::{InterpError, Result};
use crate::model::Decoder;
use crate::numbers::{real, single};
use crate::parameters::{AdamW, Layout};
use crate::threads::Lane;
pub use learner::Learner;
pub use plain::{Memory, Plain};
use state::State;

/// Hyperparameters of a training. Equal settings and equal texts give equal numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainSettings {
    /// The model's shape.
    pub model: ModelConfig,
    /// Number of optimiser steps.
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
    /// Number of checkpoints to keep, spread evenly over the steps, in addition to the untrained model.
    pub checkpoints: usize,
    /// Identifier of the texts. A training with another identifier cannot be resumed.
    pub data: String,
}

/// Report of one training step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// The step, from 1.
    pub step: usize,
    /// Mean loss of the step's completion tokens, in nats.
    pub loss: f64,
    /// The learning rate.
    pub learning_rate: f64,
    /// Number of processed tokens, padding included.
    pub words: usize,
}

/// Way in which a training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All steps were made and the model is written.
    Done,
    /// It was asked to stop; the same call resumes it.
    Stopped,
}

/// The folder of the checkpoint of a step.
#[must_use]
pub fn checkpoint_folder(out: &Path, step: usize) -> PathBuf {
    out.join("checkpoints").join(format!("step-{step:07}"))
}

/// The steps after which a checkpoint is written; 0 is the untrained model. They are denser at the start,
/// where more happens.
#[must_use]
pub fn checkpoint_steps(settings: &TrainSettings) -> Vec<usize> {
    let count = settings.checkpoints.min(settings.steps);
    let mut steps: Vec<usize> = (0..=count)
        .map(|at| {
            let share = real(at) / real(count.max(1));
            (share.powf(1.5) * real(settings.steps)).round() as usize
        })
        .collect();
    steps.push(settings.steps);
    steps.dedup();
    steps
}

/// Trains a model and writes it to `out`, with its checkpoints. Resumes an earlier call with the same
/// settings that was stopped or killed. State is kept every `keep_every` steps, which changes no number.
///
/// # Errors
///
/// If `out` holds a training with other settings, or a file cannot be read or written.
pub fn train(
    settings: &TrainSettings,
    texts: &Texts,
    tokens: impl Into<Tokens>,
    device: &Device,
    out: &Path,
    keep_every: usize,
    report: &mut dyn FnMut(StepReport) -> ControlFlow<()>,
) -> Result<Ended> {
    let tokens = &tokens.into();
    check(settings, texts, tokens)?;
    let kept = checkpoint_steps(settings);
    let engine = Engine::of(settings, device)?;
    let mut state = State::open(out, settings, engine.name())?;
    if state.step == settings.steps && out.join(directory::WEIGHTS).exists() {
        return Ok(Ended::Done);
    }
    let write = |folder: &Path, values: &[f32]| -> Result<()> {
        let decoder = Decoder::new(settings.model.clone(), values, device)?;
        directory::write_with(folder, &decoder, tokens)
    };
    if state.step == 0 {
        write(&checkpoint_folder(out, 0), &state.values)?;
        state.save(out, settings)?;
    }
    if let Engine::Candle(learner) = &engine {
        learner.set(&state.values)?;
    }
    let mut order = Order::new(texts.len(), settings.seed);
    let mut workers = Worker::all(settings)?;
    while state.step < settings.steps {
        let chosen = order.texts(state.step * settings.batch, settings.batch);
        let parts = split(&engine, settings, texts, tokens.pad(), &chosen);
        let done = step(settings, &engine, &parts, &mut state, &mut workers)?;
        state.history.push(done);
        let at_checkpoint = kept.contains(&state.step);
        if at_checkpoint {
            write(&checkpoint_folder(out, state.step), &state.values)?;
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
    write(out, &state.values)?;
    Ok(Ended::Done)
}

/// The way that gradients are computed.
enum Engine {
    /// In plain slices, on a processor, where the shape permits it.
    Plain(Plain),
    /// On candle's tensors.
    Candle(Learner),
}

impl Engine {
    fn of(settings: &TrainSettings, device: &Device) -> Result<Self> {
        settings.model.check().map_err(InterpError::Refused)?;
        if device.is_cpu()
            && let Some(plain) = Plain::of(&settings.model)
        {
            return Ok(Self::Plain(plain));
        }
        let decoder = Decoder::untrained(settings.model.clone(), settings.seed, device)?;
        Ok(Self::Candle(Learner::new(decoder)?))
    }

    /// Name in the state of a training: another way gives other last digits.
    fn name(&self) -> &'static str {
        match self {
            Self::Plain(_) => "plain",
            Self::Candle(_) => "candle",
        }
    }

    /// Number of texts that go through the model at once.
    fn texts_at_once(&self, time: usize) -> usize {
        match self {
            Self::Plain(_) => plain::ROWS.div_ceil(time.max(1)),
            Self::Candle(learner) => learner.decoder().texts_at_once(time),
        }
    }
}

/// The settings and the steps' reports of the training in a folder.
///
/// # Errors
///
/// If there is none, or its files are damaged.
pub fn history(out: &Path) -> Result<(TrainSettings, Vec<StepReport>)> {
    state::read_history(out)
}

fn check(settings: &TrainSettings, texts: &Texts, tokens: &Tokens) -> Result<()> {
    let refuse = |why: String| Err(InterpError::Refused(why));
    if settings.steps == 0 || settings.batch == 0 || settings.parts == 0 {
        return refuse("steps, batch and parts must be at least 1".to_owned());
    }
    if settings.model.vocabulary != tokens.len() {
        return refuse(format!(
            "the model's vocabulary has {} tokens, the data's {}",
            settings.model.vocabulary,
            tokens.len()
        ));
    }
    let longest = texts.longest();
    if longest > settings.model.positions {
        return refuse(format!(
            "the longest text has {longest} tokens, more than the model's {} positions",
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

/// A thread that computes the gradient of a part of each batch.
struct Worker {
    lane: Lane,
    memory: Memory,
    gradient: Vec<f32>,
    loss: f64,
}

impl Worker {
    /// One for each part.
    fn all(settings: &TrainSettings) -> Result<Vec<Self>> {
        let count = Layout::new(&settings.model).len();
        let worker = |_| {
            Ok(Self {
                lane: Lane::new(&settings.model)?,
                memory: Memory::default(),
                gradient: vec![0.0; count],
                loss: 0.0,
            })
        };
        (0..settings.parts).map(worker).collect()
    }

    /// Computes the gradient of a part; `scale` is one over the number of completion tokens of the whole
    /// batch.
    fn work(&mut self, engine: &Engine, values: &[f32], part: &[Batch], scale: f64) -> Result<()> {
        let (gradient, memory) = (&mut self.gradient, &mut self.memory);
        gradient.fill(0.0);
        let losses = part.iter();
        self.loss = match engine {
            Engine::Plain(plain) => losses
                .map(|batch| plain.learn(values, batch, scale, gradient, memory))
                .sum(),
            Engine::Candle(learner) => self.lane.run(|| {
                losses
                    .map(|batch| learner.learn(batch, scale, gradient))
                    .sum::<Result<f64>>()
            })?,
        };
        Ok(())
    }
}

/// The texts of a step, for each worker in pieces that go through the model at once.
fn split(
    engine: &Engine,
    settings: &TrainSettings,
    texts: &Texts,
    pad: u32,
    chosen: &[usize],
) -> Vec<Vec<Batch>> {
    let longest = chosen.iter().map(|text| texts.words(*text).len()).max();
    let piece = engine.texts_at_once(longest.unwrap_or(1));
    let parts = chosen.chunks(chosen.len().div_ceil(settings.parts));
    let mut parts: Vec<Vec<Batch>> = parts
        .map(|part| {
            let pieces = part.chunks(piece);
            pieces.map(|texts_of| texts.batch(texts_of, pad)).collect()
        })
        .collect();
    parts.resize_with(settings.parts, Vec::new);
    parts
}

/// One step of the optimiser.
fn step(
    settings: &TrainSettings,
    engine: &Engine,
    parts: &[Vec<Batch>],
    state: &mut State,
    workers: &mut [Worker],
) -> Result<StepReport> {
    let count = |of: fn(&Batch) -> usize| parts.iter().flatten().map(of).sum::<usize>();
    let targets = count(|batch| batch.targets.len());
    let scale = 1.0 / real(targets.max(1));
    gradients((engine, &state.values), parts, scale, workers)?;
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
    if let Engine::Candle(learner) = engine {
        learner.set(&state.values)?;
    }
    let loss: f64 = total[0].loss + others.iter().map(|other| other.loss).sum::<f64>();
    Ok(StepReport {
        step: state.step,
        loss: loss / real(targets.max(1)),
        learning_rate: rate,
        words: count(|batch| batch.ids.len()),
    })
}

/// Lets each worker compute the gradient of its part.
fn gradients(
    (engine, values): (&Engine, &[f32]),
    parts: &[Vec<Batch>],
    scale: f64,
    workers: &mut [Worker],
) -> Result<()> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = workers
            .iter_mut()
            .zip(parts)
            .map(|(worker, part)| scope.spawn(move || worker.work(engine, values, part, scale)))
            .collect();
        let mut result = Ok(());
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
    for entry in Layout::new(&settings.model).entries() {
        let decay = if entry.shape.len() > 1 {
            single(settings.weight_decay)
        } else {
            0.0
        };
        let adam = AdamW {
            weight_decay: decay,
            ..AdamW::default()
        };
        let range = entry.range.clone();
        let State {
            values, moments, ..
        } = state;
        moments.update(values, gradient, range, adam, rate, step);
    }
}
