//! `parquet`: the record's columns, compressed with Zstandard, in shards that hubs like.

mod ends;

use ends::{End, Ends};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use tracestone_files::Staging;
use tracestone_record::{ProgramId, Sample, Split};

use super::file::HashedFile;
use super::{ExportError, ExportedFile, Result, Row, RowWriter, Written};
use crate::Store;
use crate::table::{Cuts, Group, TableWriter, sample_table};

/// A shard is closed when it has grown to this size.
const SHARD_BYTES: usize = 256 << 20;
/// Row groups small enough for viewers that load whole groups.
const GROUP: Group = Group {
    rows: 100_000,
    bytes: 192 << 20,
    cuts: Some(Cuts {
        page_rows: 256,
        page_bytes: 4 << 10,
        group_bytes: 128 << 10,
    }),
};
/// Limits above any page, each of which is one batch of values that ends at a cut.
const PAGE_BYTES: usize = 64 << 20;
const BATCH_VALUES: usize = 1 << 30;
/// Columns whose values begin as the ones before do.
const ALIKE: [&str; 2] = ["program", "prompt"];
/// Columns by which a reader can leave out pages and row groups: their rows next to each other have much in common, so
/// that the footer says their least and greatest value. In other columns every group has nearly all values, and bounds
/// that tell nothing would be half of the footer.
const BOUNDED: [&str; 6] = [
    "program",
    "provenance.origin",
    "provenance.commit",
    "provenance.path",
    "provenance.license",
    "provenance.permissive",
];
/// Bytes of the least and greatest text of each page and row group in the index, which every change uploads again.
const BOUND_BYTES: usize = 12;
/// With similar rows next to each other, this level takes little longer than a low one.
const LEVEL: i32 = 9;

pub(super) struct Parquet<'a> {
    staging: &'a Staging,
    properties: WriterPropertiesPtr,
    shards: [Shards; 3],
    /// `None` where the rows of a program are not next to each other.
    ends: Option<Ends>,
}

/// The shards of one part of the split.
#[derive(Default)]
struct Shards {
    /// Program of the last row.
    program: Option<ProgramId>,
    open: Option<Shard>,
    closed: Vec<ExportedFile>,
}

/// A file under a temporary name: how many there will be is known at the end.
struct Shard {
    /// The file's name in messages.
    what: String,
    rows: u64,
    writer: TableWriter<HashedFile>,
}

impl<'a> Parquet<'a> {
    pub(super) fn new(staging: &'a Staging, tool: &str) -> Self {
        // The level is one of those that Zstandard has.
        let level = ZstdLevel::try_new(LEVEL).unwrap_or_default();
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .set_data_page_size_limit(PAGE_BYTES)
            .set_write_batch_size(BATCH_VALUES)
            .set_data_page_row_count_limit(1)
            // A new value in a dictionary gives all later ones another number.
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::None)
            .set_statistics_truncate_length(Some(BOUND_BYTES))
            .set_column_index_truncate_length(Some(BOUND_BYTES))
            .set_created_by(tool.to_owned());
        let properties = ALIKE.into_iter().fold(properties, |properties, column| {
            properties.set_column_encoding(column.into(), Encoding::DELTA_BYTE_ARRAY)
        });
        let properties = BOUNDED.into_iter().fold(properties, |properties, column| {
            let path = column.split('.').map(str::to_owned).collect::<Vec<_>>();
            properties.set_column_statistics_enabled(path.into(), EnabledStatistics::Page)
        });
        Self {
            staging,
            properties: properties.build().into(),
            shards: Default::default(),
            ends: None,
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
            writer,
        })
    }
}

impl RowWriter for Parquet<'_> {
    fn expect(&mut self, programs: &[(ProgramId, u32)]) {
        self.ends = Some(Ends::of(programs));
    }

    fn write(&mut self, _: &Store, row: &Row) -> Result<Written> {
        let split = row.index.split;
        let program = row.index.program;
        let shards = &mut self.shards[split as usize];
        let is_next = shards.program.replace(program) != Some(program);
        let end = match &self.ends {
            Some(ends) => ends.before(program).filter(|_| is_next),
            None => Some(End::Page),
        };
        if let Some(shard) = shards.open.take_if(|_| end == Some(End::File)) {
            shards.closed.push(shard.close()?);
        }
        let mut shard = match shards.open.take() {
            Some(shard) => shard,
            None => {
                let number = shards.closed.len();
                self.open(split, number)?
            }
        };
        shard.push(end, &row.stored.sample)?;
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
    fn push(&mut self, end: Option<End>, sample: &Sample) -> Result<()> {
        self.rows += 1;
        if let Some(end) = end {
            let cut = self.writer.cut(end >= End::Group);
            cut.map_err(encoding(&self.what))?;
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
