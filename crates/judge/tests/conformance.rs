//! Responses as today's models write them, and how each is to be read: `tests/conformance/readings.jsonl`, one
//! pair a line, for every judge. `is` is the status, or `executes` with the expression that is evaluated.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use tracestone_judge::answer::Extraction;
use tracestone_judge::item::{Execution, Item};
use tracestone_judge::judge::{names, with_settings};
use tracestone_judge::look::{Look, look};
use tracestone_judge::message::Stop;
use tracestone_record::Language;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reading {
    judge: String,
    gold: String,
    #[serde(default)]
    settings: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    fields: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    call: Option<String>,
    response: String,
    #[serde(default)]
    stop: Option<String>,
    is: String,
}

fn item(reading: &Reading) -> Item {
    let call = reading
        .call
        .as_deref()
        .map(|call| ("call".to_owned(), call.into()));
    Item {
        kind: reading.judge.clone(),
        fields: reading.fields.clone().into_iter().chain(call).collect(),
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
    let judge = with_settings(&reading.judge, &reading.settings)
        .expect("a judge of this crate")
        .expect("settings of the judge");
    let stop = match reading.stop.as_deref() {
        Some("length") => Stop::Length,
        _ => Stop::Stop,
    };
    let item = item(reading);
    match look(&*judge, &item, &reading.response, stop, Extraction::Marked) {
        Look::Decided(verdict) => verdict.status.name().to_owned(),
        Look::Execute { expression, .. } => format!("executes {expression}"),
        _ => "no verdict".to_owned(),
    }
}

/// Sentences that do not give an answer, and answers to put into them: `<G>` the right one, `<O>` another one, `<Q>`
/// and `<P>` the same as JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Denials {
    templates: Vec<String>,
    judges: Vec<Denied>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Denied {
    judge: String,
    gold: String,
    other: String,
    quoted: String,
    other_quoted: String,
    #[serde(default)]
    fields: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    call: Option<String>,
}

#[test]
fn what_a_sentence_denies_doubts_or_leaves_open_is_no_answer() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance/denials.json");
    let denials: Denials = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut passed = Vec::new();
    for one in &denials.judges {
        for template in &denials.templates {
            let response = template
                .replace("<G>", &one.gold)
                .replace("<O>", &one.other)
                .replace("<Q>", &one.quoted)
                .replace("<P>", &one.other_quoted);
            let found = read(&Reading {
                judge: one.judge.clone(),
                gold: one.gold.clone(),
                settings: BTreeMap::new(),
                fields: one.fields.clone(),
                call: one.call.clone(),
                response: response.clone(),
                stop: None,
                is: String::new(),
            });
            if found == "correct" || found == format!("executes {}", one.gold) {
                passed.push(format!("{}: {response:?}", one.judge));
            }
        }
    }
    assert!(passed.is_empty(), "these pass:\n{}", passed.join("\n"));
}

#[test]
fn long_responses_are_read_in_a_moment() {
    let long = |piece: &str| piece.repeat((1 << 14) / piece.len());
    let begin = std::time::Instant::now();
    for piece in [
        "x ",
        "!",
        "\u{3067}\u{3059}",
        "\\text{",
        "`",
        "**",
        "<think>",
        "[ANSWER]",
        "'",
        "\"",
        "The answer is 5 ",
        "5, ",
        "{\"answer\": ",
        "[",
        "\\boxed{",
        "| f(3) | 5 |\n",
        ">>> f(3)\n",
        "not ",
        "</think>",
        "# answer\n",
        "\u{7b54}\u{6848}\u{ff1a}",
        "wait wrong ",
        "1 000 ",
        "```\n",
        "-> 5 ",
        "assert f(3) == 5\n",
        "[\n",
        "(1,\n2),\n",
        "1,\n",
        "'''\n",
        "Answer: [1,\n2]\n",
        "<think>a</think>\n",
        "ValueError: a.\n",
        "Never mind the x\n",
    ] {
        for judge in names() {
            for response in [
                long(piece),
                format!("The answer is {}", long(piece)),
                format!("[ANSWER]{}", long(piece)),
            ] {
                drop(read(&Reading {
                    judge: judge.to_owned(),
                    gold: "5".to_owned(),
                    settings: BTreeMap::new(),
                    fields: BTreeMap::new(),
                    call: Some("f(3)".to_owned()),
                    response,
                    stop: None,
                    is: String::new(),
                }));
            }
        }
        let took = begin.elapsed();
        assert!(took.as_secs() < 300, "{piece:?}: {took:?}");
    }
}

#[test]
fn responses_are_read_as_people_read_them() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance/readings.jsonl");
    let path = std::env::var_os("READINGS").map_or(path, Into::into);
    let text = std::fs::read_to_string(path).unwrap();
    let readings: Vec<Reading> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
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
    assert!(readings.len() >= 120, "{}", readings.len());
    let judges: BTreeSet<&str> = readings.iter().map(|one| one.judge.as_str()).collect();
    for judge in names() {
        // This one decides by programs, not by reading.
        let read = judges.contains(judge) || judge == "python-tests";
        assert!(read, "no reading for {judge}");
    }
}
