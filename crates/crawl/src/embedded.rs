//! The starter corpus, which is part of the binary.

use std::path::Path;

use crate::corpus::Corpus;
use crate::error::CorpusError;

/// A file inside the binary.
#[derive(Debug)]
pub struct EmbeddedFile {
    /// Path inside its folder.
    pub path: &'static str,
    /// Content of the file.
    pub content: &'static [u8],
}

static STARTER: &[EmbeddedFile] = include!(concat!(env!("OUT_DIR"), "/starter.rs"));

/// The starter corpus: our own annotated library and a part of the interpreter's standard library.
///
/// # Errors
/// The embedded text is wrong, which a test rules out.
pub fn starter() -> Result<Corpus, CorpusError> {
    let text = include_str!("../../../corpora/starter.toml");
    let path = Path::new("corpora/starter.toml");
    Corpus::parse_embedded(text, path, "starter", STARTER)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_starter_corpus_is_right() {
        let corpus = super::starter().unwrap();
        assert_eq!(corpus.name, "starter");
        assert!(!super::STARTER.is_empty());
    }
}
