//! Exports for trainers, and their publishing.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;
use tracestone_judge::gold::{Gold, Step};
use tracestone_judge::judge::Status;
use tracestone_judge::message::Stop;

use crate::support::{Bench, stderr};

fn built() -> Bench {
    let bench = Bench::new();
    bench.ok(&["build", "corpus.toml", "--store", "a.db"]);
    bench
}

fn rows(bench: &Bench, format: &str, more: &[&str]) -> Vec<Value> {
    let out = format!("{format}-{}", more.len());
    let mut arguments = vec![
        "export", "--store", "a.db", "--all", "--format", format, "--out", &out,
    ];
    arguments.extend(more);
    bench.ok(&arguments);
    let files = bench.files(&out);
    files
        .iter()
        .filter(|(name, _)| name.ends_with(".jsonl"))
        .flat_map(|(_, bytes)| std::str::from_utf8(bytes).unwrap().lines())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Statuses of the right answer and of an attack; `None` where an answer has to be executed.
fn judged(gold: &Gold, response: &str) -> Option<(Status, f64)> {
    match gold.look(response, Stop::Stop).unwrap() {
        Step::Decided(verdict) => Some((verdict.status, verdict.credit)),
        Step::Execute(_) => None,
    }
}

#[test]
fn each_trainer_gets_its_rows_with_the_same_judged_part() {
    let bench = built();
    let trl = rows(&bench, "rl-trl", &[]);
    let verl = rows(&bench, "rl-verl", &[]);
    let nemo = rows(&bench, "rl-nemo", &[]);
    assert!(trl.len() > 50 && trl.len() == verl.len() && trl.len() == nemo.len());
    for ((trl, verl), nemo) in trl.iter().zip(&verl).zip(&nemo) {
        let gold: Gold = serde_json::from_str(trl["sample"].as_str().unwrap()).unwrap();
        assert_eq!(trl["sample"], verl["reward_model"]["ground_truth"]);
        let same: Gold = serde_json::from_value(nemo["sample"].clone()).unwrap();
        assert_eq!(gold, same);
        assert_eq!(trl["prompt"], verl["prompt"]);
        assert_eq!(trl["prompt"], nemo["responses_create_params"]["input"]);
        assert_eq!(trl["id"], verl["extra_info"]["id"]);
        assert_eq!(verl["data_source"], "tracestone");
        let prompt = trl["prompt"][0]["content"].as_str().unwrap();
        assert!(prompt.contains("[ANSWER]"), "{prompt}");
        let right = format!("[ANSWER]\n{}\n[/ANSWER]", gold.answer);
        if let Some(verdict) = judged(&gold, &right) {
            assert_eq!(verdict, (Status::Correct, 1.0), "{gold:?}");
        }
    }
}

#[test]
fn a_row_of_a_run_rewards_each_answer_and_no_attack() {
    let bench = built();
    let runs = rows(&bench, "rl-trl", &["--probes", "6"]);
    let mut several = 0;
    for run in &runs {
        let gold: Gold = serde_json::from_str(run["sample"].as_str().unwrap()).unwrap();
        let probes = gold.probes.clone().unwrap();
        several += usize::from(probes.len() > 1);
        let prompt = run["prompt"][0]["content"].as_str().unwrap();
        assert_eq!(prompt.matches("Here is a Python program").count(), 1);
        assert!(
            prompt.contains(&format!("\n\n{}. ", probes.len())),
            "{prompt}"
        );
        let marked = |answer: &dyn Fn(usize) -> String| -> String {
            let each = (1..=probes.len()).map(|number| {
                format!(
                    "[ANSWER {number}]\n{}\n[/ANSWER {number}]\n",
                    answer(number)
                )
            });
            each.collect()
        };
        let right = marked(&|number| probes[number - 1].answer.clone());
        assert_eq!(
            judged(&gold, &right),
            Some((Status::Correct, 1.0)),
            "{prompt}"
        );
        let first = marked(&|number| match number {
            1 => probes[0].answer.clone(),
            _ => "no".to_owned(),
        });
        let credit = judged(&gold, &first).unwrap().1;
        assert!((credit - 1.0 / probes.len() as f64).abs() < 1e-9);
        for attack in [
            "assert f(3) == f(3)".to_owned(),
            format!("{} or True", probes[0].answer),
            format!("assert {} == {0} or True", probes[0].answer),
            "pass".to_owned(),
            "```python\npass\n```".to_owned(),
        ] {
            for response in [attack.clone(), marked(&|_| attack.clone())] {
                let (status, credit) = judged(&gold, &response).unwrap();
                // A message of an exception is any text, and only the right one is right.
                assert!(status != Status::Correct && credit == 0.0, "{response}");
            }
        }
    }
    assert!(
        several > 5,
        "{several} of {} rows ask several questions",
        runs.len()
    );
    let refused = bench.fails(
        1,
        &["export", "--store", "a.db", "--probes", "3", "--out", "x"],
    );
    assert!(refused.contains("rl-trl"), "{refused}");
}

#[test]
fn an_export_is_described_as_croissant() {
    let bench = built();
    bench.ok(&[
        "export", "--store", "a.db", "--format", "parquet", "--out", "out",
    ]);
    let files = bench.files("out");
    let find = |name: &str| &files.iter().find(|(one, _)| one == name).unwrap().1;
    let described: Value = serde_json::from_slice(find("croissant.json")).unwrap();
    assert_eq!(
        described["conformsTo"],
        "http://mlcommons.org/croissant/1.1"
    );
    let manifest: Value = serde_json::from_slice(find("manifest.json")).unwrap();
    for file in described["distribution"].as_array().unwrap() {
        let listed = manifest["files"].as_array().unwrap();
        let listed = listed
            .iter()
            .find(|one| one["path"] == file["contentUrl"])
            .unwrap();
        assert_eq!(listed["sha256"], file["sha256"]);
        assert_eq!(file["sha256"].as_str().unwrap().len(), 64);
    }
    let fields = described["recordSet"][0]["field"].as_array().unwrap();
    assert!(fields.iter().any(|field| field["name"] == "prompt"));
}

#[test]
fn publishing_is_left_to_the_users_own_command() {
    let bench = built();
    let missing = bench
        .command(&[
            "export", "--store", "a.db", "--out", "a", "--push", "me/data",
        ])
        .env("PATH", bench.path(""))
        .output()
        .unwrap();
    assert_eq!(missing.status.code(), Some(3), "{}", stderr(&missing));
    let said = stderr(&missing)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(
        said.contains("hf upload me/data a . --repo-type dataset"),
        "{said}"
    );
    let hf = bench.path("hf");
    bench.write("hf", "#!/bin/sh\necho \"$@\" > pushed\n");
    std::fs::set_permissions(&hf, std::fs::Permissions::from_mode(0o755)).unwrap();
    let pushed = bench
        .command(&[
            "export", "--store", "a.db", "--out", "b", "--push", "me/data",
        ])
        .env(
            "PATH",
            format!("{}:/usr/bin:/bin", bench.path("").display()),
        )
        .output()
        .unwrap();
    assert!(pushed.status.success(), "{}", stderr(&pushed));
    let typed = std::fs::read_to_string(bench.path("pushed")).unwrap();
    assert_eq!(typed.trim(), "upload me/data b . --repo-type dataset");
}
