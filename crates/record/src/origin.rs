//! Where things come from: sources, files, licences.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{FileId, Line, SourceId};

/// The kind of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A git repository.
    Git,
    /// A folder.
    Dir,
    /// A source distribution of a package index.
    Sdist,
    /// The standard library of the running interpreter.
    Stdlib,
}

/// One repository, folder or archive at one revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Depends on the origin, the commit (or content) and what the corpus selects of it.
    pub id: SourceId,
    /// The name the corpus gives it, or one derived from the origin.
    pub name: String,
    /// How it is read.
    pub kind: SourceKind,
    /// The URL without credentials, the folder's name, `name==version`, or `cpython-3.11.2/Lib`.
    pub origin: String,
    /// The revision the corpus asks for; empty for the default.
    pub revision: String,
    /// The commit it was resolved to; `None` for what is not git.
    pub commit: Option<String>,
    /// The day of that commit in UTC, as `YYYY-MM-DD`.
    #[serde(default)]
    pub commit_date: Option<String>,
    /// The tree of that commit.
    pub tree: Option<String>,
    /// What splits keep together; by default the origin.
    pub group: String,
}

/// One file of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Depends on source and path.
    pub id: FileId,
    /// Its source.
    pub source: SourceId,
    /// Path inside the source, with `/`.
    pub path: String,
    /// The git blob id of its bytes (40 hexadecimal digits), computed also where git is not involved.
    pub blob: String,
    /// Size in bytes.
    pub bytes: u64,
    /// What licence it is under and how that is known.
    pub license: License,
    /// Signals; a flagged file is still used.
    pub flags: Vec<FileFlag>,
}

/// A signal about a file.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FileFlag {
    /// Says of itself that a program wrote it.
    Generated,
    /// Very long lines, hardly any white space.
    Minified,
    /// Lies in a folder of copied third-party code.
    Vendored,
    /// A test file.
    Test,
}

/// A licence and the evidence for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct License {
    /// An SPDX expression; `None` where nothing was found.
    pub expression: Option<String>,
    /// Whether every licence found is permissive.
    pub permissive: bool,
    /// What was found where.
    pub evidence: Vec<LicenseEvidence>,
}

/// One finding of a licence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LicenseEvidence {
    /// The SPDX expression found.
    pub license: String,
    /// How.
    pub method: LicenseMethod,
    /// The file it was found in.
    pub path: String,
    /// The line, for a header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<Line>,
    /// How sure the comparison of texts was, in percent; 100 for a declaration.
    pub confidence: u8,
}

/// How a licence was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LicenseMethod {
    /// An `SPDX-License-Identifier` header in the file itself.
    Header,
    /// The text of a licence file in the file's folder or one above.
    LicenseFile,
    /// Package metadata.
    Metadata,
    /// The corpus says so.
    Corpus,
}
