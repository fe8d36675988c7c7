//! Provenance: sources, files, licences.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Environment, FileId, Line, SourceId};

/// The kind of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A git repository.
    Git,
    /// A folder that is no git repository.
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
    /// Type of the source.
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
    /// Key that splits keep together; by default the origin.
    pub group: String,
    /// The distributions that its programs may import, if the corpus asks for some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,
}

/// One file of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Depends on source and path.
    pub id: FileId,
    /// Source of the file.
    pub source: SourceId,
    /// Path inside the source, with `/`.
    pub path: String,
    /// The git blob id of its bytes (40 hexadecimal digits), computed also where git is not involved.
    pub blob: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Licence of the file, with its evidence.
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
    /// In a folder of copied third-party code.
    Vendored,
    /// A test file.
    Test,
}

/// A licence and the evidence for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct License {
    /// An SPDX expression; `None` where nothing was found.
    pub expression: Option<String>,
    /// True if every licence found is permissive.
    pub permissive: bool,
    /// Every statement that was found, with its place.
    pub evidence: Vec<LicenseEvidence>,
}

/// One finding of a licence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LicenseEvidence {
    /// The SPDX expression found.
    pub license: String,
    /// Method of detection.
    pub method: LicenseMethod,
    /// By which rule.
    #[serde(default)]
    pub rule: LicenseRule,
    /// The file it was found in.
    pub path: String,
    /// The line, where the finding has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<Line>,
    /// The text's difference from the licence that it resembles, or the reason that it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Similarity of the texts in percent; 100 for a declaration.
    pub confidence: u8,
}

/// Method by which a licence was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LicenseMethod {
    /// A statement in the file itself.
    Header,
    /// The text of a licence file in the file's folder or one above.
    LicenseFile,
    /// Metadata of the package.
    Metadata,
    /// A file of the REUSE specification.
    Reuse,
    /// The corpus says so.
    Corpus,
}

/// The rule by which a licence was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LicenseRule {
    /// Recorded before rules were.
    #[default]
    Unrecorded,
    /// An `SPDX-License-Identifier` line.
    SpdxLine,
    /// A sentence in a comment or docstring, such as `licensed under the MIT license`.
    Notice,
    /// A comment or docstring that reserves rights: proprietary, confidential, not for commercial use.
    RightsReserved,
    /// `__license__` of a module.
    LicenseVariable,
    /// The text of a known licence, and nothing else that could count.
    LicenseText,
    /// The text of a known licence with more than a few additions, or without parts that grant something.
    TextBeyondLicense,
    /// A text that is no known licence.
    UnknownText,
    /// A short text that only names a licence.
    LicenseName,
    /// A file that could not be read, or a link that leads to none.
    Unreadable,
    /// A licence field of package metadata.
    LicenseField,
    /// A `License ::` classifier of package metadata.
    Classifier,
    /// A file that package metadata names, and that is not there.
    MissingFile,
    /// An annotation of `REUSE.toml`.
    ReuseToml,
    /// A paragraph of `.reuse/dep5`.
    ReuseDep5,
    /// The file `NAME.license` next to it.
    ReuseSidecar,
    /// The corpus names the licence.
    CorpusSetting,
    /// The standard library is CPython's.
    StandardLibrary,
}
