//! Items of the user's own: rows of a file, and a map that says which of their fields is what.

#![expect(
    clippy::disallowed_methods,
    reason = "the errors of this module name the path"
)]

mod csv;
mod fields;
mod folder;

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::gather::{Samples, SamplesError};
use crate::item::Item;
use crate::judge::Labelled;
use crate::task::{Source, Task};
use crate::text::without_surrogates;
use crate::texts::bytes;

pub use fields::{Fields, Names};

/// A row: fields by name.
pub type Row = Map<String, Value>;

/// Error of turning rows into items.
#[derive(Debug, thiserror::Error)]
pub enum OwnError {
    /// The task names no file.
    #[error("the task {0} names no file of items")]
    NoFile(String),
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// Path of the file.
        path: PathBuf,
        /// Cause of the failure.
        source: std::io::Error,
    },
    /// A file has another form.
    #[error("{}, line {line}: {what}", path.display())]
    Line {
        /// Path of the file.
        path: PathBuf,
        /// Number of the line.
        line: usize,
        /// Error in the line.
        what: String,
    },
    /// A row lacks something.
    #[error("{}, row {row}: {what}", path.display())]
    Row {
        /// Path of the file.
        path: PathBuf,
        /// The row, counted from 1.
        row: usize,
        /// Error in the row.
        what: String,
    },
    /// A folder has no such part.
    #[error("{} has no file for the split `{split}`; there are: {known}", path.display())]
    Split {
        /// Path of the folder.
        path: PathBuf,
        /// Name of the part.
        split: String,
        /// Parts that the folder has.
        known: String,
    },
    /// The file's ending says nothing about its form.
    #[error("{}: files of rows end in .jsonl, .json, .csv, .tsv (also with .gz or .zst) or .parquet", .0.display())]
    Ending(PathBuf),
    /// A Parquet file cannot be read.
    #[error("{}: {source}", path.display())]
    Parquet {
        /// Path of the file.
        path: PathBuf,
        /// Cause of the failure.
        source: SamplesError,
    },
}

/// The items of a task whose source is the user's own; `data` takes the place of the path in the task's file.
///
/// # Errors
/// They cannot be read, or a row lacks what the task says that it has.
pub fn items(
    task: &Task,
    data: Option<&Path>,
    samples: &dyn Samples,
) -> Result<Vec<Item>, OwnError> {
    let path = match (data, &task.items().path) {
        (Some(data), _) => data.to_owned(),
        (None, Some(path)) => task.path(path),
        (None, None) => return Err(OwnError::NoFile(task.name().to_owned())),
    };
    let (source, split) = (task.items().source, task.items().split.as_deref());
    let mut items = Vec::new();
    let mut ids = std::collections::BTreeSet::new();
    for (file, rows) in files(&path, source, split, samples)? {
        for (at, row) in rows.into_iter().enumerate() {
            let wrong = |what: String| OwnError::Row {
                path: file.clone(),
                row: at + 1,
                what,
            };
            let item = mapped(task, row, items.len() + 1).map_err(wrong)?;
            if !ids.insert(item.id.clone()) {
                return Err(wrong(format!("a second item has the id {}", item.id)));
            }
            items.push(item);
        }
    }
    Ok(items)
}

/// The item that a row is; `number` names it where no field does.
fn mapped(task: &Task, row: Row, number: usize) -> Result<Item, String> {
    let judge = task.judge_choice().name.as_str();
    task.items().fields.item(row, number, judge)
}

/// The examples that the task's file names, as items.
///
/// # Errors
/// As [`items`].
pub fn shots(task: &Task, samples: &dyn Samples) -> Result<Vec<Item>, OwnError> {
    let Some(shots) = task.shot_rows() else {
        return Ok(Vec::new());
    };
    let path = task.path(&shots.path);
    let source = by_ending(&path)?;
    let mut items = Vec::new();
    for (file, rows) in files(&path, source, None, samples)? {
        for (at, row) in rows.into_iter().enumerate().take(shots.count - items.len()) {
            items.push(mapped(task, row, at + 1).map_err(|what| OwnError::Row {
                path: file.clone(),
                row: at + 1,
                what,
            })?);
        }
    }
    Ok(items)
}

/// The labelled responses that the task's judge is compared with: rows of the task's own form with a `response`, and
/// a `correct` that is true or false.
///
/// # Errors
/// As [`items`].
pub fn labelled(task: &Task, samples: &dyn Samples) -> Result<Vec<Labelled>, OwnError> {
    let Some(name) = task.judge().labels() else {
        return Ok(Vec::new());
    };
    let path = task.path(name);
    let mut found = Vec::new();
    for (file, rows) in files(&path, by_ending(&path)?, None, samples)? {
        for (at, mut row) in rows.into_iter().enumerate() {
            let wrong = |what: String| OwnError::Row {
                path: file.clone(),
                row: at + 1,
                what,
            };
            let response = row.remove("response");
            let correct = row.remove("correct");
            let (Some(Value::String(response)), Some(Value::Bool(correct))) = (response, correct)
            else {
                let what = "a label has a text `response`, and `correct`, true or false";
                return Err(wrong(what.to_owned()));
            };
            found.push(Labelled {
                item: mapped(task, row, at + 1).map_err(wrong)?,
                response,
                correct,
            });
        }
    }
    Ok(found)
}

/// The form of a file, by its ending.
fn by_ending(path: &Path) -> Result<Source, OwnError> {
    if path.is_dir() {
        return Ok(Source::Folder);
    }
    match ending(path) {
        "jsonl" | "json" | "ndjson" => Ok(Source::Jsonl),
        "csv" | "tsv" => Ok(Source::Csv),
        "parquet" => Ok(Source::Parquet),
        _ => Err(OwnError::Ending(path.to_owned())),
    }
}

/// The ending of a file's name, without that of its compression.
fn ending(path: &Path) -> &str {
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.unwrap_or_default();
    let packings = [".gz", ".zst"];
    let packed = packings.iter().find_map(|end| name.strip_suffix(end));
    let name = packed.unwrap_or(name);
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// The rows of a path, by file.
fn files(
    path: &Path,
    source: Source,
    split: Option<&str>,
    samples: &dyn Samples,
) -> Result<Vec<(PathBuf, Vec<Row>)>, OwnError> {
    if path.is_dir() {
        let files = folder::files(path, split)?;
        let read = |file: PathBuf| {
            let rows = rows(&file, by_ending(&file)?, samples)?;
            Ok((file, rows))
        };
        return files.into_iter().map(read).collect();
    }
    let source = if source == Source::Folder {
        by_ending(path)?
    } else {
        source
    };
    Ok(vec![(path.to_owned(), rows(path, source, samples)?)])
}

/// The rows of one file of any form that is known by its ending.
///
/// # Errors
/// It cannot be read.
pub fn read(path: &Path, samples: &dyn Samples) -> Result<Vec<Row>, OwnError> {
    let files = files(path, by_ending(path)?, None, samples)?;
    Ok(files.into_iter().flat_map(|(_, rows)| rows).collect())
}

fn rows(path: &Path, source: Source, samples: &dyn Samples) -> Result<Vec<Row>, OwnError> {
    if source == Source::Parquet {
        return samples.rows(path).map_err(|source| OwnError::Parquet {
            path: path.to_owned(),
            source,
        });
    }
    let bytes = bytes(path).map_err(|source| OwnError::Read {
        path: path.to_owned(),
        source,
    })?;
    let wrong = |(line, what): (usize, String)| OwnError::Line {
        path: path.to_owned(),
        line,
        what,
    };
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
        wrong((line, "this is not UTF-8".to_owned()))
    })?;
    let text = text.trim_start_matches('\u{feff}');
    let tab = ending(path) == "tsv";
    match source {
        Source::Csv => csv::rows(text, if tab { '\t' } else { ',' }),
        _ => json_rows(text),
    }
    .map_err(wrong)
}

/// One JSON object a line, or one array of objects.
fn json_rows(text: &str) -> Result<Vec<Row>, (usize, String)> {
    let text = without_surrogates(text);
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(&text).map_err(|error| (error.line(), error.to_string()));
    }
    let lines = text.lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.trim().is_empty());
    let row = |(at, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| (at + 1, error.to_string()))
    };
    lines.map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_files_are_read_by_the_ending_before_that_of_the_packing() {
        use std::io::Write as _;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.jsonl.gz");
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(b"{\"a\":1}\n{\"a\":2}\n").unwrap();
        std::fs::write(&path, packed.finish().unwrap()).unwrap();
        assert_eq!(by_ending(&path).unwrap(), Source::Jsonl);
        assert_eq!(bytes(&path).unwrap(), b"{\"a\":1}\n{\"a\":2}\n");
        std::fs::write(&path, b"{}").unwrap();
        assert!(bytes(&path).is_err());
    }

    #[test]
    fn json_is_read_by_line_or_as_an_array() {
        assert_eq!(json_rows("{\"a\":1}\n\n{\"a\":2}").unwrap().len(), 2);
        assert_eq!(json_rows(" [{\"a\":1},\n{\"a\":2}]").unwrap().len(), 2);
        assert_eq!(json_rows("{\"a\":1}\n{\"a\":").unwrap_err().0, 2);
        assert_eq!(json_rows("{\"a\":1}\n3").unwrap_err().0, 2);
        assert_eq!(json_rows(r#"{"a":"\ud83d"}"#).unwrap()[0]["a"], "\u{fffd}");
    }
}
