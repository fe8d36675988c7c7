//! Programs that try to reach processes, files, sockets and the kernel.

use super::Program;

/// Starting processes and threads, and signals.
pub(super) const PROCESSES: &[Program] = &[
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
        "signals_its_parent",
        "refused os.kill",
        "import os\nos.kill(1, 9)",
    ),
    (
        "signals_everyone",
        "refused os.kill",
        "import os\nos.kill(-1, 9)",
    ),
    (
        "handles_signals",
        "refused",
        "import signal\nsignal.signal(signal.SIGALRM, print)\nreturn 1",
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
    ("leaves_its_session", "refused", "import os\nos.setsid()"),
    (
        "forks_by_multiprocessing",
        "refused",
        "import multiprocessing\nmultiprocessing.get_context('fork').Process(target=print).start()",
    ),
    ("forks_a_terminal", "refused", "import os\nos.forkpty()"),
    (
        "starts_an_executor",
        "refused",
        "from concurrent.futures import ThreadPoolExecutor\nThreadPoolExecutor(2).submit(print)",
    ),
    (
        "starts_a_timer",
        "refused",
        "import threading\nthreading.Timer(0, print).start()",
    ),
    (
        "waits_for_children",
        "refused|raised",
        "import os\nreturn os.wait()",
    ),
    (
        "executes_by_descriptor",
        "refused os.exec|raised",
        "import os\nos.execve(0, ['x'], {})",
    ),
    (
        "spawns",
        "refused",
        "import os\nos.spawnv(os.P_NOWAIT, '/bin/true', ['true'])",
    ),
    (
        "opens_a_pipe_to_a_shell",
        "refused",
        "import os\nreturn os.popen('id').read()",
    ),
    (
        "signals_a_thread",
        "refused|raised",
        "import signal, threading\nsignal.pthread_kill(threading.get_ident(), 9)",
    ),
    (
        "raises_a_signal",
        "refused|raised",
        "import signal\nsignal.raise_signal(9)",
    ),
    (
        "stops_itself",
        "refused",
        "import os\nos.kill(os.getpid(), 19)",
    ),
    (
        "sets_an_alarm",
        "refused|returned",
        "import signal\nsignal.alarm(1)\nreturn 1",
    ),
    (
        "sets_a_timer",
        "refused|raised",
        "import signal\nsignal.setitimer(signal.ITIMER_REAL, 1)",
    ),
    (
        "blocks_all_signals",
        "timed_out",
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nreturn sum(iter(int, 1))",
    ),
    (
        "changes_its_group",
        "refused|raised",
        "import os\nos.setpgid(0, 0)",
    ),
];

/// Reading, writing and changing files.
pub(super) const FILES: &[Program] = &[
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
    ("asks_for_input", "refused builtins.input", "return input()"),
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
        "reads_its_parents_environment",
        "refused open",
        "return open('/proc/1/environ').read()",
    ),
    (
        "reads_its_parents_memory",
        "refused open",
        "return open('/proc/1/mem', 'rb').read(1)",
    ),
    (
        "reads_its_own_descriptors",
        "refused os.listdir",
        "import os\nreturn os.listdir('/proc/self/fd')",
    ),
    (
        "reads_keys",
        "refused open",
        "return open('/root/.ssh/id_rsa').read()",
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
    (
        "fills_the_table_of_files",
        "refused os.mkdir",
        "import os\nn = 0\nwhile True:\n    n += 1\n    os.mkdir('/tmp/tracestone-canary%d' % n)",
    ),
    (
        "reads_its_parents_descriptors",
        "refused os.listdir",
        "import os\nreturn os.listdir('/proc/1/fd')",
    ),
    (
        "reads_by_a_raw_file",
        "refused open",
        "import io\nreturn io.FileIO('/etc/passwd').read()",
    ),
    (
        "reads_by_a_path",
        "refused open",
        "import pathlib\nreturn pathlib.Path('/etc/passwd').read_text()",
    ),
    (
        "reads_by_the_import_system",
        "refused|raised",
        "import importlib.machinery\nreturn importlib.machinery.SourceFileLoader('x', '/etc/passwd').get_data('/etc/passwd')",
    ),
    (
        "imports_a_file_from_outside",
        "refused|raised",
        "import importlib.util\nspec = importlib.util.spec_from_file_location('x', '/etc/hostname')\nreturn importlib.util.module_from_spec(spec)",
    ),
    (
        "reads_by_the_line_cache",
        "returned False",
        "import linecache\nreturn 'root' in linecache.getline('/etc/passwd', 1)",
    ),
    (
        "reads_by_the_tokenizer",
        "refused|raised",
        "import tokenize\nreturn tokenize.open('/etc/passwd').read()",
    ),
    (
        "reads_an_archive",
        "refused open",
        "import zipfile\nreturn zipfile.ZipFile('/etc/passwd')",
    ),
    (
        "makes_a_temporary_file",
        "refused",
        "import tempfile\nreturn tempfile.NamedTemporaryFile()",
    ),
    (
        "opens_a_database",
        "refused|raised",
        "import sqlite3\nsqlite3.connect('/tmp/tracestone-canary')",
    ),
    (
        "logs_to_a_file",
        "refused open",
        "import logging\nlogging.FileHandler('/tmp/tracestone-canary')",
    ),
    (
        "copies_a_file",
        "refused",
        "import shutil\nshutil.copy('/etc/passwd', '/tmp/tracestone-canary')",
    ),
    (
        "renames",
        "refused os.rename",
        "import os\nos.rename('/etc', '/tmp/tracestone-canary')",
    ),
    (
        "removes",
        "refused os.remove",
        "import os\nos.remove('/etc/passwd')",
    ),
    (
        "removes_a_tree",
        "refused",
        "import shutil\nshutil.rmtree('/etc')",
    ),
    (
        "truncates",
        "refused os.truncate",
        "import os\nos.truncate('/etc/passwd', 0)",
    ),
    (
        "changes_times",
        "refused os.utime",
        "import os\nos.utime('/etc/passwd')",
    ),
    (
        "changes_an_owner",
        "refused os.chown",
        "import os\nos.chown('/etc/passwd', 0, 0)",
    ),
    (
        "sets_an_attribute",
        "refused os.setxattr",
        "import os\nos.setxattr('/etc/passwd', 'user.x', b'1')",
    ),
    (
        "makes_a_named_pipe",
        "refused|raised",
        "import os\nos.mkfifo('/tmp/tracestone-canary')",
    ),
    (
        "makes_a_device",
        "refused|raised",
        "import os\nos.mknod('/tmp/tracestone-canary')",
    ),
    (
        "changes_the_root",
        "refused|raised",
        "import os\nos.chroot('/tmp')",
    ),
    (
        "changes_the_folder",
        "refused os.chdir",
        "import os\nos.chdir('/etc')",
    ),
    (
        "walks",
        "refused os.scandir|refused os.walk",
        "import os\nreturn list(os.walk('/'))",
    ),
    (
        "globs",
        "refused glob",
        "import glob\nreturn glob.glob('/*')",
    ),
    (
        "copies_between_descriptors",
        "refused|raised",
        "import os\nos.sendfile(1, 0, 0, 10)",
    ),
];

/// Sockets and what is built on them.
pub(super) const NETWORK: &[Program] = &[
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
        "fetches_an_address",
        "refused",
        "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:1')",
    ),
    (
        "connects_by_http",
        "refused",
        "import http.client\nhttp.client.HTTPConnection('127.0.0.1', 1).request('GET', '/')",
    ),
    (
        "serves",
        "refused",
        "import socket\nsocket.create_server(('127.0.0.1', 0))",
    ),
    (
        "takes_over_a_socket",
        "refused|raised",
        "import socket\nsocket.fromfd(0, socket.AF_INET, socket.SOCK_STREAM)",
    ),
    (
        "connects_asynchronously",
        "refused",
        "import asyncio\nasyncio.run(asyncio.open_connection('127.0.0.1', 1))",
    ),
    (
        "starts_a_process_asynchronously",
        "refused",
        "import asyncio\nasyncio.run(asyncio.create_subprocess_shell('true'))",
    ),
    (
        "mails",
        "refused",
        "import smtplib\nsmtplib.SMTP('127.0.0.1', 1)",
    ),
    (
        "logs_to_the_system",
        "refused",
        "import logging.handlers\nlogging.handlers.SysLogHandler()",
    ),
];

/// System calls beyond these, limits, memory, crashes.
pub(super) const KERNEL: &[Program] = &[
    (
        "raises_its_limits",
        "refused",
        "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (-1, -1))",
    ),
    (
        "uses_c",
        "refused",
        "import ctypes\nctypes.CDLL(None).getpid()",
    ),
    ("crashes", "crashed|invalid", "import os\nos.abort()"),
    (
        "ignores_the_limit_of_time",
        "refused",
        "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nreturn 1",
    ),
    (
        "makes_a_file_in_memory",
        "refused|raised",
        "import os\nreturn os.memfd_create('x')",
    ),
    ("makes_a_pipe", "refused", "import os\nreturn os.pipe()"),
    (
        "maps_memory_of_files",
        "refused",
        "import mmap\nreturn mmap.mmap(-1, 4096)",
    ),
    ("becomes_root", "refused", "import os\nos.setuid(0)"),
    ("lowers_its_priority", "refused", "import os\nos.nice(5)"),
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
        "crashed SIGSEGV",
        "import faulthandler\nfaulthandler._read_null()",
    ),
    (
        "makes_raw_system_calls",
        "environment returned []|returned []",
        "import sys\nframe = sys._getframe()\nwhile 'WORKING' not in frame.f_globals:\n    frame = frame.f_back\nimport os\nlibc = frame.f_globals.get('libc')\ncall = libc and vars(libc).get('syscall')\nif call is None or os.uname().machine != 'x86_64':\n    return []\nnumbers = [1000, 57, 58, 435, 59, 322, 41, 49, 42, 101, 87, 82, 83, 84, 88, 86, 90, 91, 92, 62, 234, 200, 129, 157, 317, 425, 319, 321, 165, 166, 272, 308, 310, 311, 434, 438, 424, 248, 249, 250, 323, 298, 135, 169, 170, 171, 172, 63, 89, 267, 332, 160, 13, 38, 37, 35, 230, 7, 271, 23, 270, 34, 130, 127, 128, 32, 33, 292, 16, 40, 275, 326, 253, 294, 283, 284, 290, 282, 289, 105, 106, 112, 121, 140, 141, 161, 155, 175, 313, 246, 320, 167, 206, 209, 237, 256, 279, 303, 304, 29, 64, 68, 240, 72, 73, 74, 75, 76, 77, 85, 133, 137, 188, 235, 258, 259, 263, 264, 265, 266, 268, 280, 285, 316, 436, 440, 444, 449, 451, 452]\nreturn [n for n in numbers if call(n, 0, 0, 0, 0, 0, 0) != -1]",
    ),
    (
        "maps_raw_memory_of_a_file",
        "returned|refused",
        "import sys\nframe = sys._getframe()\nwhile 'WORKING' not in frame.f_globals:\n    frame = frame.f_back\nlibc = frame.f_globals.get('libc')\ncall = libc and vars(libc).get('syscall')\nreturn call is None or call(2, b'/etc/passwd', 0, 0) == -1",
    ),
    (
        "loads_a_library",
        "refused",
        "import _ctypes\n_ctypes.dlopen('libc.so.6', 2)",
    ),
    (
        "waits_for_readiness",
        "refused|raised",
        "import select\nselect.select([], [], [], 5)",
    ),
    (
        "polls",
        "refused|raised",
        "import select\nselect.poll().poll(5000)",
    ),
    (
        "controls_a_descriptor",
        "refused",
        "import fcntl\nfcntl.fcntl(0, 0, 5)",
    ),
    (
        "controls_a_device",
        "refused",
        "import fcntl\nfcntl.ioctl(0, 0x5401)",
    ),
    ("locks_a_file", "refused", "import fcntl\nfcntl.flock(0, 2)"),
    (
        "makes_events",
        "refused|raised",
        "import os\nreturn os.eventfd(0)",
    ),
    (
        "makes_a_terminal",
        "refused|raised",
        "import os\nreturn os.openpty()",
    ),
    (
        "shares_memory",
        "refused|raised",
        "from multiprocessing import shared_memory\nshared_memory.SharedMemory(create=True, size=10)",
    ),
    (
        "sets_its_affinity",
        "refused|raised",
        "import os\nos.sched_setaffinity(0, {0})",
    ),
    (
        "runs_bytecode_of_its_own",
        "crashed|invalid|raised|returned",
        "import types\ndef f():\n    return 1\ncode = f.__code__.replace(co_code=bytes(range(256)) * 4, co_stacksize=1)\ntry:\n    return types.FunctionType(code, {})() and 1\nexcept Exception:\n    return 1",
    ),
];
