//! A language model on shards of somebody's dataset, in their order: after every few shards a clone is trained on a fixed
//! held-out stream, and the steps until it reaches a loss show whether it still learns as fast as at first.

mod learn;
mod page;
mod shards;

use std::path::PathBuf;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use tracestone_files as files;
use tracestone_interp::ModelConfig;
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::counted;
use tracestone_stats::{Estimate, mean_interval};

use crate::error::Error;
use learn::Run;
pub(crate) use page::{shown, verdict};
use shards::Windows;

/// Version of what a saved state holds.
const VERSION: u32 = 1;

/// Settings of a language model on shards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LanguageSettings {
    /// Files of texts, in the order in which they are learned: `.jsonl` of an export or of texts, else plain text.
    pub shards: Vec<PathBuf>,
    /// The held-out stream that clones are trained on.
    pub probe: PathBuf,
    /// Shards between two probes.
    pub every: usize,
    /// Steps of a clone on the held-out stream.
    pub probe_steps: usize,
    /// Steps between two evaluations of a clone.
    pub evaluate_every: usize,
    /// Loss to reach; without one, what a fresh network of the seed reaches at the end of its probe.
    pub target: Option<f64>,
    /// Steps on a shard at most.
    pub shard_steps: Option<usize>,
    /// Bytes of a text.
    pub context: usize,
    /// Texts of a step.
    pub batch: usize,
    /// Width of the residual stream.
    pub hidden: usize,
    /// Number of blocks.
    pub layers: usize,
    /// Heads of a block.
    pub heads: usize,
    /// Learning rate of AdamW, which does not change.
    pub rate: f64,
    /// Decoupled weight decay of the matrices.
    pub weight_decay: f64,
    /// Number of seeds.
    pub seeds: u64,
    /// The first seed.
    pub first_seed: u64,
}

/// One probe of one seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Probed {
    /// Shards that were learned before; 0 is a fresh network.
    pub shards: usize,
    /// Loss on held-out texts after each number of steps, from 0.
    pub losses: Vec<(usize, f64)>,
}

/// All numbers of one seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LanguageRecord {
    /// The seed of the first weights.
    pub seed: u64,
    /// Mean online loss of each shard, in nats a byte: each text before it is learned.
    pub online: Vec<f64>,
    /// The probes, that of a fresh network first.
    pub probes: Vec<Probed>,
}

/// A point of the curve of probes.
#[derive(Debug, Clone, Serialize)]
pub struct ProbePoint {
    /// Shards that were learned before.
    pub shards: usize,
    /// Steps until the target, over the seeds; a clone that does not reach it counts with all its steps.
    pub steps: Estimate,
    /// Seeds that reach it.
    pub reached: usize,
    /// Loss after all steps.
    pub last: Estimate,
    /// Loss before the first step.
    pub first: Estimate,
}

/// The numbers of a study.
#[derive(Debug, Clone, Serialize)]
pub struct LanguageReport {
    /// Settings of the study.
    pub settings: LanguageSettings,
    /// Number of parameters.
    pub parameters: usize,
    /// Steps on each shard.
    pub shard_steps: Vec<usize>,
    /// The numbers of each seed.
    pub seeds: Vec<LanguageRecord>,
    /// Online loss of each shard.
    pub online: Vec<Estimate>,
    /// The curve of probes; the first point is a fresh network.
    pub curve: Vec<ProbePoint>,
    /// Steps to the target after the last shard less those after the first probed ones, paired by seed; above 0, learning
    /// has become slower.
    pub slower: Option<Estimate>,
    /// The same for the loss at the end of the probe.
    pub worse: Option<Estimate>,
    /// Steps after the last shard less those of a fresh network.
    pub against_fresh: Option<Estimate>,
}

/// The outcome of a run.
#[derive(Debug, Clone)]
pub enum Language {
    /// The watch asked to stop; the same call goes on from there.
    Stopped,
    /// The report, which is in the folder as `language.json` and `language.html`.
    Done(Box<LanguageReport>),
}

impl LanguageSettings {
    /// The model's shape: bytes, and a token before each text.
    fn model(&self) -> ModelConfig {
        let mut model = ModelConfig::small(shards::WORDS, self.hidden, self.layers, self.heads);
        model.intermediate = (self.hidden * 8 / 3).next_multiple_of(16);
        model.positions = self.context + 1;
        model
    }

    /// Says what does not fit.
    fn check(&self) -> Result<(), Error> {
        let refuse = |why: &str| Err(Error::LanguageSettings(why.to_owned()));
        if self.seeds < 2 {
            return refuse("an interval needs two seeds at least");
        }
        let sizes = [
            self.every,
            self.probe_steps,
            self.evaluate_every,
            self.context,
            self.batch,
        ];
        if sizes.contains(&0) || self.evaluate_every > self.probe_steps {
            return refuse(
                "shards between probes, steps, context and batch must be at least 1, and a probe be evaluated within its steps",
            );
        }
        if self.shards.len() < self.every {
            return refuse("there are fewer shards than are learned between two probes");
        }
        self.model().check().map_err(Error::Shape)
    }
}

/// Trains and probes, or goes on with what the folder has.
///
/// # Errors
/// Settings do not fit, a file cannot be read or has too few texts, or the folder cannot be written.
pub fn language(
    settings: &LanguageSettings,
    out: &std::path::Path,
    threads: usize,
    watch: &dyn Watch,
) -> Result<Language, Error> {
    settings.check()?;
    let read = |path: &PathBuf| Windows::read(path, settings.context);
    let shards: Vec<Windows> = settings.shards.iter().map(read).collect::<Result<_, _>>()?;
    let probe = read(&settings.probe)?;
    let shard_steps = shard_steps(settings, &shards)?;
    if probe.count() < 2 * learn::HELD_OUT {
        return Err(Error::LanguageSettings(format!(
            "{} has {}; a probe needs {} at least",
            settings.probe.display(),
            counted(probe.count() as u64, "text"),
            2 * learn::HELD_OUT
        )));
    }
    let states = out.join("states");
    files::create_folder(&states)?;
    let key = key(settings, &shards, &probe)?;
    let probes = 1 + settings.shards.len() / settings.every;
    let each = shard_steps.iter().sum::<usize>() + probes * settings.probe_steps;
    let progress = Progress::start(watch, "language", "steps", each as u64 * settings.seeds);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()?;
    let seeds: Vec<u64> = (settings.first_seed..settings.first_seed + settings.seeds).collect();
    let records: Vec<Option<LanguageRecord>> = pool.install(|| {
        let all = seeds.par_iter().with_max_len(1).map(|seed| {
            // A thread for each seed: small products are slower on several.
            let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
            alone.install(|| {
                let file = states.join(format!("{key}-{seed}.state"));
                let mut run = Run::open(settings, *seed, &file)?;
                run.go(&shards, &shard_steps, &probe, &progress)
            })
        });
        all.collect::<Result<_, Error>>()
    })?;
    let Some(records) = records.into_iter().collect::<Option<Vec<LanguageRecord>>>() else {
        return Ok(Language::Stopped);
    };
    let report = report(settings, shard_steps, records);
    progress.finish(&format!(
        "{}, {}",
        counted(report.curve.len() as u64, "probe"),
        counted(settings.seeds, "seed")
    ));
    let json = serde_json::to_string_pretty(&serde_json::to_value(&report)?)?;
    files::replace(out.join("language.json"), json + "\n")?;
    files::replace(out.join("language.html"), page::page(&report)?)?;
    Ok(Language::Done(Box::new(report)))
}

/// The steps on each shard.
fn shard_steps(settings: &LanguageSettings, shards: &[Windows]) -> Result<Vec<usize>, Error> {
    let steps = |(shard, path): (&Windows, &PathBuf)| {
        let steps = shard.count() / settings.batch;
        let steps = steps.min(settings.shard_steps.unwrap_or(usize::MAX));
        if steps == 0 {
            return Err(Error::LanguageSettings(format!(
                "{} has {}, too few for one step of {}",
                path.display(),
                counted(shard.count() as u64, "text"),
                settings.batch
            )));
        }
        Ok(steps)
    };
    shards.iter().zip(&settings.shards).map(steps).collect()
}

/// A hash of everything but the seed that decides the numbers.
fn key(settings: &LanguageSettings, shards: &[Windows], probe: &Windows) -> Result<String, Error> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&VERSION.to_le_bytes());
    let own = LanguageSettings {
        shards: Vec::new(),
        probe: PathBuf::new(),
        target: None,
        seeds: 0,
        first_seed: 0,
        ..settings.clone()
    };
    hasher.update(serde_json::to_string(&own)?.as_bytes());
    for windows in shards.iter().chain([probe]) {
        hasher.update(windows.hash().as_bytes());
    }
    Ok(hasher.finalize().to_hex()[..16].to_owned())
}

/// The first number of steps at which the loss is at most the target, between two evaluations by a straight line.
fn steps_to(losses: &[(usize, f64)], target: f64) -> Option<f64> {
    let first = losses.first()?;
    if first.1 <= target {
        return Some(0.0);
    }
    losses
        .windows(2)
        .find(|pair| pair[1].1 <= target)
        .map(|pair| {
            let [(from, before), (to, after)] = [pair[0], pair[1]];
            let share = (before - target) / (before - after);
            from as f64 + share * (to - from) as f64
        })
}

fn report(
    settings: &LanguageSettings,
    shard_steps: Vec<usize>,
    seeds: Vec<LanguageRecord>,
) -> LanguageReport {
    let probes = seeds.first().map_or(0, |one| one.probes.len());
    let last_loss = |probed: &Probed| probed.losses.last().map_or(f64::NAN, |(_, loss)| *loss);
    let target = |record: &LanguageRecord| {
        let fresh = record.probes.first().map_or(f64::NAN, last_loss);
        settings.target.unwrap_or(fresh)
    };
    let steps =
        |record: &LanguageRecord, at: usize| steps_to(&record.probes[at].losses, target(record));
    let all = |record: &LanguageRecord, at: usize| {
        steps(record, at).unwrap_or(settings.probe_steps as f64)
    };
    let over = |of: &dyn Fn(&LanguageRecord) -> f64| {
        let values: Vec<f64> = seeds.iter().map(of).collect();
        mean_interval(&values)
    };
    let point = |at: usize| ProbePoint {
        shards: seeds[0].probes[at].shards,
        steps: over(&|record| all(record, at)),
        reached: seeds
            .iter()
            .filter(|record| steps(record, at).is_some())
            .count(),
        last: over(&|record| last_loss(&record.probes[at])),
        first: over(&|record| {
            record.probes[at]
                .losses
                .first()
                .map_or(f64::NAN, |(_, loss)| *loss)
        }),
    };
    let curve: Vec<ProbePoint> = (0..probes).map(point).collect();
    let online = (0..shard_steps.len())
        .map(|shard| over(&|record| record.online[shard]))
        .collect();
    let end = probes.saturating_sub(1);
    let late = probes > 2;
    LanguageReport {
        parameters: settings.model().parameters(),
        slower: late.then(|| over(&|record| all(record, end) - all(record, 1))),
        worse: late
            .then(|| over(&|record| last_loss(&record.probes[end]) - last_loss(&record.probes[1]))),
        against_fresh: (probes > 1).then(|| over(&|record| all(record, end) - all(record, 0))),
        settings: settings.clone(),
        shard_steps,
        online,
        curve,
        seeds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_counted_to_where_the_loss_crosses_the_target() {
        let losses = [(0, 3.0), (10, 2.0), (20, 1.5), (30, 1.6)];
        assert_eq!(steps_to(&losses, 3.5), Some(0.0));
        assert_eq!(steps_to(&losses, 2.5), Some(5.0));
        assert_eq!(steps_to(&losses, 1.5), Some(20.0));
        assert_eq!(steps_to(&losses, 1.0), None);
    }
}
