//! Texts as the model of a directory reads them: token ids, and the bytes of the text that each covers.

use std::path::{Path, PathBuf};

use tokenizers::Tokenizer;

use crate::error::{InterpError, Result};
use crate::generate::{Message, Template, json};

/// A text in tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Token ids, those included that the tokenizer puts around a text.
    pub ids: Vec<u32>,
    /// First byte and end of what each token covers; equal for tokens that are not of the text.
    pub spans: Vec<(usize, usize)>,
    /// Number of tokens before the text, such as `<bos>`; many tokenizers put none.
    pub leading: usize,
}

impl Reading {
    /// The token that ends at this byte: once the model has read it, it knows the text up to there and nothing of
    /// what follows. None if a token covers bytes on both sides, or no token ends there.
    #[must_use]
    pub fn ending_at(&self, byte: usize) -> Option<usize> {
        let own = |(start, end): &(usize, usize)| end > start && *end == byte;
        let place = self.spans.iter().rposition(own)?;
        // Bytes of one character can be several tokens with the same span; the last one completes it.
        let after = self.spans[place + 1..].iter().find(|(a, b)| b > a);
        after
            .is_none_or(|(start, _)| *start >= byte)
            .then_some(place)
    }

    /// Number of tokens up to a byte, where no token covers bytes on both sides of it.
    #[must_use]
    pub fn count_until(&self, byte: usize) -> Option<usize> {
        self.ending_at(byte).map(|place| place + 1)
    }
}

/// Tokenizer and chat template of a model directory.
pub struct TextReader {
    folder: PathBuf,
    tokenizer: Tokenizer,
    template: Option<Template>,
    begin: Option<u32>,
    end: Option<u32>,
    positions: Option<usize>,
}

impl TextReader {
    /// Reads `tokenizer.json` and, if there is one, the chat template.
    ///
    /// # Errors
    ///
    /// If a file is missing or damaged.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("tokenizer.json");
        // A text must not be cut or filled up, whatever the file says.
        tracestone_files::read(&path)?;
        let mut tokenizer =
            Tokenizer::from_file(&path).map_err(|error| InterpError::format(&path, error))?;
        let whole = tokenizer.with_truncation(None);
        whole.map_err(|error| InterpError::format(&path, error))?;
        tokenizer.with_padding(None);
        let special = folder.join("tokenizer_config.json");
        let config = match special.exists() {
            true => json(&special)?,
            false => serde_json::Value::Null,
        };
        let id = |name: &str| {
            let value = &config[name];
            let text = value.as_str().or_else(|| value["content"].as_str())?;
            tokenizer.token_to_id(text)
        };
        let shape = folder.join("config.json");
        let positions = match shape.exists() {
            true => json(&shape)?["max_position_embeddings"].as_u64(),
            false => None,
        };
        Ok(Self {
            positions: positions.and_then(|positions| usize::try_from(positions).ok()),
            begin: id("bos_token"),
            end: id("eos_token"),
            template: Template::read(folder)?,
            folder: folder.to_owned(),
            tokenizer,
        })
    }

    /// True if the directory has a chat template.
    #[must_use]
    pub fn has_template(&self) -> bool {
        self.template.is_some()
    }

    /// Number of token ids, added tokens included.
    #[must_use]
    pub fn vocabulary(&self) -> usize {
        let highest = self.tokenizer.get_vocab(true).into_values().max();
        highest.map_or(0, |id| id as usize + 1)
    }

    /// The tokens that begin and end a text, where `tokenizer_config.json` names them.
    #[must_use]
    pub fn ends(&self) -> (Option<u32>, Option<u32>) {
        (self.begin, self.end)
    }

    /// Number of tokens that the model can read, where `config.json` says it.
    #[must_use]
    pub fn positions(&self) -> Option<usize> {
        self.positions
    }

    /// A conversation as text, up to where the model goes on.
    ///
    /// # Errors
    ///
    /// If there is no template, or it refuses the conversation.
    pub fn chat(&self, messages: &[Message]) -> Result<String> {
        let template = self.template.as_ref().ok_or_else(|| {
            InterpError::format(&self.folder, "it has no chat template".to_owned())
        })?;
        template.render(messages).map_err(|error| {
            InterpError::format(&self.folder, format!("its chat template: {error:#}"))
        })
    }

    /// A text in tokens. `special` adds what the tokenizer puts around texts; a chat template writes that itself.
    ///
    /// # Errors
    ///
    /// If the tokenizer fails.
    pub fn encode(&self, text: &str, special: bool) -> Result<Reading> {
        let encoded = self.tokenizer.encode(text, special).map_err(|error| {
            InterpError::Refused(format!("a text cannot be tokenized: {error}"))
        })?;
        let ids = encoded.get_ids().to_vec();
        let mask = encoded.get_special_tokens_mask();
        let mut leading = mask.iter().take_while(|mask| **mask == 1).count();
        if leading == 0 && ids.first().is_some_and(|first| Some(*first) == self.begin) {
            leading = 1;
        }
        let mut spans = encoded.get_offsets().to_vec();
        for (span, mask) in spans.iter_mut().zip(mask) {
            if *mask == 1 {
                *span = (0, 0);
            }
        }
        Ok(Reading {
            leading: leading.min(ids.len()),
            ids,
            spans,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(begin: bool) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let processor = match begin {
            true => serde_json::json!({
                "type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                "pair": [], "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}},
            }),
            false => serde_json::Value::Null,
        };
        let tokenizer = serde_json::json!({
            "version": "1.0", "truncation": {"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0},
            "padding": null,
            "added_tokens": [{"id": 0, "content": "<s>", "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": true}],
            "normalizer": null, "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "\\w+|\\s+|."},
                "behavior": "Isolated", "invert": false},
            "post_processor": processor, "decoder": null,
            "model": {"type": "WordLevel", "vocab": {"<s>": 0, "x": 1, " ": 2, "=": 3, "7": 4, "?": 5}, "unk_token": "?"},
        });
        std::fs::write(folder.path().join("tokenizer.json"), tokenizer.to_string()).unwrap();
        std::fs::write(
            folder.path().join("tokenizer_config.json"),
            r#"{"bos_token": "<s>"}"#,
        )
        .unwrap();
        folder
    }

    #[test]
    fn places_are_byte_offsets_with_and_without_a_first_token() {
        for begin in [true, false] {
            let reader = TextReader::read(folder(begin).path()).unwrap();
            let read = reader.encode("äx = 7", true).unwrap();
            let leading = usize::from(begin);
            assert_eq!(read.leading, leading);
            // `äx` is one word of three bytes.
            assert_eq!(read.ending_at(3), Some(leading));
            assert_eq!(read.ending_at(5), Some(leading + 2));
            assert_eq!(read.ending_at(2), None);
            assert_eq!(read.count_until(7), Some(leading + 5));
            // A template that writes the first token itself.
            let read = reader.encode("<s>x", false).unwrap();
            assert_eq!((read.leading, read.ids), (1, vec![0, 1]));
        }
    }
}
