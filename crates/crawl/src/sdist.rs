//! Source distributions, downloaded by the user's own `pip`.

use std::fs;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::CrawlError;
use crate::reader::MemoryReader;
use crate::url;

/// A file in an archive may be this large.
const MAX_FILE_BYTES: u64 = 16 << 20;
/// All files of an archive may be this large together, which stops archives made to fill memory.
const MAX_TOTAL_BYTES: u64 = 512 << 20;

/// One source distribution.
pub(crate) struct Sdist<'a> {
    pub(crate) package: &'a str,
    pub(crate) version: &'a str,
}

impl Sdist<'_> {
    /// `name==version`.
    pub(crate) fn wanted(&self) -> String {
        format!("{}=={}", self.package, self.version)
    }

    fn failed(&self, message: impl Into<String>) -> CrawlError {
        CrawlError::Sdist {
            package: self.wanted(),
            message: message.into(),
        }
    }

    /// Takes the archive from the cache or downloads it, and unpacks it in memory.
    pub(crate) fn open(
        &self,
        python: &Path,
        cache: &Path,
        offline: bool,
    ) -> Result<MemoryReader, CrawlError> {
        let folder = cache.join("sdist").join(self.wanted());
        let archive = match archive_in(&folder) {
            Some(archive) => archive,
            None if offline => return Err(CrawlError::NotCached(self.wanted())),
            None => self.download(python, &folder)?,
        };
        self.unpack(&archive)
    }

    /// Runs `pip download`, so that the user's index settings hold. Nothing of the package is built:
    /// `--no-deps` and a source archive still let pip ask the package for its metadata, which is why
    /// the download goes to a temporary folder and pip's own isolation is left on.
    fn download(&self, python: &Path, folder: &Path) -> Result<PathBuf, CrawlError> {
        let io = |error| CrawlError::read(folder.display(), error);
        let parent = folder.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(io)?;
        let staging = tempfile::tempdir_in(parent).map_err(io)?;
        let output = Command::new(python)
            .args([
                "-m",
                "pip",
                "download",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(["--no-deps", "--no-binary", ":all:", "--dest"])
            .arg(staging.path())
            .arg(self.wanted())
            .stdin(Stdio::null())
            .output()
            .map_err(|error| CrawlError::Python {
                python: python.display().to_string(),
                what: "a source distribution",
                message: error.to_string(),
            })?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr);
            let last: Vec<_> = text.trim().lines().rev().take(3).collect();
            let message = last.into_iter().rev().collect::<Vec<_>>().join("; ");
            return Err(self.failed(format!("pip: {}", url::redacted(&message, ""))));
        }
        fs::rename(staging.path(), folder).map_err(io)?;
        archive_in(folder).ok_or_else(|| self.failed("pip downloaded no .tar.gz archive"))
    }

    /// The files of the archive, without its top folder.
    fn unpack(&self, archive: &Path) -> Result<MemoryReader, CrawlError> {
        let broken = |error: std::io::Error| self.failed(format!("broken archive: {error}"));
        let file = fs::File::open(archive).map_err(broken)?;
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
        let mut files = Vec::new();
        let mut total = 0;
        for entry in archive.entries().map_err(broken)? {
            let mut entry = entry.map_err(broken)?;
            let bytes = entry.size();
            let path = entry.path().map_err(broken)?.into_owned();
            let Some(path) = inner_path(&path) else {
                continue;
            };
            if !entry.header().entry_type().is_file() || bytes > MAX_FILE_BYTES {
                continue;
            }
            total += bytes;
            if total > MAX_TOTAL_BYTES {
                return Err(self.failed("unpacks to more than 512 MiB"));
            }
            let mut content = Vec::new();
            entry
                .by_ref()
                .take(MAX_FILE_BYTES)
                .read_to_end(&mut content)
                .map_err(broken)?;
            files.push((path, content));
        }
        files.sort();
        files.dedup_by(|left, right| left.0 == right.0);
        Ok(MemoryReader { files })
    }
}

fn archive_in(folder: &Path) -> Option<PathBuf> {
    let mut archives: Vec<_> = fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().ends_with(".tar.gz"))
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
