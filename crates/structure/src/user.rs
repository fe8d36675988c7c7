//! Structures of a user's own: PDB and mmCIF files, as the Protein Data Bank writes them.

mod cif;
mod pdb;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Atom, Model, Place};

/// A structure with what was left out of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Structure {
    /// The first model, one conformer of each residue. Atoms of polymers are not `hetero`, whatever record has them.
    pub model: Model,
    /// Atoms of other conformers, and of further models.
    pub left_out: usize,
}

/// Error of a file.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// A line is not what it should be.
    #[error("line {line}: {what}")]
    Line {
        /// Number of the line.
        line: usize,
        /// Description of the error.
        what: String,
    },
    /// There are no atoms.
    #[error(
        "there are no atoms: a PDB file has lines that begin with ATOM, an mmCIF file a table _atom_site"
    )]
    Empty,
}

/// The structure in a file: mmCIF where a line begins with `_atom_site.`, PDB else.
///
/// # Errors
/// A line of an atom cannot be read, or there is none.
pub fn read(text: &str) -> Result<Structure, UserError> {
    let is_cif = text
        .lines()
        .any(|line| line.trim_start().starts_with("_atom_site."));
    let (sites, further) = if is_cif {
        cif::sites(text)?
    } else {
        pdb::sites(text)?
    };
    let structure = one_conformer(sites, further);
    if structure.model.atoms.is_empty() {
        return Err(UserError::Empty);
    }
    Ok(structure)
}

/// An atom of the first model as the file has it.
struct Site {
    atom: Atom,
    /// The letter of its conformer; empty for an atom of all of them.
    conformer: String,
    occupancy: f64,
}

/// Takes the conformer of each residue whose atoms have the largest occupancy together, of equals the first letter: one
/// conformer for the whole residue, also where they are different amino acids.
fn one_conformer(sites: Vec<Site>, further: usize) -> Structure {
    let mut sums: BTreeMap<Place, BTreeMap<String, f64>> = BTreeMap::new();
    for site in sites.iter().filter(|site| !site.conformer.is_empty()) {
        let of = sums.entry(site.atom.place.clone()).or_default();
        *of.entry(site.conformer.clone()).or_default() += site.occupancy;
    }
    let chosen = |place: &Place| {
        let letters = sums.get(place)?.iter();
        let best = letters.reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map(|(letter, _)| letter.as_str())
    };
    let mut structure = Structure {
        left_out: further,
        ..Structure::default()
    };
    let mut seen = BTreeSet::new();
    for site in sites {
        let atom = site.atom;
        let is_chosen = site.conformer.is_empty() || chosen(&atom.place) == Some(&site.conformer);
        if is_chosen && seen.insert((atom.place.clone(), atom.name.clone())) {
            structure.model.atoms.push(atom);
        } else {
            structure.left_out += 1;
        }
    }
    structure
}

/// The names of residues that are water or salt of the crystal, not ligands.
const NO_LIGANDS: [&str; 27] = [
    "HOH", "DOD", "WAT", "NA", "CL", "K", "MG", "CA", "ZN", "MN", "FE", "SO4", "PO4", "GOL", "EDO",
    "DMS", "ACT", "PEG", "FMT", "IOD", "BR", "NI", "CO", "CU", "CD", "PG4", "MPD",
];

/// Residues up to which a whole chain is a ligand, such as an inhibitor made of amino acids.
const LONGEST: usize = 15;

/// The beginning of a ligand's name that is a whole chain, such as `chain:C`; another name is a residue's, such as `4WI`.
const CHAIN: &str = "chain:";

/// The atoms of a ligand. With a name: of the first residue of that name, or of the chain that `chain:` names, without
/// water. Without one: of the largest residue that belongs to no polymer and is no water, ion or help of
/// crystallisation; else of the shortest chain of at most 15 residues beside longer ones. `None` if there is none.
#[must_use]
pub fn ligand<'a>(model: &'a Model, name: Option<&str>) -> Option<Vec<&'a Atom>> {
    let of_chain = |chain: &str| {
        let own = model.atoms.iter();
        let own = own.filter(|atom| atom.place.chain == chain && !is_help(atom));
        let found: Vec<&Atom> = own.collect();
        (!found.is_empty()).then_some(found)
    };
    if let Some(chain) = name.and_then(|name| name.strip_prefix(CHAIN)) {
        return of_chain(chain);
    }
    let residues = model.residues();
    let fits = |residue: &&crate::model::Residue<'a>| match name {
        Some(name) => residue.residue_name().eq_ignore_ascii_case(name),
        None => residue.atoms[0].hetero && !is_help(&residue.atoms[0]),
    };
    let mut fitting = residues.iter().filter(fits);
    let found = match name {
        Some(_) => fitting.next(),
        // Of equally large ones the first.
        None => fitting.rev().max_by_key(|residue| residue.atoms.len()),
    };
    match found {
        Some(residue) => Some(residue.atoms.iter().collect()),
        None if name.is_none() => of_chain(shortest(model)?),
        None => None,
    }
}

/// Water, ions and helps of crystallisation.
fn is_help(atom: &Atom) -> bool {
    atom.hetero && NO_LIGANDS.contains(&atom.residue.as_str())
}

/// The shortest chain of a polymer, where it is short and another one is not.
fn shortest(model: &Model) -> Option<&str> {
    let mut lengths: BTreeMap<&str, usize> = BTreeMap::new();
    for residue in model.residues() {
        if !residue.atoms[0].hetero {
            *lengths.entry(&residue.place().chain).or_default() += 1;
        }
    }
    let long = lengths.values().any(|length| *length > LONGEST);
    let short = lengths.into_iter().min_by_key(|(_, length)| *length);
    short
        .filter(|(_, length)| long && *length <= LONGEST)
        .map(|(chain, _)| chain)
}

/// Names that a ligand could have: residues that belong to no polymer, and chains that are short.
#[must_use]
pub fn ligands(model: &Model) -> Vec<String> {
    let residues = model.residues().into_iter();
    let own = residues.filter(|residue| residue.atoms[0].hetero && !is_help(&residue.atoms[0]));
    let mut found: BTreeSet<String> = own.map(|one| one.residue_name().to_owned()).collect();
    found.extend(shortest(model).map(|chain| format!("{CHAIN}{chain}")));
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str =
        "ATOM      2  CA AALA A   1       1.459   0.000  -0.000  0.40  0.00           C\n";

    #[test]
    fn other_conformers_and_models_are_left_out_and_counted() {
        let other = LINE.replace("AALA", "BALA");
        let text = format!("MODEL 1\n{LINE}{other}ENDMDL\nMODEL 2\n{LINE}ENDMDL\n");
        let found = read(&text).unwrap();
        assert_eq!((found.model.atoms.len(), found.left_out), (1, 2));
        assert_eq!(found.model.atoms[0].residue, "ALA");
    }

    #[test]
    fn the_conformer_with_the_largest_occupancy_is_taken_for_the_whole_residue() {
        let atom = |name: &str, residue: &str, x: &str, occupancy: &str| {
            LINE.replace(" CA AALA", &format!(" {name} {residue}"))
                .replace("1.459", x)
                .replace("0.40", occupancy)
        };
        let text = [
            atom("N ", " SER", "0.000", "1.00"),
            atom("CB", "ASER", "1.000", "0.40"),
            atom("OG", "ASER", "2.000", "0.40"),
            atom("CB", "BTHR", "3.000", "0.60"),
            atom("CG", "BTHR", "4.000", "0.60"),
        ];
        let found = read(&text.concat()).unwrap();
        let names: Vec<_> = found
            .model
            .atoms
            .iter()
            .map(|one| (one.name.as_str(), one.residue.as_str()))
            .collect();
        assert_eq!(names, [("N", "SER"), ("CB", "THR"), ("CG", "THR")]);
        assert_eq!(found.left_out, 2);
    }

    #[test]
    fn a_broken_file_says_where() {
        assert!(matches!(read("HEADER\n"), Err(UserError::Empty)));
        let error = read("ATOM      1  N   ALA A   1      11.1x4\n").unwrap_err();
        assert!(error.to_string().starts_with("line 1:"), "{error}");
    }

    #[test]
    fn a_short_chain_is_a_ligand_where_there_is_no_other() {
        let residue = |number: usize, chain: &str| {
            LINE.replace("AALA A   1", &format!(" ALA {chain}{number:>4}"))
        };
        let mut text: String = (1..=20).map(|number| residue(number, "A")).collect();
        text.extend((1..=3).map(|number| residue(number, "C")));
        let model = read(&text).unwrap().model;
        assert_eq!(ligands(&model), ["chain:C"]);
        assert_eq!(ligand(&model, None).unwrap().len(), 3);
        assert_eq!(ligand(&model, Some("chain:A")).unwrap().len(), 20);
        assert!(ligand(&model, Some("chain:X")).is_none());
        text.push_str(
            &residue(9, "D")
                .replace("ATOM  ", "HETATM")
                .replace("ALA", "4WI"),
        );
        let model = read(&text).unwrap().model;
        assert_eq!(ligand(&model, None).unwrap()[0].residue, "4WI");
    }
}
