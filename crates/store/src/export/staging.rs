//! The staging folder of an export, and its move into place.
//!
//! It is beside a new folder and becomes that folder, or inside an existing one, so that both are on one file
//! system. Its name is fixed, and the process that writes in it holds its lock: what a killed export left
//! there is found and removed by the next one.

#![expect(
    clippy::disallowed_methods,
    reason = "the errors of this module name the path"
)]

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::io::Errno;

use super::folder::Folder;
use super::{ExportError, MANIFEST, Manifest, Result};

/// The name inside a folder that exists, and the start of the name beside a new one.
const NAME: &str = ".tracestone-export";

/// Digits of a hash of the new folder's name in the name beside it.
const HASH_DIGITS: usize = 12;

/// Time to wait for a lock, and the number of attempts.
const PATIENCE: Duration = Duration::from_secs(1);
const MOMENT: Duration = Duration::from_millis(50);

/// Name of a mark in the staging folder while files are moved out of it. If this export is killed, the next
/// one sees that the folder contains half an export.
const MOVING: &str = "moving";

/// The manifest of the export that is being replaced.
const EARLIER: &str = "earlier.json";

/// An export that is not in its place yet. It is removed when something goes wrong.
pub(super) struct Staging {
    /// The folder as the user named it, for messages.
    out: PathBuf,
    /// The folder that the staging folder is in.
    parent: Folder,
    name: OsString,
    folder: Folder,
    target: Target,
    state: State,
}

/// State of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing is in its place yet.
    Growing,
    /// Some files may be in their places; should this fail, the next export finds in the staging folder
    /// what to take away.
    Moving,
    /// Everything is in its place.
    Done,
}

enum Target {
    /// A new folder of this name will be created next to the staging folder.
    New(OsString),
    /// The staging folder is inside the export's own folder.
    Existing {
        /// The earlier export in it.
        earlier: Option<Box<Manifest>>,
    },
}

impl Staging {
    /// Checks that `out` may be written, takes away what a killed export left there, and makes the
    /// staging folder.
    pub(super) fn prepare(out: &Path, overwrite: bool) -> Result<Self> {
        match std::fs::metadata(out) {
            Ok(found) if found.is_dir() => Self::inside(out, overwrite),
            Ok(_) => Err(ExportError::NotAFolder {
                path: out.to_owned(),
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::beside(out),
            Err(error) => Err(failed("open", out, error)),
        }
    }

    fn inside(out: &Path, overwrite: bool) -> Result<Self> {
        let parent = Folder::open(out).map_err(|error| failed("open", out, error))?;
        let name = OsString::from(NAME);
        // A folder that is refused is not touched, unless there is something to take away in it.
        let left_behind = names(&parent, out)?.contains(&name);
        if !left_behind {
            check_occupied(&parent, out, overwrite)?;
        }
        let mut staging = Self::take(out, parent, name, Target::Existing { earlier: None })?;
        if left_behind {
            staging.undo_half_moved()?;
        }
        staging.clear()?;
        check_occupied(&staging.parent, out, overwrite)?;
        staging.target = Target::Existing {
            earlier: read_manifest(&staging.parent, MANIFEST).map(Box::new),
        };
        Ok(staging)
    }

    fn beside(out: &Path) -> Result<Self> {
        let (Some(name), false) = (out.file_name(), out.is_symlink()) else {
            return Err(ExportError::NotAFolder {
                path: out.to_owned(),
            });
        };
        let beside = match out.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        std::fs::create_dir_all(beside)
            .map_err(|error| failed("create the folder", beside, error))?;
        let parent = Folder::open(beside).map_err(|error| failed("open", beside, error))?;
        let hash = blake3::hash(name.as_encoded_bytes()).to_hex();
        let staged = OsString::from(format!("{NAME}-{}", &hash[..HASH_DIGITS]));
        let staging = Self::take(out, parent, staged, Target::New(name.to_owned()))?;
        staging.clear()?;
        staging.sweep();
        Ok(staging)
    }

    /// Makes the staging folder, or takes over one whose process is gone.
    fn take(out: &Path, parent: Folder, name: OsString, target: Target) -> Result<Self> {
        let failed = |error| failed("create a folder in", out, error);
        let mut patience = PATIENCE;
        loop {
            let made = parent.make(&name).map_err(failed)?;
            let folder = match parent.inside(&name) {
                Ok(folder) => folder,
                // It was there, and the process that it belonged to ended just now.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(failed(error)),
            };
            // A server that takes root for nobody says of what we made that it is not ours.
            if !made && !folder.is_ours().map_err(failed)? {
                return Err(ExportError::Foreign {
                    path: out.to_owned(),
                    name: name.to_string_lossy().into_owned(),
                });
            }
            if !folder.lock().map_err(failed)? {
                // It may be one that only looks whether it was left behind.
                if let Some(less) = patience.checked_sub(MOMENT) {
                    patience = less;
                    std::thread::sleep(MOMENT);
                    continue;
                }
                return Err(ExportError::Busy {
                    path: out.to_owned(),
                });
            }
            // Whoever had the lock may have removed or moved the folder before we had it.
            if folder.is_still(&parent, &name).map_err(failed)? {
                return Ok(Self {
                    out: out.to_owned(),
                    parent,
                    name,
                    folder,
                    target,
                    state: State::Growing,
                });
            }
        }
    }

    /// Takes away the files of an export that was killed while it was moved into place: those whose
    /// content is what its manifest or the one before it says, and no others.
    fn undo_half_moved(&self) -> Result<()> {
        let whole = read_manifest(&self.parent, MANIFEST).is_some();
        // The manifest is the first to go and the last to come: where it is, nothing is half moved.
        if whole || self.folder.read(Path::new(MOVING)).is_none() {
            return Ok(());
        }
        let manifests = [EARLIER, MANIFEST].map(|name| read_manifest(&self.folder, name));
        let files = manifests
            .into_iter()
            .flatten()
            .flat_map(|manifest| manifest.files);
        for file in files.filter(|file| is_of_an_export(&file.path)) {
            let path = Path::new(&file.path);
            if self
                .parent
                .hash(path)
                .is_some_and(|hash| hash == file.blake3)
            {
                self.remove(path)?;
            }
        }
        self.remove_empty_folders();
        Ok(())
    }

    /// Removes what killed exports into other folders left beside the staging folder.
    fn sweep(&self) {
        for name in self.parent.names().unwrap_or_default() {
            let hash = name
                .to_str()
                .and_then(|name| name.strip_prefix(NAME)?.strip_prefix('-'));
            let staged = hash.is_some_and(|hash| {
                hash.len() == HASH_DIGITS && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
            });
            if !staged || name == self.name {
                continue;
            }
            // What cannot be removed is in nobody's way.
            let Ok(folder) = self.parent.inside(&name) else {
                continue;
            };
            if matches!((folder.is_ours(), folder.lock()), (Ok(true), Ok(true))) {
                drop(folder.clear());
                drop(self.parent.remove_empty(&name));
            }
        }
    }

    fn clear(&self) -> Result<()> {
        self.folder
            .clear()
            .map_err(|error| failed("clean up an export that was killed in", &self.out, error))
    }

    /// The number of rows of the export that would be replaced.
    pub(super) fn earlier_rows(&self) -> u64 {
        match &self.target {
            Target::Existing {
                earlier: Some(earlier),
            } => earlier.rows,
            _ => 0,
        }
    }

    /// Creates a file of the export.
    pub(super) fn create(&self, path: &str) -> Result<File> {
        self.folder
            .create(Path::new(path))
            .map_err(|error| failed("create", &self.shown(path), error))
    }

    /// Path of an exported file, for messages.
    pub(super) fn shown(&self, path: &str) -> PathBuf {
        self.out.join(path)
    }

    /// Gives a file another name.
    pub(super) fn rename(&self, from: &str, to: &str) -> Result<()> {
        self.folder
            .hand_over(Path::new(from), &self.folder, Path::new(to))
            .map_err(|error| failed("name", &self.shown(to), error))
    }

    /// Moves the export into place: a new folder at once, else file by file with the manifest last, so
    /// that a folder with a manifest always holds what the manifest says.
    pub(super) fn publish(mut self) -> Result<()> {
        match &self.target {
            Target::New(name) => {
                self.parent
                    .rename_new(&self.name, name)
                    .map_err(|error| match error.kind() {
                        io::ErrorKind::AlreadyExists => ExportError::Appeared {
                            path: self.out.clone(),
                        },
                        _ => failed("move the export to", &self.out, error),
                    })?
            }
            Target::Existing { earlier } => {
                let files = self.files_to_move()?;
                self.state = State::Moving;
                self.move_files(files, earlier.as_deref())?;
            }
        }
        self.state = State::Done;
        Ok(())
    }

    /// The files of the export, if nothing is in the way of one of them.
    fn files_to_move(&self) -> Result<BTreeSet<PathBuf>> {
        let mut files = BTreeSet::new();
        list(&self.folder, Path::new(""), &mut files)
            .map_err(|error| failed("read the new files of", &self.out, error))?;
        for path in &files {
            let obstacle = self.parent.obstacle(path);
            if let Some(what) = obstacle.map_err(|error| failed("look at", &self.out, error))? {
                return Err(ExportError::Obstacle {
                    path: self.out.join(path),
                    what,
                });
            }
        }
        files.remove(Path::new(MANIFEST));
        Ok(files)
    }

    fn move_files(&self, files: BTreeSet<PathBuf>, earlier: Option<&Manifest>) -> Result<()> {
        let moving = self.folder.create(Path::new(MOVING));
        moving.map_err(|error| failed("create a file in", &self.out, error))?;
        if let Some(earlier) = earlier {
            self.parent
                .hand_over(Path::new(MANIFEST), &self.folder, Path::new(EARLIER))
                .map_err(|error| failed("replace", &self.out.join(MANIFEST), error))?;
            for file in earlier
                .files
                .iter()
                .filter(|file| is_of_an_export(&file.path))
            {
                self.remove(Path::new(&file.path))?;
            }
        }
        for path in files
            .iter()
            .map(PathBuf::as_path)
            .chain([Path::new(MANIFEST)])
        {
            self.folder
                .hand_over(path, &self.parent, path)
                .map_err(|error| failed("move a file to", &self.out.join(path), error))?;
        }
        self.remove_empty_folders();
        Ok(())
    }

    fn remove(&self, path: &Path) -> Result<()> {
        match self.parent.remove(path) {
            // Its folder is a link or a file now: what is there is not the export's.
            Err(error) if is_not_a_folder(&error) => Ok(()),
            other => other.map_err(|error| failed("replace", &self.out.join(path), error)),
        }
    }

    /// Removes `data` where an export without it took the place of one with it.
    fn remove_empty_folders(&self) {
        // It stays where it holds something else.
        drop(self.parent.remove_empty(OsStr::new("data")));
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        match (self.state, &self.target) {
            (State::Done, Target::New(_)) | (State::Moving, _) => return,
            (State::Done, Target::Existing { .. }) | (State::Growing, _) => {}
        }
        // What cannot be removed now is removed by the next export.
        drop(self.folder.clear());
        drop(self.parent.remove_empty(&self.name));
    }
}

fn names(folder: &Folder, out: &Path) -> Result<Vec<OsString>> {
    folder.names().map_err(|error| failed("read", out, error))
}

/// Without `overwrite`, a folder with anything in it is left alone.
fn check_occupied(folder: &Folder, out: &Path, overwrite: bool) -> Result<()> {
    let mut names = names(folder, out)?;
    names.retain(|name| name != NAME);
    if overwrite || names.is_empty() {
        return Ok(());
    }
    let path = out.to_owned();
    Err(match read_manifest(folder, MANIFEST) {
        Some(earlier) => ExportError::Earlier {
            path,
            format: earlier.format,
            rows: earlier.rows,
        },
        None => ExportError::Occupied { path },
    })
}

fn read_manifest(folder: &Folder, name: &str) -> Option<Manifest> {
    serde_json::from_slice(&folder.read(Path::new(name))?).ok()
}

/// True if an export may contain a file of this name. A manifest can be edited by anyone, so no file of
/// another name is ever removed because a manifest lists it.
fn is_of_an_export(path: &str) -> bool {
    let shard = path
        .strip_prefix("data/")
        .and_then(|name| name.strip_suffix(".parquet"))
        .is_some_and(|name| {
            let numbered = name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            numbered && SPLITS.iter().any(|split| name.starts_with(split))
        });
    let lines = path
        .strip_suffix(".jsonl")
        .is_some_and(|name| SPLITS.contains(&name) || name.starts_with("cruxeval"));
    shard || (lines && !path.contains('/')) || path == "README.md"
}

const SPLITS: [&str; 3] = ["train", "validation", "test"];

fn failed(action: &'static str, path: &Path, source: io::Error) -> ExportError {
    ExportError::Io {
        action,
        path: path.to_owned(),
        source,
    }
}

fn is_not_a_folder(error: &io::Error) -> bool {
    let known = [Errno::NOTDIR, Errno::LOOP].map(Errno::raw_os_error);
    error
        .raw_os_error()
        .is_some_and(|code| known.contains(&code))
}

/// Collects the files of a folder by their paths.
fn list(folder: &Folder, inside: &Path, files: &mut BTreeSet<PathBuf>) -> io::Result<()> {
    for name in folder.names()? {
        let path = inside.join(&name);
        match folder.inside(&name) {
            Ok(below) => list(&below, &path, files)?,
            Err(error) if is_not_a_folder(&error) => drop(files.insert(path)),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_an_export_gives_are_removed_because_a_manifest_lists_them() {
        for ours in [
            "README.md",
            "train.jsonl",
            "cruxeval_ids.jsonl",
            "data/test-00000-of-00001.parquet",
        ] {
            assert!(is_of_an_export(ours), "{ours}");
        }
        for other in [
            "thesis.txt",
            "../README.md",
            "data/../train.jsonl",
            "data/train/x.parquet",
            "x/train.jsonl",
            "data/thesis.parquet",
            "data/train-../../x.parquet",
        ] {
            assert!(!is_of_an_export(other), "{other}");
        }
    }
}
