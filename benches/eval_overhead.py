#!/usr/bin/env python3
"""What a harness itself costs: the same items, the same local server, several harnesses side by side.

    cargo build --release && cargo build --release -p tracestone-eval --example mock-server
    python3 -m venv peers && peers/bin/pip install inspect-ai openai 'lm-eval[api]'
    python3 benches/eval_overhead.py --peers peers

The server (tests/mock) answers after --latency milliseconds and is pinned to one core, the harness to the
other. Every harness logs its samples, draws nothing, and asks the same prompts; which requests came, how
many at once and for how long is counted by the server. Runs are interleaved. Printed are, for each harness,
the median and range over --repeats runs of: seconds in all, seconds before the first and after the last
request, requests a second in between, most requests at once, CPU milliseconds an item, peak memory.
A peer that is not installed is left out, and named.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

INSPECT_TASK = """
from inspect_ai import Task, task
from inspect_ai.dataset import json_dataset
from inspect_ai.scorer import includes
from inspect_ai.solver import generate


@task
def items():
    return Task(dataset=json_dataset("items.jsonl"), solver=generate(), scorer=includes())
"""

LM_EVAL_TASK = """
task: items
dataset_path: json
dataset_kwargs:
  data_files: {data}
test_split: train
output_type: generate_until
doc_to_text: "{{{{input}}}}"
doc_to_target: "{{{{target}}}}"
generation_kwargs:
  until: []
  max_gen_toks: 2048
  do_sample: false
metric_list:
  - metric: exact_match
"""


def rows(count):
    """CRUXEval rows that no two are alike of."""
    for i in range(count):
        code = f"def f(text, number):\n    parts = text.split(',')\n    return len(parts) * number + {i}"
        yield {"id": f"sample_{i}", "code": code, "input": "'a,b,c', 2", "output": str(6 + i)}


class Server:
    """The mock server on a port of its own, on one core."""

    def __init__(self, args):
        command = [str(args.server), "--latency", str(args.latency)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, preexec_fn=lambda: pin(args.cores[0])
        )
        self.url = self.process.stdout.readline().strip()

    def stats(self):
        with urllib.request.urlopen(self.url + "/stats") as answer:
            return json.load(answer)

    def stop(self):
        self.process.kill()
        self.process.wait()


def pin(core):
    os.sched_setaffinity(0, {core})


def measure(args, command, folder, environment):
    """One run of one harness against a fresh server: what it took and what the server saw."""
    server = Server(args)
    try:
        command = [part.replace("{url}", server.url) for part in command]
        log = open(folder / "output.txt", "w")
        begin = time.monotonic()
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | environment, stdout=log, stderr=log,
            preexec_fn=lambda: pin(args.cores[1]),
        )
        first = None
        while first is None and process.poll() is None:
            if server.stats()["requests"]:
                first = time.monotonic() - begin
            time.sleep(0.002)
        # poll() would reap the process before its usage can be read.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - begin
        stats = server.stats()
    finally:
        server.stop()
    if os.waitstatus_to_exitcode(status) != 0 or stats["distinct"] != args.items:
        sys.exit(f"{command[0]} failed, or did not ask {args.items} items: {stats}; see {log.name}")
    cpu = usage.ru_utime + usage.ru_stime
    return {
        "seconds": wall,
        "before": (first or 0.0) - args.latency / 1000,
        "after": wall - (first or 0.0) - stats["seconds"],
        "requests/s": stats["answered"] / stats["seconds"],
        "at once": stats["peak"],
        "CPU ms/item": 1000 * cpu / args.items,
        "peak MB": usage.ru_maxrss / 1024,
        "asked twice": stats["answered_twice"],
    }


def harnesses(args, folder):
    """Names, commands and environments of what is installed."""
    connections = str(args.connections)
    yield "tracestone", [
        str(args.tracestone), "eval", "cruxeval-output", "--data", "rows.jsonl", "--log-dir", "logs", "--quiet",
        "--model", "openai-api/local/mock", "--model-base-url", "{url}", "--max-connections", connections,
    ], {}
    peers = args.peers.resolve() / "bin" if args.peers else None
    for name, program in [("inspect_ai", "inspect"), ("lm-eval", "lm_eval")]:
        if peers is None or not (peers / program).exists():
            print(f"{name} is not installed in --peers; it is left out")
    if peers and (peers / "inspect").exists():
        (folder / "task.py").write_text(INSPECT_TASK)
        common = [
            str(peers / "inspect"), "eval", "task.py", "--model", "openai-api/local/mock",
            "--model-base-url", "{url}/v1", "--display", "none", "--log-dir", "inspect-logs",
        ]
        environment = {"LOCAL_API_KEY": "none", "INSPECT_DISPLAY": "none"}
        yield "inspect_ai, defaults", common, environment
        tuned = [*common, "--max-connections", connections, "--no-log-realtime"]
        yield "inspect_ai, tuned", tuned, environment
    if peers and (peers / "lm_eval").exists():
        (folder / "tasks").mkdir()
        (folder / "tasks" / "items.yaml").write_text(LM_EVAL_TASK.format(data=folder / "items.jsonl"))
        yield "lm-eval", [
            str(peers / "lm_eval"), "--model", "local-chat-completions", "--model_args",
            f"model=mock,base_url={{url}}/v1/chat/completions,num_concurrent={connections},tokenized_requests=False",
            "--tasks", "items", "--include_path", "tasks", "--apply_chat_template", "--output_path", "lm-eval-logs",
            "--log_samples",
        ], {"OPENAI_API_KEY": "none", "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}


def start_up(args):
    """Milliseconds of the shortest command."""
    times = []
    for _ in range(20):
        begin = time.monotonic()
        subprocess.run([str(args.tracestone), "--version"], stdout=subprocess.DEVNULL, check=True)
        times.append(1000 * (time.monotonic() - begin))
    return statistics.median(times)


def prompts(args, folder):
    """The prompts that tracestone asks, for the others to ask too."""
    subprocess.run(
        [str(args.tracestone), "eval", "cruxeval-output", "--data", "rows.jsonl", "--log-dir", "made",
         "--model", "mock/oracle", "--quiet", "--json"],
        cwd=folder, check=True, stdout=subprocess.DEVNULL,
    )
    asked = next((folder / "made").glob("*/items.jsonl"))
    with open(folder / "items.jsonl", "w") as out:
        for line in open(asked):
            row = json.loads(line)
            item = {"id": row["item"]["id"], "input": row["messages"][-1]["content"], "target": row["item"]["answer"]}
            out.write(json.dumps(item) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tracestone", type=Path, default=ROOT / "target/release/tracestone")
    parser.add_argument("--server", type=Path, default=ROOT / "target/release/examples/mock-server")
    parser.add_argument("--peers", type=Path, help="a virtual environment with the other harnesses")
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--latency", type=int, default=50, help="milliseconds")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    for name in ["tracestone", "server"]:
        path = getattr(args, name).resolve()
        if not path.exists():
            sys.exit(f"{path} is not there; build it first: see the top of this file")
        setattr(args, name, path)
    cores = sorted(os.sched_getaffinity(0))
    args.cores = (cores[0], cores[-1])

    folder = Path(tempfile.mkdtemp(prefix="eval-overhead-"))
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows(args.items)))
    prompts(args, folder)
    found = list(harnesses(args, folder))
    results = {name: [] for name, _, _ in found}
    for _ in range(args.repeats):
        for name, command, environment in found:
            for logs in ["logs", "inspect-logs", "lm-eval-logs"]:
                shutil.rmtree(folder / logs, ignore_errors=True)
            results[name].append(measure(args, command, folder, environment))
    ceiling = args.connections / (args.latency / 1000) if args.latency else float("inf")
    print(f"{args.items} items, {args.latency} ms latency, {args.connections} connections, {args.repeats} runs each")
    print(f"ceiling {ceiling:.0f} requests/s; tracestone --version takes {start_up(args):.1f} ms")
    for name, runs in results.items():
        print(name)
        for key in runs[0]:
            values = [run[key] for run in runs]
            middle, low, high = statistics.median(values), min(values), max(values)
            print(f"  {key:12} {middle:10.2f}   ({low:.2f} to {high:.2f})")
    shutil.rmtree(folder)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    main()
