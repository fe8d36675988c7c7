//! `chat`: conversations of a question and a reasoned answer.
//!
//! The user's turn asks for what the assistant's turn gives, with the text of the tasks of `eval`: for the
//! answer alone, or for steps and then the answer. The answer is between `[ANSWER]` and `[/ANSWER]`. A sample
//! without a rationale is asked for its answer alone. Definitions that a prompt's style leaves out are the
//! system's turn.

use serde::Serialize;
use tracestone_record::{Sample, SampleId, SampleKind};

use super::file::SplitLines;
use super::{ExportedFile, Result, Row, RowWriter, Style, Written};
use crate::Store;

#[derive(Serialize)]
struct Conversation<'a> {
    messages: Vec<Message<'a>>,
    id: SampleId,
    kind: SampleKind,
}

#[derive(Serialize)]
pub(super) struct Message<'a> {
    pub(super) role: &'static str,
    pub(super) content: &'a str,
}

pub(super) struct Chat<'a> {
    lines: SplitLines<'a>,
    style: Style,
}

impl<'a> Chat<'a> {
    pub(super) fn new(lines: SplitLines<'a>, style: Style) -> Self {
        Self { style, lines }
    }
}

impl RowWriter for Chat<'_> {
    fn write(&mut self, _: &Store, row: &Row) -> Result<Written> {
        let sample = &row.stored.sample;
        let style = match sample.rationale.trim().is_empty() {
            true => Style::Direct,
            false => self.style,
        };
        let question = question(sample, style);
        let reply = reply(sample, style);
        let message = |role, content| Message { role, content };
        let system = sample.system.as_deref().map(|text| message("system", text));
        let turns = [message("user", &question), message("assistant", &reply)];
        self.lines.of(sample.split)?.put_json(&Conversation {
            messages: system.into_iter().chain(turns).collect(),
            id: sample.id,
            kind: sample.kind,
        })?;
        Ok(Written::Yes)
    }

    fn finish(self: Box<Self>) -> Result<Vec<ExportedFile>> {
        self.lines.finish()
    }
}

/// The user's turn.
pub(super) fn question(sample: &Sample, style: Style) -> String {
    let ask = tracestone_prompts::style_of(sample).map(|prompt| match style {
        Style::Direct => prompt.direct(),
        Style::Steps => prompt.steps(),
    });
    let ask = ask.unwrap_or_default();
    format!("{}\n\n{ask}", sample.prompt.trim_end())
}

fn reply(sample: &Sample, style: Style) -> String {
    let rationale = match style {
        Style::Direct => "",
        Style::Steps => sample.rationale.trim_end(),
    };
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
