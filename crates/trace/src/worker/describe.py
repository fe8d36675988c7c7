"""A value as text, flags and type."""

SMALL_TEXTS = {number: [repr(number), 0, "int"] for number in range(-10, 1000)}


def describe(value, cap):
    """A value as [text, flags, type name], and what to watch: None for what cannot change."""
    kind = type(value)
    if kind is int and value in SMALL_TEXTS:
        return SMALL_TEXTS[value], None
    if kind is str and len(value) < cap:
        text = repr(value)
        if len(text) <= cap and text.isascii():
            return [text, 0, "str"], None
    if kind in ATOMS:
        text, flags = atom(value, kind, cap)
        if len(text) > cap or not text.isascii():
            text, flags = cut(text, flags, cap)
        return [text, flags, class_name(kind)], None
    if kind is list or kind is dict or kind is tuple:
        described = flat_description(value, kind, cap)
        if described is not None:
            return described
    walk = Walk(cap)
    try:
        walk.value(value, 0)
    except Full:
        walk.flags |= INEXACT | TRUNCATED
    text, flags = cut("".join(walk.parts), walk.flags, cap)
    watch = (walk.watch, walk.states) if walk.watch or walk.states else None
    return [text, flags, class_name(kind)], watch


def described(value, cap):
    """What `describe` says of a value that nobody watches afterwards."""
    return NATIVE[0].describe(value, cap) if NATIVE else describe(value, cap)[0]
