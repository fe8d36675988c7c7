//! The JSON Schemas under `schemas/` are those of the code.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, and says where"
)]

use std::path::Path;

#[test]
fn the_sample_schema_is_up_to_date() {
    check("sample.schema.json", &tracestone_record::sample_schema());
}

#[test]
fn the_ledger_schema_is_up_to_date() {
    check("ledger.schema.json", &tracestone_record::ledger_schema());
}

#[test]
fn the_schema_of_debugger_sessions_is_up_to_date() {
    check(
        "debugger.schema.json",
        &tracestone_forms::debugger::row_schema(),
    );
}

fn check(name: &str, schema: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    let path = folder.join(name);
    if std::env::var_os("TRACESTONE_UPDATE_SCHEMAS").is_some_and(|value| value == "1") {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&path, schema).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == schema,
        "schemas/{name} is out of date; run \
         `TRACESTONE_UPDATE_SCHEMAS=1 cargo test -p tracestone-store --test schema`"
    );
}
