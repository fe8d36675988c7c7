"""Opens a log that `tracestone report RUN --format inspect` wrote with inspect_ai itself.

    python -m venv venv && venv/bin/pip install inspect-ai pandas pyarrow
    venv/bin/python tests/oracle/read_eval_log.py LOG.eval [SCORE.json]

It reads the log through inspect_ai's public functions, lets inspect_ai's own metrics compute the
accuracy and the clustered standard error from the samples, and compares both with what the log's header
says, and with `score.json` of the run where that is given. It is no part of the tests that run by
themselves, because inspect_ai takes some 350 MB.
"""

import json
import math
import sys
from pathlib import Path

from inspect_ai.analysis import evals_df, samples_df
from inspect_ai.log import (
    list_eval_logs,
    read_eval_log,
    read_eval_log_sample,
    read_eval_log_sample_summaries,
)
from inspect_ai.scorer import SampleScore, Score, accuracy, stderr, value_to_float


def same(what: str, one: float, other: float) -> None:
    if not math.isclose(one, other, abs_tol=1e-9):
        sys.exit(f"{what}: {one} is not {other}")
    print(f"{what:<28} {one:.6f}")


def reduced(samples: list, scorer: str) -> list[SampleScore]:
    """One score for each item: the mean over its epochs."""
    convert = value_to_float()
    rows: dict = {}
    for sample in samples:
        rows.setdefault(sample.id, []).append(sample)
    return [
        SampleScore(
            score=Score(value=sum(convert(one.scores[scorer].value) for one in row) / len(row)),
            sample_id=item,
            sample_metadata=row[0].metadata,
        )
        for item, row in rows.items()
    ]


def main() -> None:
    path = Path(sys.argv[1]).resolve()
    log = read_eval_log(str(path))
    print(f"{log.eval.task} with {log.eval.model}, status {log.status}")
    scored = log.results.scores[0]
    metrics = {name: metric.value for name, metric in scored.metrics.items()}

    scores = reduced(log.samples, scored.name)
    same("accuracy", accuracy()(scores), metrics["accuracy"])
    same("clustered standard error", stderr(cluster="cluster")(scores), metrics["stderr"])
    if len(sys.argv) > 2:
        run = json.loads(Path(sys.argv[2]).read_text())
        same("accuracy of the run", run["score"]["accuracy"], metrics["accuracy"])

    expected = log.eval.dataset.samples * (log.eval.config.epochs or 1)
    summaries = read_eval_log_sample_summaries(str(path))
    counts = {
        "samples": len(log.samples),
        "summaries": len(summaries),
        "rows of samples_df": len(samples_df(str(path))),
        "total_samples": log.results.total_samples,
    }
    for what, count in counts.items():
        if count != expected:
            sys.exit(f"{what}: {count} is not {expected}")
        print(f"{what:<28} {count}")
    print(f"{'rows of evals_df':<28} {len(evals_df(str(path)))}")
    print(f"{'samples with an error':<28} {sum(one.error is not None for one in log.samples)}")
    first = log.samples[0]
    again = read_eval_log_sample(str(path), id=first.id, epoch=first.epoch)
    if again.input != first.input:
        sys.exit("a sample that is read alone is not the same")
    listed = [info for info in list_eval_logs(str(path.parent)) if Path(info.name).name == path.name]
    if [info.task for info in listed] != [log.eval.task.replace("_", "-")]:
        sys.exit(f"list_eval_logs gives {listed}")
    print("holds")


if __name__ == "__main__":
    main()
