//! The tokenizer of a model that is written.

use std::path::Path;

use tracestone_files as files;

use crate::error::Result;
use crate::reading::TextReader;
use crate::vocabulary::Vocabulary;

/// Files of a tokenizer, as far as a directory has them.
const FILES: [&str; 4] = [
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "chat_template.jinja",
];

/// The tokenizer of a model: a vocabulary of words, or the files of another model's directory.
#[derive(Debug, Clone)]
pub enum Tokens {
    /// Words between spaces.
    Words(Vocabulary),
    /// The tokenizer of another model.
    Files {
        /// Number of token ids.
        size: usize,
        /// The token that begins a text, if there is one.
        begin: Option<u32>,
        /// The token that ends a text, if there is one.
        end: Option<u32>,
        /// Names and contents.
        files: Vec<(String, Vec<u8>)>,
    },
}

impl From<&Vocabulary> for Tokens {
    fn from(words: &Vocabulary) -> Self {
        Self::Words(words.clone())
    }
}

impl Tokens {
    /// The tokenizer in a directory.
    ///
    /// # Errors
    ///
    /// If its files cannot be read.
    pub fn read(folder: &Path) -> Result<Self> {
        let reader = TextReader::read(folder)?;
        let (begin, end) = reader.ends();
        let there = FILES.iter().filter(|name| folder.join(name).exists());
        let all = there.map(|name| Ok((String::from(*name), files::read(folder.join(name))?)));
        Ok(Self::Files {
            size: reader.vocabulary(),
            begin,
            end,
            files: all.collect::<Result<_>>()?,
        })
    }

    /// Number of token ids.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Words(words) => words.len(),
            Self::Files { size, .. } => *size,
        }
    }

    /// True if there are no tokens.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The token that fills up shorter texts; the first one where none is made for it, since nothing reads it.
    #[must_use]
    pub fn pad(&self) -> u32 {
        match self {
            Self::Words(words) => words.pad,
            Self::Files { .. } => 0,
        }
    }

    /// The token that begins a text.
    #[must_use]
    pub fn begin(&self) -> Option<u32> {
        match self {
            Self::Words(words) => Some(words.begin),
            Self::Files { begin, .. } => *begin,
        }
    }

    /// The token that ends a text.
    #[must_use]
    pub fn end(&self) -> Option<u32> {
        match self {
            Self::Words(words) => Some(words.end),
            Self::Files { end, .. } => *end,
        }
    }

    /// Names and contents of the tokenizer's files in a directory.
    #[must_use]
    pub fn files(&self, positions: usize) -> Vec<(String, Vec<u8>)> {
        match self {
            Self::Words(words) => {
                let pairs = [
                    ("tokenizer.json", words.tokenizer()),
                    ("tokenizer_config.json", words.tokenizer_config(positions)),
                ];
                let text =
                    |(name, value)| (String::from(name), format!("{value:#}\n").into_bytes());
                pairs.into_iter().map(text).collect()
            }
            Self::Files { files, .. } => files.clone(),
        }
    }
}
