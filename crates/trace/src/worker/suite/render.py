"""Values as expressions that make them anew: literals, names of modules, calls that were recorded.

Nothing here has to be exact: an expression is a candidate, and what it gives when it is executed counts.
"""

MOST_TEXT, MOST_ITEMS, DEEPEST = 400, 60, 6
MOST_STATEMENTS, MOST_OPERATIONS = 16, 12
ATOMS = (int, str, bytes, float, bool, type(None), complex)
PLAIN_CONTAINERS = {list: "[%s]", set: "{%s}", frozenset: "frozenset({%s})"}
NAMED_CONTAINERS = ("collections", ("deque", "OrderedDict", "Counter", "defaultdict"))


class Unwritable(Exception):
    """A value that no expression of ours makes."""


class Origin:
    """How an object came about: the expression that gave it, what was called on it since, and what it was
    then."""

    __slots__ = ("value", "text", "needs", "operations", "digest")

    def __init__(self, value, text, needs, digest):
        self.value, self.text, self.needs, self.digest = value, text, needs, digest
        self.operations = []


class Draft:
    """The texts of one call, in the names of a module."""

    def __init__(self, watch, names):
        self.watch, self.names = watch, names
        self.imports, self.statements = [], []
        # Names that the texts bind, and those of the module that they read.
        self.bound, self.read = {}, set()
        self.variables = {}
        self.literal = True

    def setup(self):
        return "\n".join(sorted(set(self.imports)) + self.statements)

    def write(self, value, depth=0):
        """The text of an expression for a value."""
        kind = type(value)
        if kind in ATOMS:
            return atom(value, kind)
        if depth > DEEPEST:
            raise Unwritable
        if kind in (list, tuple, dict, set, frozenset):
            return self.container(value, kind, depth)
        self.literal = False
        if id(value) in self.variables:
            return self.variables[id(value)]
        if kind is types.ModuleType or isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType)):
            return self.named(value)
        if kind is types.MethodType:
            return enclosed(self.write(value.__self__, depth + 1)) + "." + value.__func__.__name__
        if value is Ellipsis or value is NotImplemented:
            return repr(value)
        if kind in (range, slice):
            return repr(value)
        return self.instance(value, kind, depth)

    def container(self, value, kind, depth):
        if len(value) > MOST_ITEMS:
            raise Unwritable
        if kind is dict:
            pairs = [self.write(key, depth + 1) + ": " + self.write(item, depth + 1) for key, item in value.items()]
            return bounded("{" + ", ".join(pairs) + "}")
        texts = [self.write(item, depth + 1) for item in value]
        if kind is tuple:
            return bounded("(" + ", ".join(texts) + (",)" if len(texts) == 1 else ")"))
        if kind in (set, frozenset):
            if not texts:
                return kind.__name__ + "()"
            # In an order that does not depend on hashes.
            texts.sort()
        return bounded(PLAIN_CONTAINERS[kind] % ", ".join(texts))

    def instance(self, value, kind, depth):
        watch = self.watch
        origin = watch.origins.get(id(value))
        if origin is not None and unchanged(origin.digest, value):
            return self.from_origin(origin)
        path = watch.index().get(id(value))
        if path is not None:
            return self.reach(*path)
        special = self.special(value, kind, depth)
        if special is not None:
            return bounded(special)
        return self.reduced(value, kind, depth)

    def from_origin(self, origin):
        for name, target in origin.needs:
            self.need(name, target)
        if not origin.operations:
            return origin.text
        variable = self.variable(origin.value)
        self.state(variable + " = " + origin.text)
        for text, needs in origin.operations:
            for name, target in needs:
                self.need(name, target)
            self.state(text.replace("\0", variable))
        return variable

    def variable(self, value):
        base = "".join(c if c.isalnum() else "_" for c in type(value).__name__.lower()).strip("_") or "value"
        number, name = 1, base
        while name in self.names or name in self.bound or hasattr(builtins, name) or not name.isidentifier():
            number += 1
            name = (base if base.isidentifier() else "value") + "_" + str(number)
        self.bound[name] = self.variables[id(value)] = name
        return name

    def state(self, statement):
        self.statements.append(statement)
        if len(self.statements) > MOST_STATEMENTS:
            raise Unwritable

    def special(self, value, kind, depth):
        """Kinds whose pickled form is hard to read."""
        module, name = kind.__module__, kind.__qualname__
        if module == "datetime" or module == "zoneinfo" or kind.__name__ == "Pattern" and module == "re":
            text = repr(value)
            self.need(module, sys.modules[module])
            return text if text.startswith((module + ".", "re.compile(")) and len(text) < 200 else unwritable()
        if module == "collections" and name in NAMED_CONTAINERS[1] and len(value) <= MOST_ITEMS:
            callee = self.named(kind)
            inner = dict(value) if isinstance(value, dict) else list(value)
            if name == "defaultdict":
                return callee + "(" + self.write(value.default_factory, depth + 1) + ", " + self.container(inner, dict, depth) + ")"
            if name == "OrderedDict":
                return callee + "(" + self.container(list(inner.items()), list, depth) + ")"
            return callee + "(" + self.container(inner, type(inner), depth) + ")"
        if module == "numpy" and name == "ndarray":
            if value.size > MOST_ITEMS or value.dtype.kind not in "biufcU":
                raise Unwritable
            self.need("numpy", sys.modules["numpy"])
            kind_text = "" if value.dtype.kind in "bi" or value.dtype.name == "float64" else ", dtype=" + repr(value.dtype.name)
            return "numpy.array(" + self.write(value.tolist(), depth + 1) + kind_text + ")"
        if kind.__name__.endswith("_iterator") and module == "builtins":
            return "iter(" + self.write(list(value.__reduce__()[1][0]), depth + 1) + ")"
        if "enum" in sys.modules and isinstance(value, sys.modules["enum"].Enum):
            return self.named(kind) + "." + value._name_ if value._name_ else unwritable()
        if isinstance(value, tuple) and hasattr(kind, "_fields") and kind.__new__ is not tuple.__new__:
            return self.named(kind) + "(" + ", ".join(self.write(item, depth + 1) for item in value) + ")"
        if hasattr(kind, "__dataclass_fields__") and "__init__" in vars(kind):
            fields = [field for field in kind.__dataclass_fields__.values() if field.init and field._field_type.name == "_FIELD"]
            texts = [field.name + "=" + self.write(getattr(value, field.name), depth + 1) for field in fields]
            return self.named(kind) + "(" + ", ".join(texts) + ")"
        return None

    def reduced(self, value, kind, depth):
        """What pickle would do."""
        if kind.__reduce__ is object.__reduce__ and kind.__reduce_ex__ is object.__reduce_ex__:
            if not self.watch.is_own(kind):
                raise Unwritable
        try:
            parts = value.__reduce_ex__(2)
        except Exception:
            raise Unwritable from None
        if type(parts) is not tuple:
            raise Unwritable
        callee, args, state, items, pairs = (tuple(parts) + (None,) * 3)[:5]
        if callee is copyreg.__newobj__:
            text = self.named(args[0]) + ".__new__(" + ", ".join(self.write(one, depth + 1) for one in args) + ")"
        else:
            text = self.write(callee, depth + 1) + "(" + ", ".join(self.write(one, depth + 1) for one in args) + ")"
        if state is None and items is None and pairs is None:
            return bounded(text)
        if items is not None or pairs is not None:
            raise Unwritable
        setting = "__setstate__" in dir(kind) and getattr(kind, "__setstate__", None) is not None
        if not setting and type(state) is tuple and len(state) == 2:
            # What is in `__dict__`, and what is in slots.
            own, slots = state
            texts = [("vars(%s).update(%s)", own)] if own else []
            slots = dict(slots or {})
        else:
            texts, slots = [("%s.__setstate__(%s)" if setting else "vars(%s).update(%s)", state)], {}
        texts = [(form, self.write(one, depth + 1)) for form, one in texts]
        slots = [(name, self.write(one, depth + 1)) for name, one in slots.items()]
        variable = self.variable(value)
        self.state(variable + " = " + text)
        for form, one in texts:
            self.state(form % (variable, bounded(one)))
        for name, one in slots:
            self.state(variable + "." + name + " = " + one)
        return variable

    def named(self, value):
        """A module, class or function by its name."""
        if type(value) is types.ModuleType:
            self.need_module(value)
            return value.__name__
        name, module = getattr(value, "__qualname__", None), getattr(value, "__module__", None)
        if module == "builtins" and getattr(builtins, str(name), None) is value:
            if name in self.names:
                raise Unwritable
            return name
        path = self.watch.index().get(id(value))
        if path is None and type(name) is str and type(module) is str and module in sys.modules:
            found = sys.modules[module]
            for part in name.split("."):
                found = getattr(found, part, None) if "<" not in part else None
            if found is value:
                path = (module, name)
        if path is None:
            raise Unwritable
        return self.reach(*path)

    def reach(self, module, name):
        """A dotted name of a module: as it is where the module at hand has it, else imported."""
        root, _, rest = name.partition(".")
        target = getattr(sys.modules[module], root)
        if self.names.get(root, self) is target:
            self.read.add(root)
            return name
        self.need(root, target, module)
        return name

    def need(self, name, target, module=None):
        """Makes sure that a name stands for an object of a module."""
        if name in self.names or name in self.bound:
            if self.names.get(name, self.bound.get(name)) is not target:
                raise Unwritable
            self.read.add(name)
            return
        if hasattr(builtins, name):
            raise Unwritable
        if module is None:
            module = getattr(target, "__name__", None) if type(target) is types.ModuleType else None
        if module is None:
            module = target.__module__
        self.bound[name] = target
        self.imports.append("import " + name if type(target) is types.ModuleType and module == name else "from " + module + " import " + name)

    def need_module(self, value):
        name = value.__name__
        root = name.partition(".")[0]
        if sys.modules.get(name) is not value:
            raise Unwritable
        if self.names.get(root, self) is sys.modules.get(root):
            self.read.add(root)
            return
        if root in self.names:
            raise Unwritable
        self.bound[root] = sys.modules[root]
        self.imports.append("import " + name)

    def needs(self):
        """What a text that was written stands on, for another one that holds it."""
        own = [(name, self.names[name]) for name in sorted(self.read) if name in self.names]
        return own + [(name, target) for name, target in self.bound.items() if name not in self.variables.values()]


def unwritable():
    raise Unwritable


def bounded(text):
    if len(text) > MOST_TEXT:
        raise Unwritable
    return text


def atom(value, kind):
    if kind is int and value.bit_length() > 1000:
        raise Unwritable
    if kind in (str, bytes) and len(value) > MOST_TEXT:
        raise Unwritable
    if kind is float and (value != value or value in (float("inf"), float("-inf"))):
        return "float(%r)" % str(value)
    if kind is complex and not (abs(value.real) < 1e300 and abs(value.imag) < 1e300):
        raise Unwritable
    return bounded(repr(value))


def digest_of(value):
    """A number for each attribute of an object, which is another one where that has changed. What is None may
    be filled in later, as caches are."""
    digest = {}
    for name, one in attributes_of(value):
        if one is not None:
            digest[name] = number_of(one)
    if isinstance(value, (list, dict, set)):
        digest[""] = number_of(value)
    return digest


def unchanged(digest, value):
    now = digest_of(value)
    return all(now.get(name) == number for name, number in digest.items())


def attributes_of(value):
    found = []
    try:
        found.extend(object.__getattribute__(value, "__dict__").items())
    except AttributeError:
        pass
    for base in type(value).__mro__:
        for name in slots_of(base):
            try:
                found.append((name, object.__getattribute__(value, name)))
            except AttributeError:
                pass
    return found


def number_of(value, most=200):
    """A hash of a value; of large ones only the first part counts."""
    total, count, stack, seen = 0, 0, [value], set()
    while stack and count < most:
        one = stack.pop()
        count += 1
        kind = type(one)
        if kind in ATOMS:
            total = hash((total, one if one == one else 0))
            continue
        if id(one) in seen:
            continue
        seen.add(id(one))
        total = hash((total, kind.__name__))
        if isinstance(one, (list, tuple, set, frozenset)):
            total = hash((total, len(one)))
            if not isinstance(one, (set, frozenset)):
                stack.extend(itertools.islice(one, most))
        elif isinstance(one, dict):
            total = hash((total, dict.__len__(one)))
            for pair in itertools.islice(dict.items(one), most):
                stack.extend(pair)
        elif not isinstance(one, (type, types.FunctionType, types.ModuleType)):
            stack.extend(one for _, one in attributes_of(one))
    return total


def slots_of(base):
    slots = vars(base).get("__slots__", ())
    return () if base is object else (slots,) if isinstance(slots, str) else tuple(slots)
