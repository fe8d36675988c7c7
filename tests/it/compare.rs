//! Comparisons of runs, and scores that must not mislead.

use serde_json::{Value, json};

use crate::support::{Bench, stderr};

/// A run in which items are answered rightly, wrongly or not; gives its folder.
fn run(bench: &Bench, name: &str, count: usize, answer: impl Fn(usize) -> Option<bool>) -> String {
    let lines = (0..count).filter_map(|item| {
        let text = if answer(item)? { gold(item).to_string() } else { "'no'".to_owned() };
        let line = json!({ "item": format!("sample_{item}"), "response": format!("[ANSWER]{text}[/ANSWER]") });
        Some(format!("{line}\n"))
    });
    bench.write(name, &lines.collect::<String>());
    let model = format!("replay/{name}");
    let text = bench.ok(&[
        "eval",
        "cruxeval-output",
        "--data",
        "items.jsonl",
        "--model",
        &model,
        "--json",
    ]);
    let score: Value = serde_json::from_str(&text).unwrap();
    score["run"].as_str().unwrap().to_owned()
}

/// CRUXEval's rows, each an item and a cluster of its own.
fn write_rows(bench: &Bench, count: usize) {
    let rows = (0..count).map(|item| {
        let row = json!({
            "id": format!("sample_{item}"), "code": format!("def f(x):\n    return x + {item}"),
            "input": "1", "output": gold(item).to_string(),
        });
        format!("{row}\n")
    });
    bench.write("items.jsonl", &rows.collect::<String>());
}

fn gold(item: usize) -> usize {
    item + 1
}

#[test]
fn unanswered_items_warn_and_can_be_left_out() {
    let bench = Bench::empty();
    write_rows(&bench, 40);
    let whole = run(&bench, "a.jsonl", 40, |item| Some(item % 2 == 0));
    let partial = run(&bench, "b.jsonl", 40, |item| {
        (item >= 10).then_some(item % 2 == 0)
    });

    let output = bench.run(&["compare", &whole, &partial]);
    let said = stderr(&output);
    assert!(
        said.contains("10 of 40 responses failed or are missing"),
        "{said}"
    );
    assert!(said.contains("--common"), "{said}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("only the first: sample_0"), "{text}");
    assert!(!text.contains("0.0000"), "{text}");

    let output = bench.run(&["compare", &whole, &partial, "--common", "--json"]);
    let said = stderr(&output);
    assert!(
        said.contains("10 items left out: not answered in every run"),
        "{said}"
    );
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let comparison = &found["pairs"][0]["comparison"];
    assert_eq!(comparison["items"], 30);
    assert_eq!(comparison["difference"], 0.0);
    assert_eq!(found["left_out"]["not answered in every run"], 10);
    // Equal on 30 items is no proof of equality.
    assert!(comparison["smallest_detectable"].as_f64().unwrap() > 0.05);
    let interval = &comparison["interval"];
    assert!(interval["low"].as_f64().unwrap() < 0.0 && interval["high"].as_f64().unwrap() > 0.0);
}

#[test]
fn runs_on_other_items_are_compared_on_what_they_share_only_if_asked() {
    let bench = Bench::empty();
    write_rows(&bench, 30);
    let more = run(&bench, "a.jsonl", 30, |_| Some(true));
    write_rows(&bench, 20);
    let fewer = run(&bench, "b.jsonl", 20, |item| Some(item % 4 > 0));
    let said = bench.fails(1, &["compare", &more, &fewer]);
    assert!(said.contains("one has 30 items, the other 20"), "{said}");
    assert!(said.contains("--common"), "{said}");
    let text = bench.ok(&["compare", &more, &fewer, "--common", "--json"]);
    let found: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(found["pairs"][0]["comparison"]["items"], 20);
    assert_eq!(found["left_out"]["not in every run"], 10);
}

#[test]
fn the_originals_scorer_needs_every_response() {
    let bench = Bench::empty();
    write_rows(&bench, 800);
    bench.write(
        "responses.jsonl",
        "{\"item\":\"sample_0\",\"response\":\"1\"}\n",
    );
    let arguments = [
        "score",
        "--task",
        "cruxeval-output",
        "--data",
        "items.jsonl",
        "--responses",
        "responses.jsonl",
    ];
    let said = bench.fails(1, &[&arguments[..], &["--compat"]].concat());
    assert!(
        said.contains("799 of 800 have none or too few, such as sample_1"),
        "{said}"
    );
    let text = bench.ok(&arguments);
    assert!(text.contains("799 missing"), "{text}");
    assert!(!text.contains("99.87"), "{text}");
}
