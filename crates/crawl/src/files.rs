//! Selection of a source's files, with their properties and the reasons for leaving others out.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use globset::{Glob, GlobSet, GlobSetBuilder};
use tracestone_record::{Dropped, File, FileId, Reason, Source};

use crate::corpus::SourceSpec;
use crate::error::CrawlError;
use crate::flags::flags;
use crate::license::{self, LicenseFile, Licenses, Role};
use crate::reader::{Entry, EntryKind, Reader, blob_id};
use crate::tree::{Tree, TreeFile};
use crate::{Crawled, CrawledFile, Surroundings};

/// Larger files that say something of the licence are not read, and count as unreadable.
const MAX_LICENSE_BYTES: u64 = 1 << 20;
/// A file that holds the target of a link has no more bytes.
const MAX_TARGET_BYTES: u64 = 1024;
/// A link to a link and so on is followed so often.
const MAX_LINKS: usize = 8;

/// The files of a revision, sorted out.
pub(crate) struct Selected {
    /// Files that the corpus selects, by path.
    pub(crate) wanted: Vec<Wanted>,
    /// Files that say something of the licence, as read.
    pub(crate) licenses: Vec<LicenseFile>,
    /// Files that were left out, with reasons.
    pub(crate) dropped: Vec<Dropped>,
    /// Number of files that match `include`, used or not.
    pub(crate) matched: u64,
    /// Files that the source's packages need at run time.
    pub(crate) tree: Tree,
}

/// A file that the corpus selects.
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
pub(crate) fn set(globs: &[String]) -> GlobSet {
    let mut builder = GlobSetBuilder::new();
    for glob in globs.iter().filter_map(|glob| Glob::new(glob).ok()) {
        builder.add(glob);
    }
    builder.build().unwrap_or_default()
}

/// Selects the files of the corpus. Of the files that do not match `include` only the number is kept, since a
/// repository can hold any number of pictures.
pub(crate) fn select(
    reader: &dyn Reader,
    spec: &SourceSpec,
    stopped: &dyn Fn() -> bool,
) -> Result<Selected, CrawlError> {
    let (include, exclude) = (set(&spec.include), set(&spec.exclude));
    let entries = reader.entries(stopped)?;
    let mut selected = Selected {
        wanted: Vec::new(),
        licenses: license_files(reader, &entries, &include),
        dropped: Vec::new(),
        matched: 0,
        tree: Tree::of(reader, &entries, spec),
    };
    selected.dropped.extend(selected.tree.dropped(spec));
    let mut not_included = 0_u64;
    for entry in entries {
        if stopped() {
            return Err(CrawlError::Stopped);
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

/// The files that say something of the licence: by their names, or because metadata names them.
fn license_files(reader: &dyn Reader, entries: &[Entry], include: &GlobSet) -> Vec<LicenseFile> {
    let by_path: HashMap<&str, &Entry> = entries
        .iter()
        .map(|entry| (entry.path.as_str(), entry))
        .collect();
    let mut found: BTreeMap<String, LicenseFile> = BTreeMap::new();
    let mut named: Vec<license::Named> = Vec::new();
    for entry in entries {
        let Some(role) = license::role(&entry.path) else {
            continue;
        };
        if matches!(entry.kind, EntryKind::Foreign(_) | EntryKind::Special) {
            continue;
        }
        // A file beside one that is not wanted says nothing that counts.
        if let Role::Sidecar(of) = &role
            && !(include.is_match(of) && by_path.contains_key(of.as_str()))
        {
            continue;
        }
        let linked = linked_folder(reader, entry, entries, &by_path);
        if !linked.is_empty() {
            found.extend(linked.into_iter().map(|file| (file.path.clone(), file)));
            continue;
        }
        let content = license_content(reader, entry, &by_path);
        if role == Role::Package && !content.as_deref().is_ok_and(license::may_speak) {
            continue;
        }
        if role == Role::Metadata
            && let Ok(content) = &content
        {
            named.push(license::files_named_by(&entry.path, content));
        }
        let file = LicenseFile {
            path: entry.path.clone(),
            role,
            named_by: None,
            content,
        };
        found.insert(entry.path.clone(), file);
    }
    let elsewhere = named_files(reader, entries, &by_path, &named, &mut found);
    found.into_values().chain(elsewhere).collect()
}

/// Adds the files that metadata names to those found. Returns the found ones that are also the licence of a folder
/// that they would not speak for by their own names.
fn named_files(
    reader: &dyn Reader,
    entries: &[Entry],
    by_path: &HashMap<&str, &Entry>,
    named: &[license::Named],
    found: &mut BTreeMap<String, LicenseFile>,
) -> Vec<LicenseFile> {
    let mut elsewhere = Vec::new();
    for named in named.iter().filter(|named| !named.globs.is_empty()) {
        let globs = set(&named.globs);
        for entry in entries.iter().filter(|entry| globs.is_match(&entry.path)) {
            let is_file = matches!(entry.kind, EntryKind::File | EntryKind::Link(_));
            let (path, folder) = (&entry.path, &named.folder);
            let free = found.get(path).is_none_or(LicenseFile::is_beside);
            if is_file && free && !license::is_of_persons(path) {
                let file = LicenseFile {
                    path: path.clone(),
                    role: Role::Text,
                    named_by: Some(folder.clone()),
                    content: license_content(reader, entry, by_path),
                };
                found.insert(path.clone(), file);
            } else if let Some(file) = found.get(path)
                && named.texts.contains(path)
            {
                elsewhere.extend(file.spoken_for(folder));
            }
        }
    }
    elsewhere
}

/// The files of a folder that a link such as `LICENSES` leads to, by the paths that they have through the link.
fn linked_folder(
    reader: &dyn Reader,
    link: &Entry,
    entries: &[Entry],
    by_path: &HashMap<&str, &Entry>,
) -> Vec<LicenseFile> {
    let EntryKind::Link(target) = &link.kind else {
        return Vec::new();
    };
    // Of a file inside, so that a link to a link is followed to its end.
    let Some(inside) = resolved(&link.path, &format!("{target}/_"), by_path) else {
        return Vec::new();
    };
    let folder = inside.trim_end_matches('_');
    let inside = entries.iter().filter_map(|entry| {
        let rest = entry.path.strip_prefix(folder)?;
        let path = format!("{}/{rest}", link.path);
        let role = license::role(&path).filter(|role| matches!(role, Role::Collected(_)))?;
        let is_file = matches!(entry.kind, EntryKind::File | EntryKind::Link(_));
        is_file.then(|| LicenseFile {
            path,
            role,
            named_by: None,
            content: license_content(reader, entry, by_path),
        })
    });
    inside.collect()
}

/// The path that a link leads to; folders on the way may be links, too. `None` outside of the source.
fn resolved(link: &str, target: &str, by_path: &HashMap<&str, &Entry>) -> Option<String> {
    let folder = |path: &str| {
        path.rsplit_once('/')
            .map_or("", |(folder, _)| folder)
            .to_owned()
    };
    let mut path = license::joined(&folder(link), target)?;
    let mut left = MAX_LINKS;
    loop {
        let ends = path.match_indices('/').map(|(end, _)| end);
        let linked = ends
            .into_iter()
            .find_map(|end| match &by_path.get(&path[..end])?.kind {
                EntryKind::Link(target) => Some((end, target)),
                _ => None,
            });
        let Some((end, target)) = linked else {
            return Some(path);
        };
        left = left.checked_sub(1)?;
        let start = license::joined(&folder(&path[..end]), target)?;
        path = license::joined(&start, &path[end + 1..])?;
    }
}

/// The content of a file that says something of the licence; a link is followed within the source.
fn license_content(
    reader: &dyn Reader,
    entry: &Entry,
    by_path: &HashMap<&str, &Entry>,
) -> Result<Vec<u8>, String> {
    let next = |entry: &Entry, target: &str| {
        let path = resolved(&entry.path, target, by_path);
        path.and_then(|path| by_path.get(path.as_str()).copied())
    };
    let mut entry = entry;
    let mut met = HashSet::new();
    while let EntryKind::Link(target) = &entry.kind {
        entry = next(entry, target)
            .ok_or_else(|| "a link that leads to no file of the source".to_owned())?;
        if met.len() == MAX_LINKS || !met.insert(entry.path.as_str()) {
            return Err("a link that leads to itself".to_owned());
        }
    }
    match &entry.kind {
        EntryKind::File if entry.bytes > MAX_LICENSE_BYTES => {
            Err(format!("{} bytes, which is more than is read", entry.bytes))
        }
        // Where links cannot be made, git and archives write the target into a file.
        EntryKind::File if entry.bytes <= MAX_TARGET_BYTES && met.len() < MAX_LINKS => {
            let content = reader.read(entry).map_err(|error| error.to_string())?;
            let target = std::str::from_utf8(&content)
                .map(str::trim_end)
                .unwrap_or_default();
            match next(entry, target) {
                Some(other)
                    if other.path != entry.path
                        && other.kind == EntryKind::File
                        && other.bytes <= MAX_LICENSE_BYTES =>
                {
                    reader.read(other).map_err(|error| error.to_string())
                }
                _ if lfs_pointer(&content).is_some() => Err(LFS_TEXT.to_owned()),
                _ => Ok(content),
            }
        }
        EntryKind::File => reader.read(entry).map_err(|error| error.to_string()),
        EntryKind::Unreadable(why) => Err(why.clone()),
        _ => Err("it is not a regular file".to_owned()),
    }
}

/// Reason that a file matching `include` is not read.
fn reason_to_drop(entry: &Entry, excluded: bool, spec: &SourceSpec) -> Option<(Reason, String)> {
    let bytes = || format!("{} bytes", entry.bytes);
    match &entry.kind {
        EntryKind::Foreign(why) => Some((Reason::NotSelected, (*why).to_owned())),
        _ if excluded => Some((Reason::NotSelected, "matches `exclude`".to_owned())),
        EntryKind::Link(_) | EntryKind::Special => Some((Reason::NotARegularFile, String::new())),
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

    /// Identifier in place of a commit: a hash of everything that decides on files and licences.
    pub(crate) fn content_digest(&self, reader: &dyn Reader) -> Result<String, CrawlError> {
        let mut listing = self.tree.digest(reader)?;
        for wanted in &self.wanted {
            listing.push_str(&format!(
                "{} {}
",
                wanted.blob, wanted.entry.path
            ));
        }
        for file in &self.licenses {
            let content = match &file.content {
                Ok(content) => content.as_slice(),
                Err(why) => why.as_bytes(),
            };
            listing.push_str(&format!(
                "{} {}
",
                blob_id(content)?,
                file.path
            ));
        }
        blob_id(listing.as_bytes())
    }
}

impl Seen {
    /// Takes in the files of a source that stays in use as it is.
    pub(crate) fn add(&mut self, source: &str, files: Vec<(String, String)>) {
        let source: Rc<str> = source.into();
        for (path, blob) in files {
            self.first
                .entry(blob)
                .or_insert_with(|| (Rc::clone(&source), path));
        }
    }
}

/// A source whose files are read one after the other, as an iterator, so that a source of any size can be
/// handed on.
pub struct Reading<'a> {
    source: Source,
    spec: &'a SourceSpec,
    reader: Box<dyn Reader>,
    wanted: std::vec::IntoIter<Wanted>,
    licenses: Licenses,
    tree: Tree,
    dropped: Vec<Dropped>,
    around: Surroundings<'a>,
    done: u64,
    total: u64,
    stopped: bool,
}

impl std::fmt::Debug for Reading<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading")
            .field("source", &self.source)
            .field("done", &self.done)
            .field("total", &self.total)
            .finish_non_exhaustive()
    }
}

impl<'a> Reading<'a> {
    pub(crate) fn new(
        source: Source,
        spec: &'a SourceSpec,
        reader: Box<dyn Reader>,
        selected: Selected,
        licenses: Licenses,
        around: Surroundings<'a>,
    ) -> Self {
        Self {
            source,
            spec,
            reader,
            total: selected.wanted.len() as u64,
            wanted: selected.wanted.into_iter(),
            licenses,
            tree: selected.tree,
            dropped: selected.dropped,
            around,
            done: 0,
            stopped: false,
        }
    }

    /// The source, resolved.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Drops in order, once all files are read; `None` if the crawl was stopped before.
    pub fn take_dropped(&mut self) -> Option<Vec<Dropped>> {
        self.dropped.sort();
        (!self.stopped && self.wanted.len() == 0).then(|| std::mem::take(&mut self.dropped))
    }

    /// Reads the files that the source's packages need when they run; once.
    pub fn tree(&mut self) -> impl Iterator<Item = TreeFile> + '_ {
        std::mem::take(&mut self.tree).read(self.reader.as_ref())
    }

    /// Reads all files into memory.
    #[must_use]
    pub fn read_all(mut self) -> Crawled {
        let files = self.by_ref().collect();
        let tree = self.tree().collect();
        self.dropped.sort();
        Crawled {
            source: self.source,
            files,
            tree,
            dropped: self.dropped,
        }
    }

    /// A file, or why it is left out.
    fn read(&self, wanted: Wanted) -> Result<CrawledFile, Dropped> {
        let entry = wanted.entry;
        let content = wanted.content.map_or_else(|| self.reader.read(&entry), Ok);
        let content = content.map_err(|error| unreadable(self.spec, &entry, &error))?;
        let left_out = |reason, detail: String| {
            Err(Dropped::new(
                reason,
                subject(self.spec, &entry.path),
                detail,
            ))
        };
        if let Some(bytes) = lfs_pointer(&content) {
            let detail = format!("its {bytes} bytes are kept in Git LFS");
            return left_out(Reason::LfsPointer, detail);
        }
        if content.contains(&0) {
            return left_out(Reason::Binary, "holds a NUL byte".to_owned());
        }
        let source = self.source.id;
        Ok(CrawledFile {
            file: File {
                id: FileId::of(&[source.as_bytes(), entry.path.as_bytes()]),
                source,
                blob: wanted.blob,
                bytes: content.len() as u64,
                license: self.licenses.of(&entry.path, &content),
                flags: flags(&entry.path, &content),
                path: entry.path,
            },
            content,
        })
    }
}

impl Iterator for Reading<'_> {
    type Item = CrawledFile;

    fn next(&mut self) -> Option<CrawledFile> {
        loop {
            if (self.around.interrupted)() {
                self.stopped = true;
                return None;
            }
            let wanted = self.wanted.next()?;
            self.done += 1;
            let progress = self.around.progress;
            progress.source_progress(&self.spec.name, self.done, self.total);
            match self.read(wanted) {
                Ok(file) => return Some(file),
                Err(dropped) => self.dropped.push(dropped),
            }
        }
    }
}

/// Reason that a licence is unknown if only a pointer to it exists.
const LFS_TEXT: &str = "a Git LFS pointer, and the text is not in the repository";
/// First lines of the pointers that Git LFS stores in place of a file; the second is of its early versions.
const LFS_POINTERS: [&[u8]; 2] = [
    b"version https://git-lfs.github.com/spec/",
    b"version https://hawser.github.com/spec/",
];
/// A pointer is not longer.
const MAX_LFS_POINTER_BYTES: usize = 1024;

/// Size of the file that a Git LFS pointer replaces; `None` for other content.
fn lfs_pointer(content: &[u8]) -> Option<u64> {
    let is_pointer = content.len() <= MAX_LFS_POINTER_BYTES
        && LFS_POINTERS.iter().any(|start| content.starts_with(start));
    let text = is_pointer.then(|| String::from_utf8_lossy(content))?;
    let mut sizes = text
        .lines()
        .filter_map(|line| line.strip_prefix("size ")?.trim().parse().ok());
    Some(sizes.next().unwrap_or(0))
}

fn unreadable(spec: &SourceSpec, entry: &Entry, error: &CrawlError) -> Dropped {
    let subject = subject(spec, &entry.path);
    Dropped::new(Reason::Unreadable, subject, error.to_string())
}
