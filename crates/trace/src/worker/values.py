"""The texts of containers and instances."""



class Full(Exception):
    """The text of a value has reached its cap."""


class Walk:
    """Writes one value as text, up to a cap, and notes what must stay the same for the text to hold.

    `watch` lists (container, first elements, length): the text holds as long as each container
    still has that length and starts with the identical elements. Elements after the first `cap`
    cannot be in the text. `states` does the same for attributes of instances.
    """

    __slots__ = ("cap", "parts", "size", "flags", "watch", "states", "path")

    def __init__(self, cap):
        self.cap = cap
        self.parts = []
        self.size = 0
        self.flags = 0
        self.watch = []
        self.states = []
        self.path = set()

    def put(self, text):
        self.parts.append(text)
        self.size += len(text)
        if self.size > self.cap:
            raise Full

    def keep(self, container):
        held = list(islice(container, self.cap))
        self.watch.append((container, held, len(container)))
        return held

    def value(self, value, nesting):
        kind = type(value)
        if kind in ATOMS:
            text, flags = atom(value, kind, self.cap)
            self.flags |= flags
            self.put(text)
            return
        if nesting > MAX_NESTING:
            self.flags |= INEXACT | TRUNCATED
            self.put("...")
            return
        if kind is list:
            self.sequence(value, "[", "]", nesting, True)
        elif kind is tuple:
            self.sequence(value, "(", ")", nesting, False)
        elif kind is dict:
            self.mapping(value, nesting)
        elif kind is set:
            if value:
                self.unordered(value, "{", "}", nesting)
            else:
                self.keep(value)
                self.put("set()")
        else:
            self.flags |= INEXACT
            self.other(value, kind, nesting)

    def other(self, value, kind, nesting):
        if kind is frozenset:
            if value:
                self.unordered(value, "frozenset({", "})", nesting)
            else:
                self.put("frozenset()")
        elif kind is deque:
            self.put("deque(")
            self.sequence(value, "[", "]", nesting, True)
            self.put(")")
        elif kind is bytearray:
            self.keep(value)
            self.put("bytearray(" + repr(bytes(value[: self.cap])) + ")")
        elif kind in DICT_SUBCLASSES:
            self.put(DICT_SUBCLASSES[kind] + "(")
            self.mapping(value, nesting)
            self.put(")")
        else:
            category = category_of(kind)
            if category == INSTANCE:
                self.instance(value, kind, nesting)
            elif category == EXCEPTION:
                self.put("<" + class_name(kind) + " ")
                self.sequence(exception_args_of(value), "(", ")", nesting, False)
                self.put(">")
            else:
                text, flags = leaf_text(value, kind, self.cap)
                self.flags |= flags
                self.put(text)

    def sequence(self, value, opening, closing, nesting, mutable):
        if id(value) in self.path:
            self.flags |= INEXACT
            self.put(opening + "..." + closing[-1])
            return
        if type(value) is tuple and len(value) == 1:
            closing = ",)"
        items = self.keep(value) if mutable else value
        self.path.add(id(value))
        self.put(opening)
        first = True
        for item in items:
            if not first:
                self.put(", ")
            first = False
            self.value(item, nesting + 1)
        self.put(closing)
        self.path.discard(id(value))

    def mapping(self, value, nesting):
        if id(value) in self.path:
            self.flags |= INEXACT
            self.put("{...}")
            return
        keys = self.keep(KEYS.get(type(value), dict.keys)(value))
        values = self.keep(VALUES.get(type(value), dict.values)(value))
        self.path.add(id(value))
        self.put("{")
        first = True
        for key, item in zip(keys, values):
            if not first:
                self.put(", ")
            first = False
            self.value(key, nesting + 1)
            self.put(": ")
            self.value(item, nesting + 1)
        self.put("}")
        self.path.discard(id(value))

    def unordered(self, value, opening, closing, nesting):
        """A set, its elements sorted by type name and text, since its own order means nothing."""
        if len(value) > 1:
            self.flags |= UNORDERED
        if len(value) > self.cap // 3:
            # It would not fit, and which elements come first is known only after sorting all.
            self.watch.append((value, (), len(value)))
            self.flags |= INEXACT | TRUNCATED
            self.put("<%s of %d elements>" % (class_name(type(value)), len(value)))
            return
        items = self.keep(value)
        texts = []
        for item in items:
            inner = Walk(self.cap)
            inner.path = set(self.path)
            try:
                inner.value(item, nesting + 1)
            except Full:
                inner.flags |= TRUNCATED | INEXACT
            self.flags |= inner.flags
            self.watch += inner.watch
            self.states += inner.states
            texts.append((class_name(type(item)), "".join(inner.parts)))
        texts.sort()
        self.put(opening + ", ".join([text for _, text in texts]) + closing)

    def instance(self, value, kind, nesting):
        facts = facts_of(kind)
        if id(value) in self.path:
            self.put("<" + facts.name + " ...>")
            return
        attributes, slots = facts.state(value)
        self.states.append((value, facts, attributes, [item for _, item in slots], facts.held(value)))
        self.path.add(id(value))
        self.put("<" + facts.name)
        comma = " "
        if facts.part is not None:
            self.put(" ")
            self.value(facts.part(value), nesting + 1)
            comma = ", "
        if attributes is not None:
            keys, values = self.keep(dict.keys(attributes)), self.keep(dict.values(attributes))
            slots = slots + list(zip(keys, values))
        for name, item in slots:
            if type(name) is str and not (name.startswith("__") and name.endswith("__")):
                self.put(comma + clean(name) + "=")
                self.value(item, nesting + 1)
                comma = ", "
        self.put(">")
        self.path.discard(id(value))
