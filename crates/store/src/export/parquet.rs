//! `parquet`: the record's columns, compressed with Zstandard, in shards that hubs like.

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
/// The least programs for which a part of the split is more than one shard, and the shards of an export with more. Each
/// shard has a footer, which is all new when anything in the shard is; so many small ones for a data set that is built
/// again.
const SHARD_LEAST: usize = 1024;
const SHARDS: usize = 24;
/// Row groups small enough for viewers that load whole groups.
const GROUP: Group = Group {
    rows: 100_000,
    bytes: 192 << 20,
    cuts: Some(Cuts {
        page_rows: 256,
        page_bytes: 4 << 10,
        group_bytes: 2 << 20,
    }),
};
/// A row group ends before a program whose identifier is one of so many, some 1,600 rows and 200 KB; a page before one of
/// fewer: where the content says so, and not after so many rows. Equal rows are then equal bytes wherever they are, so that
/// a data set that is built again uploads what is new. The least sizes are small beside that, so that the cuts behind a
/// change are soon those of before. A change costs the group around it; each group has some KB in the file's footer, which
/// always is uploaded again.
const GROUP_PROGRAMS: u16 = 32;
const PAGE_PROGRAMS: u16 = 16;
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
    /// A shard ends before a program whose identifier is one of so many; 0 where none does.
    shard_programs: u16,
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
            shard_programs: 0,
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
    fn expect(&mut self, programs: usize) {
        if programs >= SHARD_LEAST {
            // A power of two, so that it stays the same while a data set grows a little.
            let each = (programs / SHARDS).next_power_of_two();
            self.shard_programs = u16::try_from(each).unwrap_or(1 << 15);
        }
    }

    fn write(&mut self, _: &Store, row: &Row) -> Result<Written> {
        let split = row.index.split;
        let one_of = self.shard_programs;
        let ends = |shard: &mut Shard| shard.ends_before(row.index.program, one_of);
        let shards = &mut self.shards[split as usize];
        if let Some(shard) = shards.open.take_if(ends) {
            shards.closed.push(shard.close()?);
        }
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

/// A number of a program that says nothing about it, by which files, groups and pages end at the same programs each time.
fn number(program: ProgramId) -> u16 {
    let [high, low, ..] = *program.as_bytes();
    u16::from_be_bytes([high, low])
}

fn open_name(split: Split, number: usize) -> String {
    format!("data/{}-{number:05}.parquet", split.name())
}

impl Shard {
    /// True if the shard ends before a program because of its identifier, and not because it has enough programs: so
    /// a shard whose programs are those of before is the same bytes as before.
    fn ends_before(&self, program: ProgramId, one_of: u16) -> bool {
        let is_next = self.program.is_some_and(|last| last != program);
        one_of > 0 && is_next && number(program).is_multiple_of(one_of)
    }

    fn push(&mut self, program: ProgramId, sample: &Sample) -> Result<()> {
        self.rows += 1;
        let is_next = self.program.replace(program) != Some(program);
        let number = number(program);
        if is_next && number.is_multiple_of(PAGE_PROGRAMS) {
            let group = number.is_multiple_of(GROUP_PROGRAMS);
            self.writer.cut(group).map_err(encoding(&self.what))?;
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
