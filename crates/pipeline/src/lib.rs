//! The stages over a store: `crawl`, `extract`, `trace`, `sample`, `curate`, and `verify`, coverage and the ledger over
//! their results.
//!
//! A stage reads its input from the store, works, and writes back in batches. It asks the store which inputs
//! are done already under the same key and does only the rest, so that a killed stage resumes from its last
//! batch. Nothing here prints: events go to a [`Watch`](tracestone_record::watch::Watch).
//!
//! A store, built as `tracestone build` does it, and its answers executed again:
//!
//! ```no_run
//! use tracestone_pipeline as pipeline;
//! use tracestone_pipeline::{BuildSettings, Engines, ExtractSettings, Samples};
//! use tracestone_pipeline::{CurateSettings, SampleSettings, TraceSettings};
//! use tracestone_record::watch::Nobody;
//! use tracestone_store::Store;
//!
//! let corpus = tracestone_crawl::starter()?;
//! let mut store = Store::create_or_open("tracestone.db".as_ref())?;
//! let sandbox = tracestone_trace::Settings::default();
//! let engines = Engines::new(sandbox.clone(), Vec::new(), &Nobody);
//! let settings = BuildSettings {
//!     crawl: tracestone_crawl::Settings {
//!         cache: None,
//!         python: "python3".into(),
//!         jobs: 4,
//!         offline: false,
//!         environments: None,
//!         more_pythons: Vec::new(),
//!     },
//!     extract: ExtractSettings {
//!         jobs: 4,
//!         ..ExtractSettings::default()
//!     },
//!     trace: TraceSettings::default(),
//!     sample: SampleSettings {
//!         jobs: 4,
//!         ..SampleSettings::default()
//!     },
//!     curate: CurateSettings {
//!         jobs: 4,
//!         ..CurateSettings::default()
//!     },
//! };
//! pipeline::build(&mut store, &corpus, &engines, &settings, &Nobody)?;
//! let verified = pipeline::verify(Samples::Store(store.path()), &[sandbox], None, &Nobody)?;
//! assert_eq!(verified.wrong, 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod adviser;
mod clusters;
mod corpus;
mod coverage;
mod crawl;
mod curate;
mod difficulty;
mod doctor;
mod engine;
mod engines;
mod error;
mod extract;
mod items;
mod ledger;
mod rehearsal;
pub mod report;
mod runner;
mod sample;
mod scripts;
mod split;
mod stage;
mod syntax;
mod trace;
mod trees;
mod verify;

pub use corpus::{open_store, open_store_for};
pub use coverage::Coverage;
pub use crawl::crawl;
pub use curate::{CurateSettings, Curated, PlacedHit, curate};
pub use difficulty::fit_difficulty;
pub use doctor::{Finding, Lack, State, examine_machine};
pub use engine::LazyEngine;
pub use engines::Engines;
pub use error::Error;
pub use extract::{ExtractSettings, extract};
pub use items::{Chosen, RowFiles, SampleSource};
pub use ledger::{LedgerReport, write_ledger};
pub use runner::SandboxRunner;
pub use sample::{SampleSettings, sample};
pub use split::{EmptyParts, empty_parts};
pub use stage::{BuildSettings, StageReport, build};
pub use trace::{TraceSettings, trace};
pub use verify::{Samples, Verified, WrongAnswer, verify};
