//! Sources of a corpus to files with licence and commit: the `crawl` stage.
//!
//! A corpus is a TOML file ([`Corpus`]) that names sources: git repositories, folders, source
//! distributions and the running interpreter's standard library. [`crawl`] resolves each to one
//! revision and reads its files.
//!
//! Repositories are *fetched* by the user's own `git`, because transports, `url.<base>.insteadOf`,
//! proxies and credential helpers must behave exactly as the user configured them; they are *read*
//! through libgit2 from a bare cache, behind a small trait, so that the reader can be swapped.
//!
//! Invariants: no code of a source is run; credentials in a URL are written nowhere; outcomes come in the
//! order of the corpus, and nothing in them depends on the number of threads.
//!
//! ```
//! let corpus = tracestone_crawl::starter()?;
//! assert_eq!(corpus.name, "starter");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod corpus;
mod dir;
mod embedded;
mod environment;
mod error;
mod fetch;
mod files;
mod flags;
mod git;
mod license;
mod process;
mod queue;
mod reader;
mod resolve;
mod sdist;
mod stdlib;
mod swhid;
mod template;
mod tree;
mod url;

pub use corpus::{Corpus, EnvironmentSpec, GroupBy, Limits, Place, SourceSpec, SplitSettings};
pub use embedded::{EmbeddedFile, starter};
pub use environment::{Environments, ReadFile, Requirement, RequiresPython, Site};
pub use error::{CorpusError, CrawlError};
pub use files::Reading;
pub use process::RunError;
pub use queue::crawl;
pub use reader::blob_id;
pub use swhid::content_swhid;
pub use template::{NewSource, TemplateError, template};
pub use tree::TreeFile;

use std::path::PathBuf;

use tracestone_record::{Dropped, File, Source, SourceId};

/// Goes up whenever the same revision could give other files than before.
pub const VERSION: u32 = 12;

/// Settings of a crawl.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder for fetched repositories and archives; without one only folders and the standard
    /// library can be read.
    pub cache: Option<PathBuf>,
    /// The interpreter whose standard library and `pip` are used.
    pub python: PathBuf,
    /// Further interpreters. The environment of a source is for the first of all whose version its metadata permit.
    pub more_pythons: Vec<PathBuf>,
    /// Sources fetched at the same time; at most one per host.
    pub jobs: usize,
    /// Fetch nothing and use what the cache holds.
    pub offline: bool,
    /// The folder for environments; without one it is in the cache.
    pub environments: Option<PathBuf>,
}

impl Settings {
    /// The means to make environments of a source that may state which versions of Python it runs on.
    ///
    /// # Errors
    /// There is no cache folder, or an interpreter does not tell its version.
    pub fn environments(
        &self,
        requires: Option<&RequiresPython>,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Environments, CrawlError> {
        let first = self.environments_with(&self.python)?;
        if let Some(requires) = requires.filter(|_| !self.more_pythons.is_empty()) {
            for python in std::iter::once(&self.python).chain(&self.more_pythons) {
                let environments = self.environments_with(python)?;
                if requires.permits(environments.version(stopped)?) {
                    return Ok(environments);
                }
            }
        }
        Ok(first)
    }

    fn environments_with(&self, python: &std::path::Path) -> Result<Environments, CrawlError> {
        let named = self.environments.clone();
        let cache = || self.cache.as_ref().map(|cache| cache.join("environments"));
        Ok(Environments {
            folder: named.or_else(cache).ok_or(CrawlError::NoCache)?,
            python: python.to_owned(),
            offline: self.offline,
        })
    }
}

/// Hears of the crawl's progress, from several threads.
pub trait Progress: Sync {
    /// A source is being resolved.
    fn source_started(&self, name: &str);
    /// `done` of `total` files of a source were read.
    fn source_progress(&self, name: &str, done: u64, total: u64);
    /// A source is finished.
    fn source_finished(&self, name: &str);
}

/// Callbacks from the crawl to its caller.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// Returns true if the files of a source need not be read again.
    pub known: &'a dyn Fn(&SourceId) -> bool,
    /// The version of a source, by name and origin, that stays in use when the source cannot be read.
    pub kept: &'a dyn Fn(&str, &str) -> Option<Kept>,
    /// Hears of the progress.
    pub progress: &'a dyn Progress,
    /// Returns true if the crawl is to stop.
    pub interrupted: &'a (dyn Fn() -> bool + Sync),
}

/// An earlier version of a source.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Id of the source at its revision.
    pub id: SourceId,
    /// Paths and blob ids of its files.
    pub files: Vec<(String, String)>,
}

/// A source and all its files, in memory.
#[derive(Debug)]
pub struct Crawled {
    /// The source, resolved.
    pub source: Source,
    /// The files that are used, by path.
    pub files: Vec<CrawledFile>,
    /// Files that the source's packages need at run time, by path.
    pub tree: Vec<TreeFile>,
    /// Files that were left out, with reasons.
    pub dropped: Vec<Dropped>,
}

/// A file and its bytes.
#[derive(Debug)]
pub struct CrawledFile {
    /// Properties of the file.
    pub file: File,
    /// Content of the file.
    pub content: Vec<u8>,
}

/// Result for a source.
#[derive(Debug)]
pub enum SourceOutcome<'a> {
    /// It can be read.
    Read(Box<Reading<'a>>),
    /// It resolved to a revision that is known already, so its files were not read.
    Unchanged(Source),
    /// It could not be read.
    Failed {
        /// The source's name in the corpus.
        name: String,
        /// Reason that it could not be read.
        error: CrawlError,
        /// The earlier version of it that stays in use.
        kept: Option<SourceId>,
    },
}
