//! The atoms, bonds and angles of a chain.

use std::collections::HashMap;

use super::Expected;
use crate::ideal::Target;
use crate::residue::{element, radius};

/// Atoms by number, and what holds between them.
pub(crate) struct Topology {
    /// Residue (from 0) and name of each atom.
    pub(crate) atoms: Vec<(usize, &'static str)>,
    /// The residues' names.
    names: Vec<&'static str>,
    /// Places of atoms.
    index: HashMap<(usize, &'static str), usize>,
    /// Van der Waals radii.
    pub(crate) radii: Vec<f64>,
    /// Bonds with their lengths.
    pub(crate) bonds: Vec<([usize; 2], Target)>,
    /// Angles with their targets.
    pub(crate) angles: Vec<([usize; 3], Target)>,
    /// Centres of chirality: P, A, B, X and the sign of L.
    pub(crate) centers: Vec<([usize; 4], f64)>,
    /// Groups in one plane.
    pub(crate) flats: Vec<Vec<usize>>,
    /// The bonds of each ring.
    pub(crate) rings: Vec<Vec<([usize; 2], Target)>>,
    /// For each atom those that are up to three bonds away.
    pub(crate) near: Vec<Vec<usize>>,
}

impl Topology {
    pub(crate) fn of(expected: &Expected) -> Self {
        let mut one = Self {
            atoms: Vec::new(),
            names: Vec::new(),
            index: HashMap::new(),
            radii: Vec::new(),
            bonds: Vec::new(),
            angles: Vec::new(),
            centers: Vec::new(),
            flats: Vec::new(),
            rings: Vec::new(),
            near: Vec::new(),
        };
        for (residue, amino_acid) in expected.sequence.iter().enumerate() {
            one.names.push(amino_acid.residue_name(expected.hand));
            for name in expected.atoms.names(*amino_acid) {
                one.index.insert((residue, name), one.atoms.len());
                one.atoms.push((residue, name));
                one.radii.push(radius(element(name)));
            }
        }
        for residue in 0..expected.sequence.len() {
            one.within(expected, residue);
        }
        for residue in 1..expected.sequence.len() {
            one.between(expected, residue);
        }
        one.neighbours();
        one
    }

    /// The atom of a residue, which has a number from 1.
    pub(crate) fn find(&self, number: i64, name: &str) -> Option<usize> {
        let residue = usize::try_from(number.checked_sub(1)?).ok()?;
        // The map's keys live as long as the program, and names of answers do not.
        let first = self.atoms.partition_point(|(of, _)| *of < residue);
        let rest = self.atoms[first..].iter();
        let mut own = rest.take_while(|(of, _)| *of == residue);
        own.position(|(_, known)| *known == name)
            .map(|at| first + at)
    }

    /// The place of an atom that is part of a table.
    pub(crate) fn at(&self, residue: usize, name: &'static str) -> Option<usize> {
        self.index.get(&(residue, name)).copied()
    }

    pub(crate) fn label(&self, index: usize) -> String {
        let (residue, name) = self.atoms[index];
        format!("{name} of {} {}", self.names[residue], residue + 1)
    }

    /// Several atoms: `N-CA of ALA 1`, or with the residue of each.
    pub(crate) fn labels(&self, atoms: &[usize]) -> String {
        let mut residues: Vec<_> = atoms.iter().map(|index| self.atoms[*index].0).collect();
        residues.dedup();
        let names = atoms.iter().map(|index| self.atoms[*index].1);
        match residues[..] {
            [] => String::new(),
            [residue] => {
                let names: Vec<_> = names.collect();
                format!(
                    "{} of {} {}",
                    names.join("-"),
                    self.names[residue],
                    residue + 1
                )
            }
            _ => {
                let names: Vec<_> = atoms.iter().map(|index| self.label(*index)).collect();
                names.join(", ")
            }
        }
    }

    fn all<const COUNT: usize>(
        &self,
        residue: usize,
        names: [&'static str; COUNT],
    ) -> Option<[usize; COUNT]> {
        let mut found = [0; COUNT];
        for (place, name) in found.iter_mut().zip(names) {
            *place = self.at(residue, name)?;
        }
        Some(found)
    }

    /// Adds the table's part about one residue, as far as its atoms are asked for.
    fn within(&mut self, expected: &Expected, residue: usize) {
        let ideal = expected.sequence[residue].ideal();
        for (names, target) in &ideal.bonds {
            if let Some(pair) = self.all(residue, *names) {
                self.bonds.push((pair, *target));
            }
        }
        for (names, target) in &ideal.angles {
            if let Some(three) = self.all(residue, *names) {
                self.angles.push((three, *target));
            }
        }
        for center in ideal.center().iter().chain(&ideal.centers) {
            if let Some(four) = self.all(residue, [center.p, center.a, center.b, center.x]) {
                self.centers.push((four, center.sign));
            }
        }
        for group in ideal.aromatic.iter().chain(&ideal.flat) {
            let found: Option<Vec<_>> = group.iter().map(|name| self.at(residue, name)).collect();
            self.flats.extend(found);
        }
        for ring in ideal.aromatic.iter().chain(&ideal.rings) {
            let next = ring.iter().cycle().skip(1);
            let bonds = ring
                .iter()
                .zip(next)
                .map(|(a, b)| Some((self.all(residue, [*a, *b])?, ideal.bond(a, b)?)));
            let bonds: Option<Vec<_>> = bonds.collect();
            self.rings.extend(bonds);
        }
    }

    /// The peptide bond to a residue from the one before.
    fn between(&mut self, expected: &Expected, residue: usize) {
        let before = residue - 1;
        let (last, this) = (
            expected.sequence[before].ideal(),
            expected.sequence[residue].ideal(),
        );
        let at_c = if this.code == "PRO" { this } else { last };
        let c = self.at(before, "C");
        let n = self.at(residue, "N");
        let (Some(c), Some(n)) = (c, n) else {
            return;
        };
        if let Some(target) = this.peptide.get("C-N") {
            self.bonds.push(([c, n], *target));
        }
        let angles = [
            (
                self.at(before, "CA"),
                c,
                Some(n),
                at_c.peptide.get("CA-C-N"),
            ),
            (self.at(before, "O"), c, Some(n), at_c.peptide.get("O-C-N")),
            (
                Some(c),
                n,
                self.at(residue, "CA"),
                this.peptide.get("C-N-CA"),
            ),
            (
                Some(c),
                n,
                self.at(residue, "CD"),
                this.peptide.get("C-N-CD"),
            ),
        ];
        for (a, b, c, target) in angles {
            if let (Some(a), Some(c), Some(target)) = (a, c, target) {
                self.angles.push(([a, b, c], *target));
            }
        }
        if let (Some(ca), Some(o)) = (self.at(before, "CA"), self.at(before, "O")) {
            self.flats.push(vec![ca, c, o, n]);
        }
    }

    fn neighbours(&mut self) {
        let mut bonded = vec![Vec::new(); self.atoms.len()];
        for ([a, b], _) in &self.bonds {
            bonded[*a].push(*b);
            bonded[*b].push(*a);
        }
        self.near = (0..self.atoms.len())
            .map(|start| {
                let mut reached = vec![start];
                let mut from = 0;
                for _ in 0..3 {
                    let to = reached.len();
                    for at in from..to {
                        for next in &bonded[reached[at]] {
                            if !reached.contains(next) {
                                reached.push(*next);
                            }
                        }
                    }
                    from = to;
                }
                reached.sort_unstable();
                reached
            })
            .collect();
    }
}
