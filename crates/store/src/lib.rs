//! The SQLite store and the exporters.
//!
//! Invariant: nothing else writes the database. One process writes a store at a time; any number of
//! processes read it meanwhile. Every `put_*` is one transaction that writes rows, drops and the mark
//! that the work is done, so a store is consistent whenever its writer is killed.
//!
//! Nothing that is stored or exported depends on the clock, on the order in which rows were put, or on
//! the number of workers: readers give rows in order of their identifiers.
//!
//! ```
//! use tracestone_store::Store;
//!
//! # let folder = tempfile::tempdir()?;
//! let path = folder.path().join("tracestone.db");
//! let store = Store::create_or_open(&path)?;
//! assert_eq!(store.summary()?.samples_total(), 0);
//! drop(store);
//! // Any number of readers may look at a store.
//! let store = Store::open_read_only(&path)?;
//! assert!(store.programs()?.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod access;
mod drawing;
mod error;
pub mod export;
mod filter;
mod forget;
mod funnel;
mod glance;
mod hidden;
mod import;
mod key;
mod ledger;
mod lock;
mod marks;
mod migrate;
mod narrow;
mod open;
mod payload;
mod put;
mod record;
mod rows;
mod samples;
mod selection;
mod stale;
mod summary;
mod table;

pub use access::FileContent;
pub use drawing::{BYTE_GROUPS, Groups, STEP_GROUPS, bars, tens};
pub use error::StoreError;
pub use filter::{Filter, LicensePolicy, MarkPolicy};
pub use forget::Tombstone;
pub use funnel::{Funnel, Lost, LostUnit, SourceFunnel, Steps, is_test};
pub use glance::{Glance, ProgramHead, Rating, SIGNS, SampleLine};
pub use hidden::{HiddenSource, Pruned};
pub use import::{ImportError, read_samples};
pub use key::Key;
pub use ledger::{LedgerError, LedgerWriter, read_ledger};
pub use marks::{MarkCount, SampledCall, SampledProgram};
pub use open::Store;
pub use put::{Insert, Put, Traced};
pub use rows::{RowsError, read_rows};
pub use stale::StaleSource;
pub use summary::{DropCount, Summary};

/// The result of a store's operation.
pub type Result<T> = std::result::Result<T, StoreError>;
