//! Access to the files of one revision, independent of its source.

use std::collections::BTreeMap;

use crate::error::CrawlError;

/// Type of a path in a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EntryKind {
    /// A regular file.
    File,
    /// A symbolic link; with its target.
    Link(String),
    /// A submodule or something else that is not read.
    Special,
    /// It is there, but cannot be read; with the cause.
    Unreadable(String),
    /// A folder whose files do not belong to the source; with the cause.
    Foreign(&'static str),
}

/// A path of a revision.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The path, with `/`.
    pub(crate) path: String,
    /// Type of the path.
    pub(crate) kind: EntryKind,
    /// Size in bytes; 0 for what is not a file.
    pub(crate) bytes: u64,
    /// The git blob id, where the reader knows it without reading the file.
    pub(crate) blob: Option<String>,
}

impl Entry {
    pub(crate) fn new(path: String, kind: EntryKind, bytes: u64) -> Self {
        Self {
            path,
            kind,
            bytes,
            blob: None,
        }
    }
}

/// Maximal length of a path in bytes. A longer one is not read, and reported by its beginning.
const MAX_PATH_BYTES: usize = 4096;
/// Number of bytes of a long path that messages show.
const SHOWN_PATH_BYTES: usize = 200;
/// And how much of its end.
const SHOWN_END_BYTES: usize = 16;
/// Maximal size of all paths of a source in bytes: a tree can name the same subtree many times.
const MAX_ALL_PATHS_BYTES: usize = 64 << 20;
/// Maximal number of paths of a source.
const MAX_ENTRIES: usize = 1_000_000;

/// The paths of a revision while they are collected.
pub(crate) struct Listing<'a> {
    entries: Vec<Entry>,
    bytes: usize,
    stopped: &'a dyn Fn() -> bool,
}

impl<'a> Listing<'a> {
    pub(crate) fn new(stopped: &'a dyn Fn() -> bool) -> Self {
        Self {
            entries: Vec::new(),
            bytes: 0,
            stopped,
        }
    }

    /// Takes a path in.
    pub(crate) fn add(&mut self, entry: Entry) -> Result<(), CrawlError> {
        if (self.stopped)() {
            return Err(CrawlError::Stopped);
        }
        self.bytes += entry.path.len();
        let limit = if self.bytes > MAX_ALL_PATHS_BYTES {
            format!(
                "{} MiB ({} paths up to there)",
                MAX_ALL_PATHS_BYTES >> 20,
                self.entries.len()
            )
        } else if self.entries.len() == MAX_ENTRIES {
            MAX_ENTRIES.to_string()
        } else {
            self.entries.push(entry);
            return Ok(());
        };
        Err(CrawlError::TooManyPaths { limit })
    }

    /// All paths, sorted.
    pub(crate) fn sorted(mut self) -> Vec<Entry> {
        self.entries
            .sort_by(|left, right| left.path.cmp(&right.path));
        self.entries
    }
}

/// Entry for a path that exceeds the length limit, if it does.
pub(crate) fn too_long(folder: &[u8], name: &[u8]) -> Option<Entry> {
    let bytes = folder.len() + name.len();
    if bytes <= MAX_PATH_BYTES {
        return None;
    }
    let all = folder.iter().chain(name).copied();
    let start: Vec<u8> = all.take(SHOWN_PATH_BYTES).collect();
    let start = String::from_utf8_lossy(&start);
    // With its ending, by which a corpus selects.
    let end = String::from_utf8_lossy(&name[name.len().saturating_sub(SHOWN_END_BYTES)..]);
    let why = format!("the path has {bytes} bytes, and at most {MAX_PATH_BYTES} are read");
    Some(Entry::new(
        format!("{start}\u{2026}{end}"),
        EntryKind::Unreadable(why),
        0,
    ))
}

/// One revision of a source.
pub(crate) trait Reader {
    /// All paths, sorted; ends early where `stopped` says so.
    fn entries(&self, stopped: &dyn Fn() -> bool) -> Result<Vec<Entry>, CrawlError>;
    /// The bytes of a file.
    fn read(&self, entry: &Entry) -> Result<Vec<u8>, CrawlError>;
}

/// The git blob id of bytes.
///
/// # Errors
/// Git's own hash function fails, which it has no reason to.
pub fn blob_id(content: &[u8]) -> Result<String, CrawlError> {
    let id = git2::Oid::hash_object(git2::ObjectType::Blob, content)?;
    Ok(id.to_string())
}

/// Entry for a name that is not UTF-8. Paths are text in every row, so such names could not be distinguished.
pub(crate) fn bad_name(name: &[u8]) -> Option<EntryKind> {
    let is_text = std::str::from_utf8(name).is_ok();
    (!is_text).then(|| EntryKind::Unreadable("the name is not UTF-8".to_owned()))
}

/// Files that are in memory already.
#[derive(Default)]
pub(crate) struct MemoryReader {
    /// By path; no content for what is listed but not read.
    entries: BTreeMap<String, (Entry, Option<Vec<u8>>)>,
}

impl MemoryReader {
    /// Adds a file. Where an archive holds a path twice, the later one counts, as it does in unpacking.
    pub(crate) fn add_file(&mut self, path: String, content: Vec<u8>) {
        let mut entry = Entry::new(path.clone(), EntryKind::File, content.len() as u64);
        // So that the content need not be copied to know it.
        entry.blob = blob_id(&content).ok();
        self.entries.insert(path, (entry, Some(content)));
    }

    /// Adds something that is listed but not read.
    pub(crate) fn add(&mut self, entry: Entry) {
        self.entries.insert(entry.path.clone(), (entry, None));
    }
}

impl Reader for MemoryReader {
    fn entries(&self, _: &dyn Fn() -> bool) -> Result<Vec<Entry>, CrawlError> {
        Ok(self
            .entries
            .values()
            .map(|(entry, _)| entry.clone())
            .collect())
    }

    fn read(&self, entry: &Entry) -> Result<Vec<u8>, CrawlError> {
        let content = self
            .entries
            .get(&entry.path)
            .and_then(|(_, content)| content.clone());
        content.ok_or_else(|| CrawlError::read(&entry.path, std::io::ErrorKind::NotFound.into()))
    }
}
