//! A model server that can be told to fail. It speaks the chat, completions and messages protocols on a
//! free port of this machine, one thread for each connection, and remembers what it was asked.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, BufRead as _, BufReader, Read as _, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A request, as a script sees it.
pub(crate) struct Request {
    /// The path, such as `/v1/chat/completions`.
    pub(crate) path: String,
    /// Headers by lower-case name.
    pub(crate) headers: BTreeMap<String, String>,
    /// Body of the request.
    pub(crate) body: Value,
    /// The last message, or the prompt.
    pub(crate) prompt: String,
    /// Number of earlier requests with the same body.
    pub(crate) earlier: u32,
}

/// Reaction of a script to a request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// A response with this text.
    Text(String),
    /// Answers, and says that the limit of tokens was reached.
    Length(String),
    /// A refusal with this text.
    Refusal(String),
    /// Answers with `null` where the text should be.
    Null,
    /// Another status, further headers, a body.
    Status(u16, Vec<(&'static str, String)>, String),
    /// These bytes, from the line of the status on, and nothing after them.
    Raw(Vec<u8>),
    /// Never answers; the connection stays open.
    Hang,
    /// Sends half of a JSON body whose length is that half.
    CutJson,
    /// Sends half of what the length says, and hangs up.
    CutBody,
    /// Answers byte by byte, this long in all.
    Drip(String, Duration),
    /// Answers as a stream of server-sent events, after this thought.
    Stream(String, String),
    /// Begins such a stream, and says nothing more.
    Stall(String),
}

/// Record of one request.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// A hash of the body.
    pub(crate) body: u64,
    /// Its last message.
    pub(crate) prompt: String,
    /// True if a response with a status of success was sent to its last byte.
    pub(crate) answered: bool,
}

/// A running server; it stops when this is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    script: Box<dyn Fn(&Request) -> Reply + Send + Sync>,
    latency: Duration,
    stop: AtomicBool,
    connections: AtomicUsize,
    running: AtomicUsize,
    peak: AtomicUsize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    bodies: HashMap<u64, u32>,
    seen: Vec<Seen>,
    first: Option<Instant>,
    last: Option<Instant>,
    /// The requests of the last batch.
    file: Vec<Value>,
    submitted: u32,
    looks: u32,
}

impl Server {
    /// Starts on a port, 0 for a free one; every response comes after `latency`.
    pub(crate) fn start(
        port: u16,
        latency: Duration,
        script: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            script: Box::new(script),
            latency,
            stop: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
            running: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            state: Mutex::default(),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if accepting.stop.load(Ordering::Acquire) {
                    return;
                }
                accepting.connections.fetch_add(1, Ordering::Relaxed);
                let shared = Arc::clone(&accepting);
                // A connection that breaks is the client's business.
                thread::spawn(move || drop(serve(&shared, &stream)));
            }
        });
        Ok(Self { address, shared })
    }

    /// The base address, without a version.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Connections so far, whatever was asked over them.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// Batches that were submitted so far.
    pub(crate) fn submitted(&self) -> u32 {
        self.shared.state().submitted
    }

    /// Everything that was asked so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.shared.state().seen.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        // Wakes the thread that waits for connections.
        drop(TcpStream::connect(self.address));
    }
}

impl Shared {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts as other programs can read them.
    fn stats(&self) -> Value {
        let state = self.state();
        let answered: Vec<&Seen> = state.seen.iter().filter(|one| one.answered).collect();
        let mut bodies: HashMap<u64, u32> = HashMap::new();
        for one in &answered {
            *bodies.entry(one.body).or_default() += 1;
        }
        let seconds = match (state.first, state.last) {
            (Some(first), Some(last)) => (last - first).as_secs_f64(),
            _ => 0.0,
        };
        json!({
            "requests": state.seen.len(),
            "answered": answered.len(),
            "distinct": bodies.len(),
            "answered_twice": bodies.values().filter(|count| **count > 1).count(),
            "peak": self.peak.load(Ordering::Relaxed),
            "seconds": seconds,
        })
    }
}

/// Serves one connection until either side ends it.
fn serve(shared: &Shared, stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    while let Some((method, path, headers, body)) = read_request(&mut reader)? {
        if let Some((status, text)) = batches(shared, &method, &path, &body) {
            send(stream, status, &[], text.as_bytes())?;
            continue;
        }
        if method == "GET" {
            let value = match path.as_str() {
                "/stats" => shared.stats(),
                _ => json!({ "object": "list", "data": [{ "id": "mock", "object": "model" }] }),
            };
            send(stream, 200, &[], value.to_string().as_bytes())?;
            continue;
        }
        let running = shared.running.fetch_add(1, Ordering::Relaxed) + 1;
        shared.peak.fetch_max(running, Ordering::Relaxed);
        let result = answer(shared, stream, path, headers, &body);
        shared.running.fetch_sub(1, Ordering::Relaxed);
        result?;
    }
    Ok(())
}

/// Response of the batch interfaces of both protocols; `None` for another path. A batch is done at the second
/// request for its status.
fn batches(shared: &Shared, method: &str, path: &str, body: &[u8]) -> Option<(u16, String)> {
    let parts: Vec<&str> = path.trim_start_matches("/v1/").split('/').collect();
    let text = String::from_utf8_lossy(body);
    let value = match (method, parts.as_slice()) {
        ("POST", ["files"]) => {
            let lines: Vec<Value> = text
                .lines()
                .filter_map(|line| serde_json::from_str(line).ok())
                .collect();
            shared.state().file = lines;
            json!({ "id": "file-1" })
        }
        ("POST", ["batches"]) => {
            shared.state().submitted += 1;
            json!({ "id": "batch_1", "status": "validating" })
        }
        ("POST", ["messages", "batches"]) => {
            let requests = serde_json::from_slice::<Value>(body).ok()?["requests"].take();
            let lines = requests.as_array()?.iter();
            shared.state().file = lines
                .map(|one| json!({ "custom_id": one["custom_id"], "url": "/v1/messages", "body": one["params"] }))
                .collect();
            shared.state().submitted += 1;
            json!({ "id": "msgbatch_1" })
        }
        ("GET", ["batches", _]) => {
            let done = looked(shared);
            json!({ "id": "batch_1", "status": if done { "completed" } else { "in_progress" },
                "output_file_id": "file-2", "request_counts": { "total": 1, "completed": 0, "failed": 0 } })
        }
        ("GET", ["messages", "batches", _]) => {
            let done = looked(shared);
            json!({ "id": "msgbatch_1", "processing_status": if done { "ended" } else { "in_progress" } })
        }
        ("GET", ["files", _, "content"] | ["messages", "batches", _, "results"]) => {
            return Some((200, results(shared)));
        }
        _ => return None,
    };
    Some((200, value.to_string()))
}

fn looked(shared: &Shared) -> bool {
    let mut state = shared.state();
    state.looks += 1;
    state.looks > 1
}

/// The results of the batch, as the script answers its requests.
fn results(shared: &Shared) -> String {
    let requests = shared.state().file.clone();
    let mut lines = String::new();
    for line in requests {
        let request = Request {
            path: line["url"].as_str().unwrap_or_default().to_owned(),
            headers: BTreeMap::new(),
            prompt: prompt(&line["body"]),
            body: line["body"].clone(),
            earlier: 0,
        };
        let (status, body) = match (shared.script)(&request) {
            Reply::Text(text) => (200, rendered(&request, Some(&text), "stop")),
            Reply::Status(status, _, text) => {
                (status, serde_json::from_str(&text).unwrap_or_default())
            }
            _ => (500, json!({ "error": { "message": "not in a batch" } })),
        };
        let result = if request.path.ends_with("/messages") {
            let result = match status {
                200 => json!({ "type": "succeeded", "message": body }),
                _ => json!({ "type": "errored", "error": body }),
            };
            json!({ "custom_id": line["custom_id"], "result": result })
        } else {
            let response = json!({ "status_code": status, "body": body });
            json!({ "custom_id": line["custom_id"], "response": response, "error": null })
        };
        lines.push_str(&format!("{result}\n"));
    }
    lines
}

type Parts = (String, String, BTreeMap<String, String>, Vec<u8>);

fn read_request(reader: &mut BufReader<&TcpStream>) -> io::Result<Option<Parts>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some((method, path, headers, body)))
}

fn answer(
    shared: &Shared,
    stream: &TcpStream,
    path: String,
    headers: BTreeMap<String, String>,
    bytes: &[u8],
) -> io::Result<()> {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    let hash = hasher.finish();
    let body: Value = serde_json::from_slice(bytes).unwrap_or(Value::Null);
    let prompt = prompt(&body);
    let earlier = {
        let mut state = shared.state();
        state.first.get_or_insert_with(Instant::now);
        let count = state.bodies.entry(hash).or_default();
        *count += 1;
        *count - 1
    };
    let request = Request {
        path,
        headers,
        body,
        prompt,
        earlier,
    };
    thread::sleep(shared.latency);
    let reply = (shared.script)(&request);
    let good = matches!(
        reply,
        Reply::Text(_) | Reply::Length(_) | Reply::Refusal(_) | Reply::Drip(..) | Reply::Stream(..)
    );
    let sent = reply.send(shared, stream, &request);
    let mut state = shared.state();
    state.last = Some(Instant::now());
    state.seen.push(Seen {
        body: hash,
        prompt: request.prompt,
        answered: good && sent.is_ok(),
    });
    sent
}

fn prompt(body: &Value) -> String {
    let messages = [&body["messages"], &body["input"]];
    let message = messages
        .into_iter()
        .find_map(Value::as_array)
        .and_then(|all| all.last())
        .map(|message| &message["content"]);
    message
        .unwrap_or(&body["prompt"])
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

impl Reply {
    fn send(self, shared: &Shared, stream: &TcpStream, request: &Request) -> io::Result<()> {
        let body = |text: Option<&str>, stop| rendered(request, text, stop).to_string();
        match self {
            Self::Text(text) => send(stream, 200, &[], body(Some(&text), "stop").as_bytes()),
            Self::Length(text) => send(stream, 200, &[], body(Some(&text), "length").as_bytes()),
            Self::Refusal(text) => send(stream, 200, &[], body(Some(&text), "refusal").as_bytes()),
            Self::Null => send(stream, 200, &[], body(None, "stop").as_bytes()),
            Self::Status(status, headers, text) => send(stream, status, &headers, text.as_bytes()),
            Self::Raw(bytes) => {
                let mut out = stream;
                out.write_all(&bytes)?;
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            Self::Hang => {
                while !shared.stop.load(Ordering::Acquire) {
                    thread::sleep(Duration::from_millis(20));
                }
                Err(io::ErrorKind::TimedOut.into())
            }
            Self::CutJson => {
                let whole = body(Some("cut"), "stop");
                send(stream, 200, &[], &whole.as_bytes()[..whole.len() / 2])
            }
            Self::CutBody => {
                let whole = body(Some("cut"), "stop");
                let mut out = stream;
                write!(
                    out,
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n",
                    whole.len()
                )?;
                out.write_all(&whole.as_bytes()[..whole.len() / 2])?;
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            Self::Stream(text, thought) => {
                let mut out = stream;
                write!(out, "{EVENTS}")?;
                for event in events(request, &text, &thought) {
                    let event = format!("data: {event}\n\n");
                    write!(out, "{:x}\r\n{event}\r\n", event.len())?;
                }
                write!(out, "0\r\n\r\n")
            }
            Self::Stall(text) => {
                let mut out = stream;
                write!(out, "{EVENTS}")?;
                let event = format!("data: {}\n\n", events(request, &text, "")[0]);
                write!(out, "{:x}\r\n{event}\r\n", event.len())?;
                while !shared.stop.load(Ordering::Acquire) {
                    thread::sleep(Duration::from_millis(20));
                }
                Err(io::ErrorKind::TimedOut.into())
            }
            Self::Drip(text, time) => {
                let whole = body(Some(&text), "stop");
                let mut out = stream;
                write!(
                    out,
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n",
                    whole.len()
                )?;
                let pause = time / u32::try_from(whole.len()).unwrap_or(u32::MAX);
                for byte in whole.as_bytes() {
                    out.write_all(&[*byte])?;
                    thread::sleep(pause);
                }
                Ok(())
            }
        }
    }
}

/// Headers before a stream of events.
const EVENTS: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/// The events of a response in the protocol of the request's path.
fn events(request: &Request, text: &str, thought: &str) -> Vec<String> {
    // In the middle of a text, but not of a character.
    let half = (0..=text.len() / 2)
        .rev()
        .find(|at| text.is_char_boundary(*at));
    let (first, rest) = text.split_at(half.unwrap_or(0));
    if request.path.ends_with("/messages") {
        let delta = |kind: &str, field: &str, text: &str| {
            let kind = format!("{kind}_delta");
            json!({ "type": "content_block_delta", "index": 0, "delta": { "type": kind, (field): text } })
        };
        let usage = json!({ "input_tokens": 9, "output_tokens": 1 });
        let end = json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn" }, "usage": { "output_tokens": 5 } });
        return [
            json!({ "type": "message_start", "message": { "usage": usage } }),
            delta("thinking", "thinking", thought),
            delta("text", "text", first),
            delta("text", "text", rest),
            end,
            json!({ "type": "message_stop" }),
        ]
        .map(|event| event.to_string())
        .into();
    }
    if request.path.ends_with("/responses") {
        let whole = rendered(request, Some(text), "stop");
        return vec![
            json!({ "type": "response.created", "response": {} }).to_string(),
            json!({ "type": "response.completed", "response": whole }).to_string(),
        ];
    }
    let chunk = |delta: Value, reason: Value| {
        json!({ "choices": [{ "index": 0, "delta": delta, "finish_reason": reason }] }).to_string()
    };
    let usage = json!({ "choices": [], "usage": { "prompt_tokens": 9, "completion_tokens": 5 } });
    vec![
        chunk(
            json!({ "role": "assistant", "reasoning_content": thought }),
            Value::Null,
        ),
        chunk(json!({ "content": first }), Value::Null),
        chunk(json!({ "content": rest }), json!("stop")),
        usage.to_string(),
        "[DONE]".to_owned(),
    ]
}

/// A response's body in the protocol of the request's path.
fn rendered(request: &Request, text: Option<&str>, stop: &str) -> Value {
    let tokens = |text: &str| text.len().div_ceil(4);
    let (input, output) = (tokens(&request.prompt), tokens(text.unwrap_or_default()));
    let usage = json!({
        "prompt_tokens": input,
        "completion_tokens": output,
        "total_tokens": input + output,
    });
    let model = &request.body["model"];
    if request.path.ends_with("/messages") {
        let stop = match stop {
            "stop" => "end_turn",
            "length" => "max_tokens",
            other => other,
        };
        let content = text.map(|text| json!([{ "type": "text", "text": text }]));
        return json!({
            "id": "msg_mock", "type": "message", "role": "assistant", "model": model,
            "content": content, "stop_reason": stop, "stop_sequence": null,
            "usage": { "input_tokens": input, "output_tokens": output },
        });
    }
    if request.path.ends_with("/responses") {
        let part = match stop {
            "refusal" => json!({ "type": "refusal", "refusal": text }),
            _ => json!({ "type": "output_text", "text": text }),
        };
        let whole = stop != "length";
        return json!({
            "id": "resp_mock", "object": "response", "model": model,
            "status": if whole { "completed" } else { "incomplete" },
            "incomplete_details": (!whole).then(|| json!({ "reason": "max_output_tokens" })),
            "output": [
                { "type": "reasoning", "summary": [{ "type": "summary_text", "text": "so it is" }] },
                { "type": "message", "role": "assistant", "content": [part] },
            ],
            "usage": { "input_tokens": input, "output_tokens": output },
        });
    }
    if request.path.contains("/chat/completions") {
        let refusal = (stop == "refusal").then_some(text);
        let content = if refusal.is_some() { None } else { text };
        let stop = if refusal.is_some() { "stop" } else { stop };
        return json!({
            "id": "chatcmpl-mock", "object": "chat.completion", "created": 0, "model": model,
            "choices": [{
                "index": 0, "finish_reason": stop, "logprobs": null,
                "message": { "role": "assistant", "content": content, "refusal": refusal },
            }],
            "usage": usage,
        });
    }
    json!({
        "id": "cmpl-mock", "object": "text_completion", "created": 0, "model": model,
        "choices": [{ "index": 0, "text": text, "finish_reason": stop, "logprobs": null }],
        "usage": usage,
    })
}

fn send(
    mut stream: &TcpStream,
    status: u16,
    headers: &[(&str, String)],
    body: &[u8],
) -> io::Result<()> {
    let mut bytes = format!(
        "HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        bytes.push_str(&format!("{name}: {value}\r\n"));
    }
    bytes.push_str("\r\n");
    let mut bytes = bytes.into_bytes();
    bytes.extend_from_slice(body);
    stream.write_all(&bytes)
}
