//! Table of fields: names and types from the columns, descriptions from the JSON Schema.

use arrow::datatypes::{DataType, Fields};
use serde_json::Value;

use super::{line, own};
use crate::export::arrow_schema;

/// The fields of the record.
pub(super) fn record() -> String {
    // The schema is this build's own and always parses; without it, meanings would stay empty.
    let root = serde_json::from_str(&tracestone_record::sample_schema()).unwrap_or(Value::Null);
    let mut out = head();
    rows(&mut out, "", &root, &root, arrow_schema().fields());
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

fn rows(out: &mut String, path: &str, root: &Value, schema: &Value, fields: &Fields) {
    let properties = &resolve(root, schema)["properties"];
    for field in fields {
        let name = format!("{path}{}", field.name());
        let property = &properties[field.name()];
        let meaning = property["description"].as_str().unwrap_or_default();
        let maybe = if field.is_nullable() { "?" } else { "" };
        line(
            out,
            &format!(
                "| `{name}` | {}{maybe} | {} |",
                kind(field.data_type()),
                own(meaning)
            ),
        );
        match field.data_type() {
            DataType::Struct(inner) => rows(out, &format!("{name}."), root, property, inner),
            DataType::List(item) => {
                if let DataType::Struct(inner) = item.data_type() {
                    rows(out, &format!("{name}[]."), root, &property["items"], inner);
                }
            }
            _ => {}
        }
    }
}

fn kind(data_type: &DataType) -> String {
    match data_type {
        DataType::Struct(_) => "object".to_owned(),
        DataType::List(item) => format!("list of {}", kind(item.data_type())),
        DataType::Utf8 => "string".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        _ => "number".to_owned(),
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
