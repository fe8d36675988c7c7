#!/usr/bin/env python3
"""Checks the crate `series` against the code of the papers and benchmarks that it follows.

    pip install "numpy<2.4" scikit-learn pandas
    pip install --no-deps TSB-AD==1.5 sigllm==0.2.0 orion-ml==0.7.1
    pip install stumpy==1.14.1
    cargo build --release -p tracestone-series --example oracle
    python tests/oracle/series.py target/release/examples/oracle [--cases 500] [--speed]

Random cases of each: conversion, votes and forecasts against sigllm, errors, thresholds, pruning and segment metrics against Orion,
VUS-PR, affiliation and the length of a season against TSB-AD, the matrix profile against stumpy, resampling against the
description of mlstars (whose package pins old versions of others). With --speed also the time of the matrix profile
beside stumpy's, one thread each, its compilation left out. Takes about two minutes, of which stumpy's compilation is one.

Exits with 1 if anything differs.
"""

import argparse
import importlib.util
import json
import logging
import math
import os
import subprocess
import sys
import time
import types
import warnings

os.environ["NUMBA_NUM_THREADS"] = "1"
warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

import numpy as np
import pandas as pd


def bare(name):
    """A package without its `__init__`, which imports what is not needed here."""
    spec = importlib.util.find_spec(name)
    module = types.ModuleType(name)
    module.__path__ = list(spec.submodule_search_locations)
    sys.modules[name] = module


for package in ("orion", "orion.primitives", "sigllm", "sigllm.primitives", "sigllm.primitives.prompting", "TSB_AD"):
    bare(package)

from orion.evaluation.contextual import contextual_confusion_matrix
from orion.primitives.timeseries_anomalies import find_anomalies
from sigllm.primitives.postprocessing import aggregate_rolling_window
from sigllm.primitives.prompting import anomalies as prompter
from sigllm.primitives.prompting.timeseries_preprocessing import rolling_window_sequences
from sigllm.primitives.transformation import Float2Scalar, Scalar2Float, format_as_integer, format_as_string
from TSB_AD.evaluation.affiliation.metrics import pr_from_events
from TSB_AD.evaluation.basic_metrics import generate_curve


class Ours:
    """Our program, asked all at once."""

    def __init__(self, binary):
        self.binary = binary

    def __call__(self, questions):
        text = "".join(json.dumps(question) + "\n" for question in questions)
        done = subprocess.run([self.binary], input=text, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]


def spans_of(random, points, most):
    """Disjoint intervals that do not touch, first and last point included."""
    marks = np.zeros(points, bool)
    for _ in range(random.integers(0, most + 1)):
        start = random.integers(0, points)
        marks[start : start + random.integers(1, max(2, points // 8))] = True
    return runs(marks)


def runs(marks):
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(marks).astype(int), [0]])))
    return [(int(start), int(end) - 1) for start, end in edges.reshape(-1, 2)]


def marks_of(spans, points):
    marks = np.zeros(points, int)
    for start, last in spans:
        marks[start : last + 1] = 1
    return marks


def scores_of(random, points):
    """Scores with and without ties."""
    scores = random.normal(size=points)
    return np.round(scores, random.integers(0, 3)) if random.random() < 0.5 else scores


def vus(random):
    points = int(random.integers(12, 700))
    labels = marks_of(spans_of(random, points, 5), points)
    if not labels.any():
        labels[int(random.integers(0, points))] = 1
    scores, window = scores_of(random, points), int(random.integers(0, min(points, 60)))
    theirs = generate_curve(labels, scores, window, "opt", 250)[-1]
    asked = {"of": "vus", "labels": [bool(x) for x in labels], "scores": scores.tolist(), "window": window}
    return asked, float(theirs)


def affiliation(random):
    points = int(random.integers(12, 400))
    truth, found = spans_of(random, points, 5), spans_of(random, points, 6)
    if not truth:
        truth = [(points // 3, points // 2)]
    events = lambda spans: [(start, last + 1) for start, last in spans]
    theirs = pr_from_events(events(found), events(truth), (0, points))
    precision = theirs["Affiliation_Precision"]
    both = [None if math.isnan(precision) else float(precision), float(theirs["Affiliation_Recall"])]
    return {"of": "affiliation", "truth": truth, "found": found, "points": points}, both


def segments(random):
    points = int(random.integers(12, 200))
    times = np.cumsum(random.integers(1, 400, points)).tolist()
    truth, found = spans_of(random, points, 5), spans_of(random, points, 5)
    timed = lambda spans: [(times[start], times[last]) for start, last in spans]
    theirs = []
    for weighted in (False, True):
        _, fp, fn, tp = contextual_confusion_matrix(
            timed(truth), timed(found), start=times[0], end=times[-1] + 1, weighted=weighted
        )
        theirs.append({"tp": float(tp), "fp": float(fp), "fn": float(fn)})
    return {"of": "segments", "times": times, "truth": truth, "found": found}, theirs


def values_of(random):
    points = int(random.integers(20, 400))
    scale = 10.0 ** random.integers(-2, 5)
    values = random.normal(size=points) * scale
    return np.round(values, int(random.integers(0, 5))) if random.random() < 0.5 else values


def convert(random):
    values, decimal, spaced = values_of(random), int(random.integers(0, 4)), bool(random.random() < 0.5)
    window, step = int(random.integers(1, 60)), int(random.integers(1, 40))
    scalar = Float2Scalar(decimal=decimal, rescale=True)
    scalar.fit(values)
    integers, minimum, _ = scalar.transform(values)
    starts = rolling_window_sequences(integers.reshape(-1, 1), window, step)[1]
    theirs = {
        "scale": {"minimum": float(minimum), "decimal": decimal},
        "text": format_as_string(integers.reshape(-1, 1), space=spaced, single=True),
        "integers": integers.tolist(),
        "starts": starts.tolist(),
    }
    asked = {"of": "convert", "values": values.tolist(), "decimal": decimal, "spaced": spaced, "window": window, "step": step}
    return asked, theirs


def back(random):
    integers, minimum = random.integers(0, 10**6, 30), float(random.normal())
    decimal = int(random.integers(0, 4))
    theirs = Scalar2Float().transform(integers.astype(float), minimum, decimal)
    scale = {"minimum": minimum, "decimal": decimal}
    return {"of": "back", "integers": integers.tolist(), "scale": scale}, theirs.tolist()


def values(random):
    parts = ["12", "7", "-5", "x9", "1 0 3", "", "4.5", "008", " "]
    text = ",".join(random.choice(parts, int(random.integers(1, 9))))
    odd = str(random.choice(["ignore", "filter", "coerce"]))
    try:
        theirs = [None if math.isnan(x) else float(x) for x in format_as_integer([[text]], errors=odd)[0][0]]
    except ValueError:  # `filter` leaves nothing of a part, of which numpy makes no number
        theirs = None
    return {"of": "values", "text": text, "odd": odd}, theirs


def resample(random):
    """mlstars' time_segments_aggregate by mean, then sklearn's SimpleImputer."""
    points, interval = int(random.integers(2, 200)), int(random.integers(1, 500))
    times = np.cumsum(random.integers(1, 300, points))
    values = random.normal(size=points)
    values[random.random(points) < 0.1] = np.nan
    if np.isnan(values).all():
        values[0] = 1.0
    frame = pd.Series(values, index=times)
    means, start = [], times[0]
    while start <= times[-1]:
        means.append(frame.loc[start : start + interval - 1].mean())
        start += interval
    means = np.array(means)
    means[np.isnan(means)] = np.nanmean(means)
    cells = [None if math.isnan(x) else x for x in values]
    return {"of": "resample", "times": times.tolist(), "values": cells, "interval": interval}, means.tolist()


def votes(random):
    window, step = int(random.integers(8, 30)), int(random.integers(2, 8))
    integers = random.integers(0, 30, int(random.integers(window + 5, 120)))
    rules = {"window": window, "step": step, "alpha": 0.4, "beta": 0.5, "padding": int(random.integers(0, 8))}
    sequences, first, *_ = rolling_window_sequences(integers.reshape(-1, 1), window, step)
    answers = [
        [random.choice(sequence.ravel(), int(random.integers(0, 6))).tolist() for _ in range(5)] for sequence in sequences
    ]
    ragged = lambda rows: [np.array(row, dtype=float) for row in rows]
    windows = []
    for sequence, rows in zip(sequences, answers):
        found = [np.where(np.isin(sequence.ravel(), row))[0] for row in ragged(rows)]
        holder = np.empty(len(found), dtype=object)
        holder[:] = found
        windows.append(prompter.find_anomalies_in_windows([holder], alpha=0.4)[0].astype(int))
    merged = prompter.merge_anomalous_sequences(windows, first, window, step, beta=0.5)
    theirs = prompter.format_anomalies(merged, np.arange(len(integers)), rules["padding"])
    # Theirs are merged where they share a point, ours also where one follows the other.
    theirs = runs(marks_of([(int(a), int(b)) for a, b, _ in theirs], len(integers)))
    return {"of": "votes", "rules": rules, "integers": integers.tolist(), "answers": answers}, [list(x) for x in theirs]


def errors(random):
    points = int(random.integers(5, 900))
    values, forecast = random.normal(size=points), random.normal(size=points)
    span = max(1, int(points * 0.01))
    theirs = pd.Series(np.abs(values - forecast)).ewm(span=span).mean()
    return {"of": "errors", "values": values.tolist(), "forecast": forecast.tolist()}, theirs.tolist()


def find(random):
    points = int(random.integers(60, 900))
    series = np.abs(random.normal(size=points)) + 0.1
    for _ in range(int(random.integers(0, 4))):
        start = int(random.integers(0, points))
        series[start : start + int(random.integers(1, 12))] *= random.uniform(3, 9)
    fixed, padding = bool(random.random() < 0.5), int(random.integers(1, 60))
    theirs = find_anomalies(
        series, np.arange(points), window_size_portion=0.3, window_step_size_portion=0.1,
        fixed_threshold=fixed, anomaly_padding=padding,
    )
    asked = {"of": "find", "errors": series.tolist(), "fixed": fixed, "padding": padding}
    return asked, [[int(a), int(b), float(score)] for a, b, score in theirs]


def profile(random):
    import stumpy

    points = int(random.integers(40, 500))
    values = np.cumsum(random.normal(size=points)) * 10.0 ** random.integers(-3, 4)
    if random.random() < 0.3:
        start = int(random.integers(0, points - 20))
        values[start : start + int(random.integers(10, 80))] = values[start]
    window = int(random.integers(4, min(40, points // 3)))
    theirs = stumpy.stump(values, window)[:, 0].astype(float)
    asked = {"of": "profile", "values": values.tolist(), "points": window}
    return asked, [None if math.isinf(x) else x for x in theirs.tolist()]


def season(random):
    """TSB-AD's find_length_rank, whose autocorrelation is statsmodels', written out here."""
    points, length = int(random.integers(450, 1500)), int(random.integers(4, 200))
    values = np.sin(np.arange(points) * 2 * np.pi / length) + random.normal(size=points) * random.uniform(0, 2)
    centred = values - values.mean()
    lags = [float(np.dot(centred[: points - lag], centred[lag:])) for lag in range(401)]
    curve = np.array(lags)[3:]
    peaks = np.flatnonzero((curve[1:-1] > curve[:-2]) & (curve[1:-1] > curve[2:])) + 1
    theirs = 125
    if len(peaks):
        best = peaks[np.argsort(curve[peaks])[::-1][0]]
        theirs = int(best) + 3 if 3 <= best <= 300 else 125
    return {"of": "season", "values": values.tolist()}, theirs


def close(one, other, within):
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(close(one[k], other[k], within) for k in one)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(close(a, b, within) for a, b in zip(one, other))
    if isinstance(one, float) or isinstance(other, float):
        return one is not None and other is not None and abs(one - other) <= within * max(1.0, abs(one))
    return one == other


def speed(binary):
    import stumpy

    values = np.cumsum(np.random.default_rng(0).normal(size=4_000))
    stumpy.stump(values[:300], 50)
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        stumpy.stump(values, 50)
        times.append(time.perf_counter() - begin)
    question = json.dumps({"of": "profile", "values": values.tolist(), "points": 50}) + "\n"
    ours = []
    for _ in range(5):
        begin = time.perf_counter()
        subprocess.run([binary], input=question, capture_output=True, text=True, check=True)
        ours.append(time.perf_counter() - begin)
    print(f"matrix profile of 4,000 points: stumpy {min(times) * 1000:.1f} ms, ours {min(ours) * 1000:.1f} ms with its process and JSON")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--only")
    given = parser.parse_args()
    ours, failed = Ours(given.binary), False
    all_of = (convert, back, values, resample, votes, errors, find, segments, vus, affiliation, season, profile)
    for number, make in enumerate(all_of):
        if given.only and make.__name__ != given.only:
            continue
        random = np.random.default_rng([given.seed, number])
        # A thousand of the cheap ones; Orion's search takes a second for each.
        count = {convert: 2, back: 2, find: 0.1, profile: 0.4}.get(make, 1) * given.cases
        pairs = [pair for pair in (make(random) for _ in range(int(count))) if pair[1] is not None]
        answers = ours([asked for asked, _ in pairs])
        wrong = [(asked, theirs, mine) for (asked, theirs), mine in zip(pairs, answers) if not close(theirs, mine, 1e-6)]
        print(f"{make.__name__}: {len(pairs) - len(wrong)} of {len(pairs)} equal within 1e-6")
        if wrong:
            failed = True
            print(*(json.dumps(part)[:600] for part in wrong[0]), sep="\n  ")
    if given.speed:
        speed(given.binary)
    sys.exit(int(failed))


if __name__ == "__main__":
    main()
