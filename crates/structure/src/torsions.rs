//! Torsions of a chain: lists of them in answers, and chains that are built by them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::build::{Part, chain};
use crate::check::{Atoms, Check, Expected, Report, check};
use crate::geometry::{apart, torsion};
use crate::model::Model;
use crate::superpose::rmsd;

/// Accepted error of a torsion that is measured, in degrees.
pub(crate) const MEASURED: f64 = 2.0;
/// Accepted error of a torsion of coordinates that were built, in degrees.
pub(crate) const BUILT: f64 = 5.0;
/// Accepted deviation of coordinates that were built, in angstroms.
pub(crate) const RMSD: f64 = 0.2;

/// A torsion of the backbone: the residue's number from 1, and `phi`, `psi` or `omega`.
pub type Name = (i64, &'static str);

/// The torsions of a chain's backbone in degrees; omega is that to the next residue.
#[must_use]
pub fn torsions(model: &Model) -> BTreeMap<Name, f64> {
    let residues = model.residues();
    let mut found = BTreeMap::new();
    for (at, residue) in residues.iter().enumerate() {
        let number = residue.place().number;
        let before = at.checked_sub(1).and_then(|at| residues[at].at("C"));
        let next = residues.get(at + 1);
        let (n, ca, c) = (residue.at("N"), residue.at("CA"), residue.at("C"));
        let (next_n, next_ca) = (
            next.and_then(|next| next.at("N")),
            next.and_then(|next| next.at("CA")),
        );
        let all = [
            ("phi", [before, n, ca, c]),
            ("psi", [n, ca, c, next_n]),
            ("omega", [ca, c, next_n, next_ca]),
        ];
        for (name, points) in all {
            if let [Some(a), Some(b), Some(c), Some(d)] = points {
                found.insert((number, name), torsion(a, b, c, d));
            }
        }
    }
    found
}

/// A chain to build from its torsions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Build {
    /// The residues with their torsions.
    pub parts: Vec<Part>,
}

impl Build {
    /// The requirements on coordinates besides their torsions.
    #[must_use]
    pub fn expected(&self) -> Expected {
        let sequence: Vec<_> = self.parts.iter().map(|part| part.amino_acid).collect();
        let hand = self.parts.first().map(|part| part.hand).unwrap_or_default();
        Expected {
            atoms: Atoms::Backbone,
            ..Expected::chain(&sequence, hand)
        }
    }

    /// The right coordinates.
    #[must_use]
    pub fn reference(&self) -> Model {
        let mut model = chain(&self.parts);
        let wanted = ["N", "CA", "C", "O", "CB"];
        model
            .atoms
            .retain(|atom| wanted.contains(&atom.name.as_str()));
        model
    }

    /// All checks of coordinates, those of the torsions and of the deviation last.
    #[must_use]
    pub fn check(&self, model: &Model) -> Report {
        let mut report = check(model, &self.expected());
        let reference = self.reference();
        let found = torsions(model);
        let mut worst = (0.0, String::new());
        let mut missing = None;
        for ((number, name), right) in torsions(&reference) {
            let Some(given) = found.get(&(number, name)) else {
                missing.get_or_insert(format!("{name} of residue {number} is missing"));
                continue;
            };
            let off = apart(*given, right);
            if off >= worst.0 || off.is_nan() {
                worst = (off, format!("{name} of residue {number}"));
            }
        }
        report.checks.push(Check {
            name: "torsions".to_owned(),
            pass: missing.is_none() && worst.0 <= BUILT,
            value: worst.0.is_finite().then_some(worst.0),
            accepted: format!("every one within {BUILT}°"),
            at: missing.unwrap_or(worst.1),
            atoms: Vec::new(),
        });
        let at = |atom: &crate::model::Atom| {
            let same = model
                .atoms
                .iter()
                .find(|other| other.place.number == atom.place.number && other.name == atom.name);
            same.map(|other| other.at)
        };
        let given: Option<Vec<_>> = reference.atoms.iter().map(at).collect();
        let deviation = given.and_then(|given| rmsd(&given, &reference.points()));
        if let Some(deviation) = deviation {
            report.numbers.insert("rmsd".to_owned(), deviation);
        }
        let near = deviation.is_some_and(|deviation| deviation <= RMSD);
        let accepted = format!("at most {RMSD} Å from the right coordinates");
        report.add("rmsd", near, deviation, &accepted);
        report
    }
}

/// Torsions to measure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measuring {
    /// The right values: residue, name, degrees.
    pub right: Vec<(i64, String, f64)>,
}

impl Measuring {
    /// The torsions of a model.
    #[must_use]
    pub fn of(model: &Model) -> Self {
        let right = torsions(model).into_iter();
        Self {
            right: right
                .map(|((number, name), degrees)| (number, name.to_owned(), degrees))
                .collect(),
        }
    }

    /// The right answer.
    #[must_use]
    pub fn answer(&self) -> String {
        let lines: Vec<_> = self
            .right
            .iter()
            .map(|(number, name, degrees)| {
                let degrees = (degrees * 10.0).round() / 10.0;
                format!(
                    "  {}",
                    json!({ "residue": number, "torsion": name, "degrees": degrees })
                )
            })
            .collect();
        format!("```json\n[\n{}\n]\n```", lines.join(",\n"))
    }

    /// Checks the list in an answer.
    #[must_use]
    pub fn check(&self, text: &str) -> Report {
        let mut report = Report::default();
        let read = crate::read::list(text);
        let (list, strict) = read.clone().unwrap_or_default();
        report.add(
            "parse",
            read.is_some(),
            Some(list.len() as f64),
            "a JSON list",
        );
        let mut said: BTreeMap<(i64, String), f64> = BTreeMap::new();
        let mut odd = 0;
        for value in &list {
            match claim(value) {
                Some((name, degrees)) => {
                    odd += usize::from(said.insert(name, degrees).is_some());
                }
                None => odd += 1,
            }
        }
        let mut errors = Vec::new();
        for (number, name, right) in &self.right {
            let given = said.remove(&(*number, name.clone()));
            errors.extend(given.map(|given| apart(given, *right)));
        }
        let missing = self.right.len() - errors.len();
        let others = said.len() + odd;
        let good = errors.iter().filter(|error| **error <= MEASURED).count();
        let worst = errors.iter().copied().fold(0.0, f64::max);
        report.add(
            "complete",
            missing == 0,
            Some(missing as f64),
            "0 torsions missing",
        );
        report.add(
            "no_others",
            read.is_some() && others == 0,
            Some(others as f64),
            "0 others or repeated",
        );
        let accepted = format!("every one within {MEASURED}°");
        report.add("torsions", good == self.right.len(), Some(worst), &accepted);
        let share = good as f64 / self.right.len().max(1) as f64;
        report.numbers.insert("within".to_owned(), share);
        report
            .numbers
            .insert("strict".to_owned(), f64::from(u8::from(strict)));
        report
    }
}

fn claim(value: &Value) -> Option<((i64, String), f64)> {
    let number = |name: &str| match value.get(name)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().trim_end_matches('°').trim().parse().ok(),
        _ => None,
    };
    let residue = number("residue")?;
    let name = value
        .get("torsion")
        .or_else(|| value.get("name"))?
        .as_str()?;
    let degrees = number("degrees").filter(|degrees| degrees.is_finite())?;
    Some(((residue as i64, name.trim().to_ascii_lowercase()), degrees))
}
