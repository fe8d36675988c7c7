"""Reward function for verl, over the rows of ``export --format rl-verl``.

In the trainer's configuration::

    reward.custom_reward_function.path: <the path that `python -m tracestone.verl` prints>
    reward.custom_reward_function.name: compute_score
"""

from __future__ import annotations

from typing import Any, Dict

from tracestone import judge

#: The name that rows have in ``data_source``.
DATA_SOURCE = "tracestone"


def compute_score(
    data_source: str, solution_str: str, ground_truth: Any, extra_info: Any = None, **_: Any
) -> Dict[str, float]:
    """``score`` is 1 for a correct solution and 0 for any other; ``credit`` is the fraction that is right."""
    if data_source != DATA_SOURCE:
        raise NotImplementedError(f"rows of `{data_source}` are none of tracestone's")
    verdict = judge(ground_truth, solution_str)
    return {"score": verdict.reward, "credit": verdict.credit, "acc": verdict.reward}


if __name__ == "__main__":
    print(__file__)
