//! The JSON Schemas under `schemas/` are those of the code.

use std::path::Path;

#[test]
fn the_sample_schema_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/sample.schema.json");
    let schema = tracestone_record::sample_schema();
    if std::env::var_os("TRACESTONE_UPDATE_SCHEMAS").is_some_and(|value| value == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &schema).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == schema,
        "schemas/sample.schema.json is out of date; run \
         `TRACESTONE_UPDATE_SCHEMAS=1 cargo test -p tracestone-store --test schema`"
    );
}
