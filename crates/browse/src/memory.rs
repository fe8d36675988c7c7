//! The index and the numbers of a store, kept from one start to the next while its file has not changed.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::index::{Index, file};

/// Numbers that were counted before.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Memory {
    /// Description of the store's files at the time.
    stamp: String,
    /// The reply to `overview`.
    pub(crate) overview: Value,
    /// The reply to `story`.
    pub(crate) story: Value,
}

/// A place for the numbers of one store, and for its index.
#[derive(Debug)]
pub(crate) struct Place {
    store: PathBuf,
    file: PathBuf,
    /// The index, behind a line with the stamp.
    index: PathBuf,
}

impl Place {
    /// The place for a store, in a folder for what can be made again.
    pub(crate) fn new(store: &Path, folder: &Path) -> Option<Self> {
        let store = store.canonicalize().ok()?;
        let mut hasher = DefaultHasher::new();
        store.hash(&mut hasher);
        let name = |end| folder.join(format!("{:016x}.{end}", hasher.finish()));
        let (file, index) = (name("json"), name("index"));
        Some(Self { store, file, index })
    }

    /// The numbers, if they were counted in the files as they are now.
    pub(crate) fn recall(&self) -> Option<Memory> {
        let bytes = tracestone_files::read(&self.file).ok()?;
        let memory: Memory = serde_json::from_slice(&bytes).ok()?;
        (memory.stamp == self.stamp()?).then_some(memory)
    }

    /// The index, if it was read from the files as they are now.
    pub(crate) fn recall_index(&self) -> Option<Index> {
        let bytes = tracestone_files::read(&self.index).ok()?;
        let rest = bytes.strip_prefix(first_line(&self.stamp()?).as_bytes())?;
        file::read(rest)
    }

    /// Keeps an index that was read since the files had this stamp, as [`Self::keep`] does.
    pub(crate) fn keep_index(&self, stamp: &str, index: &Index) {
        if self.stamp().as_deref() != Some(stamp) {
            return;
        }
        let folder = tracestone_files::folder_of(&self.index);
        let kept = tracestone_files::create_folder(folder).and_then(|()| {
            tracestone_files::replace_with(&self.index, |file| {
                file.write_all(first_line(stamp).as_bytes())?;
                file::write(index, file)
            })
        });
        drop(kept);
    }

    /// The description of the store's files: a change of the store changes it.
    pub(crate) fn stamp(&self) -> Option<String> {
        let of = |path: &Path| {
            let about = std::fs::metadata(path)
                .ok()
                .filter(|about| about.len() > 0)?;
            let changed = about.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
            Some(format!("{} {}", about.len(), changed.as_nanos()))
        };
        let mut log = self.store.clone().into_os_string();
        log.push("-wal");
        let (store, log) = (of(&self.store)?, of(Path::new(&log)).unwrap_or_default());
        Some(format!(
            "{} {} {store} {log}",
            env!("CARGO_PKG_VERSION"),
            self.store.display()
        ))
    }

    /// Keeps the numbers that were counted since the files had this stamp; a failure costs the next start some time.
    pub(crate) fn keep(&self, stamp: String, overview: Value, story: Value) {
        // Something was written meanwhile: who knows before which number.
        if self.stamp().as_ref() != Some(&stamp) {
            return;
        }
        let memory = Memory {
            stamp,
            overview,
            story,
        };
        let folder = tracestone_files::folder_of(&self.file);
        let kept = tracestone_files::create_folder(folder)
            .map(|()| serde_json::to_vec(&memory).unwrap_or_default())
            .and_then(|bytes| tracestone_files::replace(&self.file, bytes));
        drop(kept);
    }
}

/// The first line of an index's file: its format and the store's stamp.
fn first_line(stamp: &str) -> String {
    format!("{} {stamp}\n", file::FORMAT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_store_is_counted_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("a.db");
        std::fs::write(&store, "one").unwrap();
        let place = Place::new(&store, &folder.path().join("cache")).unwrap();
        assert!(place.recall().is_none());
        let stamp = place.stamp().unwrap();
        place.keep(stamp.clone(), 1.into(), 2.into());
        assert_eq!(place.recall().map(|memory| memory.story), Some(2.into()));
        std::fs::write(folder.path().join("a.db-wal"), "more").unwrap();
        assert!(place.recall().is_none());
        // Counted before the change, so it is not kept.
        place.keep(stamp, 3.into(), 4.into());
        assert!(place.recall().is_none());
    }
}
