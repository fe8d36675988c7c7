//! Files read and written with errors that name the path, and replaced whole or not at all.
//!
//! ```
//! # let folder = tempfile::tempdir()?;
//! let path = folder.path().join("notes.txt");
//! let error = tracestone_files::read_text(&path).unwrap_err();
//! assert!(error.to_string().starts_with(&format!("cannot read {}: ", path.display())));
//!
//! // A reader finds the old text or the new one, never a part.
//! tracestone_files::replace(&path, b"first")?;
//! tracestone_files::replace(&path, b"second")?;
//! assert_eq!(tracestone_files::read_text(&path)?, "second");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod folder;
mod staging;

pub use staging::{Kind, Listed, Replace, Staging, StagingError};

use std::ffi::OsString;
use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter, Read as _, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// A failed operation on a file or folder.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {source}", path.display())]
pub struct FileError {
    /// The operation, as a verb.
    pub action: &'static str,
    /// The file or folder.
    pub path: PathBuf,
    /// The system's answer.
    pub source: io::Error,
}

impl FileError {
    /// An error for `map_err`.
    pub fn at(action: &'static str, path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_owned();
        move |source| Self {
            action,
            path,
            source,
        }
    }
}

/// The result of an operation on a file or folder.
pub type Result<T> = std::result::Result<T, FileError>;

/// Maximal size in bytes of a text that is read as a whole, and of anything that is no regular file, such as a pipe or
/// a device that never ends.
const MAX_WHOLE: u64 = 512 << 20;

/// Reads a file's bytes.
///
/// # Errors
/// It cannot be read, or is no regular file and does not end after half a gigabyte.
pub fn read(path: impl AsRef<Path>) -> Result<Vec<u8>> {
    let whole = || {
        let file = File::open(&path)?;
        let limit = match file.metadata()?.is_file() {
            true => u64::MAX,
            false => MAX_WHOLE,
        };
        read_at_most(&file, limit)
    };
    whole().map_err(FileError::at("read", &path))
}

/// Reads a file's text.
///
/// # Errors
/// It cannot be read, has more than half a gigabyte, or is not UTF-8.
pub fn read_text(path: impl AsRef<Path>) -> Result<String> {
    let whole = || {
        let bytes = read_at_most(&File::open(&path)?, MAX_WHOLE)?;
        let not_text = |_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8");
        String::from_utf8(bytes).map_err(not_text)
    };
    whole().map_err(FileError::at("read", &path))
}

fn read_at_most(file: &File, limit: u64) -> io::Result<Vec<u8>> {
    let size = file.metadata()?.len().min(limit);
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        let why = format!("it has more than {} MB", limit >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    Ok(bytes)
}

/// Opens a file for reading.
///
/// # Errors
/// It cannot be opened.
pub fn open(path: impl AsRef<Path>) -> Result<File> {
    File::open(&path).map_err(FileError::at("read", path))
}

/// Creates a file, or empties the one that is there.
///
/// # Errors
/// It cannot be created.
pub fn create(path: impl AsRef<Path>) -> Result<File> {
    File::create(&path).map_err(FileError::at("write", path))
}

/// Creates a file where none is.
///
/// # Errors
/// There is one, or it cannot be created.
pub fn create_new(path: impl AsRef<Path>) -> Result<File> {
    File::create_new(&path).map_err(FileError::at("write", path))
}

/// Writes a file in place. Where a reader may look at any time, use [`replace`].
///
/// # Errors
/// It cannot be written.
pub fn write(path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> Result<()> {
    fs::write(&path, bytes).map_err(FileError::at("write", path))
}

/// Creates a folder and those above it.
///
/// # Errors
/// One cannot be created.
pub fn create_folder(path: impl AsRef<Path>) -> Result<()> {
    fs::create_dir_all(&path).map_err(FileError::at("create the folder", path))
}

/// The names in a folder, sorted.
///
/// # Errors
/// The folder cannot be read.
pub fn names(folder: impl AsRef<Path>) -> Result<Vec<OsString>> {
    let listed = || {
        let entries = fs::read_dir(&folder)?;
        let mut names: Vec<_> = entries
            .map(|entry| Ok(entry?.file_name()))
            .collect::<io::Result<_>>()?;
        names.sort();
        Ok(names)
    };
    listed().map_err(FileError::at("read the folder", &folder))
}

/// Removes a file.
///
/// # Errors
/// It cannot be removed.
pub fn remove(path: impl AsRef<Path>) -> Result<()> {
    fs::remove_file(&path).map_err(FileError::at("remove", path))
}

/// Gives a file or folder another name on the same file system.
///
/// # Errors
/// It cannot be renamed; the error names the new path.
pub fn rename(from: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<()> {
    fs::rename(from, &to).map_err(FileError::at("move a file to", to))
}

/// Writes a file whole, or leaves the one that is there as it was.
///
/// # Errors
/// It cannot be written.
pub fn replace(path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> Result<()> {
    replace_with(path, |out| out.write_all(bytes.as_ref()))
}

/// As [`replace`], with a function that writes the content.
///
/// # Errors
/// It cannot be written, or `content` fails.
pub fn replace_with(
    path: impl AsRef<Path>,
    content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<()> {
    let path = path.as_ref();
    let written = || {
        let mut part = tempfile::Builder::new()
            .prefix(".")
            .suffix(".part")
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder_of(path))?;
        let mut out = BufWriter::new(part.as_file().try_clone()?);
        content(&mut out)?;
        out.into_inner()?.sync_all()?;
        part.as_file_mut().flush()?;
        part.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    written().map_err(FileError::at("write", path))
}

/// The folder that a path is in.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_or_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        replace(&path, "old").unwrap();
        let failed = replace_with(&path, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("no more room"))
        });
        assert_eq!(
            failed.unwrap_err().to_string(),
            format!("cannot write {}: no more room", path.display())
        );
        assert_eq!(read_text(&path).unwrap(), "old");
        assert_eq!(names(folder.path()).unwrap(), ["a.json"]);
    }

    #[test]
    fn a_replaced_file_can_be_read_by_those_who_may_read_others() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        replace(&one, "").unwrap();
        write(&two, "").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&one), mode(&two));
    }
}
