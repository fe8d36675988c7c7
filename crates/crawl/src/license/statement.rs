//! Short statements about a licence: a name, an expression, a family, or the location of the text.

use super::compare;
use super::detect::{self, What};
use super::header;
use super::words;

/// Number of words beyond which a text is examined as the text of a licence.
const MAX_NAME_WORDS: usize = 30;

/// Number of words in which the version of a GNU licence is looked for.
const MAX_GNU_WORDS: usize = 60;

/// Licence that a text states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stated {
    /// A licence: an SPDX expression.
    License(String),
    /// One of several licences, without saying which.
    Family(Family),
    /// The files that hold the licence.
    Files(Vec<String>),
    /// A known licence with other words, quoted.
    Modified(String),
    /// Nothing: it is empty, or says only that there is a licence.
    Nothing,
    /// Something that cannot be resolved.
    Unclear,
}

/// Licences that are called by one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Apache,
    Bsd,
    Gnu,
    Mozilla,
    PublicDomain,
}

impl Family {
    /// True if a licence is in the family.
    pub(super) fn holds(self, id: &str) -> bool {
        let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| id.starts_with(prefix));
        match self {
            Self::Apache => starts(&["Apache-"]),
            Self::Bsd => starts(&["BSD-", "0BSD"]),
            Self::Gnu => starts(&["GPL-", "LGPL-", "AGPL-"]),
            Self::Mozilla => starts(&["MPL-"]),
            Self::PublicDomain => starts(&["CC0-", "Unlicense", "CC-PDDC", "0BSD"]),
        }
    }
}

/// Names that mean one licence, as [`key`] writes them.
const NAMES: &[(&str, &str)] = &[
    ("0bsd", "0BSD"),
    ("apache 2", "Apache-2.0"),
    ("apache2", "Apache-2.0"),
    ("apachev2", "Apache-2.0"),
    ("apache 2 apache 2", "Apache-2.0"),
    ("asl 2", "Apache-2.0"),
    ("boost 1", "BSL-1.0"),
    ("boost 1 bsl 1", "BSL-1.0"),
    ("bsl 1", "BSL-1.0"),
    ("2 clause bsd", "BSD-2-Clause"),
    ("bsd 2", "BSD-2-Clause"),
    ("bsd 2 clause", "BSD-2-Clause"),
    ("bsd 2 clause simplified", "BSD-2-Clause"),
    ("bsd2", "BSD-2-Clause"),
    ("freebsd", "BSD-2-Clause"),
    ("simplified bsd", "BSD-2-Clause"),
    ("two clause bsd", "BSD-2-Clause"),
    ("3 clause bsd", "BSD-3-Clause"),
    ("3 clause bsd new", "BSD-3-Clause"),
    ("bsd 3", "BSD-3-Clause"),
    ("bsd 3 clause", "BSD-3-Clause"),
    ("bsd 3 clause new or revised", "BSD-3-Clause"),
    ("bsd new", "BSD-3-Clause"),
    ("bsd3", "BSD-3-Clause"),
    ("modified bsd", "BSD-3-Clause"),
    ("new bsd", "BSD-3-Clause"),
    ("new or revised bsd", "BSD-3-Clause"),
    ("revised bsd", "BSD-3-Clause"),
    ("three clause bsd", "BSD-3-Clause"),
    ("cc0", "CC0-1.0"),
    ("cc0 1", "CC0-1.0"),
    ("cc0 1 universal", "CC0-1.0"),
    ("cc0 1 universal cc0 1 public domain dedication", "CC0-1.0"),
    ("expat", "MIT"),
    ("isc", "ISC"),
    ("isc iscl", "ISC"),
    ("mit", "MIT"),
    ("mit expat", "MIT"),
    ("mit mit", "MIT"),
    ("mit x11", "MIT"),
    ("x11 mit", "MIT"),
    ("mit 0", "MIT-0"),
    ("mit no attribution", "MIT-0"),
    ("mit no attribution mit 0", "MIT-0"),
    ("mozilla public 2", "MPL-2.0"),
    ("mozilla public 2 mpl 2", "MPL-2.0"),
    ("mpl 2", "MPL-2.0"),
    ("mpl2", "MPL-2.0"),
    ("psf", "PSF-2.0"),
    ("psfl", "PSF-2.0"),
    ("psf 2", "PSF-2.0"),
    ("psf contributor agreement", "PSF-2.0"),
    ("psf under contributor agreement", "PSF-2.0"),
    ("python foundation", "PSF-2.0"),
    ("python foundation 2", "PSF-2.0"),
    ("unlicense", "Unlicense"),
    ("unlicense unlicense", "Unlicense"),
    ("wtfpl", "WTFPL"),
    ("zero clause bsd", "0BSD"),
    ("zero clause bsd 0bsd", "0BSD"),
    ("zlib", "Zlib"),
    ("zlib libpng", "Zlib"),
];

/// Names of families, as [`key`] writes them.
const FAMILIES: &[(&str, Family)] = &[
    ("apache", Family::Apache),
    ("asl", Family::Apache),
    ("bsd", Family::Bsd),
    ("bsd like", Family::Bsd),
    ("bsd style", Family::Bsd),
    ("mozilla public", Family::Mozilla),
    ("mpl", Family::Mozilla),
    ("public domain", Family::PublicDomain),
];

/// Words that are optional in a licence's name.
const FILLERS: &[&str] = &[
    "a",
    "an",
    "approved",
    "for",
    "foundation",
    "is",
    "licence",
    "licences",
    "license",
    "licensed",
    "licenses",
    "osi",
    "project",
    "released",
    "software",
    "the",
    "to",
    "under",
    "v",
    "ver",
    "version",
];

/// Licence stated by a metadata field, or by a file that only names its licence.
pub(super) fn stated(text: &str) -> Stated {
    let text = text.trim().trim_matches(['"', '\'', '`']).trim();
    if let Some(expression) = expression(text) {
        return Stated::License(expression);
    }
    if let Some(stated) = header::license_at(text) {
        return stated;
    }
    let count = words::words(text).len();
    if count > MAX_NAME_WORDS {
        return from_text(text);
    }
    if matches!(key(text).as_str(), "" | "unknown" | "none" | "n a" | "na") {
        return Stated::Nothing;
    }
    named(text).unwrap_or_else(|| match points_to_file(text) {
        true => Stated::Nothing,
        false => Stated::Unclear,
    })
}

/// An SPDX expression, whatever the case of its identifiers.
pub(super) fn expression(text: &str) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let parts = spaced
        .split_whitespace()
        .map(|part| match part.to_ascii_uppercase().as_str() {
            operator @ ("AND" | "OR" | "WITH") => operator.to_owned(),
            _ => {
                let mut all = spdx::identifiers::LICENSES.iter();
                let id = all.find(|license| license.name.eq_ignore_ascii_case(part));
                id.map_or(part, |license| license.name).to_owned()
            }
        });
    let mended = parts
        .collect::<Vec<_>>()
        .join(" ")
        .replace("( ", "(")
        .replace(" )", ")");
    spdx::Expression::parse(&mended).is_ok().then_some(mended)
}

/// The licence or family that a text names, if it says nothing else that could count.
pub(super) fn named(text: &str) -> Option<Stated> {
    if let Some(found) = by_key(&key(text)) {
        return Some(found);
    }
    // `MIT License (see LICENSE.txt)`
    let (name, rest) = text.split_once(['(', ',', ';', '\n', '.'])?;
    let found = expression(name.trim())
        .map(Stated::License)
        .or_else(|| by_key(&key(name)))?;
    let others =
        by_key(&key(rest.trim_end_matches([')', '.', ' ']))).is_some_and(|other| other != found);
    (!others && compare::is_harmless(&words::words(rest)) && !names_others(rest, &found))
        .then_some(found)
}

/// True if a text names a licence other than the one found.
fn names_others(text: &str, found: &Stated) -> bool {
    let words = key(text);
    let words: Vec<_> = words.split(' ').collect();
    (0..words.len()).any(|from| leading(&words[from..]).is_some_and(|(other, _)| other != *found))
}

fn by_key(key: &str) -> Option<Stated> {
    if let Some((_, id)) = NAMES.iter().find(|(name, _)| *name == key) {
        return Some(Stated::License((*id).to_owned()));
    }
    if let Some((_, family)) = FAMILIES.iter().find(|(name, _)| *name == key) {
        return Some(Stated::Family(*family));
    }
    let words: Vec<_> = key.split(' ').collect();
    gnu(&words).or_else(|| creative_commons(&words))
}

/// Longest prefix of a row of words, as [`key`] writes them, that names a licence.
pub(super) fn leading(words: &[&str]) -> Option<(Stated, usize)> {
    if let Some(found) = gnu(words) {
        return Some((found, words.len()));
    }
    (1..=words.len().min(8)).rev().find_map(|count| {
        let found = by_key(&words[..count].join(" "));
        let found = found.or_else(|| {
            expression(words[..count].first()?)
                .map(Stated::License)
                .filter(|_| count == 1)
        });
        Some((found?, count))
    })
}

/// A licence of the GNU project, whose names are written in many ways.
fn gnu(words: &[&str]) -> Option<Stated> {
    let words = &words[..words.len().min(MAX_GNU_WORDS)];
    let first = words.iter().take(4);
    let start = first.clone().position(|word| {
        matches!(*word, "gnu" | "affero" | "lesser")
            || ["gpl", "lgpl", "agpl"]
                .iter()
                .any(|name| word.starts_with(name))
    })?;
    if start > 0 && words[..start].iter().any(|word| *word != "gnu") {
        return None;
    }
    let has = |names: &[&str]| {
        words
            .iter()
            .take(6)
            .any(|word| names.iter().any(|name| word.starts_with(name)))
    };
    let name = if has(&["agpl", "affero"]) {
        "AGPL"
    } else if has(&["lgpl", "lesser", "library"]) {
        "LGPL"
    } else if has(&["gpl", "general"]) {
        "GPL"
    } else {
        return None;
    };
    let digits = |word: &str| {
        let word = word.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        matches!(word.trim_end_matches('+'), "1" | "2" | "2.1" | "3")
            .then(|| word.trim_end_matches('+').to_owned())
    };
    let Some(version) = words.iter().find_map(|word| digits(word)) else {
        return Some(Stated::Family(Family::Gnu));
    };
    let later = words
        .iter()
        .any(|word| matches!(*word, "later" | "newer" | "above" | "+") || word.ends_with('+'));
    let version = if version.contains('.') {
        version
    } else {
        format!("{version}.0")
    };
    let id = format!(
        "{name}-{version}-{}",
        if later { "or-later" } else { "only" }
    );
    match spdx::license_id(&id) {
        Some(id) => Some(Stated::License(id.name.to_owned())),
        None => Some(Stated::Family(Family::Gnu)),
    }
}

/// A licence of Creative Commons, by its short name or in words: `CC BY-NC 4.0`, `Creative Commons
/// Attribution-NonCommercial 4.0 International`. Without a version it is unclear which one is meant.
fn creative_commons(words: &[&str]) -> Option<Stated> {
    let rest = match words {
        ["cc", rest @ ..] | ["creative", "commons", rest @ ..] => rest,
        _ => return None,
    };
    let (mut noncommercial, mut no_derivatives, mut share_alike) = (false, false, false);
    let mut version = None;
    for word in rest {
        match *word {
            "by" | "attribution" | "commercial" | "no" | "international" | "unported"
            | "generic" | "cc" | "public" => {}
            "nc" | "noncommercial" | "non" => noncommercial = true,
            "nd" | "noderivatives" | "noderivs" | "derivatives" | "derivs" => no_derivatives = true,
            "sa" | "sharealike" | "share" | "alike" => share_alike = true,
            "1" | "2" | "2.5" | "3" | "4" => version = Some(*word),
            _ => return None,
        }
    }
    let Some(version) = version else {
        return Some(Stated::Unclear);
    };
    let mut id = "CC-BY".to_owned();
    for (is_there, part) in [
        (noncommercial, "-NC"),
        (no_derivatives, "-ND"),
        (share_alike, "-SA"),
    ] {
        id += if is_there { part } else { "" };
    }
    let dot = if version.contains('.') { "" } else { ".0" };
    let id = spdx::license_id(&format!("{id}-{version}{dot}"));
    Some(id.map_or(Stated::Unclear, |id| Stated::License(id.name.to_owned())))
}

/// A name without what it can be written with or without: `the Apache License, Version 2.0` is `apache 2`.
pub(super) fn key(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !(c.is_alphanumeric() || c == '.' || c == '+'));
    let words = words.map(|word| {
        let word = word.trim_matches('.');
        let number = word
            .strip_prefix('v')
            .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let word = number.unwrap_or(word);
        word.strip_suffix(".0")
            .unwrap_or(word)
            .trim_end_matches(".0+")
            .to_owned()
            + if word.ends_with(".0+") { "+" } else { "" }
    });
    let words = words.filter(|word| !word.is_empty() && !FILLERS.contains(&word.as_str()));
    words.collect::<Vec<_>>().join(" ")
}

/// True if a text only says that the licence is in a file.
fn points_to_file(text: &str) -> bool {
    let words = words::words(text);
    let named = words.iter().any(|word| {
        matches!(
            word.text.as_str(),
            "license" | "licenses" | "copying" | "unlicense" | "copyright"
        )
    });
    let plain: Vec<_> = words
        .into_iter()
        .filter(|word| word.text != "copying")
        .collect();
    named && compare::is_harmless(&plain) && !header::has_title(text)
}

/// Licence stated by a long text.
pub(super) fn from_text(text: &str) -> Stated {
    let mut licenses = Vec::new();
    for found in detect::recognize(text) {
        match found.what {
            What::Known(name) => licenses.push(name),
            What::Modified { words, .. } => return Stated::Modified(words),
            What::Unknown => return Stated::Unclear,
            What::Silent => {}
        }
    }
    match licenses.is_empty() {
        true => Stated::Nothing,
        false => Stated::License(licenses.join(" AND ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn license(text: &str) -> Option<String> {
        match stated(text) {
            Stated::License(license) => Some(license),
            _ => None,
        }
    }

    #[test]
    fn names_of_licences_in_many_ways() {
        for (text, id) in [
            ("MIT", "MIT"),
            ("mit", "MIT"),
            ("The MIT License (MIT)", "MIT"),
            ("MIT License", "MIT"),
            ("MIT License, see LICENSE.txt", "MIT"),
            ("Apache License, Version 2.0", "Apache-2.0"),
            ("Apache Software License 2.0", "Apache-2.0"),
            ("apache-2.0", "Apache-2.0"),
            ("apache-2.0 or mit", "Apache-2.0 OR MIT"),
            ("BSD 3-Clause License", "BSD-3-Clause"),
            ("3-clause BSD", "BSD-3-Clause"),
            ("New BSD License", "BSD-3-Clause"),
            ("Simplified BSD", "BSD-2-Clause"),
            ("GPLv3+", "GPL-3.0-or-later"),
            ("GPL v2", "GPL-2.0-only"),
            ("GNU GPL v3.0 or later", "GPL-3.0-or-later"),
            ("GNU Lesser General Public License v2.1", "LGPL-2.1-only"),
            ("GNU Affero General Public License v3", "AGPL-3.0-only"),
            ("PSF License", "PSF-2.0"),
            ("CC BY-NC 4.0", "CC-BY-NC-4.0"),
            ("CC-BY-NC-SA 3.0", "CC-BY-NC-SA-3.0"),
            (
                "Creative Commons Attribution-NonCommercial-NoDerivatives 4.0 International License",
                "CC-BY-NC-ND-4.0",
            ),
            ("Creative Commons Attribution 2.5", "CC-BY-2.5"),
        ] {
            assert_eq!(license(text).as_deref(), Some(id), "{text}");
        }
    }

    #[test]
    fn what_does_not_say_which_licence_is_no_licence() {
        assert_eq!(stated("BSD"), Stated::Family(Family::Bsd));
        assert_eq!(stated("BSD-style license"), Stated::Family(Family::Bsd));
        assert_eq!(stated("GPL"), Stated::Family(Family::Gnu));
        assert_eq!(stated("Apache"), Stated::Family(Family::Apache));
        for text in [
            "",
            "UNKNOWN",
            "See LICENSE",
            "LICENSE.txt",
            "see the file COPYING",
            "See License",
            "The Software License",
        ] {
            assert_eq!(stated(text), Stated::Nothing, "{text}");
        }
        for text in [
            "Proprietary",
            "Custom",
            "Other/Proprietary License",
            "Free for non-commercial use",
            "MIT, but not for companies",
            "MIT (non-commercial)",
            "MIT and something else",
            "My own terms",
            "Creative Commons",
            "CC BY-NC",
            "Parity License",
            "The Sleepycat License",
            "Frobnicator License, see LICENSE",
        ] {
            assert_eq!(stated(text), Stated::Unclear, "{text}");
        }
    }
}
