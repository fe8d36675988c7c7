//! How the files of one revision are listed and read, whatever they come from.

use crate::error::CrawlError;

/// What a path of a revision is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    /// A regular file.
    File,
    /// A link, a submodule or something else that is not read.
    Special,
}

/// A path of a revision.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The path, with `/`.
    pub(crate) path: String,
    /// What it is.
    pub(crate) kind: EntryKind,
    /// Size in bytes; 0 for what is not a file.
    pub(crate) bytes: u64,
    /// The git blob id, where the reader knows it without reading the file.
    pub(crate) blob: Option<String>,
}

/// One revision of a source.
pub(crate) trait Reader {
    /// All paths, sorted.
    fn entries(&self) -> Result<Vec<Entry>, CrawlError>;
    /// The bytes of a file.
    fn read(&self, entry: &Entry) -> Result<Vec<u8>, CrawlError>;
}

/// The git blob id of bytes.
pub(crate) fn blob_id(content: &[u8]) -> Result<String, CrawlError> {
    let id = git2::Oid::hash_object(git2::ObjectType::Blob, content)?;
    Ok(id.to_string())
}

/// Files that are in memory already.
pub(crate) struct MemoryReader {
    /// Path and bytes, sorted by path.
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

impl Reader for MemoryReader {
    fn entries(&self) -> Result<Vec<Entry>, CrawlError> {
        Ok(self
            .files
            .iter()
            .map(|(path, content)| Entry {
                path: path.clone(),
                kind: EntryKind::File,
                bytes: content.len() as u64,
                blob: None,
            })
            .collect())
    }

    fn read(&self, entry: &Entry) -> Result<Vec<u8>, CrawlError> {
        let found = self
            .files
            .binary_search_by(|(path, _)| path.as_str().cmp(&entry.path));
        Ok(found.map_or_else(|_| Vec::new(), |index| self.files[index].1.clone()))
    }
}
