//! Folders.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::CrawlError;
use crate::reader::{Entry, EntryKind, Reader};

/// Deeper folders are not entered, so that a cycle of mounts cannot hold up a crawl.
const MAX_DEPTH: usize = 64;

/// A folder on disk. Links are not followed.
pub(crate) struct DirReader {
    root: PathBuf,
}

impl DirReader {
    /// Reads below `root`, which must be a folder.
    pub(crate) fn open(root: &Path) -> Result<Self, CrawlError> {
        let error = |error| CrawlError::read(root.display(), error);
        let metadata = fs::metadata(root).map_err(error)?;
        if !metadata.is_dir() {
            return Err(error(io::Error::from(io::ErrorKind::NotADirectory)));
        }
        Ok(Self {
            root: root.to_owned(),
        })
    }

    fn collect(
        &self,
        folder: &str,
        depth: usize,
        entries: &mut Vec<Entry>,
    ) -> Result<(), CrawlError> {
        let path = self.root.join(folder);
        let failed = |error| CrawlError::read(path.display(), error);
        for entry in fs::read_dir(&path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() {
                name.clone()
            } else {
                format!("{folder}/{name}")
            };
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() {
                if name != ".git" && name != "__pycache__" && depth < MAX_DEPTH {
                    self.collect(&path, depth + 1, entries)?;
                }
                continue;
            }
            entries.push(Entry {
                path,
                kind: if kind.is_file() {
                    EntryKind::File
                } else {
                    EntryKind::Special
                },
                bytes: entry.metadata().map_err(failed)?.len(),
                blob: None,
            });
        }
        Ok(())
    }
}

impl Reader for DirReader {
    fn entries(&self) -> Result<Vec<Entry>, CrawlError> {
        let mut entries = Vec::new();
        self.collect("", 0, &mut entries)?;
        entries.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(entries)
    }

    fn read(&self, entry: &Entry) -> Result<Vec<u8>, CrawlError> {
        let path = self.root.join(&entry.path);
        fs::read(&path).map_err(|error| CrawlError::read(path.display(), error))
    }
}
