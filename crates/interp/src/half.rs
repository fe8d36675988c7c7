//! 16-bit floating-point numbers (IEEE 754 binary16), for files.

/// The 32-bit number of these bits.
pub(crate) fn read(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let exponent = u32::from((bits >> 10) & 0x1f);
    let fraction = u32::from(bits & 0x3ff);
    match (exponent, fraction) {
        (0, 0) => f32::from_bits(sign),
        // Below the normal numbers: the fraction counts units of 2^-24.
        #[expect(clippy::cast_precision_loss, reason = "ten bits fit")]
        (0, _) => {
            let size = fraction as f32 * 2.0_f32.powi(-24);
            if sign == 0 { size } else { -size }
        }
        (31, _) => f32::from_bits(sign | 0x7f80_0000 | (fraction << 13)),
        _ => f32::from_bits(sign | ((exponent + 112) << 23) | (fraction << 13)),
    }
}

/// The bits of the nearest 16-bit number; ties go to the even one.
pub(crate) fn write(value: f32) -> u16 {
    let bits = value.to_bits();
    let sign = u16::try_from((bits >> 16) & 0x8000).unwrap_or(0);
    let size = bits & 0x7fff_ffff;
    if size > 0x7f80_0000 {
        return sign | 0x7e00;
    }
    // From 65520 on everything rounds to infinity.
    if size >= 0x477f_f000 {
        return sign | 0x7c00;
    }
    let rounded = if size < 0x3880_0000 {
        // Below the normal numbers: adding 0.5 leaves units of 2^-24 in the fraction, rounded.
        (f32::from_bits(size) + 0.5).to_bits() - 0.5_f32.to_bits()
    } else {
        let odd = (size >> 13) & 1;
        (size - 0x3800_0000 + 0xfff + odd) >> 13
    };
    sign | u16::try_from(rounded).unwrap_or(0x7c00)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_reads_back_as_itself() {
        for bits in 0..=u16::MAX {
            let value = read(bits);
            if !value.is_nan() {
                assert_eq!(write(value), bits, "{value}");
            }
        }
    }

    #[test]
    fn numbers_between_are_rounded_to_the_nearest() {
        for (value, expected) in [
            (1.0, 1.0),
            (0.1, 0.099_975_586),
            (65_519.0, 65_504.0),
            (65_520.0, f32::INFINITY),
            (1e-8, 0.0),
            (6e-8, 5.960_464_5e-8),
            (2049.0, 2048.0),
            (2051.0, 2052.0),
        ] {
            assert_eq!(read(write(value)), expected, "{value}");
        }
    }
}
