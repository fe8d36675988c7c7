"""The Python half of Tracestone's `trace` stage: standard library only, CPython 3.9 and newer.

The supervisor executes this file inside a sandboxed interpreter, with builtins of its own, so that
programs that patch `builtins` do not change what happens here. That interpreter (the zygote) forks
one child per program. The child installs the last filter, runs the calls, and writes one frame per
call to the results pipe. Nothing that a child says is trusted: the supervisor checks it.

Rules for this file:
- what user code could replace in a module is bound to a name here before any user code runs;
- values are described by their exact type, so that no method of a user's class is ever called;
- an error in here ends the child and makes the call invalid; it never looks like the call's own.
"""

import _sitebuiltins
import _thread
import builtins
import ctypes
import gc
import io
import json
import linecache
import opcode
import operator
import os
import random
import resource
import signal
import struct
import sys
import threading
import tokenize
import types

# --------------------------------------------------------------------------------------------
# Describing values

INEXACT, UNORDERED, TRUNCATED = 1, 2, 4

is_, is_not = operator.is_, operator.is_not
islice, compress = [vars(__import__("itertools"))[name] for name in ("islice", "compress")]
type_name_of = type.__dict__["__name__"].__get__
type_mro_of = type.__dict__["__mro__"].__get__
type_dict_of = type.__dict__["__dict__"].__get__
NoneType = type(None)
ATOMS = frozenset((int, str, float, bool, NoneType, bytes, complex))
SMALL_INT = 1 << 64
MAX_NESTING = 40


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


class Full(Exception):
    """The text of a value has reached its cap."""


class ClassFacts:
    """Where instances of a class keep their attributes; found without running the class's code."""

    def __init__(self, cls):
        self.cls = cls
        self.name = class_name(cls)
        self.dict_getter = self.dict_descriptor = None
        self.part = builtin_part(cls)
        self.slots = []
        self.slot_descriptors = []
        for base in type_mro_of(cls):
            for name, entry in dict.items(dict(type_dict_of(base))):
                kind = type(entry)
                if name == "__dict__" and kind is types.GetSetDescriptorType:
                    if base is not type and self.dict_getter is None:
                        self.dict_getter, self.dict_descriptor = entry.__get__, entry
                elif kind is types.MemberDescriptorType and type_flags_of(base) & HEAP_TYPE:
                    if type(name) is str and name not in ("__weakref__", "__dict__"):
                        self.slots.append((name, entry.__get__))
                        self.slot_descriptors.append((name, entry))

    def state(self, value):
        """The instance's dictionary (or None) and its filled slots."""
        attributes = self.dict_getter(value) if self.dict_getter is not None else None
        filled = []
        for name, getter in self.slots:
            try:
                filled.append((name, getter(value)))
            except AttributeError:
                pass
        return attributes if type(attributes) is dict else None, filled

    def held(self, value):
        """What the part of the instance that a built-in base class keeps consists of."""
        if self.part is None:
            return ()
        part = self.part(value)
        if type(part) is dict:
            return list(part) + list(part.values())
        return part if type(part) in (list, tuple) else ()


type_flags_of = type.__dict__["__flags__"].__get__
HEAP_TYPE = 1 << 9
CLASS_FACTS = {}


def facts_of(cls):
    facts = CLASS_FACTS.get(id(cls))
    if facts is None:
        facts = CLASS_FACTS[id(cls)] = ClassFacts(cls)
    return facts


def c_repr_table():
    """Types whose `repr` is C code that sees nothing of the user's."""
    import datetime
    import decimal

    table = {}
    for cls in (decimal.Decimal, datetime.date, datetime.timedelta, range):
        method = type_dict_of(cls).get("__repr__")
        if type(method) in (types.WrapperDescriptorType, types.MethodDescriptorType):
            table[cls] = method
    return table


def wrapped_containers():
    import collections

    return {
        collections.OrderedDict: "OrderedDict",
        collections.Counter: "Counter",
        collections.defaultdict: "defaultdict",
    }


C_REPR = c_repr_table()
DICT_SUBCLASSES = wrapped_containers()
# An `OrderedDict` keeps its order outside the dictionary that it is built on.
OrderedDict = __import__("collections").OrderedDict
KEYS = {OrderedDict: OrderedDict.keys}
VALUES = {OrderedDict: OrderedDict.values}
deque = __import__("collections").deque
Fraction = __import__("fractions").Fraction
FRACTION_PARTS = [
    type_dict_of(Fraction)[name].__get__ for name in ("_numerator", "_denominator")
]
FUNCTION_KINDS = {
    types.FunctionType: "function",
    types.BuiltinFunctionType: "built-in function",
    types.MethodType: "method",
    types.GeneratorType: "generator",
    types.CoroutineType: "coroutine",
    types.AsyncGeneratorType: "async generator",
}


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


LEAF, EXCEPTION, INSTANCE = range(3)


def category_of(kind):
    """Of a class that is no container of the standard library's: how its objects are described."""
    if kind in C_REPR or kind is Fraction or kind in FUNCTION_KINDS or kind is types.ModuleType:
        return LEAF
    if kind is type or type_flags_of(kind) & TYPE_SUBCLASS:
        return LEAF
    if kind in BUILTIN_EXCEPTIONS:
        return EXCEPTION
    return INSTANCE if type_flags_of(kind) & HEAP_TYPE else LEAF


TYPE_SUBCLASS = 1 << 31


def leaf_text(value, kind, cap):
    """The text and flags of a value in which no others are looked for."""
    if kind in C_REPR:
        try:
            return clean(C_REPR[kind](value)), 0
        except ValueError:
            return "<" + class_name(kind) + ">", 0
    if kind is Fraction:
        parts = [atom(part(value), int, cap) for part in FRACTION_PARTS]
        return "Fraction(%s, %s)" % (parts[0][0], parts[1][0]), parts[0][1] | parts[1][1]
    if kind in FUNCTION_KINDS:
        return "<" + FUNCTION_KINDS[kind] + " " + function_name(value, kind) + ">", 0
    if kind is types.ModuleType:
        return "<module>", 0
    if type_flags_of(kind) & TYPE_SUBCLASS:
        return "<class " + class_name(value) + ">", 0
    return "<" + class_name(kind) + ">", 0


# What an instance of a subclass of a built-in type holds besides its attributes, as an exact type.
BUILTIN_PARTS = (
    (int, int.__int__),
    (str, str.__str__),
    (float, float.__float__),
    (list, lambda value: list.__getitem__(value, slice(None))),
    (tuple, lambda value: tuple.__getitem__(value, slice(None))),
    (dict, lambda value: dict(zip(dict.keys(value), dict.values(value)))),
    (BaseException, BaseException.__dict__["args"].__get__),
)


def builtin_part(cls):
    bases = type_mro_of(cls)
    for base, part in BUILTIN_PARTS:
        if any(base is one for one in bases[1:]):
            return part
    return None


def function_name(value, kind):
    if kind is types.MethodType:
        value = value.__func__
        kind = type(value)
        if kind not in FUNCTION_KINDS or kind is types.MethodType:
            return "?"
    name = value.__qualname__
    return clean(name)


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


# --------------------------------------------------------------------------------------------
# Describing exceptions

exception_args_of = BaseException.__dict__["args"].__get__
BUILTIN_EXCEPTIONS = {
    cls
    for cls in vars(builtins).values()
    if isinstance(cls, type) and issubclass(cls, BaseException)
}
C_STR = {
    cls: vars(cls)["__str__"]
    for cls in BUILTIN_EXCEPTIONS
    if type(vars(cls).get("__str__")) is types.WrapperDescriptorType
}
FREE_FORM = {
    cls: C_STR[cls]
    for cls in (BaseException, KeyError, UnicodeDecodeError, UnicodeEncodeError)
    if cls in C_STR
}


EXACT, INEXACTLY = "exact", "inexact"


def exception_text(error, cap):
    """[type name, message, whether it is `str()` of the exception]. `str()` is called where that is C
    code over plain values; else the arguments are described."""
    cls = type(error)
    name = class_name(cls)
    args = exception_args_of(error)
    method = None
    for base in type_mro_of(cls):
        if "__str__" in type_dict_of(base):
            method = FREE_FORM.get(base)
            break
    if method is not None and all(type(item) in ATOMS for item in args):
        if not any(type(item) is int and item.bit_length() > cap * 3 for item in args):
            text, flags = cut(clean(method(error)), 0, cap)
            return [name, text, EXACT if not flags else INEXACTLY]
    if len(args) == 1:
        if type(args[0]) is str:
            message, flags = clean(args[0][: cap + 1]), 0
        else:
            message, flags = describe(args[0], cap)[0][:2]
    else:
        message, flags = describe(args, cap)[0][:2] if args else ("", 0)
    text, flags = cut(message, flags, cap)
    return [name, text, EXACT if method is not None and not flags else INEXACTLY]


# --------------------------------------------------------------------------------------------
# Recording a call

# The names of the texts, which tracebacks show. The first interpreter has these, the others have other
# ones, so that what shows them is found to depend on them.
PROGRAM, SETUP, CALL = "<program>", "<setup>", "<call>"
OTHER_NAMES = "<text>", "<before>", "<expression>"
EVENT_CALL, EVENT_RESUME, EVENT_LINE, EVENT_RETURN, EVENT_YIELD, EVENT_RAISE = range(6)
RETURN_OPCODES = {
    opcode.opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST") if name in opcode.opmap
}
YIELD_OPCODES = {opcode.opmap["YIELD_VALUE"]}
# Up to 3.10 `yield from` and `await` step back one instruction before they pause.
YIELD_FROM = opcode.opmap.get("YIELD_FROM")
# From 3.13 on a paused frame is already at the instruction after the one that pauses.
RESUME = opcode.opmap.get("RESUME")
SUSPENDABLE = 0x20 | 0x80 | 0x200
OPTIMIZED = 0x1
MISSING = object()
NO_CHANGES = ()
FunctionType = types.FunctionType
is_identifier = str.isidentifier


class CodeFacts:
    """What the recorder needs of one code object, taken once."""

    __slots__ = (
        "code", "name", "alone", "names", "suspendable", "opcodes", "namespace", "only_binds",
        "quiet_lines", "shares_locals",
    )

    def __init__(self, code, name):
        self.code = code
        self.name = name
        self.alone = (name,)
        self.suspendable = bool(code.co_flags & SUSPENDABLE)
        self.opcodes = code.co_code
        # A class body has a namespace, not local variables.
        self.namespace = not code.co_flags & OPTIMIZED
        # Whether variables come and never go, so that as many as before are the same ones.
        self.only_binds = not (
            self.namespace
            or code.co_cellvars
            or code.co_freevars
            or any(op in UNBINDING_OPCODES for op in code.co_code[::2])
        )
        self.quiet_lines = quiet_lines(code) if self.only_binds else NO_LINES
        self.shares_locals = not LOCALS_SHARERS.isdisjoint(code.co_names)
        names = code.co_varnames + tuple(n for n in code.co_cellvars if n not in code.co_varnames)
        if self.namespace:
            # What a class body itself names; its mapping may hold more, as that of an enumeration does.
            names += code.co_names
        self.names = frozenset(n for n in names if shown_name(n))


NO_LINES = frozenset()
# Up to 3.12, what a program does to the dictionary that it gets by one of these names counts for its
# variables while it is traced.
LOCALS_SHARERS = frozenset("locals vars eval exec f_locals".split())
# In these versions every step to an instruction of another line is a line event, so that what runs
# between two events of a frame is of the line of the first.
EVERY_LINE_COUNTS = (3, 10) <= sys.version_info[:2] <= (3, 11)


def quiet_lines(code):
    """The lines that bind no variable."""
    if not EVERY_LINE_COUNTS:
        return NO_LINES
    lines, loud = set(), set()
    instructions = code.co_code
    for start, end, line in code.co_lines():
        if line is None:
            # These run as part of whatever line came before.
            if not BINDING_OPCODES.isdisjoint(instructions[start:end:2]):
                return NO_LINES
            continue
        lines.add(line)
        if not BINDING_OPCODES.isdisjoint(instructions[start:end:2]):
            loud.add(line)
    return frozenset(lines - loud)


BINDING_OPCODES = {
    number for name, number in opcode.opmap.items() if "STORE_FAST" in name or "STORE_DEREF" in name
}
UNBINDING_OPCODES = {
    opcode.opmap[name]
    for name in ("DELETE_FAST", "DELETE_DEREF", "LOAD_FAST_AND_CLEAR")
    if name in opcode.opmap
}


def shown_name(name):
    if not is_identifier(name):
        return False
    return not (name.startswith("__") and name.endswith("__"))


def code_table(module_code):
    """Facts of code objects of a program by identity: at first of those whose qualified name is not
    known later, which up to 3.10 are all."""
    table = {}
    if hasattr(module_code, "co_qualname"):
        return table

    def visit(code, prefix):
        for constant in code.co_consts:
            if type(constant) is types.CodeType:
                name = prefix + constant.co_name
                table[id(constant)] = CodeFacts(constant, name)
                inner = ".<locals>." if constant.co_flags & OPTIMIZED else "."
                visit(constant, name + inner)

    visit(module_code, "")
    return table


def code_facts(table, code):
    """The facts of a code object of the program, None for what is not followed."""
    facts = table.get(id(code))
    if facts is None or facts.code is not code:
        if code.co_name == "<module>":
            return None
        name = getattr(code, "co_qualname", code.co_name)
        facts = table[id(code)] = CodeFacts(code, name)
    return facts


def make_recorder(table, limits, abort, bare):
    """What records one call, and the list of what it sees."""
    events = []
    if bare:
        return BareRecorder(table, limits, abort, events), events
    if NATIVE:
        budgets = [limits[name] for name in ("max_steps", "max_depth", "trace_bytes", "value_bytes")]
        return NATIVE[0].record(table, abort, events, *budgets), events
    return make_tracer(table, limits, abort, events), events


def start_tracing(tracer):
    if isinstance(tracer, Watcher) or (NATIVE and type(tracer) in NATIVE[1]):
        tracer.start()
    else:
        settrace(tracer)


# The native twins of the recorder and of what counts steps, and the types of these, where there are.
NATIVE = []


def load_native(path):
    """Loads the twin, which must give the same bytes as this text."""
    library = ctypes.PyDLL(path)
    library.PyInit_tracestone_native.restype = ctypes.py_object
    native = library.PyInit_tracestone_native()
    native.set_up(
        {
            "name_descriptor": type_dict_of(type)["__name__"],
            "args_descriptor": type_dict_of(BaseException)["args"],
            "facts_of": facts_of,
            "category_of": category_of,
            "leaf_of": leaf_text,
            "clean": clean,
            "ordered_keys": OrderedDict.keys,
            "ordered_values": OrderedDict.values,
            "program_name": PROGRAM,
            "code_facts_of": code_facts,
            "raised_text": raised_text,
            "plain_locals": plain_locals,
            "end_kind": end_kind,
            "was_started": was_started,
            "return_opcodes": RETURN_OPCODES,
            "counted_files": (PROGRAM, SETUP, CALL),
            "locals_sharers": LOCALS_SHARERS,
            "deque": deque,
            **{name: cls for cls, name in DICT_SUBCLASSES.items()},
        }
    )
    NATIVE[:] = native, (type(native.record({}, None, [], 1, 1, 1, 1)), type(native.count(1, None)))


# An empty dictionary that stays empty.
NOTHING = types.MappingProxyType({})


class FrameState:
    """What the recorder knows of one frame."""

    # Of the variables, the ones whose text can change while they stay bound to the same object, each
    # with what to watch.
    watched = NOTHING
    # The last exceptions that came by, and the instruction of the newest, if it was just now.
    seen = ()
    fresh_at = None

    def __init__(self, facts, number):
        self.facts = facts
        self.number = number
        self.only_binds = facts.only_binds
        # The line of the last event, and the lines after which no variable is bound to another object.
        self.line = 0
        self.quiet_lines = facts.quiet_lines
        # Variable: (its object, what to watch, the text).
        self.shown = {}
        # The objects of all variables, in the frame's own order.
        self.held = ()


def make_tracer(table, limits, abort, events):
    """The trace function. A closure, because variables of closures are the fastest that Python has.

    `abort(outcome)` does not return.
    """
    max_steps = limits["max_steps"]
    max_depth = limits["max_depth"]
    max_bytes = limits["trace_bytes"]
    cap = limits["value_bytes"]
    add = events.append
    steps = 0
    active = 0
    frames = 0
    size = 0
    # A raise event whose exception is known only when the caller sees it: (event, candidates).
    doubtful = None
    # What is known of each frame that runs.
    states = {}

    def enter(frame, event, arg):
        nonlocal active, frames
        code = frame.f_code
        if code.co_filename != PROGRAM:
            return None
        try:
            facts = code_facts(table, code)
            if facts is None:
                return None
            active += 1
            if active > max_depth:
                abort(["over_budget", "depth"])
            if facts.suspendable:
                previous = frame.f_trace
                if type(previous) is FunctionType:
                    state = previous.__dict__.get("tracestone_state")
                    if state is not None:
                        resume(frame, state)
                        return local
            number = frames
            frames += 1
            if facts.suspendable and was_started(facts.opcodes, frame.f_lasti):
                # Set-up has started it, so this is no start.
                resume(frame, FrameState(facts, number))
                return local
            return follow(frame, facts, number)
        except RecursionError:
            abort(["over_budget", "depth"])
        except MemoryError:
            abort(["out_of_memory"])
        except BaseException as error:
            abort(internal(error))

    def describe_anew(state, name, value, changes):
        """Notes a variable that is bound to another object, or whose object looks changed."""
        nonlocal size
        shown = state.shown
        before = shown.get(name)
        text = None
        if before is not None and before[0] is value and type(before[1]) in (FlatList, FlatDict):
            watch = before[1]
            text = watch.again()
        if text is None:
            text, watch = describe(value, cap)
        shown[name] = (value, watch, text)
        if watch is not None:
            if state.watched is NOTHING:
                state.watched = {}
            state.watched[name] = watch
        elif name in state.watched:
            del state.watched[name]
        if before is None or text != before[2]:
            changes.append((name, text))
            size += len(name) + len(text[0]) + 16

    def changes_of(frame, state):
        """[(name, text or None where it is gone)] since the last look at the frame."""
        nonlocal size
        if state.line in state.quiet_lines:
            return stale(state) if state.watched else NO_CHANGES
        values = frame.f_locals
        if type(values) is not dict:
            values = plain_locals(values, state.facts.namespace)
            if values is None:
                return stale(state) if state.watched else NO_CHANGES
        held = state.held
        if state.only_binds:
            if len(values) == len(held) and all(map(is_, values.values(), held)):
                return stale(state) if state.watched else NO_CHANGES
            return rebound(state, values)
        shown = state.shown
        changes = []
        facts = state.facts
        state.held = list(values.values())
        get = values.get
        gone = []
        for name, entry in shown.items():
            value = get(name, MISSING)
            if value is entry[0]:
                watch = entry[1]
                if watch is None or unchanged(watch):
                    continue
            elif value is MISSING:
                gone.append(name)
                continue
            describe_anew(state, name, value, changes)
        for name in gone:
            del shown[name]
            if name in state.watched:
                del state.watched[name]
            changes.append((name, None))
            size += len(name) + 16
        if len(values) > len(shown):
            names = facts.names
            for name, value in values.items():
                if name not in shown and name in names:
                    describe_anew(state, name, value, changes)
        return changes

    def stale(state):
        """The changes where no variable is bound to another object: in what objects hold."""
        names = [name for name, watch in state.watched.items() if not unchanged(watch)]
        if not names:
            return NO_CHANGES
        changes = []
        for name in names:
            describe_anew(state, name, state.shown[name][0], changes)
        return changes

    def rebound(state, values):
        """The changes of a frame whose variables come and never go: those that there were before are
        still there and in the same order."""
        nonlocal size
        changes = []
        held = state.held
        shown = state.shown
        watched = state.watched
        names = state.facts.names
        state.held = now = list(values.values())
        at = 0
        count = len(held)
        for name, value in zip(values, now):
            if at < count and value is held[at]:
                if name in watched and not unchanged(watched[name]):
                    describe_anew(state, name, value, changes)
            elif name in names:
                if type(value) is int and value in SMALL_TEXTS and watched is NOTHING:
                    text = SMALL_TEXTS[value]
                    before = shown.get(name)
                    shown[name] = (value, None, text)
                    if before is None or text != before[2]:
                        changes.append((name, text))
                        size += len(name) + len(text[0]) + 16
                else:
                    describe_anew(state, name, value, changes)
                    watched = state.watched
            at += 1
        return changes

    def pairs_of(state, changes):
        """Names of changed variables, each with another one that is the same mutable object."""
        pairs = ()
        for name, text in changes:
            if text is not None and name in state.watched:
                value = state.shown[name][0]
                for other in state.watched:
                    if state.shown[other][0] is value and other != name:
                        pairs += (name, other)
                        break
        return pairs

    def follow(frame, facts, number):
        states[frame] = state = FrameState(facts, number)
        changes = changes_of(frame, state)
        pairs = (facts.name,) + pairs_of(state, changes) if state.watched else facts.alone
        state.line = line = frame.f_lineno
        add((number, EVENT_CALL, line, changes, None, pairs))
        return local

    def local(frame, event, arg):
        nonlocal steps, size, doubtful
        try:
            state = states[frame]
            if event == "line":
                state.fresh_at = None
                doubtful = None
                steps += 1
                if steps > max_steps:
                    abort(["over_budget", "steps"])
                if state.line in state.quiet_lines and not state.watched:
                    changes = pairs = NO_CHANGES
                else:
                    changes = changes_of(frame, state)
                    pairs = pairs_of(state, changes) if changes and state.watched else ()
                state.line = line = frame.f_lineno
                add((state.number, EVENT_LINE, line, changes, None, pairs))
            elif event == "return":
                size += 48
                return leave(frame, state, arg)
            elif event == "exception":
                error = arg[1]
                # An exception that C code raised may still be a bare class or argument here.
                if isinstance(error, BaseException):
                    if doubtful is not None:
                        settle(error)
                    state.seen = state.seen[-7:] + (error,)
                    state.fresh_at = frame.f_lasti
                return local
            size += 48
            if size > max_bytes:
                abort(["over_budget", "trace_bytes"])
        except RecursionError:
            abort(["over_budget", "depth"])
        except MemoryError:
            abort(["out_of_memory"])
        except BaseException as error:
            abort(internal(error))
        return local

    def leave(frame, state, value):
        """Notes the end of a frame, or its pause: then gives the function that wakes it."""
        nonlocal active, doubtful, size
        active -= 1
        at = frame.f_lasti
        facts = state.facts
        changes = changes_of(frame, state)
        pairs = pairs_of(state, changes) if changes and state.watched else ()
        doubtful = None
        fresh = state.fresh_at == at
        kind = end_kind(facts.opcodes, at, value, facts.suspendable, fresh)
        if kind == EVENT_RAISE:
            seen = state.seen
            text = raised_text(seen[-1] if seen else None, cap)
            size += len(text[1])
            event = [state.number, kind, frame.f_lineno, changes, None, text + list(pairs)]
            add(event)
            if state.fresh_at is None:
                doubtful = (event, seen)
        else:
            text = describe(value, cap)[0]
            size += len(text[0])
            add((state.number, kind, frame.f_lineno, changes, text, pairs))
        del states[frame]
        if size > max_bytes:
            abort(["over_budget", "trace_bytes"])
        return asleep(state) if kind == EVENT_YIELD else None

    def asleep(state):
        """The trace function of a paused frame. It keeps the state, so that nothing else keeps the
        frame, whose end may be that nobody refers to it."""

        def sleeper(frame, event, arg):
            nonlocal active
            active += 1
            resume(frame, state)
            return local(frame, event, arg)

        sleeper.tracestone_state = state
        return sleeper

    def resume(frame, state):
        states[frame] = state
        state.fresh_at = None
        changes = changes_of(frame, state)
        state.line = line = frame.f_lineno
        add((state.number, EVENT_RESUME, line, changes, None, pairs_of(state, changes)))

    def settle(error):
        """Gives a raise after a `finally` the exception that its caller sees."""
        nonlocal doubtful
        event, candidates = doubtful
        doubtful = None
        for candidate in candidates:
            if candidate is error:
                event[5][:3] = exception_text(error, cap)

    def finish(error):
        if doubtful is not None and error is not None:
            settle(error)

    enter.finish = finish
    return enter


def raised_text(error, cap):
    """The text of an exception that left a frame, if it is known."""
    return ["Exception", "", INEXACTLY] if error is None else exception_text(error, cap)


def end_kind(opcodes, at, value, suspendable, fresh):
    """How a frame stops at an instruction; `fresh` tells whether an exception was just there."""
    code = opcodes[at] if 0 <= at < len(opcodes) else 0
    if code in RETURN_OPCODES:
        return EVENT_RETURN
    if not suspendable or (fresh and value is None):
        return EVENT_RAISE
    return EVENT_YIELD if pauses(opcodes, at) else EVENT_RAISE


def was_started(opcodes, at):
    """Whether a generator or coroutine whose frame is entered at this instruction has run before."""
    if RESUME is None:
        return at >= 0
    if at < 0:
        return False
    # The lowest two bits of the argument are 0 at the start of a function. What an exception wakes may
    # still be at the instruction that paused it.
    return opcodes[at] in YIELD_OPCODES or (opcodes[at] == RESUME and opcodes[at + 1] & 3 != 0)


def pauses(opcodes, at):
    """Whether a generator or coroutine that stops at this instruction hands out a value."""
    if opcodes[at] in YIELD_OPCODES:
        return True
    if opcodes[at] == RESUME:
        return at >= 2 and opcodes[at - 2] in YIELD_OPCODES
    return YIELD_FROM is not None and opcodes[at + 2 : at + 3] == bytes((YIELD_FROM,))


def plain_locals(values, namespace):
    """A class body may run in a mapping of the user's own: only real dictionaries are looked into.

    From 3.13 on a function's `f_locals` is a proxy, which is read as a whole. While a comprehension in a
    class body runs, that of the class is one as well, of the comprehension's variables and of what is
    closed over, none of which is a variable of the class: then None.
    """
    if FRAME_PROXY is not None and type(values) is FRAME_PROXY:
        return None if namespace else dict(values)
    if dict in type_mro_of(type(values)):
        return dict(zip(dict.keys(values), dict.values(values)))
    return {}


def frame_proxy_type():
    kind = type((lambda: sys._getframe().f_locals)())
    return None if kind is dict else kind


FRAME_PROXY = frame_proxy_type()


def internal(error):
    return ["invalid", "the recorder failed: %s" % type_name_of(type(error))]


def make_counter(max_steps, abort):
    """The trace function for programs and set-up: only counts lines, so that loops end."""
    if NATIVE:
        return NATIVE[0].count(max_steps, abort)
    steps = 0

    def enter(frame, event, arg):
        return line if frame.f_code.co_filename in (PROGRAM, SETUP, CALL) else None

    def line(frame, event, arg):
        nonlocal steps
        if event == "line":
            steps += 1
            if steps > max_steps:
                abort(["over_budget", "steps"])
        return line

    return enter


class Stop(BaseException):
    """Ends a run that is over the budget it names."""


# A program whose text has none of these does not stop an exception that it does not know.
CATCHERS = ("except:", "BaseException", "finally", "suppress", "__exit__", "__del__", "exec", "eval")


def make_tracker(max_steps, max_depth, stop, seen, path):
    """A trace function that notes the steps from line to line in `seen` and looks at no values. `path`
    gets all lines in their order, where it is a list.

    `stop(budget)` does not return.
    """
    if NATIVE:
        return NATIVE[0].track(max_steps, max_depth, stop, seen, path)
    steps = 0
    active = 0
    last = 0
    add = seen.add

    def enter(frame, event, arg):
        nonlocal active
        code = frame.f_code
        if code.co_filename != PROGRAM or code.co_name == "<module>":
            return None
        active += 1
        if active > max_depth:
            stop("depth")
        return line

    def line(frame, event, arg):
        nonlocal steps, active, last
        if event == "line":
            number = frame.f_lineno
            add((last, number))
            last = number
            if path is not None:
                path.append(number)
            steps += 1
            if steps > max_steps:
                stop("steps")
        elif event == "return":
            active -= 1
        return line

    enter.finish = lambda error: None
    return enter


# --------------------------------------------------------------------------------------------
# Writing results

def make_encoder():
    encoder = json.encoder.c_make_encoder
    if encoder is None:
        return lambda value: json.dumps(value, separators=(",", ":")).encode("ascii")

    def refuse(value):
        raise TypeError("not JSON")

    chunks = encoder(
        None, refuse, json.encoder.encode_basestring_ascii, None, ":", ",", False, False, True
    )
    return lambda value: "".join(chunks(value, 0)).encode("ascii")


encode = make_encoder()
pack = struct.pack
unpack = struct.unpack
write = os.write
leave_process = os._exit
recursion_limit, set_recursion_limit = sys.getrecursionlimit, sys.setrecursionlimit
settrace = sys.settrace
gettrace = sys.gettrace
collect_garbage = gc.collect


# The scanner in C by itself; what `json.loads` does before it touches, and so copies, more pages.
scan_json = json.JSONDecoder().scan_once


def send(fd, data):
    data = pack(">I", len(data)) + data
    sent = write(fd, data)
    while sent < len(data):
        sent += write(fd, memoryview(data)[sent:])


def read_frame():
    header = read(4)
    return json.loads(read(unpack(">I", header)[0]))


class Capped(io.BufferedIOBase):
    """What `print` ends in: keeps the first bytes and forgets the rest."""

    def __init__(self, cap):
        self.cap = cap
        self.kept = bytearray()
        self.cut = False

    def writable(self):
        return True

    def write(self, data):
        data = bytes(data)
        space = self.cap - len(self.kept)
        if len(data) > space:
            self.cut = True
        self.kept += data[:space]
        return len(data)


flush_text = io.TextIOWrapper.flush


# Some that the zygote has made, since what makes one, or ends it, touches, and so copies, more pages
# than it takes. None ends before its child.
SPARE_CAPTURES, USED_CAPTURES = [], []


def capture(cap):
    if not SPARE_CAPTURES:
        raw = Capped(cap)
        SPARE_CAPTURES.append((raw, Output(raw, encoding="utf-8", newline="\n")))
    one = SPARE_CAPTURES.pop()
    USED_CAPTURES.append(one)
    one[0].cap = cap
    return one


# --------------------------------------------------------------------------------------------
# What is refused

REFUSED_EVENTS = frozenset(
    """
    open os.listdir os.scandir os.mkdir os.rename os.remove os.rmdir os.link os.symlink os.chmod
    os.chown os.truncate os.utime os.walk os.fwalk os.chdir os.chflags os.lockf os.setxattr
    os.getxattr os.listxattr os.removexattr os.system os.exec os.fork os.forkpty os.spawn
    os.posix_spawn os.startfile os.kill os.killpg os.add_dll_directory subprocess.Popen pty.spawn
    socket.__new__ socket.connect socket.bind socket.getaddrinfo socket.gethostbyname
    socket.gethostname socket.sethostname socket.sendto socket.sendmsg shutil.copyfile shutil.move
    shutil.rmtree shutil.copytree shutil.make_archive shutil.unpack_archive shutil.copymode
    shutil.copystat shutil.chown tempfile.mkstemp tempfile.mkdtemp glob.glob glob.glob/2
    builtins.input builtins.breakpoint time.sleep ctypes.dlopen ctypes.dlsym ctypes.addressof
    ctypes.cdata ctypes.call_function ctypes.string_at ctypes.wstring_at mmap.__new__ fcntl.fcntl
    fcntl.ioctl fcntl.flock fcntl.lockf signal.pthread_kill resource.setrlimit resource.prlimit
    sqlite3.connect webbrowser.open urllib.Request ftplib.connect http.client.connect
    imaplib.open poplib.connect smtplib.connect telnetlib.Telnet.open nntplib.connect
    _thread.start_new_thread _thread.start_joinable_thread sys.settrace sys.setprofile
    sys.addaudithook pdb.Pdb cpython.run_interactivehook cpython.remote_debugger_script
    _posixsubprocess.fork_exec syslog.openlog
    """.split()
)
READERS = frozenset(
    ("open", "os.listdir", "os.scandir")
)


def reader_files():
    """The library code that may read the standard library's files."""
    names = {"<frozen importlib._bootstrap_external>", "<frozen importlib._bootstrap>"}
    for function in (linecache.getline, tokenize.open):
        names.add(function.__code__.co_filename)
    return frozenset(names)


READER_FILES = reader_files()
getframe = sys._getframe


start_thread = _thread.start_new_thread
# While this is not empty, this file is at work and not a program.
WORKING = [True]
# The `abort` of the child that this process is.
ABORT = []


def make_audit_hook(working, abort):
    """The zygote installs it, so that children find it there; it does nothing while we are at work."""

    def hook(event, args):
        if event not in REFUSED_EVENTS or working:
            return
        if event in READERS:
            # The import system and the line cache read the standard library, and nothing else can
            # be read anyway.
            frame = getframe(1)
            if frame is not None and frame.f_code.co_filename in READER_FILES:
                return
        if event == "socket.__new__" and getframe(1).f_back.f_code.co_name == "socketpair":
            # The system lets nothing but a pair of this process's own be made.
            return
        abort[0](["refused", event])

    return hook


def refuse_threads(working, abort):
    """Up to 3.11 no audit event tells that a thread is started."""

    def start_new_thread(*args, **kwargs):
        if not working:
            abort[0](["refused", "_thread.start_new_thread"])
        raise RuntimeError("can't start new thread")

    for module in (_thread, threading):
        for name in list(vars(module)):
            if name in THREAD_STARTERS:
                setattr(module, name, start_new_thread)


THREAD_STARTERS = frozenset(
    """
    start_new_thread start_new start_joinable_thread _start_new_thread _start_joinable_thread
    """.split()
)


def refused_by_system(error):
    """What was refused where the system call was, not Python: an error with a number, or no thread."""
    if type(error) is PermissionError:
        number = OSError.__dict__["errno"].__get__(error)
        if type(number) is int and number in (1, 13):
            return "a system call that is not permitted"
    if type(error) is RuntimeError and exception_args_of(error) == ("can't start new thread",):
        return "_thread.start_new_thread"
    return None


# --------------------------------------------------------------------------------------------
# Chance: differs between interpreters, so that what depends on it is found, and not between builds,
# so that the next build finds the same.

HASH_SEED = os.environ.get("PYTHONHASHSEED", "")
# The generator in C by itself, which is seeded with numbers.
Generator = __import__("_random").Random
seed_generator, seed_from = Generator.seed, random.Random.seed
chance = Generator(0)
chance_bits = chance.getrandbits
random_instance = random._inst


def state_of(generator):
    """What gives the state of a generator: its bytes, since `getstate` makes 625 numbers each time.
    They follow the object's head in all versions; where the sizes say otherwise, the numbers do."""
    head, state = object.__basicsize__, 4 * 625
    if head + state <= Generator.__basicsize__ < head + state + 8:
        state = (ctypes.c_char * state).from_address(id(generator) + head)
        return lambda: state.raw
    return generator.getstate


chance_state, random_state = state_of(chance), state_of(random_instance)
# The text that chance has started from, and the states right after that.
STARTED = ["", b"", b""]


def chance_restart(text):
    if text == STARTED[0] and not chance_was_used():
        return
    seed_generator(chance, int.from_bytes(text.encode("utf-8", "surrogatepass"), "big"))
    # As `random.seed()` does it.
    seed_generator(random_instance, chance_bits(128))
    random_instance.gauss_next = None
    STARTED[:] = text, chance_state(), random_state()


def chance_was_used():
    """Whether anything was left to chance since the start."""
    return STARTED[1] != chance_state() or STARTED[2] != random_state()


def seed_by_chance(self, a=None, version=2):
    """`random.Random.seed`, without the system's entropy."""
    seed_from(self, chance_bits(128) if a is None else a, version)


def random_bytes(size, /):
    """`os.urandom`, without the system's entropy."""
    return chance_bits(8 * size).to_bytes(size, "big")


# What a report says of a call beside its outcome: on what depended what came of it,
BY_CLOCK, BY_CHANCE, BY_ENVIRONMENT = 1, 2, 4
# and what was different when it was watched otherwise, or not at all.
OTHER_PATH, OTHER_OUTCOME, OTHER_EFFECTS = 8, 16, 32

random.Random.seed = seed_by_chance
random.seed = random._inst.seed
os.urandom = random._urandom = random_bytes


# --------------------------------------------------------------------------------------------
# Clocks: no interpreter has the machine's, so that the next build finds the same, and no two have the
# same one, so that what depends on the time of day or on how long something takes is found.

FIRST_TIME = 1_700_000_000
DAY = 86_400
count_from = __import__("itertools").count


class Clock:
    """A count of nanoseconds that goes on by `step` each time somebody looks."""

    def __init__(self, start, step):
        self.start = start
        self.step = step
        self.restart()

    def restart(self):
        # `__next__` of a count is C code: no trace function sees it, and as an attribute of a class
        # it is no method.
        self.whole = count_from(self.start, self.step)
        self.fraction = count_from(self.start / 1e9, self.step / 1e9)
        self.at_start = repr(self.whole), repr(self.fraction)

    def was_read(self):
        """Whether somebody looked since the start; of a clock that stands still nobody can tell."""
        return (repr(self.whole), repr(self.fraction)) != self.at_start

    def seconds(self):
        return next(self.fraction)


def clocks_of(role, hash_seed):
    """The time of day and the time since some moment. The first interpreter's clocks stand still."""
    number = 0 if role == "first" else int(hash_seed or 0) % 9973 + 1
    step = 0 if role == "first" else 1_000_003 + number
    day = FIRST_TIME + number * (3 * DAY + 7)
    return Clock(day * 10**9 + number, step), Clock((100 + number) * 10**9 + number, step)


class Clocks:
    """Puts an interpreter's clocks in the place of the machine's."""

    def __init__(self, role):
        import datetime
        import time

        self.of_day, self.since = clocks_of(role, HASH_SEED)
        self.time = vars(time)
        self.wrap_readers()
        # The methods of a C class cannot be set, but its dictionary can.
        methods = gc.get_referents(type_dict_of(datetime.datetime))[0]
        since_epoch = type_dict_of(datetime.datetime)["fromtimestamp"]
        of_day = self.of_day

        def now(cls, tz=None):
            return since_epoch.__get__(None, cls)(of_day.seconds(), tz)

        def utcnow(cls):
            return since_epoch.__get__(None, cls)(of_day.seconds(), datetime.timezone.utc).replace(
                tzinfo=None
            )

        methods["now"], methods["utcnow"] = classmethod(now), classmethod(utcnow)
        ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime.datetime))
        self.readers = {}
        self.set_readers()

    def restart(self):
        if self.was_read():
            self.of_day.restart()
            self.since.restart()
            self.set_readers()
        else:
            # A program may have put others in their place.
            self.time.update(self.readers)

    def set_readers(self):
        """Gives the module `time` the functions that read these clocks."""
        readers, of_day, since = self.readers, self.of_day, self.since
        readers["time"], readers["time_ns"] = of_day.fraction.__next__, of_day.whole.__next__
        for name in ("monotonic", "perf_counter", "process_time", "thread_time"):
            readers[name] = since.fraction.__next__
            readers[name + "_ns"] = since.whole.__next__
        self.time.update(readers)

    def was_read(self):
        return self.of_day.was_read() or self.since.was_read()

    def wrap_readers(self):
        """What reads the clock where it is given no time."""
        names, of_day, since = self.time, self.of_day, self.since

        def reader(name):
            inner = names[name]

            def read(seconds=None, /):
                return inner(of_day.seconds() if seconds is None else seconds)

            read.__name__ = read.__qualname__ = name
            names[name] = read

        for name in ("localtime", "gmtime", "ctime"):
            reader(name)
        for name in ("localtime", "ctime", "mktime"):
            names[name] = noting(names[name])
        localtime, inner_asctime, inner_strftime = names["localtime"], names["asctime"], names["strftime"]

        def asctime(moment=None, /):
            return inner_asctime(localtime() if moment is None else moment)

        def strftime(format, moment=None, /):
            return inner_strftime(format, localtime() if moment is None else moment)

        def clock_gettime(number, /):
            return of_day.seconds() if number == 0 else since.seconds()

        def clock_gettime_ns(number, /):
            return next(of_day.whole if number == 0 else since.whole)

        for function in (asctime, strftime, clock_gettime, clock_gettime_ns):
            names[function.__name__] = function


# The clocks of this interpreter, once there are.
CLOCKS = []


# --------------------------------------------------------------------------------------------
# The child: one program, its calls

# Sets and their order, and what two runs can agree on by chance: a random choice of two.
HAZARDOUS_NAMES = frozenset(
    """
    set frozenset Set MutableSet keys items hash id random randint randrange choice choices shuffle
    sample secrets urandom uuid uuid4 time datetime now today perf_counter process_time monotonic
    """.split()
)
HAZARDOUS_OPCODES = {
    opcode.opmap[name] for name in ("BUILD_SET", "SET_ADD", "SET_UPDATE") if name in opcode.opmap
}


def depends_on_hashes(code):
    """Whether a program may see a set's order or a random choice: two runs can agree by chance."""
    if not HAZARDOUS_NAMES.isdisjoint(code.co_names):
        return True
    if not HAZARDOUS_OPCODES.isdisjoint(code.co_code[::2]):
        return True
    return any(depends_on_hashes(c) for c in code.co_consts if type(c) is types.CodeType)


LINGERERS = frozenset(("__del__", "weakref"))


def may_linger(code):
    """Whether the end of an object may run code of the program: that of a generator or coroutine that
    waits, or what a class or a weak reference calls."""
    if code.co_flags & SUSPENDABLE or not LINGERERS.isdisjoint(code.co_names):
        return True
    return any(may_linger(c) for c in code.co_consts if type(c) is types.CodeType)


# What tells a program that an object has ended, or how many refer to it.
END_TELLERS = frozenset("__del__ weakref gc getrefcount __subclasses__ _getframe".split())
COROUTINE = 0x80 | 0x200
HANDLER_OPCODES = {
    opcode.opmap[name]
    for name in ("SETUP_FINALLY", "SETUP_WITH", "SETUP_ASYNC_WITH", "PUSH_EXC_INFO")
    if name in opcode.opmap
}


def sees_ends(code):
    """Whether a program can see that an object ends. A generator that only hands out values ends
    unseen; one that handles exceptions, or cleans up, does not."""
    if code.co_flags & COROUTINE or not END_TELLERS.isdisjoint(code.co_names):
        return True
    if code.co_flags & SUSPENDABLE and not HANDLER_OPCODES.isdisjoint(code.co_code[::2]):
        return True
    return any(constant_sees_ends(constant) for constant in code.co_consts)


def constant_sees_ends(constant):
    """The same for a constant: an inner function, or a text that may be executed or name an attribute."""
    kind = type(constant)
    if kind is types.CodeType:
        return sees_ends(constant)
    if kind is str:
        return "__del__" in constant or "weakref" in constant
    return kind is tuple and any(constant_sees_ends(item) for item in constant)


def has_generators(code):
    if code.co_flags & SUSPENDABLE:
        return True
    return any(has_generators(c) for c in code.co_consts if type(c) is types.CodeType)


# Variables whose values are compared between two runs of a call; of how many names at most.
EFFECT_KINDS = frozenset((list, dict, set, deque, int, str, float, bool, NoneType, bytes))
MOST_EFFECTS = 100
# The first interpreter runs programs in a main module, the others in one that has no name.
PROGRAM_MODULES = ("__main__", "builtins", None)


def type_items(cls):
    return dict(type_dict_of(cls))


# Memory that a child gives back when it has to report that there is no more.
RESERVE = [bytearray(1 << 16)]


class Child:
    """Runs the calls of one job. Everything user code could replace was bound before."""

    def __init__(self, limits, fd, role):
        self.job = None
        self.limits = limits
        self.fd = fd
        self.role = role
        self.call = 0
        self.sources = 0
        self.raw = None
        self.text = None
        self.working = WORKING
        self.lingers = False
        # Whether the program can see that an object ends, and whether the call at hand can.
        self.sees_ends = self.bare = False
        self.generators = False
        # Whether the program may see the order of a set or a random choice.
        self.hazard = False
        self.output_cap = limits["stdout_bytes"]

    def emit(self, outcome, events):
        """Writes the frame of the current call."""
        self.note_sources()
        outcome = encode(outcome)
        stdout = encode(self.stdout())
        body = encode(events)
        head = pack(">BIIIB", 82, self.call, len(outcome), len(stdout), self.sources)
        send(self.fd, head + outcome + stdout + body)

    def stdout(self):
        if self.raw is None:
            return ["", False]
        try:
            flush_text(self.text)
        except BaseException:
            pass
        text = bytes(self.raw.kept).decode("utf-8", "ignore")
        return [text, self.raw.cut]

    def end(self):
        send(self.fd, pack(">BIB", 69, len(self.job["calls"]), self.hazard))
        leave_process(0)

    def abort(self, outcome):
        """Ends the child within a call: what comes after a broken budget cannot be relied on."""
        RESERVE.clear()
        self.working.append(True)
        try:
            set_recursion_limit(1 << 20)
            self.raw = None
            self.emit(outcome, [])
            send(self.fd, pack(">BIB", 69, self.call + 1, self.hazard))
        finally:
            leave_process(0)

    def run(self, job):
        self.job = job
        ABORT.append(self.abort)
        for finder in UNAVAILABLE:
            finder.abort = self.abort
        code, failure = self.compile(self.job["program"], PROGRAM, "exec")
        table = code_table(code) if code is not None else {}
        self.hazard = code is not None and depends_on_hashes(code)
        self.lingers = code is not None and may_linger(code)
        self.sees_ends = code is not None and sees_ends(code)
        self.generators = code is not None and has_generators(code)
        namespace = None
        for number, (setup, call) in self.job["calls"]:
            self.call = number
            self.raw = None
            self.sources = 0
            self.by_chance(setup, call)
            if self.job["kind"] == "try" and code is not None:
                namespace = self.attempt(code, setup, call, namespace)
            else:
                self.one(code, failure, table, setup, call)
        self.end()

    def attempt(self, code, setup, call, namespace):
        """Tries an input. The program is executed once for all: what one input leaves behind may
        mislead the choice of another, but nothing is taken from here into a result."""
        if namespace is None:
            namespace = self.namespace()
            raised = self.quietly(code, namespace)
            if raised is not None:
                self.emit(["program_failed", raised], [])
                return None
        setup_code, failure = self.compile(setup, SETUP, "exec") if setup else (None, None)
        call_code, failed = self.compile(call, CALL, "eval")
        failure = failure or failed
        if failure is None and setup_code is not None:
            failure = self.quietly(setup_code, namespace)
        if failure is not None:
            self.emit(["setup_failed", failure], [])
            return namespace
        seen = set()
        tracker = make_tracker(
            self.limits["max_steps"] // 4, self.limits["max_depth"], self.stop, seen, None
        )
        outcome = self.evaluated(call_code, namespace, tracker)
        self.emit(outcome, sorted(seen))
        self.raw = self.text = None
        return namespace

    def compile(self, text, name, mode):
        try:
            return compile(text, name, mode, dont_inherit=True), None
        except (RecursionError, MemoryError):
            return None, ["invalid", "the text cannot be compiled"]
        except BaseException as error:
            return None, exception_text(error, self.limits["value_bytes"])

    def namespace(self):
        """The first interpreter runs a program as a main module, the second in a bare dictionary."""
        if self.role != "first":
            sys.modules["__main__"] = types.ModuleType("__main__")
            return {"__builtins__": vars(builtins)}
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        module.__dict__["__builtins__"] = builtins
        return module.__dict__

    def quietly(self, code, namespace):
        """Executes program or set-up text; gives the exception that left it."""
        raw, text = capture(0)
        sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = text
        counter = make_counter(self.limits["max_steps"] * 20, self.abort)
        try:
            start_tracing(counter)
            self.working.clear()
            exec(code, namespace)
        except BaseException as error:
            self.working.append(True)
            settrace(None)
            return self.describe_failure(error)
        self.working.append(True)
        settrace(None)
        return None

    def describe_failure(self, error):
        if type(error) is MemoryError:
            self.abort(["out_of_memory"])
        if type(error) is RecursionError:
            self.abort(["over_budget", "depth"])
        refused = refused_by_system(error)
        if refused is not None:
            self.abort(["refused", refused])
        return exception_text(error, self.limits["value_bytes"])

    def one(self, code, failure, table, setup, call):
        if code is None:
            return self.emit(failure if failure[0] == "invalid" else ["program_failed", failure], [])
        setup_code, failure = self.compile(setup, SETUP, "exec") if setup else (None, None)
        call_code, call_failure = self.compile(call, CALL, "eval")
        self.bare = self.needs_bare(setup_code, call_code)
        namespace = self.namespace()
        failed = self.prepare(code, setup_code, failure, namespace)
        if failed is not None:
            return self.emit(failed, [])
        if call_code is None:
            return self.emit(["setup_failed", call_failure], [])
        if self.role == "first":
            # Without a look at values first: whether a call is over budget is cheap to tell so.
            path = []
            counted = self.evaluated(call_code, namespace, self.line_tracker(path))
            if counted[0] not in ("returned", "raised"):
                return self.emit(counted, [])
            seen = counted, self.stdout(), self.effects(namespace)
            namespace = self.afresh(setup, call)
            failed = self.prepare(code, setup_code, None, namespace)
            if failed is not None:
                return self.emit(failed, [])
        outcome, events = self.traced(call_code, namespace, table)
        if outcome[0] in ("returned", "raised"):
            watched = outcome, self.stdout(), self.effects(namespace)
            if self.role == "first":
                self.note_difference(seen, watched)
                if path != [event[2] for event in events if event[1] == EVENT_LINE]:
                    self.sources |= OTHER_PATH
            elif self.role == "second":
                # Being watched must not change what a program does: the second interpreter reports what
                # came out when nobody watched, beside the events of the traced call.
                namespace = self.afresh(setup, call)
                failed = self.prepare(code, setup_code, None, namespace)
                outcome = failed or self.evaluated(call_code, namespace, None)
                self.note_difference((outcome, self.stdout(), self.effects(namespace)), watched)
        self.emit(outcome, events)
        self.raw = self.text = None

    def needs_bare(self, setup_code, call_code):
        """Whether the call must be watched without owning anything. Where set-up may have started a
        generator, an exception can wake that without a call; `sys.settrace` does not show it."""
        if self.sees_ends or (setup_code is not None and self.generators and not NATIVE):
            return True
        return any(code is not None and sees_ends(code) for code in (setup_code, call_code))

    def note_difference(self, one, other):
        """Remembers what differs between two runs of a call in this interpreter."""
        if one[:2] != other[:2]:
            self.sources |= OTHER_OUTCOME
        elif one[2] != other[2]:
            self.sources |= OTHER_EFFECTS

    def effects(self, namespace):
        """What the program has written into its variables and those of its classes, where it can see that
        objects end: elsewhere watching changes nothing that outcome and path do not show."""
        if not self.bare:
            return NO_CHANGES
        cap = self.limits["value_bytes"]
        found = []
        for name, value in list(dict.items(namespace))[:MOST_EFFECTS]:
            kind = type(value)
            if not shown_name(name):
                continue
            if kind in EFFECT_KINDS:
                found.append((name, described(value, cap)))
            elif kind is type and dict.get(type_items(value), "__module__") in PROGRAM_MODULES:
                for inner, item in list(dict.items(type_items(value)))[:MOST_EFFECTS]:
                    if type(item) in EFFECT_KINDS and shown_name(inner):
                        found.append((name, inner, described(item, cap)))
        return found

    def afresh(self, setup, call):
        """A new namespace for another run of the call. Program and set-up are executed in it at the same
        depth as before, which a program may look for."""
        self.note_sources()
        self.by_chance(setup, call)
        return self.namespace()

    def line_tracker(self, path):
        """What notes the lines that run, and looks at no values."""
        if self.bare:
            return BareTracker(self.limits, self.abort, path)
        limits = self.limits
        return make_tracker(limits["max_steps"], limits["max_depth"], self.stop, set(), path)

    def stop(self, budget):
        """Ends a run that is over budget by an exception, so that the child can go on with the next
        call; where the program might catch that, by ending the child."""
        if self.may_catch():
            self.abort(["over_budget", budget])
        # The interpreter turns tracing off now, which is not the program's doing.
        self.working.append(True)
        raise Stop(budget)

    def may_catch(self):
        """Whether a text of the job may stop an exception that it does not know."""
        texts = [self.job["program"]] + [setup for _, (setup, _) in self.job["calls"]]
        # This is called where the program is, at a depth that may be the last one it can have.
        depth = recursion_limit()
        set_recursion_limit(1 << 20)
        catches = any([word in text for text in texts for word in CATCHERS])
        set_recursion_limit(depth)
        return catches

    def by_chance(self, setup, call):
        """What is left to chance, and the clock, depend on the interpreter and the call alone."""
        for clocks in CLOCKS:
            clocks.restart()
        READ_ENVIRONMENT.clear()
        chance_restart("\n".join((HASH_SEED, setup, call)))

    def note_sources(self):
        """Remembers what was read of the environment and the clock since the last start, and whether
        something was left to chance."""
        if READ_ENVIRONMENT:
            self.sources |= BY_ENVIRONMENT
        if self.role == "first":
            return
        if CLOCKS and CLOCKS[0].was_read():
            self.sources |= BY_CLOCK
        if chance_was_used():
            self.sources |= BY_CHANCE

    def prepare(self, code, setup_code, failure, namespace):
        """Executes program and set-up; gives the outcome if that failed."""
        raised = self.quietly(code, namespace)
        if raised is not None:
            return ["program_failed", raised]
        if setup_code is not None:
            failure = self.quietly(setup_code, namespace)
        return None if failure is None else ["setup_failed", failure]

    def traced(self, call_code, namespace, table):
        recorder, events = make_recorder(table, self.limits, self.abort, self.bare)
        return self.evaluated(call_code, namespace, recorder), events

    def evaluated(self, call_code, namespace, tracer):
        """Evaluates the call under a tracer, or without one; gives the outcome."""
        if self.lingers and self.job["kind"] != "try":
            # What earlier runs left behind ends now, not at a moment that depends on how many objects
            # the tracer makes: the end of a generator, say, is a step of the program.
            collect_garbage()
        self.raw, self.text = capture(self.output_cap)
        _, errors = capture(0)
        sys.stdout = sys.__stdout__ = self.text
        sys.stderr = sys.__stderr__ = errors
        sys.stdin = sys.__stdin__ = Input("")
        error = None
        try:
            start_tracing(tracer)
            self.working.clear()
            value = eval(call_code, namespace)
        except BaseException as caught:
            error = caught
        ours = gettrace() is tracer
        self.working.append(True)
        settrace(None)
        if type(error) is Stop:
            return ["over_budget", error.args[0]]
        if not ours:
            self.abort(["refused", "sys.settrace"])
        if error is None:
            return ["returned", described(value, self.limits["value_bytes"])]
        text = self.describe_failure(error)
        if tracer is not None:
            tracer.finish(error)
        return ["raised", text]


CLOSE_RANGE = 436


def close_quietly(fd):
    try:
        os.close(fd)
    except OSError:
        pass


def close_other_files(keep):
    """Closes what the interpreter was started with, although the launch has seen to that already."""
    first = 3
    for kept in sorted(keep) + [1 << 31]:
        if kept > first and libc.syscall(CLOSE_RANGE, first, kept - 1, 0) != 0:
            # Not by `closerange`, for which the C library may need `/proc` and gives up without it.
            for fd in range(first, min(kept, 1024)):
                close_quietly(fd)
        first = kept + 1


# --------------------------------------------------------------------------------------------
# The zygote

class Filter:
    """A seccomp program as bytes, made by the supervisor, in the form the kernel takes.

    An empty one stands for none: the user has asked for no sandbox.
    """

    def __init__(self, text):
        data = bytes.fromhex(text)
        self.exists = bool(data)
        self.buffer = ctypes.create_string_buffer(data, len(data))
        self.header = ctypes.create_string_buffer(
            struct.pack("@HP", len(data) // 8, ctypes.addressof(self.buffer))
        )

    def address(self):
        return ctypes.addressof(self.header) if self.exists else 0

    def install(self):
        if self.exists and libc.prctl(22, 2, ctypes.byref(self.header), 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "seccomp refused the filter")


libc = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG, PR_SET_DUMPABLE = 1, 4


fork_call = ctypes.PyDLL(None, use_errno=True).fork


def fork():
    """`fork` as the C library has it. Python's own looks after threads and random numbers in the child,
    of which there are none here and which are seeded anew for each call; that touches, and so copies,
    as many pages as a small program."""
    pid = fork_call()
    if pid < 0:
        raise OSError(ctypes.get_errno(), "no further process can be made")
    return pid


def limit(name, value):
    number = getattr(resource, name, None)
    if number is None:
        return
    hard = resource.getrlimit(number)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(number, (value, value))


def become_child(zygote, null, child_filter):
    """Waits for a job and confines itself; gives the job's text."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != zygote:
        os._exit(1)
    if not child_filter.exists:
        # Without a sandbox it may start processes; as a group of its own all can be ended.
        os.setsid()
    length, cpu_seconds = unpack(">II", read(8))
    job = read(length)
    send(1, encode({"started": os.getpid()}))
    for fd in range(3):
        os.dup2(null, fd)
    os.close(null)
    limit("RLIMIT_CPU", cpu_seconds)
    limit("RLIMIT_NPROC", 0)
    child_filter.install()
    return job


def must_fail(result):
    """Raises the error of a system call that failed, so that only success counts as done."""
    if result < 0:
        raise OSError(ctypes.get_errno(), "the system call failed")


def system_call(*arguments):
    return lambda: must_fail(libc.syscall(*[ctypes.c_long(one) for one in arguments]))


def raw_acts(parent):
    """Acts by number of the system call, for what Python has no function for."""
    if os.uname().machine == "x86_64":
        ptrace, write_memory, setns, unshare, mount = 101, 311, 308, 272, 165
        io_uring, memory_file, bpf, perf, keys, userfault = 425, 319, 321, 298, 250, 323
        prlimit, clone3, vfork, pidfd_open, x32_getpid = 302, 435, 58, 434, 0x40000000 | 39
        uname, statx = 63, 332
    elif os.uname().machine == "aarch64":
        ptrace, write_memory, setns, unshare, mount = 117, 271, 268, 97, 40
        io_uring, memory_file, bpf, perf, keys, userfault = 425, 279, 280, 241, 219, 282
        prlimit, clone3, vfork, pidfd_open, x32_getpid = 261, 435, None, 434, None
        uname, statx = 160, 291
    else:
        return {}
    limit = (ctypes.c_ulong * 2)(64, 64)
    name = ctypes.create_string_buffer(b"probe")
    root, room = ctypes.create_string_buffer(b"/"), ctypes.create_string_buffer(1 << 10)
    address = ctypes.addressof
    acts = {
        "trace its parent": system_call(ptrace, 16, parent, 0, 0),
        "write its parent's memory": system_call(write_memory, parent, 0, 0, 0, 0, 0),
        "limit its parent": system_call(prlimit, parent, 7, address(limit), 0),
        "enter a namespace": system_call(setns, 0, 0),
        "make a namespace": system_call(unshare, 0x10000000),
        "mount": system_call(mount, 0, 0, 0, 0, 0),
        "set up io_uring": system_call(io_uring, 1, 0),
        "make a file in memory": system_call(memory_file, address(name), 0),
        "load a BPF program": system_call(bpf, 0, 0, 0),
        "count hardware events": system_call(perf, 0, 0, -1, -1, 0),
        "use the keyring": system_call(keys, 0, -2, 0, 0, 0),
        "handle page faults": system_call(userfault, 0),
        "fork by clone3": system_call(clone3, 0, 0),
        "open a process": system_call(pidfd_open, parent, 0),
        "ask for the host's name": system_call(uname, address(room)),
        "look at a file with statx": system_call(statx, -100, address(root), 0, 0x7FF, address(room)),
    }
    if x32_getpid is not None:
        acts["call by another interface"] = system_call(x32_getpid)
    return acts


def probes(results):
    """Hostile acts, each of which must fail; the names of those that did not."""
    import socket

    parent = os.getppid()
    here = os.path.dirname(os.__file__)

    def make(path):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))

    def read(path):
        os.close(os.open(path, os.O_RDONLY))

    def connect(family, kind):
        socket.socket(family, kind).close()

    def fork():
        if os.fork() == 0:
            os._exit(0)

    def open_files(but):
        if not [fd for fd in range(3, 2048) if fd != but and is_open(fd)]:
            raise OSError("there is none")

    def is_open(fd):
        try:
            os.get_inheritable(fd)
        except OSError:
            return False
        return True

    acts = {
        "write a file": lambda: make("/tracestone-probe"),
        "write to /tmp": lambda: make("/tmp/tracestone-probe"),
        "write to shared memory": lambda: make("/dev/shm/tracestone-probe"),
        "make a folder": lambda: os.mkdir("/tmp/tracestone-probe"),
        "make a link": lambda: os.symlink("/", "/tmp/tracestone-probe"),
        "read /etc/passwd": lambda: read("/etc/passwd"),
        "read /proc": lambda: read("/proc/self/environ"),
        "read its parent's memory": lambda: read("/proc/%d/mem" % parent),
        "list the file system": lambda: os.listdir("/etc"),
        "open a socket": lambda: connect(socket.AF_INET, socket.SOCK_STREAM),
        "open a datagram socket": lambda: connect(socket.AF_INET, socket.SOCK_DGRAM),
        "open a local socket": lambda: connect(socket.AF_UNIX, socket.SOCK_STREAM),
        "open a netlink socket": lambda: connect(16, socket.SOCK_RAW),
        "make a pair of datagram sockets": lambda: socket.socketpair(type=socket.SOCK_DGRAM),
        "make a pair of sockets and send": lambda: socket.socketpair()[0].send(b"x"),
        "fork": fork,
        "start a thread": lambda: start_thread(int, ()),
        "execute a program": lambda: os.execv(sys.executable, ["python", "-c", ""]),
        "signal its parent": lambda: os.kill(parent, 0),
        "signal everyone": lambda: os.kill(-1, 0),
        "change a file's mode": lambda: os.chmod(os.__file__, 0o644),
        "change a file's times": lambda: os.utime(os.__file__),
        "change a file's attributes": lambda: os.setxattr(here, "user.probe", b""),
        "raise a limit": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)),
        "become root": lambda: os.setuid(0),
        "leave its session": lambda: os.setsid(),
        "read a link": lambda: os.readlink("/proc/self/exe"),
        "use a file that was open before": lambda: open_files(results),
    }
    acts.update(raw_acts(parent))
    done = []
    for name, act in acts.items():
        try:
            act()
            done.append(name)
        except (OSError, RuntimeError, ValueError):
            pass
    if 0 in (os.getuid(), os.geteuid()):
        done.append("run as root")
    return done


# What many programs import, loaded once before children are forked. Not more, since a fork takes
# longer the more memory there is to share.
PRELOADED = (
    """
    __future__ abc array bisect cmath collections collections.abc contextlib copy dataclasses
    datetime decimal enum fractions functools heapq io itertools json math numbers operator os
    random re statistics string sys textwrap time types typing unicodedata warnings
    """.split()
)


def preload():
    """Imports what programs often need, once for all children."""
    for name in PRELOADED:
        try:
            __import__(name)
        except ImportError:
            pass


# What has an effect when it is imported, or is not part of every installation.
NOT_PRELOADED = frozenset(
    """
    antigravity this idlelib turtledemo turtle tkinter test lib2to3 ensurepip venv distutils nt winreg
    msvcrt winsound ctypes curses readline pip __main__ site sitecustomize usercustomize
    """.split()
)


def preload_everything():
    """Imports the whole standard library, since no file can be opened later."""
    import pkgutil

    names = getattr(sys, "stdlib_module_names", None)
    if names is None:
        folders = [os.path.dirname(os.__file__)]
        names = [module.name for module in pkgutil.iter_modules(folders)]
    streams = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = io.StringIO()
    for name in sorted(names):
        # A private module comes along with the public one that uses it.
        if name.split(".")[0] not in NOT_PRELOADED and not name.startswith("__"):
            preload_package(name, pkgutil.iter_modules)
    sys.stdout, sys.stderr = streams
    UNAVAILABLE.append(Unavailable(frozenset(names)))
    sys.meta_path += UNAVAILABLE


def preload_package(name, modules_in):
    """Imports a module and, if it is a package, all that is in it."""
    import_quietly(name)
    for inner in modules_in(getattr(sys.modules.get(name), "__path__", ())):
        if not inner.name.startswith("__") and inner.name not in ("test", "tests"):
            preload_package(name + "." + inner.name, modules_in)


def import_quietly(name):
    try:
        __import__(name)
    except BaseException:
        pass


class Unavailable:
    """The last finder of modules: what is not loaded cannot be had here, which is not an answer."""

    def __init__(self, names):
        self.names = names
        self.abort = None

    def find_spec(self, name, path=None, target=None):
        if self.abort is not None and name.split(".")[0] in self.names:
            self.abort(["refused", "import of %s, which was not loaded before" % clean(name)])
        return None


# The one that is used, if any.
UNAVAILABLE = []


def set_up_interpreter(hello):
    """Makes the interpreter look like a plain one that has finished starting."""
    sys.path[:] = [path for path in sys.path if path]
    hide_host()
    set_environment(hello["role"])
    builtins.quit = _sitebuiltins.Quitter("quit", "Ctrl-D (i.e. EOF)")
    builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D (i.e. EOF)")
    builtins.help = _sitebuiltins._Helper()
    # What waits for others has the machine's clock, or it might wait for ever.
    import queue

    CLOCKS.append(Clocks(hello["role"]))
    preload()
    if hello["preload_all"]:
        preload_everything()
    for name in ("ctypes", "_ctypes", "ctypes._endian", "resource"):
        sys.modules.pop(name, None)


# The interpreter's own, kept here since their end, when others take their place, would write to pages
# that children share.
STREAMS = [sys.stdin, sys.stdout, sys.stderr, sys.__stdin__, sys.__stdout__, sys.__stderr__]


WARM_UP = """
class Stack:
    def __init__(self, items):
        self.items = list(items)

    def pop(self):
        if not self.items:
            raise IndexError("empty")
        return self.items.pop()

def numbers(count):
    for number in range(count):
        yield number, str(number)

def work(count):
    stack, names, seen, half = Stack([1, 2]), {}, set(), 0.5
    for number, name in numbers(count):
        names[name] = [number, (name, half * number)]
        seen.add(number)
        print(name)
    try:
        while True:
            stack.pop()
    except IndexError as error:
        return [str(error), sorted(seen), names]
"""


def recorded(child, code, table):
    """What is recorded of a call of our own program, with and without values, as bytes."""
    namespace = child.namespace()
    child.prepare(code, None, None, namespace)
    call_code, _ = child.compile("work(count=4)", CALL, "eval")
    _, events = child.traced(call_code, namespace, table)
    path = []
    child.evaluated(call_code, namespace, child.line_tracker(path))
    return encode([events, path])


def warm_up(limits, role, null):
    """Runs a program of our own here in the zygote, the report going to `/dev/null`. Tells whether the
    two recorders, where there are two, agree on it; else only the one in Python is used.

    What the interpreter learns of the recorder's code on the way (specialised instructions, caches)
    is then there in every child, and the pages that hold it are not copied by each.
    """
    modules = dict(sys.modules)
    for _ in range(20):
        child = Child(limits, null, role)
        child.job = {"kind": "trace", "program": WARM_UP, "calls": []}
        code, failure = child.compile(WARM_UP, PROGRAM, "exec")
        child.one(code, failure, code_table(code), "count = 4", "work(count)")
        depends_on_hashes(code)
    agreed = True
    if NATIVE:
        native, first = list(NATIVE), recorded(child, code, code_table(code))
        NATIVE.clear()
        agreed = recorded(child, code, code_table(code)) == first
        native[0].forget()
        if agreed:
            NATIVE[:] = native
    USED_CAPTURES.clear()
    sys.modules.update(modules)
    sys.stdin, sys.stdout, sys.stderr, sys.__stdin__, sys.__stdout__, sys.__stderr__ = STREAMS
    CLASS_FACTS.clear()
    return agreed


def settle():
    """Prepares the memory of the zygote for being shared with children.

    A fork and the end of a child take longer the more memory there is, and each page that a child
    writes to is copied. So what is free is returned to the system, of which compiling this file alone
    leaves a quarter of all pages. What remains free between objects that are in use is taken, so that
    what a child makes lies together on new pages. And some of what each child needs is made here.
    """
    gc.collect()
    gc.freeze()
    trim = getattr(libc, "malloc_trim", None)
    if trim is not None:
        trim(0)
        fill_heap()
    fill_pools()
    SPARE_CAPTURES.extend([capture(0) for _ in range(6)])
    USED_CAPTURES.clear()
    gc.freeze()


def fill_heap():
    """Takes what is free below the top of the C library's heap."""
    malloc, free, end_of_heap = libc.malloc, libc.free, libc.sbrk
    malloc.restype = end_of_heap.restype = ctypes.c_void_p
    malloc.argtypes, free.argtypes = [ctypes.c_size_t], [ctypes.c_void_p]
    end_of_heap.argtypes = [ctypes.c_ssize_t]
    size, end = LARGE_PIECE, end_of_heap(0)
    top = malloc(size)
    while top is not None and top + size < end:
        top = malloc(size)
    free(top)
    if top is None or top > end_of_heap(0):
        return
    while size >= SMALLEST_PIECE:
        piece = malloc(size)
        if piece is None or piece >= top:
            free(piece)
            size -= max(16, size // 8 if size > 4096 else 0)


# In bytes. The C library takes pieces up to the large one from its heap.
LARGE_PIECE, SMALLEST_PIECE = 100_000, 24
# Python has its own allocator for objects of up to so many bytes, in steps.
SMALL_OBJECT, STEP_OF_SIZES = 512, 16
POOL_HEADER = 48


def fill_pools():
    """Takes what is free in pools of Python's allocator that are in use, so that the next object of each
    size is among the first of a new pool."""
    malloc = ctypes.pythonapi.PyObject_Malloc
    malloc.restype, malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    for size in range(STEP_OF_SIZES, SMALL_OBJECT + 1, STEP_OF_SIZES):
        before, last = 0, 0
        for _ in range(4000):
            piece = malloc(size)
            if piece is None:
                return
            # Three in a row from the start of a page are a new pool.
            if before % 4096 == POOL_HEADER and before + size == last == piece - size:
                break
            before, last = last, piece
        else:
            # This is another allocator.
            return


def serve(zygote, null, child_filter):
    """Forks a child for each job; returns in the children alone, with the job's text.

    A child is forked before there is a job, so that nobody waits for the fork, and takes the job from
    the supervisor itself. One that dies before it has all of it never says that it started, and the
    supervisor gives up this interpreter. The native recorder has a twin of this, which writes to fewer
    of the pages that children share.
    """
    while True:
        pid = fork()
        if pid == 0:
            try:
                return become_child(zygote, null, child_filter)
            except BaseException:
                os._exit(70)
        ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        clean_exit = ended.si_code == os.CLD_EXITED
        if not child_filter.exists:
            end_group(pid)
        # The child stays a zombie until the supervisor has read everything and says so, hence its
        # number cannot mean another process while the supervisor may still send it a signal.
        send(1, encode({"ended": ended.si_status, "exited": clean_exit}))
        read(1)
        os.waitpid(pid, 0)


def end_group(group):
    try:
        os.killpg(group, signal.SIGKILL)
    except OSError:
        pass


def main(results, null):
    global PROGRAM, SETUP, CALL
    hello = read_frame()
    if hello["role"] != "first":
        PROGRAM, SETUP, CALL = OTHER_NAMES
    limits = hello["limits"]
    close_other_files((results, null))
    limit("RLIMIT_NOFILE", 64)
    set_up_interpreter(hello)
    native_failure = None
    if hello["native"]:
        try:
            load_native(hello["native"])
        except Exception as error:
            native_failure = str(error)
    replay = {"__builtins__": dict(vars(builtins)), "__name__": "tracestone_replay"}
    exec(compile(hello["replay"], "<replay>", "exec"), replay)
    # Objects that only this interpreter has: addresses then differ between the two interpreters
    # not just by where memory was mapped.
    replay["ballast"] = [bytes(size) for size in range(0, 512, 16) for _ in range(hello["ballast"])]
    child_filter = Filter(hello["child_filter"])
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    for text in hello["zygote_filters"]:
        Filter(text).install()
    zygote = os.getpid()
    sys.addaudithook(make_audit_hook(WORKING, ABORT))
    refuse_threads(WORKING, ABORT)
    if not warm_up(limits, hello["role"], null):
        native_failure = "it does not agree with the Python recorder"
    child = Child(limits, results, hello["role"])
    settle()
    send(1, encode({"native_failure": native_failure}))
    if NATIVE:
        job = NATIVE[0].serve(zygote, null, child_filter.address())
    else:
        job = serve(zygote, null, child_filter)
    # This is a child.
    try:
        job, _ = scan_json(job.decode("utf-8"), 0)
        if job["kind"] in ("trace", "try"):
            child.run(job)
        elif job["kind"] in ("replay", "evaluate", "perform"):
            replay["run"](job, limits, results)
        else:
            send(results, encode(probes(results)))
            os._exit(0)
    finally:
        leave_process(70)
