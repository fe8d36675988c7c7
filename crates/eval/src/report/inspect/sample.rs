//! The samples of a log of inspect_ai: messages, events and scores.

use super::*;

pub(super) fn message(one: &Message, source: &str, id: String) -> Value {
    let role = match one.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    json!({ "id": id, "content": one.content, "source": source, "role": role })
}

pub(super) fn sample(results: &Results<'_>, told: Told<'_>) -> Value {
    let item = &told.asked.item;
    let uuid = id(results, &format!("{}\0{}", item.id, told.repeat));
    let input: Vec<_> = told
        .asked
        .messages
        .iter()
        .enumerate()
        .map(|(index, one)| message(one, "input", format!("{uuid}-{index}")))
        .collect();
    let mut messages = input.clone();
    let mut sample = json!({
        "id": item.id,
        "epoch": told.repeat + 1,
        "input": input,
        "target": item.answer,
        "scores": { (results.scored.judge.0.as_str()): score(told) },
        "metadata": metadata(told),
        "store": {},
        "events": [],
        "attachments": {},
        "uuid": uuid,
    });
    match told.entry.map(|entry| &entry.reply) {
        Some(Reply::Response(response)) => {
            let content = match &response.reasoning {
                None => json!(response.text),
                Some(thought) => json!([
                    { "type": "reasoning", "reasoning": thought },
                    { "type": "text", "text": response.text },
                ]),
            };
            let said = json!({
                "id": format!("{uuid}-{}", messages.len()),
                "content": content,
                "source": "generate",
                "role": "assistant",
                "model": results.header.model,
            });
            messages.push(said.clone());
            sample["output"] = json!({
                "model": results.header.model,
                "choices": [choice(said, response)],
                "completion": response.text,
                "usage": response.usage.map(usage),
            });
            sample["model_usage"] = model_usage(results, response.usage, None);
        }
        Some(Reply::Error(error)) => sample["error"] = failure(&error.to_string()),
        None => sample["error"] = failure("the model was not asked yet"),
    }
    if let Some(entry) = told.entry {
        sample["completed_at"] = json!(time(&entry.at));
        sample["total_time"] = json!(entry.seconds);
        sample["working_time"] = json!(entry.seconds);
    }
    sample["events"] = events(results, told, &sample, &uuid);
    sample["messages"] = Value::from(messages);
    sample
}

fn choice(said: Value, response: &Response) -> Value {
    let mut choice = json!({ "message": said, "stop_reason": stop(response.stop) });
    if !response.logprobs.is_empty() {
        let tokens = response.logprobs.iter();
        let tokens: Vec<_> = tokens
            .map(|one| json!({ "token": one.token, "logprob": one.logprob }))
            .collect();
        choice["logprobs"] = json!({ "content": tokens });
    }
    choice
}

/// The events of the transcript: how the sample began, the call of the model, and the score.
pub(super) fn events(results: &Results<'_>, told: Told<'_>, sample: &Value, uuid: &str) -> Value {
    let ended = told
        .entry
        .map_or(&results.header.created, |entry| &entry.at);
    let seconds = told.entry.map_or(0.0, |entry| entry.seconds);
    let begun = before(ended, seconds);
    let event = |kind: &str, number: u32, at: &str, working: f64| {
        json!({
            "uuid": format!("{uuid}-e{number}"),
            "event": kind,
            "timestamp": time(at),
            "working_start": working,
        })
    };
    let mut init = event("sample_init", 0, &begun, 0.0);
    init["sample"] = json!({
        "id": sample["id"],
        "input": sample["input"],
        "target": sample["target"],
        "metadata": sample["metadata"],
    });
    init["state"] = json!({});
    let mut events = vec![init];
    if let Some(entry) = told.entry {
        let mut model = event("model", 1, &begun, 0.0);
        model["model"] = json!(results.header.model);
        model["input"] = sample["input"].clone();
        model["tools"] = json!([]);
        model["tool_choice"] = json!("none");
        model["config"] = generation(&results.header.generation);
        model["completed"] = json!(time(&entry.at));
        model["working_time"] = json!(seconds);
        model["retries"] = json!(entry.attempts.saturating_sub(1));
        model["output"] = match sample.get("output") {
            Some(output) => output.clone(),
            None => json!({ "model": results.header.model, "choices": [] }),
        };
        if let Reply::Error(error) = &entry.reply {
            model["error"] = json!(error.to_string());
        }
        events.push(model);
    }
    let mut scored = event("score", 2, ended, seconds);
    scored["score"] = score(told);
    scored["target"] = sample["target"].clone();
    scored["intermediate"] = json!(false);
    events.push(scored);
    Value::from(events)
}

/// A time some seconds before another, both in UTC.
fn before(at: &str, seconds: f64) -> String {
    let milliseconds = Duration::from_secs_f64(seconds.clamp(0.0, 1e9)).as_millis();
    let milliseconds = i64::try_from(milliseconds).unwrap_or(0);
    match DateTime::parse_from_rfc3339(at) {
        Ok(time) => (time.with_timezone(&Utc) - TimeDelta::milliseconds(milliseconds))
            .to_rfc3339_opts(SecondsFormat::Millis, true),
        Err(_) => at.to_owned(),
    }
}

fn stop(stop: Stop) -> &'static str {
    match stop {
        Stop::Stop => "stop",
        Stop::Length => "max_tokens",
        Stop::Refusal => "content_filter",
        Stop::Other => "unknown",
    }
}

pub(super) fn failure(message: &str) -> Value {
    json!({ "message": message, "traceback": "", "traceback_ansi": "" })
}

pub(super) fn score(told: Told<'_>) -> Value {
    let verdict = told.verdict;
    let value = match verdict.status {
        Status::Correct => "C",
        Status::Wrong | Status::Unparsable | Status::SetOrder => "I",
        Status::Truncated | Status::Refused | Status::ApiError | Status::Missing => "N",
    };
    // Words of theirs where they have one.
    let reason = match verdict.status {
        Status::Correct | Status::Wrong => None,
        Status::Unparsable if verdict.reason == "empty" => Some("no_response"),
        Status::Unparsable => Some("invalid_response_format"),
        Status::Refused => Some("refusal"),
        Status::SetOrder | Status::Truncated | Status::ApiError | Status::Missing => {
            Some(verdict.status.name())
        }
    };
    let mut explanation = format!(
        "{}: {}",
        verdict.status.name().replace('_', " "),
        verdict.reason.replace('_', " ")
    );
    for (name, value) in verdict.detail.as_object().into_iter().flatten() {
        explanation.push_str(&format!("\n{}: {}", name.replace('_', " "), text(value)));
    }
    json!({
        "value": value,
        "answer": verdict.answer,
        "explanation": explanation,
        "reason": reason,
        "metadata": {
            "status": verdict.status,
            "reason": verdict.reason,
            "credit": verdict.credit,
            "parsed": verdict.parsed,
            "detail": verdict.detail,
        },
    })
}

pub(super) fn metadata(told: Told<'_>) -> Value {
    let item = &told.asked.item;
    let mut metadata = json!({
        CLUSTER: item.cluster,
        "kind": item.kind,
        "item_hash": item.hash(),
        "date": item.date,
        "attempts": told.entry.map(|entry| entry.attempts),
    });
    for (name, value) in &item.facts {
        metadata[name] = value.clone();
    }
    metadata
}

/// A sample as the list of samples shows it: without long parts, texts shortened.
pub(super) fn summary(mut sample: Value) -> Value {
    let count = sample["messages"].as_array().map_or(0, Vec::len);
    if let Some(error) = sample.get("error").map(|error| error["message"].clone()) {
        sample["error"] = error;
    }
    if let Some(map) = sample.as_object_mut() {
        for long in ["messages", "output", "store", "events", "attachments"] {
            map.remove(long);
        }
    }
    for message in sample["input"].as_array_mut().into_iter().flatten() {
        shorten(&mut message["content"]);
    }
    shorten(&mut sample["target"]);
    for score in sample["scores"].as_object_mut().into_iter().flatten() {
        for part in ["answer", "explanation"] {
            shorten(&mut score.1[part]);
        }
        thin(&mut score.1["metadata"]);
    }
    thin(&mut sample["metadata"]);
    sample["completed"] = json!(true);
    sample["message_count"] = json!(count);
    sample
}

fn shorten(value: &mut Value) {
    if let Value::String(text) = value
        && let Some((cut, _)) = text.char_indices().nth(SUMMARY_TEXT)
    {
        text.truncate(cut);
        text.push_str("...");
    }
}

/// Shortens texts of an object and removes large parts, as inspect_ai does, with the same placeholder.
pub(super) fn thin(value: &mut Value) {
    for (_, value) in value.as_object_mut().into_iter().flatten() {
        if value.is_string() {
            shorten(value);
        } else if value.to_string().len() > SUMMARY_VALUE {
            *value = json!("Key removed from summary (> 1k)");
        }
    }
}

/// Characters of a text that summaries hold.
pub(super) const SUMMARY_TEXT: usize = 1024;

/// Bytes of a value that summaries hold.
const SUMMARY_VALUE: usize = 1024;
