//! Sources of a corpus to files in the store.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use tracestone_crawl::{Corpus, SourceOutcome};
use tracestone_record::words::counted;
use tracestone_record::{Dropped, Reason, SourceId, Stage, outside};
use tracestone_store::{Key, Store};

use crate::args::{CorpusArgs, JobsArg, PythonArg};
use crate::cache;
use crate::failure::{Failure, Hint as _};
use crate::printer::Printer;
use crate::progress::Progress;
use crate::stages::StageReport;

/// Characters of a source's name in a message.
const LONGEST_NAME: usize = 200;

/// Reads the corpus named on the command line, or the starter corpus.
pub(crate) fn load_corpus(args: &CorpusArgs) -> Result<Corpus, Failure> {
    match &args.corpus {
        None => Ok(tracestone_crawl::starter()?),
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| anyhow::anyhow!("cannot read the corpus {}: {error}", path.display()))
                .hint("name a TOML file, such as corpora/algorithms.toml, or leave it out to build the starter corpus")?;
            Ok(Corpus::parse(&text, path)?)
        }
    }
}

/// The folder for fetched repositories.
fn cache_folder(args: &CorpusArgs) -> Result<PathBuf, Failure> {
    args.cache.clone().or_else(cache::folder).ok_or_else(|| {
        Failure::new("there is no place to keep fetched repositories: HOME is not set")
            .hinted("name a folder with --cache DIR")
    })
}

/// Crawls `corpus` into the store and makes its sources the current ones.
pub(crate) fn run(
    store: &mut Store,
    corpus: &Corpus,
    args: &CorpusArgs,
    jobs: &JobsArg,
    python: &PythonArg,
    printer: &Printer,
) -> Result<StageReport, Failure> {
    let started = Instant::now();
    let settings = tracestone_crawl::Settings {
        cache: cache_folder(args)?,
        python: python.python.clone(),
        jobs: jobs.count(),
        offline: args.offline,
    };
    let known = store.known_sources()?;
    let progress = Progress::start(printer, "crawl", "files", 0);
    let watcher = Watcher {
        progress: &progress,
    };
    let mut landing = Landing::new(store, printer);
    tracestone_crawl::crawl(
        corpus,
        &settings,
        &|id: &SourceId| known.contains(id),
        &watcher,
        &mut |outcome| landing.take(outcome),
    );
    let Landing {
        current,
        read,
        reused,
        files,
        failed,
        error,
        ..
    } = landing;
    if let Some(error) = error {
        return Err(error);
    }
    let interrupted = crate::interrupt::requested();
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
    printer: &'a Printer,
    current: Vec<SourceId>,
    read: u64,
    reused: u64,
    files: u64,
    failed: u64,
    error: Option<Failure>,
}

impl<'a> Landing<'a> {
    fn new(store: &'a mut Store, printer: &'a Printer) -> Self {
        Self {
            store,
            printer,
            current: Vec::new(),
            read: 0,
            reused: 0,
            files: 0,
            failed: 0,
            error: None,
        }
    }

    fn take(&mut self, outcome: SourceOutcome) -> ControlFlow<()> {
        if let Err(error) = self.record(outcome) {
            self.error = Some(error);
            return ControlFlow::Break(());
        }
        if crate::interrupt::requested() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn record(&mut self, outcome: SourceOutcome) -> Result<(), Failure> {
        match outcome {
            SourceOutcome::Read(crawled) => {
                let key = Key::of(Stage::Crawl, &[crawled.source.id.as_bytes()]);
                let files: Vec<_> = crawled
                    .files
                    .into_iter()
                    .map(|crawled| (crawled.file, crawled.content))
                    .collect();
                self.store
                    .put_source(&key, &crawled.source, &files, &crawled.dropped)?;
                self.current.push(crawled.source.id);
                self.read += 1;
                self.files += files.len() as u64;
            }
            SourceOutcome::Unchanged(source) => {
                self.store.refresh_source(&source)?;
                self.current.push(source.id);
                self.reused += 1;
            }
            SourceOutcome::Failed { name, error } => {
                self.printer.warning(&format!(
                    "source {}: {error}",
                    outside::short(&name, LONGEST_NAME)
                ));
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

    fn source_finished(&self, name: &str, outcome: &SourceOutcome) {
        self.progress.detail(|| match outcome {
            SourceOutcome::Read(crawled) => format!(
                "read {name}: {}, {} left out{}",
                counted(crawled.files.len() as u64, "file"),
                crawled.dropped.len(),
                crawled
                    .source
                    .commit
                    .as_deref()
                    .map_or(String::new(), |commit| format!(", commit {commit}"))
            ),
            SourceOutcome::Unchanged(_) => format!("{name} is unchanged"),
            SourceOutcome::Failed { .. } => format!("{name} could not be read"),
        });
    }
}
