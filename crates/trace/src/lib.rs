//! Runs programs in sandboxed CPython and records what happens: the `trace` stage.
//!
//! Structure: the supervisor (this process) starts *zygotes*, Python interpreters that are inside the sandbox
//! from before their first instruction (module `sandbox`). A zygote forks one child per program, which runs
//! all its calls. Calls that returned or raised run again in a second zygote with another hash seed, and
//! count as verified only if all results are equal.
//!
//! Invariants:
//! - Nothing runs outside the sandbox. If no level is available, or a self-test fails,
//!   [`Engine::start`] refuses, unless [`SandboxChoice::Unsafe`] was asked for; then every run says so.
//! - What a child reports is data to be checked (`report`), never trusted.
//! - No answer depends on the number of workers or on the clock; steps are the first budget.
//!
//! ```no_run
//! use std::ops::ControlFlow;
//!
//! use tracestone_trace::{Engine, ReplayJob, Settings};
//!
//! let engine = Engine::start(&Settings::default())?;
//! let job = ReplayJob {
//!     key: 0,
//!     program: "def double(x):\n    return x * 2\n".to_owned(),
//!     setup: String::new(),
//!     expressions: vec!["double(21)".to_owned()],
//!     order: None,
//!     package: None,
//!     asked: None,
//! };
//! engine.replay([job].into_iter(), &mut |result| {
//!     println!("{:?}", result.replays);
//!     ControlFlow::Continue(())
//! })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod alike;
mod children;
mod choosing;
mod engine;
mod error;
mod frame;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod incoming;
mod interpreter;
mod job;
mod native;
mod pipes;
mod possible;
mod process;
mod rehearsal;
mod replay;
mod report;
mod sandbox;
mod script;
mod select;
mod settings;
mod shared;
mod stop;
#[doc(hidden)]
pub mod texts;
mod tree;
mod watch;
mod zygote;

pub use engine::{Engine, Examination, Job, JobResult, LevelReport, examine};
pub use error::{StartError, TraceError};
pub use rehearsal::{RehearsalJob, RehearsalResult};
pub use replay::{
    Asked, Replay, ReplayChange, ReplayEvent, ReplayJob, ReplayOutcome, ReplayResult, Testimony,
};
pub use sandbox::Level;
pub use script::{ScriptJob, ScriptOutcome, ScriptResult};
pub use settings::{Limits, SandboxChoice, Settings};
pub use tree::{InTree, Site, Tree};

/// Goes up whenever the same program and call could give another run than before.
pub const VERSION: u32 = 22;
