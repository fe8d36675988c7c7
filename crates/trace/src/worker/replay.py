"""Evaluates expressions for judges: what a call gives, with its lines counted against a budget.

It is executed inside the worker's process. What `verify` asks is another program, the witness.
"""

import builtins
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


class Counter:
    """Counts the lines of one call against its budget and looks at nothing."""

    # Counting costs a small part of what recording does, which the budget is made for.
    FACTOR = 50

    def __init__(self, limits):
        self.limit = limits["max_steps"] * self.FACTOR
        self.steps = 0

    def start(self, frame, event, arg):
        """For `sys.settrace`: called when a frame starts or goes on."""
        return self.step if frame.f_code.co_filename == NAME else None

    def step(self, frame, event, arg):
        self.steps += 1
        if self.steps > self.limit:
            raise TooMuch
        return self.step


def evaluate(program, setup, expression, limits, counter):
    """[outcome kind, texts ..] and what was printed."""
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
        return [FAILED_TO_RUN, type(error).__name__ + ": " + message_of(error)], ""
    raw = io.BytesIO()
    sys.stdout = io.TextIOWrapper(raw, encoding="utf-8", newline="\n", write_through=True)
    sys.stdin = io.StringIO("")
    # What earlier calls left behind ends now and not in the middle of this one.
    collect_garbage()
    try:
        sys.settrace(counter.start)
        value = eval(call, namespace)
    except TooMuch:
        return [FAILED_TO_RUN, "over budget"], ""
    except BaseException as error:
        sys.settrace(None)
        outcome = [RAISED, type(error).__name__, message_of(error)]
    else:
        sys.settrace(None)
        outcome = [RETURNED, text_of(value, limits["value_bytes"])]
    finally:
        sys.settrace(None)
    if counter.steps > counter.limit:
        # The program caught what ended it.
        return [FAILED_TO_RUN, "over budget"], ""
    output = raw.getvalue()[: limits["stdout_bytes"]].decode("utf-8", "ignore")
    return outcome, output


def perform(script, expression):
    """What a script of the supervisor's own gives: a text of any length. Its CPU time is its only budget."""
    namespace = {"__name__": "tracestone_script", "__builtins__": builtins}
    try:
        exec(compile(script, "<script>", "exec", dont_inherit=True), namespace)
        text = eval(compile(expression, "<call>", "eval", dont_inherit=True), namespace)
    except MemoryError:
        return [FAILED_TO_RUN, "out_of_memory"]
    except BaseException as error:
        return [RAISED, type(error).__name__, message_of(error)]
    return [RETURNED, text] if type(text) is str else [FAILED_TO_RUN, "it gave no text"]


def run(job, limits, fd):
    """Evaluates each call and writes one frame for each, then the end mark."""
    write, leave, dumps, pack = os.write, os._exit, json.dumps, struct.pack
    for number, (setup, expression) in job["calls"]:
        if job["kind"] == JOB_PERFORM:
            outcome, output = perform(job["program"], expression), ""
        else:
            counter = Counter(limits)
            outcome, output = evaluate(job["program"], setup, expression, limits, counter)
        outcome, output = dumps(outcome).encode(), dumps(output).encode()
        head = pack(">BIIIB", REPORT_FRAME, number, len(outcome), len(output), 0)
        body = head + outcome + output + b"null"
        body = memoryview(pack(">I", len(body)) + body)
        while body:
            body = body[write(fd, body) :]
    end = pack(">BIB", END_FRAME, len(job["calls"]), 0)
    write(fd, pack(">I", len(end)) + end)
    leave(0)
