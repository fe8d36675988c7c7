//! Sparse autoencoders from the command line, on a tiny Karel model: the same files on any number of threads and after
//! a stop, formats both ways, and mistakes that are named.

use serde_json::Value;

use crate::support::Bench;

/// A dataset, a model that has hardly learned, and activations of all its tokens and of those with states.
fn prepared() -> Bench {
    let bench = Bench::empty();
    let words = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
    for command in [
        "karel generate --out data --train 1500 --validation 150 --test 150 --end hero --grid 4x4 --markers 0 \
         --weights move=1,turn_left=1,turn_right=1 --length 1-5 --force --quiet",
        "lm train data --steps 40 --batch 32 --hidden 16 --layers 2 --heads 2 --checkpoints 1 --out model --quiet",
        "acts model data --split train --tokens all --limit 300 --out acts --shard-rows 1000 --quiet",
        "acts model data --out acts --quiet",
    ] {
        let words = words(command);
        let call: Vec<&str> = words
            .iter()
            .map(String::as_str)
            .filter(|w| !w.is_empty())
            .collect();
        bench.ok(&call);
    }
    bench
}

fn train<'a>(out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let call = [
        "sae",
        "train",
        "acts",
        "--site",
        "blocks.0.hook_resid_post",
        "--width",
        "48",
        "--l0",
        "4",
        "--steps",
        "60",
        "--batch",
        "256",
        "--buffer",
        "2000",
        "--out",
        out,
        "--json",
    ];
    call.into_iter().chain(more.iter().copied()).collect()
}

#[test]
fn a_dictionary_is_the_same_on_any_threads_and_is_read_in_every_format() {
    let bench = prepared();
    let report: Value = serde_json::from_str(&bench.ok(&train("one", &["--jobs", "1"]))).unwrap();
    assert_eq!(report["done"], true);
    bench.ok(&train(
        "three",
        &["--jobs", "3", "--save-every", "7", "--checkpoints", "2"],
    ));
    let read = |name: &str| std::fs::read(bench.path(name)).unwrap();
    for file in [
        "sae_weights.safetensors",
        "training.state",
        "training.json",
        "cfg.json",
    ] {
        assert_eq!(
            read(&format!("one/{file}")),
            read(&format!("three/{file}")),
            "{file}"
        );
    }
    assert!(
        bench
            .path("three/checkpoints/step-0000020/sae_weights.safetensors")
            .exists()
    );
    // Finished: nothing is computed again.
    let again: Value = serde_json::from_str(&bench.ok(&train("one", &[]))).unwrap();
    assert_eq!(again["rows_in_this_call"], 0);

    let own: Value =
        serde_json::from_str(&bench.ok(&["sae", "eval", "one", "acts", "--json"])).unwrap();
    let quality = &own["quality"];
    // So few steps reconstruct hardly more than the mean.
    assert!(quality["cosine"].as_f64().unwrap() > 0.5, "{quality}");
    assert!(
        (1.0..8.0).contains(&quality["l0"].as_f64().unwrap()),
        "{quality}"
    );
    for (format, file) in [
        ("gemma-scope", "params.npz"),
        ("gemma-scope-2", "params.safetensors"),
    ] {
        bench.ok(&["sae", "convert", "one", "--to", format, "--out", format]);
        let path = format!("{format}/{file}");
        let site = ["--site", "blocks.0.hook_resid_post"];
        let call = [&["sae", "eval", &path, "acts", "--json"][..], &site].concat();
        let found: Value = serde_json::from_str(&bench.ok(&call)).unwrap();
        assert_eq!(&found["quality"], quality);
        bench.ok(&["sae", "convert", &path, "--to", "saelens", "--out", "back"]);
        assert_eq!(
            read("back/sae_weights.safetensors"),
            read("one/sae_weights.safetensors")
        );
    }
}

#[test]
fn features_are_compared_with_executed_states() {
    let bench = prepared();
    bench.ok(&train("own", &[]));
    bench.ok(&train("fixed", &["--frozen", "decoder"]));
    let call = [
        "sae",
        "eval",
        "own",
        "acts",
        "--data",
        "data",
        "--model",
        "model",
        "--beside",
        "frozen decoder=fixed",
        "--untrained",
        "untrained=fixed,acts",
        "--draws",
        "20",
        "--programs",
        "20",
        "--variable",
        "facing",
        "--json",
    ];
    let report: Value = serde_json::from_str(&bench.ok(&call)).unwrap();
    let states = &report["states"][0];
    assert_eq!(states["values"].as_array().unwrap().len(), 4);
    let readers = states["readers"].as_array().unwrap();
    let names: Vec<&str> = readers
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "best feature",
            "probe of 1 feature",
            "probe of 2 features",
            "probe of 5 features",
            "probe of 20 features",
            "best neuron",
            "linear probe",
            "frozen decoder",
            "untrained"
        ]
    );
    for reader in readers {
        let score = &reader["auroc"];
        assert!(
            (0.3..=1.0).contains(&score["original"].as_f64().unwrap()),
            "{reader}"
        );
        assert!(score["gap"]["low"].as_f64().unwrap() <= score["gap"]["high"].as_f64().unwrap());
        assert_eq!(score["alternatives"].as_object().unwrap().len(), 2);
    }
    // The same dictionary and rows give the same scores under either name.
    assert_eq!(readers[7]["f1"], readers[8]["f1"]);
    let loss = &report["loss"];
    assert!(
        loss["zeros"].as_f64().unwrap() > loss["original"].as_f64().unwrap(),
        "{loss}"
    );
    assert_eq!(report["steering"]["effects"].as_array().unwrap().len(), 18);
}

/// The whole experiment with two tiny models: what it concludes names both, and a second call trains nothing again.
#[test]
fn the_experiment_is_about_several_models_and_goes_on() {
    let bench = Bench::empty();
    let line = "demo features --out demo --models 2 --train 1500 --held-out 50 --steps 20 --batch 32 --hidden 16 --layers 2 \
                --heads 2 --checkpoints 1 --width 48 --l0 4 --sae-steps 20 --texts 200 --programs 10 --patch-draws 20 --json";
    let call: Vec<&str> = line.split_whitespace().collect();
    let report: Value = serde_json::from_str(&bench.ok(&call)).unwrap();
    let further = report["further"].as_array().unwrap();
    assert_eq!(further.len(), 1);
    let over = report["over_models"].as_array().unwrap();
    let of = |reader: &str| {
        let mut all = over.iter();
        let own = |one: &&Value| one["variable"] == "facing" && one["reader"] == reader;
        all.find(own)
    };
    let f1 = &of("best feature").unwrap()["f1"];
    let own = |report: &Value| report["states"][0]["readers"][0]["f1"]["original"].clone();
    assert_eq!(f1[0], own(&report["report"]));
    assert_eq!(f1[1], own(&further[0]));
    assert_ne!(f1[0], f1[1]);
    assert!(of("frozen decoder").is_some() && of("jumprelu").is_none());
    let page = std::fs::read_to_string(bench.path("demo/features.html")).unwrap();
    assert!(page.contains("The same in 2 trained models"));
    let state = || std::fs::metadata(bench.path("demo/sae-1/training.state")).unwrap();
    let before = state().modified().unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&bench.ok(&call)).unwrap(),
        report
    );
    assert_eq!(state().modified().unwrap(), before);
}

#[test]
fn mistakes_about_dictionaries_are_named() {
    let bench = prepared();
    let message = bench.fails(1, &["sae", "train", "acts", "--out", "x"]);
    assert!(
        message.contains("a place in the stream must be named"),
        "{message}"
    );
    assert!(
        message.contains("blocks.1.hook_resid_post") && message.contains("--site"),
        "{message}"
    );
    let message = bench.fails(1, &["sae", "eval", "data", "acts"]);
    assert!(
        message.contains("data holds no sparse autoencoder"),
        "{message}"
    );
    bench.ok(&train("topk", &["--kind", "topk"]));
    let message = bench.fails(1, &train("topk", &["--kind", "topk", "--seed", "1"]));
    assert!(
        message.contains("another sparse autoencoder") && message.contains("--out"),
        "{message}"
    );
    let message = bench.fails(
        1,
        &[
            "sae",
            "convert",
            "topk",
            "--to",
            "gemma-scope",
            "--out",
            "y",
        ],
    );
    assert!(message.contains("write it as saelens"), "{message}");
    let message = bench.fails(1, &train("x", &["--prefixes", "30,20"]));
    assert!(
        message.contains("prefixes must ascend and end with the width 48"),
        "{message}"
    );
    let mut state = std::fs::read(bench.path("topk/training.state")).unwrap();
    state[400] ^= 8;
    std::fs::write(bench.path("topk/training.state"), &state).unwrap();
    let message = bench.fails(1, &train("topk", &["--kind", "topk"]));
    assert!(message.contains("training.state is damaged"), "{message}");
}
