//! Samples to files that people train and evaluate on, with a dataset card and a manifest.
//!
//! An export is made in a temporary folder and moved into place when it is complete. Its bytes depend
//! on the store's content and the settings alone. Every sample of the current corpus is either in the
//! export or counted under a reason in [`Exported::left_out`].

mod card;
mod chat;
mod columns;
mod cruxeval;
mod cwm;
mod facts;
mod file;
mod jsonl;
mod manifest;
mod parquet;
mod staging;

use std::ops::ControlFlow;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tracestone_record::{Counts, Sample};

pub(crate) use columns::schema as arrow_schema;
pub(crate) use manifest::{MANIFEST, Manifest};

pub use crate::filter::{Filter, LicensePolicy};

use crate::payload::{Unpacker, damaged};
use crate::samples::{SampleIndex, Scanned, StoredSample};
use crate::{Store, StoreError};
use facts::Facts;
use staging::Staging;

/// What an export is and where it goes.
#[derive(Debug, Clone)]
pub struct ExportSettings {
    /// The files' format.
    pub format: Format,
    /// The folder; made where there is none. An earlier export in it is replaced.
    pub out: PathBuf,
    /// Which samples.
    pub filter: Filter,
    /// This tool and its version, such as `tracestone 0.1.0`.
    pub tool: String,
    /// Whether to write into a folder that holds something else than an export. Files of the same
    /// names are replaced, others stay.
    pub overwrite: bool,
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
    /// What the CRUXEval harness reads.
    Cruxeval,
    /// Execution traces in the text layout of Code World Model.
    Cwm,
}

impl Format {
    /// The format's word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Parquet => "parquet",
            Self::Chat => "chat",
            Self::Cruxeval => "cruxeval",
            Self::Cwm => "cwm",
        }
    }

    fn writer<'a>(
        self,
        settings: &ExportSettings,
        staging: &'a Staging,
    ) -> Box<dyn RowWriter + 'a> {
        match self {
            Self::Jsonl => Box::new(jsonl::Jsonl::new(staging)),
            Self::Parquet => Box::new(parquet::Parquet::new(staging, &settings.tool)),
            Self::Chat => Box::new(chat::Chat::new(staging)),
            Self::Cruxeval => Box::new(cruxeval::Cruxeval::new(staging)),
            Self::Cwm => Box::new(cwm::Cwm::new(staging)),
        }
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// Rows in all files.
    pub rows: u64,
    /// The files, by path.
    pub files: Vec<ExportedFile>,
    /// Samples that are not in the export, by reason.
    pub left_out: Counts,
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
}

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The folder holds something else.
    #[error(
        "{} is not empty and holds no earlier export; name another folder with --out, or add --overwrite to write into it",
        path.display()
    )]
    Occupied {
        /// The folder.
        path: PathBuf,
    },
    /// The path is a file.
    #[error("{} is a file; an export goes into a folder, so name another one with --out", path.display())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// A row does not fit its format.
    #[error("cannot write {what}: {why}")]
    Encoding {
        /// What was to be written.
        what: String,
        /// What was wrong.
        why: String,
    },
}

type Result<T> = std::result::Result<T, ExportError>;

/// Writes the samples that `settings` want. `progress` is told how many samples were dealt with since
/// it was last called.
///
/// # Errors
/// The store fails, a file cannot be written, or the folder holds something else. Then the folder is
/// as it was.
pub fn export(
    store: &Store,
    settings: &ExportSettings,
    progress: &dyn Fn(u64),
) -> Result<Exported> {
    let staging = Staging::prepare(&settings.out, settings.overwrite)?;
    let _snapshot = store.snapshot()?;
    let mut facts = Facts::default();
    let mut files = write_rows(store, settings, &staging, &mut facts, progress)?;
    files.sort();
    let about = manifest::about(store, settings, &facts)?;
    files.push(card::write(&staging, &about, &files)?);
    files.sort();
    manifest::write(&staging, about, &files)?;
    staging.publish()?;
    Ok(Exported {
        rows: facts.rows,
        files,
        left_out: facts.left_out,
    })
}

/// One exporter: the rows of one format.
trait RowWriter {
    /// Writes a sample, or says why the format has no place for it.
    fn write(&mut self, store: &Store, row: &Row) -> Result<Written>;

    /// Completes the files.
    fn finish(self: Box<Self>) -> Result<Vec<ExportedFile>>;
}

/// What became of a sample.
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

impl Row {
    fn sample(&self) -> Result<Sample> {
        serde_json::from_slice(&self.stored.json).map_err(|error| {
            damaged("samples", &self.index.id.to_string(), error.to_string()).into()
        })
    }
}

fn write_rows(
    store: &Store,
    settings: &ExportSettings,
    staging: &Staging,
    facts: &mut Facts,
    progress: &dyn Fn(u64),
) -> Result<Vec<ExportedFile>> {
    let mut writer = settings.format.writer(settings, staging);
    let mut unpacker = Unpacker::new()?;
    let limit = settings.filter.limit.unwrap_or(u64::MAX);
    store.scan_samples(&settings.filter, |scanned| {
        progress(1);
        match scanned {
            Scanned::LeftOut(why) => facts.leave_out(why),
            Scanned::Wanted(_) if facts.rows >= limit => facts.leave_out("limit"),
            Scanned::Wanted(index) => {
                let stored = store.stored_sample(&index, &mut unpacker)?;
                let row = Row { index, stored };
                match writer.write(store, &row)? {
                    Written::Yes => facts.count(store, &row.index)?,
                    Written::No(why) => facts.leave_out(why),
                }
            }
        }
        Ok::<_, ExportError>(ControlFlow::Continue(()))
    })?;
    writer.finish()
}
