//! Built models pass every check, a mirror image fails those of chirality, and jitter fails more the larger it is.

use tracestone_structure::build::{Hand, helix, residue};
use tracestone_structure::change::{draw_for, jittered};
use tracestone_structure::check::{Expected, Report, check};
use tracestone_structure::geometry::{apart, torsion};
use tracestone_structure::helix::Family;
use tracestone_structure::read::read;
use tracestone_structure::residue::AminoAcid;
use tracestone_structure::write::Format;

fn amino_acid(letter: char) -> AminoAcid {
    AminoAcid::from_letter(letter).expect("a code")
}

fn said(report: &Report) -> Vec<String> {
    let failed = report.checks.iter().filter(|check| !check.pass);
    failed
        .map(|check| format!("{} {:?} at {}", check.name, check.value, check.at))
        .collect()
}

#[test]
fn every_residue_passes_every_check_and_its_mirror_image_fails_chirality_alone() {
    for one in AminoAcid::all() {
        for hand in [Hand::L, Hand::D] {
            let expected = Expected::residue(one, hand);
            let built = residue(one, hand);
            let report = check(&built, &expected);
            assert!(report.passes(), "{one:?} {hand:?}: {:?}", said(&report));
            let mirrored = check(&built.mirrored(), &expected);
            let failed: &[&str] = if one == amino_acid('G') {
                &[]
            } else {
                &["chirality"]
            };
            assert_eq!(mirrored.failed(), failed, "{one:?} {hand:?}");
        }
    }
}

#[test]
fn every_helix_of_4_to_40_residues_passes_and_its_mirror_image_fails_chirality_and_handedness() {
    for family in Family::ALL {
        for hand in [Hand::L, Hand::D] {
            for length in 4..=40 {
                let sequence = vec![amino_acid('A'); length];
                let expected = Expected::helix(family, &sequence, hand);
                let built = helix(family, &sequence, hand);
                let report = check(&built, &expected);
                assert!(
                    report.passes(),
                    "{family:?} {hand:?} {length}: {:?}",
                    said(&report)
                );
                assert!(report.numbers["rmsd"] < 1e-9);
                let mirrored = check(&built.mirrored(), &expected);
                assert_eq!(
                    mirrored.failed(),
                    ["chirality", "handedness"],
                    "{family:?} {hand:?} {length}"
                );
            }
        }
    }
}

#[test]
fn helices_of_every_residue_but_proline_pass() {
    for family in Family::ALL {
        for one in AminoAcid::all().filter(|one| *one != amino_acid('P')) {
            let sequence = vec![one; 14];
            let report = check(
                &helix(family, &sequence, Hand::L),
                &Expected::helix(family, &sequence, Hand::L),
            );
            assert!(report.passes(), "{family:?} {one:?}: {:?}", said(&report));
        }
    }
    let mut draw = draw_for(1, "mixed helices");
    let all: Vec<_> = AminoAcid::all()
        .filter(|one| *one != amino_acid('P'))
        .collect();
    for round in 0..60 {
        let length = 4 + draw.below(37);
        let sequence: Vec<_> = (0..length).map(|_| *draw.one(&all).unwrap()).collect();
        let family = Family::ALL[round % 3];
        let hand = if round % 2 == 0 { Hand::L } else { Hand::D };
        let expected = Expected::helix(family, &sequence, hand);
        let report = check(&helix(family, &sequence, hand), &expected);
        assert!(
            report.passes(),
            "{family:?} {sequence:?}: {:?}",
            said(&report)
        );
    }
}

#[test]
fn what_is_written_is_read_strictly_and_passes() {
    for one in AminoAcid::all() {
        for format in [Format::Pdb, Format::Json] {
            let built = residue(one, Hand::L);
            let reading = read(&format.answer(&built)).unwrap();
            assert!(reading.rule.is_strict());
            let report = check(&reading.model, &Expected::residue(one, Hand::L));
            assert!(report.passes(), "{one:?} {format:?}: {:?}", said(&report));
        }
    }
}

#[test]
fn jitter_fails_more_the_larger_it_is() {
    let sequence = vec![amino_acid('A'); 12];
    let expected = Expected::helix(Family::Alpha, &sequence, Hand::L);
    let built = helix(Family::Alpha, &sequence, Hand::L);
    let mut draw = draw_for(7, "jitter");
    let mut shares = Vec::new();
    for size in [0.0, 0.005, 0.05, 0.2] {
        let reports = (0..20).map(|_| check(&jittered(&built, size, &mut draw), &expected).share());
        shares.push(reports.sum::<f64>() / 20.0);
    }
    assert_eq!(shares[0], 1.0);
    assert!(
        shares.windows(2).all(|pair| pair[1] < pair[0] + 1e-9),
        "{shares:?}"
    );
    assert!(shares[3] < 0.6, "{shares:?}");
}

/// The torsions of both branches differ by +120 degrees in valine and leucine and by -120 in isoleucine and threonine:
/// the names of IUPAC-IUB, Biochemistry 9 (1970), 3471-3479, as the PDB has them.
#[test]
fn branches_have_the_sides_that_their_names_say() {
    for (letter, [a, b, c], first, second, turn) in [
        ('V', ["N", "CA", "CB"], "CG1", "CG2", 120.0),
        ('L', ["CA", "CB", "CG"], "CD1", "CD2", 120.0),
        ('I', ["N", "CA", "CB"], "CG1", "CG2", -120.0),
        ('T', ["N", "CA", "CB"], "OG1", "CG2", -120.0),
    ] {
        let model = residue(amino_acid(letter), Hand::L);
        let residue = model.residues()[0];
        let at = |name: &str| residue.at(name).expect("an atom");
        let of = |name: &str| torsion(at(a), at(b), at(c), at(name));
        assert!(apart(of(second) - of(first), turn) < 8.0, "{letter}");
    }
}
