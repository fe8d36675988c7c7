//! Load on a server: asks it for verdicts on the samples of an export and prints how many a second came, and whether
//! each was right.
//!
//! ```text
//! tracestone serve --data EXPORT --port 8077 &
//! cargo run --release -p tracestone-serve --example load -- 127.0.0.1:8077 EXPORT/train.jsonl output 32 10
//! ```
//!
//! The arguments are the address, a JSON Lines file of samples, a kind, connections at once and seconds. Each second
//! request gives the right answer, the others none or a wrong one.

#![expect(
    clippy::unwrap_used,
    reason = "a measurement that cannot go on has failed"
)]
#![expect(clippy::print_stdout, reason = "figures are what it is for")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A request's bytes and whether its reward is 1; `None` where that is not known.
type Request = (Vec<u8>, Option<bool>);

fn requests(file: &str, kind: &str) -> Vec<Request> {
    let text = std::fs::read_to_string(file).unwrap();
    let samples = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of_kind = samples.filter(|sample| sample["kind"] == kind);
    of_kind
        .enumerate()
        .map(|(number, sample)| {
            let answer = sample["answer"].as_str().unwrap();
            let right = number % 2 == 0;
            let response = match (right, number % 4) {
                (true, _) => format!("So it is\n[ANSWER]{answer}[/ANSWER]"),
                (_, 1) => "[ANSWER](\"no\", 'such', 77)[/ANSWER]".to_owned(),
                (_, _) => "I do not know.".to_owned(),
            };
            let body = json!({ "id": sample["id"], "response": response }).to_string();
            let head = format!(
                "POST /judge HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            // Wrong arguments can give the right result.
            let known = right || kind != "input" || number % 4 == 3;
            (head.into_bytes(), known.then_some(right))
        })
        .collect()
}

#[derive(Default)]
struct Seen {
    verdicts: AtomicU64,
    refused: AtomicU64,
    wrong: AtomicU64,
    slowest_us: AtomicU64,
}

/// One request on a connection: the status and the reply.
fn ask(stream: &mut BufReader<TcpStream>, request: &[u8]) -> std::io::Result<(u16, Value)> {
    stream.get_mut().write_all(request)?;
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let mut length = 0;
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok((
        status.unwrap_or(0),
        serde_json::from_slice(&body).unwrap_or(Value::Null),
    ))
}

fn client(address: &str, requests: &[Request], next: &AtomicUsize, until: Instant, seen: &Seen) {
    let Ok(stream) = TcpStream::connect(address) else {
        seen.refused.fetch_add(1, Ordering::Relaxed);
        return;
    };
    stream.set_nodelay(true).unwrap();
    let mut stream = BufReader::new(stream);
    while Instant::now() < until {
        let (request, right) = &requests[next.fetch_add(1, Ordering::Relaxed) % requests.len()];
        let began = Instant::now();
        let Ok((status, reply)) = ask(&mut stream, request) else {
            seen.refused.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        seen.slowest_us.fetch_max(took, Ordering::Relaxed);
        if status != 200 {
            seen.refused.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        seen.verdicts.fetch_add(1, Ordering::Relaxed);
        let not_due = right.is_some_and(|right| (reply["reward"] == 1.0) != right);
        if not_due && seen.wrong.fetch_add(1, Ordering::Relaxed) == 0 {
            println!("not the reward that was due: {reply}");
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, file, kind, connections, seconds] = arguments.as_slice() else {
        println!("load ADDRESS FILE KIND CONNECTIONS SECONDS");
        return;
    };
    let requests = Arc::new(requests(file, kind));
    let (next, seen) = (Arc::new(AtomicUsize::new(0)), Arc::new(Seen::default()));
    let began = Instant::now();
    let until = began + Duration::from_secs(seconds.parse().unwrap());
    let clients = (0..connections.parse::<usize>().unwrap()).map(|_| {
        let (address, requests) = (address.clone(), Arc::clone(&requests));
        let (next, seen) = (Arc::clone(&next), Arc::clone(&seen));
        let thread = std::thread::Builder::new().stack_size(256 << 10);
        let work = move || client(&address, &requests, &next, until, &seen);
        thread.spawn(work).unwrap()
    });
    for thread in clients.collect::<Vec<_>>() {
        thread.join().unwrap();
    }
    let verdicts = seen.verdicts.load(Ordering::Relaxed);
    println!(
        "{} different requests, {verdicts} verdicts in {:.1} s ({:.0} a second), {} refused or broken, {} not as due, slowest {:.0} ms",
        requests.len(),
        began.elapsed().as_secs_f64(),
        verdicts as f64 / began.elapsed().as_secs_f64(),
        seen.refused.load(Ordering::Relaxed),
        seen.wrong.load(Ordering::Relaxed),
        seen.slowest_us.load(Ordering::Relaxed) as f64 / 1e3,
    );
}
