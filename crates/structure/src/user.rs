//! Structures of a user's own: PDB and mmCIF files, as the Protein Data Bank writes them.

use std::collections::BTreeSet;

use crate::geometry::Point;
use crate::model::{Atom, Model, Place};
use crate::read::record;

/// A structure with what was left out of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Structure {
    /// The first model, one conformer of each atom.
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
    let structure = if is_cif { cif(text)? } else { pdb(text)? };
    if structure.model.atoms.is_empty() {
        return Err(UserError::Empty);
    }
    Ok(structure)
}

/// Takes one conformer of each atom: the first of a place and name.
#[derive(Default)]
struct Taking {
    structure: Structure,
    seen: BTreeSet<(Place, String)>,
}

impl Taking {
    fn take(&mut self, atom: Atom) {
        if self.seen.insert((atom.place.clone(), atom.name.clone())) {
            self.structure.model.atoms.push(atom);
        } else {
            self.structure.left_out += 1;
        }
    }
}

fn pdb(text: &str) -> Result<Structure, UserError> {
    let mut taking = Taking::default();
    let mut ended = false;
    for (at, line) in text.lines().enumerate() {
        let line = line.trim_end();
        if line.starts_with("ENDMDL") {
            ended = true;
        }
        if !line.starts_with("ATOM  ") && !line.starts_with("HETATM") {
            continue;
        }
        let atom = record(line).ok_or_else(|| UserError::Line {
            line: at + 1,
            what: "the fields of an atom are not in the columns of the PDB's format".to_owned(),
        })?;
        if ended {
            taking.structure.left_out += 1;
        } else {
            taking.take(atom);
        }
    }
    Ok(taking.structure)
}

/// Names of authors are preferred to those of the dictionary, since papers use them.
fn cif(text: &str) -> Result<Structure, UserError> {
    let mut names: Vec<&str> = Vec::new();
    let mut taking = Taking::default();
    let mut first_model: Option<String> = None;
    let mut values: Vec<(usize, String)> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix("_atom_site.") {
            names.push(name.split_whitespace().next().unwrap_or_default());
            continue;
        }
        let ends =
            line.starts_with(['#', '_']) || line.starts_with("loop_") || line.starts_with("data_");
        if names.is_empty()
            || (ends && values.is_empty() && taking.structure.model.atoms.is_empty())
        {
            continue;
        }
        if ends {
            break;
        }
        let words = words(line).map_err(|what| UserError::Line { line: at + 1, what })?;
        values.extend(words.into_iter().map(|word| (at + 1, word)));
        // A row may go over several lines.
        while values.len() >= names.len() {
            let row: Vec<_> = values.drain(..names.len()).collect();
            let number = row[0].0;
            let wrong = |what: String| UserError::Line { line: number, what };
            let (atom, model) = site(&names, &row).map_err(wrong)?;
            if *first_model.get_or_insert_with(|| model.clone()) == model {
                taking.take(atom);
            } else {
                taking.structure.left_out += 1;
            }
        }
    }
    match values.first() {
        Some((line, _)) => Err(UserError::Line {
            line: *line,
            what: "a row of _atom_site has fewer values than the table has fields".to_owned(),
        }),
        None => Ok(taking.structure),
    }
}

/// An atom of a row, with its model.
fn site(names: &[&str], row: &[(usize, String)]) -> Result<(Atom, String), String> {
    let value = |name: &str| -> &str {
        let at = names.iter().position(|known| *known == name);
        let text = at.map_or("", |at| row[at].1.as_str());
        if text == "." || text == "?" { "" } else { text }
    };
    let either = |one: &str, other: &str| match value(one) {
        "" => value(other).to_owned(),
        text => text.to_owned(),
    };
    let number = |name: &str| {
        let text = value(name);
        text.parse::<f64>()
            .map_err(|_| format!("_atom_site.{name} is `{text}`, which is no number"))
    };
    let number_of_residue = either("auth_seq_id", "label_seq_id");
    let atom = Atom {
        name: either("auth_atom_id", "label_atom_id").to_ascii_uppercase(),
        residue: either("auth_comp_id", "label_comp_id").to_ascii_uppercase(),
        place: Place {
            chain: either("auth_asym_id", "label_asym_id"),
            number: number_of_residue
                .parse()
                .map_err(|_| format!("the number of a residue is `{number_of_residue}`"))?,
            insertion: value("pdbx_PDB_ins_code").to_owned(),
        },
        element: value("type_symbol").to_ascii_uppercase(),
        at: Point::new(number("Cartn_x")?, number("Cartn_y")?, number("Cartn_z")?),
        hetero: value("group_PDB") == "HETATM",
    };
    Ok((atom, value("pdbx_PDB_model_num").to_owned()))
}

/// The values of a line of mmCIF: words, or texts in quotes, whose end is a quote before a space.
fn words(line: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        if first == '#' {
            break;
        }
        let end = if first == '\'' || first == '"' {
            let inside = &rest[1..];
            let close = inside.char_indices().find(|(at, c)| {
                let next = inside[at + 1..].chars().next();
                *c == first && next.is_none_or(char::is_whitespace)
            });
            let (at, _) = close.ok_or("a quote does not end")?;
            found.push(inside[..at].to_owned());
            at + 2
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            found.push(rest[..end].to_owned());
            end
        };
        rest = rest[end..].trim_start();
    }
    Ok(found)
}

/// The names of residues that are water or salt of the crystal, not ligands.
const NO_LIGANDS: [&str; 21] = [
    "HOH", "DOD", "WAT", "NA", "CL", "K", "MG", "CA", "ZN", "MN", "FE", "SO4", "PO4", "GOL", "EDO",
    "DMS", "ACT", "PEG", "FMT", "IOD", "BR",
];

/// The atoms of a ligand: of the first residue with this name, or without one of the largest residue that belongs to no
/// polymer and is no water, ion or help of crystallisation. `None` if there is none.
#[must_use]
pub fn ligand<'a>(model: &'a Model, name: Option<&str>) -> Option<Vec<&'a Atom>> {
    let residues = model.residues();
    let fits = |residue: &&crate::model::Residue<'a>| match name {
        Some(name) => residue.residue_name().eq_ignore_ascii_case(name),
        None => residue.atoms[0].hetero && !NO_LIGANDS.contains(&residue.residue_name()),
    };
    let mut fitting = residues.iter().filter(fits);
    let found = match name {
        Some(_) => fitting.next(),
        // Of equally large ones the first.
        None => fitting.rev().max_by_key(|residue| residue.atoms.len()),
    };
    found.map(|residue| residue.atoms.iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CIF: &str = "data_X\nloop_\n_atom_site.group_PDB\n_atom_site.id\n_atom_site.type_symbol\n\
        _atom_site.label_atom_id\n_atom_site.label_alt_id\n_atom_site.label_comp_id\n_atom_site.auth_asym_id\n\
        _atom_site.auth_seq_id\n_atom_site.pdbx_PDB_ins_code\n_atom_site.Cartn_x\n_atom_site.Cartn_y\n\
        _atom_site.Cartn_z\n_atom_site.pdbx_PDB_model_num\n\
        ATOM 1 N N . GLY A 143 ? 1.0 2.0 3.0 1\n\
        ATOM 2 C CA A GLY A 143 ? 2.0 2.0\n3.0 1\n\
        ATOM 3 C CA B GLY A 143 ? 2.5 2.0 3.0 1\n\
        HETATM 4 O \"O5'\" . 4WI A 401 . 9.0 2.0 3.0 1\n\
        ATOM 1 N N . GLY A 143 ? 1.0 2.0 3.0 2\n#\n";

    #[test]
    fn a_table_of_atoms_is_read_once_for_each_atom() {
        let found = read(CIF).unwrap();
        assert_eq!((found.model.atoms.len(), found.left_out), (3, 2));
        assert_eq!(found.model.atoms[2].name, "O5'");
        assert_eq!(found.model.atoms[1].at.x, 2.0);
        assert_eq!(ligand(&found.model, None).unwrap().len(), 1);
        assert_eq!(ligand(&found.model, Some("4wi")).unwrap().len(), 1);
        assert!(ligand(&found.model, Some("N3")).is_none());
    }

    #[test]
    fn a_broken_file_says_where() {
        let cut = CIF.replace("9.0 2.0 3.0 1\n", "9.0 x 3.0 1\n");
        assert!(read(&cut).unwrap_err().to_string().contains("`x`"));
        assert!(matches!(read("HEADER\n"), Err(UserError::Empty)));
        let error = read("ATOM      1  N   ALA A   1      11.1x4\n").unwrap_err();
        assert!(error.to_string().starts_with("line 1:"), "{error}");
    }

    #[test]
    fn other_conformers_and_models_are_left_out_and_counted() {
        let line =
            "ATOM      2  CA AALA A   1       1.459   0.000  -0.000  1.00  0.00           C\n";
        let text = format!(
            "MODEL 1\n{line}{}ENDMDL\nMODEL 2\n{line}ENDMDL\n",
            line.replace("AALA", "BALA")
        );
        let found = read(&text).unwrap();
        assert_eq!((found.model.atoms.len(), found.left_out), (1, 2));
        assert_eq!(found.model.atoms[0].residue, "ALA");
    }
}
