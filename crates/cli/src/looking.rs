//! Settings that `browse` and `stats` share.

use std::path::{Path, PathBuf};

use tracestone_browse::{Error, Reached, Settings};
use tracestone_pipeline::Coverage;
use tracestone_record::watch::{Event, Watch};
use tracestone_store::{Store, StoreError};

use crate::args::processors;
use crate::cache;
use crate::failure::Failure;
use crate::interrupt;

/// Programs whose runs are decoded to measure what they reach.
const PROGRAMS: usize = 1_000;

/// The settings for looking at a store.
pub(crate) fn settings(store: &Path) -> Settings<'_> {
    Settings {
        store,
        threads: processors(),
        measure: reached,
    }
}

/// The folder for numbers of stores, if there is a place for it.
pub(crate) fn memory() -> Option<PathBuf> {
    cache::folder().map(|folder| folder.join("browse"))
}

/// Counts what the first page of `browse` needs, of a store that this process has closed: the last connection to close
/// moves what was written into the file, which changes the description that the numbers are kept under.
pub(crate) fn prepare(store: &Path) {
    if let Some(memory) = memory() {
        tracestone_browse::prepare(&settings(store), &memory);
    }
}

/// The failure with its advice.
pub(crate) fn failure(error: Error) -> Failure {
    match error {
        Error::Store(error) => error.into(),
        Error::Port { .. } => Failure::from(error).hinted("--port 0 takes a free port"),
        Error::NotEmpty(_) => Failure::from(error).hinted("name a new or an empty folder"),
        other => other.into(),
    }
}

fn reached(store: &Store) -> Result<Reached, StoreError> {
    let coverage = Coverage::of_first(store, &Quiet, PROGRAMS)?;
    Ok(Reached {
        programs: coverage.programs,
        mean: coverage.mean,
        whole: coverage.whole,
        some: store.programs()?.len() > PROGRAMS,
    })
}

/// A watch that says nothing and stops at Ctrl-C.
struct Quiet;

impl Watch for Quiet {
    fn event(&self, _: Event<'_>) {}

    fn stop(&self) -> bool {
        interrupt::requested()
    }
}
