//! Records as the rows of Parquet files.
//!
//! [`columns`] derives the columns from a record's type, [`shred`] takes a record apart into the values
//! of its columns, [`write`] encodes them, and [`read`] puts records together again.

mod columns;
mod read;
mod shred;
mod write;

pub(crate) use columns::{Column, Kind, ledger_table, sample_table};
pub(crate) use read::{RowError, Wanted, read_rows};
pub(crate) use write::{Cuts, Group, TableWriter};

#[cfg(test)]
mod tests;
