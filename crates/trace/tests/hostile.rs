//! Programs that try to get out, to lie or to stay: each is contained, told for what it is, leaves
//! nothing behind, and the next program's result is right.

#![expect(clippy::print_stdout, reason = "says which levels could not be tested")]

mod support;

use support::{engine_with, job, run, runs, start};
use tracestone_record::{Outcome, Run, Verdict};
use tracestone_trace::{Level, Limits, SandboxChoice};

/// Little memory and time, so that using it up is quick.
fn limits() -> Limits {
    Limits {
        cpu_seconds: 1,
        memory_bytes: 256 << 20,
        ..Limits::default()
    }
}

fn word(run: &Run) -> String {
    match &run.outcome {
        Outcome::Refused { what } => format!("refused {what}"),
        other => other.name().to_owned(),
    }
}

/// Runs every hostile call on a level, each followed by an honest one in the same engine.
fn contained_on(level: Level) {
    let engine = match start(limits(), SandboxChoice::Exactly(level)) {
        Ok(engine) => engine,
        Err(error) => return println!("NOT TESTED on level {}: {error}", level.name()),
    };
    let mut wrong = Vec::new();
    for (name, expected, body) in PROGRAMS {
        let body = body.replace('\n', "\n    ");
        let program = format!("def honest():\n    return 1\n\ndef hostile():\n    {body}\n");
        let all = runs(
            &engine,
            job(&program, &[("", "hostile()"), ("", "honest()")]),
        );
        let got = word(&all[0]);
        if !expected.split('|').any(|one| got.starts_with(one)) {
            wrong.push(format!("{name}: {got}, not {expected}"));
        }
        let next = run(&engine, "def f():\n    return 6 * 7\n", "f()");
        let right = next.verdict == Verdict::Verified
            && matches!(&next.outcome, Outcome::Returned { value } if value.text == "42");
        if !right {
            wrong.push(format!("after {name}: {:?}", next.outcome));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", level.name(), wrong.join("\n"));
}

#[test]
fn hostile_programs_are_contained_on_level_a() {
    contained_on(Level::Namespaces);
}

#[test]
fn hostile_programs_are_contained_on_level_b() {
    contained_on(Level::Landlock);
}

#[test]
fn hostile_programs_are_contained_on_level_c() {
    contained_on(Level::Seccomp);
}

/// Names, verdicts (the first word or words, alternatives with bars) and bodies.
const PROGRAMS: &[(&str, &str, &str)] = &[
    ("forks", "refused os.fork", "import os\nos.fork()"),
    (
        "forks_without_the_audit",
        "refused",
        "import os\nfor name in ('posix_spawn', 'vfork'):\n    getattr(os, name, os.fork)('/bin/sh', ['sh'], {})",
    ),
    (
        "starts_a_process",
        "refused",
        "import subprocess\nreturn subprocess.run(['true'])",
    ),
    (
        "runs_a_shell",
        "refused os.system",
        "import os\nos.system('true')",
    ),
    (
        "executes",
        "refused os.exec",
        "import os\nos.execv('/bin/true', ['true'])",
    ),
    (
        "starts_a_thread",
        "refused",
        "import threading\nthreading.Thread(target=print).start()",
    ),
    (
        "starts_a_thread_and_hides_it",
        "refused",
        "import _thread\ntry:\n    _thread.start_new_thread(print, ())\nexcept BaseException:\n    return 'fine'",
    ),
    (
        "opens_a_socket",
        "refused socket",
        "import socket\nsocket.socket()",
    ),
    (
        "resolves_a_name",
        "refused socket",
        "import socket\nsocket.getaddrinfo('localhost', 80)",
    ),
    (
        "reads_a_file",
        "refused open",
        "return open('/etc/passwd').read()",
    ),
    (
        "reads_a_file_by_number",
        "refused open",
        "import os\nreturn os.open('/etc/passwd', 0)",
    ),
    (
        "writes_a_file_and_hides_it",
        "refused open",
        "try:\n    open('/tmp/tracestone-canary', 'w')\nexcept BaseException:\n    pass\nreturn 1",
    ),
    (
        "lists_a_folder",
        "refused os.listdir",
        "import os\nreturn os.listdir('/')",
    ),
    (
        "makes_a_folder",
        "refused os.mkdir",
        "import os\nos.mkdir('/tmp/tracestone-canary')",
    ),
    (
        "changes_a_mode",
        "refused os.chmod",
        "import os\nos.chmod('/', 0)",
    ),
    (
        "signals_its_parent",
        "refused os.kill",
        "import os\nos.kill(os.getppid(), 9)",
    ),
    (
        "signals_everyone",
        "refused os.kill",
        "import os\nos.kill(-1, 9)",
    ),
    (
        "raises_its_limits",
        "refused",
        "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (-1, -1))",
    ),
    (
        "handles_signals",
        "refused",
        "import signal\nsignal.signal(signal.SIGALRM, print)\nreturn 1",
    ),
    (
        "uses_c",
        "refused",
        "import ctypes\nctypes.CDLL(None).getpid()",
    ),
    ("sleeps", "refused", "import time\ntime.sleep(5)"),
    ("asks_for_input", "refused builtins.input", "return input()"),
    (
        "turns_tracing_off",
        "refused sys.settrace",
        "import sys\nsys.settrace(None)\nreturn 1",
    ),
    ("leaves_early", "invalid", "import os\nos._exit(0)"),
    ("crashes", "invalid", "import os\nos.abort()"),
    (
        "floods_memory",
        "out_of_memory",
        "x = []\nwhile True:\n    x.append(bytearray(1 << 24))",
    ),
    ("never_ends_in_c", "timed_out", "return sum(iter(int, 1))"),
    (
        "shadows_the_clock",
        "timed_out",
        "try:\n    return 10 ** 10 ** 9\nexcept BaseException:\n    return 1",
    ),
    (
        "ends_tracing_by_recursion",
        "over_budget",
        "import sys\nsys.setrecursionlimit(10**6)\ndef g(n):\n    return g(n + 1)\nreturn g(0)",
    ),
    (
        "writes_to_every_file",
        "invalid",
        "import os\nfor fd in range(300):\n    try:\n        os.write(fd, b'FORGED' * 10)\n    except OSError:\n        pass\nreturn 1",
    ),
    (
        "floods_every_file",
        "invalid",
        "import os\nwhile True:\n    for fd in range(300):\n        try:\n            os.write(fd, b'\\0\\0\\0\\1R' * 10000)\n        except OSError:\n            pass",
    ),
    (
        "closes_every_file",
        "invalid",
        "import os\nos.closerange(0, 1000)\nreturn 1",
    ),
    (
        "patches_the_recorder",
        "returned|invalid",
        "import builtins, json, os, sys\nbuiltins.len = builtins.type = builtins.repr = builtins.map = None\njson.dumps = os.write = None\nx = [1]\nx.append(2)\nreturn x",
    ),
    (
        "floods_its_output",
        "returned",
        "for i in range(100):\n    print('x' * 100000)\nreturn 1",
    ),
    (
        "bombs_with_forks",
        "refused os.fork",
        "import os\nwhile True:\n    try:\n        os.fork()\n    except BaseException:\n        pass",
    ),
    (
        "bombs_with_threads",
        "refused",
        "import threading\nfor _ in range(100000):\n    try:\n        threading.Thread(target=print).start()\n    except BaseException:\n        pass",
    ),
    (
        "leaves_work_for_the_end",
        "returned",
        "import atexit\natexit.register(lambda: open('/tmp/tracestone-canary', 'w'))\nreturn 1",
    ),
    (
        "allocates_at_once",
        "out_of_memory",
        "return len(bytearray(1 << 45))",
    ),
    (
        "grows_a_text",
        "out_of_memory",
        "x = 'x' * 1000000\nwhile True:\n    x += x",
    ),
    (
        "nests_deeply",
        "returned|over_budget|raised",
        "x = []\nfor _ in range(3000):\n    x = [x]\nreturn x",
    ),
    (
        "overflows_the_stack",
        "over_budget|raised",
        "import sys\nsys.setrecursionlimit(10**9)\nclass A:\n    def __getattr__(self, name):\n        return getattr(self, name)\nreturn A().x",
    ),
    (
        "backtracks",
        "timed_out",
        "import re\nreturn re.match('(a+)+$', 'a' * 40 + 'b')",
    ),
    (
        "swallows_everything",
        "over_budget",
        "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass",
    ),
    (
        "ignores_the_limit_of_time",
        "refused",
        "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nreturn 1",
    ),
    (
        "fills_the_disk",
        "refused open",
        "n = 0\nwhile True:\n    n += 1\n    open('/tmp/tracestone-canary%d' % n, 'w').write('x' * 1000000)",
    ),
    (
        "fills_shared_memory",
        "refused",
        "import os\nfd = os.open('/dev/shm/tracestone-canary', os.O_CREAT | os.O_RDWR)\nos.write(fd, b'x')",
    ),
    (
        "makes_a_file_in_memory",
        "refused|raised",
        "import os\nreturn os.memfd_create('x')",
    ),
    (
        "reads_its_parents_environment",
        "refused open",
        "import os\nreturn open('/proc/%d/environ' % os.getppid()).read()",
    ),
    (
        "reads_its_parents_memory",
        "refused open",
        "import os\nreturn open('/proc/%d/mem' % os.getppid(), 'rb').read(1)",
    ),
    (
        "reads_its_own_descriptors",
        "refused os.listdir",
        "import os\nreturn os.listdir('/proc/self/fd')",
    ),
    (
        "reads_keys",
        "refused open",
        "import os\nreturn open(os.path.expanduser('~/.ssh/id_rsa')).read()",
    ),
    (
        "climbs_out",
        "refused open",
        "return open('../../../../../../etc/shadow').read()",
    ),
    (
        "links",
        "refused os.symlink",
        "import os\nos.symlink('/etc/passwd', '/tmp/tracestone-canary')",
    ),
    (
        "links_hard",
        "refused os.link",
        "import os\nos.link('/etc/passwd', '/tmp/tracestone-canary')",
    ),
    ("makes_a_pipe", "refused", "import os\nreturn os.pipe()"),
    (
        "opens_a_datagram_socket",
        "refused socket",
        "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    ),
    (
        "opens_an_abstract_socket",
        "refused socket",
        "import socket\nsocket.socket(socket.AF_UNIX).bind('\\0tracestone')",
    ),
    (
        "opens_a_netlink_socket",
        "refused socket",
        "import socket\nsocket.socket(16, socket.SOCK_RAW)",
    ),
    (
        "makes_a_pair_of_sockets",
        "returned",
        "import socket\na, b = socket.socketpair()\nreturn a.fileno() > 2",
    ),
    (
        "makes_a_pair_of_datagram_sockets",
        "refused",
        "import _socket\nreturn _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_DGRAM)",
    ),
    (
        "makes_a_pair_of_other_sockets",
        "refused",
        "import _socket\nreturn _socket.socketpair(_socket.AF_INET, _socket.SOCK_STREAM)",
    ),
    (
        "makes_a_pair_of_packet_sockets",
        "refused",
        "import _socket\nreturn _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)",
    ),
    (
        "sends_through_a_pair",
        "refused",
        "import _socket\na, b = _socket.socketpair()\na.send(b'x')",
    ),
    (
        "sends_from_a_pair_to_an_address",
        "refused",
        "import _socket\na, b = _socket.socketpair()\na.sendto(b'x', '\\0tracestone')",
    ),
    (
        "sends_a_descriptor_through_a_pair",
        "refused",
        "import _socket\na, b = _socket.socketpair()\na.sendmsg([b'x'], [(_socket.SOL_SOCKET, 1, b'\\2\\0\\0\\0')])",
    ),
    (
        "reads_from_a_pair_by_call",
        "refused",
        "import _socket\na, b = _socket.socketpair()\na.recv(1)",
    ),
    (
        "connects_a_pair_elsewhere",
        "refused",
        "import _socket\na, b = _socket.socketpair()\na.connect('\\0tracestone')",
    ),
    (
        "binds_a_pair",
        "refused",
        "import _socket\na, b = _socket.socketpair()\na.bind('\\0tracestone')",
    ),
    (
        "listens_on_a_pair",
        "refused",
        "import _socket\na, b = _socket.socketpair()\na.listen()",
    ),
    (
        "sets_options_of_a_pair",
        "refused",
        "import _socket\na, b = _socket.socketpair()\na.setsockopt(_socket.SOL_SOCKET, _socket.SO_SNDBUF, 1 << 20)",
    ),
    (
        "calls_itself_a_pair",
        "refused",
        "import socket\ndef socketpair():\n    return socket.socket(socket.AF_INET, socket.SOCK_STREAM)\nreturn socketpair()",
    ),
    (
        "fills_the_table_with_pairs",
        "raised",
        "import socket\nkept = []\nwhile True:\n    kept.append(socket.socketpair())",
    ),
    (
        "makes_its_results_not_block",
        "refused socket",
        "import array, socket\nfor fd in range(3, 64):\n    try:\n        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fd)\n        s.setblocking(False)\n        s.detach()\n    except OSError:\n        pass\nreturn 1",
    ),
    (
        "waits_for_events",
        "refused",
        "import select\nselect.epoll().poll(1)",
    ),
    (
        "waits_for_events_for_ever",
        "refused",
        "import select\nselect.epoll().poll()",
    ),
    (
        "waits_by_another_call",
        "refused",
        "import select\nselect.select([], [], [], 5)",
    ),
    (
        "watches_every_file",
        "returned|raised",
        "import select\nwatch, seen = select.epoll(), 0\nfor fd in range(64):\n    try:\n        watch.register(fd)\n        seen += 1\n    except PermissionError:\n        pass\n    except OSError:\n        pass\nreturn len(watch.poll(0)) <= seen",
    ),
    (
        "loops_for_ever_in_an_event_loop",
        "over_budget",
        "import asyncio\nasync def f():\n    while True:\n        await asyncio.sleep(0)\nasyncio.run(f())",
    ),
    (
        "ignores_interrupts_and_loops",
        "over_budget",
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    pass",
    ),
    (
        "ignores_the_terminal",
        "refused",
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nreturn 1",
    ),
    (
        "ends_by_a_handler",
        "refused",
        "import os, signal\nsignal.signal(signal.SIGINT, lambda *a: os._exit(0))\nos.kill(os.getpid(), signal.SIGINT)",
    ),
    (
        "raises_a_signal",
        "refused",
        "import signal\nsignal.raise_signal(signal.SIGINT)",
    ),
    (
        "maps_memory_of_files",
        "refused",
        "import mmap\nreturn mmap.mmap(-1, 4096)",
    ),
    ("leaves_its_session", "refused", "import os\nos.setsid()"),
    ("becomes_root", "refused", "import os\nos.setuid(0)"),
    ("lowers_its_priority", "refused", "import os\nos.nice(5)"),
    ("exits", "raised", "raise SystemExit(0)"),
    ("is_interrupted", "raised", "raise KeyboardInterrupt"),
    (
        "writes_broken_text",
        "invalid",
        "import os\nfor fd in range(3, 300):\n    try:\n        os.write(fd, b'\\0\\0\\0\\x03R\\xff\\xfe')\n    except OSError:\n        pass\nreturn 1",
    ),
    (
        "claims_a_huge_message",
        "invalid",
        "import os\nfor fd in range(3, 300):\n    try:\n        os.write(fd, b'\\xff' * 8)\n    except OSError:\n        pass\nreturn 1",
    ),
    (
        "writes_half_a_message",
        "invalid",
        "import os\nfor fd in range(3, 300):\n    try:\n        os.write(fd, b'\\0\\0\\1\\0R')\n    except OSError:\n        pass\nos._exit(0)",
    ),
    (
        "turns_tracing_off_by_frames",
        "returned|invalid|refused",
        "import sys\nframe = sys._getframe()\nwhile frame:\n    frame.f_trace = None\n    frame = frame.f_back\nreturn 1",
    ),
    (
        "empties_the_frames_below",
        "invalid|raised|returned",
        "import sys\nframe = sys._getframe()\nwhile frame.f_back:\n    frame = frame.f_back\nframe.f_globals.clear()\nreturn 1",
    ),
    (
        "empties_all_lists",
        "invalid|returned|raised|out_of_memory",
        "import gc\nfor thing in gc.get_objects():\n    if type(thing) is list:\n        thing.clear()\nreturn 1",
    ),
    (
        "has_evil_methods",
        "returned",
        "class Evil:\n    def __repr__(self):\n        while True: pass\n    __eq__ = __hash__ = __str__ = __len__ = __bool__ = __repr__\n    __class__ = int\nx = Evil()\nreturn [x]",
    ),
    (
        "has_an_evil_metaclass",
        "returned",
        "class Meta(type):\n    def __getattribute__(cls, name):\n        while True: pass\n    __repr__ = __eq__ = __instancecheck__ = lambda *a: 1 / 0\nMeta.__hash__ = type.__hash__\nclass Evil(metaclass=Meta): pass\nx = Evil()\nreturn [x, Evil]",
    ),
    (
        "lies_about_its_type",
        "returned",
        "class Text(str):\n    def __repr__(self): return '1'\n    def __eq__(self, other): return True\n    __hash__ = None\nreturn Text('a')",
    ),
    (
        "returns_a_cycle",
        "returned",
        "x = [1]\nx.append(x)\nreturn x",
    ),
    (
        "fills_the_table_of_files",
        "refused os.mkdir",
        "import os\nn = 0\nwhile True:\n    n += 1\n    os.mkdir('/tmp/tracestone-canary%d' % n)",
    ),
    (
        "reads_its_parents_descriptors",
        "refused os.listdir",
        "import os\nreturn os.listdir('/proc/%d/fd' % os.getppid())",
    ),
    (
        "limits_its_parent",
        "refused",
        "import os, resource\nresource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (1, 1))",
    ),
    (
        "enters_a_namespace",
        "refused",
        "import os\nif not hasattr(os, 'unshare'):\n    os.fork()\nos.unshare(0x10000000)",
    ),
    (
        "breaks_the_process",
        "invalid",
        "import faulthandler\nfaulthandler._read_null()",
    ),
    (
        "disarms_the_watch_over_calls",
        "refused",
        "import os, sys\nframe = sys._getframe()\nwhile frame:\n    frame.f_globals.get('WORKING', []).append(1)\n    frame = frame.f_back\nos.fork()",
    ),
    (
        "replaces_the_recorder",
        "invalid|returned",
        "import sys\nframe = sys._getframe()\nwhile frame.f_back:\n    frame = frame.f_back\nframe.f_globals.update(describe=lambda *a: (['7', 0, 'int'], None), encode=lambda v: b'[')\nreturn 1",
    ),
    (
        "stops_the_clock",
        "returned",
        "import time\ntime.time = time.monotonic = None\nreturn 1",
    ),
    (
        "lies_about_a_number",
        "returned",
        "class Number(int):\n    def __repr__(self): return '2'\n    def __index__(self): raise SystemExit\n    __int__ = bit_length = __index__\nreturn [Number(1)]",
    ),
    (
        "names_a_module_like_the_library",
        "returned",
        "import sys, types\nsys.modules['json'] = types.ModuleType('json')\nimport json\nreturn hasattr(json, 'dumps')",
    ),
];

#[test]
fn forged_reports_are_invalid() {
    // A report that claims a line, a local and an order of events that the program cannot have.
    let forge = |events: &str, more: &str, last: &str| {
        format!(
            "
import os, struct
def f():
    body = b'[\"returned\",[\"1\",0,\"int\"]]', b'[\"\",false]', b'''{events}'''
    head = struct.pack('>BIIIB', 82, 0, len(body[0]), len(body[1]), 0)
    data = head + b''.join(body)
    end = struct.pack('>BIB', 69, 1, 0)
    data = struct.pack('>I', len(data)) + data + struct.pack('>I', len(end)) + end
    for fd in range(3, 300):
        try:
            os.write(fd, data {more})
            results = fd
        except OSError:
            pass
    {last}
"
        )
    };
    let engine = engine_with(limits());
    let outcome = |events: &str, more: &str, last: &str| {
        run(&engine, &forge(events, more, last), "f()").outcome
    };
    let check_with = |events: &str, more: &str, last: &str, why: &str| {
        match outcome(events, more, last) {
            Outcome::Invalid { why: got } => assert!(got.contains(why), "{events}: {got}"),
            other => panic!("{events}: {other:?}"),
        }
        // The interpreter goes on as if nothing had been.
        let next = run(&engine, "def f():\n    return 6 * 7\n", "f()");
        assert!(matches!(&next.outcome, Outcome::Returned { value } if value.text == "42"));
    };
    let check = |events: &str, why: &str| check_with(events, "", "os._exit(0)", why);
    check("[[0,0,99,[],null,[\"f\"]]]", "line");
    check("[[0,2,3,[],null,[]]]", "order");
    check("[[0,0,3,[],null,[\"f\"]]]", "never ends");
    check(
        "[[0,0,3,[[\"else\\x77here\",null]],null,[\"f\"]],[0,3,3,[],[\"1\",0,\"int\"],[]]]",
        "local",
    );
    check("[[0,0,3,[],null,[\"f\"]],[0,9,3,[],null,[]]]", "malformed");
    check("[[[[[[[[[[[[", "malformed");
    check(&"[".repeat(200_000), "malformed");
    let possible = "[[0,0,3,[],null,[\"f\"]],[0,3,3,[],[\"1\",0,\"int\"],[]]]";
    let after = "after its end mark";
    check_with(possible, "+ b'm'", "os._exit(0)", after);
    check_with(
        possible,
        "+ struct.pack('>I', len(end)) + end",
        "os._exit(0)",
        after,
    );
    // What is possible is believed at first; not so when the end is another one than was said.
    check_with(possible, "", "os._exit(3)", "status 3");
    check_with(possible, "", "struct.unpack(str(f))", after);
    let later = "sum(range(3_000_000)); os.write(results, b'more'); os._exit(0)";
    check_with(possible, "", later, after);
    let hangs = outcome(possible, "", "sum(iter(int, 1))");
    assert_eq!(hangs, Outcome::TimedOut);
}
