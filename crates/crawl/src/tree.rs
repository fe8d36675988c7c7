//! Files that a source's packages need at run time: all Python files of the revision, even those that the
//! corpus does not select, and other files in packages, such as tables and grammars.

use std::collections::{BTreeMap, BTreeSet};

use tracestone_record::{Dropped, Reason};

use crate::corpus::{Place, SourceSpec};
use crate::error::CrawlError;
use crate::reader::{Entry, EntryKind, Reader, blob_id};

/// Larger files are left out.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// All files together.
const MAX_BYTES: u64 = 64 << 20;
const MAX_FILES: usize = 20_000;
/// Files at the top that state, among other things, the versions of Python that the source runs on.
const METADATA: [&str; 2] = ["pyproject.toml", "setup.cfg"];

/// A file that a package of the source may need.
#[derive(Debug)]
pub struct TreeFile {
    /// Path inside the source, with `/`.
    pub path: String,
    /// The git blob id of its bytes.
    pub blob: String,
    /// Bytes of the file.
    pub content: Vec<u8>,
    /// True for a file that is not of the revision: it is made in the place of what a build would write.
    pub made: bool,
}

/// The chosen files, and the number of those that are too large.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    entries: Vec<Entry>,
    /// Number of files above a limit.
    beyond: u64,
    /// Files that a build would write, by path: their texts.
    made: BTreeMap<String, String>,
}

impl Tree {
    pub(crate) fn of(reader: &dyn Reader, entries: &[Entry], spec: &SourceSpec) -> Self {
        let mut tree = Self::default();
        // The standard library is there anyway.
        if matches!(spec.place, Place::Stdlib) {
            return tree;
        }
        let packages: BTreeSet<&str> = entries
            .iter()
            .filter_map(|entry| entry.path.strip_suffix("/__init__.py"))
            .collect();
        let mut bytes = 0;
        for entry in entries {
            let python = entry.path.ends_with(".py");
            if entry.kind != EntryKind::File || !is_plain(&entry.path) {
                continue;
            }
            let metadata = METADATA.contains(&entry.path.as_str());
            if !python && !metadata && !is_inside(&entry.path, &packages) {
                continue;
            }
            bytes += entry.bytes;
            if entry.bytes > MAX_FILE_BYTES || bytes > MAX_BYTES || tree.entries.len() == MAX_FILES
            {
                bytes -= entry.bytes;
                tree.beyond += 1;
                continue;
            }
            tree.entries.push(entry.clone());
        }
        tree.made = versions(reader, entries);
        tree.made.extend(spec.files.clone());
        let made = &tree.made;
        tree.entries.retain(|entry| !made.contains_key(&entry.path));
        tree
    }

    /// Identifier of the files in place of a commit: a hash of their paths and contents.
    pub(crate) fn digest(&self, reader: &dyn Reader) -> Result<String, CrawlError> {
        let mut listing = String::new();
        for entry in &self.entries {
            // What cannot be read is not there.
            if let Ok(file) = read(reader, entry) {
                listing.push_str(&format!("{} {}\n", file.blob, file.path));
            }
        }
        for (path, text) in &self.made {
            match text == VERSION {
                true => listing.push_str(&format!("made {path}\n")),
                false => listing.push_str(&format!("made {path} {}\n", blob_id(text.as_bytes())?)),
            }
        }
        blob_id(listing.as_bytes())
    }

    /// Reads the files, one after the other.
    pub(crate) fn read<'a>(self, reader: &'a dyn Reader) -> impl Iterator<Item = TreeFile> + 'a {
        let files = self.entries.into_iter();
        let files = files.filter_map(|entry| read(reader, &entry).ok());
        files.chain(self.made.into_iter().filter_map(made))
    }

    /// Drop record of the files above a limit, if there are any.
    pub(crate) fn dropped(&self, spec: &SourceSpec) -> Option<Dropped> {
        let detail = format!(
            "{} files of packages, of more than {} MiB or above {} MiB or {MAX_FILES} files in all",
            self.beyond,
            MAX_FILE_BYTES >> 20,
            MAX_BYTES >> 20
        );
        (self.beyond > 0).then(|| Dropped::new(Reason::NotInTree, &spec.name, detail))
    }
}

/// Text of a version file as `setuptools_scm` and `hatch-vcs` write it.
const VERSION: &str =
    "__version__ = version = \"0.0.0\"\n__version_tuple__ = version_tuple = (0, 0, 0)\n";
/// Text of the file that `versioneer` puts in the place of its own when it builds.
const VERSIONEER: &str = "def get_versions():\n    return {\"version\": \"0.0.0\", \"full-revisionid\": None, \
                          \"dirty\": False, \"error\": None, \"date\": None}\n";

fn made((path, text): (String, String)) -> Option<TreeFile> {
    Some(TreeFile {
        blob: blob_id(text.as_bytes()).ok()?,
        content: text.into_bytes(),
        path,
        made: true,
    })
}

/// The files that the build settings at the top of a source name as those with its version: those that are not there,
/// and those that `versioneer` replaces.
fn versions(reader: &dyn Reader, entries: &[Entry]) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let settings = ["pyproject.toml", "setup.cfg"];
    for entry in entries {
        if !settings.contains(&entry.path.as_str()) || entry.kind != EntryKind::File {
            continue;
        }
        let Ok(content) = reader.read(entry) else {
            continue;
        };
        for line in String::from_utf8_lossy(&content).lines() {
            let Some((key, value)) = line.split_once('=') else {
                continue;
            };
            let value = value.trim().trim_matches(['"', '\'']);
            let text = match key.trim().rsplit('.').next().unwrap_or("") {
                "write_to" | "version_file" | "version-file" => VERSION,
                "versionfile_source" => VERSIONEER,
                _ => continue,
            };
            if value.ends_with(".py") && is_plain(value) {
                found.insert(value.to_owned(), text.to_owned());
            }
        }
    }
    // Without a folder for it nobody imports it.
    found.retain(|path, text| {
        let folder = path
            .rsplit_once('/')
            .map(|(folder, _)| format!("{folder}/"));
        let mut paths = entries.iter().map(|entry| entry.path.as_str());
        folder.is_some_and(|folder| paths.clone().any(|other| other.starts_with(&folder)))
            && (text == VERSIONEER || paths.all(|other| other != path))
    });
    found
}

fn read(reader: &dyn Reader, entry: &Entry) -> Result<TreeFile, CrawlError> {
    let content = reader.read(entry)?;
    let blob = match &entry.blob {
        Some(blob) => blob.clone(),
        None => blob_id(&content)?,
    };
    Ok(TreeFile {
        path: entry.path.clone(),
        blob,
        content,
        made: false,
    })
}

/// True if a path names one place below the folder that it is put into.
pub(crate) fn is_plain(path: &str) -> bool {
    !path.contains('\0')
        && path
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != ".." && part.len() < 256)
}

/// True if a file is in a package, at any depth.
fn is_inside(path: &str, packages: &BTreeSet<&str>) -> bool {
    let mut at = path;
    while let Some((folder, _)) = at.rsplit_once('/') {
        if packages.contains(folder) {
            return true;
        }
        at = folder;
    }
    false
}
