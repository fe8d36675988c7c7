//! The tests' model server as a program, to measure against and to try things on by hand:
//! `cargo run --release -p tracestone --example mock-server -- --port 8000 --latency 50`.
//! `GET /stats` says what it was asked.

#![expect(
    clippy::print_stdout,
    reason = "the address is what whoever starts it waits for"
)]

mod server;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use clap::Parser;
use server::{Reply, Request, Server};

/// A model server on this machine that answers every prompt with the same text.
#[derive(Parser)]
struct Args {
    /// The port; 0 for a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Milliseconds before every response.
    #[arg(long, default_value_t = 0)]
    latency: u64,
    /// What it answers.
    #[arg(long, default_value = "[ANSWER]0[/ANSWER]")]
    answer: String,
    /// The share of prompts whose first request gets 429 with Retry-After, and of those that get 500.
    #[arg(long, default_value_t = 0.0)]
    faults: f64,
}

fn main() -> std::io::Result<()> {
    let args = Args::parse();
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
