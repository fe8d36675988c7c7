//! The card's YAML header.

use std::collections::BTreeSet;

use tracestone_record::Split;

use super::{expressions, line, title};
use crate::export::{ExportedFile, Format, Manifest};
use crate::table::{Column, Kind, sample_table};

/// Licence names that the hub knows: SPDX identifiers in lower case.
const HUB_LICENSES: &[&str] = &[
    "afl-3.0",
    "agpl-3.0",
    "apache-2.0",
    "artistic-2.0",
    "bsd-2-clause",
    "bsd-3-clause",
    "bsd-3-clause-clear",
    "bsl-1.0",
    "cc-by-2.0",
    "cc-by-3.0",
    "cc-by-4.0",
    "cc-by-sa-3.0",
    "cc-by-sa-4.0",
    "cc0-1.0",
    "ecl-2.0",
    "epl-1.0",
    "epl-2.0",
    "eupl-1.1",
    "eupl-1.2",
    "gpl-2.0",
    "gpl-3.0",
    "isc",
    "lgpl-2.1",
    "lgpl-3.0",
    "mit",
    "mpl-2.0",
    "ms-pl",
    "ncsa",
    "ofl-1.1",
    "osl-3.0",
    "postgresql",
    "unlicense",
    "wtfpl",
    "zlib",
];

/// The header with its fences.
pub(super) fn text(about: &Manifest, files: &[ExportedFile]) -> String {
    let mut out = String::from("---\n");
    line(&mut out, &format!("pretty_name: {}", quoted(&title(about))));
    licenses(&mut out, about);
    out.push_str("language:\n- en\n- code\n");
    out.push_str("task_categories:\n- text-generation\n- question-answering\n");
    line(
        &mut out,
        &format!("size_categories:\n- {}", size_category(about.rows)),
    );
    out.push_str("tags:\n- code\n- python\n- code-reasoning\n- execution-traces\n- tracestone\n");
    configurations(&mut out, about.format, files);
    if matches!(about.format, Format::Jsonl | Format::Parquet) && about.rows > 0 {
        out.push_str("dataset_info:\n  features:\n");
        features(&mut out, "  ", sample_table().fields());
    }
    out.push_str("---\n");
    out
}

/// A JSON string, which YAML reads too.
fn quoted(text: &str) -> String {
    tracestone_record::outside::json(&serde_json::Value::from(text).to_string()).into_owned()
}

fn licenses(out: &mut String, about: &Manifest) {
    let words: BTreeSet<&str> = expressions(about).into_iter().flat_map(hub_words).collect();
    if words.is_empty() {
        return;
    }
    out.push_str("license:\n");
    for word in &words {
        line(out, &format!("- {word}"));
    }
    if words.contains("other") {
        out.push_str("license_name: per-row\nlicense_link: README.md\n");
    }
}

/// The hub's names for the licences in an SPDX expression: `other` for those it does not know, `unknown`
/// where no licence was found.
fn hub_words(expression: &str) -> Vec<&'static str> {
    if expression == "NOASSERTION" || expression == "NONE" {
        return vec!["unknown"];
    }
    let mut words = Vec::new();
    let mut after_with = false;
    for part in expression
        .split([' ', '(', ')'])
        .filter(|part| !part.is_empty())
    {
        match part {
            "AND" | "OR" => {}
            "WITH" => after_with = true,
            // An exception only adds permissions to the licence before it.
            _ if after_with => after_with = false,
            license => words.push(hub_word(license)),
        }
    }
    words
}

fn hub_word(license: &str) -> &'static str {
    let lower = license.to_ascii_lowercase();
    let base = ["-or-later", "-only", "+"]
        .iter()
        .find_map(|suffix| lower.strip_suffix(suffix))
        .unwrap_or(&lower);
    let known = HUB_LICENSES.iter().find(|word| **word == base);
    known.copied().unwrap_or("other")
}

fn size_category(rows: u64) -> &'static str {
    match rows {
        0..1_000 => "n<1K",
        1_000..10_000 => "1K<n<10K",
        10_000..100_000 => "10K<n<100K",
        100_000..1_000_000 => "100K<n<1M",
        1_000_000..10_000_000 => "1M<n<10M",
        10_000_000..100_000_000 => "10M<n<100M",
        100_000_000..1_000_000_000 => "100M<n<1B",
        _ => "n>1B",
    }
}

/// Lists the files of each part of the split.
fn configurations(out: &mut String, format: Format, files: &[ExportedFile]) {
    let mut parts = Vec::new();
    for split in Split::ALL {
        let name = split.name();
        let ours = |file: &ExportedFile| {
            let base = file.path.rsplit('/').next().unwrap_or_default();
            base.starts_with(&format!("{name}-")) || base.starts_with(&format!("{name}."))
        };
        if let Some(file) = files.iter().find(|file| ours(file)) {
            let path = match format {
                Format::Parquet => format!("data/{name}-*.parquet"),
                _ => file.path.clone(),
            };
            parts.push((name, path));
        }
    }
    if parts.is_empty() {
        return;
    }
    out.push_str("configs:\n- config_name: default\n  data_files:\n");
    for (split, path) in parts {
        line(
            out,
            &format!("  - split: {split}\n    path: {}", quoted(&path)),
        );
    }
}

/// The features in the hub's own notation, so that JSON lines load with the types that Parquet has
/// although optional fields are absent from many of them.
fn features(out: &mut String, indent: &str, columns: &[Column]) {
    for column in columns {
        line(out, &format!("{indent}- name: {}", quoted(&column.name)));
        feature(out, &format!("{indent}  "), &column.kind);
    }
}

fn feature(out: &mut String, indent: &str, kind: &Kind) {
    match kind {
        Kind::Struct(inner) => {
            line(out, &format!("{indent}struct:"));
            features(out, indent, inner);
        }
        Kind::List(item) => match &item.kind {
            Kind::Struct(inner) => {
                line(out, &format!("{indent}list:"));
                features(out, indent, inner);
            }
            simple => line(out, &format!("{indent}list: {}", dtype(simple))),
        },
        simple => line(out, &format!("{indent}dtype: {}", dtype(simple))),
    }
}

fn dtype(kind: &Kind) -> &'static str {
    match kind {
        Kind::Truth => "bool",
        Kind::Unsigned => "uint32",
        Kind::Signed => "int32",
        _ => "string",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_become_the_words_of_the_hub() {
        assert_eq!(hub_words("MIT"), ["mit"]);
        assert_eq!(
            hub_words("(MIT OR Apache-2.0) AND GPL-3.0-or-later"),
            ["mit", "apache-2.0", "gpl-3.0"]
        );
        assert_eq!(
            hub_words("GPL-2.0-only WITH Classpath-exception-2.0"),
            ["gpl-2.0"]
        );
        assert_eq!(hub_words("Python-2.0"), ["other"]);
        assert_eq!(hub_words("NOASSERTION"), ["unknown"]);
    }
}
