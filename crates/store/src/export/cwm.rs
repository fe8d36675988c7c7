//! `cwm`: execution traces in the text layout of Code World Model.

use serde::Serialize;
use tracestone_forms::cwm;
use tracestone_record::{SampleId, SampleKind};

use super::file::SplitLines;
use super::{ExportedFile, Result, Row, RowWriter, Written};
use crate::Store;

#[derive(Serialize)]
struct Text<'a> {
    text: &'a str,
    id: SampleId,
}

pub(super) struct Cwm<'a> {
    lines: SplitLines<'a>,
}

impl<'a> Cwm<'a> {
    pub(super) fn new(lines: SplitLines<'a>) -> Self {
        Self { lines }
    }
}

impl RowWriter for Cwm<'_> {
    fn write(&mut self, store: &Store, row: &Row) -> Result<Written> {
        if row.index.kind != SampleKind::Trace {
            return Ok(Written::No("cwm: only trace questions"));
        }
        let Some(run) = row.stored.run else {
            return Ok(Written::No("cwm: no run"));
        };
        let Some(trace) = store.run(run)?.trace else {
            return Ok(Written::No("cwm: the run has no trace"));
        };
        let sample = &row.stored.sample;
        if !sample.language.is_python() {
            return Ok(Written::No("cwm: not Python"));
        }
        match cwm::text(&sample.program, &trace) {
            Ok(text) => {
                let line = Text {
                    text: &text,
                    id: sample.id,
                };
                self.lines.of(sample.split)?.put_json(&line)?;
                Ok(Written::Yes)
            }
            Err(why) => Ok(Written::No(why)),
        }
    }

    fn finish(self: Box<Self>) -> Result<Vec<ExportedFile>> {
        self.lines.finish()
    }
}
