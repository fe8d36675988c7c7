//! Combined finding of the licence files and metadata of one folder.

use tracestone_record::{License, LicenseEvidence, LicenseMethod, LicenseRule, Line};

use super::brief;
use super::detect::{Detector, What};
use super::metadata::{Declared, Metadata};
use super::pointer::is_pointer;
use super::reuse::Annotation;
use super::statement::{Family, Stated};
use super::{MODIFIED, RESERVED, UNRECOGNIZED, is_permissive};

/// Statements found in one folder.
#[derive(Debug, Default)]
pub(super) struct Folder {
    /// From the folder's own licence files.
    own: Vec<LicenseEvidence>,
    /// From its collection, which lists all licences in use and counts only where there is nothing else.
    collected: Vec<LicenseEvidence>,
    /// From licence files that only say whose the work is, which count where there is nothing else.
    reserved: Vec<LicenseEvidence>,
    /// From metadata, with the file's path.
    declared: Vec<(Declared, String)>,
    /// The first licence file that metadata names, and the file that names it.
    named: Option<(String, String)>,
}

impl Folder {
    pub(super) fn add_text(&mut self, found: Vec<LicenseEvidence>, collected: bool) {
        let list = if collected {
            &mut self.collected
        } else {
            &mut self.own
        };
        list.extend(
            found
                .into_iter()
                .filter(|found| !list.contains(found))
                .collect::<Vec<_>>(),
        );
    }

    /// Takes in a licence file that grants nothing, if it says something all the same.
    pub(super) fn add_silent(&mut self, path: &str, text: &str) {
        if reserves_all(path, text) {
            self.reserved.push(LicenseEvidence {
                license: RESERVED.to_owned(),
                method: LicenseMethod::LicenseFile,
                rule: LicenseRule::RightsReserved,
                path: path.to_owned(),
                line: text
                    .lines()
                    .position(|line| line.contains(char::is_alphanumeric))
                    .map(Line::from_index),
                detail: None,
                confidence: 100,
            });
        }
    }

    pub(super) fn add_metadata(&mut self, path: &str, metadata: Metadata) {
        let declared = metadata.declared.into_iter();
        self.declared
            .extend(declared.map(|declared| (declared, path.to_owned())));
        if let Some(file) = metadata.files.into_iter().next() {
            self.named.get_or_insert((file, path.to_owned()));
        }
    }

    /// True if metadata are the only source of statements.
    pub(super) fn has_only_metadata(&self) -> bool {
        self.own.is_empty() && self.collected.is_empty() && self.reserved.is_empty()
    }

    /// Licence of the folder's files; `None` without statements.
    pub(super) fn finding(&self) -> Option<Finding> {
        let states_license = |(declared, _): &(Declared, String)| {
            matches!(declared.stated, Stated::License(_) | Stated::Modified(_))
        };
        let mut finding = Finding::default();
        if !self.own.is_empty() {
            // A file that offers a choice says of the texts beside it how they go together.
            let is_choice = |found: &&LicenseEvidence| {
                found.rule == LicenseRule::LicenseName && found.license.contains(" OR ")
            };
            let (choices, texts): (Vec<_>, Vec<_>) = self.own.iter().partition(is_choice);
            texts
                .iter()
                .for_each(|found| finding.push((*found).clone()));
            for found in choices {
                finding.declare(&found.license, found.clone());
            }
        } else if !self.declared.iter().any(states_license) {
            self.collected
                .iter()
                .for_each(|found| finding.push(found.clone()));
        }
        // Licences first, so that `BSD` beside `BSD-3-Clause` is known to mean that.
        let (sure, unsure): (Vec<_>, Vec<_>) = self
            .declared
            .iter()
            .partition(|found| states_license(found));
        for (declared, path) in sure.into_iter().chain(unsure) {
            let found = super::evidence(
                &declared.stated,
                LicenseMethod::Metadata,
                declared.rule,
                path,
                declared.line,
            );
            let around = finding.clone();
            match &declared.stated {
                Stated::License(license) => finding.declare(license, found),
                stated => finding.add((stated.clone(), found), &around),
            }
        }
        if finding.evidence.is_empty() {
            let reserved = self.reserved.iter();
            reserved.for_each(|found| finding.push(found.clone()));
        }
        if finding.evidence.is_empty()
            && let Some((file, by)) = &self.named
        {
            finding.push(LicenseEvidence {
                license: UNRECOGNIZED.to_owned(),
                method: LicenseMethod::Metadata,
                rule: LicenseRule::MissingFile,
                path: by.clone(),
                line: None,
                detail: Some(format!("{file} holds no licence or is not there")),
                confidence: 0,
            });
        }
        (!finding.evidence.is_empty()).then_some(finding)
    }
}

/// Licence of a file, with its evidence.
#[derive(Debug, Default, Clone)]
pub(super) struct Finding {
    /// Expressions that all hold.
    terms: Vec<String>,
    pub(super) evidence: Vec<LicenseEvidence>,
}

impl Finding {
    /// Adds a finding that holds in addition to the others.
    pub(super) fn push(&mut self, evidence: LicenseEvidence) {
        self.terms.push(evidence.license.clone());
        self.evidence.push(evidence);
    }

    /// Takes in a statement. One that names a family of licences agrees with a licence of the family.
    pub(super) fn add(&mut self, (stated, mut evidence): (Stated, LicenseEvidence), around: &Self) {
        if let Stated::Family(family) = stated {
            let known = if self.terms.is_empty() {
                around
            } else {
                &*self
            };
            if let Some(term) = known.agrees(family) {
                evidence.license.clone_from(&term);
                if self.terms.is_empty() {
                    self.terms.push(term);
                }
                self.evidence.push(evidence);
                return;
            }
        }
        self.push(evidence);
    }

    /// The terms, if all of them are licences of a family.
    fn agrees(&self, family: Family) -> Option<String> {
        let ids: Vec<_> = self.terms.iter().flat_map(|term| ids(term)).collect();
        let agrees = ids.iter().any(|id| family.holds(id)) && !self.terms.is_empty();
        agrees.then(|| joined_terms(&self.terms))
    }

    /// Takes in what metadata declares. It says how the licences of the folder's texts go together if it
    /// names them all; it says nothing new if it names some of them.
    pub(super) fn declare(&mut self, license: &str, evidence: LicenseEvidence) {
        let (declared, texts): (Vec<_>, Vec<_>) = (
            ids(license),
            self.terms.iter().flat_map(|term| ids(term)).collect(),
        );
        let all = |some: &[String], of: &[String]| some.iter().all(|id| of.contains(id));
        if !texts.is_empty() && all(&texts, &declared) {
            self.terms = vec![license.to_owned()];
        } else if !all(&declared, &texts) {
            self.terms.push(license.to_owned());
        }
        self.evidence.push(evidence);
    }

    /// Takes in an annotation of REUSE's files. One that names no licence says nothing.
    pub(super) fn annotate(&mut self, annotation: &Annotation) {
        for stated in &annotation.stated {
            let found = super::evidence(
                stated,
                LicenseMethod::Reuse,
                annotation.rule,
                &annotation.path,
                annotation.line,
            );
            self.push(found);
        }
    }

    /// One expression for all findings: every licence found holds, except that a pair of files named
    /// `LICENSE-MIT` and `LICENSE-APACHE` offers a choice, by the custom of those who write it so.
    pub(super) fn conclude(self) -> License {
        if self.terms.is_empty() {
            return License::default();
        }
        let mut terms = self.terms.clone();
        terms.sort_unstable();
        terms.dedup();
        let is_choice = terms == ["Apache-2.0", "MIT"]
            && self.evidence.len() == 2
            && self.evidence.iter().all(is_named_choice);
        let expression = if is_choice {
            "MIT OR Apache-2.0".to_owned()
        } else {
            joined_terms(&terms)
        };
        License {
            permissive: is_permissive(&expression),
            expression: Some(expression),
            evidence: self.evidence,
        }
    }
}

fn joined_terms(terms: &[String]) -> String {
    let [one] = terms else {
        let mut terms: Vec<_> = terms.to_vec();
        terms.sort_unstable();
        terms.dedup();
        let wrapped = terms.iter().map(|term| match term.contains(" OR ") {
            true => format!("({term})"),
            false => term.clone(),
        });
        return wrapped.collect::<Vec<_>>().join(" AND ");
    };
    one.clone()
}

/// The licences of an expression. `GPL-2.0-only` and `GPL-2.0-or-later` have one text.
fn ids(expression: &str) -> Vec<String> {
    let Ok(expression) = spdx::Expression::parse(expression) else {
        return vec![expression.to_owned()];
    };
    let requirements = expression.requirements();
    let name = |id: String| {
        let bare = id
            .trim_end_matches('+')
            .trim_end_matches("-only")
            .trim_end_matches("-or-later");
        bare.to_owned()
    };
    requirements
        .map(|requirement| name(requirement.req.license.to_string()))
        .collect()
}

fn is_named_choice(evidence: &LicenseEvidence) -> bool {
    let name = evidence
        .path
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase();
    let of = |license: &str, word: &str| evidence.license == license && name.contains(word);
    of("MIT", "MIT") || of("Apache-2.0", "APACHE")
}

/// Statement of a licence file. Empty if it only names another licence file of its folder or of one above.
pub(super) fn text(
    path: &str,
    text: &str,
    detector: &mut Detector,
    others: &mut dyn Iterator<Item = &str>,
) -> Vec<LicenseEvidence> {
    if let Some((license, line)) = brief::tagged(text) {
        return vec![LicenseEvidence {
            license,
            method: LicenseMethod::LicenseFile,
            rule: LicenseRule::LicenseName,
            path: path.to_owned(),
            line: Some(Line::from_index(line)),
            detail: None,
            confidence: 100,
        }];
    }
    let mut found = Vec::new();
    for part in detector.recognize(text) {
        let (license, rule, detail) = match part.what {
            What::Known(name) => (name, LicenseRule::LicenseText, None),
            What::Modified { nearest, words } => {
                let detail = format!("{nearest}, and: {words}");
                (
                    MODIFIED.to_owned(),
                    LicenseRule::TextBeyondLicense,
                    Some(detail),
                )
            }
            What::Unknown if is_pointer(path, text, others) => continue,
            What::Unknown => match brief::name_alone(path, text) {
                Some(license) => (license, LicenseRule::LicenseName, None),
                None => (UNRECOGNIZED.to_owned(), LicenseRule::UnknownText, None),
            },
            What::Silent => continue,
        };
        found.push(LicenseEvidence {
            license,
            method: LicenseMethod::LicenseFile,
            rule,
            path: path.to_owned(),
            line: Some(Line::from_index(part.line)),
            detail,
            confidence: part.confidence,
        });
    }
    // Parts of one file that are under the same licence are one finding, as sure as the least sure.
    found.sort_by(|a, b| (&a.license, a.confidence).cmp(&(&b.license, b.confidence)));
    found.dedup_by(|later, first| later.license == first.license);
    found
}

/// True for a licence file that names nobody but the holder of the rights, unless it is one for that alone.
fn reserves_all(path: &str, text: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let of_holder = name.to_ascii_uppercase().starts_with("COPYRIGHT");
    let lower = text.to_lowercase();
    lower.contains("rights reserved") || (!of_holder && text.contains(char::is_alphanumeric))
}

/// Resolves a path relative to a folder; `None` if it leaves the source.
pub(crate) fn joined(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<_> = folder.split('/').filter(|part| !part.is_empty()).collect();
    if path.starts_with('/') {
        return None;
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}
