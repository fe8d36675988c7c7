//! Items: the questions of a task, read from samples or benchmark files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracestone_record::{Language, Sample, SampleKind};

use crate::judge::Tests;
use crate::reach;

/// One question. Nothing in it belongs to one language or field but what its judge reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The name, unique in a task.
    pub id: String,
    /// Kind of the question, by which the score is sliced.
    pub kind: String,
    /// Fields available to templates. The answer is never one of them.
    pub fields: BTreeMap<String, Value>,
    /// The correct answer, in the form in which a model should give it.
    pub answer: String,
    /// Further answers that are as correct.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// Tests of the program that is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tests: Option<Tests>,
    /// The input that the question shows, for the baseline that copies it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub input: String,
    /// Input of a judge that executes something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<Execution>,
    /// Facts for the judge of a track, which no template shows.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub material: Value,
    /// Cluster of the item. Items in one cluster are not independent; intervals resample clusters.
    pub cluster: String,
    /// Difficulty and provenance, for slices: numbers, texts or truth values.
    pub facts: BTreeMap<String, Value>,
    /// The day the question's material was published, as `YYYY-MM-DD`, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
}

/// A program, what is called in it, and the result that the call should have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Execution {
    /// The program's language; left out for Python.
    #[serde(default, skip_serializing_if = "Language::is_python")]
    pub language: Language,
    /// The program's text.
    pub program: String,
    /// Statements after it.
    pub setup: String,
    /// The expression before the parentheses.
    pub callee: String,
    /// The literal that the call should return.
    pub output: String,
}

impl Item {
    /// A question that is nothing but a text.
    #[must_use]
    pub fn plain(id: &str, question: &str) -> Self {
        Self {
            id: id.to_owned(),
            kind: "question".to_owned(),
            fields: BTreeMap::from([("question".to_owned(), Value::from(question))]),
            answer: String::new(),
            also: Vec::new(),
            tests: None,
            input: String::new(),
            execution: None,
            material: Value::Null,
            cluster: id.to_owned(),
            facts: BTreeMap::new(),
            date: None,
        }
    }

    /// A hash of all that the item is; items of two runs are the same where this is.
    #[must_use]
    pub fn hash(&self) -> String {
        // Maps are ordered and every value is plain data, so that writing cannot fail.
        let text = serde_json::to_vec(self).unwrap_or_default();
        blake3::hash(&text).to_hex()[..16].to_owned()
    }

    /// The hash of a list of items, in any order.
    #[must_use]
    pub fn hash_all(items: &[Self]) -> String {
        let mut hashes: Vec<_> = items.iter().map(Self::hash).collect();
        hashes.sort_unstable();
        blake3::hash(hashes.join("\n").as_bytes()).to_hex()[..16].to_owned()
    }
}

/// Uses programs as clusters if all items come from one repository.
pub fn cluster_by_program_within_one_group(items: &mut [Item]) {
    let mut groups = items.iter().map(|item| item.cluster.as_str());
    let first = groups.next();
    if groups.any(|group| Some(group) != first) {
        return;
    }
    for item in items {
        let program = item.fields.get("program").and_then(Value::as_str);
        let hash = blake3::hash(program.unwrap_or_default().as_bytes());
        item.cluster = format!("program {}", &hash.to_hex()[..16]);
    }
}

/// Error of reading a file of items.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct ItemError {
    /// The line of the file.
    pub line: usize,
    /// Description of the error.
    pub what: String,
}

/// The item that a sample of a store is.
#[must_use]
pub fn from_sample(sample: &Sample) -> Item {
    let mut fields = BTreeMap::from([
        ("prompt".to_owned(), Value::from(sample.prompt.as_str())),
        ("program".to_owned(), Value::from(sample.program.as_str())),
        ("setup".to_owned(), Value::from(sample.setup.as_str())),
        ("entry".to_owned(), Value::from(sample.entry.as_str())),
    ]);
    if sample.kind == SampleKind::Reach {
        fields.insert(
            "line".to_owned(),
            Value::from(sample.question.line.map(|line| line.0)),
        );
    }
    // The call of a question for arguments holds the answer.
    let shown = !sample.kind.asks_for_arguments();
    if shown {
        fields.insert("call".to_owned(), Value::from(sample.call.as_str()));
    }
    if let Some(system) = &sample.system {
        fields.insert("system".to_owned(), Value::from(system.as_str()));
    }
    let reaches = sample.kind == SampleKind::Reach;
    let execution = sample.kind.asks_for_arguments().then(|| Execution {
        language: sample.language,
        program: match reaches {
            true => reach::watched(&sample.program),
            false => sample.program.clone(),
        },
        setup: sample.setup.clone(),
        callee: sample
            .question
            .callee
            .clone()
            .unwrap_or_else(|| sample.entry.clone()),
        output: match reaches {
            true => reach::REACHED.to_owned(),
            false => sample.question.output.clone().unwrap_or_default(),
        },
    });
    let input = match &sample.question.output {
        Some(output) => output.clone(),
        None => arguments_of(&sample.call).unwrap_or_default().to_owned(),
    };
    Item {
        id: sample.id.to_string(),
        kind: sample.kind.name().to_owned(),
        fields,
        answer: sample.answer.clone(),
        input,
        execution,
        also: Vec::new(),
        tests: None,
        material: Value::Null,
        cluster: sample.group.clone(),
        facts: facts(sample),
        date: sample.provenance.commit_date.clone(),
    }
}

fn facts(sample: &Sample) -> BTreeMap<String, Value> {
    let facts = &sample.facts;
    let numbers = [
        ("steps", facts.steps),
        ("lines", facts.lines),
        ("depth", facts.depth),
        ("branches", facts.branches),
        ("loops", facts.loops),
        ("loop_depth", facts.loop_depth),
        ("calls", facts.calls),
        ("value_bytes", facts.value_bytes),
        ("answer_bytes", facts.answer_bytes),
        ("program_lines", facts.program_lines),
    ];
    let mut map: BTreeMap<_, _> = numbers
        .into_iter()
        .map(|(name, number)| (name.to_owned(), Value::from(number)))
        .collect();
    let origin = sample
        .input_origin
        .as_ref()
        .map(|origin| serde_json::json!(origin));
    map.insert("input_origin".to_owned(), origin.unwrap_or(Value::Null));
    map.insert(
        "license".to_owned(),
        Value::from(sample.provenance.license.as_str()),
    );
    map.insert(
        "origin".to_owned(),
        Value::from(sample.provenance.origin.as_str()),
    );
    if let Some(style) = &sample.prompt_style {
        map.insert("prompt_style".to_owned(), Value::from(style.as_str()));
    }
    map.insert(
        "answer_in_prompt".to_owned(),
        Value::from(facts.answer_in_prompt),
    );
    map
}

/// The text between the parentheses of a call that is nothing else.
fn arguments_of(call: &str) -> Option<&str> {
    let open = call.find('(')?;
    call[open + 1..].strip_suffix(')')
}

#[derive(Deserialize)]
struct CruxevalRow {
    id: String,
    code: String,
    input: String,
    output: String,
}

/// Side of a CRUXEval row to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The input, given the output.
    Input,
    /// The output, given the input.
    Output,
}

/// The items of `cruxeval.jsonl` (<https://github.com/facebookresearch/cruxeval>).
///
/// # Errors
/// A line is not a row of that file.
pub fn from_cruxeval(text: &str, side: Side) -> Result<Vec<Item>, ItemError> {
    rows(text, Repeated::Refused, |row: CruxevalRow| {
        let call = format!("f({})", row.input);
        let mut fields = BTreeMap::from([
            ("id".to_owned(), Value::from(row.id.as_str())),
            ("program".to_owned(), Value::from(row.code.as_str())),
        ]);
        let execution = Execution {
            language: Language::Python,
            program: row.code.clone(),
            setup: String::new(),
            callee: "f".to_owned(),
            output: row.output.clone(),
        };
        let facts = BTreeMap::from([(
            "program_lines".to_owned(),
            Value::from(row.code.lines().count()),
        )]);
        let (answer, input) = match side {
            Side::Input => {
                fields.insert("output".to_owned(), Value::from(row.output.as_str()));
                (call, row.output)
            }
            Side::Output => {
                fields.insert("call".to_owned(), Value::from(call));
                fields.insert("input".to_owned(), Value::from(row.input.as_str()));
                (row.output, row.input)
            }
        };
        Ok(Item {
            cluster: row.id.clone(),
            id: row.id,
            kind: match side {
                Side::Input => "input",
                Side::Output => "output",
            }
            .to_owned(),
            fields,
            answer,
            input,
            execution: Some(execution),
            also: Vec::new(),
            tests: None,
            material: Value::Null,
            facts,
            date: None,
        })
    })
}

#[derive(Deserialize)]
struct LivecodebenchRow {
    question_id: Value,
    id: Value,
    function_name: String,
    code: String,
    /// The whole call.
    input: String,
    output: String,
    #[serde(default)]
    numsteps: Option<u64>,
    #[serde(default)]
    contest_date: Option<Value>,
}

/// Imports that solutions of programming contests expect.
const LIVECODEBENCH_IMPORTS: &str = "\
import collections, copy, functools, heapq, itertools, math, random, string
from bisect import *
from collections import *
from functools import *
from heapq import *
from itertools import *
from math import *
from typing import *

";

/// The items of LiveCodeBench's execution track (`livecodebench/execution-v2`, one JSON object a line).
///
/// # Errors
/// A line is not a row of that file.
pub fn from_livecodebench(text: &str) -> Result<Vec<Item>, ItemError> {
    // The same row may come again, and counts each time.
    rows(text, Repeated::Numbered, |row: LivecodebenchRow| {
        let mut facts = BTreeMap::from([(
            "program_lines".to_owned(),
            Value::from(row.code.lines().count()),
        )]);
        if let Some(steps) = row.numsteps {
            facts.insert("steps".to_owned(), Value::from(steps));
        }
        let arguments = arguments_of(&row.input).unwrap_or_default().to_owned();
        let execution = Execution {
            language: Language::Python,
            program: format!("{LIVECODEBENCH_IMPORTS}{}", row.code),
            setup: String::new(),
            callee: row.function_name.clone(),
            output: row.output.clone(),
        };
        Ok(Item {
            id: plain(&row.id),
            kind: "output".to_owned(),
            fields: BTreeMap::from([
                ("program".to_owned(), Value::from(row.code)),
                ("call".to_owned(), Value::from(row.input)),
                ("entry".to_owned(), Value::from(row.function_name)),
            ]),
            answer: row.output,
            input: arguments,
            execution: Some(execution),
            also: Vec::new(),
            tests: None,
            material: Value::Null,
            cluster: plain(&row.question_id),
            facts,
            date: day(&row.contest_date.unwrap_or_default())
                .map_err(|why| format!("`contest_date`: {why}"))?,
        })
    })
}

/// Numbers that are years, and not seconds.
const YEARS: std::ops::RangeInclusive<f64> = 1900.0..=2100.0;

/// Years of eight digits that are a day, and not seconds.
const DAYS: std::ops::RangeInclusive<u32> = 1990..=2100;

/// The day of a date: a text that starts with it, or the time since 1970 in seconds, milliseconds, microseconds or
/// nanoseconds, as a number or as its digits. Eight digits such as 20230513 are a day in both. Of a month or a year it is the first one. `None` where there is no date.
///
/// # Errors
/// It is something else; the message names it.
pub fn day(date: &Value) -> Result<Option<String>, String> {
    let refused = || {
        let forms = "a day such as 2026-01-31, or the time since 1970 as a number";
        format!("{date} is no date; {forms} can be read")
    };
    let time = match date {
        Value::Null => return Ok(None),
        Value::String(text) if text.trim().is_empty() => return Ok(None),
        Value::String(text) => {
            if let Some(day) = written_day(text.trim()) {
                return Ok(Some(day));
            }
            let number = text.trim().parse::<f64>().ok();
            number.filter(|_| text.bytes().any(|byte| byte.is_ascii_digit()))
        }
        date => date.as_f64(),
    };
    let time = time.ok_or_else(refused)?;
    if let Some(day) = written_day(&time.to_string()) {
        return Ok(Some(day));
    }
    if YEARS.contains(&time) {
        return Ok(Some(format!("{time:04.0}-01-01")));
    }
    // Seconds reach the first of these sizes in the year 5138, milliseconds did in 1973, and so on.
    let seconds = match time.abs() {
        size if size < 1e11 => time,
        size if size < 1e14 => time / 1e3,
        size if size < 1e17 => time / 1e6,
        size if size < 1e20 => time / 1e9,
        _ => return Err(refused()),
    };
    Ok(Some(day_of((seconds / 86_400.0).floor() as i64)))
}

/// The day that a text begins with: `2023-05-13T00:00:00`, or `20230513`; the first one of `2023-05`.
fn written_day(text: &str) -> Option<String> {
    let digits = |range: std::ops::Range<usize>| {
        let part = text.get(range)?;
        let plain = part.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| part.parse::<u32>().ok()).flatten()
    };
    let sign = |at: usize| {
        text.as_bytes()
            .get(at)
            .is_some_and(|sign| b"-/".contains(sign))
    };
    let ends = |at: usize| !text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let year = digits(0..4)?;
    let (month, day) = match text.len() {
        7 if sign(4) => (digits(5..7)?, 1),
        8 if DAYS.contains(&year) => (digits(4..6)?, digits(6..8)?),
        _ if sign(4) && sign(7) && ends(10) => (digits(5..7)?, digits(8..10)?),
        _ => return None,
    };
    let last = match month {
        2 if year % 4 != 0 || year % 100 == 0 && year % 400 != 0 => 28,
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let possible = (1..=12).contains(&month) && (1..=last).contains(&day);
    possible.then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// The day that is so many days after the first one of 1970.
fn day_of(days: i64) -> String {
    // The calendar of eras of 400 years that begin on the first of March.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = (march_month + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// The treatment of a row whose id another one had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repeated {
    /// The file is not what it should be.
    Refused,
    /// It gets a number: `7`, `7#2`, `7#3`.
    Numbered,
}

fn rows<R: serde::de::DeserializeOwned>(
    text: &str,
    repeated: Repeated,
    item: impl Fn(R) -> Result<Item, String>,
) -> Result<Vec<Item>, ItemError> {
    let mut items = Vec::new();
    let mut ids = std::collections::BTreeSet::new();
    let text = crate::text::without_surrogates(text.trim_start_matches('\u{feff}'));
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let error = |what: String| ItemError {
            line: index + 1,
            what,
        };
        let row = serde_json::from_str(line).map_err(|cause| error(cause.to_string()))?;
        let mut one = item(row).map_err(error)?;
        if ids.contains(&one.id) {
            if repeated == Repeated::Refused {
                return Err(error(format!("a second item has the id {}", one.id)));
            }
            let id = one.id;
            let number = (2_usize..).find(|number| !ids.contains(&format!("{id}#{number}")));
            one.id = format!("{id}#{}", number.unwrap_or(0));
        }
        ids.insert(one.id.clone());
        items.push(one);
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_every_form() {
        for (date, read) in [
            (Value::from("2023-05-13T00:00:00"), "2023-05-13"),
            (Value::from(1_683_936_000_000_i64), "2023-05-13"),
            (Value::from(1_683_936_000), "2023-05-13"),
            (Value::from(1_683_936_000_000_000_i64), "2023-05-13"),
            (Value::from(1_683_936_000_000_000_000_i64), "2023-05-13"),
            (Value::from(1_693_526_400.5), "2023-09-01"),
            (Value::from("1693526400"), "2023-09-01"),
            (Value::from("1693526400000"), "2023-09-01"),
            (Value::from(" 1693526400000000 "), "2023-09-01"),
            (Value::from("20230513"), "2023-05-13"),
            (Value::from(20_230_513), "2023-05-13"),
            (Value::from(20_240_229), "2024-02-29"),
            (Value::from(20_230_229), "1970-08-23"),
            (Value::from("20230229"), "1970-08-23"),
            (Value::from(19_700_101), "1970-08-17"),
            (Value::from("19700101"), "1970-08-17"),
            (Value::from("2023-05"), "2023-05-01"),
            (Value::from("2023"), "2023-01-01"),
            (Value::from(2023), "2023-01-01"),
            (Value::from("2023-05-13 12:00"), "2023-05-13"),
            (Value::from("2023/05/13 12:00"), "2023-05-13"),
            (Value::from(951_782_400), "2000-02-29"),
            (Value::from(0), "1970-01-01"),
        ] {
            assert_eq!(day(&date), Ok(Some(read.to_owned())), "{date}");
        }
        for none in [Value::Null, Value::from("")] {
            assert_eq!(day(&none), Ok(None));
        }
        for other in [
            Value::from("May 13, 2023"),
            Value::from("2023-13-01"),
            Value::from("13/05/2023"),
            Value::from("nan"),
            Value::from(true),
            Value::from(1e25),
        ] {
            let refused = day(&other).unwrap_err();
            assert!(refused.contains(&other.to_string()), "{refused}");
        }
        let row = r#"{"question_id": 1, "id": 7, "function_name": "f", "code": "def f(n):\n    return n",
            "input": "f(2)", "output": "2", "contest_date": 1683936000000}"#;
        let items = from_livecodebench(&row.replace('\n', " ")).unwrap();
        assert_eq!(items[0].date.as_deref(), Some("2023-05-13"));
        let row = row.replace('\n', " ");
        let other = from_livecodebench(&row.replace("1683936000000", "\"soon\"")).unwrap_err();
        assert!(
            other.what.contains("`contest_date`: \"soon\""),
            "{}",
            other.what
        );
        let twice = from_livecodebench(&format!("{row}\n{row}\n{row}\n")).unwrap();
        let ids: Vec<_> = twice.iter().map(|item| item.id.as_str()).collect();
        assert_eq!(ids, ["7", "7#2", "7#3"]);
    }
}
