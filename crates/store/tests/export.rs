//! Content of exports, and its independence of everything but the store's content.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod fixture;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use fixture::place::{FORMATS, Place, bytes, expected, filled, go_on, lines, read, worlds};
use fixture::{World, world};
use serde_json::Value;
use tracestone_record::{Line, Sample, SampleKind, Split};
use tracestone_store::export::{
    Compression, ExportError, ExportSettings, Format, Order, Style, export,
};
use tracestone_store::{Filter, ImportError, LicensePolicy, MarkPolicy, Store, read_samples};

#[test]
fn json_lines_and_parquet_hold_every_record_unchanged() {
    let worlds = worlds();
    let place = filled(&worlds);
    for (format, file) in [
        (Format::Jsonl, "{}.jsonl"),
        (Format::Parquet, "data/{}-00000-of-00001.parquet"),
    ] {
        let (out, exported) = place.export(format);
        assert_eq!(exported.rows, 360);
        assert!(exported.left_out.is_empty());
        for split in Split::ALL {
            let path = out.join(file.replace("{}", split.name()));
            let mut found = read(&path);
            // Parquet has its rows in another order.
            found.sort_by_key(|sample| sample.id);
            assert_eq!(found, expected(&worlds, split));
        }
        assert_eq!(read(&out).len(), 360);
    }
}

#[test]
fn compressed_lines_are_read_back_and_named_in_the_card() {
    let place = filled(&worlds());
    let plain = read(&place.export(Format::Jsonl).0);
    for compression in [Compression::Gzip, Compression::Zstd] {
        let ending = compression.ending();
        let settings = ExportSettings {
            out: place.out(ending),
            compression: Some(compression),
            ..place.settings(Format::Jsonl)
        };
        let exported = export(&place.store, &settings, &go_on).unwrap();
        let path = format!("train.jsonl{ending}");
        let file = exported
            .files
            .iter()
            .find(|file| file.path == path)
            .unwrap();
        let bytes = std::fs::read(settings.out.join(&path)).unwrap();
        assert_eq!(file.bytes, bytes.len() as u64);
        assert_eq!(file.blake3, blake3::hash(&bytes).to_hex().to_string());
        assert_eq!(read(&settings.out), plain);
        let card = std::fs::read_to_string(settings.out.join("README.md")).unwrap();
        assert!(card.contains(&format!("path: \"{path}\"")), "{card}");
        // Written anew over it, the same bytes; as plain lines, no compressed ones are left.
        let again = ExportSettings {
            overwrite: true,
            ..settings
        };
        assert_eq!(export(&place.store, &again, &go_on).unwrap(), exported);
        let other = ExportSettings {
            compression: None,
            ..again
        };
        export(&place.store, &other, &go_on).unwrap();
        assert!(!other.out.join(&path).exists());
    }
}

#[test]
fn json_lines_are_what_the_schema_says_in_the_fields_order() {
    let place = filled(&worlds());
    let (out, _) = place.export(Format::Jsonl);
    let schema = serde_json::from_str(&tracestone_record::sample_schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for row in lines(&out.join("train.jsonl")) {
        let errors: Vec<_> = validator
            .iter_errors(&row)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    let text = std::fs::read_to_string(out.join("train.jsonl")).unwrap();
    let fields = [
        "id",
        "kind",
        "schema",
        "program",
        "entry",
        "setup",
        "call",
        "question",
        "prompt",
        "answer",
        "answer_type",
        "rationale",
        "facts",
        "input_origin",
        "provenance",
        "evidence",
        "group",
        "split",
    ];
    for line in text.lines() {
        let places: Vec<_> = fields
            .iter()
            .map(|field| line.find(&format!("\"{field}\":")))
            .collect();
        assert!(places.iter().all(Option::is_some));
        assert!(places[..8].is_sorted());
    }
}

#[test]
fn bytes_do_not_depend_on_how_the_store_was_filled() {
    let worlds = worlds();
    let one = filled(&worlds);
    let other_folder = tempfile::tempdir().unwrap();
    let mut store = Store::create_or_open(&other_folder.path().join("data.db")).unwrap();
    // Other order, other batches, an older commit that is no longer current, and work done twice.
    let stale = world("w0", "c0", 8);
    for world in worlds.iter().rev().chain([&stale]) {
        world.put_source(&mut store);
    }
    for world in worlds.iter().chain([&stale]) {
        world.put_extraction(&mut store);
    }
    stale.put_runs(&mut store);
    stale.put_samples(&mut store);
    for world in worlds.iter().rev() {
        world.put_runs(&mut store);
        for row in world.sample_batch().into_iter().rev() {
            store.put_samples(&[row]).unwrap();
        }
        world.put_samples(&mut store);
    }
    fixture::make_current(&mut store, &worlds.iter().collect::<Vec<_>>());
    let other = Place {
        folder: other_folder,
        store,
    };
    for format in FORMATS {
        let (first, second) = (one.export(format), other.export(format));
        assert_eq!(first.1, second.1);
        let (first, second) = (bytes(&first.0), bytes(&second.0));
        assert!(first.keys().eq(second.keys()));
        for (name, content) in &first {
            assert!(
                *content == second[name],
                "{name} of {} differs",
                format.name()
            );
        }
    }
}

#[test]
fn an_export_is_one_moment_of_a_store_that_is_being_written() {
    let worlds = worlds();
    let mut place = filled(&worlds[..2]);
    let reader = Store::open_read_only(place.store.path()).unwrap();
    let settings = place.settings(Format::Jsonl);
    let once = std::cell::Cell::new(true);
    let writer = std::cell::RefCell::new(&mut place.store);
    let exported = export(&reader, &settings, &|_| {
        if once.replace(false) {
            worlds[2].put(&mut writer.borrow_mut());
            fixture::make_current(&mut writer.borrow_mut(), &[&worlds[2]]);
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(exported.rows, 240);
    let manifest = std::fs::read_to_string(settings.out.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["sources"].as_array().unwrap().len(), 2);
    let again = ExportSettings {
        overwrite: true,
        ..settings
    };
    assert_eq!(export(&reader, &again, &go_on).unwrap().rows, 120);
}

#[test]
fn nothing_vanishes() {
    let place = filled(&worlds());
    for format in FORMATS {
        let settings = ExportSettings {
            filter: Filter {
                kinds: vec![SampleKind::Output, SampleKind::Trace],
                splits: vec![Split::Train, Split::Test],
                license: LicensePolicy::Permissive,
                marks: MarkPolicy::Include,
                limit: Some(10),
                ..Filter::default()
            },
            ..place.settings(format)
        };
        let seen = std::cell::Cell::new(0);
        let exported = export(&place.store, &settings, &|step| {
            assert_eq!(step.total, 360);
            seen.set(seen.get() + step.done);
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(exported.rows, 10);
        assert_eq!(exported.rows + exported.left_out.values().sum::<u64>(), 360);
        assert_eq!(seen.get(), 360);
        assert_eq!(exported.left_out["kind"], 288);
        assert!(exported.left_out["limit"] > 0);
    }
}

#[test]
fn chat_is_a_question_and_a_reply_with_a_marked_answer() {
    let place = filled(&worlds());
    let (out, exported) = place.export(Format::Chat);
    assert_eq!(exported.rows, 360);
    let samples = expected(&worlds(), Split::Test);
    let rows = lines(&out.join("test.jsonl"));
    assert_eq!(rows.len(), samples.len());
    for (row, sample) in rows.iter().zip(&samples) {
        assert_eq!(row["id"], sample.id.to_string());
        assert_eq!(row["messages"][0]["role"], "user");
        let question = row["messages"][0]["content"].as_str().unwrap();
        assert!(question.starts_with(sample.prompt.trim_end()));
        assert_eq!(row["messages"][1]["role"], "assistant");
        let reply = row["messages"][1]["content"].as_str().unwrap();
        assert!(reply.starts_with(&sample.rationale));
        assert!(reply.ends_with(&format!("[ANSWER]{}[/ANSWER]", sample.answer)));
        let steps = !sample.rationale.is_empty();
        assert_eq!(question.contains("step by step"), steps);
        assert_eq!(question.contains("Give the answer alone"), !steps);
    }
    assert!(matches!(
        read_samples(&out, |_| ControlFlow::Continue(())),
        Err(ImportError::Incomplete { .. })
    ));
}

#[test]
fn direct_conversations_ask_for_the_answer_alone_and_give_it_alone() {
    let place = filled(&worlds());
    let settings = ExportSettings {
        style: Style::Direct,
        probes: None,
        ..place.settings(Format::Chat)
    };
    export(&place.store, &settings, &go_on).unwrap();
    for row in lines(&settings.out.join("train.jsonl")) {
        let [question, reply] =
            [0, 1].map(|turn| row["messages"][turn]["content"].as_str().unwrap());
        assert!(question.ends_with("without explanation."), "{question}");
        assert!(
            reply.starts_with("[ANSWER]") && reply.ends_with("[/ANSWER]"),
            "{reply}"
        );
    }
}

#[test]
fn parquet_has_the_rows_of_a_program_and_of_its_calls_together() {
    let worlds = worlds();
    let place = filled(&worlds);
    let (out, _) = place.export(Format::Parquet);
    let samples = read(&out.join("data/train-00000-of-00001.parquet"));
    let mut runs: Vec<_> = samples
        .iter()
        .map(|sample| (sample.program.as_str(), sample.call.as_str()))
        .collect();
    runs.dedup();
    let all = runs.len();
    runs.sort_unstable();
    runs.dedup();
    assert_eq!(runs.len(), all, "a call's rows lie apart");
    let settings = ExportSettings {
        order: Some(Order::Shuffled),
        out: place.out("shuffled"),
        ..place.settings(Format::Parquet)
    };
    export(&place.store, &settings, &go_on).unwrap();
    let shuffled = read(&settings.out.join("data/train-00000-of-00001.parquet"));
    assert_eq!(shuffled, expected(&worlds, Split::Train));
    for format in [Format::Cruxeval, Format::Cwm] {
        let settings = ExportSettings {
            order: Some(Order::Program),
            ..place.settings(format)
        };
        assert!(matches!(
            export(&place.store, &settings, &go_on),
            Err(ExportError::Order { .. })
        ));
        assert!(!settings.out.exists());
    }
}

#[test]
fn a_limit_takes_the_same_rows_in_either_order() {
    let place = filled(&worlds());
    let ids = |order| {
        let settings = ExportSettings {
            order: Some(order),
            out: place.out(if order == Order::Program { "p" } else { "s" }),
            filter: Filter {
                limit: Some(50),
                ..Filter::default()
            },
            ..place.settings(Format::Jsonl)
        };
        let exported = export(&place.store, &settings, &go_on).unwrap();
        assert_eq!((exported.rows, exported.left_out["limit"]), (50, 310));
        let mut ids: Vec<_> = read(&settings.out).iter().map(|sample| sample.id).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(ids(Order::Program), ids(Order::Shuffled));
}

#[test]
fn cruxeval_rows_name_f_and_say_where_they_come_from() {
    let mut worlds = worlds();
    for row in worlds[0].chains[0]
        .samples
        .iter_mut()
        .filter(|row| row.sample.kind == SampleKind::Output)
    {
        row.sample.answer = "[{1, 2}]".to_owned();
    }
    worlds[0].chains[1].calls[0].arguments = None;
    let place = filled(&worlds);
    let (out, exported) = place.export(Format::Cruxeval);
    assert_eq!(exported.rows, 33);
    assert_eq!(
        exported.left_out["cruxeval: the output is not a literal without sets"],
        2
    );
    assert_eq!(exported.left_out["cruxeval: not a plain call"], 1);
    let origins = lines(&out.join("cruxeval_ids.jsonl"));
    assert_eq!(origins.len(), 33);
    let mut numbers = BTreeMap::new();
    for origin in &origins {
        let split = origin["split"].as_str().unwrap();
        let number = numbers.entry(split).or_insert(0);
        let row = &lines(&out.join(format!("{split}.jsonl")))[*number];
        assert_eq!(row["id"], format!("sample_{number}"));
        assert_eq!(origin["id"], row["id"]);
        *number += 1;
        let sample = place
            .store
            .sample(origin["sample"].as_str().unwrap())
            .unwrap()
            .sample;
        assert_eq!(sample.split.name(), split);
        let code = row["code"].as_str().unwrap();
        assert_eq!(
            code,
            format!("{}\n\nf = {}\n", sample.program, sample.entry)
        );
        assert_eq!(
            sample.call,
            format!("{}({})", sample.entry, row["input"].as_str().unwrap())
        );
        assert_eq!(row["output"], sample.answer);
        assert_eq!(row.as_object().unwrap().len(), 4);
    }
    let card = std::fs::read_to_string(out.join("README.md")).unwrap();
    assert!(
        card.contains("  - split: train\n    path: \"train.jsonl\"\n"),
        "{card}"
    );
}

#[test]
fn cwm_rows_are_the_traces_of_trace_questions() {
    let place = filled(&worlds());
    let (out, exported) = place.export(Format::Cwm);
    assert_eq!(exported.rows, 36);
    assert_eq!(exported.left_out["cwm: only trace questions"], 324);
    for row in lines(&out.join("train.jsonl")) {
        let text = row["text"].as_str().unwrap();
        assert!(text.starts_with("<|begin_of_text|><|trace_context_start|>def w0_"));
        assert!(text.contains("(x):  # << START_OF_TRACE\n    total = x + 1\n"));
        assert!(text.ends_with("<|frame_sep|><|end_of_text|>"));
        assert_eq!(text.matches("<|line_sep|>").count(), 2);
    }
}

#[test]
fn the_manifest_lists_every_file_with_its_hash() {
    let place = filled(&worlds());
    for format in FORMATS {
        let (out, exported) = place.export(format);
        let files = bytes(&out);
        let manifest: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
        let listed = manifest["files"].as_array().unwrap();
        assert_eq!(listed.len(), files.len() - 1);
        for file in listed {
            let content = &files[file["path"].as_str().unwrap()];
            assert_eq!(file["bytes"], content.len() as u64);
            assert_eq!(file["blake3"], blake3::hash(content).to_hex().to_string());
        }
        let rows: u64 = listed
            .iter()
            .map(|file| file["rows"].as_u64().unwrap())
            .sum();
        assert_eq!(rows, exported.rows);
        assert_eq!(manifest["rows"], exported.rows);
        assert_eq!(manifest["python"], serde_json::json!(["CPython 3.11.2"]));
        assert_eq!(manifest["settings"]["seed"], 0);
        assert_eq!(manifest["settings"]["split"]["ratios"][0], 0.9);
        assert_eq!(manifest["sources"][0]["commit"], "c1");
    }
}

#[test]
fn the_card_has_a_header_counts_and_provenance() {
    let place = filled(&worlds());
    let (out, _) = place.export(Format::Parquet);
    let card = std::fs::read_to_string(out.join("README.md")).unwrap();
    let (header, body) = card
        .strip_prefix("---\n")
        .unwrap()
        .split_once("\n---\n")
        .unwrap();
    for line in [
        "license:\n- gpl-3.0\n- mit\n",
        "size_categories:\n- n<1K\n",
        "  - split: train\n    path: \"data/train-*.parquet\"\n",
        "  - name: \"program\"\n    dtype: string\n",
    ] {
        assert!(header.contains(line), "{line}");
    }
    for line in [
        "| `state` | 12 | 12 | 12 | 36 |",
        "| `all` | 120 | 120 | 120 | 360 |",
        "| w1 | https://example.org/w1.git | `c1` | 120 | GPL-3.0-only, MIT |",
        "324 rows ask about calls that people wrote, 0 about calls that this tool made",
        "36 `annotated` rows are about no call.",
        "| `doctest` | by people | an example in a docstring | 324 |",
        "- Licences: all, also files under no known licence",
        "The parts of the split are kept apart by `group`: a source,",
        "| `question.variable` | string? | The variable (`state`). |",
        "- Interpreter: CPython 3.11.2.",
        "## At a glance\n\n![Rows by kind](plots/kinds.svg)\n",
    ] {
        assert!(body.contains(line), "{line}");
    }
    let shown = body
        .lines()
        .filter_map(|line| line.strip_prefix("![")?.split_once("](plots/"));
    for (title, file) in shown {
        let file = out.join("plots").join(file.trim_end_matches(')'));
        let drawing = std::fs::read_to_string(file).unwrap();
        assert!(
            drawing.starts_with("<svg ") && drawing.contains(&format!("<title>{title}</title>"))
        );
    }
    let kinds = std::fs::read_to_string(out.join("plots/kinds.svg")).unwrap();
    assert!(
        kinds.contains(">state</text>") && kinds.contains(">36</text>"),
        "{kinds}"
    );
}

#[test]
fn an_export_without_rows_is_a_card_and_a_manifest() {
    let place = filled(&[]);
    for format in FORMATS {
        let (out, exported) = place.export(format);
        assert_eq!(exported.rows, 0);
        assert!(
            bytes(&out)
                .keys()
                .eq(["README.md", "croissant.json", "manifest.json"])
        );
    }
}

#[test]
fn many_batches_of_parquet_come_back() {
    let mut worlds = vec![world("w0", "c1", 60)];
    for row in worlds[0]
        .chains
        .iter_mut()
        .flat_map(|chain| &mut chain.samples)
    {
        row.sample.rationale = "long ".repeat(5_000);
        row.sample.provenance.lines = [Line(7), Line(9)];
    }
    let place = filled(&worlds);
    let (out, exported) = place.export(Format::Parquet);
    assert_eq!(exported.rows, 1200);
    let mut found = read(&out);
    found.sort_by_key(|sample| sample.id);
    assert!(found == expected(&worlds, Split::Train));
}

#[test]
fn a_change_leaves_all_parquet_files_but_one_as_they_were() {
    let mut world = world("w0", "c1", 1000);
    let files = |world: &World| {
        let place = filled(std::slice::from_ref(world));
        let (_, exported) = place.export(Format::Parquet);
        let files = exported.files.into_iter().filter(|file| file.rows > 0);
        files.map(|file| file.blake3).collect::<Vec<_>>()
    };
    let before = files(&world);
    assert!((4..60).contains(&before.len()), "{}", before.len());
    world.chains.remove(500);
    let after = files(&world);
    assert_eq!(after.len(), before.len());
    let new = after.iter().filter(|file| !before.contains(file)).count();
    assert_eq!(new, 1);
}

#[test]
fn what_cannot_be_read_is_named_with_its_row() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let keep = |_: Sample| ControlFlow::Continue(());
    assert!(matches!(
        read_samples(&at("none"), keep),
        Err(ImportError::Io { .. })
    ));
    std::fs::write(at("a.csv"), "x").unwrap();
    assert!(matches!(
        read_samples(&at("a.csv"), keep),
        Err(ImportError::UnknownFile { .. })
    ));
    assert!(matches!(
        read_samples(folder.path(), keep),
        Err(ImportError::NoSamples { .. })
    ));
    std::fs::write(at("b.jsonl"), "\n{\"id\": 1}\n").unwrap();
    assert!(matches!(
        read_samples(&at("b.jsonl"), keep),
        Err(ImportError::BadRow { row: 2, .. })
    ));
    std::fs::write(at("c.parquet"), "PAR1 but not really").unwrap();
    assert!(matches!(
        read_samples(&at("c.parquet"), keep),
        Err(ImportError::BadRow { .. })
    ));
}
