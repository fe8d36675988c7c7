//! Time to read a cached repository, and time to detect that it is known.

#![allow(clippy::unwrap_used, reason = "a panic is how a benchmark fails")]

use std::hint::black_box;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tracestone_crawl::{Corpus, Progress, Settings, SourceOutcome, Surroundings};
use tracestone_record::SourceId;

/// As many files as a middling repository has.
const FILES: usize = 1000;

struct Silent;

impl Progress for Silent {
    fn source_started(&self, _: &str) {}
    fn source_progress(&self, _: &str, _: u64, _: u64) {}
    fn source_finished(&self, _: &str) {}
}

/// Makes a repository of small modules with a licence and returns its commit and size.
fn repository(path: &Path) -> (String, u64) {
    let git = git2::Repository::init_bare(path).unwrap();
    let mut bytes = 0;
    let mut folder = git.treebuilder(None).unwrap();
    for number in 0..FILES {
        let text = format!("def f{number}(x):\n    \"\"\"Adds.\"\"\"\n    return x + {number}\n")
            .repeat(40);
        bytes += text.len() as u64;
        let blob = git.blob(text.as_bytes()).unwrap();
        folder
            .insert(format!("module{number}.py"), blob, 0o100_644)
            .unwrap();
    }
    let folder = folder.write().unwrap();
    let license = git.blob(include_bytes!("../../../LICENSE-MIT")).unwrap();
    let mut root = git.treebuilder(None).unwrap();
    root.insert("package", folder, 0o040_000).unwrap();
    root.insert("LICENSE", license, 0o100_644).unwrap();
    let tree = git.find_tree(root.write().unwrap()).unwrap();
    let author = git2::Signature::new("A", "a@example.org", &git2::Time::new(0, 0)).unwrap();
    let commit = git.commit(Some("refs/heads/main"), &author, &author, "all", &tree, &[]);
    (commit.unwrap().to_string(), bytes)
}

fn crawl(corpus: &Corpus, cache: &Path, known: &dyn Fn(&SourceId) -> bool) {
    let settings = Settings {
        cache: Some(cache.to_owned()),
        python: PathBuf::from("python3"),
        jobs: 1,
        offline: false,
        environments: None,
        more_pythons: Vec::new(),
    };
    let around = Surroundings {
        known,
        kept: &|_, _| None,
        progress: &Silent,
        interrupted: &|| false,
    };
    tracestone_crawl::crawl(corpus, &settings, &around, &mut |outcome| {
        match outcome {
            SourceOutcome::Read(reading) => drop(black_box(reading.read_all())),
            SourceOutcome::Unchanged(source) => drop(black_box(source)),
            failed @ SourceOutcome::Failed { .. } => panic!("{failed:?}"),
        }
        ControlFlow::Continue(())
    });
}

fn bench(criterion: &mut Criterion) {
    let place = tempfile::tempdir().unwrap();
    let (commit, bytes) = repository(&place.path().join("repository"));
    let text = format!(
        "name = \"bench\"\n[[source]]\nkind = \"git\"\nurl = \"repository\"\nrevision = \"{commit}\"\n"
    );
    let corpus = Corpus::parse(&text, &place.path().join("corpus.toml")).unwrap();
    let cache = place.path().join("cache");
    crawl(&corpus, &cache, &|_| false);
    let mut group = criterion.benchmark_group("crawl");
    group.throughput(Throughput::Bytes(bytes));
    group.bench_function("read a cached commit", |bencher| {
        bencher.iter(|| crawl(&corpus, &cache, &|_| false));
    });
    group.bench_function("find a cached commit unchanged", |bencher| {
        bencher.iter(|| crawl(&corpus, &cache, &|_| true));
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
