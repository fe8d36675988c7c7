//! Table of fields: names and types from the columns, descriptions from the JSON Schema.

use serde_json::Value;

use super::{line, own};
use crate::table::{Column, Kind, sample_table};

/// The fields of the record.
pub(super) fn record() -> String {
    // The schema is this build's own and always parses; without it, meanings would stay empty.
    let root = serde_json::from_str(&tracestone_record::sample_schema()).unwrap_or(Value::Null);
    let mut out = head();
    rows(&mut out, "", &root, &root, sample_table().fields());
    out
}

/// A table of fields that are written down by hand.
pub(super) fn table(fields: &[(&str, &str, &str)]) -> String {
    let mut out = head();
    for (name, kind, meaning) in fields {
        line(&mut out, &format!("| `{name}` | {kind} | {meaning} |"));
    }
    out
}

fn head() -> String {
    "| field | type | meaning |\n|---|---|---|\n".to_owned()
}

fn rows(out: &mut String, path: &str, root: &Value, schema: &Value, columns: &[Column]) {
    let properties = &resolve(root, schema)["properties"];
    for column in columns {
        let name = format!("{path}{}", column.name);
        let property = &properties[&column.name];
        let meaning = property["description"].as_str().unwrap_or_default();
        let maybe = if column.nullable { "?" } else { "" };
        line(
            out,
            &format!(
                "| `{name}` | {}{maybe} | {} |",
                kind(&column.kind),
                own(meaning)
            ),
        );
        match &column.kind {
            Kind::Struct(inner) => rows(out, &format!("{name}."), root, property, inner),
            Kind::List(item) => {
                let items = &property["items"];
                rows(out, &format!("{name}[]."), root, items, item.fields());
            }
            _ => {}
        }
    }
}

fn kind(kind_of: &Kind) -> String {
    match kind_of {
        Kind::Struct(_) => "object".to_owned(),
        Kind::List(item) => format!("list of {}", kind(&item.kind)),
        Kind::Text => "string".to_owned(),
        Kind::Truth => "boolean".to_owned(),
        Kind::Unsigned | Kind::Signed => "number".to_owned(),
    }
}

/// Follows references, and takes the type out of `type or null`.
fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#'));
        return target.map_or(schema, |target| resolve(root, target));
    }
    match schema["anyOf"]
        .as_array()
        .and_then(|choices| choices.first())
    {
        Some(choice) => resolve(root, choice),
        None => schema,
    }
}
