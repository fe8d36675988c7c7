//! Some rows of one site, read from a shard without the rest of it.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use safetensors::Dtype;
use safetensors::tensor::Metadata;
use tracestone_files::{self as files, FileError};

use super::{Index, Shard};
use crate::error::{InterpError, Result};

/// Bytes of a header at most, which is what the format allows.
const HEADER: u64 = 100_000_000;

/// Reads rows of a shard at one site.
///
/// # Errors
///
/// If the file is damaged, or does not have these rows.
pub fn read_rows(
    folder: &Path,
    index: &Index,
    shard: &Shard,
    site: &str,
    rows: Range<usize>,
) -> Result<Vec<f32>> {
    let path = folder.join(super::own_file(folder, shard)?);
    let refuse = |why: String| InterpError::format(&path, why);
    let mut file = files::open(&path)?;
    let mut take = |from: u64, count: u64| -> Result<Vec<u8>> {
        let fail = FileError::at("read", &path);
        let mut bytes = Vec::new();
        let read = file.seek(SeekFrom::Start(from)).and_then(|_| {
            let mut part = (&mut file).take(count);
            part.read_to_end(&mut bytes)
        });
        read.map_err(fail)?;
        if bytes.len() as u64 == count {
            Ok(bytes)
        } else {
            Err(InterpError::format(&path, "it is cut short"))
        }
    };
    let length: [u8; 8] = take(0, 8)?.try_into().unwrap_or_default();
    let length = u64::from_le_bytes(length);
    if length > HEADER {
        return Err(refuse("it is no safetensors file".to_owned()));
    }
    let header = take(0, 8 + length)?;
    let metadata: Metadata =
        serde_json::from_slice(&header[8..]).map_err(|error| refuse(error.to_string()))?;
    let info = metadata.info(site);
    let info = info.ok_or_else(|| refuse(format!("it has no tensor `{site}`")))?;
    let (kind, size) = match info.dtype {
        Dtype::F16 => (DType::F16, 2),
        Dtype::F32 => (DType::F32, 4),
        other => {
            return Err(refuse(format!(
                "`{site}` is of {other:?}, not of F16 or F32"
            )));
        }
    };
    if info.shape != [shard.rows, index.width] || rows.end > shard.rows || rows.start > rows.end {
        return Err(refuse(format!(
            "`{site}` has the shape {:?}, and the index says {} rows of {}",
            info.shape, shard.rows, index.width
        )));
    }
    let row = (index.width * size) as u64;
    let first = 8 + length + info.data_offsets.0 as u64 + rows.start as u64 * row;
    let bytes = take(first, rows.len() as u64 * row)?;
    let tensor = Tensor::from_raw_buffer(&bytes, kind, &[rows.len() * index.width], &Device::Cpu)?;
    Ok(tensor.to_dtype(DType::F32)?.to_vec1()?)
}
