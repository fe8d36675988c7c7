//! One seed on all shards, saved after each of them.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tracestone_files as files;
use tracestone_interp::Device;
use tracestone_interp::data::Texts;
use tracestone_interp::evaluation::complete;
use tracestone_interp::model::Decoder;
use tracestone_interp::parameters::{AdamW, Layout, Moments};
use tracestone_interp::training::Learner;
use tracestone_record::watch::Progress;

use super::shards::Windows;
use super::{LanguageRecord, LanguageSettings, Probed};
use crate::error::Error;

/// Texts at the end of the held-out stream on which clones are evaluated; they are not learned.
pub(super) const HELD_OUT: usize = 32;
/// Length to which gradients are shortened.
const CLIP: f64 = 1.0;

/// First line of a saved state, before its numbers.
#[derive(Serialize, Deserialize)]
struct Header {
    shards: usize,
    step: i32,
    record: LanguageRecord,
}

/// Weights with the optimiser's memory.
#[derive(Clone)]
struct Weights {
    values: Vec<f32>,
    moments: Moments,
    step: i32,
}

/// One seed on its way.
pub(super) struct Run<'s> {
    settings: &'s LanguageSettings,
    file: PathBuf,
    weights: Weights,
    learner: Learner,
    shards: usize,
    record: LanguageRecord,
}

impl<'s> Run<'s> {
    /// A new run, or the one in a file.
    pub(super) fn open(
        settings: &'s LanguageSettings,
        seed: u64,
        file: &Path,
    ) -> Result<Self, Error> {
        let decoder = Decoder::untrained(settings.model(), seed, &Device::Cpu)?;
        let values = decoder.values()?;
        let mut run = Self {
            weights: Weights {
                moments: Moments::zeros(values.len()),
                values,
                step: 0,
            },
            learner: Learner::new(decoder)?,
            settings,
            file: file.to_owned(),
            shards: 0,
            record: LanguageRecord {
                seed,
                online: Vec::new(),
                probes: Vec::new(),
            },
        };
        if file.exists() {
            run.load()?;
        }
        Ok(run)
    }

    /// Learns the shards that are left; nothing if it was asked to stop.
    pub(super) fn go(
        &mut self,
        shards: &[Windows],
        steps: &[usize],
        probe: &Windows,
        progress: &Progress<'_>,
    ) -> Result<Option<LanguageRecord>, Error> {
        let done = steps[..self.shards].iter().sum::<usize>()
            + self.record.probes.len() * self.settings.probe_steps;
        progress.advance(done as u64);
        if self.record.probes.is_empty() {
            let Some(fresh) = self.probe(probe, progress)? else {
                return Ok(None);
            };
            self.record.probes.push(fresh);
            self.save()?;
        }
        while self.shards < shards.len() {
            let (shard, steps) = (&shards[self.shards], steps[self.shards]);
            let Some(online) = self.shard(shard, steps, progress)? else {
                return Ok(None);
            };
            self.record.online.push(online);
            self.shards += 1;
            if self.shards.is_multiple_of(self.settings.every) {
                let Some(probed) = self.probe(probe, progress)? else {
                    return Ok(None);
                };
                self.record.probes.push(probed);
            }
            self.save()?;
        }
        Ok(Some(self.record.clone()))
    }

    /// Mean loss of a shard's bytes before they are learned.
    fn shard(
        &mut self,
        shard: &Windows,
        steps: usize,
        progress: &Progress<'_>,
    ) -> Result<Option<f64>, Error> {
        let mut sum = 0.0;
        for step in 0..steps {
            if progress.stop() {
                return Ok(None);
            }
            let batch = self.settings.batch;
            let texts = shard.texts(step * batch, batch, shard.count());
            sum += learn(&self.learner, self.settings, &mut self.weights, &texts)?;
            progress.advance(1);
        }
        Ok(Some(sum / steps as f64))
    }

    /// Trains a clone on the held-out stream, with an optimiser that knows nothing.
    fn probe(&self, probe: &Windows, progress: &Progress<'_>) -> Result<Option<Probed>, Error> {
        let settings = self.settings;
        let mut clone = Weights {
            values: self.weights.values.clone(),
            moments: Moments::zeros(self.weights.values.len()),
            step: 0,
        };
        let learned = probe.count() - HELD_OUT;
        let held_out = probe.texts(learned, HELD_OUT, probe.count());
        self.learner.set(&clone.values)?;
        let mut losses = vec![(0, loss(&self.learner, &held_out)?)];
        for step in 0..settings.probe_steps {
            if progress.stop() {
                self.learner.set(&self.weights.values)?;
                return Ok(None);
            }
            let texts = probe.texts(step * settings.batch, settings.batch, learned);
            learn(&self.learner, settings, &mut clone, &texts)?;
            progress.advance(1);
            let now = step + 1;
            if now.is_multiple_of(settings.evaluate_every) || now == settings.probe_steps {
                losses.push((now, loss(&self.learner, &held_out)?));
            }
        }
        self.learner.set(&self.weights.values)?;
        Ok(Some(Probed {
            shards: self.shards,
            losses,
        }))
    }

    fn save(&self) -> Result<(), Error> {
        let header = Header {
            shards: self.shards,
            step: self.weights.step,
            record: self.record.clone(),
        };
        let mut bytes = serde_json::to_vec(&header)?;
        bytes.push(b'\n');
        let Weights {
            values, moments, ..
        } = &self.weights;
        for value in values.iter().chain(&moments.first).chain(&moments.second) {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
        Ok(files::replace(&self.file, bytes)?)
    }

    fn load(&mut self) -> Result<(), Error> {
        let damaged = || Error::DamagedState(self.file.clone());
        let bytes = files::read(&self.file)?;
        let end = bytes
            .iter()
            .position(|byte| *byte == b'\n')
            .ok_or_else(damaged)?;
        let header: Header = serde_json::from_slice(&bytes[..end]).map_err(|_| damaged())?;
        let count = self.weights.values.len();
        let numbers = &bytes[end + 1..];
        if numbers.len() != 12 * count {
            return Err(damaged());
        }
        let all: Vec<f32> = numbers
            .chunks_exact(4)
            .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]))
            .collect();
        self.weights = Weights {
            values: all[..count].to_vec(),
            moments: Moments {
                first: all[count..2 * count].to_vec(),
                second: all[2 * count..].to_vec(),
            },
            step: header.step,
        };
        self.learner.set(&self.weights.values)?;
        self.shards = header.shards;
        self.record = header.record;
        Ok(())
    }
}

/// One step of AdamW; gives the mean loss of the texts before it.
fn learn(
    learner: &Learner,
    settings: &LanguageSettings,
    weights: &mut Weights,
    texts: &Texts,
) -> Result<f64, Error> {
    let mut gradient = vec![0.0; weights.values.len()];
    let all: Vec<usize> = (0..texts.len()).collect();
    let targets: usize = all.iter().map(|text| texts.words(*text).len() - 1).sum();
    let scale = 1.0 / targets.max(1) as f64;
    let mut sum = 0.0;
    // A few texts at a time: larger tensors are handed to threads, and wait for them.
    for part in all.chunks(2) {
        sum += learner.learn(&texts.batch(part, 0), scale, &mut gradient)?;
    }
    let square: f64 = gradient.iter().map(|value| f64::from(*value).powi(2)).sum();
    let length = square.sqrt();
    if length > CLIP {
        let share = (CLIP / length) as f32;
        gradient.iter_mut().for_each(|value| *value *= share);
    }
    weights.step += 1;
    for entry in Layout::new(&settings.model()).entries() {
        let decay = match entry.shape.len() > 1 {
            true => settings.weight_decay as f32,
            false => 0.0,
        };
        let adam = AdamW {
            weight_decay: decay,
            ..AdamW::default()
        };
        let (range, rate) = (entry.range.clone(), settings.rate as f32);
        let Weights {
            values,
            moments,
            step,
        } = weights;
        moments.update(values, &gradient, range, adam, rate, *step);
    }
    learner.set(&weights.values)?;
    Ok(sum / targets.max(1) as f64)
}

/// Mean loss of texts, in nats a byte.
fn loss(learner: &Learner, texts: &Texts) -> Result<f64, Error> {
    let found = complete(learner.decoder(), texts, 0, 2, &mut |_| ())?;
    let words: usize = found.iter().map(|one| one.words).sum();
    Ok(found.iter().map(|one| one.loss).sum::<f64>() / words.max(1) as f64)
}
