//! Rows to a Parquet file, encoded column by column while they come.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use parquet::column::page::{CompressedPage, PageWriteSpec, PageWriter};
use parquet::column::writer::{ColumnWriter, get_column_writer};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterPropertiesPtr;
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, TrackedWrite};
use serde::Serialize;

use super::columns::{Column, parquet_schema};
use super::shred::{Leaf, Values, leaves, shred};

/// Rows whose values are encoded at once, and the bytes of text of a column after which they are anyway. Pages end
/// between these batches.
const BATCH_ROWS: usize = 256;
const BATCH_BYTES: usize = 4 << 20;

/// Limits of a row group, and of pages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group {
    pub(crate) rows: usize,
    /// The size of its texts; it may be exceeded by a batch.
    pub(crate) bytes: usize,
    /// Sizes of pages and groups that end at [`TableWriter::cut`] instead.
    pub(crate) cuts: Option<Cuts>,
}

/// Sizes from which pages and groups end at the next cut that is meant for them.
///
/// Cuts are places between rows that depend on the rows around them alone. So what a changed row changes ends soon
/// behind it, and everything after that is the same bytes as before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cuts {
    /// Values of a column in a page, and the bytes of text in it that its values do not share with the ones before
    /// them. A column with less in a group has one page there.
    pub(crate) page_rows: usize,
    pub(crate) page_bytes: usize,
    /// Size of a group's texts.
    pub(crate) group_bytes: usize,
}

/// A Parquet file while it is written.
///
/// The columns of a row group follow one another in the file, so each is encoded into a buffer of its
/// own until the group is complete.
pub(crate) struct TableWriter<W: Write + Send> {
    file: SerializedFileWriter<W>,
    table: &'static Column,
    group: Group,
    leaves: Vec<Leaf>,
    encoders: Vec<Encoder>,
    batch_rows: usize,
    group_rows: usize,
    /// The size of the texts that are encoded.
    group_bytes: usize,
}

/// Encoder of one column of a row group.
struct Encoder {
    writer: ColumnWriter<'static>,
    pages: Pages,
}

/// The encoded pages of one column of a row group.
#[derive(Debug, Clone, Default)]
struct Pages(Arc<Mutex<Vec<u8>>>);

impl<W: Write + Send> TableWriter<W> {
    /// Starts a file.
    pub(crate) fn new(
        file: W,
        table: &'static Column,
        properties: WriterPropertiesPtr,
        group: Group,
    ) -> Result<Self> {
        let file = SerializedFileWriter::new(file, parquet_schema(table)?, properties)?;
        Ok(Self {
            encoders: encoders(&file),
            leaves: leaves(table),
            file,
            table,
            group,
            batch_rows: 0,
            group_rows: 0,
            group_bytes: 0,
        })
    }

    /// Adds an entry to the file's metadata.
    pub(crate) fn describe(&mut self, key: &str, value: &str) {
        let value = KeyValue::new(key.to_owned(), value.to_owned());
        self.file.append_key_value_metadata(value);
    }

    /// Adds a row.
    pub(crate) fn push<T: Serialize>(&mut self, record: &T) -> Result<()> {
        shred(record, self.table, &mut self.leaves)
            .map_err(|why| ParquetError::General(why.to_string()))?;
        self.batch_rows += 1;
        self.group_rows += 1;
        let full = self.group_rows >= self.group.rows;
        let batch = match self.group.cuts {
            None => self.batch_rows >= BATCH_ROWS,
            Some(_) => false,
        };
        if full || batch {
            self.encode(|_| true)?;
        } else if self.leaves.iter().any(|leaf| leaf.bytes >= BATCH_BYTES) {
            self.encode(|leaf| leaf.bytes >= BATCH_BYTES)?;
        } else {
            return Ok(());
        }
        if full || self.group_bytes >= self.group.bytes {
            self.close_group()?;
        }
        Ok(())
    }

    /// Says that pages may end here, and with `group` that the row group may.
    pub(crate) fn cut(&mut self, group: bool) -> Result<()> {
        let Some(cuts) = self.group.cuts else {
            return Ok(());
        };
        let waiting: usize = self.leaves.iter().map(|leaf| leaf.bytes).sum();
        if group && self.group_bytes + waiting >= cuts.group_bytes {
            return self.close_group();
        }
        self.encode(|leaf| {
            leaf.new_bytes >= cuts.page_bytes && leaf.definitions.len() >= cuts.page_rows
        })
    }

    /// The size of the groups that are complete.
    pub(crate) fn bytes_written(&self) -> usize {
        self.file.bytes_written()
    }

    /// Completes the file.
    pub(crate) fn finish(mut self) -> Result<W> {
        self.close_group()?;
        self.file.into_inner()
    }

    /// Encodes what waits in the columns that `which` takes.
    fn encode(&mut self, which: impl Fn(&Leaf) -> bool) -> Result<()> {
        self.batch_rows = 0;
        for (encoder, leaf) in self.encoders.iter_mut().zip(&mut self.leaves) {
            if which(leaf) && !leaf.definitions.is_empty() {
                encoder.encode(leaf)?;
                self.group_bytes += leaf.bytes;
                leaf.clear();
            }
        }
        Ok(())
    }

    fn close_group(&mut self) -> Result<()> {
        if self.group_rows == 0 {
            return Ok(());
        }
        self.encode(|_| true)?;
        (self.group_rows, self.group_bytes) = (0, 0);
        let encoders = std::mem::replace(&mut self.encoders, encoders(&self.file));
        let mut group = self.file.next_row_group()?;
        for encoder in encoders {
            let closed = encoder.writer.close()?;
            group.append_column(&encoder.pages.take(), closed)?;
        }
        group.close()?;
        Ok(())
    }
}

fn encoders<W: Write + Send>(file: &SerializedFileWriter<W>) -> Vec<Encoder> {
    let columns = file.schema_descr().columns().iter();
    columns
        .map(|column| {
            let pages = Pages::default();
            let properties = Arc::clone(file.properties());
            Encoder {
                writer: get_column_writer(column.clone(), properties, Box::new(pages.clone())),
                pages,
            }
        })
        .collect()
}

impl Encoder {
    fn encode(&mut self, leaf: &Leaf) -> Result<()> {
        let definitions = Some(leaf.definitions.as_slice());
        let repetitions = Some(leaf.repetitions.as_slice());
        match (&mut self.writer, &leaf.values) {
            (ColumnWriter::ByteArrayColumnWriter(writer), Values::Texts(values)) => {
                writer.write_batch(values, definitions, repetitions)?;
            }
            (ColumnWriter::Int32ColumnWriter(writer), Values::Numbers(values)) => {
                writer.write_batch(values, definitions, repetitions)?;
            }
            (ColumnWriter::BoolColumnWriter(writer), Values::Truths(values)) => {
                writer.write_batch(values, definitions, repetitions)?;
            }
            _ => {
                let why = "a column's values are not of its type".to_owned();
                return Err(ParquetError::General(why));
            }
        }
        Ok(())
    }
}

impl Pages {
    fn take(&self) -> Bytes {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *pages).into()
    }
}

impl PageWriter for Pages {
    fn write_page(&mut self, page: CompressedPage) -> Result<PageWriteSpec> {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let offset = pages.len() as u64;
        let mut sink = TrackedWrite::new(&mut *pages);
        let mut spec = SerializedPageWriter::new(&mut sink).write_page(page)?;
        sink.flush()?;
        spec.offset = offset;
        Ok(spec)
    }

    fn close(&mut self) -> Result<()> {
        Ok(())
    }
}
