//! From drawn programs to the files of a dataset.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use rayon::prelude::*;
use serde_json::json;
use tracestone_karel::fairness::Fairness;
use tracestone_karel::text::{self, Mode, Output, Text};
use tracestone_karel::{Drawn, Semantics, Settings, draw, latents};
use tracestone_record::watch::Progress;
use tracestone_record::{LedgerRow, Split};
use tracestone_store::LedgerWriter;

use crate::failure::Failure;

/// Numbers that are drawn at once.
const CHUNK: u64 = 4_096;
/// Chunks that may bring nothing new before there is nothing new to expect.
const PATIENCE: u32 = 20;
/// Programs whose labels are counted for the comparison of entropies.
const COUNTED: usize = 20_000;

/// What is written.
pub(super) struct Plan<'a> {
    pub(super) settings: &'a Settings,
    pub(super) mode: Mode,
    pub(super) output: Output,
    pub(super) meanings: &'a [Semantics],
    pub(super) steps: u32,
    pub(super) counts: BTreeMap<Split, u64>,
    pub(super) ledgers: Vec<Split>,
    pub(super) tool: &'a str,
    /// Programs of each part that are kept for questions.
    pub(super) kept: usize,
}

/// What came of it.
pub(super) struct Written {
    pub(super) fairness: Fairness,
    /// The first programs of each part.
    pub(super) kept: Vec<Kept>,
    pub(super) duplicates: u64,
    pub(super) out_of_steps: u64,
    /// The most words of a text.
    pub(super) longest: usize,
    pub(super) words: u64,
    pub(super) ledger_rows: u64,
}

/// A program that questions are asked about.
pub(super) struct Kept {
    pub(super) split: Split,
    pub(super) id: String,
    pub(super) drawn: Drawn,
}

/// A text that is to be written, if it is new.
struct Prepared {
    drawn: Drawn,
    key: [u8; 16],
    text: Text,
}

/// One part of the split: its texts and perhaps its ledger.
struct Part {
    split: Split,
    left: u64,
    /// How many texts are written.
    done: u64,
    texts: BufWriter<File>,
    ledger: Option<LedgerWriter>,
}

/// Draws and writes everything, in the order of numbers: first the texts for test, then for validation,
/// then for training, so that these are the same however many there are for training.
pub(super) fn write(
    plan: &Plan<'_>,
    folder: &Path,
    progress: &Progress<'_>,
) -> Result<Written, Failure> {
    let mut written = Written {
        fairness: Fairness::new(plan.settings, plan.meanings),
        kept: Vec::new(),
        duplicates: 0,
        out_of_steps: 0,
        longest: 0,
        words: 0,
        ledger_rows: 0,
    };
    let mut seen = HashSet::new();
    let mut numbers = (0..).step_by(CHUNK as usize);
    let mut waiting = Vec::new();
    for split in [Split::Test, Split::Validation, Split::Train] {
        let mut part = Part::start(plan, folder, split)?;
        let mut idle = 0;
        while part.left > 0 {
            if crate::interrupt::requested() {
                return Err(Failure::new("stopped; nothing was written"));
            }
            if waiting.is_empty() {
                let first: u64 = numbers.next().unwrap_or(u64::MAX - CHUNK);
                waiting = prepare(plan, first, &mut seen, &mut written);
                idle = if waiting.is_empty() { idle + 1 } else { 0 };
                if idle > PATIENCE {
                    return Err(exhausted(plan, seen.len()));
                }
                continue;
            }
            let count = usize::try_from(part.left)
                .unwrap_or(usize::MAX)
                .min(waiting.len());
            let rest = waiting.split_off(count);
            let batch = std::mem::replace(&mut waiting, rest);
            part.left -= batch.len() as u64;
            progress.advance(batch.len() as u64);
            part.write(plan, batch, &mut written)?;
        }
        written.ledger_rows += part.finish()?;
    }
    Ok(written)
}

/// The texts of one chunk of numbers that are new.
fn prepare(
    plan: &Plan<'_>,
    first: u64,
    seen: &mut HashSet<[u8; 16]>,
    written: &mut Written,
) -> Vec<Prepared> {
    let prepared: Vec<Option<Prepared>> = (first..first + CHUNK)
        .into_par_iter()
        .map(|number| prepare_one(plan, number))
        .collect();
    let mut fresh = Vec::new();
    for one in prepared {
        match one {
            None => written.out_of_steps += 1,
            Some(one) if seen.insert(one.key) => fresh.push(one),
            Some(_) => written.duplicates += 1,
        }
    }
    fresh
}

/// `None` where a run is not over in time under one of the meanings.
fn prepare_one(plan: &Plan<'_>, number: u64) -> Option<Prepared> {
    let drawn = draw(plan.settings, number);
    let write = |semantics| {
        text::write(
            &drawn,
            semantics,
            plan.settings,
            plan.mode,
            plan.output,
            plan.steps,
        )
        .ok()
    };
    let (first, others) = plan.meanings.split_first()?;
    let text = write(first)?;
    // Only loops can take another number of steps under another meaning.
    if plan.settings.control > 0.0 && !others.iter().all(|other| write(other).is_some()) {
        return None;
    }
    Some(Prepared {
        key: drawn.key(),
        text,
        drawn,
    })
}

fn exhausted(plan: &Plan<'_>, found: usize) -> Failure {
    let wanted: u64 = plan.counts.values().sum();
    Failure::new(format!(
        "{wanted} different texts were asked for, and after {found} hardly any new one turned up"
    ))
    .hinted("ask for fewer texts, larger grids or longer programs")
}

impl Part {
    fn start(plan: &Plan<'_>, folder: &Path, split: Split) -> Result<Self, Failure> {
        let texts = folder.join(format!("{}.jsonl", split.name()));
        let ledger = folder.join(format!("ledger-{}.parquet", split.name()));
        Ok(Self {
            split,
            done: 0,
            left: plan.counts.get(&split).copied().unwrap_or(0),
            texts: BufWriter::new(File::create(texts)?),
            ledger: plan
                .ledgers
                .contains(&split)
                .then(|| LedgerWriter::create(&ledger, plan.tool))
                .transpose()?,
        })
    }

    fn write(
        &mut self,
        plan: &Plan<'_>,
        batch: Vec<Prepared>,
        written: &mut Written,
    ) -> Result<(), Failure> {
        // Names count up, so that a ledger in the order of its texts is sorted by name.
        let split = self.split.name();
        let ids: Vec<String> = (self.done..)
            .take(batch.len())
            .map(|number| format!("{split}-{number:08}"))
            .collect();
        self.done += batch.len() as u64;
        if self.ledger.is_some() {
            self.write_ledger(plan, &ids, &batch)?;
        }
        for (id, one) in ids.into_iter().zip(batch) {
            let line = json!({
                "id": id,
                "prompt": one.text.prompt.join(" "),
                "completion": one.text.completion.join(" "),
            });
            writeln!(self.texts, "{line}")?;
            let words = one.text.words().count();
            written.words += words as u64;
            written.longest = written.longest.max(words);
            if written.fairness.programs() < COUNTED {
                // A plain sequence of actions that was executed before is over in time again.
                written.fairness.add(&one.drawn, plan.steps)?;
            }
            let kept = written.kept.iter().filter(|kept| kept.split == self.split);
            if plan.kept > 0 && kept.count() < plan.kept {
                written.kept.push(Kept {
                    split: self.split,
                    id,
                    drawn: one.drawn,
                });
            }
        }
        Ok(())
    }

    fn write_ledger(
        &mut self,
        plan: &Plan<'_>,
        ids: &[String],
        batch: &[Prepared],
    ) -> Result<(), Failure> {
        let rows: Vec<Vec<LedgerRow>> = batch
            .par_iter()
            .zip(ids)
            .map(|(one, id)| {
                let Prepared { drawn, text, .. } = one;
                latents::rows(id, drawn, text, plan.meanings, plan.settings, plan.steps)
            })
            .collect::<Result<_, _>>()?;
        if let Some(ledger) = &mut self.ledger {
            ledger.write(rows.into_iter().flatten())?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<u64, Failure> {
        self.texts.flush()?;
        Ok(self.ledger.map_or(Ok(0), LedgerWriter::finish)?)
    }
}
