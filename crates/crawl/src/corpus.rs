//! The corpus file: which sources to crawl.
//!
//! ```toml
//! name = "algorithms"
//!
//! [limits]                      # all optional
//! max_file_bytes = 1048576      # larger files are left out
//! min_file_bytes = 1            # and smaller ones
//!
//! [split]
//! group_by = "auto"             # what a split keeps together: "source", "file" or "unit" (what shares
//!                               # definitions); "auto": the first of these that fills every part
//! ratios = [0.9, 0.05, 0.05]    # train, validation, test
//!
//! [[source]]
//! kind = "git"                  # git, dir, sdist, stdlib
//! url = "https://example.org/owner/repository"
//! revision = "main"             # a branch, tag or full commit; default: the remote's HEAD
//! shallow = true                # false: fetch the whole history, for servers that know nothing else
//! # Every kind also takes:
//! name = "owner/repository"     # unique; default: from url, path or package
//! include = ["**/*.py"]         # globs; `*` also crosses `/`
//! exclude = ["**/vendor/**"]    # default: none; for stdlib: tests, idlelib and the like
//! license = "MIT"               # for files whose licence is not found in the source
//! max_file_bytes = 200000       # instead of the one in [limits]
//! packages = ["six>=1.5"]       # distributions that its programs may import; wheels only. "auto": those of
//!                               # what it imports, by a table
//! requirements = "dev.txt"      # the same, in a requirements file of the source
//! project = true                # the same, in its metadata
//! extras = ["test"]             # with these extras,
//! groups = ["dev"]              # and these groups of dependencies
//! files = {"pkg/_version.py" = "version = '1'"} # files that a build would write
//!
//! [[source]]
//! kind = "dir"
//! path = "library"              # relative to this file
//!
//! [[source]]
//! kind = "sdist"
//! package = "toolz==1.0.0"
//!
//! [[source]]
//! kind = "stdlib"
//! ```

mod hint;
mod parse;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::embedded::EmbeddedFile;
use crate::environment::Requirement;
use crate::error::CorpusError;

/// A corpus file: sources, filters and limits.
#[derive(Debug, Clone)]
pub struct Corpus {
    /// The corpus' name.
    pub name: String,
    /// The sources, in order.
    pub sources: Vec<SourceSpec>,
    /// Limits for all sources.
    pub limits: Limits,
    /// Settings of the split of samples.
    pub split: SplitSettings,
}

/// Limits of files.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Larger files are left out.
    pub max_file_bytes: u64,
    /// Smaller files are left out; empty ones always are.
    pub min_file_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_file_bytes: 1 << 20,
            min_file_bytes: 1,
        }
    }
}

/// Settings of the split into training, validation and test parts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SplitSettings {
    /// Smallest unit that stays in one part.
    pub group_by: GroupBy,
    /// Parts for training, validation and test; they add up to 1.
    pub ratios: [f64; 3],
}

impl Default for SplitSettings {
    fn default() -> Self {
        Self {
            group_by: GroupBy::Auto,
            ratios: [0.9, 0.05, 0.05],
        }
    }
}

/// Smallest unit that stays in one part, besides whatever shares definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    /// The first of source, file and unit by which every part of the split gets its share.
    Auto,
    /// All samples of a source stay together.
    Source,
    /// All samples of a file stay together.
    File,
    /// All samples of a top-level function or class stay together.
    Unit,
}

impl GroupBy {
    /// Name in corpus files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Source => "source",
            Self::File => "file",
            Self::Unit => "unit",
        }
    }
}

/// One source of a corpus.
#[derive(Debug, Clone)]
pub struct SourceSpec {
    /// Its name; unique in the corpus.
    pub name: String,
    /// Location of the source.
    pub place: Place,
    /// Globs of files to include.
    pub include: Vec<String>,
    /// Globs of unwanted ones.
    pub exclude: Vec<String>,
    /// An SPDX expression, for files whose licence is not found otherwise.
    pub license: Option<String>,
    /// Larger files are left out.
    pub max_file_bytes: u64,
    /// Smaller files are left out.
    pub min_file_bytes: u64,
    /// Distributions that its programs may import.
    pub environment: EnvironmentSpec,
    /// Files that are added to those of the source where its packages run, by path.
    pub files: BTreeMap<String, String>,
}

/// The distributions that the programs of a source may import, as the corpus asks for them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnvironmentSpec {
    /// Requirements in the corpus.
    pub packages: Vec<Requirement>,
    /// True to add the distributions of what the source imports.
    pub auto: bool,
    /// A requirements file of the source.
    pub requirements: Option<String>,
    /// True to add what the source's metadata state.
    pub project: bool,
    /// Extras of the project.
    pub extras: Vec<String>,
    /// Groups of dependencies of the project.
    pub groups: Vec<String>,
}

/// Location of a source.
#[derive(Debug, Clone)]
pub enum Place {
    /// A git repository.
    Git {
        /// Anything git understands.
        url: String,
        /// A branch, tag or commit; `None` for the remote's HEAD.
        revision: Option<String>,
        /// True to fetch only the one commit.
        shallow: bool,
    },
    /// A local folder.
    Dir(PathBuf),
    /// Files inside this binary.
    Embedded(&'static [EmbeddedFile]),
    /// A source distribution.
    Sdist {
        /// Name of the package.
        package: String,
        /// The exact version.
        version: String,
    },
    /// The interpreter's standard library.
    Stdlib,
}

impl Corpus {
    /// Reads a corpus. `path` is the file of the text: errors name it, and relative paths in the text are
    /// relative to its folder.
    ///
    /// # Errors
    /// The text is not TOML, has an unknown key, or a source is not complete; the error names the line.
    pub fn parse(text: &str, path: &Path) -> Result<Self, CorpusError> {
        parse::parse(text, path, None)
    }

    /// Reads a corpus whose only folder is inside the binary: `folder` and its files.
    ///
    /// # Errors
    /// As [`Self::parse`]; also where the corpus names another folder.
    pub(crate) fn parse_embedded(
        text: &str,
        path: &Path,
        folder: &'static str,
        files: &'static [EmbeddedFile],
    ) -> Result<Self, CorpusError> {
        parse::parse(text, path, Some((folder, files)))
    }
}
