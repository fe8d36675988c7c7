//! Products of matrices in plain slices, for probes, which are too small for tensors to be worth it.

#![expect(
    unsafe_code,
    reason = "the kernel takes pointers; sizes are checked before"
)]

/// Layout of a matrix in a slice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl Shape {
    /// Row after row.
    pub(crate) fn new(rows: usize, columns: usize) -> Self {
        Self::strided(rows, columns, columns)
    }

    /// Row after row, `stride` numbers from one to the next.
    pub(crate) fn strided(rows: usize, columns: usize, stride: usize) -> Self {
        Self {
            rows,
            columns,
            row_stride: stride,
            column_stride: 1,
        }
    }

    /// The same numbers, read as the transposed matrix.
    pub(crate) fn turned(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }

    /// Minimal length of the slice.
    fn extent(self) -> usize {
        if self.rows == 0 || self.columns == 0 {
            return 0;
        }
        (self.rows - 1) * self.row_stride + (self.columns - 1) * self.column_stride + 1
    }
}

/// `c = scale * a b`, or `c += scale * a b` where `add` is set.
///
/// # Panics
///
/// If sizes do not fit; that is a fault of this crate, never of its input.
pub(crate) fn multiply(
    (a, shape_a): (&[f32], Shape),
    (b, shape_b): (&[f32], Shape),
    (c, shape_c): (&mut [f32], Shape),
    scale: f32,
    add: bool,
) {
    assert_eq!(shape_a.columns, shape_b.rows, "inner sizes differ");
    assert_eq!(shape_a.rows, shape_c.rows, "rows differ");
    assert_eq!(shape_b.columns, shape_c.columns, "columns differ");
    assert!(a.len() >= shape_a.extent(), "the left matrix is too short");
    assert!(b.len() >= shape_b.extent(), "the right matrix is too short");
    assert!(c.len() >= shape_c.extent(), "the result is too short");
    // Rows of the result must not overlap, which only a row-after-row result with wide enough rows
    // guarantees; no other is made here.
    assert!(shape_c.column_stride == 1 && shape_c.row_stride >= shape_c.columns);
    // SAFETY: every element that the strides reach lies in its slice (checked above), strides are not
    // negative, and `c` is borrowed mutably, so it overlaps neither `a` nor `b`.
    unsafe {
        matrixmultiply::sgemm(
            shape_a.rows,
            shape_a.columns,
            shape_b.columns,
            scale,
            a.as_ptr(),
            shape_a.row_stride.cast_signed(),
            shape_a.column_stride.cast_signed(),
            b.as_ptr(),
            shape_b.row_stride.cast_signed(),
            shape_b.column_stride.cast_signed(),
            if add { 1.0 } else { 0.0 },
            c.as_mut_ptr(),
            shape_c.row_stride.cast_signed(),
            shape_c.column_stride.cast_signed(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_turned_and_strided_matrices_are_right() {
        // a = [1 2; 3 4; 5 6] with a gap after each row, b turned = [1 0 2; 0 1 3].
        let a = [1.0, 2.0, 9.0, 3.0, 4.0, 9.0, 5.0, 6.0];
        let b = [1.0, 0.0, 0.0, 1.0, 2.0, 3.0];
        let mut c = [1.0; 9];
        multiply(
            (&a, Shape::strided(3, 2, 3)),
            (&b, Shape::new(3, 2).turned()),
            (&mut c, Shape::new(3, 3)),
            1.0,
            true,
        );
        assert_eq!(c, [2.0, 3.0, 9.0, 4.0, 5.0, 19.0, 6.0, 7.0, 29.0]);
    }
}
