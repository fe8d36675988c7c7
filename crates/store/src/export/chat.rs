//! `chat`: conversations of a question and a reasoned answer.
//!
//! The final answer stands between `[ANSWER]` and `[/ANSWER]`, after the rationale where there is one.

use serde::Serialize;
use tracestone_record::{Sample, SampleId, SampleKind};

use super::file::SplitLines;
use super::staging::Staging;
use super::{ExportedFile, Result, Row, RowWriter, Written};
use crate::Store;

#[derive(Serialize)]
struct Conversation<'a> {
    messages: [Message<'a>; 2],
    id: SampleId,
    kind: SampleKind,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

pub(super) struct Chat<'a> {
    lines: SplitLines<'a>,
}

impl<'a> Chat<'a> {
    pub(super) fn new(staging: &'a Staging) -> Self {
        Self {
            lines: SplitLines::new(staging),
        }
    }
}

impl RowWriter for Chat<'_> {
    fn write(&mut self, _: &Store, row: &Row) -> Result<Written> {
        let sample = row.sample()?;
        let reply = reply(&sample);
        self.lines.of(sample.split)?.put_json(&Conversation {
            messages: [
                Message {
                    role: "user",
                    content: &sample.prompt,
                },
                Message {
                    role: "assistant",
                    content: &reply,
                },
            ],
            id: sample.id,
            kind: sample.kind,
        })?;
        Ok(Written::Yes)
    }

    fn finish(self: Box<Self>) -> Result<Vec<ExportedFile>> {
        self.lines.finish()
    }
}

fn reply(sample: &Sample) -> String {
    let rationale = sample.rationale.trim_end();
    let gap = if rationale.is_empty() { "" } else { "\n\n" };
    // An answer of several lines starts on a line of its own.
    let line_end = if sample.answer.contains('\n') {
        "\n"
    } else {
        ""
    };
    format!(
        "{rationale}{gap}[ANSWER]{line_end}{}{line_end}[/ANSWER]",
        sample.answer
    )
}
