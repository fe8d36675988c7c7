//! Under which licence a file is, and how that is known.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use spdx::detection::{Store, TextData};
use tracestone_record::{License, LicenseEvidence, LicenseMethod, Line};

/// A text that resembles a licence less than this is not taken for it.
const MIN_CONFIDENCE: f32 = 0.85;
/// Headers stand in the first lines.
const HEADER_LINES: usize = 20;
/// A licence file is not longer; the rest would be lists of third parties.
const MAX_TEXT_BYTES: usize = 60_000;

/// Licences without conditions beyond naming the authors, by SPDX identifier. The list follows the
/// model, permissive and lead ratings of the Blue Oak Council, kept to what occurs in Python code.
const PERMISSIVE: &[&str] = &[
    "0BSD",
    "AFL-3.0",
    "Apache-1.1",
    "Apache-2.0",
    "Artistic-2.0",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-2-Clause-Patent",
    "BSD-2-Clause-Views",
    "BSD-3-Clause",
    "BSD-3-Clause-Clear",
    "BSD-3-Clause-LBNL",
    "BSD-4-Clause",
    "BSD-Source-Code",
    "BSL-1.0",
    "BlueOak-1.0.0",
    "CC0-1.0",
    "CNRI-Python",
    "ECL-2.0",
    "FSFAP",
    "HPND",
    "ISC",
    "JSON",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MIT-Modern-Variant",
    "MulanPSL-2.0",
    "NCSA",
    "NTP",
    "OLDAP-2.8",
    "PSF-2.0",
    "PostgreSQL",
    "Python-2.0",
    "Python-2.0.1",
    "TCL",
    "UPL-1.0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "W3C",
    "WTFPL",
    "X11",
    "Xnet",
    "ZPL-2.1",
    "Zlib",
    "bzip2-1.0.6",
    "curl",
    "zlib-acknowledgement",
];

static TEXTS: LazyLock<Store> = LazyLock::new(|| Store::load_inline().unwrap_or_default());

/// Whether a path is a licence file.
pub(crate) fn is_license_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_uppercase();
    let stem = name.split(['.', '-', '_']).next().unwrap_or(&name);
    let named = matches!(
        stem,
        "LICENSE" | "LICENCE" | "COPYING" | "UNLICENSE" | "LICENSES"
    );
    let code = name.ends_with(".PY") || name.ends_with(".JSON") || name.ends_with(".YML");
    (named && !code) || path.starts_with("LICENSES/")
}

/// The licences of a source's folders.
#[derive(Debug, Default)]
pub(crate) struct Licenses {
    /// Findings by folder; the root is the empty string.
    folders: BTreeMap<String, Vec<LicenseEvidence>>,
    /// What package metadata or the corpus says, for files without another finding.
    fallback: Option<LicenseEvidence>,
}

impl Licenses {
    /// Adds what a licence file says.
    pub(crate) fn add_file(&mut self, path: &str, content: &[u8]) {
        let folder = match path.rsplit_once('/') {
            Some(("LICENSES", _)) | None => "",
            Some((folder, _)) => folder,
        };
        if let Some(evidence) = from_text(path, &String::from_utf8_lossy(content)) {
            let findings = self.folders.entry(folder.to_owned()).or_default();
            findings.push(evidence);
        }
    }

    /// Says what holds where nothing else is found; the first call counts.
    pub(crate) fn add_fallback(&mut self, license: &str, method: LicenseMethod, path: &str) {
        self.fallback.get_or_insert_with(|| LicenseEvidence {
            license: license.to_owned(),
            method,
            path: path.to_owned(),
            line: None,
            confidence: 100,
        });
    }

    /// The licence of a file: its own header, else the nearest folder's licence files, else what
    /// metadata or the corpus says.
    pub(crate) fn of(&self, path: &str, content: &[u8]) -> License {
        let headers = headers(path, content);
        if !headers.is_empty() {
            return conclude(headers);
        }
        let mut folder = path;
        while let Some((parent, _)) = folder.rsplit_once('/') {
            if let Some(found) = self.folders.get(parent) {
                return conclude(found.clone());
            }
            folder = parent;
        }
        match (self.folders.get(""), &self.fallback) {
            (Some(found), _) => conclude(found.clone()),
            (None, Some(fallback)) => conclude(vec![fallback.clone()]),
            (None, None) => License::default(),
        }
    }
}

/// What the text of a licence file is. Ties are broken by name, since the store's order is random.
fn from_text(path: &str, text: &str) -> Option<LicenseEvidence> {
    let cut = text.floor_char_boundary(MAX_TEXT_BYTES);
    let data = TextData::from(&text[..cut]);
    let mut best: Option<(f32, &str)> = None;
    for (name, entry) in TEXTS.iter() {
        let candidates = std::iter::once(&entry.original).chain(&entry.alternates);
        for candidate in candidates {
            let score = candidate.match_score(&data);
            let better = best.is_none_or(|(other, known)| {
                score > other
                    || (score == other && (name.len(), name.as_str()) < (known.len(), known))
            });
            if better {
                best = Some((score, name));
            }
        }
    }
    let (score, name) = best.filter(|(score, _)| *score >= MIN_CONFIDENCE)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a score lies between 0 and 1"
    )]
    let confidence = (score * 100.0) as u8;
    Some(LicenseEvidence {
        license: name.to_owned(),
        method: LicenseMethod::LicenseFile,
        path: path.to_owned(),
        line: None,
        confidence,
    })
}

/// The `SPDX-License-Identifier` headers of a file.
fn headers(path: &str, content: &[u8]) -> Vec<LicenseEvidence> {
    content
        .split(|byte| *byte == b'\n')
        .take(HEADER_LINES)
        .enumerate()
        .filter_map(|(index, line)| {
            let line = String::from_utf8_lossy(line);
            let (_, expression) = line.split_once("SPDX-License-Identifier:")?;
            let expression = expression
                .trim()
                .trim_end_matches(['*', '/', '-', '>'])
                .trim();
            spdx::Expression::parse(expression).ok()?;
            Some(LicenseEvidence {
                license: expression.to_owned(),
                method: LicenseMethod::Header,
                path: path.to_owned(),
                line: Some(Line::from_index(index)),
                confidence: 100,
            })
        })
        .collect()
}

/// One expression for all findings: every licence found holds, except that a file per licence named
/// `LICENSE-MIT` and `LICENSE-APACHE` offers a choice, by the custom of those who write it so.
fn conclude(evidence: Vec<LicenseEvidence>) -> License {
    let mut parts: Vec<_> = evidence.iter().map(|found| found.license.clone()).collect();
    parts.sort();
    parts.dedup();
    let choice = evidence.len() == 2
        && evidence
            .iter()
            .all(|found| found.method == LicenseMethod::LicenseFile && found.path.contains('-'))
        && parts == ["Apache-2.0", "MIT"];
    let expression = match parts.as_slice() {
        [] => return License::default(),
        [one] => one.clone(),
        _ if choice => "MIT OR Apache-2.0".to_owned(),
        several => {
            let wrapped = several.iter().map(|part| {
                if part.contains(' ') {
                    format!("({part})")
                } else {
                    part.clone()
                }
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

/// Whether the expression can be met by permissive licences alone.
fn is_permissive(expression: &str) -> bool {
    spdx::Expression::parse(expression).is_ok_and(|expression| {
        expression.evaluate(|requirement| {
            requirement
                .license
                .id()
                .is_some_and(|id| PERMISSIVE.contains(&id.name))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mit() -> String {
        include_str!("../../../LICENSE-MIT").to_owned()
    }

    #[test]
    fn the_text_of_a_licence_is_recognised() {
        let mut licenses = Licenses::default();
        licenses.add_file("LICENSE.md", mit().as_bytes());
        licenses.add_file("vendor/COPYING", include_bytes!("../../../LICENSE-APACHE"));
        let found = licenses.of("a/b.py", b"x = 1\n");
        assert_eq!(found.expression.as_deref(), Some("MIT"));
        assert!(found.permissive);
        assert_eq!(found.evidence[0].path, "LICENSE.md");
        let found = licenses.of("vendor/x/b.py", b"x = 1\n");
        assert_eq!(found.expression.as_deref(), Some("Apache-2.0"));
    }

    #[test]
    fn a_header_wins_and_a_dual_licence_is_a_choice() {
        let mut licenses = Licenses::default();
        licenses.add_file("LICENSE-MIT", mit().as_bytes());
        licenses.add_file("LICENSE-APACHE", include_bytes!("../../../LICENSE-APACHE"));
        let found = licenses.of("a.py", b"x = 1\n");
        assert_eq!(found.expression.as_deref(), Some("MIT OR Apache-2.0"));
        let found = licenses.of("a.py", b"#!x\n# SPDX-License-Identifier: GPL-3.0-only\n");
        assert_eq!(found.expression.as_deref(), Some("GPL-3.0-only"));
        assert!(!found.permissive);
        assert_eq!(found.evidence[0].line, Some(Line(2)));
    }

    #[test]
    fn nothing_found_is_not_permissive() {
        let found = Licenses::default().of("a.py", b"x = 1\n");
        assert_eq!(found.expression, None);
        assert!(!found.permissive);
        assert!(is_permissive("GPL-2.0-only OR MIT"));
        assert!(!is_permissive("GPL-2.0-only AND MIT"));
    }

    #[test]
    fn licence_files_are_told_from_code() {
        for path in [
            "LICENSE",
            "a/COPYING.txt",
            "LICENCE-MIT",
            "LICENSES/MIT.txt",
            "UNLICENSE",
        ] {
            assert!(is_license_file(path), "{path}");
        }
        for path in ["license.py", "licensing.md", "a/b.py"] {
            assert!(!is_license_file(path), "{path}");
        }
    }
}
