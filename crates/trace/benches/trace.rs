//! Programs and events per second, sandboxed and verified. Run with `cargo bench -p tracestone-trace`.

#![expect(clippy::print_stdout, reason = "a benchmark talks to a person")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use support::{engine, job, python, runs};
use tracestone_record::Verdict;
use tracestone_trace::texts::WORKER;
use tracestone_trace::{Engine, Job, Settings};

/// Name, program and call of what is traced: a loop over a list, a growing dictionary, a recursion.
const WORKLOADS: [(&str, &str, &str); 3] = [
    (
        "bubble sort",
        "\
def f(numbers):
    numbers = list(numbers)
    for end in range(len(numbers) - 1, 0, -1):
        for i in range(end):
            if numbers[i] > numbers[i + 1]:
                numbers[i], numbers[i + 1] = numbers[i + 1], numbers[i]
    return numbers
",
        "f([(i * 7919) % 101 for i in range(40)])",
    ),
    (
        "word count",
        "\
def f(text):
    counts = {}
    for word in text.split():
        key = word.strip('.,').lower()
        if key in counts:
            counts[key] += 1
        else:
            counts[key] = 1
    return counts
",
        "f('the quick brown fox jumps over the lazy dog. The dog sleeps, the fox runs. ' * 12)",
    ),
    (
        "recursion",
        "\
def f(n):
    if n < 2:
        return n
    return f(n - 1) + f(n - 2)
",
        "f(11)",
    ),
];

/// The worker's recorders by themselves, and others for comparison: a plain recorder that takes `repr` of
/// every local at every event and keeps what changed; `pysnooper` and `hunter` where they are
/// installed. All unsandboxed and in one process; in events of the recorder per second.
const OTHERS: &str = "\
import builtins, io, sys, time
worker = {'__name__': 'worker', '__builtins__': dict(vars(builtins)), 'read': None}
exec(compile(sys.stdin.read(), '<worker>', 'exec'), worker)
limits = dict(max_steps=10**6, max_depth=200, trace_bytes=1 << 30, value_bytes=1024)
code = compile(program, '<program>', 'exec')
exec(code)
table = worker['code_table'](code)
def run_worker():
    recorder, events = worker['make_recorder'](table, limits, None, False)
    worker['start_tracing'](recorder)
    call()
    sys.settrace(None)
    return len(events)
def plain():
    events = []
    shown = {}
    def trace(frame, event, arg):
        if frame.f_code is not f.__code__:
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
def rate(run):
    best = 0
    for _ in range(5):
        start = time.perf_counter()
        run()
        best = max(best, count / (time.perf_counter() - start))
    return best
def run_plain():
    trace, _ = plain()
    sys.settrace(trace)
    call()
    sys.settrace(None)
count = run_worker()
print('the recorder in Python', int(rate(run_worker)))
for library in libraries:
    worker['load_native'](library)
    print('the native recorder', int(rate(run_worker)))
print('plain', int(rate(run_plain)))
try:
    import pysnooper
    snooped = f
    def run_pysnooper():
        global f
        f = pysnooper.snoop(io.StringIO(), depth=1)(snooped)
        call()
        f = snooped
    print('pysnooper', int(rate(run_pysnooper)))
except ImportError:
    pass
try:
    import hunter
    def run_hunter():
        with hunter.trace(function='f', action=hunter.VarsSnooper(stream=io.StringIO())):
            call()
    print('hunter', int(rate(run_hunter)))
except ImportError:
    pass
";

/// Forks and reaps children that do nothing, in an interpreter that has loaded what a zygote has.
const FORKS: &str = "\
import builtins, os, sys, time
worker = {'__name__': 'worker', '__builtins__': dict(vars(builtins)), 'read': None}
exec(compile(sys.stdin.read(), '<worker>', 'exec'), worker)
worker['preload']()
worker['settle_memory']()
best = 0
def round():
    start = time.perf_counter()
    for _ in range(400):
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
    return 400 / (time.perf_counter() - start)
best = max(round() for _ in range(5))
# Two at the same time, as there are two workers.
both = 0
for _ in range(3):
    reader, writer = os.pipe()
    other = os.fork()
    rate = round()
    os.write(writer, b'%d ' % rate)
    if other == 0:
        os._exit(0)
    os.waitpid(other, 0)
    os.close(writer)
    both = max(both, sum(map(int, os.read(reader, 100).split())))
print(int(best), 'by one interpreter,', both, 'by two at once')
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
    for calls in [1, 5, 20, 50] {
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

fn engine_of_two() -> Engine {
    let settings = Settings {
        python: python(),
        workers: 2,
        native: Some(env!("CARGO_TARGET_TMPDIR").into()),
        ..Settings::default()
    };
    Engine::start(&settings).expect("the engine starts")
}

fn two_workers(criterion: &mut Criterion) {
    let engine = engine_of_two();
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
    let libraries = native_recorder();
    let mut group = criterion.benchmark_group("traced events");
    for (name, program, call) in WORKLOADS {
        let one = runs(&engine, job(program, &[("", call)])).remove(0);
        let count = one.trace.expect("verified").events.len() as u64;
        println!("{name}: {count} events; unsandboxed, in one process, in events/s:");
        let script = format!(
            "program = {program:?}\nlibraries = {libraries:?}\ndef call(): {call}\n{OTHERS}"
        );
        print!("{}", with_worker(&["-c", &script]));
        // In each of both interpreters the call runs twice, once of them traced with values. Twenty
        // calls in a child, so that forking hardly counts.
        group.throughput(Throughput::Elements(count * 20 * 2));
        group.bench_function(name, |bencher| {
            bencher.iter(|| runs(&engine, job(program, &[("", call); 20])));
        });
    }
    group.finish();
}

/// Library of the native recorder for this interpreter, if available.
fn native_recorder() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench");
    drop(std::fs::remove_dir_all(&folder));
    let settings = Settings {
        python: python(),
        native: Some(folder.clone()),
        ..Settings::default()
    };
    let engine = Engine::start(&settings).expect("the engine starts");
    if let Some(why) = engine.native_failure() {
        println!("the native recorder cannot be had: {why}");
        return Vec::new();
    }
    let files = std::fs::read_dir(folder).expect("a folder");
    files.map(|file| file.expect("readable").path()).collect()
}

/// Children per second of whole jobs, beside those of a bare fork of the same interpreter.
fn forks(criterion: &mut Criterion) {
    let bare = with_worker(&["-S", "-s", "-B", "-c", FORKS]);
    println!(
        "bare forks of the warmed interpreter: {} per second",
        bare.trim()
    );
    let engine = engine();
    let mut group = criterion.benchmark_group("children, one worker");
    // A program has two children, one in each interpreter.
    group.throughput(Throughput::Elements(2));
    let mut number = 0;
    group.bench_function("sandboxed and traced", |bencher| {
        bencher.iter(|| {
            number += 1;
            runs(&engine, small_job(number, 1))
        });
    });
    group.finish();
    let engine = engine_of_two();
    let mut group = criterion.benchmark_group("children, two workers");
    let jobs: Vec<Job> = (0..100).map(|number| small_job(number, 1)).collect();
    group.sample_size(10).throughput(Throughput::Elements(200));
    group.bench_function("sandboxed and traced", |bencher| {
        bencher.iter(|| {
            let mut sink = |result| {
                black_box(result);
                ControlFlow::Continue(())
            };
            engine.trace(jobs.iter().cloned(), &mut sink)
        });
    });
    group.finish();
    let bare = with_worker(&["-S", "-s", "-B", "-c", FORKS]);
    println!("bare forks once more: {} per second", bare.trim());
    println!("peak memory of the supervisor: {} KiB", peak_memory());
}

/// Output of a script that reads the worker's text.
fn with_worker(arguments: &[&str]) -> String {
    let mut process = Command::new(python())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the interpreter runs");
    let mut input = process.stdin.take().expect("a pipe");
    input.write_all(WORKER.as_bytes()).expect("it reads");
    drop(input);
    let output = process.wait_with_output().expect("it ends");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The most memory this process has used, in KiB.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.unwrap_or("?")
        .trim()
        .trim_end_matches(" kB")
        .to_owned()
}

criterion_group!(benches, forks, programs, two_workers, events);
criterion_main!(benches);
