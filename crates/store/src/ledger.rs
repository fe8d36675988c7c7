//! The latent ledger as a Parquet file, written and read in parts.

#![expect(
    clippy::disallowed_methods,
    reason = "the errors of this module name the path"
)]

use std::fs::File;
use std::io::BufWriter;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use tracestone_record::LedgerRow;

use crate::table::{Group, RowError, TableWriter, Wanted, ledger_table, read_rows};

/// Row groups small enough that readers hold a small part of a large ledger.
const GROUP: Group = Group {
    rows: 1 << 18,
    bytes: usize::MAX,
    cuts: None,
};
/// Arrow's own description of the columns, which [`ledger_table`] lacks. It makes readers that know Arrow
/// read three columns as dictionaries.
const ARROW_SCHEMA: &str = include_str!("ledger.arrow-schema");

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

/// Writes rows in the order in which they come.
pub struct LedgerWriter {
    path: PathBuf,
    writer: TableWriter<BufWriter<File>>,
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
            .set_created_by(tool.to_owned())
            .build();
        let mut writer = TableWriter::new(file, ledger_table(), properties.into(), GROUP)
            .map_err(failed(path))?;
        writer.describe("ARROW:schema", ARROW_SCHEMA.trim_end());
        Ok(Self {
            path: path.to_owned(),
            writer,
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
            self.writer.push(&row).map_err(failed(&self.path))?;
        }
        Ok(())
    }

    /// Ends the file and says how many rows it has. Without this it cannot be read.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn finish(self) -> Result<u64> {
        let file = self.writer.finish().map_err(failed(&self.path))?;
        file.into_inner().map_err(failed(&self.path))?;
        Ok(self.rows)
    }
}

/// Reads the rows of a ledger in order, until `visit` breaks.
///
/// # Errors
/// The file cannot be read or is not a ledger.
pub fn read_ledger(path: &Path, mut visit: impl FnMut(LedgerRow) -> ControlFlow<()>) -> Result<()> {
    let file = File::open(path).map_err(failed(path))?;
    let wrong = |error: RowError| failed(path)(format!("row {}: {}", error.row, error.why));
    // Files of other tools may have the columns in another order, and further ones.
    let read = read_rows(file, Wanted::Those(ledger_table()), &mut visit);
    read.map(drop).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use tracestone_record::LatentKind;

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
        assert_eq!(properties.len(), ledger_table().fields().len());
        let validator = jsonschema::validator_for(&json).unwrap();
        for number in 0..6 {
            assert!(validator.is_valid(&serde_json::json!(row(number))));
        }
    }

    #[test]
    fn arrows_description_names_the_columns_in_their_order() {
        let bytes = ARROW_SCHEMA.trim_end();
        let text: Vec<u8> = bytes
            .as_bytes()
            .chunks(4)
            .flat_map(|four| {
                let digit = |byte: u8| match byte {
                    b'A'..=b'Z' => u32::from(byte - b'A'),
                    b'a'..=b'z' => u32::from(byte - b'a') + 26,
                    b'0'..=b'9' => u32::from(byte - b'0') + 52,
                    b'+' => 62,
                    b'/' => 63,
                    _ => 0,
                };
                let bits = four.iter().fold(0, |bits, byte| bits << 6 | digit(*byte));
                bits.to_be_bytes()[1..].to_vec()
            })
            .collect();
        let mut names: Vec<_> = ledger_table()
            .fields()
            .iter()
            .map(|column| {
                // A name is preceded by its length and ended by a zero.
                let mut wanted = vec![column.name.len() as u8, 0, 0, 0];
                wanted.extend(column.name.bytes());
                wanted.push(0);
                let place = text.windows(wanted.len()).position(|part| part == wanted);
                (place.expect(&column.name), column.name.as_str())
            })
            .collect();
        // Arrow writes its fields from the last to the first.
        names.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
        let names: Vec<_> = names.into_iter().map(|(_, name)| name).collect();
        let fields = ledger_table().fields().iter();
        assert_eq!(
            names,
            fields
                .map(|column| column.name.as_str())
                .collect::<Vec<_>>()
        );
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
