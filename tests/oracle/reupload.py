"""How much of an export of a store is new when a part of the store is.

    python tests/oracle/reupload.py EXPORT-BEFORE EXPORT-AFTER

Cuts all Parquet files of both into chunks where their content says so, as the Hugging Face hub's storage does (a
rolling hash over 64 bytes, 64 KiB on average, 8 to 128 KiB), and prints the share of the bytes after that are in no
chunk from before.
"""

import hashlib
import pathlib
import random
import sys

GEAR = random.Random(0).sample(range(1 << 62), 256)
MASK = 0xFFFF << 40
LEAST, MOST = 8 << 10, 128 << 10


def chunks(data):
    start = at = 0
    rolling = 0
    while at < len(data):
        rolling = ((rolling << 1) + GEAR[data[at]]) & 0xFFFFFFFFFFFFFFFF
        at += 1
        if at - start >= LEAST and (rolling & MASK == 0 or at - start >= MOST):
            yield data[start:at]
            start, rolling = at, 0
    if start < len(data):
        yield data[start:]


def of(folder):
    for path in sorted(pathlib.Path(folder).rglob("*.parquet")):
        for chunk in chunks(path.read_bytes()):
            yield hashlib.sha256(chunk).digest(), len(chunk)


before = {name for name, _ in of(sys.argv[1])}
after = list(of(sys.argv[2]))
total = sum(size for _, size in after)
new = sum(size for name, size in after if name not in before)
print(f"{len(after)} chunks, {total:,} bytes; new are {new:,} bytes, {100 * new / total:.2f} %")
