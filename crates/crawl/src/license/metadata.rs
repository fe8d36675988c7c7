//! The licence that a package's metadata states.

/// Classifiers that mean one licence exactly; others, such as `BSD License`, could be any of a family.
const CLASSIFIERS: &[(&str, &str)] = &[
    ("Apache Software License", "Apache-2.0"),
    ("Boost Software License 1.0 (BSL-1.0)", "BSL-1.0"),
    (
        "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication",
        "CC0-1.0",
    ),
    ("ISC License (ISCL)", "ISC"),
    ("MIT License", "MIT"),
    ("MIT No Attribution License (MIT-0)", "MIT-0"),
    ("Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"),
    ("Python Software Foundation License", "PSF-2.0"),
    ("The Unlicense (Unlicense)", "Unlicense"),
    ("Zero-Clause BSD (0BSD)", "0BSD"),
    ("zlib/libpng License", "Zlib"),
];

/// Free texts that mean one licence exactly, in lower case.
const PHRASES: &[(&str, &str)] = &[
    ("apache 2", "Apache-2.0"),
    ("apache 2.0", "Apache-2.0"),
    ("apache license 2.0", "Apache-2.0"),
    ("apache license, version 2.0", "Apache-2.0"),
    ("apache software license 2.0", "Apache-2.0"),
    ("bsd 2-clause", "BSD-2-Clause"),
    ("bsd 2-clause license", "BSD-2-Clause"),
    ("bsd 3-clause", "BSD-3-Clause"),
    ("bsd 3-clause license", "BSD-3-Clause"),
    ("isc license", "ISC"),
    ("mit license", "MIT"),
    ("mpl 2.0", "MPL-2.0"),
    ("mozilla public license 2.0", "MPL-2.0"),
    ("the mit license", "MIT"),
    ("the mit license (mit)", "MIT"),
    ("unlicense", "Unlicense"),
];

/// The licence that a free text states. `BSD` or `GPL` could be any of a family and states none.
fn stated_by(text: &str) -> Option<String> {
    if spdx::Expression::parse(text).is_ok() {
        return Some(text.to_owned());
    }
    let text = text.to_lowercase();
    let (_, id) = PHRASES.iter().find(|(phrase, _)| *phrase == text)?;
    Some((*id).to_owned())
}

/// The licence of a `PKG-INFO` file: its expression, else its free text if that is one, else the only
/// licence among its classifiers.
pub(crate) fn from_core_metadata(text: &str) -> Option<String> {
    let headers: Vec<_> = text
        .lines()
        .take_while(|line| !line.trim().is_empty())
        .filter_map(|line| line.split_once(':'))
        .map(|(key, value)| (key.trim(), value.trim()))
        .collect();
    let stated = |wanted: &str| {
        let mut values = headers.iter().filter(|(key, _)| *key == wanted);
        values.find_map(|(_, value)| stated_by(value))
    };
    stated("License-Expression")
        .or_else(|| stated("License"))
        .or_else(|| {
            let mut found = headers.iter().filter(|(key, _)| *key == "Classifier");
            from_classifiers(&mut found.by_ref().map(|(_, value)| *value))
        })
}

/// The licence of a `pyproject.toml`.
pub(crate) fn from_pyproject(text: &str) -> Option<String> {
    let table: toml::Table = text.parse().ok()?;
    let project = table.get("project")?;
    let license = project.get("license");
    let stated = license
        .and_then(|license| license.as_str().or_else(|| license.get("text")?.as_str()))
        .and_then(stated_by);
    stated.or_else(|| {
        let classifiers = project.get("classifiers")?.as_array()?;
        from_classifiers(&mut classifiers.iter().filter_map(toml::Value::as_str))
    })
}

/// Nothing where several licences are named, because a classifier does not say how they go together.
fn from_classifiers(classifiers: &mut dyn Iterator<Item = &str>) -> Option<String> {
    let mut licenses = classifiers
        .filter(|classifier| classifier.starts_with("License ::"))
        .filter_map(|classifier| classifier.rsplit(" :: ").next())
        .filter(|name| *name != "OSI Approved");
    let only = licenses.next()?;
    if licenses.next().is_some() {
        return None;
    }
    let (_, id) = CLASSIFIERS.iter().find(|(name, _)| *name == only)?;
    Some((*id).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expression_then_text_then_classifier() {
        let all = "Name: x\nLicense: ISC\nLicense-Expression: MIT OR Apache-2.0\n\nLicense: 0BSD";
        assert_eq!(
            from_core_metadata(all).as_deref(),
            Some("MIT OR Apache-2.0")
        );
        let text = "License: see LICENSE\nClassifier: License :: OSI Approved :: MIT License\n";
        assert_eq!(from_core_metadata(text).as_deref(), Some("MIT"));
        let family = "Classifier: License :: OSI Approved :: BSD License\n";
        assert_eq!(from_core_metadata(family), None);
        assert_eq!(from_core_metadata("License: BSD\n"), None);
        assert_eq!(from_core_metadata("License: GNU GPL v2\n"), None);
        let phrase = "License: Apache License, Version 2.0\n";
        assert_eq!(from_core_metadata(phrase).as_deref(), Some("Apache-2.0"));
    }

    #[test]
    fn pyproject_in_its_three_ways() {
        let expression = "[project]\nlicense = \"MIT\"\n";
        assert_eq!(from_pyproject(expression).as_deref(), Some("MIT"));
        let table = "[project]\nlicense = { text = \"ISC\" }\n";
        assert_eq!(from_pyproject(table).as_deref(), Some("ISC"));
        let classifier =
            "[project]\nclassifiers = [\"License :: OSI Approved :: Apache Software License\"]\n";
        assert_eq!(from_pyproject(classifier).as_deref(), Some("Apache-2.0"));
        assert_eq!(from_pyproject("not toml ["), None);
    }
}
