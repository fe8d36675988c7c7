#!/usr/bin/env python3
"""CRUXEval's leaderboard against ours: `cruxeval_leaderboard.py CRUXEVAL.jsonl FOLDER BINARY [PATTERN]`.

FOLDER holds the leaderboard's files (`evaluation_results` of crux-eval/crux-eval.github.io), each with a model's
generations and the verdicts that were published for them. Every verdict of `score --compat leaderboard` must be
the published one, but for answers whose verdict depends on the order of a set: these are counted apart. Where
one is not, `--compat repository` is tried: some files of 2024 were made with the scorer of the repository. The
tasks must give the benchmark's own answers everything, and answers that only look right nothing.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def run(command):
    begin = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout), time.monotonic() - begin


def compared(data, path, binary, version):
    """Verdicts, those that depend on the order of a set, items that differ, the pass@1 of both."""
    published = json.loads(path.read_text())
    task = "cruxeval-input" if "input" in path.name else "cruxeval-output"
    folder = Path(tempfile.mkdtemp())
    generations, verdicts = folder / "generations.json", folder / "verdicts.jsonl"
    generations.write_text(json.dumps(published["raw_generations"]))
    score, seconds = run([
        binary, "score", "--task", task, "--data", data, "--responses", str(generations),
        "--compat", version, "--verdicts", str(verdicts), "--json", "--quiet",
    ])
    ours = {row["item"]: row["compat"] for row in map(json.loads, verdicts.open())}
    theirs = published["raw_scored_generations"]
    count, order, differ = 0, 0, []
    for item, row in theirs.items():
        found = ours.get(item, [])
        count += len(row)
        order += found.count("set_order")
        equal = len(found) == len(row) and all(a == b or a == "set_order" for a, b in zip(found, row))
        if not equal:
            differ.append(item)
    return count, order, differ, 100 * score["compat"]["pass_at"]["1"], published["pass_at_1"], seconds


def main():
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    data, folder, binary = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    pattern = sys.argv[4] if len(sys.argv) > 4 else "*.json"
    failed, all_verdicts, all_order, all_differ = False, 0, 0, 0
    for path in sorted(folder.glob(pattern)):
        try:
            version = "leaderboard"
            found = compared(data, path, binary, version)
            if found[2]:
                other = compared(data, path, binary, "repository")
                if len(other[2]) < len(found[2]):
                    version, found = "repository", other
            count, order, differ, ours, theirs, seconds = found
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            print(f"{path.name}: not read: {error}")
            continue
        all_verdicts, all_order, all_differ = all_verdicts + count, all_order + order, all_differ + len(differ)
        print(
            f"{path.name}: {version}, {count} verdicts, {order} by the order of a set, {len(differ)} items differ "
            f"{differ[:5]}; pass@1 {ours:.4f} (published {theirs:.4f}); {seconds:.1f} s",
            flush=True,
        )
        failed |= bool(differ)
    print(f"{all_verdicts} verdicts, {all_order} by the order of a set, {all_differ} items differ")
    for task in ["cruxeval-output", "cruxeval-input"]:
        probes, _ = run([binary, "validate", task, "--data", data, "--json", "--quiet"])
        print(f"{task}: probes hold: {probes['holds']}")
        failed |= not probes["holds"]
    sys.exit(failed)


if __name__ == "__main__":
    main()
