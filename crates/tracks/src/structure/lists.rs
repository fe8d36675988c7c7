//! Answers that are lists: those that take no geometry, and a drawing of contacts.

use std::collections::BTreeSet;

use serde_json::Value;
use tracestone_eval::figure::{Figure, Ink, Shape};
use tracestone_eval::item::Item;
use tracestone_structure::contacts::{Contact, Site, Truth, listed};
use tracestone_structure::geometry::Point;
use tracestone_structure::model::{Atom, Model};
use tracestone_structure::mutation::names;
use tracestone_structure::problem::Problem;
use tracestone_structure::read::read;

use super::draw::{EDGE, SIDE, View, words};

/// All listed contacts of the residue that is mutated.
pub(super) const WHOLE_RESIDUE: &str = "whole-residue";

/// Distance in angstroms that is given where none was measured: the limit of a contact.
const LIMIT: f64 = 4.0;
/// Atoms of a drawing nearer than this are joined; bonds of sulphur have 1.8 angstroms.
const JOINED: f64 = 1.95;
/// Entries of one kind that are named below a drawing.
const NAMED: usize = 8;

/// Lists that follow from the question's text alone, by name.
pub(super) fn answers(item: &Item, problem: &Problem) -> Vec<(&'static str, String)> {
    match problem {
        Problem::Contacts(_) => every_atom(item)
            .map(|all| vec![("every-atom", listed(&all))])
            .unwrap_or_default(),
        Problem::Vanishing(vanishing) => {
            let own = of_residue(item);
            vec![
                ("all-listed", names(vanishing.listed.iter())),
                (WHOLE_RESIDUE, names(own.iter())),
            ]
        }
        _ => Vec::new(),
    }
}

/// Every atom of a residue that is shown, as a contact; `None` where no coordinates are shown.
fn every_atom(item: &Item) -> Option<Vec<Contact>> {
    let shown = read(&item.input)?.model;
    let polymer = shown.atoms.iter().filter(|atom| !atom.hetero);
    let contact = |atom: &Atom| Contact {
        site: Site::of(atom),
        residue: atom.residue.clone(),
        distance: LIMIT,
    };
    Some(polymer.map(contact).collect())
}

/// The names of the listed contacts of the mutated residue, by the rows that the question shows.
fn of_residue(item: &Item) -> Vec<String> {
    let residue = item.fields.get("residue").and_then(Value::as_str);
    let rows = item.fields.get("contacts").and_then(Value::as_array);
    let (Some(residue), Some(rows)) = (residue, rows) else {
        return Vec::new();
    };
    let name = |row: &Value| {
        let (name, rest) = row.as_str()?.split_once(": ")?;
        let is_own = rest.strip_prefix(residue)?.starts_with(" atom");
        is_own.then(|| name.to_owned())
    };
    rows.iter().filter_map(name).collect()
}

/// A pocket with the contacts that an answer lists on the left, and with all that there are on the right. `None` where
/// no coordinates are shown.
pub(super) fn figure(item: &Item, truth: &Truth, answer: &str) -> Option<Figure> {
    let shown = read(&item.input)?.model;
    let pocket = Pocket::of(&shown);
    let said = Truth::listed(answer);
    let right: BTreeSet<&Site> = truth.contacts.iter().map(|contact| &contact.site).collect();
    let view = View::of(&shown, &[]);
    let mut shapes = vec![
        words([EDGE, 18.0], "the answer", Ink::Answer),
        words([SIDE + 2.0 * EDGE, 18.0], "the reference", Ink::Truth),
    ];
    for (shift, is_answer) in [(0.0, true), (SIDE + EDGE, false)] {
        pocket.draw(&view, shift, &mut shapes);
        for (atom, nearest) in &pocket.nearest {
            let site = Site::of(atom);
            let (is_said, is_right) = (said.contains(&site), right.contains(&site));
            let ink = match (is_answer, is_said, is_right) {
                (true, true, true) => Ink::Answer,
                (true, true, false) => Ink::Wrong,
                (false, _, true) => Ink::Truth,
                (true, false, true) => {
                    shapes.push(Shape::Ring {
                        at: view.at(&atom.at, shift),
                        radius: 7.0,
                        ink: Ink::Wrong,
                        title: format!("missed: {}", called(atom)),
                    });
                    continue;
                }
                _ => continue,
            };
            shapes.push(Shape::Line {
                points: vec![view.at(&atom.at, shift), view.at(nearest, shift)],
                ink,
                width: 2.0,
            });
        }
    }
    let mut line = view.bottom();
    let missed = truth
        .contacts
        .iter()
        .filter(|one| !said.contains(&one.site));
    let missed = missed.map(|one| site_called(&one.site));
    let others = said.iter().filter(|site| !right.contains(site));
    let others = others.map(site_called);
    for (what, all) in [
        ("missed", missed.collect::<Vec<_>>()),
        ("listed, but no contact", others.collect()),
    ] {
        if !all.is_empty() {
            let text = format!("{what}: {}", first(&all));
            shapes.push(words([EDGE, line], &text, Ink::Wrong));
            line += 17.0;
        }
    }
    Some(Figure {
        title: format!(
            "The pocket with the contacts that the answer lists, {}, and with all {}",
            said.len(),
            right.len()
        ),
        width: 2.0 * SIDE + 3.0 * EDGE,
        height: line,
        shapes,
        key: vec![
            (Ink::Given, "the ligand".to_owned()),
            (Ink::Frame, "residues".to_owned()),
            (Ink::Answer, "listed, and a contact".to_owned()),
            (Ink::Truth, "all contacts".to_owned()),
            (Ink::Wrong, "missed (ring) or no contact".to_owned()),
        ],
    })
}

fn called(atom: &Atom) -> String {
    format!("{} of {} {}", atom.name, atom.residue, atom.place.number)
}

fn site_called(site: &Site) -> String {
    format!("{} of {} {}", site.atom, site.chain, site.number)
}

/// The first names of a list, and how many follow.
fn first(all: &[String]) -> String {
    let shown = all
        .iter()
        .take(NAMED)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match all.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A ligand and the atoms around it.
struct Pocket<'a> {
    shown: &'a Model,
    /// Each atom of a residue with the nearest atom of the ligand.
    nearest: Vec<(&'a Atom, Point)>,
}

impl<'a> Pocket<'a> {
    fn of(shown: &'a Model) -> Self {
        let ligand: Vec<&Atom> = shown.atoms.iter().filter(|atom| atom.hetero).collect();
        let nearest = |atom: &'a Atom| {
            let distance = |other: &&&Atom| (other.at - atom.at).norm();
            let best = ligand
                .iter()
                .min_by(|one, other| distance(one).total_cmp(&distance(other)))?;
            Some((atom, best.at))
        };
        let others = shown.atoms.iter().filter(|atom| !atom.hetero);
        Self {
            shown,
            nearest: others.filter_map(nearest).collect(),
        }
    }

    /// Bonds by distance, dots for the ligand's atoms, and the numbers of the residues.
    fn draw(&self, view: &View, shift: f64, shapes: &mut Vec<Shape>) {
        let atoms = &self.shown.atoms;
        for (at, atom) in atoms.iter().enumerate() {
            for other in &atoms[at + 1..] {
                if atom.hetero == other.hetero && (atom.at - other.at).norm() < JOINED {
                    shapes.push(Shape::Line {
                        points: vec![view.at(&atom.at, shift), view.at(&other.at, shift)],
                        ink: if atom.hetero { Ink::Given } else { Ink::Frame },
                        width: if atom.hetero { 2.0 } else { 1.0 },
                    });
                }
            }
        }
        for atom in atoms {
            let (radius, ink) = if atom.hetero {
                (3.5, Ink::Given)
            } else {
                (2.0, Ink::Frame)
            };
            shapes.push(Shape::Dot {
                at: view.at(&atom.at, shift),
                radius,
                ink,
                title: called(atom),
            });
        }
        for residue in self.shown.residues() {
            let is_polymer = residue.atoms.iter().all(|atom| !atom.hetero);
            if let (true, Some(at)) = (is_polymer, residue.at("CA")) {
                let [x, y] = view.at(at, shift);
                let text = format!("{} {}", residue.residue_name(), residue.place().number);
                shapes.push(words([x + 5.0, y - 4.0], &text, Ink::Frame));
            }
        }
    }
}
