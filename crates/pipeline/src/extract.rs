//! Files in the store to units, programs and calls.

use std::collections::BTreeSet;
use std::time::Instant;

use tracestone_extract::{SourceFile, SourceTree};
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::counted;
use tracestone_record::{Source, Stage};
use tracestone_store::{Key, Store};

use crate::syntax::complete;
use crate::{Error, LazyEngine, StageReport};

/// Extracts every current source that is not done yet, `jobs` files at a time; `engine` is asked about files
/// with syntax errors, and started if there are any.
///
/// # Errors
/// The store fails, or no threads can be started.
pub fn extract(
    store: &mut Store,
    jobs: usize,
    engine: &LazyEngine<'_>,
    watch: &dyn Watch,
) -> Result<StageReport, Error> {
    let started = Instant::now();
    let settings = tracestone_extract::Settings::default();
    let fingerprint = serde_json::to_string(&settings)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build()?;
    let progress = Progress::start(watch, "extract", "files", 0);
    let (mut done, mut reused, mut programs) = (0, 0, 0);
    for source in store.sources()? {
        if watch.stop() {
            break;
        }
        let key = Key::of(
            Stage::Extract,
            &[
                source.id.as_bytes(),
                &tracestone_extract::VERSION.to_le_bytes(),
                fingerprint.as_bytes(),
            ],
        );
        if store.is_done(Stage::Extract, &key)? {
            reused += 1;
            continue;
        }
        programs += extract_source(store, &key, &source, &settings, engine, &pool, &progress)?;
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

/// The Python files that are there when the source's packages run; none where it has none.
fn source_tree(store: &Store, source: &Source) -> Result<Option<SourceTree>, Error> {
    let paths = store.tree_paths(source.id)?.into_iter();
    let paths: BTreeSet<String> = paths.filter(|path| path.ends_with(".py")).collect();
    if paths.is_empty() {
        return Ok(None);
    }
    Ok(Some(SourceTree {
        source: source.id,
        paths,
        made: store.made_files(source.id)?,
        available: BTreeSet::new(),
    }))
}

fn extract_source(
    store: &mut Store,
    key: &Key,
    source: &Source,
    settings: &tracestone_extract::Settings,
    engine: &LazyEngine<'_>,
    pool: &rayon::ThreadPool,
    progress: &Progress<'_>,
) -> Result<usize, Error> {
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
    let tree = source_tree(store, source)?;
    let mut found = pool.install(|| {
        tracestone_extract::extract(&inputs, tree.as_ref(), settings, &|| progress.advance(1))
    });
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
        key,
        source.id,
        &found.units,
        &found.programs,
        &found.calls,
        &found.dropped,
    )?;
    Ok(found.programs.len())
}
