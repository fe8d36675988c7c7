//! Local folders as sources.

#![expect(
    clippy::disallowed_methods,
    reason = "the errors of this module name the path"
)]

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use crate::error::CrawlError;
use crate::reader::{Entry, EntryKind, Listing, Reader, bad_name, too_long};

/// Deeper folders are not entered, so that a cycle of mounts cannot hold up a crawl.
const MAX_DEPTH: usize = 64;

/// A folder on disk. Links are not followed, but for what [`crate::files`] makes of their targets.
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

    /// Reason that the files of a folder do not belong to the source; `None` if they do.
    fn foreign(&self, path: &str) -> Option<&'static str> {
        if self.foreign.contains(&path) {
            Some("installed packages")
        } else if self.root.join(path).join("pyvenv.cfg").exists() {
            Some("a virtual environment")
        } else {
            None
        }
    }

    /// Lists a folder; the inner result is what became of the folder, the outer that of the source.
    fn collect(
        &self,
        folder: &str,
        depth: usize,
        listing: &mut Listing<'_>,
    ) -> Result<io::Result<()>, CrawlError> {
        let items = match fs::read_dir(self.root.join(folder)) {
            Ok(items) => items,
            Err(error) => return Ok(Err(error)),
        };
        for item in items {
            let item = match item {
                Ok(item) => item,
                Err(error) => return Ok(Err(error)),
            };
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
            if let Some(entry) = too_long(b"", path.as_bytes()) {
                listing.add(entry)?;
                continue;
            }
            let bad_name = bad_name(item.file_name().as_bytes());
            // Of the entry itself: a link is not followed.
            let metadata = match item.metadata() {
                Ok(metadata) => metadata,
                Err(error) => {
                    let kind = EntryKind::Unreadable(error.to_string());
                    listing.add(Entry::new(path, kind, 0))?;
                    continue;
                }
            };
            let kind = if let Some(kind) = bad_name {
                kind
            } else if metadata.is_dir() {
                match self.enter(&path, depth, listing)? {
                    None => continue,
                    Some(kind) => kind,
                }
            } else if metadata.is_file() {
                EntryKind::File
            } else if metadata.is_symlink() {
                let target = fs::read_link(item.path()).unwrap_or_default();
                EntryKind::Link(target.to_string_lossy().into_owned())
            } else {
                EntryKind::Special
            };
            listing.add(Entry::new(path, kind, metadata.len()))?;
        }
        Ok(Ok(()))
    }

    /// Lists a folder inside of another one; says what it is instead where it is not listed.
    fn enter(
        &self,
        path: &str,
        depth: usize,
        listing: &mut Listing<'_>,
    ) -> Result<Option<EntryKind>, CrawlError> {
        if let Some(why) = self.foreign(path) {
            return Ok(Some(EntryKind::Foreign(why)));
        }
        if depth == MAX_DEPTH {
            let why = "nested too deeply".to_owned();
            return Ok(Some(EntryKind::Unreadable(why)));
        }
        // A folder that may not be read is no reason to give up the others.
        let listed = self.collect(path, depth + 1, listing)?;
        let failed = listed.err().map(|error| error.to_string());
        Ok(failed.map(EntryKind::Unreadable))
    }
}

impl Reader for DirReader {
    fn entries(&self, stopped: &dyn Fn() -> bool) -> Result<Vec<Entry>, CrawlError> {
        let mut listing = Listing::new(stopped);
        self.collect("", 0, &mut listing)?
            .map_err(|error| CrawlError::read(self.root.display(), error))?;
        Ok(listing.sorted())
    }

    fn read(&self, entry: &Entry) -> Result<Vec<u8>, CrawlError> {
        fs::read(self.root.join(&entry.path)).map_err(|error| CrawlError::read(&entry.path, error))
    }
}
