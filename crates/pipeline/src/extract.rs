//! Files in the store to units, programs and calls.

use std::collections::BTreeSet;
use std::time::Instant;

use tracestone_extract::{SourceFile, SourceTree};
use tracestone_record::watch::{Inner, Progress, Watch};
use tracestone_record::words::counted;
use tracestone_record::{Dropped, Source, Stage, TestReport};
use tracestone_store::{Key, Store};

use crate::syntax::complete;
use crate::{Engines, Error, LazyEngine, StageReport, rehearsal};

/// Settings of the stage.
#[derive(Debug, Clone)]
pub struct ExtractSettings {
    /// Files that are parsed at the same time.
    pub jobs: usize,
    /// CPU time for the tests of a source, as far as counted calls measure it; 0 for running none.
    pub test_seconds: u32,
}

impl Default for ExtractSettings {
    fn default() -> Self {
        Self {
            jobs: 1,
            test_seconds: 120,
        }
    }
}

/// Extracts every current source that is not done yet; the engine of a source is asked about files with syntax errors
/// and runs its tests.
///
/// # Errors
/// The store fails, or no threads can be started.
pub fn extract(
    store: &mut Store,
    settings: &ExtractSettings,
    engines: &Engines<'_>,
    watch: &dyn Watch,
) -> Result<StageReport, Error> {
    let started = Instant::now();
    let rules = tracestone_extract::Settings::default();
    let fingerprint = serde_json::to_string(&rules)?;
    let seconds = settings.test_seconds;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(settings.jobs)
        .build()?;
    let progress = Progress::start(watch, "extract", "files", 0);
    let (mut done, mut reused, mut programs) = (0, 0, 0);
    for source in store.sources()? {
        if watch.stop() {
            break;
        }
        let tree = source_tree(store, &source)?;
        let engine = engines.of(store, source.id)?;
        let tests = tree.is_some() && seconds > 0;
        let key = key(&source, &fingerprint, seconds, tests.then_some(engine))?;
        if store.is_done(Stage::Extract, &key)? {
            reused += 1;
            continue;
        }
        let (tree, left_out) = match tree {
            Some(tree) if tests => {
                match with_tests(store, &source, tree, engine, seconds, watch)? {
                    Some((tree, left_out)) => (Some(tree), left_out),
                    None => break,
                }
            }
            tree => (tree, Vec::new()),
        };
        let input = Input {
            key,
            source: &source,
            tree,
            left_out,
        };
        programs += extract_source(store, input, &rules, engine, &pool, &progress)?;
        if watch.stop() {
            break;
        }
        done += 1;
    }
    progress.finish(&format!(
        "{} from {}, {} done before",
        counted(programs as u64, "program"),
        counted(done, "source"),
        counted(reused, "source")
    ));
    Ok(StageReport {
        stage: Stage::Extract,
        done,
        reused,
        failed: 0,
        seconds: started.elapsed().as_secs_f64(),
        interrupted: watch.stop(),
    })
}

/// The key of a source's programs; with the interpreter that runs its tests, where they are run.
fn key(
    source: &Source,
    rules: &str,
    seconds: u32,
    engine: Option<&LazyEngine<'_>>,
) -> Result<Key, Error> {
    // Tests do in one interpreter what they do not in another one.
    let runs_tests = match engine {
        Some(engine) => engine.get()?.fingerprint(),
        None => String::new(),
    };
    Ok(Key::of(
        Stage::Extract,
        &[
            source.id.as_bytes(),
            &tracestone_extract::VERSION.to_le_bytes(),
            rules.as_bytes(),
            &seconds.to_le_bytes(),
            &rehearsal::VERSION.to_le_bytes(),
            runs_tests.as_bytes(),
        ],
    ))
}

/// The Python files that are there when the source's packages run; none where it has none.
fn source_tree(store: &Store, source: &Source) -> Result<Option<SourceTree>, Error> {
    let paths = store.tree_paths(source.id)?.into_iter();
    let paths: BTreeSet<String> = paths.filter(|path| path.ends_with(".py")).collect();
    if paths.is_empty() {
        return Ok(None);
    }
    let environment = source.environment.as_ref();
    Ok(Some(SourceTree {
        source: source.id,
        paths,
        made: store.made_files(source.id)?,
        available: environment
            .map(|environment| environment.modules.iter().cloned().collect())
            .unwrap_or_default(),
        needs: environment
            .map(|environment| environment.lock.lines())
            .unwrap_or_default(),
        tests: TestReport::default(),
    }))
}

/// Runs the tests of a source; gives what was left out of them, too. `None` where the watch asked to stop.
fn with_tests(
    store: &mut Store,
    source: &Source,
    mut tree: SourceTree,
    engine: &LazyEngine<'_>,
    seconds: u32,
    watch: &dyn Watch,
) -> Result<Option<(SourceTree, Vec<Dropped>)>, Error> {
    let roots = tree.roots();
    let inner = Inner(watch);
    let rehearsed = rehearsal::rehearse(store, engine.get()?, source, &roots, seconds, &inner)?;
    Ok(rehearsed.map(|rehearsed| {
        tree.tests = rehearsed.report;
        (tree, rehearsed.dropped)
    }))
}

/// A source to be extracted.
struct Input<'a> {
    key: Key,
    source: &'a Source,
    tree: Option<SourceTree>,
    /// Tests that were left out.
    left_out: Vec<Dropped>,
}

fn extract_source(
    store: &mut Store,
    input: Input<'_>,
    settings: &tracestone_extract::Settings,
    engine: &LazyEngine<'_>,
    pool: &rayon::ThreadPool,
    progress: &Progress<'_>,
) -> Result<usize, Error> {
    let source = input.source;
    let files = store.contents_of(source.id)?;
    progress.add_total(files.len() as u64);
    let inputs: Vec<_> = files
        .iter()
        .map(|(id, path, content)| SourceFile {
            id: *id,
            path,
            content,
        })
        .collect();
    let tree = input.tree.as_ref();
    let mut found = pool
        .install(|| tracestone_extract::extract(&inputs, tree, settings, &|| progress.advance(1)));
    found.dropped.extend(input.left_out);
    let content = |path: &str| {
        let file = inputs.iter().find(|file| file.path == path);
        file.map(|file| file.content)
    };
    complete(&mut found.dropped, content, engine, &|| progress.stop());
    // What CPython says of files is missing where Ctrl-C came before it was asked.
    if progress.stop() {
        return Ok(0);
    }
    progress.detail(|| {
        format!(
            "{}: {}, {}, {} and {} left out",
            source.name,
            counted(found.units.len() as u64, "unit"),
            counted(found.programs.len() as u64, "program"),
            counted(found.calls.len() as u64, "call"),
            found.dropped.len()
        )
    });
    store.put_extraction(
        &input.key,
        source.id,
        &found.units,
        &found.programs,
        &found.calls,
        &found.dropped,
    )?;
    Ok(found.programs.len())
}
