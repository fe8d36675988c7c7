"""Checks exported samples again in plain CPython, with nothing of Tracestone involved.

    python3 recheck.py [--sources DIR] [--environments DIR] [--jobs N] [--seconds S] [--memory MB] [--json] EXPORT ..

reads exported records (`.jsonl` files, or folders that hold some), does exactly what a record promises -
exec(program), exec(setup), eval(call) - and compares every answer with what happens. It prints how many
answers of each kind were checked, held and are false, then each false one with its text and the reason;
`--json` prints the same as one JSON object. A record with a `package` is a part of a module: its module is
imported from the source's files at its commit, found in DIR: a git clone, or a folder, with the last name of
`provenance.origin`; what it `needs` is installed with pip, into a folder of its own below that of `--environments`. Each
line that is shown must be a line of the module's file; the file itself runs, and what of its code begins in a shown line
is followed. `python3 -S` keeps out what is installed under the same name. The `other_answers` of an `input` sample are
executed and counted like its `answer`. The exit status is 1 where an answer is false. What could not be watched is counted
apart: where a program runs into the recursion limit, the interpreter has no depth left for a trace function and takes it off.

How it looks, so that looking changes nothing:

- `output`, `input` and `exception` come from an evaluation that nobody traces.
- Lines come from a second evaluation under a line tracer that never touches a local variable. A Python
  trace function is enough for that from CPython 3.11 on. Up to 3.10 the interpreter itself copies all
  locals for each call of one, which keeps replaced objects alive; there the tracer is set through
  `PyEval_SetTrace`, which does not.
- Values come from a copy: at the moment that is asked about, the process forks, the child looks at the
  variables and ends, and the parent, which never looked, goes on.

Each evaluation is a process of its own with limits of time and memory. **This is no sandbox**: programs can
read, write and connect as you can. Give it exports of code that you would run anyway, or run it in a
container or virtual machine without network.
"""

import argparse
import ctypes
import dis
import importlib
import io
import json
import os
import pathlib
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter

from rechecking.sources import Sources
from rechecking.values import described, exception_text
from rechecking.verdicts import Seen, executed, traced

PROGRAM = "<the program>"
# Where a part of a module is shown: its file, and the number that each of its lines is shown by.
FILE, SHOWN = None, {}
OPTIMIZED = 0x1  # the code of functions, whose variables are not in a dictionary
LOST = "the interpreter took the tracer off"
SUSPENDABLE = 0x20 | 0x80 | 0x200  # generators, coroutines, asynchronous generators
EXECUTED = ("output", "input", "exception")

# ------------------------------------------------------------------------------------------------
# Looking at a run


class Lines:
    """A tracer that notes what happens and when, and touches no variable.

    `asked(frame, number, event)` is called at moments at which somebody may want to know a value.
    """

    def __init__(self, wanted, all_moments, send):
        self.wanted = wanted  # (line, occurrence) -> names of variables
        self.all_moments = all_moments
        self.send = send
        self.events = []  # [word, frame number, line, payload]
        self.times = Counter()
        self.frames = 0
        self.numbers = {}  # by id, for the tracer that is set through the C interface
        self.followers = {}

    def enter(self, frame, event, argument):
        """For `sys.settrace`."""
        code = frame.f_code
        if not is_followed(code):
            return None
        follower = frame.f_trace
        if not isinstance(follower, Follower):
            follower = Follower(self, self.frames)
            self.frames += 1
            word = "call" if at_start(frame) else "resume"
        else:
            word = "resume"
        follower.note(frame, word, code_name(code) if word == "call" else None)
        return follower

    def from_c(self, frame, event, argument):
        """For `PyEval_SetTrace`: the interpreter has one tracer then, and none for each frame."""
        code = frame.f_code
        if not is_followed(code):
            return
        key = id(frame)
        if event == "call":
            starts = at_start(frame)
            if starts or key not in self.followers:
                self.followers[key] = Follower(self, self.frames)
                self.frames += 1
            self.followers[key].note(
                frame, "call" if starts else "resume", code_name(code) if starts else None
            )
            return
        follower = self.followers.get(key)
        if follower is not None:
            follower(frame, event, argument)
            if event == "return" and self.events[-1][0] != "yield":
                del self.followers[key]


class Follower:
    """Follows one frame. It is held by the frame and holds nothing of it."""

    def __init__(self, lines, number):
        self.lines = lines
        self.number = number
        self.asked = None
        self.raised_at = None
        self.raised = []
        self.last_line = None
        self.paused = False

    def __call__(self, frame, event, argument):
        if event == "line":
            self.raised_at = None
            if self.paused:
                # Nobody says that a frame goes on because what it awaits has caught an exception.
                self.note(frame, "resume")
            self.last_line = frame.f_lineno
            self.note(frame, "line")
            line = shown_line(self.last_line)
            self.lines.times[line] += 1
            key = (line, self.lines.times[line])
            if key in self.lines.wanted:
                self.asked = key
        elif event == "exception":
            self.raised_at = frame.f_lasti
            if self.lines.all_moments:
                self.raised.append(in_a_copy(lambda: exception_text(argument[1])))
        elif event == "return":
            word = self.ending(frame, argument)
            payload = None
            if self.lines.all_moments:
                payload = self.raised if word == "raise" else described(argument)
            self.note(frame, word, payload)
            self.raised_at = None
            self.paused = word == "yield"
        return self

    def ending(self, frame, argument):
        """Whether a frame returns, pauses, or is left by an exception: the instruction tells."""
        at = frame.f_lasti
        code = frame.f_code.co_code
        name = operation(code, at)
        if name in ("RETURN_VALUE", "RETURN_CONST"):
            return "return"
        if not frame.f_code.co_flags & SUSPENDABLE or (argument is None and self.raised_at == at):
            return "raise"
        # Up to 3.10 `yield from` pauses before its instruction; from 3.13 on every pause is after it.
        before = operation(code, at + 2) == "YIELD_FROM"
        after = name == "RESUME" and operation(code, at - 2) == "YIELD_VALUE"
        return "yield" if name == "YIELD_VALUE" or before or after else "raise"

    def note(self, frame, word, payload=None):
        lines = self.lines
        self.paused = False
        line = frame.f_lineno
        if self.last_line is not None and (sys.version_info < (3, 10) or line is None):
            # A frame without a trace function of its own tells the line of its instruction there, and an
            # implicit return has any. What ends an `except*` that others leave has none.
            line = self.last_line
        lines.events.append([word, self.number, shown_line(line), payload])
        asked, self.asked = self.asked, None
        if asked is None and not lines.all_moments:
            return
        moment = len(lines.events) - 1

        def look():
            values = frame.f_locals
            if not frame.f_code.co_flags & OPTIMIZED and not isinstance(values, dict):
                # While a comprehension in a class body runs, 3.13 shows its variables in place of the class's.
                lines.send({"moment": moment, "asked": asked, "values": None, "free": []})
                return
            names = lines.wanted.get(asked, ()) if not lines.all_moments else list(values)
            texts = {name: described(values[name]) for name in names if name in values}
            # The namespace of a class holds its own names only, be they also those of an enclosing function.
            free = frame.f_code.co_freevars if frame.f_code.co_flags & OPTIMIZED else []
            lines.send({"moment": moment, "asked": asked, "values": texts, "free": free})

        in_a_copy(look)


def is_followed(code):
    if code.co_name == "<module>":
        return False
    if FILE is None:
        return code.co_filename == PROGRAM
    return code.co_filename == FILE and code.co_firstlineno in SHOWN


def shown_line(line):
    return line if FILE is None else SHOWN.get(line, 0)


def in_a_copy(look):
    """Calls a function in a forked process and waits; gives the text that it gives, if any."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        sys.settrace(None)
        try:
            text = look()
            if text is not None:
                os.write(writer, text.encode("utf-8", "backslashreplace")[:4000])
        finally:
            os._exit(0)
    os.close(writer)
    said = b""
    while part := os.read(reader, 4096):
        said += part
    os.close(reader)
    os.waitpid(child, 0)
    return said.decode("utf-8", "ignore")


def operation(code, at):
    return dis.opname[code[at]] if 0 <= at < len(code) else ""


def at_start(frame):
    """Whether a frame that is entered has not run yet: a generator's can be one that goes on."""
    at = frame.f_lasti
    if not frame.f_code.co_flags & SUSPENDABLE or at < 0:
        return True
    code = frame.f_code.co_code
    return operation(code, at) == "RESUME" and code[at + 1] & 3 == 0


def code_name(code):
    return getattr(code, "co_qualname", code.co_name)


def follow(lines):
    """Starts tracing; gives what stops it, and says whether it lasted until then."""
    if sys.version_info >= (3, 11):
        sys.settrace(lines.enter)

        def stop():
            lasted = sys.gettrace() == lines.enter
            sys.settrace(None)
            return lasted

        return stop
    words = {0: "call", 1: "exception", 2: "line", 3: "return"}
    signature = ctypes.PYFUNCTYPE(
        ctypes.c_int, ctypes.c_void_p, ctypes.py_object, ctypes.c_int, ctypes.c_void_p
    )

    @signature
    def tracer(_, frame, what, argument):
        if what in words:
            value = ctypes.cast(argument, ctypes.py_object).value if argument else None
            lines.from_c(frame, words[what], value)
        return 0

    # The function must live for as long as the interpreter calls it.
    lines.tracer = tracer
    set_trace = ctypes.pythonapi.PyEval_SetTrace
    set_trace.argtypes, set_trace.restype = [signature, ctypes.c_void_p], None
    set_trace(tracer, None)

    def stop():
        set_trace(signature(), None)
        return True

    return stop


# ------------------------------------------------------------------------------------------------
# One evaluation


def evaluate(group, lines):
    """Executes one call; gives how it ended and what it printed."""
    space = {}
    sys.stdout, sys.stderr, sys.stdin = io.StringIO(), io.StringIO(), io.StringIO()
    if group["package"] is not None:
        space = imported(group)
    else:
        exec(compile(group["program"], PROGRAM, "exec", dont_inherit=True), space)
    exec(compile(group["setup"], "<setup>", "exec", dont_inherit=True), space)
    code = compile(group["expression"], "<call>", "eval", dont_inherit=True)
    raw = io.BytesIO()
    sys.stdout = io.TextIOWrapper(raw, encoding="utf-8", newline="\n", write_through=True)
    stop = follow(lines) if lines is not None else lambda: True
    try:
        value = eval(code, space)
    except BaseException as error:
        lasted = stop()
        ended = ["raised", exception_text(error)]
    else:
        lasted = stop()
        ended = ["returned", described(value)]
    if not lasted:
        raise RuntimeError(LOST)
    return ended, raw.getvalue().decode("utf-8", "replace")


def imported(group):
    """Imports the module that a program is a part of; gives its names."""
    global FILE
    package = group["package"]
    FILE = os.path.join(package["folder"], package["path"])
    with open(FILE, encoding="utf-8-sig") as file:
        lines = file.read().split("\n")
    for number, (text, line) in enumerate(zip(group["program"].split("\n"), package["lines"]), 1):
        if line and lines[line - 1] != text:
            raise ValueError(f"line {number} is shown otherwise than line {line} of {package['path']}")
        if line:
            SHOWN[line] = number
    # After the standard library, and before what is installed on this machine under the same names.
    installed = [place for place, path in enumerate(sys.path) if path.endswith(("site-packages", "dist-packages"))]
    place = min(installed, default=len(sys.path))
    roots = [os.path.join(package["folder"], root).rstrip("/") for root in package["roots"]]
    sys.path[place:place] = roots + list(filter(None, [package["installed"]]))
    module = importlib.import_module(package["module"])
    if module.__file__ != FILE:
        raise ValueError(f"{package['module']} is installed here, too: check in an environment without it")
    return vars(module)


def in_a_process(group, limits, make_lines):
    """Evaluates in a forked process with limits. Gives what it said, message by message, or why not."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            os.setpgid(0, 0)
            confine(limits)

            def send(message):
                data = json.dumps(message).encode() + b"\n"
                while data:
                    data = data[os.write(writer, data) :]

            lines = make_lines(send)
            ended, printed = evaluate(group, lines)
            events = lines.events if lines is not None else []
            send({"ended": ended, "printed": printed, "events": events})
        except BaseException as error:
            send({"failed": f"{type(error).__name__}: {error}"[:300]})
        finally:
            os._exit(0)
    os.close(writer)
    said, in_time = read_until(reader, time.monotonic() + 4 * limits.seconds)
    os.close(reader)
    try:
        os.killpg(child, signal.SIGKILL)
    except OSError:
        pass
    _, status = os.waitpid(child, 0)
    messages = [json.loads(line) for line in said.splitlines() if line.endswith(b"}")]
    if messages and "ended" in messages[-1]:
        return messages, None
    if messages and "failed" in messages[-1]:
        return messages, messages[-1]["failed"]
    return messages, f"the process ended early (status {status})" if in_time else "it takes too long"


def read_until(reader, deadline):
    said = bytearray()
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([reader], [], [], left)[0]:
            return bytes(said), False
        part = os.read(reader, 1 << 16)
        if not part:
            return bytes(said), True
        said += part


def confine(limits):
    memory = limits.memory << 20
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(null, descriptor)


# ------------------------------------------------------------------------------------------------
# Judging


def check_group(group, limits):
    """[sample number, why it is false or None] for each sample of a program and an expression."""
    plain, failed = in_a_process(group, limits, lambda send: None)
    if failed is not None:
        return [[number, f"not executed: {failed}"] for number, _ in group["samples"]]
    ended, printed = plain[-1]["ended"], plain[-1]["printed"]
    verdicts, about_lines = [], []
    for number, sample in group["samples"]:
        if sample["kind"] in EXECUTED:
            verdicts.append([number, executed(sample, ended, printed)])
        else:
            about_lines.append((number, sample))
    # A look at every moment takes a process for each, so only where it is asked for.
    for samples, all_moments in (
        ([pair for pair in about_lines if pair[1]["kind"] != "trace"], False),
        ([pair for pair in about_lines if pair[1]["kind"] == "trace"], True),
    ):
        if not samples:
            continue
        wanted = wanted_states(samples)
        messages, failed = in_a_process(group, limits, lambda send: Lines(wanted, all_moments, send))
        if failed is None and messages[-1]["ended"] != ended:
            failed = f"watched, it ends with {messages[-1]['ended']}, otherwise with {ended}"
        for number, sample in samples:
            why = failed if failed is not None else traced(sample, Seen(messages))
            verdicts.append([number, why])
    return verdicts


def wanted_states(samples):
    wanted = {}
    for _, sample in samples:
        if sample["kind"] == "state":
            question = sample["question"]
            key = (question["line"], question["occurrence"])
            wanted.setdefault(key, []).append(question["variable"])
    return wanted


# ------------------------------------------------------------------------------------------------
# All samples


def read_exports(paths):
    for path in paths:
        files = sorted(path.rglob("*.jsonl")) if path.is_dir() else [path]
        for file in files:
            with open(file, encoding="utf-8") as rows:
                for row in rows:
                    sample = json.loads(row)
                    if sample["kind"] != "annotated":
                        yield sample


def grouped(samples, sources):
    """Samples of one program and one expression together; texts that decide nothing are let go."""
    groups, kept = {}, []
    texts = {}
    for sample in samples:
        expression = sample["call"]
        if sample["kind"] in ("input", "reach"):
            callee = sample["question"].get("callee") or sample["entry"]
            expression = f"{callee}({sample['answer']})"
        program = texts.setdefault(sample["program"], sample["program"])
        package = sources.package_of(sample)
        key = (program, sample["setup"], expression, json.dumps(package))
        group = groups.setdefault(
            key,
            {
                "program": program,
                "package": package,
                "setup": sample["setup"],
                "expression": expression,
                "samples": [],
            },
        )
        slim = {name: sample[name] for name in ("id", "kind", "question", "answer")}
        slim["from"] = sample["provenance"]["origin"] + " " + sample["provenance"]["path"]
        group["samples"].append((len(kept), slim))
        kept.append(slim)
    return list(groups.values()), kept


def every_answer(samples):
    """The samples, and one more for each further answer that is right too."""
    for sample in samples:
        yield sample
        for answer in sample.get("other_answers", ()):
            yield {**sample, "answer": answer}


def work(groups, limits):
    """Checks groups in processes, as many at once as there are jobs; yields verdicts.

    Each process reads its share from a file, and is a new one: a fork takes longer the more memory there
    is, and there are several for each sample.
    """
    rows = {}  # by descriptor: what was read of the next row
    processes = []
    for number in range(limits.jobs):
        share = tempfile.TemporaryFile()
        for group in groups[number :: limits.jobs]:
            share.write(json.dumps(group).encode() + b"\n")
        share.seek(0)
        command = [sys.executable, *("-S" for _ in range(sys.flags.no_site)), __file__, "--share"]
        command += ["--seconds", str(limits.seconds), "--memory", str(limits.memory)]
        processes.append(subprocess.Popen(command, stdin=share, stdout=subprocess.PIPE))
        rows[processes[-1].stdout.fileno()] = b""
    while rows:
        for ready in select.select(list(rows), [], [])[0]:
            part = os.read(ready, 1 << 16)
            *whole, rows[ready] = (rows[ready] + part).split(b"\n")
            for row in whole:
                yield from json.loads(row)
            if not part:
                del rows[ready]
    for process in processes:
        process.wait()


def check_share(limits):
    """What such a process does: groups come in, verdicts go out, line by line."""
    with open(os.dup(0), "rb") as groups, open(os.dup(1), "wb") as out:
        for group in groups:
            out.write(json.dumps(check_group(json.loads(group), limits)).encode() + b"\n")
            out.flush()


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("exports", nargs="*", type=pathlib.Path, help="JSONL files, or folders that hold some")
    parser.add_argument("--sources", type=pathlib.Path, help="a folder with the sources of programs in packages")
    parser.add_argument("--environments", type=pathlib.Path, help="a folder for what programs need")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at once")
    parser.add_argument("--seconds", type=int, default=20, help="CPU time of one evaluation")
    parser.add_argument("--memory", type=int, default=1024, help="address space of one evaluation, in MB")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--share", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.exports and not arguments.share:
        parser.error("name the exports to check")
    return arguments


def main():
    limits = parse_arguments()
    if limits.share:
        return check_share(limits)
    sources = Sources(limits.sources, limits.environments)
    groups, samples = grouped(every_answer(read_exports(limits.exports)), sources)
    held, false, lost, done = Counter(), [], Counter(), set()
    for number, why in work(groups, limits):
        sample = samples[number]
        done.add(number)
        if why is None:
            held[sample["kind"]] += 1
        elif why.endswith(LOST):
            lost[sample["kind"]] += 1
        else:
            false.append({**sample, "why": why[:2000]})
        if len(done) % 5000 == 0 and not limits.json:
            print(f"{len(done)} of {len(samples)}, {len(false)} false", file=sys.stderr, flush=True)
    for number in set(range(len(samples))) - done:
        false.append({**samples[number], "why": "it was not checked: a checking process ended"})
    false.sort(key=lambda sample: sample["id"])
    if limits.json:
        checked = Counter(sample["kind"] for sample in samples)
        print(json.dumps({"checked": checked, "held": held, "unwatched": lost, "wrong": false}))
    else:
        print_table(samples, held, lost, false)
    return 1 if false else 0


def print_table(samples, held, lost, false):
    checked = Counter(sample["kind"] for sample in samples)
    wrong = Counter(sample["kind"] for sample in false)
    print(f"{'kind':<10} {'checked':>9} {'held':>9} {'false':>7}")
    for kind in sorted(checked):
        print(f"{kind:<10} {checked[kind]:>9} {held[kind]:>9} {wrong[kind]:>7}")
    print(f"{'all':<10} {len(samples):>9} {sum(held.values()):>9} {len(false):>7}")
    if lost:
        print(f"not watched, since {LOST}: {', '.join(f'{count} {kind}' for kind, count in sorted(lost.items()))}")
    for sample in false:
        print(f"\n{sample['id']}  {sample['kind']}  {sample['from']}")
        print(f"  {sample['answer'][:500]!r}\n  {sample['why'][:500]}")


if __name__ == "__main__":
    sys.exit(main())
