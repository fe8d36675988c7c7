#!/usr/bin/env python3
"""Measures `tracestone browse` with a million samples, made by varying those of a real store.

    python3 benches/browse.py BINARY STORE FOLDER [--samples 1000000] [--keep]

STORE must have the newest layout (`tracestone sample` brings it there) and is not changed. The store in FOLDER has copies
of all of its rows under other identifiers, each copy as files in a folder of its own, until it has enough samples. Measured
are: from the start of the command to its address, from there to the first page with its numbers and list, each filter
cold and the next page of it, and the largest memory of the process. A million samples take about 4 GB in FOLDER.
"""

import argparse
import hashlib
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import time
import urllib.request

# Tables in the order in which they refer to each other, with the columns that hold identifiers.
IDENTIFIERS = {
    "files": ["id"],
    "units": ["id", "file"],
    "programs": ["id", "unit", "file"],
    "program_texts": ["program"],
    "calls": ["id", "program"],
    "runs": ["id", "program", "call"],
    "samples": ["id", "program", "run", "file"],
    "sample_facts": ["id", "program"],
    "drops": ["owner"],
}
# Tables without numbers of rows, of which the first rows are kept beside.
WITHOUT = ("files", "program_texts", "sample_facts")
FILTERS = [
    "kind=state",
    "kind=state&kind=output&split=test",
    "easy=trivial&order=steps",
    "answer=0",
    "steps=21–50&origin=doctest&order=answer",
    "order=shuffled",
    "q=matrix",
    "q=range(",
]


def renamed(identifier, copy):
    """Another identifier for each copy, the same wherever it occurs."""
    if identifier is None or copy == 0:
        return identifier
    return hashlib.blake2b(identifier, digest_size=16, key=copy.to_bytes(4, "big")).digest()


def enlarge(path, wanted, slim):
    """Adds copies of all rows to a store until it has the wanted number of samples."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA journal_mode = MEMORY")
    db.execute("PRAGMA cache_size = -400000")
    db.create_function("renamed", 2, renamed, deterministic=True)
    indexes = db.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN "
        f"({', '.join(repr(table) for table in IDENTIFIERS)})"
    ).fetchall()
    for name, _ in indexes:
        db.execute(f"DROP INDEX {name}")
    counts = {table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in IDENTIFIERS}
    own = {table: db.execute(f"SELECT max(rowid) FROM {table}").fetchone()[0] for table in IDENTIFIERS if table not in WITHOUT}
    sources = {row[0] for row in db.execute("SELECT id FROM sources")}
    db.create_function("owner", 2, lambda owner, copy: owner if owner in sources else renamed(owner, copy))
    for table in WITHOUT:
        db.execute(f"CREATE TEMP TABLE first_{table} AS SELECT * FROM {table}")
    for copy in range(1, -(-wanted // counts["samples"])):
        for table, identifiers in IDENTIFIERS.items():
            columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            made = [selected(table, column, identifiers, slim) for column in columns]
            origin = f"first_{table}" if table in WITHOUT else table
            limit = f"WHERE rowid <= {own[table]}" if table in own else ""
            db.execute(f"INSERT INTO {table} SELECT {', '.join(made)} FROM {origin} {limit}", {"copy": copy} if made else {})
        db.commit()
    for _, sql in indexes:
        db.execute(sql)
    db.commit()
    db.close()


def selected(table, column, identifiers, slim):
    """The expression that gives a column of a copied row."""
    if table == "drops" and column == "owner":
        return "owner(owner, :copy)"
    if column in identifiers:
        return f"renamed({column}, :copy)"
    if slim and column in ("prompt_before", "prompt_after", "rationale"):
        return "''"
    if table == "files" and column == "path":
        return "'copy' || :copy || '/' || path"
    return column


class Server:
    """The command under measurement, with its wall and CPU time."""

    def __init__(self, binary, store, cache):
        self.start = time.perf_counter()
        environment = {**os.environ, "TRACESTONE_CACHE": str(cache)}
        command = [binary, "browse", "--store", store]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        self.address = self.process.stdout.readline().strip()
        self.rows = []

    def cpu(self):
        """Milliseconds of CPU time so far."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def fetch(self, name, *paths):
        """Adds a row for one or more requests; gives the last reply."""
        start, cpu = time.perf_counter(), self.cpu()
        for path in paths:
            with urllib.request.urlopen(self.address + path) as reply:
                body = reply.read()
        wall, cpu = 1000 * (time.perf_counter() - start), self.cpu() - cpu
        self.rows.append((name, f"{wall:.0f} ms", f"{cpu:.0f} ms"))
        return body


def started_again(binary, store, cache):
    """A row for the first page of a start whose numbers were counted before."""
    server = Server(binary, store, cache)
    try:
        server.fetch("first page, numbers and list, of a start whose numbers are known", "", "app.js", "api/overview", "api/story")
        server.fetch("first list, at once after that", "api/list?from=0&count=60")
        return server.rows
    finally:
        server.process.terminate()
        server.process.wait()


def measure(binary, store, cache):
    """Starts the server, asks it, and gives rows of a table: a name, wall time, CPU time of the server."""
    server = Server(binary, store, cache)
    try:
        server.rows.append(("address printed", f"{1000 * (time.perf_counter() - server.start):.0f} ms", f"{server.cpu():.0f} ms"))
        server.fetch("first page with its numbers, at once after the start", "", "app.js", "api/overview")
        server.fetch("first list, at once after that", "api/list?from=0&count=60")
        server.fetch("what was left out, and the way from functions to samples", "api/story")
        server.fetch("the first page again", "", "app.js", "api/overview", "api/story", "api/list?from=0&count=60")
        for query in FILTERS:
            quoted = urllib.request.quote(query, safe="=&")
            body = server.fetch(query, f"api/list?{quoted}&from=0&count=60")
            found = json.loads(body)
            name = f"filter `{query}`: {found['total']:,} samples"
            server.rows[-1] = (name, *server.rows[-1][1:])
            server.fetch("- a page in its middle", f"api/list?{quoted}&from={found['total'] // 2}&count=60")
            if found["lines"]:
                server.fetch("- its first sample, with its run", f"api/sample/{found['lines'][0]['id']}?{quoted}")
        status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
        peak = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024
        server.rows.append(("largest memory", f"{peak:.0f} MB", ""))
        return server.rows
    finally:
        server.process.terminate()
        server.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("store")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--keep", action="store_true", help="keep the large store, and use it if it is there")
    parser.add_argument("--slim", action="store_true", help="copies without prompts and rationales, which no list reads: a third of the disk")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    large = options.folder / "large.db"
    if not (options.keep and large.exists()):
        shutil.copyfile(options.store, large)
        enlarge(large, options.samples, options.slim)
    print(f"{large.stat().st_size / 1e9:.2f} GB")
    print("| request | wall | CPU |\n|---|---|---|")
    cache = options.folder / "cache"
    shutil.rmtree(cache, ignore_errors=True)
    for row in measure(options.binary, large, cache) + started_again(options.binary, large, cache):
        print(f"| {' | '.join(row)} |")
    if not options.keep:
        large.unlink()


if __name__ == "__main__":
    main()
