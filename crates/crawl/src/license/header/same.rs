//! Licences that are said to be those of something else: `under the same terms as Perl itself`.

use super::super::statement::{self, Stated};
use super::reserved::Token;

/// Maximal number of words that are read of a sentence.
const MAX_WORDS: usize = 24;

/// Projects with permissive licences that code is said to share. What is said to share another's has one that is
/// not known here.
const FREE: &[&str] = &[
    "cpython",
    "django",
    "flask",
    "ipython",
    "jupyter",
    "matplotlib",
    "networkx",
    "numpy",
    "pandas",
    "python",
    "scikit",
    "scikit-learn",
    "scipy",
    "sympy",
];

/// Words for the project itself, or for a place in it.
const OWN: &[&str] = &[
    "above",
    "application",
    "below",
    "code",
    "codebase",
    "directory",
    "distribution",
    "everything",
    "file",
    "files",
    "folder",
    "it",
    "library",
    "module",
    "others",
    "package",
    "parent",
    "program",
    "project",
    "repository",
    "rest",
    "software",
    "source",
    "tool",
    "whole",
];

/// Words before such a word, or before a name.
const BEFORE: &[&str] = &[
    "a", "all", "an", "entire", "itself", "its", "main", "my", "other", "our", "that", "the",
    "this", "whole",
];

/// Lines of sentences that share a licence with something that is not the project itself. Prose has terms of other
/// kinds.
pub(super) fn shared(words: &[Token], prose: bool) -> Vec<(usize, Stated)> {
    let mut found = Vec::new();
    for at in 0..words.len() {
        if words[at].text != "same" {
            continue;
        }
        let rest = sentence(&words[at + 1..]);
        let Some(of) = compared(&rest) else {
            continue;
        };
        let is_license = rest[0].starts_with("licen");
        let before = &words[at.saturating_sub(2)..at];
        let under = before
            .iter()
            .any(|word| matches!(word.text.as_str(), "under" | "by" | "on"));
        let starts = before.last().is_none_or(|word| word.ends);
        if !(is_license || under || (starts && !prose)) {
            continue;
        }
        if let Some(stated) = named(&rest[of..]) {
            found.push((words[at].line, stated));
        }
    }
    found
}

/// Words of a sentence up to its end.
fn sentence(words: &[Token]) -> Vec<&str> {
    let words = &words[..words.len().min(MAX_WORDS)];
    let last = words.iter().position(|word| word.ends);
    let words = &words[..last.map_or(words.len(), |last| last + 1)];
    words.iter().map(|word| word.text.as_str()).collect()
}

/// Place of what something is compared with: `terms and conditions as ..`, `license as ..`.
fn compared(rest: &[&str]) -> Option<usize> {
    let is_subject = |word: &&&str| {
        word.starts_with("licen") || matches!(**word, "terms" | "conditions" | "and" | "copyright")
    };
    let count = rest.iter().take_while(is_subject).count();
    let of = rest.get(count).filter(|word| matches!(**word, "as" | "of"));
    (count > 0 && of.is_some() && rest.len() > count + 1).then_some(count + 1)
}

/// The licence of something; `None` for the project itself and for Python.
pub(super) fn named(words: &[&str]) -> Option<Stated> {
    let start = words.iter().position(|word| !BEFORE.contains(word))?;
    let name = &words[start..];
    let first = *name.first()?;
    if FREE.contains(&first) {
        return None;
    }
    if OWN.contains(&first) || first.starts_with("licen") || first.starts_with("copying") {
        // `the code of Blender`
        let of = name
            .iter()
            .skip(1)
            .take(3)
            .position(|word| matches!(*word, "from" | "of" | "in"));
        return of
            .and_then(|of| name.get(of + 2..))
            .filter(|rest| !rest.is_empty() && first != "rest")
            .and_then(named);
    }
    let keyed = statement::key(&name.join(" "));
    let keyed: Vec<_> = keyed.split(' ').filter(|word| !word.is_empty()).collect();
    let known = statement::leading(&keyed).map(|(stated, _)| stated);
    Some(known.unwrap_or(Stated::Unclear))
}

#[cfg(test)]
mod tests {
    use super::super::reserved::tokens;
    use super::*;

    #[test]
    fn licences_of_other_things() {
        for text in [
            "Licensed under the same terms as Perl itself.",
            "This program is free software; you can redistribute it and/or modify it\nunder the same terms as Perl itself.",
            ".. same terms as the Linux kernel.",
            "Licensed under the same license as ffmpeg.",
            "Same licence as Blender",
            "Distributed under the same terms and conditions as the code of Blender.",
            "Under the same license as the original.",
        ] {
            assert_eq!(shared(&tokens(text), false).len(), 1, "{text}");
        }
    }

    #[test]
    fn licences_of_the_project_itself() {
        for text in [
            "Distributed under the same license as the project.",
            "Under the same terms as Python itself.",
            "Same license as the rest of Frobnicator.",
            "Licensed under the same license as NumPy.",
            "Same license as this package.",
            "Has the same terms as the polynomial.",
            "It has the same license as the other files in this folder.",
        ] {
            assert_eq!(shared(&tokens(text), false), [], "{text}");
        }
    }
}
