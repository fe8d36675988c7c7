//! Under which licence a file is, and how that is known.
//!
//! What counts for a file is its own `SPDX-License-Identifier`, else the licence files of the nearest
//! folder, else what the package's metadata or the corpus says. A licence text that is not recognised
//! counts as well, as `LicenseRef-unrecognized`: taking what stands in a folder above for it would claim
//! a permission that nobody gave.

mod detect;
mod metadata;
mod permissive;

use std::collections::BTreeMap;

use tracestone_record::{License, LicenseEvidence, LicenseMethod, Line};

pub(crate) use detect::Detector;
use permissive::is_permissive;

/// Headers stand in the first lines.
const HEADER_LINES: usize = 20;
/// What introduces a header.
const HEADER: &str = "SPDX-License-Identifier:";
/// The SPDX expression for a licence that is none of the SPDX list.
const UNRECOGNIZED: &str = "LicenseRef-unrecognized";
/// A text that only says in which file the licence is, is not longer.
const MAX_POINTER_BYTES: usize = 1000;

/// Whether a path is a licence file.
pub(crate) fn is_license_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_uppercase();
    let stem = name.split(['.', '-', '_']).next().unwrap_or(&name);
    let named = matches!(stem, "LICENSE" | "LICENCE" | "COPYING" | "UNLICENSE");
    let text = match name.rsplit_once('.') {
        None => true,
        Some((_, extension)) => !matches!(
            extension,
            "PY" | "PYI"
                | "JSON"
                | "YML"
                | "YAML"
                | "TOML"
                | "HTML"
                | "CSV"
                | "SPDX"
                | "PNG"
                | "SVG"
        ),
    };
    // Lists of what others contributed are not the licence of the files beside them.
    let of_others = ["3RD", "THIRD", "BUNDLED", "VENDOR", "DEPEND"]
        .iter()
        .any(|word| name.contains(word));
    text && ((named && !of_others) || collection(path).is_some())
}

/// Whether a path can say something of the licence: a licence file, or the metadata of a package.
pub(crate) fn says_license(path: &str) -> bool {
    is_license_file(path) || is_metadata(path)
}

fn is_metadata(path: &str) -> bool {
    path == "PKG-INFO" || path == "pyproject.toml"
}

/// The folder that a file of a `LICENSES` collection speaks for.
fn collection(path: &str) -> Option<&str> {
    let (folder, _) = path.rsplit_once('/')?;
    match folder.strip_suffix("LICENSES")? {
        "" => Some(""),
        parent => parent.strip_suffix('/'),
    }
}

/// What the licence files of one folder say.
#[derive(Debug, Default)]
struct Folder {
    /// From the folder's own files.
    own: Vec<LicenseEvidence>,
    /// From its collection, which lists all licences in use and counts only where there is nothing else.
    collected: Vec<LicenseEvidence>,
}

/// The licences of a source's folders.
#[derive(Debug, Default)]
pub(crate) struct Licenses {
    /// Findings by folder; the root is the empty string.
    folders: BTreeMap<String, Folder>,
    /// What package metadata or the corpus says, for files without another finding.
    fallback: Option<LicenseEvidence>,
}

impl Licenses {
    /// Takes in what licence files and metadata say.
    pub(crate) fn add_files(&mut self, files: &[(String, Vec<u8>)], detector: &mut Detector) {
        for (path, content) in files {
            let text = String::from_utf8_lossy(content);
            if is_metadata(path) {
                let stated = match path.as_str() {
                    "PKG-INFO" => metadata::from_core_metadata(&text),
                    _ => metadata::from_pyproject(&text),
                };
                if let Some(license) = stated {
                    self.add_fallback(&license, LicenseMethod::Metadata, path);
                }
                continue;
            }
            let mut evidence = from_text(path, &text, detector);
            let mut others = files
                .iter()
                .map(|(path, _)| path)
                .filter(|other| *other != path);
            if text.len() <= MAX_POINTER_BYTES
                && evidence.iter().all(|found| found.license == UNRECOGNIZED)
                && others.any(|other| points_to(path, &text, other))
            {
                continue;
            }
            match collection(path) {
                Some(folder) => {
                    name_by_file(path, &mut evidence);
                    let folder = self.folders.entry(folder.to_owned()).or_default();
                    folder.collected.extend(evidence);
                }
                None => {
                    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                    let folder = self.folders.entry(folder.to_owned()).or_default();
                    folder.own.extend(evidence);
                }
            }
        }
    }

    /// Says what holds where nothing else is found; what is said first counts.
    pub(crate) fn add_fallback(&mut self, license: &str, method: LicenseMethod, path: &str) {
        self.fallback
            .get_or_insert_with(|| evidence(license, method, path, 100));
    }

    /// The licence of a file.
    pub(crate) fn of(&self, path: &str, content: &[u8]) -> License {
        let headers = headers(path, content);
        if !headers.is_empty() {
            return conclude(headers);
        }
        let mut folder = path;
        while !folder.is_empty() {
            folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
            if let Some(found) = self.folders.get(folder) {
                let own = if found.own.is_empty() {
                    &found.collected
                } else {
                    &found.own
                };
                return conclude(own.clone());
            }
        }
        conclude(self.fallback.iter().cloned().collect())
    }
}

fn evidence(license: &str, method: LicenseMethod, path: &str, confidence: u8) -> LicenseEvidence {
    LicenseEvidence {
        license: license.to_owned(),
        method,
        path: path.to_owned(),
        line: None,
        confidence,
    }
}

/// Whether a short text that is no licence itself names a licence file of the same folder or one above.
fn points_to(path: &str, text: &str, other: &str) -> bool {
    let folder = |path: &str| path.rfind('/').map_or(0, |slash| slash + 1);
    let (other_folder, name) = other.split_at(folder(other));
    path.starts_with(other_folder)
        && text
            .split(|c: char| c.is_whitespace() || "`'\"(),;:<>".contains(c))
            .any(|word| word.trim_end_matches('.').trim_start_matches("../") == name)
}

fn from_text(path: &str, text: &str, detector: &mut Detector) -> Vec<LicenseEvidence> {
    let recognized = detector.recognize(text).into_iter();
    let mut found: Vec<_> = recognized
        .map(|part| {
            let license = part.license.as_deref().unwrap_or(UNRECOGNIZED);
            evidence(license, LicenseMethod::LicenseFile, path, part.confidence)
        })
        .collect();
    // Parts of one file that are under the same licence are one finding, as sure as the least sure.
    found.sort_by(|a, b| (&a.license, a.confidence).cmp(&(&b.license, b.confidence)));
    found.dedup_by(|later, first| later.license == first.license);
    found
}

/// The files of a collection are named after their licence, which helps where the text does not.
fn name_by_file(path: &str, found: &mut [LicenseEvidence]) {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.strip_suffix(".txt").unwrap_or(name);
    if let (Some(id), [finding]) = (spdx::license_id(stem), found)
        && finding.license == UNRECOGNIZED
    {
        id.name.clone_into(&mut finding.license);
        finding.confidence = 100;
    }
}

/// The `SPDX-License-Identifier` headers of a file, which stand in comments or in the docstring.
fn headers(path: &str, content: &[u8]) -> Vec<LicenseEvidence> {
    let lines = content.split(|byte| *byte == b'\n').take(HEADER_LINES);
    lines
        .enumerate()
        .filter_map(|(index, line)| {
            let line = String::from_utf8_lossy(line);
            let text = line.trim().trim_start_matches(['#', '"', '\'', '*', ' ']);
            let text = text.strip_prefix(HEADER)?;
            let text = text.trim_end_matches(['"', '\'', '*', '/', ' ']).trim();
            let license = normalized(text).unwrap_or_else(|| UNRECOGNIZED.to_owned());
            Some(LicenseEvidence {
                line: Some(Line::from_index(index)),
                ..evidence(&license, LicenseMethod::Header, path, 100)
            })
        })
        .collect()
}

/// An SPDX expression, mended where it is written with other names for known licences.
fn normalized(text: &str) -> Option<String> {
    if spdx::Expression::parse(text).is_ok() {
        return Some(text.to_owned());
    }
    let mended = spdx::Expression::canonicalize(text).ok()??;
    spdx::Expression::parse(&mended).is_ok().then_some(mended)
}

/// One expression for all findings: every licence found holds, except that a pair of files named
/// `LICENSE-MIT` and `LICENSE-APACHE` offers a choice, by the custom of those who write it so.
fn conclude(evidence: Vec<LicenseEvidence>) -> License {
    let mut parts: Vec<_> = evidence
        .iter()
        .map(|found| found.license.as_str())
        .collect();
    parts.sort_unstable();
    parts.dedup();
    let expression = match parts.as_slice() {
        [] => return License::default(),
        [one] => (*one).to_owned(),
        ["Apache-2.0", "MIT"] if evidence.len() == 2 && evidence.iter().all(is_named_choice) => {
            "MIT OR Apache-2.0".to_owned()
        }
        several => {
            let wrapped = several.iter().map(|part| match part.contains(" OR ") {
                true => format!("({part})"),
                false => (*part).to_owned(),
            });
            wrapped.collect::<Vec<_>>().join(" AND ")
        }
    };
    License {
        permissive: is_permissive(&expression),
        expression: Some(expression),
        evidence,
    }
}

/// Whether a finding is from a file whose name says which of several licences it is.
fn is_named_choice(found: &LicenseEvidence) -> bool {
    let name = found.path.rsplit('/').next().unwrap_or(&found.path);
    let name = name.to_ascii_uppercase();
    found.method == LicenseMethod::LicenseFile
        && (name.contains("MIT") || name.contains("APACHE"))
        && collection(&found.path).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIT: &[u8] = include_bytes!("../../../../LICENSE-MIT");
    const APACHE: &[u8] = include_bytes!("../../../../LICENSE-APACHE");

    fn licenses(files: &[(&str, &[u8])]) -> Licenses {
        let files: Vec<_> = files
            .iter()
            .map(|(path, content)| ((*path).to_owned(), content.to_vec()))
            .collect();
        let mut licenses = Licenses::default();
        licenses.add_files(&files, &mut Detector::default());
        licenses
    }

    fn expression(licenses: &Licenses, path: &str) -> String {
        licenses.of(path, b"x = 1\n").expression.unwrap_or_default()
    }

    #[test]
    fn the_nearest_folder_decides() {
        let licenses = licenses(&[("LICENSE.md", MIT), ("vendor/COPYING", APACHE)]);
        let found = licenses.of("a/b.py", b"x = 1\n");
        assert_eq!(found.expression.as_deref(), Some("MIT"));
        assert!(found.permissive);
        assert_eq!(found.evidence[0].path, "LICENSE.md");
        assert_eq!(expression(&licenses, "vendor/x/b.py"), "Apache-2.0");
    }

    #[test]
    fn an_unknown_licence_hides_the_one_above() {
        let own = b"Copyright Example Inc. No part of this may be copied by anybody.";
        let licenses = licenses(&[("LICENSE", MIT), ("vendor/LICENSE", own)]);
        let found = licenses.of("vendor/a.py", b"x = 1\n");
        assert_eq!(found.expression.as_deref(), Some(UNRECOGNIZED));
        assert!(!found.permissive);
        let beside = super::tests::licenses(&[("LICENSE", MIT), ("LICENSE-EXTRA", own)]);
        assert!(!beside.of("a.py", b"x = 1\n").permissive);
    }

    #[test]
    fn a_text_that_points_to_the_licence_is_none() {
        let pointer = b"This project is under the MIT License. See the LICENSE file.";
        let licenses = licenses(&[("LICENSE", MIT), ("docs/license.rst", pointer)]);
        assert_eq!(expression(&licenses, "docs/conf.py"), "MIT");
    }

    #[test]
    fn a_header_wins() {
        let licenses = licenses(&[("LICENSE-MIT", MIT), ("LICENSE-APACHE", APACHE)]);
        let found = licenses.of("a.py", b"#!x\n# SPDX-License-Identifier: GPL-3.0-only\n");
        assert_eq!(found.expression.as_deref(), Some("GPL-3.0-only"));
        assert!(!found.permissive);
        assert_eq!(found.evidence[0].line, Some(Line(2)));
        let found = licenses.of("a.py", b"# SPDX-License-Identifier: My own terms\n");
        assert_eq!(found.expression.as_deref(), Some(UNRECOGNIZED));
        let code = b"marker = 'SPDX-License-Identifier: GPL-3.0-only'\n";
        let found = licenses.of("a.py", code);
        assert_eq!(found.expression.as_deref(), Some("MIT OR Apache-2.0"));
    }

    #[test]
    fn two_named_files_are_a_choice_and_others_hold_together() {
        let choice = licenses(&[("LICENSE-MIT", MIT), ("LICENSE-APACHE", APACHE)]);
        assert_eq!(expression(&choice, "a.py"), "MIT OR Apache-2.0");
        let both = licenses(&[("COPYING", APACHE), ("LICENSE", MIT)]);
        assert_eq!(expression(&both, "a.py"), "Apache-2.0 AND MIT");
    }

    #[test]
    fn a_collection_counts_where_nothing_else_is() {
        let all = licenses(&[("LICENSES/MIT.txt", MIT), ("LICENSES/0BSD.txt", b"short")]);
        assert_eq!(expression(&all, "a/b.py"), "0BSD AND MIT");
        let own = licenses(&[("LICENSE", MIT), ("LICENSES/Apache-2.0.txt", APACHE)]);
        assert_eq!(expression(&own, "a/b.py"), "MIT");
    }

    #[test]
    fn nothing_found_is_not_permissive() {
        let found = Licenses::default().of("a.py", b"x = 1\n");
        assert_eq!(found, License::default());
        let mut stated = Licenses::default();
        stated.add_fallback("ISC", LicenseMethod::Corpus, "corpus");
        stated.add_fallback("MIT", LicenseMethod::Corpus, "corpus");
        assert_eq!(expression(&stated, "a.py"), "ISC");
    }

    #[test]
    fn licence_files_are_told_from_code() {
        for path in [
            "LICENSE",
            "a/COPYING.txt",
            "LICENCE-MIT",
            "LICENSES/MIT.txt",
            "sub/LICENSES/MIT.txt",
            "UNLICENSE",
        ] {
            assert!(is_license_file(path), "{path}");
        }
        for path in [
            "license.py",
            "licensing.md",
            "a/b.py",
            "LICENSE-3RD-PARTY.txt",
        ] {
            assert!(!is_license_file(path), "{path}");
        }
    }
}
