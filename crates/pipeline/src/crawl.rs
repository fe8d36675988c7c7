//! Sources of a corpus to files in the store.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::time::Instant;

use tracestone_crawl::{Corpus, Kept, Reading, Settings, SourceOutcome, Surroundings};
use tracestone_record::watch::{Event, Progress, Watch};
use tracestone_record::words::counted;
use tracestone_record::{Dropped, OptOut, Reason, SourceId, Stage, outside};
use tracestone_store::{Key, Put, Store};

use crate::{Error, StageReport};

/// Characters of a source's name in a message.
const LONGEST_NAME: usize = 200;

/// Crawls a corpus into the store and makes its sources the current ones.
///
/// # Errors
/// The store fails. A source that cannot be read is no error: it is recorded, counted and warned of.
pub fn crawl(
    store: &mut Store,
    corpus: &Corpus,
    settings: &Settings,
    watch: &dyn Watch,
) -> Result<StageReport, Error> {
    let started = Instant::now();
    let known = store.known_sources()?;
    let taken_back = store.taken_back()?;
    let progress = Progress::start(watch, "crawl", "files", 0);
    let watcher = Watcher {
        progress: &progress,
    };
    let landing = RefCell::new(Landing::new(store, &taken_back, watch, &progress));
    let around = Surroundings {
        known: &|id: &SourceId| known.contains(id),
        kept: &|name: &str, origin: &str| landing.borrow_mut().kept(name, origin),
        progress: &watcher,
        interrupted: &|| watch.stop(),
    };
    tracestone_crawl::crawl(corpus, settings, &around, &mut |outcome| {
        landing.borrow_mut().take(outcome)
    });
    let Landing {
        current,
        read,
        reused,
        files,
        failed,
        error,
        ..
    } = landing.into_inner();
    if let Some(error) = error {
        return Err(error);
    }
    let interrupted = watch.stop();
    if !interrupted {
        store.set_current_sources(&current)?;
        store.set_meta("corpus", &corpus.name)?;
        store.set_meta("split", &serde_json::to_string(&corpus.split)?)?;
    }
    progress.finish(&format!(
        "{} read ({}), {reused} unchanged, {failed} failed",
        counted(read, "source"),
        counted(files, "file")
    ));
    Ok(StageReport {
        stage: Stage::Crawl,
        done: read,
        reused,
        failed,
        seconds: started.elapsed().as_secs_f64(),
        interrupted,
    })
}

/// Writes outcomes as they come.
struct Landing<'a> {
    store: &'a mut Store,
    /// Opt-outs of authors and owners.
    taken_back: &'a [OptOut],
    watch: &'a dyn Watch,
    progress: &'a Progress<'a>,
    current: Vec<SourceId>,
    read: u64,
    reused: u64,
    files: u64,
    failed: u64,
    error: Option<Error>,
}

impl<'a> Landing<'a> {
    fn new(
        store: &'a mut Store,
        taken_back: &'a [OptOut],
        watch: &'a dyn Watch,
        progress: &'a Progress<'a>,
    ) -> Self {
        Self {
            store,
            taken_back,
            watch,
            progress,
            current: Vec::new(),
            read: 0,
            reused: 0,
            files: 0,
            failed: 0,
            error: None,
        }
    }

    /// The version of a source that stays in use when the source cannot be read: the current one.
    fn kept(&mut self, name: &str, origin: &str) -> Option<Kept> {
        let found = self.store.current_source(name, origin);
        let kept = found.and_then(|id| match id {
            Some(id) => Ok(Some(Kept {
                id,
                files: self.store.blobs_of(id)?,
            })),
            None => Ok(None),
        });
        match kept {
            Ok(kept) => kept,
            Err(error) => {
                self.error.get_or_insert(error.into());
                None
            }
        }
    }

    fn take(&mut self, outcome: SourceOutcome<'_>) -> ControlFlow<()> {
        if let Err(error) = self.record(outcome) {
            self.error.get_or_insert(error);
        }
        if self.error.is_some() || self.watch.stop() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn record_read(&mut self, mut reading: Box<Reading<'_>>) -> Result<(), Error> {
        let source = reading.source().clone();
        let key = Key::of(Stage::Crawl, &[source.id.as_bytes()]);
        let (mut files, mut left_out) = (0, 0);
        let taken_back = self.taken_back;
        let by = |path: &str, blob: &str| {
            let mut all = taken_back.iter();
            all.find(|one| one.covers_blob(&source, path, blob))
        };
        let mut forgotten = Vec::new();
        let written = self.store.put_source_with(&key, &source, &mut |insert| {
            for crawled in reading.by_ref() {
                if let Some(one) = by(&crawled.file.path, &crawled.file.blob) {
                    let detail = one.to_string();
                    forgotten.push(Dropped::new(Reason::TakenBack, &crawled.file.path, detail));
                    continue;
                }
                insert(Put::File(&crawled.file, &crawled.content))?;
                files += 1;
            }
            for file in reading.tree() {
                if by(&file.path, &file.blob).is_some() {
                    continue;
                }
                insert(Put::Tree {
                    path: &file.path,
                    blob: &file.blob,
                    content: &file.content,
                    made: file.made,
                })?;
            }
            let mut dropped = reading.take_dropped();
            if let Some(dropped) = &mut dropped {
                dropped.append(&mut forgotten);
            }
            left_out = dropped.as_ref().map_or(0, Vec::len);
            Ok(dropped)
        })?;
        self.progress.detail(|| {
            let commit = source.commit.as_deref();
            format!(
                "read {}: {}, {left_out} left out{}",
                source.name,
                counted(files, "file"),
                commit.map_or(String::new(), |commit| format!(", commit {commit}"))
            )
        });
        if written {
            self.current.push(source.id);
            self.read += 1;
            self.files += files;
        }
        Ok(())
    }

    fn record(&mut self, outcome: SourceOutcome<'_>) -> Result<(), Error> {
        match outcome {
            SourceOutcome::Read(reading) => self.record_read(reading)?,
            SourceOutcome::Unchanged(source) => {
                self.progress
                    .detail(|| format!("{} is unchanged", source.name));
                self.store.refresh_source(&source)?;
                self.current.push(source.id);
                self.reused += 1;
            }
            SourceOutcome::Failed { name, error, kept } => {
                let stays = match kept {
                    Some(_) => "; the version that was read last stays in use",
                    None => "",
                };
                self.watch.event(Event::Warning {
                    text: &format!(
                        "source {}: {error}{stays}",
                        outside::short(&name, LONGEST_NAME)
                    ),
                    cause: Some(&error),
                });
                self.current.extend(kept);
                let dropped = Dropped::new(Reason::SourceFailed, &name, error.to_string());
                self.store.put_failed_source(&name, &dropped)?;
                self.failed += 1;
            }
        }
        Ok(())
    }
}

/// Shows the crawl's progress.
struct Watcher<'a> {
    progress: &'a Progress<'a>,
}

impl tracestone_crawl::Progress for Watcher<'_> {
    fn source_started(&self, name: &str) {
        self.progress.detail(|| format!("reading {name}"));
    }

    fn source_progress(&self, _name: &str, done: u64, total: u64) {
        if done <= 1 {
            self.progress.add_total(total);
        }
        self.progress.advance(1);
    }

    fn source_finished(&self, _name: &str) {}
}
