#!/usr/bin/env python3
"""Disturbs a build at random and compares what comes of it with an undisturbed one.

Children, interpreters and the tool itself are killed (SIGKILL) and stopped (SIGSTOP) at random moments. What
must hold:

- the store has the same runs, samples and drops, and the export is the same byte for byte;
- nothing that the build started is left running, also right after the tool itself was killed;
- nothing is waited for longer than the documented limits: whenever the tool is alive and was not stopped, a new
  child starts within LIMIT seconds;
- it comes to an end.

    cargo build
    python3 tests/chaos/run.py --binary target/debug/tracestone

Standard library only; Linux. The random numbers come from --seed, the moments from the machine.
"""

import argparse
import collections
import hashlib
import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

# Seconds: what an interpreter may take to answer (10), and to be started again on a busy machine.
LIMIT = 20
# How long something may take to end once the tool is gone.
END = 10

PROGRAM = '''

def walk_{n}(steps):
    """Walks.

    >>> walk_{n}(40)
    {result}
    """
    place = {n}
    for step in range(steps):
        if step % 3 == 0:
            place += step
    return place


def letters_{n}(text):
    """Which letters there are.

    >>> letters_{n}('abca')
    3
    """
    seen = {{letter for letter in text if letter != '{letter}'}}
    return len(seen) + {n} - {n}


def spin_{n}(count):
    """Has no end.

    >>> spin_{n}(1)
    1
    """
    while True:
        count += {n} + 1


def fail_{n}(items):
    """Fails.

    >>> fail_{n}([1])
    Traceback (most recent call last):
    IndexError: list index out of range
    """
    return items[{n} + 1]
'''


def main():
    arguments = parser().parse_args()
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory(prefix="tracestone-chaos-") as folder:
        bench = Bench(pathlib.Path(folder), arguments)
        started = time.monotonic()
        bench.build("calm.db").wait()
        calm = time.monotonic() - started
        expected = bench.contents("calm.db")
        print(f"undisturbed: {calm:.1f} s, {expected['counts']}", flush=True)
        chaos = Chaos(bench, chance, arguments)
        started = time.monotonic()
        chaos.run("chaos.db", deadline=calm * 10 + arguments.disturbances * 10)
        taken = time.monotonic() - started
        got = bench.contents("chaos.db")
    problems = chaos.problems
    for what in expected:
        if expected[what] != got[what]:
            problems.append(f"{what} differ: {expected[what]}, disturbed {got[what]}")
    if sum(chaos.acts.values()) < arguments.disturbances:
        problems.append("the build ended before it was disturbed often enough; take more --programs")
    acts = ", ".join(f"{count} {act}" for act, count in sorted(chaos.acts.items()))
    print(f"disturbed: {taken:.1f} s, {sum(chaos.acts.values())} times ({acts})")
    print(f"longest time without a new child: {chaos.longest:.1f} s")
    for problem in problems:
        print(f"PROBLEM: {problem}")
    print("the same bytes, nothing left running" if not problems else "NOT as an undisturbed build")
    return 1 if problems else 0


def parser():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default="target/debug/tracestone", help="the tool")
    parser.add_argument("--python", help="the interpreter that programs run in")
    parser.add_argument("--programs", type=int, default=1100, help="functions in the corpus, by four")
    parser.add_argument("--disturbances", type=int, default=100, help="how often the build is disturbed")
    parser.add_argument("--seed", type=int, default=0)
    return parser


class Bench:
    """A folder with a corpus, and what is done in it."""

    def __init__(self, folder, arguments):
        self.folder = folder
        self.binary = str(pathlib.Path(arguments.binary).resolve())
        self.more = ["--python", arguments.python] if arguments.python else []
        source = folder / "source"
        source.mkdir()
        (source / "LICENSE").write_text("SPDX-License-Identifier: MIT\n")
        for start in range(0, arguments.programs, 50):
            text = "# SPDX-License-Identifier: MIT\n"
            for n in range(start, min(start + 50, arguments.programs)):
                text += PROGRAM.format(n=n, result=n + 273, letter=chr(ord("d") + n % 20))
            (source / f"walks_{start}.py").write_text(text)
        corpus = 'name = "chaos"\n\n[split]\ngroup_by = "file"\n\n[[source]]\nkind = "dir"\npath = "source"\n'
        (folder / "corpus.toml").write_text(corpus)

    def build(self, store):
        command = [self.binary, "build", "corpus.toml", "--store", store, "--jobs", "2", *self.more]
        with open(self.folder / f"{store}.log", "ab") as log:
            return subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)

    def contents(self, store):
        """What there is to compare: counts, and hashes of rows and of the export."""
        out = self.folder / f"out-{store}"
        command = [self.binary, "export", "--all", "--store", store, "--license-policy", "any", "--out", str(out)]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:
            log = (self.folder / f"{store}.log").read_text(errors="replace")
            sys.exit(f"the export of {store} failed: {done.stderr}\n{log[-2000:]}")
        export = hashlib.sha256()
        for path in sorted(out.rglob("*")):
            if path.is_file():
                export.update(str(path.relative_to(out)).encode() + b"\0" + path.read_bytes())
        rows = sqlite3.connect(self.folder / store)
        found = {"counts": json.dumps(dict(rows.execute("SELECT outcome, count(*) FROM runs GROUP BY 1 ORDER BY 1")))}
        for table in ("runs", "samples", "drops", "done"):
            hashed = hashlib.sha256()
            for row in sorted(rows.execute(f"SELECT * FROM {table}"), key=repr):
                hashed.update(repr(row).encode())
            found[table] = hashed.hexdigest()[:16]
        found["export"] = export.hexdigest()[:16]
        return found


Process = collections.namedtuple("Process", "id parent state started")


def processes():
    """All processes, by number."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    fields = file.read().rpartition(b") ")[2].split()
            except OSError:
                continue
            found[int(name)] = Process(int(name), int(fields[1]), fields[0], int(fields[19]))
    return found


class Chaos:
    """Disturbs one build until it has ended."""

    def __init__(self, bench, chance, arguments):
        self.bench = bench
        self.chance = chance
        self.left = arguments.disturbances
        self.acts = collections.Counter()
        self.problems = []
        self.longest = 0.0
        # All that the builds started: numbers with times of start.
        self.seen = set()

    def run(self, store, deadline):
        end = time.monotonic() + deadline
        build = self.bench.build(store)
        self.progress = time.monotonic()
        next_act = time.monotonic() + 0.5
        while True:
            if build.poll() is not None:
                if build.returncode == 0:
                    break
                if build.returncode != -signal.SIGKILL:
                    log = (self.bench.folder / f"{store}.log").read_text(errors="replace")
                    said = log.strip().splitlines()[-3:]
                    self.problems.append(f"the build ended with {build.returncode}: {said}")
                    break
                self.gone("after the tool was killed")
                build = self.bench.build(store)
                self.progress = time.monotonic()
            now = time.monotonic()
            if now > end:
                self.problems.append(f"it did not end within {deadline:.0f} seconds")
                build.kill()
                build.wait()
                break
            interpreters, children = self.look(build.pid)
            waited = now - self.progress
            self.longest = max(self.longest, waited)
            if waited > LIMIT:
                self.problems.append(f"nothing moved for {waited:.0f} seconds")
                self.progress = now
            if now > next_act and self.left > 0 and children:
                self.disturb(build, interpreters, children)
                next_act = time.monotonic() + self.chance.uniform(0.1, 0.9)
            time.sleep(0.005)
        self.gone("at the end")

    def look(self, tool):
        """The interpreters and their children; notes new ones."""
        all_processes = processes()
        below = collections.defaultdict(list)
        for process in all_processes.values():
            below[process.parent].append(process)
        interpreters = below[tool]
        children = [child for one in interpreters for child in below[one.id]]
        now = {(one.id, one.started) for one in interpreters + children if one.state != b"Z"}
        if now - self.seen:
            self.progress = time.monotonic()
        self.seen |= now
        return interpreters, children

    def disturb(self, build, interpreters, children):
        victims = {"child": children, "interpreter": interpreters, "tool": None}
        kind = self.chance.choices(list(victims), [45, 45, 10])[0]
        act = self.chance.choice([signal.SIGKILL, signal.SIGSTOP])
        self.left -= 1
        self.acts[f"{act.name} of {'the' if kind == 'tool' else 'a'} {kind}"] += 1
        if kind == "tool":
            build.send_signal(act)
            if act == signal.SIGSTOP:
                time.sleep(self.chance.uniform(0.1, 2.0))
                build.send_signal(signal.SIGCONT)
                self.progress = time.monotonic()
            else:
                build.wait()
            return
        try:
            os.kill(self.chance.choice(victims[kind]).id, act)
        except ProcessLookupError:
            pass

    def gone(self, when):
        """Notes what the build has left running."""
        end = time.monotonic() + END
        while True:
            running = {(one.id, one.started) for one in processes().values() if one.state != b"Z"}
            left = running & self.seen
            if not left:
                return
            if time.monotonic() > end:
                self.problems.append(f"{when}, still running: {sorted(left)}")
                return
            time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(main())
