"""The same verdict through all doors: `score`, `serve`, the Python module, and the rewards of trainers.

    pip install tracestone-*.whl verifiers==0.4.0 reasoning-gym==0.1.25
    pip install --no-deps trl==1.16.0 verl==0.9.1
    python tests/oracle/trainers.py STORE [TRACESTONE] [COUNT]

STORE is a built store, TRACESTONE the binary, COUNT the number of items (1,000). The wheel is that of `python/build.sh`.
Packages that are not there are named at the end. Of TRL and verl only what calls a reward function is looked at, since
torch is not needed for it: TRL calls it with the columns of the rows as lists, and verl loads it from its file.
"""

import asyncio
import collections
import importlib.util
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import tracestone
from tracestone import _sandbox

STORE = sys.argv[1]
BINARY = sys.argv[2] if len(sys.argv) > 2 else tracestone.binary()
COUNT = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
FORMATS = ("jsonl", "rl-trl", "rl-verl", "rl-nemo")
ATTACKS = [
    "", "pass", "```python\npass\n```", "assert f(3) == f(3)", "[ANSWER]1 or True[/ANSWER]",
    "[ANSWER]__import__('os').getpid()[/ANSWER]", "\ud83d [ANSWER]1[/ANSWER]", "<think>[ANSWER]1[/ANSWER]",
    "[ANSWER]" * 50, "[ANSWER]NaN[/ANSWER]", "The answer is 1.",
]


def export(folder, form, *more):
    out = folder / form
    command = [BINARY, "export", "--store", STORE, "--format", form, "--out", out, "--license-policy", "any", "-q"]
    subprocess.run([*command, *more], check=True, stdout=subprocess.DEVNULL)
    return {row_id(row): row for row in tracestone.load(out)}


def row_id(row):
    return row["id"] if "id" in row else row["extra_info"]["id"]


def items(rows):
    """(identifier, response) of COUNT samples: right, wrong, of another sample, and attacks."""
    chance = random.Random(1)
    judged = [row for row in rows.values() if row["kind"] != "annotated"]
    by_kind = collections.defaultdict(list)
    for row in judged:
        by_kind[row["kind"]].append(row)
    chosen = {}  # one response a sample, as `score` counts epochs
    while len(chosen) < min(COUNT, len(judged)):
        for kind in sorted(by_kind):
            row = chance.choice(by_kind[kind])
            other = chance.choice(by_kind[kind])["answer"]
            response = [
                f"Step by step.\n[ANSWER]\n{row['answer']}\n[/ANSWER]",
                f"[ANSWER]{other}[/ANSWER]",
                f"The answer is\n```\n{row['answer']}\n```",
                chance.choice(ATTACKS),
            ][len(chosen) % 4]
            chosen.setdefault(row["id"], response)
    return list(chosen.items())[:COUNT]


def by_score(folder, rows, asked):
    found = {}
    by_kind = collections.defaultdict(list)
    for sample, response in asked:
        by_kind[rows[sample]["kind"]].append((sample, response))
    for kind, some in by_kind.items():
        responses = folder / f"{kind}.responses.jsonl"
        with open(responses, "w") as out:
            for sample, response in some:
                print(json.dumps({"item": sample, "response": response}), file=out)
        verdicts = folder / f"{kind}.verdicts.jsonl"
        command = [
            BINARY, "score", "--task", kind, "--data", folder / "jsonl", "--split",
            "train,validation,test", "--sample-id", ",".join(sample for sample, _ in some), "--responses", responses,
            "--verdicts", verdicts, "-q",
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        for line in open(verdicts):
            line = json.loads(line)
            found[line["item"]] = line["verdicts"][0]
    return {sample: verdict_of(found[sample]) for sample, _ in asked}



def verdict_of(verdict):
    return verdict["status"], verdict["reason"], round(verdict["credit"], 9)


def post(url, path, body):
    request = urllib.request.Request(url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


class Serving:
    def __init__(self, *arguments):
        command = [BINARY, "serve", "--port", "0", "--json", "--until-stdin-ends", *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.url = json.loads(self.process.stdout.readline())["url"]

    def __enter__(self):
        return self.url

    def __exit__(self, *_):
        self.process.stdin.close()
        assert self.process.wait(60) == 0


def by_serve(folder, asked, nemo):
    found = {}
    with Serving("--data", str(folder / "jsonl")) as url:
        for sample, response in asked:
            found[sample] = verdict_of(post(url, "/judge", {"id": sample, "response": response}))
    with Serving() as url:
        for sample, response in asked:
            content = [{"type": "output_text", "text": response, "annotations": []}]
            output = [{"type": "message", "role": "assistant", "content": content}]
            row = {**nemo[sample], "response": {"id": "r", "object": "response", "output": output}}
            reply = post(url, "/verify", row)
            assert verdict_of(reply.pop("tracestone")) == found[sample], sample
            assert reply.pop("reward") == float(found[sample][0] == "correct")
            assert reply == row, "the reply echoes what came"
    return found


def by_python(rows, asked):
    found = {}
    for sample, response in asked:
        verdict = tracestone.judge(rows[sample], response)
        found[sample] = verdict.status, verdict.reason, round(verdict.credit, 9)
    return found


def by_trl(rows, asked):
    from tracestone.trl import reward

    columns = [key for key in next(iter(rows.values())) if key != "prompt"]
    rewards = {}
    for at in range(0, len(asked), 50):
        part = asked[at : at + 50]
        given = {key: [rows[sample][key] for sample, _ in part] for key in columns}
        rewards.update(zip(
            (sample for sample, _ in part),
            reward(
                prompts=[rows[sample]["prompt"] for sample, _ in part],
                completions=[[{"role": "assistant", "content": response}] for _, response in part],
                completion_ids=[[1] for _ in part], trainer_state=None, log_extra=print, log_metric=print, **given,
            ),
        ))
    return rewards


def by_verl(rows, asked):
    path = pathlib.Path(tracestone.__file__).parent / "verl.py"
    try:
        from verl.utils.import_utils import load_extern_object

        compute_score = load_extern_object(module_path=str(path), object_name="compute_score")
    except ImportError as error:
        print(f"  verl's loader cannot be imported ({error}); the file is loaded as it does")
        spec = importlib.util.spec_from_file_location("custom_module", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        compute_score = module.compute_score
    found = {}
    for sample, response in asked:
        row = rows[sample]
        found[sample] = compute_score(
            data_source=row["data_source"], solution_str=response, extra_info=row["extra_info"],
            ground_truth=row["reward_model"]["ground_truth"],
        )["score"]
    return found


def by_verifiers(folder, asked):
    import verifiers.v1 as vf
    from tracestone.verifiers import TracestoneConfig, TracestoneTaskset

    taskset = TracestoneTaskset(TracestoneConfig(path=str(folder / "jsonl"), split=None))
    tasks = {task.data.name: task for task in taskset.load()}

    async def score(sample, response):
        task = tasks[sample]
        trace = vf.Trace(
            task=vf.TraceTask(type="T", data=task.data), agent=vf.AgentInfo(config=vf.AgentConfig()),
            root_reply=response,
        )
        await task.score(trace, None)
        return trace.reward

    async def all_of_them():
        return {sample: await score(sample, response) for sample, response in asked}

    sound = asyncio.run(next(iter(tasks.values())).validate(None))
    assert sound, "the recorded answer is right"
    return asyncio.run(all_of_them())


def by_reasoning_gym(folder, asked):
    import reasoning_gym
    from tracestone.reasoning_gym import register

    register()
    count = sum(1 for row in tracestone.load(folder / "jsonl") if row["kind"] != "annotated")
    dataset = reasoning_gym.create_dataset("tracestone", path=str(folder / "jsonl"), split=None, seed=7, size=count)
    entries = {entry["metadata"]["id"]: entry for entry in dataset}
    return {sample: dataset.score_answer(response, entries[sample]) for sample, response in asked}


def measure(rows):
    literal = [row for row in rows.values() if row["kind"] in ("output", "state", "next_line", "count")][:2000]
    pairs = [(row, f"So it is\n[ANSWER]{row['answer']}[/ANSWER]") for row in literal]
    for what, samples in [("dicts", pairs), ("JSON", [(json.dumps(slim(row)), said) for row, said in pairs])]:
        judged, began = 0, time.process_time()
        while time.process_time() - began < 2:
            for row, said in samples:
                tracestone.judge(row, said)
            judged += len(samples)
        print(f"  {judged / (time.process_time() - began):,.0f} verdicts a CPU second on {what}")
    wrong = []

    def work():
        wrong.extend(row["id"] for row, said in pairs if not tracestone.judge(row, said).correct)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[:3]


def slim(row):
    return {key: row[key] for key in ("kind", "answer", "call")}


def main():
    missing = []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        rows, trl, verl, nemo = (export(folder, form) for form in FORMATS)
        asked = items(rows)
        truth = by_score(folder, rows, asked)
        print(f"{len(asked)} items by `score`: {collections.Counter(status for status, *_ in truth.values())}")
        full = {"serve": lambda: by_serve(folder, asked, nemo), "python": lambda: by_python(rows, asked)}
        for door, judge in full.items():
            differ = [sample for sample, verdict in judge().items() if verdict != truth[sample]]
            assert not differ, (door, differ[:3])
            print(f"{door}: the same status, reason and credit")
        rewards = {sample: float(status == "correct") for sample, (status, *_) in truth.items()}
        doors = {
            "trl": lambda: by_trl(trl, asked), "verl": lambda: by_verl(verl, asked),
            "verifiers": lambda: by_verifiers(folder, asked), "reasoning_gym": lambda: by_reasoning_gym(folder, asked),
        }
        for door, judge in doors.items():
            if importlib.util.find_spec(door) is None:
                missing.append(door)
                continue
            found = judge()
            differ = [sample for sample in rewards if found[sample] != rewards[sample]]
            assert not differ, (door, differ[:3])
            print(f"{door}: the same reward")
        measure(rows)
    if _sandbox._server is not None:
        _sandbox._server.stop()
    if missing:
        print(f"not checked, since not installed: {', '.join(missing)}")


if __name__ == "__main__":
    main()
