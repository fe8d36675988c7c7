"""The second recorder, for `verify`: independent of the first, and simple instead of fast.

It shares nothing with the worker file but the process. At every event of a frame of the program it
describes all locals anew and reports those whose text differs from the frame's previous event.
"""

import builtins
import dis
import gc
import io
import json
import os
import struct
import sys
import types

NAME = "<program>"
collect_garbage = gc.collect


class TooMuch(BaseException):
    """A budget is used up."""


class Cut(Exception):
    """A value is larger than the cap."""


def text_of(value, cap):
    """What `repr` gives, with sets sorted, for trees of exact built-in types; else `<type>`."""
    try:
        return plain(value, cap, ())
    except (Cut, ValueError):
        return "<" + type(value).__name__ + ">"


def plain(value, cap, inside):
    kind = type(value)
    if kind in (int, bool, type(None), float, complex):
        if kind is int and value.bit_length() > 3 * cap:
            raise Cut
        return repr(value)
    if kind in (str, bytes):
        if len(value) > cap:
            raise Cut
        text = repr(value)
    elif kind in (list, tuple, set, frozenset, dict):
        if any(value is outer for outer in inside) or len(inside) > 60 or len(value) > cap:
            raise Cut
        text = container(value, kind, cap, inside + (value,))
    else:
        raise Cut
    if len(text.encode("utf-8", "backslashreplace")) > cap:
        raise Cut
    return text


def container(value, kind, cap, inside):
    if kind is dict:
        pairs = []
        for key, item in value.items():
            pairs.append(plain(key, cap, inside) + ": " + plain(item, cap, inside))
        return "{" + ", ".join(pairs) + "}"
    texts = [(type(item).__name__, plain(item, cap, inside)) for item in value]
    if kind in (set, frozenset):
        texts.sort()
    inner = ", ".join(text for _, text in texts)
    if kind is list:
        return "[" + inner + "]"
    if kind is tuple:
        return "(" + inner + (",)" if len(value) == 1 else ")")
    if kind is set:
        return "{" + inner + "}" if value else "set()"
    return "frozenset({" + inner + "})" if value else "frozenset()"


def message_of(error):
    """`str(error)` unless the class brings code of its own for it; then that of its arguments."""
    for base in type(error).__mro__:
        if "__str__" in vars(base):
            if isinstance(vars(base)["__str__"], types.FunctionType):
                return BaseException.__str__(error)
            break
    return str(error)


class Recorder:
    """Collects the events of one call."""

    def __init__(self, limits):
        self.limits = limits
        self.limit = limits["max_steps"]
        self.events = []
        self.frames = 0
        self.steps = 0

    def start(self, frame, event, arg):
        """For `sys.settrace`: called when a frame starts or goes on."""
        code = frame.f_code
        if code.co_filename != NAME or code.co_name == "<module>":
            return None
        known = frame.f_trace
        if isinstance(known, FrameRecorder):
            known.add(frame, "resume")
            known.running = True
            return known
        known = FrameRecorder(self, self.frames)
        self.frames += 1
        known.add(frame, "call")
        return known


class Counter:
    """Counts the lines of one call against its budget and looks at nothing."""

    # Counting costs a small part of what recording does, and no event is kept.
    FACTOR = 50

    def __init__(self, limits):
        self.limit = limits["max_steps"] * self.FACTOR
        self.events = []
        self.steps = 0

    def start(self, frame, event, arg):
        """For `sys.settrace`: called when a frame starts or goes on."""
        return self.step if frame.f_code.co_filename == NAME else None

    def step(self, frame, event, arg):
        self.steps += 1
        if self.steps > self.limit:
            raise TooMuch
        return self.step


class FrameRecorder:
    """Follows one frame; the frame itself keeps it, also while a generator pauses."""

    def __init__(self, recorder, number):
        self.recorder = recorder
        self.number = number
        self.texts = {}
        self.running = True
        self.exception_at = None

    def __call__(self, frame, event, arg):
        if not self.running:
            self.add(frame, "resume")
            self.running = True
        if event == "line":
            self.recorder.steps += 1
            if self.recorder.steps > self.recorder.limit:
                raise TooMuch
            self.exception_at = None
            self.add(frame, "line")
        elif event == "exception":
            self.exception_at = frame.f_lasti
        elif event == "return":
            self.add(frame, self.ending(frame, arg))
            self.running = False
            self.exception_at = None
        return self

    def ending(self, frame, arg):
        """Whether a frame returns, pauses, or is left by an exception: the instruction tells."""
        at = frame.f_lasti
        names = [dis.opname[number] for number in frame.f_code.co_code]
        name = names[at] if at >= 0 else ""
        if name in ("RETURN_VALUE", "RETURN_CONST"):
            return "return"
        suspendable = frame.f_code.co_flags & (0x20 | 0x80 | 0x200)
        thrown_in = arg is None and self.exception_at == at
        if not suspendable or thrown_in:
            return "raise"
        # Up to 3.10 `yield from` pauses one instruction early; from 3.13 on, any pause is one late.
        early = "".join(names[at + 2 : at + 3]) == "YIELD_FROM"
        late = name == "RESUME" and "".join(names[max(at - 2, 0) : at - 1]) == "YIELD_VALUE"
        return "yield" if name == "YIELD_VALUE" or early or late else "raise"

    def add(self, frame, kind):
        free = frame.f_code.co_freevars
        texts = {}
        for name, value in dict(frame.f_locals).items():
            hidden = name.startswith("__") and name.endswith("__")
            if name.isidentifier() and name not in free and not hidden:
                texts[name] = text_of(value, self.recorder.limits["value_bytes"])
        changes = [[name, text] for name, text in texts.items() if self.texts.get(name) != text]
        changes += [[name, None] for name in self.texts if name not in texts]
        self.texts = texts
        self.recorder.events.append([self.number, kind, frame.f_lineno, changes])


def replay(program, setup, expression, limits, recorder):
    """[outcome kind, texts ..], output, events."""
    namespace = {"__name__": "__main__", "__builtins__": builtins}
    sys.modules["__main__"] = module = types.ModuleType("__main__")
    module.__dict__.update(namespace)
    namespace = module.__dict__
    silence = io.StringIO()
    sys.stdout = sys.stderr = silence
    try:
        exec(compile(program, NAME, "exec", dont_inherit=True), namespace)
        exec(compile(setup, "<setup>", "exec", dont_inherit=True), namespace)
        call = compile(expression, "<call>", "eval", dont_inherit=True)
    except BaseException as error:
        return ["failed", type(error).__name__ + ": " + message_of(error)], "", []
    raw = io.BytesIO()
    sys.stdout = io.TextIOWrapper(raw, encoding="utf-8", newline="\n", write_through=True)
    sys.stdin = io.StringIO("")
    # What earlier calls left behind ends now and not in the middle of this one.
    collect_garbage()
    try:
        sys.settrace(recorder.start)
        value = eval(call, namespace)
    except TooMuch:
        return ["failed", "over budget"], "", []
    except BaseException as error:
        sys.settrace(None)
        outcome = ["raised", type(error).__name__, message_of(error)]
    else:
        sys.settrace(None)
        outcome = ["returned", text_of(value, limits["value_bytes"])]
    finally:
        sys.settrace(None)
    if recorder.steps > recorder.limit:
        # The program caught what ended it.
        return ["failed", "over budget"], "", []
    output = raw.getvalue()[: limits["stdout_bytes"]].decode("utf-8", "ignore")
    return outcome, output, recorder.events


def run(job, limits, fd):
    """Replays or evaluates each call and writes one frame for each, then the end mark."""
    write, leave, dumps, pack = os.write, os._exit, json.dumps, struct.pack
    watch = Recorder if job["kind"] == "replay" else Counter
    for number, (setup, expression) in job["calls"]:
        recorder = watch(limits)
        outcome, output, events = replay(job["program"], setup, expression, limits, recorder)
        outcome, output, events = dumps(outcome).encode(), dumps(output).encode(), dumps(events).encode()
        head = pack(">BIIIB", 82, number, len(outcome), len(output), 0)
        body = head + outcome + output + events
        body = memoryview(pack(">I", len(body)) + body)
        while body:
            body = body[write(fd, body) :]
    end = pack(">BIB", 69, len(job["calls"]), 0)
    write(fd, pack(">I", len(end)) + end)
    leave(0)
