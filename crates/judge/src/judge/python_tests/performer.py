"""Runs the code of an answer in a process of its own and says what it gives.

Nothing that is expected is known here. What this process reports is what the code wants it to report, and is only
ever taken for values: code that gets hold of the report gains nothing, since it still has to state the right ones.
"""

import itertools
import operator

OBJECTS = []
NUMBERS = {}


def note(encoder, value):
    """The number of an object that stays here, with what the other side needs to know of it."""
    if id(value) not in NUMBERS:
        NUMBERS[id(value)] = len(OBJECTS)
        OBJECTS.append(value)
    return ["h", NUMBERS[id(value)], str(type(value).__name__)]


def find(value):
    tag, name = value[0], value[1]
    if tag == "h":
        return OBJECTS[name]
    if tag == "b":
        return getattr(sys.modules[name], value[2])
    return SPACE[name]


def look_up(names):
    """What the program's global names stand for: functions and classes by name, exceptions, or values."""
    found = {}
    for name in names:
        if name not in SPACE:
            continue
        value = SPACE[name]
        if isinstance(value, type) and issubclass(value, BaseException):
            found[name] = ["exception", built_in(value)]
        elif callable(value) or isinstance(value, types.ModuleType):
            found[name] = ["callable"]
        else:
            found[name] = ["value", Encoder(note).encode(value)]
    return found


def built_in(kind):
    """The name of the nearest built-in class of an exception's."""
    for base in kind.__mro__:
        if vars(builtins).get(base.__name__) is base:
            return base.__name__
    return "Exception"


def take(value):
    return list(itertools.islice(value, MOST_ITEMS))


OPERATIONS = {
    "list": take, "next": next, "len": len, "str": str, "repr": repr, "int": int, "float": float,
    "bool": bool, "abs": abs, "round": round, "reversed": reversed, "format": format,
    "getattr": getattr, "setattr": setattr, "delattr": delattr,
}  # fmt: skip


def act(operation):
    """[kind, value, arguments that have changed]"""
    kind, function, arguments, named = operation
    if kind == "names":
        return ["value", look_up(function), {}]
    try:
        arguments = [decode(one, find) for one in arguments]
        named = {name: decode(one, find) for name, one in named.items()}
        before = [Encoder(note).encode(one) for one in arguments]
        if kind == "call":
            value = decode(function, find)(*arguments, **named)
        else:
            value = (OPERATIONS.get(function) or getattr(operator, function))(*arguments)
        value = Encoder(note).encode(value)
        after = [Encoder(note).encode(one) for one in arguments]
        changed = {str(at): one for at, (one, was) in enumerate(zip(after, before)) if one != was}
        return ["value", value, changed]
    except BaseException as error:
        return failure(error)


def failure(error):
    try:
        message = str(error)
    except BaseException:
        message = ""
    message = message if is_clean(message) else ascii(message)
    return ["raised", type(error).__name__, built_in(type(error)), message[:2000]]


def main(text):
    global SPACE
    dumps, loads = KEPT
    job = loads(text)
    sys.stdout = sys.stderr = io.StringIO()
    sys.stdin = io.StringIO("")
    sys.modules["solution"] = module = types.ModuleType("solution")
    SPACE = module.__dict__
    SPACE["__builtins__"] = builtins
    random.seed(0)
    try:
        exec(compile(job["program"], "<program>", "exec", dont_inherit=True), SPACE)
    except BaseException as error:
        return dumps({"program": failure(error)})
    return dumps({"results": [act(one) for one in job["acts"]]})
