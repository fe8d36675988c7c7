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
    let seen: usize = sequence.len();
    match seen % 97 {
        3 => Reply::Status(400, Vec::new(), r#"{"error":{"message":"no"}}"#.to_owned()),
        5 => Reply::Text("I would say it rises.".to_owned()),
        _ => Reply::Text(format!("{last},{last},{last}")),
    }
}

fn eval<'a>(task: &'a str, url: &'a str, more: &[&'a str]) -> Vec<&'a str> {
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
fn measured(json: &Value, name: &str) -> f64 {
    let all = json["measures"].as_array().unwrap();
    let one = all.iter().find(|one| one["name"] == name);
    one.unwrap_or_else(|| panic!("no measure {name}"))["value"]
        .as_f64()
        .unwrap()
}

fn lines(bench: &Bench, logs: &str, name: &str) -> Vec<Value> {
    let mut folders = fs::read_dir(bench.path(logs)).unwrap();
    let folder = folders.next().unwrap().unwrap().path();
    assert!(folders.next().is_none(), "one command, one folder");
    let text = fs::read_to_string(folder.join(name)).unwrap_or_default();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

#[test]
fn a_killed_run_of_many_requests_ends_with_the_same_score_and_pays_for_none_twice() {
    let settings = [
        "-T",
        "count=3",
        "-T",
        "points=260",
        "-T",
        "samples=2",
        "--max-connections",
        "4",
    ];
    let bench = Bench::empty();
    let whole = Server::start(0, Duration::ZERO, repeats).unwrap();
    let url = whole.url();
    let mut arguments = eval("series-detector", &url, &settings);
    arguments.extend(["--log-dir", "whole", "--model-id", "mock"]);
    let output = bench.run(&arguments);
    let expected: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));

    let server = Server::start(0, Duration::from_millis(10), repeats).unwrap();
    let url = server.url();
    let mut arguments = eval("series-detector", &url, &settings);
    arguments.extend(["--log-dir", "killed", "--model-id", "mock"]);
    let mut child = bench
        .command(&arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begin = Instant::now();
    while server.seen().len() < 200 {
        assert!(
            begin.elapsed() < Duration::from_secs(60),
            "the run asks nothing"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = lines(&bench, "killed", "answers.jsonl");
    let kept: BTreeSet<_> = kept
        .iter()
        .filter(|entry| entry["response"].is_object())
        .map(|entry| entry["key"].to_string())
        .collect();
    assert!(!kept.is_empty());
    // What was on its way at the kill ends.
    std::thread::sleep(Duration::from_millis(300));
    let before = server.seen().len();
    let output = bench.run(&arguments);
    let resumed: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    for name in [
        "overlap_f1",
        "weighted_f1",
        "vus_pr",
        "forecast_error",
        "unread",
        "failed",
    ] {
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
    assert_eq!(series.len(), 3);
    assert_eq!(
        series
            .iter()
            .map(|one| one["steps"].as_array().unwrap().len())
            .sum::<usize>(),
        3 * 120 * 2
    );
    let answered = requests
        .iter()
        .filter(|entry| entry["response"].is_object())
        .count();
    assert_eq!(
        answered,
        requests
            .iter()
            .filter(|entry| entry["response"].is_object())
            .map(|entry| entry["key"].to_string())
            .collect::<BTreeSet<_>>()
            .len()
    );
    // The second run asks what the log does not have, and nothing else: requests that fail are tried again.
    let wanted = requests
        .iter()
        .map(|entry| entry["key"].to_string())
        .collect::<BTreeSet<_>>()
        .len()
        - kept.len();
    assert_eq!(server.seen().len() - before, wanted);
    // A third run asks again only what failed.
    let failed = requests
        .iter()
        .filter(|entry| !entry["response"].is_object())
        .map(|entry| entry["key"].to_string())
        .collect::<BTreeSet<_>>()
        .len();
    let before = server.seen().len();
    bench.run(&arguments);
    assert_eq!(server.seen().len() - before, failed);
    // More samples ask for the new ones only.
    let before = server.seen().len();
    let mut more = arguments.clone();
    let place = more.iter().position(|word| *word == "samples=2").unwrap();
    more[place] = "samples=3";
    bench.run(&more);
    assert_eq!(server.seen().len() - before, 3 * 120 + failed);
}
