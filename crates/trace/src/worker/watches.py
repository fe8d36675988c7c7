"""Whether what a text was made from is still the same."""

is_, is_not = operator.is_, operator.is_not
islice, compress = [vars(__import__("itertools"))[name] for name in ("islice", "compress")]


def flat(items, cap):
    """The flags of a text that `repr` in C makes of these exact atoms, all of one kind and none of
    them long; None where they are not such atoms."""
    kinds = set(map(type, items))
    if len(kinds) > 1:
        return None
    for kind in kinds:
        if kind is int:
            if max(items) >= SMALL_INT or min(items) <= -SMALL_INT:
                return None
        elif kind is str:
            if sum(map(len, items)) > cap:
                return None
        elif kind is float:
            # Of the texts of floats only those of infinities and of not-a-number have this letter.
            return INEXACT if "n" in "".join(map(repr, items)) else 0
        elif kind is not bool and kind is not NoneType:
            return None
    return 0


def flat_description(value, kind, cap):
    """What `describe` gives, for containers of atoms that `repr` in C can write; else None."""
    if kind is dict:
        if len(value) > cap // 5:
            return None
        keys, items = list(value), list(value.values())
        flags = flat(keys, cap)
        more = flat(items, cap) if flags is not None else None
        if more is None:
            return None
        text, flags = cut(repr(value), flags | more, cap)
        if not flags and text.isascii():
            return [text, 0, "dict"], FlatDict(value, keys, items, cap)
        watch = [(value, keys, len(keys)), (value.values(), items, len(items))], ()
        return [text, flags, "dict"], watch
    # An element and its comma take at least three bytes, so that more than these never fit.
    held = value[: cap // 3 + 1]
    flags = flat(held, cap)
    if flags is None:
        return None
    text, flags = cut(repr(held), flags, cap)
    if kind is list:
        if not flags and text.isascii():
            return [text, 0, "list"], FlatList(value, held, cap)
        return [text, flags, "list"], ([(value, held, len(value))], ())
    return [text, flags, "tuple"], None


FLAT_KINDS = frozenset((int, str, float, bool, NoneType))


def flat_text(item, kind, cap):
    """The text of an atom of a flat container; None where it is not as plain as that."""
    if type(item) is not kind:
        return None
    if kind is int:
        return repr(item) if -SMALL_INT < item < SMALL_INT else None
    if kind is str:
        return repr(item) if len(item) <= cap else None
    text = repr(item)
    return None if kind is float and "n" in text else text


class FlatList:
    """Watches a list of atoms that was described in full. What has changed since then is often one
    element: then only that one is described anew."""

    __slots__ = ("value", "held", "cap", "kind", "parts")

    def __init__(self, value, held, cap):
        self.value = value
        self.held = held
        self.cap = cap
        self.kind = type(held[0]) if held else None
        self.parts = None

    def same(self):
        return len(self.value) == len(self.held) and all(map(is_, self.value, self.held))

    def again(self):
        """The description as it is now, or None where that takes a look at everything."""
        now, held, cap = self.value[: self.cap // 3 + 1], self.held, self.cap
        if len(now) > cap // 3 or not now:
            return None
        parts = self.parts
        if parts is None:
            parts = list(map(repr, held))
        # Until it is whole again.
        self.parts = None
        kind = self.kind or type(now[0])
        if kind not in FLAT_KINDS:
            return None
        for at in compress(range(len(held)), map(is_not, now, held)):
            text = parts[at] = flat_text(now[at], kind, cap)
            if text is None:
                return None
        del parts[len(now) :]
        for item in now[len(parts) :]:
            text = flat_text(item, kind, cap)
            if text is None:
                return None
            parts.append(text)
        text = "[" + ", ".join(parts) + "]"
        if len(text) > cap or not text.isascii():
            return None
        self.held, self.kind, self.parts = now, kind, parts
        return [text, 0, "list"]


class FlatDict:
    """The same for a dictionary of atoms."""

    __slots__ = ("value", "keys", "items", "cap", "parts")

    def __init__(self, value, keys, items, cap):
        self.value = value
        self.keys = keys
        self.items = items
        self.cap = cap
        self.parts = None

    def same(self):
        value = self.value
        return (
            len(value) == len(self.keys)
            and all(map(is_, value, self.keys))
            and all(map(is_, value.values(), self.items))
        )

    def again(self):
        """The description as it is now, or None where that takes a look at everything."""
        value, before, cap = self.value, self.items, self.cap
        count = len(before)
        if not count or not count <= len(value) <= cap // 5:
            return None
        keys, items = list(value), list(value.values())
        if not all(map(is_, self.keys, keys)):
            return None
        parts = self.parts
        if parts is None:
            parts = [repr(key) + ": " + repr(item) for key, item in zip(keys, before)]
        # Until it is whole again.
        self.parts = None
        key_kind, kind = type(keys[0]), type(before[0])
        changed = list(compress(range(count), map(is_not, items, before)))
        parts += [""] * (len(keys) - count)
        for at in changed + list(range(count, len(keys))):
            key, item = flat_text(keys[at], key_kind, cap), flat_text(items[at], kind, cap)
            if key is None or item is None:
                return None
            parts[at] = key + ": " + item
        text = "{" + ", ".join(parts) + "}"
        if len(text) > cap or not text.isascii():
            return None
        self.keys, self.items, self.parts = keys, items, parts
        return [text, 0, "dict"]


def unchanged(watch):
    """Whether everything that a text was made from is still the identical thing."""
    if type(watch) is not tuple:
        return watch.same()
    containers, instances = watch
    for container, held, length in containers:
        if len(container) != length or not all(map(is_, container, held)):
            return False
    for value, facts, attributes, slots, held in instances:
        if type(value) is not facts.cls:
            return False
        now, filled = facts.state(value)
        if now is not attributes or not identical([item for _, item in filled], slots):
            return False
        if not identical(facts.held(value), held):
            return False
    return True


def identical(items, held):
    return len(items) == len(held) and all(map(is_, items, held))
