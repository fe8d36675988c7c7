"""A dataset of reasoning-gym over an export.

>>> tracestone.reasoning_gym.register()
>>> dataset = reasoning_gym.create_dataset("tracestone", path="dataset", size=100, seed=1)
>>> dataset.score_answer(answer, dataset[0])
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Any, Dict, Optional

from reasoning_gym.factory import ProceduralDataset, register_dataset

from tracestone import judge, load

NAME = "tracestone"


@dataclass
class TracestoneConfig:
    """The export to read, and how many of its questions to ask."""

    path: str = "dataset"
    split: Optional[str] = "train"
    seed: Optional[int] = None
    size: int = 500

    def validate(self) -> None:
        """Checks the settings."""
        assert self.size > 0, "size must be positive"
        assert self.path, "path names an export"


class TracestoneDataset(ProceduralDataset):
    """Questions of an export, in an order of the seed."""

    def __init__(self, config: TracestoneConfig) -> None:
        super().__init__(config=config, seed=config.seed, size=config.size)
        rows = load(config.path, config.split)
        self._rows = [row for row in rows if row["kind"] != "annotated"]
        if not self._rows:
            raise ValueError(f"{config.path} has no question that can be judged")
        random.Random(self.seed).shuffle(self._rows)

    def __getitem__(self, idx: int) -> Dict[str, Any]:
        row = self._rows[idx % len(self._rows)]
        return {
            "question": row["prompt"],
            "answer": row["answer"],
            "metadata": {
                "source_dataset": NAME,
                "source_index": idx,
                "id": row["id"],
                "kind": row["kind"],
                "sample": json.dumps(row),
                "difficulty": {"steps": row["facts"]["steps"]},
            },
        }

    def score_answer(self, answer: Optional[str], entry: Dict[str, Any]) -> float:
        """1 for a correct answer, 0 for any other."""
        if not isinstance(answer, str):
            return 0.0
        return judge(entry["metadata"]["sample"], answer).reward


def register() -> None:
    """Makes the dataset known to reasoning-gym as ``tracestone``."""
    register_dataset(NAME, TracestoneDataset, TracestoneConfig)
