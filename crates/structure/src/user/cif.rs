//! The table of atoms of an mmCIF file.

use super::{Site, UserError};
use crate::geometry::Point;
use crate::model::{Atom, Place};

/// The atoms of the first model, and the number of those of others. Names of authors are preferred to those of the
/// dictionary, since papers use them.
pub(super) fn sites(text: &str) -> Result<(Vec<Site>, usize), UserError> {
    let mut names: Vec<&str> = Vec::new();
    let (mut sites, mut further) = (Vec::<Site>::new(), 0);
    let mut in_sequence = Vec::new();
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
        if names.is_empty() || (ends && values.is_empty() && sites.is_empty()) {
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
            let row = Row {
                names: &names,
                values: &row,
            };
            let model = row.value("pdbx_PDB_model_num").to_owned();
            let site = row.site().map_err(wrong)?;
            if *first_model.get_or_insert_with(|| model.clone()) == model {
                in_sequence.push(row.is_in_sequence());
                sites.push(site);
            } else {
                further += 1;
            }
        }
    }
    match values.first() {
        Some((line, _)) => Err(UserError::Line {
            line: *line,
            what: "a row of _atom_site has fewer values than the table has fields".to_owned(),
        }),
        None => {
            // Some programs give every atom a place in the sequence, water too. Where ligands have none, those that
            // have one are of a polymer, whatever record they would have in the other format.
            if in_sequence.contains(&Some(false)) {
                for (site, place) in sites.iter_mut().zip(in_sequence) {
                    site.atom.hetero = place.map_or(site.atom.hetero, |is_in| !is_in);
                }
            }
            Ok((sites, further))
        }
    }
}

/// A row of the table.
struct Row<'a> {
    names: &'a [&'a str],
    values: &'a [(usize, String)],
}

impl Row<'_> {
    /// A value as it stands there; `None` where the table has no such field.
    fn bare(&self, name: &str) -> Option<&str> {
        let at = self.names.iter().position(|known| *known == name)?;
        Some(&self.values[at].1)
    }

    /// A value; empty where the field is unknown, does not apply or is not in the table.
    fn value(&self, name: &str) -> &str {
        match self.bare(name) {
            None | Some("." | "?") => "",
            Some(text) => text,
        }
    }

    fn either(&self, one: &str, other: &str) -> String {
        match self.value(one) {
            "" => self.value(other).to_owned(),
            text => text.to_owned(),
        }
    }

    fn number(&self, name: &str) -> Result<f64, String> {
        let text = self.value(name);
        text.parse::<f64>()
            .map_err(|_| format!("_atom_site.{name} is `{text}`, which is no number"))
    }

    /// True if the atom's residue has a place in the sequence of a polymer; `None` where the file does not say.
    fn is_in_sequence(&self) -> Option<bool> {
        match self.bare("label_seq_id") {
            None | Some("?") => None,
            Some(text) => Some(text != "."),
        }
    }

    fn site(&self) -> Result<Site, String> {
        let number = self.either("auth_seq_id", "label_seq_id");
        let element = match self.value("type_symbol").to_ascii_uppercase() {
            // Deuterium is hydrogen.
            deuterium if deuterium == "D" => "H".to_owned(),
            element => element,
        };
        let atom = Atom {
            name: self
                .either("auth_atom_id", "label_atom_id")
                .to_ascii_uppercase(),
            residue: self
                .either("auth_comp_id", "label_comp_id")
                .to_ascii_uppercase(),
            place: Place {
                chain: self.either("auth_asym_id", "label_asym_id"),
                number: number
                    .parse()
                    .map_err(|_| format!("the number of a residue is `{number}`"))?,
                insertion: self.value("pdbx_PDB_ins_code").to_owned(),
            },
            element,
            at: Point::new(
                self.number("Cartn_x")?,
                self.number("Cartn_y")?,
                self.number("Cartn_z")?,
            ),
            hetero: self.value("group_PDB") == "HETATM",
        };
        Ok(Site {
            atom,
            conformer: self.value("label_alt_id").to_owned(),
            occupancy: self.value("occupancy").parse().unwrap_or(1.0),
        })
    }
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

#[cfg(test)]
mod tests {
    use super::super::{ligand, read};

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
    fn a_residue_with_a_place_in_the_sequence_is_of_a_polymer() {
        let text = CIF
            .replace(
                "_atom_site.auth_seq_id\n",
                "_atom_site.auth_seq_id\n_atom_site.label_seq_id\n",
            )
            .replace(" A 143 ", " A 143 7 ")
            .replace(" A 401 ", " A 401 . ")
            .replace("ATOM 1 N N . GLY", "HETATM 1 N N . MSE");
        let model = read(&text).unwrap().model;
        let flags: Vec<_> = model.atoms.iter().map(|atom| atom.hetero).collect();
        assert_eq!(flags, [false, false, true]);
    }

    #[test]
    fn a_broken_table_says_where() {
        let cut = CIF.replace("9.0 2.0 3.0 1\n", "9.0 x 3.0 1\n");
        assert!(read(&cut).unwrap_err().to_string().contains("`x`"));
    }
}
