"""A taskset for verifiers 0.4 over an export.

In the environment's TOML::

    [env.taskset]
    id = "tracestone.verifiers"
    path = "dataset"
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, Iterator, Optional

import verifiers.v1 as vf

from tracestone import judge, load

STEPS = (
    "Work it out step by step: go through the run line by line and keep track of the values. End with the final "
    "answer alone, between [ANSWER] and [/ANSWER]."
)


class TracestoneData(vf.TaskData):
    """A question with what its judge needs, as JSON."""

    sample: str


class TracestoneTask(vf.Task[TracestoneData]):
    """One question, answered in one turn."""

    @vf.reward(weight=1.0)
    async def correct(self, trace: vf.Trace) -> float:
        """1 for a correct reply, 0 for any other."""
        verdict = await asyncio.to_thread(judge, self.data.sample, trace.last_reply or "")
        return verdict.reward

    async def validate(self, runtime: Any) -> bool:
        """True if the recorded answer is right and no answer is not."""
        sample = json.loads(self.data.sample)
        gold = f"[ANSWER]\n{sample['answer']}\n[/ANSWER]"
        right = await asyncio.to_thread(judge, sample, gold)
        return right.correct and not judge(sample, "").correct


class TracestoneConfig(vf.TasksetConfig):
    """The export to read."""

    path: str = "dataset"
    split: Optional[str] = "train"


class TracestoneTaskset(vf.Taskset[TracestoneTask, TracestoneConfig]):
    """The questions of an export, without prose, which has no judge."""

    def load(self) -> Iterator[TracestoneTask]:
        """The tasks in the order of the export's rows."""
        rows = load(self.config.path, self.config.split)
        judged = (row for row in rows if row["kind"] != "annotated")
        for index, row in enumerate(judged):
            data = TracestoneData(
                idx=index,
                name=row["id"],
                prompt=f"{row['prompt'].rstrip()}\n\n{STEPS}",
                system_prompt=row.get("system"),
                sample=json.dumps(row),
            )
            yield TracestoneTask(data, self.config.task)


__all__ = ["TracestoneTaskset"]
