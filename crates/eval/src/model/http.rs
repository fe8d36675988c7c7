//! A model behind HTTP.

use std::io;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use serde_json::Value;
use tracestone_record::outside;
use ureq::http::{HeaderMap, HeaderName, HeaderValue};
use ureq::tls::TlsConfig;
use ureq::{Agent, RequestBuilder};

use super::batch::Batches;
use super::headers::{Packing, retry_after};
use super::quirks::Quirks;
use super::stream::{self, StreamError};
use super::{
    CallError, CallErrorKind, Endpoint, Generation, Message, Model, Protocol, Response, failures,
};

/// Bytes of a response that are read; more is no answer to any question here.
const MAX_BODY: u64 = 64 << 20;
/// Bytes of a file of responses that are read.
const MAX_FILE: u64 = 2 << 30;

/// Time limits of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For one attempt, from the connection to the last byte.
    pub attempt: Duration,
    /// For the next part of a response; none where only the whole counts.
    pub stall: Option<Duration>,
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
    /// One of them is not allowed in a header, or the request itself decides the header.
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
pub(crate) struct ApiModel {
    agent: Agent,
    pub(super) endpoint: Endpoint,
    pub(super) model: String,
    key: Option<String>,
    headers: Vec<Header>,
    pub(super) generation: Generation,
    learned: RwLock<Learned>,
}

/// Knowledge of the server, and sentences about it.
#[derive(Debug, Clone, Default)]
struct Learned {
    quirks: Quirks,
    notes: Vec<String>,
}

/// A reply: a response's body, whole, with the status and headers before it.
struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl ApiModel {
    /// A model at an endpoint. An empty key is none; servers on this machine need none.
    pub(super) fn new(
        endpoint: Endpoint,
        model: String,
        key: Option<String>,
        generation: Generation,
        timeouts: Timeouts,
        (connections, tls): (usize, TlsConfig),
    ) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // Whoever a redirect leads to was not chosen by the user, and must get neither the key nor the prompts.
            .max_redirects(0)
            .timeout_connect(Some(timeouts.connect))
            .timeout_global(Some(timeouts.attempt))
            .timeout_per_read(timeouts.stall)
            .max_idle_connections(connections)
            .max_idle_connections_per_host(connections)
            .user_agent(concat!("tracestone/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build();
        let mut learned = Learned {
            quirks: Quirks::known(&endpoint, &model),
            notes: Vec::new(),
        };
        learned
            .notes
            .extend(learned.quirks.said(&model, &generation));
        for name in endpoint.protocol.lacks(&generation) {
            learned.notes.push(format!(
                "the protocol has no place for {name}: it is left out"
            ));
        }
        Self {
            agent: config.into(),
            endpoint,
            model,
            key: key.filter(|key| !key.trim().is_empty()),
            headers: Vec::new(),
            generation,
            learned: RwLock::new(learned),
        }
    }

    /// The same with streamed responses.
    #[must_use]
    pub(crate) fn streaming(self) -> Self {
        self.learned
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .quirks
            .stream = true;
        self
    }

    /// The same with further headers. One that the protocol sets itself, such as `authorization`, takes its
    /// place.
    #[must_use]
    pub(crate) fn with_headers(mut self, headers: Vec<Header>) -> Self {
        self.headers = headers;
        self
    }

    /// A message without the key and without the values of headers, wherever they stand.
    pub(super) fn safe(&self, message: String) -> String {
        let headers = self
            .headers
            .iter()
            .filter_map(|header| header.value.to_str().ok());
        // A short value, such as a version or `none` for the key of a local server, is no secret, and its
        // characters stand everywhere.
        let secrets = headers
            .chain(self.key.as_deref())
            .filter(|value| value.len() >= 8);
        secrets.fold(message, |message, secret| message.replace(secret, "***"))
    }

    pub(super) fn quirks(&self) -> Quirks {
        let learned = self.learned.read().unwrap_or_else(PoisonError::into_inner);
        learned.quirks.clone()
    }

    /// Learns from what the server says of a request; whether another one is worth a try.
    fn learn(&self, error: &[u8], body: &Value, tried: &Quirks) -> bool {
        let mut learned = self.learned.write().unwrap_or_else(PoisonError::into_inner);
        if learned.quirks != *tried {
            // Another request has learned something meanwhile.
            return true;
        }
        match learned.quirks.learn(error, body) {
            Some(note) if learned.quirks != *tried => {
                learned.notes.push(note);
                true
            }
            _ => false,
        }
    }

    fn send(&self, body: &[u8]) -> Result<Reply, CallError> {
        let request = self
            .agent
            .post(&self.endpoint.url)
            .header("content-type", "application/json");
        let request = self.signed(request);
        let mut response = request.send(body).map_err(|error| self.failed(&error))?;
        let streamed = response
            .headers()
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| {
                let value = value.trim().to_ascii_lowercase();
                value.starts_with("text/event-stream")
            });
        let packing = Packing::of(response.headers());
        let success = response.status().is_success();
        if packing == Packing::Unknown && success {
            let what = "the body is packed in a way that was not asked for and is not read";
            let name = response.headers().get("content-encoding");
            let name = name.and_then(|name| name.to_str().ok()).unwrap_or_default();
            let what = self.safe(format!("{what} (Content-Encoding: {name})"));
            return Err(CallError::new(CallErrorKind::Malformed, what));
        }
        let events = |reader: &mut dyn io::Read| {
            stream::body(self.endpoint.protocol, reader, MAX_BODY)
                .map_err(|error| self.broken(error))
        };
        let body = if streamed && success {
            let mut reader = packing
                .unpacking(response.body_mut().as_reader())
                .map_err(|error| self.broken(StreamError::Io(error)))?;
            events(&mut reader)?
        } else {
            let body = response
                .body_mut()
                .with_config()
                .limit(MAX_BODY)
                .read_to_vec()
                .map_err(|error| self.failed(&error))?;
            let body = packing.unpacked(body, MAX_BODY).map_err(|error| {
                CallError::new(CallErrorKind::Connection, self.safe(error.to_string()))
            })?;
            // Some servers call their streams text or JSON.
            if success && stream::is_one(&body) {
                events(&mut body.as_slice())?
            } else {
                body
            }
        };
        let (parts, _) = response.into_parts();
        Ok(Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        })
    }

    /// The request with the key and the typed headers.
    fn signed<B>(&self, mut request: RequestBuilder<B>) -> RequestBuilder<B> {
        let typed = |name: &str| self.headers.iter().any(|header| header.name == name);
        match (&self.key, self.endpoint.protocol) {
            (Some(key), Protocol::Anthropic) if !typed("x-api-key") => {
                request = request.header("x-api-key", key);
            }
            (Some(key), protocol) if protocol != Protocol::Anthropic && !typed("authorization") => {
                if self.endpoint.is_azure() && !typed("api-key") {
                    request = request.header("api-key", key);
                } else {
                    request = request.header("authorization", format!("Bearer {key}"));
                }
            }
            _ => {}
        }
        if self.endpoint.protocol == Protocol::Anthropic && !typed("anthropic-version") {
            request = request.header("anthropic-version", "2023-06-01");
        }
        for header in &self.headers {
            request = request.header(header.name.clone(), header.value.clone());
        }
        request
    }

    /// The body of another path's reply: of a `GET`, or of a `POST` of some content.
    pub(super) fn fetch(
        &self,
        path: &str,
        content: Option<(&str, &[u8])>,
    ) -> Result<Vec<u8>, CallError> {
        let url = self.endpoint.beside(path);
        let sent = match content {
            Some((kind, bytes)) => {
                let request = self.agent.post(&url).header("content-type", kind);
                self.signed(request).send(bytes)
            }
            None => self.signed(self.agent.get(&url)).call(),
        };
        let mut response = sent.map_err(|error| self.failed(&error))?;
        let body = response
            .body_mut()
            .with_config()
            .limit(MAX_FILE)
            .read_to_vec()
            .map_err(|error| self.failed(&error))?;
        let (parts, _) = response.into_parts();
        if parts.status.is_success() {
            return Ok(body);
        }
        let reply = Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        };
        match self.read(&reply) {
            Err(error) => Err(error),
            Ok(refusal) => Err(CallError::new(CallErrorKind::Rejected, refusal.text)),
        }
    }

    /// The error for a response that is not whole.
    fn failed(&self, error: &ureq::Error) -> CallError {
        let kind = match error {
            ureq::Error::Timeout(_) => CallErrorKind::Timeout,
            ureq::Error::BadUri(_) => CallErrorKind::Rejected,
            ureq::Error::HostNotFound
            | ureq::Error::ConnectionFailed
            | ureq::Error::Tls(_)
            | ureq::Error::Rustls(_) => CallErrorKind::Unreachable,
            ureq::Error::Io(error)
                if error.kind() == io::ErrorKind::ConnectionRefused
                    || error.to_string().contains("certificate") =>
            {
                CallErrorKind::Unreachable
            }
            _ => CallErrorKind::Connection,
        };
        CallError::new(kind, self.safe(error.to_string()))
    }

    /// The error for a stream that gave no response.
    fn broken(&self, error: StreamError) -> CallError {
        let connection = |text: &str| CallError::new(CallErrorKind::Connection, text);
        match error {
            StreamError::Short => connection("the stream ended before the response did"),
            StreamError::Empty => {
                CallError::new(CallErrorKind::Server, "the stream ended without a response")
            }
            StreamError::Garbled(start) => CallError::new(
                CallErrorKind::Malformed,
                self.safe(format!("a part of the stream is no JSON: {start}")),
            ),
            StreamError::Long => CallError::new(CallErrorKind::Malformed, "the stream has no end"),
            StreamError::Io(error) => {
                // What failed is inside, where it was no failure of the socket itself.
                match error
                    .get_ref()
                    .and_then(|inner| inner.downcast_ref::<ureq::Error>())
                {
                    Some(inner) => self.failed(inner),
                    None if error.kind() == io::ErrorKind::TimedOut => {
                        CallError::new(CallErrorKind::Timeout, "nothing more came")
                    }
                    None => connection(&self.safe(error.to_string())),
                }
            }
        }
    }

    /// Reads a reply.
    fn read(&self, reply: &Reply) -> Result<Response, CallError> {
        let Reply {
            status,
            headers,
            body,
        } = reply;
        let with_status = |error: CallError| CallError {
            status: Some(*status),
            message: self.safe(error.message),
            ..error
        };
        match status {
            200..300 => {
                let response = self.endpoint.protocol.response(body);
                response.map_err(|error| CallError {
                    retry_after: error.retry_after.or_else(|| retry_after(headers)),
                    ..with_status(error)
                })
            }
            300..400 => Err(with_status(CallError::new(
                CallErrorKind::Rejected,
                redirected(&self.endpoint.url, headers),
            ))),
            _ => failures::read(*status, body, retry_after(headers)).map_err(with_status),
        }
    }
}

impl Model for ApiModel {
    fn ask(&self, messages: &[Message], repeat: u32) -> Result<Response, CallError> {
        loop {
            let quirks = self.quirks();
            let protocol = self.endpoint.protocol;
            let body = protocol.body(&self.model, messages, &self.generation, repeat, &quirks);
            let reply = self.send(body.to_string().as_bytes())?;
            // Each round learns something more, of which there is little.
            if matches!(reply.status, 400 | 404 | 422) && self.learn(&reply.body, &body, &quirks) {
                continue;
            }
            return self.read(&reply);
        }
    }

    fn batches(&self) -> Option<&dyn Batches> {
        let known = [Protocol::Chat, Protocol::Responses, Protocol::Anthropic];
        known.contains(&self.endpoint.protocol).then_some(self)
    }

    fn notes(&self) -> Vec<String> {
        let learned = self.learned.read().unwrap_or_else(PoisonError::into_inner);
        learned.notes.clone()
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

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

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

    /// Response to a question of a server that gives the same headers and body to every request.
    fn served(headers: &str, body: &[u8]) -> Result<Response, CallError> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let length = body.len();
        let head =
            format!("HTTP/1.1 {headers}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
        let reply = [head.as_bytes(), body].concat();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"}") {
                let mut part = [0; 4096];
                let count = stream.read(&mut part).unwrap();
                request.extend_from_slice(&part[..count]);
            }
            stream.write_all(&reply).unwrap();
        });
        let second = Duration::from_secs(30);
        let model = ApiModel::new(
            Endpoint::at(&base, Protocol::Chat).unwrap(),
            "m".to_owned(),
            None,
            Generation::default(),
            Timeouts {
                connect: second,
                attempt: second,
                stall: None,
            },
            (1, TlsConfig::default()),
        );
        let response = model.streaming().ask(&[], 0);
        server.join().unwrap();
        response
    }

    #[test]
    fn streams_are_read_whatever_they_are_called_and_however_they_are_packed() {
        let stream = b"data: {\"choices\":[{\"delta\":{\"content\":\"42\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
        for label in [
            "text/event-stream",
            "Text/Event-Stream; charset=utf-8",
            "text/plain",
            "application/json",
        ] {
            let headers = format!("200 OK\r\nContent-Type: {label}");
            assert_eq!(served(&headers, stream).unwrap().text, "42", "{label}");
            let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
            packed.write_all(stream).unwrap();
            let headers = format!("{headers}\r\nContent-Encoding: deflate");
            let response = served(&headers, &packed.finish().unwrap());
            assert_eq!(response.unwrap().text, "42", "{label}");
        }
        let garbled = served("200 OK\r\nContent-Type: text/plain", b"data: {\"cho\n\n");
        assert_eq!(garbled.unwrap_err().kind, CallErrorKind::Malformed);
        let packed = served("200 OK\r\nContent-Encoding: br", b"\x8b\x03").unwrap_err();
        assert_eq!(packed.kind, CallErrorKind::Malformed);
        assert!(packed.message.contains("Content-Encoding: br"), "{packed}");
        let nothing = served(
            "200 OK\r\nContent-Type: text/event-stream",
            b"data: [DONE]\n\n",
        );
        assert_eq!(nothing.unwrap_err().kind, CallErrorKind::Server);
    }

    #[test]
    fn waits_come_from_the_headers_of_any_status() {
        let date =
            "Date: Mon, 30 Nov 2026 10:00:00 GMT\r\nRetry-After: Mon, 30 Nov 2026 10:00:46 GMT";
        for (status, body) in [
            ("429 Too Many Requests", "{}"),
            ("200 OK", "{\"error\":{\"code\":429,\"message\":\"slow\"}}"),
        ] {
            let error = served(&format!("{status}\r\n{date}"), body.as_bytes()).unwrap_err();
            assert_eq!(error.kind, CallErrorKind::RateLimited);
            assert_eq!(error.retry_after, Some(Duration::from_secs(46)), "{status}");
        }
    }
}
