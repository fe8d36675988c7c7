//! Scores language models on questions whose answers were executed.
//!
//! A [`task::Task`] says which [`item::Item`]s are asked with which prompt, and which
//! [`judge::Judge`] decides. [`schedule`] asks a [`model::Model`] and appends every answer to the
//! run's log before it counts. [`evaluating`] asks and judges, [`stats`] turns verdicts into
//! numbers with intervals, and [`report`] numbers into files and pages. Asking and judging are apart:
//! a run is judged again without asking again.
//!
//! ```
//! use tracestone_eval::item::{Side, from_cruxeval};
//! use tracestone_eval::judge::{Judgement, by_name};
//!
//! let row = r#"{"id": "sample_0", "code": "def f(x):\n    return [x]", "input": "1", "output": "[1]"}"#;
//! let item = &from_cruxeval(row, Side::Output)?[0];
//! let judge = by_name("literal").expect("a judge of literals");
//! let Judgement::Decided(verdict) = judge.judge(item, "[ 1 ]") else {
//!     unreachable!("a literal is decided without execution");
//! };
//! assert_eq!(verdict.credit, 1.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A model, asked the items of a task; [`comparing`] sets several such runs side by side, and [`scoring`] judges
//! answers that are there already:
//!
//! ```no_run
//! use std::path::Path;
//! use std::time::Duration;
//!
//! use tracestone_eval::evaluating::{Evaluation, Requests};
//! use tracestone_eval::item::{Side, from_cruxeval};
//! use tracestone_eval::judge::Runner;
//! use tracestone_eval::live::Events;
//! use tracestone_eval::model::{Connection, Generation, Protocol};
//! use tracestone_eval::schedule::{Connections, Rules};
//! use tracestone_eval::task::Task;
//! use tracestone_eval::track::Tracks;
//! use tracestone_record::watch::Nobody;
//!
//! # fn sandbox() -> impl Runner { struct None; impl Runner for None { fn run(&mut self, _: Vec<tracestone_eval::judge::Job>) -> Result<Vec<Vec<tracestone_eval::judge::Outcome>>, String> { Ok(Vec::new()) } } None }
//! let task = Task::embedded("cruxeval-output", Tracks::NONE).expect("a task of this crate")?;
//! let items = from_cruxeval(&std::fs::read_to_string("cruxeval.jsonl")?, Side::Output)?;
//! let generation = Generation::default();
//! let connection = Connection {
//!     model: "openai/NAME".to_owned(),
//!     base_url: Some("http://127.0.0.1:8000".to_owned()),
//!     protocol: Protocol::Chat,
//!     headers: Vec::new(),
//!     attempt: Duration::from_secs(600),
//!     stream: false,
//!     stall: None,
//!     connections: 8,
//!     generation: generation.clone(),
//! };
//! let answerer = connection.open(&items, |name| std::env::var(name).ok())?;
//! let evaluation = Evaluation {
//!     task: &task,
//!     items: &items,
//!     labelled: &[],
//!     slices: task.slices().to_vec(),
//!     data: "cruxeval.jsonl".to_owned(),
//!     model: "openai/NAME",
//!     model_id: None,
//!     generation,
//!     epochs: None,
//!     prices: None,
//!     log_dir: Path::new("logs"),
//!     requests: Requests::Single(Rules {
//!         connections: Connections::Adaptive { max: 100 },
//!         max_retries: 6,
//!         timeout: Duration::from_secs(1_800),
//!     }),
//!     tool: "mine 1.0",
//!     events: Events::new(None),
//! };
//! // Judges that execute programs need a sandbox, which `tracestone_pipeline::SandboxRunner` is.
//! let evaluated = evaluation.make(answerer, |_opinions| sandbox(), &Nobody)?;
//! println!("{:.3}", evaluated.scored.score.accuracy);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod batching;
mod claims;
pub mod comparing;
mod compat;
pub mod episode;
pub mod evaluating;
pub mod gather;
pub mod judge;
mod judging;
pub mod live;
mod log;
pub mod model;
pub mod own;
mod prices;
mod probe;
mod references;
pub mod report;
mod responses;
pub mod run;
pub mod schedule;
mod score;
pub mod scoring;
mod stops;
pub mod task;
mod texts;
pub mod track;

/// Number of steps of a template, which comes with a task file of somebody else: some seconds of work.
pub(crate) const TEMPLATE_STEPS: u64 = 10_000_000;

use tracestone_judge::text;
pub use tracestone_judge::{answer, call, figure, item, seen};
pub use tracestone_stats as stats;
