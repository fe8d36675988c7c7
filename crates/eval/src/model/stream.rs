//! Streamed responses: server-sent events, put together into the body that would have come at once.

use std::io::{self, BufRead, BufReader, Read};

use serde_json::{Value, json};

use super::Protocol;

/// A stream that gave no body.
#[derive(Debug)]
pub(super) enum StreamError {
    /// It could not be read on.
    Io(io::Error),
    /// It ended before the response did.
    Short,
    /// It is longer than a response can be.
    Long,
}

/// Reads a stream to its end and puts its events together.
pub(super) fn body(
    protocol: Protocol,
    reader: impl Read,
    limit: u64,
) -> Result<Vec<u8>, StreamError> {
    let mut together = Together::new(protocol);
    let mut lines = BufReader::new(reader.take(limit));
    let (mut data, mut line, mut read) = (String::new(), Vec::new(), 0_u64);
    loop {
        line.clear();
        let count = lines
            .read_until(b'\n', &mut line)
            .map_err(StreamError::Io)?;
        read += count as u64;
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\n', '\r']);
        if let Some(part) = text.strip_prefix("data:") {
            if !data.is_empty() {
                data.push('\n');
            }
            data.push_str(part.strip_prefix(' ').unwrap_or(part));
        }
        // An empty line ends an event; so does the end of the stream.
        if (text.is_empty() || count == 0) && !data.is_empty() {
            if data.trim() == "[DONE]" {
                together.done = true;
            } else if let Ok(event) = serde_json::from_str(&super::without_surrogates(&data)) {
                together.add(event);
            }
            data.clear();
        }
        if together.done || count == 0 {
            break;
        }
    }
    match together.finish() {
        Some(value) => Ok(value.to_string().into_bytes()),
        None if read >= limit => Err(StreamError::Long),
        None => Err(StreamError::Short),
    }
}

/// Events so far.
struct Together {
    protocol: Protocol,
    /// The body as far as it is known.
    body: Value,
    text: String,
    reasoning: String,
    refusal: String,
    logprobs: Vec<Value>,
    /// Set once the response has said how it ended.
    ended: bool,
    /// Set where nothing more comes.
    done: bool,
}

impl Together {
    fn new(protocol: Protocol) -> Self {
        Self {
            protocol,
            body: json!({}),
            text: String::new(),
            reasoning: String::new(),
            refusal: String::new(),
            logprobs: Vec::new(),
            ended: false,
            done: false,
        }
    }

    fn add(&mut self, event: Value) {
        if event.get("error").is_some_and(|error| !error.is_null()) {
            self.body = event;
            self.ended = true;
            self.done = true;
            return;
        }
        match self.protocol {
            Protocol::Chat | Protocol::Completions => self.openai(&event),
            Protocol::Anthropic => self.anthropic(&event),
            Protocol::Responses => self.responses(&event),
        }
    }

    fn openai(&mut self, event: &Value) {
        if event["usage"].is_object() {
            self.body["usage"] = event["usage"].clone();
        }
        let choice = &event["choices"][0];
        let add = |to: &mut String, value: &Value| to.push_str(value.as_str().unwrap_or_default());
        add(&mut self.text, &choice["text"]);
        let delta = &choice["delta"];
        add(&mut self.text, &delta["content"]);
        add(&mut self.refusal, &delta["refusal"]);
        // Some servers send both names with the same text.
        if delta["reasoning_content"].is_string() {
            add(&mut self.reasoning, &delta["reasoning_content"]);
        } else {
            add(&mut self.reasoning, &delta["reasoning"]);
        }
        if let Some(tokens) = choice["logprobs"]["content"].as_array() {
            self.logprobs.extend(tokens.iter().cloned());
        }
        if choice["finish_reason"].is_string() {
            self.body["finish_reason"] = choice["finish_reason"].clone();
            self.ended = true;
        }
    }

    fn anthropic(&mut self, event: &Value) {
        match event["type"].as_str() {
            Some("message_start") => {
                let usage = &event["message"]["usage"];
                if usage.is_object() {
                    self.body["usage"] = usage.clone();
                }
            }
            Some("content_block_start") => {
                let block = &event["content_block"];
                self.text
                    .push_str(block["text"].as_str().unwrap_or_default());
                self.reasoning
                    .push_str(block["thinking"].as_str().unwrap_or_default());
            }
            Some("content_block_delta") => {
                let delta = &event["delta"];
                self.text
                    .push_str(delta["text"].as_str().unwrap_or_default());
                self.reasoning
                    .push_str(delta["thinking"].as_str().unwrap_or_default());
            }
            Some("message_delta") => {
                self.body["stop_reason"] = event["delta"]["stop_reason"].clone();
                // Only an object, or nothing, stands there: what comes later is added.
                for (name, value) in event["usage"].as_object().into_iter().flatten() {
                    self.body["usage"][name] = value.clone();
                }
                self.ended = true;
            }
            Some("message_stop") => self.done = true,
            _ => {}
        }
    }

    fn responses(&mut self, event: &Value) {
        let ends = [
            "response.completed",
            "response.incomplete",
            "response.failed",
        ];
        if event["type"]
            .as_str()
            .is_some_and(|name| ends.contains(&name))
        {
            self.body = event["response"].clone();
            self.ended = true;
            self.done = true;
        }
    }

    /// The body; nothing where the response was not over.
    fn finish(self) -> Option<Value> {
        if !self.ended && !self.done {
            return None;
        }
        if self.protocol == Protocol::Responses || self.body.get("error").is_some() {
            return Some(self.body);
        }
        let usage = self.body.get("usage").cloned().unwrap_or(Value::Null);
        let text = |text: String| (!text.is_empty()).then_some(text);
        Some(match self.protocol {
            Protocol::Anthropic => json!({
                "content": [
                    { "type": "thinking", "thinking": self.reasoning },
                    { "type": "text", "text": self.text },
                ],
                "stop_reason": self.body["stop_reason"],
                "usage": usage,
            }),
            Protocol::Completions => json!({
                "choices": [{ "text": self.text, "finish_reason": self.body["finish_reason"] }],
                "usage": usage,
            }),
            _ => json!({
                "choices": [{
                    "message": {
                        // No text at all is an empty one: a stream says no `null`.
                        "content": self.text,
                        "reasoning_content": text(self.reasoning),
                        "refusal": text(self.refusal),
                    },
                    "finish_reason": self.body["finish_reason"],
                    "logprobs": { "content": self.logprobs },
                }],
                "usage": usage,
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(protocol: Protocol, text: &str) -> Result<Value, StreamError> {
        let bytes = body(protocol, text.as_bytes(), 1 << 20)?;
        Ok(serde_json::from_slice(&bytes).unwrap())
    }

    #[test]
    fn chunks_become_a_body() {
        let stream = "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"reasoning_content\":\"hm\"}}]}\r\n\r\n\
                      : a comment\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"[ANS\"}}]}\n\n\
                      data: {\"choices\":[{\"delta\":{\"content\":\"WER]\"},\"finish_reason\":\"stop\"}]}\n\n\
                      data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n";
        let value = read(Protocol::Chat, stream).unwrap();
        let message = &value["choices"][0]["message"];
        assert_eq!(message["content"], "[ANSWER]");
        assert_eq!(message["reasoning_content"], "hm");
        assert_eq!(value["usage"]["prompt_tokens"], 3);
        assert!(matches!(
            read(Protocol::Chat, &stream[..stream.len() / 3]),
            Err(StreamError::Short)
        ));
        let failed = "data: {\"error\":{\"code\":429,\"message\":\"slow\"}}\n\n";
        assert_eq!(read(Protocol::Chat, failed).unwrap()["error"]["code"], 429);
    }

    #[test]
    fn odd_events_harm_nothing() {
        for protocol in [
            Protocol::Chat,
            Protocol::Completions,
            Protocol::Anthropic,
            Protocol::Responses,
        ] {
            for event in [
                "null",
                "[]",
                "3",
                "\"x\"",
                "{\"choices\":[]}",
                "{\"choices\":{},\"usage\":{}}",
                "{\"choices\":[{\"delta\":[]}]}",
                "{\"type\":\"message_start\",\"message\":{\"usage\":7}}",
                "{\"type\":\"message_delta\",\"usage\":{\"a\":1}}",
                "{\"type\":\"response.completed\"}",
                "{\"cut",
            ] {
                drop(read(
                    protocol,
                    &format!("data: {event}\n\ndata: {event}\n\n"),
                ));
            }
        }
    }

    #[test]
    fn blocks_become_a_body() {
        let stream = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":7,\"output_tokens\":1}}}\n\n\
            data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"so\"}}\n\n\
            data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"5\"}}\n\n\
            data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":9}}\n\n\
            data: {\"type\":\"message_stop\"}\n\n";
        let value = read(Protocol::Anthropic, stream).unwrap();
        assert_eq!(value["content"][1]["text"], "5");
        assert_eq!(value["content"][0]["thinking"], "so");
        assert_eq!(
            value["usage"],
            json!({ "input_tokens": 7, "output_tokens": 9 })
        );
        let whole = "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"output\":[]}}\n\n";
        assert_eq!(
            read(Protocol::Responses, whole).unwrap()["status"],
            "completed"
        );
    }
}
