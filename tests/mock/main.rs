//! The tests' model server as a program, to measure against and to try things on by hand:
//! `cargo run --release -p tracestone-eval --example mock-server -- --port 8000 --latency 50`.
//! `GET /stats` says what it was asked.

#![expect(
    clippy::print_stdout,
    reason = "the address is what whoever starts it waits for"
)]
#![expect(dead_code, reason = "the tests' scripts use what this one does not")]

mod server;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use server::{Reply, Request, Server};

const USAGE: &str =
    "mock-server [--port N] [--latency MILLISECONDS] [--answer TEXT] [--faults SHARE]
Of --faults, that share of the prompts is first told 429 with Retry-After, and as many 500.";

/// Command line of the mock server.
struct Args {
    port: u16,
    latency: u64,
    answer: String,
    faults: f64,
}

impl Args {
    fn parse(mut words: impl Iterator<Item = String>) -> Option<Self> {
        let mut args = Self {
            port: 0,
            latency: 0,
            answer: "[ANSWER]0[/ANSWER]".to_owned(),
            faults: 0.0,
        };
        while let Some(flag) = words.next() {
            let value = words.next()?;
            match flag.as_str() {
                "--port" => args.port = value.parse().ok()?,
                "--latency" => args.latency = value.parse().ok()?,
                "--answer" => args.answer = value,
                "--faults" => args.faults = value.parse().ok()?,
                _ => return None,
            }
        }
        Some(args)
    }
}

fn main() -> std::io::Result<()> {
    let Some(args) = Args::parse(std::env::args().skip(1)) else {
        return Err(std::io::Error::other(USAGE));
    };
    let latency = Duration::from_millis(args.latency);
    let server = Server::start(args.port, latency, move |request: &Request| {
        let mut hasher = DefaultHasher::new();
        request.prompt.hash(&mut hasher);
        let chance = (hasher.finish() % 1_000_000) as f64 / 1e6;
        if request.earlier == 0 && chance < args.faults {
            let wait = vec![("retry-after", "1".to_owned())];
            return Reply::Status(429, wait, r#"{"error":{"message":"slow down"}}"#.to_owned());
        }
        if request.earlier == 0 && chance < 2.0 * args.faults {
            return Reply::Status(500, Vec::new(), r#"{"error":{"message":"oh"}}"#.to_owned());
        }
        Reply::Text(args.answer.clone())
    })?;
    println!("{}", server.url());
    loop {
        std::thread::park();
    }
}
