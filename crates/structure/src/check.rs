//! Decides about coordinates, check by check.

mod clash;
mod shape;
mod topology;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::build::{Hand, Part};
use crate::geometry::Point;
use crate::helix::Family;
use crate::ideal::Target;
use crate::model::Model;
use crate::residue::AminoAcid;
use topology::Topology;

pub(crate) use clash::clashing;

/// Largest difference of a bond's length from its mean, in angstroms.
pub(crate) const BOND: f64 = 0.1;
/// Largest difference of an angle from its mean, in degrees.
pub(crate) const ANGLE: f64 = 10.0;
/// Largest number of standard deviations of the strict checks.
pub const DEVIATIONS: f64 = 4.0;
/// Largest distance from the plane of a flat group, in angstroms.
pub(crate) const PLANE: f64 = 0.1;
/// Least distance of atoms that are not bonded, as a share of the sum of their radii.
pub(crate) const CLASH: f64 = 0.75;
/// Largest difference of omega from 180 degrees.
pub(crate) const OMEGA: f64 = 20.0;
/// Largest difference of phi and psi from those of a helix, in degrees.
pub(crate) const PHI_PSI: f64 = 25.0;
/// Largest deviation of a helix's backbone from the ideal one, in angstroms.
pub(crate) const RMSD: f64 = 1.5;
/// Coordinates beyond this do not fit into the columns of a PDB file.
const FARTHEST: f64 = 9999.0;

/// The atoms that an answer has to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Atoms {
    /// All that are no hydrogens.
    #[default]
    Heavy,
    /// N, CA, C, O and CB.
    Backbone,
}

impl Atoms {
    /// The names for an amino acid, in the order of the PDB.
    pub fn names(self, amino_acid: AminoAcid) -> impl Iterator<Item = &'static str> {
        let count = match self {
            Self::Heavy => usize::MAX,
            Self::Backbone => 5,
        };
        amino_acid.ideal().atoms.iter().copied().take(count)
    }
}

/// Requirements on an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// The residues, numbered from 1.
    pub sequence: Vec<AminoAcid>,
    /// Chirality of all residues.
    pub hand: Hand,
    /// Selection of the residues' atoms.
    pub atoms: Atoms,
    /// The helix that they form, if they do: right-handed of L-residues, left-handed of D-residues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helix: Option<Family>,
}

impl Expected {
    /// One residue with all its atoms.
    #[must_use]
    pub fn residue(amino_acid: AminoAcid, hand: Hand) -> Self {
        Self::chain(&[amino_acid], hand)
    }

    /// Residues in a row, with all their atoms and any torsions.
    #[must_use]
    pub fn chain(sequence: &[AminoAcid], hand: Hand) -> Self {
        Self {
            sequence: sequence.to_vec(),
            hand,
            atoms: Atoms::Heavy,
            helix: None,
        }
    }

    /// A helix with all atoms.
    #[must_use]
    pub fn helix(family: Family, sequence: &[AminoAcid], hand: Hand) -> Self {
        Self {
            helix: Some(family),
            ..Self::chain(sequence, hand)
        }
    }

    /// The right answer that this crate builds.
    #[must_use]
    pub fn reference(&self) -> Model {
        let mut model = match self.helix {
            Some(family) => crate::build::helix(family, &self.sequence, self.hand),
            None => {
                let sign = self.hand.sign();
                let extended =
                    |one: &AminoAcid| Part::new(*one, self.hand, -120.0 * sign, 130.0 * sign);
                let parts: Vec<Part> = self.sequence.iter().map(extended).collect();
                crate::build::chain(&parts)
            }
        };
        let mut names = self.sequence.iter().map(|one| self.atoms.names(*one));
        let names: Vec<Vec<_>> = names.by_ref().map(Iterator::collect).collect();
        model.atoms.retain(|atom| {
            let index = usize::try_from(atom.place.number - 1).unwrap_or(usize::MAX);
            names
                .get(index)
                .is_some_and(|names| names.contains(&atom.name.as_str()))
        });
        model
    }
}

/// One check: a bit with its number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// The check's name.
    pub name: String,
    /// True if it passes.
    pub pass: bool,
    /// The measurement at the worst place; `None` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The accepted values, in words.
    pub accepted: String,
    /// The worst place, or what is missing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub at: String,
    /// The worst place's atoms, as places in the list of expected atoms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub atoms: Vec<usize>,
}

/// All checks of an answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The checks in their order; only those that apply.
    pub checks: Vec<Check>,
    /// Numbers beside them.
    pub numbers: BTreeMap<String, f64>,
}

/// The checks whose tolerance is in standard deviations rather than that of the paper.
const STRICT: [&str; 2] = ["bonds_strict", "angles_strict"];

impl Report {
    /// True if every check passes.
    #[must_use]
    pub fn passes(&self) -> bool {
        !self.checks.is_empty() && self.checks.iter().all(|check| check.pass)
    }

    /// True if every check but the strict ones passes.
    #[must_use]
    pub fn passes_faithfully(&self) -> bool {
        let mut checks = self.checks.iter();
        !self.checks.is_empty()
            && checks.all(|check| check.pass || STRICT.contains(&check.name.as_str()))
    }

    /// The names of the checks that fail.
    #[must_use]
    pub fn failed(&self) -> Vec<&str> {
        let failed = self.checks.iter().filter(|check| !check.pass);
        failed.map(|check| check.name.as_str()).collect()
    }

    /// The share of checks that pass.
    #[must_use]
    pub fn share(&self) -> f64 {
        let passed = self.checks.iter().filter(|check| check.pass).count();
        if self.checks.is_empty() {
            0.0
        } else {
            passed as f64 / self.checks.len() as f64
        }
    }

    pub(crate) fn add(&mut self, name: &str, pass: bool, value: Option<f64>, accepted: &str) {
        self.checks.push(Check {
            name: name.to_owned(),
            pass,
            value: value.filter(|value| value.is_finite()),
            accepted: accepted.to_owned(),
            at: String::new(),
            atoms: Vec::new(),
        });
    }
}

/// The report of an answer in which nothing could be read, made of that of no atoms: every check that would apply fails.
#[must_use]
pub(crate) fn unread(mut report: Report) -> Report {
    for check in &mut report.checks {
        check.pass = false;
        check.at = "there are no coordinates".to_owned();
        check.atoms = Vec::new();
    }
    report
}

/// Checks coordinates, in the order of [`Report::checks`]: what can be read, the atoms, their numbers, bonds and angles,
/// chirality, planes and rings, clashes, and torsions and shape of a helix.
#[must_use]
pub fn check(model: &Model, expected: &Expected) -> Report {
    let topology = Topology::of(expected);
    let mut report = Report::default();
    report.add(
        "parse",
        true,
        Some(model.atoms.len() as f64),
        "atoms that were read",
    );
    let (points, atoms) = matched(model, expected, &topology);
    report.checks.push(atoms);
    let wild = model
        .heavy()
        .atoms
        .iter()
        .filter(|atom| !is_finite(&atom.at))
        .count();
    report.add(
        "finite",
        wild == 0 && !model.atoms.is_empty(),
        Some(wild as f64),
        "0 atoms that are not",
    );
    let judged = Judged {
        topology: &topology,
        points: &points,
    };
    judged.bonds(&mut report);
    judged.angles(&mut report);
    judged.chirality(expected, &mut report);
    judged.planes(&mut report);
    judged.rings(&mut report);
    judged.clashes(&mut report);
    shape::check(&judged, expected, &mut report);
    report
}

/// The bonds between the expected atoms, which are numbered residue by residue in the order of the PDB.
#[must_use]
pub fn bonded(expected: &Expected) -> Vec<[usize; 2]> {
    let topology = Topology::of(expected);
    topology.bonds.iter().map(|(pair, _)| *pair).collect()
}

fn is_finite(point: &Point) -> bool {
    point
        .iter()
        .all(|number| number.is_finite() && number.abs() <= FARTHEST)
}

/// The expected atoms' coordinates, and the check that they are there once and nothing else is.
fn matched(model: &Model, expected: &Expected, topology: &Topology) -> (Vec<Option<Point>>, Check) {
    let mut points = vec![None; topology.atoms.len()];
    let mut seen = vec![false; topology.atoms.len()];
    let mut wrong = 0_usize;
    let mut first = String::new();
    let mut say = |what: String| {
        wrong += 1;
        if first.is_empty() {
            first = what;
        }
    };
    for atom in model.atoms.iter().filter(|atom| atom.element != "H") {
        let label = || format!("{} of {} {}", atom.name, atom.residue, atom.place.number);
        let Some(index) = topology.find(atom.place.number, &atom.name) else {
            say(format!("{} is not asked for", label()));
            continue;
        };
        let (residue, _) = topology.atoms[index];
        let name = expected.sequence[residue].residue_name(expected.hand);
        if !atom.residue.is_empty() && atom.residue != name {
            say(format!("{}: the residue is {name}", label()));
        }
        if std::mem::replace(&mut seen[index], true) {
            say(format!("{} occurs twice", label()));
        } else if is_finite(&atom.at) {
            points[index] = Some(atom.at);
        }
    }
    for (index, _) in seen.iter().enumerate().filter(|(_, seen)| !**seen) {
        say(format!("{} is missing", topology.label(index)));
    }
    let check = Check {
        name: "atoms".to_owned(),
        pass: wrong == 0,
        value: Some(wrong as f64),
        accepted: "0 missing, repeated or others".to_owned(),
        at: first,
        atoms: Vec::new(),
    };
    (points, check)
}

/// Expected atoms with the coordinates of an answer.
struct Judged<'a> {
    topology: &'a Topology,
    points: &'a [Option<Point>],
}

/// The worst of several measurements.
#[derive(Default)]
struct Worst {
    badness: f64,
    value: Option<f64>,
    at: Vec<usize>,
    /// Something could not be measured, as an atom is missing.
    missing: Option<usize>,
}

impl Worst {
    fn take(&mut self, badness: f64, value: f64, at: &[usize]) {
        if self.value.is_none() || badness > self.badness || badness.is_nan() {
            self.badness = badness;
            self.value = Some(value);
            self.at = at.to_vec();
        }
    }
}

impl Judged<'_> {
    /// The coordinates of some atoms; the first that is missing is noted.
    fn points<const COUNT: usize>(
        &self,
        atoms: [usize; COUNT],
        worst: &mut Worst,
    ) -> Option<[Point; COUNT]> {
        let mut found = [Point::zeros(); COUNT];
        for (place, index) in found.iter_mut().zip(atoms) {
            match self.points[index] {
                Some(point) => *place = point,
                None => {
                    worst.missing.get_or_insert(index);
                    return None;
                }
            }
        }
        Some(found)
    }

    /// Adds a check whose worst measurement may be as bad as `limit`.
    fn close(&self, report: &mut Report, name: &str, worst: Worst, limit: f64, accepted: String) {
        let at = match worst.missing {
            Some(index) => format!("{} is missing", self.topology.label(index)),
            None => self.topology.labels(&worst.at),
        };
        report.checks.push(Check {
            name: name.to_owned(),
            // Written so that what is not a number fails.
            pass: worst.missing.is_none() && worst.badness <= limit,
            value: worst.value.filter(|value| value.is_finite()),
            accepted,
            at,
            atoms: worst.at,
        });
    }

    fn bonds(&self, report: &mut Report) {
        let (mut faithful, mut strict) = (Worst::default(), Worst::default());
        for (pair, target) in &self.topology.bonds {
            let length = self
                .points(*pair, &mut faithful)
                .map(|[a, b]| (a - b).norm());
            both(&mut faithful, &mut strict, length, *target, pair);
        }
        strict.missing = faithful.missing;
        let accepted = format!("within {BOND} Å of the mean");
        self.close(report, "bonds", faithful, BOND, accepted);
        let accepted = format!("within {DEVIATIONS} standard deviations");
        self.close(report, "bonds_strict", strict, DEVIATIONS, accepted);
    }

    fn angles(&self, report: &mut Report) {
        let (mut faithful, mut strict) = (Worst::default(), Worst::default());
        for (three, target) in &self.topology.angles {
            let angle = self.points(*three, &mut faithful);
            let angle = angle.map(|[a, b, c]| crate::geometry::angle(&a, &b, &c));
            both(&mut faithful, &mut strict, angle, *target, three);
        }
        strict.missing = faithful.missing;
        let accepted = format!("within {ANGLE}° of the mean");
        self.close(report, "angles", faithful, ANGLE, accepted);
        let accepted = format!("within {DEVIATIONS} standard deviations");
        self.close(report, "angles_strict", strict, DEVIATIONS, accepted);
    }

    fn chirality(&self, expected: &Expected, report: &mut Report) {
        if self.topology.centers.is_empty() {
            return;
        }
        let hand = expected.hand.sign();
        let mut worst = Worst::default();
        for (four, sign) in &self.topology.centers {
            if let Some([p, a, b, x]) = self.points(*four, &mut worst) {
                let volume = crate::geometry::volume(&p, &a, &b, &x) * sign * hand;
                worst.take(-volume, volume, four);
            }
        }
        // An ideal centre has 2.4 to 2.8; one that is nearly flat has no side.
        let accepted = "more than 1 Å³ on the right side".to_owned();
        self.close(report, "chirality", worst, -1.0, accepted);
    }

    fn planes(&self, report: &mut Report) {
        if self.topology.flats.is_empty() {
            return;
        }
        let mut worst = Worst::default();
        for group in &self.topology.flats {
            let found: Vec<Point> = group
                .iter()
                .filter_map(|index| self.points[*index])
                .collect();
            if found.len() < group.len() {
                let missing = group.iter().find(|index| self.points[**index].is_none());
                worst.missing = worst.missing.or(missing.copied());
                continue;
            }
            let distance = crate::geometry::out_of_plane(&found);
            worst.take(distance, distance, group);
        }
        let accepted = format!("within {PLANE} Å of the plane");
        self.close(report, "planarity", worst, PLANE, accepted);
    }

    fn rings(&self, report: &mut Report) {
        if self.topology.rings.is_empty() {
            return;
        }
        let mut worst = Worst::default();
        for ring in &self.topology.rings {
            for (pair, target) in ring {
                if let Some([a, b]) = self.points(*pair, &mut worst) {
                    let length = (a - b).norm();
                    worst.take((length - target.mean).abs(), length, pair);
                }
            }
        }
        let accepted = format!("every bond of a ring within {BOND} Å");
        self.close(report, "ring_closure", worst, BOND, accepted);
    }

    fn clashes(&self, report: &mut Report) {
        let mut worst = Worst::default();
        if self.points.iter().all(Option::is_none) {
            worst.missing = Some(0);
        }
        if let Some((pair, share)) = clash::nearest(self.topology, self.points) {
            worst.take(-share, share, &pair);
        } else {
            worst.badness = -1.0;
        }
        let accepted = format!("at least {CLASH} of the sum of radii");
        self.close(report, "clashes", worst, -CLASH, accepted);
    }
}

/// Takes a measurement for the faithful and for the strict check.
fn both(
    faithful: &mut Worst,
    strict: &mut Worst,
    value: Option<f64>,
    target: Target,
    at: &[usize],
) {
    if let Some(value) = value {
        let off = (value - target.mean).abs();
        faithful.take(off, value, at);
        let deviations = off / target.deviation;
        strict.take(deviations, deviations, at);
    }
}
