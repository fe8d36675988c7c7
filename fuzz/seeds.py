"""Writes the inputs that fuzzing starts from into `corpus/`: run as `python3 seeds.py`."""

import hashlib
import json
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent
# No UTF-8 text and no JSON holds it.
SEPARATOR = b"\xff"


def write(target, inputs):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for content in inputs:
        (folder / hashlib.sha1(content).hexdigest()).write_bytes(content)
    print(f"{target}: {len(inputs)} seeds")


def frames():
    one, text = ["1", 0, "int"], ["{'a'}", 2, "set"]
    error = ["ValueError", "no", "exact"]
    # The lines and names are those of the program in `crates/trace/src/fuzzing.rs`.
    simple = [
        [0, 0, 5, [["a", one], ["rest", ["()", 0, "tuple"]]], None, ["f"]],
        [0, 2, 6, [["a", ["[]", 0, "list"]]], None, ["a", "b"]],
        [0, 4, 7, [["x", one]], one, []],
        [0, 1, 7, [], None, []],
        [0, 2, 8, [["x", None]], None, []],
        [0, 3, 8, [["é", text], ["_Box__item", one]], text, []],
    ]
    raising = [[0, 0, 2, [], None, ["Box.__init__"]], [0, 5, 3, [], None, error]]
    outcomes = [
        ["returned", one],
        ["raised", error],
        ["program_failed", error],
        ["setup_failed", error],
        ["over_budget", "steps"],
        ["refused", "a file"],
        ["invalid", "no call"],
        ["out_of_memory"],
    ]
    printed = [["", False], ["1\n", True]]
    events = [simple, raising, [], [[0, 5], [5, 6], [6, 7]]]
    inputs = []
    for outcome in outcomes:
        for output in printed:
            for steps in events:
                parts = [json.dumps(part).encode() for part in (outcome, output, steps)]
                inputs.append(SEPARATOR.join(parts))
                lengths = struct.pack(">IIIB", 3, len(parts[0]), len(parts[1]), 3)
                body = b"R" + lengths + b"".join(parts)
                half = b"H" + lengths + parts[0] + parts[1] + struct.pack(">I", 2) + b"[]" + parts[2]
                inputs.append(SEPARATOR.join([*parts, b"[]"]))
                inputs.append(struct.pack(">I", len(half)) + half)
                end = b"E" + struct.pack(">IB", 1, 1)
                both = (struct.pack(">I", len(part)) + part for part in (body, end))
                inputs.append(b"".join(both))
    return inputs


def replays():
    steps = [
        [0, "call", 5, [["a", "1"], ["rest", "()"]]],
        [0, "line", 6, []],
        [1, "call", 1, [["x", "{'a'}"]]],
        [1, "line", 2, [["x", None]]],
        [1, "raise", 2, []],
        [0, "line", 6, [["a", "2"]]],
        [0, "yield", 7, []],
        [0, "resume", 7, []],
        [0, "return", 8, []],
    ]
    inputs = []
    for outcome in (["returned", "1"], ["raised", "ValueError", "no"], ["failed", "over budget"]):
        for events in (steps, steps[:2], []):
            parts = [json.dumps(part).encode() for part in (outcome, "out", events)]
            inputs.append(SEPARATOR.join(parts))
            lengths = struct.pack(">IIIB", 0, len(parts[0]), len(parts[1]), 0)
            body = b"R" + lengths + b"".join(parts)
            inputs.append(struct.pack(">I", len(body)) + body)
    return inputs


def literals():
    texts = r"""
None | True | False | ... | Ellipsis | 0 | -17 | 1_000 | 0x_ff | 0o17 | 0b101 | 1e16 | .5 | 5. | -0.0
1.5e-7 | 1+2j | (1.5-2e20j) | -2j | (-0-2j) | 'it\'s' | "a" 'b' u'c' | r'\n' | b'\x00\xff' | rb"\x"
'\x41\u00e9\U0001F600\101\q' | '''a''b''' | (1,) | () | 1, 2 | [1, [2, [3]]] | {1: 'a', True: [None]}
{1, 1.0, 'b', (2, 3)} | set() | {} | {'k': {(1, 2): {3}}} | -(1) | 0xffffffffffffffffffffffff | é
"""
    inputs = [part.strip().encode() for part in texts.replace("\n", "|").split("|") if part.strip()]
    return inputs + [b"[1, # one\n 2,\\\n 3]", b"'a\\\nb'", b'"""a\r\nb"""', b"\n ( 1 ) # end\n"]


def sources():
    # A definition each, not whole files: small inputs run more often.
    files = [
        piece.strip(b"\n") + b"\n"
        for path in sorted((HERE / "../corpora/starter").glob("*.py"))
        for piece in path.read_bytes().split(b"\n\n\n")
        if len(piece) < 1500
    ]
    pair = b"from .other import g\n\ndef f(x):\n    return g(x) + 1\n" + SEPARATOR
    pair += b"K = 2\n\ndef g(x):\n    # doubles\n    return x * K\n" + SEPARATOR
    pair += b"from pkg.one import f\n\ndef test_f():\n    assert f(1) == 3\n    assert f(2) == 5\n"
    small = [
        b'def f(a, b=1, *c, **d):\n    """Says.\n\n    >>> f(1)\n    2\n    """\n    return a + b\n',
        b"class C(Base):\n    @property\n    async def m(self):\n        return [y async for y in self]\n",
        b"import pytest\n@pytest.mark.parametrize('a, b', [(1, 2), (3, 4)])\ndef test_f(a, b):\n"
        b"    assert f(a) == b\n",
        b"# coding: latin-1\r\ns = '\xe9'\r\n",
        b"\xef\xbb\xbfx = f\"{a!r:>{w}}\"\nmatch x:\n    case [1, *r]: pass\n    case _: print(r)\n",
        b"if __name__ == '__main__':\n    f('''\n'''); lambda: (yield)\n",
    ]
    return [pair, *small, *files]


write("frame", frames())
write("replay", replays())
write("literal", literals())
write("extract", sources())
