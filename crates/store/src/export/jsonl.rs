//! `jsonl`: one record a line, in the fields' order of the record.

use super::file::SplitLines;
use super::{ExportedFile, Result, Row, RowWriter, Written};
use crate::Store;

pub(super) struct Jsonl<'a> {
    lines: SplitLines<'a>,
}

impl<'a> Jsonl<'a> {
    pub(super) fn new(lines: SplitLines<'a>) -> Self {
        Self { lines }
    }
}

impl RowWriter for Jsonl<'_> {
    fn write(&mut self, _: &Store, row: &Row) -> Result<Written> {
        self.lines
            .of(row.index.split)?
            .put_json(&row.stored.sample)?;
        Ok(Written::Yes)
    }

    fn finish(self: Box<Self>) -> Result<Vec<ExportedFile>> {
        self.lines.finish()
    }
}
