//! Python source to units, comments, calls and self-contained programs: the `extract` stage.
//!
//! Pure and total: no IO, and any bytes give a result plus reasons. Each file is parsed once into an
//! owned summary ([`module`]); what follows - slicing programs and attaching mined calls - works on the
//! summaries of the whole source, in parallel, and never looks at a tree again.

mod calls;
mod comments;
mod decode;
mod docstring;
mod doctest;
mod hazards;
mod index;
mod leaks;
mod module;
mod names;
mod slice;
mod source;
mod strings;
mod syntax;

use std::collections::BTreeSet;

use tracestone_record::{Call, Dropped, FileId, Program, Unit};

pub use decode::decode;
pub use source::extract;

/// Goes up whenever the same files could give another extraction than before.
pub const VERSION: u32 = 1;

/// One file of a source.
#[derive(Debug, Clone, Copy)]
pub struct SourceFile<'a> {
    /// Its identifier.
    pub id: FileId,
    /// Its path inside the source, with `/`.
    pub path: &'a str,
    /// Its bytes.
    pub content: &'a [u8],
}

/// What a caller chooses.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Longer programs are left out, in lines.
    pub max_program_lines: u32,
    /// Further calls of a program are left out.
    pub max_calls: usize,
    /// Longer calls with their setup are left out, in bytes.
    pub max_call_bytes: usize,
    /// Files nested more deeply are left out.
    pub max_depth: u32,
    /// Top-level modules that need no package.
    pub standard_modules: BTreeSet<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_program_lines: 500,
            max_calls: 60,
            max_call_bytes: 4096,
            max_depth: 200,
            standard_modules: names::standard_modules().map(str::to_owned).collect(),
        }
    }
}

/// What a source holds.
#[derive(Debug, Clone, Default)]
pub struct Extraction {
    /// Functions, methods and classes, by path and place.
    pub units: Vec<Unit>,
    /// Programs, by path and place of their unit; each text once.
    pub programs: Vec<Program>,
    /// Calls, in the order of the programs.
    pub calls: Vec<Call>,
    /// What was left out, and why.
    pub dropped: Vec<Dropped>,
    /// What was found in each file, by path.
    pub files: Vec<FileReport>,
}

/// What was found in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReport {
    /// The file.
    pub id: FileId,
    /// Its size.
    pub bytes: usize,
    /// Its functions, methods and classes.
    pub units: usize,
    /// Whether it has syntax errors.
    pub had_errors: bool,
}
