//! Scoring models, seen from outside: a server that fails in every way, kills, gates, secrets.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::mock_server::{Reply, Request, Server};
use crate::support::{Bench, stderr};

/// Writes `count` rows in CRUXEval's form; row `i` returns `3 * x + i` for `x = 7`.
pub(super) fn write_rows(bench: &Bench, count: usize) {
    let rows = (0..count).map(|i| {
        let code = format!("def f(x):\n    return 3 * x + {i}");
        let row = json!({
            "id": format!("sample_{i}"), "code": code, "input": "7", "output": gold(i),
        });
        format!("{row}\n")
    });
    bench.write("rows.jsonl", &rows.collect::<String>());
}

fn gold(i: usize) -> String {
    (21 + i).to_string()
}

/// The row that a prompt asks about.
pub(super) fn row_of(prompt: &str) -> usize {
    let at = prompt.find("3 * x + ").unwrap() + "3 * x + ".len();
    let digits: String = prompt[at..]
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().unwrap()
}

fn marked(answer: &str) -> String {
    format!("Let me see. [ANSWER]{answer}[/ANSWER]")
}

/// Two of three rows are answered rightly.
pub(super) fn right_or_wrong(i: usize) -> Reply {
    Reply::Text(marked(&if i.is_multiple_of(3) {
        "-1".to_owned()
    } else {
        gold(i)
    }))
}

const PERMANENT: usize = 17;

/// One per cent "too many requests", and one of everything else.
fn faulty(request: &Request) -> Reply {
    let i = row_of(&request.prompt);
    let error = |status, headers| {
        let body = r#"{"error":{"message":"not now"}}"#.to_owned();
        Reply::Status(status, headers, body)
    };
    match (i, request.earlier) {
        (PERMANENT, _) => error(500, Vec::new()),
        (43, _) => Reply::Length("It is 2".to_owned()),
        (47, _) => Reply::Drip(marked(&gold(47)), Duration::from_millis(300)),
        (53, _) => Reply::Refusal("I would rather not.".to_owned()),
        (_, 0) if i % 100 == 1 => error(429, vec![("retry-after", "1".to_owned())]),
        (23, 0) => Reply::Hang,
        (29, 0) => error(503, Vec::new()),
        (31, 0) => Reply::CutJson,
        (37, 0) => Reply::CutBody,
        (41, 0) => Reply::Null,
        _ => right_or_wrong(i),
    }
}

/// A run's only folder.
fn only_run(bench: &Bench, logs: &str) -> PathBuf {
    let mut folders = fs::read_dir(bench.path(logs)).unwrap();
    let folder = folders.next().unwrap().unwrap().path();
    assert!(folders.next().is_none(), "one command, one folder");
    folder
}

/// The items with a response in a log that may end in the middle of a line.
fn answered(folder: &Path) -> BTreeMap<String, Value> {
    let text = fs::read_to_string(folder.join("answers.jsonl")).unwrap_or_default();
    text.lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|entry| entry["response"].is_object())
        .map(|entry| (entry["item"].as_str().unwrap().to_owned(), entry))
        .collect()
}

pub(super) fn eval<'a>(url: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec![
        "eval",
        "cruxeval-output",
        "--data",
        "rows.jsonl",
        "--model",
        "openai-api/local/mock",
        "--model-base-url",
        url,
    ];
    arguments.extend(more);
    arguments
}

#[test]
fn faults_and_a_kill_lose_no_answer_and_pay_for_none_twice() {
    const ROWS: usize = 400;
    let bench = Bench::empty();
    write_rows(&bench, ROWS);
    let server = Server::start(0, Duration::from_millis(20), faulty).unwrap();
    let url = server.url();
    let arguments = eval(
        &url,
        &["--max-connections", "8", "--attempt-timeout", "2", "--json"],
    );

    let mut child = bench
        .command(&arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    let logged = |bench: &Bench| {
        let folder = fs::read_dir(bench.path("logs")).ok()?.next()?.ok()?.path();
        Some(answered(&folder).len())
    };
    while logged(&bench).unwrap_or(0) < ROWS / 2 {
        assert!(start.elapsed() < Duration::from_secs(60), "half never came");
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = answered(&only_run(&bench, "logs"));
    assert!(kept.len() < ROWS, "the kill came too late to show anything");
    // What was on its way at the kill ends, so that what comes later is the second run's.
    std::thread::sleep(Duration::from_millis(500));
    let before = server.seen().len();

    let output = bench.run(&arguments);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let now = answered(&only_run(&bench, "logs"));
    for (item, entry) in &kept {
        assert_eq!(&now[item], entry, "the answer to {item} is another one now");
    }
    let asked_later: BTreeSet<_> = server.seen()[before..]
        .iter()
        .map(|seen| format!("sample_{}", row_of(&seen.prompt)))
        .collect();
    let twice: Vec<_> = asked_later
        .iter()
        .filter(|id| kept.contains_key(*id))
        .collect();
    assert!(twice.is_empty(), "asked again though answered: {twice:?}");

    let score: Value = serde_json::from_slice(&output.stdout).unwrap();
    let statuses = &score["score"]["statuses"];
    let unlucky = [PERMANENT, 43, 53];
    let correct = (0..ROWS)
        .filter(|i| i % 3 != 0 && !unlucky.contains(i))
        .count();
    // 47 is dripped rightly though a third of the rows are answered wrongly; it is none of those.
    assert_eq!(statuses["correct"], correct);
    assert_eq!(statuses["truncated"], 1);
    assert_eq!(statuses["refused"], 1);
    assert_eq!(statuses["api_error"], 1);
    assert_eq!(score["score"]["items"], ROWS);
    assert_eq!(score["score"]["reasons"]["api_error/server"], 1);

    // Once more: only the question without an answer is asked, and nothing changes.
    let before = server.seen().len();
    let again = bench.run(&arguments);
    assert_eq!(again.status.code(), Some(3));
    assert_eq!(again.stdout, output.stdout);
    assert!(
        server.seen()[before..]
            .iter()
            .all(|seen| row_of(&seen.prompt) == PERMANENT)
    );
    // A threshold makes one failure of 400 acceptable; it is still no correct answer.
    let mut tolerant = arguments.clone();
    tolerant.extend(["--fail-on-error", "0.01"]);
    assert!(bench.run(&tolerant).status.success());
}

#[test]
fn a_server_that_wants_patience_gets_it() {
    let bench = Bench::empty();
    write_rows(&bench, 4);
    let server = Server::start(0, Duration::ZERO, |request| match request.earlier {
        0 => Reply::Status(429, vec![("retry-after", "1".to_owned())], "{}".to_owned()),
        _ => right_or_wrong(row_of(&request.prompt)),
    })
    .unwrap();
    bench.ok(&eval(&server.url(), &[]));
    for entry in answered(&only_run(&bench, "logs")).values() {
        assert_eq!(entry["attempts"], 2);
    }
}

#[test]
fn identical_errors_end_a_question_long_before_its_retries_do() {
    let bench = Bench::empty();
    write_rows(&bench, 2);
    let server = Server::start(0, Duration::ZERO, |request| match row_of(&request.prompt) {
        0 => Reply::Status(500, Vec::new(), "the same every time".to_owned()),
        i => right_or_wrong(i),
    })
    .unwrap();
    bench.fails(3, &eval(&server.url(), &["--max-retries", "1000"]));
    let seen = server.seen();
    let tries = seen.iter().filter(|seen| row_of(&seen.prompt) == 0);
    assert_eq!(tries.count(), 3);
}

#[test]
fn the_three_protocols_are_spoken() {
    let bench = Bench::empty();
    write_rows(&bench, 6);
    for (model, variable, extra, path) in [
        ("openai/m", "OPENAI", &[][..], "/v1/chat/completions"),
        (
            "openai/m",
            "OPENAI",
            &["--api", "completions"],
            "/v1/completions",
        ),
        ("anthropic/m", "ANTHROPIC", &[], "/v1/messages"),
        (
            "openai-api/my-host/m",
            "MY_HOST",
            &[],
            "/v1/chat/completions",
        ),
    ] {
        let server = Server::start(0, Duration::ZERO, move |request| {
            assert_eq!(request.path, path);
            let key = match path {
                "/v1/messages" => "x-api-key",
                _ => "authorization",
            };
            assert!(request.headers[key].ends_with("secret"));
            assert_eq!(request.body["model"], "m");
            right_or_wrong(row_of(&request.prompt))
        })
        .unwrap();
        let mut arguments = vec!["eval", "cruxeval-output", "--data", "rows.jsonl", "--json"];
        arguments.extend(["--log-dir", path.trim_start_matches('/'), "--model", model]);
        arguments.extend(extra);
        let output = bench
            .command(&arguments)
            .env(format!("{variable}_API_KEY"), "secret")
            .env(format!("{variable}_BASE_URL"), server.url())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let score: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(score["score"]["statuses"]["correct"], 4, "{model}");
        assert!(score["score"]["usage"]["input_tokens"].as_u64().unwrap() > 0);
    }
}

#[test]
fn a_gate_a_wrong_flag_and_a_missing_task_have_codes_of_their_own() {
    let bench = Bench::empty();
    write_rows(&bench, 9);
    let run = |model, more: &[&str], code| {
        let mut arguments = vec![
            "eval",
            "cruxeval-output",
            "--data",
            "rows.jsonl",
            "--model",
            model,
        ];
        arguments.extend(more);
        let output = bench.run(&arguments);
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        stderr(&output)
    };
    run("mock/oracle", &["--fail-under", "1.0"], 0);
    run("mock/constant", &["--fail-under", "0.5"], 4);
    run("mock/oracle", &["--epochs", "0"], 2);
    run("mock/nobody", &[], 1);
    run(
        "openai/gpt",
        &[
            "--model-base-url",
            "http://127.0.0.1:9",
            "--max-retries",
            "0",
        ],
        1,
    );
    let said = bench.fails(1, &["eval", "no-task", "--model", "mock/oracle"]);
    assert!(said.contains("cruxeval-output"), "{said}");
    let said = bench.fails(1, &["eval", "output", "--model", "mock/oracle"]);
    assert!(said.contains("--store"), "{said}");
}

#[test]
fn an_interrupted_run_goes_on_where_it_was() {
    let bench = Bench::empty();
    write_rows(&bench, 200);
    let server = Server::start(0, Duration::from_millis(30), |request| {
        right_or_wrong(row_of(&request.prompt))
    })
    .unwrap();
    let url = server.url();
    let arguments = eval(&url, &["--max-connections", "4", "--json"]);
    let child = bench
        .command(&arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while server.seen().len() < 20 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    let text = bench.ok(&arguments);
    let score: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(score["score"]["statuses"]["correct"], 133);
    // Requests in flight at Ctrl-C were awaited, so that none is paid for twice.
    assert_eq!(server.seen().len(), 200);
}

#[test]
fn repeats_give_pass_at_k_and_a_vote() {
    let bench = Bench::empty();
    write_rows(&bench, 10);
    let server = Server::start(0, Duration::ZERO, |request| {
        let i = row_of(&request.prompt);
        // The seed tells the repeats apart: of four, the first is wrong for even rows.
        let repeat = request.body["seed"].as_u64().unwrap() - 5;
        let right = i % 2 == 1 || repeat > 0;
        Reply::Text(marked(&if right { gold(i) } else { "'no'".to_owned() }))
    })
    .unwrap();
    let text = bench.ok(&eval(
        &server.url(),
        &[
            "--epochs",
            "4",
            "--seed",
            "5",
            "--temperature",
            "0.8",
            "--json",
        ],
    ));
    let score: Value = serde_json::from_str(&text).unwrap();
    let score = &score["score"];
    assert_eq!(score["accuracy"], 0.875);
    assert_eq!(score["pass_at"]["1"], 0.875);
    assert_eq!(score["pass_at"]["2"], 1.0);
    assert_eq!(score["majority"], 1.0);
    assert!(score["variance"]["sampling"].as_f64().unwrap() > 0.0);
}

#[test]
fn answers_to_questions_that_were_asked_before_are_not_paid_again() {
    let bench = Bench::empty();
    write_rows(&bench, 30);
    let server = Server::start(0, Duration::ZERO, |request| {
        right_or_wrong(row_of(&request.prompt))
    })
    .unwrap();
    let url = server.url();
    bench.ok(&eval(&url, &["--limit", "10"]));
    bench.ok(&eval(&url, &["--limit", "6-20"]));
    bench.ok(&eval(&url, &["--sample-id", "sample_3,sample_25"]));
    assert_eq!(server.seen().len(), 21);
    // Other settings are other questions.
    bench.ok(&eval(&url, &["--limit", "10", "--temperature", "0.5"]));
    assert_eq!(server.seen().len(), 31);
}

#[test]
fn responses_made_elsewhere_are_scored_judged_again_and_compared() {
    let bench = Bench::empty();
    write_rows(&bench, 40);
    let lines = |right: &dyn Fn(usize) -> bool| -> String {
        (0..40)
            .map(|i| {
                let answer = if right(i) {
                    gold(i)
                } else {
                    "0 or 1".to_owned()
                };
                let line = json!({ "item": format!("sample_{i}"), "response": marked(&answer) });
                format!("{line}\n")
            })
            .collect()
    };
    bench.write("good.jsonl", &lines(&|i| i % 4 != 0));
    bench.write("bad.jsonl", &lines(&|i| i % 4 == 1));
    let replay = |file: &str, more: &[&str]| {
        let model = format!("replay/{file}");
        let mut arguments = vec!["eval", "cruxeval-output", "--data", "rows.jsonl", "--json"];
        arguments.extend(["--model", &model]);
        arguments.extend(more);
        let value: Value = serde_json::from_str(&bench.ok(&arguments)).unwrap();
        value
    };
    let (good, bad) = (replay("good.jsonl", &[]), replay("bad.jsonl", &[]));
    assert_eq!(good["score"]["accuracy"], 0.75);
    assert_eq!(good["score"]["reasons"]["unparsable/not_a_literal"], 10);
    assert_eq!(good["references"]["oracle"], 1.0);
    let folder = |value: &Value| value["run"].as_str().unwrap().to_owned();
    let again: Value =
        serde_json::from_str(&bench.ok(&["score", &folder(&good), "--json"])).unwrap();
    assert_eq!(again["score"], good["score"]);

    let compared: Value =
        serde_json::from_str(&bench.ok(&["compare", &folder(&bad), &folder(&good), "--json"]))
            .unwrap();
    let comparison = &compared["pairs"][0]["comparison"];
    assert_eq!(comparison["difference"], 0.5);
    assert_eq!(
        (&comparison["only_first"], &comparison["only_second"]),
        (&json!(0), &json!(20))
    );
    assert!(comparison["mcnemar"].as_f64().unwrap() < 1e-5);
    let fewer = replay("good.jsonl", &["--limit", "20"]);
    let said = bench.fails(1, &["compare", &folder(&good), &folder(&fewer)]);
    assert!(said.contains("cannot be compared"), "{said}");
}

#[test]
fn input_answers_run_the_corpus_program_alone_and_only_on_literals() {
    let bench = Bench::empty();
    write_rows(&bench, 5);
    let canary = bench.path("canary");
    let evil = format!("f(open({:?}, 'w'))", canary.to_str().unwrap());
    let responses = [
        (0, marked("f(7)")),
        (1, marked("7.0")),
        (2, marked("f(8)")),
        (3, marked(&evil)),
        (4, marked("f('a')")),
    ];
    let text: String = responses
        .iter()
        .map(|(i, text)| {
            format!(
                "{}\n",
                json!({ "id": format!("sample_{i}"), "response": text })
            )
        })
        .collect();
    bench.write("inputs.jsonl", &text);
    let score = bench.ok(&[
        "eval",
        "cruxeval-input",
        "--data",
        "rows.jsonl",
        "--model",
        "replay/inputs.jsonl",
        "--json",
    ]);
    let score: Value = serde_json::from_str(&score).unwrap();
    let reasons = &score["score"]["reasons"];
    // 7 gives 21, and so does nothing that is equal but of another type.
    assert_eq!(reasons["correct/equal"], 1);
    assert_eq!(reasons["wrong/differs"], 2);
    assert_eq!(reasons["unparsable/not_literal_arguments"], 1);
    assert_eq!(reasons["wrong/raised"], 1);
    assert!(!canary.exists());
}

#[test]
fn every_task_gives_right_answers_everything_and_cheats_nothing() {
    let bench = Bench::new();
    bench.ok(&["build", "corpus.toml", "--store", "a.db"]);
    let listed: Value = serde_json::from_str(&bench.ok(&["validate", "--json"])).unwrap();
    write_rows(&bench, 20);
    let rows: String = (0..5)
        .map(|i| {
            let row = json!({
                "question_id": i, "id": format!("l{i}"), "function_name": "g",
                "code": format!("def g(x, y):\n    return [x, y, {i}]"),
                "input": "g(x = 1, y = 'a')", "output": format!("[1, 'a', {i}]"),
                "contest_date": "2026-02-03T00:00:00", "numsteps": 2,
            });
            format!("{row}\n")
        })
        .collect();
    bench.write("lcb.jsonl", &rows);
    let mut checked = 0;
    for task in listed["tasks"].as_array().unwrap() {
        let name = task["task"].as_str().unwrap();
        // Their own tests say what their cheats score: `flag-none` is right about clean series.
        if name.starts_with("series-") || name.starts_with("structure-") {
            continue;
        }
        let mut arguments = vec!["validate", name, "--json"];
        if name.starts_with("cruxeval") {
            arguments.extend(["--data", "rows.jsonl"]);
        } else if name.starts_with("livecodebench") {
            arguments.extend(["--data", "lcb.jsonl"]);
        } else {
            arguments.extend(["--store", "a.db", "--split", "train,validation,test"]);
        }
        let found: Value = serde_json::from_str(&bench.ok(&arguments)).unwrap();
        assert_eq!(found["holds"], true, "{found}");
        for probe in found["probes"].as_array().unwrap() {
            let expected = f64::from(u8::from(probe["probe"] == "gold"));
            assert_eq!(probe["score"].as_f64(), Some(expected), "{name}: {probe}");
        }
        checked += 1;
    }
    assert_eq!(checked, 15);
    // Items newer than a day are chosen by the benchmark's own dates.
    let dated = [
        "eval",
        "livecodebench-execution",
        "--data",
        "lcb.jsonl",
        "--model",
        "mock/oracle",
    ];
    bench.ok(&[&dated[..], &["--after", "2026-02-02"]].concat());
    bench.fails(1, &[&dated[..], &["--after", "2026-02-03"]].concat());
}
