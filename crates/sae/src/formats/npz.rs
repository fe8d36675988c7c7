//! NumPy's archives of arrays: `.npz`, with `.npy` files in them.

use std::io::{Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::tensors::half;
use super::{FormatError, Part};

/// Bytes of one array at most: more than any dictionary's that is published.
const MOST: u64 = 1 << 36;

/// The arrays of an archive, as 32-bit numbers.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Part>, FormatError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(FormatError::new)?;
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let file = archive.by_index(index).map_err(FormatError::new)?;
        let name = file.name().map_err(FormatError::new)?.into_owned();
        let Some(name) = name.strip_suffix(".npy") else {
            continue;
        };
        let mut content = Vec::new();
        file.take(MOST)
            .read_to_end(&mut content)
            .map_err(FormatError::new)?;
        parts.push(array(name, &content)?);
    }
    Ok(parts)
}

/// One array of an archive.
fn array(name: &str, bytes: &[u8]) -> Result<Part, FormatError> {
    let refuse = |why: &str| FormatError::new(format!("the array `{name}` {why}"));
    let cut = || refuse("is cut short");
    if bytes.get(..6) != Some(b"\x93NUMPY") {
        return Err(refuse("is no .npy file"));
    }
    let (length, start) = match bytes.get(6) {
        Some(1) => {
            let length: [u8; 2] = bytes
                .get(8..10)
                .ok_or_else(cut)?
                .try_into()
                .map_err(|_| cut())?;
            (usize::from(u16::from_le_bytes(length)), 10)
        }
        _ => {
            let length: [u8; 4] = bytes
                .get(8..12)
                .ok_or_else(cut)?
                .try_into()
                .map_err(|_| cut())?;
            (u32::from_le_bytes(length) as usize, 12)
        }
    };
    let header = bytes.get(start..start + length).ok_or_else(cut)?;
    let header = String::from_utf8_lossy(header);
    let data = &bytes[start + length..];
    let shape = shape(&header).ok_or_else(|| refuse("has no shape"))?;
    let count = shape
        .iter()
        .try_fold(1_usize, |all, one| all.checked_mul(*one));
    let count = count.ok_or_else(|| refuse("is too large"))?;
    let value = |key: &str| {
        let rest = header.split(&format!("'{key}':")).nth(1)?.trim_start();
        Some(
            rest.trim_start_matches('\'')
                .split(['\'', ','])
                .next()?
                .trim()
                .to_owned(),
        )
    };
    let kind = value("descr").unwrap_or_default();
    let values: Vec<f32> = match kind.as_str() {
        "<f4" => fixed(data, count, f32::from_le_bytes),
        "<f8" => fixed(data, count, |bytes| f64::from_le_bytes(bytes) as f32),
        "<f2" => fixed(data, count, |bytes| half(u16::from_le_bytes(bytes))),
        other => return Err(refuse(&format!("is of {other:?}, which is not supported"))),
    }
    .ok_or_else(cut)?;
    let fortran = value("fortran_order").is_some_and(|order| order == "True");
    let values = match (&shape[..], fortran) {
        // Column after column: the transposed matrix row after row.
        ([rows, columns], true) => super::turned(&values, *columns, *rows),
        ([] | [_], _) | (_, false) => values,
        _ => {
            return Err(refuse(
                "is in Fortran's order, which is supported for matrices",
            ));
        }
    };
    Ok(Part::new(name, &shape, values))
}

/// Numbers of a fixed size.
fn fixed<const N: usize>(data: &[u8], count: usize, of: fn([u8; N]) -> f32) -> Option<Vec<f32>> {
    let data = data.get(..count.checked_mul(N)?)?;
    data.chunks_exact(N)
        .map(|bytes| Some(of(bytes.try_into().ok()?)))
        .collect()
}

/// The shape that a header names.
fn shape(header: &str) -> Option<Vec<usize>> {
    let inside = header
        .split("'shape':")
        .nth(1)?
        .split('(')
        .nth(1)?
        .split(')')
        .next()?;
    let sizes = inside
        .split(',')
        .map(str::trim)
        .filter(|size| !size.is_empty());
    sizes.map(|size| size.parse().ok()).collect()
}

/// An archive of arrays. It has the same bytes at any time.
pub(super) fn write(parts: &[Part]) -> Result<Vec<u8>, FormatError> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .large_file(true);
    for part in parts {
        let sizes: Vec<String> = part.shape.iter().map(|size| format!("{size},")).collect();
        let shape = sizes.join(" ");
        let shape = if part.shape.len() > 1 {
            shape.trim_end_matches(',')
        } else {
            &shape
        };
        let mut header =
            format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}");
        // The header ends with a line end, and numbers begin at a multiple of 64.
        let padding = 63 - (10 + header.len()) % 64;
        header.push_str(&" ".repeat(padding));
        header.push('\n');
        archive
            .start_file(format!("{}.npy", part.name), options)
            .map_err(FormatError::new)?;
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.bytes());
        bytes.extend(part.values.iter().flat_map(|value| value.to_le_bytes()));
        archive.write_all(&bytes).map_err(FormatError::new)?;
    }
    Ok(archive.finish().map_err(FormatError::new)?.into_inner())
}
