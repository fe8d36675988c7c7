//! Files that a user names and a stranger wrote, or that never end: nothing hangs, and nothing takes all memory.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::support::Bench;

/// A CRUXEval item and a response to it.
const ITEM: &str = r#"{"code":"def f(x):\n    return x\n","input":"1","output":"1","id":"a"}"#;
const RESPONSE: &str = r#"{"item":"a","response":"1"}"#;

fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("cruxeval.jsonl", ITEM);
    bench.write("responses.jsonl", RESPONSE);
    bench.ok(&["crawl", "corpus.toml", "--store", "store.db"]);
    bench
}

/// Commands that read a file, with the place of its name.
fn commands(file: &str) -> Vec<Vec<&str>> {
    let score = ["score", "--task", "cruxeval-output"];
    vec![
        vec!["forget", "--store", "store.db", "--list", file],
        vec!["curate", "--store", "store.db", "--against", file],
        [
            &score[..],
            &["--data", file, "--responses", "responses.jsonl"],
        ]
        .concat(),
        [
            &score[..],
            &["--data", "cruxeval.jsonl", "--responses", file],
        ]
        .concat(),
        vec!["eval", "--model", "mock/oracle", file],
        vec!["build", file],
    ]
}

fn ended_within(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    None
}

#[test]
fn an_interrupt_ends_the_wait_for_a_pipe() {
    let bench = bench();
    let made = Command::new("mkfifo").arg(bench.path("pipe.toml")).status();
    assert!(made.unwrap().success());
    for arguments in commands("pipe.toml") {
        let mut command = bench.command(&arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(1500));
        assert!(
            child.try_wait().unwrap().is_none(),
            "{arguments:?} has ended"
        );
        let id = child.id().to_string();
        Command::new("kill").args(["-INT", &id]).status().unwrap();
        let status = ended_within(&mut child, Duration::from_secs(10));
        let status = status.unwrap_or_else(|| panic!("{arguments:?} goes on"));
        assert!(
            status.code() == Some(130) || status.signal().is_some(),
            "{arguments:?}: {status}"
        );
    }
}

#[test]
fn a_file_that_never_ends_is_refused() {
    let bench = bench();
    for arguments in commands("/dev/zero") {
        // Twice what is read at most.
        let limited = format!("ulimit -v 2500000; exec \"$0\" {}", arguments.join(" "));
        let mut command = Command::new("sh");
        command.current_dir(bench.path("."));
        command.args(["-c", &limited, env!("CARGO_BIN_EXE_tracestone")]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let status = ended_within(&mut child, Duration::from_secs(120));
        let status = status.unwrap_or_else(|| panic!("{arguments:?} goes on"));
        assert!(
            matches!(status.code(), Some(1 | 2)),
            "{arguments:?}: {status}"
        );
    }
}

#[test]
fn a_long_list_of_opt_outs_is_read_at_once() {
    let bench = bench();
    let list: String = (0..100_000).map(|n| format!("owner{n}/name\n")).collect();
    bench.write("list.txt", &list);
    let started = Instant::now();
    bench.ok(&["forget", "--store", "store.db", "--list", "list.txt"]);
    assert!(started.elapsed() < Duration::from_secs(60));
    bench.write("long.txt", &"a/".repeat(100_000));
    let said = bench.fails(1, &["forget", "--store", "store.db", "--list", "long.txt"]);
    assert!(
        said.contains("long.txt, line 1: it has more than 4096 bytes"),
        "{said}"
    );
}

#[test]
fn tests_that_hang_cost_no_more_than_their_budget() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("src")).unwrap();
    bench.write("src/f.py", "def f(x):\n    return x + 1\n");
    bench.write("src/conftest.py", "while True:\n    pass\n");
    for file in 0..4 {
        let tests: String = (0..24)
            .map(|test| {
                format!(
                    "def test_{test}():\n    assert f({test}) == {}\n\n\n",
                    test + 1
                )
            })
            .collect();
        let text = format!("from f import f\n\n\n{tests}");
        bench.write(&format!("src/test_{file}.py"), &text);
    }
    let corpus = "name = \"c\"\n[[source]]\nkind = \"dir\"\npath = \"src\"\nlicense = \"MIT\"\n";
    bench.write("c.toml", corpus);
    bench.ok(&["build", "c.toml", "--store", "c.db", "--test-seconds", "2"]);
    let told = bench.ok(&["status", "--store", "c.db", "--why", "test_not_run"]);
    assert!(told.contains("ran out of time"), "{told}");
}
