//! Several sources at once: resolved in parallel, at most one at a time per host, and handed over in
//! the order of the corpus.
//!
//! Fetching waits for networks and is done by many threads. Reading is quick and is done one source at
//! a time by the caller's thread, so that only one source's files are in memory.

use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};

use tracestone_record::{LicenseMethod, Source, SourceId, SourceKind};

use crate::corpus::{Corpus, Place, SourceSpec};
use crate::dir::DirReader;
use crate::error::CrawlError;
use crate::files::{self, Selection};
use crate::git::{GitReader, Wanted};
use crate::license::Licenses;
use crate::reader::{MemoryReader, Reader, blob_id};
use crate::sdist::Sdist;
use crate::{Crawled, Progress, Settings, SourceOutcome, VERSION, stdlib, url};

/// A source at a revision, ready to be read.
struct Resolved {
    reader: Box<dyn Reader + Send>,
    kind: SourceKind,
    origin: String,
    revision: String,
    commit: Option<String>,
    tree: Option<String>,
    licenses: Licenses,
    also_exclude: &'static [&'static str],
}

/// Crawls a corpus. Outcomes reach `sink` in the corpus' order; `known` says of a source whether its
/// files need not be read again; `sink` stops the crawl by breaking.
pub fn crawl(
    corpus: &Corpus,
    settings: &Settings,
    known: &(dyn Fn(&SourceId) -> bool + Sync),
    progress: &dyn Progress,
    sink: &mut dyn FnMut(SourceOutcome) -> ControlFlow<()>,
) {
    let lanes = Mutex::new(lanes(corpus));
    let stop = AtomicBool::new(false);
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..settings.jobs.clamp(1, corpus.sources.len()) {
            let sender = sender.clone();
            let (lanes, stop) = (&lanes, &stop);
            scope.spawn(move || {
                while let Some(lane) = next_lane(lanes) {
                    for index in lane {
                        if stop.load(Ordering::Relaxed) {
                            return;
                        }
                        let spec = &corpus.sources[index];
                        progress.source_started(&spec.name);
                        if sender.send((index, resolve(spec, settings))).is_err() {
                            return;
                        }
                    }
                }
            });
        }
        drop(sender);
        hand_over(corpus, &receiver, known, progress, sink);
        stop.store(true, Ordering::Relaxed);
    });
}

/// Sources that share a host form a lane, in the corpus' order.
fn lanes(corpus: &Corpus) -> VecDeque<Vec<usize>> {
    let mut lanes: Vec<Vec<usize>> = Vec::new();
    let mut by_host: BTreeMap<String, usize> = BTreeMap::new();
    for (index, spec) in corpus.sources.iter().enumerate() {
        let host = match &spec.place {
            Place::Git { url, .. } => url::host(url),
            // All downloads of pip go to the same index.
            Place::Sdist { .. } => Some(String::from("pip")),
            _ => None,
        };
        let lane = match host {
            Some(host) => *by_host.entry(host).or_insert(lanes.len()),
            None => lanes.len(),
        };
        if lane == lanes.len() {
            lanes.push(Vec::new());
        }
        lanes[lane].push(index);
    }
    lanes.into()
}

fn next_lane(lanes: &Mutex<VecDeque<Vec<usize>>>) -> Option<Vec<usize>> {
    lanes
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .pop_front()
}

fn hand_over(
    corpus: &Corpus,
    receiver: &mpsc::Receiver<(usize, Result<Resolved, CrawlError>)>,
    known: &(dyn Fn(&SourceId) -> bool + Sync),
    progress: &dyn Progress,
    sink: &mut dyn FnMut(SourceOutcome) -> ControlFlow<()>,
) {
    let mut waiting = BTreeMap::new();
    for (index, spec) in corpus.sources.iter().enumerate() {
        let resolved = loop {
            if let Some(resolved) = waiting.remove(&index) {
                break resolved;
            }
            let Ok((index, resolved)) = receiver.recv() else {
                return;
            };
            waiting.insert(index, resolved);
        };
        let outcome = resolved
            .and_then(|resolved| finish(spec, resolved, known, progress))
            .unwrap_or_else(|error| SourceOutcome::Failed {
                name: spec.name.clone(),
                error,
            });
        progress.source_finished(&spec.name, &outcome);
        if sink(outcome).is_break() {
            return;
        }
    }
}

/// Finds the revision; this is where networks are waited for.
fn resolve(spec: &SourceSpec, settings: &Settings) -> Result<Resolved, CrawlError> {
    let plain = |reader: Box<dyn Reader + Send>, kind, origin: String| Resolved {
        reader,
        kind,
        origin,
        revision: String::new(),
        commit: None,
        tree: None,
        licenses: Licenses::default(),
        also_exclude: &[],
    };
    Ok(match &spec.place {
        Place::Git {
            url,
            revision,
            shallow,
        } => {
            let wanted = Wanted {
                url,
                revision: revision.as_deref(),
                shallow: *shallow,
                offline: settings.offline,
            };
            let reader = GitReader::open(&wanted, &settings.cache)?;
            Resolved {
                revision: revision.clone().unwrap_or_default(),
                commit: Some(reader.commit()),
                tree: Some(reader.tree()),
                ..plain(
                    Box::new(reader),
                    SourceKind::Git,
                    url::without_credentials(url),
                )
            }
        }
        Place::Dir(path) => {
            let origin = path.file_name().map_or_else(
                || spec.name.clone(),
                |name| name.to_string_lossy().into_owned(),
            );
            plain(Box::new(DirReader::open(path)?), SourceKind::Dir, origin)
        }
        Place::Embedded(embedded) => {
            let files = embedded
                .iter()
                .map(|file| (file.path.to_owned(), file.content.to_vec()))
                .collect();
            let origin = format!("tracestone/{}", spec.name);
            plain(Box::new(MemoryReader { files }), SourceKind::Dir, origin)
        }
        Place::Sdist { package, version } => {
            let sdist = Sdist { package, version };
            let reader = sdist.open(&settings.python, &settings.cache, settings.offline)?;
            let mut resolved = plain(
                Box::new(MemoryReader { files: Vec::new() }),
                SourceKind::Sdist,
                sdist.wanted(),
            );
            if let Some(license) = metadata_license(&reader) {
                let licenses = &mut resolved.licenses;
                licenses.add_fallback(&license, LicenseMethod::Metadata, "PKG-INFO");
            }
            resolved.reader = Box::new(reader);
            resolved
        }
        Place::Stdlib => {
            let found = stdlib::locate(&settings.python)?;
            let mut resolved = plain(
                Box::new(DirReader::open(&found.folder)?),
                SourceKind::Stdlib,
                format!("cpython-{}/Lib", found.version),
            );
            resolved.also_exclude = stdlib::NOT_LIBRARY;
            // Distributions ship the licence elsewhere or not at all, but it is CPython's.
            let licenses = &mut resolved.licenses;
            licenses.add_fallback("PSF-2.0", LicenseMethod::Metadata, "CPython");
            resolved
        }
    })
}

/// The licence that package metadata states, if it is an SPDX expression.
fn metadata_license(reader: &MemoryReader) -> Option<String> {
    let (_, content) = reader.files.iter().find(|(path, _)| path == "PKG-INFO")?;
    let text = String::from_utf8_lossy(content);
    text.lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| {
            line.strip_prefix("License-Expression:")
                .or_else(|| line.strip_prefix("License:"))
        })
        .map(str::trim)
        .find(|license| spdx::Expression::parse(license).is_ok())
        .map(str::to_owned)
}

/// Reads a resolved source, unless it is known already.
fn finish(
    spec: &SourceSpec,
    mut resolved: Resolved,
    known: &(dyn Fn(&SourceId) -> bool + Sync),
    progress: &dyn Progress,
) -> Result<SourceOutcome, CrawlError> {
    let selection = Selection::new(spec, resolved.also_exclude);
    let selected = files::select(resolved.reader.entries()?, &selection, spec);
    if selected.wanted.is_empty() {
        return Err(CrawlError::Empty {
            include: spec.include.join(", "),
        });
    }
    let content = match &resolved.commit {
        Some(commit) => commit.clone(),
        None => content_digest(resolved.reader.as_ref(), &selected)?,
    };
    let source = Source {
        id: source_id(spec, &resolved, &content),
        name: spec.name.clone(),
        kind: resolved.kind,
        group: resolved.origin.clone(),
        origin: resolved.origin,
        revision: resolved.revision,
        commit: resolved.commit,
        tree: resolved.tree,
    };
    if known(&source.id) {
        return Ok(SourceOutcome::Unchanged(source));
    }
    if let Some(license) = &spec.license {
        let licenses = &mut resolved.licenses;
        licenses.add_fallback(license, LicenseMethod::Corpus, "corpus");
    }
    let (files, dropped) = files::read(
        resolved.reader.as_ref(),
        selected,
        source.id,
        spec,
        &mut resolved.licenses,
        &|done, total| progress.source_progress(&spec.name, done, total),
    )?;
    Ok(SourceOutcome::Read(Crawled {
        source,
        files,
        dropped,
    }))
}

/// What stands for a commit where there is none: a hash of the selected files.
fn content_digest(reader: &dyn Reader, selected: &files::Selected) -> Result<String, CrawlError> {
    let mut listing = String::new();
    for entry in selected.wanted.iter().chain(&selected.licenses) {
        let blob = blob_id(&reader.read(entry)?)?;
        listing.push_str(&format!("{blob} {}\n", entry.path));
    }
    blob_id(listing.as_bytes())
}

/// Depends on everything that decides which files are read and what is known of them.
fn source_id(spec: &SourceSpec, resolved: &Resolved, content: &str) -> SourceId {
    let settings = format!(
        "{VERSION} {:?} {:?} {:?} {} {}",
        spec.include, spec.exclude, spec.license, spec.max_file_bytes, spec.name
    );
    SourceId::of(&[
        format!("{:?}", resolved.kind).as_bytes(),
        resolved.origin.as_bytes(),
        content.as_bytes(),
        settings.as_bytes(),
    ])
}
