//! Opening a store.

#![expect(
    clippy::disallowed_methods,
    reason = "the errors of this module name the path"
)]

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::lock::WriterLock;
use crate::migrate::{self, APPLICATION_ID, MIGRATIONS};
use crate::{Result, StoreError};

/// Time that a statement waits for another process's transaction.
const BUSY: Duration = Duration::from_secs(30);

/// Steps of SQLite's machine after which a query looks whether it should stop: some microseconds.
const STEPS: std::ffi::c_int = 10_000;

/// Pages larger than SQLite's default, since most rows are a few kilobytes and would else spill into
/// overflow pages.
const PAGE_BYTES: u32 = 16 * 1024;

/// The SQLite store of one corpus: sources, files, units, programs, calls, runs, samples, what was left
/// out, and which work is done.
///
/// A store can be sent to another thread but not shared between threads; open it for reading once
/// more instead.
#[derive(Debug)]
pub struct Store {
    pub(crate) connection: Connection,
    pub(crate) path: PathBuf,
    /// Failures of sources recorded since the current sources were last set; see
    /// [`Store::set_current_sources`].
    pub(crate) failures: Vec<[u8; 16]>,
    /// Dropped after the connection, so that the next writer meets a closed database.
    lock: Option<WriterLock>,
}

impl Store {
    /// Opens the store at `path` for writing and makes it, and its folder, where there is none.
    ///
    /// # Errors
    /// The path cannot be written, holds something else or a newer layout, or another process writes
    /// the store.
    pub fn create_or_open(path: &Path) -> Result<Self> {
        make_folder(path)?;
        let lock = WriterLock::take(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags).map_err(open_error(path))?;
        let found = check(&connection, path)?;
        if found == 0 {
            connection
                .pragma_update(None, "page_size", PAGE_BYTES)
                .map_err(open_error(path))?;
        }
        prepare_for_writing(&connection).map_err(open_error(path))?;
        migrate::migrate(&mut connection, MIGRATIONS).map_err(open_error(path))?;
        Ok(Self::new(connection, path, Some(lock)))
    }

    /// Opens the store at `path`, which must be there, for writing.
    ///
    /// # Errors
    /// There is no store, or what [`Self::create_or_open`] says.
    pub fn open(path: &Path) -> Result<Self> {
        if path.exists() {
            Self::create_or_open(path)
        } else {
            Err(StoreError::Missing {
                path: path.to_owned(),
            })
        }
    }

    /// Opens the store at `path` for reading, also while another process writes it.
    ///
    /// # Errors
    /// There is no store, or it has another layout than this version's.
    pub fn open_read_only(path: &Path) -> Result<Self> {
        if !path.exists() {
            return Err(StoreError::Missing {
                path: path.to_owned(),
            });
        }
        let (connection, found) = match open_for_reading(path, false) {
            // A store in a folder that cannot be written, such as a mounted image, has no place for
            // SQLite's shared memory. Without a log beside it nobody is writing it either.
            Err(StoreError::Open { .. }) if !has_log(path) => open_for_reading(path, true)?,
            other => other?,
        };
        let known = migrate::current_layout();
        if found == 0 {
            return Err(StoreError::NotAStore {
                path: path.to_owned(),
                why: "it is empty".to_owned(),
            });
        }
        if found < known {
            return Err(StoreError::Older {
                path: path.to_owned(),
                found,
                known,
            });
        }
        Ok(Self::new(connection, path, None))
    }

    fn new(connection: Connection, path: &Path, lock: Option<WriterLock>) -> Self {
        connection.set_prepared_statement_cache_capacity(64);
        Self {
            connection,
            path: path.to_owned(),
            failures: Vec::new(),
            lock,
        }
    }

    /// The path that the store was opened at.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Has every query of this handle end with [`StoreError::Stopped`] soon after `asked` says so.
    ///
    /// # Errors
    /// The database fails.
    pub fn stop_when(&mut self, asked: fn() -> bool) -> Result<()> {
        Ok(self.connection.progress_handler(STEPS, Some(asked))?)
    }

    /// True if this handle may write.
    #[must_use]
    pub(crate) fn is_writable(&self) -> bool {
        self.lock.is_some()
    }
}

fn make_folder(path: &Path) -> Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => {
            std::fs::create_dir_all(folder).map_err(|source| StoreError::Io {
                action: "create the store's folder",
                path: folder.to_owned(),
                source,
            })
        }
        _ => Ok(()),
    }
}

fn open_for_reading(path: &Path, immutable: bool) -> Result<(Connection, u32)> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let name = if immutable {
        flags |= OpenFlags::SQLITE_OPEN_URI;
        immutable_uri(path)
    } else {
        path.to_owned()
    };
    let connection = Connection::open_with_flags(name, flags).map_err(open_error(path))?;
    connection.busy_timeout(BUSY).map_err(open_error(path))?;
    let found = check(&connection, path)?;
    Ok((connection, found))
}

/// A `file:` URI of the path, with all reserved characters escaped.
fn immutable_uri(path: &Path) -> PathBuf {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(*byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    PathBuf::from(uri)
}

/// True if a write-ahead log with content exists for the store.
fn has_log(path: &Path) -> bool {
    let mut name = OsString::from(path);
    name.push("-wal");
    std::fs::metadata(name).is_ok_and(|log| log.len() > 0)
}

/// Checks that the database is a store, or empty, and gives its layout.
fn check(connection: &Connection, path: &Path) -> Result<u32> {
    let number = |pragma| {
        connection
            .pragma_query_value(None, pragma, |row| row.get::<_, i64>(0))
            .map_err(open_error(path))
    };
    let application = number("application_id")?;
    let found = u32::try_from(number("user_version")?).unwrap_or(u32::MAX);
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(open_error(path))?;
    let empty = application == 0 && found == 0 && tables == 0;
    if application != i64::from(APPLICATION_ID) && !empty {
        return Err(StoreError::NotAStore {
            path: path.to_owned(),
            why: "it is another program's SQLite database".to_owned(),
        });
    }
    let known = migrate::current_layout();
    if found > known {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found,
            known,
        });
    }
    Ok(found)
}

fn prepare_for_writing(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    // A killed process loses nothing that was committed; a power failure may lose the last
    // transactions but never damages the store.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -16 * 1024)
}

fn open_error(path: &Path) -> impl Fn(rusqlite::Error) -> StoreError {
    move |source| match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::NotAStore {
            path: path.to_owned(),
            why: "it is not an SQLite database".to_owned(),
        },
        _ => StoreError::Open {
            path: path.to_owned(),
            source,
        },
    }
}
