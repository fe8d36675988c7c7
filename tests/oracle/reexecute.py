"""Re-executes exported samples in plain CPython, with nothing of Tracestone involved.

    python3 reexecute.py FILE.jsonl [FILE.jsonl ...]

reads exported records, does exactly what a record promises - exec(program), exec(setup), eval(call) -
and compares every answer with what happens. It prints one JSON object: how many answers were
checked by kind, and the ones that do not hold. It uses no sandbox: give it only exports of code
that you would run anyway.
"""

import ast
import contextlib
import dis
import io
import json
import os
import sys
from collections import Counter

PROGRAM = "<the program>"


def same(left, right):
    """Equality of Python values that tells 1 from True and 1.0, and 0.0 from -0.0."""
    if type(left) is not type(right):
        return False
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return (
            len(left) == len(right)
            and all(key in right and same(value, right[key]) for key, value in left.items())
            and all(any(same(key, other) for other in right) for key in left)
        )
    if isinstance(left, (set, frozenset)):
        return left == right and all(any(same(a, b) for b in right) for a in left)
    if isinstance(left, float):
        return repr(left) == repr(right)
    return left == right


def literal(text):
    return set() if text == "set()" else ast.literal_eval(text)


class Recorder:
    """Keeps the line events of the program's frames and the locals asked for."""

    def __init__(self, wanted_states):
        self.wanted = wanted_states  # {(line, occurrence): {variable, ..}}
        self.path = []
        self.successors = {}  # (line, occurrence) -> next line of the frame, "return" or "raise"
        self.states = {}  # (line, occurrence, variable) -> [value as text] or []
        self.seen = Counter()
        self.last = {}  # frame -> (line, occurrence) whose effect is not yet seen
        self.waiting = {}  # frame -> (line, occurrence) whose next line is not yet seen

    def trace(self, frame, event, argument):
        if frame.f_code.co_filename != PROGRAM or frame.f_code.co_name == "<module>":
            return None
        if event in ("line", "return"):
            self.effect(frame)
        if event == "line":
            self.line(frame)
        elif event == "return":
            self.leave(frame)
        return self.trace

    def effect(self, frame):
        """The frame's next event after a line: now the line's effect can be seen."""
        key = self.last.pop(frame, None)
        for variable in self.wanted.get(key, ()):
            place = frame.f_locals
            self.states[(*key, variable)] = [repr(place[variable])] if variable in place else []

    def line(self, frame):
        number = frame.f_lineno
        self.seen[number] += 1
        key = (number, self.seen[number])
        if frame in self.waiting:
            self.successors[self.waiting[frame]] = str(number)
        self.path.append(number)
        self.last[frame] = key
        self.waiting[frame] = key

    def leave(self, frame):
        if frame in self.waiting:
            # A generator that pauses here may go on; a later line event then corrects this.
            code = dis.opname[frame.f_code.co_code[frame.f_lasti]]
            left_by_itself = code.startswith(("RETURN", "YIELD"))
            self.successors[self.waiting[frame]] = "return" if left_by_itself else "raise"


def run(program, setup, expression, wanted_states):
    """Executes one call; gives outcome, printed text and recorder."""
    space = {}
    recorder = Recorder(wanted_states)
    printed = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(program, PROGRAM, "exec"), space)
        exec(compile(setup, "<setup>", "exec"), space)
        code = compile(expression, "<call>", "eval")
    with contextlib.redirect_stdout(printed):
        sys.settrace(recorder.trace)
        try:
            outcome = ("returned", eval(code, space))
        except BaseException as error:
            outcome = ("raised", error)
        finally:
            sys.settrace(None)
    return outcome, printed.getvalue(), recorder


def exception_text(error):
    message = str(error)
    name = type(error).__name__
    return f"{name}: {message}" if message else name


def observed(sample, outcome, printed, recorder):
    """What the run says to a sample's question, and whether the answer agrees."""
    kind, question, answer = sample["kind"], sample["question"], sample["answer"]
    key = (question.get("line"), question.get("occurrence"))
    how, value = outcome
    if kind == "output":
        if how != "returned":
            return exception_text(value), False
        if question.get("stream") == "stdout":
            return printed, same(literal(answer), printed)
        return repr(value), same(literal(answer), value)
    if kind == "input":
        if how != "returned":
            return exception_text(value), False
        return repr(value), same(literal(question["output"]), value)
    if kind == "exception":
        return exception_text(value), how == "raised" and exception_text(value) == answer
    if kind == "state":
        found = recorder.states.get((*key, question["variable"]), [])
        return found, bool(found) and same(literal(answer), literal(found[0]))
    if kind == "next_line":
        found = recorder.successors.get(key)
        return found, found == answer
    if kind == "path":
        return recorder.path, literal(answer) == recorder.path
    if kind == "coverage":
        return sorted(set(recorder.path)), literal(answer) == sorted(set(recorder.path))
    if kind == "count":
        found = recorder.seen[question["line"]]
        return found, answer == str(found)
    if kind == "trace":
        found = [number for number in recorder.path]
        return found, trace_lines(answer) == found
    raise ValueError(f"no check for kind {kind}")


def trace_lines(text):
    """The line events of a trace answer; its full grammar is checked by `tracestone verify`."""
    events = [line.split() for line in text.splitlines() if not line.startswith("  ")]
    return [int(event[2]) for event in events if event[0] == "line"]


def check_group(samples):
    first = samples[0]
    wanted = {}
    for sample in samples:
        if sample["kind"] == "state":
            question = sample["question"]
            key = (question["line"], question["occurrence"])
            wanted.setdefault(key, set()).add(question["variable"])
    expression = first["call"]
    if first["kind"] == "input":
        expression = f"{first['question']['callee']}({first['answer']})"
    outcome, printed, recorder = run(first["program"], first["setup"], expression, wanted)
    for sample in samples:
        found, holds = observed(sample, outcome, printed, recorder)
        yield sample, found, holds


def groups(records):
    together = {}
    for sample in records:
        if sample["kind"] == "annotated":
            continue
        own = sample["id"] if sample["kind"] == "input" else ""
        key = (sample["program"], sample["setup"], sample["call"], own)
        together.setdefault(key, []).append(sample)
    return together.values()


def check_in_child(samples):
    """Checks in a forked process, so that one program cannot change what the next one sees."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        with open(writer, "w") as out:
            for sample, found, holds in check_group(samples):
                row = [sample["id"], sample["kind"], holds, sample["answer"], str(found)[:500]]
                out.write(json.dumps(row) + "\n")
        os._exit(0)
    os.close(writer)
    with open(reader) as lines:
        rows = [json.loads(line) for line in lines]
    os.waitpid(child, 0)
    missing = {sample["id"] for sample in samples} - {row[0] for row in rows}
    rows += [[id, "?", False, "", "the process ended before this was checked"] for id in missing]
    return rows


def main(paths):
    records = []
    for path in paths:
        with open(path, encoding="utf-8") as lines:
            records += [json.loads(line) for line in lines]
    checked, wrong = Counter(), []
    for samples in groups(records):
        for id, kind, holds, answer, found in check_in_child(samples):
            checked[kind] += 1
            if not holds:
                wrong.append({"id": id, "kind": kind, "answer": answer, "found": found})
    print(json.dumps({"checked": dict(sorted(checked.items())), "wrong": wrong}))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
