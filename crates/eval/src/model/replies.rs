//! Responses of each protocol, read from the JSON of a body.

use serde_json::Value;

use super::parts::{called, called_in, chat_reasoning, text_of};
use super::{Response, Stop, TokenLogprob, Usage};
use crate::stops;

/// The choice of index 0, wherever it stands, or the first one where none has it.
pub(super) fn first(value: &Value) -> Option<&Value> {
    let choices = value.get("choices")?.as_array()?;
    let first = choices.iter().find(|choice| choice["index"] == 0);
    first.or(choices.first())
}

pub(super) fn chat(value: &Value) -> Option<Response> {
    if let Some(reason) = blocked(value)
        && value["choices"].as_array().is_none_or(Vec::is_empty)
    {
        return Some(Response {
            stop: Stop::Refusal,
            ..Response::plain(reason.to_owned())
        });
    }
    let choice = first(value)?;
    let message = &choice["message"];
    let refusal = message["refusal"].as_str().filter(|text| !text.is_empty());
    // Some servers give a list of parts; `null` is what comes with a refusal or an empty response.
    let text = text_of(&message["content"]);
    let reasoning = chat_reasoning(message);
    let stop = match refusal {
        Some(_) => Stop::Refusal,
        None => stops::of_reply(&choice["finish_reason"]),
    };
    if is_broken(choice) || (message.is_null() && !is_cut(choice, stop)) {
        return None;
    }
    let text = if text.is_empty() {
        called(message)
    } else {
        text
    };
    // A response that is over and has no content is a fault of the server; one that was cut, as
    // those of reasoning models are while they still think, filtered, or all of it thought, is not.
    if message["content"].is_null()
        && text.is_empty()
        && reasoning.is_none()
        && matches!(stop, Stop::Stop | Stop::Other)
    {
        return None;
    }
    Some(Response {
        stop,
        usage: openai_usage(&value["usage"]),
        reasoning,
        logprobs: logprobs(&choice["logprobs"]["content"]),
        ..Response::plain(if text.is_empty() {
            refusal.unwrap_or_default().to_owned()
        } else {
            text
        })
    })
}

/// The reason of a filter that stopped the request, which leaves no choice.
fn blocked(value: &Value) -> Option<&str> {
    ["prompt_feedback", "promptFeedback"]
        .iter()
        .flat_map(|name| ["block_reason", "blockReason"].map(|part| &value[name][part]))
        .find_map(Value::as_str)
}

/// True for a choice of a server that gave up in the middle of a response.
fn is_broken(choice: &Value) -> bool {
    let reason = choice["finish_reason"].as_str();
    reason.and_then(stops::by_name) == Some(stops::Reason::Broken)
}

/// True for a choice without any text that a filter or the limit of tokens has stopped before the first token.
fn is_cut(choice: &Value, stop: Stop) -> bool {
    choice["text"].is_null()
        && choice["delta"].is_null()
        && matches!(stop, Stop::Refusal | Stop::Length)
}

fn logprobs(tokens: &Value) -> Vec<TokenLogprob> {
    let tokens = tokens.as_array().into_iter().flatten();
    tokens
        .filter_map(|one| {
            Some(TokenLogprob {
                token: one["token"].as_str()?.to_owned(),
                logprob: one["logprob"].as_f64()?,
            })
        })
        .collect()
}

pub(super) fn completion(value: &Value) -> Option<Response> {
    let choice = first(value)?;
    let stop = stops::of_reply(&choice["finish_reason"]);
    if choice.get("text").is_none() && (!choice["message"].is_null() || !is_cut(choice, stop)) {
        return None;
    }
    let tokens = choice["logprobs"]["tokens"].as_array();
    let values = choice["logprobs"]["token_logprobs"].as_array();
    let logprobs = tokens
        .into_iter()
        .flatten()
        .zip(values.into_iter().flatten());
    Some(Response {
        stop,
        usage: openai_usage(&value["usage"]),
        logprobs: logprobs
            .filter_map(|(token, logprob)| {
                Some(TokenLogprob {
                    token: token.as_str()?.to_owned(),
                    logprob: logprob.as_f64()?,
                })
            })
            .collect(),
        ..Response::plain(choice["text"].as_str().unwrap_or_default().to_owned())
    })
}

fn openai_usage(usage: &Value) -> Option<Usage> {
    Some(Usage {
        input_tokens: usage.get("prompt_tokens")?.as_u64()?,
        output_tokens: usage["completion_tokens"].as_u64().unwrap_or(0),
        reasoning_tokens: usage["completion_tokens_details"]["reasoning_tokens"]
            .as_u64()
            .unwrap_or(0),
        cached_tokens: usage["prompt_tokens_details"]["cached_tokens"]
            .as_u64()
            .unwrap_or(0),
    })
}

pub(super) fn anthropic(value: &Value) -> Option<Response> {
    // `null` content is no response of this protocol, but an empty one of servers that imitate it.
    let (text, reasoning) = match value.get("content")? {
        Value::Array(blocks) => {
            let of = |kind: &str, field: &str| -> String {
                let blocks = blocks.iter().filter(|block| block["type"] == kind);
                blocks.filter_map(|block| block[field].as_str()).collect()
            };
            let text = match of("text", "text") {
                text if text.is_empty() => called_in(blocks, "tool_use", "input"),
                text => text,
            };
            (text, of("thinking", "thinking"))
        }
        Value::Null => Default::default(),
        _ => return None,
    };
    let usage = &value["usage"];
    Some(Response {
        stop: stops::of_reply(&value["stop_reason"]),
        usage: usage["input_tokens"].as_u64().map(|input_tokens| {
            // What comes from the cache, or goes into it, is counted apart there.
            let cached = usage["cache_read_input_tokens"].as_u64().unwrap_or(0);
            let written = usage["cache_creation_input_tokens"].as_u64().unwrap_or(0);
            Usage {
                input_tokens: input_tokens + cached + written,
                output_tokens: usage["output_tokens"].as_u64().unwrap_or(0),
                reasoning_tokens: 0,
                cached_tokens: cached,
            }
        }),
        reasoning: (!reasoning.is_empty()).then_some(reasoning),
        ..Response::plain(text)
    })
}

pub(super) fn responses(value: &Value) -> Option<Response> {
    let output = value.get("output")?.as_array()?;
    if is_unfinished(value, output) {
        return None;
    }
    let parts = || {
        let messages = output.iter().filter(|one| one["type"] == "message");
        messages.flat_map(|one| one["content"].as_array().into_iter().flatten())
    };
    let of = |kind: &str, field: &str| -> String {
        let parts = parts().filter(|part| part["type"] == kind);
        parts.filter_map(|part| part[field].as_str()).collect()
    };
    let (text, refusal) = (of("output_text", "text"), of("refusal", "refusal"));
    let thoughts = output.iter().filter(|one| one["type"] == "reasoning");
    let reasoning: Vec<&str> = thoughts
        .flat_map(|one| {
            let lists = [&one["content"], &one["summary"]];
            lists.into_iter().filter_map(Value::as_array).flatten()
        })
        .filter_map(|part| part["text"].as_str())
        .collect();
    let stop = match (
        value["status"].as_str(),
        &value["incomplete_details"]["reason"],
    ) {
        _ if !refusal.is_empty() => Stop::Refusal,
        (Some("incomplete"), reason) if reason == "content_filter" => Stop::Refusal,
        (Some("incomplete"), reason) if reason == "max_output_tokens" => Stop::Length,
        (Some("completed") | None, _) => Stop::Stop,
        _ => Stop::Other,
    };
    let usage = &value["usage"];
    Some(Response {
        stop,
        usage: usage["input_tokens"].as_u64().map(|input_tokens| Usage {
            input_tokens,
            output_tokens: usage["output_tokens"].as_u64().unwrap_or(0),
            reasoning_tokens: usage["output_tokens_details"]["reasoning_tokens"]
                .as_u64()
                .unwrap_or(0),
            cached_tokens: usage["input_tokens_details"]["cached_tokens"]
                .as_u64()
                .unwrap_or(0),
        }),
        reasoning: (!reasoning.is_empty()).then(|| reasoning.join("\n\n")),
        ..Response::plain(match (text.is_empty(), refusal.is_empty()) {
            (false, _) => text,
            (true, false) => refusal,
            (true, true) => called_in(output, "function_call", "arguments"),
        })
    })
}

/// True for a response that was not made, or not to its end, though the request was.
fn is_unfinished(value: &Value, output: &[Value]) -> bool {
    match value["status"].as_str() {
        Some("failed" | "cancelled") => true,
        // Servers that imitate the protocol leave the status at that; their messages are whole.
        Some("in_progress" | "queued") => !output
            .iter()
            .any(|one| one["type"] == "message" && one["status"] != "in_progress"),
        _ => false,
    }
}
