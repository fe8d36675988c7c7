//! Atoms in residues in chains.

use serde::{Deserialize, Serialize};

use crate::geometry::Point;

/// A residue's place: chain, number, and the letter behind the number that some files have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Name of the chain.
    pub chain: String,
    /// The residue's number.
    pub number: i64,
    /// The insertion code; empty mostly.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub insertion: String,
}

/// An atom with its residue and coordinates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Atom {
    /// The atom's name, such as `CA`.
    pub name: String,
    /// The residue's name, such as `ALA`.
    pub residue: String,
    /// The residue's place.
    #[serde(flatten)]
    pub place: Place,
    /// The chemical element in capitals.
    pub element: String,
    /// Coordinates in angstroms.
    #[serde(with = "three")]
    pub at: Point,
    /// True of atoms that belong to no polymer, as the file says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hetero: bool,
}

/// A point as a list of three numbers.
mod three {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::geometry::Point;

    pub(super) fn serialize<S: Serializer>(point: &Point, to: S) -> Result<S::Ok, S::Error> {
        [point.x, point.y, point.z].serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Point, D::Error> {
        <[f64; 3]>::deserialize(from).map(Point::from)
    }
}

/// A list of atoms.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// The atoms, in the order of the file.
    pub atoms: Vec<Atom>,
}

/// A residue as a part of a model.
#[derive(Debug, Clone, Copy)]
pub struct Residue<'a> {
    /// The residue's atoms, in the model's order.
    pub atoms: &'a [Atom],
}

impl<'a> Residue<'a> {
    /// The residue's name.
    #[must_use]
    pub fn residue_name(&self) -> &'a str {
        &self.atoms[0].residue
    }

    /// The residue's place.
    #[must_use]
    pub fn place(&self) -> &'a Place {
        &self.atoms[0].place
    }

    /// The coordinates of the first atom with a name.
    #[must_use]
    pub fn at(&self, name: &str) -> Option<&'a Point> {
        let found = self.atoms.iter().find(|atom| atom.name == name);
        found.map(|atom| &atom.at)
    }
}

impl Model {
    /// The residues: runs of atoms with one place and name.
    #[must_use]
    pub fn residues(&self) -> Vec<Residue<'_>> {
        let runs = self
            .atoms
            .chunk_by(|one, next| one.place == next.place && one.residue == next.residue);
        runs.map(|atoms| Residue { atoms }).collect()
    }

    /// The coordinates of all atoms.
    #[must_use]
    pub fn points(&self) -> Vec<Point> {
        self.atoms.iter().map(|atom| atom.at).collect()
    }

    /// The mirror image, reflected at the plane of x and y.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        self.mapped(|point| Point::new(point.x, point.y, -point.z))
    }

    /// The same atoms elsewhere.
    #[must_use]
    pub fn mapped(&self, mut to: impl FnMut(&Point) -> Point) -> Self {
        let mut moved = self.clone();
        for atom in &mut moved.atoms {
            atom.at = to(&atom.at);
        }
        moved
    }

    /// The atoms that are no hydrogens.
    #[must_use]
    pub fn heavy(&self) -> Self {
        let atoms = self.atoms.iter().filter(|atom| atom.element != "H");
        Self {
            atoms: atoms.cloned().collect(),
        }
    }
}
