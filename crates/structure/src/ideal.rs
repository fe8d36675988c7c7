//! Ideal lengths and angles of every residue: `engh_huber.txt`, read once.

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A mean and its standard deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// The mean, in angstroms or degrees.
    pub mean: f64,
    /// Its standard deviation.
    pub deviation: f64,
}

/// Torsion by which an atom is placed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Turn {
    /// A torsion of the side chain, counted from 0, with degrees added.
    Chi(usize, f64),
    /// A number of degrees.
    Fixed(f64),
}

/// An atom X at P, by its angles to A and B.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fork {
    /// The atom in the middle.
    pub p: &'static str,
    /// The first neighbour.
    pub a: &'static str,
    /// The second neighbour.
    pub b: &'static str,
    /// The atom that is placed.
    pub x: &'static str,
    /// The sign of `(A-P).((B-P)x(X-P))` in an L-residue.
    pub sign: f64,
}

/// Atoms, bonds and angles of one amino acid.
#[derive(Debug, Default)]
pub struct Ideal {
    /// The three-letter code.
    pub code: &'static str,
    /// The one-letter code.
    pub letter: char,
    /// The name in English.
    pub name: &'static str,
    /// The names of the heavy atoms, in the order of the PDB.
    pub atoms: Vec<&'static str>,
    /// Bonds within the residue.
    pub bonds: Vec<([&'static str; 2], Target)>,
    /// Angles within the residue.
    pub angles: Vec<([&'static str; 3], Target)>,
    /// Length of the bond from the preceding residue's C, and the angles around it: `C-N`, `CA-C-N`, `O-C-N`, `C-N-CA`,
    /// and proline's `C-N-CD`. Those at C belong to the residue before, those at N to this one.
    pub peptide: BTreeMap<&'static str, Target>,
    /// Atoms that are placed by a torsion, in order.
    pub turns: Vec<([&'static str; 4], Turn)>,
    /// Atoms that are placed by two angles.
    pub forks: Vec<Fork>,
    /// Centres of chirality besides CA.
    pub centers: Vec<Fork>,
    /// Rings whose atoms lie in one plane.
    pub aromatic: Vec<Vec<&'static str>>,
    /// Rings that need not be flat.
    pub rings: Vec<Vec<&'static str>>,
    /// Groups of atoms in one plane.
    pub flat: Vec<Vec<&'static str>>,
    /// The usual torsions of the side chain.
    pub chi: Vec<f64>,
}

impl Ideal {
    /// The length of a bond, whatever the order of its atoms.
    #[must_use]
    pub fn bond(&self, a: &str, b: &str) -> Option<Target> {
        let found = self
            .bonds
            .iter()
            .find(|([one, other], _)| (*one == a && *other == b) || (*one == b && *other == a));
        found.map(|(_, target)| *target)
    }

    /// An angle, whatever the order of its ends.
    #[must_use]
    pub fn angle(&self, a: &str, b: &str, c: &str) -> Option<Target> {
        let found = self
            .angles
            .iter()
            .find(|([x, y, z], _)| *y == b && ((*x == a && *z == c) || (*x == c && *z == a)));
        found.map(|(_, target)| *target)
    }

    /// True if CA is a centre of chirality: for all but glycine.
    #[must_use]
    pub fn is_chiral(&self) -> bool {
        self.atoms.contains(&"CB")
    }

    /// The centre CA with the neighbours by which its chirality is measured.
    #[must_use]
    pub fn center(&self) -> Option<Fork> {
        self.is_chiral().then_some(Fork {
            p: "CA",
            a: "N",
            b: "C",
            x: "CB",
            sign: 1.0,
        })
    }
}

const TABLE: &str = include_str!("engh_huber.txt");

/// The 20 amino acids, in the order of their codes.
pub fn residues() -> &'static [Ideal] {
    static RESIDUES: OnceLock<Vec<Ideal>> = OnceLock::new();
    // The table is part of the program, and every test of this crate reads it.
    RESIDUES.get_or_init(|| read(TABLE).unwrap_or_else(|line| panic!("engh_huber.txt: {line}")))
}

/// Parts of all residues that have no others of their own.
#[derive(Default)]
struct Common {
    bonds: Vec<([&'static str; 2], Target)>,
    angles: Vec<([&'static str; 3], Target)>,
    peptide: BTreeMap<&'static str, Target>,
}

/// Reads the table; the error is the line that is not understood.
fn read(text: &'static str) -> Result<Vec<Ideal>, &'static str> {
    let mut common = Ideal::default();
    let mut residues: Vec<Ideal> = Vec::new();
    for line in text.lines() {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        let mut words = line.split_whitespace();
        let word = words.next().ok_or(line)?;
        let rest: Vec<&'static str> = words.collect();
        if !line.starts_with(' ') {
            if word != "backbone" {
                residues.push(Ideal {
                    code: word,
                    letter: rest
                        .first()
                        .and_then(|one| one.chars().next())
                        .ok_or(line)?,
                    name: rest.get(1).ok_or(line)?,
                    ..Ideal::default()
                });
            }
            continue;
        }
        let residue = residues.last_mut().unwrap_or(&mut common);
        add(residue, word, &rest).ok_or(line)?;
    }
    let common = Common {
        bonds: common.bonds,
        angles: common.angles,
        peptide: common.peptide,
    };
    for residue in &mut residues {
        complete(residue, &common);
    }
    Ok(residues)
}

/// Adds a line's words to a residue; `None` if they are not of the form.
fn add(residue: &mut Ideal, word: &str, rest: &[&'static str]) -> Option<()> {
    let pairs = || rest.chunks(2).filter(|pair| pair.len() == 2);
    match word {
        "bonds" => {
            for pair in pairs() {
                residue.bonds.push((names(pair[0])?, target(pair[1])?));
            }
        }
        "angles" => {
            for pair in pairs() {
                residue.angles.push((names(pair[0])?, target(pair[1])?));
            }
        }
        "peptide" => {
            for pair in pairs() {
                residue.peptide.insert(pair[0], target(pair[1])?);
            }
        }
        "turns" => {
            for pair in pairs() {
                residue.turns.push((names(pair[0])?, turn(pair[1])?));
            }
        }
        "forks" => {
            for pair in pairs() {
                residue.forks.push(centre(pair[0], pair[1])?);
            }
        }
        "stereo" => {
            for pair in pairs() {
                residue.centers.push(centre(pair[0], pair[1])?);
            }
        }
        "aromatic" => residue
            .aromatic
            .extend(rest.iter().map(|ring| ring.split('-').collect())),
        "ring" => residue
            .rings
            .extend(rest.iter().map(|ring| ring.split('-').collect())),
        "flat" => residue
            .flat
            .extend(rest.iter().map(|group| group.split('-').collect())),
        "chi" => {
            for number in rest {
                residue.chi.push(number.parse().ok()?);
            }
        }
        _ => return None,
    }
    Some(())
}

/// Adds what a residue has in common with the others, and the list of its atoms.
fn complete(residue: &mut Ideal, common: &Common) {
    for (bond, target) in &common.bonds {
        if residue.bond(bond[0], bond[1]).is_none() {
            residue.bonds.push((*bond, *target));
        }
    }
    for (angle, target) in &common.angles {
        if residue.angle(angle[0], angle[1], angle[2]).is_none() {
            residue.angles.push((*angle, *target));
        }
    }
    for (name, target) in &common.peptide {
        residue.peptide.entry(name).or_insert(*target);
    }
    let mut side: Vec<&'static str> = residue.bonds.iter().flat_map(|(pair, _)| *pair).collect();
    side.retain(|name| !["N", "CA", "C", "O"].contains(name));
    // By distance from CA, then by branch: B, G, D, E, Z, H.
    side.sort_by_key(|name| {
        let mut letters = name.chars().skip(1);
        let distance = letters.next().and_then(|letter| "BGDEZH".find(letter));
        (distance, letters.next())
    });
    side.dedup();
    residue.atoms = ["N", "CA", "C", "O"].into_iter().chain(side).collect();
}

fn names<const COUNT: usize>(text: &'static str) -> Option<[&'static str; COUNT]> {
    let names: Vec<_> = text.split('-').collect();
    names.try_into().ok()
}

/// `1.459(20)`: the digits in parentheses are those of the deviation's last places.
fn target(text: &str) -> Option<Target> {
    let (mean, deviation) = text.strip_suffix(')')?.split_once('(')?;
    let places = mean.split_once('.').map_or(0, |(_, places)| places.len());
    Some(Target {
        mean: mean.parse().ok()?,
        deviation: deviation.parse::<f64>().ok()? / 10_f64.powi(i32::try_from(places).ok()?),
    })
}

fn turn(text: &str) -> Option<Turn> {
    let Some(chi) = text.strip_prefix("chi") else {
        return text.parse().ok().map(Turn::Fixed);
    };
    let (number, more) = chi.split_once('+').unwrap_or((chi, "0"));
    let number: usize = number.parse().ok()?;
    Some(Turn::Chi(number.checked_sub(1)?, more.parse().ok()?))
}

fn centre(text: &'static str, sign: &str) -> Option<Fork> {
    let (p, rest) = text.split_once(':')?;
    let [a, b, x] = names(rest)?;
    let sign = match sign {
        "+" => 1.0,
        "-" => -1.0,
        _ => return None,
    };
    Some(Fork { p, a, b, x, sign })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_residue_with_all_that_its_atoms_need() {
        let residues = residues();
        assert_eq!(residues.len(), 20);
        let letters: String = residues.iter().map(|one| one.letter).collect();
        assert_eq!(letters, "ARNDCQEGHILKMFPSTWYV");
        for one in residues {
            for ([_, b, c, d], turn) in &one.turns {
                assert!(one.bond(c, d).is_some(), "{} {c}-{d}", one.code);
                assert!(one.angle(b, c, d).is_some(), "{} {b}-{c}-{d}", one.code);
                if let Turn::Chi(number, _) = turn {
                    assert!(*number < one.chi.len());
                }
            }
            for fork in one.forks.iter().chain(&one.center()) {
                assert!(one.angle(fork.a, fork.p, fork.x).is_some(), "{}", one.code);
                assert!(one.angle(fork.b, fork.p, fork.x).is_some(), "{}", one.code);
            }
            for ([a, b, c], target) in &one.angles {
                assert!(one.bond(a, b).is_some() && one.bond(b, c).is_some());
                assert!(target.deviation > 0.0 && target.deviation < 5.0);
            }
        }
        let tryptophan = residues.iter().find(|one| one.letter == 'W').unwrap();
        assert_eq!(
            tryptophan.atoms.join(" "),
            "N CA C O CB CG CD1 CD2 NE1 CE2 CE3 CZ2 CZ3 CH2"
        );
    }

    #[test]
    fn glycine_and_proline_have_backbones_of_their_own() {
        let one = |letter| residues().iter().find(|one| one.letter == letter).unwrap();
        assert_eq!(one('A').bond("N", "CA").unwrap().mean, 1.459);
        assert_eq!(one('G').bond("N", "CA").unwrap().mean, 1.456);
        assert!((one('P').bond("CA", "N").unwrap().deviation - 0.017).abs() < 1e-12);
        assert_eq!(one('A').peptide["C-N"].mean, 1.336);
        assert_eq!(one('G').peptide["C-N-CA"].mean, 122.3);
    }
}
