//! Python source to units, comments, calls and self-contained programs.
//!
//! Each file is parsed once with tree-sitter into a flat tree, summarised, and the tree dropped.
//! When all files of a source are summarised, each top-level function and class is sliced into a
//! program, and the calls found in docstrings, tests and elsewhere are attached to the programs.
//!
//! Invariants: no IO; no panic on any input; what is left out is in [`Extraction::dropped`]; the
//! result depends on the files and settings alone, not on the number of threads.
//!
//! ```
//! use tracestone_extract::{Settings, SourceFile, extract};
//! use tracestone_record::FileId;
//!
//! let text = "def double(x):\n    \"\"\"\n    >>> double(2)\n    4\n    \"\"\"\n    return x * 2\n";
//! let file = SourceFile {
//!     id: FileId::of(&[b"double.py"]),
//!     path: "double.py",
//!     content: text.as_bytes(),
//! };
//! let found = extract(&[file], None, &Settings::default(), &|| {});
//! assert_eq!(found.programs[0].entry, "double");
//! assert_eq!(found.calls[0].call, "double(2)");
//! ```

mod calls;
mod comments;
mod decode;
mod docstring;
mod doctest;
mod encodings;
mod hazards;
mod index;
mod leaks;
mod module;
mod names;
mod normal;
mod packages;
mod slice;
mod source;
mod strings;
mod syntax;

use std::collections::BTreeSet;

use serde::Serialize;
use tracestone_record::{Call, Dropped, FileId, Program, Unit};

pub use decode::{Undecodable, decode};
pub use normal::Normalizer;
pub use packages::SourceTree;
pub use source::extract;

/// Changes whenever the same files may give other results.
pub const VERSION: u32 = 15;

/// A file of a source.
#[derive(Debug, Clone, Copy)]
pub struct SourceFile<'a> {
    /// Identifier of the file.
    pub id: FileId,
    /// Its path inside the source, with `/`.
    pub path: &'a str,
    /// Content of the file.
    pub content: &'a [u8],
}

/// Limits, and what counts as known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// Larger programs are dropped.
    pub max_program_lines: u32,
    /// Calls kept per program.
    pub max_calls: usize,
    /// Calls kept per program that runs in its own package.
    pub max_package_calls: usize,
    /// Calls that are larger than this together with their setup are dropped.
    pub max_call_bytes: usize,
    /// Files whose syntax is nested more deeply are not read.
    pub max_depth: u32,
    /// Top-level modules that an interpreter brings along.
    pub standard_modules: BTreeSet<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_program_lines: 300,
            max_calls: 60,
            max_package_calls: 6,
            max_call_bytes: 4096,
            max_depth: 200,
            standard_modules: names::standard_modules().map(str::to_owned).collect(),
        }
    }
}

/// Result for the files of one source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extraction {
    /// Sorted by path and place; only those without syntax errors.
    pub units: Vec<Unit>,
    /// Sorted by path and line; each text once.
    pub programs: Vec<Program>,
    /// In the order of the programs, then by origin.
    pub calls: Vec<Call>,
    /// Things left out, with reasons. A program without calls is listed here as well as returned.
    pub dropped: Vec<Dropped>,
    /// One per file, sorted by path.
    pub files: Vec<FileReport>,
}

/// Properties of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReport {
    /// Identifier of the file.
    pub id: FileId,
    /// Size in bytes.
    pub bytes: usize,
    /// Lines; 0 for a file that could not be read.
    pub lines: u32,
    /// Functions, methods and classes without syntax errors.
    pub units: usize,
    /// True if it has syntax errors or could not be read.
    pub had_errors: bool,
}
