"""One changed element is described alone: that gives what a description of everything gives.

Reads the worker's text from standard input; prints how often each way was taken.
"""

import builtins
import random
import sys

worker = {"__name__": "worker", "__builtins__": dict(vars(builtins)), "read": None}
exec(compile(sys.stdin.read(), "<worker>", "exec"), worker)
# The worker has replaced `random.seed`, not this.
chance = random.Random(5)
below = chance.randrange
ATOMS = [
    lambda: below(2000) - 500,
    lambda: 2**70,
    lambda: "s" * below(30),
    lambda: "\u00e9",
    lambda: below(100) / 7,
    lambda: float("nan"),
    lambda: -0.0,
    lambda: bool(below(2)),
    lambda: None,
    lambda: [1],
    lambda: (1, 2),
]
KEYS = ["a", "b", 1, 2, True, 1.0, "\u00e9", (1,)]


def atom():
    return ATOMS[0 if below(4) else below(len(ATOMS))]()


def key():
    return "k%d" % below(40) if below(3) else KEYS[below(len(KEYS))]


def change_list(items):
    act = below(6)
    if act == 0:
        items.append(atom())
    elif act == 1 and items:
        items.pop(below(len(items)))
    elif act == 2 and items:
        items[below(len(items))] = atom()
    elif act == 3:
        items.reverse()
    elif act == 4 and not below(5):
        items.clear()
    elif act == 5:
        items.insert(0, atom())


def change_dict(pairs):
    act = below(5)
    if act == 0:
        pairs[key()] = atom()
    elif act == 1 and pairs:
        pairs.pop(next(iter(pairs)))
    elif act == 2 and pairs:
        pairs[list(pairs)[below(len(pairs))]] = atom()
    elif act == 3 and pairs:
        moved = next(iter(pairs))
        pairs[moved] = pairs.pop(moved)
    elif act == 4 and not below(5):
        pairs.clear()


alone = whole = 0
for _ in range(4000):
    cap = (1024, 60, 30)[below(3)]
    if below(2):
        value, change = [atom() for _ in range(below(12))], change_list
    else:
        value, change = {key(): atom() for _ in range(below(9))}, change_dict
    text, watch = worker["describe"](value, cap)
    for _ in range(8):
        if below(3):
            change(value)
        if watch is None:
            break
        expected, fresh = worker["describe"](value, cap)
        if worker["unchanged"](watch):
            assert expected == text, (expected, text)
        elif type(watch) is not tuple:
            got = watch.again()
            if got is None:
                whole += 1
                watch = fresh
            else:
                alone += 1
                assert got == expected, (got, expected, cap)
                assert watch.same()
        else:
            watch = fresh
        text = expected
print(alone, whole)
