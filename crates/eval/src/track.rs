//! Tracks: fields in which a program of their own makes the items and judges the answers.
//!
//! This crate knows no track. A program hands its [`Tracks`] to what reads tasks; a task file names one with
//! `[items] source = "track"`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::episode::SharedEpisode;
use crate::item::Item;
use crate::judge::SharedJudge;

/// A field with its tasks, items and judges.
pub trait Track: Send + Sync {
    /// Name in task files: `[items] track = ".."`.
    fn name(&self) -> &'static str;

    /// Its tasks inside the binary: the name and the text of the file.
    fn tasks(&self) -> &'static [(&'static str, &'static str)];

    /// Templates of these tasks: the file's name and its text.
    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// The items that a recipe makes, of the given files where it needs some.
    ///
    /// # Errors
    /// The recipe or a file is not what it should be.
    fn items(&self, recipe: &Recipe, files: Option<&dyn Files>) -> Result<Vec<Item>, TrackError>;

    /// The judge with a name; `None` if it is none of this track.
    fn judge(
        &self,
        name: &str,
        settings: &BTreeMap<String, Value>,
    ) -> Option<Result<SharedJudge, String>>;

    /// The course of items that take several requests, with a name; `None` if it is none of this track.
    fn episode(
        &self,
        name: &str,
        settings: &BTreeMap<String, Value>,
    ) -> Option<Result<SharedEpisode, String>> {
        let _ = (name, settings);
        None
    }

    /// The names of its judges.
    fn judges(&self) -> &'static [&'static str];
}

/// Error of a track's items.
#[derive(Debug, thiserror::Error)]
pub enum TrackError {
    /// The task's settings do not fit.
    #[error("[items] make, or a parameter: {0}")]
    Recipe(String),
    /// The items need a file or folder.
    #[error("{0}")]
    NoData(String),
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// Path of the file.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{path}: {what}")]
    File {
        /// Path of the file in the folder.
        path: String,
        /// Description of the error.
        what: String,
    },
}

/// Settings of a task for its track: the table `[items] make` with the task's parameters over it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recipe(Map<String, Value>);

impl Recipe {
    /// The recipe of a table and parameters. A parameter is a number, a truth value or a list where its text reads as one.
    #[must_use]
    pub fn new(make: &BTreeMap<String, Value>, parameters: &BTreeMap<String, String>) -> Self {
        let mut fields: Map<String, Value> = make.clone().into_iter().collect();
        for (name, text) in parameters {
            fields.insert(name.clone(), setting(text));
        }
        Self(fields)
    }

    /// The recipe as settings of a track.
    ///
    /// # Errors
    /// A setting is absent, unknown or of another type.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, TrackError> {
        serde_json::from_value(Value::Object(self.0.clone()))
            .map_err(|error| TrackError::Recipe(error.to_string()))
    }

    /// A setting by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}

/// The value that a parameter's text stands for: a number, a truth value or a list where it reads as one.
pub(crate) fn setting(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(value @ (Value::Number(_) | Value::Bool(_) | Value::Array(_))) => value,
        _ => Value::from(text),
    }
}

/// A file, or the files of a folder, that items are made of.
pub trait Files {
    /// True for a folder.
    fn is_folder(&self) -> bool;

    /// Paths of all files, from the folder on and with `/`, in order; the name alone where it is one file.
    ///
    /// # Errors
    /// The folder cannot be read.
    fn list(&self) -> Result<Vec<String>, TrackError>;

    /// The content of a file of the list.
    ///
    /// # Errors
    /// It cannot be read.
    fn read(&self, path: &str) -> Result<Vec<u8>, TrackError>;
}

/// The hash of a file's content, for the facts of items that are made of it.
#[must_use]
pub fn content_hash(content: &[u8]) -> String {
    blake3::hash(content).to_hex().to_string()
}

/// Files on the disk.
pub(crate) struct Disk {
    root: PathBuf,
}

impl Disk {
    /// The file or folder at a path.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn open(root: &Path) -> Result<Self, TrackError> {
        let root = root.to_owned();
        match std::fs::metadata(&root) {
            Ok(_) => Ok(Self { root }),
            Err(source) => Err(TrackError::Read { path: root, source }),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the errors of this module name the path"
)]
impl Files for Disk {
    fn is_folder(&self) -> bool {
        self.root.is_dir()
    }

    fn list(&self) -> Result<Vec<String>, TrackError> {
        if !self.is_folder() {
            let name = self.root.file_name().unwrap_or_default();
            return Ok(vec![name.to_string_lossy().into_owned()]);
        }
        let mut found = Vec::new();
        let mut folders = vec![(self.root.clone(), String::new())];
        while let Some((folder, before)) = folders.pop() {
            let failed = |source| TrackError::Read {
                path: folder.clone(),
                source,
            };
            for entry in std::fs::read_dir(&folder).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                let name = entry.file_name().to_string_lossy().into_owned();
                // What begins with a dot is no data: `.git` above all.
                if name.starts_with('.') {
                    continue;
                }
                let path = format!("{before}{name}");
                if entry.path().is_dir() {
                    folders.push((entry.path(), format!("{path}/")));
                } else {
                    found.push(path);
                }
            }
        }
        found.sort();
        Ok(found)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TrackError> {
        let path = match self.is_folder() {
            true => self.root.join(path),
            false => self.root.clone(),
        };
        tracestone_files::read(path).map_err(|error| TrackError::Read {
            path: error.path,
            source: error.source,
        })
    }
}

/// The tracks of a program.
#[derive(Clone, Copy, Default)]
pub struct Tracks(&'static [&'static dyn Track]);

impl std::fmt::Debug for Tracks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.0.iter().map(|track| track.name());
        f.debug_list().entries(names).finish()
    }
}

impl Tracks {
    /// A program without tracks.
    pub const NONE: Self = Self(&[]);

    /// A program with these tracks.
    #[must_use]
    pub const fn new(tracks: &'static [&'static dyn Track]) -> Self {
        Self(tracks)
    }

    /// The track with a name.
    #[must_use]
    pub fn by_name(self, name: &str) -> Option<&'static dyn Track> {
        self.0.iter().copied().find(|track| track.name() == name)
    }

    /// The names of all tracks.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        self.0.iter().map(|track| track.name()).collect()
    }

    /// All tasks, with the text of their files.
    pub(crate) fn tasks(self) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
        self.0.iter().flat_map(|track| track.tasks())
    }

    /// The text of a template.
    pub(crate) fn template(self, name: &str) -> Option<&'static str> {
        let mut templates = self.0.iter().flat_map(|track| track.templates());
        templates
            .find(|(known, _)| *known == name)
            .map(|(_, text)| *text)
    }

    /// The judge with a name, of the first track that has it.
    pub(crate) fn judge(
        self,
        name: &str,
        settings: &BTreeMap<String, Value>,
    ) -> Option<Result<SharedJudge, String>> {
        self.0.iter().find_map(|track| track.judge(name, settings))
    }

    /// The course with a name, of the first track that has it.
    pub(crate) fn episode(
        self,
        name: &str,
        settings: &BTreeMap<String, Value>,
    ) -> Option<Result<SharedEpisode, String>> {
        self.0
            .iter()
            .find_map(|track| track.episode(name, settings))
    }

    /// The names of all tracks' judges.
    pub(crate) fn judges(self) -> impl Iterator<Item = &'static str> {
        self.0.iter().flat_map(|track| track.judges()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Settings {
        kind: String,
        count: usize,
        seed: u64,
        lengths: Vec<usize>,
    }

    #[test]
    fn parameters_stand_over_the_table_and_read_as_numbers() {
        let make = BTreeMap::from([
            ("kind".to_owned(), Value::from("helix")),
            ("count".to_owned(), Value::from(3)),
            ("lengths".to_owned(), Value::from(vec![4])),
        ]);
        let parameters = BTreeMap::from([
            ("seed".to_owned(), "7".to_owned()),
            ("count".to_owned(), "12".to_owned()),
        ]);
        let settings: Settings = Recipe::new(&make, &parameters).read().unwrap();
        assert_eq!((settings.kind.as_str(), settings.count), ("helix", 12));
        assert_eq!((settings.seed, settings.lengths), (7, vec![4]));
        let wrong = BTreeMap::from([("count".to_owned(), "many".to_owned())]);
        let error = Recipe::new(&make, &wrong).read::<Settings>();
        assert!(error.is_err_and(|error| error.to_string().contains("many")));
    }

    #[test]
    fn files_of_a_folder_are_listed_in_order_without_hidden_ones() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for name in ["b.csv", "a/z.csv", "a/c.csv", ".git/config"] {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, name).unwrap();
        }
        let files = Disk::open(root).unwrap();
        assert_eq!(files.list().unwrap(), ["a/c.csv", "a/z.csv", "b.csv"]);
        assert_eq!(files.read("a/z.csv").unwrap(), b"a/z.csv");
        let one = Disk::open(&root.join("b.csv")).unwrap();
        assert_eq!(one.list().unwrap(), ["b.csv"]);
        assert_eq!(one.read("b.csv").unwrap(), b"b.csv");
        assert!(files.read("none").is_err());
        let error = Disk::open(&root.join("none")).err().unwrap().to_string();
        assert!(error.contains("none: No such file"), "{error}");
    }
}
