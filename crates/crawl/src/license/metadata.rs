//! The licence that a package's metadata states. Files of metadata are read, never run.

use tracestone_record::LicenseRule;

use super::manifests;
use super::python::{LITERAL, Literal, Source};
use super::statement::{self, Family, Stated};

/// Classifiers that mean one licence exactly.
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

/// One statement of a package's metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Declared {
    /// The stated licence.
    pub(super) stated: Stated,
    /// The metadata field of the statement.
    pub(super) rule: LicenseRule,
    /// Its line, counted from 0.
    pub(super) line: usize,
}

/// Licence statements of a metadata file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Metadata {
    /// Its statements; those that state nothing are left out.
    pub(super) declared: Vec<Declared>,
    /// Globs of the files that hold the licence, relative to the file's folder.
    pub(super) files: Vec<String>,
    /// Those of them that are said to be the licence, and not only to be among its files.
    pub(super) texts: Vec<String>,
}

impl Metadata {
    /// Parses a metadata file, by its name.
    pub(super) fn of(path: &str, text: &str) -> Self {
        match path.rsplit('/').next().unwrap_or(path) {
            "pyproject.toml" => pyproject(text),
            "setup.cfg" => setup_cfg(text),
            "setup.py" => setup_py(text),
            "__manifest__.py" | "__openerp__.py" => odoo(text),
            name if manifests::is_manifest(name) => manifests::read(path, text),
            _ => core_metadata(text),
        }
    }

    fn say(&mut self, stated: Stated, rule: LicenseRule, line: usize) {
        match stated {
            Stated::Nothing => {}
            Stated::Files(files) => self.read(files),
            stated => self.declared.push(Declared { stated, rule, line }),
        }
    }

    fn read(&mut self, files: Vec<String>) {
        self.texts.extend(files.iter().cloned());
        self.files.extend(files);
    }

    /// Takes in a value of an argument of `setup`, at its place in the code.
    fn say_setup(&mut self, source: &Source, value: usize) {
        let line = source.code[..value].matches('\n').count();
        let (stated, line) = setup_value(source, value, line);
        self.say(stated, LicenseRule::LicenseField, line);
    }

    /// Classifiers do not say how several licences go together, so all of them hold.
    fn classify<'a>(&mut self, classifiers: impl Iterator<Item = (&'a str, usize)>) {
        for (classifier, line) in classifiers {
            if let Some(stated) = classified(classifier) {
                self.say(stated, LicenseRule::Classifier, line);
            }
        }
    }
}

/// Licence stated by a classifier; `None` for classifiers about other things.
fn classified(classifier: &str) -> Option<Stated> {
    let rest = classifier.trim().strip_prefix("License ::")?;
    let name = rest.rsplit("::").next().unwrap_or(rest).trim();
    if name == "OSI Approved" {
        return Some(Stated::Nothing);
    }
    if let Some((_, id)) = CLASSIFIERS.iter().find(|(known, _)| *known == name) {
        return Some(Stated::License((*id).to_owned()));
    }
    // `GNU General Public License v3 or later (GPLv3+)`
    Some(match statement::stated(name) {
        Stated::License(id) if id.contains("GPL") => Stated::License(id),
        Stated::Family(family) => Stated::Family(family),
        _ if name == "Public Domain" => Stated::Family(Family::PublicDomain),
        _ => Stated::Unclear,
    })
}

/// `PKG-INFO`: the expression, else the free text and the classifiers.
fn core_metadata(text: &str) -> Metadata {
    let mut headers: Vec<(&str, String, usize)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() && !line.starts_with([' ', '\t']) {
            break;
        }
        if line.starts_with([' ', '\t']) {
            if let Some((_, value, _)) = headers.last_mut() {
                value.push('\n');
                value.push_str(line.trim());
            }
        } else if let Some((key, value)) = line.split_once(':') {
            headers.push((key.trim(), value.trim().to_owned(), index));
        }
    }
    let mut found = Metadata::default();
    let expression = headers
        .iter()
        .find(|(key, _, _)| *key == "License-Expression");
    if let Some((_, value, line)) = expression {
        found.say(statement::stated(value), LicenseRule::LicenseField, *line);
        return found;
    }
    for (_, value, line) in headers.iter().filter(|(key, _, _)| *key == "License") {
        found.say(statement::stated(value), LicenseRule::LicenseField, *line);
    }
    let classifiers = headers.iter().filter(|(key, _, _)| *key == "Classifier");
    found.classify(classifiers.map(|(_, value, line)| (value.as_str(), *line)));
    found
}

/// `pyproject.toml`: PEP 621 and PEP 639, Poetry and Flit.
fn pyproject(text: &str) -> Metadata {
    let mut found = Metadata::default();
    let Ok(table) = text.parse::<toml::Table>() else {
        // What cannot be read could say anything.
        let line = text
            .lines()
            .position(|line| line.trim_start().starts_with("license"));
        if let Some(line) = line {
            found.say(Stated::Unclear, LicenseRule::Unreadable, line);
        }
        return found;
    };
    for place in [
        &["project"][..],
        &["tool", "poetry"],
        &["tool", "flit", "metadata"],
        &["tool", "pdm"],
    ] {
        let section = place
            .iter()
            .try_fold(&table, |table, key| table.get(*key)?.as_table());
        if let Some(section) = section {
            pyproject_section(section, &place.join("."), text, &mut found);
        }
    }
    found
}

fn pyproject_section(section: &toml::Table, name: &str, text: &str, found: &mut Metadata) {
    let line = |key: &str| line_of(text, name, key);
    match section.get("license") {
        Some(toml::Value::String(license)) => {
            found.say(
                statement::stated(license),
                LicenseRule::LicenseField,
                line("license"),
            );
        }
        Some(toml::Value::Table(license)) => {
            let value = |key: &str| license.get(key).and_then(toml::Value::as_str);
            if let Some(text) = value("text") {
                found.say(
                    statement::stated(text),
                    LicenseRule::LicenseField,
                    line("license"),
                );
            }
            found.read(value("file").map(str::to_owned).into_iter().collect());
        }
        Some(_) => found.say(Stated::Unclear, LicenseRule::LicenseField, line("license")),
        None => {}
    }
    let files = section.get("license-files");
    let lists = match files {
        Some(toml::Value::Table(table)) => table.values().collect(),
        other => Vec::from_iter(other),
    };
    let globs = lists
        .into_iter()
        .filter_map(toml::Value::as_array)
        .flatten();
    found
        .files
        .extend(globs.filter_map(toml::Value::as_str).map(str::to_owned));
    let classifiers = section.get("classifiers").and_then(toml::Value::as_array);
    let classifiers = classifiers
        .into_iter()
        .flatten()
        .filter_map(toml::Value::as_str);
    found.classify(classifiers.map(|classifier| {
        let place = text.lines().position(|line| line.contains(classifier));
        (classifier, place.unwrap_or(0))
    }));
}

/// The line of a key in a section of a TOML file.
fn line_of(text: &str, section: &str, key: &str) -> usize {
    let mut inside = false;
    let found = text.lines().position(|line| {
        let line = line.trim_start();
        if let Some(header) = line.strip_prefix('[') {
            let header = header
                .split(']')
                .next()
                .unwrap_or(header)
                .replace(['"', ' '], "");
            inside = header == section || header == format!("{section}.{key}");
            return header == format!("{section}.{key}");
        }
        inside && line.starts_with(key) && line[key.len()..].trim_start().starts_with(['=', '.'])
    });
    found.unwrap_or(0)
}

/// Parses a `setup.cfg` file.
fn setup_cfg(text: &str) -> Metadata {
    let mut found = Metadata::default();
    let mut section = String::new();
    let mut fields: Vec<(String, Vec<(String, usize)>)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            section = name.split(']').next().unwrap_or(name).trim().to_owned();
        } else if section != "metadata" {
            continue;
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, values)) = fields.last_mut() {
                values.push((trimmed.to_owned(), index));
            }
        } else if let Some((key, value)) = line.split_once(['=', ':']) {
            let key = key.trim().to_lowercase().replace('-', "_");
            fields.push((key, vec![(value.trim().to_owned(), index)]));
        }
    }
    for (key, values) in &fields {
        let line = values.first().map_or(0, |(_, line)| *line);
        let joined = values
            .iter()
            .map(|(value, _)| value.as_str())
            .collect::<Vec<_>>()
            .join("\n");
        match key.as_str() {
            "license" | "licence" | "license_expression" => {
                let stated = match joined.trim().strip_prefix("file:") {
                    Some(files) => Stated::Files(listed(files)),
                    None => statement::stated(&joined),
                };
                found.say(stated, LicenseRule::LicenseField, line);
            }
            "license_file" => found.read(listed(&joined)),
            "license_files" => found.files.extend(listed(&joined)),
            "classifiers" | "classifier" => {
                found.classify(values.iter().map(|(value, line)| (value.as_str(), *line)));
            }
            _ => {}
        }
    }
    found
}

fn listed(text: &str) -> Vec<String> {
    let parts = text.split([',', '\n', ' ']).map(str::trim);
    parts
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Parses a `setup.py` file; only the texts of `license=` and the classifiers are read.
fn setup_py(text: &str) -> Metadata {
    let mut found = Metadata::default();
    let source = Source::of(text);
    if !source.code.contains("setup(") {
        return found;
    }
    for key in ["license=", "licence=", "license_expression="] {
        for (place, _) in source.code.match_indices(key) {
            let before = source.code[..place].trim_end().chars().next_back();
            if !before.is_some_and(|c| matches!(c, '(' | ',')) {
                continue;
            }
            found.say_setup(&source, place + key.len());
        }
    }
    // `setup(**meta)` takes what a dictionary holds.
    if source.code.contains("**") {
        for value in dictionary_values(&source) {
            found.say_setup(&source, value);
        }
    }
    let classifiers = source
        .literals
        .iter()
        .map(|literal| (literal.text.as_str(), literal.line));
    found.classify(classifiers);
    found
}

/// Parses the manifest of an Odoo module, a dictionary.
fn odoo(text: &str) -> Metadata {
    let mut found = Metadata::default();
    let source = Source::of(text);
    for value in dictionary_values(&source) {
        found.say_setup(&source, value);
    }
    found
}

/// Places of the values that dictionaries have for a licence: `{"license": ..}`, `meta["license"] = ..`.
fn dictionary_values(source: &Source) -> Vec<usize> {
    const KEYS: [&str; 3] = ["license", "licence", "license_expression"];
    let places = source.code.match_indices(LITERAL);
    let value = |((place, _), literal): ((usize, &str), &Literal)| {
        let after = place + LITERAL.len_utf8();
        let rest = source.code.get(after..)?;
        let sign = [":", "]=", ","]
            .iter()
            .find(|sign| rest.starts_with(**sign))?;
        let before = &source.code[..place];
        let is_key = match *sign {
            "]=" => before.ends_with('['),
            "," => before.ends_with("setdefault(") || before.ends_with("(("),
            _ => true,
        };
        let is_value = KEYS.contains(&literal.text.as_str()) && is_key && !rest.starts_with("]==");
        is_value.then_some(after + sign.len())
    };
    places.zip(&source.literals).filter_map(value).collect()
}

/// Licence stated by an argument of `setup`: a text, the name of one, or the content of a file.
fn setup_value(source: &Source, place: usize, line: usize) -> (Stated, usize) {
    if let Some(literal) = source.literal_at(place) {
        // `'MIT' if .. else 'GPL'` is one or the other, and `'MIT' + x` is not known.
        let rest = &source.code[place + LITERAL.len_utf8()..];
        return match rest.starts_with("if") || rest.starts_with(['+', '%', LITERAL]) {
            true => (Stated::Unclear, literal.line),
            false => (statement::stated(&literal.text), literal.line),
        };
    }
    let rest = &source.code[place..];
    let name_end = rest
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(rest.len());
    let (name, after) = rest.split_at(name_end);
    if name == "None" {
        return (Stated::Nothing, line);
    }
    let assignment = format!("\n{name}=");
    let code = format!("\n{}", source.code);
    if after.starts_with([',', ')', '}', '\n'])
        && let Some(assigned) = code.find(&assignment)
        && let Some(literal) = source.literal_at(assigned + assignment.len() - 1)
    {
        return (statement::stated(&literal.text), literal.line);
    }
    // `open('LICENSE').read()` and functions that read a file.
    let call = &rest[..rest.find([',', '\n']).unwrap_or(rest.len())];
    match call
        .find(LITERAL)
        .and_then(|at| source.literal_at(place + at))
    {
        Some(literal) if call.contains('(') => {
            (Stated::Files(vec![literal.text.clone()]), literal.line)
        }
        _ => (Stated::Unclear, line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stated(name: &str, text: &str) -> Vec<Stated> {
        let declared = Metadata::of(name, text).declared.into_iter();
        declared.map(|declared| declared.stated).collect()
    }

    fn license(id: &str) -> Stated {
        Stated::License(id.to_owned())
    }

    #[test]
    fn expression_then_text_and_classifiers() {
        let all = "Name: x\nLicense: ISC\nLicense-Expression: MIT OR Apache-2.0\n\nLicense: 0BSD";
        assert_eq!(stated("PKG-INFO", all), [license("MIT OR Apache-2.0")]);
        let text = "License: see LICENSE\nClassifier: License :: OSI Approved :: MIT License\n";
        assert_eq!(stated("PKG-INFO", text), [license("MIT")]);
        let family = "Classifier: License :: OSI Approved :: BSD License\n";
        assert_eq!(stated("PKG-INFO", family), [Stated::Family(Family::Bsd)]);
        assert_eq!(
            stated("PKG-INFO", "License: GNU GPL v2\n"),
            [license("GPL-2.0-only")]
        );
        let folded = format!("License: MIT License\n        \n{}", indented(MIT));
        assert_eq!(stated("PKG-INFO", &folded), [license("MIT")]);
        let other = "Classifier: License :: Other/Proprietary License\n";
        assert_eq!(stated("PKG-INFO", other), [Stated::Unclear]);
    }

    const MIT: &str = include_str!("../../../../LICENSE-MIT");

    fn indented(text: &str) -> String {
        text.lines()
            .map(|line| format!("        {line}\n"))
            .collect()
    }

    #[test]
    fn pyproject_in_its_ways() {
        let line = |text: &str| Metadata::of("pyproject.toml", text).declared[0].line;
        for (text, id) in [
            ("[project]\nlicense = \"MIT\"\n", "MIT"),
            (
                "[project]\nname = \"x\"\nlicense = { text = \"ISC\" }\n",
                "ISC",
            ),
            ("[project.license]\ntext = \"ISC\"\n", "ISC"),
            (
                "[tool.poetry]\nlicense = \"GPL-3.0-only\"\n",
                "GPL-3.0-only",
            ),
            (
                "[project]\nclassifiers = [\n\"License :: OSI Approved :: Apache Software License\"]\n",
                "Apache-2.0",
            ),
        ] {
            assert_eq!(stated("a/pyproject.toml", text), [license(id)], "{text}");
        }
        assert_eq!(
            line("[a]\nlicense = 1\n[project]\nx = 1\nlicense = \"MIT\"\n"),
            4
        );
        let files =
            "[project]\nlicense = {file = \"TERMS\"}\n[tool.poetry]\nlicense-files = [\"L/*\"]\n";
        assert_eq!(
            Metadata::of("pyproject.toml", files).files,
            ["TERMS", "L/*"]
        );
        assert_eq!(stated("pyproject.toml", "[project]\nname = \"x\"\n"), []);
        assert_eq!(
            stated("pyproject.toml", "license = [broken"),
            [Stated::Unclear]
        );
        assert_eq!(
            stated("pyproject.toml", "[project]\nlicense = \"Custom\"\n"),
            [Stated::Unclear]
        );
    }

    #[test]
    fn manifests_of_odoo() {
        for (text, expected) in [
            (
                "{'name': 'x', 'license': 'AGPL-3'}\n",
                license("AGPL-3.0-only"),
            ),
            (
                "# -*- coding: utf-8 -*-\n{\n 'license': 'OPL-1',\n}\n",
                Stated::Unclear,
            ),
        ] {
            assert_eq!(stated("mod/__manifest__.py", text), [expected], "{text}");
        }
        assert_eq!(stated("mod/__manifest__.py", "{'name': 'license'}\n"), []);
    }

    #[test]
    fn setup_cfg_and_setup_py() {
        let cfg = "[metadata]\nname = x\nlicense = GPLv3\nclassifiers =\n    License :: OSI Approved :: MIT License\n[x]\nlicense = ISC\n";
        assert_eq!(
            stated("setup.cfg", cfg),
            [license("GPL-3.0-only"), license("MIT")]
        );
        let files = Metadata::of(
            "setup.cfg",
            "[metadata]\nlicense = file: TERMS.txt\nlicense_files =\n  A\n  B\n",
        );
        assert_eq!(files.files, ["TERMS.txt", "A", "B"]);
        for (text, expected) in [
            (
                "from setuptools import setup\nsetup(name='x', license='GPLv3')\n",
                license("GPL-3.0-only"),
            ),
            (
                "LICENSE = 'MIT'\nsetup(\n    license = LICENSE,\n)\n",
                license("MIT"),
            ),
            ("setup(license=choose())\n", Stated::Unclear),
            (
                "setup(classifiers=['License :: OSI Approved :: ISC License (ISCL)'])\n",
                license("ISC"),
            ),
        ] {
            assert_eq!(stated("setup.py", text), [expected], "{text}");
        }
        for text in [
            "meta = {\"name\": \"x\", \"license\": \"GPLv3\"}\nsetup(**meta)\n",
            "setup(**{\"name\": \"x\", \"license\": \"GPLv3\"})\n",
            "meta = {}\nmeta[\"license\"] = \"GPLv3\"\nsetup(**meta)\n",
            "meta.setdefault('license', 'GPLv3')\nsetup(**meta)\n",
            "meta = dict(name='x', license='GPLv3')\nsetup(**meta)\n",
        ] {
            assert_eq!(
                stated("setup.py", text),
                [license("GPL-3.0-only")],
                "{text}"
            );
        }
        let other = "meta = {'license_file': 'GPL', 'x': 'license'}\nif m['license'] == 'GPL': pass\nsetup(**meta)\n";
        assert_eq!(stated("setup.py", other), []);
        assert_eq!(
            stated("setup.py", "setup(license='MIT' ' and more')\n"),
            [Stated::Unclear]
        );
        let read = Metadata::of("setup.py", "setup(license=open('TERMS').read())\n");
        assert_eq!(
            (read.files, read.declared),
            (vec!["TERMS".to_owned()], vec![])
        );
        assert_eq!(stated("setup.py", "def f(license='GPL'): pass\n"), []);
    }
}
