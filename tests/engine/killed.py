#!/usr/bin/env python3
"""Runs of many requests against a real inference engine, killed in the middle and taken up again.

    python3 -m venv engine && engine/bin/pip install mistralrs numpy tokenizers safetensors
    engine/bin/python tests/engine/killed.py target/release/tracestone
    python3 tests/engine/killed.py target/release/tracestone --url http://127.0.0.1:8000/v1 --name MODEL

The first form serves the engine of `serve.py`, the second one asks a server that is there already and speaks OpenAI's
protocol; requests are counted by a relay before it. For `series-detector` and `series-prompter` it makes one run to its end,
another one that is killed (SIGKILL) twice, at a third and at two thirds, and taken up by the same command, and says whether the score is
the same and whether a request was sent again whose answer was already on disk. Decoding is greedy, since two runs that draw
could differ for that reason alone. Takes some minutes; what the model says is noise.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CONNECTIONS = 4
TASKS = {
    "series-detector": ["-T", "count=2", "-T", "points=260", "-T", "window=60", "--max-tokens", "16"],
    "series-prompter": ["-T", "count=3", "-T", "points=400", "-T", "samples=3", "--max-tokens", "48"],
}


def relay(url):
    """A server before another one, and the list of the bodies that went through it."""
    bodies = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            bodies.append(json.dumps(json.loads(body), sort_keys=True))
            path = self.path.split("/v1", 1)[-1]
            request = urllib.request.Request(url.rstrip("/") + path, body, {"content-type": "application/json"})
            try:
                with urllib.request.urlopen(request, timeout=600) as response:
                    status, payload = response.status, response.read()
            except urllib.error.HTTPError as error:
                status, payload = error.code, error.read()
            try:
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)
            except OSError:
                pass  # The client was killed.

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}/v1", bodies


def entries(folder):
    """The lines of the log; the last one may be cut by the kill."""
    found = []
    for path in folder.glob("*/answers.jsonl"):
        for line in path.read_text().splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                pass
    return found


def answered(folder):
    """Keys of the requests whose answer is on disk."""
    return Counter(json.dumps(one["key"]) for one in entries(folder) if isinstance(one.get("response"), dict) and "steps" not in one)


def scored(done):
    if done.returncode != 0:
        sys.exit(f"exit code {done.returncode}: {done.stderr}{done.stdout}")
    said = json.loads(done.stdout)
    return {"score": said["score"]["accuracy"], "statuses": said["score"]["statuses"],
            "measures": {one["name"]: one["value"] for one in said["measures"]}}


def killed_at(command, folder, bodies, count):
    """Starts the command and kills it once the server has seen so many requests; the number of answers it left."""
    before, process = len(bodies), subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while len(bodies) - before < count and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    time.sleep(2)  # What was on its way ends.
    return len(answered(folder / "killed"))


def check(binary, task, settings, url, name, bodies):
    folder = Path(tempfile.mkdtemp(prefix="engine-killed-"))
    command = [str(Path(binary).resolve()), "eval", task, *settings, "--json", "--quiet", "--temperature", "0",
               "--model", f"openai-api/engine/{name}", "--model-base-url", url, "--max-connections", str(CONNECTIONS)]
    run = lambda logs: subprocess.run([*command, "--log-dir", logs], cwd=folder, capture_output=True, text=True)
    begin = time.monotonic()
    whole = scored(run("whole"))
    total = len(bodies)
    took = time.monotonic() - begin
    bodies.clear()
    kept = [0]
    for count in (total // 3, total // 3):
        kept.append(killed_at([*command, "--log-dir", "killed"], folder, bodies, count))
    before_last = len(bodies)
    resumed = scored(run("killed"))
    sent, last = len(bodies), len(bodies) - before_last
    again = scored(run("killed"))
    facts = {
        "killed in the middle twice": 0 < kept[1] < kept[2] < total,
        "same score as undisturbed": resumed == whole,
        "every request answered once on disk": set(answered(folder / "killed").values()) == {1} and len(answered(folder / "killed")) == total,
        "the last run asked only what was not on disk": last == total - kept[2],
        "paid twice at most what was on its way at the kills": sent - total <= 2 * CONNECTIONS,
        "a fourth run asks nothing": len(bodies) == sent and again == whole,
    }
    unread = whole["measures"].get("unread")
    print(f"{task}: {total} requests in {took:.0f} s, {kept[1]} and {kept[2]} answers on disk at the kills, {sent} requests sent in all, "
          f"score {whole['score']}, share not read {unread}")
    for fact, holds in facts.items():
        print(f"  {'holds' if holds else 'FAILS'}: {fact}", flush=True)
    return all(facts.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("binary")
    parser.add_argument("--url", help="a server that is there already, up to and with /v1")
    parser.add_argument("--name", default="default", help="the model's name there")
    parser.add_argument("--task", choices=TASKS)
    given = parser.parse_args()
    url = given.url
    if url is None:
        import serve

        model = Path(tempfile.mkdtemp(prefix="tiny-llama-"))
        serve.make_model(model)
        server, _ = serve.serve(serve.Engine(model), 0)
        url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    good = True
    for task, settings in TASKS.items():
        if given.task in (None, task):
            before, bodies = relay(url)
            good = check(given.binary, task, settings, before, given.name, bodies) and good
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
