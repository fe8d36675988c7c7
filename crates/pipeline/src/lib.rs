//! The stages over a store: `crawl`, `extract`, `trace`, `sample`, and `verify`, coverage and the ledger over
//! their results.
//!
//! A stage reads its input from the store, works, and writes back in batches. It asks the store which inputs
//! are done already under the same key and does only the rest, so that a killed stage resumes from its last
//! batch. Nothing here prints: events go to a [`Watch`](tracestone_record::watch::Watch).

mod corpus;
mod coverage;
mod crawl;
mod engine;
mod error;
mod extract;
mod ledger;
mod sample;
mod split;
mod stage;
mod syntax;
mod trace;
mod trees;
mod verify;

pub use corpus::{refuse_other_corpus, refuse_other_language};
pub use coverage::Coverage;
pub use crawl::crawl;
pub use engine::{LazyEngine, start_engine};
pub use error::Error;
pub use extract::extract;
pub use ledger::{LedgerReport, write_ledger};
pub use sample::{SampleSettings, sample};
pub use split::{EmptyParts, empty_parts, samples_by_part};
pub use stage::{BuildSettings, StageReport, build};
pub use trace::{TraceSettings, trace};
pub use verify::{Samples, Verified, WrongAnswer, verify};
