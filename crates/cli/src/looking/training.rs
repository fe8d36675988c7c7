//! Training and scoring of small models.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};
use tracestone_interp::evaluation::{Completed, complete};
use tracestone_interp::training::{Ended, StepReport, TrainSettings, train};
use tracestone_interp::{Device, ModelConfig};
use tracestone_record::Split;
use tracestone_record::watch::Progress;
use tracestone_record::words::{counted, rate};

use super::acts::open_model;
use super::dataset::Dataset;
use crate::args::TrainingArgs;
use crate::failure::{Failure, Hint as _};
use crate::printer::Printer;

/// The settings of what was typed.
pub(crate) fn settings(
    args: &TrainingArgs,
    seed: u64,
    data: &Dataset,
) -> Result<TrainSettings, Failure> {
    let words = data.vocabulary()?.len();
    let mut model = ModelConfig::small(words, args.hidden, args.layers, args.heads);
    let rounded = (args.hidden * 8 / 3).next_multiple_of(16);
    model.intermediate = args.intermediate.unwrap_or(rounded);
    model
        .check()
        .map_err(|why| Failure::new(format!("no such model can be made: {why}")))?;
    Ok(TrainSettings {
        model,
        steps: args.steps,
        batch: args.batch,
        parts: args.parts,
        learning_rate: args.learning_rate,
        warmup: args.warmup,
        final_share: 0.05,
        weight_decay: args.weight_decay,
        clip: 1.0,
        seed,
        checkpoints: args.checkpoints,
        data: data.hash(Split::Train)?,
    })
}

/// What a training took.
pub(crate) struct Trained {
    pub(crate) ended: Ended,
    pub(crate) words: usize,
    pub(crate) seconds: f64,
    pub(crate) last: Option<StepReport>,
}

/// Trains, showing progress, until it is done or Ctrl-C was pressed.
pub(crate) fn run(
    settings: &TrainSettings,
    data: &Dataset,
    device: &Device,
    out: &Path,
    save_every: usize,
    printer: &Printer,
) -> Result<Trained, Failure> {
    let vocabulary = data.vocabulary()?;
    let texts = data.texts(Split::Train, Some(&vocabulary), None)?;
    let progress = Progress::start(printer, "train", "steps", settings.steps as u64);
    let started = Instant::now();
    let (mut words, mut last) = (0, None);
    let ended = train(
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
            if crate::interrupt::requested() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        },
    )
    .hint("name a new folder with --out, or give the settings that the folder was made with")?;
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

/// How many texts a model completes exactly.
pub(crate) struct Scored {
    pub(crate) results: Vec<Completed>,
    /// The number of words of each prompt, which grows with the program's length.
    pub(crate) prompts: Vec<usize>,
}

impl Scored {
    /// Texts that are completed exactly.
    pub(crate) fn exact(&self) -> usize {
        self.results.iter().filter(|result| result.exact).count()
    }

    /// The share of them.
    pub(crate) fn share(&self) -> f64 {
        self.exact() as f64 / self.results.len().max(1) as f64
    }

    /// The mean loss of a word of a completion.
    pub(crate) fn loss(&self) -> f64 {
        let words: usize = self.results.iter().map(|result| result.words).sum();
        let loss: f64 = self.results.iter().map(|result| result.loss).sum();
        loss / words.max(1) as f64
    }

    /// Exact ones and all, by the number of words of the prompt.
    pub(crate) fn by_length(&self) -> std::collections::BTreeMap<usize, (usize, usize)> {
        let mut counts = std::collections::BTreeMap::new();
        for (result, prompt) in self.results.iter().zip(&self.prompts) {
            let (exact, all): &mut (usize, usize) = counts.entry(*prompt).or_default();
            *exact += usize::from(result.exact);
            *all += 1;
        }
        counts
    }

    /// For the JSON output.
    pub(crate) fn json(&self) -> Value {
        let interval = tracestone_eval::stats::wilson(self.exact(), self.results.len());
        let by_length: Vec<Value> = self
            .by_length()
            .into_iter()
            .map(|(words, (exact, all))| json!({ "prompt_words": words, "exact": exact, "texts": all }))
            .collect();
        json!({
            "exact": self.exact(),
            "texts": self.results.len(),
            "share": self.share(),
            "interval": [interval.low, interval.high],
            "loss": self.loss(),
            "by_length": by_length,
        })
    }
}

/// Scores a model on a part of a dataset.
pub(crate) fn score(
    model: &Path,
    device: &Device,
    data: &Dataset,
    split: Split,
    limit: Option<usize>,
    printer: &Printer,
) -> Result<Scored, Failure> {
    let model = open_model(model, device)?;
    let vocabulary = model
        .vocabulary
        .ok_or_else(|| Failure::new("the model's tokenizer is not word-level"))?;
    let texts = data.texts(split, Some(&vocabulary), limit)?;
    let progress = Progress::start(printer, "eval", "texts", texts.len() as u64);
    let results = complete(&model.decoder, &texts, vocabulary.pad, 128, &mut |count| {
        progress.advance(count as u64);
    })?;
    progress.finish(&counted(texts.len() as u64, "text"));
    let prompts = (0..texts.len())
        .map(|text| texts.prompt(text) - 1)
        .collect();
    Ok(Scored { results, prompts })
}
