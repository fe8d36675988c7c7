//! The record's columns as Arrow types; the dataset card's features come from them too.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};

/// The columns of the exported record, in the order of its fields.
pub(crate) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        text("id"),
        text("kind"),
        number("schema"),
        text("language").with_nullable(true),
        text("program"),
        structure("package", package()).with_nullable(true),
        text("entry"),
        text("setup"),
        text("call"),
        structure("question", question()),
        text("prompt"),
        text("answer"),
        list("other_answers", DataType::Utf8).with_nullable(true),
        text("answer_type"),
        text("rationale"),
        structure("facts", facts()),
        structure("input_origin", input_origin()).with_nullable(true),
        structure("provenance", provenance()),
        structure("evidence", evidence()),
        text("group"),
        text("split"),
    ]))
}

fn package() -> Vec<Field> {
    vec![
        text("module"),
        list("roots", DataType::Utf8),
        list("lines", DataType::UInt32),
        text("source"),
        list(
            "made",
            DataType::Struct(Fields::from(vec![text("path"), text("text")])),
        ),
        list("needs", DataType::Utf8),
    ]
}

fn question() -> Vec<Field> {
    vec![
        number("line").with_nullable(true),
        number("occurrence").with_nullable(true),
        text("variable").with_nullable(true),
        text("stream").with_nullable(true),
        text("callee").with_nullable(true),
        text("output").with_nullable(true),
        text("annotation").with_nullable(true),
        number("last_line").with_nullable(true),
        text("definition").with_nullable(true),
    ]
}

fn facts() -> Vec<Field> {
    vec![
        number("steps"),
        number("lines"),
        number("depth"),
        number("branches"),
        number("loops"),
        number("loop_depth"),
        number("calls"),
        number("value_bytes"),
        number("answer_bytes"),
        number("program_lines"),
        truth("answer_in_prompt"),
        list("trivial", DataType::Utf8),
        truth("many_inputs").with_nullable(true),
        number("runs").with_nullable(true),
    ]
}

fn input_origin() -> Vec<Field> {
    vec![
        text("kind"),
        text("path").with_nullable(true),
        number("line").with_nullable(true),
    ]
}

fn provenance() -> Vec<Field> {
    let license_evidence = vec![
        text("license"),
        text("method"),
        text("rule"),
        text("path"),
        number("line").with_nullable(true),
        text("detail").with_nullable(true),
        number("confidence"),
    ];
    vec![
        text("origin"),
        text("commit").with_nullable(true),
        text("commit_date").with_nullable(true),
        text("path"),
        list("lines", DataType::UInt32),
        text("swhid"),
        text("license"),
        truth("permissive"),
        list(
            "license_evidence",
            DataType::Struct(Fields::from(license_evidence)),
        ),
        list("inlined", DataType::Utf8).with_nullable(true),
    ]
}

fn evidence() -> Vec<Field> {
    vec![
        text("python"),
        number("runs"),
        list("hash_seeds", DataType::UInt32),
        text("trace").with_nullable(true),
        text("sandbox"),
        text("tool"),
    ]
}

fn text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, false)
}

fn number(name: &str) -> Field {
    Field::new(name, DataType::UInt32, false)
}

fn truth(name: &str) -> Field {
    Field::new(name, DataType::Boolean, false)
}

fn structure(name: &str, fields: Vec<Field>) -> Field {
    Field::new(name, DataType::Struct(Fields::from(fields)), false)
}

fn list(name: &str, item: DataType) -> Field {
    Field::new(name, DataType::new_list(item, true), false)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    /// The names of the columns below a field must be the names of the JSON Schema's properties.
    fn compare(path: &str, root: &Value, schema: &Value, fields: &Fields) {
        let properties = resolve(root, schema)["properties"].as_object().unwrap();
        let ours: BTreeSet<&str> = fields.iter().map(|field| field.name().as_str()).collect();
        let theirs: BTreeSet<&str> = properties.keys().map(String::as_str).collect();
        assert_eq!(ours, theirs, "the columns of {path} are not the record's");
        for field in fields {
            let below = format!("{path}.{}", field.name());
            let property = resolve(root, &properties[field.name()]);
            match field.data_type() {
                DataType::Struct(inner) => compare(&below, root, property, inner),
                DataType::List(item) => {
                    if let DataType::Struct(inner) = item.data_type() {
                        compare(&below, root, &property["items"], inner);
                    }
                }
                _ => {}
            }
        }
    }

    /// Follows references, and takes the type out of `type or null`.
    fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
        if let Some(reference) = schema["$ref"].as_str() {
            let pointer = reference.trim_start_matches('#');
            return resolve(root, root.pointer(pointer).unwrap());
        }
        match schema["anyOf"].as_array() {
            Some(choices) => resolve(root, &choices[0]),
            None => schema,
        }
    }

    #[test]
    fn every_field_of_the_record_is_a_column() {
        let root: Value = serde_json::from_str(&tracestone_record::sample_schema()).unwrap();
        compare("record", &root, &root, schema().fields());
    }
}
