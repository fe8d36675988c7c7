//! Training, activations, probes and patches on a tiny Karel dataset. The numbers of so small a model
//! mean nothing; that they are the same after a kill does.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

struct Folder(TempDir);

impl Folder {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tracestone"));
        command.current_dir(self.0.path()).args(arguments);
        command
    }

    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.ok(arguments)).unwrap()
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }
}

const GENERATE: [&str; 13] = [
    "karel",
    "generate",
    "--out",
    "data",
    "--train",
    "2000",
    "--validation",
    "150",
    "--test",
    "150",
    "--end",
    "hero",
    "--quiet",
];

const TRAIN: [&str; 16] = [
    "lm",
    "train",
    "data",
    "--steps",
    "60",
    "--batch",
    "32",
    "--hidden",
    "16",
    "--layers",
    "2",
    "--checkpoints",
    "2",
    "--save-every",
    "5",
    "--out",
];

fn train(out: &str) -> Vec<&str> {
    [&TRAIN[..], &[out]].concat()
}

#[test]
fn a_killed_training_ends_as_one_that_was_not_and_its_states_can_be_probed() {
    let folder = Folder(TempDir::new().unwrap());
    folder.ok(&GENERATE);
    folder.ok(&train("straight"));

    let mut child = folder
        .command(&train("killed"))
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    wait_for(&folder.path("killed/training.safetensors"));
    // `kill` sends SIGKILL: nothing is cleaned up.
    child.kill().unwrap();
    child.wait().unwrap();
    folder.ok(&train("killed"));
    let weights = |name: &str| std::fs::read(folder.path(name).join("model.safetensors")).unwrap();
    assert_eq!(weights("straight"), weights("killed"));

    let scored = folder.json(&["lm", "eval", "straight", "data", "--json"]);
    assert_eq!(scored["texts"], 150);
    assert!(scored["loss"].as_f64().unwrap() < 2.5, "{scored}");

    for (model, out) in [
        ("straight", "acts"),
        ("straight/checkpoints/step-0000000", "acts-untrained"),
    ] {
        folder.ok(&["acts", model, "data", "--out", out]);
    }
    let report = folder.json(&[
        "probe",
        "acts",
        "--data",
        "data",
        "--untrained",
        "acts-untrained",
        "--out",
        "report",
        "--offset=-1,0",
        "--probe-layers",
        "0,1",
        "--epochs",
        "3",
        "--seeds",
        "2",
        "--draws",
        "50",
        "--json",
    ]);
    let subjects = report["subjects"].as_array().unwrap();
    let roles: Vec<&str> = subjects
        .iter()
        .map(|s| s["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["trained", "untrained", "control", "shuffled"]);
    // Two variables, three places; linear at two offsets, with a hidden layer at one.
    assert_eq!(subjects[0]["summaries"].as_array().unwrap().len(), 18);
    let first = &subjects[0]["summaries"][0];
    assert_eq!(first["alternatives"].as_object().unwrap().len(), 2);
    assert!(folder.path("report/report.html").exists());

    let causal = folder.json(&[
        "causal",
        "straight",
        "data",
        "--programs",
        "60",
        "--patch-draws",
        "50",
        "--json",
    ]);
    assert_eq!(causal["meanings"].as_array().unwrap().len(), 2);
    let changes = causal["effects"].as_array().unwrap();
    assert!(changes.iter().any(|effect| effect["change"] == "probe"));
    for variable in ["facing", "position"] {
        let value = |change: &str, words: &str| -> Vec<f64> {
            let own = changes.iter().filter(|effect| {
                effect["variable"] == variable
                    && effect["change"] == change
                    && effect["words"] == words
            });
            let odds = own.map(|effect| effect["log_odds"]["value"].as_f64().unwrap());
            odds.collect()
        };
        let total = value("input", "all")[0];
        // A text all of whose vectors are those of the other text is the other text.
        for all in value("whole", "all") {
            assert!((all - total).abs() < 1e-9, "{variable}: {all} {total}");
        }
        // Words differ nowhere but in the hero's cells.
        assert!((value("whole", "hero")[0] - total).abs() < 1e-9);
        assert!(value("whole", "onward")[0].abs() < 1e-9);
    }
    // So small a model answers nothing, and there is no share of nothing.
    if causal["right"].as_f64().unwrap() == 0.0 {
        assert!(changes.iter().all(|effect| effect["recovered"].is_null()));
    }
    // Every vector that is added is scaled, those of the controls too: at 0 nothing moves.
    let still = folder.json(&[
        "causal",
        "straight",
        "data",
        "--programs",
        "20",
        "--patch-draws",
        "20",
        "--strength",
        "0",
        "--json",
    ]);
    for effect in still["effects"].as_array().unwrap() {
        if ["mean", "probe", "alternative", "random"].contains(&effect["change"].as_str().unwrap())
        {
            assert_eq!(effect["log_odds"]["value"], 0.0, "{effect}");
        }
    }
}

#[test]
fn tested_programs_are_unseen_and_other_lengths_are_apart() {
    let folder = Folder(TempDir::new().unwrap());
    let lengths = [
        "--length",
        "1-7",
        "--train-length",
        "3-5",
        "--beyond",
        "90",
        "--json",
    ];
    let corpus = folder.json(&[&GENERATE[..], &lengths[..]].concat());
    let unseen = &corpus["unseen"];
    assert_eq!(
        (&unseen["shared"], &unseen["begun"]),
        (&0.into(), &0.into()),
        "{unseen}"
    );
    assert_eq!(
        (&unseen["beyond"], &corpus["texts"]["test"]),
        (&90.into(), &240.into())
    );
    let programs = |part: &str| -> std::collections::BTreeSet<Vec<String>> {
        let text = std::fs::read_to_string(folder.path(&format!("data/{part}.jsonl"))).unwrap();
        let rows = text.lines().map(|line| {
            let row: Value = serde_json::from_str(line).unwrap();
            let words = row["prompt"]
                .as_str()
                .unwrap()
                .split(' ')
                .map(str::to_owned);
            let program = words.skip_while(|word| word != "{").skip(1);
            program.take_while(|word| word != "}").collect()
        });
        rows.collect()
    };
    let (train, validation, test) = (programs("train"), programs("validation"), programs("test"));
    assert!(
        train.is_disjoint(&test) && train.is_disjoint(&validation) && validation.is_disjoint(&test)
    );
    assert!(
        train
            .iter()
            .chain(&validation)
            .all(|one| (3..=5).contains(&one.len()))
    );
    for program in &test {
        assert!(
            (1..program.len()).all(|length| !train.contains(&program[..length])),
            "{program:?}"
        );
    }
    assert!(test.iter().any(|one| one.len() == 7) && test.iter().any(|one| one.len() < 3));
    folder.ok(&train_for("model", "20"));
    let scored = folder.json(&["lm", "eval", "model", "data", "--json"]);
    assert_eq!(
        (&scored["texts"], &scored["beyond"]["texts"]),
        (&150.into(), &90.into())
    );
    folder.ok(&["acts", "model", "data", "--out", "acts"]);
    let report = folder.json(&[
        "probe",
        "acts",
        "--data",
        "data",
        "--offset=-9,0",
        "--probe-layers",
        "0",
        "--shuffles",
        "2",
        "--draws",
        "50",
        "--json",
    ]);
    let summaries = report["subjects"][0]["summaries"].as_array().unwrap();
    // No program has a state nine steps back.
    assert_eq!(summaries.len(), 6);
    for summary in summaries {
        assert!(
            summary["beyond"]["states"].as_u64().unwrap() > 90,
            "{summary}"
        );
        assert!(
            summary["states"].as_u64().unwrap() > 150 * 4 - 1,
            "{summary}"
        );
        assert!(summary["holm"].as_f64().unwrap() >= summary["p"].as_f64().unwrap());
    }
    // Lengths that are not drawn cannot be trained on.
    let output = folder
        .command(&[
            "karel",
            "generate",
            "--out",
            "other",
            "--length",
            "1-4",
            "--train-length",
            "3-5",
        ])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("those drawn have 1 to 4"), "{errors}");
}

fn train_for<'a>(out: &'a str, steps: &'a str) -> Vec<&'a str> {
    let mut arguments = train(out);
    arguments[4] = steps;
    arguments
}

#[test]
fn programs_that_are_written_are_executed() {
    let folder = Folder(TempDir::new().unwrap());
    folder.ok(&[
        "karel",
        "generate",
        "--out",
        "data",
        "--mode",
        "synthesis",
        "--grid",
        "1x2",
        "--walls",
        "0",
        "--length",
        "1-3",
        "--train",
        "60",
        "--validation",
        "2",
        "--test",
        "8",
        "--end",
        "hero",
        "--quiet",
        "--semantics",
        "original",
        "--worlds",
        "2",
    ]);
    folder.ok(&train_for("model", "150"));
    let scored = folder.json(&["lm", "eval", "model", "data", "--json"]);
    let executed = &scored["executed"];
    let count = |name: &str| executed[name].as_u64().unwrap();
    assert_eq!(count("texts"), 8, "{executed}");
    let all = count("right") + count("wrong") + count("unparsable") + count("out_of_steps");
    assert_eq!(all, 8, "{executed}");
    // What is right word for word is right when it is executed.
    assert!(
        count("right") >= scored["exact"].as_u64().unwrap(),
        "{scored}"
    );
}

#[test]
fn what_cannot_be_done_is_said_with_what_to_do_instead() {
    let folder = Folder(TempDir::new().unwrap());
    let output = folder
        .command(&["lm", "eval", "nowhere", "nothing"])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(errors.contains("karel generate"), "{errors}");
}

#[test]
fn the_number_of_processors_changes_no_number() {
    let folder = Folder(TempDir::new().unwrap());
    folder.ok(&GENERATE);
    // Wide enough for products that candle's libraries would share among threads.
    let train = |out: &str, threads: &str| {
        let shape = ["lm", "train", "data", "--batch", "64", "--hidden", "64"];
        let rest = ["--steps", "4", "--checkpoints", "0", "--out", out];
        let status = folder
            .command(&[&shape[..], &rest[..]].concat())
            .env("RAYON_NUM_THREADS", threads)
            .env("CANDLE_NUM_THREADS", threads)
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
        std::fs::read(folder.path(out).join("model.safetensors")).unwrap()
    };
    let one = train("one", "1");
    assert!(one == train("three", "3"));
    assert!(one == train("eight", "8"));
}

#[test]
fn a_graphics_card_that_the_program_was_not_built_for_is_refused() {
    if cfg!(feature = "cuda") {
        return;
    }
    let folder = Folder(TempDir::new().unwrap());
    for command in [
        &["lm", "train", "data", "--out", "model"][..],
        &["lm", "eval", "model", "data"],
        &["acts", "model", "data", "--out", "acts"],
        &["causal", "model", "data"],
    ] {
        let arguments = [command, &["--device", "cuda"]].concat();
        let output = folder.command(&arguments).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(errors.contains("built without cuda"), "{errors}");
        assert!(errors.contains("--features tracestone/cuda"), "{errors}");
    }
}

fn wait_for(path: &Path) {
    let started = Instant::now();
    while !path.exists() {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "no {}",
            path.display()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
