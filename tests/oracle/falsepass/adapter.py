"""The judges, audited by falsepass: known-bad replies that pass, known-good ones that do not.

    python -m venv venv && venv/bin/pip install falsepass
    TRACESTONE=target/debug/tracestone venv/bin/python -m falsepass.runner tests/oracle/falsepass \
        -n 12 --out /tmp/falsepass --fail-on 'errors>0' --fail-on 'ceiling>0'

`TASK=cruxeval-input` audits the judge that executes inputs instead of the one that reads outputs, and
`TASK=exact` (or another judge that `own.py` has questions for) the judge of that name in a task of its own. Each
reply is scored by `tracestone score`, as a user would score it. It is no part of the tests that run by themselves.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from falsepass.adapter import Adapter
from falsepass.model import Completion, Example, Score

sys.path.insert(0, str(Path(__file__).resolve().parent))
from own import OWN, write  # noqa: E402

BINARY = str(Path(os.environ.get("TRACESTONE", "tracestone")).resolve())
TASK = os.environ.get("TASK", "cruxeval-output")

PROGRAMS = [
    ("def f(x):\n    return x * 3", "7", "21"),
    ("def f(x):\n    return [x, x + 1]", "4", "[4, 5]"),
    ("def f(s):\n    return s.upper()", "'ab c'", "'AB C'"),
    ("def f(s):\n    return s + '</think>'", "'a'", "'a</think>'"),
    ("def f(x):\n    return {'a': x, 'b': [x]}", "2", "{'a': 2, 'b': [2]}"),
    ("def f(x):\n    return x > 3", "5", "True"),
    ("def f(x):\n    return None", "1", "None"),
    ("def f(x):\n    return x / 4", "3", "0.75"),
    ("def f(x):\n    return (x, str(x))", "9", "(9, '9')"),
    ("def f(xs):\n    return set(xs)", "[1, 2, 2]", "{1, 2}"),
    ("def f(x):\n    return -x", "12", "-12"),
    ("def f(s):\n    return ''", "'q'", "''"),
]


class TracestoneScorer:
    """Scores replies with the program itself."""

    def __init__(self, folder: Path):
        self.folder = folder

    async def close(self) -> None:
        pass

    async def score(self, example: Example, completion: Completion) -> Score:
        text = completion
        if not isinstance(completion, str):
            said = [str(one.get("content") or "") for one in completion if one.get("role") == "assistant"]
            text = said[-1] if said else ""
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl", dir=self.folder, delete=False) as out:
            out.write(json.dumps({"item": example.key, "response": text}) + "\n")
        task = str(self.folder / "own.toml") if TASK in OWN else TASK
        command = [
            BINARY, "score", "--task", task, "--data", str(self.folder / "items.jsonl"), "--sample-id", example.key,
            "--responses", out.name, "--json", "--quiet",
        ]
        done = subprocess.run(command, capture_output=True, text=True)
        Path(out.name).unlink()
        if done.returncode != 0:
            return Score(reward=None, metrics={}, errors=[done.stderr[-500:]])
        scored = json.loads(done.stdout)["score"]
        return Score(reward=scored["accuracy"], metrics={}, errors=[])


class Judges(Adapter):
    name = "tracestone"

    def load(self, n, seed):
        folder = Path(tempfile.mkdtemp(prefix="falsepass-"))
        if TASK in OWN:
            examples = [Example(key, question, answer, {}) for key, question, answer in write(folder, TASK)]
            return TracestoneScorer(folder), random.Random(seed).sample(examples, min(n, len(examples)))
        rows, examples = [], []
        for number, (code, given, output) in enumerate(PROGRAMS):
            key = f"sample_{number}"
            rows.append(json.dumps({"id": key, "code": code, "input": given, "output": output}))
            if TASK == "cruxeval-input":
                prompt, answer = f"{code}\n\nassert f(??) == {output}", f"f({given})"
            else:
                prompt, answer = f"{code}\n\nassert f({given}) == ??", output
            examples.append(Example(key, prompt, answer, {}))
        (folder / "items.jsonl").write_text("\n".join(rows) + "\n")
        return TracestoneScorer(folder), random.Random(seed).sample(examples, min(n, len(examples)))

    def render(self, answer, example):
        return f"[ANSWER]{answer}[/ANSWER]"

    def wrong_answer(self, example):
        if TASK in OWN:
            return OWN[TASK][1]
        # Arguments that no program here takes, and a value that none gives.
        return "f(tracestone=0)" if TASK == "cruxeval-input" else "'no such value'"


ADAPTER = Judges()
