//! Several sources at once: fetched in parallel, at most one at a time per host, and handed over in the
//! order of the corpus.
//!
//! Fetching waits for networks and is done by many threads. Reading is quick and is done one source at
//! a time by the caller's thread, so that only one source's files are in memory, and so that which of
//! two equal files counts as the first does not depend on which source was fetched sooner.

use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

use tracestone_record::{Environment, LicenseRule, Source, SourceId, SourceKind};

use crate::corpus::{Corpus, Place, SourceSpec};
use crate::environment::environment;
use crate::error::CrawlError;
use crate::files::{self, Reading, Seen};
use crate::license::{Detector, LicenseFile, Licenses};
use crate::resolve::{self, Local, Resolved};
use crate::url::Rewrites;
use crate::{Progress, Settings, SourceOutcome, Surroundings, VERSION, fetch, url};

/// Interval between checks for a stop while nothing happens.
const PAUSE: Duration = Duration::from_millis(100);

/// Crawls a corpus. Outcomes reach `sink` in the corpus' order. The crawl ends, with its running fetches,
/// when `sink` breaks or the surroundings say that it is interrupted.
pub fn crawl(
    corpus: &Corpus,
    settings: &Settings,
    around: &Surroundings<'_>,
    sink: &mut dyn FnMut(SourceOutcome<'_>) -> ControlFlow<()>,
) {
    let stop = AtomicBool::new(false);
    let is_git = |spec: &SourceSpec| matches!(spec.place, Place::Git { .. });
    let rewrites = match corpus.sources.iter().any(is_git) {
        true => fetch::rewrites(&stop),
        false => Rewrites::default(),
    };
    let lanes = Mutex::new(lanes(corpus, &rewrites));
    let fetcher = Fetcher {
        corpus,
        settings,
        rewrites: &rewrites,
        progress: around.progress,
        stop: &stop,
    };
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..settings.jobs.clamp(1, corpus.sources.len().max(1)) {
            let sender = sender.clone();
            let (lanes, fetcher) = (&lanes, &fetcher);
            scope.spawn(move || {
                while let Some(lane) = next_lane(lanes) {
                    fetcher.fetch_lane(&lane, &sender);
                }
            });
        }
        drop(sender);
        hand_over(corpus, settings, &receiver, around, sink);
        stop.store(true, Ordering::Relaxed);
    });
}

/// Result of fetching the source at a position of the corpus.
type Fetched = (usize, Result<Local, CrawlError>);

/// Sources that share a host, in the corpus' order.
struct Lane {
    host: Option<String>,
    sources: Vec<usize>,
}

/// Sorts the sources into lanes. The host that counts is the one that git will really ask.
fn lanes(corpus: &Corpus, rewrites: &Rewrites) -> VecDeque<Lane> {
    let mut lanes: Vec<Lane> = Vec::new();
    let mut by_key: BTreeMap<String, usize> = BTreeMap::new();
    for (index, spec) in corpus.sources.iter().enumerate() {
        let (key, host) = match &spec.place {
            // What is on this machine is a lane by itself; the same repository twice is one lane.
            Place::Git { url, .. } => {
                let url = rewrites.apply(url);
                let host = url::host(&url);
                (host.clone().unwrap_or(url), host)
            }
            // All downloads of pip go to the same index.
            Place::Sdist { .. } => ("pip".to_owned(), Some("the package index".to_owned())),
            _ => (format!("\0{index}"), None),
        };
        let lane = *by_key.entry(key).or_insert(lanes.len());
        if lane == lanes.len() {
            let sources = Vec::new();
            lanes.push(Lane { host, sources });
        }
        lanes[lane].sources.push(index);
    }
    lanes.into()
}

fn next_lane(lanes: &Mutex<VecDeque<Lane>>) -> Option<Lane> {
    let mut lanes = lanes.lock().unwrap_or_else(PoisonError::into_inner);
    lanes.pop_front()
}

/// Context shared by the fetching threads.
struct Fetcher<'a> {
    corpus: &'a Corpus,
    settings: &'a Settings,
    rewrites: &'a Rewrites,
    progress: &'a dyn Progress,
    stop: &'a AtomicBool,
}

impl Fetcher<'_> {
    /// Fetches the sources of one host, one after the other. When the host says that it is asked too
    /// often, the others are not tried, because asking on prolongs the time for which it refuses.
    fn fetch_lane(&self, lane: &Lane, sender: &mpsc::Sender<Fetched>) {
        let mut refused = false;
        for &index in &lane.sources {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            let spec = &self.corpus.sources[index];
            self.progress.source_started(&spec.name);
            let fetched = if refused {
                let host = lane.host.clone().unwrap_or_default();
                Err(CrawlError::HostIsBusy { host })
            } else {
                resolve::fetch(spec, self.settings, self.rewrites, self.stop)
            };
            if let Err(error) = &fetched {
                refused |= error.is_rate_limit();
            }
            if sender.send((index, fetched)).is_err() {
                return;
            }
        }
    }
}

fn hand_over(
    corpus: &Corpus,
    settings: &Settings,
    receiver: &mpsc::Receiver<Fetched>,
    around: &Surroundings<'_>,
    sink: &mut dyn FnMut(SourceOutcome<'_>) -> ControlFlow<()>,
) {
    let mut waiting = BTreeMap::new();
    let mut memory = Memory::default();
    for (index, spec) in corpus.sources.iter().enumerate() {
        let fetched = loop {
            if let Some(fetched) = waiting.remove(&index) {
                break fetched;
            }
            // Nothing wakes a thread that waits for another, so it looks whether it is to end.
            match receiver.recv_timeout(PAUSE) {
                Ok((index, fetched)) => {
                    waiting.insert(index, fetched);
                }
                Err(mpsc::RecvTimeoutError::Timeout) if !(around.interrupted)() => {}
                Err(_) => return,
            }
        };
        let outcome = fetched.and_then(|local| read(spec, &local, settings, around, &mut memory));
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(CrawlError::Stopped) => return,
            Err(error) => failed(spec, error, around, &mut memory),
        };
        let flow = sink(outcome);
        around.progress.source_finished(&spec.name);
        if flow.is_break() || (around.interrupted)() {
            return;
        }
    }
}

/// A source that could not be read; the version that stays in use is one whose files others can repeat.
fn failed<'a>(
    spec: &SourceSpec,
    error: CrawlError,
    around: &Surroundings<'a>,
    memory: &mut Memory,
) -> SourceOutcome<'a> {
    let kept = resolve::origin(spec).and_then(|origin| (around.kept)(&spec.name, &origin));
    let kept = kept.map(|kept| {
        memory.seen.add(&spec.name, kept.files);
        kept.id
    });
    SourceOutcome::Failed {
        name: spec.name.clone(),
        error,
        kept,
    }
}

/// State carried from source to source.
#[derive(Default)]
struct Memory {
    seen: Seen,
    detector: Detector,
}

/// Reads a fetched source, unless it is known already.
fn read<'a>(
    spec: &'a SourceSpec,
    local: &Local,
    settings: &Settings,
    around: &Surroundings<'a>,
    memory: &mut Memory,
) -> Result<SourceOutcome<'a>, CrawlError> {
    let resolved = resolve::open(spec, local, around.interrupted)?;
    let reader = resolved.reader.as_ref();
    let mut selected = files::select(reader, spec, around.interrupted)?;
    if selected.matched == 0 {
        return Err(CrawlError::Empty {
            include: spec.include.join(", "),
        });
    }
    let content = match &resolved.commit {
        Some(commit) => commit.clone(),
        None => selected.content_digest(reader)?,
    };
    let elsewhere = selected.take_out_duplicates(&mut memory.seen, spec);
    let mut dropped = Vec::new();
    let environment = environment(
        spec,
        reader,
        |requires| settings.environments(requires, &|| (around.interrupted)()),
        &|| (around.interrupted)(),
        &mut dropped,
    )?;
    selected.dropped.append(&mut dropped);
    let id = source_id(spec, &resolved, &content, &elsewhere, environment.as_ref());
    let source = Source {
        id,
        name: spec.name.clone(),
        kind: resolved.kind,
        group: resolved.origin.clone(),
        origin: resolved.origin.clone(),
        revision: resolved.revision.clone(),
        commit: resolved.commit.clone(),
        commit_date: resolved.commit_date.clone(),
        tree: resolved.tree.clone(),
        environment,
    };
    if (around.known)(&id) {
        return Ok(SourceOutcome::Unchanged(source));
    }
    let licenses = licenses(
        spec,
        resolved.kind,
        &selected.licenses,
        &mut memory.detector,
    );
    let reading = Reading::new(source, spec, resolved.reader, selected, licenses, *around);
    Ok(SourceOutcome::Read(Box::new(reading)))
}

/// Licences of a source. Statements of the corpus come before metadata, because they are meant to correct
/// them.
fn licenses(
    spec: &SourceSpec,
    kind: SourceKind,
    files: &[LicenseFile],
    detector: &mut Detector,
) -> Licenses {
    let mut licenses = Licenses::default();
    if let Some(license) = &spec.license {
        licenses.add_outside(license, LicenseRule::CorpusSetting, "corpus");
    }
    if kind == SourceKind::Stdlib {
        // Some distributions put CPython's licence beside the library, with its history around it, and
        // others leave it out. The library is under it in any case.
        licenses.add_outside("PSF-2.0", LicenseRule::StandardLibrary, "CPython");
    } else {
        licenses.add_files(files, detector);
    }
    licenses
}

/// Depends on everything that decides which files are read and what is known of them: also on the files
/// that are left out because an `elsewhere` read source has them.
fn source_id(
    spec: &SourceSpec,
    resolved: &Resolved,
    content: &str,
    elsewhere: &str,
    environment: Option<&Environment>,
) -> SourceId {
    let settings = format!(
        "{VERSION} {:?} {:?} {:?} {} {} {}",
        spec.include,
        spec.exclude,
        spec.license,
        spec.min_file_bytes,
        spec.max_file_bytes,
        spec.name
    );
    let kind = format!("{:?}", resolved.kind);
    let lock = environment.map(|environment| environment.lock.id());
    let mut parts = vec![
        kind.as_bytes(),
        resolved.origin.as_bytes(),
        content.as_bytes(),
        settings.as_bytes(),
        elsewhere.as_bytes(),
    ];
    let files: Vec<&[u8]> = spec
        .files
        .iter()
        .flat_map(|(path, text)| [path.as_bytes(), text.as_bytes()])
        .collect();
    parts.extend(files);
    parts.extend(lock.as_ref().map(|lock| lock.as_bytes().as_slice()));
    SourceId::of(&parts)
}
