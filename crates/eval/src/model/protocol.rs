//! The protocols as JSON: what is sent, and what comes back.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::parts::{called, chat_reasoning, text_of};
use super::quirks::Quirks;
use super::{
    CallError, CallErrorKind, Generation, Message, Response, Role, Stop, TokenLogprob, Usage,
    failures, without_surrogates,
};

/// Protocol of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// The chat protocol of OpenAI, `POST /v1/chat/completions`.
    Chat,
    /// `POST /v1/completions`: one text without roles.
    Completions,
    /// The messages protocol of Anthropic, `POST /v1/messages`.
    Anthropic,
    /// `POST /v1/responses`, OpenAI's newer protocol.
    Responses,
}

/// Tokens that the Anthropic protocol, which demands a number, gets where none was set.
const DEFAULT_MAX_TOKENS: u32 = 4096;

impl Protocol {
    /// The body of a request.
    #[must_use]
    pub fn body(
        self,
        model: &str,
        messages: &[Message],
        generation: &Generation,
        repeat: u32,
        quirks: &Quirks,
    ) -> Value {
        let mut body = json!({ "model": model });
        match self {
            Self::Chat if quirks.no_system => body["messages"] = json!(without_system(messages)),
            Self::Chat => body["messages"] = json!(messages),
            Self::Completions => {
                let texts: Vec<_> = messages.iter().map(|one| one.content.as_str()).collect();
                body["prompt"] = json!(texts.join("\n\n"));
            }
            Self::Responses => {
                body["input"] = json!(messages);
                // What is asked here is kept by nobody.
                body["store"] = json!(false);
            }
            Self::Anthropic => {
                let system: Vec<_> = messages
                    .iter()
                    .filter(|one| one.role == Role::System)
                    .map(|one| one.content.as_str())
                    .collect();
                if !system.is_empty() {
                    body["system"] = json!(system.join("\n\n"));
                }
                let others: Vec<_> = messages
                    .iter()
                    .filter(|one| one.role != Role::System)
                    .collect();
                body["messages"] = json!(others);
            }
        }
        for (name, value) in self.settings(generation, repeat, quirks) {
            if !quirks.drops(name) {
                body[name] = value;
            }
        }
        if quirks.stream {
            body["stream"] = json!(true);
            if matches!(self, Self::Chat | Self::Completions) {
                body["stream_options"] = json!({ "include_usage": true });
            }
        }
        // What the user wrote for the body itself counts last.
        for (name, value) in &generation.extra_body {
            merge(&mut body[name.as_str()], value);
        }
        body
    }

    /// The settings by the protocol's names.
    fn settings(
        self,
        generation: &Generation,
        repeat: u32,
        quirks: &Quirks,
    ) -> Vec<(&'static str, Value)> {
        let mut settings = Vec::new();
        let mut set = |name: &'static str, value: Option<Value>| {
            settings.extend(value.map(|value| (name, value)));
        };
        set("temperature", generation.temperature.map(Value::from));
        set("top_p", generation.top_p.map(Value::from));
        let tokens = generation.max_tokens.map(Value::from);
        match self {
            Self::Anthropic => set(
                "max_tokens",
                tokens.or_else(|| Some(Value::from(DEFAULT_MAX_TOKENS))),
            ),
            Self::Responses => set("max_output_tokens", tokens),
            Self::Chat if quirks.completion_tokens == Some(true) => {
                set("max_completion_tokens", tokens);
            }
            Self::Chat | Self::Completions => set("max_tokens", tokens),
        }
        let effort = generation.reasoning_effort.as_deref();
        match self {
            Self::Responses => set(
                "reasoning",
                effort.map(|effort| json!({ "effort": effort })),
            ),
            Self::Anthropic => set(
                "output_config",
                effort.map(|effort| json!({ "effort": effort })),
            ),
            Self::Chat | Self::Completions => set("reasoning_effort", effort.map(Value::from)),
        }
        let stops = &generation.stop_seqs;
        let stops = (!stops.is_empty()).then(|| json!(stops));
        match self {
            Self::Anthropic => set("stop_sequences", stops),
            Self::Chat | Self::Completions => set("stop", stops),
            // The protocol has none.
            Self::Responses => {}
        }
        if matches!(self, Self::Chat | Self::Completions) {
            let seed = generation
                .seed
                .map(|seed| seed.wrapping_add(i64::from(repeat)));
            set("seed", seed.map(Value::from));
            if generation.logprobs {
                let top = generation.top_logprobs;
                if self == Self::Chat {
                    set("logprobs", Some(Value::from(true)));
                    set("top_logprobs", top.map(Value::from));
                } else {
                    set("logprobs", Some(Value::from(top.unwrap_or(1))));
                }
            }
        }
        settings
    }

    /// The settings that the protocol has no place for, in words.
    #[must_use]
    pub fn lacks(self, generation: &Generation) -> Vec<&'static str> {
        let mut names = Vec::new();
        let openai = matches!(self, Self::Chat | Self::Completions);
        if !openai && generation.seed.is_some() {
            names.push("a seed");
        }
        if !openai && generation.logprobs {
            names.push("log-probabilities");
        }
        if self == Self::Responses && !generation.stop_seqs.is_empty() {
            names.push("stop sequences");
        }
        names
    }

    /// The response in a body that came with a status of success.
    ///
    /// # Errors
    /// The body is not what the protocol says, or an error in spite of the status.
    pub fn response(self, body: &[u8]) -> Result<Response, CallError> {
        let malformed = |what: String| CallError::new(CallErrorKind::Malformed, what);
        let text = String::from_utf8_lossy(body);
        let text = without_surrogates(text.trim_start_matches('\u{feff}'));
        let value: Value = serde_json::from_str(&text).map_err(|error| {
            malformed(format!("the body is no JSON ({error}): {}", excerpt(body)))
        })?;
        if value.get("error").is_some_and(|error| !error.is_null()) {
            return failures::read(200, body, None).map_err(|error| CallError {
                message: format!("an error with a status of success: {}", error.message),
                ..error
            });
        }
        // An error of a provider behind the server, in the place of a choice.
        let error = &value["choices"][0]["error"];
        if !error.is_null() {
            let body = json!({ "error": error }).to_string();
            return failures::read(200, body.as_bytes(), None);
        }
        let found = match self {
            Self::Chat => chat(&value),
            Self::Completions => completion(&value),
            Self::Anthropic => anthropic(&value),
            Self::Responses => responses(&value),
        };
        found.ok_or_else(|| malformed(format!("not what the protocol says: {}", excerpt(body))))
    }
}

/// Puts a value in the place of another; of objects, field by field.
fn merge(place: &mut Value, value: &Value) {
    match (place, value) {
        (Value::Object(fields), Value::Object(more)) => {
            for (name, value) in more {
                merge(fields.entry(name).or_insert(Value::Null), value);
            }
        }
        (place, value) => *place = value.clone(),
    }
}

/// The messages with the system's text at the beginning of the first of the user.
fn without_system(messages: &[Message]) -> Vec<Message> {
    let (system, mut others): (Vec<Message>, Vec<Message>) = messages
        .iter()
        .cloned()
        .partition(|one| one.role == Role::System);
    let system: Vec<_> = system.iter().map(|one| one.content.as_str()).collect();
    if let Some(first) = others.iter_mut().find(|one| one.role == Role::User)
        && !system.is_empty()
    {
        first.content = format!("{}\n\n{}", system.join("\n\n"), first.content);
    }
    others
}

fn chat(value: &Value) -> Option<Response> {
    // A filter that stopped the request leaves no choice.
    let blocked = ["prompt_feedback", "promptFeedback"]
        .iter()
        .flat_map(|name| ["block_reason", "blockReason"].map(|part| &value[name][part]))
        .find_map(Value::as_str);
    if let Some(reason) = blocked
        && value["choices"].as_array().is_none_or(Vec::is_empty)
    {
        return Some(Response {
            stop: Stop::Refusal,
            ..Response::plain(reason.to_owned())
        });
    }
    let choice = value.get("choices")?.get(0)?;
    let message = choice.get("message")?;
    let refusal = message["refusal"].as_str().filter(|text| !text.is_empty());
    // Some servers give a list of parts; `null` is what comes with a refusal or an empty response.
    let text = text_of(&message["content"]);
    let reasoning = chat_reasoning(message);
    let stop = match refusal {
        Some(_) => Stop::Refusal,
        None => openai_stop(&choice["finish_reason"]),
    };
    // A server that gave up in the middle of a response says so there.
    let broken = [
        "error",
        "insufficient_system_resource",
        "network_error",
        "abort",
    ];
    if broken
        .iter()
        .any(|reason| choice["finish_reason"] == *reason)
    {
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

fn completion(value: &Value) -> Option<Response> {
    let choice = value.get("choices")?.get(0)?;
    let tokens = choice["logprobs"]["tokens"].as_array();
    let values = choice["logprobs"]["token_logprobs"].as_array();
    let logprobs = tokens
        .into_iter()
        .flatten()
        .zip(values.into_iter().flatten());
    Some(Response {
        stop: openai_stop(&choice["finish_reason"]),
        usage: openai_usage(&value["usage"]),
        logprobs: logprobs
            .filter_map(|(token, logprob)| {
                Some(TokenLogprob {
                    token: token.as_str()?.to_owned(),
                    logprob: logprob.as_f64()?,
                })
            })
            .collect(),
        ..Response::plain(choice.get("text")?.as_str().unwrap_or_default().to_owned())
    })
}

fn openai_stop(reason: &Value) -> Stop {
    match reason.as_str() {
        Some("stop" | "eos" | "eos_token" | "stop_sequence" | "end_turn") => Stop::Stop,
        Some(
            "length"
            | "max_tokens"
            | "max_output_tokens"
            | "model_length"
            | "MAX_TOKENS"
            | "model_context_window_exceeded",
        ) => Stop::Length,
        Some(
            "refusal" | "safety" | "SAFETY" | "PROHIBITED_CONTENT" | "sensitive" | "RECITATION",
        ) => Stop::Refusal,
        Some(reason) if reason.starts_with("content_filter") => Stop::Refusal,
        _ => Stop::Other,
    }
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

fn anthropic(value: &Value) -> Option<Response> {
    // `null` content is no response of this protocol, but an empty one of servers that imitate it.
    let (text, reasoning) = match value.get("content")? {
        Value::Array(blocks) => {
            let of = |kind: &str, field: &str| -> String {
                let blocks = blocks.iter().filter(|block| block["type"] == kind);
                blocks.filter_map(|block| block[field].as_str()).collect()
            };
            (of("text", "text"), of("thinking", "thinking"))
        }
        Value::Null => Default::default(),
        _ => return None,
    };
    let usage = &value["usage"];
    Some(Response {
        stop: match value["stop_reason"].as_str() {
            Some("end_turn" | "stop_sequence") => Stop::Stop,
            Some("max_tokens" | "model_context_window_exceeded") => Stop::Length,
            Some("refusal") => Stop::Refusal,
            _ => Stop::Other,
        },
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

fn responses(value: &Value) -> Option<Response> {
    let output = value.get("output")?.as_array()?;
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
        ..Response::plain(if text.is_empty() { refusal } else { text })
    })
}

/// The beginning of a body, for messages.
pub(super) fn excerpt(body: &[u8]) -> String {
    const SHOWN: usize = 300;
    let text = String::from_utf8_lossy(&body[..body.len().min(SHOWN)]);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if body.len() > SHOWN {
        format!("{text} ..")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_null_and_lengths_are_told_apart() {
        let read = |text: &str| Protocol::Chat.response(text.as_bytes());
        let cut = read(r#"{"choices":[{"message":{"content":null},"finish_reason":"length"}]}"#);
        assert_eq!(cut.unwrap().stop, Stop::Length);
        let refused = read(
            r#"{"choices":[{"message":{"content":null,"refusal":"no"},"finish_reason":"stop"}]}"#,
        );
        assert_eq!(refused.unwrap().stop, Stop::Refusal);
        let long = read(r#"{"choices":[{"message":{"content":"x"},"finish_reason":"length"}]}"#);
        assert_eq!(long.unwrap().stop, Stop::Length);
        for bad in [
            "{}",
            "<html>",
            r#"{"choices":[]}"#,
            r#"{"error":{"message":"x"}}"#,
            "{\"ch",
            r#"{"choices":[{"message":{"content":null},"finish_reason":"stop"}]}"#,
        ] {
            assert_eq!(
                read(bad).unwrap_err().kind,
                CallErrorKind::Malformed,
                "{bad}"
            );
        }
    }

    #[test]
    fn providers_that_fail_and_calls_of_tools_are_read() {
        let read = |text: &str| Protocol::Chat.response(text.as_bytes());
        let failed = r#"{"choices":[{"error":{"code":502,"message":"Upstream"},"message":{"content":"5"},"finish_reason":"error"}]}"#;
        assert_eq!(read(failed).unwrap_err().kind, CallErrorKind::Server);
        let broken = r#"{"choices":[{"message":{"content":"5"},"finish_reason":"insufficient_system_resource"}]}"#;
        assert_eq!(read(broken).unwrap_err().kind, CallErrorKind::Malformed);
        let called = r#"{"choices":[{"message":{"content":null,"tool_calls":[{"type":"function","function":{"name":"submit","arguments":"{\"answer\": 5}"}}]},"finish_reason":"tool_calls"}]}"#;
        let called = read(called).unwrap();
        assert!(
            called.text.contains("\"name\":\"submit\""),
            "{}",
            called.text
        );
        let details = r#"{"choices":[{"message":{"content":"5","reasoning":null,"reasoning_details":[{"type":"reasoning.text","text":"so"}]},"finish_reason":"stop"}]}"#;
        assert_eq!(read(details).unwrap().reasoning.as_deref(), Some("so"));
        let filtered =
            r#"{"choices":[{"message":{"content":""},"finish_reason":"content_filter: SAFETY"}]}"#;
        assert_eq!(read(filtered).unwrap().stop, Stop::Refusal);
    }

    #[test]
    fn thought_is_kept_apart() {
        let read = |text: &str| Protocol::Chat.response(text.as_bytes()).unwrap();
        for body in [
            r#"{"choices":[{"message":{"content":null,"reasoning":"so"},"finish_reason":"stop"}]}"#,
            r#"{"choices":[{"message":{"content":"","reasoning_content":"so"},"finish_reason":"stop"}]}"#,
            r#"{"choices":[{"message":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"so"}]}]},"finish_reason":"stop"}]}"#,
        ] {
            let response = read(body);
            assert_eq!(response.reasoning.as_deref(), Some("so"), "{body}");
            assert_eq!(response.text, "", "{body}");
        }
        let parts = read(
            r#"{"choices":[{"message":{"content":[{"type":"thinking","thinking":"so"},{"type":"text","text":"5"}]},"finish_reason":"stop"}]}"#,
        );
        assert_eq!(
            (parts.text.as_str(), parts.reasoning.as_deref()),
            ("5", Some("so"))
        );
        let half = read(
            "\u{feff}{\"choices\":[{\"message\":{\"content\":\"\\ud83d 5\"},\"finish_reason\":\"stop\"}]}",
        );
        assert_eq!(half.text, "\u{fffd} 5");
        let whole = Protocol::Responses
            .response(br#"{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[
                {"type":"reasoning","summary":[{"type":"summary_text","text":"so"}]},
                {"type":"message","content":[{"type":"output_text","text":"5"}]}],
                "usage":{"input_tokens":3,"output_tokens":4,"output_tokens_details":{"reasoning_tokens":2}}}"#)
            .unwrap();
        assert_eq!((whole.text.as_str(), whole.stop), ("5", Stop::Length));
        assert_eq!(whole.reasoning.as_deref(), Some("so"));
        assert_eq!(whole.usage.unwrap().reasoning_tokens, 2);
    }

    #[test]
    fn what_is_typed_for_the_body_counts_last() {
        let generation = Generation {
            temperature: Some(0.0),
            max_tokens: Some(5),
            reasoning_effort: Some("low".to_owned()),
            extra_body: [
                ("temperature".to_owned(), json!(1)),
                ("reasoning".to_owned(), json!({ "summary": "auto" })),
            ]
            .into(),
            ..Generation::default()
        };
        let body = |protocol: Protocol| protocol.body("m", &[], &generation, 0, &Quirks::default());
        let chat = body(Protocol::Chat);
        assert_eq!(
            (&chat["temperature"], &chat["max_tokens"]),
            (&json!(1), &json!(5))
        );
        assert_eq!(chat["reasoning_effort"], "low");
        let responses = body(Protocol::Responses);
        assert_eq!(
            responses["reasoning"],
            json!({ "effort": "low", "summary": "auto" })
        );
        assert_eq!(responses["max_output_tokens"], 5);
    }
}
