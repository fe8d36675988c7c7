//! Errors of the pipeline.

use std::path::PathBuf;

use tracestone_curate::BenchmarkError;
use tracestone_eval::run::JudgedError;
use tracestone_files::FileError;
use tracestone_record::SampleId;
use tracestone_record::words::counted;
use tracestone_store::{ImportError, LedgerError, StoreError};
use tracestone_trace::{StartError, TraceError};

/// Error of a stage, `verify` or the ledger.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Exported samples cannot be read.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The ledger cannot be written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The interpreter or its sandbox did not start.
    #[error(transparent)]
    Start(StartError),
    /// The interpreter was needed again after it had not started.
    #[error("the sandbox did not start")]
    NotStarted,
    /// The watch asked to stop while the interpreter started.
    #[error("stopped before anything ran")]
    Stopped,
    /// The engine broke down.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// The files of a source cannot be written to the cache, or not be read from it.
    #[error("the files of a source in {}: {source}", folder.display())]
    Tree {
        /// The folder of all sources' files.
        folder: PathBuf,
        /// Failure of the file system.
        source: std::io::Error,
    },
    /// The distributions that programs import cannot be made.
    #[error(transparent)]
    Environment(tracestone_crawl::CrawlError),
    /// The threads of a stage cannot be started.
    #[error(transparent)]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The store's samples are in another language than the stages'.
    #[error("{} holds Karel, which no stage works on", store.display())]
    NotPython {
        /// Path of the store.
        store: PathBuf,
    },
    /// The store holds another corpus.
    #[error(
        "{} holds the corpus `{held}` ({}); `{name}` in it would hide that one's samples",
        store.display(),
        counted(*sources, "source")
    )]
    OtherCorpus {
        /// Path of the store.
        store: PathBuf,
        /// The corpus it holds.
        held: String,
        /// The number of that corpus' sources.
        sources: u64,
        /// The corpus that was to be built.
        name: String,
    },
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A benchmark cannot be used.
    #[error("{}: {error}", path.display())]
    Benchmark {
        /// Path of its file.
        path: PathBuf,
        /// Description of the fault.
        error: BenchmarkError,
    },
    /// A folder holds no run with verdicts.
    #[error(transparent)]
    Judged(#[from] JudgedError),
    /// Difficulty was to be fitted on runs of other samples.
    #[error("none of the runs has an answer to a sample of this store")]
    NoAnswers,
    /// The split's settings in the store cannot be read.
    #[error(transparent)]
    SplitSettings(serde_json::Error),
    /// Settings cannot be written.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The seed in the store is no number.
    #[error(transparent)]
    Seed(#[from] std::num::ParseIntError),
    /// A sample was made with a minor version of Python whose lines are others.
    #[error("sample {sample} was made with {made_with}, this is {python}")]
    OtherPython {
        /// Identifier of the sample.
        sample: SampleId,
        /// The interpreter that it was made with.
        made_with: String,
        /// The interpreter at hand.
        python: String,
    },
    /// A sample's answer is no trace.
    #[error("sample {sample}: {why}")]
    NoTrace {
        /// Identifier of the sample.
        sample: SampleId,
        /// Description of the defect.
        why: String,
    },
    /// A Karel sample's set-up says nothing about actions.
    #[error(transparent)]
    Semantics(#[from] tracestone_karel::SemanticsError),
}

impl From<StartError> for Error {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Interrupted => Self::Stopped,
            error => Self::Start(error),
        }
    }
}
