//! Points, distances, angles and torsions.

use nalgebra::Vector3;

/// A point or a direction, in angstroms.
pub type Point = Vector3<f64>;

/// The angle A-B-C in degrees, from 0 to 180; 0 where two points coincide.
#[must_use]
pub fn angle(a: &Point, b: &Point, c: &Point) -> f64 {
    let (u, v) = (a - b, c - b);
    let (cross, dot) = (u.cross(&v).norm(), u.dot(&v));
    // Unlike the arc cosine, this is exact near 0 and 180.
    cross.atan2(dot).to_degrees()
}

/// The torsion A-B-C-D in degrees, above -180 and up to 180: positive where, seen along B to C, D is clockwise from A.
#[must_use]
pub fn torsion(a: &Point, b: &Point, c: &Point, d: &Point) -> f64 {
    let (u, v, w) = (b - a, c - b, d - c);
    let (m, n) = (u.cross(&v), v.cross(&w));
    let degrees = (v.norm() * u.dot(&n)).atan2(m.dot(&n)).to_degrees();
    if degrees <= -180.0 { 180.0 } else { degrees }
}

/// The point D with the distance C-D, the angle B-C-D and the torsion A-B-C-D.
///
/// This is the step of the natural extension reference frame: J. Parsons et al., J. Comput. Chem. 26 (2005), 1063-1068.
#[must_use]
pub fn extend(a: &Point, b: &Point, c: &Point, length: f64, angle: f64, torsion: f64) -> Point {
    let (angle, torsion) = (angle.to_radians(), torsion.to_radians());
    let along = (c - b).normalize();
    let normal = (b - a).cross(&along).normalize();
    let side = normal.cross(&along);
    let local = Vector3::new(
        -length * angle.cos(),
        length * angle.sin() * torsion.cos(),
        length * angle.sin() * torsion.sin(),
    );
    c + along * local.x + side * local.y + normal * local.z
}

/// The point X at a distance from P with the angles A-P-X and B-P-X, on the side that makes
/// `(A-P).((B-P)x(X-P))` have the sign; `None` where no point has these angles.
#[must_use]
pub fn fork(
    p: &Point,
    (a, to_a): (&Point, f64),
    (b, to_b): (&Point, f64),
    length: f64,
    sign: f64,
) -> Option<Point> {
    let (u, v) = ((a - p).normalize(), (b - p).normalize());
    let (cos_a, cos_b) = (to_a.to_radians().cos(), to_b.to_radians().cos());
    let between = u.dot(&v);
    let rest = 1.0 - between * between;
    // X = s u + t v + h (u x v), with the two angles given and length 1.
    let s = (cos_a - between * cos_b) / rest;
    let t = (cos_b - between * cos_a) / rest;
    let height = 1.0 - (s * s + t * t + 2.0 * s * t * between);
    if height.is_nan() || height < 0.0 {
        return None;
    }
    let normal = u.cross(&v).normalize();
    // A.(B x X) = X.(A x B) is positive on the side of the normal.
    Some(p + (u * s + v * t + normal * (height.sqrt() * sign.signum())) * length)
}

/// The signed volume `(A-P).((B-P)x(X-P))` in cubic angstroms; its sign is the chirality of P.
#[must_use]
pub fn volume(p: &Point, a: &Point, b: &Point, x: &Point) -> f64 {
    (a - p).dot(&(b - p).cross(&(x - p)))
}

/// The difference of two angles in degrees, from 0 to 180.
#[must_use]
pub fn apart(one: f64, other: f64) -> f64 {
    let turn = (one - other).rem_euclid(360.0);
    turn.min(360.0 - turn)
}

/// The directions in which points are spread, from the widest to the thinnest; each is perpendicular to the others.
#[must_use]
pub fn axes(points: &[Point]) -> (Point, Point, Point) {
    let center = points.iter().sum::<Point>() / points.len().max(1) as f64;
    let spread = points
        .iter()
        .map(|point| (point - center) * (point - center).transpose())
        .sum::<nalgebra::Matrix3<f64>>();
    let fit = spread.symmetric_eigen();
    let mut order = [0, 1, 2];
    order.sort_by(|one, other| fit.eigenvalues[*other].total_cmp(&fit.eigenvalues[*one]));
    let [first, second] = [order[0], order[1]].map(|at| fit.eigenvectors.column(at).into_owned());
    (first, second, first.cross(&second))
}

/// The largest distance of points from the plane that fits them best, in angstroms.
#[must_use]
pub(crate) fn out_of_plane(points: &[Point]) -> f64 {
    if points.len() < 4 {
        return 0.0;
    }
    let center = points.iter().sum::<Point>() / points.len() as f64;
    let (_, _, normal) = axes(points);
    let distances = points
        .iter()
        .map(|point| (point - center).dot(&normal).abs());
    distances.fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_has_the_length_angle_and_torsion_it_was_placed_by() {
        let (a, b, c) = (
            Point::new(0.3, 1.2, -0.4),
            Point::new(1.1, 0.2, 0.0),
            Point::new(2.0, 0.9, 0.7),
        );
        for wanted in [-179.5, -57.0, 0.0, 33.3, 120.0, 180.0] {
            let d = extend(&a, &b, &c, 1.5, 111.0, wanted);
            assert!(((d - c).norm() - 1.5).abs() < 1e-12);
            assert!((angle(&b, &c, &d) - 111.0).abs() < 1e-10);
            assert!(apart(torsion(&a, &b, &c, &d), wanted) < 1e-10);
        }
    }

    #[test]
    fn a_fork_has_both_angles_and_the_side() {
        let (p, a, b) = (
            Point::new(0.0, 0.0, 0.0),
            Point::new(1.4, 0.1, 0.0),
            Point::new(-0.5, 1.4, 0.2),
        );
        for sign in [1.0, -1.0] {
            let x = fork(&p, (&a, 110.1), (&b, 109.3), 1.53, sign).unwrap();
            assert!((angle(&a, &p, &x) - 110.1).abs() < 1e-9);
            assert!((angle(&b, &p, &x) - 109.3).abs() < 1e-9);
            assert!(((x - p).norm() - 1.53).abs() < 1e-12);
            assert_eq!(volume(&p, &a, &b, &x).signum(), sign);
        }
        assert_eq!(fork(&p, (&a, 10.0), (&b, 10.0), 1.5, 1.0), None);
    }

    #[test]
    fn a_plane_is_flat_and_a_pyramid_is_not() {
        let mut points = vec![
            Point::new(0.0, 0.0, 1.0),
            Point::new(1.0, 0.0, 2.0),
            Point::new(0.0, 1.0, 3.0),
            Point::new(1.0, 1.0, 4.0),
        ];
        assert!(out_of_plane(&points) < 1e-12);
        points[3].z += 2.0;
        assert!(out_of_plane(&points) > 0.1);
    }
}
