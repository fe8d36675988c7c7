//! What exports look like from outside.

use crate::support::Bench;

fn built() -> Bench {
    let bench = Bench::new();
    bench.ok(&["build", "corpus.toml", "--store", "a.db"]);
    bench
}

#[test]
fn every_format_is_written_with_card_and_manifest() {
    let bench = built();
    // Which parts of the split are there depends on the path of the repository.
    for (format, ending) in [
        ("jsonl", ".jsonl"),
        ("parquet", "-00000-of-00001.parquet"),
        ("chat", ".jsonl"),
        ("cruxeval", "cruxeval.jsonl"),
        ("cwm", ".jsonl"),
    ] {
        bench.ok(&[
            "export", "--store", "a.db", "--format", format, "--out", format,
        ]);
        let names: Vec<_> = bench
            .files(format)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        for ending in [ending, "README.md", "manifest.json"] {
            assert!(
                names.iter().any(|name| name.ends_with(ending)),
                "{format}: {names:?}"
            );
        }
    }
}

#[test]
fn records_are_valid_against_the_published_schema() {
    let bench = built();
    bench.ok(&["export", "--store", "a.db", "--out", "out"]);
    let schema = include_str!("../../schemas/sample.schema.json");
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut seen = 0;
    for (name, bytes) in bench.files("out") {
        if !name.ends_with(".jsonl") {
            continue;
        }
        for line in String::from_utf8(bytes).unwrap().lines() {
            let record: serde_json::Value = serde_json::from_str(line).unwrap();
            if let Err(error) = validator.validate(&record) {
                panic!("{error} in {line}");
            }
            seen += 1;
        }
    }
    assert!(seen > 50, "only {seen} records");
}

#[test]
fn no_record_shows_what_its_doctests_expect() {
    let bench = built();
    bench.ok(&["export", "--store", "a.db", "--out", "out"]);
    for (name, bytes) in bench.files("out") {
        if !name.ends_with(".jsonl") {
            continue;
        }
        for line in String::from_utf8(bytes).unwrap().lines() {
            let sample: tracestone_record::Sample = serde_json::from_str(line).unwrap();
            for text in [&sample.program, &sample.prompt] {
                assert!(!text.contains(">>>"), "{text}");
                assert!(!text.contains("Traceback"), "{text}");
            }
            if sample.kind.is_executed() {
                assert!(
                    sample.prompt.contains(sample.program.trim_end()),
                    "{}",
                    sample.prompt
                );
            }
        }
    }
}

#[test]
fn filters_take_what_they_say_and_count_the_rest() {
    let bench = built();
    let text = bench.ok(&[
        "export",
        "--store",
        "a.db",
        "--out",
        "out",
        "--kind",
        "path,count",
        "--json",
    ]);
    let exported: serde_json::Value = serde_json::from_str(&text).unwrap();
    let records = bench
        .files("out")
        .into_iter()
        .filter(|(name, _)| name.ends_with(".jsonl"))
        .map(|(_, bytes)| String::from_utf8(bytes).unwrap())
        .collect::<String>();
    for line in records.lines() {
        let sample: tracestone_record::Sample = serde_json::from_str(line).unwrap();
        assert!(["path", "count"].contains(&sample.kind.name()));
    }
    assert_eq!(exported["rows"], records.lines().count());
    assert!(
        exported["left_out"]
            .as_object()
            .is_some_and(|map| !map.is_empty())
    );
}

#[test]
fn files_of_others_in_the_folder_are_kept() {
    let bench = built();
    std::fs::create_dir(bench.path("mine")).unwrap();
    bench.write("mine/thesis.txt", "irreplaceable");
    let text = bench.fails(1, &["export", "--store", "a.db", "--out", "mine"]);
    assert!(text.contains("mine"), "{text}");
    bench.ok(&["export", "--store", "a.db", "--out", "mine", "--overwrite"]);
    assert_eq!(
        std::fs::read_to_string(bench.path("mine/thesis.txt")).unwrap(),
        "irreplaceable"
    );
}
