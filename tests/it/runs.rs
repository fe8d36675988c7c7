//! Runs beside each other: several models and tasks, names of models, batches, events, published scores and pages.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use crate::models::{refused, right, rows, scored, server};
use crate::support::{Bench, stderr};

#[test]
fn a_model_with_an_id_is_found_again_at_another_address() {
    let bench = rows(8);
    let (first, second) = (server(|_| right()), server(|_| right()));
    let id = ["--model-id", "my-model"];
    let (score, _) = scored(&bench, &first.url(), &id);
    let (again, said) = scored(&bench, &second.url(), &id);
    assert_eq!(score["run"], again["run"]);
    assert!(said.contains("8 of 8 questions already answered"), "{said}");
    assert!(second.seen().is_empty());
    // Without one, another address is another model.
    let (other, _) = scored(&bench, &second.url(), &[]);
    assert_ne!(score["run"], other["run"]);
    assert_eq!(second.seen().len(), 8);
}

#[test]
fn several_models_and_tasks_end_in_one_table_and_runs_lists_them() {
    let bench = rows(6);
    let base = [
        "eval",
        "cruxeval-output",
        "cruxeval-input",
        "--data",
        "rows.jsonl",
    ];
    let models = [
        "--model",
        "mock/oracle",
        "--model",
        "mock/constant",
        "--model",
        "mock/nobody",
    ];
    let output = bench.run(&[&base[..], &models[..]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let said = stderr(&output);
    let text = String::from_utf8(output.stdout).unwrap();
    let table = &text[text.find("task").unwrap()..];
    assert!(
        table.contains("100.00 %") && table.contains("failed"),
        "{table}"
    );
    assert!(said.contains("mock/nobody"));
    let value: Value = serde_json::from_str(&bench.ok(&["runs", "--json"])).unwrap();
    let runs = value["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 4);
    assert_eq!(runs[0]["answered"], 6);
    let listed = bench.ok(&["runs", "--model", "oracle", "--task", "cruxeval-input"]);
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(bench.ok(&["runs", "--log-dir", "nowhere"]).is_empty());
}

#[test]
fn events_tell_a_machine_what_happens() {
    let bench = rows(12);
    let server = server(|request| match request.prompt.contains("# 5\n") {
        true => refused(400, &json!({ "error": { "message": "no" } })),
        false => right(),
    });
    scored(&bench, &server.url(), &["--events", "events.jsonl"]);
    let text = std::fs::read_to_string(bench.path("events.jsonl")).unwrap();
    let events: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |kind: &str| {
        events
            .iter()
            .filter(|event| event["event"] == kind)
            .collect::<Vec<_>>()
    };
    assert_eq!(of("started")[0]["questions"], 12);
    let replies = of("reply");
    assert_eq!(replies.len(), 12);
    assert_eq!(
        replies
            .iter()
            .filter(|event| event["status"] == "correct")
            .count(),
        11
    );
    assert_eq!(
        replies
            .iter()
            .filter(|event| event["status"] == "api_error")
            .count(),
        1
    );
    let progress = of("progress");
    assert!(!progress.is_empty() && progress[0]["per_second"] != json!("x"));
    assert_eq!(of("finished")[0]["result"]["score"]["items"], 12);
}

#[test]
fn references_answer_from_the_items_of_today() {
    let bench = rows(4);
    let oracle = [
        "eval",
        "cruxeval-output",
        "--data",
        "rows.jsonl",
        "--model",
        "mock/oracle",
        "--json",
    ];
    bench.ok(&oracle);
    let text = std::fs::read_to_string(bench.path("rows.jsonl")).unwrap();
    bench.write(
        "rows.jsonl",
        &text.replace("\"output\":\"21\"", "\"output\":\"22\""),
    );
    let score: Value = serde_json::from_str(&bench.ok(&oracle)).unwrap();
    assert_eq!(score["score"]["accuracy"], 1.0);
}

#[test]
fn one_odd_line_of_responses_costs_one_item() {
    let bench = rows(4);
    let line =
        |i: usize| json!({ "item": format!("sample_{i}"), "response": "[ANSWER]21[/ANSWER]" });
    let text = format!(
        "\u{feff}{}\nnull\n{}\n{}\n{{\"item\":\"sample_3\",\"resp",
        line(0),
        line(1),
        line(99)
    );
    bench.write("responses.jsonl", &text);
    let output = bench.run(&[
        "eval",
        "cruxeval-output",
        "--data",
        "rows.jsonl",
        "--model",
        "replay/responses.jsonl",
        "--json",
    ]);
    let score: Value = serde_json::from_slice(&output.stdout).unwrap();
    let statuses = &score["score"]["statuses"];
    assert_eq!(
        (&statuses["correct"], &statuses["missing"]),
        (&json!(2), &json!(2))
    );
    assert!(
        stderr(&output).contains("2 lines not read as responses"),
        "{}",
        stderr(&output)
    );
    let unused =
        "responses to 1 item that is not asked here count for nothing; the first is sample_99";
    assert!(stderr(&output).contains(unused), "{}", stderr(&output));
}

#[test]
fn a_published_score_is_named_and_is_never_made_of_missing_answers() {
    let bench = rows(5);
    let score = |file: &str, version: &str| {
        let arguments = [
            "score",
            "--task",
            "cruxeval-output",
            "--data",
            "rows.jsonl",
            "--responses",
            file,
            "--compat",
            version,
            "--json",
        ];
        serde_json::from_str::<Value>(&bench.ok(&arguments)).unwrap()["compat"].clone()
    };
    // Of two answers the first holds the call, which the later version leaves out of the list.
    let all: Value = (0..5)
        .map(|i| (format!("sample_{i}"), json!(["f(7)", "21"])))
        .collect::<serde_json::Map<_, _>>()
        .into();
    bench.write("all.json", &all.to_string());
    let leaderboard = score("all.json", "leaderboard");
    assert_eq!(
        (&leaderboard["scorer"], &leaderboard["pass_at"]["1"]),
        (&json!("leaderboard"), &json!(0.5))
    );
    let repository = score("all.json", "repository");
    assert_eq!(repository["pass_at"]["1"], 1.0);
    let said = bench.ok(&[
        "score",
        "--task",
        "cruxeval-output",
        "--data",
        "rows.jsonl",
        "--responses",
        "all.json",
        "--compat",
    ]);
    assert!(said.contains("leaderboard version"), "{said}");
    bench.write("few.jsonl", "{\"item\":\"sample_0\",\"response\":\"1\"}\n");
    let said = bench.fails(
        1,
        &[
            "score",
            "--task",
            "cruxeval-output",
            "--data",
            "rows.jsonl",
            "--responses",
            "few.jsonl",
            "--compat",
        ],
    );
    assert!(said.contains("4 of 5"), "{said}");
}

#[test]
fn a_verdict_that_depends_on_the_order_of_a_set_has_a_status_of_its_own() {
    let bench = Bench::empty();
    let code = "def f(words):\n    return ''.join(set(words))";
    let row = json!({ "id": "sample_0", "code": code, "input": "['a']", "output": "'abcd'" });
    bench.write("rows.jsonl", &format!("{row}\n"));
    bench.write(
        "a.json",
        &json!({ "sample_0": ["f(['a', 'b', 'c', 'd'])"] }).to_string(),
    );
    let run = |more: &[&str]| {
        let base = [
            "score",
            "--task",
            "cruxeval-input",
            "--data",
            "rows.jsonl",
            "--responses",
            "a.json",
            "--json",
        ];
        serde_json::from_str::<Value>(&bench.ok(&[&base[..], more].concat())).unwrap()
    };
    // One of 24 orders is right: with six of them it is hardly ever seen, so that the answer is wrong or open.
    let score = run(&[]);
    let statuses = &score["score"]["statuses"];
    let open =
        statuses["set_order"].as_u64().unwrap_or(0) + statuses["wrong"].as_u64().unwrap_or(0);
    assert_eq!(open, 1, "{statuses}");
    // Of two elements the orders are both seen.
    let row = json!({ "id": "sample_0", "code": code, "input": "['a']", "output": "'ab'" });
    bench.write("rows.jsonl", &format!("{row}\n"));
    bench.write(
        "a.json",
        &json!({ "sample_0": ["f(['a', 'b'])"] }).to_string(),
    );
    let score = run(&["--compat"]);
    assert_eq!(score["score"]["statuses"]["set_order"], 1, "{score}");
    assert_eq!(score["compat"]["set_order"], 1);
    assert_eq!(score["compat"]["pass_at"]["1"], 0.0);
}

#[test]
fn batches_are_submitted_once_awaited_and_collected() {
    for (model, variable) in [("openai/m", "OPENAI"), ("anthropic/m", "ANTHROPIC")] {
        let bench = rows(6);
        let server = server(|request| match request.prompt.contains("# 5\n") {
            true => refused(
                400,
                &json!({ "error": { "message": "too long", "type": "invalid_request_error" } }),
            ),
            false => right(),
        });
        let arguments = [
            "eval",
            "cruxeval-output",
            "--data",
            "rows.jsonl",
            "--model",
            model,
            "--batch",
            "--batch-poll",
            "1",
            "--json",
        ];
        let url = server.url();
        let command = || {
            let mut command = bench.command(&arguments);
            command.env(format!("{variable}_BASE_URL"), &url);
            command
        };
        // Killed while the server works, the same command goes on waiting for the same batch.
        let mut child = command()
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while server.submitted() == 0 {
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(300));
        child.kill().unwrap();
        child.wait().unwrap();
        let output = command().output().unwrap();
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(3), "{said}");
        let score: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(score["score"]["statuses"]["correct"], 5, "{said}");
        assert!(said.contains("too long"), "{said}");
        assert_eq!(server.submitted(), 1, "{model}");
    }
}

#[test]
fn runs_stand_side_by_side_on_a_page() {
    let bench = rows(6);
    for model in ["mock/oracle", "mock/constant"] {
        bench.ok(&[
            "eval",
            "cruxeval-output",
            "--data",
            "rows.jsonl",
            "--model",
            model,
        ]);
    }
    let runs: Value = serde_json::from_str(&bench.ok(&["runs", "--json"])).unwrap();
    let of = |at: usize| runs["runs"][at]["run"].as_str().unwrap().to_owned();
    bench.ok(&["compare", &of(0), &of(1), "--html", "page.html"]);
    let page = std::fs::read_to_string(bench.path("page.html")).unwrap();
    for shown in ["100.00 %", "0.00 %", "only first right", "f(7)"] {
        assert!(page.contains(shown), "{shown}");
    }
}

#[test]
fn sets_in_an_answer_are_seen_by_the_published_scorer() {
    let bench = Bench::empty();
    let code =
        "def f(tags):\n    resp = ''\n    for key in tags:\n        resp += key\n    return resp";
    let row = json!({ "id": "sample_0", "code": code, "input": "['3', '4']", "output": "'34'" });
    bench.write("rows.jsonl", &format!("{row}\n"));
    bench.write(
        "a.json",
        &json!({ "sample_0": [r#"f({"3", "4"})"#] }).to_string(),
    );
    let score = bench.ok(&[
        "score",
        "--task",
        "cruxeval-input",
        "--data",
        "rows.jsonl",
        "--responses",
        "a.json",
        "--compat",
        "leaderboard",
        "--json",
    ]);
    let score: Value = serde_json::from_str(&score).unwrap();
    assert_eq!(score["compat"]["set_order"], 1, "{score}");
}
