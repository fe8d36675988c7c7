"""Runs a detector on one series. What it returns is checked by who reads it; the truth is never here."""

import json


def main(text):
    job = json.loads(text)
    # What the program may do to this module changes what it is taken to have found, and nothing else.
    names = {"__name__": "detector"}
    exec(compile(job["program"], "<detector>", "exec"), names)
    found = names["detect"](list(job["values"]))
    pairs = []
    for pair in found:
        first, last = pair
        pairs.append([int(first), int(last)])
    return json.dumps(pairs)
