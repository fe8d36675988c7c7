//! Contacts between a ligand and the residues around it, and lists of them in answers.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::check::Report;
use crate::model::{Atom, Model};

/// Atoms up to this distance are in contact, in angstroms.
pub const CUTOFF: f64 = 4.0;
/// A claimed contact beyond this distance is made up.
pub const FABRICATED: f64 = 4.5;
/// Accepted error of a distance that can be computed from the prompt.
pub(crate) const GIVEN: f64 = 0.05;
/// Accepted error of a distance that has to be recalled.
pub(crate) const RECALLED: f64 = 0.2;

/// An atom of a residue, by the residue's chain, number and insertion code and the atom's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Site {
    /// Name of the chain.
    pub chain: String,
    /// The residue's number, with its insertion code.
    pub number: String,
    /// The atom's name.
    pub atom: String,
}

/// A contact: an atom of a residue with its shortest distance to the ligand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// Place of the residue's atom.
    #[serde(flatten)]
    pub site: Site,
    /// The residue's name.
    pub residue: String,
    /// The shortest distance to an atom of the ligand, in angstroms.
    pub distance: f64,
}

impl Site {
    /// The site of an atom.
    #[must_use]
    pub fn of(atom: &Atom) -> Self {
        Self {
            chain: atom.place.chain.clone(),
            number: format!("{}{}", atom.place.number, atom.place.insertion),
            atom: atom.name.clone(),
        }
    }
}

/// The shortest distance of every heavy atom that is not of the ligand to the ligand's heavy atoms.
fn distances<'a>(model: &'a Model, ligand: &[&Atom]) -> impl Iterator<Item = (&'a Atom, f64)> {
    let points: Vec<_> = ligand
        .iter()
        .filter(|atom| atom.element != "H")
        .map(|atom| atom.at)
        .collect();
    let places: BTreeSet<_> = ligand
        .iter()
        .map(|atom| (atom.place.clone(), atom.residue.clone()))
        .collect();
    let others = model.atoms.iter().filter(move |atom| {
        atom.element != "H" && !places.contains(&(atom.place.clone(), atom.residue.clone()))
    });
    others.map(move |atom| {
        let all = points.iter().map(|point| (point - atom.at).norm());
        (atom, all.fold(f64::INFINITY, f64::min))
    })
}

/// The contacts of a ligand with atoms of polymers, in order of chain, number and atom.
#[must_use]
pub fn contacts(model: &Model, ligand: &[&Atom]) -> Vec<Contact> {
    let near =
        distances(model, ligand).filter(|(atom, distance)| !atom.hetero && *distance <= CUTOFF);
    let mut found: Vec<_> = near
        .map(|(atom, distance)| Contact {
            site: Site::of(atom),
            residue: atom.residue.clone(),
            distance,
        })
        .collect();
    // By number, not by text: 9 comes before 10.
    let number = |contact: &Contact| -> i64 {
        let digits = contact
            .site
            .number
            .trim_end_matches(|c: char| c.is_alphabetic());
        digits.parse().unwrap_or(0)
    };
    found.sort_by(|one, other| {
        let key = |contact: &Contact| {
            (
                contact.site.chain.clone(),
                number(contact),
                contact.site.clone(),
            )
        };
        key(one).cmp(&key(other))
    });
    found
}

/// Truth about contacts, by which an answer is judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// All true contacts, in order.
    pub contacts: Vec<Contact>,
    /// The atoms beyond [`CUTOFF`] that are nearer than [`FABRICATED`]: a claim about them is wrong, not made up.
    pub near: Vec<Site>,
    /// The accepted error of distances.
    pub within: f64,
}

impl Truth {
    /// The truth about a ligand in a model.
    #[must_use]
    pub fn of(model: &Model, ligand: &[&Atom], within: f64) -> Self {
        let near = distances(model, ligand);
        let near = near.filter(|(atom, distance)| {
            !atom.hetero && *distance > CUTOFF && *distance <= FABRICATED
        });
        Self {
            contacts: contacts(model, ligand),
            near: near.map(|(atom, _)| Site::of(atom)).collect(),
            within,
        }
    }

    /// The right answer.
    #[must_use]
    pub fn answer(&self) -> String {
        listed(&self.contacts)
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
        let (claimed, odd) = claims(&list);
        self.compare(&claimed, odd, &mut report);
        report
            .numbers
            .insert("strict".to_owned(), f64::from(u8::from(strict)));
        if read.is_none() {
            report
                .checks
                .iter_mut()
                .for_each(|check| check.pass = false);
        }
        report
    }

    /// The sites that an answer lists.
    #[must_use]
    pub fn listed(text: &str) -> BTreeSet<Site> {
        let (list, _) = crate::read::list(text).unwrap_or_default();
        claims(&list).0.into_keys().collect()
    }

    fn compare(&self, claimed: &BTreeMap<Site, Option<f64>>, odd: usize, report: &mut Report) {
        let tally = self.tally(claimed, odd);
        let (all, hits, missing) = (tally.all, tally.errors.len(), tally.missing);
        let given: Vec<f64> = tally.errors.iter().flatten().copied().collect();
        let good = given
            .iter()
            .filter(|error| **error <= self.within + 1e-9)
            .count();
        let worst = given.iter().copied().fold(0.0, f64::max);
        report.add(
            "complete",
            missing == 0,
            Some(missing as f64),
            "0 contacts missing",
        );
        report.add(
            "no_others",
            all == hits,
            Some((all - hits) as f64),
            "0 other atoms listed",
        );
        report.add(
            "not_made_up",
            tally.made_up == 0,
            Some(tally.made_up as f64),
            "0 absent or beyond 4.5 Å",
        );
        let accepted = format!("every one within {} Å", self.within);
        let all_good = good == hits + missing;
        report.add("distances", all_good, Some(worst), &accepted);
        let mut number = |name: &str, value: f64| {
            report.numbers.insert(name.to_owned(), value);
        };
        number("precision", share(hits, all));
        number("recall", share(hits, hits + missing));
        number(
            "f1",
            match (hits + missing, all) {
                (0, 0) => 1.0,
                (wanted, said) => 2.0 * hits as f64 / (wanted + said) as f64,
            },
        );
        number("within", share(good, hits));
        // An answer that lists nothing makes nothing up, and would hide what others do.
        if all > 0 {
            number("fabricated", share(tally.made_up, all));
        }
        if !given.is_empty() {
            number(
                "distance_error",
                given.iter().sum::<f64>() / given.len() as f64,
            );
        }
    }

    /// Counts the entries of an answer by what they are.
    fn tally(&self, claimed: &BTreeMap<Site, Option<f64>>, odd: usize) -> Tally {
        let distances = self.contacts.iter();
        let distances: BTreeMap<&Site, f64> = distances
            .map(|contact| (&contact.site, contact.distance))
            .collect();
        let near: BTreeSet<_> = self.near.iter().collect();
        let made_up = claimed
            .keys()
            .filter(|site| !distances.contains_key(site) && !near.contains(site));
        let right = claimed
            .iter()
            .filter_map(|(site, said)| Some((distances.get(site)?, said)));
        let errors: Vec<_> = right
            .map(|(right, said)| said.map(|said| (said - right).abs()))
            .collect();
        Tally {
            missing: distances.len() - errors.len(),
            errors,
            all: claimed.len() + odd,
            // An entry that names no atom claims a contact that is not there.
            made_up: made_up.count() + odd,
        }
    }
}

/// The entries of an answer.
struct Tally {
    /// Number of all.
    all: usize,
    /// Number of contacts that are not among them.
    missing: usize,
    /// Number of those that are neither contacts nor nearly so.
    made_up: usize,
    /// Errors of the distances of those that are contacts, where a distance is said.
    errors: Vec<Option<f64>>,
}

fn share(part: usize, of: usize) -> f64 {
    if of == 0 {
        0.0
    } else {
        part as f64 / of as f64
    }
}

/// Contacts as the list that an answer has.
#[must_use]
pub fn listed(contacts: &[Contact]) -> String {
    let lines: Vec<_> = contacts
        .iter()
        .map(|contact| {
            let Site {
                chain,
                number,
                atom,
            } = &contact.site;
            let number: Value = match number.parse::<i64>() {
                Ok(number) => number.into(),
                Err(_) => number.as_str().into(),
            };
            let distance = (contact.distance * 100.0).round() / 100.0;
            format!(
                "  {}",
                json!({ "chain": chain, "residue": number, "atom": atom, "distance": distance })
            )
        })
        .collect();
    format!("```json\n[\n{}\n]\n```", lines.join(",\n"))
}

/// The contacts that the entries of a list claim, each once, and the number of entries that claim none.
fn claims(list: &[Value]) -> (BTreeMap<Site, Option<f64>>, usize) {
    let mut claimed: BTreeMap<Site, Option<f64>> = BTreeMap::new();
    let mut odd = 0;
    for value in list {
        match claim(value) {
            Some((site, distance)) => {
                claimed.entry(site).or_insert(distance);
            }
            None => odd += 1,
        }
    }
    (claimed, odd)
}

/// A claimed contact: the atom and the distance, if one is given.
fn claim(value: &Value) -> Option<(Site, Option<f64>)> {
    let text = |name: &str| match value.get(name)? {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let residue = text("residue").or_else(|| text("number"))?;
    // `GLY 143` names the residue besides its number.
    let number = residue
        .rsplit(' ')
        .next()?
        .trim_start_matches(|c: char| c.is_alphabetic());
    let site = Site {
        chain: text("chain").unwrap_or_default(),
        number: number.to_ascii_uppercase(),
        atom: text("atom")?.to_ascii_uppercase(),
    };
    let distance = value.get("distance");
    let distance = distance.and_then(|given| match given {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().trim_end_matches(['Å', 'A']).trim().parse().ok(),
        _ => None,
    });
    Some((site, distance))
}
