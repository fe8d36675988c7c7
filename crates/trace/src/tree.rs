//! The files of a source, for programs that run in their own package.

#![expect(clippy::disallowed_methods, reason = "the caller names the path")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

/// The files of a source on disk, and its Python files in memory.
///
/// The folder holds regular files only. It is readable in the sandbox, and Python modules are loaded from
/// memory, so that they are there where no file can be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// Absolute path of the folder.
    pub folder: PathBuf,
    /// Another path to the same folder. Every interpreter but the first has the files there, so that what
    /// depends on where they are is found.
    pub other: PathBuf,
    /// The Python files by their path in the folder, with `/`.
    pub python: BTreeMap<String, Vec<u8>>,
    /// Distributions that the source's programs may import.
    pub site: Option<Site>,
}

/// The files of distributions that programs import, which are not of their source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Absolute path of the folder.
    pub folder: PathBuf,
    /// Another path to the same folder, for every interpreter but the first.
    pub other: PathBuf,
    /// True if there is native code among them.
    pub native: bool,
}

impl Site {
    /// The path by which an interpreter finds it.
    pub(crate) fn place(&self, first: bool) -> &Path {
        if first { &self.folder } else { &self.other }
    }
}

impl Tree {
    /// Lays out the files of a source in a folder of its own below `folder`, unless they are there already.
    ///
    /// # Errors
    /// The folder cannot be written, or a path leads out of it.
    pub fn lay_out(folder: &Path, name: &str, files: Vec<(String, Vec<u8>)>) -> io::Result<Self> {
        let whole = folder.join(name);
        if !whole.is_dir() {
            fs::create_dir_all(folder)?;
            let part = folder.join(format!("{name}.{}", std::process::id()));
            // What a build that was killed has left.
            drop(fs::remove_dir_all(&part));
            for (path, content) in &files {
                write(&part.join(FIRST), path, content)?;
            }
            fs::create_dir_all(part.join(FIRST))?;
            std::os::unix::fs::symlink(FIRST, part.join(OTHER))?;
            // In one step, since other builds may do the same.
            if let Err(error) = fs::rename(&part, &whole)
                && !whole.is_dir()
            {
                return Err(error);
            }
            drop(fs::remove_dir_all(&part));
        }
        let whole = whole.canonicalize()?;
        let python = files.into_iter().filter(|(path, _)| path.ends_with(".py"));
        Ok(Self {
            folder: whole.join(FIRST),
            other: whole.join(OTHER),
            python: python.collect(),
            site: None,
        })
    }
}

impl Tree {
    /// The same, with distributions.
    #[must_use]
    pub fn with(self, site: Option<Site>) -> Self {
        Self { site, ..self }
    }

    /// The path by which an interpreter finds the files.
    pub(crate) fn place(&self, first: bool) -> &Path {
        if first { &self.folder } else { &self.other }
    }

    /// The files of a source that were laid out before, if they were.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn open(folder: &Path, name: &str) -> io::Result<Option<Self>> {
        let whole = folder.join(name);
        if !whole.is_dir() {
            return Ok(None);
        }
        let whole = whole.canonicalize()?;
        let folder = whole.join(FIRST);
        let mut python = BTreeMap::new();
        let mut folders = vec![folder.clone()];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(next)? {
                let entry = entry?;
                let (path, kind) = (entry.path(), entry.file_type()?);
                if kind.is_dir() {
                    folders.push(path);
                } else if kind.is_file()
                    && let Some(inside) = path.strip_prefix(&folder).ok().and_then(Path::to_str)
                    && inside.ends_with(".py")
                {
                    python.insert(inside.to_owned(), fs::read(&path)?);
                }
            }
        }
        Ok(Some(Self {
            other: whole.join(OTHER),
            folder,
            python,
            site: None,
        }))
    }
}

/// The two names of a folder of files.
const FIRST: &str = "source";
const OTHER: &str = "elsewhere";

fn write(folder: &Path, path: &str, content: &[u8]) -> io::Result<()> {
    let plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    if path.contains('\0') || !path.split('/').all(plain) {
        let why = format!("{path:?} is no path inside a folder");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    }
    let file = folder.join(path);
    fs::create_dir_all(file.parent().unwrap_or(folder))?;
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o444)
        .open(file)?;
    file.write_all(content)
}

/// A part of a module that runs in its own package.
#[derive(Debug, Clone)]
pub struct InTree {
    /// The files of its source.
    pub tree: Arc<Tree>,
    /// The name by which the module is imported.
    pub module: String,
    /// The module's file.
    pub path: String,
    /// The folders of the tree that modules are imported from, in order.
    pub roots: Vec<String>,
    /// For each line of the program's text, the line of the file; 0 for none.
    pub lines: Vec<u32>,
}

/// A program as interpreters get it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) text: &'a str,
    pub(crate) package: Option<&'a InTree>,
    /// True if each call gets an import of the package of its own.
    pub(crate) fresh: bool,
    /// Seed of the choice of tests, where tests run.
    pub(crate) seed: &'a str,
    /// The half of the evaluations of each call to do; all where there is none.
    pub(crate) half: Option<&'static str>,
}

impl<'a> Subject<'a> {
    /// A text that is executed itself.
    pub(crate) fn text(text: &'a str) -> Self {
        Self {
            text,
            package: None,
            fresh: false,
            seed: "",
            half: None,
        }
    }

    /// The same, with one half of the evaluations.
    pub(crate) fn half(self, half: &'static str) -> Self {
        Self {
            half: Some(half),
            ..self
        }
    }

    /// The same, with an import of the package for each call.
    pub(crate) fn fresh(self) -> Self {
        Self {
            fresh: true,
            ..self
        }
    }
}

/// A program's package in the words of the protocol.
#[derive(Debug, Serialize)]
pub(crate) struct PackageWork<'a> {
    module: &'a str,
    path: &'a str,
    roots: &'a [String],
    lines: &'a [u32],
}

impl<'a> From<&'a InTree> for PackageWork<'a> {
    fn from(package: &'a InTree) -> Self {
        Self {
            module: &package.module,
            path: &package.path,
            roots: &package.roots,
            lines: &package.lines,
        }
    }
}

/// A tree in the words of the protocol.
#[derive(Debug, Serialize)]
pub(crate) struct TreeHello<'a> {
    root: &'a Path,
    /// The bytes of files as characters of the same numbers.
    files: BTreeMap<&'a str, String>,
    /// The folder with the files of distributions.
    site: Option<&'a Path>,
}

impl<'a> TreeHello<'a> {
    /// The files as the first interpreter, or another one, finds them.
    pub(crate) fn new(tree: &'a Tree, first: bool) -> Self {
        let as_text = |bytes: &[u8]| bytes.iter().map(|&byte| char::from(byte)).collect();
        let files = tree.python.iter();
        Self {
            root: tree.place(first),
            site: tree.site.as_ref().map(|site| site.place(first)),
            files: files
                .map(|(path, bytes)| (path.as_str(), as_text(bytes)))
                .collect(),
        }
    }
}
