//! Responses as today's models write them, and how each is to be read: `tests/conformance/readings.jsonl`, one
//! pair a line, for every judge. `is` is the status, or `executes` with the expression that is evaluated.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use tracestone_eval::answer::Extraction;
use tracestone_eval::item::{Execution, Item};
use tracestone_eval::judge::{Choice, Job, Outcome, Runner, names};
use tracestone_eval::judging::judge_all;
use tracestone_eval::log::Reply;
use tracestone_eval::model::{Response, Stop};
use tracestone_record::Language;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reading {
    judge: String,
    gold: String,
    #[serde(default)]
    settings: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    call: Option<String>,
    response: String,
    #[serde(default)]
    stop: Option<String>,
    is: String,
}

/// Records requested executions, and gives no outcome.
#[derive(Default)]
struct Noting(Vec<String>);

impl Runner for Noting {
    fn run(&mut self, jobs: Vec<Job>) -> Result<Vec<Vec<Outcome>>, String> {
        let expressions = jobs.iter().map(|job| job.expressions.clone());
        self.0.extend(expressions.flatten());
        Err("nothing is executed here".to_owned())
    }
}

fn item(reading: &Reading) -> Item {
    let call = reading
        .call
        .as_deref()
        .map(|call| ("call".to_owned(), call.into()));
    Item {
        kind: reading.judge.clone(),
        fields: call.into_iter().collect(),
        answer: reading.gold.clone(),
        execution: Some(Execution {
            language: Language::Python,
            program: String::new(),
            setup: String::new(),
            callee: "f".to_owned(),
            output: "'abab'".to_owned(),
        }),
        ..Item::plain("one", "")
    }
}

/// The program's reading of a response.
fn read(reading: &Reading) -> String {
    let judge = Choice {
        name: reading.judge.clone(),
        settings: reading.settings.clone(),
    };
    let judge = judge
        .build(tracestone_eval::track::Tracks::NONE)
        .expect("a judge");
    let response = Response {
        stop: match reading.stop.as_deref() {
            Some("length") => Stop::Length,
            _ => Stop::Stop,
        },
        ..Response::plain(reading.response.clone())
    };
    let replies = [vec![Some(Reply::Response(response))]];
    let mut runner = Noting::default();
    let items = [item(reading)];
    match judge_all(
        &*judge,
        &items,
        &replies,
        &[Extraction::Marked],
        &mut runner,
    ) {
        Ok(verdicts) => verdicts[0][0].status.name().to_owned(),
        Err(_) => format!("executes {}", runner.0.join(", ")),
    }
}

#[test]
fn responses_are_read_as_people_read_them() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance/readings.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    let readings: Vec<Reading> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    assert!(readings.len() >= 120, "{}", readings.len());
    let mut wrong = Vec::new();
    for (index, reading) in readings.iter().enumerate() {
        let found = read(reading);
        if found != reading.is {
            wrong.push(format!(
                "line {}: {} read {:?} (gold {:?}) as {found}, not {}",
                index + 1,
                reading.judge,
                reading.response,
                reading.gold,
                reading.is
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} readings are others:\n{}",
        wrong.len(),
        readings.len(),
        wrong.join("\n")
    );
    let judges: BTreeSet<&str> = readings.iter().map(|one| one.judge.as_str()).collect();
    // These two decide by programs and by another model, not by reading.
    let others = ["python-tests", "model"];
    for judge in names() {
        let read = judges.contains(judge) || others.contains(&judge);
        assert!(read, "no reading for {judge}");
    }
}
