//! A model behind HTTP.

use std::time::Duration;

use ureq::Agent;
use ureq::http::{HeaderMap, StatusCode};

use super::protocol::excerpt;
use super::{CallError, CallErrorKind, Endpoint, Generation, Message, Model, Protocol, Response};

/// Bytes of a response that are read; more is no answer to any question here.
const MAX_BODY: u64 = 64 << 20;

/// How long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For one attempt, from the connection to the last byte.
    pub attempt: Duration,
}

/// A model behind a server.
pub struct ApiModel {
    agent: Agent,
    endpoint: Endpoint,
    model: String,
    key: Option<String>,
    generation: Generation,
}

impl ApiModel {
    /// A model at an endpoint. An empty key is none; servers on this machine need none.
    #[must_use]
    pub fn new(
        endpoint: Endpoint,
        model: String,
        key: Option<String>,
        generation: Generation,
        timeouts: Timeouts,
        connections: usize,
    ) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(timeouts.connect))
            .timeout_global(Some(timeouts.attempt))
            .max_idle_connections(connections)
            .max_idle_connections_per_host(connections)
            .user_agent(concat!("tracestone/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            agent: config.into(),
            endpoint,
            model,
            key: key.filter(|key| !key.trim().is_empty()),
            generation,
        }
    }

    /// A message without the key, wherever it stands.
    fn safe(&self, message: String) -> String {
        match &self.key {
            Some(key) => message.replace(key.as_str(), "***"),
            None => message,
        }
    }

    fn send(&self, body: &[u8]) -> Result<(StatusCode, HeaderMap, Vec<u8>), ureq::Error> {
        let mut request = self
            .agent
            .post(&self.endpoint.url)
            .header("content-type", "application/json");
        match (&self.key, self.endpoint.protocol) {
            (Some(key), Protocol::Anthropic) => request = request.header("x-api-key", key),
            (Some(key), _) => request = request.header("authorization", format!("Bearer {key}")),
            (None, _) => {}
        }
        if self.endpoint.protocol == Protocol::Anthropic {
            request = request.header("anthropic-version", "2023-06-01");
        }
        let mut response = request.send(body)?;
        let body = response
            .body_mut()
            .with_config()
            .limit(MAX_BODY)
            .read_to_vec()?;
        let (parts, _) = response.into_parts();
        Ok((parts.status, parts.headers, body))
    }
}

impl Model for ApiModel {
    fn ask(&self, messages: &[Message], repeat: u32) -> Result<Response, CallError> {
        let protocol = self.endpoint.protocol;
        let body = protocol.body(&self.model, messages, &self.generation, repeat);
        let (status, headers, body) = self.send(body.to_string().as_bytes()).map_err(|error| {
            let kind = match &error {
                ureq::Error::Timeout(_) => CallErrorKind::Timeout,
                ureq::Error::BadUri(_) => CallErrorKind::Rejected,
                _ => CallErrorKind::Connection,
            };
            CallError::new(kind, self.safe(error.to_string()))
        })?;
        if status.is_success() {
            return protocol.response(&body).map_err(|error| CallError {
                status: Some(status.as_u16()),
                message: self.safe(error.message),
                ..error
            });
        }
        let kind = match status.as_u16() {
            429 | 529 => CallErrorKind::RateLimited,
            408 | 409 | 425 => CallErrorKind::Server,
            500.. => CallErrorKind::Server,
            _ => CallErrorKind::Rejected,
        };
        Err(CallError {
            kind,
            status: Some(status.as_u16()),
            message: self.safe(excerpt(&body)),
            retry_after: retry_after(&headers),
        })
    }
}

/// `Retry-After` in seconds, or `retry-after-ms`.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| -> Option<f64> {
        let value: f64 = headers.get(name)?.to_str().ok()?.trim().parse().ok()?;
        (value.is_finite() && value >= 0.0).then_some(value)
    };
    let seconds = number("retry-after-ms")
        .map(|milliseconds| milliseconds / 1e3)
        .or_else(|| number("retry-after"))?;
    // A server that asks for a week is not waited for: the limit of all attempts ends it.
    Some(Duration::from_secs_f64(seconds.min(86_400.0)))
}
