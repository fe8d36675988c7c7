//! Measures coordinates for `tests/oracle/structure.py`.
//!
//! `measure build` writes residues and helices, one JSON object a line; `measure` reads such objects and writes torsions,
//! angles, chirality, the steps of the helix, and the deviation from a second set of points.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, Write as _};

use serde::{Deserialize, Serialize};
use serde_json::json;
use tracestone_structure::build::{Hand, helix, residue};
use tracestone_structure::geometry::{Point, angle, volume};
use tracestone_structure::helix::{Family, steps};
use tracestone_structure::model::{Atom, Model};
use tracestone_structure::residue::AminoAcid;
use tracestone_structure::superpose::rmsd;
use tracestone_structure::torsions::torsions;

/// A structure, and points to superpose it on.
#[derive(Serialize, Deserialize)]
struct Given {
    name: String,
    atoms: Vec<Atom>,
    #[serde(default)]
    onto: Vec<[f64; 3]>,
}

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    if std::env::args().nth(1).as_deref() == Some("build") {
        for given in built() {
            writeln!(out, "{}", json!(given))?;
        }
        return Ok(());
    }
    for line in io::stdin().lock().lines() {
        let given: Given = serde_json::from_str(&line?)?;
        writeln!(out, "{}", measured(&given))?;
    }
    Ok(())
}

fn built() -> Vec<Given> {
    let given = |name: String, model: Model| Given {
        name,
        atoms: model.atoms,
        onto: Vec::new(),
    };
    let mut all = Vec::new();
    for hand in [Hand::L, Hand::D] {
        for one in AminoAcid::all() {
            let name = one.residue_name(hand).to_owned();
            all.push(given(name, residue(one, hand)));
        }
        for family in Family::ALL {
            let sequence: Vec<_> = AminoAcid::all()
                .filter(|one| one.ideal().rings.is_empty())
                .collect();
            let name = format!("{} {hand:?}", family.name());
            all.push(given(name, helix(family, &sequence, hand)));
        }
    }
    all
}

fn measured(given: &Given) -> serde_json::Value {
    let model = Model {
        atoms: given.atoms.clone(),
    };
    let torsions: BTreeMap<String, f64> = torsions(&model)
        .into_iter()
        .map(|((number, name), degrees)| (format!("{name} {number}"), degrees))
        .collect();
    let (mut volumes, mut angles) = (BTreeMap::new(), BTreeMap::new());
    let mut trace = Vec::new();
    for residue in model.residues() {
        let number = residue.place().number;
        if let [Some(n), Some(ca), Some(c)] = ["N", "CA", "C"].map(|name| residue.at(name)) {
            angles.insert(number, angle(n, ca, c));
            trace.push(*ca);
            if let Some(cb) = residue.at("CB") {
                volumes.insert(number, volume(ca, n, c, cb));
            }
        }
    }
    let onto: Vec<Point> = given.onto.iter().map(|point| Point::from(*point)).collect();
    let steps: Vec<_> = steps(&trace)
        .iter()
        .map(|step| [step.rise, step.twist])
        .collect();
    json!({
        "name": given.name,
        "torsions": torsions,
        "angles": angles,
        "volumes": volumes,
        "steps": steps,
        "rmsd": rmsd(&model.points(), &onto),
    })
}
