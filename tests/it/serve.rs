//! The judge over HTTP, driven as trainers drive it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tracestone_record::{Sample, SampleKind};

use crate::support::Bench;

/// A server of the binary, which ends when it is dropped.
struct Served {
    child: Child,
    address: String,
    stdin: Option<ChildStdin>,
}

impl Served {
    fn start(bench: &Bench, arguments: &[&str]) -> Self {
        let mut all = vec!["serve", "--port", "0", "--until-stdin-ends", "--json"];
        all.extend(arguments);
        let mut child = bench
            .command(&all)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let address = said["url"].as_str().unwrap().replace("http://", "");
        Self {
            child,
            address,
            stdin,
        }
    }

    fn post(&self, path: &str, body: &str) -> (u16, String) {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.raw(&[head.as_bytes(), body.as_bytes()].concat())
    }

    fn judge(&self, request: &Value) -> Value {
        let (status, reply) = self.post("/judge", &request.to_string());
        assert_eq!(status, 200, "{reply}");
        serde_json::from_str(&reply).unwrap()
    }

    /// Sends bytes and reads until the server closes; a status of 0 where it said nothing.
    fn raw(&self, bytes: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        // The server may close before it has read all.
        drop(stream.write_all(bytes));
        let mut reply = Vec::new();
        drop(stream.read_to_end(&mut reply));
        let reply = String::from_utf8(reply).unwrap();
        let status = reply.split(' ').nth(1).and_then(|code| code.parse().ok());
        let body = reply.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        (status.unwrap_or(0), body.to_owned())
    }

    /// Ends the standard input and waits for the end.
    fn stop(mut self) {
        drop(self.stdin.take());
        let began = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "it does not stop"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn exported() -> (Bench, Vec<Sample>) {
    let bench = Bench::new();
    bench.ok(&["build", "corpus.toml", "--store", "a.db"]);
    bench.ok(&["export", "--store", "a.db", "--out", "out"]);
    let files = bench.files("out");
    let lines = files
        .iter()
        .filter(|(name, _)| name.ends_with(".jsonl"))
        .flat_map(|(_, bytes)| std::str::from_utf8(bytes).unwrap().lines())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    (bench, lines)
}

#[test]
fn every_kind_is_judged_and_a_row_of_nemo_gym_comes_back_with_its_reward() {
    let (bench, samples) = exported();
    let served = Served::start(&bench, &["--data", "out"]);
    let mut kinds = std::collections::BTreeMap::new();
    for sample in &samples {
        let seen: &mut u32 = kinds.entry(sample.kind).or_default();
        *seen += 1;
        if *seen > 3 {
            continue;
        }
        let id = sample.id.to_string();
        if sample.kind == SampleKind::Annotated {
            let (status, _) = served.post("/judge", &json!({"id": id, "response": ""}).to_string());
            assert_eq!(status, 404, "prose has no judge");
            continue;
        }
        let right = format!("Well.\n[ANSWER]\n{}\n[/ANSWER]", sample.answer);
        let reply = served.judge(&json!({ "id": id, "response": right }));
        assert_eq!(reply["reward"], 1.0, "{reply}");
        assert_eq!(reply["id"], id);
        assert!(reply["timing"]["judged_ms"].as_f64().unwrap() > 0.0);
        let reply = served.judge(&json!({ "id": id, "response": "[ANSWER]no[/ANSWER]" }));
        assert_eq!(reply["reward"], 0.0, "{reply}");
    }
    assert!(kinds.contains_key(&SampleKind::Input), "{kinds:?}");
    let count = samples
        .iter()
        .find(|sample| sample.kind == SampleKind::Count)
        .unwrap();
    let row = json!({
        "responses_create_params": { "input": [{ "role": "user", "content": count.prompt }] },
        "id": count.id.to_string(),
        "extra": [1, { "kept": 0.1 }],
        "response": { "id": "r", "output": [
            { "type": "reasoning", "summary": [] },
            { "type": "message", "role": "assistant", "content": [
                { "type": "output_text", "text": format!("[ANSWER]{}[/ANSWER]", count.answer), "annotations": [] }
            ] }
        ] },
    });
    let (status, reply) = served.post("/verify", &row.to_string());
    assert_eq!(status, 200, "{reply}");
    let mut reply: Value = serde_json::from_str(&reply).unwrap();
    assert_eq!(reply["reward"], 1.0);
    assert_eq!(reply["tracestone"]["status"], "correct");
    let fields = reply.as_object_mut().unwrap();
    fields.remove("reward");
    fields.remove("tracestone");
    assert_eq!(reply, row, "all that came is there");
    assert_eq!(served.post("/seed_session", "{}"), (200, "{}".to_owned()));
    served.stop();
}

#[test]
fn a_request_can_carry_its_sample() {
    let bench = Bench::empty();
    let served = Served::start(&bench, &[]);
    let sample = json!({
        "kind": "input", "answer": "f(2)", "program": "def f(x):\n    return x * x\n",
        "entry": "f", "question": { "callee": "f", "output": "4" },
    });
    for (response, reward) in [("f(-2)", 1.0), ("f(3)", 0.0), ("f(1) or 4", 0.0)] {
        let reply = served.judge(&json!({ "sample": sample, "response": response }));
        assert_eq!(reply["reward"], reward, "{reply}");
    }
    let cut = json!({
        "sample": { "kind": "output", "answer": "[1]", "call": "f()" },
        "response": "[ANSWER][1]", "truncated": true,
    });
    assert_eq!(served.judge(&cut)["status"], "truncated");
    let half =
        r#"{"sample": {"kind": "count", "answer": "3"}, "response": "\ud83d [ANSWER]3[/ANSWER]"}"#;
    let (status, reply) = served.post("/judge", half);
    assert!(status == 200 && reply.contains("correct"), "{reply}");
    served.stop();
}

#[test]
fn hostile_requests_are_refused_and_the_next_is_answered() {
    let bench = Bench::empty();
    let served = Served::start(&bench, &[]);
    let good = json!({ "sample": { "kind": "count", "answer": "3" }, "response": "3" });
    let large = "x".repeat(9 << 20);
    let deep = format!(r#"{{"response": {}"#, "[".repeat(1 << 20));
    let chunked = "POST /judge HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    let header = format!("GET /health HTTP/1.1\r\nX: {}\r\n\r\n", "y".repeat(1 << 20));
    for (reply, expected) in [
        (served.post("/judge", "{"), 400),
        (served.post("/judge", "nothing"), 400),
        (served.post("/judge", &deep), 400),
        (served.post("/judge", &large), 413),
        (served.post("/judge", r#"{"id": "no", "response": "3"}"#), 404),
        (served.post("/judge", r#"{"sample": {"kind": "annotated", "answer": "x"}, "response": "3"}"#), 422),
        (served.post("/nothing", "{}"), 404),
        (served.raw(b"GET /judge HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 405),
        (served.raw(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\nOrigin: http://evil\r\n\r\n"), 403),
        (served.raw(b"\x16\x03\x01nonsense\r\n\r\n"), 400),
        (served.raw(chunked.as_bytes()), 400),
        (served.raw(header.as_bytes()), 431),
    ] {
        assert_eq!(reply.0, expected, "{}", reply.1);
        assert_eq!(served.judge(&good)["reward"], 1.0);
    }
    // A client that says nothing more holds nobody up.
    let mut slow = TcpStream::connect(&served.address).unwrap();
    slow.write_all(b"POST /judge HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{")
        .unwrap();
    assert_eq!(served.judge(&good)["reward"], 1.0);
    let health = served.raw(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let health: Value = serde_json::from_str(&health.1).unwrap();
    assert_eq!(health["counts"]["statuses"]["correct"], 13);
    drop(slow);
    served.stop();
}

#[test]
fn many_at_once_all_get_their_own_verdict() {
    let bench = Bench::empty();
    let served = Served::start(&bench, &[]);
    std::thread::scope(|scope| {
        for number in 0..300 {
            let served = &served;
            scope.spawn(move || {
                let (kind, said) = match number % 3 {
                    0 => ("input", format!("f({number})")),
                    1 => ("input", format!("f({})", number + 1)),
                    _ => ("output", (number * 2).to_string()),
                };
                let request = json!({
                    "sample": {
                        "kind": kind, "answer": (number * 2).to_string(), "entry": "f",
                        "program": "def f(x):\n    return x * 2\n",
                        "question": { "callee": "f", "output": (number * 2).to_string() },
                    },
                    "response": said,
                });
                let reply = served.judge(&request);
                let right = number % 3 != 1;
                assert_eq!(reply["reward"] == 1.0, right, "{number}: {reply}");
            });
        }
    });
    served.stop();
}
