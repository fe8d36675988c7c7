//! `parquet`: the record's columns, compressed with Zstandard, in shards that hubs like.

use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterPropertiesPtr};
use tracestone_files::Staging;
use tracestone_record::{ProgramId, Sample, Split};

use super::file::HashedFile;
use super::{ExportError, ExportedFile, Result, Row, RowWriter, Written};
use crate::Store;
use crate::table::{Group, TableWriter, sample_table};

/// A shard is closed when it has grown to this size.
const SHARD_BYTES: usize = 256 << 20;
/// Row groups small enough for viewers that load whole groups.
const GROUP: Group = Group {
    rows: 10_000,
    bytes: 48 << 20,
};
/// A row group ends where the content says so: before a program whose identifier is one of so many, once it has these
/// rows. Groups of equal rows are then equal bytes wherever they are, so that a data set that is built again uploads
/// the groups alone that hold something new.
const CUT_ROWS: usize = 1_000;
const CUT_PROGRAMS: u8 = 32;
/// Pages this large hold the rows of many programs, which are then compressed against each other.
const PAGE_BYTES: usize = 4 << 20;
/// With similar rows next to each other, this level takes little longer than a low one.
const LEVEL: i32 = 9;

pub(super) struct Parquet<'a> {
    staging: &'a Staging,
    properties: WriterPropertiesPtr,
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
    rows: u64,
    /// Program of the last row.
    program: Option<ProgramId>,
    writer: TableWriter<HashedFile>,
}

impl<'a> Parquet<'a> {
    pub(super) fn new(staging: &'a Staging, tool: &str) -> Self {
        // The level is one of those that Zstandard has.
        let level = ZstdLevel::try_new(LEVEL).unwrap_or_default();
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .set_data_page_size_limit(PAGE_BYTES)
            .set_created_by(tool.to_owned())
            .build();
        Self {
            staging,
            properties: properties.into(),
            shards: Default::default(),
        }
    }

    fn open(&self, split: Split, number: usize) -> Result<Shard> {
        let file = HashedFile::create(self.staging, &open_name(split, number))?;
        let what = file.shown.display().to_string();
        let writer = TableWriter::new(file, sample_table(), self.properties.clone(), GROUP)
            .map_err(encoding(&what))?;
        Ok(Shard {
            what,
            rows: 0,
            program: None,
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
        shard.push(row.index.program, &row.stored.sample)?;
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
    fn push(&mut self, program: ProgramId, sample: &Sample) -> Result<()> {
        self.rows += 1;
        let is_next = self.program.replace(program) != Some(program);
        if is_next && program.as_bytes()[0] % CUT_PROGRAMS == 0 {
            self.writer
                .end_group(CUT_ROWS)
                .map_err(encoding(&self.what))?;
        }
        self.writer.push(sample).map_err(encoding(&self.what))
    }

    fn close(self) -> Result<ExportedFile> {
        let mut file = self.writer.finish().map_err(encoding(&self.what))?;
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
