//! Licence of a file, with its evidence.
//!
//! A file's own statement comes first, then REUSE files, then the nearest folder with licence files or
//! package metadata, then the corpus. All statements in one place hold together. An unresolved statement - an
//! unknown text, a modified one, an ambiguous name - counts as a licence that is not permissive: using a
//! statement farther away instead would claim a permission that nobody gave. `docs/licences.md` has the
//! rules.

mod brief;
mod compare;
mod detect;
mod folder;
mod header;
mod known;
mod manifests;
mod metadata;
mod names;
mod permissive;
mod pointer;
mod python;
mod readme;
mod reuse;
mod statement;
mod text;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use tracestone_record::{License, LicenseEvidence, LicenseMethod, LicenseRule, Line};

pub(crate) use detect::Detector;
pub(crate) use folder::joined;
use folder::{Finding, Folder};
use header::Said;
pub(crate) use header::may_speak;
pub(crate) use names::{Role, is_of_persons, role};
use permissive::is_permissive;
use reuse::{Annotation, Precedence};
use statement::Stated;

/// The SPDX expression for a licence that is none of the SPDX list.
const UNRECOGNIZED: &str = "LicenseRef-unrecognized";
/// Identifier of a listed licence with other words in it.
const MODIFIED: &str = "LicenseRef-modified";
/// For rights that are reserved.
const RESERVED: &str = "LicenseRef-proprietary";

/// A file that says something of the licence.
#[derive(Debug)]
pub(crate) struct LicenseFile {
    /// Path within the source.
    pub(crate) path: String,
    /// Role of the path for licences.
    pub(crate) role: Role,
    /// The folder whose metadata names it, where its own name does not say what it is.
    pub(crate) named_by: Option<String>,
    /// Its bytes, or why it could not be read.
    pub(crate) content: Result<Vec<u8>, String>,
}

impl LicenseFile {
    /// True for a file such as `TERMS`, which is the licence where metadata says so.
    pub(crate) fn is_beside(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        self.role == Role::Notice && !name.starts_with("NOTICE")
    }

    /// The file as a text of a folder that its own name or place does not make it one of, if so.
    pub(crate) fn spoken_for(&self, folder: &str) -> Option<Self> {
        let own = match &self.role {
            Role::Text => self.named_by.as_deref().unwrap_or(parent(&self.path)) == folder,
            Role::Collected(_) => false,
            _ => true,
        };
        (!own).then(|| Self {
            path: self.path.clone(),
            role: Role::Text,
            named_by: Some(folder.to_owned()),
            content: self.content.clone(),
        })
    }
}

/// The licences of a source's files.
#[derive(Debug, Default)]
pub(crate) struct Licenses {
    /// Findings by folder; the root is the empty string.
    folders: BTreeMap<String, Folder>,
    /// Of `REUSE.toml` and `.reuse/dep5`.
    annotations: Vec<Annotation>,
    /// Statements of `NAME.license` files, by the path of the file that they are about.
    sidecars: BTreeMap<String, Vec<LicenseEvidence>>,
    /// Licences that `__license__` of packages states, by their folders.
    packages: BTreeMap<String, Vec<(Stated, LicenseEvidence)>>,
    /// Names of licence files in lower case, without their folders.
    names: BTreeSet<String>,
    /// Licence that the corpus states, for files without another finding.
    corpus: Option<LicenseEvidence>,
}

impl Licenses {
    /// Takes in what licence files and metadata say.
    pub(crate) fn add_files(&mut self, files: &[LicenseFile], detector: &mut Detector) {
        let modules = modules(files);
        for file in files {
            let name = file.path.rsplit('/').next().unwrap_or(&file.path);
            self.names.insert(name.to_lowercase());
            let folder = match (&file.named_by, &file.role) {
                (Some(folder), _) => folder.as_str(),
                (None, Role::Collected(folder)) => folder.as_str(),
                (None, _) => parent(&file.path),
            };
            let content = match &file.content {
                Ok(content) => text::decoded(&file.path, content),
                // One that can only restrict says nothing where it is not there.
                Err(_) if names::is_aside(&file.path) => continue,
                Err(why) => {
                    self.add_unreadable(file, folder, why);
                    continue;
                }
            };
            match &file.role {
                Role::Annotations => match reuse::annotations(&file.path, &content) {
                    Some(found) => self.annotations.extend(found),
                    None => self.add_unreadable(file, folder, "it is not valid TOML"),
                },
                Role::Sidecar(of) => self.add_sidecar(&file.path, of, &content),
                Role::Package => self.add_package(&file.path, folder, &content),
                Role::MetadataOf(module) => {
                    for module in named(&modules, module) {
                        self.add_metadata_of(&file.path, module, &content);
                    }
                }
                Role::Metadata => {
                    let metadata = metadata::Metadata::of(&file.path, &content);
                    let folder = manifests::spoken_for(&file.path, folder);
                    self.folder(folder).add_metadata(&file.path, metadata);
                }
                Role::TextOf(module) => {
                    let found = folder::text(&file.path, &content, detector, &mut [].into_iter());
                    for module in named(&modules, module) {
                        self.sidecar(module).extend(found.iter().cloned());
                        self.folder(module).add_text(found.clone(), false);
                    }
                }
                Role::Names(_) => {}
                // The text of a licence is none beside it.
                Role::Notice if detector.is_licence(&content) => {}
                Role::Notice => self.add_notice(&file.path, folder, header::noticed(&content)),
                Role::Readme => {
                    self.add_notice(&file.path, folder, readme::restriction(&content));
                }
                Role::Text | Role::Collected(_) => {
                    self.add_text(file, folder, &content, files, detector);
                }
            }
        }
        // Of one depth those of one file stand together; the nearest to a file come first.
        self.annotations
            .sort_by_key(|found| std::cmp::Reverse(found.depth()));
    }

    /// Takes in a licence file of a folder.
    fn add_text(
        &mut self,
        file: &LicenseFile,
        folder: &str,
        content: &str,
        files: &[LicenseFile],
        detector: &mut Detector,
    ) {
        if names::is_debian(&file.path) {
            let found = reuse::debian(&file.path, content);
            self.annotations.extend(found);
        }
        let others = files.iter().filter(|other| other.path != file.path);
        let mut others = others.map(|other| other.path.as_str());
        let found = folder::text(&file.path, content, detector, &mut others);
        let collected = file.named_by.is_none() && file.role != Role::Text;
        if found.is_empty() && !collected && detector.is_silent(content) {
            self.folder(folder).add_silent(&file.path, content);
        }
        self.folder(folder).add_text(found, collected);
    }

    /// Takes in what a file beside the licence restricts.
    fn add_notice(&mut self, path: &str, folder: &str, said: Option<(usize, Stated, LicenseRule)>) {
        if let Some((line, stated, rule)) = said {
            let found = evidence(&stated, LicenseMethod::LicenseFile, rule, path, line);
            self.folder(folder).add_text(vec![found], false);
        }
    }

    /// Takes in `NAME.license`.
    fn add_sidecar(&mut self, path: &str, of: &str, content: &str) {
        let said = reuse::sidecar(content).into_iter();
        let evidence = said.map(|(stated, line)| {
            let rule = LicenseRule::ReuseSidecar;
            evidence(&stated, LicenseMethod::Reuse, rule, path, line)
        });
        self.sidecars
            .entry(of.to_owned())
            .or_default()
            .extend(evidence);
    }

    /// Takes in the `__init__.py` of a package.
    fn add_package(&mut self, path: &str, folder: &str, content: &str) {
        let variables = header::variables(content).into_iter();
        let variables =
            variables.map(|(stated, line)| (stated, LicenseRule::LicenseVariable, line));
        let said = header::of_package(content).into_iter();
        let said = said.map(|said| (said.stated, said.rule, said.line));
        let found = variables.chain(said).map(|(stated, rule, line)| {
            let method = LicenseMethod::Metadata;
            let found = evidence(&stated, method, rule, path, line);
            (stated, found)
        });
        self.packages
            .entry(folder.to_owned())
            .or_default()
            .extend(found);
    }

    /// Takes in the metadata of one bundled module.
    fn add_metadata_of(&mut self, path: &str, module: &str, content: &str) {
        let metadata = metadata::Metadata::of(path, content);
        let said = metadata.declared.iter().map(|declared| {
            let (rule, line) = (declared.rule, declared.line);
            let method = LicenseMethod::Metadata;
            evidence(&declared.stated, method, rule, path, line)
        });
        self.sidecar(module).extend(said);
        self.folder(module).add_metadata(path, metadata);
    }

    /// Statements about a module that is one file.
    fn sidecar(&mut self, module: &str) -> &mut Vec<LicenseEvidence> {
        self.sidecars.entry(format!("{module}.py")).or_default()
    }

    fn folder(&mut self, folder: &str) -> &mut Folder {
        self.folders.entry(folder.to_owned()).or_default()
    }

    /// Records a file that cannot be read; it could say anything.
    fn add_unreadable(&mut self, file: &LicenseFile, folder: &str, why: &str) {
        let found = LicenseEvidence {
            license: UNRECOGNIZED.to_owned(),
            method: match &file.role {
                Role::Text | Role::Collected(_) | Role::TextOf(_) | Role::Notice | Role::Readme => {
                    LicenseMethod::LicenseFile
                }
                Role::Metadata | Role::MetadataOf(_) | Role::Package | Role::Names(_) => {
                    LicenseMethod::Metadata
                }
                Role::Annotations | Role::Sidecar(_) => LicenseMethod::Reuse,
            },
            rule: LicenseRule::Unreadable,
            path: file.path.clone(),
            line: None,
            detail: Some(why.to_owned()),
            confidence: 0,
        };
        match &file.role {
            Role::Sidecar(of) => self.sidecars.entry(of.clone()).or_default().push(found),
            Role::TextOf(module) | Role::MetadataOf(module) => {
                self.sidecar(module).push(found.clone());
                self.folder(module).add_text(vec![found], false);
            }
            role => {
                let collected = matches!(role, Role::Collected(_)) && file.named_by.is_none();
                self.folder(folder).add_text(vec![found], collected);
            }
        }
    }

    /// Takes in what is said outside of the source; what is said first counts.
    pub(crate) fn add_outside(&mut self, license: &str, rule: LicenseRule, path: &str) {
        let method = match rule {
            LicenseRule::CorpusSetting => LicenseMethod::Corpus,
            _ => LicenseMethod::Metadata,
        };
        self.corpus.get_or_insert_with(|| LicenseEvidence {
            license: license.to_owned(),
            method,
            rule,
            path: path.to_owned(),
            line: None,
            detail: None,
            confidence: 100,
        });
    }

    /// The licence of a file.
    pub(crate) fn of(&self, path: &str, content: &[u8]) -> License {
        let around = self.around(path);
        let mut said = header::statements(content);
        said.retain(|said| !self.is_there(&said.stated));
        let (whole, part): (Vec<_>, Vec<_>) = said.into_iter().partition(|said| said.whole);
        let own = self.own(path, &whole, &around);
        let mut finding = if own.evidence.is_empty() {
            around.clone()
        } else {
            own
        };
        for said in &part {
            finding.add(said_evidence(said, path), &around);
        }
        finding.conclude()
    }

    /// True for a statement that names a licence file of the source, which is read as such.
    fn is_there(&self, stated: &Stated) -> bool {
        let Stated::Files(files) = stated else {
            return false;
        };
        files.iter().all(|file| {
            let name = file.rsplit('/').next().unwrap_or(file);
            let is =
                |known: &String| known.trim_end_matches(".txt").trim_end_matches(".md") == name;
            self.names.contains(name) || self.names.iter().any(is)
        })
    }

    /// Finding from the file itself or from REUSE files; empty without statements.
    fn own(&self, path: &str, said: &[Said], around: &Finding) -> Finding {
        let mut finding = Finding::default();
        let sidecar = self.sidecars.get(path).filter(|found| !found.is_empty());
        let annotations = || self.annotations.iter().filter(|found| found.is_about(path));
        // Of those that count alone the farthest does, as the specification has it.
        let alone = annotations()
            .filter(|found| found.precedence == Precedence::Override)
            .min_by_key(|found| found.depth());
        let tags = said
            .iter()
            .filter(|said| said.rule == LicenseRule::SpdxLine);
        if let Some(annotation) = alone {
            finding.annotate(annotation);
        } else if let Some(sidecar) = sidecar {
            for evidence in sidecar {
                finding.push(evidence.clone());
            }
        } else {
            for said in tags {
                finding.add(said_evidence(said, path), around);
            }
        }
        // What reserves rights or names a licence in words holds whatever a tag says.
        for said in said
            .iter()
            .filter(|said| said.rule != LicenseRule::SpdxLine)
        {
            finding.add(said_evidence(said, path), around);
        }
        if alone.is_none() {
            let nearest = annotations().next();
            let has_own = !finding.evidence.is_empty();
            if let Some(annotation) = nearest
                && (annotation.precedence == Precedence::Aggregate || !has_own)
            {
                finding.annotate(annotation);
            }
        }
        finding
    }

    /// Finding for a file without statements of its own. What `__license__` of the packages around says holds in
    /// addition to the nearest folder's statements, or names them.
    fn around(&self, path: &str) -> Finding {
        let (folder, mut finding) = self.nearest(path);
        let packages = self.packages.iter().filter(|(package, _)| {
            is_within(path, package) && folder.is_none_or(|folder| is_within(package, folder))
        });
        for (stated, found) in packages.flat_map(|(_, said)| said) {
            let around = finding.clone();
            match stated {
                Stated::License(license) => finding.declare(license, found.clone()),
                _ => finding.add((stated.clone(), found.clone()), &around),
            }
        }
        finding
    }

    /// Finding of the nearest folder with statements, with the folder; of the corpus without one.
    fn nearest(&self, path: &str) -> (Option<&str>, Finding) {
        let mut folder = path;
        while !folder.is_empty() {
            folder = parent(folder);
            let Some((folder, found)) = self.folders.get_key_value(folder) else {
                continue;
            };
            // What the corpus says was said to mend a package's metadata.
            if folder.is_empty() && found.has_only_metadata() && self.corpus.is_some() {
                break;
            }
            if let Some(finding) = found.finding() {
                return (Some(folder), finding);
            }
        }
        let mut finding = Finding::default();
        self.corpus
            .iter()
            .for_each(|found| finding.push(found.clone()));
        (None, finding)
    }
}

/// The folders and files of bundled modules by the paths that their metadata have.
fn modules(files: &[LicenseFile]) -> BTreeMap<&str, Vec<String>> {
    let mut found: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for file in files {
        let (Role::Names(module), Ok(content)) = (&file.role, &file.content) else {
            continue;
        };
        let text = String::from_utf8_lossy(content);
        let names = text.lines().map(str::trim).filter(|name| !name.is_empty());
        let paths = names.filter_map(|name| joined(parent(module), name));
        found.entry(module).or_default().extend(paths);
    }
    found
}

/// A bundled module by the name of its metadata, and by those of its folders.
fn named<'a>(
    modules: &'a BTreeMap<&str, Vec<String>>,
    module: &'a str,
) -> impl Iterator<Item = &'a str> {
    let others = modules.get(module).into_iter().flatten();
    let others = others
        .map(String::as_str)
        .filter(move |other| *other != module);
    std::iter::once(module).chain(others)
}

/// True for a path in a folder, or for the folder itself.
fn is_within(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn said_evidence(said: &Said, path: &str) -> (Stated, LicenseEvidence) {
    let found = evidence(
        &said.stated,
        LicenseMethod::Header,
        said.rule,
        path,
        said.line,
    );
    (said.stated.clone(), found)
}

/// Evidence for what was stated in a line, counted from 0.
fn evidence(
    stated: &Stated,
    method: LicenseMethod,
    rule: LicenseRule,
    path: &str,
    line: usize,
) -> LicenseEvidence {
    let (license, detail) = match stated {
        Stated::License(license) => (license.as_str(), None),
        Stated::Modified(words) => (MODIFIED, Some(words.clone())),
        _ if rule == LicenseRule::RightsReserved => (RESERVED, None),
        _ => (UNRECOGNIZED, None),
    };
    LicenseEvidence {
        license: license.to_owned(),
        method,
        rule,
        path: path.to_owned(),
        line: Some(Line::from_index(line)),
        detail,
        confidence: 100,
    }
}

/// Files that metadata names for the licence of a folder.
pub(crate) struct Named {
    /// The folder that they speak for.
    pub(crate) folder: String,
    /// Globs of the files, as paths of the source.
    pub(crate) globs: Vec<String>,
    /// Paths of those that are said to be the licence, wherever they are.
    pub(crate) texts: Vec<String>,
}

/// The licence files that a file of metadata names.
pub(crate) fn files_named_by(path: &str, content: &[u8]) -> Named {
    let folder = parent(path);
    let text = String::from_utf8_lossy(content);
    let metadata = metadata::Metadata::of(path, &text);
    let inside = |paths: Vec<String>| {
        let paths = paths.into_iter();
        paths.filter_map(|path| joined(folder, &path)).collect()
    };
    Named {
        folder: folder.to_owned(),
        globs: inside(metadata.files),
        texts: inside(metadata.texts),
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_beside;
