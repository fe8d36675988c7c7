//! Differences between a server and its protocol: parameters to rename, to leave out, to add. Some is
//! known from the model's name, the rest is learned from the server's own 400, once for a run.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Endpoint, Generation, Protocol};

/// The differences of requests to a server from its protocol.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quirks {
    /// The limit of tokens is called `max_completion_tokens` (true) or `max_tokens` (false), where something
    /// is known.
    pub completion_tokens: Option<bool>,
    /// Parameters that are left out.
    pub dropped: BTreeSet<&'static str>,
    /// Only streamed responses are given.
    pub stream: bool,
    /// There is no role for the system's text, which then begins the first message of the user.
    pub no_system: bool,
}

/// Parameters that can be left out if a server refuses them. Parameters that change the question, such as the
/// effort of reasoning, are not among them: there the server's message ends the run.
const OPTIONAL: [&str; 8] = [
    "top_p",
    "temperature",
    "seed",
    "logprobs",
    "top_logprobs",
    "stop",
    "stop_sequences",
    "max_tokens",
];

/// Families of models that reason before they answer: their servers refuse `max_tokens`, and another
/// temperature than their own.
const REASONING: [&str; 5] = ["o1", "o3", "o4", "gpt-5", "gpt-6"];

impl Quirks {
    /// The known differences of a model at its provider's own server.
    #[must_use]
    pub fn known(endpoint: &Endpoint, model: &str) -> Self {
        let mut quirks = Self::default();
        let host = endpoint.host();
        let provider = host.ends_with("openai.com") || host.ends_with(".azure.com");
        if !provider || endpoint.protocol == Protocol::Anthropic {
            return quirks;
        }
        // Names have a vendor before them at some routers.
        let name = model
            .rsplit('/')
            .next()
            .unwrap_or(model)
            .to_ascii_lowercase();
        let of_family = |family: &str| {
            let rest = name.strip_prefix(family);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '.', ':']))
        };
        // The chat variants of these families do not reason.
        if REASONING.iter().any(|family| of_family(family)) && !name.contains("-chat") {
            quirks.completion_tokens = Some(true);
            quirks.dropped.extend(["temperature", "top_p"]);
        }
        quirks
    }

    /// True for a parameter that is left out.
    #[must_use]
    pub fn drops(&self, name: &str) -> bool {
        self.dropped.contains(name)
    }

    /// Learns from a server's refusal of a request, with the request's body. Returns a description of what
    /// was learned; `None` if the request cannot be corrected.
    pub fn learn(&mut self, error: &[u8], body: &Value) -> Option<String> {
        let refusal = Refusal::read(error);
        let said = refusal.said.as_str();
        let sent = |name: &str| body.get(name).is_some();
        if refusal.is_of_the_limit() {
            return None;
        }
        if sent("max_tokens") && said.contains("max_completion_tokens") {
            self.completion_tokens = Some(true);
            return Some("the server wants max_completion_tokens, not max_tokens".to_owned());
        }
        if !refusal.is_of_a_parameter() {
            return None;
        }
        let names = |name: &str| mentions(said, name);
        let system = body["messages"][0]["role"] == "system";
        if system && !self.no_system && names("system") && names_role(said) {
            self.no_system = true;
            return Some(
                "the server takes no system message: its text begins the question".to_owned(),
            );
        }
        let streams = body.get("stream").is_some_and(|on| on == true);
        if !streams && refusal.demands_a_stream() {
            self.stream = true;
            return Some("the server only streams responses".to_owned());
        }
        if sent("stream_options") && refusal.names("stream_options") {
            self.dropped.insert("stream_options");
            return Some("the server refuses stream_options: it is left out".to_owned());
        }
        if sent("max_completion_tokens") && (refusal.names("max_completion_tokens")) {
            self.completion_tokens = Some(false);
            return Some("the server wants max_tokens, not max_completion_tokens".to_owned());
        }
        let name = refusal.optional(body)?;
        self.dropped.insert(name);
        if name == "logprobs" && sent("top_logprobs") {
            // Alternatives are of nothing without them.
            self.dropped.insert("top_logprobs");
            return Some(
                "the server refuses logprobs: they are left out, with top_logprobs".to_owned(),
            );
        }
        let value = &body[name];
        if name == "top_p" && said.contains("both") && sent("temperature") {
            let temperature = &body["temperature"];
            let effect = match temperature.as_f64() {
                Some(0.0) => ", which changes nothing at temperature 0",
                _ => "; answers are not those of both",
            };
            return Some(format!(
                "the model takes temperature or top_p, not both: temperature {temperature} is sent, top_p {value} is \
                 left out{effect}"
            ));
        }
        Some(format!("the server refuses {name}: it is left out"))
    }

    /// Differences that are known before anything was asked, in words.
    #[must_use]
    pub fn said(&self, model: &str, generation: &Generation) -> Option<String> {
        let set = [
            ("temperature", generation.temperature),
            ("top_p", generation.top_p),
        ];
        let left_out: Vec<String> = set
            .into_iter()
            .filter(|(name, _)| self.drops(name))
            .filter_map(|(name, value)| Some(format!("{name} {}", value?)))
            .collect();
        (!left_out.is_empty()).then(|| {
            format!(
                "{model} decides itself how it samples; left out: {}",
                left_out.join(", ")
            )
        })
    }
}

/// A server's words about a request that it refuses, in lower case.
struct Refusal {
    said: String,
    parameter: Option<String>,
}

impl Refusal {
    fn read(error: &[u8]) -> Self {
        let text = String::from_utf8_lossy(error).to_ascii_lowercase();
        let value: Value = serde_json::from_str(&text).unwrap_or_default();
        let error = value.get("error").unwrap_or(&value);
        let mut parameter = error["param"].as_str().map(str::to_owned);
        // FastAPI's form: a list of what is wrong, each with its place.
        if let Some(place) = value["detail"][0]["loc"].as_array() {
            parameter = place.last().and_then(Value::as_str).map(str::to_owned);
        }
        Self {
            said: text,
            parameter,
        }
    }

    /// True where it is about a parameter that is not taken, not about a value that is too large.
    fn is_of_a_parameter(&self) -> bool {
        [
            "unsupported",
            "not support",
            "deprecated",
            "unrecognized",
            "unknown",
            "unexpected",
            "not permitted",
            "not allowed",
            "cannot both",
            "only the default",
            "not available",
            "extra_forbidden",
            // `invalid temperature: only 1 is allowed for this model`
            "is allowed for this model",
            // Anthropic: `temperature` may only be set to 1 when thinking is enabled
            "may only be set",
            "or unset",
            "stream",
        ]
        .iter()
        .any(|words| self.said.contains(words))
    }

    /// The parameter of a request that is refused and can be left out.
    fn optional(&self, body: &Value) -> Option<&'static str> {
        let sent = || OPTIONAL.into_iter().filter(|name| body.get(name).is_some());
        if let Some(name) = sent().find(|name| self.parameter.as_deref() == Some(name)) {
            return Some(name);
        }
        let mut found: Vec<(usize, &'static str)> = sent()
            .filter(|name| mentions(&self.said, name))
            .filter_map(|name| Some((self.said.find(name)?, name)))
            .collect();
        found.sort_unstable();
        // Of two that exclude each other the temperature stays: at 0 the other one does nothing.
        if self.said.contains("both") && found.iter().any(|(_, name)| *name == "top_p") {
            return Some("top_p");
        }
        found.first().map(|(_, name)| *name)
    }

    /// True where a limit of tokens has a name that is taken, and a number that is not.
    fn is_of_the_limit(&self) -> bool {
        let limits = ["max_tokens", "max_completion_tokens"];
        limits.iter().any(|name| self.names(name))
            && [
                "too large",
                "too long",
                "too big",
                "too high",
                "exceed",
                "context length",
                "context window",
                "context size",
                "at most",
                "greater than",
                "less than",
            ]
            .iter()
            .any(|words| self.said.contains(words))
    }

    /// True where the server answers only requests for a stream.
    fn demands_a_stream(&self) -> bool {
        let others = ["non-stream", "non stream", "nonstream", "without stream"];
        let streams = ["stream", "streaming", "streamed", "streams"];
        others.iter().any(|words| self.said.contains(words))
            || streams.iter().any(|name| mentions(&self.said, name))
                && [
                    "only", "must", "require", "true", "false", "enable", "please",
                ]
                .iter()
                .any(|word| self.said.contains(word))
    }

    fn names(&self, parameter: &str) -> bool {
        self.parameter.as_deref() == Some(parameter) || mentions(&self.said, parameter)
    }
}

/// True if a text speaks of the roles of messages.
fn names_role(said: &str) -> bool {
    mentions(said, "role") || mentions(said, "roles") || said.contains("system message")
}

/// Finds a name in a text, where it is no part of a longer one.
fn mentions(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name)
        .any(|(at, _)| !text[..at].ends_with(part) && !text[at + name.len()..].starts_with(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn learned(error: &str, body: &Value) -> Option<(Quirks, String)> {
        let mut quirks = Quirks::default();
        let said = quirks.learn(error.as_bytes(), body)?;
        Some((quirks, said))
    }

    #[test]
    fn families_are_known_at_their_providers() {
        let at = |base: &str, model: &str| {
            Quirks::known(&Endpoint::at(base, Protocol::Chat).unwrap(), model)
        };
        let home = "https://api.openai.com/v1";
        for model in [
            "o1",
            "o3-mini",
            "o4-mini-2025-04-16",
            "gpt-5",
            "gpt-5.1-mini",
        ] {
            let quirks = at(home, model);
            assert_eq!(quirks.completion_tokens, Some(true), "{model}");
            assert!(quirks.drops("temperature"), "{model}");
        }
        for model in ["gpt-4o", "gpt-4.1", "o", "omni", "gpt-5-chat-latest", "o33"] {
            assert_eq!(at(home, model), Quirks::default(), "{model}");
        }
        // Of a server of one's own nothing is known but its own words.
        assert_eq!(at("http://127.0.0.1:1", "o3"), Quirks::default());
        let mut generation = Generation {
            temperature: Some(0.0),
            ..Generation::default()
        };
        let said = |generation: &Generation| at(home, "o3").said("o3", generation);
        assert!(
            said(&generation)
                .unwrap()
                .ends_with("left out: temperature 0")
        );
        generation.top_p = Some(0.9);
        assert!(
            said(&generation)
                .unwrap()
                .ends_with("temperature 0, top_p 0.9")
        );
        assert_eq!(said(&Generation::default()), None);
    }

    #[test]
    fn a_servers_own_words_are_learned_from() {
        let body = json!({ "max_tokens": 9, "temperature": 0.0, "top_p": 0.5, "seed": 1 });
        let renamed = r#"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","param":"max_tokens","code":"unsupported_parameter"}}"#;
        assert_eq!(
            learned(renamed, &body).unwrap().0.completion_tokens,
            Some(true)
        );
        for (error, name) in [
            (
                r#"{"error":{"message":"Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.","param":"temperature","code":"unsupported_value"}}"#,
                "temperature",
            ),
            (
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"`temperature` is deprecated for this model."}}"#,
                "temperature",
            ),
            (
                r#"{"error":{"message":"`temperature` and `top_p` cannot both be specified for this model. Please use only one."}}"#,
                "top_p",
            ),
            (
                r#"{"detail":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"Extra inputs are not permitted"}]}"#,
                "seed",
            ),
        ] {
            let (quirks, _) = learned(error, &body).unwrap();
            assert!(quirks.drops(name), "{error}");
            assert_eq!(quirks.dropped.len(), 1, "{error}");
        }
        let both = r#"{"error":{"message":"`temperature` and `top_p` cannot both be specified for this model."}}"#;
        let mut body = body.clone();
        let said = learned(both, &body).unwrap().1;
        assert!(
            said.contains("top_p 0.5 is left out, which changes nothing at temperature 0"),
            "{said}"
        );
        body["temperature"] = json!(0.7);
        let said = learned(both, &body).unwrap().1;
        assert!(
            said.contains("temperature 0.7 is sent") && said.ends_with("not those of both"),
            "{said}"
        );
        let kimi =
            r#"{"error":{"message":"invalid temperature: only 1 is allowed for this model"}}"#;
        assert!(learned(kimi, &body).unwrap().0.drops("temperature"));
        let asked = json!({ "messages": [{ "role": "system", "content": "a" }] });
        for error in [
            r#"{"error":{"message":"Unsupported value: 'messages[0].role' does not support 'system' with this model.","param":"messages[0].role"}}"#,
            r#"{"object":"error","message":"System role not supported","code":400}"#,
        ] {
            assert!(learned(error, &asked).unwrap().0.no_system, "{error}");
        }
        for nothing in [
            r#"{"error":{"message":"max_tokens is too large: 9. This model supports at most 4 completion tokens","param":"max_tokens"}}"#,
            r#"{"object":"error","message":"'max_tokens' or 'max_completion_tokens' is too large: 64. This model's maximum context length is 2048 tokens and your request has 2047 input tokens (64 > 2048 - 2047).","type":"BadRequestError","param":null,"code":400}"#,
            r#"{"error":{"message":"Unsupported value: 'reasoning_effort' does not support 'extreme'"}}"#,
            r#"{"error":{"message":"bad request"}}"#,
            "<html>",
        ] {
            assert!(learned(nothing, &body).is_none(), "{nothing}");
        }
    }

    #[test]
    fn a_demand_for_streams_is_understood_in_many_wordings() {
        let said = |text: &str| format!("{{\"error\":{{\"message\":{}}}}}", json!(text));
        for text in [
            "This model only supports stream=true",
            "Non-streaming requests are not supported by this model; only streaming is supported.",
            "Only streaming is supported",
            "This model only support stream mode, please enable the stream parameter to access the model.",
            "parameter.enable_thinking must be set to false for non-streaming calls",
            "Streaming is required for this model",
            "stream: false is not supported",
            "Please use streaming for this model.",
        ] {
            let body = json!({ "max_tokens": 9, "temperature": 0.0 });
            let (quirks, _) = learned(&said(text), &body).unwrap();
            assert!(quirks.stream && quirks.dropped.is_empty(), "{text}");
            let streamed = json!({ "stream": true });
            assert!(learned(&said(text), &streamed).is_none(), "{text}");
        }
    }

    #[test]
    fn parameters_go_together_with_what_they_need() {
        let body = json!({ "stream": true, "stream_options": {}, "logprobs": true, "top_logprobs": 2, "temperature": 0.0 });
        let dropped = |error: &str| {
            let names = learned(error, &body).map(|(quirks, _)| quirks.dropped);
            Vec::from_iter(names.unwrap_or_default())
        };
        for error in [
            r#"{"error":{"message":"Unrecognized request argument supplied: stream_options"}}"#,
            r#"{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}"#,
        ] {
            assert_eq!(dropped(error), ["stream_options"], "{error}");
        }
        let logprobs = r#"{"error":{"message":"This model does not support the 'logprobs' parameter.","param":"logprobs"}}"#;
        assert_eq!(dropped(logprobs), ["logprobs", "top_logprobs"]);
        let top = r#"{"error":{"message":"Unsupported parameter: 'top_logprobs'","param":"top_logprobs"}}"#;
        assert_eq!(dropped(top), ["top_logprobs"]);
        let thinking = r#"{"error":{"message":"`temperature` may only be set to 1 when thinking is enabled."}}"#;
        assert_eq!(dropped(thinking), ["temperature"]);
    }

    #[test]
    fn options_of_streams_are_sent_until_they_are_refused() {
        let mut quirks = Quirks {
            stream: true,
            ..Quirks::default()
        };
        let body =
            |quirks: &Quirks| Protocol::Chat.body("m", &[], &Generation::default(), 0, quirks);
        assert_eq!(body(&quirks)["stream_options"]["include_usage"], true);
        quirks.dropped.insert("stream_options");
        let plain = body(&quirks);
        assert!(plain["stream"] == true && plain.get("stream_options").is_none());
    }
}
