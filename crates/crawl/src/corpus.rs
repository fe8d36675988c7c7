//! The corpus file: which sources to crawl.
//!
//! ```toml
//! name = "algorithms"
//!
//! [limits]                      # all optional
//! max_file_bytes = 1048576
//!
//! [split]
//! group_by = "source"           # or "file": what a split keeps together
//! ratios = [0.9, 0.05, 0.05]    # train, validation, test
//!
//! [[source]]
//! kind = "git"                  # git, dir, sdist, stdlib
//! url = "https://example.org/owner/repository"
//! revision = "main"             # a branch, tag or commit; default: the remote's HEAD
//! shallow = true
//! include = ["**/*.py"]
//! exclude = ["**/vendor/**"]
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

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::Spanned;
use tracestone_record::SourceKind;

use crate::embedded::EmbeddedFile;
use crate::error::CorpusError;

/// What to crawl.
#[derive(Debug, Clone)]
pub struct Corpus {
    /// The corpus' name.
    pub name: String,
    /// The sources, in order.
    pub sources: Vec<SourceSpec>,
    /// Limits for all sources.
    pub limits: Limits,
    /// How samples are split.
    pub split: SplitSettings,
}

/// Limits of files.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Larger files are left out.
    pub max_file_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_file_bytes: 1 << 20,
        }
    }
}

/// How samples are split into training, validation and test parts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SplitSettings {
    /// What is never torn apart.
    pub group_by: GroupBy,
    /// Parts for training, validation and test; they add up to 1.
    pub ratios: [f64; 3],
}

impl Default for SplitSettings {
    fn default() -> Self {
        Self {
            group_by: GroupBy::Source,
            ratios: [0.9, 0.05, 0.05],
        }
    }
}

/// What a split never tears apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    /// All samples of a source stay together.
    Source,
    /// All samples of a file stay together.
    File,
}

/// One source of a corpus.
#[derive(Debug, Clone)]
pub struct SourceSpec {
    /// Its name; unique in the corpus.
    pub name: String,
    /// Where it is.
    pub place: Place,
    /// Globs of wanted files.
    pub include: Vec<String>,
    /// Globs of unwanted ones.
    pub exclude: Vec<String>,
    /// An SPDX expression, for files whose licence is not found otherwise.
    pub license: Option<String>,
    /// Larger files are left out.
    pub max_file_bytes: u64,
}

/// Where a source is.
#[derive(Debug, Clone)]
pub enum Place {
    /// A git repository.
    Git {
        /// Anything git understands.
        url: String,
        /// A branch, tag or commit; `None` for the remote's HEAD.
        revision: Option<String>,
        /// Whether to fetch the one commit only.
        shallow: bool,
    },
    /// A folder.
    Dir(PathBuf),
    /// Files inside this binary.
    Embedded(&'static [EmbeddedFile]),
    /// A source distribution.
    Sdist {
        /// The package.
        package: String,
        /// The exact version.
        version: String,
    },
    /// The interpreter's standard library.
    Stdlib,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCorpus {
    name: String,
    #[serde(default)]
    limits: Limits,
    #[serde(default)]
    split: Option<Spanned<SplitSettings>>,
    #[serde(default, rename = "source")]
    sources: Vec<Spanned<RawSource>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    kind: SourceKind,
    name: Option<String>,
    url: Option<String>,
    revision: Option<String>,
    shallow: Option<bool>,
    path: Option<PathBuf>,
    package: Option<String>,
    include: Option<Vec<String>>,
    exclude: Option<Vec<String>>,
    license: Option<String>,
    max_file_bytes: Option<u64>,
}

/// Gives errors their place in the text.
struct Reporter<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Reporter<'_> {
    fn at(&self, offset: usize, message: impl Into<String>) -> CorpusError {
        let before = self.text.get(..offset).unwrap_or(self.text);
        CorpusError {
            path: self.path.display().to_string(),
            line: Some(before.matches('\n').count() + 1),
            message: message.into(),
        }
    }

    fn toml(&self, error: &toml::de::Error) -> CorpusError {
        let mut message = error.message().trim().to_owned();
        if let Some(hint) = suggestion(&message) {
            message.push_str(&format!("; did you mean `{hint}`?"));
        }
        match error.span() {
            Some(span) => self.at(span.start, message),
            None => CorpusError {
                path: self.path.display().to_string(),
                line: None,
                message,
            },
        }
    }
}

impl Corpus {
    /// Reads a corpus. `path` is where the text stands: errors name it, and relative paths in the text
    /// are relative to its folder.
    ///
    /// # Errors
    /// The text is not TOML, has an unknown key, or a source is not complete; the error names the line.
    pub fn parse(text: &str, path: &Path) -> Result<Self, CorpusError> {
        Self::parse_with(text, path, None)
    }

    pub(crate) fn parse_with(
        text: &str,
        path: &Path,
        embedded: Option<&'static [EmbeddedFile]>,
    ) -> Result<Self, CorpusError> {
        let reporter = Reporter { path, text };
        let raw: RawCorpus = toml::from_str(text).map_err(|error| reporter.toml(&error))?;
        if let Some(split) = &raw.split {
            check_ratios(&reporter, split)?;
        }
        let mut names = BTreeSet::new();
        let mut sources = Vec::new();
        for source in raw.sources {
            let offset = source.span().start;
            let spec = resolve(source.into_inner(), path, embedded, &raw.limits)
                .map_err(|message| reporter.at(offset, message))?;
            if !names.insert(spec.name.clone()) {
                let message = format!(
                    "a second source is called `{}`; give one of them another `name`",
                    spec.name
                );
                return Err(reporter.at(offset, message));
            }
            sources.push(spec);
        }
        if sources.is_empty() {
            return Err(reporter.at(0, "the corpus has no [[source]]"));
        }
        Ok(Self {
            name: raw.name,
            sources,
            limits: raw.limits,
            split: raw.split.map(Spanned::into_inner).unwrap_or_default(),
        })
    }
}

fn check_ratios(
    reporter: &Reporter<'_>,
    split: &Spanned<SplitSettings>,
) -> Result<(), CorpusError> {
    let ratios = split.get_ref().ratios;
    let sum: f64 = ratios.iter().sum();
    if ratios.iter().any(|ratio| !(0.0..=1.0).contains(ratio)) || (sum - 1.0).abs() > 1e-6 {
        let message = format!(
            "`ratios` are {ratios:?}: three numbers from 0 to 1 that add up to 1 are needed"
        );
        return Err(reporter.at(split.span().start, message));
    }
    Ok(())
}

/// A source as written to a source that can be crawled; the error is a message.
fn resolve(
    raw: RawSource,
    corpus: &Path,
    embedded: Option<&'static [EmbeddedFile]>,
    limits: &Limits,
) -> Result<SourceSpec, String> {
    refuse_foreign_keys(&raw)?;
    let folder = corpus.parent().unwrap_or(Path::new(""));
    let (place, default_name) = match raw.kind {
        SourceKind::Git => {
            let url = raw.url.ok_or("a git source needs `url`")?;
            let url = crate::url::absolute(&url, folder);
            let name = crate::url::short_name(&url);
            let place = Place::Git {
                url,
                revision: raw.revision.filter(|revision| !revision.is_empty()),
                shallow: raw.shallow.unwrap_or(true),
            };
            (place, name)
        }
        SourceKind::Dir => {
            let path = raw.path.ok_or("a dir source needs `path`")?;
            let name = path.display().to_string();
            let place = embedded.map_or_else(|| Place::Dir(folder.join(&path)), Place::Embedded);
            (place, name)
        }
        SourceKind::Sdist => {
            let wanted = raw.package.ok_or("an sdist source needs `package`")?;
            let (package, version) = wanted
                .split_once("==")
                .filter(|(package, version)| is_word(package) && is_word(version))
                .ok_or_else(|| {
                    format!("`package` is `{wanted}`: an exact `name==version` is needed")
                })?;
            let place = Place::Sdist {
                package: package.to_owned(),
                version: version.to_owned(),
            };
            (place, wanted.clone())
        }
        SourceKind::Stdlib => (Place::Stdlib, "stdlib".to_owned()),
    };
    let include = raw.include.unwrap_or_else(|| vec!["**/*.py".to_owned()]);
    let exclude = raw.exclude.unwrap_or_default();
    for glob in include.iter().chain(&exclude) {
        globset::Glob::new(glob).map_err(|error| format!("bad glob: {error}"))?;
    }
    if let Some(license) = &raw.license {
        spdx::Expression::parse(license)
            .map_err(|error| format!("`license` is not an SPDX expression: {}", error.reason))?;
    }
    Ok(SourceSpec {
        name: raw.name.unwrap_or(default_name),
        place,
        include,
        exclude,
        license: raw.license,
        max_file_bytes: raw.max_file_bytes.unwrap_or(limits.max_file_bytes),
    })
}

/// A key that belongs to another kind of source is a mistake, not to be passed over.
fn refuse_foreign_keys(raw: &RawSource) -> Result<(), String> {
    use SourceKind::{Dir, Git, Sdist};
    let keys = [
        ("url", raw.url.is_some(), Git),
        ("revision", raw.revision.is_some(), Git),
        ("shallow", raw.shallow.is_some(), Git),
        ("path", raw.path.is_some(), Dir),
        ("package", raw.package.is_some(), Sdist),
    ];
    for (key, present, kind) in keys {
        if present && raw.kind != kind {
            return Err(format!(
                "`{key}` belongs to sources of kind {kind:?}, this one is of kind {:?}",
                raw.kind
            )
            .to_lowercase());
        }
    }
    Ok(())
}

/// A package's name or version: nothing that pip could take for an option or a path.
fn is_word(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-+!".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(plain)
}

/// The known key nearest to an unknown one, out of serde's message.
fn suggestion(message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    if !message.starts_with("unknown") {
        return None;
    }
    let wrong = quoted.next()?;
    quoted
        .map(|known| (distance(wrong, known), known))
        .min()
        .filter(|(distance, _)| *distance <= 3)
        .map(|(_, known)| known.to_owned())
}

/// Edits that turn one word into another.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Corpus::parse(text, Path::new("c.toml"))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn an_unknown_key_is_named_with_line_and_suggestion() {
        let text = "name = \"x\"\n\n[[source]]\nkind = \"git\"\nurl = \"u\"\nrevison = \"main\"\n";
        let error = error(text);
        assert!(error.starts_with("c.toml:6: "), "{error}");
        assert!(error.contains("did you mean `revision`?"), "{error}");
    }

    #[test]
    fn a_source_must_be_complete_and_of_one_kind() {
        assert!(
            error("name = \"x\"\n[[source]]\nkind = \"git\"\n")
                .contains("c.toml:2: a git source needs `url`")
        );
        let text = "name = \"x\"\n[[source]]\nkind = \"stdlib\"\nurl = \"u\"\n";
        assert!(error(text).contains("belongs to sources of kind git"));
        let text = "name = \"x\"\n[[source]]\nkind = \"sdist\"\npackage = \"--index==1\"\n";
        assert!(error(text).contains("name==version"));
        assert!(error("name = \"x\"\n").contains("no [[source]]"));
    }

    #[test]
    fn ratios_add_up_and_names_are_unique() {
        let text =
            "name = \"x\"\n[split]\nratios = [0.5, 0.1, 0.1]\n[[source]]\nkind = \"stdlib\"\n";
        assert!(error(text).contains("add up to 1"));
        let text = "name = \"x\"\n[[source]]\nkind = \"stdlib\"\n[[source]]\nkind = \"stdlib\"\n";
        assert!(error(text).starts_with("c.toml:4: "));
    }

    #[test]
    fn paths_are_relative_to_the_corpus() {
        let text = "name = \"x\"\n[[source]]\nkind = \"dir\"\npath = \"lib\"\n";
        let corpus = Corpus::parse(text, Path::new("some/c.toml")).unwrap();
        assert!(
            matches!(&corpus.sources[0].place, Place::Dir(path) if path == Path::new("some/lib"))
        );
    }
}
