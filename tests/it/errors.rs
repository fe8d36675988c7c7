//! Error messages from the user's view: what happened, where, what to do next, and the exit code.

use crate::support::Bench;

#[test]
fn a_missing_corpus_is_named_with_a_hint() {
    let text = Bench::new().fails(1, &["build", "nowhere.toml"]);
    assert!(text.contains("nowhere.toml"), "{text}");
    assert!(text.contains("hint:"), "{text}");
}

#[test]
fn an_unknown_key_is_an_error_with_its_line_and_a_suggestion() {
    let bench = Bench::new();
    bench.write(
        "typo.toml",
        "name = \"typo\"\n\n[[source]]\nkind = \"git\"\nurl = \"x\"\nrevison = \"main\"\n",
    );
    let text = bench.fails(1, &["build", "typo.toml"]);
    assert!(text.contains("revison"), "{text}");
    assert!(text.contains("revision"), "{text}");
    assert!(text.contains('6'), "{text}");
}

#[test]
fn a_source_that_cannot_be_read_does_not_stop_the_others() {
    let bench = Bench::new();
    let corpus = std::fs::read_to_string(bench.path("corpus.toml")).unwrap();
    bench.write(
        "two.toml",
        &format!(
            "{corpus}\n[[source]]\nname = \"gone\"\nkind = \"git\"\nurl = \"./does-not-exist\"\n"
        ),
    );
    let text = bench.fails(3, &["build", "two.toml", "--store", "two.db"]);
    assert!(text.contains("source gone"), "{text}");
    let status = bench.ok(&["status", "--store", "two.db"]);
    assert!(status.contains("source_failed"), "{status}");
    assert!(status.contains("nondeterministic"), "{status}");
}

#[test]
fn credentials_are_written_nowhere() {
    let bench = Bench::new();
    bench.write(
        "secret.toml",
        "name = \"secret\"\n[[source]]\nkind = \"git\"\nurl = \"http://user:hunter2@127.0.0.1:9/x.git\"\n",
    );
    let output = bench.run(&["crawl", "secret.toml", "--store", "secret.db"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(!crate::support::stderr(&output).contains("hunter2"));
    for name in ["secret.db", "secret.db-wal"] {
        let bytes = std::fs::read(bench.path(name)).unwrap_or_default();
        assert!(!bytes.windows(7).any(|window| window == b"hunter2"));
    }
}

#[test]
fn a_file_that_is_not_a_store_is_refused_and_left_alone() {
    let bench = Bench::new();
    bench.write("notes.txt", "my notes");
    let text = bench.fails(1, &["status", "--store", "notes.txt"]);
    assert!(text.contains("notes.txt"), "{text}");
    let text = bench.fails(1, &["build", "corpus.toml", "--store", "notes.txt"]);
    assert!(text.contains("notes.txt"), "{text}");
    let left = std::fs::read_to_string(bench.path("notes.txt")).unwrap();
    assert_eq!(left, "my notes");
}

#[test]
fn a_missing_store_is_not_made_by_commands_that_read() {
    let bench = Bench::new();
    for command in [
        &["status"][..],
        &["show", "00"],
        &["export", "--out", "out"],
        &["extract"],
    ] {
        let text = bench.fails(1, command);
        assert!(text.contains("tracestone.db"), "{text}");
    }
    assert!(!bench.path("tracestone.db").exists());
}

#[test]
fn a_missing_python_is_a_clear_failure() {
    let bench = Bench::new();
    let text = bench.fails(1, &["build", "corpus.toml", "--python", "./no-such-python"]);
    assert!(text.contains("no-such-python"), "{text}");
    assert!(text.contains("--python"), "{text}");
}

#[test]
fn wrong_usage_ends_with_2() {
    let bench = Bench::new();
    bench.fails(2, &["build", "--no-such-flag"]);
    let text = bench.fails(2, &["export", "--out", "o", "--kind", "riddle"]);
    assert!(text.contains("next_line"), "{text}");
    bench.fails(2, &["verify"]);
    for (arguments, wanted) in [
        (&["build", "--max-steps", "20"][..], "100"),
        (&["build", "--max-memory", "1"], "64"),
        (&["build", "--max-cpu", "0"], "1"),
        (&["trace", "--max-steps", "99"], "100"),
        (
            &[
                "eval",
                "output",
                "--model",
                "mock/oracle",
                "--after",
                "2026-13-45",
            ],
            "2026-01-31",
        ),
        (
            &[
                "eval",
                "output",
                "--model",
                "mock/oracle",
                "--after",
                "2026-02-29",
            ],
            "2026-01-31",
        ),
        (
            &[
                "eval",
                "output",
                "--model",
                "mock/oracle",
                "--after",
                "2026-1-5",
            ],
            "2026-01-31",
        ),
        (
            &[
                "eval",
                "output",
                "--model",
                "mock/oracle",
                "--fail-under",
                "90",
            ],
            "from 0 to 1",
        ),
        (
            &[
                "eval",
                "output",
                "--model",
                "mock/oracle",
                "--temperature",
                "-1",
            ],
            "--temperature",
        ),
        (
            &[
                "eval",
                "output",
                "--model",
                "mock/oracle",
                "--max-tokens",
                "0",
            ],
            "1",
        ),
        (&["export", "--out", "o", "--split", "trian"], "validation"),
    ] {
        let text = bench.fails(2, arguments);
        assert!(text.contains(wanted), "{arguments:?}: {text}");
    }
}

#[test]
fn the_least_budgets_that_can_be_typed_run_programs() {
    let bench = Bench::new();
    let text = bench.ok(&[
        "build",
        "corpus.toml",
        "--max-steps",
        "100",
        "--max-memory",
        "64",
        "--max-cpu",
        "1",
        "--json",
    ]);
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(
        report["summary"]["samples_total"].as_u64().unwrap() > 0,
        "{text}"
    );
}

#[test]
fn doctor_says_what_is_there_and_what_is_missing() {
    let bench = Bench::new();
    let report: serde_json::Value = serde_json::from_str(&bench.ok(&["doctor", "--json"])).unwrap();
    assert_eq!(report["good"], true);
    let found = report["findings"].to_string();
    for name in [
        "python",
        "sandbox",
        "programs run in it",
        "git",
        "store",
        "disk",
    ] {
        assert!(found.contains(name), "{name} is not in {found}");
    }
    let output = bench.run(&["doctor", "--python", "nowhere/python"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("PROBLEM  python"), "{text}");
}

#[test]
fn without_a_sandbox_every_sample_says_so() {
    let bench = Bench::new();
    let output = bench.run(&[
        "build",
        "corpus.toml",
        "--store",
        "a.db",
        "--unsafe-no-sandbox",
    ]);
    assert!(output.status.success());
    assert!(crate::support::stderr(&output).contains("WITHOUT a sandbox"));
    bench.ok(&[
        "export", "--all", "--store", "a.db", "--out", "out", "--kind", "output",
    ]);
    let mut samples = 0;
    for (name, bytes) in bench.files("out") {
        if name.ends_with(".jsonl") {
            for line in String::from_utf8(bytes).unwrap().lines() {
                assert!(line.contains("NOT SANDBOXED"), "{line}");
                samples += 1;
            }
        }
    }
    assert!(samples > 0);
}
