"""What is known of classes, found without running their code, and the texts of what holds no others."""


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

def category_of(kind):
    """Of a class that is no container of the standard library's: how its objects are described."""
    if kind in C_REPR or kind is Fraction or kind in FUNCTION_KINDS or kind is types.ModuleType:
        return LEAF
    if kind is type or type_flags_of(kind) & TYPE_SUBCLASS:
        return LEAF
    if kind in BUILTIN_EXCEPTIONS:
        return EXCEPTION
    if any(is_of_process(base) for base in type_mro_of(kind)):
        return LEAF
    return INSTANCE if type_flags_of(kind) & HEAP_TYPE else LEAF


TYPE_SUBCLASS = 1 << 31
# Classes whose objects know their process: which thread they run in, what was asked of them before, what others
# have made.
OF_PROCESS = frozenset((("asyncio.base_events", "BaseEventLoop"), ("logging", "Logger")))


def is_of_process(cls):
    module, name = type_dict_of(cls).get("__module__"), type_name_of(cls)
    # A program may put objects there whose hash and comparison are code of its own.
    return type(module) is type(name) is str and (module, name) in OF_PROCESS


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
