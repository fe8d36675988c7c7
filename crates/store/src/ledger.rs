//! The latent ledger as a Parquet file, written and read in parts.

#![expect(
    clippy::disallowed_methods,
    reason = "the errors of this module name the path"
)]

use std::fs::File;
use std::io::BufWriter;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray as _, DictionaryArray, Int32Array, RecordBatch, StringArray,
    UInt32Array,
};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef, UInt32Type};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use tracestone_record::{LatentKind, LedgerRow};

/// Rows that become columns at once.
const BATCH_ROWS: usize = 8_192;
/// Rows of a group, so that readers hold a small part of a large ledger.
const GROUP_ROWS: usize = 1 << 18;

/// Error of writing or reading a ledger.
#[derive(Debug, thiserror::Error)]
#[error("{}: {what}", path.display())]
pub struct LedgerError {
    path: PathBuf,
    what: String,
}

type Result<T> = std::result::Result<T, LedgerError>;

fn failed<E: ToString>(path: &Path) -> impl Fn(E) -> LedgerError {
    move |error| LedgerError {
        path: path.to_owned(),
        what: error.to_string(),
    }
}

fn schema() -> SchemaRef {
    let words = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    Arc::new(Schema::new(vec![
        Field::new("sample", DataType::Utf8, false),
        Field::new("token", DataType::UInt32, true),
        Field::new("byte", DataType::UInt32, false),
        Field::new("step", DataType::Int32, false),
        Field::new("variable", words.clone(), false),
        Field::new("value", DataType::Utf8, false),
        Field::new("kind", words.clone(), false),
        Field::new("semantics", words, false),
    ]))
}

/// Writes rows in the order in which they come.
pub struct LedgerWriter {
    path: PathBuf,
    writer: ArrowWriter<BufWriter<File>>,
    waiting: Vec<LedgerRow>,
    rows: u64,
}

impl LedgerWriter {
    /// Starts a file, in place of what was there.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn create(path: &Path, tool: &str) -> Result<Self> {
        let file = BufWriter::new(File::create(path).map_err(failed(path))?);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_created_by(tool.to_owned())
            .build();
        let writer =
            ArrowWriter::try_new(file, schema(), Some(properties)).map_err(failed(path))?;
        Ok(Self {
            path: path.to_owned(),
            writer,
            waiting: Vec::new(),
            rows: 0,
        })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&mut self, rows: impl IntoIterator<Item = LedgerRow>) -> Result<()> {
        for row in rows {
            self.rows += 1;
            self.waiting.push(row);
            if self.waiting.len() >= BATCH_ROWS {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Ends the file and says how many rows it has. Without this it cannot be read.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn finish(mut self) -> Result<u64> {
        self.flush()?;
        self.writer.close().map_err(failed(&self.path))?;
        Ok(self.rows)
    }

    fn flush(&mut self) -> Result<()> {
        let batch = batch(&self.waiting).map_err(failed(&self.path))?;
        self.waiting.clear();
        self.writer.write(&batch).map_err(failed(&self.path))
    }
}

fn batch(rows: &[LedgerRow]) -> std::result::Result<RecordBatch, arrow::error::ArrowError> {
    let texts = |get: fn(&LedgerRow) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(get)))
    };
    let words = |get: fn(&LedgerRow) -> &str| -> ArrayRef {
        Arc::new(rows.iter().map(get).collect::<DictionaryArray<Int32Type>>())
    };
    RecordBatch::try_new(
        schema(),
        vec![
            texts(|row| &row.sample),
            Arc::new(rows.iter().map(|row| row.token).collect::<UInt32Array>()),
            Arc::new(
                rows.iter()
                    .map(|row| Some(row.byte))
                    .collect::<UInt32Array>(),
            ),
            Arc::new(
                rows.iter()
                    .map(|row| Some(row.step))
                    .collect::<Int32Array>(),
            ),
            words(|row| &row.variable),
            texts(|row| &row.value),
            words(|row| row.kind.name()),
            words(|row| &row.semantics),
        ],
    )
}

/// Reads the rows of a ledger in order, until `visit` breaks.
///
/// # Errors
/// The file cannot be read or is not a ledger.
pub fn read_ledger(path: &Path, mut visit: impl FnMut(LedgerRow) -> ControlFlow<()>) -> Result<()> {
    let file = File::open(path).map_err(failed(path))?;
    let batches = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(|builder| builder.with_batch_size(BATCH_ROWS).build())
        .map_err(failed(path))?;
    for batch in batches {
        let batch = batch.map_err(failed(path))?;
        let columns = Columns::of(&batch).map_err(failed(path))?;
        for index in 0..batch.num_rows() {
            let row = columns.row(index).map_err(failed(path))?;
            if visit(row).is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// A part of the file.
struct Columns {
    texts: [StringArray; 5],
    numbers: [UInt32Array; 2],
    step: Int32Array,
}

impl Columns {
    /// The columns by name, so that files of other tools may have them in another order and as plain
    /// text.
    fn of(batch: &RecordBatch) -> std::result::Result<Self, String> {
        let column = |name: &str, wanted: &DataType| {
            let found = batch.column_by_name(name);
            let found = found
                .ok_or_else(|| format!("it is not a ledger: the column `{name}` is missing"))?;
            arrow::compute::cast(found, wanted).map_err(|error| format!("column `{name}`: {error}"))
        };
        let text =
            |name: &str| Ok::<_, String>(column(name, &DataType::Utf8)?.as_string::<i32>().clone());
        let number = |name: &str| {
            let cast = column(name, &DataType::UInt32)?;
            Ok::<_, String>(cast.as_primitive::<UInt32Type>().clone())
        };
        Ok(Self {
            texts: [
                text("sample")?,
                text("variable")?,
                text("value")?,
                text("kind")?,
                text("semantics")?,
            ],
            numbers: [number("token")?, number("byte")?],
            step: column("step", &DataType::Int32)?
                .as_primitive::<Int32Type>()
                .clone(),
        })
    }

    fn row(&self, index: usize) -> std::result::Result<LedgerRow, String> {
        let [sample, variable, value, kind, semantics] =
            self.texts.each_ref().map(|column| column.value(index));
        let [token, byte] = &self.numbers;
        Ok(LedgerRow {
            sample: sample.to_owned(),
            token: (!token.is_null(index)).then(|| token.value(index)),
            byte: byte.value(index),
            step: self.step.value(index),
            variable: variable.to_owned(),
            value: value.to_owned(),
            kind: LatentKind::from_name(kind)
                .ok_or_else(|| format!("`{kind}` is not a kind of variable"))?,
            semantics: semantics.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: u32) -> LedgerRow {
        LedgerRow {
            sample: format!("s{}", number / 10),
            token: (!number.is_multiple_of(3)).then_some(number),
            byte: number * 2,
            step: number as i32,
            variable: ["facing", "row"][number as usize % 2].to_owned(),
            value: format!("{}", number % 7),
            kind: LatentKind::ALL[number as usize % 3],
            semantics: "original".to_owned(),
        }
    }

    #[test]
    fn what_is_written_is_read_back_in_order_over_several_batches() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.parquet");
        let rows: Vec<_> = (0..20_000).map(row).collect();
        let mut writer = LedgerWriter::create(&path, "test").unwrap();
        writer.write(rows[..5].to_vec()).unwrap();
        writer.write(rows[5..].to_vec()).unwrap();
        assert_eq!(writer.finish().unwrap(), 20_000);
        let mut read = Vec::new();
        read_ledger(&path, |row| {
            read.push(row);
            ControlFlow::Continue(())
        })
        .unwrap();
        assert!(read == rows);
    }

    #[test]
    fn the_columns_are_the_schemas_properties_and_rows_are_valid_against_it() {
        let text = tracestone_record::ledger_schema();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let properties = json["properties"].as_object().unwrap();
        assert_eq!(properties.len(), schema().fields().len());
        for field in schema().fields() {
            assert!(properties.contains_key(field.name()), "{}", field.name());
        }
        let validator = jsonschema::validator_for(&json).unwrap();
        for number in 0..6 {
            assert!(validator.is_valid(&serde_json::json!(row(number))));
        }
    }

    #[test]
    fn another_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("no.parquet");
        std::fs::write(&path, "no").unwrap();
        let error = read_ledger(&path, |_| ControlFlow::Continue(())).unwrap_err();
        assert!(error.to_string().contains("no.parquet"));
    }
}
