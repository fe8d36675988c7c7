//! Training of a dictionary from a folder of activations, saved and resumed.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tracestone_files as files;
use tracestone_interp::activations::{INDEX, Index, read_index, read_rows};
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::{counted, rate};
use tracestone_sae::formats::{About, Format};
use tracestone_sae::{Piece, Settings, Step, Stream, Trainer};

use super::folder::write_sae;
use crate::error::Error;

/// The file of a training's state.
const STATE: &str = "training.state";
/// The file of its settings and curve.
const TRAINING: &str = "training.json";
/// Points of a curve at most.
const POINTS: usize = 100;

/// Settings of a training from a folder of activations.
#[derive(Debug, Clone)]
pub struct SaeTraining {
    /// The settings; the number of inputs is that of the activations.
    pub settings: Settings,
    /// Place in the stream; may be left out where the activations are of one.
    pub site: Option<String>,
    /// Rows in memory at most, among which rows are shuffled.
    pub buffer: usize,
    /// Steps between saved states.
    pub save_every: usize,
    /// Number of dictionaries to keep on the way.
    pub checkpoints: usize,
    /// Number of threads; never changes a result.
    pub threads: usize,
    /// The program that files name as their maker.
    pub tool: String,
}

/// The outcome of a training, as far as this call went.
#[derive(Debug, Clone, Serialize)]
pub struct SaeTrained {
    /// True if all steps are done.
    pub done: bool,
    /// Steps that are done.
    pub steps: usize,
    /// Numbers on the way.
    pub curve: Vec<Step>,
    /// The place in the stream.
    pub site: String,
    /// Rows that this call learned from.
    pub rows_in_this_call: usize,
    /// Wall-clock seconds of this call.
    pub seconds: f64,
}

/// Settings and data of the training in a folder.
#[derive(Serialize, Deserialize, PartialEq)]
struct Record {
    settings: Settings,
    site: String,
    buffer: usize,
    model: String,
    data: String,
    rows: usize,
}

/// The folder of activations: the named one, or its part `train` or `validation`.
fn folder_of_rows(acts: &Path) -> PathBuf {
    let parts = ["train", "validation"].map(|part| acts.join(part));
    let all = std::iter::once(acts.to_owned()).chain(parts);
    let with = |folder: &PathBuf| folder.join(INDEX).is_file();
    all.into_iter()
        .find(with)
        .unwrap_or_else(|| acts.to_owned())
}

/// The site that is meant.
pub(super) fn chosen_site(index: &Index, wanted: Option<&str>) -> Result<String, Error> {
    match (wanted, &index.sites[..]) {
        (Some(wanted), sites) if sites.iter().any(|site| site == wanted) => Ok(wanted.to_owned()),
        (None, [only]) => Ok(only.clone()),
        (wanted, sites) => Err(Error::WhichSite {
            wanted: wanted.map(str::to_owned),
            sites: sites.to_vec(),
        }),
    }
}

/// Trains a dictionary until it is done or the watch asks to stop; the same call goes on from there.
///
/// # Errors
/// The activations cannot be read, the folder holds another training, or a file fails.
pub fn train_sae(
    acts: &Path,
    training: &SaeTraining,
    out: &Path,
    watch: &dyn Watch,
) -> Result<SaeTrained, Error> {
    let folder = folder_of_rows(acts);
    let index = read_index(&folder).map_err(Error::NoIndex)?;
    let site = chosen_site(&index, training.site.as_deref())?;
    let settings = Settings {
        inputs: index.width,
        ..training.settings.clone()
    };
    settings.check()?;
    let files: Vec<usize> = index.shards.iter().map(|shard| shard.rows).collect();
    let record = Record {
        settings: settings.clone(),
        site: site.clone(),
        buffer: training.buffer,
        model: index.origin.model.clone(),
        data: index.origin.data.clone(),
        rows: files.iter().sum(),
    };
    if record.rows == 0 {
        return Err(Error::NoRows(folder));
    }
    files::create_folder(out)?;
    let read = |piece: Piece| -> Result<Vec<f32>, Error> {
        let rows = piece.first..piece.first + piece.rows;
        let rows = read_rows(&folder, &index, &index.shards[piece.file], &site, rows)?;
        if rows.iter().all(|value| value.is_finite()) {
            Ok(rows)
        } else {
            Err(Error::NotFinite(
                folder.join(&index.shards[piece.file].file),
            ))
        }
    };
    let stream = Stream::new(&files, index.width, training.buffer, settings.seed, read);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(training.threads)
        .build()?;
    let run = Run {
        training,
        settings: &settings,
        out,
        about: about(&record, training),
        record,
        curve: Vec::new(),
    };
    pool.install(|| run.all(stream, watch))
}

/// A training on its way.
struct Run<'r> {
    training: &'r SaeTraining,
    settings: &'r Settings,
    out: &'r Path,
    about: About,
    record: Record,
    curve: Vec<Step>,
}

impl Run<'_> {
    fn all<R>(mut self, mut stream: Stream<R>, watch: &dyn Watch) -> Result<SaeTrained, Error>
    where
        R: FnMut(Piece) -> Result<Vec<f32>, Error>,
    {
        let batch = self.settings.batch;
        let mut trainer = match self.saved()? {
            Some(trainer) => trainer,
            None => {
                // As many rows as tell their mean and size.
                let sample = stream.batch(0, self.record.rows.min(16_384))?;
                Trainer::new(self.settings, &sample)?
            }
        };
        let (total, first) = (self.settings.steps, trainer.steps_done());
        let progress = Progress::start(watch, "sae", "steps", total as u64);
        progress.advance(first as u64);
        let started = Instant::now();
        let mut stopped = false;
        while !trainer.is_done() && !stopped {
            let rows = stream.batch(trainer.steps_done() * batch, batch)?;
            let step = trainer.step(&rows);
            progress.advance(1);
            if step.step.is_multiple_of((total / POINTS).max(1)) || trainer.is_done() {
                self.curve.push(step);
            }
            stopped = progress.stop();
            let due = step.step.is_multiple_of(self.training.save_every.max(1));
            if stopped || due || trainer.is_done() {
                self.save(&trainer)?;
            }
            if self.is_checkpoint(step.step) {
                let name = format!("step-{:07}", step.step);
                let out = self.out.join("checkpoints").join(name);
                write_sae(&trainer.dictionary(), Format::SaeLens, &self.about, &out)?;
            }
        }
        let seconds = started.elapsed().as_secs_f64();
        let rows = (trainer.steps_done() - first) * batch;
        if trainer.is_done() {
            write_sae(
                &trainer.dictionary(),
                Format::SaeLens,
                &self.about,
                self.out,
            )?;
            progress.finish(&self.summary(first, rows, seconds));
        }
        Ok(SaeTrained {
            done: trainer.is_done(),
            steps: trainer.steps_done(),
            curve: self.curve,
            site: self.record.site,
            rows_in_this_call: rows,
            seconds,
        })
    }

    fn summary(&self, first: usize, rows: usize, seconds: f64) -> String {
        let Some(last) = self.curve.last().filter(|last| last.step > first) else {
            return "was done before".to_owned();
        };
        format!(
            "{}, unexplained {:.4}, {:.1} of {} fire, {} rows a second",
            counted(last.step as u64, "step"),
            last.error,
            last.l0,
            counted(self.settings.width as u64, "feature"),
            rate(rows as f64 / seconds)
        )
    }

    /// The state in the folder, if it is of this training.
    fn saved(&mut self) -> Result<Option<Trainer>, Error> {
        let path = self.out.join(TRAINING);
        if !path.exists() {
            return Ok(None);
        }
        let value: serde_json::Value = serde_json::from_slice(&files::read(&path)?)?;
        let known = serde_json::from_value::<Record>(value["training"].clone());
        if !known.is_ok_and(|known| known == self.record) {
            return Err(Error::OtherSae(self.out.to_owned()));
        }
        if !self.out.join(STATE).exists() {
            return Ok(None);
        }
        let bytes = files::read(self.out.join(STATE))?;
        let trainer = Trainer::load(self.settings, &bytes);
        let trainer = trainer.map_err(|_| Error::DamagedState(self.out.join(STATE)))?;
        let curve: Vec<Step> = serde_json::from_value(value["curve"].clone())?;
        self.curve = curve;
        self.curve.retain(|step| step.step <= trainer.steps_done());
        Ok(Some(trainer))
    }

    fn save(&self, trainer: &Trainer) -> Result<(), Error> {
        // The curve first: points beyond the saved state are left out when it is read.
        let value =
            json!({ "training": self.record, "curve": self.curve, "tool": self.training.tool });
        let text = serde_json::to_string_pretty(&value)?;
        files::replace(self.out.join(TRAINING), text + "\n")?;
        files::replace(self.out.join(STATE), trainer.save())?;
        Ok(())
    }

    fn is_checkpoint(&self, step: usize) -> bool {
        let (count, steps) = (self.training.checkpoints, self.settings.steps);
        (1..=count).any(|number| number * steps / (count + 1) == step)
    }
}

/// Keys and values about the dictionary for its files, with the names that SAELens uses.
fn about(record: &Record, training: &SaeTraining) -> About {
    let settings = &record.settings;
    let value = json!({
        "hook_name": record.site, "model_hash": record.model, "dataset_hash": record.data,
        "training_architecture": settings.kind.name(), "training_architecture_details": settings,
        "trained_by": training.tool,
    });
    value.as_object().cloned().unwrap_or_default()
}
