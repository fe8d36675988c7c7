//! A staging folder, and its move into place.
//!
//! It is beside a new folder and becomes that folder, or inside an existing one, so that both are on one file
//! system. Its name is fixed, and the process that writes in it holds its lock: what a killed process left
//! there is found and removed by the next one.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::io::Errno;

use crate::folder::Folder;

/// A kind of folder with a manifest: the file that is the first to go and the last to come, so that a folder with
/// one always holds what it says.
pub struct Kind {
    /// Name of the staging folder inside a folder that exists, and the start of its name beside a new one.
    pub name: &'static str,
    /// Name of the manifest.
    pub manifest: &'static str,
    /// The files that a manifest lists, with their BLAKE3 hashes where it has them; `None` for what is no manifest.
    pub files: fn(&[u8]) -> Option<Vec<Listed>>,
    /// True if such a folder may hold a file of this name. A manifest can be edited by anyone, so no file of another
    /// name is ever removed because a manifest lists it.
    pub owns: fn(&str) -> bool,
}

/// A file that a manifest lists: its path, and its hash in hexadecimal.
pub type Listed = (String, Option<String>);

/// The content of a folder that may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replace {
    /// None: the folder must be new or empty.
    Nothing,
    /// That of another folder of the kind.
    SameKind,
    /// Any; files that are in no one's way stay.
    Anything,
}

/// Error of a staging folder.
#[derive(Debug, thiserror::Error)]
pub enum StagingError {
    /// A file cannot be written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// The failed action, as a verb phrase.
        action: &'static str,
        /// Path of the file or folder.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The folder holds something that may not be replaced.
    #[error("{} is not empty", path.display())]
    Occupied {
        /// Path of the folder.
        path: PathBuf,
        /// The manifest in it.
        manifest: Option<Vec<u8>>,
    },
    /// Another process writes into the folder.
    #[error("another process is writing into {}", path.display())]
    Busy {
        /// Path of the folder.
        path: PathBuf,
    },
    /// Something took the folder's place while it was made.
    #[error("{} was created meanwhile and was left unchanged", path.display())]
    Appeared {
        /// Path of the folder.
        path: PathBuf,
    },
    /// The staging folder belongs to somebody else.
    #[error("{name}, where {} would grow, belongs to another user", path.display())]
    Foreign {
        /// Path of the folder.
        path: PathBuf,
        /// Name of the staging folder.
        name: String,
    },
    /// Something is in the way of a file.
    #[error("{} is {what}, which is not written through or replaced", path.display())]
    Obstacle {
        /// Path of the obstacle.
        path: PathBuf,
        /// Type of the obstacle, such as a link.
        what: &'static str,
    },
    /// The path is a file.
    #[error("{} is not a folder", path.display())]
    NotAFolder {
        /// Path of the file.
        path: PathBuf,
    },
}

type Result<T> = std::result::Result<T, StagingError>;

/// Digits of a hash of the new folder's name in the name beside it.
const HASH_DIGITS: usize = 12;

/// Time to wait for a lock, and the number of attempts.
const PATIENCE: Duration = Duration::from_secs(1);
const MOMENT: Duration = Duration::from_millis(50);

/// Name of a mark in the staging folder while files are moved out of it. If this process is killed, the next
/// one sees that the folder contains half of it.
const MOVING: &str = "moving";

/// The manifest of the export that is being replaced.
const EARLIER: &str = "earlier.json";

/// A folder that is not in its place yet. It is removed when something goes wrong.
pub struct Staging {
    kind: &'static Kind,
    /// The folder as the user named it, for messages.
    out: PathBuf,
    /// The folder that the staging folder is in.
    parent: Folder,
    name: OsString,
    folder: Folder,
    target: Target,
    state: State,
}

/// State of a staging folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing is in its place yet.
    Growing,
    /// Some files may be in their places; should this fail, the next process finds in the staging folder
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
        earlier: Option<Vec<u8>>,
    },
}

impl Staging {
    /// Checks that `out` may be written, takes away what a killed export left there, and makes the
    /// staging folder.
    ///
    /// # Errors
    /// Something is in the way, or a folder cannot be made.
    pub fn prepare(kind: &'static Kind, out: &Path, replace: Replace) -> Result<Self> {
        match std::fs::metadata(out) {
            Ok(found) if found.is_dir() => Self::inside(kind, out, replace),
            Ok(_) => Err(StagingError::NotAFolder {
                path: out.to_owned(),
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::beside(kind, out),
            Err(error) => Err(failed("open", out, error)),
        }
    }

    fn inside(kind: &'static Kind, out: &Path, replace: Replace) -> Result<Self> {
        let parent = Folder::open(out).map_err(|error| failed("open", out, error))?;
        let name = OsString::from(kind.name);
        // A folder that is refused is not touched, unless there is something to take away in it.
        let left_behind = names(&parent, out)?.contains(&name);
        if !left_behind {
            check_occupied(kind, &parent, out, replace)?;
        }
        let mut staging = Self::take(kind, out, parent, name, Target::Existing { earlier: None })?;
        if left_behind {
            staging.undo_half_moved()?;
        }
        staging.clear()?;
        check_occupied(kind, &staging.parent, out, replace)?;
        staging.target = Target::Existing {
            earlier: read_manifest(kind, &staging.parent, kind.manifest),
        };
        Ok(staging)
    }

    fn beside(kind: &'static Kind, out: &Path) -> Result<Self> {
        let (Some(name), false) = (out.file_name(), out.is_symlink()) else {
            return Err(StagingError::NotAFolder {
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
        let staged = OsString::from(format!("{}-{}", kind.name, &hash[..HASH_DIGITS]));
        let staging = Self::take(kind, out, parent, staged, Target::New(name.to_owned()))?;
        staging.clear()?;
        staging.sweep();
        Ok(staging)
    }

    /// Makes the staging folder, or takes over one whose process is gone.
    fn take(
        kind: &'static Kind,
        out: &Path,
        parent: Folder,
        name: OsString,
        target: Target,
    ) -> Result<Self> {
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
                return Err(StagingError::Foreign {
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
                return Err(StagingError::Busy {
                    path: out.to_owned(),
                });
            }
            // Whoever had the lock may have removed or moved the folder before we had it.
            if folder.is_still(&parent, &name).map_err(failed)? {
                return Ok(Self {
                    kind,
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
        let kind = self.kind;
        let whole = read_manifest(kind, &self.parent, kind.manifest).is_some();
        // The manifest is the first to go and the last to come: where it is, nothing is half moved.
        if whole || self.folder.read(Path::new(MOVING)).is_none() {
            return Ok(());
        }
        let manifests =
            [EARLIER, kind.manifest].map(|name| read_manifest(kind, &self.folder, name));
        for (path, listed) in manifests
            .iter()
            .flatten()
            .flat_map(|bytes| self.listed(bytes))
        {
            let path = Path::new(&path);
            let found = self.parent.hash(path);
            if found.is_some_and(|found| listed.is_none_or(|listed| listed == found)) {
                self.remove(path)?;
            }
        }
        self.remove_empty_folders();
        Ok(())
    }

    /// The files that a manifest lists, as far as their names are of the kind.
    fn listed(&self, manifest: &[u8]) -> Vec<Listed> {
        let mut files = (self.kind.files)(manifest).unwrap_or_default();
        files.retain(|(path, _)| (self.kind.owns)(path));
        files
    }

    /// Removes what killed processes for other folders left beside the staging folder.
    fn sweep(&self) {
        for name in self.parent.names().unwrap_or_default() {
            let hash = name
                .to_str()
                .and_then(|name| name.strip_prefix(self.kind.name)?.strip_prefix('-'));
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
            .map_err(|error| failed("clean up what a killed process left in", &self.out, error))
    }

    /// The manifest of the folder that would be replaced.
    #[must_use]
    pub fn earlier(&self) -> Option<&[u8]> {
        match &self.target {
            Target::Existing { earlier } => earlier.as_deref(),
            Target::New(_) => None,
        }
    }

    /// Path of the staging folder.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        match &self.target {
            Target::Existing { .. } => self.out.join(&self.name),
            Target::New(_) => crate::folder_of(&self.out).join(&self.name),
        }
    }

    /// Creates a file.
    ///
    /// # Errors
    /// It cannot be created.
    pub fn create(&self, path: &str) -> Result<File> {
        self.folder
            .create(Path::new(path))
            .map_err(|error| failed("create", &self.shown(path), error))
    }

    /// Path of a file in its place, for messages.
    #[must_use]
    pub fn shown(&self, path: &str) -> PathBuf {
        self.out.join(path)
    }

    /// Gives a file another name.
    ///
    /// # Errors
    /// It cannot be renamed.
    pub fn rename(&self, from: &str, to: &str) -> Result<()> {
        self.folder
            .hand_over(Path::new(from), &self.folder, Path::new(to))
            .map_err(|error| failed("name", &self.shown(to), error))
    }

    /// Moves the folder into place: a new one at once, else file by file with the manifest last, so that a folder
    /// with a manifest always holds what the manifest says.
    ///
    /// # Errors
    /// Something is in the way, or a file cannot be moved.
    pub fn publish(mut self) -> Result<()> {
        match &self.target {
            Target::New(name) => {
                self.parent
                    .rename_new(&self.name, name)
                    .map_err(|error| match error.kind() {
                        io::ErrorKind::AlreadyExists => StagingError::Appeared {
                            path: self.out.clone(),
                        },
                        _ => failed("move the folder to", &self.out, error),
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
                return Err(StagingError::Obstacle {
                    path: self.out.join(path),
                    what,
                });
            }
        }
        files.remove(Path::new(self.kind.manifest));
        Ok(files)
    }

    fn move_files(&self, files: BTreeSet<PathBuf>, earlier: Option<&[u8]>) -> Result<()> {
        let manifest = Path::new(self.kind.manifest);
        let moving = self.folder.create(Path::new(MOVING));
        moving.map_err(|error| failed("create a file in", &self.out, error))?;
        if let Some(earlier) = earlier {
            self.parent
                .hand_over(manifest, &self.folder, Path::new(EARLIER))
                .map_err(|error| failed("replace", &self.out.join(manifest), error))?;
            for (path, _) in self.listed(earlier) {
                self.remove(Path::new(&path))?;
            }
        }
        for path in files.iter().map(PathBuf::as_path).chain([manifest]) {
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

    /// Removes `data` and `plots` where a folder without them took the place of one with them.
    fn remove_empty_folders(&self) {
        for name in ["data", "plots"] {
            // It stays where it holds something else.
            drop(self.parent.remove_empty(OsStr::new(name)));
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        match (self.state, &self.target) {
            (State::Done, Target::New(_)) | (State::Moving, _) => return,
            (State::Done, Target::Existing { .. }) | (State::Growing, _) => {}
        }
        // What cannot be removed now is removed by the next process.
        drop(self.folder.clear());
        drop(self.parent.remove_empty(&self.name));
    }
}

fn names(folder: &Folder, out: &Path) -> Result<Vec<OsString>> {
    folder.names().map_err(|error| failed("read", out, error))
}

/// Leaves a folder alone that holds what may not be replaced.
fn check_occupied(kind: &Kind, folder: &Folder, out: &Path, replace: Replace) -> Result<()> {
    let mut names = names(folder, out)?;
    names.retain(|name| name != kind.name);
    let manifest = read_manifest(kind, folder, kind.manifest);
    let allowed = match replace {
        Replace::Nothing => false,
        Replace::SameKind => manifest.is_some(),
        Replace::Anything => true,
    };
    if allowed || names.is_empty() {
        return Ok(());
    }
    Err(StagingError::Occupied {
        path: out.to_owned(),
        manifest,
    })
}

fn read_manifest(kind: &Kind, folder: &Folder, name: &str) -> Option<Vec<u8>> {
    let bytes = folder.read(Path::new(name))?;
    (kind.files)(&bytes).is_some().then_some(bytes)
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> StagingError {
    StagingError::Io {
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
