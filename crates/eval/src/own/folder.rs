//! A folder with a file, or several, for each part of the split, named as on the Hub.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::OwnError;

/// Endings of files with rows.
const ENDINGS: [&str; 6] = ["jsonl", "json", "ndjson", "csv", "tsv", "parquet"];

/// The files of a part, in the order of their names; without one, those of the only part, or of `test`.
pub(super) fn files(folder: &Path, split: Option<&str>) -> Result<Vec<PathBuf>, OwnError> {
    let mut parts: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for place in [folder.to_owned(), folder.join("data")] {
        let entries = match std::fs::read_dir(&place) {
            Ok(entries) => entries,
            Err(source) if place == folder => {
                return Err(OwnError::Read {
                    path: place,
                    source,
                });
            }
            Err(_) => continue,
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            if let Some(part) = part(&path) {
                parts.entry(part).or_default().push(path);
            }
        }
    }
    let wanted = match split {
        Some(split) => split.to_owned(),
        None if parts.len() == 1 => parts.keys().next().cloned().unwrap_or_default(),
        None => "test".to_owned(),
    };
    let known: Vec<String> = parts.keys().cloned().collect();
    let mut files = parts.remove(&wanted).ok_or_else(|| OwnError::Split {
        path: folder.to_owned(),
        split: wanted,
        known: if known.is_empty() {
            "none".to_owned()
        } else {
            known.join(", ")
        },
    })?;
    files.sort();
    Ok(files)
}

/// The part that a file's name says: `test.jsonl`, `test-00000-of-00001.parquet`.
fn part(path: &Path) -> Option<String> {
    if !ENDINGS.contains(&super::ending(path)) || !path.is_file() {
        return None;
    }
    let name = path.file_name()?.to_str()?;
    let (stem, _) = name.strip_suffix(".gz").unwrap_or(name).rsplit_once('.')?;
    let is_number = |text: &str| text.len() == 5 && text.bytes().all(|c| c.is_ascii_digit());
    let shard = stem.rsplit_once("-of-").and_then(|(head, all)| {
        let (name, number) = head.rsplit_once('-')?;
        (is_number(number) && is_number(all)).then_some(name)
    });
    Some(shard.unwrap_or(stem).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_belong_to_their_part() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        for name in [
            "test-00001-of-00002.jsonl",
            "test-00000-of-00002.jsonl",
            "train.csv",
            "notes.txt",
        ] {
            std::fs::write(data.join(name), "").unwrap();
        }
        let found = files(folder.path(), None).unwrap();
        assert_eq!(found.len(), 2);
        assert!(found[0].ends_with("test-00000-of-00002.jsonl"));
        assert_eq!(files(folder.path(), Some("train")).unwrap().len(), 1);
        let error = files(folder.path(), Some("dev")).unwrap_err().to_string();
        assert!(error.ends_with("there are: test, train"), "{error}");
    }
}
