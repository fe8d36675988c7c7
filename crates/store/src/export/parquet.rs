//! `parquet`: the record's columns, compressed with Zstandard, in shards that hubs like.

use arrow::json::ReaderBuilder;
use arrow::json::reader::Decoder;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use tracestone_record::{Sample, Split};

use super::file::HashedFile;
use super::staging::Staging;
use super::{ExportError, ExportedFile, Result, Row, RowWriter, Written, arrow_schema};
use crate::Store;

/// A shard is closed when it has grown to this size.
const SHARD_BYTES: usize = 256 << 20;
/// A row group is written out when it takes this much memory, or has this many rows: few enough for
/// viewers that load whole groups.
const GROUP_BYTES: usize = 48 << 20;
const GROUP_ROWS: usize = 10_000;
/// Pages this large hold the rows of many programs, which are then compressed against each other.
const PAGE_BYTES: usize = 4 << 20;
/// With similar rows next to each other, this level takes little longer than a low one.
const LEVEL: i32 = 9;
/// Records that are turned into columns at once.
const BATCH_ROWS: usize = 256;
const BATCH_BYTES: usize = 4 << 20;

pub(super) struct Parquet<'a> {
    staging: &'a Staging,
    properties: WriterProperties,
    shards: [Shards; 3],
}

/// The shards of one part of the split.
#[derive(Default)]
struct Shards {
    open: Option<Shard>,
    closed: Vec<ExportedFile>,
}

/// A file under a temporary name: how many there will be is known at the end.
struct Shard {
    /// The file's name in messages.
    what: String,
    decoder: Decoder,
    batch_bytes: usize,
    rows: u64,
    writer: ArrowWriter<HashedFile>,
}

impl<'a> Parquet<'a> {
    pub(super) fn new(staging: &'a Staging, tool: &str) -> Self {
        // The level is one of those that Zstandard has.
        let level = ZstdLevel::try_new(LEVEL).unwrap_or_default();
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .set_data_page_size_limit(PAGE_BYTES)
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_created_by(tool.to_owned())
            .build();
        Self {
            staging,
            properties,
            shards: Default::default(),
        }
    }

    fn open(&self, split: Split, number: usize) -> Result<Shard> {
        let file = HashedFile::create(self.staging, &open_name(split, number))?;
        let what = file.shown.display().to_string();
        let writer = ArrowWriter::try_new(file, arrow_schema(), Some(self.properties.clone()))
            .map_err(encoding(&what))?;
        let decoder = ReaderBuilder::new(arrow_schema())
            .with_batch_size(BATCH_ROWS)
            .with_strict_mode(true)
            .build_decoder()
            .map_err(encoding(&what))?;
        Ok(Shard {
            what,
            decoder,
            batch_bytes: 0,
            rows: 0,
            writer,
        })
    }
}

impl RowWriter for Parquet<'_> {
    fn write(&mut self, _: &Store, row: &Row) -> Result<Written> {
        let split = row.index.split;
        let shards = &mut self.shards[split as usize];
        let mut shard = match shards.open.take() {
            Some(shard) => shard,
            None => {
                let number = shards.closed.len();
                self.open(split, number)?
            }
        };
        shard.push(&row.stored.sample)?;
        let shards = &mut self.shards[split as usize];
        if shard.writer.bytes_written() >= SHARD_BYTES {
            shards.closed.push(shard.close()?);
        } else {
            shards.open = Some(shard);
        }
        Ok(Written::Yes)
    }

    fn finish(self: Box<Self>) -> Result<Vec<ExportedFile>> {
        let mut files = Vec::new();
        for (split, shards) in Split::ALL.into_iter().zip(self.shards) {
            let mut closed = shards.closed;
            closed.extend(shards.open.map(Shard::close).transpose()?);
            let total = closed.len();
            for (number, file) in closed.into_iter().enumerate() {
                let path = format!("data/{}-{number:05}-of-{total:05}.parquet", split.name());
                self.staging.rename(&file.path, &path)?;
                files.push(ExportedFile { path, ..file });
            }
        }
        Ok(files)
    }
}

fn open_name(split: Split, number: usize) -> String {
    format!("data/{}-{number:05}.parquet", split.name())
}

impl Shard {
    fn push(&mut self, sample: &Sample) -> Result<()> {
        let json = serde_json::to_vec(sample).map_err(encoding(&self.what))?;
        // The decoder stops at the end of a full batch; it is flushed before that can happen.
        let read = self.decoder.decode(&json).map_err(encoding(&self.what))?;
        if read != json.len() {
            return Err(encoding(&self.what)("a record was not read to its end"));
        }
        self.rows += 1;
        self.batch_bytes += json.len();
        if self.decoder.len() >= BATCH_ROWS || self.batch_bytes >= BATCH_BYTES {
            self.flush_batch()?;
            if self.writer.memory_size() >= GROUP_BYTES {
                self.writer.flush().map_err(encoding(&self.what))?;
            }
        }
        Ok(())
    }

    fn flush_batch(&mut self) -> Result<()> {
        self.batch_bytes = 0;
        if let Some(batch) = self.decoder.flush().map_err(encoding(&self.what))? {
            self.writer.write(&batch).map_err(encoding(&self.what))?;
        }
        Ok(())
    }

    fn close(mut self) -> Result<ExportedFile> {
        self.flush_batch()?;
        let mut file = self.writer.into_inner().map_err(encoding(&self.what))?;
        file.rows = self.rows;
        file.finish()
    }
}

fn encoding<E: ToString>(what: &str) -> impl Fn(E) -> ExportError {
    move |error| ExportError::Encoding {
        what: what.to_owned(),
        why: error.to_string(),
    }
}
