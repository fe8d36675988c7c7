//! The errors of an export.

use std::path::PathBuf;

use super::Format;
use crate::StoreError;

/// Error of an export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// The failed action, as a verb phrase.
        action: &'static str,
        /// Path of the file or folder.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The folder holds something else.
    #[error(
        "{} is not empty and holds no earlier export",
        path.display()
    )]
    Occupied {
        /// Path of the folder.
        path: PathBuf,
    },
    /// The folder holds an earlier export.
    #[error(
        "{} holds an earlier export ({rows} rows as {})",
        path.display(),
        format.name()
    )]
    Earlier {
        /// Path of the folder.
        path: PathBuf,
        /// The earlier export's format.
        format: Format,
        /// Number of samples in it.
        rows: u64,
    },
    /// Nothing would take the place of an earlier export.
    #[error(
        "no sample passed the filter, so the earlier export in {} ({rows} rows) was kept",
        path.display()
    )]
    NothingInstead {
        /// Path of the folder.
        path: PathBuf,
        /// The rows of the earlier export.
        rows: u64,
    },
    /// Another process exports into the folder.
    #[error("another tracestone is exporting into {}", path.display())]
    Busy {
        /// Path of the folder.
        path: PathBuf,
    },
    /// Something took the export's place while it was made.
    #[error("{} was created during the export and was left unchanged", path.display())]
    Appeared {
        /// Path of the folder.
        path: PathBuf,
    },
    /// The staging folder belongs to somebody else.
    #[error("{name}, where an export into {} would grow, belongs to another user", path.display())]
    Foreign {
        /// Path of the folder.
        path: PathBuf,
        /// The staging folder's name.
        name: String,
    },
    /// Something is in the way of a file.
    #[error("{} is {what}, which an export does not write through or replace", path.display())]
    Obstacle {
        /// Path of the obstacle.
        path: PathBuf,
        /// Type of the obstacle, such as a link.
        what: &'static str,
    },
    /// The format knows one order only.
    #[error("the rows of {} come in the order of their identifiers", format.name())]
    Order {
        /// Format of the export.
        format: Format,
    },
    /// The caller asked to stop.
    #[error("stopped")]
    Stopped,
    /// The path is a file.
    #[error("{} is not a folder, and an export goes into one", path.display())]
    NotAFolder {
        /// Path of the file.
        path: PathBuf,
    },
    /// A row does not fit its format.
    #[error("cannot write {what}: {why}")]
    Encoding {
        /// Description of the row.
        what: String,
        /// Description of the defect.
        why: String,
    },
}
