//! Licences that manifests of other tools state for a project: `package.json`, `Cargo.toml`, `CITATION.cff`.
//!
//! They are about the project beside its licence file. What they restrict holds, and a permissive licence in one
//! grants nothing.

use serde_json::Value;
use tracestone_record::LicenseRule;

use super::metadata::{Declared, Metadata};
use super::permissive::is_permissive;
use super::statement::{self, Family, Stated};

/// Beginning of the names of Android's empty files for licences.
const MODULE: &str = "MODULE_LICENSE_";

/// Folders with a recipe for the project around them.
const RECIPES: &[&str] = &[
    "conda",
    "conda-recipe",
    "conda.recipe",
    "conda_recipe",
    "recipe",
];

/// True for the name of such a manifest.
pub(super) fn is_manifest(name: &str) -> bool {
    name.starts_with(MODULE)
        || matches!(
            name,
            "CITATION.cff"
                | "Cargo.toml"
                | "README.chromium"
                | "blender_manifest.toml"
                | "codemeta.json"
                | "composer.json"
                | "meta.yaml"
                | "package.json"
                | "recipe.yaml"
        )
}

/// The folder that a file of metadata in a folder speaks for: a recipe does for the project around it.
pub(super) fn spoken_for<'a>(path: &str, folder: &'a str) -> &'a str {
    let (around, name) = folder.rsplit_once('/').unwrap_or(("", folder));
    match path.ends_with(".yaml") && RECIPES.contains(&name) {
        true => around,
        false => folder,
    }
}

/// The restricting statements of a manifest, by its name.
pub(super) fn read(path: &str, text: &str) -> Metadata {
    let name = path.rsplit('/').next().unwrap_or(path);
    let values = match name {
        "package.json" | "composer.json" | "codemeta.json" => in_json(text),
        "Cargo.toml" | "blender_manifest.toml" => in_toml(text),
        name if name.starts_with(MODULE) => vec![name[MODULE.len()..].replace('_', " ")],
        _ => in_lines(text),
    };
    // A citation's licence is often that of the article.
    let of_article = matches!(name, "CITATION.cff" | "codemeta.json");
    let mut found = Metadata::default();
    if let Some(stated) = restriction(&values, of_article) {
        let line = text
            .lines()
            .position(|line| line.to_lowercase().contains("licen"));
        found.declared.push(Declared {
            stated,
            rule: LicenseRule::LicenseField,
            line: line.unwrap_or(0),
        });
    }
    found
}

/// Restriction of values that offer a choice, if each of them restricts something.
fn restriction(values: &[String], of_article: bool) -> Option<Stated> {
    let stated: Option<Vec<Stated>> = values
        .iter()
        .map(|value| restricting(value, of_article))
        .collect();
    stated?.into_iter().next()
}

/// The licence that a value names and that is not permissive, or the reservation that it is.
pub(super) fn restricting(value: &str, of_article: bool) -> Option<Stated> {
    let value = value.trim().trim_matches(['"', '\'']);
    let value = value.strip_prefix("SPDX:").unwrap_or(value);
    match statement::stated(value) {
        Stated::License(id) => {
            let is_attribution = id.starts_with("CC-BY-") && !id.contains("NC");
            let is_free = is_permissive(&id) || (of_article && is_attribution);
            (!is_free).then_some(Stated::License(id))
        }
        stated @ Stated::Family(Family::Gnu | Family::Mozilla) => Some(stated),
        Stated::Unclear | Stated::Modified(_) => {
            const RESERVING: &[&str] = &[
                "closed",
                "commercial",
                "confidential",
                "eula",
                "noncommercial",
                "proprietary",
                "unlicensed",
            ];
            let lower = value.to_lowercase();
            let mut words = lower.split(|c: char| !c.is_alphanumeric());
            words
                .any(|word| RESERVING.contains(&word))
                .then_some(Stated::Unclear)
        }
        _ => None,
    }
}

/// Values of `license` and `licenses` in JSON.
fn in_json(text: &str) -> Vec<String> {
    fn texts(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => found.push(text.clone()),
            Value::Array(list) => list.iter().for_each(|value| texts(value, found)),
            Value::Object(map) => {
                let keys = ["type", "@id", "identifier", "name", "url"];
                if let Some(value) = keys.iter().find_map(|key| map.get(*key)) {
                    texts(value, found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    let Ok(Value::Object(map)) = serde_json::from_str::<Value>(text) else {
        return found;
    };
    for key in ["license", "licenses"] {
        if let Some(value) = map.get(key) {
            texts(value, &mut found);
        }
    }
    found
}

/// Values of `license` in TOML: at the top, of a package or of a workspace.
fn in_toml(text: &str) -> Vec<String> {
    let Ok(table) = text.parse::<toml::Table>() else {
        return Vec::new();
    };
    let places: [&[&str]; 3] = [&[], &["package"], &["workspace", "package"]];
    let tables = places.iter().filter_map(|place| {
        place
            .iter()
            .try_fold(&table, |table, key| table.get(*key)?.as_table())
    });
    let values = tables.filter_map(|table| table.get("license"));
    let texts = values.flat_map(|value| match value {
        toml::Value::Array(list) => list.iter().filter_map(toml::Value::as_str).collect(),
        value => Vec::from_iter(value.as_str()),
    });
    texts.map(str::to_owned).collect()
}

/// Values of lines such as `license: GPL-3.0`, and of the list below one.
fn in_lines(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_list = false;
    for line in text.lines() {
        let line = line.split(" #").next().unwrap_or(line).trim();
        if let Some(value) = line.strip_prefix("- ").filter(|_| in_list) {
            found.push(value.to_owned());
            continue;
        }
        in_list = false;
        let field = line.split_once(':');
        let Some((_, value)) = field.filter(|(key, _)| key.eq_ignore_ascii_case("license")) else {
            continue;
        };
        match value.trim() {
            "" => in_list = true,
            value => {
                let list = value.trim_matches(['[', ']']).split(',');
                found.extend(list.map(|value| value.trim().to_owned()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stated(path: &str, text: &str) -> Vec<Stated> {
        let declared = read(path, text).declared.into_iter();
        declared.map(|declared| declared.stated).collect()
    }

    #[test]
    fn manifests_that_restrict_something() {
        let gpl = Stated::License("GPL-3.0-only".to_owned());
        for (path, text, expected) in [
            (
                "package.json",
                "{\"license\": \"GPL-3.0-only\"}",
                gpl.clone(),
            ),
            (
                "a/package.json",
                "{\"license\": \"UNLICENSED\"}",
                Stated::Unclear,
            ),
            (
                "package.json",
                "{\"license\": {\"type\": \"GPL-3.0-only\"}}",
                gpl.clone(),
            ),
            (
                "Cargo.toml",
                "[package]\nlicense = \"GPL-3.0-only\"\n",
                gpl.clone(),
            ),
            (
                "blender_manifest.toml",
                "license = [\"SPDX:GPL-3.0-only\"]\n",
                gpl.clone(),
            ),
            (
                "meta.yaml",
                "about:\n  license: GPL-3.0-only\n",
                gpl.clone(),
            ),
            (
                "CITATION.cff",
                "cff-version: 1.2.0\nlicense: CC-BY-NC-4.0\n",
                Stated::License("CC-BY-NC-4.0".to_owned()),
            ),
            (
                "codemeta.json",
                "{\"license\": \"https://spdx.org/licenses/GPL-3.0-only\"}",
                gpl.clone(),
            ),
            ("README.chromium", "Name: foo\nLicense: GPL-3.0-only\n", gpl),
            ("MODULE_LICENSE_GPL", "", Stated::Family(Family::Gnu)),
        ] {
            assert_eq!(stated(path, text), [expected], "{path} {text}");
        }
    }

    #[test]
    fn manifests_that_restrict_nothing() {
        for (path, text) in [
            ("package.json", "{\"license\": \"ISC\", \"name\": \"GPL\"}"),
            ("package.json", "{\"license\": \"(MIT OR GPL-2.0)\"}"),
            (
                "package.json",
                "{\"licenses\": [{\"type\": \"MIT\"}, {\"type\": \"GPL-2.0\"}]}",
            ),
            ("package.json", "{\"license\": \"SEE LICENSE IN LICENSE\"}"),
            ("package.json", "not json"),
            ("Cargo.toml", "[package]\nlicense = \"MIT OR Apache-2.0\"\n"),
            ("CITATION.cff", "license:\n  - MIT\n  - GPL-3.0\n"),
            ("CITATION.cff", "license: CC-BY-4.0\n"),
            (
                "meta.yaml",
                "about:\n  license_family: GPL\n  license: BSD-3-Clause\n",
            ),
            ("MODULE_LICENSE_APACHE2", ""),
        ] {
            assert_eq!(stated(path, text), [], "{path} {text}");
        }
    }
}
