//! Errors of a store.

use std::path::PathBuf;

/// An error of the store, with what to do next where that is known.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no file at the path.
    #[error("there is no store at {}", path.display())]
    Missing {
        /// The path asked for.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{} is not a Tracestone store: {why}", path.display())]
    NotAStore {
        /// Path of the file.
        path: PathBuf,
        /// Description of what the file is instead.
        why: String,
    },
    /// A later version of this tool wrote the store.
    #[error(
        "the store {} has layout {found}, and this version of tracestone knows layouts up to {known}",
        path.display()
    )]
    Newer {
        /// Path of the store.
        path: PathBuf,
        /// The layout version found in it.
        found: u32,
        /// The newest layout known here.
        known: u32,
    },
    /// The store has an old layout and was opened for reading alone.
    #[error(
        "the store {} has the older layout {found} (now {known})",
        path.display()
    )]
    Older {
        /// Path of the store.
        path: PathBuf,
        /// The layout version found in it.
        found: u32,
        /// The newest layout known here.
        known: u32,
    },
    /// Another process writes the store.
    #[error(
        "the store {} is in use by another tracestone (process {holder})",
        path.display()
    )]
    Locked {
        /// Path of the store.
        path: PathBuf,
        /// The process that holds the lock, as far as it is known.
        holder: String,
    },
    /// The file or its folder cannot be written or read.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// The failed action, as a verb phrase.
        action: &'static str,
        /// Path of the file or folder.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// SQLite cannot open the file.
    #[error("cannot open the store {}: {source}", path.display())]
    Open {
        /// Path of the store.
        path: PathBuf,
        /// Error reported by SQLite.
        source: rusqlite::Error,
    },
    /// SQLite refused something.
    #[error("the store's database failed: {0}; nothing of the unfinished step was kept")]
    Database(#[source] rusqlite::Error),
    /// Reading was stopped; see [`crate::Store::stop_when`].
    #[error("stopped")]
    Stopped,
    /// A row's payload cannot be decoded.
    #[error("the store is damaged: {table} {id} cannot be decoded ({why})")]
    Damaged {
        /// The row's table.
        table: &'static str,
        /// The row's identifier.
        id: String,
        /// Description of the defect.
        why: String,
    },
    /// A row cannot be encoded.
    #[error("a row of {table} cannot be stored: {why}")]
    Encoding {
        /// Table of the row.
        table: &'static str,
        /// Description of the defect.
        why: String,
    },
    /// There is no such row.
    #[error("there is no {what} {id} in the store")]
    NotFound {
        /// The kind of row.
        what: &'static str,
        /// The identifier, or the start of one.
        id: String,
    },
    /// Text that does not start an identifier.
    #[error("`{0}` does not start an identifier: 1 to 32 hexadecimal digits are expected")]
    BadPrefix(String),
    /// The start of an identifier fits several samples.
    #[error("`{prefix}` fits several samples, such as {}", candidates.join(", "))]
    Ambiguous {
        /// The text given.
        prefix: String,
        /// Some identifiers that start with it.
        candidates: Vec<String>,
    },
    /// The store was opened for reading alone.
    #[error("the store {} was opened for reading only", path.display())]
    ReadOnly {
        /// Path of the store.
        path: PathBuf,
    },
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::OperationInterrupted) => Self::Stopped,
            _ => Self::Database(error),
        }
    }
}

impl StoreError {
    /// True if the disk is full, or a limit on the size of files is reached.
    #[must_use]
    pub fn is_out_of_room(&self) -> bool {
        let (Self::Database(error) | Self::Open { source: error, .. }) = self else {
            return false;
        };
        match error {
            rusqlite::Error::SqliteFailure(failure, _) => {
                failure.code == rusqlite::ErrorCode::DiskFull
                    || OUT_OF_ROOM.contains(&failure.extended_code)
            }
            _ => false,
        }
    }
}

/// SQLite's codes when the system refuses to write more for another reason than a full disk.
const OUT_OF_ROOM: &[i32] = &[
    rusqlite::ffi::SQLITE_IOERR_WRITE,
    rusqlite::ffi::SQLITE_IOERR_TRUNCATE,
    rusqlite::ffi::SQLITE_IOERR_SHMSIZE,
];
