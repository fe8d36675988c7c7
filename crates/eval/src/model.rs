//! Asking a model: what is sent, what comes back, what can go wrong.

mod batch;
mod connect;
mod endpoint;
mod failures;
mod headers;
mod http;
pub(crate) mod lenient;
mod opinions;
mod parts;
mod protocol;
mod quirks;
mod replies;
mod roots;
mod stream;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::text::without_surrogates;

pub use crate::responses::Reference;
pub use batch::{BatchRequest, BatchState, Batches};
pub use connect::{Answerer, ConnectError, Connection, replay};
pub use endpoint::Endpoint;
pub use http::Header;
pub(crate) use http::{ApiModel, Timeouts};
pub use opinions::open_judge;
pub use protocol::Protocol;
pub use quirks::Quirks;
pub use tracestone_judge::message::{Message, Role, Stop};

/// Sampling settings. Fields that are `None` are not sent, so the server's default applies.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generation {
    /// Sampling temperature; 0 is greedy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// The share of probability to sample from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// Tokens of a response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// The seed; the repeat's number is added to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<i64>,
    /// Texts that end a response.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stop_seqs: Vec<String>,
    /// The amount of reasoning before the answer, in the server's words, such as `low`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<String>,
    /// Asks for the log-probabilities of a response's tokens.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub logprobs: bool,
    /// The number of alternative tokens asked for at each place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_logprobs: Option<u32>,
    /// Further fields of a request's body.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra_body: BTreeMap<String, Value>,
}

impl Generation {
    /// Puts a value into the body at a name whose dots lead into objects.
    pub fn put_extra(&mut self, name: &str, value: Value) {
        let Some((first, rest)) = name.split_once('.') else {
            self.extra_body.insert(name.to_owned(), value);
            return;
        };
        let mut place = self.extra_body.entry(first.to_owned()).or_default();
        for part in rest.split('.') {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            place = &mut place[part];
        }
        *place = value;
    }
}

/// Token counts of a response.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt.
    pub input_tokens: u64,
    /// Tokens of the response, thought included.
    pub output_tokens: u64,
    /// Tokens of thought among these.
    #[serde(default)]
    pub reasoning_tokens: u64,
    /// Tokens of the prompt that came from the server's cache.
    #[serde(default)]
    pub cached_tokens: u64,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
        self.reasoning_tokens += other.reasoning_tokens;
        self.cached_tokens += other.cached_tokens;
    }
}

/// A token of a response and the logarithm of its probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenLogprob {
    /// The token's text.
    pub token: String,
    /// The natural logarithm of its probability.
    pub logprob: f64,
}

/// A model's response.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// Text of the response.
    pub text: String,
    /// Reason that it ended.
    pub stop: Stop,
    /// Token counts, if the server reports them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// The reasoning before the text, where the server gives it apart from the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// The tokens with their log-probabilities, where these were asked for and given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logprobs: Vec<TokenLogprob>,
}

impl Response {
    /// A response that the model ended, of which nothing else is known.
    #[must_use]
    pub fn plain(text: String) -> Self {
        Self {
            text,
            stop: Stop::Stop,
            usage: None,
            reasoning: None,
            logprobs: Vec::new(),
        }
    }
}

/// Failure to get a response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallError {
    /// Category of the failure.
    pub kind: CallErrorKind,
    /// The HTTP status, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Message of the server or the network; never contains a key.
    pub message: String,
    /// Waiting time that the server asks for.
    #[serde(skip)]
    pub retry_after: Option<Duration>,
}

/// Kinds of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallErrorKind {
    /// The server wants fewer requests.
    RateLimited,
    /// The server failed.
    Server,
    /// It took too long.
    Timeout,
    /// There was no connection, or it broke.
    Connection,
    /// Nothing answers at the address, or it cannot be trusted.
    Unreachable,
    /// The reply is no response.
    Malformed,
    /// The request is wrong or not allowed: asking again does not help.
    Rejected,
    /// The key, the account or the model is not accepted: no other request would fare better.
    Denied,
}

impl CallErrorKind {
    /// Name in logs and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RateLimited => "rate_limited",
            Self::Server => "server",
            Self::Timeout => "timeout",
            Self::Connection => "connection",
            Self::Unreachable => "unreachable",
            Self::Malformed => "malformed",
            Self::Rejected => "rejected",
            Self::Denied => "denied",
        }
    }
}

impl CallError {
    fn new(kind: CallErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            status: None,
            message: message.into(),
            retry_after: None,
        }
    }
}

impl CallError {
    /// A reply that this program could not cope with.
    pub(crate) fn own_fault() -> Self {
        Self::new(
            CallErrorKind::Rejected,
            "tracestone failed on the reply; please report it with the message above",
        )
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        if let Some(status) = self.status {
            write!(f, " (HTTP {status})")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// A model that can be asked.
pub trait Model: Send + Sync {
    /// Asks once. `repeat` counts from 0.
    ///
    /// # Errors
    /// There is no response; whether to ask again is the caller's decision.
    fn ask(&self, messages: &[Message], repeat: u32) -> Result<Response, CallError>;

    /// The server's batch interface, where it has one.
    fn batches(&self) -> Option<&dyn Batches> {
        None
    }

    /// Differences from what was asked for, such as parameters that the server refuses, as sentences.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn dots_in_the_name_of_an_extra_field_lead_into_objects() {
        let mut generation = Generation::default();
        for (name, value) in [
            ("a", json!(1)),
            ("b.c.d", json!(2)),
            ("b.c.e", json!("x")),
            ("a.f", json!(true)),
        ] {
            generation.put_extra(name, value);
        }
        let body = json!(generation.extra_body);
        assert_eq!(
            body,
            json!({"a": {"f": true}, "b": {"c": {"d": 2, "e": "x"}}})
        );
    }
}
