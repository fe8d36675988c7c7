"""Near-duplicate clusters of `tracestone` and of datasketch, on the same programs.

Run it with CPython 3.11 (whose `tokenize` has f-strings as one token) in an environment with `datasketch`:

    python tests/oracle/curate.py [--programs 5000]

It builds the example `cluster`, or takes a built one from --cluster. Programs are functions of the standard library,
and copies of them with changed lines. The tokens come from `tokenize`, the candidates from datasketch's
MinHashLSH with 25 bands of 10 rows, the similarities from Python's sets. With datasketch's arithmetic and the
permutations of `tracestone` the clusters must be the same; with datasketch's own hash and permutations the pairs
that one finds and the other does not are counted, which are those near the threshold.
"""

import argparse
import ast
import io
import json
import pathlib
import random
import subprocess
import sys
import sysconfig
import tokenize

import numpy
from datasketch import MinHash, MinHashLSH

MASK = (1 << 64) - 1
BASE = 0x9E3779B97F4A7C15
SKIPPED = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
    tokenize.ENDMARKER, tokenize.ENCODING,
}
LINE_ENDS = {tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.COMMENT}


def mix(value):
    value ^= value >> 33
    value = value * 0xFF51AFD7ED558CCD & MASK
    value ^= value >> 33
    value = value * 0xC4CEB9FE1A85EC53 & MASK
    return value ^ value >> 33


def permutations():
    drawn = [mix(number * BASE & MASK) for number in range(1, 251)]
    a = numpy.array([value >> 35 | 1 for value in drawn], dtype=numpy.uint64)
    b = numpy.array([value & 0xFFFFFFFF for value in drawn], dtype=numpy.uint64)
    return a, b


def tokens(text):
    """The tokens, without strings that are statements of their own."""
    found = list(tokenize.tokenize(io.BytesIO(text.encode()).readline))
    kept = []
    for at, token in enumerate(found):
        if token.type in SKIPPED:
            continue
        if token.type == tokenize.STRING and found[at - 1].type in LINE_ENDS:
            after = next(one for one in found[at + 1 :] if one.type != tokenize.COMMENT)
            if after.type == tokenize.NEWLINE:
                continue
        kept.append(token.string)
    return kept


def token_hash(word):
    value = 0xCBF29CE484222325
    for byte in word.encode():
        value = (value ^ byte) * 0x100000001B3 & MASK
    return value


def shingles(words):
    size = min(5, len(words))
    return {tuple(words[at : at + size]) for at in range(len(words) - size + 1)} if words else set()


def shingle_hash(shingle, known={}):
    total = 0
    for word in shingle:
        if word not in known:
            known[word] = token_hash(word)
        total = (total * BASE + known[word]) & MASK
    return mix(total)


def programs(count, draw):
    """Functions of the standard library, and copies with some lines changed."""
    texts = []
    for path in sorted(pathlib.Path(sysconfig.get_path("stdlib")).rglob("*.py")):
        try:
            source = path.read_text()
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError):
            continue
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= 4:
                texts.append("\n".join(source.splitlines()[node.lineno - 1 : node.end_lineno]) + "\n")
    draw.shuffle(texts)
    texts = texts[: count // 2]
    while len(texts) < count:
        text = draw.choice(texts)
        lines = text.splitlines()
        for _ in range(draw.randint(1, 4)):
            at = draw.randrange(len(lines))
            lines[at] = lines[at].replace(draw.choice(["self", "name", "x", "i", "value", "="]), "other")
        changed = "\n".join(lines) + "\n"
        try:
            tokens(changed)
        except (tokenize.TokenError, SyntaxError):
            continue
        texts.append(changed)
    draw.shuffle(texts)
    return texts


def joined(count, pairs):
    roots = list(range(count))

    def root(at):
        while roots[at] != at:
            at = roots[at]
        return at

    for one, other in pairs:
        one, other = root(one), root(other)
        roots[max(one, other)] = min(one, other)
    return [root(at) for at in range(count)]


def similar(sets, signatures):
    """The pairs that LSH proposes and that are at least 0.7 alike."""
    index = MinHashLSH(num_perm=250, params=(25, 10))
    for at, signature in enumerate(signatures):
        index.insert(at, signature)
    pairs = set()
    for at, signature in enumerate(signatures):
        for other in index.query(signature):
            if other < at and len(sets[at] & sets[other]) / len(sets[at] | sets[other]) >= 0.7:
                pairs.add((other, at))
    return pairs


def ours(sets):
    family = permutations()
    for one in sets:
        signature = MinHash(num_perm=250, permutations=family, scheme="legacy",
                            hashfunc=lambda data: int.from_bytes(data, "big"))
        signature.update_batch([(shingle_hash(shingle) >> 32).to_bytes(4, "big") for shingle in one])
        yield signature


def theirs(sets):
    for one in sets:
        signature = MinHash(num_perm=250)
        signature.update_batch(["\0".join(shingle).encode() for shingle in one])
        yield signature


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", type=int, default=5000)
    parser.add_argument("--cluster", help="the built example `cluster`")
    options = parser.parse_args()
    texts = programs(options.programs, random.Random(0))
    sets = [shingles(tokens(text)) for text in texts]
    command = [options.cluster] if options.cluster else [
        "cargo", "run", "--quiet", "--release", "-p", "tracestone-curate", "--example", "cluster",
    ]
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    told = subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout
    found = [int(line) for line in told.split()]
    print(f"{len(texts)} programs, {len(set(found))} clusters")
    expected = joined(len(texts), similar(sets, list(ours(sets))))
    differing = sum(one != other for one, other in zip(found, expected, strict=True))
    print(f"datasketch with the same permutations: {len(set(expected))} clusters, {differing} programs in another one")
    other = joined(len(texts), similar(sets, list(theirs(sets))))
    both = sum(one == two for one, two in zip(found, other, strict=True))
    print(f"datasketch with its own: {len(set(other))} clusters, {100 * both / len(texts):.2f} % of programs in the same")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
