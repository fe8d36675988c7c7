//! The text of a sample as a model reads it.

use tracestone_interp::generate::{Message, Speaker};
use tracestone_interp::{Reading, TextReader};
use tracestone_record::Sample;

use crate::error::Error;

/// Form of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// A conversation where the model has a chat template, else plain.
    #[default]
    Auto,
    /// A conversation in the model's chat template.
    Chat,
    /// Prompt, line end, answer.
    Plain,
}

impl Form {
    /// True if texts are conversations for this model.
    pub(super) fn is_chat(self, reader: &TextReader) -> bool {
        match self {
            Self::Auto => reader.has_template(),
            Self::Chat => true,
            Self::Plain => false,
        }
    }
}

/// A text in tokens.
pub(super) struct Text {
    pub(super) reading: Reading,
    /// Byte of the text at which the answer starts.
    pub(super) answer: usize,
}

/// The text before an answer.
fn before(reader: &TextReader, chat: bool, sample: &Sample) -> Result<String, Error> {
    let prompt = sample.prompt.trim_end();
    let system = sample.system.as_deref();
    if !chat {
        let system = system.map(|text| format!("{text}\n\n")).unwrap_or_default();
        return Ok(format!("{system}{prompt}\n"));
    }
    // As conversations are exported: how to answer, and the marks around the answer.
    let ask = tracestone_prompts::style_of(sample).map(|style| style.direct());
    let question = match ask {
        Some(ask) => format!("{prompt}\n\n{ask}"),
        None => prompt.to_owned(),
    };
    let message = |role, content: &str| Message {
        role,
        content: content.to_owned(),
    };
    let mut messages: Vec<Message> = system
        .map(|text| message(Speaker::System, text))
        .into_iter()
        .collect();
    messages.push(message(Speaker::User, &question));
    let opening = match sample.answer.contains('\n') {
        true => "[ANSWER]\n",
        false => "[ANSWER]",
    };
    Ok(format!("{}{opening}", reader.chat(&messages)?))
}

/// A sample's text with an answer, in tokens.
pub(super) fn text(
    reader: &TextReader,
    chat: bool,
    sample: &Sample,
    answer: &str,
) -> Result<Text, Error> {
    let mut text = before(reader, chat, sample)?;
    let start = text.len();
    text.push_str(answer);
    // A template writes what comes before a text itself.
    let reading = reader.encode(&text, !chat)?;
    Ok(Text {
        reading,
        answer: start,
    })
}
