//! A file that knows its size and hash.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use serde::Serialize;
use tracestone_files::Staging;
use tracestone_record::Split;

use super::{ExportError, ExportedFile, Result};

/// A file of an export while it is written.
pub(super) struct HashedFile {
    path: String,
    /// Path used in messages.
    pub(super) shown: PathBuf,
    file: BufWriter<File>,
    hasher: blake3::Hasher,
    sha256: ring::digest::Context,
    bytes: u64,
    /// Number of rows, counted by the writer.
    pub(super) rows: u64,
}

impl HashedFile {
    /// Starts the file at a path inside the export's folder.
    pub(super) fn create(staging: &Staging, path: &str) -> Result<Self> {
        let file = staging.create(path)?;
        Ok(Self {
            path: path.to_owned(),
            shown: staging.shown(path),
            file: BufWriter::with_capacity(1 << 18, file),
            hasher: blake3::Hasher::new(),
            sha256: ring::digest::Context::new(&ring::digest::SHA256),
            bytes: 0,
            rows: 0,
        })
    }

    /// Writes bytes, with an error that names the file.
    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.write_all(bytes).map_err(|source| self.failed(source))
    }

    /// Writes one row as a line of JSON.
    pub(super) fn put_json<T: Serialize>(&mut self, row: &T) -> Result<()> {
        let mut line = serde_json::to_vec(row).map_err(|error| ExportError::Encoding {
            what: self.path.clone(),
            why: error.to_string(),
        })?;
        line.push(b'\n');
        self.rows += 1;
        self.put(&line)
    }

    /// Writes everything out and gives the file's facts.
    pub(super) fn finish(mut self) -> Result<ExportedFile> {
        self.file
            .flush()
            .and_then(|()| self.file.get_ref().sync_all())
            .map_err(|source| self.failed(source))?;
        Ok(ExportedFile {
            path: self.path,
            bytes: self.bytes,
            rows: self.rows,
            blake3: self.hasher.finalize().to_hex().to_string(),
            sha256: hex(self.sha256.finish().as_ref()),
        })
    }

    fn failed(&self, source: std::io::Error) -> ExportError {
        ExportError::Io {
            action: "write",
            path: self.shown.clone(),
            source,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Write for HashedFile {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(buffer)?;
        self.hasher.update(&buffer[..written]);
        self.sha256.update(&buffer[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// One file of lines per part of the split, made when its first row comes: an empty file would keep
/// readers from loading the rest.
pub(super) struct SplitLines<'a> {
    staging: &'a Staging,
    files: [Option<HashedFile>; 3],
}

impl<'a> SplitLines<'a> {
    pub(super) fn new(staging: &'a Staging) -> Self {
        Self {
            staging,
            files: [None, None, None],
        }
    }

    /// The file of a part.
    pub(super) fn of(&mut self, split: Split) -> Result<&mut HashedFile> {
        let slot = &mut self.files[split as usize];
        match slot {
            Some(file) => Ok(file),
            None => {
                let path = format!("{}.jsonl", split.name());
                Ok(slot.insert(HashedFile::create(self.staging, &path)?))
            }
        }
    }

    pub(super) fn finish(self) -> Result<Vec<ExportedFile>> {
        self.files
            .into_iter()
            .flatten()
            .map(HashedFile::finish)
            .collect()
    }
}
