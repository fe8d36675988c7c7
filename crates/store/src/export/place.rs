//! The folder of an export, as a kind of folder that is made beside its place and moved into it.

use tracestone_files::{Kind, Listed, StagingError};

use super::croissant::CROISSANT;
use super::{ExportError, MANIFEST, Manifest, plots};

/// Folders of exports.
pub(super) const EXPORT: Kind = Kind {
    name: ".tracestone-export",
    manifest: MANIFEST,
    files: listed,
    owns,
};

fn listed(manifest: &[u8]) -> Option<Vec<Listed>> {
    let manifest: Manifest = serde_json::from_slice(manifest).ok()?;
    let files = manifest.files.into_iter();
    Some(files.map(|file| (file.path, Some(file.blake3))).collect())
}

/// The number of rows that a manifest says.
pub(super) fn rows(manifest: Option<&[u8]>) -> u64 {
    let manifest = manifest.and_then(|bytes| serde_json::from_slice::<Manifest>(bytes).ok());
    manifest.map_or(0, |manifest| manifest.rows)
}

/// True if an export may contain a file of this name.
fn owns(path: &str) -> bool {
    let shard = path
        .strip_prefix("data/")
        .and_then(|name| name.strip_suffix(".parquet"))
        .is_some_and(|name| {
            let numbered = name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            numbered && SPLITS.iter().any(|split| name.starts_with(split))
        });
    let plain = [".gz", ".zst"]
        .iter()
        .find_map(|ending| path.strip_suffix(ending));
    let lines = plain
        .unwrap_or(path)
        .strip_suffix(".jsonl")
        .is_some_and(|name| SPLITS.contains(&name) || name.starts_with("cruxeval"));
    let plot = path
        .strip_prefix(plots::FOLDER)
        .and_then(|name| name.strip_suffix(".svg"))
        .is_some_and(|name| {
            name.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        });
    shard || plot || (lines && !path.contains('/')) || path == "README.md" || path == CROISSANT
}

const SPLITS: [&str; 3] = ["train", "validation", "test"];

impl From<StagingError> for ExportError {
    fn from(error: StagingError) -> Self {
        match error {
            StagingError::Io {
                action,
                path,
                source,
            } => Self::Io {
                action,
                path,
                source,
            },
            StagingError::Occupied { path, manifest } => {
                match manifest.and_then(|bytes| serde_json::from_slice::<Manifest>(&bytes).ok()) {
                    Some(earlier) => Self::Earlier {
                        path,
                        format: earlier.format,
                        rows: earlier.rows,
                    },
                    None => Self::Occupied { path },
                }
            }
            StagingError::Busy { path } => Self::Busy { path },
            StagingError::Appeared { path } => Self::Appeared { path },
            StagingError::Foreign { path, name } => Self::Foreign { path, name },
            StagingError::Obstacle { path, what } => Self::Obstacle { path, what },
            StagingError::NotAFolder { path } => Self::NotAFolder { path },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_an_export_gives_are_removed_because_a_manifest_lists_them() {
        for ours in [
            "README.md",
            "croissant.json",
            "train.jsonl",
            "cruxeval_ids.jsonl",
            "test.jsonl.zst",
            "train.jsonl.gz",
            "data/test-00000-of-00001.parquet",
            "plots/left-out.svg",
        ] {
            assert!(owns(ours), "{ours}");
        }
        for other in [
            "thesis.txt",
            "../README.md",
            "data/../train.jsonl",
            "data/train/x.parquet",
            "x/train.jsonl",
            "data/thesis.parquet",
            "plots/../thesis.svg",
            "thesis.svg",
            "data/train-../../x.parquet",
        ] {
            assert!(!owns(other), "{other}");
        }
    }
}
