//! Selections of samples by their facts, as `export` and `eval` make them.

use std::collections::BTreeMap;

use serde_json::Value;
use tracestone_record::{Sample, SampleKind};

use crate::support::Bench;

fn built() -> Bench {
    let bench = Bench::new();
    bench.ok(&["build", "corpus.toml", "--store", "a.db"]);
    bench
}

/// The samples of an export, and its summary.
fn exported(bench: &Bench, out: &str, flags: &[&str]) -> (Vec<Sample>, Value) {
    let command = ["export", "--store", "a.db", "--json", "--out", out];
    let summary = bench.ok(&[&command[..], flags].concat());
    let files = bench.files(out).into_iter();
    let lines: String = files
        .filter(|(name, _)| name.ends_with(".jsonl"))
        .map(|(_, bytes)| String::from_utf8(bytes).unwrap())
        .collect();
    let samples = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    (samples.collect(), serde_json::from_str(&summary).unwrap())
}

#[test]
fn the_default_mix_is_a_part_and_says_so_and_all_is_all() {
    let bench = built();
    let (all, summary) = exported(&bench, "all", &["--all", "--license-policy", "any"]);
    assert_eq!(summary["left_out"], serde_json::json!({}));
    let (mixed, summary) = exported(&bench, "mixed", &["--license-policy", "any"]);
    assert!(mixed.len() < all.len(), "{} of {}", mixed.len(), all.len());
    let left_out = summary["left_out"].as_object().unwrap();
    assert!(
        left_out.keys().all(|why| why.starts_with("mix: ")),
        "{summary}"
    );
    let counted: u64 = left_out.values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(counted + mixed.len() as u64, all.len() as u64);
    let text = bench.ok(&["export", "--store", "a.db", "--out", "told"]);
    assert!(text.contains("--all gives all"), "{text}");
    let card = std::fs::read_to_string(bench.path("mixed/README.md")).unwrap();
    assert!(card.contains("Mix: the default one"), "{card}");
    assert!(card.contains("10 % trivial questions"), "{card}");

    let share = |samples: &[Sample], holds: &dyn Fn(&Sample) -> bool| {
        let count = samples.iter().filter(|sample| holds(sample)).count();
        count as f64 / samples.len() as f64
    };
    let short = |sample: &Sample| sample.kind.is_executed() && sample.facts.steps <= 5;
    assert!(share(&mixed, &short) < share(&all, &short));
    let trivial = |sample: &Sample| !sample.facts.trivial.is_empty();
    assert!(share(&mixed, &trivial) < share(&all, &trivial));
}

#[test]
fn flags_take_what_they_say() {
    let bench = built();
    let (all, _) = exported(&bench, "all", &["--all"]);
    let flags = [
        "--all",
        "--where",
        "steps=6..40",
        "--where",
        "depth=..1",
        "--trivial",
        "drop",
        "--origin",
        "doctest,generated",
        "--max-per",
        "program=4,answer=1",
    ];
    let (some, summary) = exported(&bench, "some", &flags);
    assert!(!some.is_empty() && some.len() < all.len());
    let (mut programs, mut answers) = (BTreeMap::new(), BTreeMap::new());
    for sample in &some {
        assert!((6..=40).contains(&sample.facts.steps) && sample.facts.depth <= 1);
        assert!(sample.facts.trivial.is_empty());
        let origin = sample.input_origin.as_ref().unwrap().kind.name();
        assert!(["doctest", "generated"].contains(&origin), "{origin}");
        *programs.entry(&sample.program).or_insert(0) += 1;
        *answers.entry((sample.kind, &sample.answer)).or_insert(0) += 1;
    }
    assert!(programs.values().all(|count| *count <= 4));
    assert!(answers.values().all(|count| *count == 1));
    let left_out = summary["left_out"].as_object().unwrap();
    for why in [
        "not steps=6..40",
        "trivial",
        "more than 4 per program",
        "more than 1 per answer",
    ] {
        assert!(left_out.contains_key(why), "{why}: {summary}");
    }
    // The same flags choose the items of `eval`.
    let flags = ["--where", "steps=6..40", "--trivial", "drop"];
    let items = |flags: &[&str]| {
        let ask = [
            "eval",
            "output",
            "--store",
            "a.db",
            "--model",
            "mock/oracle",
            "--json",
        ];
        let every = ["--split", "train,validation,test"];
        let text = bench.ok(&[&ask[..], &every, flags].concat());
        let summary: Value = serde_json::from_str(&text).unwrap();
        summary["score"]["items"].as_u64().unwrap()
    };
    let more = ["--all", "--kind", "output", "--license-policy", "any"];
    let (wanted, _) = exported(&bench, "wanted", &[&more[..], &flags].concat());
    assert_eq!(items(&flags), wanted.len() as u64);
    assert!(items(&[]) > wanted.len() as u64);
}

#[test]
fn a_file_gives_shares_and_a_seed_chooses_others() {
    let bench = built();
    bench.write(
        "plan.toml",
        "rows = 20\n[kinds]\nstate = 0.5\npath = 0.25\noutput = 0.25\n",
    );
    let plan = |out: &str, seed: &str| {
        exported(
            &bench,
            out,
            &[
                "--license-policy",
                "any",
                "--mix",
                "plan.toml",
                "--mix-seed",
                seed,
            ],
        )
        .0
    };
    let one = plan("one", "1");
    let count = |kind: SampleKind| one.iter().filter(|sample| sample.kind == kind).count();
    assert_eq!(
        [
            count(SampleKind::State),
            count(SampleKind::Path),
            count(SampleKind::Output)
        ],
        [10, 5, 5]
    );
    assert_eq!(one, plan("again", "1"));
    let ids = |samples: &[Sample]| samples.iter().map(|sample| sample.id).collect::<Vec<_>>();
    assert_ne!(ids(&one), ids(&plan("two", "2")));

    let text = bench.fails(
        1,
        &[
            "export",
            "--store",
            "a.db",
            "--out",
            "x",
            "--mix",
            "none.toml",
        ],
    );
    assert!(
        text.contains("none.toml") && text.contains("docs/mix.md"),
        "{text}"
    );
    bench.write("bad.toml", "[kinds]\nstate = 0.5\n");
    let text = bench.fails(
        1,
        &[
            "export", "--store", "a.db", "--out", "x", "--mix", "bad.toml",
        ],
    );
    assert!(
        text.contains("bad.toml: the shares of kinds add up to 0.5"),
        "{text}"
    );
    let text = bench.fails(
        2,
        &[
            "export", "--store", "a.db", "--out", "x", "--where", "stops=1",
        ],
    );
    assert!(text.contains("no fact is called `stops`"), "{text}");
}

#[test]
fn difficulty_is_fitted_on_what_models_answered() {
    let bench = built();
    let whole = ["--all", "--license-policy", "any", "--kind", "state"];
    let (before, _) = exported(&bench, "before", &whole);
    let run = |model: &str| -> String {
        let split = "train,validation,test";
        let command = [
            "eval", "state", "--store", "a.db", "--split", split, "--model", model, "--json",
        ];
        let score: Value = serde_json::from_str(&bench.ok(&command)).unwrap();
        score["run"].as_str().unwrap().to_owned()
    };
    let (right, wrong) = (run("mock/oracle"), run("mock/constant"));
    let mean = |samples: &[Sample]| -> f64 {
        let difficulties = samples
            .iter()
            .map(|sample| f64::from(sample.facts.difficulty.unwrap()));
        difficulties.sum::<f64>() / samples.len() as f64
    };
    let fitted = |out: &str, runs: &[&str]| {
        let flags = [&whole[..], &["--difficulty-from"], runs].concat();
        exported(&bench, out, &flags).0
    };
    // What is always answered is easier than the estimate, what is not is harder.
    let (easy, hard) = (fitted("easy", &[&right]), fitted("hard", &[&wrong]));
    assert_eq!((easy.len(), hard.len()), (before.len(), before.len()));
    assert!(
        mean(&easy) < mean(&before) && mean(&easy) < 10.0,
        "{} {}",
        mean(&easy),
        mean(&before)
    );
    assert!(
        mean(&hard) > mean(&before),
        "{} {}",
        mean(&hard),
        mean(&before)
    );
    let both = mean(&fitted("both", &[&right, &wrong]));
    assert!(mean(&easy) < both && both < mean(&hard), "{both}");
    let card = std::fs::read_to_string(bench.path("both/README.md")).unwrap();
    assert!(card.contains("fitted on"), "{card}");
    // A selection goes by it.
    let flags = [
        &whole[..],
        &["--where", "difficulty=90..", "--difficulty-from", &wrong],
    ]
    .concat();
    let (chosen, _) = exported(&bench, "chosen", &flags);
    let over = hard
        .iter()
        .filter(|sample| sample.facts.difficulty >= Some(90))
        .count();
    assert_eq!(chosen.len(), over);
    let said = bench.fails(
        1,
        &[
            "export",
            "--store",
            "a.db",
            "--out",
            "x",
            "--difficulty-from",
            "before",
        ],
    );
    assert!(said.contains("a run is a folder"), "{said}");
}
