#!/usr/bin/env python3
"""Checks what we read of TSB-AD's files, and what we measure on them, against TSB-AD's own code.

    pip install "numpy<2.4" scikit-learn pandas statsmodels matplotlib tqdm
    pip install --no-deps TSB-AD==1.5
    python tests/oracle/tsb_ad.py target/release/tracestone [--data Datasets]

Without --data it makes a folder in the benchmark's form: series and lists under its names, with rows without a value, and
a series of several variables that no list names. With --data it takes yours (the folder that has `TSB-AD-U` and
`File_List`) and the list `TSB-AD-U-Eva`, or all of its series with `--subset ""`.

Each series and its labels as its loader has them (`pandas`, `dropna`), the length of a season by `find_length_rank`, and the
mean VUS-PR of the detectors of four sigma and of flagging nothing by `get_metrics` have to be ours. Exits with 1 if anything
differs.
"""

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
import types
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")

import numpy as np
import pandas as pd

# The package without its `__init__`, which imports every detector.
spec = importlib.util.find_spec("TSB_AD")
module = types.ModuleType("TSB_AD")
module.__path__ = list(spec.submodule_search_locations)
sys.modules["TSB_AD"] = module

from TSB_AD.evaluation.basic_metrics import generate_curve
from TSB_AD.utils.slidingWindows import find_length_rank


def made(folder):
    """A folder in the benchmark's form."""
    random = np.random.default_rng(0)
    series, lists = folder / "TSB-AD-U", folder / "File_List"
    series.mkdir(parents=True)
    lists.mkdir()
    names = []
    for number, (collection, domain, season) in enumerate(
        [("NAB", "Facility", 40), ("YAHOO", "Synthetic", 24), ("UCR", "Medical", 100), ("MSL", "Sensor", 17)], start=1
    ):
        points = int(random.integers(1_000, 2_500))
        data = np.sin(np.arange(points) * 2 * np.pi / season) + random.normal(size=points) * 0.2
        label = np.zeros(points, int)
        for start in sorted(random.integers(points // 2, points - 60, 2)):
            end = start + int(random.integers(1, 40))
            data[start:end] += random.choice([-4, 3])
            label[start:end] = 1
        cells = [f"{one:.6f}" for one in data]
        if number == 2:
            for at in random.integers(0, points, 9):
                cells[at] = ""
        name = f"{number:03}_{collection}_id_{number}_{domain}_tr_{points // 4}_1st_{int(np.argmax(label))}.csv"
        rows = "".join(f"{cell},{flag}\n" for cell, flag in zip(cells, label))
        (series / name).write_text("Data,Label\n" + rows)
        names.append(name)
    (lists / "TSB-AD-U-Eva.csv").write_text("file_name\n" + "".join(f"{name}\n" for name in names[:3]))
    (lists / "TSB-AD-U.csv").write_text("file_name\n" + "".join(f"{name}\n" for name in names))
    several = folder / "TSB-AD-M"
    several.mkdir()
    (several / "001_SMD_id_1_Facility_tr_10_1st_20.csv").write_text("A,B,Label\n1,2,0\n2,3,1\n")
    return folder


def runs(label):
    edges = np.flatnonzero(np.diff(np.concatenate([[0], label, [0]])))
    return [[int(start), int(end) - 1] for start, end in edges.reshape(-1, 2)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--data")
    parser.add_argument("--subset", default="TSB-AD-U-Eva")
    given = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="tsb-ad-"))
    folder = Path(given.data).resolve() if given.data else made(work / "Datasets")
    command = [str(Path(given.binary).resolve()), "eval", "series-indices", "--data", str(folder), "--model", "mock/oracle",
               "-T", f"subset={given.subset}", "--json", "--quiet", "--log-dir", "logs"]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    measured = {one["name"]: one for one in json.loads(done.stdout)["measures"]}["vus_pr"]
    ours = {}
    for line in next((work / "logs").glob("*/items.jsonl")).open():
        item = json.loads(line)["item"]
        ours[item["id"]] = item
    paths = {path.stem: path for path in folder.rglob("*.csv") if "File_List" not in path.parts}
    wrong, sums = [], {"four-sigma": [], "flag-none": []}
    for name, item in ours.items():
        frame = pd.read_csv(paths[name]).dropna()
        data = frame.iloc[:, 0:-1].values.astype(float)
        label = frame["Label"].astype(int).to_numpy()
        series = item["material"]["series"]
        same = {
            "values": series["values"] == data[:, 0].tolist(),
            "labels": [[span["start"], span["end"] - 1] for span in series["truth"]] == runs(label),
            "season": item["material"]["season"] == int(find_length_rank(data, rank=1)),
        }
        wrong += [f"{name}: {what}" for what, holds in same.items() if not holds]
        if label.any():
            season = int(find_length_rank(data, rank=1))
            values = data[:, 0]
            for detector, score in {"four-sigma": np.abs(values - values.mean()), "flag-none": np.zeros(len(values))}.items():
                sums[detector].append(float(generate_curve(label, score, season, "opt", 250)[-1]))
    print(f"{len(ours)} series: values, labels and seasons are {'those of its loader' if not wrong else wrong}")
    for detector, each in sums.items():
        theirs, mine = float(np.mean(each)), measured["without_model"][detector]
        if abs(theirs - mine) > 1e-6:
            wrong.append(detector)
        print(f"VUS-PR of {detector}: TSB-AD {theirs:.8f}, ours {mine:.8f}")
    sys.exit(1 if wrong or not ours else 0)


if __name__ == "__main__":
    main()
