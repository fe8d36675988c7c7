//! Which files of a source are used, what is known of each, and why the others are not.

use std::collections::HashMap;
use std::rc::Rc;

use globset::{Glob, GlobSet, GlobSetBuilder};
use tracestone_record::{Dropped, File, FileId, Reason, SourceId};

use crate::CrawledFile;
use crate::corpus::SourceSpec;
use crate::error::CrawlError;
use crate::flags::flags;
use crate::license::{Licenses, says_license};
use crate::reader::{Entry, EntryKind, Reader, blob_id};

/// Larger files are no licences, whatever their names.
const MAX_LICENSE_BYTES: u64 = 1 << 20;

/// The files of a revision, sorted out.
pub(crate) struct Selected {
    /// Files that the corpus wants, by path.
    pub(crate) wanted: Vec<Wanted>,
    /// Files that say something of the licence.
    pub(crate) licenses: Vec<Entry>,
    /// What is left out.
    pub(crate) dropped: Vec<Dropped>,
    /// How many files match `include`, wanted or not.
    pub(crate) matched: u64,
}

/// A file that the corpus wants.
pub(crate) struct Wanted {
    entry: Entry,
    /// Its blob id.
    blob: String,
    /// Its bytes, where they had to be read to know the blob id.
    content: Option<Vec<u8>>,
}

/// The files that were met in this crawl.
#[derive(Default)]
pub(crate) struct Seen {
    /// By blob id, the source and the path of the first file with these bytes.
    first: HashMap<String, (Rc<str>, String)>,
}

/// A person's name for a file.
fn subject(spec: &SourceSpec, path: &str) -> String {
    format!("{}: {path}", spec.name)
}

/// The corpus checked the globs when it was read; one that is wrong all the same matches nothing.
fn set(globs: &[String]) -> GlobSet {
    let mut builder = GlobSetBuilder::new();
    for glob in globs.iter().filter_map(|glob| Glob::new(glob).ok()) {
        builder.add(glob);
    }
    builder.build().unwrap_or_default()
}

/// Sorts out what the corpus wants. Of the files that do not match `include` only the number is kept,
/// since a repository can hold any number of pictures.
pub(crate) fn select(reader: &dyn Reader, spec: &SourceSpec) -> Result<Selected, CrawlError> {
    let (include, exclude) = (set(&spec.include), set(&spec.exclude));
    let mut selected = Selected {
        wanted: Vec::new(),
        licenses: Vec::new(),
        dropped: Vec::new(),
        matched: 0,
    };
    let mut not_included = 0_u64;
    for entry in reader.entries()? {
        if entry.kind == EntryKind::File
            && entry.bytes <= MAX_LICENSE_BYTES
            && says_license(&entry.path)
        {
            selected.licenses.push(entry.clone());
        }
        let foreign = matches!(entry.kind, EntryKind::Foreign(_));
        if !foreign && !include.is_match(&entry.path) {
            not_included += 1;
            continue;
        }
        selected.matched += u64::from(!foreign);
        let excluded = exclude.is_match(&entry.path);
        match reason_to_drop(&entry, excluded, spec) {
            Some((reason, detail)) => {
                let subject = subject(spec, &entry.path);
                selected.dropped.push(Dropped::new(reason, subject, detail));
            }
            None => selected.want(entry, reader, spec)?,
        }
    }
    if not_included > 0 {
        let globs = spec.include.join(", ");
        let detail = format!("{not_included} files do not match {globs}");
        let dropped = Dropped::new(Reason::NotSelected, &spec.name, detail);
        selected.dropped.push(dropped);
    }
    Ok(selected)
}

/// Why a file that matches `include` is not even read.
fn reason_to_drop(entry: &Entry, excluded: bool, spec: &SourceSpec) -> Option<(Reason, String)> {
    let bytes = || format!("{} bytes", entry.bytes);
    match &entry.kind {
        EntryKind::Foreign(why) => Some((Reason::NotSelected, (*why).to_owned())),
        _ if excluded => Some((Reason::NotSelected, "matches `exclude`".to_owned())),
        EntryKind::Special => Some((Reason::NotARegularFile, String::new())),
        EntryKind::Unreadable(why) => Some((Reason::Unreadable, why.clone())),
        EntryKind::File if entry.bytes == 0 => Some((Reason::EmptyFile, String::new())),
        EntryKind::File if entry.bytes < spec.min_file_bytes => Some((
            Reason::NotSelected,
            format!("smaller than wanted: {}", bytes()),
        )),
        EntryKind::File if entry.bytes > spec.max_file_bytes => Some((Reason::TooLarge, bytes())),
        EntryKind::File => None,
    }
}

impl Selected {
    fn want(
        &mut self,
        entry: Entry,
        reader: &dyn Reader,
        spec: &SourceSpec,
    ) -> Result<(), CrawlError> {
        let (blob, content) = match &entry.blob {
            Some(blob) => (blob.clone(), None),
            None => match reader.read(&entry) {
                Ok(content) => (blob_id(&content)?, Some(content)),
                Err(error) => {
                    self.dropped.push(unreadable(spec, &entry, &error));
                    return Ok(());
                }
            },
        };
        self.wanted.push(Wanted {
            entry,
            blob,
            content,
        });
        Ok(())
    }

    /// Takes out files with the same bytes as one that came before, in this source or an earlier one.
    /// Says which those of earlier sources are: they make this source another one than it would be alone.
    pub(crate) fn take_out_duplicates(&mut self, seen: &mut Seen, spec: &SourceSpec) -> String {
        let mut elsewhere = String::new();
        let own: Rc<str> = spec.name.as_str().into();
        let dropped = &mut self.dropped;
        self.wanted.retain(|wanted| {
            let path = &wanted.entry.path;
            let Some((source, first)) = seen.first.get(&wanted.blob) else {
                let place = (Rc::clone(&own), path.clone());
                seen.first.insert(wanted.blob.clone(), place);
                return true;
            };
            if *source != own {
                elsewhere.push_str(path);
                elsewhere.push('\n');
            }
            let detail = format!("the same as {source}: {first}");
            dropped.push(Dropped::new(
                Reason::DuplicateFile,
                subject(spec, path),
                detail,
            ));
            false
        });
        elsewhere
    }

    /// What stands for a commit where there is none: a hash of what decides on the files and licences.
    pub(crate) fn content_digest(
        &self,
        licenses: &[(String, Vec<u8>)],
    ) -> Result<String, CrawlError> {
        let mut listing = String::new();
        for wanted in &self.wanted {
            listing.push_str(&format!("{} {}\n", wanted.blob, wanted.entry.path));
        }
        for (path, content) in licenses {
            listing.push_str(&format!("{} {path}\n", blob_id(content)?));
        }
        blob_id(listing.as_bytes())
    }

    /// Paths and contents of the files that say something of the licence. One that cannot be read says
    /// nothing.
    pub(crate) fn license_files(&self, reader: &dyn Reader) -> Vec<(String, Vec<u8>)> {
        let entries = self.licenses.iter();
        entries
            .filter_map(|entry| Some((entry.path.clone(), reader.read(entry).ok()?)))
            .collect()
    }

    /// Reads the wanted files.
    pub(crate) fn read(
        mut self,
        reader: &dyn Reader,
        source: SourceId,
        spec: &SourceSpec,
        licenses: &Licenses,
        progress: &dyn Fn(u64, u64),
    ) -> (Vec<CrawledFile>, Vec<Dropped>) {
        let total = self.wanted.len() as u64;
        let mut files = Vec::with_capacity(self.wanted.len());
        for (index, wanted) in self.wanted.into_iter().enumerate() {
            progress(index as u64 + 1, total);
            let entry = wanted.entry;
            let content = match wanted.content.map_or_else(|| reader.read(&entry), Ok) {
                Ok(content) => content,
                Err(error) => {
                    self.dropped.push(unreadable(spec, &entry, &error));
                    continue;
                }
            };
            if content.contains(&0) {
                let subject = subject(spec, &entry.path);
                let dropped = Dropped::new(Reason::Binary, subject, "holds a NUL byte");
                self.dropped.push(dropped);
                continue;
            }
            files.push(CrawledFile {
                file: File {
                    id: FileId::of(&[source.as_bytes(), entry.path.as_bytes()]),
                    source,
                    blob: wanted.blob,
                    bytes: content.len() as u64,
                    license: licenses.of(&entry.path, &content),
                    flags: flags(&entry.path, &content),
                    path: entry.path,
                },
                content,
            });
        }
        self.dropped.sort();
        (files, self.dropped)
    }
}

fn unreadable(spec: &SourceSpec, entry: &Entry, error: &CrawlError) -> Dropped {
    let subject = subject(spec, &entry.path);
    Dropped::new(Reason::Unreadable, subject, error.to_string())
}
