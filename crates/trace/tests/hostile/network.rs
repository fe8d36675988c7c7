//! Programs that try to reach sockets and the kernel.

use super::Program;

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
        "refused",
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
    (
        "reads_memory_through_c",
        "refused",
        "import ctypes\nreturn ctypes.c_int.from_address(id(1)).value",
    ),
    (
        "asks_for_the_size_of_a_type_of_c",
        "returned 8",
        "import ctypes\nreturn ctypes.sizeof(ctypes.c_long)",
    ),
    (
        "makes_an_array_of_c",
        "returned 8",
        "import ctypes\nreturn len((ctypes.c_char * 8)())",
    ),
    (
        "reads_a_buffer_as_an_address",
        "refused",
        "import ctypes\nreturn ctypes.POINTER(ctypes.c_int).from_buffer(bytearray(8)).contents",
    ),
    (
        "asks_for_a_function_of_the_interpreter",
        "refused",
        "import ctypes\nreturn ctypes.pythonapi.PyEval_SetTrace",
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
