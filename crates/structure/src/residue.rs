//! The 20 amino acids and their names.

use serde::{Deserialize, Serialize};

use crate::build::Hand;
use crate::ideal::{self, Ideal};

/// One of the 20 amino acids, by its place in the tables of [`crate::ideal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AminoAcid(usize);

impl AminoAcid {
    /// All of them, in the order of their codes.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..ideal::residues().len()).map(Self)
    }

    /// The amino acid of a one-letter code.
    #[must_use]
    pub fn from_letter(letter: char) -> Option<Self> {
        Self::all().find(|one| one.ideal().letter == letter)
    }

    /// The amino acid of a three-letter code, in any case.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::all().find(|one| one.ideal().code.eq_ignore_ascii_case(code))
    }

    /// Its atoms, bonds and angles.
    #[must_use]
    pub fn ideal(self) -> &'static Ideal {
        &ideal::residues()[self.0]
    }

    /// The name of its residue in coordinates: `ALA`, or `DAL` of the other hand.
    #[must_use]
    pub fn residue_name(self, hand: Hand) -> &'static str {
        let code = self.ideal().code;
        if hand == Hand::L {
            return code;
        }
        // The components of the PDB's dictionary; glycine has one form.
        match code {
            "ALA" => "DAL",
            "ARG" => "DAR",
            "ASN" => "DSG",
            "ASP" => "DAS",
            "CYS" => "DCY",
            "GLN" => "DGN",
            "GLU" => "DGL",
            "HIS" => "DHI",
            "ILE" => "DIL",
            "LEU" => "DLE",
            "LYS" => "DLY",
            "MET" => "MED",
            "PHE" => "DPN",
            "PRO" => "DPR",
            "SER" => "DSN",
            "THR" => "DTH",
            "TRP" => "DTR",
            "TYR" => "DTY",
            "VAL" => "DVA",
            other => other,
        }
    }
}

impl TryFrom<String> for AminoAcid {
    type Error = String;

    fn try_from(code: String) -> Result<Self, String> {
        let found = match code.chars().collect::<Vec<_>>()[..] {
            [letter] => Self::from_letter(letter.to_ascii_uppercase()),
            _ => Self::from_code(&code),
        };
        found.ok_or_else(|| format!("`{code}` is not the code of an amino acid"))
    }
}

impl From<AminoAcid> for String {
    fn from(amino_acid: AminoAcid) -> Self {
        amino_acid.ideal().code.to_owned()
    }
}

/// The chemical element of an atom's name in a peptide: its first letter.
#[must_use]
pub fn element(name: &str) -> &'static str {
    match name
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .chars()
        .next()
    {
        Some('C') => "C",
        Some('N') => "N",
        Some('O') => "O",
        Some('S') => "S",
        Some('P') => "P",
        Some('H' | 'D') => "H",
        _ => "X",
    }
}

/// The van der Waals radius of an element in angstroms: A. Bondi, J. Phys. Chem. 68 (1964), 441-451.
#[must_use]
pub fn radius(element: &str) -> f64 {
    match element {
        "N" => 1.55,
        "O" => 1.52,
        "S" | "P" => 1.80,
        "F" => 1.47,
        "CL" => 1.75,
        "BR" => 1.85,
        "I" => 1.98,
        "H" => 1.20,
        _ => 1.70,
    }
}
