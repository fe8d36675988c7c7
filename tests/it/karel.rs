//! Karel from outside: datasets, ledgers, questions.

use std::ops::ControlFlow;

use serde_json::Value;
use tracestone_record::{LatentKind, LedgerRow, Sample, SampleKind};
use tracestone_store::read_ledger;

use crate::support::Bench;

/// A small dataset with everything in its programs, and a store of questions.
const RICH: [&str; 21] = [
    "karel",
    "generate",
    "--train",
    "300",
    "--validation",
    "60",
    "--test",
    "60",
    "--control",
    "0.4",
    "--markers",
    "0.2",
    "--weights",
    "move=1,turn_left=1,turn_right=1,pick_marker=1,put_marker=1",
    "--semantics",
    "original,paper-8",
    "--worlds",
    "2",
    "--length",
    "2-8",
    "--out",
];

fn generate(bench: &Bench, extra: &[&str]) -> String {
    bench.ok(&[&RICH[..], extra].concat())
}

fn plain(bench: &Bench, extra: &[&str]) -> String {
    let base = [
        "karel",
        "generate",
        "--train",
        "400",
        "--validation",
        "50",
        "--test",
        "50",
    ];
    bench.ok(&[&base[..], extra].concat())
}

fn lines(bench: &Bench, path: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(bench.path(path)).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn ledger(bench: &Bench, path: &str) -> Vec<LedgerRow> {
    let mut rows = Vec::new();
    read_ledger(&bench.path(path), |row| {
        rows.push(row);
        ControlFlow::Continue(())
    })
    .unwrap();
    rows
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let bench = Bench::new();
    for mode in ["interp", "synthesis", "trace"] {
        for jobs in ["1", "3"] {
            let out = format!("{mode}-{jobs}");
            generate(&bench, &[&out, "--mode", mode, "--jobs", jobs]);
        }
        let one = bench.files(&format!("{mode}-1"));
        assert_eq!(one.len(), 6, "{mode}");
        assert!(one == bench.files(&format!("{mode}-3")), "{mode}");
    }
    generate(&bench, &["seed", "--seed", "1"]);
    assert!(bench.files("seed") != bench.files("interp-1"));
}

#[test]
fn the_ledger_tells_the_states_at_the_words() {
    let bench = Bench::new();
    plain(&bench, &["--out", "data", "--end", "hero"]);
    let schema: Value =
        serde_json::from_str(include_str!("../../schemas/ledger.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let rows = ledger(&bench, "data/ledger-test.parquet");
    assert!(rows.is_sorted_by(|a, b| a.place() < b.place()));
    let corpus: Value =
        serde_json::from_slice(&std::fs::read(bench.path("data/corpus.json")).unwrap()).unwrap();
    let words: Vec<&str> = corpus["words"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(words[..3], ["<pad>", "<bos>", "<eos>"]);
    assert!(corpus["entropies"]["paper-8"]["facing"].as_f64().unwrap() > 1.9);
    for text in lines(&bench, "data/test.jsonl") {
        let id = text["id"].as_str().unwrap();
        let completion = text["completion"].as_str().unwrap();
        let whole = format!("{} {completion}", text["prompt"].as_str().unwrap());
        let spoken: Vec<&str> = whole.split(' ').collect();
        assert!(spoken.iter().all(|word| words.contains(word)), "{whole}");
        let mine: Vec<&LedgerRow> = rows.iter().filter(|row| row.sample == id).collect();
        for row in &mine {
            let json = serde_json::json!(row);
            assert!(validator.is_valid(&json), "{json}");
            let word = spoken[row.token.unwrap() as usize];
            assert!(whole[..row.byte as usize].ends_with(word));
            if row.variable == "action" {
                assert_eq!(row.value, word);
            }
        }
        // The completion is the last state that the ledger knows, under the meaning it was written in.
        let last = mine.iter().map(|row| row.step).max().unwrap();
        let value = |variable: &str| {
            let at = |row: &&&LedgerRow| {
                row.step == last && row.variable == variable && row.semantics == "original"
            };
            mine.iter().find(at).unwrap().value.clone()
        };
        let told = format!(
            "row{} column{} {}",
            value("row"),
            value("column"),
            value("facing")
        );
        assert_eq!(told, completion);
        for semantics in ["original", "paper-8", "paper-11"] {
            assert!(mine.iter().any(|row| row.semantics == semantics));
        }
    }
    for kind in LatentKind::ALL {
        assert!(rows.iter().any(|row| row.kind == kind), "{kind:?}");
    }
}

#[test]
fn another_first_meaning_gives_the_counterfactual_twins() {
    let bench = Bench::new();
    plain(&bench, &["--out", "a"]);
    plain(&bench, &["--out", "b", "--semantics", "paper-8,original"]);
    let (a, b) = (lines(&bench, "a/test.jsonl"), lines(&bench, "b/test.jsonl"));
    assert!(a.iter().zip(&b).all(|(a, b)| a["prompt"] == b["prompt"]));
    let changed = a
        .iter()
        .zip(&b)
        .filter(|(a, b)| a["completion"] != b["completion"]);
    assert!(changed.count() > a.len() / 2);
}

#[test]
fn unfair_weights_are_refused_with_the_numbers_unless_forced() {
    let bench = Bench::new();
    let arguments = [
        "karel",
        "generate",
        "--out",
        "x",
        "--train",
        "4000",
        "--validation",
        "500",
        "--test",
        "500",
        "--weights",
        "move=2,turn_left=1,turn_right=1",
    ];
    let text = bench.fails(1, &arguments);
    assert!(text.contains("from_start under paper-8"), "{text}");
    assert!(text.contains("bits") && text.contains("--force"), "{text}");
    assert!(!bench.path("x").exists());
    bench.ok(&[&arguments[..], &["--force"]].concat());
    let corpus = std::fs::read_to_string(bench.path("x/corpus.json")).unwrap();
    let corpus: Value = serde_json::from_str(&corpus).unwrap();
    assert_eq!(corpus["fairness"]["forced"], true);
}

#[test]
fn questions_hold_are_valid_and_can_be_judged() {
    let bench = Bench::new();
    generate(
        &bench,
        &["data", "--store", "karel.db", "--store-programs", "25"],
    );
    let text = bench.ok(&["verify", "--store", "karel.db"]);
    assert!(text.contains(", 0 do not hold"), "{text}");
    bench.ok(&["export", "--store", "karel.db", "--out", "out"]);
    bench.ok(&[
        "export", "--store", "karel.db", "--out", "columns", "--format", "parquet",
    ]);
    assert_eq!(bench.ok(&["verify", "columns"]), text);
    let schema: Value =
        serde_json::from_str(include_str!("../../schemas/sample.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut kinds = std::collections::BTreeSet::new();
    for split in ["train", "validation", "test"] {
        for json in lines(&bench, &format!("out/{split}.jsonl")) {
            assert!(validator.is_valid(&json), "{json}");
            assert_eq!(json["language"], "karel");
            let sample: Sample = serde_json::from_value(json).unwrap();
            assert!(sample.prompt.contains(&sample.program), "{}", sample.prompt);
            kinds.insert(sample.kind);
        }
    }
    let expected = [
        SampleKind::Output,
        SampleKind::Input,
        SampleKind::State,
        SampleKind::NextLine,
        SampleKind::Path,
        SampleKind::Coverage,
        SampleKind::Count,
        SampleKind::Trace,
    ];
    assert!(
        expected.iter().all(|kind| kinds.contains(kind)),
        "{kinds:?}"
    );
    for kind in expected {
        bench.ok(&["validate", kind.name(), "--store", "karel.db"]);
        let scored = bench.ok(&[
            "eval",
            kind.name(),
            "--store",
            "karel.db",
            "--model",
            "mock/oracle",
            "--json",
        ]);
        let scored: Value = serde_json::from_str(&scored).unwrap();
        assert!(scored.to_string().contains("\"accuracy\""), "{scored}");
    }
    let rows = bench.ok(&[
        "ledger",
        "--store",
        "karel.db",
        "--out",
        "latents.parquet",
        "--json",
    ]);
    let rows: Value = serde_json::from_str(&rows).unwrap();
    assert!(rows["rows"].as_u64().unwrap() > 500);
}

#[test]
fn a_wrong_answer_is_found() {
    let bench = Bench::new();
    generate(
        &bench,
        &["data", "--store", "karel.db", "--store-programs", "3"],
    );
    bench.ok(&[
        "export", "--store", "karel.db", "--out", "out", "--kind", "output",
    ]);
    let text = std::fs::read_to_string(bench.path("out/test.jsonl")).unwrap();
    let mut sample: Sample = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    sample.answer = "['. .']".to_owned();
    bench.write(
        "wrong.jsonl",
        &format!("{}\n", serde_json::to_string(&sample).unwrap()),
    );
    let output = bench.run(&["verify", "wrong.jsonl"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 do not hold"));
}

#[test]
fn the_ledger_of_python_samples_comes_from_their_traces() {
    let bench = Bench::new();
    bench.ok(&["build", "corpus.toml", "--store", "a.db"]);
    bench.ok(&["ledger", "--store", "a.db", "--out", "python.parquet"]);
    let rows = ledger(&bench, "python.parquet");
    assert!(rows.is_sorted_by(|a, b| a.place() <= b.place()));
    assert!(
        rows.iter()
            .all(|row| row.token.is_none() && row.semantics == "python")
    );
    assert!(
        rows.iter()
            .any(|row| row.variable == "total" && row.kind == LatentKind::Latent)
    );
    assert!(
        rows.iter()
            .any(|row| row.variable == "number" && row.kind == LatentKind::Exogenous)
    );
}

#[test]
fn stores_of_another_language_are_left_alone() {
    let bench = Bench::new();
    bench.ok(&["build", "corpus.toml", "--store", "a.db"]);
    let text = bench.fails(1, &[&RICH[..], &["data", "--store", "a.db"]].concat());
    assert!(text.contains("something else than Karel"), "{text}");
    assert!(!bench.path("data").exists());
    generate(&bench, &["data", "--store", "karel.db"]);
    let text = bench.fails(1, &["trace", "--store", "karel.db"]);
    assert!(text.contains("holds Karel"), "{text}");
    let text = bench.fails(1, &[&RICH[..], &["data", "--store", "karel.db"]].concat());
    assert!(text.contains("--overwrite"), "{text}");
}

#[test]
fn a_run_is_shown_and_mistakes_are_explained() {
    let bench = Bench::new();
    bench.write("a.karel", "def run() {\n    move\n    turn_left\n}\n");
    let text = bench.ok(&[
        "karel",
        "run",
        "a.karel",
        "--world",
        "> . #/. . .",
        "--semantics",
        "paper-8",
    ]);
    assert!(
        text.contains("step 1, line 2: move (means turn_left)\n^ . #"),
        "{text}"
    );
    bench.write("b.karel", "def run() {\n    jump\n}\n");
    let text = bench.fails(1, &["karel", "run", "b.karel", "--world", ">"]);
    assert!(
        text.contains("line 2, column 5: `jump` is not a statement"),
        "{text}"
    );
    let text = bench.fails(1, &["karel", "run", "a.karel", "--world", ". ."]);
    assert!(text.contains("has one hero"), "{text}");
    let text = bench.fails(
        1,
        &[
            "karel", "generate", "--out", "x", "--grid", "1x1", "--length", "1", "--train", "99999",
        ],
    );
    assert!(text.contains("larger grids"), "{text}");
}
