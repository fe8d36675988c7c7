//! Asking a model: what is sent, what comes back, what can go wrong.

mod connect;
mod http;
mod protocol;

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use connect::{Answerer, ConnectError, Connection, replay};
pub use http::{ApiModel, Header, Timeouts};
pub use protocol::{Endpoint, Protocol};

/// Author of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The one who sets the rules.
    System,
    /// The one who asks.
    User,
    /// Message of the model.
    Assistant,
}

/// A message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Author of the message.
    pub role: Role,
    /// Text of the message.
    pub content: String,
}

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
}

/// Reason that a response ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// The model ended it.
    Stop,
    /// It reached the limit of tokens.
    Length,
    /// The model declined, or a filter stopped it.
    Refusal,
    /// Any other reason.
    Other,
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

/// A model's response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// Text of the response.
    pub text: String,
    /// Reason that it ended.
    pub stop: Stop,
    /// Token counts, if the server reports them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
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
    /// The reply is not a response of the protocol.
    Malformed,
    /// The request is wrong or not allowed: asking again does not help.
    Rejected,
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
            Self::Malformed => "malformed",
            Self::Rejected => "rejected",
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
}
