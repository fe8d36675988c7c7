//! The folder where an export grows, and its move into place.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};

use tempfile::TempDir;

use super::{ExportError, MANIFEST, Manifest, Result};

/// An export that is not in its place yet. It is removed when something goes wrong.
pub(super) struct Staging {
    out: PathBuf,
    folder: TempDir,
    /// The files of the export that is to be replaced.
    earlier: Vec<String>,
}

impl Staging {
    /// Checks that `out` may be written and makes the temporary folder: beside `out` where that does
    /// not exist, else inside it, so that both are on one file system.
    pub(super) fn prepare(out: &Path, overwrite: bool) -> Result<Self> {
        let mut earlier = Vec::new();
        let beside = match fs::read_dir(out) {
            Ok(mut entries) => {
                if let Some(manifest) = Manifest::read(out) {
                    earlier = manifest.files.into_iter().map(|file| file.path).collect();
                } else if !overwrite && entries.next().is_some() {
                    return Err(ExportError::Occupied {
                        path: out.to_owned(),
                    });
                }
                out
            }
            Err(_) if out.exists() => {
                return Err(ExportError::NotAFolder {
                    path: out.to_owned(),
                });
            }
            Err(_) => parent(out),
        };
        create_folder(beside)?;
        let folder = tempfile::Builder::new()
            .prefix(".tracestone-export-")
            // The folder becomes the export itself; the user's umask says who may read it.
            .permissions(Permissions::from_mode(0o777))
            .tempdir_in(beside)
            .map_err(|source| failed("create a folder in", beside, source))?;
        Ok(Self {
            out: out.to_owned(),
            folder,
            earlier,
        })
    }

    /// Where a file lies while it is written; its folder exists.
    pub(super) fn place(&self, path: &str) -> Result<PathBuf> {
        let place = self.folder.path().join(path);
        create_folder(parent(&place))?;
        Ok(place)
    }

    /// Gives a file another name.
    pub(super) fn rename(&self, from: &str, to: &str) -> Result<()> {
        let to = self.place(to)?;
        fs::rename(self.folder.path().join(from), &to).map_err(|source| failed("name", &to, source))
    }

    /// Moves the export into place: a new folder at once, else file by file with the manifest last, so
    /// that a folder with a manifest always holds what the manifest says.
    pub(super) fn publish(self) -> Result<()> {
        if !self.out.exists() {
            let folder = self.folder.keep();
            return fs::rename(&folder, &self.out).map_err(|source| {
                // Nothing refers to the folder any more; that it could not be removed is no news.
                drop(fs::remove_dir_all(&folder));
                failed("move the export to", &self.out, source)
            });
        }
        remove_file(&self.out.join(MANIFEST))?;
        for path in self.earlier.iter().filter(|path| stays_inside(path)) {
            remove_file(&self.out.join(path))?;
        }
        let mut files = BTreeSet::new();
        list(self.folder.path(), Path::new(""), &mut files)?;
        files.remove(Path::new(MANIFEST));
        for path in files
            .iter()
            .map(PathBuf::as_path)
            .chain([Path::new(MANIFEST)])
        {
            let to = self.out.join(path);
            create_folder(parent(&to))?;
            fs::rename(self.folder.path().join(path), &to)
                .map_err(|source| failed("move the export to", &to, source))?;
        }
        Ok(())
    }
}

fn failed(action: &'static str, path: &Path, source: std::io::Error) -> ExportError {
    ExportError::Io {
        action,
        path: path.to_owned(),
        source,
    }
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn create_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|source| failed("create the folder", path, source))
}

fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(failed("replace", path, error))
        }
        _ => Ok(()),
    }
}

/// A manifest is a file that anyone may have edited: nothing outside the export is ever removed.
fn stays_inside(path: &str) -> bool {
    let mut components = Path::new(path).components();
    components.all(|component| matches!(component, Component::Normal(_)))
}

/// Collects the files below `root/inside`, relative to `root`.
fn list(root: &Path, inside: &Path, files: &mut BTreeSet<PathBuf>) -> Result<()> {
    let folder = root.join(inside);
    let entries = fs::read_dir(&folder).map_err(|source| failed("read", &folder, source))?;
    for entry in entries {
        let entry = entry.map_err(|source| failed("read", &folder, source))?;
        let path = inside.join(entry.file_name());
        if entry.path().is_dir() {
            list(root, &path, files)?;
        } else {
            files.insert(path);
        }
    }
    Ok(())
}
