"""Reward functions for TRL's GRPO trainer, over the rows of ``export --format rl-trl``.

>>> trainer = GRPOTrainer(model=.., reward_funcs=tracestone.trl.reward, train_dataset=..)
"""

from __future__ import annotations

from typing import Any, List, Optional

from . import Verdict, judge, said


def _verdicts(completions: List[Any], samples: List[Any]) -> List[Optional[Verdict]]:
    return [
        None if sample is None else judge(sample, said(completion))
        for completion, sample in zip(completions, samples)
    ]


def reward(completions: List[Any], sample: List[Any], **_: Any) -> List[Optional[float]]:
    """1 for a correct completion, 0 for any other; ``None`` for a row without a sample."""
    return [None if verdict is None else verdict.reward for verdict in _verdicts(completions, sample)]


def credit(completions: List[Any], sample: List[Any], **_: Any) -> List[Optional[float]]:
    """The fraction of the answer that is right; ``None`` for a row without a sample."""
    return [None if verdict is None else verdict.credit for verdict in _verdicts(completions, sample)]
