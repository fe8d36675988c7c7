//! Safetensors files of floating-point tensors.

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::{FormatError, Part};

/// The tensors of a file, as 32-bit numbers.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Part>, FormatError> {
    let file = SafeTensors::deserialize(bytes).map_err(FormatError::new)?;
    let part = |(name, view): (String, TensorView<'_>)| {
        let values = numbers(&name, view.dtype(), view.data())?;
        Ok(Part::new(&name, view.shape(), values))
    };
    file.tensors().into_iter().map(part).collect()
}

/// Numbers of a tensor.
fn numbers(name: &str, kind: Dtype, bytes: &[u8]) -> Result<Vec<f32>, FormatError> {
    let pairs = || {
        bytes
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
    };
    match kind {
        Dtype::F32 => Ok(bytes
            .chunks_exact(4)
            .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]))
            .collect()),
        Dtype::F64 => Ok(bytes
            .chunks_exact(8)
            .filter_map(|eight| Some(f64::from_le_bytes(eight.try_into().ok()?) as f32))
            .collect()),
        Dtype::BF16 => Ok(pairs()
            .map(|bits| f32::from_bits(u32::from(bits) << 16))
            .collect()),
        Dtype::F16 => Ok(pairs().map(half).collect()),
        other => Err(FormatError::new(format!(
            "`{name}` is of {other:?}, which is not supported"
        ))),
    }
}

/// A number of half precision.
pub(super) fn half(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
    sign * match exponent {
        0 => fraction * 2.0_f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1.0 + fraction / 1024.0) * 2.0_f32.powi(exponent - 15),
    }
}

/// A file of tensors.
pub(super) fn write(parts: &[Part]) -> Result<Vec<u8>, FormatError> {
    let bytes: Vec<Vec<u8>> = parts
        .iter()
        .map(|part| {
            part.values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect()
        })
        .collect();
    let views = parts.iter().zip(&bytes).map(|(part, bytes)| {
        let view = TensorView::new(Dtype::F32, part.shape.clone(), bytes);
        Ok((part.name.as_str(), view.map_err(FormatError::new)?))
    });
    let views: Vec<_> = views.collect::<Result<_, FormatError>>()?;
    safetensors::serialize(views, None).map_err(FormatError::new)
}
