//! Programs and events per second, sandboxed and verified. Run with `cargo bench -p tracestone-trace`.

#![expect(clippy::print_stdout, reason = "a benchmark talks to a person")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::ops::ControlFlow;
use std::process::Command;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use support::{engine, job, python, runs};
use tracestone_record::Verdict;
use tracestone_trace::{Engine, Job, Settings};

const BUBBLE: &str = "\
def bubble(numbers):
    numbers = list(numbers)
    for end in range(len(numbers) - 1, 0, -1):
        for i in range(end):
            if numbers[i] > numbers[i + 1]:
                numbers[i], numbers[i + 1] = numbers[i + 1], numbers[i]
    return numbers
";

/// The yardstick: a plain recorder that takes `repr` of every local at every event.
const PLAIN: &str = "\
import sys, time
def record():
    events = []
    shown = {}
    def trace(frame, event, arg):
        if frame.f_code.co_name != 'bubble':
            return None
        seen = shown.setdefault(id(frame), {})
        changes = {}
        for name, value in frame.f_locals.items():
            text = repr(value)
            if seen.get(name) != text:
                seen[name] = changes[name] = text
        events.append((event, frame.f_lineno, changes))
        return trace
    return trace, events
data = [(i * 7919) % 101 for i in range(40)]
best = 0
for _ in range(5):
    trace, events = record()
    start = time.perf_counter()
    sys.settrace(trace)
    bubble(data)
    sys.settrace(None)
    best = max(best, len(events) / (time.perf_counter() - start))
print(int(best))
";

fn small_program(number: usize) -> String {
    format!(
        "def f(items, k={number}):\n    out = []\n    for x in items:\n        if x % 2:\n            out.append(x * k)\n        else:\n            out.append(x)\n    return sum(out), out\n"
    )
}

fn small_job(number: usize, calls: usize) -> Job {
    let calls: Vec<String> = (0..calls).map(|n| format!("f([1, 2, {n}, 4])")).collect();
    let calls: Vec<(&str, &str)> = calls.iter().map(|call| ("", call.as_str())).collect();
    job(&small_program(number), &calls)
}

fn programs(criterion: &mut Criterion) {
    let engine = engine();
    let mut group = criterion.benchmark_group("programs, one worker");
    for calls in [1, 5, 20] {
        group.throughput(Throughput::Elements(calls as u64));
        group.bench_function(format!("{calls} calls"), |bencher| {
            let mut number = 0;
            bencher.iter(|| {
                number += 1;
                let all = runs(&engine, small_job(number, calls));
                assert!(all.iter().all(|run| run.verdict == Verdict::Verified));
            });
        });
    }
    group.finish();
}

fn two_workers(criterion: &mut Criterion) {
    let engine = Engine::start(&Settings {
        python: python(),
        workers: 2,
        ..Settings::default()
    })
    .expect("the engine starts");
    let jobs: Vec<Job> = (0..200).map(|number| small_job(number, 4)).collect();
    let mut group = criterion.benchmark_group("200 programs of 4 calls");
    group.sample_size(10).throughput(Throughput::Elements(200));
    group.bench_function("two workers", |bencher| {
        bencher.iter(|| {
            let mut count = 0;
            let outcome = engine.trace(jobs.iter().cloned(), &mut |result| {
                count += black_box(result).runs.len();
                ControlFlow::Continue(())
            });
            assert!(outcome.is_ok() && count == 800);
        });
    });
    group.finish();
}

fn events(criterion: &mut Criterion) {
    let engine = engine();
    let call = "bubble([(i * 7919) % 101 for i in range(40)])";
    let one = runs(&engine, job(BUBBLE, &[("", call)])).remove(0);
    let count = one.trace.expect("verified").events.len() as u64;
    let plain = Command::new(python())
        .args(["-c", &format!("{BUBBLE}{PLAIN}")])
        .output();
    if let Ok(output) = plain {
        let rate = String::from_utf8_lossy(&output.stdout);
        println!(
            "a plain recorder with repr, unsandboxed, once: {} events/s",
            rate.trim()
        );
    }
    let mut group = criterion.benchmark_group("bubble sort");
    // Twenty calls in a child, each traced twice, so that forking hardly counts.
    group.throughput(Throughput::Elements(count * 20 * 2));
    group.bench_function("events of both interpreters, with checks", |bencher| {
        bencher.iter(|| runs(&engine, job(BUBBLE, &[("", call); 20])));
    });
    group.finish();
}

criterion_group!(benches, programs, two_workers, events);
criterion_main!(benches);
