//! Builds residues, chains and helices from ideal lengths and angles.

use serde::{Deserialize, Serialize};

use crate::geometry::{Point, extend, fork};
use crate::helix::Family;
use crate::ideal::{Ideal, Turn};
use crate::model::{Atom, Model, Place};
use crate::residue::{AminoAcid, element};

/// The chirality of residues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Hand {
    /// That of proteins.
    #[default]
    L,
    /// Its mirror image.
    D,
}

impl Hand {
    /// 1 for L, -1 for D.
    #[must_use]
    pub fn sign(self) -> f64 {
        match self {
            Self::L => 1.0,
            Self::D => -1.0,
        }
    }
}

/// A residue with its torsions, in degrees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The amino acid.
    pub amino_acid: AminoAcid,
    /// The residue's chirality.
    pub hand: Hand,
    /// Torsion C-N-CA-C, with the C of the residue before; the first residue has none.
    pub phi: f64,
    /// Torsion N-CA-C-N, with the N of the residue after.
    pub psi: f64,
    /// Torsion CA-C-N-CA from this residue to the next.
    pub omega: f64,
    /// Torsions of the side chain.
    pub chi: Vec<f64>,
    /// The angle N-CA-C, where it is not the mean one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tau: Option<f64>,
}

impl Part {
    /// A residue with the usual torsions of its side chain; those of a D-residue are mirrored.
    #[must_use]
    pub fn new(amino_acid: AminoAcid, hand: Hand, phi: f64, psi: f64) -> Self {
        let chi = amino_acid.ideal().chi.iter();
        Self {
            amino_acid,
            hand,
            phi,
            psi,
            omega: 180.0,
            chi: chi.map(|degrees| degrees * hand.sign()).collect(),
            tau: None,
        }
    }
}

impl Part {
    fn tau(&self) -> f64 {
        let usual = mean(self.amino_acid.ideal().angle("N", "CA", "C"));
        self.tau.unwrap_or(usual)
    }
}

/// Value of a table that [`crate::ideal`] checks to be complete; 0 can show up in no coordinate.
fn mean(target: Option<crate::ideal::Target>) -> f64 {
    target.map_or(0.0, |target| target.mean)
}

/// A chain of residues, numbered from 1 in chain A.
#[must_use]
pub fn chain(parts: &[Part]) -> Model {
    let mut atoms = Vec::new();
    let mut before: Option<(&Part, [Point; 3])> = None;
    for (index, part) in parts.iter().enumerate() {
        let ideal = part.amino_acid.ideal();
        let backbone = match before {
            None => first(part),
            Some((last, points)) => next(last, &points, part),
        };
        let [n, ca, c] = backbone;
        let mut placed = vec![("N", n), ("CA", ca), ("C", c)];
        let length = mean(ideal.bond("C", "O"));
        let angle = mean(ideal.angle("CA", "C", "O"));
        placed.push(("O", extend(&n, &ca, &c, length, angle, part.psi + 180.0)));
        side_chain(part, ideal, &mut placed);
        let place = Place {
            chain: "A".to_owned(),
            number: index as i64 + 1,
            insertion: String::new(),
        };
        for name in &ideal.atoms {
            let Some((_, at)) = placed.iter().find(|(known, _)| known == name) else {
                continue;
            };
            atoms.push(Atom {
                name: (*name).to_owned(),
                residue: part.amino_acid.residue_name(part.hand).to_owned(),
                place: place.clone(),
                element: element(name).to_owned(),
                at: *at,
                hetero: false,
            });
        }
        before = Some((part, backbone));
    }
    Model { atoms }
}

/// N, CA and C of the first residue: N at the origin, CA on the x axis.
fn first(part: &Part) -> [Point; 3] {
    let ideal = part.amino_acid.ideal();
    let n = Point::zeros();
    let ca = Point::new(mean(ideal.bond("N", "CA")), 0.0, 0.0);
    let (length, angle) = (mean(ideal.bond("CA", "C")), part.tau().to_radians());
    let c = ca + Point::new(-length * angle.cos(), length * angle.sin(), 0.0);
    [n, ca, c]
}

/// N, CA and C of a residue after another one.
fn next(last: &Part, [n, ca, c]: &[Point; 3], part: &Part) -> [Point; 3] {
    let (before, ideal) = (last.amino_acid.ideal(), part.amino_acid.ideal());
    let of = |ideal: &Ideal, name| ideal.peptide.get(name).copied();
    // The angle at C is that before a proline, where one follows.
    let at_c = if ideal.code == "PRO" { ideal } else { before };
    let length = mean(of(ideal, "C-N"));
    let n2 = extend(n, ca, c, length, mean(of(at_c, "CA-C-N")), last.psi);
    let length = mean(ideal.bond("N", "CA"));
    let ca2 = extend(ca, c, &n2, length, mean(of(ideal, "C-N-CA")), last.omega);
    let length = mean(ideal.bond("CA", "C"));
    let c2 = extend(c, &n2, &ca2, length, part.tau(), part.phi);
    [n2, ca2, c2]
}

/// Places CB and what follows it.
fn side_chain(part: &Part, ideal: &Ideal, placed: &mut Vec<(&'static str, Point)>) {
    let at = |placed: &[(&'static str, Point)], name: &str| {
        let found = placed.iter().find(|(known, _)| *known == name);
        found.map_or(Point::zeros(), |(_, at)| *at)
    };
    let sign = part.hand.sign();
    let branch = |placed: &mut Vec<(&'static str, Point)>, one: &crate::ideal::Fork| {
        let (p, a, b) = (at(placed, one.p), at(placed, one.a), at(placed, one.b));
        let to_a = mean(ideal.angle(one.a, one.p, one.x));
        let to_b = mean(ideal.angle(one.b, one.p, one.x));
        let length = mean(ideal.bond(one.p, one.x));
        // The tables' angles around one atom always leave a place; a test builds every residue.
        if let Some(x) = fork(&p, (&a, to_a), (&b, to_b), length, one.sign * sign) {
            placed.push((one.x, x));
        }
    };
    if let Some(center) = ideal.center() {
        branch(placed, &center);
    }
    for ([a, b, c, d], turn) in &ideal.turns {
        let degrees = match turn {
            // Those of a part have the sign of its hand already.
            Turn::Chi(number, more) => part.chi.get(*number).copied().unwrap_or(180.0) + more,
            Turn::Fixed(degrees) => *degrees,
        };
        let length = mean(ideal.bond(c, d));
        let angle = mean(ideal.angle(b, c, d));
        let (a, b, c) = (at(placed, a), at(placed, b), at(placed, c));
        placed.push((d, extend(&a, &b, &c, length, angle, degrees)));
    }
    for one in &ideal.forks {
        branch(placed, one);
    }
}

/// One residue alone.
#[must_use]
pub fn residue(amino_acid: AminoAcid, hand: Hand) -> Model {
    let (phi, psi) = Family::Alpha.torsions();
    chain(&[Part::new(
        amino_acid,
        hand,
        phi * hand.sign(),
        psi * hand.sign(),
    )])
}

/// A helix: right-handed of L-residues, left-handed of D-residues. Side chains have their usual torsions, or where these
/// come too near to other atoms, others.
#[must_use]
pub fn helix(family: Family, sequence: &[AminoAcid], hand: Hand) -> Model {
    let mut parts = parts_of(family, sequence, hand);
    crate::helix::relax(&mut parts);
    chain(&parts)
}

/// A helix whose side chains all have their usual torsions: the backbone of [`helix`], in less time.
pub(crate) fn straight(family: Family, sequence: &[AminoAcid], hand: Hand) -> Model {
    chain(&parts_of(family, sequence, hand))
}

fn parts_of(family: Family, sequence: &[AminoAcid], hand: Hand) -> Vec<Part> {
    let (phi, psi) = family.torsions();
    let part = |amino_acid: &AminoAcid| Part {
        tau: family.tau(),
        ..Part::new(*amino_acid, hand, phi * hand.sign(), psi * hand.sign())
    };
    sequence.iter().map(part).collect()
}
