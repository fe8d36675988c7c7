//! Programs that try to get out, to lie or to stay: each is contained, told for what it is, leaves
//! nothing behind, and the next program's result is right.

mod support;

use support::{engine_with, job, run, runs};
use tracestone_record::{Outcome, Run, Verdict};
use tracestone_trace::{Engine, Limits};

/// Little memory and time, so that using it up is quick.
fn engine() -> Engine {
    engine_with(Limits {
        cpu_seconds: 1,
        memory_bytes: 128 << 20,
        ..Limits::default()
    })
}

fn word(run: &Run) -> String {
    match &run.outcome {
        Outcome::Refused { what } => format!("refused {what}"),
        other => other.name().to_owned(),
    }
}

/// Runs one hostile call, then an honest one in the same engine.
fn contained(program: &str, call: &str, expected: &str) {
    let engine = engine();
    let all = runs(&engine, job(program, &[("", call), ("", "honest()")]));
    let got = word(&all[0]);
    assert!(
        got.starts_with(expected),
        "{call}: {got} {:?}",
        all[0].outcome
    );
    let next = run(&engine, "def f():\n    return 6 * 7\n", "f()");
    assert_eq!(next.verdict, Verdict::Verified, "after {call}");
    assert!(matches!(&next.outcome, Outcome::Returned { value } if value.text == "42"));
}

macro_rules! hostile {
    ($($name:ident: $expected:literal, $body:literal;)*) => {$(
        #[test]
        fn $name() {
            let body = $body.replace('\n', "\n    ");
            let program = format!("def honest():\n    return 1\n\ndef hostile():\n    {body}\n");
            contained(&program, "hostile()", $expected);
        }
    )*};
}

hostile! {
    forks: "refused os.fork", "import os\nos.fork()";
    forks_without_the_audit: "refused", "import os\nfor name in ('posix_spawn', 'vfork'):\n    getattr(os, name, os.fork)('/bin/sh', ['sh'], {})";
    starts_a_process: "refused", "import subprocess\nreturn subprocess.run(['true'])";
    runs_a_shell: "refused os.system", "import os\nos.system('true')";
    executes: "refused os.exec", "import os\nos.execv('/bin/true', ['true'])";
    starts_a_thread: "refused", "import threading\nthreading.Thread(target=print).start()";
    starts_a_thread_and_hides_it: "refused", "import _thread\ntry:\n    _thread.start_new_thread(print, ())\nexcept BaseException:\n    return 'fine'";
    opens_a_socket: "refused socket", "import socket\nsocket.socket()";
    resolves_a_name: "refused socket", "import socket\nsocket.getaddrinfo('localhost', 80)";
    reads_a_file: "refused open", "return open('/etc/passwd').read()";
    reads_a_file_by_number: "refused open", "import os\nreturn os.open('/etc/passwd', 0)";
    writes_a_file_and_hides_it: "refused open", "try:\n    open('/tmp/tracestone-canary', 'w')\nexcept BaseException:\n    pass\nreturn 1";
    lists_a_folder: "refused os.listdir", "import os\nreturn os.listdir('/')";
    makes_a_folder: "refused os.mkdir", "import os\nos.mkdir('/tmp/tracestone-canary')";
    changes_a_mode: "refused os.chmod", "import os\nos.chmod('/', 0)";
    signals_its_parent: "refused os.kill", "import os\nos.kill(os.getppid(), 9)";
    signals_everyone: "refused os.kill", "import os\nos.kill(-1, 9)";
    raises_its_limits: "refused", "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (-1, -1))";
    handles_signals: "refused", "import signal\nsignal.signal(signal.SIGALRM, print)\nreturn 1";
    uses_c: "refused", "import ctypes\nctypes.CDLL(None).getpid()";
    sleeps: "refused", "import time\ntime.sleep(5)";
    asks_for_input: "refused builtins.input", "return input()";
    turns_tracing_off: "refused sys.settrace", "import sys\nsys.settrace(None)\nreturn 1";
    leaves_early: "invalid", "import os\nos._exit(0)";
    crashes: "invalid", "import os\nos.abort()";
    floods_memory: "out_of_memory", "x = []\nwhile True:\n    x.append(bytearray(1 << 24))";
    never_ends_in_c: "timed_out", "return sum(iter(int, 1))";
    shadows_the_clock: "timed_out", "try:\n    return 10 ** 10 ** 9\nexcept BaseException:\n    return 1";
    ends_tracing_by_recursion: "over_budget", "import sys\nsys.setrecursionlimit(10**6)\ndef g(n):\n    return g(n + 1)\nreturn g(0)";
    writes_to_every_file: "invalid", "import os\nfor fd in range(300):\n    try:\n        os.write(fd, b'FORGED' * 10)\n    except OSError:\n        pass\nreturn 1";
    floods_every_file: "invalid", "import os\nwhile True:\n    for fd in range(300):\n        try:\n            os.write(fd, b'\\0\\0\\0\\1R' * 10000)\n        except OSError:\n            pass";
    closes_every_file: "invalid", "import os\nos.closerange(0, 1000)\nreturn 1";
    patches_the_recorder: "returned", "import builtins, json, os, sys\nbuiltins.len = builtins.type = builtins.repr = builtins.map = None\njson.dumps = os.write = None\nx = [1]\nx.append(2)\nreturn x";
    floods_its_output: "returned", "for i in range(100):\n    print('x' * 100000)\nreturn 1";
}

#[test]
fn forged_reports_are_invalid() {
    // A report that claims a line, a local and an order of events that the program cannot have.
    let forge = |events: &str| {
        format!(
            "
import os, struct
def f():
    body = b'[\"returned\",[\"1\",0,\"int\"]]', b'[\"\",false]', b'''{events}'''
    head = struct.pack('>BIII', 82, 0, len(body[0]), len(body[1]))
    data = head + b''.join(body)
    end = struct.pack('>BIB', 69, 1, 0)
    data = struct.pack('>I', len(data)) + data + struct.pack('>I', len(end)) + end
    for fd in range(3, 300):
        try:
            os.write(fd, data)
        except OSError:
            pass
    os._exit(0)
"
        )
    };
    let engine = engine();
    let check = |events: &str, why: &str| {
        let run = run(&engine, &forge(events), "f()");
        match &run.outcome {
            Outcome::Invalid { why: got } => assert!(got.contains(why), "{events}: {got}"),
            other => panic!("{events}: {other:?}"),
        }
    };
    check("[[0,0,99,[],null,[\"f\"]]]", "line");
    check("[[0,2,3,[],null,[]]]", "order");
    check("[[0,0,3,[],null,[\"f\"]]]", "never ends");
    check(
        "[[0,0,3,[[\"else\\x77here\",null]],null,[\"f\"]],[0,3,3,[],[\"1\",0,\"int\"],[]]]",
        "local",
    );
    check("[[0,0,3,[],null,[\"f\"]],[0,9,3,[],null,[]]]", "malformed");
    check("[[[[[[[[[[[[", "malformed");
}
