//! A corpus file to a [`Corpus`], or to an error that says what is wrong in which line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;
use tracestone_record::SourceKind;

use super::hint::suggestion;
use super::{Corpus, Limits, Place, SourceSpec, SplitSettings};
use crate::embedded::EmbeddedFile;
use crate::error::CorpusError;
use crate::{fetch, stdlib, url};

mod environment;

/// A folder inside the binary.
type Embedded = (&'static str, &'static [EmbeddedFile]);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCorpus {
    name: Spanned<String>,
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
    name: Option<Spanned<String>>,
    url: Option<Spanned<String>>,
    revision: Option<Spanned<String>>,
    shallow: Option<Spanned<bool>>,
    path: Option<Spanned<PathBuf>>,
    package: Option<Spanned<String>>,
    include: Option<Vec<Spanned<String>>>,
    exclude: Option<Vec<Spanned<String>>>,
    license: Option<Spanned<String>>,
    max_file_bytes: Option<u64>,
    packages: Option<Spanned<Packages>>,
    requirements: Option<Spanned<String>>,
    project: Option<bool>,
    extras: Option<Spanned<Vec<String>>>,
    groups: Option<Spanned<Vec<String>>>,
    files: Option<Spanned<BTreeMap<String, String>>>,
}

/// Requirements, or the word `auto`.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "`packages` is a list of requirements, or \"auto\""
)]
enum Packages {
    Listed(Vec<String>),
    Word(String),
}

/// An error with its byte offset in the text.
struct Mistake {
    offset: usize,
    message: String,
}

fn mistake<T>(offset: usize, message: impl Into<String>) -> Result<T, Mistake> {
    let message = message.into();
    Err(Mistake { offset, message })
}

/// Reads a corpus.
pub(super) fn parse(
    text: &str,
    path: &Path,
    embedded: Option<Embedded>,
) -> Result<Corpus, CorpusError> {
    let error = |line, message| CorpusError {
        path: path.display().to_string(),
        line,
        message,
    };
    let line_of = |offset: usize| {
        let before = text.get(..offset).unwrap_or(text);
        before.matches('\n').count() + 1
    };
    let raw: RawCorpus = toml::from_str(text).map_err(|wrong| {
        let mut message = wrong.message().trim().to_owned();
        if let Some(hint) = suggestion(&message) {
            message.push_str(&format!("; did you mean `{hint}`?"));
        }
        if message == "missing field `name`" && toml::from_str(text).is_ok_and(is_nameless) {
            // A source has a `name` of its own, which the corpus does without in a file that looks complete.
            message.push_str(": the corpus has its own, before the first [[source]]");
        }
        error(wrong.span().map(|span| line_of(span.start)), message)
    })?;
    check(raw, path, embedded).map_err(|wrong| error(Some(line_of(wrong.offset)), wrong.message))
}

fn is_nameless(corpus: toml::Table) -> bool {
    !corpus.contains_key("name")
}

fn check(raw: RawCorpus, path: &Path, embedded: Option<Embedded>) -> Result<Corpus, Mistake> {
    let name = checked_name(raw.name)?;
    if let Some(split) = &raw.split {
        check_ratios(split)?;
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut names = BTreeSet::new();
    let mut sources = Vec::new();
    for source in raw.sources {
        let offset = source.span().start;
        let spec = source_spec(source, folder, embedded, &raw.limits)?;
        if !names.insert(spec.name.clone()) {
            let name = spec.name;
            return mistake(
                offset,
                format!("a second source is called `{name}`; give one of them another `name`"),
            );
        }
        sources.push(spec);
    }
    if sources.is_empty() {
        return mistake(0, "the corpus has no [[source]]");
    }
    Ok(Corpus {
        name,
        sources,
        limits: raw.limits,
        split: raw.split.map(Spanned::into_inner).unwrap_or_default(),
    })
}

/// Names are printed in lines and tables.
fn checked_name(name: Spanned<String>) -> Result<String, Mistake> {
    let text = name.get_ref().trim();
    if text.is_empty() || text.chars().any(char::is_control) {
        return mistake(name.span().start, "`name` must be one line of text");
    }
    Ok(text.to_owned())
}

fn check_ratios(split: &Spanned<SplitSettings>) -> Result<(), Mistake> {
    let ratios = split.get_ref().ratios;
    let sum: f64 = ratios.iter().sum();
    if ratios.iter().any(|ratio| !(0.0..=1.0).contains(ratio)) || (sum - 1.0).abs() > 1e-6 {
        return mistake(
            split.span().start,
            format!(
                "`ratios` are {ratios:?}: three numbers from 0 to 1 that add up to 1 are needed"
            ),
        );
    }
    Ok(())
}

/// A source as written to a source that can be crawled.
fn source_spec(
    source: Spanned<RawSource>,
    folder: &Path,
    embedded: Option<Embedded>,
    limits: &Limits,
) -> Result<SourceSpec, Mistake> {
    let offset = source.span().start;
    let raw = source.into_inner();
    refuse_foreign_keys(&raw)?;
    let kind = raw.kind;
    let (place, default_name) = match kind {
        SourceKind::Git => git_place(raw.url, raw.revision, raw.shallow, folder, offset)?,
        SourceKind::Dir => dir_place(raw.path, folder, embedded, offset)?,
        SourceKind::Sdist => sdist_place(raw.package, offset)?,
        SourceKind::Stdlib => (Place::Stdlib, "stdlib".to_owned()),
    };
    let exclude = match raw.exclude {
        None if kind == SourceKind::Stdlib => {
            let globs = stdlib::NOT_LIBRARY.iter();
            globs.map(|glob| (*glob).to_owned()).collect()
        }
        globs => checked_globs(globs.unwrap_or_default())?,
    };
    let include = match raw.include {
        None => vec!["**/*.py".to_owned()],
        Some(globs) if globs.is_empty() => {
            return mistake(offset, "`include` is empty, so no file would match");
        }
        Some(globs) => checked_globs(globs)?,
    };
    Ok(SourceSpec {
        name: raw.name.map_or(Ok(default_name), checked_name)?,
        place,
        include,
        exclude,
        license: raw.license.map(checked_license).transpose()?,
        max_file_bytes: raw.max_file_bytes.unwrap_or(limits.max_file_bytes),
        min_file_bytes: limits.min_file_bytes,
        environment: environment::checked(
            raw.packages,
            raw.requirements,
            raw.project.unwrap_or(false),
            raw.extras,
            raw.groups,
        )?,
        files: raw
            .files
            .map_or(Ok(BTreeMap::new()), environment::checked_files)?,
    })
}

fn git_place(
    location: Option<Spanned<String>>,
    revision: Option<Spanned<String>>,
    shallow: Option<Spanned<bool>>,
    folder: &Path,
    offset: usize,
) -> Result<(Place, String), Mistake> {
    let Some(location) = location else {
        return mistake(offset, "a git source needs `url`");
    };
    let at = location.span().start;
    let url = url::absolute(location.get_ref(), folder);
    if url.is_empty() {
        return mistake(at, "`url` is empty");
    }
    if url::is_dangerous(&url) {
        return mistake(
            at,
            "`url` could make git run a program; use https, ssh, git, file or a path",
        );
    }
    if let Some(revision) = &revision
        && !fetch::is_revision(revision.get_ref())
    {
        return mistake(
            revision.span().start,
            format!(
                "`revision` is `{}`: the name of a branch, a tag or a full commit id is needed",
                revision.get_ref()
            ),
        );
    }
    let name = url::short_name(&url);
    let place = Place::Git {
        url,
        revision: revision.map(Spanned::into_inner),
        shallow: shallow.is_none_or(Spanned::into_inner),
    };
    Ok((place, name))
}

fn dir_place(
    path: Option<Spanned<PathBuf>>,
    folder: &Path,
    embedded: Option<Embedded>,
    offset: usize,
) -> Result<(Place, String), Mistake> {
    let Some(path) = path else {
        return mistake(offset, "a dir source needs `path`");
    };
    let at = path.span().start;
    let path = path.into_inner();
    let name = path.display().to_string();
    match embedded {
        None => Ok((Place::Dir(folder.join(&path)), name)),
        Some((known, files)) if Path::new(known) == path => Ok((Place::Embedded(files), name)),
        Some((known, _)) => mistake(at, format!("only the folder `{known}` is in the binary")),
    }
}

fn sdist_place(
    package: Option<Spanned<String>>,
    offset: usize,
) -> Result<(Place, String), Mistake> {
    let Some(wanted) = package else {
        return mistake(offset, "an sdist source needs `package`");
    };
    let at = wanted.span().start;
    let wanted = wanted.into_inner();
    let Some((package, version)) = wanted
        .split_once("==")
        .filter(|(package, version)| is_word(package) && is_word(version))
    else {
        return mistake(
            at,
            format!("`package` is `{wanted}`: an exact `name==version` is needed"),
        );
    };
    let place = Place::Sdist {
        package: package.to_owned(),
        version: version.to_owned(),
    };
    Ok((place, wanted))
}

fn checked_globs(globs: Vec<Spanned<String>>) -> Result<Vec<String>, Mistake> {
    let check = |glob: Spanned<String>| match globset::Glob::new(glob.get_ref()) {
        Ok(_) => Ok(glob.into_inner()),
        Err(error) => mistake(glob.span().start, format!("bad glob: {error}")),
    };
    globs.into_iter().map(check).collect()
}

fn checked_license(license: Spanned<String>) -> Result<String, Mistake> {
    match spdx::Expression::parse(license.get_ref()) {
        Ok(_) => Ok(license.into_inner()),
        Err(error) => mistake(
            license.span().start,
            format!("`license` is not an SPDX expression: {}", error.reason),
        ),
    }
}

/// A key that belongs to another kind of source is a mistake, not to be passed over.
fn refuse_foreign_keys(raw: &RawSource) -> Result<(), Mistake> {
    use SourceKind::{Dir, Git, Sdist};
    let start = |span: std::ops::Range<usize>| span.start;
    let keys = [
        ("url", raw.url.as_ref().map(Spanned::span), Git),
        ("revision", raw.revision.as_ref().map(Spanned::span), Git),
        ("shallow", raw.shallow.as_ref().map(Spanned::span), Git),
        ("path", raw.path.as_ref().map(Spanned::span), Dir),
        ("package", raw.package.as_ref().map(Spanned::span), Sdist),
    ];
    for (key, span, kind) in keys {
        if let Some(at) = span.map(start)
            && raw.kind != kind
        {
            let (wanted, own) = (format!("{kind:?}"), format!("{:?}", raw.kind));
            let message =
                format!("`{key}` belongs to sources of kind {wanted}, this one is of kind {own}");
            return mistake(at, message.to_lowercase());
        }
    }
    Ok(())
}

/// A package's name or version: nothing that pip could take for an option or a path.
fn is_word(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-+!".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(plain)
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
    fn the_name_of_a_source_is_none_of_the_corpus() {
        let error = error("[[source]]\nname = \"x\"\nkind = \"git\"\nurl = \"u\"\n");
        assert_eq!(
            error,
            "c.toml:1: missing field `name`: the corpus has its own, before the first [[source]]"
        );
    }

    #[test]
    fn a_source_must_be_complete_and_of_one_kind() {
        assert!(
            error("name = \"x\"\n[[source]]\nkind = \"git\"\n")
                .contains("c.toml:2: a git source needs `url`")
        );
        let text = "name = \"x\"\n[[source]]\nkind = \"stdlib\"\nurl = \"u\"\n";
        let error = error(text);
        assert!(
            error.starts_with("c.toml:4: `url` belongs to sources of kind git"),
            "{error}"
        );
    }

    #[test]
    fn every_value_is_checked_at_its_line() {
        for (key, wanted) in [
            ("url = \"ext::sh -c id\"", "could make git run a program"),
            (
                "url = \"u\"\nrevision = \"main:x\"",
                "`revision` is `main:x`",
            ),
            ("url = \"u\"\ninclude = [\n\"a/[\"]", "bad glob"),
            (
                "url = \"u\"\n\nlicense = \"my own\"",
                "not an SPDX expression",
            ),
            ("url = \"u\"\n\nname = \"\"", "`name` must be"),
        ] {
            let text = format!("name = \"x\"\n[[source]]\nkind = \"git\"\n{key}\n");
            let lines = text.lines().count();
            let error = error(&text);
            assert!(error.starts_with(&format!("c.toml:{lines}: ")), "{error}");
            assert!(error.contains(wanted), "{error}");
        }
        let kind = "name = \"x\"\n[[source]]\nkind = \"gti\"\n";
        assert!(
            error(kind).contains("did you mean `git`?"),
            "{}",
            error(kind)
        );
    }

    #[test]
    fn the_standard_library_leaves_out_its_tests_unless_told_otherwise() {
        let parsed = |text: &str| Corpus::parse(text, Path::new("c.toml")).unwrap();
        let text = "name = \"x\"\n[[source]]\nkind = \"stdlib\"\n";
        assert_eq!(parsed(text).sources[0].exclude, stdlib::NOT_LIBRARY);
        assert!(
            parsed(&format!("{text}exclude = []\n")).sources[0]
                .exclude
                .is_empty()
        );
    }

    #[test]
    fn a_package_needs_its_exact_version() {
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
