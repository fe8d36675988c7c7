//! Judges responses over HTTP, as trainers ask for rewards.
//!
//! One thread reads requests and writes replies; others judge what text decides, and some have a sandbox each for
//! answers that have to be executed. Queues between them are bounded: a full one is told to the asker, and the time
//! in a queue is no part of any time limit.
//!
//! | request | reply |
//! |---|---|
//! | `POST /judge` with `id` or `sample`, and `response` | the verdict |
//! | `POST /verify` with a row and its `response`, as NeMo Gym's resource servers take them | the same body with `reward` and the verdict in `tracestone` |
//! | `POST /seed_session`, `/aggregate_metrics` | `{}` |
//! | `GET /health` | counts, waiting responses, the slowest verdicts |
//!
//! ```
//! use tracestone_judge::judge::{Job, Outcome, Runner};
//! use tracestone_serve::{Library, Server, Settings};
//!
//! // Answers that have to be executed need a sandbox, which `tracestone_pipeline::SandboxRunner` is.
//! struct NoSandbox;
//!
//! impl Runner for NoSandbox {
//!     fn run(&mut self, _: Vec<Job>) -> Result<Vec<Vec<Outcome>>, String> {
//!         Err("there is no sandbox".to_owned())
//!     }
//! }
//!
//! let server = Server::bind(([127, 0, 0, 1], 0).into())?;
//! println!("http://{}", server.address());
//! let runner = || Box::new(NoSandbox) as Box<dyn Runner>;
//! let summary = server.run(Library::default(), &Settings::default(), &runner, &|| true)?;
//! # let _ = summary;
//! # Ok::<(), tracestone_serve::ServeError>(())
//! ```

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod body;
mod counts;
mod lanes;
mod library;
mod queue;
mod request;
mod routes;
mod server;
mod stream;

use std::net::SocketAddr;
use std::time::Duration;

pub use counts::Summary;
pub use library::Library;
pub use server::Server;

/// Bounds and sizes of a server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Threads that judge what text decides.
    pub judges: usize,
    /// Sandboxes, each with an interpreter and a thread of its own.
    pub sandboxes: usize,
    /// Responses that wait in each of the two queues, at most.
    pub queue: usize,
    /// Connections at once, at most; further ones wait to be accepted.
    pub connections: usize,
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Bytes of the bodies of all requests in flight.
    pub all_bodies_bytes: usize,
    /// Time for the head of a request, and for a connection between two requests.
    pub head_time: Duration,
    /// Time for the body of a request, and for a client to take what it is sent.
    pub body_time: Duration,
    /// Time for the requests in flight when the server is asked to stop.
    pub grace: Duration,
    /// Number that the reward is.
    pub reward: Reward,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            judges: 1,
            sandboxes: 1,
            queue: 8192,
            connections: 4096,
            body_bytes: 8 << 20,
            all_bodies_bytes: 256 << 20,
            head_time: Duration::from_secs(30),
            body_time: Duration::from_secs(30),
            grace: Duration::from_secs(60),
            reward: Reward::Exact,
        }
    }
}

/// Number that a reward is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reward {
    /// 1 for a correct response, 0 for any other.
    #[default]
    Exact,
    /// The fraction of the answer that is right.
    Credit,
}

/// Error of a server.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened at.
    #[error("cannot listen at {address}: {source}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// The event loop or a thread cannot be started.
    #[error("cannot start to serve: {0}")]
    Start(std::io::Error),
}
