//! A source of a corpus to one revision of it, in two steps: fetching, which waits for networks and
//! leaves nothing in memory, and opening, which makes what was fetched ready to be read.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use tracestone_record::SourceKind;

use crate::Settings;
use crate::corpus::{Place, SourceSpec};
use crate::dir::DirReader;
use crate::embedded::EmbeddedFile;
use crate::error::CrawlError;
use crate::fetch::{self, Fetched, Wanted};
use crate::git::GitReader;
use crate::reader::{MemoryReader, Reader};
use crate::sdist::Sdist;
use crate::stdlib::{self, Stdlib};
use crate::url::{self, Rewrites};

/// Location of a source's files on this machine.
pub(crate) enum Local {
    Commit(Fetched),
    Folder(PathBuf),
    Embedded(&'static [EmbeddedFile]),
    Archive(PathBuf),
    Stdlib(Stdlib),
}

/// A source at a revision, ready to be read.
pub(crate) struct Resolved {
    pub(crate) reader: Box<dyn Reader>,
    pub(crate) kind: SourceKind,
    pub(crate) origin: String,
    pub(crate) revision: String,
    pub(crate) commit: Option<String>,
    pub(crate) commit_date: Option<String>,
    pub(crate) tree: Option<String>,
}

/// Finds the revision and brings it to this machine.
pub(crate) fn fetch(
    spec: &SourceSpec,
    settings: &Settings,
    rewrites: &Rewrites,
    stop: &AtomicBool,
) -> Result<Local, CrawlError> {
    let cache = || settings.cache.as_deref().ok_or(CrawlError::NoCache);
    Ok(match &spec.place {
        Place::Git {
            url,
            revision,
            shallow,
        } => {
            let wanted = Wanted {
                url,
                rewrites,
                revision: revision.as_deref(),
                shallow: *shallow,
                offline: settings.offline,
            };
            Local::Commit(fetch::fetch(&wanted, cache()?, stop)?)
        }
        Place::Dir(path) => Local::Folder(path.clone()),
        Place::Embedded(files) => Local::Embedded(files),
        Place::Sdist { package, version } => {
            let sdist = Sdist { package, version };
            Local::Archive(sdist.fetch(&settings.python, cache()?, settings.offline, stop)?)
        }
        Place::Stdlib => Local::Stdlib(stdlib::locate(&settings.python, stop)?),
    })
}

/// Makes what was fetched ready to be read.
pub(crate) fn open(
    spec: &SourceSpec,
    local: &Local,
    stopped: &dyn Fn() -> bool,
) -> Result<Resolved, CrawlError> {
    Ok(match (local, &spec.place) {
        (Local::Commit(fetched), Place::Git { url, revision, .. }) => Resolved {
            origin: url::without_credentials(url),
            revision: revision.clone().unwrap_or_default(),
            commit: Some(fetched.commit.to_string()),
            commit_date: Some(fetched.date.clone()),
            tree: Some(fetched.tree.to_string()),
            ..without_commit(GitReader::open(fetched)?, SourceKind::Git)
        },
        (Local::Archive(archive), Place::Sdist { package, version }) => {
            let sdist = Sdist { package, version };
            Resolved {
                origin: sdist.wanted(),
                ..without_commit(
                    sdist.unpack(archive, &spec.include, stopped)?,
                    SourceKind::Sdist,
                )
            }
        }
        (Local::Stdlib(found), _) => Resolved {
            origin: format!("cpython-{}/Lib", found.version),
            ..without_commit(
                DirReader::open(&found.folder, stdlib::INSTALLED)?,
                SourceKind::Stdlib,
            )
        },
        (Local::Embedded(embedded), _) => {
            let mut reader = MemoryReader::default();
            for file in *embedded {
                reader.add_file(file.path.to_owned(), file.content.to_vec());
            }
            Resolved {
                origin: format!("tracestone/{}", spec.name),
                ..without_commit(reader, SourceKind::Dir)
            }
        }
        (Local::Folder(path), _) => Resolved {
            origin: folder_name(path).unwrap_or_else(|| spec.name.clone()),
            ..without_commit(DirReader::open(path, &[])?, SourceKind::Dir)
        },
        (Local::Commit(_) | Local::Archive(_), _) => {
            // `fetch` gives each place its own kind, so this cannot happen; an empty source says so.
            without_commit(MemoryReader::default(), SourceKind::Dir)
        }
    })
}

fn without_commit(reader: impl Reader + 'static, kind: SourceKind) -> Resolved {
    Resolved {
        reader: Box::new(reader),
        kind,
        origin: String::new(),
        revision: String::new(),
        commit: None,
        commit_date: None,
        tree: None,
    }
}

/// The origin that a source has whatever its revision; `None` for the standard library, whose origin is a
/// version.
pub(crate) fn origin(spec: &SourceSpec) -> Option<String> {
    Some(match &spec.place {
        Place::Git { url, .. } => url::without_credentials(url),
        Place::Dir(path) => {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            folder_name(path)
                .or(name)
                .unwrap_or_else(|| spec.name.clone())
        }
        Place::Embedded(_) => format!("tracestone/{}", spec.name),
        Place::Sdist { package, version } => Sdist { package, version }.wanted(),
        Place::Stdlib => return None,
    })
}

/// The last part of a folder's path; the rest says something about this machine only.
fn folder_name(path: &Path) -> Option<String> {
    let path = path.canonicalize().ok()?;
    Some(path.file_name()?.to_string_lossy().into_owned())
}
