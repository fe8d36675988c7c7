//! Samples exported per second, by format.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "criterion's macros make public functions, and a panic is how a bench fails"
)]

#[path = "../tests/fixture/mod.rs"]
mod fixture;

use std::ops::ControlFlow;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tracestone_store::Filter;
use tracestone_store::export::{ExportSettings, Form, Format, Style, export};

fn formats(criterion: &mut Criterion) {
    let world = fixture::world("w0", "c1", 250);
    let folder = tempfile::tempdir().unwrap();
    let store = fixture::store_of(&folder.path().join("data.db"), &[&world]);
    let mut group = criterion.benchmark_group("export");
    group.throughput(Throughput::Elements(5_000));
    group.sample_size(20);
    for format in [
        Format::Jsonl,
        Format::Parquet,
        Format::Chat,
        Format::Cruxeval,
        Format::Cwm,
    ] {
        let settings = ExportSettings {
            format,
            out: folder.path().join(format.name()),
            filter: Filter::default(),
            tool: fixture::TOOL.to_owned(),
            overwrite: true,
            order: None,
            style: Style::default(),
            probes: None,
            prompt: None,
            rationale: Form::Prose,
            compression: None,
        };
        group.bench_function(format.name(), |bencher| {
            bencher.iter(|| export(&store, &settings, &|_| ControlFlow::Continue(())).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, formats);
criterion_main!(benches);
