"""The texts of atoms: numbers, strings, `None`."""

type_name_of = type.__dict__["__name__"].__get__
mro_of_ready = type.__dict__["__mro__"].__get__
type_dict_of = type.__dict__["__dict__"].__get__
NoneType = type(None)
ATOMS = frozenset((int, str, float, bool, NoneType, bytes, complex))
SMALL_INT = 1 << 64
attribute_of_type = type.__getattribute__


def type_mro_of(cls):
    mro = mro_of_ready(cls)
    if mro is None:
        # Up to 3.9 some classes of the interpreter are made ready by the first look at an attribute.
        attribute_of_type(cls, "__name__")
        mro = mro_of_ready(cls)
    return mro


def clean(text):
    """Lone surrogates cannot cross the JSON border; they are shown escaped."""
    if type(text) is not str:
        text = str.__str__(text)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def class_name(cls):
    name = type_name_of(cls)
    return name if type(name) is str and name.isascii() else clean(name)


def complex_is_literal(value):
    """Whether `repr` of a complex number evaluates to the same number: not with -0.0, inf, nan."""
    for part in (value.real, value.imag):
        if part != part or part in (INFINITY, -INFINITY) or repr(part) == "-0.0":
            return False
    return True


INFINITY = float("inf")


def atom(value, kind, cap):
    """The text and flags of an exact atom."""
    if kind is int:
        if -SMALL_INT < value < SMALL_INT:
            return repr(value), 0
        bits = value.bit_length()
        if bits > cap * 3:
            return "<int of %d bits>" % bits, INEXACT | TRUNCATED
        return repr(value), 0
    if kind is str or kind is bytes:
        if len(value) > cap:
            return clean(repr(value[:cap])), INEXACT | TRUNCATED
        text = repr(value)
        return (text if text.isascii() else clean(text)), 0
    if kind is float:
        text = repr(value)
        return text, INEXACT if value != value or value in (INFINITY, -INFINITY) else 0
    if kind is complex:
        return repr(value), 0 if complex_is_literal(value) else INEXACT
    return repr(value), 0


def cut(text, flags, cap):
    """Caps a text by its length in UTF-8."""
    if text.isascii():
        if len(text) <= cap:
            return text, flags
        return text[:cap], flags | INEXACT | TRUNCATED
    encoded = text.encode("utf-8")
    if len(encoded) <= cap:
        return text, flags
    return encoded[:cap].decode("utf-8", "ignore"), flags | INEXACT | TRUNCATED
