//! `debugger`: sessions with a debugger through each run, forward and backward. One row for each run whose
//! result is asked for; the row's schema is `schemas/debugger.schema.json`.

use tracestone_forms::debugger;
use tracestone_record::SampleKind;

use super::file::SplitLines;
use super::{ExportedFile, Result, Row, RowWriter, Written};
use crate::Store;

pub(super) struct Debugger<'a> {
    lines: SplitLines<'a>,
}

impl<'a> Debugger<'a> {
    pub(super) fn new(lines: SplitLines<'a>) -> Self {
        Self { lines }
    }
}

impl RowWriter for Debugger<'_> {
    fn write(&mut self, store: &Store, row: &Row) -> Result<Written> {
        // Each run is asked for its value, its output or its exception once.
        if !matches!(row.index.kind, SampleKind::Output | SampleKind::Exception) {
            return Ok(Written::No("debugger: one row for each run"));
        }
        let sample = &row.stored.sample;
        if !sample.language.is_python() {
            return Ok(Written::No("debugger: not Python"));
        }
        let Some(run) = row.stored.run else {
            return Ok(Written::No("debugger: no run"));
        };
        let Some(trace) = store.run(run)?.trace else {
            return Ok(Written::No("debugger: the run has no trace"));
        };
        if let Err(why) = tracestone_forms::fits(&trace) {
            return Ok(Written::No(match why {
                "a generator was closed" => "debugger: a generator was closed",
                "a comprehension has several lines" => {
                    "debugger: a comprehension has several lines"
                }
                _ => "debugger: an exception has no exact message",
            }));
        }
        match debugger::row(sample, &trace) {
            Some(session) => {
                self.lines.of(sample.split)?.put_json(&session)?;
                Ok(Written::Yes)
            }
            None => Ok(Written::No("debugger: the run has no trace")),
        }
    }

    fn finish(self: Box<Self>) -> Result<Vec<ExportedFile>> {
        self.lines.finish()
    }
}
