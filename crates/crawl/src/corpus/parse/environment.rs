//! The keys of a source that say what its programs run with.

use std::collections::BTreeMap;

use toml::Spanned;

use super::super::EnvironmentSpec;
use super::{Mistake, Packages, mistake};
use crate::environment::Requirement;
use crate::tree::is_plain;

/// Characters of one added file.
const MAX_FILE: usize = 1 << 16;

/// The distributions that a source's programs may import.
pub(super) fn checked(
    packages: Option<Spanned<Packages>>,
    requirements: Option<Spanned<String>>,
    project: bool,
    extras: Option<Spanned<Vec<String>>>,
    groups: Option<Spanned<Vec<String>>>,
) -> Result<EnvironmentSpec, Mistake> {
    let mut spec = EnvironmentSpec {
        project,
        ..EnvironmentSpec::default()
    };
    if let Some(packages) = packages {
        let at = packages.span().start;
        match packages.into_inner() {
            Packages::Word(word) if word == "auto" => spec.auto = true,
            Packages::Word(word) => {
                return mistake(
                    at,
                    format!("`packages` is `{word}`: a list or \"auto\" is needed"),
                );
            }
            Packages::Listed(texts) => {
                let read = |text: &String| Requirement::parse(text);
                let read: Result<Vec<_>, String> = texts.iter().map(read).collect();
                match read {
                    Ok(read) => spec.packages = read,
                    Err(why) => {
                        return mistake(
                            at,
                            format!("a requirement {why}; write it as in `six>=1.5`"),
                        );
                    }
                }
            }
        }
    }
    if let Some(path) = requirements {
        if !is_plain(path.get_ref()) {
            let message = format!(
                "`requirements` is `{}`: a path inside the source is needed",
                path.get_ref()
            );
            return mistake(path.span().start, message);
        }
        spec.requirements = Some(path.into_inner());
    }
    for (key, names, place) in [
        ("extras", extras, &mut spec.extras),
        ("groups", groups, &mut spec.groups),
    ] {
        let Some(names) = names else { continue };
        if !project {
            let message = format!("`{key}` are those of the metadata; add `project = true`");
            return mistake(names.span().start, message);
        }
        *place = names.into_inner();
    }
    Ok(spec)
}

/// Files that are added to those of a source.
pub(super) fn checked_files(
    files: Spanned<BTreeMap<String, String>>,
) -> Result<BTreeMap<String, String>, Mistake> {
    let at = files.span().start;
    for (path, text) in files.get_ref() {
        if !is_plain(path) {
            return mistake(
                at,
                format!("`files` has `{path}`: a path inside the source is needed"),
            );
        }
        if text.len() > MAX_FILE || text.contains('\0') {
            return mistake(
                at,
                format!("`files` has a text for `{path}` that is too long, or no text"),
            );
        }
    }
    Ok(files.into_inner())
}
