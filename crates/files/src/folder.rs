//! An open folder. Everything in it is read, written or removed by one name at a time, starting from the open
//! folder and without following a symbolic link. So nothing outside of it can be touched, even if its entries
//! are changed meanwhile.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path};

use rustix::fs::{
    self as sys, AtFlags, CWD, Dir, FileType, FlockOperation, Mode, OFlags, RenameFlags,
};
use rustix::io::Errno;

/// Flags of every folder that is opened beneath another.
const INSIDE: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// No manifest is larger; of a larger file the start is read, which is no manifest.
const MAX_READ: u64 = 64 << 20;

/// An open folder.
#[derive(Debug)]
pub(crate) struct Folder(OwnedFd);

impl Folder {
    /// Opens the folder that a user named; links on the way to it are the user's and are followed.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(sys::openat(CWD, path, flags, Mode::empty())?))
    }

    /// Opens a folder in this one.
    pub(crate) fn inside(&self, name: &OsStr) -> io::Result<Self> {
        Ok(Self(sys::openat(&self.0, name, INSIDE, Mode::empty())?))
    }

    /// Makes a folder in this one, and says `false` where there is something of that name; the user's
    /// umask says who may read it.
    pub(crate) fn make(&self, name: &OsStr) -> io::Result<bool> {
        match sys::mkdirat(&self.0, name, Mode::from_raw_mode(0o777)) {
            Ok(()) => Ok(true),
            Err(Errno::EXIST) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Creates a file, which must not be there, and the folders on its path.
    pub(crate) fn create(&self, path: &Path) -> io::Result<File> {
        self.in_folder_of(path, true, |folder, name| {
            let flags =
                OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let file = sys::openat(&folder.0, name, flags, Mode::from_raw_mode(0o666))?;
            Ok(File::from(file))
        })
    }

    /// The content of a small file; `None` where there is none, or something else than a file.
    pub(crate) fn read(&self, path: &Path) -> Option<Vec<u8>> {
        let mut content = Vec::new();
        let mut file = self.open_file(path).ok()?.take(MAX_READ);
        file.read_to_end(&mut content).ok()?;
        Some(content)
    }

    /// The BLAKE3 hash of a file in hexadecimal; `None` where there is none.
    pub(crate) fn hash(&self, path: &Path) -> Option<String> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(self.open_file(path).ok()?).ok()?;
        Some(hasher.finalize().to_hex().to_string())
    }

    fn open_file(&self, path: &Path) -> io::Result<File> {
        self.in_folder_of(path, false, |folder, name| {
            // Without waiting for the other end of a pipe that somebody put there.
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
            let file = File::from(sys::openat(&folder.0, name, flags, Mode::empty())?);
            match file.metadata()?.is_file() {
                true => Ok(file),
                false => Err(io::ErrorKind::InvalidInput.into()),
            }
        })
    }

    /// Removes a file, or a link instead of what it leads to, where there is one.
    pub(crate) fn remove(&self, path: &Path) -> io::Result<()> {
        let removed = self.in_folder_of(path, false, |folder, name| {
            Ok(sys::unlinkat(&folder.0, name, AtFlags::empty())?)
        });
        match removed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// Moves a file to the same path in another folder, replacing an existing one.
    pub(crate) fn hand_over(&self, path: &Path, to: &Self, new: &Path) -> io::Result<()> {
        self.in_folder_of(path, false, |folder, name| {
            to.in_folder_of(new, true, |new_folder, new_name| {
                Ok(sys::renameat(&folder.0, name, &new_folder.0, new_name)?)
            })
        })
    }

    /// Gives an entry of this folder another name that nothing has yet.
    pub(crate) fn rename_new(&self, name: &OsStr, new: &OsStr) -> io::Result<()> {
        match sys::renameat_with(&self.0, name, &self.0, new, RenameFlags::NOREPLACE) {
            // Some file systems cannot promise that. A plain rename replaces no file and no link by a
            // folder, and no folder that holds something.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                Ok(sys::renameat(&self.0, name, &self.0, new)?)
            }
            other => Ok(other?),
        }
    }

    /// Removes a folder in this one if it is empty.
    pub(crate) fn remove_empty(&self, name: &OsStr) -> io::Result<()> {
        Ok(sys::unlinkat(&self.0, name, AtFlags::REMOVEDIR)?)
    }

    /// The names in this folder, sorted.
    pub(crate) fn names(&self) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.0)? {
            let name = entry?.file_name().to_bytes().to_owned();
            if name != b"." && name != b".." {
                names.push(OsStr::from_bytes(&name).to_owned());
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Removes all that is in this folder.
    pub(crate) fn clear(&self) -> io::Result<()> {
        for name in self.names()? {
            match sys::unlinkat(&self.0, &*name, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => {}
                // Linux says the first of a folder, others may say the second.
                Err(Errno::ISDIR | Errno::PERM) => {
                    self.inside(&name)?.clear()?;
                    self.remove_empty(&name)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Takes the lock of this folder until it is closed; says `false` where another process has it.
    pub(crate) fn lock(&self) -> io::Result<bool> {
        match sys::flock(&self.0, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(true),
            Err(Errno::WOULDBLOCK) => Ok(false),
            // Network file systems that cannot lock a folder: there, nobody is kept out.
            Err(Errno::BADF | Errno::NOLCK | Errno::NOTSUP | Errno::NOSYS | Errno::INVAL) => {
                Ok(true)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// True if this folder is still the entry `name` of `parent`.
    pub(crate) fn is_still(&self, parent: &Self, name: &OsStr) -> io::Result<bool> {
        let ours = sys::fstat(&self.0)?;
        match sys::statat(&parent.0, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(named) => Ok(named.st_ino == ours.st_ino && named.st_dev == ours.st_dev),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// True if the user of this process owns the folder.
    pub(crate) fn is_ours(&self) -> io::Result<bool> {
        Ok(sys::fstat(&self.0)?.st_uid == rustix::process::geteuid().as_raw())
    }

    /// Type of an entry that is not a plain file, such as a link or folder: an export must neither write
    /// through it nor replace it.
    pub(crate) fn obstacle(&self, path: &Path) -> io::Result<Option<&'static str>> {
        let mut folder = self.0.try_clone().map(Self)?;
        let mut names = names_of(path)?.into_iter().peekable();
        while let Some(name) = names.next() {
            let kind = match sys::statat(&folder.0, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(found) => FileType::from_raw_mode(found.st_mode),
                Err(Errno::NOENT) => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            match (kind, names.peek().is_some()) {
                (FileType::Directory, true) => folder = folder.inside(name)?,
                (FileType::RegularFile, false) => {}
                (FileType::Symlink, _) => return Ok(Some("a symbolic link")),
                (FileType::Directory, false) => return Ok(Some("a folder")),
                _ => return Ok(Some("neither a file nor a folder")),
            }
        }
        Ok(None)
    }

    /// Does something with the folder that holds a path's last name.
    fn in_folder_of<T>(
        &self,
        path: &Path,
        make: bool,
        act: impl FnOnce(&Self, &OsStr) -> io::Result<T>,
    ) -> io::Result<T> {
        let mut names = names_of(path)?;
        let Some(last) = names.pop() else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let mut folder = None;
        for name in names {
            let current = folder.as_ref().unwrap_or(self);
            if make {
                current.make(name)?;
            }
            let next = current.inside(name)?;
            folder = Some(next);
        }
        act(folder.as_ref().unwrap_or(self), last)
    }
}

/// The names that a path consists of; an error where it could lead out of a folder.
fn names_of(path: &Path) -> io::Result<Vec<&OsStr>> {
    path.components()
        .map(|component| match component {
            Component::Normal(name) => Ok(name),
            _ => Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the path leads out of the folder",
            )),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn places() -> (tempfile::TempDir, Folder) {
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(place.path().join("outside")).unwrap();
        std::fs::create_dir_all(place.path().join("inside/data")).unwrap();
        std::fs::write(place.path().join("outside/victim"), "keep me").unwrap();
        symlink("../outside", place.path().join("inside/link")).unwrap();
        symlink("../outside/victim", place.path().join("inside/file")).unwrap();
        let folder = Folder::open(&place.path().join("inside")).unwrap();
        (place, folder)
    }

    #[test]
    fn nothing_is_reached_through_a_link() {
        let (place, folder) = places();
        let victim = Path::new("link/victim");
        assert!(folder.create(Path::new("link/new")).is_err());
        assert!(folder.read(victim).is_none());
        assert!(folder.read(Path::new("file")).is_none());
        assert!(folder.remove(victim).is_err());
        assert!(
            folder
                .hand_over(Path::new("file"), &folder, victim)
                .is_err()
        );
        assert_eq!(folder.obstacle(victim).unwrap(), Some("a symbolic link"));
        assert_eq!(
            folder.obstacle(Path::new("file")).unwrap(),
            Some("a symbolic link")
        );
        assert_eq!(folder.obstacle(Path::new("data/new")).unwrap(), None);
        for path in [
            "../outside/victim",
            "/etc/passwd",
            "data/../../outside/victim",
            "",
        ] {
            assert!(folder.read(Path::new(path)).is_none());
            assert!(folder.remove(Path::new(path)).is_err(), "{path}");
        }
        folder.clear().unwrap();
        assert!(folder.names().unwrap().is_empty());
        let kept = std::fs::read_to_string(place.path().join("outside/victim")).unwrap();
        assert_eq!(kept, "keep me");
        assert_eq!(
            std::fs::read_dir(place.path().join("outside"))
                .unwrap()
                .count(),
            1
        );
    }

    #[test]
    fn a_new_name_takes_the_place_of_nothing() {
        let (place, folder) = places();
        assert!(
            folder
                .rename_new(OsStr::new("data"), OsStr::new("file"))
                .is_err()
        );
        assert!(
            folder
                .rename_new(OsStr::new("data"), OsStr::new("link"))
                .is_err()
        );
        folder
            .rename_new(OsStr::new("data"), OsStr::new("new"))
            .unwrap();
        assert!(place.path().join("inside/new").is_dir());
    }

    #[test]
    fn one_has_the_lock() {
        let (place, folder) = places();
        assert!(folder.lock().unwrap());
        let other = Folder::open(&place.path().join("inside")).unwrap();
        assert!(!other.lock().unwrap());
        drop(folder);
        assert!(other.lock().unwrap());
    }
}
