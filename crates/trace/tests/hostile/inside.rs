//! Programs that use up resources, wait, forge reports, attack the recorder or have hostile values.

use super::Program;

/// Memory, time, depth and output without an end.
pub(super) const RESOURCES: &[Program] = &[
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
        "floods_its_output",
        "returned",
        "for i in range(100):\n    print('x' * 100000)\nreturn 1",
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
        "unpacks_a_bomb",
        "out_of_memory",
        "import zlib\ndata = zlib.compress(bytes(1 << 24), 1)\nreturn len(b''.join([zlib.decompress(data) for _ in range(80)]))",
    ),
    (
        "pads_without_an_end",
        "out_of_memory|raised",
        "return len('%2000000000d' % 1)",
    ),
    (
        "lists_all_numbers",
        "out_of_memory",
        "return len(list(range(10 ** 10)))",
    ),
    (
        "repeats_a_list",
        "out_of_memory",
        "return len([0] * 10 ** 11)",
    ),
    (
        "keys_all_numbers",
        "out_of_memory",
        "return len(dict.fromkeys(range(10 ** 9)))",
    ),
    (
        "shifts_far",
        "out_of_memory|raised|invalid",
        "return 1 << (1 << 40)",
    ),
    (
        "prints_without_an_end",
        "over_budget|out_of_memory|timed_out",
        "while True:\n    print('x' * 1000000)",
    ),
    (
        "recurses_in_c",
        "over_budget|raised|crashed",
        "x = []\nfor _ in range(2000):\n    x = [x]\nfor _ in range(100):\n    x = [x, x]\nreturn x == [x]",
    ),
    (
        "recurses_by_repr",
        "over_budget|raised|crashed|invalid",
        "class A:\n    def __repr__(self):\n        return repr([self])\nreturn repr(A())",
    ),
    (
        "nests_text_to_compile",
        "raised|over_budget|out_of_memory|refused",
        "return eval('(' * 100000 + ')' * 100000)",
    ),
    (
        "makes_many_values",
        "returned|over_budget",
        "x = {i: str(i) for i in range(1000)}\nfor i in range(100):\n    x[i] = list(range(i))\nreturn len(x)",
    ),
    (
        "catches_the_end_of_memory",
        "out_of_memory",
        "x = []\nwhile True:\n    try:\n        x.append(bytearray(1 << 26))\n    except MemoryError:\n        x.append(bytearray(1 << 20))",
    ),
    (
        "spins_a_generator",
        "over_budget",
        "def g():\n    while True:\n        yield 1\nfor _ in g():\n    pass",
    ),
];

/// Waiting for what never comes, and keeping the supervisor waiting.
pub(super) const WAITS: &[Program] = &[
    ("sleeps", "refused", "import time\ntime.sleep(5)"),
    (
        "waits_for_a_queue",
        "blocked a lock",
        "import queue\nqueue.Queue().get()",
    ),
    (
        "waits_for_a_simple_queue",
        "blocked a lock",
        "import queue\nqueue.SimpleQueue().get()",
    ),
    (
        "takes_a_lock_twice",
        "blocked a lock",
        "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()",
    ),
    (
        "takes_a_lock_twice_and_hides_it",
        "blocked a lock",
        "import _thread\nlock = _thread.allocate_lock()\ntry:\n    with lock:\n        with lock:\n            return 1\nexcept BaseException:\n    return 2",
    ),
    (
        "waits_for_an_event",
        "blocked a lock",
        "import threading\nthreading.Event().wait()",
    ),
    (
        "waits_for_a_semaphore",
        "blocked a lock",
        "import threading\nthreading.Semaphore(0).acquire()",
    ),
    (
        "waits_for_a_condition",
        "blocked a lock",
        "import threading\nc = threading.Condition()\nwith c:\n    c.wait()",
    ),
    (
        "waits_at_a_barrier",
        "blocked a lock",
        "import threading\nthreading.Barrier(2).wait()",
    ),
    (
        "waits_for_a_full_queue",
        "blocked a lock",
        "import queue\nq = queue.Queue(1)\nq.put(1)\nq.put(2)",
    ),
    (
        "waits_for_a_future",
        "blocked a lock",
        "from concurrent.futures import Future\nreturn Future().result()",
    ),
    (
        "waits_a_minute",
        "blocked time",
        "import threading\nreturn threading.Event().wait(60)",
    ),
    (
        "waits_a_little_for_ever",
        "blocked time",
        "import threading\nwhile True:\n    threading.Event().wait(0.1)",
    ),
    (
        "waits_a_moment",
        "returned False",
        "import threading\nreturn threading.Event().wait(0.01)",
    ),
    (
        "joins_itself",
        "raised",
        "import threading\nthreading.current_thread().join()",
    ),
    (
        "waits_for_a_signal",
        "refused|raised|blocked",
        "import signal\nreturn signal.sigwait([signal.SIGUSR1])",
    ),
    (
        "sleeps_asynchronously",
        "refused|blocked",
        "import asyncio\nasyncio.run(asyncio.sleep(60))",
    ),
    (
        "drips_bytes_while_it_works",
        "timed_out|invalid",
        "import os\nfds = []\nfor fd in range(3, 64):\n    try:\n        os.write(fd, b'\\0\\0\\x40\\0R')\n        fds.append(fd)\n    except OSError:\n        pass\nwhile True:\n    sum(range(300000))\n    for fd in fds:\n        os.write(fd, b'x')",
    ),
    (
        "drips_bytes_while_it_waits",
        "blocked time",
        "import os\nfds = []\nfor fd in range(3, 64):\n    try:\n        os.write(fd, b'\\0\\0\\x40\\0R')\n        fds.append(fd)\n    except OSError:\n        pass\nimport threading\nwhile True:\n    threading.Event().wait(0.1)\n    for fd in fds:\n        os.write(fd, b'x')",
    ),
    (
        "reports_the_same_again_and_again",
        "invalid",
        "import os, struct\nbody = b'[\"returned\",[\"1\",0,\"int\"]]', b'[\"\",false]', b'[]'\ndata = struct.pack('>BIIIB', 82, 0, len(body[0]), len(body[1]), 0) + b''.join(body)\ndata = struct.pack('>I', len(data)) + data\ndef put(data):\n    for fd in range(3, 64):\n        try:\n            os.write(fd, data)\n        except OSError:\n            pass\nfor _ in range(20):\n    put(data)\n    sum(range(1000000))\nreturn 1",
    ),
];

/// Forged, broken and missing reports.
pub(super) const REPORTS: &[Program] = &[
    ("leaves_early", "invalid", "import os\nos._exit(0)"),
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
        "invalid|crashed",
        "import os\nos.closerange(0, 1000)\nreturn 1",
    ),
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
        "says_that_it_did_more",
        "invalid",
        "import os, struct\nbody = b'[\"returned\",[\"1\",0,\"int\"]]', b'[\"\",false]', b'[]'\ndata = struct.pack('>BIIIB', 82, 0, len(body[0]), len(body[1]), 0) + b''.join(body)\ndata = struct.pack('>I', len(data)) + data\ndef put(data):\n    for fd in range(3, 64):\n        try:\n            os.write(fd, data)\n        except OSError:\n            pass\nput(data + struct.pack('>IBIB', 6, 69, 99, 0))\nos._exit(0)",
    ),
    (
        "says_that_it_did_less",
        "invalid",
        "import os, struct\nbody = b'[\"returned\",[\"1\",0,\"int\"]]', b'[\"\",false]', b'[]'\ndata = struct.pack('>BIIIB', 82, 0, len(body[0]), len(body[1]), 0) + b''.join(body)\ndata = struct.pack('>I', len(data)) + data\ndef put(data):\n    for fd in range(3, 64):\n        try:\n            os.write(fd, data)\n        except OSError:\n            pass\nput(struct.pack('>IBIB', 6, 69, 0, 0))\nos._exit(0)",
    ),
    (
        "ends_after_an_end",
        "invalid",
        "import os, struct\nbody = b'[\"returned\",[\"1\",0,\"int\"]]', b'[\"\",false]', b'[]'\ndata = struct.pack('>BIIIB', 82, 0, len(body[0]), len(body[1]), 0) + b''.join(body)\ndata = struct.pack('>I', len(data)) + data\ndef put(data):\n    for fd in range(3, 64):\n        try:\n            os.write(fd, data)\n        except OSError:\n            pass\nput(data + struct.pack('>IBIB', 6, 69, 1, 0) * 2)\nos._exit(0)",
    ),
    (
        "reports_and_crashes",
        "crashed|invalid",
        "import os, struct\nbody = b'[\"returned\",[\"1\",0,\"int\"]]', b'[\"\",false]', b'[]'\ndata = struct.pack('>BIIIB', 82, 0, len(body[0]), len(body[1]), 0) + b''.join(body)\ndata = struct.pack('>I', len(data)) + data\ndef put(data):\n    for fd in range(3, 64):\n        try:\n            os.write(fd, data)\n        except OSError:\n            pass\nput(data)\nimport faulthandler\nfaulthandler._sigsegv()",
    ),
    ("ends_with_a_status", "invalid", "import os\nos._exit(70)"),
    ("forges_a_type", "invalid", "return type('a b', (), {})()"),
    (
        "forges_an_exception",
        "invalid",
        "raise type('<script>', (Exception,), {})('x')",
    ),
    (
        "writes_nothing_and_leaves",
        "invalid|crashed",
        "import os\nos.closerange(3, 1000)\nos._exit(0)",
    ),
    (
        "claims_an_odd_kind",
        "invalid",
        "import os, struct\nbody = b'[\"returned\",[\"1\",0,\"int\"]]', b'[\"\",false]', b'[]'\ndata = struct.pack('>BIIIB', 82, 0, len(body[0]), len(body[1]), 0) + b''.join(body)\ndata = struct.pack('>I', len(data)) + data\ndef put(data):\n    for fd in range(3, 64):\n        try:\n            os.write(fd, data)\n        except OSError:\n            pass\nput(struct.pack('>IB', 1, 88))\nos._exit(0)",
    ),
    (
        "nests_its_report",
        "invalid",
        "import os, struct\nbody = b'[\"returned\",[\"1\",0,\"int\"]]', b'[\"\",false]', b'[]'\ndata = struct.pack('>BIIIB', 82, 0, len(body[0]), len(body[1]), 0) + b''.join(body)\ndata = struct.pack('>I', len(data)) + data\ndef put(data):\n    for fd in range(3, 64):\n        try:\n            os.write(fd, data)\n        except OSError:\n            pass\ndeep = b'[' * 100000\ndata = struct.pack('>BIIIB', 82, 0, len(deep), len(deep), 0) + deep * 3\nput(struct.pack('>I', len(data)) + data + struct.pack('>IBIB', 6, 69, 1, 0))\nos._exit(0)",
    ),
];

/// Turning the recorder off or around.
pub(super) const RECORDER: &[Program] = &[
    (
        "turns_tracing_off",
        "refused sys.settrace",
        "import sys\nsys.settrace(None)\nreturn 1",
    ),
    (
        "patches_the_recorder",
        "returned|invalid",
        "import builtins, json, os, sys\nbuiltins.len = builtins.type = builtins.repr = builtins.map = None\njson.dumps = os.write = None\nx = [1]\nx.append(2)\nreturn x",
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
        "disarms_the_watch_over_calls",
        "refused",
        "import os, sys\nframe = sys._getframe()\nwhile frame:\n    frame.f_globals.get('WORKING', []).append(1)\n    frame = frame.f_back\nos.fork()",
    ),
    (
        "replaces_the_recorder",
        "invalid|returned|raised",
        "import sys\nframe = sys._getframe()\nwhile 'WORKING' not in frame.f_globals:\n    frame = frame.f_back\nframe.f_globals.update(describe=lambda *a: (['7', 0, 'int'], None), encode=lambda v: b'[')\nreturn 1",
    ),
    (
        "stops_the_clock",
        "returned",
        "import time\ntime.time = time.monotonic = None\nreturn 1",
    ),
    (
        "names_a_module_like_the_library",
        "returned",
        "import sys, types\nsys.modules['json'] = types.ModuleType('json')\nimport json\nreturn hasattr(json, 'dumps')",
    ),
    (
        "sets_a_profiler",
        "refused sys.setprofile",
        "import sys\nsys.setprofile(print)",
    ),
    (
        "sets_tracing_for_all_threads",
        "refused|returned|raised",
        "import threading\nthreading.settrace(None)\nreturn 1",
    ),
    (
        "monitors",
        "refused|returned|raised",
        "import sys\nsys.monitoring.use_tool_id(5, 'x')\nsys.monitoring.set_events(5, sys.monitoring.events.LINE)\nreturn 1",
    ),
    (
        "adds_a_hook",
        "refused sys.addaudithook",
        "import sys\nsys.addaudithook(lambda *a: 1 / 0)\nreturn 1",
    ),
    (
        "takes_the_import_away",
        "returned|raised",
        "import builtins\nbuiltins.__import__ = None\nreturn 1",
    ),
    (
        "empties_the_modules",
        "returned|raised|invalid",
        "import sys\nsys.modules.clear()\nreturn 1",
    ),
    (
        "empties_the_builtins",
        "returned|raised|invalid",
        "import builtins\nvars(builtins).clear()\nreturn 1",
    ),
    (
        "has_an_evil_output",
        "returned|invalid|raised",
        "import sys\nclass Evil:\n    def __getattr__(self, name):\n        raise SystemExit\nsys.stdout = sys.__stdout__ = Evil()\nreturn 1",
    ),
    (
        "detaches_its_output",
        "returned|invalid|raised",
        "import sys\nsys.stdout.detach()\nreturn 1",
    ),
    (
        "lowers_the_recursion",
        "returned|raised|over_budget|invalid",
        "import sys\nsys.setrecursionlimit(60)\nreturn 1",
    ),
    (
        "calls_when_garbage_is_collected",
        "returned|raised|invalid|refused",
        "import gc\ngc.callbacks.append(lambda *a: 1 / 0)\ngc.collect()\nreturn 1",
    ),
    (
        "keeps_what_ends",
        "returned",
        "kept = []\nclass A:\n    def __del__(self):\n        kept.append(self)\nx = A()\ndel x\nreturn len(kept)",
    ),
    (
        "ends_in_a_finalizer",
        "returned|invalid",
        "import os, weakref\nclass A: pass\nx = A()\nweakref.finalize(x, os._exit, 0)\nreturn 1",
    ),
    (
        "takes_over_the_abort",
        "refused|invalid|returned",
        "import sys\nframe = sys._getframe()\nwhile 'WORKING' not in frame.f_globals:\n    frame = frame.f_back\nframe.f_globals['ABORT'][:] = [lambda outcome: None]\nimport os\ntry:\n    os.fork()\nexcept BaseException:\n    pass\nreturn 1",
    ),
    (
        "replaces_the_pack",
        "invalid|returned|raised",
        "import sys\nframe = sys._getframe()\nwhile 'WORKING' not in frame.f_globals:\n    frame = frame.f_back\nframe.f_globals['pack'] = lambda *a: b''\nreturn 1",
    ),
];

/// Values that run code when they are looked at.
pub(super) const VALUES: &[Program] = &[
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
        "lies_about_a_number",
        "returned",
        "class Number(int):\n    def __repr__(self): return '2'\n    def __index__(self): raise SystemExit\n    __int__ = bit_length = __index__\nreturn [Number(1)]",
    ),
    (
        "raises_an_evil_exception",
        "raised",
        "class Evil(Exception):\n    def __str__(self):\n        while True: pass\n    __repr__ = __str__\nraise Evil(1)",
    ),
    (
        "raises_an_evil_argument",
        "raised",
        "class Evil:\n    def __repr__(self):\n        while True: pass\nraise ValueError(Evil())",
    ),
    (
        "has_an_evil_dictionary",
        "returned",
        "class Evil(dict):\n    def items(self):\n        while True: pass\n    keys = values = __iter__ = __len__ = __getitem__ = items\nreturn Evil(a=1)",
    ),
    (
        "has_an_evil_property",
        "returned",
        "class Evil:\n    @property\n    def __dict__(self):\n        while True: pass\n    __slots__ = ('a',)\nx = Evil()\nreturn [x]",
    ),
    (
        "has_an_evil_key",
        "returned",
        "class Evil:\n    def __hash__(self): return 1\n    def __eq__(self, other): raise SystemExit\nreturn {Evil(): 1}",
    ),
    ("returns_half_a_character", "returned", "return '\\ud800'"),
    (
        "returns_a_huge_number",
        "returned|raised|refused",
        "return 7 ** 20000",
    ),
    (
        "returns_a_huge_set",
        "returned",
        "return set(range(100000))",
    ),
    (
        "returns_a_generator_without_an_end",
        "returned",
        "import itertools\nreturn itertools.count()",
    ),
    (
        "changes_while_it_is_looked_at",
        "returned",
        "class Evil(list):\n    def __getitem__(self, at):\n        self.append(1)\n        return 1\nx = Evil([1])\nfor _ in range(3):\n    x[0]\nreturn x",
    ),
];
