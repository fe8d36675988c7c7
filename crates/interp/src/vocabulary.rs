//! A word-level vocabulary: tokens separated by single spaces, and three special tokens.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde_json::{Value, json};
use tracestone_files as files;

use crate::error::{InterpError, Result};

/// The padding token.
pub const PAD: &str = "<pad>";
/// Token before every text.
pub const BEGIN: &str = "<bos>";
/// Token after every text.
pub const END: &str = "<eos>";

/// Chat template: the texts of a conversation, one after the other, behind the first token.
const CHAT_TEMPLATE: &str =
    "{{ bos_token }} {% for message in messages %}{{ message['content'] }} {% endfor %}";

/// Tokens and their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vocabulary {
    words: Vec<String>,
    ids: HashMap<String, u32>,
    /// The id of [`PAD`].
    pub pad: u32,
    /// The id of [`BEGIN`].
    pub begin: u32,
    /// The id of [`END`].
    pub end: u32,
}

impl Vocabulary {
    /// Vocabulary of these tokens, in the order of their ids.
    ///
    /// # Errors
    ///
    /// A token occurs twice or contains a space, or a special token is missing.
    pub fn new(words: Vec<String>) -> std::result::Result<Self, String> {
        let mut ids = HashMap::new();
        for (id, word) in words.iter().enumerate() {
            if word.is_empty() || word.contains(char::is_whitespace) {
                return Err(format!("the token {word:?} is empty or contains a space"));
            }
            let id = u32::try_from(id).map_err(|_| "too many tokens".to_owned())?;
            if ids.insert(word.clone(), id).is_some() {
                return Err(format!("the token {word:?} occurs twice"));
            }
        }
        let special = |word: &str| {
            ids.get(word)
                .copied()
                .ok_or_else(|| format!("the special token `{word}` is missing"))
        };
        let (pad, begin, end) = (special(PAD)?, special(BEGIN)?, special(END)?);
        Ok(Self {
            words,
            ids,
            pad,
            begin,
            end,
        })
    }

    /// Number of tokens.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// True if there are no tokens.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Token with this id.
    #[must_use]
    pub fn word(&self, id: u32) -> Option<&str> {
        self.words
            .get(usize::try_from(id).ok()?)
            .map(String::as_str)
    }

    /// Token ids of a text.
    ///
    /// # Errors
    ///
    /// A token is unknown; the message names it.
    pub fn encode(&self, text: &str) -> std::result::Result<Vec<u32>, String> {
        text.split_whitespace()
            .map(|word| {
                self.ids
                    .get(word)
                    .copied()
                    .ok_or_else(|| format!("the token {word:?} is not in the vocabulary"))
            })
            .collect()
    }

    /// `tokenizer.json` of Hugging Face's tokenizers: `WordLevel` over `WhitespaceSplit`, with `<bos>` put
    /// before each text.
    #[must_use]
    pub fn tokenizer(&self) -> Value {
        let vocabulary: BTreeMap<&str, u32> = self
            .ids
            .iter()
            .map(|(word, id)| (word.as_str(), *id))
            .collect();
        let added: Vec<Value> = [(PAD, self.pad), (BEGIN, self.begin), (END, self.end)]
            .into_iter()
            .map(|(word, id)| {
                json!({
                    "id": id, "content": word, "single_word": false, "lstrip": false,
                    "rstrip": false, "normalized": false, "special": true,
                })
            })
            .collect();
        json!({
            "version": "1.0",
            "truncation": null,
            "padding": null,
            "added_tokens": added,
            "normalizer": null,
            "pre_tokenizer": { "type": "WhitespaceSplit" },
            "post_processor": {
                "type": "TemplateProcessing",
                "single": [
                    { "SpecialToken": { "id": BEGIN, "type_id": 0 } },
                    { "Sequence": { "id": "A", "type_id": 0 } },
                ],
                "pair": [
                    { "SpecialToken": { "id": BEGIN, "type_id": 0 } },
                    { "Sequence": { "id": "A", "type_id": 0 } },
                    { "Sequence": { "id": "B", "type_id": 0 } },
                ],
                "special_tokens": {
                    BEGIN: { "id": BEGIN, "ids": [self.begin], "tokens": [BEGIN] },
                },
            },
            "decoder": null,
            "model": { "type": "WordLevel", "vocab": vocabulary, "unk_token": END },
        })
    }

    /// Content of `tokenizer_config.json`.
    #[must_use]
    pub(crate) fn tokenizer_config(&self, positions: usize) -> Value {
        json!({
            "tokenizer_class": "PreTrainedTokenizerFast",
            "pad_token": PAD,
            "bos_token": BEGIN,
            "eos_token": END,
            "unk_token": END,
            "model_max_length": positions,
            "padding_side": "right",
            "chat_template": CHAT_TEMPLATE,
            "clean_up_tokenization_spaces": false,
        })
    }

    /// Reads a word-level `tokenizer.json`.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or its tokenizer splits text in another way.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = files::read(path)?;
        let file: Value =
            serde_json::from_slice(&bytes).map_err(|e| InterpError::format(path, e))?;
        let kind = file["model"]["type"].as_str().unwrap_or("");
        if kind != "WordLevel" {
            return Err(InterpError::format(
                path,
                format!(
                    "its model is `{kind}`; only `WordLevel` is read here: give texts as lists of ids \
                     (`\"ids\"`) instead, made with the model's own tokenizer"
                ),
            ));
        }
        let vocabulary = file["model"]["vocab"]
            .as_object()
            .ok_or_else(|| InterpError::format(path, "it has no `model.vocab`"))?;
        let mut words: Vec<(u64, String)> = vocabulary
            .iter()
            .filter_map(|(word, id)| Some((id.as_u64()?, word.clone())))
            .collect();
        words.sort();
        if words
            .iter()
            .enumerate()
            .any(|(at, (id, _))| u64::try_from(at) != Ok(*id))
        {
            return Err(InterpError::format(path, "its ids are not 0, 1, 2, ..."));
        }
        Self::new(words.into_iter().map(|(_, word)| word).collect())
            .map_err(|why| InterpError::format(path, why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn words_are_split_at_spaces_and_unknown_ones_named() {
        let vocabulary = Vocabulary::new(words(&[PAD, BEGIN, END, "a", "b"])).unwrap();
        assert_eq!(vocabulary.encode("b a  b"), Ok(vec![4, 3, 4]));
        assert!(vocabulary.encode("a c").unwrap_err().contains("\"c\""));
    }

    #[test]
    fn words_that_would_not_read_back_are_refused() {
        assert!(Vocabulary::new(words(&[PAD, BEGIN, END, "a", "a"])).is_err());
        assert!(Vocabulary::new(words(&[PAD, BEGIN, END, "a b"])).is_err());
        assert!(Vocabulary::new(words(&[PAD, BEGIN, "a"])).is_err());
    }
}
