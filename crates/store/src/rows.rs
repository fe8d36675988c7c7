//! Rows of Parquet files of any form, for items of the user's own.

#![expect(
    clippy::disallowed_methods,
    reason = "the errors of this module name the path"
)]

use std::fs::File;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::{Field, Row};
use serde_json::{Map, Value};

/// Error of reading rows.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {why}", path.display())]
pub struct RowsError {
    path: PathBuf,
    why: String,
}

/// The rows of a Parquet file as objects. Empty values are `null`, bytes are a text where they are UTF-8, days and
/// times are numbers.
///
/// # Errors
/// The file cannot be read, or is none.
pub fn read_rows(path: &Path) -> Result<Vec<Map<String, Value>>, RowsError> {
    let failed = |why: String| RowsError {
        path: path.to_owned(),
        why,
    };
    let file = File::open(path).map_err(|error| failed(error.to_string()))?;
    // The decoder's assertions fail in some damaged files. Nothing that it left half done is used again.
    let read = std::panic::catch_unwind(AssertUnwindSafe(|| -> Result<_, ParquetError> {
        let reader = SerializedFileReader::new(file)?;
        let rows = reader.get_row_iter(None)?;
        rows.map(|row| Ok(object(row?))).collect()
    }));
    match read {
        Ok(rows) => rows.map_err(|error| failed(error.to_string())),
        Err(_) => Err(failed("the file is damaged".to_owned())),
    }
}

fn object(row: Row) -> Map<String, Value> {
    let columns = row.into_columns().into_iter();
    columns.map(|(name, field)| (name, value(field))).collect()
}

fn value(field: Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(value) => value.into(),
        Field::Byte(value) => value.into(),
        Field::Short(value) => value.into(),
        Field::Int(value) | Field::Date(value) | Field::TimeMillis(value) => value.into(),
        Field::Long(value)
        | Field::TimeMicros(value)
        | Field::TimestampMillis(value)
        | Field::TimestampMicros(value) => value.into(),
        Field::UByte(value) => value.into(),
        Field::UShort(value) => value.into(),
        Field::UInt(value) => value.into(),
        Field::ULong(value) => value.into(),
        Field::Float16(value) => f64::from(value).into(),
        Field::Float(value) => f64::from(value).into(),
        Field::Double(value) => value.into(),
        Field::Str(value) => value.into(),
        Field::Bytes(bytes) => match bytes.as_utf8() {
            Ok(text) => text.into(),
            Err(_) => bytes.data().to_vec().into(),
        },
        Field::Group(row) => Value::Object(object(row)),
        Field::ListInternal(list) => list.elements().iter().cloned().map(value).collect(),
        Field::MapInternal(map) => {
            let name = |key: &Field| match key {
                Field::Str(text) => text.clone(),
                other => other.to_string(),
            };
            let entries = map.entries().iter();
            let entries = entries.map(|(key, one)| (name(key), value(one.clone())));
            Value::Object(entries.collect())
        }
        other @ Field::Decimal(_) => other.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_of_any_parquet_file_are_objects() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.parquet");
        let schema = "message rows { required binary question (UTF8); optional int64 answer; }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let file = File::create(&path).unwrap();
        let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let texts = ["1 + 1?", "2 + 2?"].map(ByteArray::from);
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<ByteArrayType>()
            .write_batch(&texts, None, None)
            .unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<Int64Type>()
            .write_batch(&[2], Some(&[1, 0]), None)
            .unwrap();
        column.close().unwrap();
        group.close().unwrap();
        writer.close().unwrap();
        let rows = read_rows(&path).unwrap();
        let rows: Vec<_> = rows.into_iter().map(Value::Object).collect();
        assert_eq!(
            rows,
            [
                json!({ "question": "1 + 1?", "answer": 2 }),
                json!({ "question": "2 + 2?", "answer": null }),
            ]
        );
        std::fs::write(&path, "no Parquet").unwrap();
        assert!(read_rows(&path).is_err());
    }
}
