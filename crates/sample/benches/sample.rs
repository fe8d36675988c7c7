//! Samples per second of a run of about 300 events.

#[path = "../tests/recorded/mod.rs"]
mod recorded;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tracestone_sample::Settings;

fn run() -> recorded::Recorded {
    let text = "def f(n):\n    t = 0\n    for i in range(n):\n        if i % 2:\n            t += i\n    return t\n";
    let mut trace = String::from("0:1 call f  | n = 118\n0:2 line\n0:3 line  | t = 0\n");
    let mut total = 0;
    for i in 0..118 {
        trace.push_str(&format!("0:4 line  | i = {i}\n"));
        if i % 2 == 1 {
            total += i;
            trace.push_str(&format!("0:5 line\n0:3 line  | t = {total}\n"));
        } else {
            trace.push_str("0:3 line\n");
        }
    }
    trace.push_str(&format!("0:6 line\n0:6 return {total}\n=> {total}\n"));
    recorded::read(text, "f(118)", &trace)
}

fn sample(criterion: &mut Criterion) {
    let recorded = run();
    let runs = [(recorded.call, recorded.run)];
    let settings = Settings::default();
    let make = || recorded::sampled(&recorded.program, black_box(&runs), &settings);
    let mut group = criterion.benchmark_group("sample");
    group.throughput(Throughput::Elements(make().rows.len() as u64));
    group.bench_function("run of 300 events", |bencher| bencher.iter(make));
    group.finish();
}

criterion_group!(benches, sample);
criterion_main!(benches);
