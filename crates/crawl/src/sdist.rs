//! Source distributions, downloaded by the user's own `pip`.

#![expect(
    clippy::disallowed_methods,
    reason = "the errors of this module name the path"
)]

use std::fs;
use std::io::{self, Read, Seek as _};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;

use globset::GlobSet;

use crate::error::CrawlError;
use crate::files;
use crate::license;
use crate::process;
use crate::reader::{Entry, EntryKind, MemoryReader, too_long};
use crate::url;

/// A file in an archive may be this large to be kept in memory.
const MAX_FILE_BYTES: u64 = 16 << 20;
/// All kept files of an archive may be this large together.
const MAX_KEPT_BYTES: u64 = 128 << 20;
/// An archive may unpack to this much, kept or not, which stops archives made to keep a reader busy.
const MAX_UNPACKED_BYTES: u64 = 1 << 30;
/// An archive may unpack to this many times its own size, once that is more than [`SMALL_BYTES`]. Text
/// becomes some four times as small in a gzip archive; a thousand times is the most there is.
const MAX_RATIO: u64 = 100;
/// Magic bytes of a gzip archive.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Maximal size of an entry's extensions, among them its name, in bytes.
const MAX_NAME_BYTES: u64 = 64 << 10;
/// Unpacked size up to which the compression ratio is not checked.
const SMALL_BYTES: u64 = 64 << 20;
/// Size up to which a file that the corpus does not select is kept, since metadata can name it as the
/// licence.
const MAX_UNWANTED_BYTES: u64 = 64 << 10;
/// An archive may have this many entries.
const MAX_ENTRIES: usize = 200_000;

/// Runs pip without letting it run the package; see there.
const DOWNLOAD: &str = include_str!("download.py");

/// One source distribution.
pub(crate) struct Sdist<'a> {
    pub(crate) package: &'a str,
    pub(crate) version: &'a str,
}

impl Sdist<'_> {
    /// The requirement `name==version`.
    pub(crate) fn wanted(&self) -> String {
        format!("{}=={}", self.package, self.version)
    }

    fn failed(&self, message: impl Into<String>) -> CrawlError {
        CrawlError::Sdist {
            package: self.wanted(),
            message: message.into(),
        }
    }

    /// The archive in the cache, downloaded if it is not there.
    pub(crate) fn fetch(
        &self,
        python: &Path,
        cache: &Path,
        offline: bool,
        stop: &AtomicBool,
    ) -> Result<PathBuf, CrawlError> {
        let folder = cache.join("sdist").join(self.wanted());
        match archive_in(&folder) {
            Some(archive) => Ok(archive),
            None if offline => Err(CrawlError::NotCached(self.wanted())),
            None => self.download(python, &folder, stop),
        }
    }

    /// Runs `pip download`, so that the user's index settings hold.
    fn download(
        &self,
        python: &Path,
        folder: &Path,
        stop: &AtomicBool,
    ) -> Result<PathBuf, CrawlError> {
        let io = |error| CrawlError::read(folder.display(), error);
        let parent = folder.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(io)?;
        // In the cache, so that the finished download can be renamed to its place in one step.
        let staging = tempfile::tempdir_in(parent).map_err(io)?;
        let staging = std::path::absolute(staging.path())
            .map(|path| (path, staging))
            .map_err(io)?;
        let (archives, scratch) = (staging.0.join("archives"), staging.0.join("scratch"));
        fs::create_dir(&archives).map_err(io)?;
        fs::create_dir(&scratch).map_err(io)?;
        let mut command = Command::new(python);
        command
            .args(["-c", DOWNLOAD])
            .arg(&archives)
            .args(["download", "--quiet", "--disable-pip-version-check"])
            .args(["--no-input", "--no-deps", "--no-binary", ":all:", "--dest"])
            .arg(&archives)
            .arg(self.wanted())
            .env("TMPDIR", &scratch)
            .stdin(Stdio::null());
        let done = process::run(&mut command, stop)
            .map_err(|error| CrawlError::python(python, "a source distribution", error))?;
        if !done.success {
            return Err(self.failed(pip_message(&done.stderr)));
        }
        if archive_in(&archives).is_none() {
            return Err(self.failed("it has no .tar.gz archive, and other kinds are not supported"));
        }
        // Another process may have been quicker; then its archive is as good.
        let renamed = fs::rename(&archives, folder);
        archive_in(folder).ok_or_else(|| {
            io(renamed
                .err()
                .unwrap_or_else(|| io::ErrorKind::NotFound.into()))
        })
    }

    fn too_large(&self, packed: u64, unpacked: &str) -> CrawlError {
        self.failed(format!(
            "its archive of {packed} bytes unpacks to {unpacked} bytes; at most {MAX_UNPACKED_BYTES} are \
             unpacked, and at most {MAX_RATIO} times the archive's own size"
        ))
    }

    /// Maximal unpacked size of an archive. Decompression bombs are refused before anything is kept: first by
    /// the size that the archive states (gzip has it, up to 4 GiB, in the last four bytes), then by the
    /// actual size.
    fn measure(&self, archive: &Path, stopped: &dyn Fn() -> bool) -> Result<u64, CrawlError> {
        let broken = |error: io::Error| self.failed(format!("broken archive: {error}"));
        let mut file = fs::File::open(archive).map_err(broken)?;
        let packed = file.metadata().map_err(broken)?.len();
        let limit = MAX_UNPACKED_BYTES.min((packed * MAX_RATIO).max(SMALL_BYTES));
        let (mut first, mut last) = ([0; 2], [0; 4]);
        file.read_exact(&mut first).map_err(broken)?;
        file.seek(io::SeekFrom::End(-4)).map_err(broken)?;
        file.read_exact(&mut last).map_err(broken)?;
        let says = u64::from(u32::from_le_bytes(last));
        if first == GZIP && says > limit {
            return Err(self.too_large(packed, &says.to_string()));
        }
        file.rewind().map_err(broken)?;
        let broken = |error| self.broken(packed, limit, &error);
        let mut archive = tar::Archive::new(limited(file, limit));
        for (count, entry) in archive.entries().map_err(broken)?.raw(true).enumerate() {
            if stopped() {
                return Err(CrawlError::Stopped);
            }
            let entry = entry.map_err(broken)?;
            let kind = entry.header().entry_type();
            let is_name = kind.is_gnu_longname()
                || kind.is_gnu_longlink()
                || kind.is_pax_local_extensions()
                || kind.is_pax_global_extensions();
            if is_name && entry.size() > MAX_NAME_BYTES {
                let size = entry.size();
                let message = format!("it has a file name of {size} bytes");
                return Err(self.failed(message));
            }
            if count == MAX_ENTRIES {
                return Err(self.failed(format!("holds more than {MAX_ENTRIES} files")));
            }
        }
        Ok(limit)
    }

    /// Interprets an error of the stream: over the limit, or a broken archive.
    fn broken(&self, packed: u64, limit: u64, error: &io::Error) -> CrawlError {
        match error.kind() {
            io::ErrorKind::FileTooLarge => self.too_large(packed, &format!("more than {limit}")),
            _ => self.failed(format!("broken archive: {error}")),
        }
    }

    /// The files of the archive, without its top folder. Nothing is written to disk, so a path that leads
    /// elsewhere cannot do harm; it is listed as what it is and not read.
    pub(crate) fn unpack(
        &self,
        archive: &Path,
        include: &[String],
        stopped: &dyn Fn() -> bool,
    ) -> Result<MemoryReader, CrawlError> {
        let limit = self.measure(archive, stopped)?;
        let include = files::set(include);
        let broken = |error: io::Error| self.failed(format!("broken archive: {error}"));
        let file = fs::File::open(archive).map_err(broken)?;
        let packed = file.metadata().map_err(broken)?.len();
        let broken = |error: io::Error| self.broken(packed, limit, &error);
        let mut archive = tar::Archive::new(limited(file, limit));
        let mut reader = MemoryReader::default();
        let mut total = 0;
        for (count, entry) in archive.entries().map_err(broken)?.enumerate() {
            if stopped() {
                return Err(CrawlError::Stopped);
            }
            let mut entry = entry.map_err(broken)?;
            let kind = entry.header().entry_type();
            let bytes = entry.size();
            let path = entry.path().map_err(broken)?.into_owned();
            if count == MAX_ENTRIES {
                return Err(self.failed(format!("holds more than {MAX_ENTRIES} files")));
            }
            if kind.is_dir() {
                continue;
            }
            if let Some(entry) = too_long(b"", path.as_os_str().as_encoded_bytes()) {
                reader.add(entry);
                continue;
            }
            let Some(path) = inner_path(&path) else {
                let path = path.to_string_lossy().into_owned();
                reader.add(Entry::new(path, EntryKind::Special, 0));
                continue;
            };
            if kind.is_symlink() {
                let target = entry.link_name().map_err(broken)?.unwrap_or_default();
                let target = target.to_string_lossy().into_owned();
                reader.add(Entry::new(path, EntryKind::Link(target), 0));
            } else if !kind.is_file() {
                reader.add(Entry::new(path, EntryKind::Special, 0));
            } else if is_too_long(bytes, &path, &include) {
                let why = format!("{bytes} bytes, which is more than is unpacked");
                reader.add(Entry::new(path, EntryKind::Unreadable(why), bytes));
            } else {
                total += bytes;
                if total > MAX_KEPT_BYTES {
                    let kept = MAX_KEPT_BYTES >> 20;
                    return Err(self.failed(format!("its files are more than {kept} MiB")));
                }
                let mut content = Vec::new();
                entry.read_to_end(&mut content).map_err(broken)?;
                reader.add_file(path, content);
            }
        }
        Ok(reader)
    }
}

/// True of a file that is not unpacked for its length. Files that nobody wants are short or left out.
fn is_too_long(bytes: u64, path: &str, include: &GlobSet) -> bool {
    let is_wanted = || include.is_match(path) || license::role(path).is_some();
    bytes > MAX_FILE_BYTES || (bytes > MAX_UNWANTED_BYTES && !is_wanted())
}

/// A stream that ends with an error where it becomes too long.
struct Limited<R> {
    inner: R,
    left: u64,
}

fn limited(file: fs::File, limit: u64) -> Limited<flate2::read::GzDecoder<fs::File>> {
    Limited {
        inner: flate2::read::GzDecoder::new(file),
        left: limit,
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(count as u64)
            .ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(count)
    }
}

/// The lines of pip's that say what went wrong. An index's URL can hold a password.
pub(crate) fn pip_message(stderr: &str) -> String {
    if stderr.contains("No module named pip") {
        return "this Python has no pip; install it, or name a Python that has it".to_owned();
    }
    let complaints: Vec<_> = stderr
        .lines()
        .filter(|line| !line.trim_start().starts_with("WARNING: Retrying"))
        .collect();
    let last = complaints.len().saturating_sub(4);
    format!(
        "pip: {}",
        url::redacted(&complaints[last..].join("\n"), "\0")
    )
}

/// The archive in a folder of the cache.
fn archive_in(folder: &Path) -> Option<PathBuf> {
    let mut archives: Vec<_> = fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.to_string_lossy();
            name.ends_with(".tar.gz") || name.ends_with(".tgz")
        })
        .collect();
    archives.sort();
    archives.into_iter().next()
}

/// The path below the archive's top folder; `None` for what leads out of it.
fn inner_path(path: &Path) -> Option<String> {
    let mut parts = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::CurDir => {}
            _ => return None,
        }
    }
    (parts.len() > 1).then(|| parts[1..].join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside_the_archive() {
        let inner = |path: &str| inner_path(Path::new(path));
        assert_eq!(inner("a-1.0/b/c.py").as_deref(), Some("b/c.py"));
        assert_eq!(inner("./a-1.0/b.py").as_deref(), Some("b.py"));
        for outside in ["/etc/passwd", "a-1.0/../../x.py", "../x.py", "x.py"] {
            assert_eq!(inner(outside), None, "{outside}");
        }
    }

    #[test]
    fn an_index_with_a_password_is_not_shown() {
        let said = "ERROR: Could not fetch https://me:secret@example.org/simple/x/ (404)\n";
        assert!(!pip_message(said).contains("secret"));
        assert!(pip_message(said).contains("404"));
    }
}
