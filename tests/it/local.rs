//! One model from training to its states: trained, asked as a task asks, looked into.

use std::collections::HashMap;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

const TASK: &str = r#"
name = "hero"
description = "Where the hero stands"
judge = "exact"

[items]
source = "jsonl"
path = "data/test.jsonl"

[items.fields]
answer = "completion"

[prompt]
text = "{{ prompt }}"

[generation]
temperature = 0.0
max_tokens = 8
"#;

fn ok(folder: &TempDir, line: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tracestone"));
    command
        .current_dir(folder.path())
        .args(line.split_whitespace());
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn rows(text: &str) -> Vec<Value> {
    let rows = text.lines().map(serde_json::from_str);
    rows.collect::<Result<_, _>>().unwrap()
}

#[test]
fn a_trained_model_is_asked_and_its_states_are_read() {
    let folder = TempDir::new().unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    ok(
        &folder,
        "karel generate --out data --train 1500 --validation 60 --test 60 --end hero --quiet",
    );
    ok(
        &folder,
        "lm train data --steps 60 --batch 32 --hidden 16 --layers 1 --out lm --quiet",
    );
    std::fs::write(folder.path().join("hero.toml"), TASK).unwrap();
    let scored = ok(
        &folder,
        "eval hero.toml --model local/lm --log-dir logs --json --quiet",
    );
    let scored: Value = serde_json::from_str(&scored).unwrap();
    assert_eq!(scored["score"]["items"], 60);
    assert!(scored["score"]["statuses"].get("api_error").is_none());
    let run = scored["run"].as_str().unwrap();

    // What the evaluation got is what the model says to the same texts alone.
    let asked: String = rows(&read("data/test.jsonl"))
        .iter()
        .map(|row| {
            let message = json!({ "role": "user", "content": row["prompt"] });
            json!({ "messages": [message] }).to_string() + "\n"
        })
        .collect();
    std::fs::write(folder.path().join("prompts.jsonl"), asked).unwrap();
    let said = ok(
        &folder,
        "lm generate lm --prompts prompts.jsonl --max-tokens 8 --batch 1 --json --quiet",
    );
    let said: Value = serde_json::from_str(&said).unwrap();
    let answers = rows(&read(&format!("{run}/answers.jsonl")));
    let answers: HashMap<&str, &Value> = answers
        .iter()
        .map(|row| (row["item"].as_str().unwrap(), &row["response"]["text"]))
        .collect();
    for (row, said) in rows(&read("data/test.jsonl"))
        .iter()
        .zip(said["texts"].as_array().unwrap())
    {
        assert_eq!(*answers[row["id"].as_str().unwrap()], said["text"], "{row}");
    }

    // A second evaluation asks nothing; the model's states are there to be probed.
    let again = ok(
        &folder,
        "eval hero.toml --model local/lm --log-dir logs --json --quiet",
    );
    let again: Value = serde_json::from_str(&again).unwrap();
    assert_eq!(again["run"], scored["run"]);
    assert_eq!(rows(&read(&format!("{run}/answers.jsonl"))).len(), 60);
    ok(&folder, "acts lm data --out acts --quiet");
    let report = ok(
        &folder,
        "probe acts --data data --out report --probe-layers 0,1 --epochs 1 --seeds 1 --draws 20 --json --quiet",
    );
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["subjects"][0]["role"], "trained");
    assert!(folder.path().join("report/report.html").exists());
}
