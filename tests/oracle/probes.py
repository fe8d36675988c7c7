"""Linear probes beside scikit-learn's multinomial logistic regression, on the same activations.

    python3 tests/oracle/probes.py ACTS DATA REPORT [cells]

ACTS and DATA are folders of `tracestone acts` and `tracestone karel generate`, REPORT is the `probe.json` that
`tracestone probe ACTS --data DATA --out DIR` wrote, or the `report.json` of `tracestone demo karel` (its first model has
its activations in `acts/trained`; only the replicate of that model is compared). For some cells, 40 unless said, labels
and rows are read anew from the files, and LogisticRegression is fitted with the penalty that the report names. Every
accuracy must be equal within .01, and so must the mean over all cells within .002. Needs numpy, scikit-learn,
safetensors and pyarrow.
"""

import json
import pathlib
import random
import sys

import numpy as np
import pyarrow.parquet as pq
from safetensors.numpy import load_file
from sklearn.linear_model import LogisticRegression


def activations(folder, site):
    """The rows of a site with the name of the text and the token of each."""
    index = json.loads((folder / "index.json").read_text())
    rows, places = [], []
    for shard in index["shards"]:
        tensors = load_file(folder / shard["file"])
        rows.append(tensors[site].astype(np.float32))
        names = [index["samples"][number] for number in tensors["sample"]]
        places.extend(zip(names, tensors["pos"].tolist()))
    return np.concatenate(rows), places


class Ledger:
    """The states of a part of a dataset."""

    def __init__(self, data, split):
        table = pq.read_table(data / f"ledger-{split}.parquet")
        self.values, self.steps = {}, {}
        columns = [table[name].to_pylist() for name in ("sample", "token", "step", "variable", "semantics", "value")]
        for sample, token, step, variable, semantics, value in zip(*columns):
            self.values[sample, step, variable, semantics] = value
            if token is not None:
                # The first token of a text, which begins it, is not counted.
                self.steps[sample, token + 1] = step
        self.beyond = beyond(data, split)

    def label(self, place, variable, offset, semantics):
        step = self.steps.get(place)
        if step is None:
            return None
        return self.values.get((place[0], step + offset, variable, semantics))


def beyond(data, split):
    """The texts whose programs have lengths that are not trained on."""
    trained = json.loads((data / "corpus.json").read_text())["unseen"]["trained"]
    found = set()
    for line in (data / f"{split}.jsonl").read_text().splitlines():
        text = json.loads(line)
        words = (text["prompt"] + " " + text["completion"]).split(" ")
        statements = words.index("}") - words.index("{") - 1
        if trained and not trained["min"] <= statements <= trained["max"]:
            found.add(text["id"])
    return found


def labelled(ledger, places, cell, semantics):
    """For each token of texts with lengths of training its label, if it has one under all semantics."""
    names = list(cell["alternatives"]) + [semantics["base"]]
    own = []
    for place in places:
        labels = {name: ledger.label(place, cell["variable"], cell["offset"], name) for name in names}
        whole = place[0] not in ledger.beyond and None not in labels.values()
        own.append(labels[semantics["of"]] if whole else None)
    return own


def fitted(fit, test, penalty):
    """The accuracy of scikit-learn's model on standardised rows."""
    (rows, labels), (test_rows, test_labels) = fit, test
    mean, scale = rows.mean(0, dtype=np.float64), rows.std(0, dtype=np.float64) + 1e-6
    known = [at for at, label in enumerate(labels) if label is not None]
    tested = [at for at, label in enumerate(test_labels) if label is not None]
    model = LogisticRegression(C=1 / penalty, max_iter=2000, tol=1e-5)
    model.fit((rows[known] - mean) / scale, [labels[at] for at in known])
    found = model.predict((test_rows[tested] - mean) / scale)
    return float(np.mean(found == np.array([test_labels[at] for at in tested])))


def main():
    acts, data, report = (pathlib.Path(name) for name in sys.argv[1:4])
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 40
    report = json.loads(report.read_text())
    report = report.get("probes", report)
    base = report["settings"]["base"]
    subject = next(one for one in report["subjects"] if one["role"] == "trained")
    cells = [(cell, name) for cell in subject["summaries"] if cell["layers"] == 0 for name in cell["penalties"]]
    random.Random(0).shuffle(cells)
    ledgers = {split: Ledger(data, split) for split in ("validation", "test")}
    read, worst, differences = {}, 0.0, []
    for cell, name in cells[:count]:
        site = cell["site"]
        if site not in read:
            read[site] = {split: activations(acts / split, site) for split in ledgers}
        parts = []
        for split, ledger in ledgers.items():
            rows, places = read[site][split]
            parts.append((rows, labelled(ledger, places, cell, {"base": base, "of": name})))
        wanted = fitted(*parts, cell["penalties"][name][0])
        found = cell["each"][name][0]
        differences.append(found - wanted)
        worst = max(worst, abs(found - wanted))
        print(f"{cell['variable']:12} {site:26} {cell['offset']:+d} {name:10} ours {found:.4f} scikit-learn {wanted:.4f}")
    mean = float(np.mean(differences))
    print(f"{len(differences)} probes: largest difference {worst:.4f}, mean {mean:+.5f}")
    if worst > 0.01 or abs(mean) > 0.002:
        sys.exit("the probes differ")


main()
