#!/usr/bin/env python3
"""Tracestone's licences beside ScanCode's: `licences.py BINARY REPOSITORY [REPOSITORY ...]`.

Runs in an environment with `scancode-toolkit` (`pip install scancode-toolkit 'pluggy<1.6'`). Each REPOSITORY
is a git repository on this machine. Its Python files are crawled by the BINARY and read by ScanCode, whose
verdict for a file is what it detects in the file, else what it detects in the licence files of the nearest
folder that has some; a file is permissive by ScanCode if every licence of the verdict is of the category
"Permissive" or "Public Domain", or one of each choice.

It prints, for each repository, how many files agree, and every other file with both verdicts and our
evidence, those first that we call permissive and ScanCode does not. It ends with 1 if there is one of these.
"""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from functools import lru_cache
from pathlib import Path

from licensedcode.cache import get_licenses_db, get_licensing
from scancode.api import get_licenses

PERMISSIVE = {"Permissive", "Public Domain", "CLA"}
NAMES = ("LICENSE", "LICENCE", "COPYING", "UNLICENSE", "COPYRIGHT")


def crawl(binary, repository, folder):
    """Path, expression, permissive and evidence of every file."""
    corpus, store = folder / "corpus.toml", folder / "store.db"
    corpus.write_text(
        f'name = "oracle"\n[[source]]\nkind = "git"\nurl = {json.dumps(str(repository))}\nrevision = "HEAD"\n'
    )
    command = [binary, "crawl", str(corpus), "--store", str(store), "--cache", str(folder / "cache")]
    subprocess.run(command, check=True, capture_output=True)
    with sqlite3.connect(store) as database:
        rows = database.execute("SELECT path, license, permissive, payload FROM files ORDER BY path")
        for path, license, permissive, payload in rows:
            yield path, license or "", bool(permissive), json.loads(payload)["license"]["evidence"]


def check_out(repository, folder):
    archive = subprocess.run(
        ["git", "-C", str(repository), "archive", "HEAD"], check=True, capture_output=True
    ).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)


@lru_cache(maxsize=None)
def detected(path):
    """ScanCode's expression for a file, in its own keys; empty where it detects nothing."""
    found = get_licenses(path)
    return found.get("detected_license_expression") or ""


def is_license_file(name):
    return any(word in name.upper() for word in NAMES) and not name.endswith(".py")


def by_scancode(root, path):
    own = detected(str(root / path))
    # A reference to the licence file, which ScanCode's command follows as well.
    if own and "unknown-license-reference" not in own:
        return own
    folder = (root / path).parent
    while True:
        names = sorted(os.listdir(folder))
        found = [detected(str(folder / name)) for name in names if is_license_file(name) and (folder / name).is_file()]
        found = [expression for expression in found if expression]
        if found:
            return " AND ".join(f"({expression})" for expression in found)
        if folder == root:
            return ""
        folder = folder.parent


def is_permissive(expression):
    if not expression:
        return False
    licenses = get_licenses_db()

    def holds(node):
        if getattr(node, "key", None) is not None:
            key = node.key
            # In a compound, what only points elsewhere says nothing.
            if key == "unknown-license-reference":
                return True
            return key in licenses and licenses[key].category in PERMISSIVE
        parts = [holds(part) for part in node.args]
        return any(parts) if node.operator.strip() == "OR" else all(parts)

    return holds(get_licensing().parse(expression, simple=False))


def spdx(expression):
    licenses = get_licenses_db()
    keys = get_licensing().license_keys(expression) if expression else []
    return {licenses[key].spdx_license_key for key in keys if key in licenses}


def compare(binary, repository):
    counts, differing = Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        root = folder / "tree"
        root.mkdir()
        check_out(repository, root)
        for path, license, permissive, evidence in crawl(binary, repository, folder):
            theirs = by_scancode(root, path)
            theirs_permissive = is_permissive(theirs)
            counts["files"] += 1
            if permissive == theirs_permissive:
                ours = set(license.replace("(", " ").replace(")", " ").split()) - {"AND", "OR", "WITH"}
                counts["same licences" if ours == spdx(theirs) else "same verdict, other licences"] += 1
                kind = "same"
            else:
                kind = "stricter" if theirs_permissive else "laxer"
                counts[kind] += 1
            if kind != "same" or ours != spdx(theirs):
                differing.append((kind != "laxer", kind, path, license, theirs, evidence))
    return counts, sorted(differing, key=lambda row: row[:3])


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    laxer = 0
    for repository in sys.argv[2:]:
        counts, differing = compare(sys.argv[1], Path(repository).resolve())
        laxer += counts["laxer"]
        print(f"{repository}: {json.dumps(counts)}")
        for _, kind, path, ours, theirs, evidence in differing:
            where = ", ".join(f"{e['path']}:{e.get('line', '')} {e['rule']}" for e in evidence)
            print(f"  {kind}: {path}: {ours or 'none'} ({where}); ScanCode {theirs or 'none'}")
    sys.exit(1 if laxer else 0)


if __name__ == "__main__":
    main()
