"""Values as literals, and comparisons of texts of values."""

import ast

VALUE_BYTES = 1024  # Texts of values that are longer may be left out of a trace.


class NoLiteral(Exception):
    """A value has no exact literal form, or a very long one."""


def literal_of(value, inside=()):
    """The `repr` of a tree of plain values, sets sorted; raises for everything else."""
    kind = type(value)
    if kind in (str, bytes, list, tuple, set, dict) and len(value) > VALUE_BYTES:
        raise NoLiteral  # Its text is longer than any that is told.
    if kind in (int, bool, type(None), str, bytes):
        return repr(value)
    if kind is float:
        if value - value != 0:
            raise NoLiteral
        return repr(value)
    if kind is complex:
        # A literal can't say which sign a zero has.
        if value - value != 0 or any(repr(part) == "-0.0" for part in (value.real, value.imag)):
            raise NoLiteral
        return repr(value)
    if kind not in (list, tuple, set, dict) or len(inside) > 40 or any(value is one for one in inside):
        raise NoLiteral
    inside += (value,)
    if kind is dict:
        pairs = [literal_of(key, inside) + ": " + literal_of(item, inside) for key, item in value.items()]
        return "{" + ", ".join(pairs) + "}"
    items = [(type(item).__name__, literal_of(item, inside)) for item in value]
    if kind is set:
        items.sort()
    texts = [text for _, text in items]
    if kind is list:
        return "[" + ", ".join(texts) + "]"
    if kind is tuple:
        return "(" + ", ".join(texts) + (",)" if len(texts) == 1 else ")")
    return "{" + ", ".join(texts) + "}" if texts else "set()"


def described(value):
    """The literal of a value, or its type in angle brackets where it has none."""
    try:
        return literal_of(value)
    except (NoLiteral, ValueError, RecursionError):
        return "<" + type(value).__name__ + ">"


def read(text):
    """The value of a literal."""
    return ast.literal_eval(text) if text.strip() != "set()" else set()


def same(left, right):
    """Equality of plain values that tells 1 from True and 1.0, and 0.0 from -0.0."""
    if type(left) is not type(right):
        return False
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return len(left) == len(right) and all(
            same(key, other) and same(item, right[other])
            for (key, item), other in zip(in_order(left), [key for key, _ in in_order(right)])
        )
    if isinstance(left, set):
        return [literal_of(one) for one in sorted_set(left)] == [literal_of(one) for one in sorted_set(right)]
    return repr(left) == repr(right)


def in_order(mapping):
    return sorted(mapping.items(), key=lambda pair: (type(pair[0]).__name__, literal_of(pair[0])))


def sorted_set(values):
    return sorted(values, key=lambda value: (type(value).__name__, literal_of(value)))


def same_text(answer, found):
    """Whether an answer and a found literal are texts of the same value."""
    if answer == found:
        return True
    if found.startswith("<"):
        return False
    try:
        return same(read(answer), read(found))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return False


def exception_text(error):
    try:
        message = str(error)
    except BaseException as other:
        message = f"`str()` of it raises {type(other).__name__}"
    name = type(error).__name__
    return f"{name}: {message}" if message else name
