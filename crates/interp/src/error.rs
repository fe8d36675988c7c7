//! Errors: files that cannot be read or written, and settings that contradict each other.

use std::path::{Path, PathBuf};

use thiserror::Error;
use tracestone_files::FileError;

/// The result of everything here that can fail.
pub type Result<T> = std::result::Result<T, InterpError>;

/// An error of this crate.
#[derive(Debug, Error)]
pub enum InterpError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file does not hold what it should.
    #[error("{} is not usable: {why}", path.display())]
    Format {
        /// Path of the invalid file.
        path: PathBuf,
        /// Description of the defect.
        why: String,
    },
    /// A tensor could not be computed.
    #[error("a computation failed")]
    Tensor(#[from] candle_core::Error),
    /// Settings or inputs that do not go together.
    #[error("{0}")]
    Refused(String),
}

impl InterpError {
    pub(crate) fn format(path: &Path, why: impl ToString) -> Self {
        Self::Format {
            path: path.to_owned(),
            why: why.to_string(),
        }
    }
}
