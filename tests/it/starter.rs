//! The starter corpus, as the README's first command builds it, and its answers executed again outside
//! the tool by a plain CPython. Only our own code and the standard library run there.

use std::path::Path;
use std::process::Command;

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
        "--store",
        "starter.db",
        "--out",
        "starter",
        "--license-policy",
        "any",
    ]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracle/recheck.py");
    let python = std::env::var("TRACESTONE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let output = Command::new(python)
        .arg(script)
        .arg("--json")
        .args(
            ["train", "validation", "test"]
                .map(|split| bench.path(&format!("starter/{split}.jsonl"))),
        )
        .output()
        .expect("python3 must be installed to run these tests");
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{report}");
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["wrong"].as_array().unwrap().len(), 0);
    assert!(report["checked"]["state"].as_u64().unwrap() > 100);
}
