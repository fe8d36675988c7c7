//! The protocols as JSON: what is sent, and what comes back.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::quirks::Quirks;
use super::{
    CallError, CallErrorKind, Generation, Message, Response, Role, failures, lenient, replies,
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
            let openai = matches!(self, Self::Chat | Self::Completions);
            if openai && !quirks.drops("stream_options") {
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
        let value = lenient::json(text.trim_start_matches('\u{feff}')).map_err(|error| {
            malformed(format!("the body is no JSON ({error}): {}", excerpt(body)))
        })?;
        if failures::says(&value["error"]) {
            return failures::read(200, body, None).map_err(|error| CallError {
                message: format!("an error with a status of success: {}", error.message),
                ..error
            });
        }
        // An error of a provider behind the server, in the place of a choice.
        let error = replies::first(&value).map_or(&Value::Null, |choice| &choice["error"]);
        if failures::says(error) {
            let body = json!({ "error": error }).to_string();
            return failures::read(200, body.as_bytes(), None);
        }
        let found = match self {
            Self::Chat => replies::chat(&value),
            Self::Completions => replies::completion(&value),
            Self::Anthropic => replies::anthropic(&value),
            Self::Responses => replies::responses(&value),
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
    use super::super::Stop;
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
    fn an_empty_error_beside_an_answer_is_none() {
        for error in [
            "\"\"",
            "{}",
            "false",
            "null",
            "[]",
            r#"{"message":"","type":"","code":null}"#,
        ] {
            let body = format!(
                r#"{{"error":{error},"choices":[{{"error":{error},"message":{{"content":"5"}},"finish_reason":"stop"}}]}}"#
            );
            let response = Protocol::Chat.response(body.as_bytes());
            assert_eq!(response.unwrap().text, "5", "{error}");
            let alone = format!("{{\"error\":{error}}}");
            let response = Protocol::Chat.response(alone.as_bytes());
            assert_eq!(response.unwrap_err().kind, CallErrorKind::Malformed);
        }
    }

    #[test]
    fn calls_of_tools_are_read_in_every_protocol() {
        let anthropic = r#"{"content":[{"type":"tool_use","id":"1","name":"submit","input":{"answer":5}}],"stop_reason":"tool_use"}"#;
        let responses = r#"{"status":"completed","output":[{"type":"function_call","name":"submit","arguments":"{\"answer\": 5}"}]}"#;
        for (protocol, body) in [
            (Protocol::Anthropic, anthropic),
            (Protocol::Responses, responses),
        ] {
            let text = protocol.response(body.as_bytes()).unwrap().text;
            assert!(
                text.starts_with("<tool_call>") && text.contains("submit"),
                "{text}"
            );
        }
    }

    #[test]
    fn the_choice_of_index_zero_counts_and_numbers_may_be_infinite() {
        let read = |body: &str| Protocol::Chat.response(body.as_bytes()).unwrap();
        let two = r#"{"choices":[{"index":1,"message":{"content":"4"},"finish_reason":"stop"},
            {"index":0,"message":{"content":"5"},"finish_reason":"stop"}]}"#;
        assert_eq!(read(two).text, "5");
        let infinite = r#"{"choices":[{"index":0,"message":{"content":"5"},"finish_reason":"stop",
            "logprobs":{"content":[{"token":"5","logprob":-Infinity},{"token":"!","logprob":-1.5}]}}]}"#;
        let response = read(infinite);
        assert_eq!((response.text.as_str(), response.logprobs.len()), ("5", 1));
    }

    #[test]
    fn choices_without_a_message_are_refused_or_cut() {
        let stop = |protocol: Protocol, choice: &str| {
            let response = protocol.response(format!("{{\"choices\":[{choice}]}}").as_bytes());
            response.map(|one| one.stop).ok()
        };
        for protocol in [Protocol::Chat, Protocol::Completions] {
            let filtered = r#"{"finish_reason":"content_filter: PROHIBITED_CONTENT","index":0}"#;
            assert_eq!(stop(protocol, filtered), Some(Stop::Refusal));
            assert_eq!(
                stop(protocol, r#"{"finish_reason":"length"}"#),
                Some(Stop::Length)
            );
            for bad in [
                "{}",
                r#"{"finish_reason":"stop"}"#,
                r#"{"finish_reason":"length","delta":{"content":"5"}}"#,
            ] {
                assert_eq!(stop(protocol, bad), None, "{bad}");
            }
        }
        let elsewhere = r#"{"finish_reason":"length","text":"5"}"#;
        assert_eq!(stop(Protocol::Chat, elsewhere), None);
    }

    #[test]
    fn responses_that_are_not_over_are_failures() {
        let read = |status: &str, output: &str| {
            let body = format!(r#"{{"status":"{status}","error":null,"output":[{output}]}}"#);
            Protocol::Responses.response(body.as_bytes())
        };
        let thought = r#"{"type":"reasoning","summary":[{"text":"so"}]}"#;
        let half = r#"{"type":"message","status":"in_progress","content":[{"type":"output_text","text":"4"}]}"#;
        let whole = r#"{"type":"message","status":"completed","content":[{"type":"output_text","text":"42"}]}"#;
        for status in ["in_progress", "queued"] {
            for output in ["", thought, half] {
                let error = read(status, output).unwrap_err();
                assert_eq!(error.kind, CallErrorKind::Malformed, "{status} {output}");
            }
            assert_eq!(read(status, whole).unwrap().text, "42");
        }
        assert!(read("failed", "").is_err() && read("cancelled", whole).is_err());
        assert_eq!(read("completed", "").unwrap().text, "");
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
