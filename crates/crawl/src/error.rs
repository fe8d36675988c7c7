//! Errors of corpus files and sources.

use std::io;

use crate::process::RunError;

/// A corpus that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}{}: {message}", line.map_or(String::new(), |line| format!(":{line}")))]
pub struct CorpusError {
    /// The corpus' file.
    pub path: String,
    /// The line of the mistake, counted from 1.
    pub line: Option<usize>,
    /// Description of the error and of what is expected.
    pub message: String,
}

/// A source that could not be read. No text of it holds a credential.
#[derive(Debug, thiserror::Error)]
pub enum CrawlError {
    /// `git` could not be started.
    #[error("cannot run git: {0}")]
    NoGit(io::Error),
    /// A program of the user's could not be run.
    #[error("{0}")]
    Run(RunError),
    /// The crawl was stopped while this source was fetched or read.
    #[error("the crawl was stopped; run it again to continue")]
    Stopped,
    /// No cache folder is known for fetched sources.
    #[error(
        "there is no cache folder for fetched sources: HOME is not set, and no folder was named"
    )]
    NoCache,
    /// The repository is of a kind that libgit2 cannot read.
    #[error(
        "{url} is a SHA-256 repository (its objects are named by SHA-256), which is not supported; name a SHA-1 clone of it"
    )]
    Sha256 {
        /// The URL without credentials.
        url: String,
    },
    /// Listing the source would take too much memory.
    #[error(
        "the source is not read: its paths are more than {limit}, as in a repository made to exhaust its reader; name a part of it as a source of its own"
    )]
    TooManyPaths {
        /// The exceeded limit, with its unit.
        limit: String,
    },
    /// An earlier source of the same host was refused for asking too often.
    #[error("not asked, since {host} wants fewer requests; run the crawl again in half an hour")]
    HostIsBusy {
        /// Host name without port.
        host: String,
    },
    /// A `git` command failed.
    #[error("git could not fetch {revision} of {url}: {message}")]
    Fetch {
        /// The URL without credentials.
        url: String,
        /// The requested revision.
        revision: String,
        /// Error output of git.
        message: String,
    },
    /// The URL is of a kind that runs programs.
    #[error("the URL {0} is refused: it could run a program; use https, ssh, git, file or a path")]
    DangerousUrl(String),
    /// Nothing may be fetched and the cache does not have it.
    #[error("{0} is not in the cache, and nothing may be fetched")]
    NotCached(String),
    /// The object database could not be read.
    #[error("cannot read the fetched repository: {0}")]
    Objects(#[from] git2::Error),
    /// A folder or file could not be read.
    #[error("cannot read {path}: {error}")]
    Read {
        /// Path of the file or folder.
        path: String,
        /// The operating system's error.
        error: io::Error,
    },
    /// The interpreter could not be asked.
    #[error("cannot ask {python} for {what}: {message}")]
    Python {
        /// Path of the interpreter.
        python: String,
        /// The requested information.
        what: &'static str,
        /// Error output or exit status.
        message: String,
    },
    /// A source distribution could not be used.
    #[error("the source distribution {package} cannot be used: {message}")]
    Sdist {
        /// The package as `name==version`.
        package: String,
        /// Description of the defect.
        message: String,
    },
    /// The distributions that the programs of a source need are not to be had.
    #[error("no environment with {what}: {message}")]
    Environment {
        /// The requirements, as they were resolved.
        what: String,
        /// Description of the defect.
        message: String,
    },
    /// No file of the source is selected.
    #[error("no file matches {include}; widen `include` or correct the path")]
    Empty {
        /// Globs of the source.
        include: String,
    },
}

impl CrawlError {
    /// Error of running git.
    pub(crate) fn git(error: RunError) -> Self {
        match error {
            RunError::Stopped => Self::Stopped,
            RunError::NotStarted(error) => Self::NoGit(error),
            error @ RunError::NoTemporary(_) => Self::Run(error),
        }
    }

    /// Error of asking the interpreter for `what`.
    pub(crate) fn python(python: &std::path::Path, what: &'static str, error: RunError) -> Self {
        match error {
            RunError::Stopped => Self::Stopped,
            RunError::NotStarted(error) => Self::Python {
                python: python.display().to_string(),
                what,
                message: error.to_string(),
            },
            error @ RunError::NoTemporary(_) => Self::Run(error),
        }
    }

    /// True if the message of a failed request contains the text.
    pub(crate) fn mentions(&self, text: &str) -> bool {
        matches!(self, Self::Fetch { message, .. } if message.contains(text))
    }

    /// True if the host refused because of too many requests.
    pub(crate) fn is_rate_limit(&self) -> bool {
        self.mentions("error: 429") || self.mentions("rate limit")
    }

    pub(crate) fn read(path: impl ToString, error: io::Error) -> Self {
        Self::Read {
            path: path.to_string(),
            error,
        }
    }
}
