//! Atoms that are too near to each other.

use std::collections::HashMap;

use super::{CLASH, Expected, Topology};
use crate::geometry::Point;
use crate::model::Model;

/// Side of the cells in which neighbours are looked for: no two radii have a larger sum.
const CELL: f64 = 3.6;

/// Pairs of atoms more than three bonds apart whose distance is below the sum of their radii, with the share of it.
fn pairs(topology: &Topology, points: &[Option<Point>], mut visit: impl FnMut([usize; 2], f64)) {
    let cell = |point: &Point| {
        let of = |number: f64| (number / CELL).floor() as i64;
        (of(point.x), of(point.y), of(point.z))
    };
    let mut cells: HashMap<(i64, i64, i64), Vec<usize>> = HashMap::new();
    for (index, point) in points.iter().enumerate() {
        let Some(point) = point else { continue };
        let (x, y, z) = cell(point);
        for (dx, dy, dz) in around() {
            let Some(others) = cells.get(&(x + dx, y + dy, z + dz)) else {
                continue;
            };
            for &other in others {
                let Some(there) = points[other] else { continue };
                let sum = topology.radii[index] + topology.radii[other];
                let squared = (point - there).norm_squared();
                if squared < sum * sum && topology.near[index].binary_search(&other).is_err() {
                    visit([other, index], squared.sqrt() / sum);
                }
            }
        }
        cells.entry((x, y, z)).or_default().push(index);
    }
}

/// The steps to a cell and its 26 neighbours.
fn around() -> impl Iterator<Item = (i64, i64, i64)> {
    (0..27).map(|n| (n % 3 - 1, n / 3 % 3 - 1, n / 9 - 1))
}

/// The pair with the smallest share; of equal ones the first by number.
pub(super) fn nearest(topology: &Topology, points: &[Option<Point>]) -> Option<([usize; 2], f64)> {
    let mut found: Option<([usize; 2], f64)> = None;
    pairs(topology, points, |pair, share| {
        let is_nearer = match &found {
            None => true,
            Some((known, least)) => share < *least || (share == *least && pair < *known),
        };
        if is_nearer {
            found = Some((pair, share));
        }
    });
    found
}

/// The pairs of residues (from 0) of a built chain with atoms too near to each other.
pub(crate) fn clashing(model: &Model, expected: &Expected) -> Vec<[usize; 2]> {
    let topology = Topology::of(expected);
    let points: Vec<_> = model.atoms.iter().map(|atom| Some(atom.at)).collect();
    let mut found = Vec::new();
    pairs(&topology, &points, |[a, b], share| {
        if share < CLASH {
            found.push([topology.atoms[a].0, topology.atoms[b].0]);
        }
    });
    found
}
