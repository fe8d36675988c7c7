//! A model behind HTTP.

use std::time::Duration;

use tracestone_record::outside;
use ureq::Agent;
use ureq::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::protocol::excerpt;
use super::{CallError, CallErrorKind, Endpoint, Generation, Message, Model, Protocol, Response};

/// Bytes of a response that are read; more is no answer to any question here.
const MAX_BODY: u64 = 64 << 20;

/// Time limits of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For one attempt, from the connection to the last byte.
    pub attempt: Duration,
}

/// A header of every request, given by the user. Its value may be a secret and is never displayed.
#[derive(Clone)]
pub struct Header {
    name: HeaderName,
    value: HeaderValue,
}

impl Header {
    /// A header with this name and value.
    ///
    /// # Errors
    /// One of them cannot stand in a header, or the request itself decides the header.
    pub fn new(name: &str, value: &str) -> Result<Self, String> {
        let lower = name.trim().to_ascii_lowercase();
        let header: HeaderName = lower
            .parse()
            .map_err(|_| format!("`{lower}` is not the name of a header"))?;
        if [
            "content-length",
            "content-type",
            "host",
            "transfer-encoding",
        ]
        .contains(&&*lower)
        {
            return Err(format!("the header `{lower}` is set by the request itself"));
        }
        let value = HeaderValue::from_str(value.trim())
            .map_err(|_| format!("the value of the header `{lower}` is not one line of text"))?;
        Ok(Self {
            name: header,
            value,
        })
    }
}

impl std::fmt::Debug for Header {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: ***", self.name)
    }
}

/// A model behind a server.
pub struct ApiModel {
    agent: Agent,
    endpoint: Endpoint,
    model: String,
    key: Option<String>,
    headers: Vec<Header>,
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
            // Whoever a redirect leads to was not chosen by the user, and must get neither the key nor the prompts.
            .max_redirects(0)
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
            headers: Vec::new(),
            generation,
        }
    }

    /// The same with further headers. One that the protocol sets itself, such as `authorization`, takes its
    /// place.
    #[must_use]
    pub fn with_headers(mut self, headers: Vec<Header>) -> Self {
        self.headers = headers;
        self
    }

    /// A message without the key and without the values of headers, wherever they stand.
    fn safe(&self, message: String) -> String {
        let headers = self
            .headers
            .iter()
            .filter_map(|header| header.value.to_str().ok());
        // A short value, such as a version, is no secret, and its characters stand everywhere.
        let secrets = headers
            .filter(|value| value.len() >= 8)
            .chain(self.key.as_deref());
        secrets.fold(message, |message, secret| message.replace(secret, "***"))
    }

    fn send(&self, body: &[u8]) -> Result<(StatusCode, HeaderMap, Vec<u8>), ureq::Error> {
        let mut request = self
            .agent
            .post(&self.endpoint.url)
            .header("content-type", "application/json");
        let typed = |name: &str| self.headers.iter().any(|header| header.name == name);
        match (&self.key, self.endpoint.protocol) {
            (Some(key), Protocol::Anthropic) if !typed("x-api-key") => {
                request = request.header("x-api-key", key);
            }
            (Some(key), Protocol::Chat | Protocol::Completions) if !typed("authorization") => {
                request = request.header("authorization", format!("Bearer {key}"));
            }
            _ => {}
        }
        if self.endpoint.protocol == Protocol::Anthropic && !typed("anthropic-version") {
            request = request.header("anthropic-version", "2023-06-01");
        }
        for header in &self.headers {
            request = request.header(header.name.clone(), header.value.clone());
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
        if status.is_redirection() {
            return Err(CallError {
                status: Some(status.as_u16()),
                message: self.safe(redirected(&self.endpoint.url, &headers)),
                ..CallError::new(CallErrorKind::Rejected, "")
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

/// Error message about a redirect, which is not followed: both hosts.
fn redirected(url: &str, headers: &HeaderMap) -> String {
    let from = host(url).unwrap_or("the server");
    let target = headers.get("location").map(HeaderValue::as_bytes);
    let target = target.map(String::from_utf8_lossy);
    let to = match target.as_deref() {
        None => "an address that it does not name".to_owned(),
        Some(target) => match host(target) {
            Some(other) if other != from => outside::short(other, 200).into_owned(),
            _ => "another address of the same host".to_owned(),
        },
    };
    format!(
        "{from} redirects to {to}; redirects are not followed, since the key would go along; if that is the right \
         place, name it with --model-base-url"
    )
}

/// The host and port of an address, without user and password; none of a path alone.
fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("//")?;
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or(authority);
    (!host.is_empty()).then_some(host)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_names_both_hosts_and_no_secret() {
        let said = |location: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(location) = location {
                headers.insert("location", HeaderValue::from_str(location).unwrap());
            }
            redirected("https://user:pw@api.example.org/v1/messages", &headers)
        };
        let away = said(Some("http://me:secret@evil.example:81/x?key=1"));
        assert!(
            away.starts_with("api.example.org redirects to evil.example:81; "),
            "{away}"
        );
        assert!(!away.contains("secret") && !away.contains("pw"), "{away}");
        assert!(said(Some("//evil.example/")).contains("to evil.example;"));
        assert!(said(Some("/v2/messages")).contains("the same host"));
        assert!(said(Some("https://api.example.org/v2")).contains("the same host"));
        assert!(said(None).contains("does not name"));
    }

    #[test]
    fn headers_are_checked_and_not_shown() {
        let header = Header::new("X-Api-Token", "very-secret-value").unwrap();
        assert_eq!(format!("{header:?}"), "x-api-token: ***");
        for (name, value) in [("a b", "x"), ("", "x"), ("a", "x\ny"), ("Host", "x")] {
            assert!(Header::new(name, value).is_err(), "{name}");
        }
    }
}
