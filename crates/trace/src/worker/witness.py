"""The witness: the interpreter that `verify` asks. Standard library only, CPython 3.9 and newer.

It is a program of its own, which the supervisor starts in the sandbox in the place of the worker: no line
of Python is shared with what made the answers. What is shared is the supervisor, which is Rust: how the
sandbox is built, how children are watched, and how their reports are read, without trust.

Each call is evaluated several times, each time in a new namespace, so that looking changes nothing:

1. with nobody watching, for the value, the exception and what was printed;
2. under a line tracer that never touches a variable, for the lines;
3. from CPython 3.12 on, with `sys.monitoring` in the place of a trace function, for the same: both
   witnesses must agree;
4. where values on the way are asked for, under a tracer that reads what is asked, describes it and lets go.

A program that comes out differently when it is watched, or shows one witness something else than the other,
has no answers about its lines, and the report says so.

Up to 3.10 the interpreter copies all variables of a frame before it calls a Python trace function, which
keeps replaced objects alive; `PyEval_SetTrace` does not, so tracers are set through that there. Up to 3.12
reading `f_locals` leaves a copy in the frame; with `PyEval_SetTrace` it can be emptied again.
"""

import builtins
import ctypes
import dis
import gc
import io
import json
import os
import resource
import signal
import struct
import sys
import types

# This text looks names up in a dictionary of its own, so that what a program puts there changes nothing here.
AS_BUILT = dict(vars(builtins))
__builtins__ = dict(AS_BUILT)
# Other names than a build gives: a text that depends on them, as that of a traceback does, is no answer.
PROGRAM, SETUP, CALL = "<exported program>", "<exported set-up>", "<exported call>"
RESULTS, NULL = int(sys.argv[1]), int(sys.argv[2])
# On 3.9 a frame with a trace function says which line it began last, one without says which line its
# instruction belongs to, and that of an implicit return belongs to any.
LINE_OF_INSTRUCTION = sys.version_info < (3, 10)
SUSPENDABLE = 0x20 | 0x80 | 0x200  # generators, coroutines, asynchronous generators
OPTIMIZED = 0x1  # the code of functions, whose variables are not in a dictionary

write, leave, dumps, pack, collect = os.write, os._exit, json.dumps, struct.pack, gc.collect
settrace, getframe = sys.settrace, sys._getframe
OPNAMES = tuple(dis.opname)


# ------------------------------------------------------------------------------------------------
# Values


class NotPlain(Exception):
    """A value is no tree of plain values, or its text is longer than the cap."""


def text_of(value, cap):
    """The `repr` of a tree of plain values, sets sorted by type and text; else `<type>`."""
    try:
        return plain(value, cap, ())
    except (NotPlain, ValueError):
        return "<" + type(value).__name__ + ">"


def plain(value, cap, around):
    kind = type(value)
    if kind is int and value.bit_length() > 4 * cap or kind in (str, bytes) and len(value) > cap:
        raise NotPlain
    # A literal can say neither infinity, nor nan, nor which sign a zero in a complex number has.
    if kind in (float, complex) and value - value != 0:
        raise NotPlain
    if kind is complex and "-0.0" in (repr(value.real), repr(value.imag)):
        raise NotPlain
    if kind in (int, bool, type(None), float, complex, str, bytes):
        text = repr(value)
    elif kind in (list, tuple, dict, set, frozenset):
        if len(around) > 60 or len(value) > cap or any(value is one for one in around):
            raise NotPlain
        text = container(value, kind, cap, around + (value,))
    else:
        raise NotPlain
    if len(text) > cap or not text.isascii() and len(text.encode("utf-8", "replace")) > cap:
        raise NotPlain
    return text


def container(value, kind, cap, around):
    if kind is dict:
        items = value.items()
        pairs = [plain(key, cap, around) + ": " + plain(item, cap, around) for key, item in items]
        return "{" + ", ".join(pairs) + "}"
    texts = [plain(item, cap, around) for item in value]
    if kind is list:
        return "[" + ", ".join(texts) + "]"
    if kind is tuple:
        return "(" + texts[0] + ",)" if len(texts) == 1 else "(" + ", ".join(texts) + ")"
    names = [type(item).__name__ for item in value]
    inner = ", ".join([text for _, text in sorted(zip(names, texts))])
    if kind is set:
        return "{" + inner + "}" if texts else "set()"
    return "frozenset({" + inner + "})" if texts else "frozenset()"


def raised_text(error):
    """Type and message of an exception that left a frame; nothing where code of a program would have to
    run for it, in the middle of the program."""
    kind = type(error)
    methods = [vars(base)["__str__"] for base in kind.__mro__ if "__str__" in vars(base)]
    if isinstance(methods[0], types.FunctionType):
        return None
    message = str(error)
    return kind.__name__ + ": " + message if message else kind.__name__


# ------------------------------------------------------------------------------------------------
# What is written down


class Record:
    """The events of one evaluation. It holds texts and numbers, and no object of the program."""

    def __init__(self, asked, limits):
        self.events = []  # [frame, kind, line, changes, payload]
        self.states = []  # [line, occurrence, name, text or nothing]
        self.values = asked["values"]
        self.asked = {}
        for line, occurrence, name in asked["states"]:
            self.asked.setdefault((line, occurrence), []).append(name)
        self.cap = limits["value_bytes"]
        self.times = {}
        self.frames = 0
        self.steps = 0
        self.limit = limits["max_steps"]

    def frame(self):
        """A number for a new frame."""
        self.frames += 1
        return self.frames - 1

    def line(self, number, line):
        """Notes a line; gives the names that are asked for after it."""
        self.steps += 1
        if self.steps > self.limit:
            give_up("over budget")
        self.events.append([number, "line", line, [], None])
        occurrence = self.times[line] = self.times.get(line, 0) + 1
        return (line, occurrence) if (line, occurrence) in self.asked else None


class Follower:
    """What is known of one frame; the frame holds it, and it holds nothing of the frame."""

    def __init__(self, record, look):
        self.record = record
        self.number = record.frame()
        self.look = look
        self.running = True
        self.thrown_at = None
        self.awaited = None
        self.texts = {}
        self.last = None

    def enter(self, frame, fresh):
        self.note(frame, "call" if fresh else "resume", name_of(frame.f_code) if fresh else None)
        self.running = True

    def __call__(self, frame, event, argument):
        if event == "line":
            if not self.running:
                self.enter(frame, False)
            self.thrown_at = None
            self.last = frame.f_lineno
            awaited = self.record.line(self.number, self.last)
            self.settle(frame)
            self.awaited = awaited
        elif event == "exception":
            self.thrown_at = frame.f_lasti
            self.thrown = raised_text(argument[1]) if self.look else None
        elif event == "return":
            kind = self.ending(frame, argument)
            payload = None
            if self.look:
                payload = self.thrown if kind == "raise" else text_of(argument, self.record.cap)
            self.note(frame, kind, payload)
            self.thrown_at = None
            self.running = False
        return self

    def ending(self, frame, argument):
        """Whether a frame returns, pauses, or is left by an exception: the instruction tells."""
        at, code = frame.f_lasti, frame.f_code.co_code
        name = operation(code, at)
        if name in ("RETURN_VALUE", "RETURN_CONST"):
            return "return"
        thrown_in = argument is None and self.thrown_at == at
        if thrown_in or not frame.f_code.co_flags & SUSPENDABLE:
            return "raise"
        # Up to 3.10 `yield from` pauses one instruction early; from 3.13 on every pause is one late.
        early = operation(code, at + 2) == "YIELD_FROM"
        late = name == "RESUME" and operation(code, at - 2) == "YIELD_VALUE"
        return "yield" if name == "YIELD_VALUE" or early or late else "raise"

    def note(self, frame, kind, payload):
        line = frame.f_lineno
        if LINE_OF_INSTRUCTION and self.last is not None:
            line = self.last
        self.record.events.append([self.number, kind, line, [], payload])
        self.settle(frame)

    def settle(self, frame):
        """At an event of the frame: the line before is over, and its effects can be read."""
        awaited, self.awaited = self.awaited, None
        if not self.look or (awaited is None and not self.record.values):
            return
        values = frame.f_locals
        if not frame.f_code.co_flags & OPTIMIZED and not isinstance(values, dict):
            # The namespace of a class is a dictionary, or one that only the program knows how to read. While
            # a comprehension in a class body runs, 3.13 shows that one's variables in its place.
            return
        if awaited is not None:
            for name in self.record.asked[awaited]:
                text = text_of(values[name], self.record.cap) if name in values else None
                self.record.states.append([*awaited, name, text])
        if self.record.values:
            self.compare(frame.f_code, values)
        if self.look == "empty" and frame.f_code.co_flags & OPTIMIZED:
            values.clear()

    def compare(self, code, values):
        """Notes the variables whose text is not what it was at the event before."""
        free, cap, before = code.co_freevars, self.record.cap, self.texts
        texts = {}
        for name in list(values):
            hidden = name[:2] == "__" == name[-2:] or not name.isidentifier() or name in free
            if not hidden:
                texts[name] = text_of(values[name], cap)
        changes = [[name, text] for name, text in texts.items() if before.get(name) != text]
        changes += [[name, None] for name in before if name not in texts]
        self.texts = texts
        self.record.events[-1][3] = changes


def operation(code, at):
    return OPNAMES[code[at]] if 0 <= at < len(code) else ""


def is_fresh(frame):
    """Whether a frame that is entered has not run yet; a generator's may be one that goes on."""
    at = frame.f_lasti
    if at < 0 or not frame.f_code.co_flags & SUSPENDABLE:
        return True
    code = frame.f_code.co_code
    return operation(code, at) == "RESUME" and code[at + 1] & 3 == 0


# This text is the main module, in whose place each program puts its own.
OWN_MODULE = sys.modules["__main__"]
# The names of code objects up to 3.10, by identity.
NAMES = {}


def name_of(code):
    name = getattr(code, "co_qualname", None)
    return NAMES.get(id(code), code.co_name) if name is None else name


def learn_names(code, prefix=""):
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            NAMES[id(inner)] = name = prefix + inner.co_name
            learn_names(inner, name + (".<locals>." if inner.co_flags & OPTIMIZED else "."))


def of_program(code):
    return code.co_filename == PROGRAM and code.co_name != "<module>"


# ------------------------------------------------------------------------------------------------
# The witnesses


class ByTraceFunction:
    """`sys.settrace`. From 3.11 on it touches no variable that the trace function does not ask for."""

    def __init__(self, record, look):
        self.record, self.look = record, look

    def start(self):
        settrace(self.enter)

    def stop(self):
        settrace(None)

    def enter(self, frame, event, argument):
        if not of_program(frame.f_code):
            return None
        follower = frame.f_trace
        if isinstance(follower, Follower):
            follower.enter(frame, False)
        else:
            follower = Follower(self.record, self.look)
            follower.enter(frame, is_fresh(frame))
        return follower


class ByTraceHook:
    """`PyEval_SetTrace`, which calls one function for all frames and leaves their variables alone."""

    WORDS = {0: "call", 1: "exception", 2: "line", 3: "return"}
    SIGNATURE = ctypes.PYFUNCTYPE(
        ctypes.c_int, ctypes.c_void_p, ctypes.py_object, ctypes.c_int, ctypes.c_void_p
    )
    set_trace = ctypes.PYFUNCTYPE(None, SIGNATURE, ctypes.c_void_p)(("PyEval_SetTrace", ctypes.pythonapi))
    cast, py_object, no_hook = staticmethod(ctypes.cast), ctypes.py_object, SIGNATURE()

    def __init__(self, record, look):
        self.record, self.look = record, look
        self.failure = None
        self.followers = {}  # By the identity of a frame that has not ended.
        self.hook = self.SIGNATURE(self.called)

    def start(self):
        self.set_trace(self.hook, None)

    def stop(self):
        self.set_trace(self.no_hook, None)

    def called(self, _, frame, what, argument):
        if what not in self.WORDS or not of_program(frame.f_code):
            return 0
        try:
            value = self.cast(argument, self.py_object).value if argument else None
            self.happened(frame, self.WORDS[what], value)
        except BaseException as error:
            # Where a program is at the last depth that it can have, nobody else can be called either.
            self.failure = type(error).__name__
            self.set_trace(self.no_hook, None)
        return 0

    def happened(self, frame, event, argument):
        key = id(frame)
        if event == "call":
            fresh = is_fresh(frame)
            if fresh or key not in self.followers:
                self.followers[key] = Follower(self.record, self.look)
            self.followers[key].enter(frame, fresh)
            return
        follower = self.followers.get(key)
        if follower is not None:
            follower(frame, event, argument)
            if event == "return" and self.record.events[-1][1] != "yield":
                del self.followers[key]


class ByMonitoring:
    """`sys.monitoring`, from 3.12 on. Frames are told apart by a stack, since nothing else runs in between;
    only generators, which leave it and come back, by identity."""

    TOOL = 3

    def __init__(self, record, codes):
        self.record, self.codes = record, codes
        self.monitoring = sys.monitoring
        self.stack = []  # [frame's number, last line]
        self.paused = {}
        self.lines = {}  # by code and offset

    def start(self):
        monitoring, events = self.monitoring, self.monitoring.events
        monitoring.use_tool_id(self.TOOL, "witness")
        local = {
            events.PY_START: self.started,
            events.PY_RESUME: self.resumed,
            events.PY_RETURN: self.returned,
            events.PY_YIELD: self.yielded,
            events.LINE: self.line,
            events.JUMP: self.jumped,
        }
        everywhere = {events.PY_THROW: self.thrown, events.PY_UNWIND: self.unwound}
        for event, function in [*local.items(), *everywhere.items()]:
            monitoring.register_callback(self.TOOL, event, function)
        for code in self.codes:
            monitoring.set_local_events(self.TOOL, code, sum(local))
        monitoring.set_events(self.TOOL, sum(everywhere))

    def stop(self):
        monitoring = self.monitoring
        monitoring.set_events(self.TOOL, 0)
        for code in self.codes:
            monitoring.set_local_events(self.TOOL, code, 0)
        monitoring.free_tool_id(self.TOOL)

    def push(self, code, fresh):
        frame = getframe(2)
        suspendable = code.co_flags & SUSPENDABLE
        entry = self.paused.get(id(frame)) if suspendable and not fresh else None
        if entry is None:
            entry = [self.record.frame(), None]
        if suspendable:
            self.paused[id(frame)] = entry
        self.stack.append(entry)
        self.note("call" if fresh else "resume", frame.f_lineno)

    def pop(self, kind):
        frame = getframe(2)
        self.note(kind, frame.f_lineno)
        self.stack.pop()
        if kind != "yield":
            self.paused.pop(id(frame), None)

    def note(self, kind, line):
        self.record.events.append([self.stack[-1][0], kind, line, [], None])

    def started(self, code, offset):
        self.push(code, True)

    def resumed(self, code, offset):
        self.push(code, False)

    def thrown(self, code, offset, error):
        if of_program(code):
            self.push(code, False)

    def returned(self, code, offset, value):
        self.pop("return")

    def yielded(self, code, offset, value):
        self.pop("yield")

    def unwound(self, code, offset, error):
        if of_program(code):
            self.pop("raise")

    def line(self, code, line):
        self.stack[-1][1] = line
        self.record.line(self.stack[-1][0], line)

    def jumped(self, code, offset, target):
        """A jump back to where the line begins starts that line anew, which is no event of its own here."""
        if target < offset and self.line_at(code, target) == self.stack[-1][1]:
            self.record.line(*self.stack[-1])

    def line_at(self, code, offset):
        key = (id(code), offset)
        if key not in self.lines:
            lines = [line for first, end, line in code.co_lines() if first <= offset < end]
            self.lines[key] = lines[0] if lines else 0
        return self.lines[key]


def codes_of(code):
    """The code objects of a program's functions, classes and comprehensions."""
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield inner
            yield from codes_of(inner)


# ------------------------------------------------------------------------------------------------
# Evaluating


class Failed(Exception):
    """Nothing can be said; the text says why."""


class Evaluation:
    """A program, its set-up and an expression, compiled."""

    def __init__(self, program, setup, expression):
        try:
            self.program = compile(program, PROGRAM, "exec", dont_inherit=True)
            self.setup = compile(setup, SETUP, "exec", dont_inherit=True)
            self.call = compile(expression, CALL, "eval", dont_inherit=True)
        except BaseException as error:
            raise Failed(type(error).__name__ + ": " + str(error)) from None
        learn_names(self.program)
        # Where a program may look at a frame's variables itself, their copy is not ours to empty.
        names = {name for code in codes_of(self.program) for name in code.co_names}
        self.looks = not names.isdisjoint(("locals", "vars", "dir", "exec", "eval", "f_locals"))

    def run(self, witness, limits):
        """Evaluates in a new namespace; gives the outcome and what was printed."""
        restore_builtins()
        space = {"__builtins__": vars(builtins)}
        sys.modules.update(__main__=types.ModuleType("__main__"))
        silence = io.StringIO()
        sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = silence
        sys.__stdin__ = sys.stdin = io.StringIO()
        try:
            exec(self.program, space)
            exec(self.setup, space)
        except BaseException as error:
            raise Failed(type(error).__name__ + ": " + str(error)) from None
        raw = io.BytesIO()
        sys.stdout = sys.__stdout__ = io.TextIOWrapper(raw, "utf-8", newline="\n", write_through=True)
        # What was left behind ends now and not in the middle of the call.
        collect()
        try:
            if witness is not None:
                witness.start()
            try:
                value = eval(self.call, space)
            finally:
                if witness is not None:
                    witness.stop()
        except BaseException as error:
            outcome = ["raised", type(error).__name__, str(error)]
        else:
            told = text_of(value, limits["value_bytes"])
            outcome = ["returned", told]
        printed = raw.getvalue()[: limits["stdout_bytes"]].decode("utf-8", "ignore")
        return outcome, printed


def restore_builtins():
    """Each evaluation finds the built-in names as they were, whatever the one before did to them."""
    names = vars(builtins)
    names.update(AS_BUILT)
    for name in names.keys() - AS_BUILT.keys():
        del names[name]


def seen(evaluation, asked, outcome, limits):
    """What happened on the way, by all witnesses; raises where they don't agree."""
    bare = ByTraceFunction if sys.version_info >= (3, 11) else ByTraceHook
    record = Record(NOTHING, limits)
    watched(evaluation, bare(record, None), outcome, limits)
    if hasattr(sys, "monitoring"):
        other = Record(NOTHING, limits)
        codes = list(codes_of(evaluation.program))
        watched(evaluation, ByMonitoring(other, codes), outcome, limits)
        if without_repeats(record) != without_repeats(other):
            agree(record, other, "`sys.settrace` and `sys.monitoring`")
    if not asked["values"] and not asked["states"]:
        return record
    told = Record(asked, limits)
    if sys.version_info >= (3, 13):
        witness = ByTraceFunction(told, "let go")
    else:
        witness = ByTraceHook(told, "let go" if evaluation.looks else "empty")
    watched(evaluation, witness, outcome, limits)
    agree(record, told, "runs with and without a look at values")
    return told


def watched(evaluation, witness, outcome, limits):
    ended, _ = evaluation.run(witness, limits)
    if getattr(witness, "failure", None) is not None:
        raise Failed("the witness failed: " + witness.failure)
    if ended != outcome:
        raise Failed("watched, it ends with %s, otherwise with %s" % (ended, outcome))


def agree(one, other, who):
    for number, (left, right) in enumerate(zip(one.events, other.events)):
        if left[:3] != right[:3]:
            raise Failed("%s differ at event %d: %s and %s" % (who, number + 1, left[:3], right[:3]))
    if len(one.events) != len(other.events):
        raise Failed("%s differ: %d and %d events" % (who, len(one.events), len(other.events)))


def without_repeats(record):
    """The events, without lines that a frame begins again with no other in between: how often such a line
    is begun, after an exception was caught in what is awaited, say, is not the same for both on 3.12."""
    last, kept = {}, []
    for frame, kind, line, _, _ in record.events:
        if kind != "line" or last.get(frame) != line:
            kept.append((frame, kind, line))
        if kind == "line":
            last[frame] = line
    return kept


NOTHING = {"lines": False, "values": False, "states": []}


# ------------------------------------------------------------------------------------------------
# The child


# The number of the call that this process is at.
CURRENT = [0]


def send(descriptor, data):
    data = memoryview(pack(">I", len(data)) + data)
    while data:
        data = data[write(descriptor, data) :]


def report(outcome, printed, events):
    parts = [dumps(part).encode("ascii") for part in (outcome, printed, events)]
    head = pack(">BIIIB", 82, CURRENT[0], len(parts[0]), len(parts[1]), 0)
    send(RESULTS, head + b"".join(parts))


def give_up(why):
    """Ends the child within a call: what comes after cannot be relied on."""
    report(["failed", why], "", None)
    send(RESULTS, pack(">BIB", 69, CURRENT[0] + 1, 0))
    leave(0)


def testify(job, limits):
    """Reports on each call, then writes the end mark."""
    asked = job.get("asked") or [NOTHING] * len(job["calls"])
    for (CURRENT[0], (setup, expression)), questions in zip(job["calls"], asked):
        try:
            evaluation = Evaluation(job["program"], setup, expression)
            outcome, printed = evaluation.run(None, limits)
        except Failed as failure:
            report(["failed", str(failure)], "", None)
            continue
        events = None
        if questions["lines"] or questions["values"] or questions["states"]:
            try:
                record = seen(evaluation, questions, outcome, limits)
                events = {"events": record.events, "states": record.states}
            except Failed as failure:
                events = {"failed": str(failure)}
        report(outcome, printed, events)
    send(RESULTS, pack(">BIB", 69, len(job["calls"]), 0))
    leave(0)


# ------------------------------------------------------------------------------------------------
# The interpreter that forks children


class Filter:
    """A seccomp program, made by the supervisor; an empty one stands for none."""

    def __init__(self, digits):
        self.code = ctypes.create_string_buffer(bytes.fromhex(digits))
        self.length = len(digits) // 16
        self.header = ctypes.create_string_buffer(pack("@HP", self.length, ctypes.addressof(self.code)))

    def install(self):
        if self.length and prctl(22, 2, ctypes.byref(self.header), 0, 0) != 0:
            raise OSError("seccomp refused the filter")


prctl = ctypes.CDLL(None).prctl


def receive(count):
    data = b""
    while len(data) < count:
        part = os.read(0, count - len(data))
        if not part:
            leave(0)
        data += part
    return data


def lower(limit, value):
    hard = resource.getrlimit(limit)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (value, value))


def become_child(parent, child_filter):
    """Waits for a job and confines itself; gives the job."""
    prctl(1, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        leave(1)
    if not child_filter.length:
        os.setsid()
    length, seconds = struct.unpack(">II", receive(8))
    job = receive(length)
    send(1, dumps({"started": os.getpid()}).encode())
    for descriptor in range(3):
        os.dup2(NULL, descriptor)
    os.close(NULL)
    lower(resource.RLIMIT_CPU, seconds)
    lower(resource.RLIMIT_NPROC, 0)
    child_filter.install()
    return json.loads(job)


def serve(child_filter):
    """Forks one child after the other; returns in the children alone, with the job."""
    me = os.getpid()
    while True:
        child = os.fork()
        if child == 0:
            return become_child(me, child_filter)
        ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        if not child_filter.length:
            try:
                os.killpg(child, signal.SIGKILL)
            except OSError:
                pass
        said = {"ended": ended.si_status, "exited": ended.si_code == os.CLD_EXITED}
        send(1, dumps(said).encode())
        # The supervisor has read all that the child wrote and needs its number no more.
        receive(1)
        os.waitpid(child, 0)


def load_libraries(everything):
    """Imports what programs import, once for all children; all there is where files can't be opened later."""
    names = """
        __future__ abc array bisect calendar collections contextlib copy dataclasses datetime decimal enum
        fractions functools heapq itertools linecache math numbers operator random re statistics string
        textwrap time traceback typing unicodedata warnings
    """.split()
    if everything:
        names += library_names()
    streams = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = io.StringIO()
    for name in names:
        try:
            __import__(name)
        except BaseException:
            pass
    sys.stdout, sys.stderr = streams


def library_names():
    """Modules of the standard library and of its packages that importing does nothing else than load."""
    import pkgutil

    odd = {"antigravity", "this", "idlelib", "turtle", "turtledemo", "tkinter", "test", "lib2to3", "ctypes"}
    folder = os.path.dirname(os.__file__)
    names = list(sys.builtin_module_names)
    for module in pkgutil.iter_modules([folder, os.path.join(folder, "lib-dynload")]):
        if module.name in odd or module.name.startswith("__"):
            continue
        names.append(module.name)
        if module.ispkg:
            inner = pkgutil.iter_modules([os.path.join(folder, module.name)], module.name + ".")
            names += [one.name for one in inner if not one.name.endswith(("__main__", ".tests", ".test"))]
    return names


def look_plain():
    """Makes the interpreter look like one that has started in the usual way."""
    import _sitebuiltins

    sys.path = list(filter(None, sys.path))
    sys.argv[:] = [""]
    builtins.quit = builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D (i.e. EOF)")
    builtins.help = _sitebuiltins._Helper()
    AS_BUILT.update(vars(builtins))
    # The kernel refuses to tell its name, which modules such as `uuid` ask for while they are imported.
    system = os.uname_result(["Linux", "witness", "6.0", "#0", os.uname().machine])
    os.uname = sys.modules["posix"].uname = lambda: system


def main():
    hello = json.loads(receive(struct.unpack(">I", receive(4))[0]))
    for descriptor in range(3, 64):
        if descriptor not in (RESULTS, NULL):
            try:
                os.close(descriptor)
            except OSError:
                pass
    load_libraries(hello["preload_all"])
    look_plain()
    confinement = Filter(hello["child_filter"])
    prctl(4, 0, 0, 0, 0)
    for digits in hello["zygote_filters"]:
        Filter(digits).install()
    collect()
    gc.freeze()
    send(1, dumps({"native_failure": None}).encode())
    try:
        job = serve(confinement)
        testify(job, hello["limits"])
    finally:
        leave(70)


main()
