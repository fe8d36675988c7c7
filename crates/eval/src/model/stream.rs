//! Streamed responses: server-sent events, put together into the body that would have come at once.

use std::io::{self, BufReader, Read};

use serde_json::{Value, json};

use super::lenient::{self, Lines};
use super::parts::{chat_reasoning, text_of};
use super::protocol::excerpt;
use super::{Protocol, failures};

/// Calls of tools in one response that are kept.
const MOST_CALLS: usize = 64;

/// Byte order mark in UTF-8.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// A stream that gave no body.
#[derive(Debug)]
pub(super) enum StreamError {
    /// It could not be read on.
    Io(io::Error),
    /// It ended before the response did.
    Short,
    /// It is longer than a response can be.
    Long,
    /// It ended as it should without a part of a response.
    Empty,
    /// One of its events is no JSON; its beginning.
    Garbled(String),
}

/// True for a body that is a stream, whatever its headers call it: JSON begins in another way.
pub(super) fn is_one(body: &[u8]) -> bool {
    let body = body.strip_prefix(BOM).unwrap_or(body).trim_ascii_start();
    ["data:", "event:", ":"]
        .iter()
        .any(|start| body.starts_with(start.as_bytes()))
}

/// Reads a stream to its end and puts its events together.
pub(super) fn body(
    protocol: Protocol,
    reader: impl Read,
    limit: u64,
) -> Result<Vec<u8>, StreamError> {
    let mut together = Together::new(protocol);
    let mut lines = Lines::new(BufReader::new(reader.take(limit)));
    let (mut data, mut name, mut line, mut read) = (String::new(), String::new(), Vec::new(), 0);
    loop {
        line.clear();
        let count = lines.next(&mut line).map_err(StreamError::Io)?;
        let start = if read == 0 { BOM } else { &[] };
        read += count as u64;
        let text = String::from_utf8_lossy(line.strip_prefix(start).unwrap_or(&line));
        if let Some(part) = text.strip_prefix("data:") {
            if !data.is_empty() {
                data.push('\n');
            }
            data.push_str(part.strip_prefix(' ').unwrap_or(part));
        } else if let Some(part) = text.strip_prefix("event:") {
            part.trim().clone_into(&mut name);
        }
        // An empty line ends an event; so does the end of the stream.
        if text.is_empty() || count == 0 {
            let is_whole = count > 0;
            match together.take(&name, data.trim()) {
                // What is cut behind the end of the response costs nothing of it.
                Err(_) if !is_whole => {}
                taken => taken?,
            }
            data.clear();
            name.clear();
        }
        if together.done || count == 0 {
            break;
        }
    }
    let is_empty = together.done && !together.seen;
    match together.finish() {
        Some(value) => Ok(value.to_string().into_bytes()),
        None if read >= limit => Err(StreamError::Long),
        None if is_empty => Err(StreamError::Empty),
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
    /// Name and arguments of each call of a tool.
    calls: Vec<(String, String)>,
    /// Set once any part of a response has come.
    seen: bool,
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
            calls: Vec::new(),
            seen: false,
            ended: false,
            done: false,
        }
    }

    /// Takes the data of an event, which may have a name.
    fn take(&mut self, name: &str, data: &str) -> Result<(), StreamError> {
        if data == "[DONE]" {
            self.done = true;
        } else if !data.is_empty() {
            match lenient::json(data) {
                Ok(event) => self.add(name, event),
                Err(_) if name == "error" => self.add(name, json!({ "message": data })),
                // Some servers leave out the empty lines between events.
                Err(_) if data.contains('\n') => {
                    for line in data.lines() {
                        self.take(name, line.trim())?;
                    }
                }
                Err(_) => return Err(StreamError::Garbled(excerpt(data.as_bytes()))),
            }
        }
        Ok(())
    }

    fn add(&mut self, name: &str, event: Value) {
        let failed = failures::says(&event["error"]);
        // The Responses protocol says its errors in the event itself, as do old servers of the others.
        if failed || name == "error" || self.is_error(&event) {
            self.body = if failed {
                event
            } else {
                json!({ "error": event })
            };
            self.seen = true;
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

    /// True for an event that is an error as a whole.
    fn is_error(&self, event: &Value) -> bool {
        let openai = matches!(self.protocol, Protocol::Chat | Protocol::Completions);
        event["type"] == "error"
            || event["object"] == "error"
            || openai
                && event["choices"].is_null()
                && ["message", "detail", "msg"]
                    .iter()
                    .any(|name| event[name].is_string())
    }

    fn openai(&mut self, event: &Value) {
        if event["usage"].is_object() {
            self.body["usage"] = event["usage"].clone();
        }
        let choice = &event["choices"][0];
        self.seen |= choice.is_object();
        let add = |to: &mut String, value: &Value| to.push_str(value.as_str().unwrap_or_default());
        add(&mut self.text, &choice["text"]);
        let delta = &choice["delta"];
        self.text.push_str(&text_of(&delta["content"]));
        add(&mut self.refusal, &delta["refusal"]);
        if let Some(thought) = chat_reasoning(delta) {
            self.reasoning.push_str(&thought);
        }
        self.call(&delta["tool_calls"]);
        if let Some(tokens) = choice["logprobs"]["content"].as_array() {
            self.logprobs.extend(tokens.iter().cloned());
        }
        // Some servers say an empty reason until there is one.
        if choice["finish_reason"]
            .as_str()
            .is_some_and(|reason| !reason.is_empty())
        {
            self.body["finish_reason"] = choice["finish_reason"].clone();
            self.ended = true;
        }
    }

    /// Pieces of calls of tools, by their numbers.
    fn call(&mut self, pieces: &Value) {
        for piece in pieces.as_array().into_iter().flatten() {
            let at = piece["index"].as_u64().unwrap_or(0);
            let Ok(at) = usize::try_from(at) else {
                continue;
            };
            if at >= MOST_CALLS {
                continue;
            }
            if self.calls.len() <= at {
                self.calls.resize(at + 1, Default::default());
            }
            let (name, arguments) = &mut self.calls[at];
            let function = &piece["function"];
            name.push_str(function["name"].as_str().unwrap_or_default());
            arguments.push_str(function["arguments"].as_str().unwrap_or_default());
        }
    }

    fn anthropic(&mut self, event: &Value) {
        let kind = event["type"].as_str().unwrap_or_default();
        self.seen |= kind.starts_with("content_block") || kind == "message_delta";
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
        let kind = event["type"].as_str().unwrap_or_default();
        self.seen |= kind.starts_with("response.");
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
            return;
        }
        let delta = event["delta"].as_str().unwrap_or_default();
        match event["type"].as_str() {
            Some("response.output_text.delta") => self.text.push_str(delta),
            Some("response.refusal.delta") => self.refusal.push_str(delta),
            Some("response.reasoning_text.delta" | "response.reasoning_summary_text.delta") => {
                self.reasoning.push_str(delta);
            }
            _ => {}
        }
    }

    /// The body of the Responses protocol, with the pieces that came before it where it does not repeat them.
    fn response(self) -> Value {
        let mut body = self.body;
        let is_empty = body["output"].as_array().is_none_or(Vec::is_empty);
        let said = [&self.text, &self.refusal, &self.reasoning];
        if is_empty && body.is_object() && said.iter().any(|text| !text.is_empty()) {
            let content = match (self.text.is_empty(), self.refusal.is_empty()) {
                (true, false) => json!([{ "type": "refusal", "refusal": self.refusal }]),
                (true, true) => json!([]),
                _ => json!([{ "type": "output_text", "text": self.text }]),
            };
            body["output"] = json!([
                { "type": "reasoning", "summary": [{ "type": "summary_text", "text": self.reasoning }] },
                { "type": "message", "content": content },
            ]);
        }
        body
    }

    /// The body; nothing where the response was not over.
    fn finish(self) -> Option<Value> {
        let is_over = self.ended || (self.done && self.seen);
        if !is_over {
            return None;
        }
        if self.body.get("error").is_some_and(|error| !error.is_null()) {
            return Some(self.body);
        }
        if self.protocol == Protocol::Responses {
            return Some(self.response());
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
                        "tool_calls": self.calls.iter().map(|(name, arguments)| json!({
                            "function": { "name": name, "arguments": arguments },
                        })).collect::<Vec<_>>(),
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
    use super::super::CallErrorKind;
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
    fn pieces_and_errors_of_other_kinds_are_read() {
        let responses = "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"status\":\"in_progress\",\"output\":[]}}\n\n\
            data: {\"type\":\"response.reasoning_summary_text.delta\",\"delta\":\"so\"}\n\n\
            data: {\"type\":\"response.output_text.delta\",\"delta\":\"[ANS\"}\n\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"WER]\"}\n\n\
            data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"output\":[],\"error\":null}}\n\n";
        let value = read(Protocol::Responses, responses).unwrap();
        assert_eq!(value["output"][1]["content"][0]["text"], "[ANSWER]");
        assert_eq!(value["output"][0]["summary"][0]["text"], "so");
        let error = "event: error\ndata: {\"type\":\"error\",\"code\":\"rate_limit_exceeded\",\"message\":\"slow down\",\"param\":null}\n\n";
        let value = read(Protocol::Responses, error).unwrap();
        assert_eq!(value["error"]["code"], "rate_limit_exceeded");
        let parts = "data: {\"choices\":[{\"delta\":{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"hm\"}]}]}}]}\n\n\
            data: {\"choices\":[{\"delta\":{\"content\":\"5\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
        let message = &read(Protocol::Chat, parts).unwrap()["choices"][0]["message"];
        assert_eq!(
            (&message["content"], &message["reasoning_content"]),
            (&json!("5"), &json!("hm"))
        );
        let call = "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"submit\",\"arguments\":\"{\\\"ans\"}}]}}]}\n\n\
            data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"wer\\\": 5}\"}}]},\"finish_reason\":\"tool_calls\"}]}\n\n";
        let function = &read(Protocol::Chat, call).unwrap()["choices"][0]["message"]["tool_calls"]
            [0]["function"];
        assert_eq!(function["arguments"], "{\"answer\": 5}");
    }

    #[test]
    fn lines_may_end_in_cr_alone() {
        let stream = CHUNKS.replace('\n', "\r") + ": a comment\r\rdata: [DONE]\r\r";
        let value = read(Protocol::Chat, &stream).unwrap();
        assert_eq!(value["choices"][0]["message"]["content"], "42");
    }

    const CHUNKS: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"4\"}}]}\n\n\
        data: {\"choices\":[{\"delta\":{\"content\":\"2\"},\"finish_reason\":\"stop\"}]}\n\n";

    #[test]
    fn errors_of_any_form_are_no_empty_answers() {
        let done = "data: [DONE]\n\n";
        for error in [
            "data: {\"object\":\"error\",\"message\":\"overloaded\",\"type\":\"InternalServerError\",\"code\":500}\n\n",
            "event: error\ndata: {\"message\":\"upstream failed\",\"code\":500}\n\n",
            "event:error\r\ndata:{\"error\":{\"message\":\"x\",\"code\":500}}\r\n\r\n",
            "data: {\"message\":\"Internal Server Error\"}\n\n",
            "event: error\ndata: Internal server error\n\n",
        ] {
            let protocols = [Protocol::Chat, Protocol::Completions];
            for (protocol, before) in protocols
                .into_iter()
                .flat_map(|one| [(one, ""), (one, CHUNKS)])
            {
                let value = read(protocol, &format!("{before}{error}{done}")).unwrap();
                let error = protocol.response(value.to_string().as_bytes()).unwrap_err();
                assert_eq!(error.kind, CallErrorKind::Server, "{error}");
            }
        }
        for protocol in [Protocol::Chat, Protocol::Completions] {
            for nothing in [
                "",
                "data: {\"choices\":[]}\n\n",
                "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\n\n",
            ] {
                let found = read(protocol, &format!("{nothing}{done}"));
                assert!(matches!(found, Err(StreamError::Empty)), "{nothing}");
            }
        }
        // A model may say nothing.
        let empty = "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"},\"finish_reason\":\"stop\"}]}\n\n";
        let value = read(Protocol::Chat, &format!("{empty}{done}")).unwrap();
        assert_eq!(value["choices"][0]["message"]["content"], "");
        let unstopped =
            "data: {\"choices\":[{\"delta\":{\"content\":\"4\"},\"finish_reason\":\"\"}]}\n\n";
        assert!(matches!(
            read(Protocol::Chat, unstopped),
            Err(StreamError::Short)
        ));
    }

    #[test]
    fn no_part_of_an_answer_is_lost() {
        let text = |stream: &str| {
            let value = read(Protocol::Chat, stream)?;
            Ok::<_, StreamError>(value["choices"][0]["message"]["content"].clone())
        };
        assert_eq!(text(&format!("\u{feff}{CHUNKS}")).unwrap(), "42");
        for garbled in ["{\"choices\":[{\"delta\":{\"content\":\"1", "oops"] {
            let stream = format!("data: {garbled}\n\n{CHUNKS}data: [DONE]\n\n");
            assert!(matches!(text(&stream), Err(StreamError::Garbled(_))));
        }
        let close = format!("{CHUNKS}data: [DONE]\n\n").replace("\n\n", "\n");
        assert_eq!(text(&close).unwrap(), "42");
        assert!(matches!(
            text(&close.replacen('}', "", 1)),
            Err(StreamError::Garbled(_) | StreamError::Short)
        ));
        // The response is whole where only the usage behind it is cut.
        assert_eq!(text(&format!("{CHUNKS}data: {{\"usa")).unwrap(), "42");
        assert!(matches!(
            text("data: {\"choices\":[{\"del"),
            Err(StreamError::Short)
        ));
        assert_eq!(text(&format!("data:\n\n: so\n\n{CHUNKS}")).unwrap(), "42");
    }

    #[test]
    fn streams_are_known_by_their_beginning() {
        for stream in ["data: {}", "\u{feff}\n event: x", ": so", "data:[DONE]"] {
            assert!(is_one(stream.as_bytes()), "{stream}");
        }
        for other in [
            "",
            "{\"data\":1}",
            "\u{feff}[1]",
            "\"data:\"",
            "<html>",
            "database",
        ] {
            assert!(!is_one(other.as_bytes()), "{other}");
        }
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
