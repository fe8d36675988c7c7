//! Mutations by truncation, and the contacts that vanish with them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::check::Report;
use crate::contacts::Contact;
use crate::residue::AminoAcid;

/// Truth about a mutation: the names of listed contacts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vanishing {
    /// All contacts of the list.
    pub listed: Vec<String>,
    /// Those that vanish.
    pub vanish: BTreeSet<String>,
}

/// The contacts, by their places in the list, that vanish when a residue becomes another: those of its atoms that the
/// other does not have. Nothing is moved or added.
#[must_use]
pub(crate) fn vanishing(
    contacts: &[Contact],
    chain: &str,
    number: &str,
    to: AminoAcid,
) -> Vec<usize> {
    let kept = &to.ideal().atoms;
    let lost = contacts.iter().enumerate().filter(|(_, contact)| {
        let site = &contact.site;
        site.chain == chain && site.number == number && !kept.contains(&site.atom.as_str())
    });
    lost.map(|(at, _)| at).collect()
}

impl Vanishing {
    /// The right answer.
    #[must_use]
    pub fn answer(&self) -> String {
        names(self.vanish.iter())
    }

    /// Checks the list in an answer.
    #[must_use]
    pub fn check(&self, text: &str) -> Report {
        let mut report = Report::default();
        let read = crate::read::list(text);
        let (list, strict) = read.clone().unwrap_or_default();
        let said: Option<BTreeSet<String>> = list.iter().map(name).collect();
        let reads = read.is_some() && said.is_some();
        report.add(
            "parse",
            reads,
            Some(list.len() as f64),
            "a JSON list of names",
        );
        let said = said.unwrap_or_default();
        let known: BTreeSet<&String> = self.listed.iter().collect();
        let missing = self.vanish.difference(&said).count();
        let others = said.difference(&self.vanish).count();
        let unknown = said.iter().filter(|name| !known.contains(name)).count();
        report.add(
            "complete",
            reads && missing == 0,
            Some(missing as f64),
            "0 that vanish missing",
        );
        report.add(
            "no_others",
            reads && others == 0,
            Some(others as f64),
            "0 that stay listed",
        );
        report.add(
            "known",
            reads && unknown == 0,
            Some(unknown as f64),
            "0 names that the list does not have",
        );
        let hits = (said.len() - others) as f64;
        let sizes = (said.len() + self.vanish.len()) as f64;
        let f1 = if sizes > 0.0 { 2.0 * hits / sizes } else { 1.0 };
        report.numbers.insert("f1".to_owned(), f1);
        report
            .numbers
            .insert("strict".to_owned(), f64::from(u8::from(strict)));
        report
    }
}

fn name(value: &Value) -> Option<String> {
    value.as_str().map(|text| text.trim().to_ascii_uppercase())
}

/// A list of names as the JSON of an answer.
pub fn names<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<_> = names.map(|name| format!("\"{name}\"")).collect();
    format!("```json\n[{}]\n```", names.join(", "))
}
