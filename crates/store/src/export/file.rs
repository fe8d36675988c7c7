//! A file that knows its size and hash.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use flate2::write::GzEncoder;
use serde::Serialize;
use tracestone_files::Staging;
use tracestone_record::Split;

use super::{Compression, ExportError, ExportedFile, Result};

/// Levels of compression: rows are long and alike, so that higher ones gain a few percent for several times the work.
const ZSTD_LEVEL: i32 = 9;
const GZIP_LEVEL: u32 = 6;

/// A file of an export while it is written.
pub(super) struct HashedFile {
    path: String,
    /// Path used in messages.
    pub(super) shown: PathBuf,
    sink: Sink,
    /// Number of rows, counted by the writer.
    pub(super) rows: u64,
}

/// The way of bytes to the disk.
enum Sink {
    Plain(Counted),
    Gzip(GzEncoder<Counted>),
    Zstd(zstd::Encoder<'static, Counted>),
}

impl Sink {
    fn new(to: Counted, compression: Option<Compression>) -> io::Result<Self> {
        Ok(match compression {
            None => Self::Plain(to),
            Some(Compression::Gzip) => {
                Self::Gzip(GzEncoder::new(to, flate2::Compression::new(GZIP_LEVEL)))
            }
            Some(Compression::Zstd) => Self::Zstd(zstd::Encoder::new(to, ZSTD_LEVEL)?),
        })
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Plain(file) => file,
            Self::Gzip(file) => file,
            Self::Zstd(file) => file,
        }
    }

    fn finish(self) -> io::Result<Counted> {
        match self {
            Self::Plain(file) => Ok(file),
            Self::Gzip(file) => file.finish(),
            Self::Zstd(file) => file.finish(),
        }
    }
}

/// A file with the number and the hashes of the bytes that were written.
struct Counted {
    file: BufWriter<File>,
    hasher: blake3::Hasher,
    sha256: ring::digest::Context,
    bytes: u64,
}

impl HashedFile {
    /// Starts the file at a path inside the export's folder.
    pub(super) fn create(staging: &Staging, path: &str) -> Result<Self> {
        Self::compressed(staging, path, None)
    }

    /// The same for one whose bytes are compressed.
    fn compressed(staging: &Staging, path: &str, compression: Option<Compression>) -> Result<Self> {
        let file = Counted {
            file: BufWriter::with_capacity(1 << 18, staging.create(path)?),
            hasher: blake3::Hasher::new(),
            sha256: ring::digest::Context::new(&ring::digest::SHA256),
            bytes: 0,
        };
        let shown = staging.shown(path);
        let sink = Sink::new(file, compression).map_err(|source| failed(&shown, source))?;
        Ok(Self {
            path: path.to_owned(),
            shown,
            sink,
            rows: 0,
        })
    }

    /// Writes bytes, with an error that names the file.
    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.write_all(bytes)
            .map_err(|source| failed(&self.shown, source))
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
    pub(super) fn finish(self) -> Result<ExportedFile> {
        let written = self.sink.finish().and_then(|mut file| {
            file.file.flush()?;
            file.file.get_ref().sync_all()?;
            Ok(file)
        });
        let written = written.map_err(|source| failed(&self.shown, source))?;
        Ok(ExportedFile {
            path: self.path,
            bytes: written.bytes,
            rows: self.rows,
            blake3: written.hasher.finalize().to_hex().to_string(),
            sha256: hex(written.sha256.finish().as_ref()),
        })
    }
}

fn failed(shown: &std::path::Path, source: io::Error) -> ExportError {
    ExportError::Io {
        action: "write",
        path: shown.to_owned(),
        source,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Write for HashedFile {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.sink.writer().write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.writer().flush()
    }
}

impl Write for Counted {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.file.write(buffer)?;
        self.hasher.update(&buffer[..written]);
        self.sha256.update(&buffer[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// One file of lines per part of the split, made when its first row comes: an empty file would keep
/// readers from loading the rest.
pub(super) struct SplitLines<'a> {
    staging: &'a Staging,
    compression: Option<Compression>,
    files: [Option<HashedFile>; 3],
}

impl<'a> SplitLines<'a> {
    pub(super) fn new(staging: &'a Staging, compression: Option<Compression>) -> Self {
        Self {
            staging,
            compression,
            files: [None, None, None],
        }
    }

    /// The file of a part.
    pub(super) fn of(&mut self, split: Split) -> Result<&mut HashedFile> {
        let slot = &mut self.files[split as usize];
        match slot {
            Some(file) => Ok(file),
            None => {
                let ending = self.compression.map_or("", Compression::ending);
                let path = format!("{}.jsonl{ending}", split.name());
                let file = HashedFile::compressed(self.staging, &path, self.compression)?;
                Ok(slot.insert(file))
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
