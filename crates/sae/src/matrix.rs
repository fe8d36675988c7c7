//! Products of matrices, and small operations on rows.

#![expect(
    unsafe_code,
    reason = "the kernel takes pointers; sizes are checked before"
)]

/// `c += a b^T` for row-after-row matrices with `inner` columns in `a` and `b`.
///
/// # Panics
///
/// If sizes do not fit; that is a fault of this crate, never of its input.
pub(crate) fn add_products(a: &[f32], b: &[f32], c: &mut [f32], inner: usize) {
    let (rows, columns) = (a.len() / inner, b.len() / inner);
    assert!(a.len() == rows * inner && b.len() == columns * inner);
    assert_eq!(c.len(), rows * columns, "the result has another size");
    let stride = |count: usize| count.cast_signed();
    // SAFETY: the strides reach no element beyond the slices (checked above), and `c` is borrowed mutably, so it
    // overlaps neither `a` nor `b`.
    unsafe {
        matrixmultiply::sgemm(
            rows,
            inner,
            columns,
            1.0,
            a.as_ptr(),
            stride(inner),
            1,
            b.as_ptr(),
            1,
            stride(inner),
            1.0,
            c.as_mut_ptr(),
            stride(columns),
            1,
        );
    }
}

/// The product of two rows. Eight sums side by side, so that it has the same bits with wide and narrow instructions.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (a_parts, b_parts) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a_parts
        .remainder()
        .iter()
        .zip(b_parts.remainder())
        .map(|(a, b)| a * b)
        .sum();
    for (a, b) in a_parts.zip(b_parts) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let halves = [
        sums[0] + sums[4],
        sums[1] + sums[5],
        sums[2] + sums[6],
        sums[3] + sums[7],
    ];
    (halves[0] + halves[2]) + (halves[1] + halves[3]) + rest
}

/// `sum += scale * row`.
#[inline(always)]
pub(crate) fn add_scaled(sum: &mut [f32], scale: f32, row: &[f32]) {
    for (sum, value) in sum.iter_mut().zip(row) {
        *sum += scale * value;
    }
}

/// Makes a row one long, unless it is zero.
#[inline(always)]
pub(crate) fn normalise(row: &mut [f32]) {
    let length = dot(row, row).sqrt();
    if length > f32::MIN_POSITIVE {
        let scale = 1.0 / length;
        row.iter_mut().for_each(|value| *value *= scale);
    }
}

/// Defines a function that runs with AVX2 where the processor has it. It computes the same bits in both versions, since
/// no multiplication is fused with an addition.
macro_rules! widest {
    ($(#[$doc:meta])* fn $name:ident($($argument:ident: $type:ty),* $(,)?) $body:block) => {
        $(#[$doc])*
        #[allow(clippy::too_many_arguments, reason = "rows of a matrix and what is kept about them")]
        fn $name($($argument: $type),*) {
            #[inline(always)]
            #[allow(clippy::too_many_arguments, reason = "as above")]
            fn here($($argument: $type),*) $body

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2")]
            #[allow(clippy::too_many_arguments, reason = "as above")]
            fn wide($($argument: $type),*) {
                here($($argument),*);
            }

            #[cfg(target_arch = "x86_64")]
            if std::arch::is_x86_feature_detected!("avx2") {
                // SAFETY: the processor has AVX2.
                #[expect(unsafe_code, reason = "the only way to call code for a feature found at run time")]
                unsafe {
                    wide($($argument),*);
                }
                return;
            }
            here($($argument),*);
        }
    };
}
pub(crate) use widest;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_rows() {
        let a = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let b = [1.0, 0.0, 0.0, 1.0, 2.0, 3.0, 1.0, 1.0, 1.0, -1.0, 0.0, 0.5];
        let mut c = [1.0; 8];
        add_products(&a, &b, &mut c, 3);
        assert_eq!(c, [2.0, 15.0, 7.0, 1.5, 5.0, 33.0, 16.0, 0.0]);
        let long: Vec<f32> = (0..21_u8).map(f32::from).collect();
        assert!((dot(&long, &long) - 2870.0).abs() < 1e-3);
        let mut row = vec![3.0, 4.0];
        normalise(&mut row);
        assert!((row[0] - 0.6).abs() < 1e-6 && (row[1] - 0.8).abs() < 1e-6);
    }
}
