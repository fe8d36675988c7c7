//! Time series, seen from outside: runs of many requests an item, killed and resumed, what is measured, and
//! benchmarks' folders.

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::mock_server::{Reply, Request, Server};
use crate::support::{Bench, stderr};

/// A forecaster that repeats the last value of the sequence; some requests fail for good, some answers are words.
fn repeats(request: &Request) -> Reply {
    let sequence = request.prompt.trim_end().trim_end_matches(',');
    let last = sequence.rsplit([',', '\n']).next().unwrap_or("0").trim();
    let sum: usize = sequence.bytes().map(usize::from).sum();
    match sum % 29 {
        // In other words each time: a server that says the same to all is not asked on.
        3 => Reply::Status(
            400,
            Vec::new(),
            format!(r#"{{"error":{{"message":"no {sum}"}}}}"#),
        ),
        5 => Reply::Text("I would say it rises.".to_owned()),
        _ => Reply::Text(format!("{last},{last},{last}")),
    }
}

pub(crate) fn eval<'a>(task: &'a str, url: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec![
        "eval",
        task,
        "--model",
        "openai-api/local/mock",
        "--model-base-url",
        url,
        "--json",
    ];
    arguments.extend(more);
    arguments
}

/// The measures of a run by name.
pub(crate) fn measured(json: &Value, name: &str) -> f64 {
    let all = json["measures"].as_array().unwrap();
    let one = all.iter().find(|one| one["name"] == name);
    one.unwrap_or_else(|| panic!("no measure {name}"))["value"]
        .as_f64()
        .unwrap()
}

pub(crate) fn lines(bench: &Bench, logs: &str, name: &str) -> Vec<Value> {
    let mut folders = fs::read_dir(bench.path(logs)).unwrap();
    let folder = folders.next().unwrap().unwrap().path();
    assert!(folders.next().is_none(), "one command, one folder");
    let text = fs::read_to_string(folder.join(name)).unwrap_or_default();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// A prompter that names the largest value; some requests fail for good, some answers are words.
fn names_the_largest(request: &Request) -> Reply {
    let sequence = request.prompt.lines().last().unwrap_or_default();
    let sum: usize = sequence.bytes().map(usize::from).sum();
    let values = sequence
        .split(',')
        .filter_map(|one| one.parse::<u32>().ok());
    match sum % 13 {
        3 => Reply::Status(
            400,
            Vec::new(),
            format!(r#"{{"error":{{"message":"no {sum}"}}}}"#),
        ),
        5 => Reply::Text("I would say it rises.".to_owned()),
        _ => Reply::Text(values.max().unwrap_or(0).to_string()),
    }
}

#[test]
fn a_killed_detector_ends_with_the_same_score_and_pays_for_no_request_twice() {
    let settings = ["-T", "count=3", "-T", "points=260", "-T", "samples=2"];
    let compared = [
        "overlap_f1",
        "weighted_f1",
        "vus_pr",
        "forecast_error",
        "unread",
        "failed",
    ];
    killed("series-detector", &settings, 200, &compared, repeats);
}

#[test]
fn a_killed_prompter_ends_with_the_same_score_and_pays_for_no_request_twice() {
    let settings = ["-T", "count=5", "-T", "points=600", "-T", "samples=2"];
    let compared = ["overlap_f1", "weighted_f1", "vus_pr", "unread", "failed"];
    killed(
        "series-prompter",
        &settings,
        60,
        &compared,
        names_the_largest,
    );
}

/// Runs a task to its end, and again with a kill after so many requests.
fn killed(
    task: &str,
    settings: &[&str],
    after: usize,
    compared: &[&str],
    reply: fn(&Request) -> Reply,
) {
    let mut settings = settings.to_vec();
    settings.extend(["--max-connections", "4"]);
    let count: usize = settings[1].strip_prefix("count=").unwrap().parse().unwrap();
    let bench = Bench::empty();
    let whole = Server::start(0, Duration::ZERO, reply).unwrap();
    let url = whole.url();
    let mut arguments = eval(task, &url, &settings);
    arguments.extend(["--log-dir", "whole", "--model-id", "mock"]);
    let output = bench.run(&arguments);
    let expected: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));

    let server = Server::start(0, Duration::from_millis(10), reply).unwrap();
    let url = server.url();
    let mut arguments = eval(task, &url, &settings);
    arguments.extend(["--log-dir", "killed", "--model-id", "mock"]);
    let kept = kill(&bench, &arguments, &server, after);
    let before = server.seen().len();
    let output = bench.run(&arguments);
    let resumed: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    for name in compared {
        assert_eq!(
            measured(&resumed, name),
            measured(&expected, name),
            "{name}"
        );
    }
    assert_eq!(resumed["score"]["accuracy"], expected["score"]["accuracy"]);
    assert!(measured(&resumed, "unread") > 0.0 && measured(&resumed, "failed") > 0.0);

    // Every request is a line of its own, and each series one more that names its requests.
    let entries = lines(&bench, "killed", "answers.jsonl");
    let (series, requests): (Vec<&Value>, Vec<&Value>) =
        entries.iter().partition(|entry| entry["steps"].is_array());
    assert_eq!(series.len(), count);
    let steps: BTreeSet<String> = series
        .iter()
        .flat_map(|one| one["steps"].as_array().unwrap())
        .map(Value::to_string)
        .collect();
    let keys = |wanted: &dyn Fn(&Value) -> bool| -> BTreeSet<String> {
        let entries = requests.iter().filter(|entry| wanted(entry));
        entries.map(|entry| entry["key"].to_string()).collect()
    };
    assert_eq!(keys(&|_| true), steps);
    let answered = keys(&|entry| entry["response"].is_object());
    let lines = requests
        .iter()
        .filter(|entry| entry["response"].is_object());
    assert_eq!(lines.count(), answered.len(), "an answer was logged twice");
    // The second run asks what the log does not have, and nothing else.
    assert_eq!(server.seen().len() - before, steps.len() - kept);
    // A third run asks again only what failed.
    let failed = steps.len() - answered.len();
    let before = server.seen().len();
    bench.run(&arguments);
    assert_eq!(server.seen().len() - before, failed);
    // More samples ask for the new ones only.
    let place = arguments.iter().position(|word| *word == "samples=2");
    arguments[place.unwrap()] = "samples=3";
    let before = server.seen().len();
    bench.run(&arguments);
    assert_eq!(server.seen().len() - before, steps.len() / 2 + failed);
}

/// Starts a run and kills it after so many requests; the number of answers that it left.
fn kill(bench: &Bench, arguments: &[&str], server: &Server, after: usize) -> usize {
    let mut child = bench
        .command(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begin = Instant::now();
    while server.seen().len() < after {
        assert!(
            begin.elapsed() < Duration::from_secs(60),
            "the run asks nothing"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let kept: BTreeSet<_> = lines(bench, "killed", "answers.jsonl")
        .iter()
        .filter(|entry| entry["response"].is_object())
        .map(|entry| entry["key"].to_string())
        .collect();
    assert!(!kept.is_empty());
    // What was on its way at the kill ends.
    std::thread::sleep(Duration::from_millis(300));
    kept.len()
}

/// A week of hours with a daily rhythm; the values of 3 and of 40 hours are far away.
fn write_nab(bench: &Bench) {
    for folder in ["nab/data/realTweets", "nab/labels"] {
        fs::create_dir_all(bench.path(folder)).unwrap();
    }
    let mut text = "timestamp,value\r\n".to_owned();
    for hour in 0..168 {
        let value = if [50, 51, 52, 120].contains(&hour) {
            90
        } else {
            10 + hour % 24
        };
        text.push_str(&format!(
            "2014-03-{:02} {:02}:00:00,{value}\r\n",
            1 + hour / 24,
            hour % 24
        ));
    }
    bench.write("nab/data/realTweets/own.csv", &text);
    bench.write("nab/data/realTweets/calm.csv", &text.replace(",90", ",12"));
    let labels = r#"{"realTweets/own.csv": [["2014-03-03 02:00:00.000000", "2014-03-03 04:00:00.000000"],
        ["2014-03-06 00:00:00.000000", "2014-03-06 00:00:00.000000"]], "realTweets/calm.csv": []}"#;
    bench.write("nab/labels/combined_windows.json", labels);
}

/// The places of the values of at least 6,000 in lines of ten values.
fn peaks(prompt: &str) -> Vec<usize> {
    let lines = prompt.lines().filter_map(|line| line.split_once(": "));
    let numbered = lines.filter_map(|(at, values)| Some((at.parse::<usize>().ok()?, values)));
    numbered
        .flat_map(|(at, values)| {
            values
                .split(',')
                .enumerate()
                .map(move |(step, value)| (at + step, value))
        })
        .filter(|(_, value)| value.parse::<u32>().is_ok_and(|value| value > 6_000))
        .map(|(at, _)| at)
        .collect()
}

#[test]
fn a_folder_of_nab_is_asked_window_by_window_and_judged_beside_baselines() {
    let bench = Bench::empty();
    write_nab(&bench);
    let server = Server::start(0, Duration::ZERO, |request: &Request| {
        let found: Vec<_> = peaks(&request.prompt)
            .into_iter()
            .map(|at| serde_json::json!({"start": at, "end": at}))
            .collect();
        Reply::Text(format!("```json\n{}\n```", serde_json::json!(found)))
    })
    .unwrap();
    let url = server.url();
    let mut arguments = eval(
        "series-indices",
        &url,
        &[
            "--data",
            "nab",
            "-T",
            "window=60",
            "-T",
            "step=60",
            "-T",
            "interval=0",
        ],
    );
    let json: Value = serde_json::from_str(&bench.ok(&arguments)).unwrap();
    assert_eq!(json["score"]["accuracy"], 1.0);
    // Three windows of 60 and one that ends at the last point, of each series.
    assert_eq!(server.seen().len(), 2 * 3);
    assert_eq!(measured(&json, "overlap_f1"), 1.0);
    assert_eq!(measured(&json, "flagged"), 4.0 / 336.0);
    assert_eq!(measured(&json, "unread"), 0.0);
    let all = json["measures"].as_array().unwrap();
    let overlap = all.iter().find(|one| one["name"] == "overlap_f1").unwrap();
    assert!(overlap["without_model"]["flag-all"].as_f64().unwrap() > 0.7);
    assert_eq!(overlap["without_model"]["flag-none"], 0.0);
    assert!(overlap["without_model"]["matrix-profile"].is_number());
    // The page has a drawing of each series.
    let run = json["run"].as_str().unwrap();
    bench.ok(&["report", run]);
    let page = fs::read_to_string(bench.path(run).join("report.html")).unwrap();
    assert!(page.contains("realTweets/own.csv: 168 points, 2 anomalies"));
    arguments.extend(["-T", "subset=Art"]);
    let refused = stderr(&bench.run(&arguments));
    assert!(
        refused.contains("no series of the data is of the subset `Art`"),
        "{refused}"
    );
    bench.write(
        "nab/data/realTweets/own.csv",
        "timestamp,value\n2014-03-01 00:00:00,12\nnow,many\n",
    );
    let refused = stderr(&bench.run(&eval("series-indices", &url, &["--data", "nab"])));
    assert!(
        refused.contains("data/realTweets/own.csv") && refused.contains("line 3"),
        "{refused}"
    );
}

#[test]
fn values_are_found_by_votes_of_samples_and_windows() {
    let bench = Bench::empty();
    write_nab(&bench);
    let server = Server::start(0, Duration::ZERO, |request: &Request| {
        let sequence = request.prompt.lines().last().unwrap();
        let peaks: Vec<&str> = sequence
            .split(',')
            .filter(|value| value.parse::<u32>().is_ok_and(|value| value > 6_000))
            .collect();
        // One of the samples sees nothing.
        let blind = request.earlier == 1;
        Reply::Text(if blind || peaks.is_empty() {
            "[]".to_owned()
        } else {
            peaks.join(", ")
        })
    })
    .unwrap();
    let url = server.url();
    let settings = [
        "--data",
        "nab",
        "-T",
        "window=60",
        "-T",
        "step=12",
        "-T",
        "interval=0",
        "-T",
        "samples=3",
        "-T",
        "padding=1",
    ];
    let json: Value =
        serde_json::from_str(&bench.ok(&eval("series-prompter", &url, &settings))).unwrap();
    assert_eq!(measured(&json, "overlap_f1"), 1.0);
    // Two anomalies of three points and one, padded by one on each side.
    assert_eq!(measured(&json, "flagged"), 8.0 / 336.0);
    assert_eq!(server.seen().len(), 2 * 10 * 3);
}

#[test]
fn a_program_runs_in_the_sandbox_on_series_that_were_held_back() {
    let bench = Bench::empty();
    let server = Server::start(0, Duration::ZERO, |request: &Request| {
        let code = if request.prompt.len().is_multiple_of(2) {
            // The median of the steps is that of the season; a spike's step is many times as large.
            "def detect(values):\n    steps = [abs(b - a) for a, b in zip(values, values[1:])]\n    limit = 6 * sorted(steps)[len(steps) // 2]\n    found = [at for at, step in enumerate(steps) if step > limit]\n    return [(found[at] + 1, found[at + 1]) for at in range(0, len(found) - 1, 2)]\n"
        } else {
            "def detect(values):\n    raise ValueError('not today')\n"
        };
        Reply::Text(format!("Here it is.\n[ANSWER]\n{code}[/ANSWER]"))
    })
    .unwrap();
    let url = server.url();
    let settings = [
        "-T",
        "anomalies=spike,flat-line,range",
        "-T",
        "count=6",
        "-T",
        "points=300",
    ];
    let json: Value =
        serde_json::from_str(&bench.ok(&eval("series-program", &url, &settings))).unwrap();
    assert_eq!(json["score"]["items"], 3);
    assert_eq!(server.seen().len(), 3);
    assert!(measured(&json, "overlap_f1") > 0.0 || measured(&json, "unread") > 0.0);
    let folder = json["run"].as_str().unwrap();
    let verdicts = fs::read_to_string(bench.path(folder).join("verdicts.jsonl")).unwrap();
    for verdict in verdicts
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
    {
        let detail = &verdict["detail"];
        assert_eq!(detail["each"].as_array().unwrap().len(), 4);
        match verdict["reason"].as_str().unwrap() {
            "program_failed" => assert_eq!(detail["why"], "ValueError: not today"),
            "some_not_solved" | "all_solved" => assert_eq!(detail["failed"], 0),
            other => panic!("{other}: {verdict}"),
        }
    }
}

#[test]
fn right_answers_score_everything_and_flag_all_nothing() {
    let bench = Bench::empty();
    for task in [
        "series-prompter",
        "series-indices",
        "series-detector",
        "series-program",
    ] {
        let json: Value = serde_json::from_str(&bench.ok(&["validate", task, "--json"])).unwrap();
        let text = json.to_string();
        assert!(text.contains("flag-all"), "{text}");
    }
}
