//! Torsions of the backbone, and the shape of a helix.

use super::{Expected, Judged, OMEGA, PHI_PSI, RMSD, Report, Worst};
use crate::build::{Hand, straight};
use crate::geometry::{Point, apart, torsion};
use crate::helix::{Family, steps};
use crate::superpose::rmsd;

/// Adds omega of chains, and the checks of a helix.
pub(super) fn check(judged: &Judged<'_>, expected: &Expected, report: &mut Report) {
    let count = expected.sequence.len();
    if count > 1 {
        omega(judged, count, report);
    }
    if let Some(family) = expected.helix {
        phi_psi(judged, count, family, report);
        axis(judged, count, family, expected.hand, report);
        deviation(judged, expected, family, report);
    }
}

/// The places of four atoms of the backbone, if they are asked for.
fn four(judged: &Judged<'_>, atoms: [(usize, &'static str); 4]) -> Option<[usize; 4]> {
    let mut found = [0; 4];
    for (place, (residue, name)) in found.iter_mut().zip(atoms) {
        *place = judged.topology.at(residue, name)?;
    }
    Some(found)
}

fn measured(judged: &Judged<'_>, atoms: [usize; 4], worst: &mut Worst) -> Option<f64> {
    let [a, b, c, d] = judged.points(atoms, worst)?;
    Some(torsion(&a, &b, &c, &d))
}

fn omega(judged: &Judged<'_>, count: usize, report: &mut Report) {
    let mut worst = Worst::default();
    for next in 1..count {
        let atoms = [(next - 1, "CA"), (next - 1, "C"), (next, "N"), (next, "CA")];
        let Some(atoms) = four(judged, atoms) else {
            continue;
        };
        if let Some(degrees) = measured(judged, atoms, &mut worst) {
            worst.take(apart(degrees, 180.0), degrees, &atoms);
        }
    }
    let accepted = format!("within {OMEGA}° of 180°");
    judged.close(report, "omega", worst, OMEGA, accepted);
}

/// Phi and psi, by the hand that the answer has: which one it should have is the check `handedness`.
fn phi_psi(judged: &Judged<'_>, count: usize, family: Family, report: &mut Report) {
    let mut worst = Worst::default();
    let mut found = Vec::new();
    let (phi, psi) = family.torsions();
    for at in 0..count {
        if at > 0 {
            let atoms = [(at - 1, "C"), (at, "N"), (at, "CA"), (at, "C")];
            let atoms = four(judged, atoms);
            let degrees = atoms.and_then(|atoms| measured(judged, atoms, &mut worst));
            found.extend(
                atoms
                    .zip(degrees)
                    .map(|(atoms, degrees)| (atoms, degrees, phi)),
            );
        }
        if at + 1 < count {
            let atoms = [(at, "N"), (at, "CA"), (at, "C"), (at + 1, "N")];
            let atoms = four(judged, atoms);
            let degrees = atoms.and_then(|atoms| measured(judged, atoms, &mut worst));
            found.extend(
                atoms
                    .zip(degrees)
                    .map(|(atoms, degrees)| (atoms, degrees, psi)),
            );
        }
    }
    let right = found
        .iter()
        .filter(|(_, degrees, _)| *degrees < 0.0)
        .count();
    let sign = if 2 * right >= found.len() { 1.0 } else { -1.0 };
    for (atoms, degrees, wanted) in found {
        worst.take(apart(degrees * sign, wanted), degrees, &atoms);
    }
    let accepted = format!("within {PHI_PSI}° of {phi}° and {psi}°, or both of the other sign");
    judged.close(report, "phi_psi", worst, PHI_PSI, accepted);
}

/// Rise, residues per turn, and handedness.
fn axis(judged: &Judged<'_>, count: usize, family: Family, hand: Hand, report: &mut Report) {
    let mut missing = None;
    let trace: Vec<Point> = (0..count)
        .filter_map(|at| {
            let index = judged.topology.at(at, "CA")?;
            if judged.points[index].is_none() {
                missing.get_or_insert(index);
            }
            judged.points[index]
        })
        .collect();
    let steps = if missing.is_none() {
        steps(&trace)
    } else {
        Vec::new()
    };
    let shape = family.shape();
    let number = steps.len() as f64;
    let mean = |sum: f64| sum / number;
    let rise = mean(steps.iter().map(|step| step.rise.abs()).sum());
    let twist = mean(steps.iter().map(|step| step.twist).sum());
    let turn = 360.0 / twist;
    let wrong = steps.iter().filter(|step| step.rise * hand.sign() <= 0.0);
    let right = 1.0 - mean(wrong.count() as f64);
    let mut close = |name: &str, badness: f64, value: f64, limit: f64, accepted: String| {
        let worst = Worst {
            badness,
            value: (!steps.is_empty()).then_some(value),
            at: Vec::new(),
            missing,
        };
        judged.close(report, name, worst, limit, accepted);
    };
    let accepted = format!(
        "{:.2} ± {:.2} Å for each residue",
        shape.rise, shape.rise_within
    );
    close(
        "rise",
        (rise - shape.rise).abs(),
        rise,
        shape.rise_within,
        accepted,
    );
    let accepted = format!("{:.2} ± {:.2} residues", shape.turn, shape.turn_within);
    close(
        "turn",
        (turn - shape.turn).abs(),
        turn,
        shape.turn_within,
        accepted,
    );
    let side = match hand {
        Hand::L => "right",
        Hand::D => "left",
    };
    close(
        "handedness",
        -right,
        right,
        -1.0,
        format!("every step {side}-handed"),
    );
}

/// The deviation of the backbone from the ideal helix of the hand that the answer has; the number beside it is the
/// deviation from the one that was asked for.
fn deviation(judged: &Judged<'_>, expected: &Expected, family: Family, report: &mut Report) {
    let mut worst = Worst::default();
    let mut found = Vec::new();
    let ideal = straight(family, &expected.sequence, expected.hand);
    let mut wanted = Vec::new();
    for atom in &ideal.atoms {
        if !["N", "CA", "C", "O"].contains(&atom.name.as_str()) {
            continue;
        }
        let Some(index) = judged.topology.find(atom.place.number, &atom.name) else {
            continue;
        };
        match judged.points[index] {
            Some(point) => found.push(point),
            None => worst.missing = worst.missing.or(Some(index)),
        }
        wanted.push(atom.at);
    }
    let own = rmsd(&found, &wanted);
    let mirrored: Vec<Point> = wanted.iter().map(|p| Point::new(p.x, p.y, -p.z)).collect();
    let other = rmsd(&found, &mirrored);
    if let Some(own) = own {
        report.numbers.insert("rmsd".to_owned(), own);
    }
    if let (Some(own), Some(other)) = (own, other) {
        let least = own.min(other);
        worst.take(least, least, &[]);
    }
    let accepted = format!("at most {RMSD} Å from the ideal helix of its hand");
    judged.close(report, "rmsd", worst, RMSD, accepted);
}
