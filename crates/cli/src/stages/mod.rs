//! One file per stage: reads its input from the store, works, and writes back in batches.
//!
//! Every stage asks the store which inputs are already done under the same key and does only the
//! rest, so a stage that was killed goes on from its last batch.

pub(crate) mod corpus;
pub(crate) mod crawl;
pub(crate) mod extract;
pub(crate) mod sample;
pub(crate) mod split;
pub(crate) mod syntax;
pub(crate) mod trace;

use tracestone_record::Stage;
use tracestone_store::Store;

use crate::failure::{Exit, Failure};

/// The store, if the stages work on it: those of Karel come whole from `karel generate`.
pub(crate) fn python_only(store: Store) -> Result<Store, Failure> {
    if store
        .meta("language")?
        .as_deref()
        .is_none_or(|language| language == "python")
    {
        return Ok(store);
    }
    let shown = store.path().display();
    Err(
        Failure::new(format!("{shown} holds Karel, which no stage works on")).hinted(
            "`tracestone karel generate` makes such a store whole; name another one with --store",
        ),
    )
}

/// What a stage did.
#[derive(Debug, Clone)]
pub(crate) struct StageReport {
    pub(crate) stage: Stage,
    /// Inputs worked on now.
    pub(crate) done: u64,
    /// Inputs that an earlier run had finished.
    pub(crate) reused: u64,
    /// Inputs that could not be worked on at all, such as sources that could not be read.
    pub(crate) failed: u64,
    /// Wall-clock time.
    pub(crate) seconds: f64,
    /// Whether Ctrl-C ended the stage early.
    pub(crate) interrupted: bool,
}

impl StageReport {
    /// The exit code this report asks for.
    pub(crate) fn exit(&self) -> Exit {
        if self.interrupted {
            Exit::Interrupted
        } else if self.failed > 0 {
            Exit::Partial
        } else {
            Exit::Success
        }
    }

    /// The report for `--json`.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "stage": self.stage.name(),
            "done": self.done,
            "reused": self.reused,
            "failed": self.failed,
            "seconds": (self.seconds * 1000.0).round() / 1000.0,
            "interrupted": self.interrupted,
        })
    }
}
