//! `rl-trl`, `rl-verl`, `rl-nemo`: rows for reinforcement learning, each with its prompt and what its judge needs.
//!
//! The prompt is the user's turn of `chat`. A row is one question, or with `probes` several questions about one run,
//! whose answers are judged each on its own ([`tracestone_judge::probes`]).

mod runs;

use serde::Serialize;
use serde_json::{Value, json};
use tracestone_judge::gold::Gold;
use tracestone_record::Split;

use super::chat::{Message, question};
use super::file::SplitLines;
use super::{ExportError, ExportedFile, Result, Row, RowWriter, Style, Written};
use crate::Store;
use runs::Gathered;

/// A program that trains, whose rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trainer {
    /// The GRPO trainer of TRL.
    Trl,
    /// The trainers of verl.
    Verl,
    /// NeMo Gym, and what speaks its protocol.
    Nemo,
}

/// A row before it has its trainer's form.
struct Asked {
    split: Split,
    id: String,
    kind: &'static str,
    /// Definitions that the prompt's style leaves out.
    system: Option<String>,
    prompt: String,
    gold: Gold,
}

#[derive(Serialize)]
struct TrlRow<'a> {
    prompt: Vec<Message<'a>>,
    id: &'a str,
    kind: &'a str,
    /// JSON, since the fields differ by kind and a column of a table has one type.
    sample: String,
}

pub(super) struct Rl<'a> {
    lines: SplitLines<'a>,
    trainer: Trainer,
    style: Style,
    probes: Option<usize>,
    gathered: Gathered,
    written: [u64; 3],
}

impl<'a> Rl<'a> {
    pub(super) fn new(
        lines: SplitLines<'a>,
        trainer: Trainer,
        style: Style,
        probes: Option<usize>,
    ) -> Self {
        Self {
            lines,
            trainer,
            style,
            probes,
            gathered: Gathered::default(),
            written: [0; 3],
        }
    }

    fn put(&mut self, asked: &Asked) -> Result<()> {
        let file = self.lines.of(asked.split)?;
        let index = &mut self.written[asked.split as usize];
        *index += 1;
        let message = |role, content| Message { role, content };
        let system = asked.system.as_deref().map(|text| message("system", text));
        let turns = system.into_iter().chain([message("user", &asked.prompt)]);
        let prompt: Vec<Message<'_>> = turns.collect();
        match self.trainer {
            Trainer::Trl => file.put_json(&TrlRow {
                prompt,
                id: &asked.id,
                kind: asked.kind,
                sample: text(&asked.gold)?,
            }),
            Trainer::Verl => file.put_json(&json!({
                "data_source": "tracestone",
                "prompt": prompt,
                "ability": "code-reasoning",
                "reward_model": { "style": "rule", "ground_truth": text(&asked.gold)? },
                "extra_info": {
                    "split": asked.split.name(),
                    "index": *index - 1,
                    "id": asked.id,
                    "kind": asked.kind,
                },
            })),
            Trainer::Nemo => file.put_json(&json!({
                "responses_create_params": { "input": prompt },
                "id": asked.id,
                "kind": asked.kind,
                "sample": value(&asked.gold)?,
            })),
        }
    }

    fn put_run(&mut self) -> Result<()> {
        match self.gathered.take(self.style) {
            Some(run) => self.put(&run),
            None => Ok(()),
        }
    }
}

impl RowWriter for Rl<'_> {
    fn write(&mut self, _: &Store, row: &Row) -> Result<Written> {
        let sample = &row.stored.sample;
        let Some(gold) = Gold::of(sample) else {
            return Ok(Written::No("prose, which has no judge"));
        };
        let Some(most) = self.probes else {
            self.put(&Asked {
                split: row.index.split,
                id: sample.id.to_string(),
                kind: sample.kind.name(),
                system: sample.system.clone(),
                prompt: question(sample, self.style),
                gold,
            })?;
            return Ok(Written::Yes);
        };
        let Some(run) = row.stored.run else {
            return Ok(Written::No("no question about a run"));
        };
        if !self.gathered.is_of(run) {
            self.put_run()?;
        }
        Ok(self.gathered.add(run, row, gold, most))
    }

    fn finish(mut self: Box<Self>) -> Result<Vec<ExportedFile>> {
        self.put_run()?;
        self.lines.finish()
    }
}

fn value(gold: &Gold) -> Result<Value> {
    serde_json::to_value(gold).map_err(encoding)
}

fn text(gold: &Gold) -> Result<String> {
    serde_json::to_string(gold).map_err(encoding)
}

fn encoding(error: serde_json::Error) -> ExportError {
    ExportError::Encoding {
        what: "a sample's judged part".to_owned(),
        why: error.to_string(),
    }
}
