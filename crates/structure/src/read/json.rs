//! Coordinates and lists as JSON.

use serde::Deserialize;
use serde_json::Value;

use crate::geometry::Point;
use crate::model::{Atom, Model, Place};
use crate::residue::element;

/// The form that is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    atoms: Vec<StrictAtom>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictAtom {
    residue: i64,
    residue_name: String,
    atom: String,
    x: f64,
    y: f64,
    z: f64,
}

fn atom(name: &str, residue: &str, number: i64, at: Point) -> Atom {
    let name = name.trim().to_ascii_uppercase();
    Atom {
        element: element(&name).to_owned(),
        name,
        residue: residue.trim().to_ascii_uppercase(),
        place: Place {
            chain: "A".to_owned(),
            number,
            insertion: String::new(),
        },
        at,
        hetero: false,
    }
}

/// The atoms of a text that is the JSON object that was asked for.
pub(super) fn strict(text: &str) -> Option<Model> {
    let given: Strict = serde_json::from_str(text).ok()?;
    let atoms: Vec<_> = given
        .atoms
        .iter()
        .map(|one| {
            let at = Point::new(one.x, one.y, one.z);
            atom(&one.atom, &one.residue_name, one.residue, at)
        })
        .collect();
    (!atoms.is_empty()).then_some(Model { atoms })
}

/// The atoms of the JSON value with the most of them in a text, whatever its names and nesting, of equals the last; or of
/// all values, where each has one atom. Also the number of objects that have coordinates and could not be read. Values
/// are found within prose, and a Markdown table is one.
pub(super) fn lenient(text: &str) -> Option<(Model, usize)> {
    let values = tracestone_loose::values(text);
    let found = values.iter().map(|value| {
        let mut found = Found::default();
        found.visit(value, None);
        found
    });
    let all: Vec<Found> = found.filter(|one| !one.atoms.is_empty()).collect();
    let most = all.iter().map(|one| one.atoms.len()).max()?;
    let chosen = if most == 1 {
        all.into_iter().reduce(Found::with)?
    } else {
        // The last of those that have the most.
        all.into_iter().rev().find(|one| one.atoms.len() == most)?
    };
    let model = Model {
        atoms: chosen.atoms,
    };
    Some((model, chosen.unread))
}

#[derive(Default)]
struct Found {
    atoms: Vec<Atom>,
    unread: usize,
}

/// The residue around a list of atoms.
#[derive(Clone)]
struct Around {
    number: i64,
    name: String,
}

impl Found {
    fn with(mut self, other: Self) -> Self {
        self.atoms.extend(other.atoms);
        self.unread += other.unread;
        self
    }

    fn visit(&mut self, value: &Value, around: Option<&Around>) {
        match value {
            Value::Array(list) => list.iter().for_each(|one| self.visit(one, around)),
            Value::Object(_) => self.object(value, around),
            _ => {}
        }
    }

    fn object(&mut self, value: &Value, around: Option<&Around>) {
        let has_point = field(value, &["x"]).is_some()
            || field(value, &["xyz", "coords", "coordinates", "position", "pos"])
                .is_some_and(|inside| inside.as_array().is_some_and(|list| list.len() == 3));
        if has_point {
            match one(value, around) {
                Some(atom) => self.atoms.push(atom),
                None => self.unread += 1,
            }
            return;
        }
        let number = field(
            value,
            &["residue", "number", "residue_number", "resseq", "index"],
        );
        let name = field(value, &["residue_name", "resname", "name", "residue"]);
        let inner = number.and_then(whole).map(|number| Around {
            number,
            name: name.and_then(Value::as_str).unwrap_or_default().to_owned(),
        });
        let inner = inner.or_else(|| around.cloned());
        let parts = value
            .as_object()
            .into_iter()
            .flat_map(|object| object.values());
        for part in parts {
            self.visit(part, inner.as_ref());
        }
    }
}

/// A field under one of several names, in any case.
fn field<'a>(value: &'a Value, names: &[&str]) -> Option<&'a Value> {
    let object = value.as_object()?;
    names.iter().find_map(|name| {
        let found = object
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    })
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn one(value: &Value, around: Option<&Around>) -> Option<Atom> {
    let point = field(value, &["xyz", "coords", "coordinates", "position", "pos"]);
    let at = match point.and_then(Value::as_array) {
        Some(list) => Point::new(number(&list[0])?, number(&list[1])?, number(&list[2])?),
        None => Point::new(
            number(field(value, &["x"])?)?,
            number(field(value, &["y"])?)?,
            number(field(value, &["z"])?)?,
        ),
    };
    let name = field(value, &["atom", "atom_name", "atomname", "name", "id"])?.as_str()?;
    let said = field(
        value,
        &[
            "residue",
            "residue_number",
            "resseq",
            "resid",
            "residue_id",
            "res_num",
            "residue_index",
        ],
    );
    let residue = field(
        value,
        &["residue_name", "resname", "res_name", "res", "residue"],
    );
    let residue = residue.and_then(Value::as_str);
    let residue = residue.or(around.map(|around| around.name.as_str()));
    let number = said.and_then(whole).or(around.map(|around| around.number));
    Some(atom(name, residue.unwrap_or_default(), number?, at))
}

/// The list of an answer: the JSON array that its last block is, or leniently the last list in the last block that has
/// one. True if it was read strictly.
#[must_use]
pub fn list(text: &str) -> Option<(Vec<Value>, bool)> {
    let blocks = super::blocks(text);
    for block in &blocks {
        if let Ok(Value::Array(list)) = serde_json::from_str(block) {
            return Some((list, true));
        }
        if let Some(list) = loose(block) {
            return Some((list, false));
        }
    }
    None
}

/// The last array in a text, or the only array of an object; else all objects, as a line for each is a list too.
/// An array of bare numbers, such as a reference, is taken only where there is nothing else.
fn loose(text: &str) -> Option<Vec<Value>> {
    let values = tracestone_loose::values(text);
    let inner = |value: &Value| match value {
        Value::Array(list) => Some(list.clone()),
        Value::Object(object) => {
            let mut lists = object.values().filter_map(Value::as_array);
            match (lists.next(), lists.next()) {
                (Some(list), None) => Some(list.clone()),
                _ => None,
            }
        }
        _ => None,
    };
    let lists: Vec<Vec<Value>> = values.iter().filter_map(inner).collect();
    let is_bare = |list: &&Vec<Value>| !list.is_empty() && list.iter().all(Value::is_number);
    if let Some(list) = lists.iter().rev().find(|list| !is_bare(list)) {
        return Some(list.clone());
    }
    let objects: Vec<Value> = values
        .into_iter()
        .filter(|value| value.is_object() && inner(value).is_none())
        .collect();
    if objects.is_empty() {
        lists.into_iter().next_back()
    } else {
        Some(objects)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_that_was_asked_for_is_strict_and_others_are_lenient() {
        let good = r#"{"atoms": [{"residue": 1, "residue_name": "ALA", "atom": "N", "x": 0.0, "y": 1, "z": -2.5}]}"#;
        assert_eq!(strict(good).unwrap().atoms[0].at.z, -2.5);
        for text in [
            r#"[{"residue": 1, "residue_name": "ALA", "atom": "N", "x": 0.0, "y": 1, "z": -2.5}]"#,
            r#"{"residues": [{"number": 1, "name": "ALA", "atoms": [{"name": "N", "xyz": [0, 1, -2.5]}]}]}"#,
            r#"so: {"Atoms": [{"resSeq": "1", "resName": "ALA", "name": "n", "coords": ["0", "1", "-2.5"]}]}"#,
            "[all atoms]\n{'atoms': [{'residue': 1, 'residue_name': 'ALA', 'atom': 'N', 'x': .0, 'y': 1., 'z': -2.5}, # N\n]}",
            "| Residue | Residue name | Atom | x (Å) | y (Å) | z (Å) |\n|--|--|--|--|--|--|\n| 1 | ALA | N | 0 | 1 | -2.5 |",
        ] {
            assert!(strict(text).is_none());
            let (model, unread) = lenient(text).unwrap_or_else(|| panic!("{text}"));
            let atom = &model.atoms[0];
            assert_eq!(
                (atom.name.as_str(), atom.residue.as_str(), unread),
                ("N", "ALA", 0)
            );
            assert_eq!((atom.place.number, atom.at.z), (1, -2.5));
        }
        let (_, unread) =
            lenient(r#"[{"atom":"N","residue":1,"x":1,"y":1,"z":1},{"x":1,"y":2}]"#).unwrap();
        assert_eq!(unread, 1);
    }

    #[test]
    fn lists_are_found() {
        assert_eq!(
            list("```json\n[1, 2]\n```").unwrap(),
            (vec![1.into(), 2.into()], true)
        );
        assert_eq!(
            list("these vanish: [\"C1\"].").unwrap(),
            (vec!["C1".into()], false)
        );
        assert_eq!(
            list("{\"contacts\": [3]}").unwrap(),
            (vec![3.into()], false)
        );
        assert_eq!(list("[]").unwrap(), (vec![], true));
        let contact = serde_json::json!({ "atom": "OG", "distance": 2.8 });
        for text in [
            "after [1]: [{\"atom\": \"OG\", \"distance\": 2.8}] as in [2]",
            "{\"atom\": \"OG\", \"distance\": 2.8}",
            "[\n {'atom': 'OG', 'distance': 2.8}, // hydroxyl\n]",
            "| Atom | Distance (Å) |\n|---|---|\n| OG | 2.8 |",
        ] {
            assert_eq!(
                list(text).unwrap(),
                (vec![contact.clone()], false),
                "{text}"
            );
        }
        assert_eq!(list("none"), None);
    }
}
