//! Files in the PDB's format.

use std::collections::BTreeSet;

use super::{Site, UserError};
use crate::read::record;

/// The atoms of the first model, and the number of those of others.
pub(super) fn sites(text: &str) -> Result<(Vec<Site>, usize), UserError> {
    let modified = modified(text);
    let (mut sites, mut further) = (Vec::new(), 0);
    let mut ended = false;
    for (at, line) in text.lines().enumerate() {
        let line = line.trim_end();
        if line.starts_with("ENDMDL") {
            ended = true;
        }
        if !line.starts_with("ATOM  ") && !line.starts_with("HETATM") {
            continue;
        }
        let mut atom = record(line).ok_or_else(|| UserError::Line {
            line: at + 1,
            what: "the fields of an atom are not in the columns of the PDB's format".to_owned(),
        })?;
        if ended {
            further += 1;
            continue;
        }
        if modified.contains(&(atom.place.chain.clone(), atom.residue.clone())) {
            atom.hetero = false;
        }
        let field = |from: usize, to: usize| line.get(from - 1..to).unwrap_or_default().trim();
        sites.push(Site {
            atom,
            conformer: field(17, 17).to_owned(),
            occupancy: field(55, 60).parse().unwrap_or(1.0),
        });
    }
    Ok((sites, further))
}

/// Chains and names of the residues of polymers, of which a modified one has records of other molecules.
fn modified(text: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for line in text.lines() {
        let chain = |column: usize| line.get(column - 1..column).unwrap_or_default().trim();
        if line.starts_with("SEQRES") {
            let names = line.get(19..).unwrap_or_default().split_whitespace();
            found.extend(names.map(|name| (chain(12).to_owned(), name.to_ascii_uppercase())));
        } else if line.starts_with("MODRES") {
            let name = line.get(12..15).unwrap_or_default().trim();
            found.insert((chain(17).to_owned(), name.to_ascii_uppercase()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::{ligand, read};

    #[test]
    fn a_modified_residue_belongs_to_its_chain() {
        let line =
            "HETATM    2  CA  MSE A   1       1.459   0.000  -0.000  1.00  0.00           C\n";
        let sequence = "SEQRES   1 A    3  MSE ALA GLY\n";
        assert!(ligand(&read(line).unwrap().model, None).is_some());
        for record in [sequence, "MODRES 1ABC MSE A    1  MET  SELENOMETHIONINE\n"] {
            let found = read(&format!("{record}{line}")).unwrap();
            assert!(!found.model.atoms[0].hetero);
            assert!(ligand(&found.model, None).is_none());
        }
    }
}
