"""Values as JSON, for two processes that must not share objects.

What comes out of `decode` is made of exact built-in types and of a few value types of the standard library,
whatever the JSON says: no class of the other process, and so none of its methods, crosses over.
"""

import builtins
import collections
import datetime
import decimal
import fractions
import io
import json
import random
import sys
import types

# What one message may hold, and how much of something that has no end is taken.
MOST_VALUES = 2_000_000
MOST_ITEMS = 10_000
BY_TEXT = {
    "D": (decimal.Decimal, str, decimal.Decimal),
    "Q": (fractions.Fraction, str, fractions.Fraction),
    "date": (datetime.date, datetime.date.isoformat, datetime.date.fromisoformat),
    "time": (datetime.time, datetime.time.isoformat, datetime.time.fromisoformat),
    "datetime": (datetime.datetime, datetime.datetime.isoformat, datetime.datetime.fromisoformat),
}
TEXT_TAGS = {kind: tag for tag, (kind, _, _) in BY_TEXT.items()}
CONTAINERS = {
    list: "l",
    tuple: "t",
    set: "S",
    frozenset: "F",
    type({}.keys()): "k",
}
MAPPINGS = {dict: "d", collections.OrderedDict: "O", collections.Counter: "C", type({}.items()): "m"}
FACTORIES = {kind.__name__: kind for kind in (int, float, str, list, set, dict, tuple, bool)}
BASES = (int, float, complex, str, bytes, bytearray, list, tuple, set, frozenset, dict)
KEPT = (json.dumps, json.loads)


class TooLarge(Exception):
    """A value has too many parts."""


class Encoder:
    """Writes values. `other` writes those that are no plain values."""

    def __init__(self, other):
        self.other, self.left, self.inside = other, MOST_VALUES, []

    def encode(self, value):
        self.left -= 1
        if self.left < 0:
            raise TooLarge("a value has too many parts")
        kind = type(value)
        if value is None or kind is bool:
            return value
        if kind is int:
            return value if -(2**53) < value < 2**53 else ["i", hex(value)]
        if kind is str:
            return value if is_clean(value) else ["u", [ord(one) for one in value]]
        if kind is float:
            return ["f", value.hex()]
        if kind is complex:
            return ["c", value.real.hex(), value.imag.hex()]
        if kind in (bytes, bytearray):
            return ["y" if kind is bytes else "Y", value.hex()]
        if kind in TEXT_TAGS:
            tag = TEXT_TAGS[kind]
            return [tag, BY_TEXT[tag][1](value)]
        if kind is datetime.timedelta:
            return ["delta", value.days, value.seconds, value.microseconds]
        if kind is range:
            return ["r"] + [self.encode(part) for part in (value.start, value.stop, value.step)]
        if any(value is outer for outer in self.inside) or len(self.inside) > 50:
            return self.other(self, value)
        self.inside.append(value)
        try:
            return self.container(value, kind)
        finally:
            self.inside.pop()

    def container(self, value, kind):
        if kind in CONTAINERS:
            return [CONTAINERS[kind]] + [self.encode(part) for part in value]
        if kind in MAPPINGS:
            pairs = value if MAPPINGS[kind] == "m" else value.items()
            return [MAPPINGS[kind]] + [[self.encode(key), self.encode(part)] for key, part in pairs]
        if kind is collections.defaultdict:
            made = value.default_factory
            name = made.__name__ if made in FACTORIES.values() else ""
            return ["N", name] + [[self.encode(key), self.encode(part)] for key, part in value.items()]
        if kind is collections.deque:
            return ["q", value.maxlen] + [self.encode(part) for part in value]
        for base in BASES:
            # Of a class of its own only the built-in value in it counts.
            if isinstance(value, base) and base in kind.__mro__:
                return self.encode(base(value))
        return self.other(self, value)


def is_clean(text):
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def decode(value, other):
    """The value of what `Encoder.encode` writes; `other` reads what is no plain value."""
    if type(value) is not list:
        return value
    tag, rest = value[0], value[1:]
    if tag in ("h", "g", "b"):
        return other(value)
    if tag == "i":
        return int(rest[0], 16)
    if tag == "u":
        return "".join(map(chr, rest[0]))
    if tag == "f":
        return float.fromhex(rest[0])
    if tag == "c":
        return complex(float.fromhex(rest[0]), float.fromhex(rest[1]))
    if tag in ("y", "Y"):
        made = bytes.fromhex(rest[0])
        return made if tag == "y" else bytearray(made)
    if tag in BY_TEXT:
        return BY_TEXT[tag][2](rest[0])
    if tag == "delta":
        return datetime.timedelta(*rest)
    if tag == "r":
        return range(*[decode(part, other) for part in rest])
    if tag == "q":
        return collections.deque([decode(part, other) for part in rest[1:]], rest[0])
    if tag in "ltSFk":
        parts = [decode(part, other) for part in rest]
        if tag == "k":
            return dict.fromkeys(parts).keys()
        return {"l": list, "t": tuple, "S": set, "F": frozenset}[tag](parts)
    if tag == "N":
        made = collections.defaultdict(FACTORIES.get(rest[0]))
        rest = rest[1:]
    else:
        made = {"d": dict, "O": collections.OrderedDict, "C": collections.Counter, "m": dict}[tag]()
    for key, part in rest:
        made[decode(key, other)] = decode(part, other)
    return made.items() if tag == "m" else made
