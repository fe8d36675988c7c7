//! One JSON object a response, with all that is known of it.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

use super::{Results, Told};
use crate::judge::Status;
use crate::log::Reply;
use crate::model::{Message, Stop, Usage};

/// A line of the file. What does not hold for a response is `null`, so that every line has the same
/// fields.
#[derive(Debug, Serialize)]
struct Line<'a> {
    item: &'a str,
    item_hash: String,
    kind: &'a str,
    repeat: usize,
    task: &'a str,
    model: &'a str,
    prompt: &'a [Message],
    response: Option<&'a str>,
    reasoning: Option<&'a str>,
    stop: Option<Stop>,
    answer: Option<&'a str>,
    parsed: Option<&'a str>,
    gold: &'a str,
    status: Status,
    reason: &'a str,
    credit: f64,
    detail: &'a Value,
    error: Option<String>,
    usage: Option<Usage>,
    seconds: Option<f64>,
    attempts: Option<u32>,
    at: Option<&'a str>,
    cluster: &'a str,
    date: Option<&'a str>,
    facts: &'a std::collections::BTreeMap<String, Value>,
}

/// Writes a line for each response, items in their order.
///
/// # Errors
/// `out` takes no more.
pub fn write(results: &Results<'_>, out: &mut impl Write) -> io::Result<()> {
    for told in results.told() {
        serde_json::to_writer(&mut *out, &line(results, told))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn line<'a>(results: &Results<'a>, told: Told<'a>) -> Line<'a> {
    let (response, error) = match told.entry.map(|entry| &entry.reply) {
        Some(Reply::Response(response)) => (Some(response), None),
        Some(Reply::Error(error)) => (None, Some(error.to_string())),
        None => (None, None),
    };
    let item = &told.asked.item;
    Line {
        item: &item.id,
        item_hash: item.hash(),
        kind: &item.kind,
        repeat: told.repeat,
        task: &results.header.task,
        model: &results.header.model,
        prompt: &told.asked.messages,
        response: response.map(|response| response.text.as_str()),
        reasoning: response.and_then(|response| response.reasoning.as_deref()),
        stop: response.map(|response| response.stop),
        answer: told.verdict.answer.as_deref(),
        parsed: told.verdict.parsed.as_deref(),
        gold: &item.answer,
        status: told.verdict.status,
        reason: &told.verdict.reason,
        credit: told.verdict.credit,
        detail: &told.verdict.detail,
        error,
        usage: response.and_then(|response| response.usage),
        seconds: told.entry.map(|entry| entry.seconds),
        attempts: told.entry.map(|entry| entry.attempts),
        at: told.entry.map(|entry| entry.at.as_str()),
        cluster: &item.cluster,
        date: item.date.as_deref(),
        facts: &item.facts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::Fixture;

    #[test]
    fn every_response_has_a_line_with_all_fields() {
        let fixture = Fixture::new();
        let mut bytes = Vec::new();
        write(&fixture.results(), &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), fixture.responses());
        let names: Vec<_> = lines[0].as_object().unwrap().keys().collect();
        for line in &lines {
            assert_eq!(line.as_object().unwrap().keys().collect::<Vec<_>>(), names);
        }
        let statuses: Vec<_> = lines.iter().map(|line| &line["status"]).collect();
        assert_eq!(
            statuses,
            [
                "correct",
                "correct",
                "wrong",
                "correct",
                "api_error",
                "missing"
            ]
        );
        assert_eq!(lines[0]["usage"]["input_tokens"], 120);
        assert_eq!(lines[2]["reason"], "differs");
        assert_eq!(lines[2]["detail"]["first_divergent_step"], 3);
        assert_eq!(lines[4]["error"], "server (HTTP 500): it burns");
        assert_eq!(lines[5]["response"], Value::Null);
    }
}
