//! Superposition of two sets of points by a rotation and a shift.

use nalgebra::{Matrix3, Rotation3};

use crate::geometry::Point;

/// A rotation and then a shift.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Motion {
    /// Rotation around the origin.
    pub rotation: Rotation3<f64>,
    /// The shift after it.
    pub shift: Point,
}

impl Motion {
    /// A point after the motion.
    #[must_use]
    pub fn apply(&self, point: &Point) -> Point {
        self.rotation * point + self.shift
    }
}

/// The rigid motion of `moving` onto `fixed` with the least root mean square deviation, and that deviation. Reflections
/// are excluded: the determinant is +1. `None` for no points or for lists of different lengths.
///
/// W. Kabsch, Acta Cryst. A32 (1976), 922-923, with the sign of A34 (1978), 827-828.
#[must_use]
pub fn superpose(moving: &[Point], fixed: &[Point]) -> Option<(Motion, f64)> {
    if moving.len() != fixed.len() || moving.is_empty() {
        return None;
    }
    let count = moving.len() as f64;
    let from = moving.iter().sum::<Point>() / count;
    let to = fixed.iter().sum::<Point>() / count;
    let mut covariance = Matrix3::zeros();
    for (one, other) in moving.iter().zip(fixed) {
        covariance += (one - from) * (other - to).transpose();
    }
    // Not finite coordinates would keep the decomposition from ending.
    if !covariance.iter().all(|value| value.is_finite()) {
        return None;
    }
    let parts = covariance.svd(true, true);
    let (u, v) = (parts.u?, parts.v_t?.transpose());
    let mut mirror = Matrix3::identity();
    if (v * u.transpose()).determinant() < 0.0 {
        // The direction of the smallest singular value is the one that costs least to turn around.
        let smallest = parts.singular_values.imin();
        mirror[(smallest, smallest)] = -1.0;
    }
    let rotation = Rotation3::from_matrix_unchecked(v * mirror * u.transpose());
    let motion = Motion {
        rotation,
        shift: to - rotation * from,
    };
    let squares = moving
        .iter()
        .zip(fixed)
        .map(|(one, other)| (motion.apply(one) - other).norm_squared());
    Some((motion, (squares.sum::<f64>() / count).sqrt()))
}

/// The least root mean square deviation without reflection, in angstroms.
#[must_use]
pub fn rmsd(moving: &[Point], fixed: &[Point]) -> Option<f64> {
    superpose(moving, fixed).map(|(_, deviation)| deviation)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points() -> Vec<Point> {
        vec![
            Point::new(0.0, 0.0, 0.0),
            Point::new(1.5, 0.0, 0.0),
            Point::new(1.9, 1.3, 0.2),
            Point::new(0.4, 2.0, -1.7),
        ]
    }

    #[test]
    fn a_moved_copy_fits_and_a_mirror_image_does_not() {
        let points = points();
        let turn = Rotation3::from_euler_angles(0.4, -1.1, 2.9);
        let moved: Vec<_> = points
            .iter()
            .map(|point| turn * point + Point::new(5.0, -3.0, 11.0))
            .collect();
        assert!(rmsd(&points, &moved).unwrap() < 1e-12);
        let mirrored: Vec<_> = moved
            .iter()
            .map(|point| Point::new(point.x, point.y, -point.z))
            .collect();
        assert!(rmsd(&points, &mirrored).unwrap() > 0.3);
    }

    #[test]
    fn points_in_a_plane_or_a_line_fit_too() {
        let flat: Vec<_> = points().iter().map(|p| Point::new(p.x, p.y, 0.0)).collect();
        assert!(rmsd(&flat, &flat).unwrap() < 1e-12);
        let (motion, _) = superpose(&flat[..2], &flat[..2]).unwrap();
        assert!((motion.rotation.matrix().determinant() - 1.0).abs() < 1e-12);
        assert_eq!(superpose(&[], &[]), None);
        let wild = vec![Point::new(f64::NAN, 0.0, 0.0); 4];
        assert_eq!(rmsd(&wild, &points()), None);
    }
}
