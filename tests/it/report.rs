//! Reports of runs as seen from outside.

use serde_json::{Value, json};

use crate::support::Bench;

/// Text that would leave the place it is put in, if that were possible.
const HOSTILE: &str = "</script><script>alert(1)</script><img src=x onerror=alert(2)>";

/// A run of three items with two responses each, and its folder.
fn replayed() -> (Bench, String) {
    let bench = Bench::new();
    let items = [
        json!({"id": "a", "code": "def f(x):\n    return x + 1", "input": "1", "output": "2"}),
        json!({"id": "b", "code": "def f(x):\n    return [x]", "input": "'q'", "output": "['q']"}),
        json!({"id": "c", "code": "def f(x):\n    return {x}", "input": "3", "output": "{3}"}),
    ];
    bench.write(
        "items.jsonl",
        &items.map(|item| format!("{item}\n")).concat(),
    );
    let said = |answer: &str| format!("{HOSTILE} so [ANSWER]{answer}[/ANSWER]");
    let responses = [
        json!({"item": "a", "response": said("2")}),
        json!({"item": "a", "response": said("3")}),
        json!({"item": "b", "response": said("['q']")}),
        json!({"item": "b", "response": "[ANSWER]['q", "stop": "length"}),
        json!({"item": "c", "response": said("no idea")}),
    ];
    let lines = responses.map(|response| format!("{response}\n")).concat();
    bench.write("responses.jsonl", &lines);
    let folder = evaluated(&bench, "cruxeval-output", "items.jsonl");
    (bench, folder)
}

fn evaluated(bench: &Bench, task: &str, data: &str) -> String {
    let model = "replay/responses.jsonl";
    let text = bench.ok(&[
        "eval",
        task,
        "--data",
        data,
        "--model",
        model,
        "--split",
        "train,validation,test",
        "--log-dir",
        "logs",
        "--json",
    ]);
    let score: Value = serde_json::from_str(&text).unwrap();
    score["run"].as_str().unwrap().to_owned()
}

/// The report's only file.
fn reported(bench: &Bench, folder: &str, format: &str) -> Vec<u8> {
    let text = bench.ok(&["report", folder, "--format", format, "--json"]);
    let written: Value = serde_json::from_str(&text).unwrap();
    let files = written["files"].as_array().unwrap();
    assert_eq!(files.len(), 1, "{text}");
    std::fs::read(bench.path(files[0].as_str().unwrap())).unwrap()
}

fn objects(text: &str) -> Vec<Value> {
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_page_has_all_items_and_no_script_of_theirs() {
    let (bench, folder) = replayed();
    let page = String::from_utf8(reported(&bench, &folder, "html")).unwrap();
    for shown in ["33.33 %", "answer not closed 1", "no model: majority"] {
        assert!(page.contains(shown), "{shown}");
    }
    // The two blocks of data and the page's own script.
    assert_eq!(page.matches("<script").count(), 3);
    assert!(!page.contains("<img"));
    let start = page.find("id=\"items\">").unwrap() + "id=\"items\">".len();
    let end = start + page[start..].find("</script>").unwrap();
    let items = objects(&page[start..end]);
    assert_eq!(items.len(), 3);
    let text = items[0]["responses"][0]["text"].as_str().unwrap();
    assert!(text.starts_with(HOSTILE), "{text}");
}

#[test]
fn jsonl_has_a_line_for_every_response_that_should_be_there() {
    let (bench, folder) = replayed();
    let text = String::from_utf8(reported(&bench, &folder, "jsonl")).unwrap();
    let found: Vec<_> = objects(&text)
        .iter()
        .map(|line| {
            let word = |name: &str| line[name].as_str().unwrap().to_owned();
            (word("item"), word("status"), word("gold"))
        })
        .collect();
    let expected = [
        ("a", "correct", "2"),
        ("a", "wrong", "2"),
        ("b", "correct", "['q']"),
        ("b", "truncated", "['q']"),
        ("c", "unparsable", "{3}"),
        ("c", "missing", "{3}"),
    ];
    let expected = expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()));
    assert_eq!(found, expected);
}

#[test]
fn logs_for_inspect_are_the_same_bytes_each_time() {
    let (bench, folder) = replayed();
    let one = reported(&bench, &folder, "inspect");
    assert!(one.starts_with(b"PK\x03\x04"));
    bench.ok(&[
        "report",
        &folder,
        "--format",
        "inspect",
        "--out",
        "again.eval",
    ]);
    assert_eq!(one, std::fs::read(bench.path("again.eval")).unwrap());
}

#[test]
fn the_pair_for_lm_eval_has_the_same_score() {
    let (bench, folder) = replayed();
    bench.ok(&["report", &folder, "--format", "lm-eval", "--out", "pair"]);
    let files = bench.files("pair");
    let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(files.len(), 2, "{names:?}");
    assert!(names[0].contains("/results_") && names[1].contains("/samples_cruxeval-output_"));
    let results: Value = serde_json::from_slice(&files[0].1).unwrap();
    let samples = objects(std::str::from_utf8(&files[1].1).unwrap());
    let sum: f64 = samples.iter().map(|one| one["acc"].as_f64().unwrap()).sum();
    let reported = results["results"]["cruxeval-output"]["acc,none"]
        .as_f64()
        .unwrap();
    assert!((sum / 3.0 - reported).abs() < 1e-12);
    assert!((reported - 1.0 / 3.0).abs() < 1e-12);
}

#[test]
fn a_page_shows_the_step_where_a_trace_goes_wrong() {
    let bench = Bench::new();
    bench.ok(&["build", "corpus.toml", "--store", "a.db"]);
    bench.ok(&[
        "export", "--all", "--store", "a.db", "--kind", "trace", "--out", "out",
    ]);
    let samples: Vec<tracestone_record::Sample> = bench
        .files("out")
        .into_iter()
        .filter(|(name, _)| name.ends_with(".jsonl"))
        .flat_map(|(_, bytes)| objects(std::str::from_utf8(&bytes).unwrap()))
        .map(|line| serde_json::from_value(line).unwrap())
        .collect();
    // Each says another line for the last event.
    let lines = samples.iter().map(|sample| {
        let answer = sample.answer.trim_end();
        let last = answer
            .rfind("\nreturn 0 ")
            .or(answer.rfind("\nraise 0 "))
            .unwrap();
        let wrong = format!("{}\nline 0 999\n", &answer[..last]);
        format!(
            "{}\n",
            json!({"item": sample.id, "response": format!("[ANSWER]{wrong}[/ANSWER]")})
        )
    });
    let lines: Vec<String> = lines.collect();
    assert!(!lines.is_empty());
    bench.write("responses.jsonl", &lines.concat());
    let folder = evaluated(&bench, "trace", "out");
    let page = String::from_utf8(reported(&bench, &folder, "html")).unwrap();
    let start = page.find("id=\"items\">").unwrap() + "id=\"items\">".len();
    let end = start + page[start..].find("</script>").unwrap();
    for item in objects(&page[start..end]) {
        let found = &item["responses"][0]["divergence"];
        assert!(found["first"].as_u64().unwrap() > 1, "{item}");
        let rows = found["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row["same"] == false).unwrap();
        assert_eq!(row["step"], found["first"]);
        assert_eq!(row["given"]["lines"][0], json!(["line 0 999", true]));
    }
}

#[test]
fn what_is_no_run_cannot_be_reported() {
    let (bench, folder) = replayed();
    let text = bench.fails(1, &["report", "nowhere"]);
    assert!(
        text.contains("nowhere is not the folder of a run"),
        "{text}"
    );
    std::fs::remove_file(bench.path(&format!("{folder}/score.json"))).unwrap();
    let text = bench.fails(1, &["report", &folder]);
    assert!(
        text.contains(&format!("tracestone score {folder}")),
        "{text}"
    );
}
