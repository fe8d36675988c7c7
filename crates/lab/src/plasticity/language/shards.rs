//! Shards of a dataset as bytes, cut into texts of one length.

use std::path::Path;

use serde_json::Value;
use tracestone_files as files;
use tracestone_interp::data::Texts;

use crate::error::Error;

/// Number of tokens: the one before a text, and the bytes.
pub(super) const WORDS: usize = 257;

/// A shard's bytes.
pub(super) struct Windows {
    bytes: Vec<u8>,
    context: usize,
}

impl Windows {
    /// Reads a file: of `.jsonl` the texts of its lines, else all bytes.
    pub(super) fn read(path: &Path, context: usize) -> Result<Self, Error> {
        let rows = path.extension().is_some_and(|ending| ending == "jsonl");
        let bytes = match rows {
            true => texts(path, &files::read_text(path)?)?.into_bytes(),
            false => files::read(path)?,
        };
        Ok(Self { bytes, context })
    }

    /// Number of texts.
    pub(super) fn count(&self) -> usize {
        self.bytes.len() / self.context
    }

    pub(super) fn hash(&self) -> blake3::Hash {
        blake3::hash(&self.bytes)
    }

    /// Some texts, from the start again after the last of `0..count`.
    pub(super) fn texts(&self, first: usize, number: usize, count: usize) -> Texts {
        let mut texts = Texts::default();
        for at in first..first + number {
            let place = at % count.max(1);
            let own = &self.bytes[place * self.context..(place + 1) * self.context];
            let words: Vec<u32> = std::iter::once(0)
                .chain(own.iter().map(|byte| u32::from(*byte) + 1))
                .collect();
            texts.push(String::new(), &words, 1);
        }
        texts
    }
}

/// The texts of lines of JSON: `text`, the contents of `messages`, or `prompt` and `answer` or `completion`.
fn texts(path: &Path, lines: &str) -> Result<String, Error> {
    let mut all = String::new();
    for (number, line) in lines.lines().enumerate() {
        let row: Value = serde_json::from_str(line).map_err(|error| Error::BadLine {
            path: path.to_owned(),
            line: number + 1,
            why: error.to_string(),
        })?;
        let before = all.len();
        for name in ["text", "prompt", "answer", "completion"] {
            if let Some(text) = row[name].as_str() {
                all.push_str(text);
                all.push('\n');
            }
        }
        for message in row["messages"].as_array().into_iter().flatten() {
            if let Some(text) = message["content"].as_str() {
                all.push_str(text);
                all.push('\n');
            }
        }
        if all.len() == before {
            return Err(Error::BadLine {
                path: path.to_owned(),
                line: number + 1,
                why: "it has no text, prompt, answer, completion or messages".to_owned(),
            });
        }
        all.push('\n');
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_text_and_windows_go_round() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        std::fs::write(
            &path,
            "{\"prompt\": \"ab\", \"answer\": \"c\"}\n{\"messages\": [{\"role\": \"user\", \"content\": \"d\"}]}\n",
        )
        .unwrap();
        let read = Windows::read(&path, 3).unwrap();
        assert_eq!(read.bytes, b"ab\nc\n\nd\n\n");
        assert_eq!(read.count(), 3);
        let texts = read.texts(2, 2, 3);
        assert_eq!(texts.words(0), [0, 101, 11, 11]);
        assert_eq!(texts.words(1), [0, 98, 99, 11]);
        std::fs::write(&path, "{\"a\": 1}\n").unwrap();
        assert!(Windows::read(&path, 3).is_err());
    }
}
