//! Failures of the environment: a broken Python, a full disk, interpreters that die. Each test checks for a
//! message that says what to do, no process left running, a consistent store, and a next build with the same
//! result as an undisturbed one.

#![expect(
    clippy::print_stdout,
    reason = "says what could not be tested here, and what a build with too little room said"
)]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Bench, git};

/// The build that is disturbed, but for its store. Made inputs would take most of the time and show nothing
/// else.
const BUILD: [&str; 5] = ["build", "corpus.toml", "--inputs", "mined", "--store"];

/// A bench whose repository has so many programs that a build can be disturbed in the middle.
fn long_bench() -> Bench {
    let bench = Bench::new();
    let mut text = String::from("# SPDX-License-Identifier: MIT\n");
    for number in 0..90 {
        text.push_str(&format!(
            "\n\ndef walk_{number}(steps):\n    \"\"\"Walks.\n\n    >>> walk_{number}(40)\n    {}\n    \"\"\"\n    \
             place = {number}\n    for step in range(steps):\n        if step % 3 == 0:\n            \
             place += step\n    return place\n",
            number + 273
        ));
    }
    bench.write("repository/walks.py", &text);
    let repository = bench.path("repository");
    git(&repository, &["add", "--all"]);
    git(&repository, &["commit", "--quiet", "--message=Walks"]);
    bench
}

fn exported(bench: &Bench, store: &str) -> Vec<(String, Vec<u8>)> {
    let out = format!("out-{store}");
    let store = [
        "export",
        "--all",
        "--store",
        store,
        "--license-policy",
        "any",
    ];
    bench.ok(&[&store[..], &["--overwrite", "--out", &out]].concat());
    bench.files(&out)
}

/// Export of an undisturbed build.
fn undisturbed(bench: &Bench) -> Vec<(String, Vec<u8>)> {
    bench.ok(&[&BUILD[..], &["undisturbed.db"]].concat());
    exported(bench, "undisturbed.db")
}

/// Fails if the database is damaged, a row refers to none, or a run is marked as done and not there.
fn assert_sound(store: &Path) {
    let connection = rusqlite::Connection::open(store).unwrap();
    let found: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(found, "ok", "{}", store.display());
    let mut statement = connection.prepare("PRAGMA foreign_key_check").unwrap();
    assert!(!statement.exists([]).unwrap(), "{}", store.display());
}

/// After trouble: the store is sound, and the same build goes on to the same bytes.
fn assert_goes_on(bench: &Bench, store: &str, expected: &[(String, Vec<u8>)]) {
    if bench.path(store).exists() {
        assert_sound(&bench.path(store));
    }
    bench.ok(&[&BUILD[..], &[store]].concat());
    assert_sound(&bench.path(store));
    assert!(
        expected == exported(bench, store),
        "{store} exports other bytes than an undisturbed build"
    );
    let verified = bench.ok(&["verify", "--store", store]);
    assert!(verified.contains("0 do not hold"), "{verified}");
}

/// A process as `/proc` shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Process {
    id: i32,
    parent: i32,
    name: String,
    started: u64,
}

/// All processes that have not ended.
fn processes() -> Vec<Process> {
    let entries = std::fs::read_dir("/proc").unwrap();
    entries
        .filter_map(|entry| {
            let stat = std::fs::read_to_string(entry.ok()?.path().join("stat")).ok()?;
            let (before, after) = stat.rsplit_once(") ")?;
            let (id, name) = before.split_once(" (")?;
            let fields: Vec<&str> = after.split(' ').collect();
            (fields[0] != "Z").then_some(())?;
            Some(Process {
                id: id.parse().ok()?,
                parent: fields[1].parse().ok()?,
                name: name.to_owned(),
                started: fields[19].parse().ok()?,
            })
        })
        .collect()
}

/// A build that is watched: every process it starts is remembered.
struct Watched {
    build: Child,
    seen: BTreeSet<Process>,
}

impl Watched {
    /// Starts a build and waits until it has proved the sandbox, so that what is disturbed is the work.
    fn start(bench: &Bench, store: &str) -> (Self, BufReader<std::process::ChildStderr>) {
        let mut build = bench
            .command(&[&BUILD[..], &[store, "--jobs", "2"]].concat())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(build.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        assert!(line.contains("building"), "{line}");
        let seen = BTreeSet::new();
        (Self { build, seen }, stderr)
    }

    /// Looks at the build's processes until it ends; `act` gets its interpreters that are at work, and
    /// all that run.
    fn until_it_ends(&mut self, mut act: impl FnMut(&[Process], &[Process])) -> ExitStatus {
        let id = i32::try_from(self.build.id()).unwrap();
        loop {
            if let Some(status) = self.build.try_wait().unwrap() {
                return status;
            }
            let all = processes();
            let (interpreters, others): (Vec<_>, Vec<_>) = all
                .into_iter()
                .filter(|process| process.name.starts_with("python"))
                .partition(|process| process.parent == id);
            let at_work: Vec<_> = interpreters
                .iter()
                .filter(|one| others.iter().any(|other| other.parent == one.id))
                .cloned()
                .collect();
            let ours = others
                .iter()
                .filter(|other| at_work.iter().any(|one| one.id == other.parent));
            self.seen.extend(ours.cloned());
            self.seen.extend(interpreters.iter().cloned());
            act(&at_work, &interpreters);
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Fails if something that the build started still runs.
    fn assert_nothing_left(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let running = processes();
            let left: Vec<_> = running
                .iter()
                .filter(|process| {
                    let same =
                        |seen: &&Process| (seen.id, seen.started) == (process.id, process.started);
                    self.seen.iter().any(|seen| same(&seen))
                })
                .collect();
            if left.is_empty() {
                return;
            }
            assert!(Instant::now() < deadline, "still running: {left:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn kill(id: i32) {
    // It may have ended by itself meanwhile, so that an error says nothing.
    let command = format!("kill -9 {id} 2> /dev/null");
    Command::new("sh").args(["-c", &command]).status().unwrap();
}

/// Writes an executable script.
fn script(bench: &Bench, name: &str, text: &str) {
    bench.write(name, &format!("#!/bin/sh\n{text}\n"));
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(bench.path(name), mode).unwrap();
}

/// Error output of `build` with this script as Python; it must refuse before it makes a store.
fn refusal(python: &str) -> String {
    let bench = Bench::new();
    script(&bench, "python", python);
    let text = bench.fails(1, &["build", "corpus.toml", "--python", "./python"]);
    assert!(text.contains("./python"), "{text}");
    assert!(text.contains("--python"), "what to do next: {text}");
    assert!(!bench.path("tracestone.db").exists());
    text
}

#[test]
fn a_python_that_talks_nonsense_is_refused_with_what_it_said() {
    let text = refusal("echo 'bash: some nonsense'");
    assert!(text.contains("some nonsense"), "{text}");
    let text = refusal("echo 'ImportError: no module named encodings' >&2; exit 1");
    assert!(text.contains("no module named encodings"), "{text}");
    assert!(text.contains("exit status: 1"), "{text}");
    // What never ends is not read to its end.
    let text = refusal("yes nonsense");
    assert!(text.contains("it said: nons"), "{text}");
}

#[test]
fn a_python_that_is_too_old_or_another_one_is_refused_with_its_version() {
    let answer = |implementation: &str, version: &str, ctypes: &str| {
        format!(
            "echo '{{\"executable\": \"/bin/true\", \"implementation\": \"{implementation}\", \"version\": {version}, \
             \"ctypes\": {ctypes}, \"paths\": [], \"libraries\": []}}'"
        )
    };
    let text = refusal(&answer("cpython", "[3, 8, 18]", "null"));
    assert!(text.contains("3.8.18") && text.contains("3.9"), "{text}");
    let text = refusal(&answer("pypy", "[3, 11, 13]", "null"));
    assert!(text.contains("pypy") && text.contains("CPython"), "{text}");
    let bench = Bench::new();
    let missing = answer("cpython", "[3, 13, 0]", "\"No module named '_ctypes'\"");
    // The quotes inside would end the shell's.
    script(&bench, "python", &missing.replace("'_ctypes'", "_ctypes"));
    let text = bench.fails(1, &["build", "corpus.toml", "--python", "./python"]);
    assert!(
        text.contains("_ctypes") && text.contains("install"),
        "{text}"
    );
}

#[test]
fn a_python_that_answers_and_then_cannot_run_is_refused() {
    let bench = Bench::new();
    script(
        &bench,
        "python",
        "echo '{\"executable\": \"/bin/false\", \"implementation\": \"cpython\", \"version\": [3, 13, 0], \
         \"ctypes\": null, \"paths\": [], \"libraries\": []}'",
    );
    let text = bench.fails(1, &["build", "corpus.toml", "--python", "./python"]);
    assert!(text.contains("nothing is run"), "{text}");
    assert!(text.contains("tracestone doctor"), "{text}");
    assert!(!bench.path("tracestone.db").exists());
}

#[test]
fn a_python_that_hangs_is_given_up_with_what_it_started() {
    let bench = Bench::new();
    // The number of seconds tells this test's processes from others.
    let seconds = 100_000 + std::process::id();
    script(&bench, "python", &format!("sleep {seconds}\necho awake"));
    let text = bench.fails(1, &["build", "corpus.toml", "--python", "./python"]);
    assert!(
        text.contains("./python") && text.contains("--python"),
        "{text}"
    );
    assert!(text.contains("still running after"), "{text}");
    let sleeps = || {
        let sleeps = processes().into_iter().filter(|process| {
            let arguments = std::fs::read_to_string(format!("/proc/{}/cmdline", process.id));
            arguments.is_ok_and(|line| line.contains(&format!("sleep\0{seconds}\0")))
        });
        sleeps.count()
    };
    // Nobody waits for a grandchild that was killed: on a busy machine the kernel may end it a little later.
    let given_up = Instant::now();
    while sleeps() > 0 && given_up.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(sleeps(), 0, "the script's child sleeps on");
}

#[test]
fn an_interpreter_that_is_killed_is_replaced_and_changes_no_byte() {
    let bench = long_bench();
    let expected = undisturbed(&bench);
    let (mut build, mut stderr) = Watched::start(&bench, "killed.db");
    let mut killed = 0;
    let mut last = Instant::now();
    let status = build.until_it_ends(|at_work, _| {
        // Three times, with time between, so that each is a death of its own.
        if let Some(one) = at_work.first()
            && killed < 3
            && (killed == 0 || last.elapsed() > Duration::from_millis(400))
        {
            kill(one.id);
            killed += 1;
            last = Instant::now();
        }
    });
    let mut text = String::new();
    stderr.read_to_string(&mut text).unwrap();
    assert!(
        killed > 0,
        "the build ended before an interpreter was seen at work"
    );
    assert!(status.success(), "{status}: {text}");
    build.assert_nothing_left();
    assert_goes_on(&bench, "killed.db", &expected);
}

#[test]
fn interpreters_that_always_die_end_the_build_and_lose_nothing() {
    let bench = long_bench();
    let expected = undisturbed(&bench);
    let (mut build, mut stderr) = Watched::start(&bench, "dying.db");
    let mut killed = BTreeSet::new();
    let status = build.until_it_ends(|_, interpreters| {
        for one in interpreters {
            kill(one.id);
            killed.insert(one.id);
        }
    });
    let mut text = String::new();
    stderr.read_to_string(&mut text).unwrap();
    assert!(killed.len() >= 10, "{killed:?}: {text}");
    assert_eq!(status.code(), Some(1), "{text}");
    for part in [
        "twenty sandboxed interpreters",
        "run the same command again",
        "finished work is kept",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    build.assert_nothing_left();
    assert_goes_on(&bench, "dying.db", &expected);
}

#[test]
fn a_killed_build_leaves_no_process() {
    let bench = long_bench();
    let (mut build, _stderr) = Watched::start(&bench, "gone.db");
    let id = i32::try_from(build.build.id()).unwrap();
    build.until_it_ends(|at_work, _| {
        if !at_work.is_empty() {
            kill(id);
        }
    });
    assert!(!build.seen.is_empty());
    build.assert_nothing_left();
    assert_sound(&bench.path("gone.db"));
}

/// Runs a shell script in a mount namespace of its own, with `$BINARY` the tool and `$PLACE` a folder to
/// mount something on; `None`, and a line that says so, where this machine does not allow it.
fn with_mount(bench: &Bench, mount: &str, then: &str) -> Option<std::process::Output> {
    std::fs::create_dir_all(bench.path("place")).unwrap();
    let text = format!("{mount} || exit 99\n{then}");
    let output = Command::new("unshare")
        .args(["--mount", "sh", "-c", &text])
        .current_dir(bench.path(""))
        .env("TRACESTONE_CACHE", bench.path("cache"))
        .env("BINARY", env!("CARGO_BIN_EXE_tracestone"))
        .env("PLACE", bench.path("place"))
        .output();
    match output {
        Ok(output) if output.status.code() != Some(99) && !refused(&output) => Some(output),
        other => {
            println!("SKIPPED: this machine lets a test mount nothing ({other:?})");
            None
        }
    }
}

/// True if `unshare` itself failed.
fn refused(output: &std::process::Output) -> bool {
    crate::support::stderr(output).starts_with("unshare:")
}

#[test]
fn a_store_on_a_read_only_place_is_refused_and_can_be_read() {
    let bench = Bench::new();
    bench.ok(&["build", "corpus.toml", "--store", "place/a.db"]);
    let before = std::fs::read(bench.path("place/a.db")).unwrap();
    let mount = "mount --bind \"$PLACE\" \"$PLACE\" && mount -o remount,ro,bind \"$PLACE\"";
    for store in ["place/a.db", "place/new.db", "place/deeper/new.db"] {
        let then = format!("exec \"$BINARY\" build corpus.toml --inputs mined --store {store}");
        let Some(output) = with_mount(&bench, mount, &then) else {
            return;
        };
        let text = crate::support::stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        for part in [
            "place",
            "Read-only file system",
            "name another file with --store",
        ] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
    }
    let status = with_mount(&bench, mount, "exec \"$BINARY\" status --store place/a.db").unwrap();
    assert!(
        status.status.success(),
        "{}",
        crate::support::stderr(&status)
    );
    assert_eq!(before, std::fs::read(bench.path("place/a.db")).unwrap());
}

/// Kilobytes that the store of an undisturbed build takes.
fn kilobytes(bench: &Bench, store: &str) -> u64 {
    std::fs::metadata(bench.path(store)).unwrap().len() / 1024
}

#[test]
fn a_full_disk_is_named_and_loses_nothing() {
    let bench = long_bench();
    let expected = undisturbed(&bench);
    let whole = kilobytes(&bench, "undisturbed.db");
    let mut full = 0;
    for tenths in [1, 4, 8] {
        let mount = format!(
            "mount -t tmpfs -o size={}k tmpfs \"$PLACE\"",
            whole * tenths / 10
        );
        // The file system goes with the namespace, so what is on it is copied out first.
        let then = format!(
            "\"$BINARY\" build corpus.toml --inputs mined --store place/a.db; code=$?\n\
             mkdir kept-{tenths}; cp -a place/. kept-{tenths}/; exit $code"
        );
        let Some(output) = with_mount(&bench, &mount, &then) else {
            return;
        };
        let text = crate::support::stderr(&output);
        println!("{tenths}/10 of {whole} KB: {}\n{text}", output.status);
        assert_full_or_done(&output, "place/a.db", &mut full);
        assert_goes_on(&bench, &format!("kept-{tenths}/a.db"), &expected);
    }
    assert!(full > 0, "no size was too small");
}

#[test]
fn a_limit_on_the_size_of_files_is_no_crash_and_loses_nothing() {
    let bench = long_bench();
    let expected = undisturbed(&bench);
    let whole = kilobytes(&bench, "undisturbed.db");
    let mut full = 0;
    for tenths in [2, 6] {
        let store = format!("limited-{tenths}.db");
        // `ulimit -f` counts 512 bytes in most shells.
        let script = format!(
            "trap '' XFSZ; ulimit -f {}; exec \"$BINARY\" build corpus.toml --inputs mined --store {store}",
            whole * 2 * tenths / 10
        );
        let output = Command::new("sh")
            .args(["-c", &script])
            .current_dir(bench.path(""))
            .env("TRACESTONE_CACHE", bench.path("cache"))
            .env("BINARY", env!("CARGO_BIN_EXE_tracestone"))
            .output()
            .unwrap();
        println!("{tenths}/10: {}", crate::support::stderr(&output));
        assert_full_or_done(&output, &store, &mut full);
        assert_goes_on(&bench, &store, &expected);
    }
    assert!(full > 0, "no limit was too small");
}

/// A build that had too little room says so, with the store's path and what to do; counts it.
fn assert_full_or_done(output: &std::process::Output, store: &str, full: &mut u32) {
    if output.status.success() {
        return;
    }
    *full += 1;
    let text = crate::support::stderr(output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    for part in [store, "make room", "again"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
}
