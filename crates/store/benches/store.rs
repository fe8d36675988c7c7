//! Samples written and read per second.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "criterion's macros make public functions, and a panic is how a bench fails"
)]

#[path = "../tests/fixture/mod.rs"]
mod fixture;

use std::ops::ControlFlow;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use tracestone_store::{Filter, Store};

fn samples(criterion: &mut Criterion) {
    let world = fixture::world("w0", "c1", 100);
    let batch = world.sample_batch();
    let count: usize = batch.iter().map(|(_, _, rows, _)| rows.len()).sum();
    let folder = tempfile::tempdir().unwrap();
    let mut store = fixture::store_of(&folder.path().join("data.db"), &[&world]);
    let mut group = criterion.benchmark_group("store");
    group.throughput(Throughput::Elements(count as u64));
    group.bench_function("put_samples", |bencher| {
        let empty = || {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::create_or_open(&folder.path().join("data.db")).unwrap();
            (folder, store)
        };
        bencher.iter_batched(
            empty,
            |(folder, mut store)| {
                store.put_samples(&batch).unwrap();
                (folder, store)
            },
            BatchSize::PerIteration,
        );
    });
    group.bench_function("replace_samples", |bencher| {
        bencher.iter(|| store.put_samples(&batch).unwrap());
    });
    group.bench_function("read_samples", |bencher| {
        bencher.iter(|| {
            let mut bytes = 0;
            let visit = |row: tracestone_record::SampleRow| {
                bytes += row.sample.prompt.len();
                ControlFlow::Continue(())
            };
            store.samples(&Filter::default(), visit).unwrap();
            bytes
        });
    });
    group.finish();
}

fn runs(criterion: &mut Criterion) {
    let world = fixture::world("w0", "c1", 200);
    let folder = tempfile::tempdir().unwrap();
    let mut store = fixture::store_of(&folder.path().join("data.db"), &[&world]);
    let mut group = criterion.benchmark_group("store");
    group.throughput(Throughput::Elements(400));
    group.bench_function("put_runs", |bencher| {
        bencher.iter(|| world.put_runs(&mut store))
    });
    group.bench_function("read_runs", |bencher| {
        bencher.iter(|| {
            let runs = world
                .chains
                .iter()
                .map(|chain| store.runs_of(chain.program.id).unwrap().len());
            runs.sum::<usize>()
        });
    });
    group.finish();
}

criterion_group!(benches, samples, runs);
criterion_main!(benches);
