//! Exports as seen from outside.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tracestone_record::Sample;

use crate::support::{Bench, stderr};

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
        ("cruxeval", "cruxeval_ids.jsonl"),
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
    bench.ok(&["export", "--all", "--store", "a.db", "--out", "out"]);
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
    bench.ok(&["export", "--all", "--store", "a.db", "--out", "out"]);
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

/// The names of everything that an export may leave half made, in a folder and the one above it.
fn staging(bench: &Bench, folder: &str) -> Vec<String> {
    let mut left = Vec::new();
    for place in [bench.path("."), bench.path(folder)] {
        let Ok(entries) = std::fs::read_dir(place) else {
            continue;
        };
        let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        left.extend(names.filter(|name| name.starts_with(".tracestone")));
    }
    left
}

#[test]
fn an_earlier_export_is_replaced_only_where_that_was_typed() {
    let bench = built();
    let export = [
        "export",
        "--all",
        "--store",
        "a.db",
        "--out",
        "out",
        "--license-policy",
        "any",
    ];
    bench.ok(&export);
    let before = bench.files("out");
    let refused = bench.fails(1, &[&export[..], &["--format", "parquet"]].concat());
    assert!(
        refused.contains("earlier export") && refused.contains("--overwrite"),
        "{refused}"
    );
    assert_eq!(bench.files("out"), before);
    let empty = [&export[..], &["--overwrite", "--limit", "0"]].concat();
    let refused = bench.fails(1, &empty);
    assert!(refused.contains("was kept"), "{refused}");
    assert_eq!(bench.files("out"), before);
    bench.ok(&[&export[..], &["--overwrite", "--format", "parquet"]].concat());
    let names: Vec<_> = bench
        .files("out")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert!(
        names.iter().all(|name| !name.ends_with(".jsonl")),
        "{names:?}"
    );
    let refused = bench.fails(
        1,
        &[
            "export", "--store", "a.db", "--out", "o", "--style", "direct",
        ],
    );
    assert!(refused.contains("--format chat"), "{refused}");
}

#[test]
fn totals_are_true() {
    let bench = built();
    let text = bench.ok(&[
        "export", "--all", "--store", "a.db", "--out", "out", "--kind", "path",
    ]);
    let status: serde_json::Value =
        serde_json::from_str(&bench.ok(&["status", "--store", "a.db", "--json"])).unwrap();
    let last = text.lines().last().unwrap();
    let total = status["samples_total"].as_u64().unwrap();
    assert!(
        last.ends_with(&format!("{total} samples in the store")),
        "{last}"
    );
    let rows: usize = bench
        .files("out")
        .iter()
        .filter(|(name, _)| name.ends_with(".jsonl"))
        .map(|(_, bytes)| bytes.iter().filter(|byte| **byte == b'\n').count())
        .sum();
    assert!(
        last.starts_with(&format!(
            "{rows} rows and {} left out",
            total as usize - rows
        )),
        "{last}"
    );
}

#[test]
fn whenever_an_export_is_killed_the_next_one_leaves_nothing_of_it() {
    let bench = built();
    for (format, overwrite) in [("jsonl", false), ("parquet", true)] {
        let mut export = vec![
            "export", "--all", "--store", "a.db", "--format", format, "--out",
        ];
        bench.ok(&[&export[..], &["good"]].concat());
        let good = bench.files("good");
        export.push("out");
        if overwrite {
            export.push("--overwrite");
        }
        for milliseconds in 0..40 {
            let mut killed = bench
                .command(&export)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            std::thread::sleep(Duration::from_millis(milliseconds));
            killed.kill().unwrap();
            killed.wait().unwrap();
            let there = bench.path("out/manifest.json").exists();
            if there && !overwrite {
                assert_eq!(
                    bench.files("out"),
                    good,
                    "a folder with a manifest is whole"
                );
                std::fs::remove_dir_all(bench.path("out")).unwrap();
            }
            bench.ok(&export);
            assert_eq!(staging(&bench, "out"), [""; 0], "after {milliseconds} ms");
            assert_eq!(bench.files("out"), good, "after {milliseconds} ms");
            if !overwrite {
                std::fs::remove_dir_all(bench.path("out")).unwrap();
            }
        }
        std::fs::remove_dir_all(bench.path("good")).unwrap();
    }
}

#[test]
fn the_first_ctrl_c_ends_an_export_and_a_count_of_coverage() {
    let bench = built();
    for command in [
        &[
            "export", "--store", "a.db", "--format", "parquet", "--out", "out",
        ][..],
        &["status", "--store", "a.db", "--coverage"],
    ] {
        let mut interrupted = 0;
        for milliseconds in 0..60 {
            let child = bench
                .command(command)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            std::thread::sleep(Duration::from_millis(milliseconds));
            let id = child.id().to_string();
            let sent = std::process::Command::new("kill")
                .args(["-INT", &id])
                .status()
                .unwrap();
            let since = Instant::now();
            let output = child.wait_with_output().unwrap();
            assert!(since.elapsed() < Duration::from_secs(2));
            match output.status.code() {
                Some(130) => {
                    interrupted += 1;
                    assert!(!bench.path("out").exists(), "{}", stderr(&output));
                }
                Some(0) => drop(std::fs::remove_dir_all(bench.path("out"))),
                // Before the program listens, the signal ends it.
                None => {}
                other => panic!("{other:?} after {sent}: {}", stderr(&output)),
            }
            assert_eq!(staging(&bench, "out"), [""; 0]);
        }
        assert!(interrupted > 0, "{command:?} was never caught at work");
    }
}

#[test]
fn two_exports_into_one_folder_do_not_mix() {
    let bench = built();
    bench.ok(&["export", "--store", "a.db", "--out", "good"]);
    let good = bench.files("good");
    for round in 0..20 {
        let out = format!("out-{round}");
        if round % 2 == 1 {
            std::fs::create_dir(bench.path(&out)).unwrap();
        }
        let export = ["export", "--store", "a.db", "--out", &out];
        let started: Vec<_> = (0..3)
            .map(|_| {
                bench
                    .command(&export)
                    .stdout(Stdio::null())
                    .stderr(Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        let mut done = 0;
        for child in started {
            let output = child.wait_with_output().unwrap();
            match output.status.code() {
                Some(0) => done += 1,
                code => {
                    let text = stderr(&output);
                    let told = text.contains("another tracestone")
                        || text.contains("earlier export")
                        || text.contains("created during the export");
                    assert!(code == Some(1) && told, "{text}");
                }
            }
        }
        assert_eq!(done, 1, "round {round}");
        assert_eq!(bench.files(&out), good);
        assert_eq!(staging(&bench, &out), [""; 0]);
    }
}

#[test]
fn conversations_ask_what_the_tasks_of_eval_ask() {
    let bench = built();
    for style in ["direct", "steps"] {
        bench.ok(&[
            "export", "--all", "--store", "a.db", "--format", "chat", "--style", style, "--out",
            style,
        ]);
        bench.ok(&[
            "export",
            "--all",
            "--store",
            "a.db",
            "--out",
            "records",
            "--overwrite",
        ]);
        let lines = |folder: &str| -> Vec<serde_json::Value> {
            let files = bench.files(folder).into_iter();
            files
                .filter(|(name, _)| name.ends_with(".jsonl"))
                .flat_map(|(_, bytes)| {
                    let text = String::from_utf8(bytes).unwrap();
                    text.lines()
                        .map(|line| serde_json::from_str(line).unwrap())
                        .collect::<Vec<_>>()
                })
                .collect()
        };
        let mut task =
            tracestone_eval::task::Task::embedded("output", tracestone_eval::track::Tracks::NONE)
                .unwrap()
                .unwrap();
        task.set_parameters(&[("style".to_owned(), style.to_owned())])
            .unwrap();
        let asked: BTreeMap<String, String> = lines(style)
            .iter()
            .map(|row| {
                let question = row["messages"][0]["content"].as_str().unwrap();
                (row["id"].as_str().unwrap().to_owned(), question.to_owned())
            })
            .collect();
        let mut compared = 0;
        for record in lines("records") {
            let sample: Sample = serde_json::from_value(record).unwrap();
            if sample.kind != tracestone_record::SampleKind::Output {
                continue;
            }
            let item = tracestone_eval::item::from_sample(&sample);
            let messages = task.render(&item).unwrap();
            let prompt = &messages.last().unwrap().content;
            assert_eq!(asked[&sample.id.to_string()].trim_end(), prompt.trim_end());
            compared += 1;
        }
        assert!(compared > 3);
    }
}
