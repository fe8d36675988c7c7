//! `schemas/corpus.schema.json` is the schema of the code.

use std::path::Path;

#[test]
fn the_schema_of_corpus_json_is_up_to_date() {
    let schema = tracestone_karel::corpus::corpus_schema();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/corpus.schema.json");
    if std::env::var_os("TRACESTONE_UPDATE_SCHEMAS").is_some_and(|value| value == "1") {
        std::fs::write(&path, &schema).expect("the schema is writable");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == schema,
        "schemas/corpus.schema.json is out of date; run \
         `TRACESTONE_UPDATE_SCHEMAS=1 cargo test -p tracestone-karel --test schema`"
    );
}
