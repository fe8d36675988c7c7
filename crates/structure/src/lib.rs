//! Molecular geometry of peptides, judged by a program.
//!
//! [`build`] makes residues, chains and helices from the lengths and angles of Engh and Huber ([`ideal`]). [`read`] finds
//! coordinates in the text of an answer, and [`check`] decides about them; [`contacts`], [`mutation`] and [`torsions`]
//! decide about lists. [`problem`] makes the questions. Lengths are in angstroms, angles in degrees; nothing here reads
//! files or the clock.
//!
//! ```
//! use tracestone_structure::build::{Hand, helix};
//! use tracestone_structure::check::{Expected, check};
//! use tracestone_structure::helix::Family;
//! use tracestone_structure::residue::AminoAcid;
//!
//! let sequence = [AminoAcid::from_letter('A').expect("alanine"); 10];
//! let model = helix(Family::Alpha, &sequence, Hand::L);
//! let report = check(&model, &Expected::helix(Family::Alpha, &sequence, Hand::L));
//! assert!(report.passes());
//! let mirrored = check(&model.mirrored(), &Expected::helix(Family::Alpha, &sequence, Hand::L));
//! assert_eq!(mirrored.failed(), ["chirality", "handedness"]);
//! ```

pub mod build;
pub mod change;
pub mod check;
pub mod contacts;
pub mod geometry;
pub mod helix;
pub mod ideal;
pub mod model;
pub mod mutation;
pub mod problem;
pub mod read;
pub mod residue;
pub mod superpose;
pub mod torsions;
pub mod user;
pub mod write;
