//! Rows of a Parquet file, put together from its columns.

use std::fs::File;
use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::{Field, Row};
use parquet::schema::types::Type;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::columns::Column;

/// A row that cannot be read.
#[derive(Debug)]
pub(crate) struct RowError {
    /// The row, counted from 1.
    pub(crate) row: u64,
    pub(crate) why: String,
}

/// The columns that are read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted {
    /// All that the file has.
    All,
    /// Those of a table, each of which the file must have; others are passed over.
    Those(&'static Column),
}

/// Reads the rows of a file in order, until `visit` breaks.
pub(crate) fn read_rows<T: DeserializeOwned>(
    file: File,
    wanted: Wanted,
    visit: &mut impl FnMut(T) -> ControlFlow<()>,
) -> std::result::Result<ControlFlow<()>, RowError> {
    let mut rows = 0;
    let failed = |rows: u64| {
        move |error: ParquetError| RowError {
            row: rows + 1,
            why: error.to_string(),
        }
    };
    let reader = decode(|| SerializedFileReader::new(file)).map_err(failed(rows))?;
    let projection = projection(&reader, wanted).map_err(failed(rows))?;
    for number in 0..reader.num_row_groups() {
        let group = decode(|| reader.get_row_group(number)).map_err(failed(rows))?;
        let mut found = decode(|| group.get_row_iter(projection.clone())).map_err(failed(rows))?;
        while let Some(row) = decode(|| found.next().transpose()).map_err(failed(rows))? {
            let object = object(row).map_err(failed(rows))?;
            rows += 1;
            let record = serde_json::from_value(object).map_err(|error| RowError {
                row: rows,
                why: error.to_string(),
            })?;
            if visit(record).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Decodes a part of a file. The decoder's assertions fail in some damaged files; that is an error of
/// the file.
fn decode<T>(part: impl FnOnce() -> Result<T>) -> Result<T> {
    // Nothing that a failed assertion left half done is used again.
    std::panic::catch_unwind(AssertUnwindSafe(part)).unwrap_or_else(|_| {
        let why = "the file is damaged";
        Err(ParquetError::General(why.to_owned()))
    })
}

fn projection(reader: &SerializedFileReader<File>, wanted: Wanted) -> Result<Option<Type>> {
    let Wanted::Those(table) = wanted else {
        return Ok(None);
    };
    let root = reader.metadata().file_metadata().schema();
    let mut fields = Vec::new();
    for column in table.fields() {
        let found = root
            .get_fields()
            .iter()
            .find(|field| field.name() == column.name);
        fields.push(found.map(Arc::clone).ok_or_else(|| {
            ParquetError::General(format!("there is no column `{}`", column.name))
        })?);
    }
    let root = Type::group_type_builder(root.name()).with_fields(fields);
    root.build().map(Some)
}

/// A row as an object, in which absent values are left out.
fn object(row: Row) -> Result<Value> {
    let mut object = Map::new();
    for (name, field) in row.into_columns() {
        if field != Field::Null {
            let value = value(&name, field)?;
            object.insert(name, value);
        }
    }
    Ok(Value::Object(object))
}

fn value(column: &str, field: Field) -> Result<Value> {
    Ok(match field {
        Field::Null => Value::Null,
        Field::Bool(value) => value.into(),
        Field::Byte(value) => value.into(),
        Field::Short(value) => value.into(),
        Field::Int(value) => value.into(),
        Field::Long(value) => value.into(),
        Field::UByte(value) => value.into(),
        Field::UShort(value) => value.into(),
        Field::UInt(value) => value.into(),
        Field::ULong(value) => value.into(),
        Field::Float(value) => number(value.into()),
        Field::Double(value) => number(value),
        Field::Str(value) => value.into(),
        Field::Group(row) => object(row)?,
        Field::ListInternal(list) => {
            let items = list.elements().iter().cloned();
            items
                .map(|item| value(column, item))
                .collect::<Result<_>>()?
        }
        other => {
            let why = format!("column `{column}` holds {other}, which no record has");
            return Err(ParquetError::General(why));
        }
    })
}

/// A number as JSON. Tools that know no missing integers write whole numbers as fractions.
fn number(value: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value.fract() == 0.0 && value.abs() <= EXACT {
        // A whole number of at most 2^53 is an integer of 64 bits.
        true => (value as i64).into(),
        false => value.into(),
    }
}
