//! Rows as JSON, and large ones compressed.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Result, StoreError};

/// Zstandard's fastest regular level: the JSON repeats itself so much that higher levels save little
/// and take several times as long.
const LEVEL: i32 = 1;

/// No payload decompresses to more than this; a larger claim is damage.
const MAX_BYTES: usize = 1 << 30;

/// JSON text for a column that is kept readable.
pub(crate) fn text<T: Serialize>(table: &'static str, row: &T) -> Result<String> {
    serde_json::to_string(row).map_err(|error| StoreError::Encoding {
        table,
        why: error.to_string(),
    })
}

/// Reads what [`text`] wrote.
pub(crate) fn from_text<T: DeserializeOwned>(
    table: &'static str,
    id: &str,
    json: &str,
) -> Result<T> {
    serde_json::from_str(json).map_err(|error| damaged(table, id, error.to_string()))
}

/// Name of an enumeration's variant, as its JSON spells it.
pub(crate) fn word<T: Serialize>(table: &'static str, value: &T) -> Result<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        other => Err(StoreError::Encoding {
            table,
            why: format!("a word was expected, not {other:?}"),
        }),
    }
}

/// Compresses many payloads with one context, which saves setting it up for each.
pub(crate) struct Packer {
    context: zstd::bulk::Compressor<'static>,
    json: Vec<u8>,
}

impl Packer {
    pub(crate) fn new() -> Result<Self> {
        let context = zstd::bulk::Compressor::new(LEVEL).map_err(|error| StoreError::Encoding {
            table: "payload",
            why: error.to_string(),
        })?;
        Ok(Self {
            context,
            json: Vec::new(),
        })
    }

    /// The row's JSON, compressed.
    pub(crate) fn pack<T: Serialize>(&mut self, table: &'static str, row: &T) -> Result<Vec<u8>> {
        let mut json = std::mem::take(&mut self.json);
        json.clear();
        let packed = serde_json::to_writer(&mut json, row)
            .map_err(|error| error.to_string())
            .and_then(|()| {
                self.context
                    .compress(&json)
                    .map_err(|error| error.to_string())
            })
            .map_err(|why| StoreError::Encoding { table, why });
        self.json = json;
        packed
    }

    /// Compresses bytes for a payload column.
    pub(crate) fn pack_bytes(&mut self, table: &'static str, bytes: &[u8]) -> Result<Vec<u8>> {
        self.context
            .compress(bytes)
            .map_err(|error| StoreError::Encoding {
                table,
                why: error.to_string(),
            })
    }
}

/// Decompresses many payloads with one context.
pub(crate) struct Unpacker {
    context: zstd::bulk::Decompressor<'static>,
}

impl Unpacker {
    pub(crate) fn new() -> Result<Self> {
        zstd::bulk::Decompressor::new()
            .map(|context| Self { context })
            .map_err(|error| damaged("payload", "", error.to_string()))
    }

    /// Decompresses the result of [`Packer::pack_bytes`].
    pub(crate) fn bytes(
        &mut self,
        table: &'static str,
        id: &str,
        packed: &[u8],
    ) -> Result<Vec<u8>> {
        let size = zstd::bulk::Decompressor::upper_bound(packed)
            .filter(|size| *size <= MAX_BYTES)
            .ok_or_else(|| damaged(table, id, "its size is not plausible".to_owned()))?;
        self.context
            .decompress(packed, size)
            .map_err(|error| damaged(table, id, error.to_string()))
    }

    /// Decodes the result of [`Packer::pack`].
    pub(crate) fn row<T: DeserializeOwned>(
        &mut self,
        table: &'static str,
        id: &str,
        packed: &[u8],
    ) -> Result<T> {
        let json = self.bytes(table, id, packed)?;
        serde_json::from_slice(&json).map_err(|error| damaged(table, id, error.to_string()))
    }
}

pub(crate) fn damaged(table: &'static str, id: &str, why: String) -> StoreError {
    StoreError::Damaged {
        table,
        id: id.to_owned(),
        why,
    }
}
