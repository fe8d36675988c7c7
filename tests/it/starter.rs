//! The starter corpus, as the README's first command builds it, and its answers executed again outside
//! the tool by a plain CPython. Only our own code and the standard library run there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tracestone_record::Sample;

use crate::support::Bench;

#[test]
fn the_starter_build_keeps_its_promise_and_every_answer_holds_in_plain_python() {
    let bench = Bench::new();
    let text = bench.ok(&["build", "--store", "starter.db", "--json"]);
    let built: serde_json::Value = serde_json::from_str(&text).unwrap();
    let summary = &built["summary"];
    let programs = summary["programs_verified"].as_u64().unwrap();
    assert!(programs >= 150, "{programs} programs with a verified run");
    let samples = summary["samples_total"].as_u64().unwrap();
    assert!(samples >= 3_000, "{samples} samples");

    bench.ok(&[
        "export",
        "--all",
        "--store",
        "starter.db",
        "--out",
        "starter",
        "--license-policy",
        "any",
    ]);
    assert_parts_share_nothing(&bench);
    let files =
        ["train", "validation", "test"].map(|split| bench.path(&format!("starter/{split}.jsonl")));
    let (whole, report) = recheck_starter(&files);
    assert!(whole, "{report}");
    assert_eq!(report["wrong"].as_array().unwrap().len(), 0);
    assert!(report["checked"]["state"].as_u64().unwrap() > 100);

    // The check would see it: one answer of each kind, changed in its meaning.
    let mut changed = BTreeMap::new();
    for line in fs::read_to_string(&files[0]).unwrap().lines() {
        let mut sample: serde_json::Value = serde_json::from_str(line).unwrap();
        let kind = sample["kind"].as_str().unwrap().to_owned();
        let answer = sample["answer"].as_str().unwrap();
        sample["answer"] = match kind.as_str() {
            "annotated" => continue,
            "path" | "coverage" => "[1]".into(),
            "input" => format!("{answer}, 1, 2, 3, 4, 5, 6, 7").into(),
            "trace" => answer.replacen("line 0 ", "line 0 1", 1).into(),
            "exception" => "Never: raised".into(),
            _ => "'never'".into(),
        };
        changed.entry(kind).or_insert(sample);
    }
    let rows: Vec<String> = changed.values().map(ToString::to_string).collect();
    fs::write(bench.path("changed.jsonl"), rows.join("\n")).unwrap();
    let (whole, report) = recheck_starter(&[bench.path("changed.jsonl")]);
    assert!(!whole && changed.len() >= 8, "{report}");
    assert_eq!(report["wrong"].as_array().unwrap().len(), changed.len());
}

/// Executes every answer of the starter corpus outside the tool.
fn recheck_starter(files: &[PathBuf]) -> (bool, serde_json::Value) {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpora");
    recheck_with(&["--sources".into(), sources], files)
}

/// Executes every answer outside the tool, with options of the script. Returns whether all hold, and the
/// script's report.
pub(crate) fn recheck_with(options: &[PathBuf], files: &[PathBuf]) -> (bool, serde_json::Value) {
    recheck_from(&[], options, files)
}

/// The same, with variables of the environment.
pub(crate) fn recheck_from(
    variables: &[(&str, PathBuf)],
    options: &[PathBuf],
    files: &[PathBuf],
) -> (bool, serde_json::Value) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracle/recheck.py");
    let python = std::env::var("TRACESTONE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let output = Command::new(python)
        .arg(script)
        .arg("--json")
        .envs(variables.iter().cloned())
        .args(options)
        .args(files)
        .output()
        .expect("python3 must be installed to run these tests");
    let report = String::from_utf8_lossy(&output.stdout);
    let report = serde_json::from_str(&report)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (output.status.success(), report)
}

/// Counts what two parts of the split have in common: definitions at the top of programs, and the texts
/// that `annotated` asks for.
fn assert_parts_share_nothing(bench: &Bench) {
    let mut holders: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for part in ["train", "validation", "test"] {
        let text = std::fs::read_to_string(bench.path(&format!("starter/{part}.jsonl"))).unwrap();
        for line in text.lines() {
            let sample: Sample = serde_json::from_str(line).unwrap();
            for definition in definitions(&sample.program) {
                holders.entry(definition).or_default().insert(part);
            }
            if !sample.kind.is_executed() {
                let words: Vec<_> = sample.answer.split_whitespace().collect();
                holders
                    .entry(format!("annotated: {}", words.join(" ")))
                    .or_default()
                    .insert(part);
            }
        }
    }
    let shared: Vec<_> = holders
        .iter()
        .filter(|(_, parts)| parts.len() > 1)
        .collect();
    assert!(
        shared.is_empty(),
        "{} of {}: {:?}",
        shared.len(),
        holders.len(),
        shared.first()
    );
    assert!(holders.len() > 300);
}

/// The functions and classes at the top of a program, by their text; those without statements aside.
fn definitions(program: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut open = false;
    for line in program.lines() {
        let starts = ["def ", "class ", "async def ", "@"]
            .iter()
            .any(|word| line.starts_with(word));
        if starts
            && !(open
                && found
                    .last()
                    .is_some_and(|text| text.lines().all(|one| one.starts_with('@'))))
        {
            found.push(String::new());
            open = true;
        } else if !line.starts_with([' ', ')', '@']) && !line.is_empty() && !starts {
            open = false;
        }
        if let Some(text) = found.last_mut().filter(|_| open) {
            text.push_str(line);
            text.push('\n');
        }
    }
    found
        .into_iter()
        .map(|text| text.trim_end().to_owned())
        .filter(|text| {
            text.contains("def ") && !text.ends_with("\"\"\"") && !text.ends_with("pass")
        })
        .collect()
}
