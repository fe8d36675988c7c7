//! Batches: many requests handed over at once, answered within a day, at half the price. OpenAI's interface takes
//! and gives files; Anthropic's takes a list and gives a file.

use serde_json::{Value, json};

use super::protocol::excerpt;
use super::{ApiModel, CallError, CallErrorKind, Message, Protocol, Response, failures};

/// A server's batch interface.
pub trait Batches {
    /// Hands requests over, each with a name; gives the batch's name.
    ///
    /// # Errors
    /// The server takes none.
    fn submit(&self, requests: &[BatchRequest<'_>]) -> Result<String, CallError>;

    /// The state of a batch; with all responses once it has ended.
    ///
    /// # Errors
    /// The server does not say.
    fn state(&self, batch: &str) -> Result<BatchState, CallError>;
}

/// A request of a batch.
#[derive(Debug, Clone, Copy)]
pub struct BatchRequest<'a> {
    /// The name by which its response is known.
    pub name: &'a str,
    /// The messages that are sent.
    pub messages: &'a [Message],
    /// The number of the repeat, from 0.
    pub repeat: u32,
}

/// The state of a batch.
#[derive(Debug)]
pub enum BatchState {
    /// The server works on it: requests that are done, of how many.
    Running {
        /// Requests that are done.
        done: u64,
        /// The number of all requests.
        all: u64,
    },
    /// It has ended. A request without a response was not answered in time.
    Ended(Vec<(String, Result<Response, CallError>)>),
}

impl Batches for ApiModel {
    fn submit(&self, requests: &[BatchRequest<'_>]) -> Result<String, CallError> {
        let protocol = self.endpoint.protocol;
        let quirks = self.quirks();
        let bodies = requests.iter().map(|one| {
            let body = protocol.body(
                &self.model,
                one.messages,
                &self.generation,
                one.repeat,
                &quirks,
            );
            (one.name, body)
        });
        if protocol == Protocol::Anthropic {
            let list: Vec<Value> = bodies
                .map(|(name, body)| json!({ "custom_id": name, "params": body }))
                .collect();
            let body = json!({ "requests": list }).to_string();
            let made = self.json(
                "messages/batches",
                Some(("application/json", body.as_bytes())),
            )?;
            return name_of(&made);
        }
        let path = match protocol {
            Protocol::Responses => "/v1/responses",
            _ => "/v1/chat/completions",
        };
        let mut lines = String::new();
        for (name, body) in bodies {
            let line = json!({ "custom_id": name, "method": "POST", "url": path, "body": body });
            lines.push_str(&line.to_string());
            lines.push('\n');
        }
        let (kind, form) = form(&lines);
        let file = name_of(&self.json("files", Some((&kind, form.as_bytes())))?)?;
        let body = json!({ "input_file_id": file, "endpoint": path, "completion_window": "24h" });
        let body = body.to_string();
        name_of(&self.json("batches", Some(("application/json", body.as_bytes())))?)
    }

    fn state(&self, batch: &str) -> Result<BatchState, CallError> {
        let count = |value: &Value| value.as_u64().unwrap_or(0);
        if self.endpoint.protocol == Protocol::Anthropic {
            let value = self.json(&format!("messages/batches/{batch}"), None)?;
            let counts = &value["request_counts"];
            if value["processing_status"] != "ended" {
                let done = ["succeeded", "errored", "canceled", "expired"];
                let done = done.iter().map(|name| count(&counts[name])).sum();
                let all = done + count(&counts["processing"]);
                return Ok(BatchState::Running { done, all });
            }
            // The address that the server names could be another one's; this is its own.
            let bytes = self.fetch(&format!("messages/batches/{batch}/results"), None)?;
            return Ok(BatchState::Ended(self.results(&bytes)));
        }
        let value = self.json(&format!("batches/{batch}"), None)?;
        let counts = &value["request_counts"];
        match value["status"].as_str() {
            Some("failed") => {
                let why = value["errors"]["data"][0]["message"].as_str();
                Err(CallError::new(
                    CallErrorKind::Denied,
                    self.safe(format!(
                        "the batch {batch} failed: {}",
                        why.unwrap_or("the server does not say why")
                    )),
                ))
            }
            Some("completed" | "expired" | "cancelled") => {
                let mut found = Vec::new();
                for name in ["output_file_id", "error_file_id"] {
                    if let Some(file) = value[name].as_str() {
                        let bytes = self.fetch(&format!("files/{file}/content"), None)?;
                        found.extend(self.results(&bytes));
                    }
                }
                Ok(BatchState::Ended(found))
            }
            _ => Ok(BatchState::Running {
                done: count(&counts["completed"]) + count(&counts["failed"]),
                all: count(&counts["total"]),
            }),
        }
    }
}

impl ApiModel {
    fn json(&self, path: &str, content: Option<(&str, &[u8])>) -> Result<Value, CallError> {
        let bytes = self.fetch(path, content)?;
        serde_json::from_slice(&bytes).map_err(|error| {
            let what = format!("the body is no JSON ({error}): {}", excerpt(&bytes));
            CallError::new(CallErrorKind::Malformed, self.safe(what))
        })
    }

    /// The responses in a file, one JSON object a line. An odd line costs the response that it should have been.
    fn results(&self, bytes: &[u8]) -> Vec<(String, Result<Response, CallError>)> {
        let text = String::from_utf8_lossy(bytes);
        let text = super::without_surrogates(&text);
        let lines = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines
            .filter_map(|line| {
                let name = line["custom_id"].as_str()?.to_owned();
                Some((name, self.result(&line)))
            })
            .collect()
    }

    fn result(&self, line: &Value) -> Result<Response, CallError> {
        let protocol = self.endpoint.protocol;
        let safe = |error: CallError| CallError {
            message: self.safe(error.message),
            ..error
        };
        let bytes = |value: &Value| value.to_string().into_bytes();
        if protocol == Protocol::Anthropic {
            let result = &line["result"];
            return match result["type"].as_str() {
                Some("succeeded") => protocol.response(&bytes(&result["message"])).map_err(safe),
                Some("errored") => {
                    failures::read(400, &bytes(&result["error"]), None).map_err(safe)
                }
                other => Err(not_answered(other.unwrap_or("not said"))),
            };
        }
        let response = &line["response"];
        match response["status_code"].as_u64() {
            Some(200) => protocol.response(&bytes(&response["body"])).map_err(safe),
            Some(status) => {
                let status = u16::try_from(status).unwrap_or(500);
                failures::read(status, &bytes(&response["body"]), None).map_err(safe)
            }
            None => Err(not_answered(
                line["error"]["message"].as_str().unwrap_or("not said"),
            )),
        }
    }
}

fn not_answered(why: &str) -> CallError {
    CallError::new(
        CallErrorKind::Server,
        format!("the batch ended without this response: {why}"),
    )
}

fn name_of(value: &Value) -> Result<String, CallError> {
    let name = value["id"].as_str().filter(|id| {
        // It becomes part of an address.
        id.chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    });
    name.map(str::to_owned).ok_or_else(|| {
        CallError::new(
            CallErrorKind::Malformed,
            format!("no name in {}", excerpt(value.to_string().as_bytes())),
        )
    })
}

/// A form with a file of requests: its content type and its bytes.
fn form(lines: &str) -> (String, String) {
    // The boundary must not occur in the file, whatever it holds.
    let hash = blake3::hash(lines.as_bytes()).to_hex();
    let boundary = format!("tracestone-{}", &hash[..24]);
    let text = format!(
        "--{boundary}\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n\
         --{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"requests.jsonl\"\r\n\
         content-type: application/jsonl\r\n\r\n{lines}\r\n--{boundary}--\r\n"
    );
    (format!("multipart/form-data; boundary={boundary}"), text)
}
