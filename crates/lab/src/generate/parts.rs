//! Drawn programs to the texts and ledgers of each part.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::json;
use tracestone_files::{self as files, FileError};
use tracestone_karel::fairness::Fairness;
use tracestone_karel::parts::{Place, Programs, place};
use tracestone_karel::text::{self, Text};
use tracestone_karel::{Drawn, OutOfSteps, draw, latents};
use tracestone_record::watch::Progress;
use tracestone_record::{LedgerRow, Split};
use tracestone_store::LedgerWriter;

use super::{GenerateSettings, Kept};
use crate::dataset::{ledger_name, texts_name};
use crate::error::Error;

/// Numbers that are drawn at once.
const CHUNK: u64 = 4_096;
/// Chunks that may bring nothing new before there is nothing new to expect.
const PATIENCE: u32 = 20;
/// Programs whose labels are counted for the comparison of entropies.
const COUNTED: usize = 20_000;

/// The outcome of drawing and writing.
pub(super) struct Written {
    pub(super) fairness: Fairness,
    /// The first programs of each part.
    pub(super) kept: Vec<Kept>,
    pub(super) duplicates: u64,
    pub(super) out_of_steps: u64,
    /// Length of the longest text in tokens.
    pub(super) longest: usize,
    pub(super) words: u64,
    pub(super) ledger_rows: u64,
    /// The number of texts of each part.
    pub(super) texts: BTreeMap<Split, u64>,
    pub(super) programs: Programs,
}

/// A text that is to be written, if it is new.
struct Prepared {
    drawn: Drawn,
    place: Place,
    key: [u8; 16],
    text: Text,
}

/// One part of the split: its texts and perhaps its ledger.
struct Part {
    split: Split,
    /// Number of written texts.
    done: u64,
    path: PathBuf,
    texts: BufWriter<File>,
    ledger: Option<LedgerWriter>,
}

/// Draws and writes everything, in the order of numbers: first the texts for test, then for validation,
/// then for training, so that these are the same however many there are for training.
pub(super) fn write(
    plan: &GenerateSettings,
    folder: &Path,
    progress: &Progress<'_>,
) -> Result<Written, Error> {
    let mut written = Written {
        fairness: Fairness::new(&plan.world, &plan.meanings, plan.trained),
        kept: Vec::new(),
        duplicates: 0,
        out_of_steps: 0,
        longest: 0,
        words: 0,
        ledger_rows: 0,
        texts: BTreeMap::new(),
        programs: Programs::default(),
    };
    let mut source = Source {
        plan,
        seen: HashSet::new(),
        next: 0,
        waiting: BTreeMap::new(),
    };
    for split in [Split::Test, Split::Validation, Split::Train] {
        let mut part = Part::start(plan, folder, split)?;
        let own = plan.counts.get(&split).copied().unwrap_or(0);
        let beyond = if split == Split::Test { plan.beyond } else { 0 };
        for (place, count) in [(Place::Within(split), own), (Place::Beyond, beyond)] {
            let mut left = count;
            while left > 0 {
                if progress.stop() {
                    return Err(Error::Stopped);
                }
                let batch = source.take(place, left, &mut written)?;
                left -= batch.len() as u64;
                progress.advance(batch.len() as u64);
                part.write(plan, batch, &mut written)?;
            }
        }
        written.texts.insert(split, part.done);
        written.ledger_rows += part.finish()?;
    }
    Ok(written)
}

/// New texts in the order of their numbers, by their place in the split.
struct Source<'p> {
    plan: &'p GenerateSettings,
    seen: HashSet<[u8; 16]>,
    next: u64,
    waiting: BTreeMap<Place, VecDeque<Prepared>>,
}

impl Source<'_> {
    /// Some texts for a place, at most `most`.
    fn take(
        &mut self,
        place: Place,
        most: u64,
        written: &mut Written,
    ) -> Result<Vec<Prepared>, Error> {
        let mut idle = 0;
        while self.waiting.get(&place).is_none_or(VecDeque::is_empty) {
            let mut fresh = false;
            for one in prepare(self.plan, self.next, &mut self.seen, written) {
                fresh |= one.place == place;
                // What is drawn beyond the numbers that are asked for never gets its turn.
                let waiting = self.waiting.entry(one.place).or_default();
                if (waiting.len() as u64) < wanted(self.plan, one.place) {
                    waiting.push_back(one);
                }
            }
            self.next += CHUNK;
            idle = if fresh { 0 } else { idle + 1 };
            if idle > PATIENCE {
                return Err(exhausted(self.plan, self.seen.len()));
            }
        }
        let waiting = self.waiting.entry(place).or_default();
        let count = usize::try_from(most).unwrap_or(usize::MAX);
        Ok(waiting.drain(..count.min(waiting.len())).collect())
    }
}

/// The number of texts that are asked for.
fn wanted(plan: &GenerateSettings, place: Place) -> u64 {
    match place {
        Place::Within(split) => plan.counts.get(&split).copied().unwrap_or(0),
        Place::Beyond => plan.beyond,
    }
}

/// The texts of one chunk of numbers that are new.
fn prepare(
    plan: &GenerateSettings,
    first: u64,
    seen: &mut HashSet<[u8; 16]>,
    written: &mut Written,
) -> Vec<Prepared> {
    let prepared: Vec<Result<Option<Prepared>, OutOfSteps>> = (first..first + CHUNK)
        .into_par_iter()
        .map(|number| prepare_one(plan, number))
        .collect();
    let mut fresh = Vec::new();
    for one in prepared {
        match one {
            Err(_) => written.out_of_steps += 1,
            Ok(None) => {}
            Ok(Some(one)) if seen.insert(one.key) => fresh.push(one),
            Ok(Some(_)) => written.duplicates += 1,
        }
    }
    fresh
}

/// `None` for a program without a place in the split.
fn prepare_one(plan: &GenerateSettings, number: u64) -> Result<Option<Prepared>, OutOfSteps> {
    let drawn = draw(&plan.world, number);
    let Some(place) = place(&drawn.program, plan.trained) else {
        return Ok(None);
    };
    let write = |semantics| {
        text::write(
            &drawn,
            semantics,
            &plan.world,
            plan.mode,
            plan.end,
            plan.steps,
        )
    };
    let Some((first, others)) = plan.meanings.split_first() else {
        return Ok(None);
    };
    let text = write(first)?;
    // Only loops can take another number of steps under another meaning.
    if plan.world.control > 0.0 {
        for other in others {
            write(other)?;
        }
    }
    Ok(Some(Prepared {
        key: drawn.key(),
        text,
        place,
        drawn,
    }))
}

fn exhausted(plan: &GenerateSettings, found: usize) -> Error {
    Error::Exhausted {
        wanted: plan.counts.values().sum(),
        found,
    }
}

impl Part {
    fn start(plan: &GenerateSettings, folder: &Path, split: Split) -> Result<Self, Error> {
        let path = folder.join(texts_name(split));
        let ledger = folder.join(ledger_name(split));
        Ok(Self {
            split,
            done: 0,
            texts: BufWriter::new(files::create(&path)?),
            path,
            ledger: plan
                .ledgers
                .contains(&split)
                .then(|| LedgerWriter::create(&ledger, &plan.tool))
                .transpose()?,
        })
    }

    fn write(
        &mut self,
        plan: &GenerateSettings,
        batch: Vec<Prepared>,
        written: &mut Written,
    ) -> Result<(), Error> {
        // Names count up, so that a ledger in the order of its texts is sorted by name.
        let split = self.split.name();
        let wanted = plan.questions.as_ref().map_or(0, |asked| asked.programs);
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
            writeln!(self.texts, "{line}").map_err(FileError::at("write", &self.path))?;
            written.programs.add(self.split, &one.drawn.program);
            let words = one.text.words().count();
            written.words += words as u64;
            written.longest = written.longest.max(words);
            if written.fairness.programs() < COUNTED {
                // A plain sequence of actions that was executed before is over in time again.
                written.fairness.add(&one.drawn, plan.steps)?;
            }
            let kept = written.kept.iter().filter(|kept| kept.split == self.split);
            if kept.count() < wanted {
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
        plan: &GenerateSettings,
        ids: &[String],
        batch: &[Prepared],
    ) -> Result<(), Error> {
        let rows: Vec<Vec<LedgerRow>> = batch
            .par_iter()
            .zip(ids)
            .map(|(one, id)| {
                let Prepared { drawn, text, .. } = one;
                latents::rows(id, drawn, text, &plan.meanings, &plan.world, plan.steps)
            })
            .collect::<Result<_, _>>()?;
        if let Some(ledger) = &mut self.ledger {
            ledger.write(rows.into_iter().flatten())?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<u64, Error> {
        self.texts
            .flush()
            .map_err(FileError::at("write", &self.path))?;
        Ok(self.ledger.map_or(Ok(0), LedgerWriter::finish)?)
    }
}
