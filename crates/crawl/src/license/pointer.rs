//! Short texts that only name the licence file of the project: `See the LICENSE file`.

use super::compare;
use super::folder::joined;
use super::header;
use super::{Role, is_within, parent, role, words};

/// Maximal length in words of a text that only names the licence's file.
const MAX_WORDS: usize = 80;

/// Words for places in a project, before or after which a file is named.
const PLACES: &[&str] = &[
    "base",
    "directory",
    "distribution",
    "file",
    "folder",
    "main",
    "package",
    "parent",
    "project",
    "projects",
    "repo",
    "repository",
    "root",
    "source",
    "text",
    "this",
    "top",
    "toplevel",
    "level",
    "tree",
    "it",
    "terms",
    "details",
    "more",
    "information",
    "full",
    "software",
    "code",
    "license",
    "copyright",
];

/// True if a short text that is no licence names a licence file of the same folder or of one above, and contains
/// nothing else that could count.
pub(super) fn is_pointer(path: &str, text: &str, others: &mut dyn Iterator<Item = &str>) -> bool {
    let folder = parent(path);
    let files: Vec<_> = others
        .filter(|other| matches!(role(other), Some(Role::Text)))
        .filter(|other| is_within(folder, parent(other)))
        .collect();
    let names: Vec<_> = files
        .iter()
        .map(|other| other.rsplit('/').next().unwrap_or(other))
        .collect();
    let parts = text.split(|c: char| c.is_whitespace() || "`'\"(),;<>*[]".contains(c));
    let parts: Vec<_> = parts
        .map(|part| part.trim_end_matches(['.', ':']))
        .filter(|part| !part.is_empty())
        .collect();
    let mut named = false;
    for (at, part) in parts.iter().enumerate() {
        let name = part.rsplit('/').next().unwrap_or(part);
        if !names.contains(&name) {
            continue;
        }
        // A path has to lead to the file, and the page of a site is another place.
        let leads = !part.contains('/') || leads_to(folder, part, &files);
        if !leads && !part.contains("://") {
            return false;
        }
        if is_of_another(&parts[at + 1..]) {
            return false;
        }
        named |= leads;
    }
    let plain = names
        .iter()
        .fold(text.to_owned(), |text, name| text.replace(name, " "));
    let words = words::words(&plain);
    named
        && words.len() <= MAX_WORDS
        && compare::is_harmless(&words)
        && header::beside(&plain, false).is_none()
}

/// True for a path in the source at which one of the files is, from the folder or from the root.
fn leads_to(folder: &str, path: &str, files: &[&str]) -> bool {
    let rooted = path.trim_start_matches('/');
    [(folder, path), ("", rooted)].iter().any(|(folder, path)| {
        joined(folder, path).is_some_and(|path| files.contains(&path.as_str()))
    })
}

/// True where the words after a file's name say that it is that of something else: `LICENSE of acme-core`.
fn is_of_another(after: &[&str]) -> bool {
    let mut rest = after.iter().map(|word| word.to_lowercase()).peekable();
    while rest
        .next_if(|word| matches!(word.as_str(), "file" | "text" | "document" | "files"))
        .is_some()
    {}
    let of = rest.next();
    if !of.is_some_and(|word| matches!(word.as_str(), "of" | "from" | "for")) {
        return false;
    }
    while rest
        .next_if(|word| matches!(word.as_str(), "the" | "this" | "our" | "its" | "a"))
        .is_some()
    {}
    rest.next()
        .is_some_and(|word| !PLACES.contains(&word.as_str()))
}
