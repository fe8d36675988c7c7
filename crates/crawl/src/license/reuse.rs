//! The files of the REUSE specification: `REUSE.toml`, `.reuse/dep5` and `NAME.license`.

use globset::{GlobBuilder, GlobMatcher};
use tracestone_record::LicenseRule;

use super::header;
use super::manifests;
use super::statement::{self, Stated};

/// Precedence between an annotation and the file's own statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Precedence {
    /// It counts where the file says nothing.
    Closest,
    /// Both are combined.
    Aggregate,
    /// It counts alone.
    Override,
}

/// Statement about all files that match.
#[derive(Debug)]
pub(super) struct Annotation {
    /// The folder that it is about, with a slash, or nothing for the root.
    folder: String,
    globs: Vec<GlobMatcher>,
    pub(super) precedence: Precedence,
    pub(super) stated: Vec<Stated>,
    pub(super) rule: LicenseRule,
    pub(super) path: String,
    /// Counted from 0.
    pub(super) line: usize,
}

impl Annotation {
    pub(super) fn is_about(&self, path: &str) -> bool {
        path.strip_prefix(self.folder.as_str())
            .is_some_and(|inner| self.globs.iter().any(|glob| glob.is_match(inner)))
    }

    /// Depth of its folder; deeper ones have precedence.
    pub(super) fn depth(&self) -> usize {
        self.folder.matches('/').count()
    }
}

pub(super) fn is_annotations(path: &str) -> bool {
    path == "REUSE.toml" || path.ends_with("/REUSE.toml") || path == ".reuse/dep5"
}

/// The annotations of a file; `None` where it cannot be read, so that it could say anything.
pub(super) fn annotations(path: &str, text: &str) -> Option<Vec<Annotation>> {
    match path == ".reuse/dep5" {
        true => Some(dep5(path, text, &|license| vec![expression(license)])),
        false => reuse_toml(path, text),
    }
}

fn reuse_toml(path: &str, text: &str) -> Option<Vec<Annotation>> {
    let table: toml::Table = text.parse().ok()?;
    let folder = path.strip_suffix("REUSE.toml").unwrap_or_default();
    let Some(list) = table.get("annotations") else {
        return Some(Vec::new());
    };
    let mut lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| line.trim().starts_with("[[annotations]]"));
    let annotation = |annotation: &toml::Value| {
        let line = lines.next().map_or(0, |(line, _)| line);
        let precedence = match annotation.get("precedence").and_then(toml::Value::as_str) {
            None | Some("closest") => Precedence::Closest,
            Some("aggregate") => Precedence::Aggregate,
            Some("override") => Precedence::Override,
            Some(_) => return None,
        };
        let stated = strings(annotation.get("SPDX-License-Identifier"));
        Some(Annotation {
            folder: folder.to_owned(),
            globs: strings(annotation.get("path"))
                .iter()
                .filter_map(|glob| matcher(glob, true))
                .collect(),
            precedence,
            stated: stated.iter().map(|text| expression(text)).collect(),
            rule: LicenseRule::ReuseToml,
            path: path.to_owned(),
            line,
        })
    };
    let found: Option<Vec<_>> = list.as_array()?.iter().map(annotation).collect();
    // Of several that match the last counts.
    found.map(|found| found.into_iter().rev().collect())
}

/// A text, or the texts of a list.
fn strings(value: Option<&toml::Value>) -> Vec<String> {
    match value {
        Some(toml::Value::String(text)) => vec![text.clone()],
        Some(toml::Value::Array(list)) => list
            .iter()
            .filter_map(toml::Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

/// Only `*` and `**` mean something in these globs.
fn matcher(glob: &str, separated: bool) -> Option<GlobMatcher> {
    let mut plain = String::new();
    for c in glob.chars() {
        if "?[]{}!".contains(c) {
            plain.push('\\');
        }
        plain.push(c);
    }
    let glob = GlobBuilder::new(&plain)
        .literal_separator(separated)
        .backslash_escape(true)
        .build();
    Some(glob.ok()?.compile_matcher())
}

fn expression(text: &str) -> Stated {
    statement::expression(text.trim()).map_or(Stated::Unclear, Stated::License)
}

/// The machine-readable copyright file of Debian. Of several paragraphs that match the last counts.
fn dep5(path: &str, text: &str, read: &dyn Fn(&str) -> Vec<Stated>) -> Vec<Annotation> {
    let mut found = Vec::new();
    let (mut globs, mut stated, mut first): (Vec<GlobMatcher>, Vec<Stated>, usize) =
        Default::default();
    let mut in_files = false;
    let lines = text.lines().chain([""]).enumerate();
    for (index, line) in lines {
        if line.trim().is_empty() {
            if !globs.is_empty() {
                found.push(Annotation {
                    folder: String::new(),
                    globs: std::mem::take(&mut globs),
                    precedence: Precedence::Aggregate,
                    stated: std::mem::take(&mut stated),
                    rule: LicenseRule::ReuseDep5,
                    path: path.to_owned(),
                    line: first,
                });
            }
            stated.clear();
            in_files = false;
        } else if let Some(list) = line.strip_prefix("Files:") {
            first = index;
            in_files = true;
            globs.extend(
                list.split_whitespace()
                    .filter_map(|glob| matcher(glob, false)),
            );
        } else if let Some(license) = line.strip_prefix("License:") {
            in_files = false;
            stated.extend(read(license));
        } else if !line.starts_with([' ', '\t']) {
            in_files = false;
        } else if in_files {
            globs.extend(
                line.split_whitespace()
                    .filter_map(|glob| matcher(glob, false)),
            );
        }
    }
    found.reverse();
    found
}

/// Restrictions of the copyright file of a Debian package, if a machine can read it. What it grants counts only as far
/// as it takes files out of a restriction.
pub(super) fn debian(path: &str, text: &str) -> Vec<Annotation> {
    if !text.starts_with("Format") {
        return Vec::new();
    }
    let folder = path.strip_suffix("debian/copyright").unwrap_or_default();
    let mut found = dep5(path, text, &restrictions);
    for annotation in &mut found {
        folder.clone_into(&mut annotation.folder);
    }
    found
}

/// Licences of a choice without a permissive one: `GPL-2+`, `Artistic or GPL-1+`.
fn restrictions(license: &str) -> Vec<Stated> {
    let of_one = |names: &str| -> Vec<Stated> {
        let names = names.split(" and ").flat_map(|names| names.split(','));
        let stated = names.filter_map(|name| manifests::restricting(name, false));
        stated.collect()
    };
    let choices: Vec<_> = license.split(" or ").map(of_one).collect();
    match choices.iter().any(Vec::is_empty) {
        true => Vec::new(),
        false => choices.into_iter().next().unwrap_or_default(),
    }
}

/// Statements of a `NAME.license` file, with lines counted from 0. Empty if it names no licence.
pub(super) fn sidecar(text: &str) -> Vec<(Stated, usize)> {
    let lines = text.lines().enumerate();
    lines
        .filter_map(|(line, text)| Some((header::tag(text)?, line)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_of_reuse_toml() {
        let text = "version = 1\n\n[[annotations]]\npath = \"*.py\"\nSPDX-License-Identifier = \"MIT\"\n\n\
             [[annotations]]\npath = [\"gen/**\", \"x.txt\"]\nprecedence = \"override\"\nSPDX-License-Identifier = [\"0BSD\", \"My own\"]\n";
        let found = annotations("sub/REUSE.toml", text).unwrap();
        let found: Vec<_> = found.into_iter().rev().collect();
        assert!(found[0].is_about("sub/a.py"));
        assert!(!found[0].is_about("sub/x/a.py") && !found[0].is_about("a.py"));
        assert_eq!(
            (found[0].precedence, found[0].line),
            (Precedence::Closest, 2)
        );
        assert!(found[1].is_about("sub/gen/x/a.py"));
        assert_eq!(
            found[1].stated,
            [Stated::License("0BSD".to_owned()), Stated::Unclear]
        );
        assert_eq!(
            (found[1].precedence, found[1].line),
            (Precedence::Override, 6)
        );
        assert!(annotations("REUSE.toml", "not toml [").is_none());
        assert!(
            annotations("REUSE.toml", "version = 1\n")
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn the_last_paragraph_of_dep5_counts() {
        let text = "Format: x\n\nFiles: *\nCopyright: A\nLicense: MIT\n\nFiles: gen/*\n  b/c.py\nLicense: GPL-3.0-only\n Text of it\n";
        let found = annotations(".reuse/dep5", text).unwrap();
        let of = |path: &str| {
            found
                .iter()
                .find(|found| found.is_about(path))
                .unwrap()
                .stated
                .clone()
        };
        assert_eq!(of("a/b.py"), [Stated::License("MIT".to_owned())]);
        assert_eq!(
            of("gen/x/y.py"),
            [Stated::License("GPL-3.0-only".to_owned())]
        );
        assert_eq!(of("b/c.py"), [Stated::License("GPL-3.0-only".to_owned())]);
    }

    #[test]
    fn restrictions_of_a_debian_package() {
        let text = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: GPL-3+\n\n\
                    Files: free/*\nLicense: Expat\n\nFiles: both/*\nLicense: GPL-2+ or Expat\n\nLicense: GPL-3+\n Text\n";
        let found = debian("sub/debian/copyright", text);
        let of = |path: &str| {
            let mut found = found.iter();
            found
                .find(|found| found.is_about(path))
                .map(|found| found.stated.clone())
        };
        let gpl = Stated::License("GPL-3.0-or-later".to_owned());
        assert_eq!(of("sub/a/b.py"), Some(vec![gpl]));
        assert_eq!(of("sub/free/b.py"), Some(vec![]));
        assert_eq!(of("sub/both/b.py"), Some(vec![]));
        assert_eq!(of("a.py"), None);
        assert!(debian("debian/copyright", "This is GPL.\n").is_empty());
    }
}
