//! The main job: what a build makes of a small repository, and that it always makes the same.

use std::process::Stdio;
use std::time::Duration;

use crate::support::{Bench, git};

/// Exports a store with licences ignored and gives the files.
fn exported(bench: &Bench, store: &str) -> Vec<(String, Vec<u8>)> {
    let out = format!("out-{store}");
    bench.ok(&[
        "export",
        "--all",
        "--store",
        store,
        "--out",
        &out,
        "--license-policy",
        "any",
        "--overwrite",
    ]);
    bench.files(&out)
}

fn summary(bench: &Bench, store: &str) -> serde_json::Value {
    serde_json::from_str(&bench.ok(&["status", "--store", store, "--json"])).unwrap()
}

#[test]
fn a_build_makes_samples_and_says_why_it_left_things_out() {
    let bench = Bench::new();
    let text = bench.ok(&["build", "corpus.toml", "--store", "a.db"]);
    assert!(text.contains("samples"), "{text}");
    assert!(
        text.contains("answer"),
        "the build ends with a sample: {text}"
    );

    let status = bench.ok(&["status", "--store", "a.db"]);
    for reason in [
        "needs_package",
        "nondeterministic",
        "over_budget",
        "not_utf8",
        "python2",
        "syntax_errors",
    ] {
        assert!(
            status.contains(reason),
            "{reason} is not counted in\n{status}"
        );
    }
    let samples = exported(&bench, "a.db")
        .into_iter()
        .filter(|(name, _)| name.ends_with(".jsonl"))
        .map(|(_, bytes)| String::from_utf8(bytes).unwrap())
        .collect::<String>();
    for kind in tracestone_record::SampleKind::ALL {
        let needle = format!("\"kind\":\"{}\"", kind.name());
        assert!(
            samples.contains(&needle),
            "no sample of kind {}",
            kind.name()
        );
    }
    assert!(samples.contains("\"parametrize\""), "test tables are mined");
}

#[test]
fn neither_jobs_nor_a_kill_nor_a_second_run_changes_a_byte() {
    let bench = Bench::new();
    bench.ok(&["build", "corpus.toml", "--store", "one.db", "--jobs", "1"]);
    bench.ok(&["build", "corpus.toml", "--store", "four.db", "--jobs", "4"]);
    let expected = exported(&bench, "one.db");
    assert_eq!(expected, exported(&bench, "four.db"));

    for milliseconds in [150, 400, 700, 1100] {
        let mut build = bench
            .command(&["build", "corpus.toml", "--store", "killed.db"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        build.kill().unwrap();
        build.wait().unwrap();
    }
    bench.ok(&["build", "corpus.toml", "--store", "killed.db"]);
    assert_eq!(expected, exported(&bench, "killed.db"));

    let again = bench.ok(&["build", "corpus.toml", "--store", "one.db", "--json"]);
    let again: serde_json::Value = serde_json::from_str(&again).unwrap();
    for stage in again["stages"].as_array().unwrap() {
        assert_eq!(stage["done"], 0, "finished work was done again: {stage}");
        assert!(stage["reused"].as_u64().unwrap() > 0, "{stage}");
    }
    assert_eq!(expected, exported(&bench, "one.db"));
}

#[test]
fn the_stages_alone_make_what_build_makes() {
    let bench = Bench::new();
    bench.ok(&["build", "corpus.toml", "--store", "whole.db"]);
    bench.ok(&["crawl", "corpus.toml", "--store", "steps.db"]);
    bench.ok(&["extract", "--store", "steps.db"]);
    bench.ok(&["trace", "--store", "steps.db"]);
    bench.ok(&["sample", "--store", "steps.db"]);
    assert_eq!(exported(&bench, "whole.db"), exported(&bench, "steps.db"));
}

#[test]
fn a_new_commit_replaces_what_the_old_one_gave() {
    let bench = Bench::new();
    bench.ok(&["build", "corpus.toml", "--store", "a.db"]);
    let before = summary(&bench, "a.db");
    let repository = bench.path("repository");
    std::fs::write(
        repository.join("more.py"),
        "def double(x):\n    \"\"\"Twice as much as what it is given.\n\n    >>> double(4)\n    8\n    \"\"\"\n    y = x + x\n    return y\n",
    )
    .unwrap();
    std::fs::remove_file(repository.join("text.py")).unwrap();
    git(&repository, &["add", "--all"]);
    git(&repository, &["commit", "--quiet", "--message=Second"]);
    bench.ok(&["build", "corpus.toml", "--store", "a.db"]);
    bench.ok(&["build", "corpus.toml", "--store", "fresh.db"]);
    assert_eq!(exported(&bench, "a.db"), exported(&bench, "fresh.db"));
    assert_ne!(before, summary(&bench, "a.db"));
}

#[test]
fn verify_accepts_what_was_built_and_catches_a_changed_answer() {
    let bench = Bench::new();
    bench.ok(&["build", "corpus.toml", "--store", "a.db"]);
    let text = bench.ok(&["verify", "--store", "a.db"]);
    assert!(text.contains("0 do not hold"), "{text}");

    let records: Vec<_> = exported(&bench, "a.db")
        .into_iter()
        .filter(|(name, _)| name.ends_with(".jsonl"))
        .flat_map(|(_, bytes)| {
            let text = String::from_utf8(bytes).unwrap();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    for kind in tracestone_record::SampleKind::ALL {
        if !kind.is_executed() {
            continue;
        }
        let record = records
            .iter()
            .find(|record| record.contains(&format!("\"kind\":\"{}\"", kind.name())))
            .unwrap();
        let mut sample: tracestone_record::Sample = serde_json::from_str(record).unwrap();
        sample.answer = wrong_answer(&sample);
        bench.write(
            "wrong.jsonl",
            &(serde_json::to_string(&sample).unwrap() + "\n"),
        );
        let output = bench.run(&["verify", "wrong.jsonl"]);
        assert_eq!(
            output.status.code(),
            Some(3),
            "a wrong {} answer passed: {}",
            kind.name(),
            sample.answer
        );
    }
}

/// An answer of the right form that is wrong.
fn wrong_answer(sample: &tracestone_record::Sample) -> String {
    use tracestone_record::AnswerType;
    match sample.answer_type {
        AnswerType::Literal => "'surely not this'".to_owned(),
        AnswerType::Arguments => "'surely', 'not', 'this', 'many'".to_owned(),
        AnswerType::Line => "999".to_owned(),
        AnswerType::Lines => "[999]".to_owned(),
        AnswerType::Count => "999".to_owned(),
        AnswerType::Exception => "SurelyNot: this".to_owned(),
        AnswerType::Trace | AnswerType::Text => {
            let mut lines: Vec<_> = sample.answer.lines().collect();
            lines.remove(lines.len() / 2);
            lines.join("\n")
        }
    }
}

#[test]
fn show_prints_a_sample_by_the_first_digits_of_its_id() {
    let bench = Bench::new();
    bench.ok(&["build", "corpus.toml", "--store", "a.db"]);
    let records = exported(&bench, "a.db");
    // Which sample comes first depends on the folder's name, and some files have no licence.
    let id = records
        .iter()
        .filter(|(name, _)| name.ends_with(".jsonl"))
        .flat_map(|(_, bytes)| bytes.split(|byte| *byte == b'\n'))
        .filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok())
        .find(|sample| sample["provenance"]["license"] == "MIT")
        .map(|sample| sample["id"].as_str().unwrap().to_owned())
        .expect("a sample under a licence");
    let text = bench.ok(&["show", &id[..10], "--store", "a.db"]);
    for part in ["program", "prompt", "answer", "provenance", "licence MIT"] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    bench.fails(1, &["show", "zzzz", "--store", "a.db"]);
}

#[test]
fn a_limit_takes_a_part_and_a_later_build_goes_on() {
    let bench = Bench::new();
    bench.ok(&["build", "corpus.toml", "--store", "a.db", "--limit", "1"]);
    let part = summary(&bench, "a.db");
    bench.ok(&["build", "corpus.toml", "--store", "a.db"]);
    bench.ok(&["build", "corpus.toml", "--store", "whole.db"]);
    assert_ne!(part, summary(&bench, "a.db"));
    assert_eq!(exported(&bench, "a.db"), exported(&bench, "whole.db"));
}

#[test]
fn inputs_are_made_where_mined_calls_leave_something_unreached() {
    let bench = Bench::new();
    bench.write(
        "repository/lonely.py",
        "# SPDX-License-Identifier: MIT\ndef grade(points: int) -> str:\n    if points < 0:\n        \
         raise ValueError(points)\n    if points > 41:\n        return \"good\"\n    return \"fair\"\n",
    );
    let repository = bench.path("repository");
    git(&repository, &["add", "--all"]);
    git(&repository, &["commit", "--quiet", "--message=Lonely"]);
    bench.ok(&["build", "corpus.toml", "--store", "all.db"]);
    bench.ok(&[
        "build",
        "corpus.toml",
        "--store",
        "mined.db",
        "--inputs",
        "mined",
    ]);
    let (all, mined) = (summary(&bench, "all.db"), summary(&bench, "mined.db"));
    assert!(all["calls"]["generated"].as_u64() > Some(1), "{all}");
    assert_eq!(mined["calls"]["generated"], serde_json::Value::Null);
    assert_eq!(mined["calls"]["mutated"], serde_json::Value::Null);
    assert!(all["programs_verified"].as_u64() > mined["programs_verified"].as_u64());
    let status = bench.ok(&["status", "--store", "all.db", "--coverage"]);
    assert!(
        status.contains("of the statements of each unit"),
        "{status}"
    );
}

/// A repository of its own with some files, each with functions that share nothing but one helper between
/// two of the files.
fn first_repository(bench: &Bench, files: usize) -> String {
    let repository = bench.path("mine");
    std::fs::create_dir(&repository).unwrap();
    let function = |file: usize, number: usize| {
        format!(
            "\n\ndef step_{file}_{number}(count):\n    \"\"\"Adds up file {file} and number {number} again and again.\n\n    \
             >>> step_{file}_{number}(3)\n    {}\n    \"\"\"\n    total = {file}\n    for _ in range(count):\n        \
             total += {number}\n    return total\n",
            file + 3 * number
        )
    };
    for file in 0..files {
        let mut text = String::from("# SPDX-License-Identifier: MIT\n");
        for number in 0..4 {
            text.push_str(&function(file, number));
        }
        if file < 2 {
            text.push_str(
                "\n\ndef shared(count):\n    \"\"\"Counts down, in two files of this repository.\n\n    \
                 >>> shared(2)\n    0\n    \"\"\"\n    while count:\n        count -= 1\n    return count\n",
            );
        }
        std::fs::write(repository.join(format!("f{file}.py")), text).unwrap();
    }
    for arguments in [
        &["init", "--quiet", "--initial-branch=main"][..],
        &["add", "--all"],
        &["commit", "--quiet", "--message=First"],
    ] {
        git(&repository, arguments);
    }
    let url = repository.to_str().unwrap().to_owned();
    bench.write(
        "mine.toml",
        &format!(
            "name = \"mine\"\n\n[[source]]\nkind = \"git\"\nurl = \"{url}\"\nrevision = \"main\"\n\
             include = [\"**/*.py\"]\n"
        ),
    );
    url
}

/// The samples of a store by part of the split.
fn samples(
    bench: &Bench,
    store: &str,
) -> std::collections::BTreeMap<String, Vec<tracestone_record::Sample>> {
    exported(bench, store)
        .into_iter()
        .filter_map(|(name, bytes)| {
            let part = name.strip_suffix(".jsonl")?.to_owned();
            let text = String::from_utf8(bytes).unwrap();
            let samples = text.lines().map(|line| serde_json::from_str(line).unwrap());
            Some((part, samples.collect()))
        })
        .collect()
}

#[test]
fn the_first_repository_has_every_part_and_the_readmes_commands_work_on_it() {
    let bench = Bench::empty();
    first_repository(&bench, 25);
    let output = bench.run(&["build", "mine.toml", "--store", "mine.db"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success() && text.contains("split by file"),
        "{text}"
    );
    assert!(!text.contains("no sample is in"), "{text}");
    let parts = samples(&bench, "mine.db");
    assert_eq!(
        parts.keys().collect::<Vec<_>>(),
        ["test", "train", "validation"]
    );
    let shared: Vec<_> = parts
        .iter()
        .filter(|(_, samples)| {
            samples
                .iter()
                .any(|sample| sample.program.contains("def shared("))
        })
        .collect();
    assert_eq!(
        shared.len(),
        1,
        "files that share a definition are in one part"
    );

    bench.ok(&["status", "--store", "mine.db"]);
    let id = parts["train"][0].id.to_string();
    bench.ok(&["show", &id[..8], "--store", "mine.db"]);
    bench.ok(&[
        "export", "--all", "--store", "mine.db", "--format", "parquet", "--out", "dataset",
    ]);
    bench.ok(&["verify", "dataset"]);
    // As `eval` would ask, with answers from a file in the place of a model.
    let outputs = parts["test"]
        .iter()
        .filter(|one| one.kind == tracestone_record::SampleKind::Output);
    let replies: String = outputs
        .map(|one| serde_json::json!({"item": one.id, "response": format!("[ANSWER]{}[/ANSWER]", one.answer)}).to_string() + "\n")
        .collect();
    bench.write("replies.jsonl", &replies);
    bench.ok(&[
        "eval",
        "output",
        "--store",
        "mine.db",
        "--model",
        "replay/replies.jsonl",
        "--limit",
        "500",
    ]);
}

#[test]
fn a_part_that_stays_empty_is_a_warning_and_eval_says_what_there_is() {
    let bench = Bench::empty();
    first_repository(&bench, 1);
    let path = bench.path("mine.toml");
    let corpus = std::fs::read_to_string(&path).unwrap();
    bench.write(
        "mine.toml",
        &corpus.replace(
            "\n\n[[source]]",
            "\n\n[split]\ngroup_by = \"file\"\n\n[[source]]",
        ),
    );
    let output = bench.run(&["build", "mine.toml", "--store", "mine.db", "--json"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        text.contains("no sample is in validation and test"),
        "{text}"
    );
    assert!(text.contains("group_by = \"unit\""), "{text}");
    let told = bench.fails(
        1,
        &[
            "eval",
            "output",
            "--store",
            "mine.db",
            "--model",
            "replay/no.jsonl",
        ],
    );
    assert!(
        told.contains("in train: name a part with --split"),
        "{told}"
    );

    // What the warning says to do helps.
    bench.write(
        "mine.toml",
        &corpus.replace(
            "\n\n[[source]]",
            "\n\n[split]\ngroup_by = \"unit\"\n\n[[source]]",
        ),
    );
    let output = bench.run(&["build", "mine.toml", "--store", "mine.db"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!text.contains("no sample is in"), "{text}");
    assert_eq!(samples(&bench, "mine.db").len(), 3);
    // And the default finds it by itself.
    bench.write("mine.toml", &corpus);
    bench.ok(&["build", "mine.toml", "--store", "auto.db"]);
    assert_eq!(samples(&bench, "auto.db").len(), 3);
}

#[test]
fn another_corpus_is_refused_and_its_rows_can_be_listed_and_pruned() {
    let bench = Bench::new();
    first_repository(&bench, 2);
    bench.ok(&[
        "build",
        "corpus.toml",
        "--store",
        "a.db",
        "--inputs",
        "mined",
    ]);
    let before = exported(&bench, "a.db");
    for command in ["build", "crawl"] {
        let refused = bench.fails(1, &[command, "mine.toml", "--store", "a.db"]);
        assert!(refused.contains("holds the corpus `fixture`"), "{refused}");
        assert!(refused.contains("--switch-corpus"), "{refused}");
    }
    assert_eq!(exported(&bench, "a.db"), before);
    let switch = ["--store", "a.db", "--inputs", "mined", "--switch-corpus"];
    bench.ok(&[&["build", "mine.toml"][..], &switch].concat());
    let status = bench.ok(&["status", "--store", "a.db"]);
    assert!(
        status.contains("hidden: 1 source") && status.contains("repository"),
        "{status}"
    );
    bench.ok(&[&["build", "corpus.toml"][..], &switch].concat());
    assert_eq!(
        exported(&bench, "a.db"),
        before,
        "going back gives the same"
    );
    let listed = bench.ok(&["prune", "--store", "a.db", "--dry-run"]);
    assert!(listed.contains("hidden: 1 source"), "{listed}");
    let pruned = bench.ok(&["prune", "--store", "a.db"]);
    assert!(pruned.contains("removed 1 source"), "{pruned}");
    assert_eq!(exported(&bench, "a.db"), before);
    assert!(!bench.ok(&["status", "--store", "a.db"]).contains("hidden"));
}
