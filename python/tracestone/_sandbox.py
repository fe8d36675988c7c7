"""Answers that have to be executed, by the command in a process of its own."""

from __future__ import annotations

import atexit
import http.client
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
from pathlib import Path
from typing import Any, Mapping, Optional, Union

from ._native import Verdict

_TRIES = 600


class SandboxError(RuntimeError):
    """No verdict could be had of the sandbox."""


def binary() -> str:
    """The path of the command ``tracestone``: of the environment's ``TRACESTONE_BINARY``, beside this interpreter, or
    on the ``PATH``."""
    named = os.environ.get("TRACESTONE_BINARY")
    if named:
        return named
    folders = [sysconfig.get_path("scripts"), str(Path(sys.executable).parent)]
    if hasattr(sysconfig, "get_preferred_scheme"):
        folders.append(sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user")))
    found = shutil.which("tracestone", path=os.pathsep.join(folders)) or shutil.which("tracestone")
    if found is None:
        raise SandboxError(
            "the command `tracestone` was not found; set TRACESTONE_BINARY to its path"
        )
    return found


class _Server:
    """A server that was started for this process, and ends with it."""

    def __init__(self) -> None:
        command = [binary(), "serve", "--port", "0", "--until-stdin-ends", "--json", "--quiet"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        line = self.process.stdout.readline()
        if not line:
            raise SandboxError(f"`{' '.join(command)}` ended with {self.process.wait()}")
        self.address = json.loads(line)["url"].split("//")[1]
        self.local = threading.local()
        self.pid = os.getpid()
        atexit.register(self.stop)

    def stop(self) -> None:
        if os.getpid() == self.pid and self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()

    def ask(self, body: bytes) -> Any:
        """Status and body of the reply; once more where a connection was closed between two requests."""
        for last in (False, True):
            connection = getattr(self.local, "connection", None)
            if connection is None:
                connection = self.local.connection = http.client.HTTPConnection(self.address)
            try:
                headers = {"Content-Type": "application/json"}
                connection.request("POST", "/judge", body, headers)
                reply = connection.getresponse()
                return reply.status, reply.read()
            except (http.client.HTTPException, OSError):
                connection.close()
                self.local.connection = None
                if last:
                    raise
        raise AssertionError("the second try returns or raises")


_lock = threading.Lock()
_server: Optional[_Server] = None


def _running() -> _Server:
    global _server
    with _lock:
        server = _server
        # A process that was forked shares nothing with its parent's server.
        if server is None or server.pid != os.getpid() or server.process.poll() is not None:
            server = _server = _Server()
        return server


def judge_executed(
    sample: Union[str, Mapping[str, Any]], response: str, truncated: bool
) -> Verdict:
    """The verdict of a server on loopback, which runs the sandbox."""
    if isinstance(sample, str):
        sample = json.loads(sample)
    fields = ("id", "kind", "answer", "call", "language", "program", "setup", "entry", "question")
    body = json.dumps(
        {
            "sample": {name: sample[name] for name in fields if sample.get(name) is not None},
            "response": response,
            "truncated": truncated,
        },
        default=dict,
    ).encode()
    for _ in range(_TRIES):
        status, text = _running().ask(body)
        if status == 200:
            return Verdict.from_json(text.decode())
        if status != 503:
            break
        time.sleep(0.1)
    raise SandboxError(f"no verdict (status {status}): {text.decode(errors='replace')}")
