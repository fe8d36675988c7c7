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
    assert_eq!(roles, ["trained", "untrained", "shuffled"]);
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
    // A text all of whose vectors are those of the other text is the other text.
    let value = |change: &str, words: &str| -> Vec<&serde_json::Value> {
        let own = changes
            .iter()
            .filter(|effect| effect["change"] == change && effect["words"] == words);
        own.map(|effect| &effect["recovered"]["value"]).collect()
    };
    for all in value("whole", "all") {
        assert!((all.as_f64().unwrap() - 1.0).abs() < 1e-9, "{all}");
    }
    // Words differ nowhere but in the hero's cell.
    assert!((value("whole", "hero")[0].as_f64().unwrap() - 1.0).abs() < 1e-9);
    assert!(value("whole", "onward")[0].as_f64().unwrap().abs() < 1e-9);
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
