//! Python states in a model directory of somebody's own: texts in its tokens, states at token positions, and all commands
//! that go on from there. The numbers of so small a model mean nothing; that its places are right does.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use serde_json::{Value, json};
use tracestone_interp::activations;
use tracestone_record::LedgerRow;
use tracestone_sae::formats::Format;
use tracestone_sae::{Dictionary, Gate};
use tracestone_store::read_ledger;

use crate::support::{Bench, repository};

/// The character that stands for a byte in byte-level tokenizers.
fn sign(byte: u8) -> char {
    let plain = |byte: u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    if plain(byte) {
        return char::from(byte);
    }
    let before = (0..byte).filter(|other| !plain(*other)).count();
    char::from_u32(256 + u32::try_from(before).unwrap()).unwrap()
}

/// A directory with a tokenizer whose tokens are bytes, with or without a first token.
fn directory(bench: &Bench, name: &str, begin: bool) {
    let mut words = serde_json::Map::new();
    for byte in 0..=255_u8 {
        words.insert(sign(byte).to_string(), json!(byte));
    }
    words.insert("<s>".to_owned(), json!(256));
    let first = json!({
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"<s>": {"id": "<s>", "ids": [256], "tokens": ["<s>"]}},
    });
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "normalizer": null,
        "added_tokens": [{"id": 256, "content": "<s>", "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true}],
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": true},
        "post_processor": if begin { first } else { Value::Null },
        "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": true},
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "vocab": words, "merges": []},
    });
    std::fs::create_dir(bench.path(name)).unwrap();
    bench.write(&format!("{name}/tokenizer.json"), &tokenizer.to_string());
    bench.write(
        &format!("{name}/tokenizer_config.json"),
        r#"{"bos_token": "<s>", "eos_token": "<s>"}"#,
    );
    bench.write(
        &format!("{name}/config.json"),
        r#"{"model_type": "qwen2", "max_position_embeddings": 4096}"#,
    );
}

/// A store of thirty small functions, each of a group of its own, with three inputs each.
fn store(bench: &Bench) {
    let file = |number: usize| {
        let text = format!(
            "# SPDX-License-Identifier: MIT\n\n\ndef walk{number}(count):\n    \"\"\"Walks.\n\n    >>> walk{number}(2)\n    0\n    \
             >>> walk{number}(3)\n    0\n    >>> walk{number}(5)\n    0\n    \"\"\"\n    total = {number}\n    for step in range(count):\n        \
             if step % 2:\n            total -= step * {}\n        else:\n            seen = [step] * total if total > 0 else None\n    \
             return total\n",
            number + 2
        );
        (format!("walk{number}.py"), text)
    };
    let files: Vec<(String, String)> = (0..30).map(file).collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let folder = bench.path("repository");
    repository(&folder, &files);
    bench.write(
        "corpus.toml",
        &format!(
            "name = \"walks\"\n\n[split]\ngroup_by = \"file\"\n\n[[source]]\nkind = \"git\"\nurl = \"{}\"\nrevision = \"main\"\n",
            folder.display()
        ),
    );
    bench.ok(&[
        "build",
        "corpus.toml",
        "--store",
        "a.db",
        "--inputs",
        "mined",
        "--quiet",
    ]);
}

fn call(bench: &Bench, line: &str) -> String {
    bench.ok(&line.split_whitespace().collect::<Vec<_>>())
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

const SPLIT: &str = "--prompt minimal --shares 34,33,33 --kind trace,output --json --quiet";

#[test]
fn states_are_at_the_bytes_of_the_text_with_and_without_a_first_token() {
    let bench = Bench::empty();
    store(&bench);
    let mut places = Vec::new();
    for (name, leading) in [("plain", 0), ("begun", 1)] {
        directory(&bench, name, leading == 1);
        let line = format!("ledger --store a.db --model {name} --out data-{name} {SPLIT}");
        let corpus: Value = serde_json::from_str(&call(&bench, &line)).unwrap();
        assert_eq!(corpus["leading"], leading);
        assert_eq!(corpus["vocabulary"], 257);
        assert_eq!(corpus["semantics"], json!(["original", "another input"]));
        let mut rows = Vec::new();
        for split in ["train", "validation", "test"] {
            rows.extend(ledger(
                &bench,
                &format!("data-{name}/ledger-{split}.parquet"),
            ));
        }
        assert!(rows.len() > 100, "{}", rows.len());
        let semantics: BTreeSet<&str> = rows.iter().map(|row| row.semantics.as_str()).collect();
        assert_eq!(semantics.len(), 2);
        // A token is a byte, so the last token of the first N bytes is that with the number N - 1.
        for row in &rows {
            assert_eq!(row.token.unwrap() + 1, row.byte, "{row:?}");
        }
        // The values are what the text says behind the place.
        let part = |split: &str| {
            std::fs::read_to_string(bench.path(&format!("data-{name}/{split}.jsonl"))).unwrap()
        };
        let texts = ["train", "validation", "test"].map(part).concat();
        let mut seen = 0;
        for line in texts.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let ids = line["ids"].as_array().unwrap();
            let bytes: Vec<u8> = ids[leading..]
                .iter()
                .map(|id| u8::try_from(id.as_u64().unwrap()).unwrap())
                .collect();
            let text = String::from_utf8(bytes).unwrap();
            let own = rows.iter().filter(|row| {
                line["id"] == row.sample.as_str()
                    && row.variable == "type"
                    && row.semantics == "original"
            });
            for row in own {
                let behind = &text[row.byte as usize..];
                let Some(value) = behind
                    .strip_prefix(' ')
                    .filter(|_| text[..row.byte as usize].ends_with('='))
                else {
                    continue;
                };
                let digits = value.starts_with(|c: char| c.is_ascii_digit());
                let number = ["int", "float"].contains(&row.value.as_str());
                assert!(number || !digits, "{row:?} {value:?}");
                seen += 1;
            }
        }
        assert!(seen > 5, "{seen}");
        rows.iter_mut()
            .for_each(|row| row.kind = tracestone_record::LatentKind::Latent);
        places.push(rows);
    }
    assert!(places[0] == places[1], "a first token moves no place");
}

/// Gemma's template refuses a system's text and writes the first token itself, which must not be there twice.
#[test]
fn a_directory_of_gemma_has_the_places_of_its_conversation() {
    const TEMPLATE: &str = "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not \
        supported') }}{% endif %}{% for message in messages %}{% set role = 'model' if message['role'] == 'assistant' else \
        message['role'] %}{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}\
        {% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}";
    let bench = Bench::empty();
    store(&bench);
    directory(&bench, "gemma", true);
    bench.write(
        "gemma/config.json",
        r#"{"model_type": "gemma2", "max_position_embeddings": 8192}"#,
    );
    let config = json!({"bos_token": "<s>", "eos_token": "<s>", "chat_template": TEMPLATE});
    bench.write("gemma/tokenizer_config.json", &config.to_string());
    let corpus = call(
        &bench,
        &format!("ledger --store a.db --model gemma --out data {SPLIT}"),
    );
    let corpus: Value = serde_json::from_str(&corpus).unwrap();
    assert_eq!(
        (&corpus["chat"], &corpus["leading"]),
        (&json!(true), &json!(1))
    );
    let texts = std::fs::read_to_string(bench.path("data/train.jsonl")).unwrap();
    for line in texts.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let ids = line["ids"].as_array().unwrap();
        let first = ids.iter().filter(|id| **id == json!(256)).count();
        assert_eq!((first, &ids[0]), (1, &json!(256)));
        let bytes: Vec<u8> = ids[1..]
            .iter()
            .map(|id| id.as_u64().unwrap() as u8)
            .collect();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.starts_with("<start_of_turn>user\n"), "{text}");
        assert!(text.contains("<start_of_turn>model\n[ANSWER]"), "{text}");
    }
    let rows = ledger(&bench, "data/ledger-train.parquet");
    assert!(rows.len() > 30, "{}", rows.len());
    // The three bytes of the first token are bytes of the text that the template writes.
    for row in &rows {
        assert_eq!(row.token.unwrap() + 1, row.byte - 3, "{row:?}");
    }
}

/// A dictionary that has each number of a row as two features loses nothing, so all of its features, exchanged, are the
/// other run's stream, which `causal` measures.
fn exchanged_features(bench: &Bench, effects: &[Value]) {
    const INPUTS: usize = 16;
    let directions: Vec<f32> = (0..2 * INPUTS * INPUTS)
        .map(|at| match (at / INPUTS, at % INPUTS) {
            (feature, input) if feature == input => 1.0,
            (feature, input) if feature == input + INPUTS => -1.0,
            _ => 0.0,
        })
        .collect();
    let exact = Dictionary {
        inputs: INPUTS,
        width: 2 * INPUTS,
        encoder: directions.clone(),
        decoder: directions,
        encoder_bias: vec![0.0; 2 * INPUTS],
        decoder_bias: vec![0.0; INPUTS],
        gate: Gate::Jump(vec![0.0; 2 * INPUTS]),
    };
    let about = json!({"hook_name": "blocks.0.hook_resid_post"});
    let about = about.as_object().unwrap();
    tracestone_lab::write_sae(&exact, Format::SaeLens, about, &bench.path("exact")).unwrap();
    let sae: Value = serde_json::from_str(&call(
        bench,
        "sae eval exact acts --site blocks.0.hook_resid_post --data data --model model --variable type --programs 8 --texts 4 --draws 20 \
         --json --quiet",
    ))
    .unwrap();
    let found = sae["steering"]["effects"].as_array().unwrap();
    let value = |one: &Value, key: &str| one[key]["value"].as_f64();
    for tokens in ["input", "between", "last", "all"] {
        let of = |all: &[Value], change: &str| -> Value {
            let own = |one: &&Value| {
                one["tokens"] == tokens
                    && one["change"] == change
                    && one["site"] == "blocks.0.hook_resid_post"
                    && one.get("variable").is_none_or(Value::is_null)
            };
            all.iter().find(own).unwrap().clone()
        };
        let truth = of(effects, "other run");
        for change in ["other run", "all features"] {
            let own = of(found, change);
            for key in ["effect", "unchanged"] {
                assert_eq!(value(&own, key), value(&truth, key), "{tokens} {change}");
            }
            match (value(&own, "recovered"), value(&truth, "recovered")) {
                (Some(own), Some(truth)) => assert!((own - truth).abs() < 1e-3, "{own} {truth}"),
                (own, truth) => assert_eq!(own, truth),
            }
        }
        let [own, others] = ["features", "other features"].map(|change| of(found, change));
        assert!(own["features"].as_u64().unwrap() > 0, "{own}");
        assert!(others["features"].as_u64() <= own["features"].as_u64());
    }
    let own = found.iter().filter(|one| one["variable"] == "type");
    let changes: Vec<&str> = own.map(|one| one["change"].as_str().unwrap()).collect();
    let wanted = [
        "features",
        "other features",
        "random",
        "ablated",
        "others ablated",
    ];
    assert_eq!(changes, wanted);
}

#[test]
fn activations_probes_dictionaries_and_patches_go_on_from_a_ledger() {
    let bench = Bench::empty();
    store(&bench);
    directory(&bench, "own", true);
    call(
        &bench,
        &format!("ledger --store a.db --model own --out data --limit 6 {SPLIT}"),
    );
    call(
        &bench,
        "lm train data --steps 3 --batch 4 --hidden 16 --layers 1 --heads 2 --checkpoints 1 --out model --quiet",
    );
    // The model has the tokenizer of the directory, so its texts are the same.
    let tokenizer =
        |name: &str| std::fs::read(bench.path(&format!("{name}/tokenizer.json"))).unwrap();
    assert_eq!(tokenizer("own"), tokenizer("model"));
    let scored: Value =
        serde_json::from_str(&call(&bench, "lm eval model data --limit 4 --json --quiet")).unwrap();
    assert!(scored["loss"].as_f64().unwrap() < 7.0, "{scored}");

    call(&bench, "acts model data --out acts --quiet");
    call(
        &bench,
        "acts model data --untrained 1 --out acts-untrained --quiet",
    );
    let read = |name: &str| activations::read(&bench.path(name)).unwrap();
    let (own, twin) = (read("acts/test"), read("acts-untrained/test"));
    assert_eq!(own.spots, twin.spots);
    assert_ne!(own.rows, twin.rows);
    // The first token of the tokenizer is no place, and moves the others by one.
    let rows = ledger(&bench, "data/ledger-test.parquet");
    let wanted: BTreeSet<(&str, usize)> = rows
        .iter()
        .map(|row| (row.sample.as_str(), row.token.unwrap() as usize + 1))
        .collect();
    let found: BTreeSet<(&str, usize)> = own
        .spots
        .iter()
        .map(|spot| (own.samples[spot.text].as_str(), spot.position))
        .collect();
    assert_eq!(wanted, found);

    let report: Value = serde_json::from_str(&call(
        &bench,
        "probe acts --data data --untrained acts-untrained --probe-layers 0 --epochs 2 --seeds 1 --shuffles 2 \
         --draws 20 --out report --json --quiet",
    ))
    .unwrap();
    let variables: BTreeSet<&str> = report["subjects"][0]["summaries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["variable"].as_str().unwrap())
        .collect();
    assert!(
        variables.contains("next_line") && variables.contains("type"),
        "{variables:?}"
    );

    call(
        &bench,
        "acts model data --split train --all-words --sites blocks.0.hook_resid_post --out rows --quiet",
    );
    call(
        &bench,
        "sae train rows --site blocks.0.hook_resid_post --width 32 --l0 4 --steps 20 --batch 128 --out sae --quiet",
    );
    let sae: Value = serde_json::from_str(&call(
        &bench,
        "sae eval sae acts --data data --model model --variable type --programs 2 --texts 4 --draws 20 --json --quiet",
    ))
    .unwrap();
    assert!(sae["loss"]["kl"][1].as_f64().unwrap() > 0.0, "{sae}");
    assert!(sae["states"][0]["readers"].as_array().unwrap().len() > 3);

    let causal: Value = serde_json::from_str(&call(
        &bench,
        "causal model data --programs 8 --patch-draws 20 --out causal --json --quiet",
    ))
    .unwrap();
    assert!(causal["cases"].as_u64().unwrap() > 0);
    // All that differs, put in at the embedding, is the other text.
    let effects = causal["effects"].as_array().unwrap();
    let whole = effects.iter().find(|one| {
        one["site"] == "hook_embed" && one["tokens"] == "all" && one["change"] == "other run"
    });
    if let Some(recovered) = whole.unwrap()["recovered"].as_object() {
        assert!((recovered["value"].as_f64().unwrap() - 1.0).abs() < 1e-3);
    }
    assert!(bench.path("causal/causal.html").exists());
    exchanged_features(&bench, effects);

    bench.write("data/cases.jsonl", "{}\n");
    let error = bench.fails(1, &["causal", "model", "data", "--out", "x"]);
    assert!(error.contains("cases.jsonl, line 1: "), "{error}");
    let error = bench.fails(1, &["acts", "model", "other", "--out", "x"]);
    assert!(error.contains("not a dataset"), "{error}");
    directory(&bench, "foreign", false);
    for name in ["config.json", "model.safetensors"] {
        std::fs::copy(
            bench.path(&format!("model/{name}")),
            bench.path(&format!("foreign/{name}")),
        )
        .unwrap();
    }
    let error = bench.fails(1, &["acts", "foreign", "data", "--out", "x"]);
    assert!(error.contains("another tokenizer"), "{error}");
}
