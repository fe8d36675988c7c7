//! Disturbances from outside change no result: processes killed or stopped, inherited descriptors, an
//! interrupt. It has its own binary, because it examines all children of this process.

#![expect(unsafe_code, reason = "descriptors that are inherited, signals")]

mod support;

use std::io::Read as _;
use std::ops::ControlFlow;
use std::os::fd::AsRawFd as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use support::{engine, job, run, runs};
use tracestone_record::{Outcome, Run, Verdict};
use tracestone_trace::{Asked, Engine, Job, Limits, ReplayJob, Settings};

/// One test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn children(process: i32) -> Vec<i32> {
    let Ok(tasks) = std::fs::read_dir(format!("/proc/{process}/task")) else {
        return Vec::new();
    };
    tasks
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("children")).ok())
        .flat_map(|list| {
            list.split_whitespace()
                .map(String::from)
                .collect::<Vec<_>>()
        })
        .filter_map(|id| id.parse().ok())
        .collect()
}

fn interpreters() -> Vec<i32> {
    children(i32::try_from(std::process::id()).expect("it fits"))
}

/// The processes below this one: interpreters, and their children.
fn descendants() -> Vec<i32> {
    let interpreters = interpreters();
    let below = interpreters.iter().flat_map(|id| children(*id));
    below.chain(interpreters.clone()).collect()
}

fn signal(process: i32, signal: i32) {
    // SAFETY: no pointers. The process is a descendant; it may have ended, and then nothing happens.
    unsafe { libc::kill(process, signal) };
}

/// Programs of all kinds of ends, each run in a moment.
fn jobs() -> impl Iterator<Item = Job> {
    (0..90).map(|number| {
        let program = format!(
            "def f(n):\n    total = {number}\n    for i in range(n):\n        total += i\n    return total\n\n\
             def g(n):\n    return [sorted({{str(x), str(n)}}) for x in range(n)]\n\n\
             def h(n):\n    while True:\n        n += 1\n"
        );
        job(&program, &[("", "f(30)"), ("", "g(4)"), ("", "h(1)"), ("", "f('x')")])
    })
}

fn all(engine: &Engine) -> Vec<String> {
    let mut found = Vec::new();
    engine
        .trace(jobs(), &mut |result| {
            found.push(result.runs);
            ControlFlow::Continue(())
        })
        .expect("the engine works");
    let texts = |runs: Vec<Run>| -> Vec<String> {
        runs.into_iter()
            .map(|run| serde_json::to_string(&run).expect("it can be written"))
            .collect()
    };
    let mut texts: Vec<String> = found.into_iter().flat_map(texts).collect();
    texts.sort();
    texts
}

#[test]
fn killed_and_stopped_processes_change_no_result() {
    let _alone = alone();
    let engine = engine();
    let expected = all(&engine);
    assert_eq!(expected.len(), 360);
    // More often than interpreters can be started, nothing would ever come to an end.
    for (act, pause, most) in [(libc::SIGKILL, 80, 40), (libc::SIGSTOP, 500, 10)] {
        let done = AtomicBool::new(false);
        let (got, acts) = std::thread::scope(|scope| {
            let disturbing = scope.spawn(|| {
                let mut acts = 0;
                while acts < most && !done.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(pause));
                    let processes = descendants();
                    if let Some(process) = processes.get(acts * 7 % processes.len().max(1)) {
                        signal(*process, act);
                        acts += 1;
                    }
                }
                acts
            });
            let got = all(&engine);
            done.store(true, Ordering::Relaxed);
            (got, disturbing.join().expect("it ends"))
        });
        assert!(acts > 2, "disturbed {acts} times only");
        assert!(
            got == expected,
            "signal {act}, {acts} times, changed results"
        );
    }
}

#[test]
fn descriptors_of_the_tool_are_closed_for_programs() {
    let _alone = alone();
    let secret = tempfile::tempfile().expect("a file");
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    for target in [3, 63, 64, 100, 1000] {
        // SAFETY: no pointers. What may have had the number is one that this test process does not use
        // in this test: it runs alone.
        unsafe {
            if libc::fcntl(target, libc::F_GETFD) < 0 {
                assert_eq!(libc::dup2(secret.as_raw_fd(), target), target);
            } else {
                // Used already: open for other programs from now on.
                libc::fcntl(target, libc::F_SETFD, 0);
            }
        }
    }
    // SAFETY: as above.
    unsafe {
        assert_eq!(libc::dup2(writer.as_raw_fd(), 102), 102);
    }
    let engine = engine();
    let program = "
import os
def f():
    found = []
    for fd in [*range(3, 200), *range(995, 1005)]:
        try:
            os.write(fd, b'')
            found.append(fd)
        except OSError:
            pass
        try:
            os.lseek(fd, 0, 0)
            found.append(-fd)
        except OSError:
            pass
    try:
        os.write(102, b'stolen')
    except OSError:
        pass
    return len(found)
";
    let run = run(&engine, program, "f()");
    // Of all, only the results pipe is open.
    assert!(
        matches!(&run.outcome, Outcome::Returned { value } if value.text == "1"),
        "{:?}",
        run.outcome
    );
    drop(engine);
    // SAFETY: these were opened here.
    unsafe {
        for target in [64, 100, 102, 1000] {
            libc::close(target);
        }
    }
    drop(writer);
    let mut written = String::new();
    reader.read_to_string(&mut written).expect("readable");
    assert_eq!(written, "");
}

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

#[test]
fn an_interrupt_ends_every_wait_within_two_seconds() {
    let _alone = alone();
    let settings = Settings {
        python: support::python(),
        limits: Limits {
            cpu_seconds: 30,
            ..Limits::default()
        },
        interrupted,
        ..Settings::default()
    };
    let engine = Engine::start(&settings).expect("the engine starts");
    let interrupting = |act: &(dyn Fn() + Sync)| {
        INTERRUPTED.store(false, Ordering::Relaxed);
        let started = std::thread::scope(|scope| {
            let interrupter = scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(700));
                INTERRUPTED.store(true, Ordering::Relaxed);
                Instant::now()
            });
            act();
            interrupter.join().expect("it ends")
        });
        let waited = started.elapsed();
        INTERRUPTED.store(false, Ordering::Relaxed);
        assert!(waited < Duration::from_secs(2), "{waited:?}");
    };
    let busy = "def f():\n    return sum(iter(int, 1))\n";
    let drips = "
import os
def f():
    for fd in range(3, 64):
        try:
            os.write(fd, b'\\0\\1\\0\\0R')
            out = fd
        except OSError:
            pass
    while True:
        sum(range(100000))
        os.write(out, b'x')
";
    for program in [busy, drips] {
        interrupting(&|| drop(runs(&engine, job(program, &[("", "f()")]))));
        interrupting(&|| {
            let job = ReplayJob {
                package: None,
                key: 1,
                program: program.to_owned(),
                setup: String::new(),
                expressions: vec!["f()".to_owned()],
                order: None,
                asked: Some(vec![Asked {
                    lines: true,
                    values: true,
                    ..Asked::default()
                }]),
            };
            engine
                .replay(std::iter::once(job), &mut |_| ControlFlow::Continue(()))
                .expect("the engine works");
        });
    }
    // It goes on as if nothing had been.
    let next = run(&engine, "def f():\n    return 6 * 7\n", "f()");
    assert_eq!(next.verdict, Verdict::Verified);
    INTERRUPTED.store(true, Ordering::Relaxed);
    let refused = Engine::start(&settings).expect_err("it was interrupted");
    INTERRUPTED.store(false, Ordering::Relaxed);
    assert_eq!(refused.to_string(), "interrupted");
}

#[test]
fn a_stopped_interpreter_is_given_up_also_before_its_first_job() {
    let _alone = alone();
    let engine = engine();
    for _ in 0..2 {
        for process in descendants() {
            signal(process, libc::SIGSTOP);
        }
        let started = Instant::now();
        let next = run(&engine, "def f():\n    return 6 * 7\n", "f()");
        assert_eq!(next.verdict, Verdict::Verified);
        let waited = started.elapsed();
        assert!(waited < Duration::from_secs(8), "{waited:?}");
    }
}

#[test]
fn an_interpreter_that_is_stopped_while_the_sandbox_is_tested_is_tried_again() {
    let _alone = alone();
    let expected = engine().sandbox().to_owned();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let disturbing = scope.spawn(|| {
            let mut stopped = Vec::new();
            while stopped.len() < 3 && !done.load(Ordering::Relaxed) {
                let testing = |id: &i32| !stopped.contains(id) && !children(*id).is_empty();
                if let Some(id) = interpreters().into_iter().find(testing) {
                    signal(id, libc::SIGSTOP);
                    stopped.push(id);
                }
            }
            stopped.len()
        });
        let engine = engine();
        done.store(true, Ordering::Relaxed);
        assert!(disturbing.join().expect("it ends") > 0);
        assert_eq!(engine.sandbox(), expected);
    });
}

#[test]
fn a_row_that_drips_does_not_hold_the_recheck() {
    let _alone = alone();
    let engine = engine();
    let program = "
import os, threading
def f():
    for fd in range(3, 64):
        try:
            os.write(fd, b'\\0\\1\\0\\0R')
            out = fd
        except OSError:
            pass
    while True:
        threading.Event().wait(0.05)
        os.write(out, b'x')
";
    let started = Instant::now();
    let mut replays = Vec::new();
    let job = ReplayJob {
        package: None,
        key: 1,
        program: program.to_owned(),
        setup: String::new(),
        expressions: vec!["f()".to_owned()],
        order: None,
        asked: Some(vec![Asked {
            lines: true,
            values: true,
            ..Asked::default()
        }]),
    };
    engine
        .replay(std::iter::once(job), &mut |result| {
            replays.extend(result.replays);
            ControlFlow::Continue(())
        })
        .expect("the engine works");
    assert_eq!(replays, [Err("blocked".to_owned())]);
    assert!(started.elapsed() < Duration::from_secs(20));
}
