"""Code-reasoning data whose every answer was executed: its judge, and rewards for trainers.

>>> import tracestone
>>> sample = {"kind": "output", "answer": "[1, 2]", "call": "f(1)"}
>>> tracestone.judge(sample, "So it is [ANSWER][1,2][/ANSWER]").correct
True
"""

from __future__ import annotations

from typing import Any, Mapping, Union

from ._load import load
from ._native import Verdict
from ._native import judge as _judge_text
from ._sandbox import binary, judge_executed

__all__ = ["Verdict", "binary", "judge", "load", "said"]
__version__ = "0.1.0"

Sample = Union[str, Mapping[str, Any]]


def judge(sample: Sample, response: str, *, truncated: bool = False) -> Verdict:
    """Judge a response to a sample.

    ``sample`` is a row of an export, as a mapping or as JSON, or the fields of it that decide: ``kind``, ``answer``,
    ``call``, and for ``input`` also ``program``, ``setup``, ``entry`` and ``question``. ``truncated`` says that the
    response ended at the limit of tokens. Thread-safe; text is judged without the interpreter's lock, and answers to
    ``input`` questions are executed in the sandbox by the command ``tracestone``.
    """
    verdict = _judge_text(sample, response, truncated)
    if verdict is None:
        verdict = judge_executed(sample, response, truncated)
    return verdict


def said(completion: Any) -> str:
    """The text of a completion: a string, or the last of a list of messages."""
    if isinstance(completion, str):
        return completion
    if isinstance(completion, Mapping):
        return said(completion.get("content") or "")
    if not completion:
        return ""
    last = completion[-1]
    if isinstance(last, Mapping) and "text" in last and "content" not in last:
        return "".join(part.get("text") or "" for part in completion)
    return said(last)
