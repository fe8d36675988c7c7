//! Reading exported samples back.

#![expect(
    clippy::disallowed_methods,
    reason = "the errors of this module name the path"
)]

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use tracestone_record::Sample;

use crate::export::{Format, Manifest};
use crate::table::{RowError, Wanted, read_rows};

/// Error of reading exported samples.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file or folder cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// Path of the file or folder.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A file is of another kind.
    #[error("{} is neither a .jsonl (.jsonl.gz, .jsonl.zst) nor a .parquet file", path.display())]
    UnknownFile {
        /// Path of the file.
        path: PathBuf,
    },
    /// A folder that holds no samples.
    #[error("{} holds no exported samples", path.display())]
    NoSamples {
        /// Path of the folder.
        path: PathBuf,
    },
    /// An export in a format that does not hold whole records.
    #[error("{} is an export in the format {}, which does not hold whole records", path.display(), format.name())]
    Incomplete {
        /// Path of the folder.
        path: PathBuf,
        /// Format of the export.
        format: Format,
    },
    /// A row is not a record.
    #[error("{}, row {row}, is not an exported record: {why}", path.display())]
    BadRow {
        /// Path of the file.
        path: PathBuf,
        /// The row, counted from 1; for JSON Lines, the line.
        row: u64,
        /// Description of the defect.
        why: String,
    },
}

type Result<T> = std::result::Result<T, ImportError>;

/// Reads the samples of a `.jsonl` (also compressed, `.gz` or `.zst`) or `.parquet` file, or of an export's folder, in the order of the file,
/// until `visit` breaks.
///
/// # Errors
/// A file cannot be read, or a row is not an exported record.
pub fn read_samples(path: &Path, mut visit: impl FnMut(Sample) -> ControlFlow<()>) -> Result<()> {
    for file in files(path)? {
        let flow = match extension(&file) {
            "jsonl" => read_lines(&file, &mut visit)?,
            "parquet" => read_parquet(&file, &mut visit)?,
            _ => return Err(ImportError::UnknownFile { path: file }),
        };
        if flow.is_break() {
            break;
        }
    }
    Ok(())
}

/// The extension that names a file's content: that before `.gz` or `.zst`, where it is compressed.
fn extension(path: &Path) -> &str {
    match (ending(path), path.file_stem()) {
        ("gz" | "zst", Some(stem)) => ending(Path::new(stem)),
        (plain, _) => plain,
    }
}

fn ending(path: &Path) -> &str {
    path.extension()
        .and_then(|text| text.to_str())
        .unwrap_or("")
}

/// The lines of a file, decompressed.
fn lines(path: &Path) -> std::io::Result<Box<dyn BufRead>> {
    const BUFFER: usize = 1 << 18;
    let file = File::open(path)?;
    Ok(match ending(path) {
        "gz" => {
            let plain = flate2::read::MultiGzDecoder::new(file);
            Box::new(BufReader::with_capacity(BUFFER, plain))
        }
        "zst" => {
            let plain = zstd::Decoder::new(file)?;
            Box::new(BufReader::with_capacity(BUFFER, plain))
        }
        _ => Box::new(BufReader::with_capacity(BUFFER, file)),
    })
}

fn failed(path: &Path) -> impl Fn(std::io::Error) -> ImportError {
    move |source| ImportError::Io {
        path: path.to_owned(),
        source,
    }
}

/// The file itself, or the data files of a folder: those of its manifest, else all that look right.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if !std::fs::metadata(path).map_err(failed(path))?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    if let Some(manifest) = Manifest::read(path) {
        if !matches!(manifest.format, Format::Jsonl | Format::Parquet) {
            return Err(ImportError::Incomplete {
                path: path.to_owned(),
                format: manifest.format,
            });
        }
        let data = manifest.files.iter().filter(|file| file.rows > 0);
        return Ok(data.map(|file| path.join(&file.path)).collect());
    }
    let mut found = Vec::new();
    for folder in [path.to_owned(), path.join("data")] {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let file = entry.map_err(failed(&folder))?.path();
            if matches!(extension(&file), "jsonl" | "parquet") {
                found.push(file);
            }
        }
    }
    found.sort();
    if found.is_empty() {
        return Err(ImportError::NoSamples {
            path: path.to_owned(),
        });
    }
    Ok(found)
}

/// Maximal length of a line: samples have some hundred kilobytes at most, and a device may never end one.
const MAX_LINE: u64 = 64 << 20;

fn read_lines(
    path: &Path,
    visit: &mut impl FnMut(Sample) -> ControlFlow<()>,
) -> Result<ControlFlow<()>> {
    let mut file = lines(path).map_err(failed(path))?;
    let mut line = Vec::new();
    for row in 1.. {
        line.clear();
        let mut rest = file.by_ref().take(MAX_LINE + 1);
        if rest.read_until(b'\n', &mut line).map_err(failed(path))? == 0 {
            break;
        }
        if line.len() as u64 > MAX_LINE {
            return Err(ImportError::BadRow {
                path: path.to_owned(),
                row,
                why: format!("the line has more than {} MB", MAX_LINE >> 20),
            });
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        if visit(record(path, row, &line)?).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn record(path: &Path, row: u64, json: &[u8]) -> Result<Sample> {
    serde_json::from_slice(json).map_err(|error| ImportError::BadRow {
        path: path.to_owned(),
        row,
        why: error.to_string(),
    })
}

fn read_parquet(
    path: &Path,
    visit: &mut impl FnMut(Sample) -> ControlFlow<()>,
) -> Result<ControlFlow<()>> {
    let file = File::open(path).map_err(failed(path))?;
    let bad = |error: RowError| ImportError::BadRow {
        path: path.to_owned(),
        row: error.row,
        why: error.why,
    };
    read_rows(file, Wanted::All, visit).map_err(bad)
}
