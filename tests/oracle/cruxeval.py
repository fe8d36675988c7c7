#!/usr/bin/env python3
"""CRUXEval's published verdicts against ours: `cruxeval.py FOLDER BINARY`.

FOLDER holds the benchmark's cruxeval.jsonl and, for the output and the input side, a model's generations
and the file of verdicts that was published for them (*_output.generations.json, *_output.scored.json ..).
Every verdict of `score --compat leaderboard` must be the published one, and so must the published pass@1 and pass@5; the
tasks must give the benchmark's own answers everything and answers that only look right nothing.
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


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder, binary = Path(sys.argv[1]), sys.argv[2]
    data = str(folder / "cruxeval.jsonl")
    failed = False
    for side in ["output", "input"]:
        task = f"cruxeval-{side}"
        generations = str(next(folder.glob(f"*_{side}.generations.json")))
        published = json.loads(next(folder.glob(f"*_{side}.scored.json")).read_text())
        verdicts = Path(tempfile.mkdtemp()) / "verdicts.jsonl"
        score, seconds = run([
            binary, "score", "--task", task, "--data", data, "--responses", generations,
            "--compat", "leaderboard", "--verdicts", str(verdicts), "--json", "--quiet",
        ])
        ours = {row["item"]: row["compat"] for row in map(json.loads, verdicts.open())}
        theirs = published["raw_scored_generations"]
        count = sum(len(row) for row in theirs.values())
        differ = [item for item in theirs if ours.get(item) != theirs[item]]
        numbers = [score["compat"]["pass_at"][k] for k in ("1", "5")]
        known = [published[f"pass_at_{k}"] / 100 for k in (1, 5)]
        same = all(abs(a - b) < 1e-9 for a, b in zip(numbers, known, strict=True))
        strict = score["score"]["accuracy"]
        probes, _ = run([binary, "validate", task, "--data", data, "--json", "--quiet"])
        print(
            f"{task}: {count} verdicts, {len(differ)} items differ; pass@1 {100 * numbers[0]:.4f}, "
            f"pass@5 {100 * numbers[1]:.4f} (published {100 * known[0]:.4f}, {100 * known[1]:.4f}); "
            f"strict {100 * strict:.4f}; {seconds:.1f} s; probes hold: {probes['holds']}"
        )
        failed |= bool(differ) or not same or not probes["holds"]
    sys.exit(failed)


if __name__ == "__main__":
    main()
