//! Coordinates as text: PDB and JSON.

use serde_json::{Value, json};

use crate::model::{Atom, Model};

/// A form of coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// `ATOM` records in fixed columns.
    Pdb,
    /// One object with a list of atoms.
    Json,
}

impl Format {
    /// The name in items and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pdb => "pdb",
            Self::Json => "json",
        }
    }

    /// A model in this form, in a fenced block as an answer should have it.
    #[must_use]
    pub fn answer(self, model: &Model) -> String {
        match self {
            Self::Pdb => format!("```pdb\n{}END\n```", pdb(model)),
            Self::Json => format!("```json\n{}\n```", json_text(model)),
        }
    }
}

/// The records of a model's atoms, one a line.
///
/// Columns: wwPDB, Atomic Coordinate Entry Format Description, version 3.30, "ATOM".
#[must_use]
pub fn pdb(model: &Model) -> String {
    let lines = model.atoms.iter().enumerate();
    lines.map(|(index, atom)| record(index + 1, atom)).collect()
}

fn record(serial: usize, atom: &Atom) -> String {
    // The element ends in column 14, so names of one-letter elements begin there, unless they have four letters.
    let name = if atom.element.len() == 1 && atom.name.len() < 4 {
        format!(" {:<3}", atom.name)
    } else {
        format!("{:<4}", atom.name)
    };
    let kind = if atom.hetero { "HETATM" } else { "ATOM" };
    let insertion = if atom.place.insertion.is_empty() {
        " "
    } else {
        &atom.place.insertion
    };
    format!(
        "{kind:<6}{serial:>5} {name} {residue:>3} {chain:>1}{number:>4}{insertion}   {x:>8.3}{y:>8.3}{z:>8.3}  1.00  0.00          {element:>2}\n",
        residue = atom.residue,
        chain = atom.place.chain,
        number = atom.place.number,
        x = zero(atom.at.x),
        y = zero(atom.at.y),
        z = zero(atom.at.z),
        element = atom.element,
    )
}

/// A number as written with three decimals, without a minus before zero.
fn zero(number: f64) -> f64 {
    let rounded = (number * 1000.0).round() / 1000.0;
    if rounded == 0.0 { 0.0 } else { rounded }
}

/// The model as one JSON object, an atom a line.
#[must_use]
pub(crate) fn json_text(model: &Model) -> String {
    let lines: Vec<String> = model
        .atoms
        .iter()
        .map(|atom| format!("  {}", json_atom(atom)))
        .collect();
    format!("{{\"atoms\": [\n{}\n]}}", lines.join(",\n"))
}

fn json_atom(atom: &Atom) -> Value {
    json!({
        "residue": atom.place.number,
        "residue_name": atom.residue,
        "atom": atom.name,
        "x": zero(atom.at.x),
        "y": zero(atom.at.y),
        "z": zero(atom.at.z),
    })
}
