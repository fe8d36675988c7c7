//! The three protocols as JSON, and where their servers are.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{CallError, CallErrorKind, Generation, Message, Response, Role, Stop, Usage};

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
}

/// A server's address for one protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Protocol of the server.
    pub protocol: Protocol,
    /// The whole address that requests go to.
    pub url: String,
}

/// Tokens that the Anthropic protocol, which demands a number, gets where none was set.
const DEFAULT_MAX_TOKENS: u32 = 4096;

impl Endpoint {
    /// The endpoint at a base address, which may end in `/v1`, `/v1/`, nothing, or the whole path.
    /// A whole path of the other OpenAI protocol decides the protocol.
    #[must_use]
    pub fn at(base: &str, protocol: Protocol) -> Self {
        let base = base.trim().trim_end_matches('/');
        for (suffix, named) in [
            ("/chat/completions", Protocol::Chat),
            ("/completions", Protocol::Completions),
            ("/messages", Protocol::Anthropic),
        ] {
            if base.ends_with(suffix) {
                return Self {
                    protocol: named,
                    url: base.to_owned(),
                };
            }
        }
        let path = match protocol {
            Protocol::Chat => "chat/completions",
            Protocol::Completions => "completions",
            Protocol::Anthropic => "messages",
        };
        let last = base.rsplit('/').next().unwrap_or_default();
        let versioned = last.len() > 1
            && last.starts_with('v')
            && last[1..].starts_with(|c: char| c.is_ascii_digit());
        let has_path = base
            .split_once("://")
            .is_some_and(|(_, rest)| rest.contains('/'));
        let url = if versioned || has_path {
            format!("{base}/{path}")
        } else {
            format!("{base}/v1/{path}")
        };
        Self { protocol, url }
    }
}

impl Endpoint {
    /// The address without user, password, query and fragment, any of which may be a secret.
    #[must_use]
    pub fn shown(&self) -> String {
        let plain = self.url.split(['?', '#']).next().unwrap_or_default();
        let Some((scheme, rest)) = plain.split_once("://") else {
            return plain.to_owned();
        };
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = host.rsplit('@').next().unwrap_or(host);
        format!("{scheme}://{host}/{path}")
    }
}

impl Protocol {
    /// The body of a request.
    #[must_use]
    pub fn body(
        self,
        model: &str,
        messages: &[Message],
        generation: &Generation,
        repeat: u32,
    ) -> Value {
        let mut body = json!({ "model": model });
        match self {
            Self::Chat => body["messages"] = json!(messages),
            Self::Completions => {
                let texts: Vec<_> = messages.iter().map(|one| one.content.as_str()).collect();
                body["prompt"] = json!(texts.join("\n\n"));
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
                body["max_tokens"] = json!(generation.max_tokens.unwrap_or(DEFAULT_MAX_TOKENS));
            }
        }
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                body[name] = value;
            }
        };
        set("temperature", generation.temperature.map(Value::from));
        set("top_p", generation.top_p.map(Value::from));
        if self != Self::Anthropic {
            set("max_tokens", generation.max_tokens.map(Value::from));
            let seed = generation
                .seed
                .map(|seed| seed.wrapping_add(i64::from(repeat)));
            set("seed", seed.map(Value::from));
        }
        if !generation.stop_seqs.is_empty() {
            let name = if self == Self::Anthropic {
                "stop_sequences"
            } else {
                "stop"
            };
            set(name, Some(json!(generation.stop_seqs)));
        }
        body
    }

    /// The response in a body that came with a status of success.
    ///
    /// # Errors
    /// The body is not what the protocol says.
    pub fn response(self, body: &[u8]) -> Result<Response, CallError> {
        let malformed = |what: String| CallError::new(CallErrorKind::Malformed, what);
        let value: Value = serde_json::from_slice(body).map_err(|error| {
            malformed(format!("the body is no JSON ({error}): {}", excerpt(body)))
        })?;
        if let Some(error) = value.get("error").filter(|error| !error.is_null()) {
            return Err(malformed(format!(
                "an error with a status of success: {error}"
            )));
        }
        let found = match self {
            Self::Chat => chat(&value),
            Self::Completions => completion(&value),
            Self::Anthropic => anthropic(&value),
        };
        found.ok_or_else(|| malformed(format!("not what the protocol says: {}", excerpt(body))))
    }
}

fn chat(value: &Value) -> Option<Response> {
    let choice = value.get("choices")?.get(0)?;
    let message = choice.get("message")?;
    let refusal = message["refusal"].as_str().filter(|text| !text.is_empty());
    // Some servers give a list of parts; `null` is what comes with a refusal or an empty response.
    let text = match &message["content"] {
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| part["text"].as_str())
            .collect(),
        other => other.as_str().unwrap_or_default().to_owned(),
    };
    let stop = match refusal {
        Some(_) => Stop::Refusal,
        None => openai_stop(&choice["finish_reason"]),
    };
    // A response that is over and has no content is a fault of the server; one that was cut, as
    // those of reasoning models are while they still think, or filtered, is not.
    if message["content"].is_null() && matches!(stop, Stop::Stop | Stop::Other) {
        return None;
    }
    Some(Response {
        text: if text.is_empty() {
            refusal.unwrap_or_default().to_owned()
        } else {
            text
        },
        stop,
        usage: openai_usage(&value["usage"]),
    })
}

fn completion(value: &Value) -> Option<Response> {
    let choice = value.get("choices")?.get(0)?;
    Some(Response {
        text: choice.get("text")?.as_str().unwrap_or_default().to_owned(),
        stop: openai_stop(&choice["finish_reason"]),
        usage: openai_usage(&value["usage"]),
    })
}

fn openai_stop(reason: &Value) -> Stop {
    match reason.as_str() {
        Some("stop" | "eos") => Stop::Stop,
        Some("length") => Stop::Length,
        Some("content_filter" | "refusal") => Stop::Refusal,
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
    let text = match value.get("content")? {
        Value::Array(blocks) => blocks
            .iter()
            .filter(|block| block["type"] == "text")
            .filter_map(|block| block["text"].as_str())
            .collect(),
        Value::Null => String::new(),
        _ => return None,
    };
    let usage = &value["usage"];
    Some(Response {
        text,
        stop: match value["stop_reason"].as_str() {
            Some("end_turn" | "stop_sequence") => Stop::Stop,
            Some("max_tokens") => Stop::Length,
            Some("refusal") => Stop::Refusal,
            _ => Stop::Other,
        },
        usage: usage["input_tokens"].as_u64().map(|input_tokens| Usage {
            input_tokens,
            output_tokens: usage["output_tokens"].as_u64().unwrap_or(0),
            reasoning_tokens: 0,
            cached_tokens: usage["cache_read_input_tokens"].as_u64().unwrap_or(0),
        }),
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
    fn base_addresses_are_understood_with_and_without_version_and_path() {
        for (base, url) in [
            ("http://h:1", "http://h:1/v1/chat/completions"),
            ("http://h:1/", "http://h:1/v1/chat/completions"),
            ("http://h:1/v1", "http://h:1/v1/chat/completions"),
            ("http://h:1/v1/", "http://h:1/v1/chat/completions"),
            (
                "http://h/api/openai",
                "http://h/api/openai/chat/completions",
            ),
            (
                "http://h/v1/chat/completions",
                "http://h/v1/chat/completions",
            ),
        ] {
            assert_eq!(Endpoint::at(base, Protocol::Chat).url, url);
        }
        let completions = Endpoint::at("http://h/v1/completions", Protocol::Chat);
        assert_eq!(completions.protocol, Protocol::Completions);
        let anthropic = Endpoint::at("https://h", Protocol::Anthropic);
        assert_eq!(anthropic.url, "https://h/v1/messages");
        let secret = Endpoint::at("https://me:password@h:1/v1", Protocol::Chat);
        assert_eq!(secret.shown(), "https://h:1/v1/chat/completions");
    }

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
}
