"""The texts of values and exceptions."""


class NotPlain(Exception):
    """A value is no tree of plain values, or its text is longer than the cap."""


def text_of(value, cap):
    """The `repr` of a tree of plain values, sets sorted by type and text; else `<type>`."""
    try:
        return plain(value, cap, ())
    except (NotPlain, ValueError):
        return "<" + type(value).__name__ + ">"


def plain(value, cap, around):
    kind = type(value)
    if kind is int and value.bit_length() > 4 * cap or kind in (str, bytes) and len(value) > cap:
        raise NotPlain
    # A literal can say neither infinity, nor nan, nor which sign a zero in a complex number has.
    if kind in (float, complex) and value - value != 0:
        raise NotPlain
    if kind is complex and "-0.0" in (repr(value.real), repr(value.imag)):
        raise NotPlain
    if kind in (int, bool, type(None), float, complex, str, bytes):
        text = repr(value)
    elif kind in (list, tuple, dict, set, frozenset):
        if len(around) > 60 or len(value) > cap or any(value is one for one in around):
            raise NotPlain
        text = container(value, kind, cap, around + (value,))
    else:
        raise NotPlain
    if len(text) > cap or not text.isascii() and len(text.encode("utf-8", "replace")) > cap:
        raise NotPlain
    return text


def container(value, kind, cap, around):
    if kind is dict:
        items = value.items()
        pairs = [plain(key, cap, around) + ": " + plain(item, cap, around) for key, item in items]
        return "{" + ", ".join(pairs) + "}"
    texts = [plain(item, cap, around) for item in value]
    if kind is list:
        return "[" + ", ".join(texts) + "]"
    if kind is tuple:
        return "(" + texts[0] + ",)" if len(texts) == 1 else "(" + ", ".join(texts) + ")"
    names = [type(item).__name__ for item in value]
    inner = ", ".join([text for _, text in sorted(zip(names, texts))])
    if kind is set:
        return "{" + inner + "}" if texts else "set()"
    return "frozenset({" + inner + "})" if texts else "frozenset()"


def message_of(error):
    """`str()` of an exception. No report can hold half a character, so it is written as an escape."""
    try:
        return str(error).encode("utf-8", "backslashreplace").decode()
    except BaseException as other:
        return "`str()` of it raises " + type(other).__name__


def is_plain(value):
    """Whether no code of a program can run while this is written."""
    return type(value) in (int, bool, type(None), float, complex, str, bytes)


def shown_of(error):
    """The arguments of an exception that its message is made of: of a group, the message alone."""
    told = BaseException.args.__get__(error)
    return told[:1] if isinstance(error, GROUP) else told


GROUP = getattr(builtins, "BaseExceptionGroup", ())


def raised_text(error):
    """Type and message of an exception that left a frame; nothing where code of a program would have to
    run for it, in the middle of the program."""
    kind = type(error)
    methods = [vars(base)["__str__"] for base in kind.__mro__ if "__str__" in vars(base)]
    if isinstance(methods[0], types.FunctionType) or not all(map(is_plain, shown_of(error))):
        return None
    message = message_of(error)
    return kind.__name__ + ": " + message if message else kind.__name__
