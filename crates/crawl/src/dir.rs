//! Folders.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use crate::error::CrawlError;
use crate::reader::{Entry, EntryKind, Reader, bad_name};

/// Deeper folders are not entered, so that a cycle of mounts cannot hold up a crawl.
const MAX_DEPTH: usize = 64;

/// A folder on disk. Links are not followed.
pub(crate) struct DirReader {
    root: PathBuf,
    foreign: &'static [&'static str],
}

impl DirReader {
    /// Reads below `root`, which must be a folder, except what is in the `foreign` folders in it.
    pub(crate) fn open(root: &Path, foreign: &'static [&'static str]) -> Result<Self, CrawlError> {
        let error = |error| CrawlError::read(root.display(), error);
        let metadata = fs::metadata(root).map_err(error)?;
        if !metadata.is_dir() {
            return Err(error(io::Error::from(io::ErrorKind::NotADirectory)));
        }
        Ok(Self {
            root: root.to_owned(),
            foreign,
        })
    }

    /// Why the files of a folder do not belong to the source, if they don't.
    fn foreign(&self, path: &str) -> Option<&'static str> {
        if self.foreign.contains(&path) {
            Some("installed packages")
        } else if self.root.join(path).join("pyvenv.cfg").exists() {
            Some("a virtual environment")
        } else {
            None
        }
    }

    fn collect(&self, folder: &str, depth: usize, entries: &mut Vec<Entry>) -> io::Result<()> {
        for item in fs::read_dir(self.root.join(folder))? {
            let item = item?;
            let name = item.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() {
                name.clone()
            } else {
                format!("{folder}/{name}")
            };
            // What git and Python keep beside the files is no part of them.
            if name == ".git" || name == "__pycache__" {
                continue;
            }
            let bad_name = bad_name(item.file_name().as_bytes());
            // Of the entry itself: a link is not followed.
            let metadata = match item.metadata() {
                Ok(metadata) => metadata,
                Err(error) => {
                    let kind = EntryKind::Unreadable(error.to_string());
                    entries.push(Entry::new(path, kind, 0));
                    continue;
                }
            };
            let kind = if let Some(kind) = bad_name {
                kind
            } else if metadata.is_dir() {
                if let Some(why) = self.foreign(&path) {
                    EntryKind::Foreign(why)
                } else if depth == MAX_DEPTH {
                    EntryKind::Unreadable("nested too deeply".to_owned())
                } else {
                    // A folder that may not be read is no reason to give up the others.
                    match self.collect(&path, depth + 1, entries) {
                        Ok(()) => continue,
                        Err(error) => EntryKind::Unreadable(error.to_string()),
                    }
                }
            } else if metadata.is_file() {
                EntryKind::File
            } else {
                EntryKind::Special
            };
            entries.push(Entry::new(path, kind, metadata.len()));
        }
        Ok(())
    }
}

impl Reader for DirReader {
    fn entries(&self) -> Result<Vec<Entry>, CrawlError> {
        let mut entries = Vec::new();
        self.collect("", 0, &mut entries)
            .map_err(|error| CrawlError::read(self.root.display(), error))?;
        entries.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(entries)
    }

    fn read(&self, entry: &Entry) -> Result<Vec<u8>, CrawlError> {
        fs::read(self.root.join(&entry.path)).map_err(|error| CrawlError::read(&entry.path, error))
    }
}
