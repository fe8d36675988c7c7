//! Samples to files that people train and evaluate on, with a dataset card and a manifest.
//!
//! An export is made in a staging folder and moved into place when it is complete. Its bytes depend
//! on the store's content and the settings alone. Every sample of the current corpus is either in the
//! export or counted under a reason in [`Exported::left_out`].

mod card;
mod chat;
mod croissant;
mod cruxeval;
mod cwm;
mod debugger;
mod error;
mod facts;
mod file;
mod jsonl;
mod manifest;
mod parquet;
mod place;
mod plots;
mod rl;

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tracestone_files::{Replace, Staging};
use tracestone_mix::{Narrow, Selected, difficulty};
use tracestone_record::{Counts, ProgramId};

pub(crate) use manifest::{MANIFEST, Manifest};

pub use tracestone_forms::Form;
pub use tracestone_prompts::Choice as PromptChoice;

pub use crate::filter::{Filter, LicensePolicy, MarkPolicy};
pub use error::ExportError;

use crate::Store;
use crate::payload::Unpacker;
use crate::samples::{SampleIndex, Scanned, StoredSample};
use facts::Facts;
use file::SplitLines;
use manifest::Measures;
use place::EXPORT;
use rl::Trainer;

/// Content, format and folder of an export.
#[derive(Debug, Clone)]
pub struct ExportSettings {
    /// The files' format.
    pub format: Format,
    /// The folder; made where there is none.
    pub out: PathBuf,
    /// Filter on the samples.
    pub filter: Filter,
    /// This tool and its version, such as `tracestone 0.1.0`.
    pub tool: String,
    /// True to write into a folder that is not empty. An earlier export in it and files of the same names are
    /// replaced; other files stay.
    pub overwrite: bool,
    /// The order of rows; `None` for the format's own.
    pub order: Option<Order>,
    /// Style of conversations and of prompts for reinforcement learning; ignored by other formats.
    pub style: Style,
    /// For reinforcement learning: several questions about one run are one row, this many at most.
    pub probes: Option<u32>,
    /// Styles of the prompts; `None` for those of the store. Ignored by formats without prompts.
    pub prompt: Option<PromptChoice>,
    /// Form of the rationales. Ignored by formats without rationales.
    pub rationale: Form,
    /// Compression of files of lines. Ignored by other formats.
    pub compression: Option<Compression>,
}

/// Compression of a file of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Gzip, which every reader knows.
    Gzip,
    /// Zstandard, which is faster and smaller.
    Zstd,
}

impl Compression {
    /// The end of a compressed file's name.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
        }
    }
}

/// The order of an export's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// By source, file, program and call, so that similar rows are next to each other, which
    /// compresses several times better.
    Program,
    /// By identifier. Identifiers are hashes, so that this is a shuffled order, and always the same one.
    Shuffled,
}

impl Order {
    /// Name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::Shuffled => "shuffled",
        }
    }
}

/// Style of a conversation's question and answer, as in the tasks of `eval`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// The answer alone.
    Direct,
    /// The steps that lead to the answer, and then the answer.
    #[default]
    Steps,
}

/// Progress of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Samples dealt with since the last report.
    pub done: u64,
    /// Samples to be dealt with in all.
    pub total: u64,
}

/// A format of exported files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// One record a line, one file per part of the split.
    Jsonl,
    /// The same columns as Parquet files under `data/`.
    Parquet,
    /// Conversations for supervised training.
    Chat,
    /// Input of the CRUXEval harness.
    Cruxeval,
    /// Execution traces in the text layout of Code World Model.
    Cwm,
    /// Debugger sessions: states, commands and the states that they lead to.
    Debugger,
    /// Prompts with their judged parts, for TRL's GRPO.
    #[serde(rename = "rl-trl")]
    RlTrl,
    /// The same for verl.
    #[serde(rename = "rl-verl")]
    RlVerl,
    /// The same for NeMo Gym.
    #[serde(rename = "rl-nemo")]
    RlNemo,
}

impl Format {
    /// Name on the command line and in manifests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Parquet => "parquet",
            Self::Chat => "chat",
            Self::Cruxeval => "cruxeval",
            Self::Cwm => "cwm",
            Self::Debugger => "debugger",
            Self::RlTrl => "rl-trl",
            Self::RlVerl => "rl-verl",
            Self::RlNemo => "rl-nemo",
        }
    }

    /// True if its rows are for reinforcement learning.
    #[must_use]
    pub fn is_rl(self) -> bool {
        matches!(self, Self::RlTrl | Self::RlVerl | Self::RlNemo)
    }

    /// The order of rows where none is asked for; `None` for a format that knows one order only, since
    /// how many rows a limit leaves depends on which it can take.
    fn order(self, asked: Option<Order>) -> Result<Order> {
        match (self, asked) {
            (Self::Cruxeval | Self::Cwm | Self::Debugger, Some(Order::Program)) => {
                Err(ExportError::Order { format: self })
            }
            (Self::Parquet, None) => Ok(Order::Program),
            (_, asked) => Ok(asked.unwrap_or(Order::Shuffled)),
        }
    }

    /// True if the format has prompts.
    #[must_use]
    pub fn has_prompts(self) -> bool {
        matches!(self, Self::Jsonl | Self::Parquet | Self::Chat) || self.is_rl()
    }

    /// True if its files are lines of any reader's, which may be compressed.
    #[must_use]
    pub fn is_compressible(self) -> bool {
        !matches!(self, Self::Parquet | Self::Cruxeval)
    }

    /// True if the format has rationales.
    #[must_use]
    pub fn has_rationales(self) -> bool {
        matches!(self, Self::Jsonl | Self::Parquet | Self::Chat)
    }

    fn writer<'a>(
        self,
        settings: &ExportSettings,
        staging: &'a Staging,
    ) -> Box<dyn RowWriter + 'a> {
        let probes = settings.probes.map(|most| most as usize);
        let lines = || SplitLines::new(staging, settings.compression);
        let rl = |trainer| Box::new(rl::Rl::new(lines(), trainer, settings.style, probes));
        match self {
            Self::Jsonl => Box::new(jsonl::Jsonl::new(lines())),
            Self::Parquet => Box::new(parquet::Parquet::new(staging, &settings.tool)),
            Self::Chat => Box::new(chat::Chat::new(lines(), settings.style)),
            Self::Cruxeval => Box::new(cruxeval::Cruxeval::new(staging)),
            Self::Cwm => Box::new(cwm::Cwm::new(lines())),
            Self::Debugger => Box::new(debugger::Debugger::new(lines())),
            Self::RlTrl => rl(Trainer::Trl),
            Self::RlVerl => rl(Trainer::Verl),
            Self::RlNemo => rl(Trainer::Nemo),
        }
    }
}

/// Result of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// Rows in all files.
    pub rows: u64,
    /// The files, by path.
    pub files: Vec<ExportedFile>,
    /// Samples that are not in the export, by reason.
    pub left_out: Counts,
    /// Sentences about what kept the mix small.
    pub notes: Vec<String>,
}

/// A file of an export.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportedFile {
    /// Path inside the export's folder.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Samples in the file; 0 for the card and other files about the samples.
    pub rows: u64,
    /// BLAKE3 hash of the bytes, in hexadecimal.
    pub blake3: String,
    /// SHA-256 hash of the bytes, in hexadecimal; absent from manifests of earlier versions.
    #[serde(default)]
    pub sha256: String,
}

type Result<T> = std::result::Result<T, ExportError>;

/// Writes the samples that `settings` select. `progress` receives the number of samples processed since its
/// last call, and returns whether to continue.
///
/// # Errors
/// The store fails, a file cannot be written, the folder holds something else, or `progress` said to
/// stop. Then the folder is as it was.
pub fn export(
    store: &Store,
    settings: &ExportSettings,
    progress: &dyn Fn(Progress) -> ControlFlow<()>,
) -> Result<Exported> {
    let order = match settings.probes {
        // The questions of a run come one after the other.
        Some(_) => Order::Program,
        None => settings.format.order(settings.order)?,
    };
    let replace = match settings.overwrite {
        true => Replace::Anything,
        false => Replace::Nothing,
    };
    let staging = Staging::prepare(&EXPORT, &settings.out, replace)?;
    let earlier_rows = place::rows(staging.earlier());
    let snapshot = store.snapshot()?;
    let exporting = Exporting {
        store,
        settings,
        total: store.samples_to_scan()?,
        progress,
    };
    let selected = store.selection(&settings.filter)?;
    let mut facts = Facts::default();
    let mut files = exporting.write_rows(&staging, order, selected.as_ref(), &mut facts)?;
    if facts.rows == 0 && earlier_rows > 0 {
        return Err(ExportError::NothingInstead {
            path: settings.out.clone(),
            rows: earlier_rows,
        });
    }
    files.sort();
    let measures = Measures {
        store: store.bias_of(&Filter::default(), None)?,
        export: std::mem::take(&mut facts.measuring).finish(),
    };
    let about = manifest::about(store, settings, order, &facts, measures)?;
    drop(snapshot);
    let described = croissant::write(&staging, &about, &files)?;
    files.extend(plots::write(&staging, &about, &facts.distributions)?);
    files.push(card::write(&staging, &about, &files)?);
    files.push(described);
    files.sort();
    manifest::write(&staging, about, &files)?;
    // From here on it is a matter of moments, and half of it would help nobody.
    exporting.report(0)?;
    staging.publish()?;
    Ok(Exported {
        rows: facts.rows,
        files,
        left_out: facts.left_out,
        notes: selected.map(|selected| selected.notes).unwrap_or_default(),
    })
}

/// One exporter: the rows of one format.
trait RowWriter {
    /// Takes in the programs in their order, where the rows have it, and how many rows each has.
    fn expect(&mut self, _programs: &[(ProgramId, u32)]) {}

    /// Writes a sample, or says why the format has no place for it.
    fn write(&mut self, store: &Store, row: &Row) -> Result<Written>;

    /// Completes the files.
    fn finish(self: Box<Self>) -> Result<Vec<ExportedFile>>;
}

/// The programs of chosen rows, in their order, and how many rows each has.
fn ahead(places: &HashMap<ProgramId, u32>, chosen: &[(u32, i64)]) -> Vec<(ProgramId, u32)> {
    let programs: HashMap<u32, ProgramId> =
        places.iter().map(|(id, place)| (*place, *id)).collect();
    let of_program = chosen.chunk_by(|one, other| one.0 == other.0);
    let known = of_program.filter_map(|rows| Some((*programs.get(&rows[0].0)?, rows.len() as u32)));
    known.collect()
}

/// Result of writing one sample.
enum Written {
    Yes,
    /// Not in this format, for this reason.
    No(&'static str),
}

/// A sample on its way to a file.
struct Row {
    index: SampleIndex,
    stored: StoredSample,
}

/// An export under way.
struct Exporting<'a> {
    store: &'a Store,
    settings: &'a ExportSettings,
    total: u64,
    progress: &'a dyn Fn(Progress) -> ControlFlow<()>,
}

impl Exporting<'_> {
    fn report(&self, done: u64) -> Result<()> {
        let total = self.total;
        match (self.progress)(Progress { done, total }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(ExportError::Stopped),
        }
    }

    /// Writes a sample's rationale in the asked form; where the form has no place for the run, it stays prose.
    fn reason(
        &self,
        stored: &mut StoredSample,
    ) -> Result<Option<std::result::Result<Form, &'static str>>> {
        let form = self.settings.rationale;
        if form == Form::Prose || !self.settings.format.has_rationales() {
            return Ok(None);
        }
        let trace = match stored.run {
            Some(run) => self.store.run(run)?.trace,
            None => None,
        };
        let Some(trace) = trace else {
            return Ok(Some(Err("no run")));
        };
        Ok(Some(
            tracestone_forms::write(form, &stored.sample, &trace).map(|text| {
                stored.sample.rationale = text;
                stored.sample.rationale_form = Some(form.name().to_owned());
                form
            }),
        ))
    }

    fn write_rows(
        &self,
        staging: &Staging,
        order: Order,
        selected: Option<&Selected>,
        facts: &mut Facts,
    ) -> Result<Vec<ExportedFile>> {
        let mut writer = self.settings.format.writer(self.settings, staging);
        let mut unpacker = Unpacker::new()?;
        let mut write = |writer: &mut dyn RowWriter, index: SampleIndex, facts: &mut Facts| {
            let mut stored = self.store.stored_sample(&index, &mut unpacker)?;
            let styles = self.settings.prompt.as_ref();
            let styles = styles.filter(|_| self.settings.format.has_prompts());
            let worded = styles.map(|styles| styles.apply(&mut stored.sample));
            if let Some(fitted) = &self.settings.filter.choice.difficulty {
                let sample = &mut stored.sample;
                let difficulty = difficulty::of(&fitted.model, sample.kind, &sample.facts);
                sample.facts.difficulty = difficulty;
            }
            let reasoned = self.reason(&mut stored)?;
            let narrow = Narrow::of(&stored.sample);
            let row = Row { index, stored };
            match writer.write(self.store, &row)? {
                Written::Yes => {
                    if let Some(reasoned) = reasoned {
                        facts.count_rationale(reasoned);
                    }
                    facts.measuring.add(row.index.kind, &narrow);
                    if let Some(worded) = worded {
                        facts.count_prompt(&row.stored.sample, &worded);
                    }
                    facts.count(self.store, &row)
                }
                Written::No(why) => {
                    facts.leave_out(why);
                    Ok(())
                }
            }
        };
        match order {
            Order::Shuffled => self.scan(facts, selected, &mut |index, facts| {
                write(&mut *writer, index, facts)?;
                self.report(1)
            })?,
            Order::Program => {
                let places = self.store.program_places()?;
                let mut chosen = Vec::new();
                self.scan(facts, selected, &mut |index, facts: &mut Facts| {
                    // Counted here, since the limit is one of rows in the order of identifiers.
                    facts.rows += 1;
                    let place = places.get(&index.program).copied().unwrap_or(u32::MAX);
                    chosen.push((place, index.row));
                    self.report(0)
                })?;
                facts.rows = 0;
                chosen.sort_unstable();
                writer.expect(&ahead(&places, &chosen));
                drop(places);
                self.in_order_of_programs(chosen, &mut |index| {
                    write(&mut *writer, index, facts)?;
                    self.report(1)
                })?;
            }
        }
        writer.finish()
    }

    /// Calls `visit` with the selected samples in the order of their identifiers, and counts the others.
    fn scan(
        &self,
        facts: &mut Facts,
        selected: Option<&Selected>,
        visit: &mut dyn FnMut(SampleIndex, &mut Facts) -> Result<()>,
    ) -> Result<()> {
        let limit = self.settings.filter.limit.unwrap_or(u64::MAX);
        let filter = &self.settings.filter;
        self.store.scan_samples(filter, selected, |scanned| {
            let why: Option<Cow<'_, str>> = match scanned {
                Scanned::LeftOut(why) => Some(why.into()),
                Scanned::NotChosen(rule) => Some(rule.to_string().into()),
                Scanned::Wanted(_) if facts.rows >= limit => Some("limit".into()),
                Scanned::Wanted(index) => {
                    visit(index, facts)?;
                    None
                }
            };
            if let Some(why) = why {
                facts.leave_out(&why);
                self.report(1)?;
            }
            Ok::<_, ExportError>(ControlFlow::Continue(()))
        })
    }

    /// Reads chosen rows again, which are sorted by program: in each those of a call together.
    fn in_order_of_programs(
        &self,
        chosen: Vec<(u32, i64)>,
        visit: &mut dyn FnMut(SampleIndex) -> Result<()>,
    ) -> Result<()> {
        for program in chosen.chunk_by(|one, other| one.0 == other.0) {
            let mut rows = Vec::with_capacity(program.len());
            for (_, row) in program {
                rows.push((self.store.sample_run(*row)?, self.store.sample_index(*row)?));
            }
            rows.sort_by_key(|(run, index)| (*run, index.kind, index.id));
            for (_, index) in rows {
                visit(index)?;
            }
        }
        Ok(())
    }
}
